"""What a partner may ask and pass on: which transfers reached it, and that a resident changed their mind there."""
import contextlib
import http.server
import ssl
import threading
import unittest

from bad_partner import Partner
from harness import ONE_MESSAGE, SandboxTest
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


class Silent(http.server.BaseHTTPRequestHandler):
    """Takes what comes, and gives it no number of its own."""
    protocol_version = "HTTP/1.1"

    def do_POST(self):
        self.rfile.read(int(self.headers["Content-Length"]))
        answer = b'<Ontvangstbevestiging xmlns="urn:ketenpoort:kbi-push:1"/>'
        self.send_response(200)
        self.send_header("Content-Type", "application/xml")
        self.send_header("Content-Length", str(len(answer)))
        self.end_headers()
        self.wfile.write(answer)

    def log_message(self, *_):
        pass


@contextlib.contextmanager
def silent(options):
    """A partner of the sandbox that numbers nothing, where its simulator was."""
    server = http.server.ThreadingHTTPServer(("127.0.0.1", int(options["--port"])), Silent)
    tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    tls.load_cert_chain(options["--cert"], options["--key"])
    server.socket = tls.wrap_socket(server.socket, server_side=True)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield
    finally:
        server.shutdown()
        server.server_close()


class ReceivedWithoutReference(SandboxTest):
    options = ONE_MESSAGE

    def test_what_arrived_and_was_not_acknowledged_reached_its_partner_too(self):
        agii = Partner(self.box, "agii")
        self.addCleanup(agii.stop)
        self.assertEqual(self.box.call("POST", "/consents", consent("RC10", {"language-course": "GIVEN"})).status, 201)
        with silent(agii.options):
            transfer = self.box.call("POST", "/records", resident("RC10", referrals=BOTH[1:])).json["transfers"][0]["id"]
            self.box.wait("delivery", lambda: self.box.call("GET", "/transfers/" + transfer).json["state"] == "delivered")
        item, = self.box.call("GET", "/received", client="agii").json["items"]
        self.assertEqual((item["id"], item["state"], item["message"], item["purpose"]), (transfer, "delivered", "agii-dossier", "language-course"))
        self.assertNotIn("reference", item)
        one = self.box.call("GET", "/received/" + transfer, client="agii")
        self.assertEqual((one.status, one.json["state"]), (200, "delivered"))
        self.assertIn("identity-core", one.json["categories"])
        following = self.box.call("GET", "/received?after=" + transfer, client="agii")
        self.assertEqual((following.status, following.json["items"]), (200, []), "its id is a place to go on from")
        self.assertEqual(self.box.call("GET", "/received/" + transfer, client="vdab").status, 404)
        self.assertEqual(self.box.call("GET", "/received", client="vdab").json["items"], [])
        # It has the message: nobody sends it again.
        self.assertEqual(self.box.call("POST", f"/transfers/{transfer}/retry", {}).status, 409)


if __name__ == "__main__":
    unittest.main()
