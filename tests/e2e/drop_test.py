"""Drop folders: files of a system that can only write files, taken by a real gateway that is killed now and then."""
import json
import os
import random
import re
import shutil
import signal
import subprocess
import tempfile
import threading
import time
import unittest
import urllib.request
from pathlib import Path

from harness import BIN, ROOT, Sandbox
from people import consent, resident

KILLS = 40
EXAMPLES = ROOT / "mappings/examples"
CSV = (EXAMPLES / "legacy-csv-to-resident/01-three-residents.in.csv").read_bytes()
FIXED = (EXAMPLES / "legacy-fixed-to-resident/01-two-residents.in.txt").read_bytes()

SETTINGS = """dropFolders:
  - name: registry
    folder: {folder}
    client: {client}
    files:
      - {{ pattern: "*.csv", format: csv }}
      - {{ pattern: "*.ndjson", format: ndjson }}
      - {{ pattern: "*.txt", format: fixed }}
      - {{ pattern: "*.json", format: json }}
    poll: 100ms
    settle: {settle}
"""


def lines(records):
    return b"".join(json.dumps(r).encode() + b"\n" for r in records)


class DropCase(unittest.TestCase):
    settle = "1s"

    def setUp(self):
        self.box = Sandbox()
        self.addCleanup(self.box.close)
        self.folder = self.box.state / "drop"
        self.folder.mkdir(mode=0o700)
        self.box.kill_gateway()
        self.configure()
        self.box.start_gateway()

    def configure(self, client="fedasil", folder=None):
        path = self.box.state / "gateway.yaml"
        text = path.read_text().split("dropFolders:")[0]
        path.write_text(text + SETTINGS.format(folder=folder or self.folder, client=client, settle=self.settle))

    def drop(self, name, body):
        """As a careful system does: under another name, then renamed."""
        (self.folder / (name + ".part")).write_bytes(body)
        (self.folder / (name + ".part")).rename(self.folder / name)

    def names(self, place="."):
        path = self.folder / place
        return sorted(p.name for p in path.iterdir() if not p.is_dir() or p.is_symlink()) if path.exists() else []

    def result(self, name, seconds=60):
        def look():
            for place in ("done", "failed"):
                path = self.folder / place / (name + ".result.json")
                if path.exists() and (self.folder / place / name).is_symlink() | (self.folder / place / name).exists():
                    return place, json.loads(path.read_text())
            return None
        return self.box.wait("the result of " + name, look, seconds)

    def metric(self, name):
        with urllib.request.urlopen(self.box.info["metrics"]) as answer:
            return int(re.search(rf'^{name}{{folder="registry"}} (\d+)$', answer.read().decode(), re.M)[1])

    def records_in_log(self):
        time.sleep(1.2)  # the publisher's interval
        self.box.verify()
        return [e for e in self.box.ledger_entries() if e["kind"] == "record.received"]


