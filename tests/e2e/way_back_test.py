"""What comes back: job seekers' registrations by number, appointments, one line for each referral, messages given up."""
import json
import re
import urllib.request

from events_test import VDAB, EventsBox, kind
from harness import ROOT, SandboxTest
from people import consent, mock_ssin, resident

NAMESPACE = "https://ketenpoort.example/ns/job-seeker-status/1"


def job_seeker(ssin, event="REGISTRATION", on="2026-11-20", reason=None, source="VDAB"):
    details = f"<deregistrationDetails><registrationDate>2026-09-01</registrationDate><reason>{reason}</reason></deregistrationDetails>" if reason else ""
    return (f'<jobSeeker source="{source}"><event><id>1</id><type>{event}</type><date>{on}</date></event>{details}<ssin>{ssin}</ssin></jobSeeker>')


def message(*seekers):
    return (f'<?xml version="1.0"?><n:notifyJobSeekerStatus xmlns:n="{NAMESPACE}"><sender><cbeNumber>0887010362</cbeNumber></sender>'
            "<receiver><cbeNumber>0860737913</cbeNumber></receiver><legalContext>FOLLOW_UP</legalContext><sequenceNumber>1</sequenceNumber>"
            f"<jobSeekers>{''.join(seekers)}</jobSeekers></n:notifyJobSeekerStatus>")


class WayBack:
    def refer(self, number, back="GIVEN", **changes):
        """The record, and its transfers by message, once both partners have theirs."""
        given = consent(number)
        if back:
            given["consents"].append({"purpose": "follow-up", "recipient": "fedasil", "decision": back, "categories": ["outcome"]})
        self.assertEqual(self.box.call("POST", "/consents", given).status, 201)
        record = resident(number, **changes)
        sent = self.box.call("POST", "/records", record)
        self.assertEqual(sent.status, 202, sent.body)
        ids = {t["message"]: t["id"] for t in sent.json["transfers"]}
        for transfer in ids.values():
            self.box.wait("delivery", lambda t=transfer: self.view(t)["state"] == "acknowledged", 30)
        return record, ids

    def view(self, transfer):
        return self.box.call("GET", "/transfers/" + transfer).json

    def report(self, body, client="vdab", content_type="application/xml", status=202, **headers):
        body = body if isinstance(body, str) else json.dumps(body)
        answer = self.box.call("POST", "/outcomes", body, client=client, raw=True, headers={"Content-Type": content_type, **headers})
        self.assertEqual(answer.status, status, answer.body)
        return answer.json

    def states(self, answer):
        return [o["state"] for o in answer["outcomes"]]

    def lines(self, number, **more):
        answer = self.box.call("POST", "/transfers/query", {"subject": {"fedasilNumber": number, **more}})
        self.assertEqual(answer.status, 200, answer.body)
        return {line["recipient"]: line for line in answer.json["items"]}

    @staticmethod
    def vdabs(ids):
        """The messages of one referral to VDAB: what a number leads to is the newest of them."""
        return {id_ for message_, id_ in ids.items() if message_.startswith("vdab-")}

    @staticmethod
    def ssin(record):
        return record["resident"]["identifiers"]["ssin"]


