"""Recipients are told: with cause and deadline, once under one key, after what was on its way, and their answers stand in the log."""
import json
import os
import signal
import subprocess
import urllib.request
import uuid

from harness import ONE_MESSAGE, SandboxTest
from people import changed, consent, mock_ssin, resident

VDAB = [{"id": "T-1", "recipient": "vdab", "purpose": "work-guidance", "reason": "WORK_TALK"}]
AGII = [{"id": "T-2", "recipient": "agii", "purpose": "language-course", "reason": "NIV_TEST"}]


class Telling(SandboxTest):
    options = ONE_MESSAGE

    def agree(self, number, **options):
        answer = self.box.call("POST", "/consents", consent(number, **options))
        self.assertEqual(answer.status, 201, answer.body)
        return {c["purpose"]: c["id"] for c in answer.json["consents"]}

    def send(self, record):
        answer = self.box.call("POST", "/records", record)
        self.assertEqual(answer.status, 202, answer.body)
        self.record = answer.json["id"]
        return [t["id"] for t in answer.json["transfers"]]

    def subject(self):
        return self.box.call("GET", "/records/" + self.record).json["subject"]

    def view(self, transfer):
        return self.box.call("GET", "/transfers/" + transfer).json

    def state(self, transfer, *wanted, seconds=30):
        return self.box.wait(f"{wanted}", lambda: (lambda v: v if v["state"] in wanted else None)(self.view(transfer)), seconds)

    def withdraw(self, consent_id, body=None):
        answer = self.box.call("POST", f"/consents/{consent_id}/withdraw", body or {})
        self.assertEqual(answer.status, 200, answer.body)
        return answer.json

    def bring(self, number, referrals=VDAB, **options):
        """Somebody whose data has arrived: (consents, transfer, record)."""
        given = self.agree(number)
        record = resident(number, referrals=referrals, **options)
        transfer = self.send(record)[0]
        self.state(transfer, "acknowledged")
        return given, transfer, record

    def notifications(self, client="rights", **query):
        path = "/notifications?pageSize=500" + "".join(f"&{k}={v}" for k, v in query.items())
        answer = self.box.call("GET", path, client=client)
        self.assertEqual(answer.status, 200, answer.body)
        return answer.json["items"]

    def of(self, subject, state=None, count=1, seconds=30):
        """The notifications about somebody, once there are `count` of them in that state."""
        def found():
            mine = [n for n in self.notifications() if n["subject"] == subject]
            return mine if len(mine) == count and all(state in (None, n["state"]) for n in mine) else None
        return self.box.wait(f"{count} notifications {state}", found, seconds)

    def recalls(self, partner, notification):
        return [(facts, body) for facts, body in self.box.recalls(partner) if body["id"] == notification]

    def story(self, subject, last="recipient.confirmed"):
        """What the log says of somebody, from the last consent or record on: kinds in order."""
        def told():
            kinds = [e["kind"] for e in self.box.ledger_entries() if e.get("subject") == subject]
            return kinds if last in kinds else None
        return self.box.wait(last, told, 10)

    def metric(self, name):
        text = urllib.request.urlopen(self.box.info["metrics"], timeout=10).read().decode()
        return next(int(line.split()[-1]) for line in text.splitlines() if line.startswith(name + " "))

    def health(self):
        return self.box.call("GET", "/health", client=None).json["status"]

    def simulator(self, partner, mode):
        """Ends a simulator and starts it again in another mode, as it was called."""
        pid = getattr(self, "pids", self.box.info["pids"])[partner]
        with open(f"/proc/{pid}/cmdline", "rb") as line:
            command = line.read().decode().rstrip("\0").split("\0")
        os.kill(pid, signal.SIGTERM)
        self.box.wait("the simulator's end", lambda: self.box.has_ended(pid), 10)
        command[command.index("--mode") + 1] = mode
        process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)
        self.addCleanup(lambda: (process.terminate(), process.wait(), process.stdout.close()))
        self.assertTrue(process.stdout.readline(), "the simulator did not start")
        self.pids = {**getattr(self, "pids", self.box.info["pids"]), partner: process.pid}

    def verify(self):
        self.box.wait("verification", lambda: self.box.verify(check=None).returncode == 0, 10)
        self.box.verify_twice()


