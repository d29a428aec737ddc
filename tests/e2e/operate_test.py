"""What a person may do about a transfer: call it off, try it again, try many again."""
import sqlite3
import time
import unittest
import urllib.parse
import uuid

from harness import BIN, ONE_MESSAGE, ROOT, SandboxTest
from people import consent, resident

VDAB = [{"id": "O-1", "recipient": "vdab", "purpose": "work-guidance", "reason": "WORK_TALK"}]
AGII = [{"id": "O-2", "recipient": "agii", "purpose": "language-course", "reason": "NIV_TEST"}]


class OperateTest(SandboxTest):
    options = (*ONE_MESSAGE, "--partner-mode", "vdab=reject")

    def send(self, *arguments, **options):
        answer = self.box.call("POST", "/records", resident(*arguments, **options))
        self.assertEqual(answer.status, 202, answer.body)
        return answer.json["transfers"][0]["id"]

    def view(self, transfer):
        return self.box.call("GET", "/transfers/" + transfer).json

    def state(self, transfer, wanted):
        return self.box.wait(wanted, lambda: (lambda v: v if v["state"] == wanted else None)(self.view(transfer)), 20)

    def post(self, path, body=None, **options):
        return self.box.call("POST", "/transfers/" + path, {} if body is None else body, **options)

    def given_up(self, number, **options):
        self.assertEqual(self.box.call("POST", "/consents", consent(number)).status, 201)
        transfer = self.send(number, referrals=VDAB, **options)
        return self.state(transfer, "abandoned")["id"]

    def test_a_waiting_transfer_is_called_off_once_and_for_all(self):
        transfer = self.send("O100", referrals=AGII)
        self.state(transfer, "held")
        answer = self.post(transfer + "/cancel")
        self.assertEqual((answer.status, answer.json["state"]), (200, "cancelled"))
        view = self.view(transfer)
        self.assertEqual((view["state"], view["reasons"]), ("cancelled", ["cancelled-by-operator"]))
        self.box.call("POST", "/consents", consent("O100"))
        self.assertEqual(self.view(transfer)["state"], "cancelled", "a consent does not bring it back")
        again = self.post(transfer + "/cancel")
        self.assertEqual(again.status, 409, again.body)
        self.assertEqual(self.post(transfer + "/retry").status, 409)
        self.box.wait("publication", lambda: any(
            e["kind"] == "transfer.cancelled" and e["tx"] == transfer and e["actor"]["type"] == "operator"
            for e in self.box.ledger_entries()), 10)

    def test_what_its_recipient_has_is_neither_called_off_nor_sent_again(self):
        self.box.call("POST", "/consents", consent("O101"))
        transfer = self.send("O101", referrals=AGII)
        self.state(transfer, "acknowledged")
        self.assertEqual(self.post(transfer + "/cancel").status, 409)
        self.assertEqual(self.post(transfer + "/retry").status, 409)
        self.assertEqual(sum(f["headers"]["idempotency-key"] == transfer for f, _ in self.box.received("agii")), 1)

    def test_an_abandoned_transfer_gets_one_more_attempt_by_the_same_key(self):
        transfer = self.given_up("O102")
        before = self.view(transfer)["attempts"]
        answer = self.post(transfer + "/retry")
        self.assertEqual(answer.status, 202, answer.body)
        self.box.wait("another attempt", lambda: (lambda v: v["attempts"] == before + 1 and v["state"] == "abandoned")(self.view(transfer)), 20)
        tries = [f for f, b in self.box.received("vdab") if f["headers"].get("idempotency-key") == transfer]
        self.assertEqual(len(tries), before + 1)

        def permits():
            return [e for e in self.box.ledger_entries() if e["kind"] == "transfer.permitted" and e["tx"] == transfer]
        self.box.wait("publication", lambda: len(permits()) == before + 1, 10)
        self.assertEqual([p["actor"]["type"] for p in permits()], ["system"] * before + ["operator"])

    def test_an_abandoned_transfer_that_may_not_go_says_why(self):
        transfer = self.given_up("O103")
        found = self.box.call("POST", "/consents", consent("O103", {"work-guidance": "REFUSED", "language-course": "GIVEN"}))
        self.assertEqual(found.status, 201)
        answer = self.post(transfer + "/retry")
        self.assertEqual(answer.status, 409, answer.body)
        self.assertEqual([issue["name"] for issue in answer.json["issues"]], ["consent-refused"])
        self.assertEqual(self.view(transfer)["state"], "abandoned")
        overtaken = self.given_up("O104")
        self.send("O104", referrals=VDAB)
        answer = self.post(overtaken + "/retry")
        self.assertEqual([issue["name"] for issue in answer.json["issues"]], ["superseded"])

    def test_a_message_that_is_kept_no_more_is_not_made_anew(self):
        transfer = self.given_up("O108")
        attempts = self.view(transfer)["attempts"]

        def drop():  # as retention does; the gateway's own writer brings the row there a moment later
            with sqlite3.connect(self.box.state / "data/vault.sqlite", timeout=10) as vault:
                return vault.execute("DELETE FROM payload WHERE transfer = ?", (uuid.UUID(transfer).bytes,)).rowcount
        self.box.wait("the row", drop, 10)
        answer = self.post(transfer + "/retry")
        self.assertEqual(answer.status, 409, answer.body)
        self.assertIn("kept no more", answer.json["detail"])
        self.assertEqual((self.view(transfer)["state"], self.view(transfer)["attempts"]), ("abandoned", attempts))

    def test_many_are_tried_again_by_filter_and_looked_at_before(self):
        good, bad = self.given_up("O105"), self.given_up("O106")
        self.box.call("POST", "/consents", consent("O106", {"work-guidance": "REFUSED", "language-course": "GIVEN"}))
        attempts = self.view(good)["attempts"]
        wanted = {"filter": {"state": "abandoned", "recipient": "vdab"}}

        def pages(body):
            items = {}
            while True:
                answer = self.post("replay", {**body, "pageSize": 2})
                self.assertEqual(answer.status, 200, answer.body)
                items.update({item["transfer"]["id"]: item for item in answer.json["items"]})
                if "next" not in answer.json:
                    return items
                body = {**body, "after": answer.json["next"]}

        seen = pages({**wanted, "preview": True})
        self.assertTrue(seen[good]["retried"])
        self.assertEqual((seen[bad]["retried"], seen[bad]["reasons"]), (False, ["consent-refused"]))
        self.assertEqual(self.view(good)["attempts"], attempts, "a preview sends nothing")
        done = pages({**wanted, "preview": False})
        self.assertTrue(done[good]["retried"])
        self.box.wait("another attempt", lambda: self.view(good)["attempts"] == attempts + 1, 20)
        self.assertEqual(self.view(bad)["state"], "abandoned")

    def test_what_would_be_held_again_is_not_tried_and_says_why(self):
        no_consent = self.send("O110", referrals=AGII)
        self.box.call("POST", "/consents", consent("O111"))
        too_early = self.send("O111", referrals=VDAB, procedure__lodgedOn="2026-10-01")
        for transfer in (no_consent, too_early):
            self.state(transfer, "held")
        for preview in (True, False):
            answer = self.post("replay", {"filter": {"state": "held"}, "preview": preview, "pageSize": 500})
            said = {item["transfer"]["id"]: (item["retried"], item.get("reasons")) for item in answer.json["items"]}
            self.assertEqual((said[no_consent], said[too_early]), ((False, ["no-consent"]), (False, ["too-early"])))
        # One by one somebody may look all the same.
        self.assertEqual(self.post(too_early + "/retry").status, 202)

    def test_refuses_what_it_does_not_understand_and_who_may_not_ask(self):
        transfer = self.send("O107", referrals=AGII)
        for path, body in ((transfer + "/cancel", {"why": "x"}), (transfer + "/retry", []), ("replay", {}),
                           ("replay", {"filter": {"state": "acknowledged"}}), ("replay", {"filter": {"recipient": "nobody"}}),
                           ("replay", {"filter": {}, "preview": "yes"}), ("replay", {"filter": {"who": "x"}}),
                           ("replay", {"filter": {}, "pageSize": 501}), ("replay", {"filter": {}, "after": -1})):
            self.assertEqual(self.post(path, body).status, 400, (path, body))
        for path in (transfer + "/cancel", transfer + "/retry", "replay"):
            self.assertEqual(self.post(path, client="dpo").status, 403, path)
        self.assertEqual(self.post("0190a000-0000-7000-8000-000000000000/cancel").status, 404)
        self.assertEqual(self.post("nonsense/retry").status, 404)

    def test_a_sandbox_whose_port_is_taken_says_so_although_its_folder_is_gone(self):
        port = urllib.parse.urlsplit(self.box.info["url"]).port
        said = self.box.tool(BIN / "ketenpoort", "sandbox", "--port", port, check=3).stderr
        self.assertIn("Address already in use", said)

    def test_the_gateway_says_what_it_takes(self):
        document = self.box.call("GET", "/doc/openapi.yaml", client=None)
        self.assertEqual(document.body, (ROOT / "docs/openapi.yaml").read_bytes())
        self.assertEqual(document.headers.get("Transfer-Encoding"), "chunked", "who takes it slowly makes the gateway keep a piece, not the whole")
        same = self.box.call("GET", "/doc/openapi.yaml", client=None, headers={"If-None-Match": document.headers["ETag"]})
        self.assertEqual((same.status, same.body), (304, b""))
        for name in ("resident-1", "consent-1", "report-1", "outcome-1"):
            schema = self.box.call("GET", f"/doc/schemas/{name}.schema.json", client=None)
            self.assertEqual(schema.body, (ROOT / f"mappings/schemas/{name}.schema.json").read_bytes())
        for name in ("mapping.schema.json", "nonsense"):
            self.assertEqual(self.box.call("GET", "/doc/schemas/" + name, client=None).status, 404, name)

    @classmethod
    def tearDownClass(cls):
        cls.box.settle()
        sizes = [-1]

        def is_quiet():  # what is published comes a moment later
            sizes.append(len(cls.box.ledger_entries()))
            time.sleep(0.5)
            return sizes[-1] == sizes[-2]

        cls.box.wait("a quiet log", is_quiet, 30)
        cls.box.verify_twice()


if __name__ == "__main__":
    unittest.main()
