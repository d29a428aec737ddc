"""The warm handover to a municipality that speaks GGM: turned on in a partner file, as JSON and as CSV, case note and all."""
import csv
import io
import json
import shutil
import subprocess
import tempfile
import unittest
from pathlib import Path

from harness import BIN, ROOT, Sandbox
from people import changed, consent, resident

CATEGORIES = ["identity-core", "contact", "residence", "status", "referral", "languages", "schooling", "wishes"]
CHANNEL = """channels:
  coa:
    adapter: rest
    url: URL
    rest: { path: /ggm/klantprofielen, reference: { json: reference } }
messages:
  warm-handover:
    - { message: municipality-ggm, mapping: resident-to-ggm-profile, channel: coa }
    - { message: municipality-ggm-csv, mapping: resident-to-ggm-profile-csv, channel: coa }
"""


class GgmTest(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.folder = Path(tempfile.mkdtemp(prefix="ketenpoort-ggm-"))
        cls.addClassCleanup(shutil.rmtree, cls.folder, ignore_errors=True)
        shutil.copytree(ROOT / "config", cls.folder / "config")
        agreement = cls.folder / "config/agreements/municipality.yaml"
        text = agreement.read_text()
        assert "wishes, referral]" in text
        agreement.write_text(text.replace("wishes, referral]", "wishes, referral, case-note]"))
        cls.box = Sandbox("--config-dir", cls.folder / "config")
        cls.addClassCleanup(cls.box.close)
        cls.start_receiver()
        cls.box.kill_gateway()
        partner = cls.box.state / "partners/municipality.yaml"
        before, rest = partner.read_text().split("messages:\n")
        after = rest[rest.index("outcomes:"):]
        partner.write_text(before + CHANNEL.replace("URL", cls.receiver["url"]) + after)
        cls.box.start_gateway()

    @classmethod
    def start_receiver(cls):
        keys = cls.box.state / "keys"
        process = subprocess.Popen([BIN / "ketenpoort-partner", "coa", "--received", cls.folder / "received",
                                    "--cert", keys / "municipality-server.pem", "--key", keys / "municipality-server.key",
                                    "--client-ca", cls.box.path("ca.pem"), "--gateway-key", keys / "outbound.pem"], stdout=subprocess.PIPE)
        cls.addClassCleanup(process.stdout.close)
        cls.addClassCleanup(process.wait)
        cls.addClassCleanup(process.terminate)
        cls.receiver = json.loads(process.stdout.readline())

    def received(self):
        return [(json.loads(p.read_text()), p.with_suffix(".body").read_bytes()) for p in sorted((self.folder / "received").glob("[0-9]*.json"))]

    def hand_over(self, number, categories, note):
        given = consent(number, {"work-guidance": "GIVEN"})
        given["consents"] = [{"purpose": "warm-handover", "recipient": "municipality", "decision": "GIVEN", "categories": categories}]
        self.assertEqual(self.box.call("POST", "/consents", given).status, 201)
        record = changed(resident(number), procedure={"asOf": "2026-11-23", "profile": "BENEFICIARY", "status": "REFUGEE",
                                                      "lodgedOn": "2026-01-10", "statusGrantedOn": "2026-11-02"},
                         handover={"municipalityNis": "33011", "since": "2026-11-20"},
                         referrals=[{"id": number + "-1", "recipient": "municipality", "purpose": "warm-handover", "reason": "HANDOVER", "caseNote": note}])
        record["resident"]["name"] = {"family": "=cmd|'/c calc'!A1", "given": ["Anna"]}
        answer = self.box.call("POST", "/records", record)
        self.assertEqual(answer.status, 202, answer.body)
        ids = {t["message"]: t["id"] for t in answer.json["transfers"]}
        self.assertEqual(set(ids), {"municipality-ggm", "municipality-ggm-csv"})
        for transfer in ids.values():
            self.box.wait("acknowledgement", lambda t=transfer: self.box.call("GET", "/transfers/" + t).json["state"] == "acknowledged", 20)
        mine = {facts["headers"]["idempotency-key"]: (facts, body) for facts, body in self.received()}
        for facts, _ in mine.values():
            self.assertEqual(facts["verdict"], "ok", facts)
        facts, body = mine[ids["municipality-ggm"]]
        self.assertEqual(facts["headers"]["content-type"], "application/json")
        line_facts, line = mine[ids["municipality-ggm-csv"]]
        self.assertEqual(line_facts["headers"]["content-type"], "text/csv")
        rows = list(csv.DictReader(io.StringIO(line.decode()), delimiter=";"))
        self.assertEqual(len(rows), 1)
        return record, json.loads(body), rows[0]

    def test_both_forms_arrive_and_say_the_same(self):
        record, document, row = self.hand_over("G100", CATEGORIES + ["case-note"], "Zoekt een woning dicht bij de school.")
        ssin = record["resident"]["identifiers"]["ssin"]
        self.assertEqual([n["nummer"] for n in document["natuurlijkPersoon"]["identificatie"]], ["G100", ssin])
        self.assertEqual((row["FEDASILNUMMER"], row["RIJKSREGISTERNUMMER_BE"]), ("G100", ssin))
        self.assertEqual(document["asielstatushouder"]["verblijfsstatus"], "ERKEND_VLUCHTELING")
        self.assertEqual((row["VERBLIJFSSTATUS"], row["IS_GEKOPPELD_AAN"]), ("ERKEND_VLUCHTELING", "33011"))
        self.assertEqual(document["opleidingsniveauGeschat"], row["OPLEIDINGSNIVEAU_GESCHAT"])
        self.assertEqual(document["codeWerkEnDenkniveauWerkzoekende"], "4")
        self.assertEqual([t["codeTaal"] for t in document["taalvaardigheid"]], ["ara", "eng"])
        self.assertEqual(document["toelichting"], "Zoekt een woning dicht bij de school.")
        self.assertEqual(row["TOELICHTING"], "Zoekt een woning dicht bij de school.")
        self.assertNotIn("burgerservicenummer", json.dumps(document))
        # A document says it as it is; what may be opened in a spreadsheet is no formula.
        self.assertEqual(document["natuurlijkPersoon"]["geslachtsnaam"], "=cmd|'/c calc'!A1")
        self.assertEqual(row["GESLACHTSNAAM"], "'=cmd|'/c calc'!A1")
        self.assertEqual(row["TELEFOONNUMMER_VERBLIJF_AZC"], "+32470000001")

    def test_the_case_note_stays_without_its_category(self):
        _, document, row = self.hand_over("G101", CATEGORIES, "Dit blijft hier.")
        self.assertNotIn("toelichting", document)
        self.assertEqual(row["TOELICHTING"], "")
        self.assertFalse(any(b"Dit blijft hier" in body and b"G101" in body for _, body in self.received()))

    def test_translate_shows_the_csv_as_it_would_go(self):
        record = (ROOT / "tests/samples/residents.ndjson").read_bytes().splitlines()[0]
        shown = subprocess.run([BIN / "ketenpoort", "translate", "resident-to-ggm-profile-csv", "-", "--at", "2026-11-24",
                                "--mappings", ROOT / "mappings", "--config-dir", ROOT / "config"], input=record, stdout=subprocess.PIPE, check=True).stdout
        self.assertEqual([len(row) for row in csv.reader(io.StringIO(shown.decode(), newline=""), delimiter=";")], [52, 52])
        self.assertTrue(shown.endswith(b"\r\n"), shown[-4:])


if __name__ == "__main__":
    unittest.main()
