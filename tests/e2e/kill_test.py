"""kill -9 of the gateway, again and again, while files are sent: nothing accepted is lost, nothing arrives under two keys."""
import collections
import json
import random
import tempfile
import threading
import time
import unittest
from pathlib import Path

from harness import ROOT, Sandbox, bound_by_key

KILLS = 20


class KillTest(unittest.TestCase):
    def setUp(self):
        self.box = Sandbox("--partner-mode", "vdab=flaky")
        self.addCleanup(self.box.close)
        self.work = tempfile.TemporaryDirectory()
        self.addCleanup(self.work.cleanup)

    def copy(self, name):
        target = Path(self.work.name) / name
        target.write_bytes((ROOT / "tests/samples" / name).read_bytes())
        return target

    def accepted(self, record):
        """Posts until an answer comes; returns the 202's transfers."""
        while True:
            try:
                answer = self.box.call("POST", "/records", record, raw=True)
            except OSError:
                time.sleep(0.05)
                continue
            except Exception as error:  # a half answer is no answer
                if type(error).__module__ != "http.client":
                    raise
                time.sleep(0.05)
                continue
            if answer.status == 202:
                return answer.json["transfers"]
            self.assertEqual(answer.status, 503, answer.body)
            time.sleep(0.05)

    def killer(self, stop):
        random_ = random.Random(20261124)
        for _ in range(KILLS):
            time.sleep(random_.uniform(0.1, 0.8))
            self.box.kill_gateway()
            self.kills += 1
            self.box.start_gateway(wait=False)
            self.box.wait("the gateway's start", self.box.is_up, 60)
        stop.set()

    def test_nothing_is_lost_or_doubled(self):
        self.kills = 0
        residents = (ROOT / "tests/samples/residents.ndjson").read_text().splitlines()  # byte by byte what send sent
        stop = threading.Event()
        thread = threading.Thread(target=self.killer, args=(stop,))
        thread.start()
        self.box.send(self.copy("consents.ndjson"), "--give-up", "60")
        self.box.send(self.copy("residents.ndjson"), "--give-up", "60")
        promised = {}
        rounds = 0
        while not stop.is_set():  # the same messages again: idempotent, so they must not multiply
            for record in residents:
                for transfer in self.accepted(record):
                    promised[transfer["id"]] = (json.loads(record)["messageId"], transfer["message"], transfer["recipient"], transfer["purpose"])
                if stop.is_set() and rounds:
                    break
            rounds += 1
        thread.join()
        self.assertEqual(self.kills, KILLS)

        transfers = {t["id"]: t for t in self.box.settle(180)}
        self.assertEqual(set(promised) - set(transfers), set(), "accepted and lost")
        self.assertEqual(set(transfers) - set(promised), set(), "transfers nobody was promised")
        per_message = collections.Counter(promised.values())
        self.assertEqual([m for m, n in per_message.items() if n > 1], [], "a repeated message made another transfer")

        keys = collections.defaultdict(set)
        for partner in self.box.info["partners"]:
            for facts, body in self.box.received(partner):
                self.assertEqual(facts["verdict"], "ok", facts.get("reason"))
                keys[partner, bound_by_key(body)].add(facts["headers"]["idempotency-key"])
        self.assertEqual([k for k, v in keys.items() if len(v) > 1], [], "one message under two idempotency keys")
        arrived = {k for v in keys.values() for k in v}
        self.assertEqual({i for i, t in transfers.items() if t["state"] in ("delivered", "acknowledged")}, arrived)

        self.assertEqual(self.box.stop_gateway(), 0)
        report = json.loads(self.box.verify("--json").stdout)
        self.assertTrue(report["holds"])