class DropTest(DropCase):
    def test_files_are_taken_delivered_and_answered(self):
        self.assertEqual(self.box.call("POST", "/consents", consent("F6100001")).status, 201)
        self.drop("one.json", json.dumps(resident("F6100001"), indent=2).encode())
        self.drop("legacy.csv", CSV)
        self.drop("legacy.txt", FIXED)
        self.drop("night.ndjson", lines([resident("F6100002", referrals=[])]) + b'{"messageId": "Geheim\n')
        place, said = self.result("one.json")
        self.assertEqual((place, said["state"], said["accepted"], said["issues"]), ("done", "DONE", 1, []))
        self.assertEqual(self.result("legacy.csv")[1]["accepted"], 3)
        self.assertEqual(self.result("legacy.txt")[1]["accepted"], 2)
        place, said = self.result("night.ndjson")
        self.assertEqual((place, said["completed"], said["accepted"], said["rejected"]), ("done", 2, 1, 1))
        self.assertEqual([i["line"] for i in said["issues"] if i["severity"] == "ERROR"], [2])
        for secret in ("Geheim", "Voorbeeld", "F6100002"):
            self.assertNotIn(secret, json.dumps(said))
        self.box.wait("the delivery", lambda: len(self.box.transfers(state="acknowledged")) >= 2)
        # The task is the client's own, and shows the same.
        task = self.box.call("GET", "/batches/" + said["batch"]).json
        self.assertEqual((task["accepted"], task["issues"]), (said["accepted"], said["issues"]))
        for place in ("taken", "done", "failed"):
            self.assertEqual((self.folder / place).stat().st_mode & 0o777, 0o700)
        self.box.wait("the count", lambda: self.metric("ketenpoort_drop_files_done") == 4, 10)  # the result is there a moment earlier
        log = (self.box.state / "gateway-again.log").read_text()
        self.assertIn("drop_file_ended", log)
        for name in ("legacy.csv", "night.ndjson", "F6100001"):
            self.assertNotIn(name, log, "names of files may say about whom they are")
        # The same file again: every row is known.
        before = len(self.records_in_log())
        self.drop("again.csv", CSV)
        self.assertEqual(self.result("again.csv")[1]["accepted"], 3)
        self.assertEqual(len(self.records_in_log()), before)
        self.box.verify_twice()

    def test_what_is_not_to_be_taken(self):
        secret = self.box.state / "keys/master.key"
        (self.folder / "link.ndjson").symlink_to(secret)
        (self.folder / "unknown.doc").write_bytes(b"?")
        (self.folder / "empty.csv").write_bytes(b"")
        (self.folder / "half.ndjson.part").write_bytes(lines([resident("F6200001")]))
        for name in ("link.ndjson", "unknown.doc", "empty.csv"):
            place, said = self.result(name)
            self.assertEqual((place, said["state"], said["accepted"]), ("failed", "FAILED", 0), name)
            self.assertTrue(said["problem"] and said["next"], name)
        self.assertTrue((self.folder / "failed/link.ndjson").is_symlink())
        self.assertTrue(secret.exists())
        self.assertEqual(self.names(), ["half.ndjson.part"])
        self.box.wait("the count", lambda: self.metric("ketenpoort_drop_files_failed") == 3, 10)
        # A file that is written slowly is taken when it is whole.
        rows = [lines([resident(f"F62001{i:02}", referrals=[])]) for i in range(10)]
        with open(self.folder / "slow.ndjson", "wb", buffering=0) as slow:
            for row in rows:
                slow.write(row[:50])
                time.sleep(0.08)
                slow.write(row[50:])
        self.assertEqual(self.result("slow.ndjson")[1]["accepted"], 10)
        # A folder that everybody may write to is not used, and health says so.
        self.folder.chmod(0o777)
        health = lambda: self.box.call("GET", "/health", client=None).json["status"]
        self.box.wait("bad health", lambda: health() == "DEGRADED", 10)
        self.drop("safe.ndjson", lines([resident("F6200099", referrals=[])]))
        time.sleep(2)
        self.assertEqual(self.names(), ["half.ndjson.part", "safe.ndjson"])
        self.assertEqual(self.metric("ketenpoort_drop_folder_usable"), 0)
        self.folder.chmod(0o700)
        self.assertEqual(self.result("safe.ndjson")[1]["accepted"], 1)
        self.box.wait("good health", lambda: health() == "UP", 10)

    def test_check_says_what_is_wrong(self):
        check = lambda: self.box.tool(BIN / "ketenpoort", "check", "--config", self.box.state / "gateway.yaml")
        self.assertEqual(check().returncode, 0, check().stderr)
        for client, folder, complaint in (("nobody", None, "clients.yaml has not"), ("vdab", None, "no scope records"),
                                          ("fedasil", "/nowhere/at/all", "cannot be opened")):
            self.configure(client, folder)
            done = check()
            self.assertNotEqual(done.returncode, 0)
            self.assertIn(complaint, done.stderr + done.stdout)

    def test_memory_stays_flat(self):
        self.drop("small.ndjson", b"{}\n")
        self.result("small.ndjson")
        peak = lambda: int(re.search(r"VmHWM:\s+(\d+)", Path(f"/proc/{self.box.gateway.pid}/status").read_text())[1])
        before = peak()
        row = b'{"messageId": "' + b"x" * 4000 + b'"\n'
        (self.folder / "huge.ndjson.part").write_bytes(row * 30000)  # 120 MB
        (self.folder / "huge.ndjson.part").rename(self.folder / "huge.ndjson")
        place, said = self.result("huge.ndjson", 240)
        self.assertEqual((place, said["completed"], said["rejected"]), ("failed", 30000, 30000))
        self.assertEqual(len(said["issues"]) + said["issuesLeftOut"], 30000)
        self.assertLess(peak() - before, 40_000, "kB more than before")


