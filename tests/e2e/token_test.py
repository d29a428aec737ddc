"""VDAB's profiles go with tokens of an authorization server: what happens while it is well, badly off, or wrong."""
import json
import os
import re
import signal
import subprocess
import time

from harness import BIN, SandboxTest
from people import consent, resident


class TokenTest(SandboxTest):
    server = None

    def replace_server(self, *options, own_key=True):
        """Another authorization server in the place of the sandbox's, at its port."""
        if TokenTest.server is None:
            os.kill(self.box.info["pids"]["tokenServer"], signal.SIGTERM)
            self.box.wait("the server's end", lambda: self.box.has_ended(self.box.info["pids"]["tokenServer"]), 10)
        else:
            self.end_server()
        partner = (self.box.state / "partners/vdab.yaml").read_text()
        said = lambda key: re.search(rf"^  {key}: (.+)$", partner, re.MULTILINE).group(1)
        keys = self.box.state / "keys"
        command = [BIN / "ketenpoort-partner", "token", "--port", self.box.info["tokenServer"]["url"].rsplit(":", 1)[1],
                   "--cert", keys / "token-server-server.pem", "--key", keys / "token-server-server.key",
                   "--client-id", said("clientId"), "--client-key", keys / "oauth-client.pem", "--audience", said("audience"),
                   "--scope", said("scope"), "--resource", "https://vdab.sandbox.example",
                   *(["--signing-key", keys / "token-server.key"] if own_key else []), *options]
        TokenTest.server = subprocess.Popen([str(c) for c in command], stdout=subprocess.PIPE)
        self.assertTrue(json.loads(TokenTest.server.stdout.readline()))

    @classmethod
    def end_server(cls):
        if cls.server:
            cls.server.terminate()
            cls.server.wait()
            cls.server.stdout.close()
            cls.server = None

    @classmethod
    def tearDownClass(cls):
        cls.end_server()

    def send(self, number):
        self.assertEqual(self.box.call("POST", "/consents", consent(number, {"work-guidance": "GIVEN"})).status, 201)
        answer = self.box.call("POST", "/records", resident(number, referrals=[
            {"id": number + "-1", "recipient": "vdab", "purpose": "work-guidance", "reason": "WORK_TALK"}]))
        self.assertEqual(answer.status, 202)
        return next(t["id"] for t in answer.json["transfers"] if t["message"] == "vdab-profile")

    def view(self, transfer):
        return self.box.call("GET", "/transfers/" + transfer).json

    def acknowledged(self, transfers, seconds=60):
        self.box.wait("acknowledgement", lambda: all(self.view(t)["state"] == "acknowledged" for t in transfers), seconds)
        return [self.view(t) for t in transfers]

    def failures(self, transfer):
        """What the log says of its failed attempts; it is published a moment later."""
        return [e["body"] for e in self.box.ledger_entries() if e["kind"] == "transfer.failed" and e["tx"] == transfer]

    def failed_with(self, transfer, failure_class, may_have_arrived=False):
        found = self.box.wait(failure_class, lambda: [f for f in self.failures(transfer) if f["class"] == failure_class], 30)
        self.assertTrue(all(f["mayHaveArrived"] == may_have_arrived for f in found), found)

    def refusals(self):
        return [facts for facts, _ in self.box.received("vdab") if facts["verdict"] != "ok"]

    def test_1_tokens_are_renewed_before_they_expire(self):
        self.replace_server("--life", "3")
        sent = []
        until = time.monotonic() + 8
        while time.monotonic() < until:
            sent.append(self.send(f"T1{len(sent):04}"))
            time.sleep(0.2)
        for view in self.acknowledged(sent):
            self.assertEqual(view["attempts"], 1, view)
        self.assertEqual(self.refusals(), [])

    def test_2_without_a_token_the_message_waits_and_nobody_else_does(self):
        self.replace_server("--life", "1", "--mode", "down")
        time.sleep(3)  # the last token of before
        transfer = self.send("T20000")
        self.failed_with(transfer, "token-http-503")
        self.end_server()
        self.failed_with(transfer, "token-connect")
        other = self.box.call("POST", "/consents", consent("T20001", {"language-course": "GIVEN"}))
        self.assertEqual(other.status, 201)
        record = resident("T20001", referrals=[{"id": "T20001-2", "recipient": "agii", "purpose": "language-course", "reason": "NIV_TEST"}])
        self.acknowledged([self.box.call("POST", "/records", record).json["transfers"][0]["id"]], 10)
        self.assertNotEqual(self.view(transfer)["state"], "acknowledged")
        TokenTest.server = None
        self.start_again("--mode", "flaky", "--life", "1")
        self.acknowledged([transfer, self.send("T20002")], 90)

    def start_again(self, *options, **more):
        """As replace_server, where none is running."""
        TokenTest.server = subprocess.Popen(["true"], stdout=subprocess.PIPE)
        self.replace_server(*options, **more)

    def test_3_a_token_that_the_partner_refuses_is_dropped(self):
        self.replace_server("--life", "60", own_key=False)  # keys that VDAB does not trust
        time.sleep(1.1)
        before = len(self.refusals())
        transfer = self.send("T30000")
        self.failed_with(transfer, "token-refused", may_have_arrived=True)
        self.replace_server("--life", "60")
        [view] = self.acknowledged([transfer], 90)
        refused = self.refusals()[before:]
        self.assertTrue(all("Authorization" in facts["reason"] for facts in refused), refused)
        # Each call is an attempt of its own: none is made twice under one permit.
        permits = lambda: [e for e in self.box.ledger_entries() if e["kind"] == "transfer.permitted" and e["tx"] == transfer]
        self.box.wait("the permits in the log", lambda: len(permits()) == view["attempts"], 30)
        calls = [facts for facts, _ in self.box.received("vdab") if facts["headers"].get("idempotency-key") == transfer]
        self.assertGreaterEqual(len(calls), 2)
        unsent = [f for f in self.failures(transfer) if not f["mayHaveArrived"]]  # no token while the server changed
        self.assertEqual(len(calls), view["attempts"] - len(unsent))

    def test_4_what_is_no_answer_is_tried_again(self):
        self.replace_server("--mode", "garbage")
        self.box.kill_gateway()  # and with it the token that it holds
        self.box.start_gateway()
        transfer = self.send("T40000")
        self.failed_with(transfer, "token-unreadable")
        self.replace_server("--mode", "reject")
        self.failed_with(transfer, "token-http-401")
        self.replace_server("--mode", "ok")
        self.acknowledged([transfer], 90)

    def test_5_no_token_is_written_down_anywhere(self):
        for facts, _ in self.box.received("vdab"):
            self.assertNotIn("authorization", facts["headers"])
        tokens = {client["token"] for client in self.box.info["clients"].values()}
        logs = [*(self.box.state / "logs").iterdir(), *self.box.state.glob("*.log")]
        self.assertTrue(logs)
        for log in logs:
            text = log.read_text()
            self.assertNotIn("eyJ", text, log.name)  # how each JWT begins
            for token in tokens:
                self.assertNotIn(token[-20:], text)
        self.box.verify_twice()
