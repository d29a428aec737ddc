"""Another legal person behind a recipient, added by configuration alone: its place and language, its agreement, its own address."""
import contextlib
import shutil
import subprocess
import tempfile
import unittest
from pathlib import Path

from harness import BIN, ONE_MESSAGE, ROOT, Sandbox, free_port
from people import changed, consent, resident

VDAB, OTHER = "0887010362", "0241347282"
REFERRAL = [{"id": "R-1", "recipient": "vdab", "purpose": "work-guidance", "reason": "WORK_TALK"}]
BRUSSELS = {"code": "BXL", "name": "Opvangcentrum", "municipalityNis": "21004", "region": "BRU"}
IN_FLANDERS = f'      - {{ body: "{VDAB}", regions: [VLA] }}'


class BodiesTest(unittest.TestCase):
    def setUp(self):
        self.work = tempfile.TemporaryDirectory(prefix="ketenpoort-bodies-")
        self.addCleanup(self.work.cleanup)
        self.config = Path(self.work.name) / "config"
        shutil.copytree(ROOT / "config", self.config)

    def start(self):
        self.box = Sandbox(*ONE_MESSAGE, "--config-dir", self.config)
        self.addCleanup(self.box.close)

    def add_body(self):
        """Brussels: in Dutch still the first, in French and English another, for whom an agreement is written."""
        purposes = self.config / "purposes.yaml"
        text = purposes.read_text()
        self.assertIn(IN_FLANDERS, text)
        purposes.write_text(text.replace(IN_FLANDERS, f'{IN_FLANDERS}\n      - {{ body: "{VDAB}", regions: [BRU], languages: [nld] }}\n'
                                                      f'      - {{ body: "{OTHER}", regions: [BRU], languages: [fra, eng] }}'))
        agreement = (self.config / "agreements/vdab.yaml").read_text()
        (self.config / "agreements/vdab.yaml").write_text(agreement.replace("regions: [VLA]", "regions: [VLA, BRU]"))
        (self.config / "agreements/other.yaml").write_text(
            agreement.replace(VDAB, OTHER).replace("agreement: sample-fedasil-vdab", "agreement: fedasil-other").replace("regions: [VLA]", "regions: [BRU]"))

    def add_address(self):
        """It is reached elsewhere: a second simulator, and two keys in the partner's file."""
        port = free_port()
        keys, clients = self.box.state / "keys", self.box.state / "clients"
        self.received = self.box.state / "received/other"
        other = subprocess.Popen([BIN / "ketenpoort-partner", "vdab", "--port", str(port), "--received", self.received, "--cert", keys / "vdab-server.pem",
                                  "--key", keys / "vdab-server.key", "--client-ca", self.box.state / "ca.pem", "--gateway-key", keys / "outbound.pem"],
                                 stdout=subprocess.PIPE)
        self.addCleanup(lambda: (other.kill(), other.wait(), other.stdout.close()))
        self.assertTrue(other.stdout.readline())
        self.assertTrue(clients.exists())
        partner = self.box.state / "partners/vdab.yaml"
        text = partner.read_text()
        self.assertIn("channels:\n", text)
        text = text.replace("channels:\n", f"channels:\n  brussels: {{ adapter: vdab, url: 'https://127.0.0.1:{port}' }}\n")
        partner.write_text(text + f'bodies:\n  - {{ body: "{OTHER}", channel: brussels }}\n')
        self.box.kill_gateway()
        self.box.start_gateway()

    def refer(self, number, language, centre=None):
        record = changed(resident(number, referrals=REFERRAL), resident__contact__preferredLanguage=language, **({"source__centre": centre} if centre else {}))
        self.assertEqual(self.box.call("POST", "/consents", consent(number)).status, 201)
        answer = self.box.call("POST", "/records", record)
        self.assertEqual(answer.status, 202, answer.body)
        return answer.json["transfers"][0]["id"]

    def ends(self, transfer, state):
        return self.box.wait(state, lambda: (lambda v: v if v["state"] == state else None)(self.box.call("GET", "/transfers/" + transfer).json), 20)

    def body_of(self, transfer):
        with contextlib.suppress(StopIteration):
            return next(e["body"]["recipientBody"] for e in self.box.ledger_entries() if e["kind"] == "transfer.permitted" and e["tx"] == transfer)

    def test_outside_what_is_configured_the_region_is_wrong(self):
        self.start()
        for number, language in (("B001", "nld"), ("B002", "fra")):
            self.assertEqual(self.ends(self.refer(number, language, BRUSSELS), "refused")["reasons"], ["wrong-region"])
        ghent = {"code": "GNT", "name": "Opvangcentrum", "municipalityNis": "44021", "region": "VLA"}
        self.assertEqual(self.box.call("POST", "/consents", consent("B003")).status, 201)
        course = [{"id": "R-2", "recipient": "agii", "purpose": "language-course", "reason": "NIV_TEST"}]
        sent = self.box.call("POST", "/records", resident("B003", referrals=course, source__centre=ghent)).json["transfers"][0]["id"]
        self.ends(sent, "acknowledged")
        self.box.wait("the permit", lambda: self.body_of(sent) == "0999999823", 10)  # Amal, not AgII
        self.assertIn(b"0999999823", self.box.received("agii")[-1][1], "and the message is for it")
        self.box.verify_twice()

    def test_one_is_added_by_configuration_alone(self):
        self.add_body()
        self.start()
        self.add_address()
        dutch, french, flemish = self.refer("B010", "nld", BRUSSELS), self.refer("B011", "fra", BRUSSELS), self.refer("B012", "fra")
        for transfer, body in ((dutch, VDAB), (french, OTHER), (flemish, VDAB)):
            self.ends(transfer, "acknowledged")
            self.box.wait("the permit", lambda t=transfer, b=body: self.body_of(t) == b, 10)
        neither = self.refer("B013", "tir", BRUSSELS)  # the screening says Arabic as well: nobody's
        self.assertEqual(self.ends(neither, "refused")["reasons"], ["wrong-region"])
        mine = {f["headers"]["idempotency-key"] for f, _ in self.box.received("vdab")}
        theirs = {p.stem for p in self.received.glob("[0-9]*.json")}
        self.assertEqual(mine, {dutch, flemish})
        self.assertEqual(len(theirs), 1)
        self.assertIn(french, next(self.received.glob("[0-9]*.json")).read_text())
        self.box.verify_twice()


if __name__ == "__main__":
    unittest.main()