class ToldTest(Telling):
    def test_a_withdrawal_after_delivery_is_told_and_answered(self):
        given, transfer, record = self.bring("T100", AGII)
        reference = self.view(transfer)["reference"]
        told = self.withdraw(given["language-course"])
        self.assertEqual((told["stopped"], told["inFlight"], told["toNotify"]), ([], [], ["agii"]))
        notice = self.of(self.subject(), "CONFIRMED")[0]
        self.assertEqual((notice["recipient"], notice["cause"], notice["deadline"], notice["reply"]),
                         ("agii", "WITHDRAWAL", "2026-12-08", "STOPPED"))
        [(facts, body)] = self.recalls("agii", notice["id"])
        self.assertEqual(facts["verdict"], "ok", facts.get("reason"))
        for header in ("content-digest", "signature", "signature-input", "belgov-trace-id"):
            self.assertIn(header, facts["headers"])
        self.assertEqual(facts["headers"]["idempotency-key"], notice["id"])
        self.assertEqual((body["cause"], body["deadline"]), ("WITHDRAWAL", "2026-12-08"))
        self.assertEqual(body["transfers"], [{"id": transfer, "purpose": "language-course", "message": "agii-dossier", "reference": reference}])
        self.assertIn("identity-core", body["categories"])
        text = json.dumps(body) + json.dumps(facts)
        for personal in (record["resident"]["identifiers"]["ssin"], "Voorbeeld", "Anna", "T100", self.subject()):
            self.assertNotIn(personal, text)
        kinds = self.story(self.subject())
        self.assertEqual(kinds[kinds.index("consent.withdrawn"):], ["consent.withdrawn", "recipient.notified", "recipient.confirmed"])
        self.verify()

    def test_vdab_keeps_its_own_file_and_says_on_what_ground(self):
        given, transfer, _ = self.bring("T101")
        self.withdraw(given["work-guidance"])
        notice = self.of(self.subject(), "CONFIRMED")[0]
        self.assertEqual((notice["reply"], notice["ground"]), ("KEPT", "art17-3-b"))

    def test_a_narrowed_consent_tells_of_the_category_that_is_lost(self):
        given, transfer, _ = self.bring("T102")
        self.withdraw(given["work-guidance"], {"categories": ["wishes"]})
        notice = self.of(self.subject(), "CONFIRMED")[0]
        [(_, body)] = self.recalls("vdab", notice["id"])
        self.assertEqual(body["categories"], ["wishes"])

    def test_a_refusal_in_a_new_conversation_is_told_as_a_withdrawal(self):
        _, transfer, _ = self.bring("T103")
        self.agree("T103", decisions={"work-guidance": "REFUSED"})
        notice = self.of(self.subject(), "CONFIRMED")[0]
        self.assertEqual(notice["cause"], "WITHDRAWAL")

    def test_a_restriction_and_an_erasure_are_told_also_when_nothing_is_left_of_the_person(self):
        _, transfer, record = self.bring("T104")
        subject = self.subject()
        self.assertEqual(self.box.call("POST", f"/subjects/{subject}/restrict", {}, client="rights").json["toNotify"], ["vdab"])
        self.assertEqual(self.of(subject, "CONFIRMED")[0]["reply"], "STOPPED")
        self.assertEqual(self.box.call("POST", f"/subjects/{subject}/erase", {}, client="rights").status, 202)
        self.assertEqual(self.box.call("POST", f"/subjects/{subject}/erase/approve", {}, client="rights-second").json["toNotify"], ["vdab"])
        notice = next(n for n in self.of(subject, "CONFIRMED", 2) if n["cause"] == "ERASURE")
        self.assertEqual(notice["reply"], "ERASED")
        [(_, body)] = self.recalls("vdab", notice["id"])
        self.assertEqual([t["id"] for t in body["transfers"]], [transfer])
        shown = self.box.call("GET", "/notifications/" + notice["id"], client="rights")
        self.assertEqual([t["id"] for t in shown.json["transfers"]], [transfer])
        self.verify()

    def test_who_has_the_data_hears_that_the_stay_is_over_once(self):
        _, transfer, record = self.bring("T105")
        left = changed(record, messageId=str(uuid.uuid4()), referrals=[],
                       resident__stay={"from": "2026-01-05", "until": "2026-11-20", "endReason": "LEFT"})
        self.send(left)
        notice = self.of(self.subject(), "CONFIRMED")[0]
        self.assertEqual((notice["cause"], notice["recipient"]), ("STAY_ENDED", "vdab"))
        self.send(changed(left, messageId=str(uuid.uuid4())))
        self.of(self.subject(), "CONFIRMED")
        self.verify()

    def test_who_has_the_data_hears_of_a_changed_number(self):
        _, transfer, record = self.bring("T106")
        before = record["resident"]["identifiers"]["ssin"]
        after = mock_ssin(1990, 5, 14)
        self.send(changed(record, messageId=str(uuid.uuid4()), referrals=[],
                          resident__identifiers={"fedasilNumber": "T106", "ssin": after, "previousSsins": [before]}))
        notice = self.of(self.subject(), "CONFIRMED")[0]
        self.assertEqual(notice["cause"], "IDENTITY_CHANGED")
        [(_, body)] = self.recalls("vdab", notice["id"])
        self.assertEqual(body["categories"], ["identity-core"])
        self.assertNotIn(after, json.dumps(body))
        self.verify()

    def test_a_partner_sees_its_own_and_an_auditors_look_is_noted(self):
        given, _, _ = self.bring("T107", AGII)
        self.withdraw(given["language-course"])
        notice = self.of(self.subject(), "CONFIRMED")[0]
        path = "/notifications/" + notice["id"]
        own = self.box.call("GET", path, client="agii")
        self.assertEqual(own.status, 200, own.body)
        self.assertNotIn("subject", own.json)
        self.assertEqual({n["recipient"] for n in self.notifications("agii")}, {"agii"})
        self.assertEqual(self.box.call("GET", path, client="vdab").status, 404)
        self.assertEqual(self.box.call("GET", path, client="fedasil").status, 403)
        self.assertEqual(self.box.call("GET", "/notifications?recipient=vdab", client="agii").status, 400)
        self.assertEqual(self.box.call("GET", f"/notifications/{uuid.uuid4()}", client="rights").status, 404)
        self.assertEqual(self.box.call("GET", "/notifications?state=GONE", client="rights").status, 400)
        looks = len([e for e in self.box.ledger_entries() if e["kind"] == "audit.queried"])
        self.assertEqual(self.box.call("GET", path, client="dpo").status, 200)
        self.box.wait("the note", lambda: len([e for e in self.box.ledger_entries() if e["kind"] == "audit.queried"]) == looks + 1, 10)

    def test_a_partner_does_not_learn_who_else_is_told(self):
        self.agree("T109")
        for transfer in self.send(resident("T109", referrals=VDAB + AGII)):
            self.state(transfer, "acknowledged")
        subject = self.subject()
        self.assertEqual(self.box.call("POST", f"/subjects/{subject}/restrict", {}, client="rights").status, 200)
        both = {n["recipient"]: n["id"] for n in self.of(subject, count=2)}
        # The last figures of an id are its place in the log: a neighbour's is one to try.
        near = [str(uuid.UUID(int=uuid.UUID(both["vdab"]).int + step)) for step in (-2, -1, 1, 2)]
        self.assertIn(both["agii"], near)
        page = lambda after, client: self.box.call("GET", "/notifications?after=" + after, client=client)
        self.assertEqual(page(both["vdab"], "vdab").status, 200)
        answers = {(one.status, json.dumps({k: v for k, v in one.json.items() if k != "instance"})) for one in (page(id_, "vdab") for id_ in near)}
        self.assertEqual(len(answers), 1, answers)
        self.assertEqual(answers.pop()[0], 400)
        for notification in both.values():
            self.assertEqual(page(notification, "rights").status, 200)

    def test_pages_go_on_where_the_one_before_ended(self):
        for number in ("T110", "T111", "T112"):
            given, _, _ = self.bring(number)
            self.withdraw(given["work-guidance"])
            self.of(self.subject(), "CONFIRMED")
        ids, path = [], "/notifications?pageSize=2&recipient=vdab"
        while path:
            page = self.box.call("GET", path, client="rights").json
            self.assertLessEqual(len(page["items"]), 2)
            ids += [n["id"] for n in page["items"]]
            following = page.get("next")
            path = following and following.split("/ketenpoort/v1", 1)[1]
        self.assertEqual(ids, [n["id"] for n in self.notifications(recipient="vdab")])
        self.assertGreaterEqual(len(ids), 3)

    def test_an_answer_stands_and_another_is_refused(self):
        given, _, _ = self.bring("T108", AGII)
        self.withdraw(given["language-course"])
        path = "/notifications/" + self.of(self.subject(), "CONFIRMED")[0]["id"] + "/confirm"
        same = self.box.call("POST", path, {"reply": "STOPPED"}, client="agii")
        self.assertEqual((same.status, same.json["reply"]), (200, "STOPPED"))
        self.assertEqual(self.box.call("POST", path, {"reply": "ERASED"}, client="agii").status, 409)
        self.assertEqual(self.box.call("POST", path, {"reply": "STOPPED"}, client="vdab").status, 404)
        self.assertEqual(self.box.call("POST", path, {"reply": "STOPPED"}, client="rights").status, 403)
        for wrong in ({}, {"reply": "GONE"}, {"reply": "KEPT"}, {"reply": "KEPT", "ground": "so"},
                      {"reply": "ERASED", "ground": "art17-3-b"}, {"reply": "STOPPED", "more": 1}):
            self.assertEqual(self.box.call("POST", path, wrong, client="agii").status, 400, wrong)
        self.assertEqual(self.story(self.subject()).count("recipient.confirmed"), 1)