@unittest.skipUnless(os.geteuid() == 0, "the writing system is another user")
class DropReadersTest(DropCase):
    USER, GROUP = 65534, 4711

    def as_writing_system(self, *command):
        return subprocess.run(command, user=self.USER, group=self.GROUP, extra_groups=[], capture_output=True, text=True)

    def test_the_writing_system_reads_what_became_of_its_files_and_nothing_else(self):
        around = Path(tempfile.mkdtemp())
        self.addCleanup(lambda: (self.box.kill_gateway(), shutil.rmtree(around)))  # or it makes them again
        around.chmod(0o711)
        self.folder = around / "drop"
        self.folder.mkdir()
        os.chown(self.folder, 0, self.GROUP)
        self.folder.chmod(0o1770)
        self.box.kill_gateway()
        self.configure()
        config = self.box.state / "gateway.yaml"
        config.write_text(config.read_text() + f"    resultGroup: {self.GROUP}\n")
        self.box.start_gateway()
        rows = lines([resident("F6300001", referrals=[])]) + b'{"messageId": 1}\n'
        (around / "rows").write_bytes(rows)
        (around / "rows").chmod(0o644)
        for name in ("night.ndjson", "night.doc"):
            self.assertEqual(self.as_writing_system("cp", around / "rows", self.folder / name).returncode, 0)
        listed = lambda: self.as_writing_system("ls", self.folder / "results").stdout.split()
        self.box.wait("both results", lambda: listed() == ["night.doc.result.json", "night.ndjson.result.json"], 60)
        read = self.as_writing_system("cat", self.folder / "results/night.ndjson.result.json")
        self.assertEqual([json.loads(read.stdout)[key] for key in ("state", "accepted", "rejected")], ["DONE", 1, 1], read.stderr)
        self.assertNotIn("F6300001", read.stdout)
        self.assertEqual(json.loads(self.as_writing_system("cat", self.folder / "results/night.doc.result.json").stdout)["state"], "FAILED")
        # Neither the records, nor even whose files lie there; and nothing may be put among the results.
        for command in (("ls", "done"), ("cat", "done/night.ndjson"), ("ls", "failed"), ("cat", "failed/night.doc"), ("ls", "taken"),
                        ("touch", "results/other.json"), ("rm", "-f", "results/night.doc.result.json"), ("mv", "results", "elsewhere")):
            tried = self.as_writing_system(command[0], *command[1:-1], self.folder / command[-1]) if command[0] != "mv" else \
                self.as_writing_system("mv", self.folder / command[1], self.folder / command[2])
            self.assertNotEqual(tried.returncode, 0, command)
        others = subprocess.run(["ls", self.folder / "results"], user=self.USER, group=self.USER, extra_groups=[], capture_output=True)
        self.assertNotEqual(others.returncode, 0, "of no group")
        self.assertEqual(self.box.call("GET", "/health", client=None).json["status"], "UP")


class DropKillTest(DropCase):
    settle = "0s"

    def test_nothing_is_lost_or_doubled_when_the_gateway_is_killed(self):
        random_ = random.Random(20261129)
        stop, dropped = threading.Event(), {}

        def writer():
            number = 0
            while not stop.is_set() or number < KILLS:
                name, rows = f"f{number:04}.ndjson", random_.randint(1, 40)
                records = [resident(f"F7{number:04}{i:02}", referrals=[]) for i in range(rows)]
                dropped[name] = [r["messageId"] for r in records]
                self.drop(name, lines(records))
                number += 1
                time.sleep(random_.uniform(0, 0.5))

        thread = threading.Thread(target=writer)
        thread.start()
        for _ in range(KILLS):
            time.sleep(random_.uniform(0.02, 0.5))
            self.box.kill_gateway()
            self.box.start_gateway(wait=False)
            self.box.wait("the gateway's start", self.box.is_up, 60)
        stop.set()
        thread.join()
        for name, rows in dropped.items():
            place, said = self.result(name, 120)
            self.assertEqual((place, said["accepted"], said["rejected"]), ("done", len(rows), 0), name)
        self.assertEqual(self.names() + self.names("taken") + self.names("failed"), [])
        self.assertEqual(len(self.names("done")), 2 * len(dropped))
        self.assertEqual(len(self.records_in_log()), sum(map(len, dropped.values())), "each row once")
        self.box.verify_twice()