class JobSeekerTest(WayBack, SandboxTest):
    def test_job_seekers_are_found_by_number_each_for_itself(self):
        record, ids = self.refer("J100")
        other, other_ids = self.refer("J101", back=None)
        unknown, wrong = mock_ssin(1991, 2, 3), self.ssin(record)[:-2] + ("01" if self.ssin(record)[-2:] != "01" else "02")
        answer = self.report(message(job_seeker(unknown), job_seeker(self.ssin(record)), job_seeker(wrong), job_seeker(self.ssin(other)),
                                     job_seeker(self.ssin(record), source="ACTIRIS")))
        self.assertEqual(self.states(answer), ["UNKNOWN", "RECEIVED", "UNREADABLE", "REJECTED"])
        about = [o.get("transfer") for o in answer["outcomes"]]
        self.assertEqual((about[0], about[2]), (None, None))
        self.assertIn(about[1], self.vdabs(ids))
        self.assertIn(about[3], self.vdabs(other_ids))
        for number in (self.ssin(record), unknown, wrong):
            self.assertNotIn(number, json.dumps(answer))
        shown = self.view(about[1])["outcomes"]
        self.assertEqual([(o["status"], o["kind"], o["on"]) for o in shown], [("REGISTERED", "REGISTRATION", "2026-11-20")])
        # The same again is the same, whatever else stands in the message.
        again = self.report(message(job_seeker(self.ssin(record)), job_seeker(self.ssin(other), on="2026-11-21")))
        self.assertEqual(again["outcomes"][0], answer["outcomes"][1])
        # Nobody at all: told so, and nothing kept.
        refused = self.report(message(job_seeker(unknown), job_seeker(wrong)), status=400)
        self.assertEqual(len(refused["issues"]), 2)
        self.assertNotIn(unknown, json.dumps(refused))
        # A newer record takes the older one's place, and what is reported belongs to it.
        record["messageId"] = "00000000-0000-4000-8000-000000000100"
        record["sentAt"] = "2026-11-24T10:00:00+01:00"
        record["screening"]["schooling"]["yearsTotal"] = 11
        newer = {t["message"]: t["id"] for t in self.box.call("POST", "/records", record).json["transfers"]}
        for transfer in newer.values():
            self.box.wait("the update", lambda t=transfer: self.view(t)["state"] == "acknowledged", 30)
        self.assertIn(self.report(message(job_seeker(self.ssin(record), on="2026-11-22")))["outcomes"][0]["transfer"], self.vdabs(newer))
        self.assertEqual(self.report(message(job_seeker(self.ssin(record))))["outcomes"][0]["id"], answer["outcomes"][1]["id"], "said before the update")
        for file in (self.box.state / "data").rglob("*"):
            if file.is_file():
                self.assertNotIn(self.ssin(record).encode(), file.read_bytes(), file)
        self.box.verify_twice()

    def test_back_to_work_is_a_figure_and_nothing_else(self):
        records = [self.refer(f"J20{i}", source__centre__code="WRK") for i in range(5)]
        work = message(*[job_seeker(self.ssin(r), "DEREGISTRATION", reason="BACK_TO_WORK") for r, _ in records],
                       job_seeker(self.ssin(records[0][0]), "DEREGISTRATION", reason="OTHER_REASON"))
        answer = self.report(work)
        self.assertEqual(answer["outcomes"][0].get("reasons"), ["category-not-covered"])
        self.assertEqual(set(self.states(answer)), {"REJECTED"})
        for _, ids in records:
            for transfer in self.vdabs(ids):
                self.assertTrue(all(set(o) == {"id", "state", "reasons"} for o in self.view(transfer)["outcomes"]))
        self.assertEqual({line["status"] for line in self.lines("J200").values()}, {"ACKNOWLEDGED"})
        items = self.box.call("GET", "/figures", client="vdab").json["items"]
        found = [i.get("count") for i in items if i["outcome"] == "STARTED" and i.get("kind") == "EMPLOYMENT" and i.get("centre") == "WRK"]
        self.assertEqual(found, [5])
        self.assertNotIn("EMPLOYMENT", json.dumps(self.box.call("GET", "/events?pageSize=500").json))

    def test_a_partner_finds_nobody_elses(self):
        # Only AgII has this person: VDAB learns nothing from asking.
        record, _ = self.refer("J300", referrals=[{"id": "J300-2", "recipient": "agii", "purpose": "language-course", "reason": "NIV_TEST"}])
        self.report(message(job_seeker(self.ssin(record))), status=400)
        self.report(message(job_seeker(self.ssin(record))), client="agii", status=415)  # no mapping of AgII's reads this document
        self.report(message(job_seeker("x"), "<oops/>"), status=400)