class SlowTest(Telling):
    options = (*ONE_MESSAGE, "--partner-mode", "vdab=slow")

    def test_a_withdrawal_during_sending_names_the_transfer_and_is_told_after_it_arrived(self):
        given = self.agree("S100")
        transfer = self.send(resident("S100", referrals=VDAB))[0]
        self.state(transfer, "permitted")
        told = self.withdraw(given["work-guidance"])
        self.assertEqual((told["stopped"], told["inFlight"], told["toNotify"]), ([], [transfer], ["vdab"]))
        notice = self.of(self.subject(), "CONFIRMED")[0]
        [(message, _)] = self.box.received("vdab")
        [(recall, _)] = self.box.recalls("vdab")
        keys = [facts["headers"]["idempotency-key"] for facts in (message, recall)]
        self.assertEqual(keys, [transfer, notice["id"]])
        self.assertLess(message["time"], recall["time"], "the message, then its recall")
        kinds = self.story(self.subject())
        self.assertEqual(kinds[kinds.index("transfer.permitted"):],
                         ["transfer.permitted", "consent.withdrawn", "recipient.notified", "transfer.delivered", "transfer.acknowledged",
                          "recipient.confirmed"])
        self.verify()


class DownTest(Telling):
    options = (*ONE_MESSAGE, "--partner-mode", "vdab=down")

    def test_between_retries_through_kill_9_until_the_partner_is_up(self):
        given = self.agree("D100")
        transfer = self.send(resident("D100", referrals=VDAB))[0]
        self.state(transfer, "failed")
        told = self.withdraw(given["work-guidance"])
        # It was sent to someone who answered 503: it may have it.
        self.assertEqual((told["stopped"], told["inFlight"], told["toNotify"]), ([transfer], [], ["vdab"]))
        self.assertEqual(self.state(transfer, "cancelled")["reasons"], ["consent-withdrawn"])
        notice = self.of(self.subject())[0]
        self.assertEqual(notice["state"], "PENDING")
        self.box.wait("an attempt", lambda: self.of(self.subject())[0].get("lastFailure") == "http-503", 20)
        self.box.kill_gateway()
        self.box.start_gateway()
        self.assertEqual(self.of(self.subject())[0]["id"], notice["id"])
        self.assertEqual(self.metric("ketenpoort_notifications_unanswered"), 1)
        self.simulator("vdab", "ok")
        answered = self.of(self.subject(), "CONFIRMED", seconds=60)[0]
        self.assertEqual(answered["reply"], "KEPT")
        self.assertEqual(self.box.received("vdab"), [], "the message itself never comes")
        self.assertEqual({facts["headers"]["idempotency-key"] for facts, _ in self.box.recalls("vdab")}, {notice["id"]})
        self.assertEqual(len({json.dumps(body) for _, body in self.recalls("vdab", notice["id"])}), 1)
        kinds = self.story(self.subject())
        self.assertEqual(kinds[kinds.index("consent.withdrawn"):],
                         ["consent.withdrawn", "transfer.cancelled", "recipient.notified", "recipient.confirmed"])
        self.box.kill_gateway()
        self.box.start_gateway()
        self.assertEqual(self.of(self.subject(), "CONFIRMED")[0]["reply"], "KEPT", "the answer is kept")
        self.assertEqual(self.metric("ketenpoort_notifications_unanswered"), 0)
        self.verify()


