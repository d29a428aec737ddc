"""What a partner may ask and pass on: which transfers reached it, and that a resident changed their mind there."""
import unittest

from harness import SandboxTest
from people import consent, resident

BOTH = [{"id": "RC-1", "recipient": "vdab", "purpose": "work-guidance", "reason": "WORK_TALK"},
        {"id": "RC-2", "recipient": "agii", "purpose": "language-course", "reason": "NIV_TEST"}]


class Received(SandboxTest):
    def refer(self, number, consents):
        if consents is not None:
            self.box.call("POST", "/consents", consent(number, consents))
        sent = self.box.call("POST", "/records", resident(number, referrals=BOTH))
        self.assertEqual(sent.status, 202)
        return {one["message"]: one["id"] for one in sent.json["transfers"]}

    def received(self, client, query=""):
        return self.box.call("GET", "/received" + query, client=client)

    def test_what_reached_a_partner_is_there_for_it_alone(self):
        ours = self.refer("RC01", None)  # waits for a consent: reached nobody
        sent = self.refer("RC02", {"work-guidance": "GIVEN", "language-course": "REFUSED"})
        messages = ("vdab-profile", "vdab-referral")
        self.box.wait("both to arrive", lambda: {self.box.call("GET", "/transfers/" + sent[m]).json["state"] for m in messages} == {"acknowledged"})
        mine = self.received("vdab")
        self.assertEqual({one["id"] for one in mine.json["items"]}, {sent["vdab-profile"], sent["vdab-referral"]})
        self.assertEqual({one["state"] for one in mine.json["items"]}, {"acknowledged"})
        self.assertTrue(all(one["reference"] for one in mine.json["items"]))
        told = {one["id"] for one in self.received("agii").json["items"]}
        self.assertFalse(told & {*sent.values(), *ours.values()}, "refused, and so never told")
        one = self.box.call("GET", "/received/" + sent["vdab-profile"], client="vdab").json
        self.assertIn("identity-core", one["categories"])
        self.assertNotIn("RC02", str(one), "no number, no reference of the sender")
        first = self.received("vdab", "?pageSize=1").json
        second = self.box.call("GET", first["next"][first["next"].index("/received"):], client="vdab").json
        self.assertEqual([first["items"][0]["id"], second["items"][0]["id"]], [one["id"] for one in mine.json["items"]])
        self.assertNotIn("next", second)
        self.assertTrue(first["next"].endswith("?after=" + first["items"][0]["id"] + "&pageSize=1"), "no number that tells of others")
        for foreign in (ours["vdab-profile"], "1", "01a20cff-8548-7b3d-9f2a-3efb4a5bca14"):
            self.assertEqual(self.received("vdab", "?after=" + foreign).status, 400)
        for client, transfer in (("agii", sent["vdab-profile"]), ("vdab", ours["vdab-profile"]), ("vdab", "nonsense")):
            self.assertEqual(self.box.call("GET", "/received/" + transfer, client=client).status, 404)
        self.assertEqual(self.received("fedasil").status, 403)
        self.assertEqual(self.received("dpo").status, 403)
        self.assertEqual(self.received("vdab", "?state=held").status, 400)
        self.assertEqual(self.box.call("GET", "/transfers", client="vdab").status, 403)

    def test_a_resident_may_change_their_mind_at_the_recipient(self):
        given = self.box.call("POST", "/consents", consent("RC03")).json["consents"]
        numbers = {one["recipient"]: one["id"] for one in given}
        for client, number in (("agii", numbers["vdab"]), ("vdab", numbers["agii"]), ("vdab", "01a20cff-8548-7b3d-9f2a-3efb4a5bca14")):
            refused = self.box.call("POST", f"/consents/{number}/withdraw", {}, client=client)
            self.assertEqual((refused.status, refused.json["requiredScopes"]), (403, ["consents"]))
        waiting = self.box.call("POST", "/records", resident("RC03", referrals=BOTH, procedure__lodgedOn="2026-10-01")).json["transfers"]
        taken = self.box.call("POST", f"/consents/{numbers['vdab']}/withdraw", {}, client="vdab")
        self.assertEqual(taken.status, 200, taken.body)
        self.assertEqual(taken.json["state"], "WITHDRAWN")
        self.assertEqual(taken.json["stopped"], [], "not even that something waited for it")
        for one in waiting:
            if one["recipient"] == "vdab":
                self.assertEqual(self.box.call("GET", "/transfers/" + one["id"]).json["state"], "cancelled")
        written = self.box.wait("the entry", lambda: [one for one in self.box.ledger_entries() if one["kind"] == "consent.withdrawn"])
        self.assertEqual(written[-1]["actor"]["role"], "partner")
        self.assertEqual(self.box.call("POST", f"/consents/{numbers['agii']}/withdraw", {}).status, 200)
        withdrawn = lambda: [one["actor"]["role"] for one in self.box.ledger_entries() if one["kind"] == "consent.withdrawn"]
        self.assertEqual(self.box.wait("the other entry", lambda: (lambda roles: roles if len(roles) > 1 else None)(withdrawn()), 10), ["partner", "consent-recorder"])
        self.assertEqual(self.box.call("GET", f"/consents/{numbers['vdab']}", client="vdab").status, 403, "only taken back, not read")


if __name__ == "__main__":
    unittest.main()