class AppointmentTest(WayBack, SandboxTest):
    def test_appointments_come_back_and_the_case_worker_sees_them(self):
        record, ids = self.refer("J400")
        example = (ROOT / "mappings/examples/vdab-dossier-to-outcome/03-appointment.in.xml").read_text()
        dossier = re.sub(r"<ToeleidingsID>[^<]*", "<ToeleidingsID>" + ids["vdab-profile"], example)
        self.assertEqual(self.states(self.report(dossier)), ["RECEIVED", "REJECTED", "RECEIVED", "RECEIVED"])  # the second is a test
        example = (ROOT / "mappings/examples/kbi-follow-up-to-outcome/03-appointment.in.xml").read_text()
        follow_up = re.sub(r"<Referte>[^<]*", "<Referte>" + ids["agii-dossier"], example, count=1)
        follow_up = re.sub(r"  <Traject><Referte>0193.*?</Traject>\n", "", follow_up, flags=re.S)
        self.assertEqual(self.states(self.report(follow_up, "agii")), ["RECEIVED"])
        invited = [o for o in self.view(ids["vdab-profile"])["outcomes"] if "appointment" in o]
        self.assertEqual([o["appointment"] for o in invited], [{"start": "2026-12-03", "place": "Werkwinkel Ieper, Lange Torhoutstraat 1"}])
        line = self.lines("J400")["agii"]
        self.assertEqual(line["status"], "STARTED")
        self.assertEqual(line["appointment"], {
            "start": "2026-12-03T10:00:00+01:00", "end": "2026-12-03T11:00:00+01:00", "place": "AgII Ieper",
            "contact": "Onthaal, ieper@agii.example", "language": "ara", "interpreterBooked": True})
        self.assertEqual(line["nextStep"], "Niveaubepaling Nederlands")
        self.assertNotIn("overdue", line, "it was reported on")
        self.assertEqual({t["id"]: t["state"] for t in line["transfers"]}, {i: "acknowledged" for m, i in ids.items() if m.startswith("agii-")})
        # The event says that it came and what it is; where and when stands in the answer to who may ask.
        events = [e for e in self.box.call("GET", "/events?pageSize=500").json["items"] if kind(e) == "outcome.received"]
        self.assertEqual(len(events), 4)
        for event in events:
            self.assertEqual(set(event["data"]) - {"on"}, {"transfer", "record", "recipient", "message", "purpose", "outcome", "status", "kind"})
        self.assertNotIn("Ieper", json.dumps(events))

    def test_what_was_reported_on_a_referral_that_was_called_back_says_nothing_of_the_next(self):
        record, ids = self.refer("J510")
        answer = self.report({"meldingen": [{"toeleidingsID": ids["vdab-profile"], "soort": "TRAJECT", "toestand": "GESTART"}]}, content_type="application/json")
        self.assertEqual(self.states(answer), ["RECEIVED"])
        self.assertEqual(self.lines("J510")["vdab"]["status"], "STARTED")
        given = self.box.call("POST", "/consents/query", {"subject": {"fedasilNumber": "J510"}}).json["items"]
        guidance, = [c["id"] for c in given if c["purpose"] == "work-guidance"]
        self.assertEqual(self.box.call("POST", f"/consents/{guidance}/withdraw", {}).status, 200)
        self.refer("J510", resident__identifiers__ssin=self.ssin(record))
        line = self.lines("J510")["vdab"]
        self.assertEqual((line["status"], line["state"], line["overdue"]), ("ACKNOWLEDGED", "acknowledged", False))
        self.assertNotIn("kind", line)

    def test_what_is_reported_late_does_not_take_the_place_of_what_is_newer(self):
        _, ids = self.refer("J520")
        def say(*said, **headers):
            items = [{"toeleidingsID": ids["vdab-profile"], "soort": "TRAJECT", "toestand": state, **({"datum": on} if on else {})} for state, on in said]
            self.report({"meldingen": items}, content_type="application/json", **headers)
            line = self.lines("J520")["vdab"]
            return line["status"], line.get("on")
        self.assertEqual(say(("GESTART", "2026-11-20")), ("STARTED", "2026-11-20"))
        self.assertEqual(say(("INGESCHREVEN", "2026-10-02")), ("STARTED", "2026-11-20"), "it says where they stood in October")
        self.assertEqual(say(("GESTART", "2026-11-20"), **{"Idempotency-Key": "again"}), ("STARTED", "2026-11-20"))
        # A file names them in any order; what lies ahead was arranged today.
        self.assertEqual(say(("UITGENODIGD", "2026-12-10"), ("NIET_OPGEDAAGD", "2026-11-22")), ("INVITED", "2026-12-10"))
        self.assertEqual(say(("GEWEIGERD", "2026-11-24")), ("DECLINED", "2026-11-24"), "of one day the last word counts")
        self.assertEqual(say(("GESTART", None)), ("STARTED", None), "and what names no day is of the day it came")
        self.assertEqual(len(self.view(ids["vdab-profile"])["outcomes"]), 6, "all of it stands there, once")

    def test_one_line_for_each_referral(self):
        self.refer("J500")
        self.assertEqual({r: l["status"] for r, l in self.lines("J500").items()}, {"vdab": "ACKNOWLEDGED", "agii": "ACKNOWLEDGED"})
        self.assertEqual(self.lines("J500")["vdab"]["overdue"], False)
        held = resident("J501", procedure__lodgedOn="2026-10-01", procedure__documents=None)
        self.assertEqual(self.box.call("POST", "/records", held).status, 202)
        self.box.settle()
        line = self.lines("J501")["vdab"]
        self.assertEqual((line["status"], line["state"]), ("HELD", "held"))
        self.assertIn("too-early", line["reasons"])
        self.assertEqual(line["heldUntil"], "2027-02-01")
        self.assertEqual(self.lines("NOBODY0"), {})
        before = len(self.box.call("GET", "/audit/entries?kind=audit.queried&pageSize=500", client="dpo").json["items"])
        self.lines("J501")
        after = self.box.call("GET", "/audit/entries?kind=audit.queried&pageSize=500", client="dpo").json["items"]
        self.assertGreater(len(after), before)
        for body in ({}, {"subject": {}}, {"subject": {"name": "x"}}, {"subject": {"fedasilNumber": "J501"}, "x": 1}):
            self.assertEqual(self.box.call("POST", "/transfers/query", body).status, 400, body)
        self.assertEqual(self.box.call("POST", "/transfers/query", {"subject": {"fedasilNumber": "J501"}}, client="vdab").status, 403)