class RefusingTest(Telling):
    options = (*ONE_MESSAGE, "--partner-mode", "agii=reject")

    def test_a_partner_that_takes_no_recall_is_a_problem_of_the_operator(self):
        self.agree("R100")
        transfer = self.send(resident("R100", referrals=AGII))[0]
        self.state(transfer, "abandoned")
        self.agree("R100", decisions={"language-course": "REFUSED"})
        notice = self.of(self.subject(), "FAILED")[0]
        self.assertEqual(notice["lastFailure"], "http-422")
        self.box.wait("the health", lambda: self.health() == "DEGRADED", 10)
        self.assertEqual(self.metric("ketenpoort_notifications_failed"), 1)
        self.assertEqual(len(self.notifications(state="FAILED")), 1)
        self.simulator("agii", "ok")
        again = self.box.call("POST", f"/notifications/{notice['id']}/retry", client="rights")
        self.assertEqual(again.status, 202, again.body)
        self.of(self.subject(), "CONFIRMED")
        self.box.wait("the health", lambda: self.health() == "UP", 10)
        self.assertEqual(self.metric("ketenpoort_notifications_failed"), 0)
        self.assertEqual(self.box.call("POST", f"/notifications/{notice['id']}/retry", client="rights").status, 409)
        self.verify()


