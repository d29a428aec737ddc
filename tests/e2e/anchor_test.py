"""Others confirm the log: a time-stamping authority and witnesses as processes of their own, and the key that signs it is
replaced. What happens when one of them is away, when too many are, when the log was rolled back, and at kill -9."""
import base64
import json
import random
import re
import shutil
import subprocess
import tempfile
import threading
import time
import unittest
import urllib.request
from pathlib import Path

import notes
from harness import BIN, Sandbox
from people import consent, resident
from time_stamping import TimeStamping, with_clock

MAX_AGE = 6  # seconds


class WitnessProcess:
    """`ketenpoort witness`; its port stays the same over stop() and start()."""

    def __init__(self, folder, name, box, vkeys):
        self.folder, self.name, self.box, self.port, self.process = Path(folder), name, box, 0, None
        self.folder.mkdir(parents=True)
        made = box.tool(BIN / "ketenpoort", "keys", "new", "witness", "--name", name, "--out", self.folder / "key", "--json", check=0)
        self.vkey = json.loads(made.stdout)["keys"][0]["vkey"]
        self.vkeys = vkeys
        self.start()

    def start(self):
        (self.folder / "witness.yaml").write_text(f"""
key: key
state: memory
server: {{ address: 127.0.0.1, port: {self.port}, certificate: {self.box.path("keys/gateway-server.pem")}, key: {self.box.path("keys/gateway-server.key")}, prefix: /w }}
logs:
  - vkeys: {json.dumps(self.vkeys)}
""")
        self.log = open(self.folder / "log", "ab")
        self.process = subprocess.Popen([BIN / "ketenpoort", "witness", "--config", self.folder / "witness.yaml"], stdout=subprocess.PIPE, stderr=self.log,
                                        env=with_clock(self.box.offset))
        line = self.process.stdout.readline()
        if not line:
            raise RuntimeError((self.folder / "log").read_text())
        self.url = json.loads(line)["url"]
        self.port = int(self.url.split(":")[2].split("/")[0])

    def stop(self):
        if self.process:
            self.process.kill()
            self.process.wait()
            self.process.stdout.close()
            self.log.close()
            self.process = None


class AnchoredSandbox(Sandbox):
    """A sandbox whose gateway is started anew with anchors."""

    def __init__(self, work):
        super().__init__()
        self.tsa, self.witnesses = None, []
        self.work, self.ledger = Path(work), Path(self.path(self.info["ledger"]))
        self.origin = self.info["vkey"].split("+")[0]
        self.offset = int((self.state / "data/test-clock").read_text().split()[1]) // 1000  # of the gateway's clock, in seconds

    def start_anchors(self):
        (self.work / "tsa").mkdir()
        self.tsa = TimeStamping(self.work / "tsa", self.offset)
        for i in (1, 2):
            self.witnesses.append(WitnessProcess(self.work / f"w{i}", f"witness.example/w{i}", self, [self.info["vkey"]]))

    def configure(self, quorum):
        file = self.state / "gateway.yaml"
        text = file.read_text().replace("  publishInterval: 200ms\n", f"""  publishInterval: 50ms
  anchors:
    interval: 1s
    maxAge: {MAX_AGE}s
    quorum: {quorum}
    timestamps:
      - {{ name: tsa, url: "{self.tsa.url}", authorities: {self.tsa.roots} }}
    witnesses:
""" + "".join(f"      - {{ name: w{i}, vkey: {w.vkey}, url: {w.url}, ca: ca.pem }}\n" for i, w in enumerate(self.witnesses, 1)))
        file.write_text(text)
        clients = self.state / "clients.yaml"
        clients.write_text(clients.read_text().replace("scopes: [operator]", "scopes: [operator, witness, ledger]"))
        self.kill_gateway()
        self.start_gateway()

    def close(self):
        if self.tsa:
            self.tsa.stop()
        for witness in self.witnesses:
            witness.stop()
        super().close()

    def log_entries(self, kind=None):
        parsed = (json.loads(e) for e in notes.entries(self.ledger))
        return [e for e in parsed if kind is None or e["kind"] == kind]

    def wait_entry(self, kind, after=-1, where=lambda e: True, seconds=20):
        return self.wait(kind, lambda: next((e for e in self.log_entries(kind) if e["seq"] > after and where(e)), None), seconds)

    def now(self):
        return time.time() + self.offset

    def health(self):
        return self.call("GET", "/health", client=None).json["status"]

    def metric(self, name):
        text = urllib.request.urlopen(self.info["metrics"], timeout=10).read().decode()
        return int(re.search(rf"^{name} (-?\d+)$", text, re.M).group(1))