class ReplyTest(WayBack, SandboxTest):
    """Files of partners in the replies of MAGDA's services, in a SOAP envelope as whoever keeps them gives them."""

    def reply(self, partner, example, about, transfer, id_element):
        text = (ROOT / f"mappings/examples/{partner}-reply-to-outcome/{example}.in.xml").read_text()
        return re.sub(f"<{id_element}>[^<]*", f"<{id_element}>" + transfer, text.replace("91631400287", self.ssin(about)))

    def test_a_reply_in_soap_is_read_and_must_be_of_the_person_it_names(self):
        one, ids = self.refer("J450")
        other, _ = self.refer("J451")
        vdab = self.reply("vdab", "12-in-soap-as-vdab-gives-it", one, ids["vdab-profile"], "ToeleidingsID")
        self.assertIn("<soapenv:Body>", vdab)
        self.assertIn("http://service.", vdab)
        answer = self.report(vdab, content_type="text/xml; charset=utf-8", SOAPAction='""')
        self.assertEqual(self.states(answer), ["RECEIVED", "REJECTED", "RECEIVED", "RECEIVED"])  # the second is a test
        agii = self.reply("kbi", "07-in-soap-as-agii-gives-it", one, ids["agii-dossier"], "ExterneID")
        self.assertEqual(self.states(self.report(agii, "agii")), ["RECEIVED", "RECEIVED", "RECEIVED", "REJECTED", "REJECTED"])
        before = len(self.view(ids["vdab-profile"])["outcomes"])
        mixed_up = self.reply("vdab", "12-in-soap-as-vdab-gives-it", other, ids["vdab-profile"], "ToeleidingsID")
        refused = self.report(mixed_up, status=400)
        self.assertEqual(len(refused["issues"]), 4)
        self.assertIn("of another person than the number", refused["issues"][0]["detail"])
        for number in (self.ssin(one), self.ssin(other)):
            self.assertNotIn(number, json.dumps(refused))
        mixed_up = self.reply("kbi", "07-in-soap-as-agii-gives-it", other, ids["agii-dossier"], "ExterneID")
        answer = self.report(mixed_up, "agii")
        self.assertEqual(self.states(answer)[:3], ["OTHER_PERSON", "OTHER_PERSON", "RECEIVED"], "its trajectories are the other's")
        self.assertEqual(len(self.view(ids["vdab-profile"])["outcomes"]), before)
        self.report(vdab.replace("<soapenv:Body>", "<soapenv:Body><extra/>"), status=400)
        self.box.verify_twice()


