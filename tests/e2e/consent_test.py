"""What residents say and what it does: informed or not, the legal person of the place, what was said before, the page to take home,
explanations in four languages, and the command line."""
import hashlib
import json
import re
import shutil
import subprocess
import tempfile
import unittest
from pathlib import Path

from harness import BIN, ROOT, Sandbox, SandboxTest
from people import consent, resident


def said(number, how="HEARD", language="ara", **more):
    conversation = consent(number, {"work-guidance": "GIVEN"})
    conversation["notice"]["language"] = language
    conversation["explained"] = {"how": how, "interpreter": {"mode": "NONE"}}
    conversation.update(more)
    return conversation


class ConsentTest(SandboxTest):
    def give(self, conversation, status=201):
        answer = self.box.call("POST", "/consents", conversation)
        self.assertEqual(answer.status, status, answer.body)
        return answer.json

    def refer(self, number, **changes):
        """A record with one referral to VDAB; the ids of its transfers."""
        record = resident(number, **changes)
        record["referrals"] = record["referrals"][:1]
        answer = self.box.call("POST", "/records", record)
        self.assertEqual(answer.status, 202, answer.body)
        return [transfer["id"] for transfer in answer.json["transfers"]]

    def transfer(self, ident, language=None):
        return self.box.call("GET", f"/transfers/{ident}", headers={"Accept-Language": language} if language else {})

    def settled(self, ident):
        return self.box.wait("a decision", lambda: (lambda t: t if t["state"] not in ("requested", "permitted", "failed") else None)(
            self.transfer(ident).json))

    def test_what_was_read_informs_who_can_read_it_and_is_decided_again_when_it_is_told_otherwise(self):
        number = "CN100"
        self.give(said(number, "READ"))
        ids = self.refer(number, screening__literacy={"latinScript": "GOOD", "otherScript": "NONE", "otherScriptName": "Arab"})
        for ident in ids:
            held = self.settled(ident)
            self.assertEqual((held["state"], held["reasons"]), ("held", ["not-informed"]))
        self.give(said(number, "PICTOGRAM"))
        for ident in ids:
            self.box.wait("delivery", lambda i=ident: self.transfer(i).json["state"] in ("delivered", "acknowledged"))
        entries = self.box.wait("the holds in the published log", lambda: [
            e for e in self.box.ledger_entries() if e.get("tx") in ids and e["kind"] == "transfer.held"])
        self.assertEqual({tuple(e["body"]["reasons"]) for e in entries}, {("not-informed",)})

    def test_who_can_read_it_is_informed_and_so_is_who_was_never_screened(self):
        self.give(said("CN101", "READ"))
        for ident in self.refer("CN101", screening__literacy={"otherScript": "BASIC", "otherScriptName": "Arab"}):
            self.assertIn(self.settled(ident)["state"], ("delivered", "acknowledged"))
        self.give(said("CN102", "READ", "nld"))
        for ident in self.refer("CN102", screening__literacy=None):
            self.assertIn(self.settled(ident)["state"], ("delivered", "acknowledged"))

    def test_a_newer_screening_decides_again(self):
        self.give(said("CN103", "READ", "nld"))
        self.assertEqual(self.settled(self.refer("CN103", screening__literacy={"latinScript": "NONE"})[0])["reasons"], ["not-informed"])
        for ident in self.refer("CN103", screening__literacy={"latinScript": "BASIC"}):
            self.assertIn(self.settled(ident)["state"], ("delivered", "acknowledged"))

    def test_a_minor_is_heard_and_a_consent_holds_twelve_months_from_the_day_it_was_said(self):
        guardian = {"kind": "VOOGD", "appointmentRef": "VG-1", "minorHeard": False}
        problem = self.give(said("CN110", representative=guardian), 400)
        self.assertEqual(problem["issues"][0]["name"], "representative.minorHeard")
        refusal = said("CN110", representative=guardian)
        refusal["consents"][0]["decision"] = "REFUSED"
        self.give(refusal)
        self.give(said("CN110", representative={**guardian, "minorHeard": True}))
        self.give(said("CN111", representative={**guardian, "kind": "BEWINDVOERDER"}))  # of an adult: nobody to hear
        conversation = said("CN112")
        conversation["expressed"]["on"] = "2026-05-31"
        ident = self.give(conversation)["consents"][0]["id"]
        self.assertEqual(self.box.call("GET", f"/consents/{ident}").json["validUntil"], "2027-05-31")
        conversation["consents"][0]["validUntil"] = "2027-06-01"
        self.assertEqual(self.give(conversation, 400)["issues"][0]["name"], "consents[0].validUntil")
        conversation["expressed"]["on"] = "2025-11-23"
        self.assertEqual(self.give(conversation, 400)["issues"][0]["name"], "expressed.on")

    def test_a_yes_that_was_spoken_names_who_heard_it(self):
        conversation = said("CN113")
        conversation["expressed"]["how"] = "ORAL_BEFORE_WITNESS"
        conversation["expressed"].pop("witness", None)
        problem = self.give(conversation, 400)
        self.assertEqual(problem["issues"][0]["name"], "expressed")
        self.assertIn("witness", problem["issues"][0]["detail"])
        conversation["expressed"]["witness"] = "W-1"
        self.give(conversation)
        conversation["consents"][0]["decision"] = "REFUSED"
        del conversation["expressed"]["witness"]
        self.give(conversation)

    def test_a_yes_that_is_older_than_a_no_is_not_taken(self):
        late = said("CN116")
        late["expressed"]["on"] = "2026-11-10"
        ident = self.give(said("CN116"))["consents"][0]["id"]
        self.give(late)  # says no more than what stands
        self.assertEqual(self.box.call("POST", f"/consents/{ident}/withdraw", {}).status, 200)
        problem = self.give(late, 409)
        self.assertEqual(problem["issues"][0]["name"], "consents[0]")
        self.assertIn("2026-11-24", problem["issues"][0]["detail"])
        for ident in self.refer("CN116"):
            self.assertEqual(self.settled(ident)["reasons"], ["consent-withdrawn"])
        self.give(said("CN116"))  # of the same day
        less = said("CN116")
        less["consents"][0]["categories"].remove("wishes")
        self.give(less)
        self.give(late, 409)
        late["consents"][0]["decision"] = "REFUSED"
        self.give(late)  # a no protects

    def test_says_what_of_a_yes_will_never_be_of_use(self):
        conversation = said("CN114")
        self.assertNotIn("findings", self.give(conversation))
        conversation["consents"][0]["categories"] += ["health-restrictions", "household"]
        conversation["consents"][0]["categories"].remove("contact")
        findings = self.give(conversation)["findings"]
        self.assertEqual([(f["code"], f["field"]) for f in findings],
                         [("category-never-sent", "consents[0].categories"), ("category-missing", "consents[0].categories")])
        self.assertIn("household, health-restrictions", findings[0]["detail"])
        self.assertIn("contact", findings[1]["detail"])
        conversation["consents"][0]["decision"] = "REFUSED"
        self.assertNotIn("findings", self.give(conversation), "of a no nothing goes")

    def test_a_no_under_a_number_that_no_record_can_have_is_refused(self):
        for number in ("cn115", "C1", "-CN", "CN115" + "0" * 16):
            conversation = said(number)
            conversation["consents"][0]["decision"] = "REFUSED"
            self.assertEqual(self.give(conversation, 400)["issues"][0]["name"], "subject.fedasilNumber", number)

    def test_tells_what_somebody_said_by_a_number_in_the_body_and_notes_that_it_was_asked(self):
        number = "CN120"
        first = self.give(said(number))
        second = self.give(said(number, "PICTOGRAM"))
        self.box.call("POST", f"/consents/{second['consents'][0]['id']}/withdraw", {"categories": ["wishes"]})
        refusal = consent(number, {"language-course": "REFUSED"})
        self.give(refusal)
        answer = self.box.call("POST", "/consents/query", {"subject": {"fedasilNumber": number}})
        self.assertEqual(answer.status, 200, answer.body)
        found = answer.json
        self.assertEqual({(c["purpose"], c["state"]) for c in found["items"]},
                         {("work-guidance", "GIVEN"), ("language-course", "REFUSED")})
        standing = next(c for c in found["items"] if c["purpose"] == "work-guidance")
        self.assertNotIn("wishes", standing["categories"])
        states = {c["id"]: c["state"] for conversation in found["conversations"] for c in conversation["consents"]}
        self.assertEqual(states[first["consents"][0]["id"]], "SUPERSEDED")
        self.assertEqual(len(found["conversations"]), 3)
        self.assertEqual(found["conversations"][1]["explained"]["how"], "PICTOGRAM")
        self.assertNotIn(number, answer.body.decode())
        narrowed = self.box.call("POST", "/consents/query", {"subject": {"fedasilNumber": number}, "purpose": "language-course"}).json
        self.assertEqual([c["purpose"] for c in narrowed["items"]], ["language-course"])
        notes = self.box.wait("two notes", lambda: (lambda n: n if len(n) == 2 else None)(
            [e for e in self.box.ledger_entries() if e["kind"] == "audit.queried" and e.get("subject") == found["subject"]]))
        self.assertEqual([(n["body"]["purpose"], n["body"]["rows"]) for n in notes], [("consent-query", 3), ("consent-query", 1)])
        nobody = self.box.call("POST", "/consents/query", {"subject": {"fedasilNumber": "CN-nobody"}}).json
        self.assertEqual((nobody["items"], nobody["conversations"]), ([], []))

    def test_names_the_text_that_was_shown(self):
        digests = {}
        for language in ("nld", "fra", "tir"):
            ident = self.give(said("CN125", "HEARD", language))["consents"][0]["id"]
            entry = self.box.wait("the entry", lambda i=ident: next(
                (e for e in self.box.ledger_entries() if e["body"].get("consent") == i), None))
            digests[language] = entry["body"]["notice"]["sha256"]
        texts = {"nld": "chain-cooperation-1.0.nld.txt", "fra": "chain-cooperation-1.0.fra.txt", "tir": "chain-cooperation-1.0.txt"}
        for language, file in texts.items():
            self.assertEqual(digests[language], hashlib.sha256((ROOT / "config/notices" / file).read_bytes()).hexdigest())

    def test_an_erased_person_is_not_looked_up(self):
        self.give(said("CN121"))
        subject = {"subject": {"fedasilNumber": "CN121"}}
        ref = self.box.call("POST", "/consents/query", subject).json["subject"]
        self.assertEqual(self.box.call("POST", f"/subjects/{ref}/erase", client="rights").status, 202)
        self.assertEqual(self.box.call("POST", f"/subjects/{ref}/erase/approve", client="rights-second").status, 200)
        for path in ("/consents/query", "/records/query", "/transfers/query"):
            self.assertEqual(self.box.call("POST", path, subject).status, 410)
        # That somebody asked is noted all the same.
        notes = lambda: [(e["body"]["purpose"], e["body"]["rows"]) for e in self.box.ledger_entries() if e["kind"] == "audit.queried" and "subject" not in e]
        self.box.wait("the notes", lambda: notes()[-3:] == [("consent-query", 0), ("records-query", 0), ("referral-status", 0)], 10)

    def test_refuses_queries_it_does_not_understand(self):
        for body in ({}, [], {"subject": {}}, {"subject": {"name": "x"}}, {"subject": {"immigrationOfficeNumber": "9200001"}},
                     {"subject": {"fedasilNumber": 5}}, {"subject": {"fedasilNumber": "A"}, "since": "x"},
                     {"subject": {"fedasilNumber": "A"}, "purpose": None}):
            self.assertEqual(self.box.call("POST", "/consents/query", body).status, 400, body)
        self.assertEqual(self.box.call("POST", "/consents/query", {"subject": {"fedasilNumber": "A"}}, client="vdab").status, 403)
        self.assertEqual(self.box.call("POST", "/consents/query", {"subject": {"fedasilNumber": "A"}}, client=None).status, 401)

    def page(self, ident, query="", **headers):
        answer = self.box.call("GET", f"/consents/{ident}/receipt{query}", headers={"Accept": "text/html", **headers})
        self.assertEqual((answer.status, answer.headers["Content-Type"]), (200, "text/html; charset=utf-8"), answer.body)
        return answer

    def test_gives_a_page_to_take_home(self):
        ident = self.give(said("CN130", "HEARD", "nld"))["consents"][0]["id"]
        answer = self.page(ident)
        html = answer.body.decode()
        self.assertEqual(answer.headers["Content-Language"], "nl")
        self.assertIn("Accept", answer.headers["Vary"])
        self.assertIn('<html lang="nl" dir="ltr">', html)
        self.assertIn("U mag van gedachten veranderen", html)
        self.assertIn("24 november 2027", html)
        self.assertIn(ident, html)
        self.assertNotIn("bestaat nog niet in uw taal", html)
        self.assertEqual(re.findall(r"<script|https?://|src=|href=", html), [])
        self.assertRegex(answer.headers["Content-Security-Policy"], r"^default-src 'none'; style-src 'sha256-[^']+'; ")
        for personal in ("CN130", "op-tst", "SCAN-1"):
            self.assertNotIn(personal, html)
        self.assertIn("Vous pouvez changer d'avis".replace("'", "&#39;"), self.page(ident, "?lang=fr").body.decode())
        self.assertIn("24. November 2027", self.page(ident, "?lang=deu").body.decode())

    def test_a_page_in_another_language_says_so(self):
        ident = self.give(said("CN131", "HEARD", "amh"))["consents"][0]["id"]
        answer = self.page(ident, **{"Accept-Language": "nl"})
        self.assertIn("bestaat nog niet in uw taal (amh)", answer.body.decode())
        self.assertIn("does not exist in your language (hy)", self.page(ident, "?lang=hy").body.decode())
        for wrong in ("?lang=%3Cb%3E", "?lang=NL", "?lang=", "?lang=nl&lang=fr", "?language=nl"):
            self.assertEqual(self.box.call("GET", f"/consents/{ident}/receipt{wrong}", headers={"Accept": "text/html"}).status, 400, wrong)
        self.assertEqual(self.box.call("GET", f"/consents/{ident}/receipt").headers["Content-Type"], "application/ld+json")

    def test_explains_decisions_and_problems_in_four_languages(self):
        ident = self.refer("CN140", procedure__lodgedOn="2026-09-01")[0]
        self.settled(ident)
        wanted = {"nl": ("nl", "vanaf 1 januari 2027"), "fr-BE, nl;q=0.5": ("fr", "à partir du 1er janvier 2027"),
                  "de": ("de", "ab dem 1. Januar 2027"), "ar": ("en", "from 1 January 2027"), None: ("en", "from 1 January 2027")}
        for header, (language, sentence) in wanted.items():
            answer = self.transfer(ident, header)
            explanations = {e["code"]: e["text"] for e in answer.json["explanations"]}
            self.assertEqual(list(explanations), answer.json["reasons"])
            self.assertIn(sentence, explanations["too-early"], header)
            self.assertEqual((answer.headers["Content-Language"], answer.headers["Vary"]), (language, "Accept-Language"))
        record = resident("CN141", procedure__lodgedOn="2026-09-01")
        preview = self.box.call("POST", "/records/preview", record, headers={"Accept-Language": "nl"}).json["transfers"][0]
        self.assertEqual([e["code"] for e in preview["explanations"]], ["hold", *preview["reasons"]])
        self.assertIn("nog niet werken", " ".join(e["text"] for e in preview["explanations"]))
        problem = self.box.call("GET", "/consents/0190a000-0000-7000-8000-000000000000", headers={"Accept-Language": "de, en;q=0.1"})
        self.assertEqual((problem.status, problem.json["title"], problem.headers["Content-Language"]), (404, "Nicht gefunden", "de"))
        self.assertEqual(self.box.call("GET", "/nothing", headers={"Accept-Language": "fr"}).json["title"], "Introuvable")

    def cli(self, *arguments, stdin="", check=0):
        done = subprocess.run([BIN / "ketenpoort", "consent", *arguments], input=stdin, capture_output=True, text=True, timeout=60)
        self.assertEqual(done.returncode, check, done.stdout + done.stderr)
        return done

    def test_the_command_gives_shows_and_withdraws(self):
        at = ("--sandbox", str(self.box.state))
        flags = ("--purpose", "work-guidance", "--recipient", "vdab", "--language", "tir", "--explained", "HEARD", "--interpreter",
                 "PHONE:SOCIAL", "--expressed", "PAPER", "--on", "2026-11-24", "--recorded-by", "op-1", "--category",
                 "identity-core,contact,labour-access,languages,schooling,referral,wishes")
        given = json.loads(self.cli("give", "--subject", "-", *flags, "--json", *at, stdin="CN150\n").stdout)
        ident = given["consents"][0]["id"]
        with tempfile.TemporaryDirectory() as folder:
            number, conversation = Path(folder) / "number", Path(folder) / "conversation.json"
            number.write_text("CN150")
            conversation.write_text(json.dumps(consent("CN151", {"language-course": "REFUSED"})))
            self.assertIn("REFUSED", self.cli("give", str(conversation), *at).stdout)
            shown = json.loads(self.cli("show", "--subject", str(number), "--json", *at).stdout)
            self.assertEqual([c["id"] for c in shown["items"]], [ident])
            self.assertIn(given["conversationId"], self.cli("show", "--subject", str(number), *at).stdout)
            withdrawn = json.loads(self.cli("withdraw", ident, "--category", "wishes", "--json", *at).stdout)
            self.assertEqual(withdrawn["state"], "WITHDRAWN")
            self.assertNotIn("wishes", self.cli("show", ident, *at).stdout)
            self.assertIn("nothing was sent", self.cli("withdraw", ident, *at).stdout)
            self.assertIn("WITHDRAWN", self.cli("show", ident, *at).stdout)
        self.assertIn('<html lang="fr"', self.cli("show", ident, "--receipt", "--lang", "fr", *at).stdout)
        self.assertEqual(json.loads(self.cli("show", ident, "--receipt", "--json", *at).stdout)["@type"], "dpv:ConsentReceipt")

    def test_the_command_says_what_is_wrong(self):
        at = ("--sandbox", str(self.box.state))
        unknown = "0190a000-0000-7000-8000-000000000000"
        self.assertIn("404", self.cli("show", unknown, *at, check=1).stderr)
        self.assertIn("404", self.cli("withdraw", unknown, *at, check=1).stderr)
        bad = self.cli("give", "-", *at, stdin=json.dumps({**consent("CN160"), "notice": {"id": "x", "version": "1", "language": "nld"}}), check=2)
        self.assertIn("notice: error: no such notice", bad.stderr)
        self.cli("withdraw", "F0001", *at, check=2)
        self.cli("show", *at, check=2)
        self.cli("show", unknown, "--subject", "-", *at, check=2)
        self.cli("show", unknown, check=2)
        self.assertIn("--purpose", self.cli("give", "--subject", "-", *at, stdin="CN161", check=2).stderr)
        self.cli("give", "/nowhere/at/all.json", *at, check=3)
        self.cli("show", unknown, "--url", "https://127.0.0.1:1/ketenpoort/v1", "--token", "x", check=3)
        for command in ("give", "withdraw", "show"):
            self.assertIn("Examples:", self.cli(command, "--help").stdout)

    @classmethod
    def tearDownClass(cls):
        cls.box.settle()
        cls.box.verify_twice()


