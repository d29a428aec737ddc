"""A gateway on a disk that fills up, and on one whose syncs fail: clear answers, nothing lost, and on again when it can."""
import json
import time
import unittest
import uuid

from harness import BIN, Sandbox
from people import resident

SHIM = BIN.parent / "lib" / "libfailing_disk.so"


class DiskTest(unittest.TestCase):
    def setUp(self):
        self.box = Sandbox()
        self.addCleanup(self.box.close)
        self.switch = self.box.state / "switch"
        self.disk("-")
        self.accepted = []
        self.box.kill_gateway()
        self.box.start_gateway(environment={"LD_PRELOAD": str(SHIM), "KETENPOORT_FAILING_SWITCH": str(self.switch),
                                            "KETENPOORT_FAILING_FOLDER": str((self.box.state / "data").resolve())})

    def disk(self, state):
        self.switch.write_text(state)

    def post(self):
        """One record of somebody new; what is accepted is remembered."""
        answer = self.box.call("POST", "/records", resident("D" + uuid.uuid4().hex[:10].upper()))
        if answer.status == 202:
            self.accepted += [t["id"] for t in answer.json["transfers"]]
        return answer

    def post_until_refused(self, most=400):
        for _ in range(most):
            answer = self.post()
            if answer.status != 202:
                return answer
        self.fail(f"{most} records were accepted")

    def expect_all_there(self):
        transfers = {t["id"] for t in self.box.transfers()}
        self.assertEqual([i for i in self.accepted if i not in transfers], [])
        self.box.verify()

    def test_a_batch_waits_for_room_or_is_sent_again(self):
        def post(rows):
            body = b"".join(json.dumps(row).encode() + b"\n" for row in rows)
            return self.box.call("POST", "/batches", body, raw=True, headers={"Content-Type": "application/x-ndjson"})

        def ended(batch):
            task = self.box.call("GET", "/batches/" + batch).json
            return task if task["state"] != "RUNNING" else None

        self.disk("f")
        refused = post([resident("D1000001", referrals=[])])
        self.assertEqual(refused.status, 503, refused.body)
        self.assertIn("Retry-After", refused.headers)
        self.assertEqual([p.name for p in (self.box.state / "data/batches").iterdir()], [])
        self.disk("-")
        accepted = post([resident(f"D2{i:06}", referrals=[]) for i in range(3000)])
        self.assertEqual(accepted.status, 202, accepted.body)
        self.disk("f")
        time.sleep(3)
        self.assertEqual(self.box.call("GET", "/batches/" + accepted.json["id"]).json["rejected"], 0)
        self.disk("-")
        task = self.box.wait("the end of the batch", lambda: ended(accepted.json["id"]), 120)
        self.assertEqual((task["state"], task["accepted"], task["rejected"]), ("DONE", 3000, 0))
        self.box.verify()

    def test_a_full_disk_is_said_with_503_and_work_goes_on_when_there_is_room(self):
        self.assertEqual(self.post().status, 202)
        self.disk("f")
        refused = self.post_until_refused()
        self.assertEqual(refused.status, 503, refused.body)
        self.assertEqual(refused.headers["Content-Type"], "application/problem+json")
        self.assertIn("Retry-After", refused.headers)
        health = self.box.call("GET", "/health", client=None).json
        self.assertEqual((health["status"], health["details"]["disk"]["status"]), ("DEGRADED", "DEGRADED"))
        self.assertIn("no room for the ledger", health["details"]["disk"]["detail"])
        self.assertIn('"event":"ledger_waits_for_disk","code":"unavailable"', (self.box.state / "gateway-again.log").read_text())
        # The index cannot follow on a full disk: a list is whole, or it says to come again; never one with gaps.
        listed = self.box.call("GET", "/transfers")
        self.assertIn(listed.status, (200, 503), listed.body)
        if listed.status == 503:
            self.assertIn("Retry-After", listed.headers)
        self.assertEqual(self.box.call("GET", "/ledger/checkpoint", client="dpo").status, 200, "the ledger stays readable")
        self.box.verify()
        self.disk("-")
        self.box.wait("room", lambda: self.post().status == 202, 20)
        self.box.wait("the list", lambda: self.box.call("GET", "/transfers").status == 200, 20)
        self.expect_all_there()
        self.assertEqual(self.box.stop_gateway(), 0)
        self.box.verify()

    def test_a_sync_that_fails_stops_the_gateway_and_a_restart_has_everything(self):
        for _ in range(5):
            self.assertEqual(self.post().status, 202)
        self.disk("s")
        try:
            self.assertNotEqual(self.post().status, 202, "not durable")
        except (OSError, self.box.broken):
            pass  # the process ended before it could answer
        self.assertNotEqual(self.box.gateway.wait(timeout=30), 0)
        said = (self.box.state / "gateway-again.log").read_text()
        self.assertRegex(said, r"ketenpoort stops: cannot sync \S+: Input/output error")
        self.assertIn("a restart recovers it", said)
        self.disk("-")
        self.box.start_gateway()
        self.expect_all_there()
        self.assertEqual(self.post().status, 202)