class OverdueTest(WayBack, EventsBox):
    def metric(self):
        with urllib.request.urlopen(self.box.info["metrics"]) as answer:
            return int(re.search(r"^ketenpoort_referrals_overdue (\d+)$", answer.read().decode(), re.M)[1])

    def overdue(self, **query):
        return [t["id"] for t in self.box.transfers(overdue="true", **query)]

    def test_referrals_without_an_answer_are_listed(self):
        _, silent = self.refer("J600")
        record, answered = self.refer("J601")
        self.report(message(job_seeker(self.ssin(record))))
        self.assertEqual((self.overdue(), self.metric()), ([], 0))
        self.set_clock("2026-12-25T09:00:00+01:00")
        # One for each referral, the first of its messages that arrived.
        late = set(self.overdue())
        self.assertEqual(len(late), 3)
        self.assertEqual((len(late & self.vdabs(silent)), len(late & set(answered.values()) - self.vdabs(answered))), (1, 1))
        self.assertEqual(len(self.overdue(recipient="vdab")), 1)
        self.assertEqual(self.metric(), 3)
        self.assertEqual({r: l.get("overdue") for r, l in self.lines("J601").items()}, {"vdab": None, "agii": True})
        self.assertEqual(self.box.call("GET", "/transfers?overdue=no").status, 400)
        self.report({"meldingen": [{"toeleidingsID": silent["vdab-profile"], "soort": "INSCHRIJVING", "toestand": "UITGENODIGD"}]},
                    content_type="application/json")
        self.assertEqual(self.overdue(recipient="vdab"), [])


class GivenUpTest(EventsBox):
    options = ("--partner-mode", "vdab=reject")

    def test_the_sender_hears_what_is_given_up_and_what_to_do(self):
        self.send("J700")
        self.send("J701", "REFUSED")
        def errors(all_):
            return {(kind(e), *e["data"]["error"].values()) for e in all_ if e.get("severity") == "error"}
        # The profile is given up, and so is the referral, in either order.
        given_up = {("transfer.abandoned", "http-422", "RETRY"), ("transfer.abandoned", "magda-50000.MAGDA", "RETRY")}
        events = self.wait_for("all", lambda all_: len(errors(all_)) == 3)
        self.assertEqual(errors(events), given_up | {("transfer.refused", "consent-refused", "CONSENT")})
        self.box.wait("the webhook", lambda: self.told() == self.feed(), 30)
        # What the sender itself calls back is no error.
        held = self.too_early("J702")["transfers"][0]["id"]
        self.wait_for("the hold", lambda all_: kind(all_[-1]) == "transfer.held")
        self.assertEqual(self.box.call("POST", f"/transfers/{held}/cancel", {}).status, 200)
        events = self.wait_for("the end", lambda all_: kind(all_[-1]) == "transfer.cancelled")
        self.assertNotIn("severity", events[-1])
        self.assertNotIn("error", events[-1]["data"])
        # A stay that ends is: nobody called it back.
        self.too_early("J703")
        again = resident("J703", referrals=VDAB, sentAt="2026-11-24T10:00:00+01:00", resident__stay={"from": "2026-01-05", "until": "2026-11-20", "endReason": "LEFT"})
        self.assertEqual(self.box.call("POST", "/records", again).status, 202)
        events = self.wait_for("the end of the stay", lambda all_: any(e.get("severity") and "stay-ended" in str(e["data"]) for e in all_))
        ended = next(e for e in events if e.get("severity") and "stay-ended" in str(e["data"]))
        self.assertEqual(ended["data"]["error"], {"code": "stay-ended", "remedy": "NONE"})