class BodiesTest(unittest.TestCase):
    """The legal person of the place must be named by an agreement."""

    def test_a_place_whose_body_no_agreement_names_is_refused(self):
        folder = Path(tempfile.mkdtemp(prefix="ketenpoort-config-"))
        self.addCleanup(shutil.rmtree, folder, ignore_errors=True)
        shutil.copytree(ROOT / "config", folder / "config")
        shutil.rmtree(folder / "config/texts")  # a folder of policy files: the shipped texts go along
        purposes = folder / "config/purposes.yaml"
        text = purposes.read_text()
        vdab = '      - { body: "0887010362", regions: [VLA] }                # VDAB\n'
        self.assertIn(vdab, text)
        purposes.write_text(text.replace(vdab, vdab + '      - { body: "0241347282", regions: [BRU] }\n'))
        box = Sandbox("--config-dir", folder / "config")
        self.addCleanup(box.close)
        for number, centre, wanted in (("CB1", {"municipalityNis": "21004", "region": "BRU"}, "recipient-not-covered"),
                                       ("CB2", {"municipalityNis": "62063", "region": "WAL"}, "wrong-region")):
            box.call("POST", "/consents", said(number))
            record = resident(number)
            record["source"]["centre"].update(centre)
            record["referrals"] = record["referrals"][:1]
            ident = box.call("POST", "/records", record).json["transfers"][0]["id"]
            refused = box.wait("a refusal", lambda i=ident: (lambda t: t if t["state"] == "refused" else None)(
                box.call("GET", f"/transfers/{i}").json))
            self.assertIn(wanted, refused["reasons"])
            self.assertEqual([e["code"] for e in refused["explanations"]], refused["reasons"])
        box.settle()
        box.verify_twice()


if __name__ == "__main__":
    unittest.main()
