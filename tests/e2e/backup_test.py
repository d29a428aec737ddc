"""Backups of a running gateway, and the way back: with an erasure in between, and never shorter than others know."""
import json
import shutil
import threading
import unittest

from erasure_test import Rights
from harness import BIN, Sandbox
from people import resident


class BackupTest(unittest.TestCase, Rights):
    def setUp(self):
        self.box = Sandbox()
        self.addCleanup(self.box.close)

    def backup(self, name, *options, check=0):
        return self.box.tool(BIN / "ketenpoort", "backup", self.box.state / name, "--config", self.box.state / "gateway.yaml", "--json", *options, check=check)

    def restore(self, name, *options, check=0):
        return self.box.tool(BIN / "ketenpoort", "restore", self.box.state / name, "--config", self.box.state / "gateway.yaml", "--json", *options, check=check)

    def checkpoint(self, name):
        target = self.box.state / name
        shutil.copy(self.data / "ledger/checkpoint", target)
        return target

    def test_backup_under_load_restores(self):
        stop, sent = threading.Event(), []

        def send():
            for i in range(10_000):
                if stop.is_set():
                    return
                answer = self.box.call("POST", "/records", resident(f"B{1000 + i}"))
                self.assertEqual(answer.status, 202, answer.body)
                sent.append(answer.json["id"])

        thread = threading.Thread(target=send)
        thread.start()
        self.box.wait("some records", lambda: len(sent) > 20, 20)
        before = list(sent)
        made = json.loads(self.backup("backup").stdout)
        self.assertGreater(made["entries"], len(before))
        stop.set()
        thread.join()
        again = json.loads(self.backup("backup", "--verify").stdout)
        self.assertEqual(again["entries"], made["entries"])
        self.backup("backup", check=1)  # not empty
        self.backup("data/backup", check=1)  # whoever loses the state would lose it too
        self.backup("other", "--key", "nonsense", check=2)
        other = self.box.tool(BIN / "ketenpoort", "keys", "new", "ledger", "--name", "other.example/log", "--out", self.box.state / "other.key", "--json", check=0)
        self.backup("backup", "--verify", "--key", json.loads(other.stdout)["keys"][0]["vkey"], check=1)  # another log's

        self.box.kill_gateway()
        self.data.rename(self.box.state / "broken")
        restored = json.loads(self.restore("backup").stdout)
        self.assertEqual(restored["entries"], made["entries"])
        self.box.start_gateway()
        for record in before:
            self.assertEqual(self.box.call("GET", "/records/" + record).status, 200)
        self.box.settle()
        self.box.verify()

    def test_not_shorter_than_known_elsewhere_and_erased_again(self):
        erased, answer, _ = self.bring("B200")
        kept, kept_answer, _ = self.bring("B201")
        keys, sealed = self.rows(erased)
        needles = [keys[0], keys[2]] + [s[:32] for s in sealed]
        early = self.checkpoint("early")
        self.backup("backup")
        after = self.box.call("POST", "/records", resident("B202")).json["id"]
        self.erase(erased)
        self.box.wait("the purge", lambda: self.unpurged() == 0, 30)
        self.box.wait("publication", lambda: self.entries("subject.erased"), 10)
        late = self.checkpoint("late")

        self.box.kill_gateway()
        self.data.rename(self.box.state / "broken")
        refused = self.restore("backup", "--checkpoint", early, "--checkpoint", late, check=1)
        self.assertIn("would forget", refused.stderr)
        self.assertFalse(self.data.exists())
        damaged = self.box.state / "damaged"
        shutil.copytree(self.box.state / "backup", damaged)
        segment = next((damaged / "ledger/segments").iterdir())
        content = bytearray(segment.read_bytes())
        content[len(content) // 2] ^= 1
        segment.write_bytes(content)
        self.assertIn("not what was backed up", self.restore("damaged", check=1).stderr)

        told = self.restore("backup", "--checkpoint", late, "--ledger", self.box.state / "broken/ledger")
        self.assertIn(f"record {after}", told.stderr)
        self.assertEqual(json.loads(told.stdout)["lostRecords"], [after])
        self.assertTrue(self.files_with(needles), "the backup had the keys")
        self.box.start_gateway()
        self.box.wait("the purge", lambda: self.unpurged() == 0, 30)
        self.assertEqual(self.files_with(needles), set())
        self.assertEqual(self.box.call("POST", "/records", resident("B200")).status, 410)
        self.assertEqual(self.box.call("POST", "/records", resident("B201")).status, 202)
        again = self.box.call("POST", "/records", resident("B202"))
        self.assertEqual(again.status, 202, "its sender sends it again")
        self.assertNotEqual(again.json["id"], after)
        self.box.settle()
        self.box.verify("--checkpoint", late)


if __name__ == "__main__":
    unittest.main()