class ReadingTest(Telling):
    def test_a_partner_that_takes_no_calls_reads_and_answers_later(self):
        self.box.kill_gateway()
        file = self.box.state / "partners/agii.yaml"
        file.write_text(file.read_text() + "recalls:\n  push: false\n")
        self.box.start_gateway()
        given, transfer, _ = self.bring("G100", AGII)
        self.withdraw(given["language-course"])
        notice = self.of(self.subject(), "PENDING")[0]
        read = self.box.call("GET", "/notifications/" + notice["id"], client="agii")
        self.assertEqual((read.status, [t["id"] for t in read.json["transfers"]]), (200, [transfer]))
        self.of(self.subject(), "SENT")
        self.assertEqual(self.box.recalls("agii"), [])
        self.box.kill_gateway()
        self.box.start_gateway()
        self.of(self.subject(), "SENT")
        done = self.box.call("POST", f"/notifications/{notice['id']}/confirm", {"reply": "ERASED"}, client="agii")
        self.assertEqual(done.status, 200, done.body)
        notice = self.of(self.subject(), "CONFIRMED")[0]
        self.assertEqual(notice["reply"], "ERASED")
        confirmed = self.box.wait("publication", lambda: [e for e in self.box.ledger_entries() if e["kind"] == "recipient.confirmed"], 10)
        self.assertEqual((confirmed[0]["actor"]["org"], confirmed[0]["actor"]["role"]), ("0543307391", "partner"))
        self.verify()