class AnchorTest(unittest.TestCase):
    def setUp(self):
        self.work = tempfile.TemporaryDirectory(prefix="ketenpoort-anchor-")
        self.addCleanup(self.work.cleanup)

    def open(self, quorum):
        box = AnchoredSandbox(self.work.name)
        self.addCleanup(box.close)
        box.start_anchors()
        box.configure(quorum)
        return box

    def check_stamp(self, box, entry):
        """With OpenSSL's own command."""
        body = notes.body_of(box.origin, entry["body"]["size"], entry["body"]["root"])
        token, data = Path(self.work.name) / "token", Path(self.work.name) / "data"
        token.write_bytes(base64.b64decode(entry["body"]["token"]))
        data.write_bytes(body)
        box.tool("openssl", "ts", "-verify", "-token_in", "-in", token, "-data", data, "-CAfile", box.tsa.roots, check=0)

    def send(self, box, number):
        self.assertEqual(box.call("POST", "/consents", consent(number)).status, 201)
        answer = box.call("POST", "/records", resident(number))
        self.assertEqual(answer.status, 202, answer.body)
        return [t["id"] for t in answer.json["transfers"]]

    def states(self, box, ids):
        return {box.call("GET", "/transfers/" + i).json["state"] for i in ids}

    def test_quorum_staleness_and_release(self):
        box = self.open(quorum=2)
        # Everybody confirms, and what they said holds for somebody who has neither our code nor our word.
        stamped, cosigned = box.wait_entry("ledger.anchored"), box.wait_entry("ledger.cosigned", where=lambda e: len(e["body"]["signatures"]) == 2)
        self.check_stamp(box, stamped)
        body = notes.body_of(box.origin, cosigned["body"]["size"], cosigned["body"]["root"])
        for witness in box.witnesses:
            times = [notes.Key(witness.vkey).time_of(body, line) for line in cosigned["body"]["signatures"]]
            self.assertEqual([abs(t - box.now()) < 60 for t in times if t], [True])
        cosigned_note = box.ledger / "checkpoint.cosigned"  # written once a checkpoint covers the entry
        box.wait("the cosigned checkpoint", lambda: cosigned_note.exists() and cosigned_note.read_text().count("witness.example") == 2, 20)
        text, lines = notes.split(cosigned_note.read_text())
        self.assertTrue(notes.Key(box.info["vkey"]).signed(text.encode(), lines[0]))
        self.assertEqual(len(lines), 3)
        served = box.call("GET", "/ledger/checkpoint.cosigned", client="dpo")
        self.assertEqual((served.status, notes.split(served.body.decode())[0].split("\n")[0]), (200, box.origin))
        self.assertEqual(box.log_entries("config.activated")[-1]["body"]["anchoring"], {"maxAgeSeconds": MAX_AGE, "quorum": 2})

        # One witness away: the quorum holds.
        box.witnesses[1].stop()
        last = box.log_entries()[-1]["seq"]
        box.wait_entry("ledger.cosigned", after=last, where=lambda e: len(e["body"]["signatures"]) == 1)
        self.assertEqual(box.health(), "UP")
        first = self.send(box, "E900")
        box.wait("the transfers' end", lambda: self.states(box, first) == {"acknowledged"}, 20)

        # The authority away too: too few, and after maxAge transfers are held.
        box.tsa.stop()
        box.wait("staleness", lambda: box.metric("ketenpoort_anchor_stale") == 1, 20)
        self.assertEqual(box.health(), "DEGRADED")
        self.assertGreater(box.metric("ketenpoort_anchor_age_seconds"), MAX_AGE - 1)
        held = self.send(box, "E901")
        box.wait("holding", lambda: self.states(box, held) == {"held"}, 20)
        self.assertEqual({tuple(box.call("GET", "/transfers/" + i).json["reasons"]) for i in held}, {("anchor-stale",)})

        # The other witness brings its word itself: that is enough, and what was held goes by itself.
        note = box.call("GET", "/ledger/checkpoint", client="dpo").body.decode()
        text, _ = notes.split(note)
        key = notes.Key((box.witnesses[1].folder / "key").read_text())
        line = key.cosign(text.encode(), int(box.now()))
        ahead = box.call("POST", "/ledger/witness", note + key.cosign(text.encode(), int(box.now()) + 3600), client="operator", raw=True)
        self.assertEqual(ahead.status, 400, "a clock that is an hour ahead")
        for wrong, status in ((note, 403), ("nothing", 400), (note.replace(box.origin, "elsewhere") + line, 404)):
            self.assertEqual(box.call("POST", "/ledger/witness", wrong, client="operator", raw=True).status, status)
        self.assertEqual(box.call("POST", "/ledger/witness", note + line, client="dpo", raw=True).status, 403, "scope witness is wanted")
        taken = box.call("POST", "/ledger/witness", note + line, client="operator", raw=True)
        self.assertEqual(taken.status, 200, taken.body)
        again = box.call("POST", "/ledger/witness", note + line, client="operator", raw=True)
        self.assertEqual(again.status, 409, "the same word twice confirms nothing")
        box.wait("the release", lambda: self.states(box, held) == {"acknowledged"}, 20)

        # The authority comes back.
        box.tsa.start()
        box.wait_entry("ledger.anchored", after=box.log_entries()[-1]["seq"])
        self.assertEqual(box.health(), "UP")
        self.assertEqual(box.stop_gateway(), 0)
        box.verify("--tsa-ca", box.tsa.roots, "--witness", box.witnesses[0].vkey)
        box.verify("--tsa-ca", box.path("ca.pem"), check=1)
        box.verify_twice()

    def test_an_anchor_whose_clock_is_ahead_is_not_written_down(self):
        box = AnchoredSandbox(self.work.name)
        self.addCleanup(box.close)
        box.offset += 3600  # theirs
        box.start_anchors()
        box.configure(quorum=1)
        log = box.state / "gateway-again.log"
        box.wait("the refusal of all", lambda: log.read_text().count("its clock is ahead") >= 3, 20)
        box.wait("staleness", lambda: box.metric("ketenpoort_anchor_stale") == 1, 20)
        self.assertEqual(box.health(), "DEGRADED")
        self.assertEqual(box.log_entries("ledger.anchored") + box.log_entries("ledger.cosigned"), [])
        box.verify_twice()

    def test_witnesses_refuse_a_log_that_was_rolled_back(self):
        box = self.open(quorum=1)
        box.wait_entry("ledger.cosigned")
        self.assertEqual(box.stop_gateway(), 0)
        older = Path(self.work.name) / "older"
        shutil.copytree(box.state / "data", older)
        box.start_gateway()
        self.send(box, "E910")
        last = box.log_entries()[-1]["seq"]
        box.wait_entry("ledger.cosigned", after=last)
        self.assertEqual(box.stop_gateway(), 0)

        shutil.rmtree(box.state / "data")
        older.rename(box.state / "data")
        box.start_gateway()
        log = box.state / "gateway-again.log"
        box.wait("the witnesses' refusal", lambda: "not the beginning of this one" in log.read_text(), 20)
        known = box.log_entries("ledger.cosigned")[-1]["seq"]
        box.wait_entry("ledger.anchored", after=known)  # an authority remembers nothing
        self.assertEqual(box.log_entries("ledger.cosigned")[-1]["seq"], known)

    def rotate(self, box, *options):
        return box.tool(BIN / "ketenpoort", "keys", "rotate", "--config", box.state / "gateway.yaml", "--json", *options)

    def test_the_key_rotates_and_survives_kills(self):
        box = self.open(quorum=1)
        box.wait_entry("ledger.cosigned")
        # The witnesses hear of the next key first.
        prepared = json.loads(self.rotate(box, "--prepare").stdout)
        self.assertEqual((prepared["state"], prepared["oldVkey"]), ("PREPARED", box.info["vkey"]))
        for witness in box.witnesses:
            witness.stop()
            witness.vkeys = [prepared["oldVkey"], prepared["newVkey"]]
            witness.start()
        turned = self.rotate(box)
        self.assertEqual(turned.returncode, 0, turned.stderr)
        self.assertEqual(json.loads(turned.stdout), {**prepared, "state": "ROTATED"})
        entry = box.wait_entry("ledger.key-rotated")
        text, lines = notes.split((box.ledger / "checkpoint").read_text())
        self.assertGreater(int(text.split("\n")[1]), entry["seq"])
        self.assertTrue(notes.Key(prepared["newVkey"]).signed(text.encode(), lines[0]))
        signed = "".join(line + "\n" for line in ("ketenpoort key rotation v1", box.origin, str(entry["seq"]), prepared["oldVkey"], prepared["newVkey"])).encode()
        for which in ("old", "new"):
            self.assertTrue(notes.verifies(notes.Key(prepared[which + "Vkey"]).bytes, signed, base64.b64decode(entry["body"][which + "Signature"])))
        box.wait_entry("ledger.cosigned", after=entry["seq"], where=lambda e: len(e["body"]["signatures"]) == 2)
        self.assertEqual((box.state / "keys/ledger.key").stat().st_mode & 0o777, 0o600)
        self.send(box, "E920")
        # A proof made now, against the key known from before.
        box.tool(BIN / "ketenpoort", "ledger", "prove", "0", "--sandbox", box.state, "--key", box.info["vkey"], check=0)

        # Killed at any moment of a rotation, or while anchors answer: the next start finishes it.
        random_ = random.Random(20261124)
        next_key = box.state / "keys/ledger.key.next"
        for done in range(1, 7):
            before = json.loads(self.show(box))["vkey"]
            rotating = threading.Thread(target=self.rotate, args=(box,))
            rotating.start()
            box.wait("the order", lambda: next_key.exists() or len(box.log_entries("ledger.key-rotated")) > done, 20)
            time.sleep(random_.uniform(0, 0.15))
            box.kill_gateway()
            box.start_gateway()
            rotating.join()
            box.wait("the rotation", lambda: not next_key.exists(), 20)
            shown = json.loads(self.show(box))
            self.assertNotEqual(shown["vkey"], before)
            self.assertEqual(shown["keys"][-2]["vkey"], before)
        self.assertEqual(len(shown["keys"]), 8)
        self.assertEqual(len(box.log_entries("ledger.key-rotated")), 7, "each rotation stands once")

        # A stopped gateway rotates when it starts.
        self.assertEqual(box.stop_gateway(), 0)
        ordered = json.loads(self.rotate(box).stdout)
        self.assertEqual(ordered["state"], "ORDERED")
        box.start_gateway()
        box.wait("the rotation", lambda: json.loads(self.show(box))["vkey"] == ordered["newVkey"], 20)
        self.assertEqual(box.stop_gateway(), 0)
        box.verify()  # with the key it began with

    def show(self, box):
        return box.tool(BIN / "ketenpoort", "keys", "show", "--config", box.state / "gateway.yaml", "--json", check=0).stdout


if __name__ == "__main__":
    unittest.main()
