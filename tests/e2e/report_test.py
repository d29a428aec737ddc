"""What the data protection officer, the rights officer and through them the data subject read."""
import csv
import html.parser
import io
import json
import re
import uuid

from harness import BIN, SandboxTest
from people import changed, consent, mock_ssin, resident


class Page(html.parser.HTMLParser):
    """Tags in balance, and the text of a page."""
    VOID = {"meta", "br"}

    def __init__(self, body):
        super().__init__()
        self.open, self.text, self.tags, self.directions = [], "", set(), 0
        self.feed(body)

    def handle_starttag(self, tag, attributes):
        self.tags.add(tag)
        self.directions += dict(attributes).get("dir") == "auto"
        if tag not in self.VOID:
            self.open.append(tag)

    def handle_endtag(self, tag):
        assert self.open.pop() == tag, tag

    def handle_data(self, data):
        self.text += data


class ReportTest(SandboxTest):
    def refer(self, number, given=None, record=None, decisions=None):
        if given is not False:
            body = consent(number, decisions or {"work-guidance": "GIVEN"})
            if given:
                body["consents"] += given
            answer = self.box.call("POST", "/consents", body)
            self.assertEqual(answer.status, 201, answer.body)
            self.consents = {c["purpose"]: c["id"] for c in answer.json["consents"]}
        record = changed(record or resident(number), messageId=str(uuid.uuid4()))
        record["referrals"] = [r for r in record["referrals"] if r["recipient"] == "vdab"]
        sent = self.box.call("POST", "/records", record)
        self.assertEqual(sent.status, 202, sent.body)
        ids = {t["message"]: t["id"] for t in sent.json["transfers"]}
        busy = ("requested", "permitted", "failed", "delivered")
        self.box.wait("an end", lambda: all(self.box.call("GET", "/transfers/" + t).json["state"] not in busy for t in ids.values()), 30)
        return ids

    def look_up(self, subject, purpose="complaint", client="dpo", status=200):
        answer = self.box.call("POST", "/audit/subjects/query", {"subject": subject, "purpose": purpose}, client=client)
        self.assertEqual(answer.status, status, answer.body)
        return answer.json

    def ref(self, number):
        items = self.look_up({"fedasilNumber": number})["items"]
        self.assertEqual(len(items), 1)
        return items[0]["ref"]

    def report(self, ref, client="dpo", status=200, headers=(), **query):
        path = f"/audit/subjects/{ref}/report?" + "&".join(f"{k}={v}" for k, v in query.items())
        answer = self.box.call("GET", path.rstrip("?"), client=client, headers=dict(headers))
        self.assertEqual(answer.status, status, answer.body)
        return answer

    def looks(self):
        """The notes about looks that the log holds now."""
        entries, path = [], "/audit/entries?pageSize=500&kind="
        for kind in ("audit.queried", "audit.exported"):
            entries += self.box.call("GET", path + kind, client="dpo").json["items"]
        return entries

    def verify(self):
        size = len(self.looks())
        self.box.wait("publication", lambda: sum(e["kind"].startswith("audit.") for e in self.box.ledger_entries()) >= size, 10)
        self.box.verify_twice()

    def cli(self, *arguments, code=0, client="dpo"):
        return self.box.tool(BIN / "ketenpoort", "report", *arguments, "--sandbox", self.box.state, "--as", client, check=code)

    def number(self, text):
        """A file with somebody's number: it stands on no command line."""
        file = self.box.state / "number.txt"
        file.write_text(text + "\n")
        return file

    # ---- who is it ----

    def test_a_number_gives_a_reference_and_stands_nowhere_in_the_log(self):
        record = resident("R100")
        ssin = record["resident"]["identifiers"]["ssin"]
        self.refer("R100", record=record)
        ref = self.ref("R100")
        self.assertEqual(self.look_up({"ssin": ssin})["items"], [{"href": self.box.info["url"] + f"/audit/subjects/{ref}/report", "ref": ref, "state": "ACTIVE"}])
        flat = self.box.call("POST", "/audit/subjects/query", {"ssin": ssin, "purpose": "inspection"}, client="dpo")
        self.assertEqual(flat.json["items"][0]["ref"], ref)
        notes = [e for e in self.looks() if e.get("subject") == ref and e["kind"] == "audit.queried"]
        self.assertEqual([n["body"]["purpose"] for n in notes], ["complaint", "complaint", "inspection"])
        nobody = {"self": self.box.info["url"] + "/audit/subjects/query", "items": []}
        self.assertEqual(self.look_up({"fedasilNumber": "NOBODY"}), nobody)
        self.assertEqual(self.look_up({"ssin": mock_ssin(1980, 2, 2)}), nobody)
        self.verify()
        for file in (self.box.state / "data").rglob("*"):
            if file.is_file():
                self.assertNotIn(ssin.encode(), file.read_bytes(), file)
        self.assertNotIn(ssin, (self.box.state / "sandbox.stderr").read_text())

    def test_a_look_needs_a_purpose_and_the_scope(self):
        for body in ({"subject": {"fedasilNumber": "R1"}}, {"subject": {"fedasilNumber": "R1"}, "purpose": "Because I want"},
                     {"subject": {}, "purpose": "x"}, {"subject": {"fedasilNumber": "R1", "ssin": "1"}, "purpose": "x"},
                     {"fedasilNumber": "R1", "subject": {"fedasilNumber": "R1"}, "purpose": "x"}, {"name": "R1", "purpose": "x"}, [], {"subject": 7, "purpose": "x"}):
            answer = self.box.call("POST", "/audit/subjects/query", body, client="dpo")
            self.assertEqual(answer.status, 400, body)
            self.assertNotIn("R1", answer.body.decode().replace("R100", ""))
        for body in ({"subject": {"ssin": "99999999999"}, "purpose": "x"}, {"ssin": "9999", "purpose": "x"}):
            answer = self.box.call("POST", "/audit/subjects/query", body, client="dpo")
            self.assertEqual(answer.status, 400, "a slip of the finger is not nobody")
            self.assertNotIn("9999", answer.body.decode())
        self.look_up({"fedasilNumber": "R1"}, client="fedasil", status=403)
        self.look_up({"fedasilNumber": "R1"}, client="rights", status=403)

    # ---- the report ----

    def test_the_report_says_who_got_what_why_and_on_which_ground(self):
        self.refer("R101", given=[{"purpose": "language-course", "recipient": "agii", "decision": "REFUSED", "categories": []}])
        report = self.report(self.ref("R101"), lang="en").json
        self.assertEqual(report["language"], "en")
        self.assertEqual([r["recipient"] for r in report["recipients"]], ["vdab"])
        got = {c["category"] for c in report["recipients"][0]["categories"]}
        self.assertLessEqual({"identity-core", "languages", "wishes"}, got)
        self.assertNotIn("original-script", got)
        self.assertTrue(report["recipients"][0]["name"] and report["recipients"][0]["organisation"])
        self.assertEqual(report["controller"], {"organisation": "0860737913", "name": "Fedasil", "contact": "dpo@fedasil.example"})
        sent = [t for t in report["transfers"] if t["message"] == "vdab-profile"][0]
        self.assertEqual((sent["purpose"], sent["state"], sent["stateText"]), ("work-guidance", "acknowledged", "passed on and confirmed"))
        ground = sent["sent"][0]["ground"]
        self.assertIn("6(1)(e)", ground["basis"])
        self.assertEqual(ground["consent"], self.consents["work-guidance"])
        self.assertTrue(ground["agreement"]["id"] and ground["agreement"]["type"])
        self.assertEqual({c["decision"] for c in report["consents"]}, {"GIVEN", "REFUSED"})
        self.assertEqual(report["purposes"][0]["basisRecipient"][:4], "GDPR")
        self.assertEqual({r["data"] for r in report["retention"]}, {"record", "payload", "proof", "directory"})
        self.assertEqual([a["article"] for a in report["rights"]["articles"]], list(range(15, 22)))
        self.assertIn("dataprotectionauthority", report["rights"]["complaint"])
        self.assertEqual(report["sources"][0]["centre"], "TST")
        self.assertEqual([c["purpose"] for c in report["consultations"]], ["complaint"], "the look-up before")
        self.assertNotIn("op-tst", json.dumps(report), "operators are not named")
        self.verify()

    def test_what_was_held_or_refused_says_why_in_each_language(self):
        self.refer("R102", given=False)
        self.refer("R103", decisions={"work-guidance": "REFUSED"})
        words = {"nl": "geen toestemming", "fr": "consentement", "de": "nicht eingewilligt", "en": "not given your consent"}
        ref = self.ref("R102")
        for language, text in words.items():
            decisions = self.report(ref, lang=language).json["transfers"][0]["decisions"]
            self.assertEqual((decisions[-1]["state"], decisions[-1]["reasons"][0]["reason"]), ("held", "no-consent"))
            self.assertIn(text, decisions[-1]["reasons"][0]["text"])
        refused = self.report(self.ref("R103"), lang="nl").json
        self.assertEqual(refused["transfers"][0]["decisions"][-1]["reasons"][0], {"reason": "consent-refused", "text": "u hebt geweigerd"})
        self.assertEqual(refused["recipients"], [])

    def test_values_are_for_the_subject_alone(self):
        record = resident("R104", resident__name={"family": "Sayed", "given": ["Nour"], "familyOriginalScript": "سيد", "script": "Arab"})
        self.refer("R104", record=record)
        ref = self.ref("R104")
        for form in ("json", "jsonld", "html"):
            self.assertNotIn("Sayed", self.report(ref, format=form).body.decode(), "not for supervision")
            mine = self.report(ref, client="rights", format=form).body.decode()
            self.assertIn("Sayed", mine)
            self.assertIn("سيد", mine, "original script goes only here")
        values = self.report(ref, client="rights").json["values"]
        self.assertEqual(values["records"][0]["data"]["resident"]["name"]["familyOriginalScript"], "سيد")
        self.assertTrue(all("سيد" not in m.get("content", "") for m in values["messages"]))
        exported = [e for e in self.looks() if e["kind"] == "audit.exported" and e.get("subject") == ref]
        self.assertEqual({e["body"]["purpose"] for e in exported}, {"access-request"})
        self.assertEqual({e["actor"]["role"] for e in exported}, {"rights-officer"})
        for received, body in self.box.received("vdab"):
            self.assertNotIn("سيد", body.decode())

    def test_the_page_is_whole_by_itself_and_safe(self):
        mischief = "<script>alert('x')</script>"
        record = resident("R105", resident__name={"family": mischief, "given": ["Nour"], "familyOriginalScript": "سيد", "script": "Arab"})
        self.refer("R105", record=record)
        ref = self.ref("R105")
        for language in ("nl", "fr", "de", "en"):
            answer = self.report(ref, client="rights", format="html", lang=language)
            self.assertEqual(answer.headers["Content-Language"], language)
            self.assertEqual(answer.headers["Content-Type"], "text/html; charset=utf-8")
            policy = answer.headers["Content-Security-Policy"]
            self.assertIn("default-src 'none'", policy)
            self.assertNotIn("unsafe", policy)
            body = answer.body.decode()
            page = Page(body)
            self.assertEqual(page.open, [])
            self.assertIn(f'<html lang="{language}"', body)
            self.assertFalse({"script", "img", "link", "iframe", "form", "a"} & page.tags)
            self.assertIn(mischief, page.text, "as text")
            self.assertIn("سيد", page.text)
            self.assertGreater(page.directions, 10)
            self.assertEqual(body.count("<h1>"), 1)
        arabic = self.report(ref, client="rights", format="html", lang="ara")
        self.assertEqual(arabic.headers["Content-Language"], "ar")
        self.assertIn('<html lang="ar" dir="rtl">', arabic.body.decode())
        own = self.report(ref, client="rights", format="html")
        self.assertEqual(own.headers["Content-Language"], "ar", "what the resident prefers")
        self.assertEqual(self.report(ref, format="html").headers["Content-Language"], "en", "supervision learns no preference")
        self.assertEqual(self.report(ref, lang="ti").json["language"], "ti")
        unknown = self.report(ref, format="html", lang="xx", headers={"Accept-Language": "fr-BE, nl;q=0.5"})
        self.assertEqual(unknown.headers["Content-Language"], "fr")
        self.assertEqual(self.report(ref, headers={"Accept": "text/html"}).headers["Content-Type"], "text/html; charset=utf-8")
        self.report(ref, status=400, format="pdf")
        self.report(ref, status=400, lang="%3Cb%3E")
        self.report("0" * 32, status=404)
        self.report("nonsense", status=404)
        self.report(ref, client="fedasil", status=403)

    def test_after_a_withdrawal_the_report_and_the_recipients_say_so(self):
        self.refer("R106")
        ref = self.ref("R106")
        self.assertEqual(self.box.call("POST", f"/consents/{self.consents['work-guidance']}/withdraw", {}).status, 200)
        report = self.report(ref, lang="en").json
        given = report["consents"][0]
        self.assertEqual((len(given["withdrawals"]), given["remaining"]), (1, []))
        self.assertEqual([(n["recipient"], n["cause"], n["causeText"]) for n in report["notifications"]], [("vdab", "WITHDRAWAL", "you withdrew your consent")])
        def told():
            item = self.box.call("GET", f"/audit/subjects/{ref}/recipients", client="dpo").json["items"][0]
            return item if [n["state"] for n in item["notifications"]] == ["ANSWERED"] else None
        item = self.box.wait("the recipient's reply", told, 20)
        self.assertEqual((item["recipient"], item["received"], item["purposes"]), ("vdab", "YES", ["work-guidance"]))
        self.assertEqual([n["cause"] for n in item["notifications"]], ["WITHDRAWAL"])
        rows = list(csv.DictReader(io.StringIO(self.cli("recipients", "--ref", ref, "--format", "csv").stdout)))
        self.assertEqual([(r["recipient"], r["cause"]) for r in rows], [("vdab", "WITHDRAWAL")])

    def test_after_erasure_what_still_stands(self):
        record = resident("R107", resident__name={"family": "Onuitwisbaar", "given": ["Nour"]})
        self.refer("R107", record=record)
        opened = self.box.call("POST", "/requests", {"subject": {"fedasilNumber": "R107"}, "article": 17}, client="rights").json
        path = f"/subjects/{opened['subject']}/erase"
        self.assertEqual(self.box.call("POST", path, {}, client="rights").status, 202)
        self.assertEqual(self.box.call("POST", path + "/approve", {}, client="rights-second").status, 200)
        left = self.look_up({"fedasilNumber": "R107"})
        self.assertEqual((left["items"], left["erased"]), ([], True))
        for form in ("json", "jsonld", "html"):
            self.assertNotIn("Onuitwisbaar", self.report(opened["subject"], client="rights", format=form, lang="en").body.decode())
        report = self.report(opened["subject"], client="rights", lang="en").json
        self.assertEqual(report["state"], "ERASED")
        self.assertEqual(report["values"], {"records": [], "messages": [], "outcomes": []})
        self.assertEqual({d["data"] for d in report["erasures"][0]["destroyed"]}, {"payload", "directory"})
        self.assertIn("17(3)(e)", report["erasures"][0]["kept"][0]["groundText"])
        self.assertEqual([r["recipient"] for r in report["recipients"]], ["vdab"], "whom it went to still stands")
        self.assertEqual([s["kept"] for s in report["sources"]], [False])
        self.assertEqual([r["state"] for r in report["requests"]], ["OPEN"])
        self.verify()

    # ---- register, refusals, figures ----

    def test_the_register_is_what_runs(self):
        answer = self.box.call("GET", "/audit/register", client="dpo")
        self.assertEqual(answer.status, 200, answer.body)
        activity = answer.json["items"][0]
        purposes = {p["purpose"]: p for p in activity["purposes"]}
        self.assertEqual(set(purposes), {"work-guidance", "language-course", "civic-integration", "warm-handover", "follow-up"})
        work = purposes["work-guidance"]
        self.assertEqual({m["name"] for m in work["mappings"]} & {"resident-to-vdab-profile"}, {"resident-to-vdab-profile"})
        categories = {c["category"]: c for c in work["dataCategories"]}
        self.assertIn("identity-core", categories)
        self.assertNotIn("health-restrictions", categories)
        self.assertEqual(set(categories["identity-core"]["label"]), {"nl", "fr", "de", "en"})
        self.assertEqual([c["category"] for c in purposes["follow-up"]["dataCategories"]], ["outcome"])
        self.assertTrue(all(a["sample"] for a in work["agreements"]) and work["agreements"])
        self.assertTrue(activity["dataSubjects"] and activity["securityMeasures"] and activity["retention"]["terms"])
        rows = list(csv.DictReader(io.StringIO(self.box.call("GET", "/audit/register?format=csv", client="dpo").body.decode())))
        self.assertEqual({r["purpose"] for r in rows}, set(purposes))
        linked = self.box.call("GET", "/audit/register", client="dpo", headers={"Accept": "application/ld+json"})
        self.assertEqual(linked.json["@type"], "dpv:RecordsOfActivities")
        self.assertEqual(linked.headers["Content-Type"], "application/ld+json")
        self.assertEqual(self.box.call("GET", "/audit/register", client="operator").status, 403)
        self.assertIn("work-guidance", self.cli("register").stdout)

    def test_refusals_page_and_count(self):
        for number in range(3):
            self.refer(f"R12{number}", decisions={"work-guidance": "REFUSED"})
        self.refer("R123", given=False)
        whole = self.box.call("GET", "/audit/refusals?pageSize=500", client="dpo").json
        self.assertEqual(whole["total"], len(whole["items"]))
        self.assertGreaterEqual(whole["counts"]["consent-refused"], 3)
        only = self.box.call("GET", "/audit/refusals?reason=consent-refused&recipient=vdab&state=refused&pageSize=2", client="dpo").json
        seen, pages = [], 0
        while True:
            pages += 1
            seen += only["items"]
            if "next" not in only:
                break
            only = self.box.call("GET", only["next"].split("/ketenpoort/v1", 1)[1], client="dpo").json
        self.assertEqual([i["ledger"] for i in seen], [i["ledger"] for i in whole["items"] if "consent-refused" in i["reasons"] and i["state"] == "refused"])
        self.assertGreater(pages, 1)
        self.assertEqual(self.box.call("GET", "/audit/refusals?to=2026-11-01", client="dpo").json["total"], 0)
        for wrong in ("reason=because", "from=yesterday", "state=lost", "after=x", "pageSize=0", "who=me"):
            self.assertEqual(self.box.call("GET", "/audit/refusals?" + wrong, client="dpo").status, 400, wrong)
        rows = list(csv.DictReader(io.StringIO(self.cli("refusals", "--format", "csv").stdout)))
        self.assertEqual(len(rows), self.box.call("GET", "/audit/refusals", client="dpo").json["total"])
        self.assertEqual(json.loads(self.cli("refusals", "--reason", "no-consent", "--json").stdout)["counts"]["no-consent"], whole["counts"]["no-consent"])

    def figures(self, client="dpo", **query):
        path = "/figures?" + "&".join(f"{k}={v}" for k, v in query.items())
        answer = self.box.call("GET", path.rstrip("?"), client=client)
        self.assertEqual(answer.status, 200, answer.body)
        return answer.json["items"]

    @staticmethod
    def pick(items, outcome, centre, **more):
        return [i.get("count", "suppressed") for i in items if i["outcome"] == outcome and i.get("centre") == centre and all(i.get(k) == v for k, v in more.items())]

    def report_outcome(self, transfer, state, kind, **more):
        body = {"meldingen": [{"toeleidingsID": transfer, "soort": kind, "toestand": state, **more}]}
        answer = self.box.call("POST", "/outcomes", body, client="vdab")
        self.assertEqual(answer.status, 202, answer.body)
        return answer.json["outcomes"][0]

    def test_what_may_not_come_back_by_name_comes_back_as_a_figure(self):
        back = [{"purpose": "follow-up", "recipient": "fedasil", "decision": "GIVEN", "categories": ["outcome"]}]
        centre = {"code": "FIG", "name": "Figuren", "municipalityNis": "33040", "region": "VLA"}
        small = {"code": "KLN", "name": "Klein", "municipalityNis": "33040", "region": "VLA"}
        refer = lambda number, where, given=back: self.refer(number, given=given, record=resident(number, source__centre=where))["vdab-profile"]
        transfers = [refer(f"F10{i}", centre) for i in range(6)]
        for transfer in transfers:
            self.assertEqual(self.report_outcome(transfer, "GESTART", "TEWERKSTELLING")["state"], "REJECTED", "not by name")
            self.report_outcome(transfer, "GESTART", "TEWERKSTELLING")  # said again: one person is one
            self.report_outcome(transfer, "UITGENODIGD", "INSCHRIJVING")
        few = [refer(f"F11{i}", small) for i in range(2)]
        for transfer in few:
            self.report_outcome(transfer, "STOPGEZET", "OPLEIDING", reden="ANDERE")
        unasked = refer("F120", centre, given=[])
        self.assertEqual(self.report_outcome(unasked, "GESTART", "TEWERKSTELLING")["state"], "REJECTED")

        def check():
            items = self.figures()
            self.assertEqual(self.pick(items, "STARTED", "FIG", kind="EMPLOYMENT", month="2026-11"), [6], "and not whoever did not agree")
            self.assertEqual(self.pick(items, "INVITED", "FIG", kind="REGISTRATION"), [6])
            referred = [i for i in items if i["outcome"] == "REFERRED" and "centre" in i]
            self.assertEqual(self.pick(referred, "REFERRED", "KLN"), ["suppressed"])
            self.assertGreaterEqual(sum(i.get("suppressed", False) for i in referred), 2, "one alone would follow from the total")
            total = self.pick(items, "REFERRED", None, month="2026-11")[0]
            self.assertGreaterEqual(total - sum(i.get("count", 0) for i in referred), 6, "what is hidden together")
            self.assertEqual(self.pick(items, "STOPPED", "KLN", kind="TRAINING", reason="OTHER"), ["suppressed"])
            self.assertEqual(self.pick(items, "STOPPED", None, kind="TRAINING", month="2026-11"), ["suppressed"], "its total would tell")
            self.assertFalse([i for i in items if i.get("count", 5) < 5])
            self.assertTrue(all(i["recipient"] == "vdab" for i in self.figures(client="vdab")))
            self.assertEqual([i for i in self.figures(client="vdab")], [i for i in items if i["recipient"] == "vdab"])

        check()
        self.assertEqual(self.figures(client="agii"), [i for i in self.figures() if i["recipient"] == "agii"])
        self.assertEqual(self.figures(year=2025), [])
        for wrong in ("year=2027", "year=x", "recipient="):
            self.assertEqual(self.box.call("GET", "/figures?" + wrong, client="dpo").status, 400, wrong)
        self.assertEqual(self.box.call("GET", "/figures?recipient=agii", client="vdab").status, 400)
        self.assertEqual(self.box.call("GET", "/figures", client="fedasil").status, 403)
        rows = list(csv.DictReader(io.StringIO(self.cli("figures", "--format", "csv").stdout)))
        self.assertEqual([r["count"] for r in rows if r["kind"] == "EMPLOYMENT" and r["centre"] == "FIG"], ["6"])
        # Of who found work nothing stands anywhere by name.
        for transfer in transfers:
            shown = self.box.call("GET", "/transfers/" + transfer).json["outcomes"]
            self.assertEqual([o.get("status") for o in shown], ["INVITED"])
        self.verify()
        self.box.kill_gateway()
        self.box.start_gateway()
        check()
        (self.box.state / "data/index.sqlite").exists()
        self.box.stop_gateway()
        for file in (self.box.state / "data").glob("index.sqlite*"):
            file.unlink()
        self.box.start_gateway()
        check()

    # ---- the command ----

    def test_the_command_reads_over_the_api(self):
        record = resident("R130", resident__name={"family": "Opdracht", "given": ["Nour"]})
        self.refer("R130", record=record)
        text = self.cli("subject", "--subject", self.number("R130"), "--purpose", "inspection").stdout
        self.assertIn("vdab", text)
        self.assertNotIn("Opdracht", text)
        ref = re.search(r"subject ([0-9a-f]{32})", text).group(1)
        notes = [e for e in self.looks() if e.get("subject") == ref]
        self.assertEqual([n["body"]["purpose"] for n in notes], ["inspection"] * 2, "of the look-up and of the report")
        file = self.box.state / "report.html"
        self.cli("subject", "--ref", ref, "--format", "html", "--lang", "fr", "--output", file, client="rights")
        self.assertIn("Opdracht", file.read_text())
        self.assertEqual(file.stat().st_mode & 0o777, 0o600)
        ssin = self.number(record["resident"]["identifiers"]["ssin"])
        self.assertEqual(json.loads(self.cli("subject", "--subject", ssin, "--json").stdout)["ref"], ref)
        self.cli("recipients", "--ref", ref, "--purpose", "complaint")
        self.assertIn("complaint", [e["body"]["purpose"] for e in self.looks() if e.get("subject") == ref])
        self.assertEqual(json.loads(self.cli("subject", "--ref", ref, "--format", "jsonld").stdout)["@type"], "eu-gdpr:SARNotice")
        for report in (("subject", "--ref", ref), ("recipients", "--ref", ref), ("register",), ("refusals",), ("figures",)):
            self.assertIn(",", self.cli(*report, "--format", "csv").stdout.splitlines()[0], report)
            self.assertIn("@context", json.loads(self.cli(*report, "--format", "jsonld").stdout), report)
        self.assertIn("nothing is known", self.cli("subject", "--subject", self.number("NOBODY"), code=1).stderr)
        self.cli("subject", "--ref", "0" * 32, code=1)
        self.cli("subject", code=2)
        # A rights officer has the reference from the request; who looks a number up must be an auditor.
        self.assertIn("403: this client may not make this call; it takes scope audit",
                      self.cli("subject", "--subject", ssin, client="rights", code=3).stderr)
        self.cli("subject", "--subject", self.number(""), code=2)
        self.cli("subject", "--subject", self.box.state / "not-there", code=3)
        self.cli("subject", "--fedasil-number", "R130", code=2)
        self.cli("figures", "--year", "2099", code=2)
        self.cli("register", client="fedasil", code=3)
        self.cli("subject", "--ref", ref, "--format", "pdf", code=2)
