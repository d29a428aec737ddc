"""kill -9 under load, again and again, while verifiers look: nothing accepted is lost or doubled, and every look finds a log that holds.

KETENPOORT_KILL_SECONDS (default 40) says how long.
"""
import collections
import contextlib
import http.client
import os
import random
import signal
import subprocess
import tempfile
import threading
import time
import unittest
import uuid
from pathlib import Path

from harness import BIN, Sandbox
from people import consent, resident

SECONDS = float(os.environ.get("KETENPOORT_KILL_SECONDS", 40))
WRITERS = 4


class Partner:
    """One of the sandbox's simulators, killed and started anew with the same command."""

    def __init__(self, pid):
        self.pid, self.process = pid, None
        self.command = Path(f"/proc/{pid}/cmdline").read_bytes().rstrip(b"\0").split(b"\0")

    def kill_and_start(self, log):
        os.kill(self.pid, signal.SIGKILL)
        if self.process:
            self.process.wait()
        else:
            time.sleep(0.2)  # the sandbox takes leave of it
        self.process = subprocess.Popen(self.command, stdout=log, stderr=log)
        self.pid = self.process.pid

    def close(self):
        if self.process:
            self.process.kill()
            self.process.wait()


class KillLoadTest(unittest.TestCase):
    def setUp(self):
        self.box = Sandbox("--partner-mode", "vdab=flaky")
        self.addCleanup(self.box.close)
        self.log = open(self.box.state / "partners-again.log", "ab")
        self.addCleanup(self.log.close)
        self.partners = [Partner(self.box.info["pids"][name]) for name in ("vdab", "agii")]
        for partner in self.partners:
            self.addCleanup(partner.close)
        self.stop = threading.Event()
        self.lock = threading.Lock()
        self.promised = {}  # message id -> transfers of the 202
        self.people = 0
        self.looks = collections.Counter()
        self.failures = []

    # Asks until an answer comes; a gateway that is down or busy is asked again with the same key.
    def ask(self, path, body, status, headers=()):
        while not self.stop.is_set():
            with contextlib.suppress(OSError, http.client.HTTPException):
                answer = self.box.call("POST", path, body, headers=headers)
                if answer.status == status:
                    return answer.json
                if answer.status != 503:
                    raise AssertionError(f"{path}: {answer.status} {answer.body}")
            time.sleep(0.02)
        return None

    def write(self, writer):
        number = 0
        while not self.stop.is_set():
            number += 1
            person = f"K{writer}{number:06}"
            self.ask("/consents", consent(person), 201, {"Idempotency-Key": str(uuid.uuid4())})
            for _ in range(3):  # newer records of the same person
                record = resident(person)
                answer = self.ask("/records", record, 202)
                if answer:
                    with self.lock:
                        self.promised[record["messageId"]] = answer["transfers"]
        with self.lock:
            self.people += number

    def look(self, kind):
        """Runs one check after the other; any that does not hold fails the test."""
        with tempfile.TemporaryDirectory() as folder:
            older = Path(folder) / "older.checkpoint"
            while not self.stop.is_set():
                done = getattr(self, kind)(Path(folder), older)
                if done is not None:
                    self.looks[kind] += 1
                    if done.returncode != 0:
                        self.failures.append(f"{kind}: exit {done.returncode}: {done.stdout}{done.stderr}")
                        return

    def verify(self, folder, older):
        """The whole folder of the running (or just killed) gateway, against the checkpoint seen before."""
        now = (Path(self.box.path(self.box.info["ledger"])) / "checkpoint").read_bytes()
        done = self.box.tool(BIN / "ketenpoort-verify", self.box.path(self.box.info["ledger"]), "--key", self.box.info["vkey"],
                             *(["--checkpoint", older] if older.exists() else []))
        older.write_bytes(now)
        return done

    def prove(self, folder, _):
        """One entry of those signed, and the proof checked by itself."""
        checkpoint = (Path(self.box.path(self.box.info["ledger"])) / "checkpoint").read_text()
        seq, entry, proof = random.randrange(int(checkpoint.splitlines()[1])), folder / "entry", folder / "proof"
        done = self.box.tool(BIN / "ketenpoort", "ledger", "prove", seq, "--config", self.box.state / "gateway.yaml", "--entry", entry)
        if done.returncode == 0:
            proof.write_text(done.stdout)
            done = self.box.tool(BIN / "ketenpoort-verify", "--proof", proof, "--entry", entry, "--key", self.box.info["vkey"])
        return done

    def kill_for_a_while(self):
        random_ = random.Random(20261124)
        end = time.monotonic() + SECONDS
        kills = 0
        while time.monotonic() < end and not self.failures:
            time.sleep(random_.uniform(0.05, 0.9))
            self.box.kill_gateway()
            self.box.verify()  # as the kill left it
            if kills % 4 == 3:
                random_.choice(self.partners).kill_and_start(self.log)
            self.box.start_gateway(wait=False)
            self.box.wait("the gateway's start", self.box.is_up, 60)
            kills += 1
        return kills

    def test_every_look_finds_a_log_that_holds_and_nothing_is_lost_or_doubled(self):
        threads = [threading.Thread(target=self.write, args=(writer,)) for writer in range(WRITERS)]
        threads += [threading.Thread(target=self.look, args=(kind,)) for kind in ("verify", "prove")]
        for thread in threads:
            thread.start()
        try:
            kills = self.kill_for_a_while()
        finally:
            self.stop.set()
            for thread in threads:
                thread.join()
        self.assertEqual(self.failures, [])
        self.assertGreater(kills, SECONDS / 8)
        self.assertGreater(self.looks["verify"], SECONDS)
        self.assertGreater(self.looks["prove"], SECONDS)
        self.assertGreater(len(self.promised), 50)

        transfers = {t["id"]: t for t in self.box.settle(180)}
        lost = [t["id"] for promised in self.promised.values() for t in promised if t["id"] not in transfers]
        self.assertEqual(lost, [], "accepted and lost")
        # A record that was answered 2xx twice got the same answer; only the last of each writer may be there without one.
        per_message = collections.Counter(t["id"] for promised in self.promised.values() for t in promised)
        self.assertEqual([i for i, n in per_message.items() if n > 1], [])
        keys = collections.defaultdict(set)
        for partner in ("vdab", "agii"):
            for facts, body in self.box.received(partner):
                keys[partner, body].add(facts["headers"]["idempotency-key"])
        self.assertEqual([k for k, v in keys.items() if len(v) > 1], [], "one message under two idempotency keys")
        arrived = {k for v in keys.values() for k in v}
        done = {i for i, t in transfers.items() if t["state"] in ("delivered", "acknowledged")}
        self.assertEqual(done - arrived, set(), "said to be delivered and never arrived")
        self.assertEqual(self.box.stop_gateway(), 0)
        self.box.verify()
        print(f"{kills} kills, {len(self.promised)} records, {self.looks['verify']} verifications, {self.looks['prove']} proofs")


class SecondGatewayTest(unittest.TestCase):
    def test_a_second_gateway_on_the_same_folder_is_refused_and_changes_nothing(self):
        box = Sandbox()
        self.addCleanup(box.close)
        vault = (box.state / "data" / "vault.sqlite").stat().st_mtime_ns
        second = box.tool(BIN / "ketenpoort", "serve", "--config", box.state / "gateway.yaml")
        self.assertNotEqual(second.returncode, 0)
        self.assertIn(f"in use by process {box.info['pids']['gateway']}", second.stderr)
        self.assertIn("stop that one first", second.stderr)
        self.assertEqual((box.state / "data" / "vault.sqlite").stat().st_mtime_ns, vault)
        self.assertTrue(box.is_up())
