"""What partners report back: each in its own format, decided like a transfer the other way."""
import json
import re
import uuid
from concurrent.futures import ThreadPoolExecutor

from harness import ONE_MESSAGE, ROOT, SandboxTest
from people import changed, consent, resident

BY_NAME = {"INGESCHREVEN": "REGISTERED", "UITGENODIGD": "INVITED", "GESTART": "STARTED", "NIET_OPGEDAAGD": "NO_SHOW", "GEWEIGERD": "DECLINED"}
AS_FIGURES = ("AANVAARD", "VOLTOOID", "STOPGEZET")


class OutcomeTest(SandboxTest):
    options = ONE_MESSAGE

    def refer(self, number, back="GIVEN", record=None):
        """A resident whom VDAB and AgII have: transfer ids by message."""
        given = consent(number)
        if back:
            given["consents"].append({"purpose": "follow-up", "recipient": "fedasil", "decision": back, "categories": ["outcome"]})
        answer = self.box.call("POST", "/consents", given)
        self.assertEqual(answer.status, 201, answer.body)
        self.consents = {c["purpose"]: c["id"] for c in answer.json["consents"]}
        self.record = changed(record or resident(number), messageId=str(uuid.uuid4()))
        sent = self.box.call("POST", "/records", self.record)
        self.assertEqual(sent.status, 202, sent.body)
        ids = {t["message"]: t["id"] for t in sent.json["transfers"]}
        for transfer in ids.values():
            self.box.wait("delivery", lambda t=transfer: self.view(t)["state"] == "acknowledged", 20)
        return ids

    def view(self, transfer):
        return self.box.call("GET", "/transfers/" + transfer).json

    def report(self, client, body, content_type="application/json", status=202, **headers):
        body = body if isinstance(body, str) else json.dumps(body)
        answer = self.box.call("POST", "/outcomes", body, client=client, raw=True, headers={"Content-Type": content_type, **headers})
        self.assertEqual(answer.status, status, answer.body)
        return answer.json

    @staticmethod
    def message(transfer, state="UITGENODIGD", kind="INSCHRIJVING", **more):
        return {"toeleidingsID": transfer, "soort": kind, "toestand": state, **more}

    def states(self, answer):
        return [(o["state"], o.get("reasons")) for o in answer["outcomes"]]

    def verify(self):
        size = len(self.box.ledger_entries())
        self.box.wait("publication", lambda: len(self.box.ledger_entries()) >= size and self.box.verify(check=None).returncode == 0, 10)
        self.box.verify_twice()

    def test_an_invitation_is_received_and_shown_with_its_transfer(self):
        ids = self.refer("O100")
        appointment = {"start": "2026-12-03T09:00:00+01:00", "plaats": "Onmiskenbaarstraat 1", "taal": "nld", "tolkBesteld": True}
        answer = self.report("vdab", {"meldingen": [self.message(ids["vdab-profile"], datum="2026-11-24", reden="ANDERE", volgendeStap="Bring your papers", afspraak=appointment)]})
        self.assertEqual(self.states(answer), [("RECEIVED", None)])
        shown = self.view(ids["vdab-profile"])["outcomes"]
        self.assertEqual([(o["state"], o["status"], o["kind"], o["on"]) for o in shown], [("RECEIVED", "INVITED", "REGISTRATION", "2026-11-24")])
        self.assertEqual(shown[0]["id"], answer["outcomes"][0]["id"])
        self.assertEqual((shown[0]["recipient"], shown[0]["reason"], shown[0]["nextStep"]), ("vdab", "OTHER", "Bring your papers"))
        self.assertEqual(shown[0]["appointment"], {"start": "2026-12-03T09:00:00+01:00", "place": "Onmiskenbaarstraat 1", "language": "nld", "interpreterBooked": True})
        self.box.wait("publication", lambda: any(e["kind"] == "outcome.received" and e["tx"] == ids["vdab-profile"] for e in self.box.ledger_entries()), 10)
        entry = next(e for e in self.box.ledger_entries() if e["kind"] == "outcome.received" and e["tx"] == ids["vdab-profile"])
        self.assertEqual((entry["body"]["recipient"], entry["body"]["purpose"]), ("vdab", "follow-up"))
        self.assertIn("sealed", entry)
        self.box.verify_twice()
        for file in (self.box.state / "data").rglob("*"):
            if file.is_file():
                self.assertNotIn(b"Onmiskenbaarstraat", file.read_bytes(), file)

    def test_only_five_statuses_come_back_by_name(self):
        transfer = self.refer("O101")["vdab-profile"]
        answer = self.report("vdab", {"meldingen": [self.message(transfer, state) for state in (*BY_NAME, *AS_FIGURES)]})
        self.assertEqual(self.states(answer), [("RECEIVED", None)] * 5 + [("REJECTED", ["category-not-covered"])] * 3)
        for kind in ("TEWERKSTELLING", "TEST"):
            answer = self.report("vdab", {"meldingen": [self.message(transfer, "GESTART", kind)]})
            self.assertEqual(self.states(answer), [("REJECTED", ["category-not-covered"])], kind)
        # Of what is rejected not even the status is kept, and the sender does not learn that it came: that alone says what it was.
        self.assertEqual([o["state"] for o in self.view(transfer)["outcomes"]], ["RECEIVED"] * 5)
        self.verify()

    def test_why_something_is_rejected_does_not_tell_the_sender_what_it_was(self):
        for number, back, reason in (("O140", None, "no-consent"), ("O141", "REFUSED", "consent-refused")):
            transfer = self.refer(number, back)["vdab-profile"]
            self.report("vdab", {"meldingen": [self.message(transfer), self.message(transfer, "GESTART", "TEWERKSTELLING"), self.message(transfer, "STOPGEZET")]})
            rejected = self.view(transfer)["outcomes"]
            self.assertEqual([{k: v for k, v in o.items() if k != "id"} for o in rejected], [{"state": "REJECTED", "reasons": [reason]}] * 3)

    def test_without_consent_it_is_rejected(self):
        never, refused = self.refer("O102", back=None)["vdab-profile"], self.refer("O103", back="REFUSED")["vdab-profile"]
        answer = self.report("vdab", {"meldingen": [self.message(never), self.message(refused)]})
        self.assertEqual(self.states(answer), [("REJECTED", ["no-consent"]), ("REJECTED", ["consent-refused"])])
        transfer = self.refer("O104")["vdab-profile"]
        self.assertEqual(self.box.call("POST", f"/consents/{self.consents['follow-up']}/withdraw", {}).status, 200)
        answer = self.report("vdab", {"meldingen": [self.message(transfer)]})
        self.assertEqual(self.states(answer), [("REJECTED", ["consent-withdrawn"])])
        self.verify()

    def test_each_partner_in_its_own_format(self):
        ids = self.refer("O105")
        example = (ROOT / "mappings/examples/vdab-dossier-to-outcome/01-every-state.in.xml").read_text()
        dossier = re.sub(r"<ToeleidingsID>[^<]*", "<ToeleidingsID>" + ids["vdab-profile"], example)
        self.assertEqual(self.states(self.report("vdab", dossier, "application/xml")), [("RECEIVED", None)] * 4)
        trajectory = ('<KBIOpvolging xmlns="https://ketenpoort.example/ns/kbi-follow-up/1"><Traject><Referte>' + ids["agii-dossier"] +
                      '</Referte><Type>TT_NT2</Type><Status><Code>OP</Code><Datum>2026-11-24</Datum></Status></Traject></KBIOpvolging>')
        self.assertEqual(self.states(self.report("agii", trajectory, "application/xml")), [("RECEIVED", None)])
        self.assertEqual([o["kind"] for o in self.view(ids["agii-dossier"])["outcomes"]], ["LANGUAGE_COURSE"])
        # Nobody reads another's format for it.
        self.report("agii", {"meldingen": [self.message(ids["agii-dossier"])]}, status=415)
        self.verify()

    def test_a_kbi_dossier_tells_of_referrals_and_trajectories(self):
        ids = self.refer("O117")
        number = self.record["resident"]["identifiers"]["ssin"]
        example = (ROOT / "mappings/examples/kbi-dossier-to-outcome/01-referral-and-trajectories.in.xml").read_text()
        dossier = example.replace("0193C7A0-0000-7000-8000-000000000001", ids["agii-dossier"].upper()).replace("91631400287", number)
        outcomes = self.report("agii", dossier, "application/xml")["outcomes"]
        # Our referral, one of others, a course that began; what ended and the test are figures.
        self.assertEqual([o["state"] for o in outcomes], ["RECEIVED", "UNKNOWN", "RECEIVED", "REJECTED", "REJECTED"])
        self.assertNotIn(number, json.dumps(outcomes))
        shown = [(o["status"], o["kind"], o["on"]) for o in self.view(ids["agii-dossier"])["outcomes"] if o["state"] == "RECEIVED"]
        self.assertEqual(sorted(shown), [("REGISTERED", "TRAJECTORY", "2026-11-18"), ("STARTED", "LANGUAGE_COURSE", "2026-11-24")])
        self.report("vdab", dossier, "application/xml", status=415)
        self.verify()

    def test_what_magda_returns_is_taken_whole(self):
        ids = self.refer("O118")
        number = self.record["resident"]["identifiers"]["ssin"]
        example = (ROOT / "mappings/examples/vdab-reply-to-outcome/03-appointment.in.xml").read_text()
        reply = re.sub(r"<ToeleidingsID>[^<]*", "<ToeleidingsID>" + ids["vdab-profile"], example)
        self.assertEqual(self.states(self.report("vdab", reply, "application/xml"))[0], ("RECEIVED", None))
        self.assertIn("2026-12-03", [o.get("on") for o in self.view(ids["vdab-profile"])["outcomes"]])
        example = (ROOT / "mappings/examples/kbi-reply-to-outcome/01-referral-and-trajectories.in.xml").read_text()
        reply = example.replace("0193C7A0-0000-7000-8000-000000000001", ids["agii-dossier"].upper()).replace("91631400287", number)
        outcomes = self.report("agii", reply, "application/xml")["outcomes"]
        self.assertEqual([o["state"] for o in outcomes], ["RECEIVED", "UNKNOWN", "RECEIVED", "REJECTED", "REJECTED"])
        # Without a file there is nothing to take, and the answer says so.
        for recipient, name in (("vdab", "vdab-reply-to-outcome/11-no-file"), ("agii", "kbi-reply-to-outcome/06-no-file")):
            reply = (ROOT / f"mappings/examples/{name}.in.xml").read_text()
            self.report(recipient, reply, "application/xml", status=400)
        self.verify()

    def test_the_same_report_again_is_one_report(self):
        transfer = self.refer("O106")["vdab-profile"]
        body = {"meldingen": [self.message(transfer)]}
        self.assertEqual(self.report("vdab", body), self.report("vdab", body))
        self.assertEqual(len(self.view(transfer)["outcomes"]), 1)
        self.report("vdab", body, **{"Idempotency-Key": "k-1"})
        self.report("vdab", {"meldingen": [self.message(transfer, "GESTART")]}, status=409, **{"Idempotency-Key": "k-1"})

    def test_the_same_report_many_times_at_once_is_one_report(self):
        transfer = self.refer("O111")["vdab-profile"]
        for headers in ({}, {"Idempotency-Key": "at-once"}):
            before = len(self.view(transfer)["outcomes"])
            body = {"meldingen": [self.message(transfer, "GESTART" if headers else "UITGENODIGD")]}
            with ThreadPoolExecutor(16) as pool:
                answers = list(pool.map(lambda _: json.dumps(self.report("vdab", body, **headers)), range(48)))
            self.assertEqual(len(set(answers)), 1, "one answer for all")
            self.assertEqual(len(self.view(transfer)["outcomes"]), before + 1, headers)

    def test_what_was_rejected_is_decided_anew_and_what_was_received_is_not_doubled(self):
        received, rejected = self.refer("O113")["vdab-profile"], self.refer("O114", back=None)["vdab-profile"]
        body = {"meldingen": [self.message(received), self.message(rejected), self.message(received)]}
        first = self.report("vdab", body)
        self.assertEqual(self.states(first), [("RECEIVED", None), ("REJECTED", ["no-consent"]), ("RECEIVED", None)])
        self.assertEqual(first["outcomes"][0]["id"], first["outcomes"][2]["id"], "the same thing said twice")
        given = consent("O114")
        given["consents"] = [{"purpose": "follow-up", "recipient": "fedasil", "decision": "GIVEN", "categories": ["outcome"]}]
        self.assertEqual(self.box.call("POST", "/consents", given).status, 201)
        second = self.report("vdab", body)
        self.assertEqual(self.states(second), [("RECEIVED", None)] * 3)
        self.assertEqual(second["outcomes"][0], first["outcomes"][0])
        self.assertEqual(self.report("vdab", json.dumps(body, indent=1)), second, "also when it is written otherwise")
        self.assertEqual([o["state"] for o in self.view(received)["outcomes"]], ["RECEIVED"])
        self.assertEqual([o["state"] for o in self.view(rejected)["outcomes"]], ["RECEIVED", "REJECTED"])
        # A key stands for its answer, whatever it was.
        third = self.refer("O115", back=None)["vdab-profile"]
        for _ in range(2):
            self.assertEqual(self.states(self.report("vdab", {"meldingen": [self.message(third)]}, **{"Idempotency-Key": "k-3"})), [("REJECTED", ["no-consent"])])
        self.assertEqual(len(self.view(third)["outcomes"]), 1)
        self.verify()

    def test_about_others_transfers_nothing_can_be_said(self):
        ids = self.refer("O107")
        unknown = str(uuid.uuid4())
        body = {"meldingen": [self.message(ids["agii-dossier"]), self.message(ids["vdab-profile"]), self.message(unknown)]}
        outcomes = self.report("vdab", body)["outcomes"]
        self.assertEqual([o["state"] for o in outcomes], ["UNKNOWN", "RECEIVED", "UNKNOWN"], "what is known is taken")
        # Another partner's transfer is answered like one that nobody has.
        self.assertEqual((outcomes[0], outcomes[2]), tuple({"transfer": t, "state": "UNKNOWN"} for t in (ids["agii-dossier"], unknown)))
        self.assertEqual(self.view(ids["agii-dossier"])["outcomes"], [])
        problems = [self.report("vdab", {"meldingen": [self.message(t)]}, status=400) for t in (ids["agii-dossier"], unknown)]
        self.assertEqual([[i["name"] for i in p["issues"]] for p in problems], [["outcomes[0]"]] * 2)
        self.assertEqual(*({k: p[k] for k in ("detail", "issues")} for p in problems))
        self.assertEqual(self.box.call("POST", "/outcomes", {}, client="fedasil").status, 403)
        self.verify()

    def test_a_stranger_in_vdabs_file_stops_none_of_the_others(self):
        transfer = self.refer("O116")["vdab-profile"]
        example = (ROOT / "mappings/examples/vdab-dossier-to-outcome/01-every-state.in.xml").read_text()
        places = re.findall(r"<ToeleidingsID>[^<]*", example)
        dossier = re.sub(r"<ToeleidingsID>[^<]*", "<ToeleidingsID>" + transfer, example)
        dossier = dossier.replace("<ToeleidingsID>" + transfer, "<ToeleidingsID>" + str(uuid.uuid4()), 1)
        states = [o["state"] for o in self.report("vdab", dossier, "application/xml")["outcomes"]]
        self.assertEqual((states[0], set(states[1:])), ("UNKNOWN", {"RECEIVED"}), places)
        # Once it is known, the same file brings it as well, and doubles nothing.
        before = len(self.view(transfer)["outcomes"])
        self.report("vdab", dossier, "application/xml")
        self.assertEqual(len(self.view(transfer)["outcomes"]), before)
        self.verify()

    def test_wrong_reports_say_where(self):
        transfer = self.refer("O108")["vdab-profile"]
        problem = self.report("vdab", {"meldingen": [self.message(transfer, "Zeldzaam")]}, status=400)
        self.assertEqual([i["name"] for i in problem["issues"]], ["outcomes[0]"])
        self.assertIn("report-to-status, which knows AANVAARD", problem["issues"][0]["detail"])
        self.assertNotIn("Zeldzaam", str(problem))
        problem = self.report("vdab", {"meldingen": [self.message("T-1")]}, status=400)
        self.assertEqual([i["name"] for i in problem["issues"]], ["meldingen[0].toeleidingsID"])
        problem = self.report("vdab", "<DossierVDAB>\n<Uitnodigingen/>\n</DossierVDAB>", "application/xml", status=400)
        self.assertEqual([i["name"] for i in problem["issues"]], ["line 2, Uitnodigingen"])
        self.report("vdab", '{"meldingen": ', status=400)
        for nothing in ("", "geen XML", "<<geen"):
            self.report("vdab", nothing, "application/xml", status=400)

    def test_after_erasure_nothing_is_taken_any_more(self):
        transfer = self.refer("O109")["vdab-profile"]
        self.report("vdab", {"meldingen": [self.message(transfer, volgendeStap="Bring your papers")]})
        self.assertIn("nextStep", self.view(transfer)["outcomes"][0])
        opened = self.box.call("POST", "/requests", {"subject": {"fedasilNumber": "O109"}, "article": 17}, client="rights").json
        path = f"/subjects/{opened['subject']}/erase"
        self.assertEqual(self.box.call("POST", path, {}, client="rights").status, 202)
        self.assertEqual(self.box.call("POST", path + "/approve", {}, client="rights-second").status, 200)
        self.assertEqual([set(o) for o in self.view(transfer)["outcomes"]], [{"id", "state", "status", "kind"}], "what the ledger has")
        problem = self.report("vdab", {"meldingen": [self.message(transfer), self.message(transfer, "GESTART")]}, status=410)
        self.assertEqual([i["name"] for i in problem["issues"]], ["outcomes[0]", "outcomes[1]"])
        # What is said about others in the same report is taken.
        other = self.refer("O112")["vdab-profile"]
        answer = self.report("vdab", {"meldingen": [self.message(transfer), self.message(other)]})
        self.assertEqual(self.states(answer), [("ERASED", None), ("RECEIVED", None)])
        self.assertEqual(answer["outcomes"][0], {"transfer": transfer, "state": "ERASED"})
        self.assertEqual([o["state"] for o in self.view(other)["outcomes"]], ["RECEIVED"])
        self.verify()
        self.box.wait("publication", lambda: any(e["kind"] == "outcome.received" and e["tx"] == other for e in self.box.ledger_entries()), 10)
        about = [e for e in self.box.ledger_entries() if e["kind"].startswith("outcome.") and e["tx"] == transfer]
        self.assertEqual(len(about), 1, "from before the erasure")

    def test_a_report_about_an_older_message_belongs_to_the_one_that_took_its_place(self):
        first = self.refer("O110")["vdab-profile"]
        second = self.refer("O110", record=self.record)["vdab-profile"]
        answer = self.report("vdab", {"meldingen": [self.message(first)]})
        self.assertEqual((self.states(answer), answer["outcomes"][0]["transfer"]), ([("RECEIVED", None)], first))
        self.assertEqual([o["status"] for o in self.view(second)["outcomes"]], ["INVITED"])
        self.verify()
