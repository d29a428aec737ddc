"""Parts of the state folder that are lost, old or damaged: a start says so, nothing false is served, nothing is passed off as expired."""
import json
import shutil
import sqlite3
import subprocess
import time

from erasure_test import Rights
from harness import BIN, SandboxTest
from people import resident


class DamageTest(SandboxTest, Rights):
    def setUp(self):
        if not self.box.gateway:  # one that this test may stop
            self.box.kill_gateway()
            self.box.start_gateway()

    def start_is_refused(self, *words):
        tried = subprocess.run([BIN / "ketenpoort", "serve", "--config", self.box.state / "gateway.yaml"], capture_output=True, text=True, timeout=60)
        self.assertNotEqual(tried.returncode, 0, "the gateway started")
        for word in words:
            self.assertIn(word, tried.stderr)

    def test_a_lost_or_older_vault_stops_the_start(self):
        self.bring("D100")
        self.box.stop_gateway()
        older = self.box.state / "older"
        older.mkdir()
        for file in self.data.glob("vault.sqlite*"):
            shutil.copy(file, older)
        self.box.start_gateway()
        ref, _, _ = self.bring("D101")
        self.erase(ref)  # afterwards the journal holds nothing of what came before
        self.box.wait("the purge", lambda: self.unpurged() == 0, 30)
        self.box.stop_gateway()
        kept = self.box.state / "kept"
        kept.mkdir()
        for file in self.data.glob("vault.sqlite*"):
            file.rename(kept / file.name)
        self.start_is_refused("vault.sqlite", "older than the log", "ketenpoort restore")
        for file in self.data.glob("vault.sqlite*"):
            file.unlink()
        for file in older.iterdir():
            shutil.copy(file, self.data)
        self.start_is_refused("vault.sqlite", "older than the log")
        for file in self.data.glob("vault.sqlite*"):
            file.unlink()
        for file in kept.iterdir():
            file.rename(self.data / file.name)
        self.box.start_gateway()
        self.assertEqual(self.box.call("POST", "/records", resident("D101")).status, 410)
        self.box.verify()

    def test_damaged_tiles_are_not_served_and_are_made_again(self):
        self.bring("D102")
        self.box.wait("a checkpoint", lambda: self.box.call("GET", "/ledger/proofs/5", client="dpo").status == 200, 10)
        tile = self.last_tile()
        whole = tile.read_bytes()
        tile.write_bytes(bytes([whole[0] ^ 1]) + whole[1:])
        refused = self.box.call("GET", "/ledger/proofs/5", client="dpo")
        self.assertEqual(refused.status, 500, refused.body)
        self.assertNotIn(str(self.data), refused.body.decode())
        self.assertEqual(self.box.call("GET", "/" + str(tile.relative_to(self.data)), client="dpo", raw=True).status, 500)
        self.assertEqual(self.box.call("GET", "/audit/integrity", client="dpo").json["state"], "DAMAGED")
        self.box.stop_gateway()
        self.box.start_gateway()
        self.box.wait("the tiles", lambda: self.box.call("GET", "/audit/integrity", client="dpo").json["state"] == "INTACT", 10)
        self.assertEqual(self.box.call("GET", "/ledger/proofs/5", client="dpo").status, 200)
        self.box.stop_gateway()
        shutil.rmtree(self.data / "ledger/tile")
        self.box.start_gateway()
        self.assertEqual(self.box.call("GET", "/audit/integrity", client="dpo").json["state"], "INTACT")
        self.box.verify()

    def last_tile(self):
        """The newest, once no other takes its place any more."""
        self.box.settle()
        before = None
        while before != (newest := self.newest_tile()):
            before = newest
            time.sleep(1)
        return newest

    def newest_tile(self):
        return max((p for p in (self.data / "ledger/tile/0").rglob("*") if p.is_file()), key=lambda p: p.stat().st_mtime_ns)

    def test_what_was_lost_is_not_called_expired(self):
        _, answer, _ = self.bring("D103")
        self.box.stop_gateway()
        transfer = answer["transfers"][0]["id"]

        def reproduce():
            tool = self.box.tool(BIN / "ketenpoort", "ledger", "reproduce", transfer, "--config", self.box.state / "gateway.yaml", "--json")
            return tool.returncode, json.loads(tool.stdout)["verdict"]

        self.assertEqual(reproduce(), (0, "matches"))
        with sqlite3.connect(self.data / "vault.sqlite") as vault:
            vault.execute("DELETE FROM record")
            vault.execute("DELETE FROM payload")
        vault.close()
        self.assertEqual(reproduce(), (1, "missing"))
        self.box.start_gateway()