class ReloadTest(DropCase):
    """SIGHUP: folders come, change and go; a file that is being taken is finished."""
    settle = "100ms"

    def folders(self, *wanted):
        path = self.box.state / "gateway.yaml"
        text = path.read_text().split("dropFolders:")[0]
        rows = "".join(f"  - {{ name: {name}, folder: {folder}, client: fedasil, poll: 100ms, settle: {settle}, files: [{{ pattern: '{pattern}', format: ndjson }}] }}\n"
                       for name, folder, pattern, settle in wanted)
        path.write_text(text + ("dropFolders:\n" + rows if wanted else ""))

    def reload(self, refused=False):
        before = self.box.call("GET", "/configuration", client="operator").json
        os.kill(self.box.gateway.pid, signal.SIGHUP)
        if refused:
            return self.box.wait("the refusal", lambda: self.box.call("GET", "/configuration", client="operator").json.get("refused"), 20)
        now = self.box.wait("the reload", lambda: (lambda c: c if c["reloads"] > before["reloads"] else None)(self.box.call("GET", "/configuration", client="operator").json), 20)
        self.assertNotIn("needsRestart", now)
        self.assertEqual(self.box.call("GET", "/health").json["details"]["dropFolders"]["status"], "UP")

    def gauge(self, name, folder):
        text = urllib.request.urlopen(self.box.info["metrics"]).read().decode()
        return int(re.search(rf'^{name}{{folder="{folder}"}} (\d+)$', text, re.M).group(1))

    def test_folders_come_change_and_go(self):
        other = self.box.state / "other"
        other.mkdir(mode=0o700)
        many = 1500
        self.drop("big.ndjson", lines(resident(f"R{1000 + i}") for i in range(many)))
        self.box.wait("the file to be taken", lambda: not (self.folder / "big.ndjson").exists(), 20)
        self.assertNotIn("big.ndjson", self.names("done"), "it is being worked on: the reload comes in the midst of it")
        # Changed: other names. Added: another one. What is being taken is finished by the old settings.
        self.folders(("registry", self.folder, "*.jsonl", "100ms"), ("second", other, "*.ndjson", "100ms"))
        self.reload()
        self.drop("late.ndjson", lines([resident("L001")]))
        self.drop("new.jsonl", lines([resident("L002")]))
        (other / "x.ndjson").write_bytes(lines([resident("L003")]))
        place, said = self.result("big.ndjson")
        self.assertEqual((place, said["accepted"]), ("done", many))
        self.assertEqual(self.result("new.jsonl")[0], "done")
        self.assertEqual(self.result("late.ndjson")[0], "failed", "no pattern fits it any more")
        self.box.wait("the other folder's file", lambda: (other / "done/x.ndjson").exists(), 20)
        self.assertEqual((self.gauge("ketenpoort_drop_files_done", "registry"), self.gauge("ketenpoort_drop_files_failed", "registry")), (2, 1))
        # Gone: what comes stays where it is, and nobody is alarmed.
        self.folders(("second", other, "*.ndjson", "100ms"))
        self.reload()
        self.drop("stays.jsonl", lines([resident("L004")]))
        (other / "y.ndjson").write_bytes(lines([resident("L005")]))
        self.box.wait("the other folder goes on", lambda: (other / "done/y.ndjson").exists(), 20)
        self.assertTrue((self.folder / "stays.jsonl").exists())
        figures = lambda: urllib.request.urlopen(self.box.info["metrics"]).read().decode()
        self.box.wait("nothing to be told of it", lambda: 'folder="registry"' not in figures(), 10)
        # A mistake: nothing changes.
        self.folders(("second", other, "*.ndjson", "100ms"), ("third", self.folder, "*.jsonl", "soon"))
        self.assertTrue(self.reload(refused=True))
        self.assertTrue((self.folder / "stays.jsonl").exists())
        # And back again.
        self.folders(("registry", self.folder, "*.jsonl", "100ms"))
        self.reload()
        self.assertEqual(self.result("stays.jsonl")[0], "done")
        self.folders()
        self.reload()
        self.box.settle()
        self.box.verify()


if __name__ == "__main__":
    unittest.main()
