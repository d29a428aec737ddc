"""kill -9 under load, again and again, of the gateway and of who it sends to, while verifiers look: nothing accepted is lost or doubled, and
every look finds a log that holds.

KETENPOORT_KILLS (default 40) says how often; KETENPOORT_KILL_PACE (default 0) lets each writer and verifier rest for so many seconds after
each thing it did, so that a thousand kills end before the log is too long to be looked at after each.
"""
import collections
import contextlib
import datetime
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

from harness import BIN, Sandbox, bound_by_key
from people import consent, mock_ssin, resident

KILLS = int(os.environ.get("KETENPOORT_KILLS", 40))
PACE = float(os.environ.get("KETENPOORT_KILL_PACE", 0))
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
        self.partners = {name: Partner(self.box.info["pids"][name]) for name in ("vdab", "agii", "fedasil")}
        for partner in self.partners.values():
            self.addCleanup(partner.close)
        self.stop = threading.Event()
        self.lock = threading.Lock()
        self.promised = {}  # message id -> what the 202 said
        self.consented = []  # ids in the 201s
        self.kills = collections.Counter()
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
            said = self.ask("/consents", consent(person), 201, {"Idempotency-Key": str(uuid.uuid4())})
            if said:
                with self.lock:
                    self.consented += [c["id"] for c in said["consents"]]
            with self.lock:  # nobody's number is anybody else's, however many they are
                born = datetime.date(1950, 1, 1) + datetime.timedelta(days=self.people // 900)
                ssin = mock_ssin(born.year, born.month, born.day, self.people)
                self.people += 1
            for _ in range(3):  # newer records of the same person
                record = resident(person, resident__identifiers__ssin=ssin)
                answer = self.ask("/records", record, 202)
                if answer:
                    with self.lock:
                        self.promised[record["messageId"]] = answer
                self.stop.wait(PACE)

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
                self.stop.wait(PACE)

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

    def kill_gateway(self, random_):
        self.box.kill_gateway()
        self.kills["gateway"] += 1
        self.box.verify()  # as the kill left it
        self.box.start_gateway(wait=False)
        if random_.random() < 0.15:  # and once more, wherever its start has got to
            time.sleep(random_.uniform(0, 0.4))
            self.box.kill_gateway()
            self.kills["gateway"] += 1
            self.box.verify()
            self.box.start_gateway(wait=False)
        self.box.wait("the gateway's start", self.box.is_up, 60)

    def kill_on_and_on(self):
        seed = random.SystemRandom().randrange(1 << 32)
        print(f"seed {seed}", flush=True)
        random_ = random.Random(seed)
        told = 0
        while (self.kills.total() < KILLS or len(+self.kills) < 1 + len(self.partners)) and not self.failures:
            time.sleep(random_.uniform(0.05, 0.9))
            if random_.random() < 0.3:
                name = min(sorted(self.partners), key=lambda partner: (self.kills[partner], random_.random()))  # each gets its turn
                self.partners[name].kill_and_start(self.log)
                self.kills[name] += 1
            else:
                self.kill_gateway(random_)
            if self.kills.total() // 50 > told:
                told = self.kills.total() // 50
                print(time.strftime("%H:%M:%S"), dict(self.kills), f"{len(self.promised)} records", dict(self.looks), flush=True)

    def test_every_look_finds_a_log_that_holds_and_nothing_is_lost_or_doubled(self):
        threads = [threading.Thread(target=self.write, args=(writer,)) for writer in range(WRITERS)]
        threads += [threading.Thread(target=self.look, args=(kind,)) for kind in ("verify", "prove")]
        for thread in threads:
            thread.start()
        try:
            self.kill_on_and_on()
        finally:
            self.stop.set()
            for thread in threads:
                thread.join()
        self.assertEqual(self.failures, [])
        self.assertGreaterEqual(self.kills.total(), KILLS)
        self.assertEqual(set(+self.kills), {"gateway", *self.partners})
        self.assertGreater(min(self.looks["verify"], self.looks["prove"]), KILLS / 10)
        self.assertGreater(len(self.promised), KILLS)
        self.check_what_was_promised()

    def check_what_was_promised(self):
        transfers = {t["id"]: t for t in self.box.settle(600)}
        promised = [t["id"] for answer in self.promised.values() for t in answer["transfers"]]
        # A record that was answered 2xx twice got the same answer; only the last of each writer may be there without one.
        self.assertEqual([i for i, n in collections.Counter(promised).items() if n > 1], [])
        self.assertEqual([i for i in promised if i not in transfers], [], "accepted and lost")
        self.assertLessEqual(len(transfers) - len(promised), 4 * WRITERS, "transfers nobody was promised")
        stuck = {t["id"]: t["state"] for t in transfers.values() if t["state"] not in ("acknowledged", "delivered", "cancelled")}
        self.assertEqual([self.box.call("GET", "/transfers/" + i).json for i in list(stuck)[:3]], [], f"{len(stuck)} got no further")
        for record in self.promised.values():
            self.assertEqual(self.box.call("GET", f"/records/{record['id']}").status, 200)
        for name in ("vdab", "agii"):
            self.check_exactly_once(name, {i for i, t in transfers.items() if t["recipient"] == name and t["state"] in ("delivered", "acknowledged")})
        self.assertEqual(self.box.stop_gateway(), 0)
        self.box.verify_twice()
        entries = self.box.ledger_entries()
        written = {e["body"]["consent"] for e in entries if e["kind"] == "consent.given"}
        self.assertEqual([c for c in self.consented if c not in written], [], "a consent that was answered 201 and lost")
        told = [e["tx"] for e in entries if e["kind"] == "transfer.delivered"]
        self.assertEqual([i for i, n in collections.Counter(told).items() if n > 1], [], "delivered twice, the log says")
        print(dict(self.kills), f"{len(self.promised)} records, {len(transfers)} transfers, {len(entries)} entries", dict(self.looks))

    def check_exactly_once(self, name, done):
        """As its idempotency key counts: one key, one message; one message, one key; all that is said to be there."""
        bodies, keys = collections.defaultdict(set), collections.defaultdict(set)
        for facts, body in self.box.received(name):
            key = facts["headers"]["idempotency-key"]
            bodies[key].add(bound_by_key(body))
            keys[bound_by_key(body)].add(key)
        self.assertEqual([k for k, v in bodies.items() if len(v) > 1], [], "two messages under one key")
        self.assertEqual([v for v in keys.values() if len(v) > 1], [], "one message under two keys")
        self.assertEqual(done - bodies.keys(), set(), f"{name}: said to be delivered and never arrived")


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
