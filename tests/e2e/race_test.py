"""A no against sending, a newer record against an older one, many at once: whoever comes first, nothing leaves after a no."""
import collections
import contextlib
import http.client
import json
import random
import threading
import time
import urllib.parse
import uuid
from concurrent.futures import ThreadPoolExecutor

from harness import ONE_MESSAGE, SandboxTest
from people import changed, consent, mock_ssin, resident

VDAB = [{"id": "R-1", "recipient": "vdab", "purpose": "work-guidance", "reason": "WORK_TALK"}]
AGII = [{"id": "R-2", "recipient": "agii", "purpose": "language-course", "reason": "NIV_TEST"}]


class RaceTest(SandboxTest):
    def ask(self, method, path, body, status):
        """Answered at last: a gateway that is busy says 503 and is asked again."""
        while True:
            answer = self.box.call(method, path, body)
            if answer.status != 503:
                self.assertEqual(answer.status, status, answer.body)
                return answer.json
            time.sleep(0.1)

    def send(self, record):
        return [t["id"] for t in self.ask("POST", "/records", record, 202)["transfers"]]

    def agree(self, *arguments, **options):
        return {c["purpose"]: c["id"] for c in self.ask("POST", "/consents", consent(*arguments, **options), 201)["consents"]}

    def withdraw(self, consent_id, body=None):
        return self.ask("POST", f"/consents/{consent_id}/withdraw", body or {}, 200)

    def view(self, transfer):
        return self.box.call("GET", "/transfers/" + transfer).json

    def state(self, transfer, *wanted, seconds=30):
        return self.box.wait(f"{wanted}", lambda: (lambda v: v if v["state"] in wanted else None)(self.view(transfer)), seconds)

    def arrivals(self, partner):
        """Places in the order of arrival, by idempotency key."""
        places = collections.defaultdict(list)
        for place, (facts, _) in enumerate(self.box.received(partner)):
            places[facts["headers"]["idempotency-key"]].append(place)
        return places


class ParallelTest(RaceTest):
    def at_once(self, count, job):
        with ThreadPoolExecutor(16) as pool:
            return list(pool.map(job, range(count)))

    def test_one_key_used_many_times_at_once_has_one_answer(self):
        self.send(resident("P150"))
        for turn in range(8):
            key = {"Idempotency-Key": f"at-once-{turn}"}
            body = {"subject": {"fedasilNumber": "P150"}, "article": 15}
            answers = self.at_once(16, lambda _: self.box.call("POST", "/requests", body, client="rights", headers=key))
            self.assertEqual({(a.status, a.body) for a in answers}, {(201, answers[0].body)})

    def test_one_message_sent_many_times_at_once_has_one_answer(self):
        record = resident("P100")
        answers = self.at_once(16, lambda _: self.send(record))
        self.assertEqual(len({tuple(a) for a in answers}), 1)

    def test_a_new_person_introduced_many_times_at_once_is_one_person(self):
        answers = self.at_once(16, lambda _: self.send(resident("P101", referrals=AGII)))
        states = collections.Counter(self.view(ids[0])["state"] for ids in answers)
        self.assertEqual(states["cancelled"], 15, "each newer record takes the older one's place")
        self.agree("P101")
        self.box.wait("one delivery", lambda: sum(self.view(ids[0])["state"] == "acknowledged" for ids in answers) == 1, 20)

    def test_one_new_ssin_under_many_numbers_at_once_is_one_person(self):
        ssin = mock_ssin(1990, 5, 14)
        answers = self.at_once(12, lambda i: self.send(resident(
            f"P12{i:02}", referrals=AGII, resident__identifiers={"fedasilNumber": f"P12{i:02}", "ssin": ssin})))
        self.assertEqual(sum(self.view(ids[0])["state"] != "cancelled" for ids in answers), 1)

    def test_unknown_query_parameters_are_refused_on_every_call(self):
        for method, path, body in (("POST", "/records", resident("P102")), ("POST", "/consents", consent("P102")),
                                   ("GET", f"/transfers/{uuid.uuid4()}", None), ("GET", "/health", None)):
            answer = self.box.call(method, path + "?surprise=1", body)
            self.assertEqual((answer.status, answer.json["issues"][0]["in"]), (400, "query"), path)


class SlowRecipientTest(RaceTest):
    options = (*ONE_MESSAGE, "--partner-mode", "vdab=slow")

    def test_withdrawals_in_the_queue_strand_nobody_behind_them(self):
        def introduce(i):
            number = f"Q1{i:03}"
            given = self.agree(number, {"work-guidance": "GIVEN"})["work-guidance"]
            return given, self.send(resident(number, referrals=VDAB))[0]

        with ThreadPoolExecutor(12) as pool:
            people = list(pool.map(introduce, range(90)))
        states = {t["id"]: t["state"] for t in self.box.transfers(recipient="vdab")}
        waiting = [p for p in people if states[p[1]] == "requested"]
        self.assertGreater(len(waiting), 60, "the recipient is too quick for this test")
        last = waiting.pop()
        with ThreadPoolExecutor(12) as pool:
            list(pool.map(lambda p: self.withdraw(p[0]), waiting))
        self.state(last[1], "acknowledged")

    def test_a_record_that_ends_the_stay_cancels_what_waits_though_it_refers_to_nobody(self):
        self.agree("Q200")
        held = self.send(resident("Q200", referrals=VDAB, procedure__lodgedOn="2026-09-30"))[0]
        self.state(held, "held")
        self.send(resident("Q200", referrals=[], resident__stay={"from": "2026-01-05", "until": "2026-11-20", "endReason": "LEFT"}))
        self.assertEqual(self.state(held, "cancelled")["reasons"], ["stay-ended"])


class FlakyRecipientTest(RaceTest):
    options = (*ONE_MESSAGE, "--partner-mode", "vdab=flaky", "--partner-mode", "agii=flaky")

    def test_nothing_arrives_after_a_no(self):
        late = []

        def one(i):
            dice = random.Random(i)
            number = f"N1{i:03}"
            given = self.agree(number)
            transfer = self.send(resident(number, referrals=VDAB))[0]
            time.sleep(dice.random() * dice.choice((0, 0.02, 0.2, 1)))
            if i % 2:
                stopped = self.withdraw(given["work-guidance"])["stopped"]
            else:
                self.agree(number, {"work-guidance": "REFUSED"})
                stopped = [transfer] if self.view(transfer)["state"] == "cancelled" else []
            if transfer in stopped:
                late.append((transfer, len(self.arrivals("vdab")[transfer])))

        workers = [threading.Thread(target=lambda first: [one(i) for i in range(first, 60, 6)], args=(n,)) for n in range(6)]
        for worker in workers:
            worker.start()
        for worker in workers:
            worker.join()
        self.assertTrue(late, "no withdrawal came in time to stop anything")
        self.box.settle()
        time.sleep(2)
        after = self.arrivals("vdab")
        self.assertEqual([t for t, before in late if len(after[t]) > before], [])
        self.box.wait("verification", lambda: self.box.verify(check=None).returncode == 0, 10)

    def test_an_older_record_never_arrives_after_a_newer_one(self):
        pairs = []
        for i in range(20):
            number = f"N2{i:03}"
            self.agree(number)
            older = resident(number, referrals=AGII)
            newer = changed(older, messageId=str(uuid.uuid4()), resident__contact__preferredLanguage="fra")
            pairs.append((self.send(older)[0], self.send(newer)[0]))
        self.box.settle()
        places = self.arrivals("agii")
        overtaken = [(o, n) for o, n in pairs if places[o] and max(places[o]) > max(places[n])]
        self.assertEqual(overtaken, [])


class DownRecipientTest(RaceTest):
    options = (*ONE_MESSAGE, "--partner-mode", "vdab=down")

    def test_narrowing_what_failed_makes_a_new_transfer_that_says_less(self):
        given = self.agree("D100")
        failed = self.send(resident("D100", referrals=VDAB))[0]
        self.state(failed, "failed")
        self.withdraw(given["work-guidance"], {"categories": ["wishes"]})
        self.assertEqual(self.state(failed, "cancelled")["reasons"], ["superseded"])
        others = [t["id"] for t in self.box.transfers(recipient="vdab") if t["id"] != failed]
        self.assertEqual(len(others), 1)
        self.assertNotIn("wishes", self.state(others[0], "failed")["categoriesSent"])


class Caller:
    """One connection that is kept: a thousand residents need three calls each."""

    def __init__(self, box):
        self.box, self.base = box, urllib.parse.urlsplit(box.info["url"])
        self.connection = http.client.HTTPSConnection(self.base.hostname, self.base.port, timeout=60, context=box.tls)
        self.headers = {"Content-Type": "application/json", "Authorization": "Bearer " + box.info["clients"]["fedasil"]["token"]}

    def post(self, path, body, status):
        while True:
            self.connection.request("POST", self.base.path + path, json.dumps(body).encode(), self.headers)
            answer = self.connection.getresponse()
            content = answer.read()
            if answer.status != 503:
                if answer.status != status:
                    raise AssertionError(f"{path}: {answer.status} {content}")
                return json.loads(content)
            time.sleep(0.05)

    def close(self):
        self.connection.close()


class ThousandTest(RaceTest):
    """A withdrawal races with the sending of the same person's data, a thousand times: one clear story each time."""
    options = (*ONE_MESSAGE, "--partner-mode", "agii=flaky")
    repetitions, threads = 1000, 12

    def one(self, caller, i):
        dice = random.Random(i)
        purpose, referrals = ("work-guidance", VDAB) if i % 4 else ("language-course", AGII)
        number = f"W{i:04}"
        given = caller.post("/consents", consent(number, {purpose: "GIVEN"}), 201)["consents"][0]["id"]
        transfer = caller.post("/records", resident(number, referrals=referrals), 202)["transfers"][0]["id"]
        time.sleep(dice.random() * dice.choice((0, 0.002, 0.02, 0.1)))
        body = {"categories": ["wishes"]} if purpose == "work-guidance" and i % 10 == 0 else {}
        answer = caller.post(f"/consents/{given}/withdraw", body, 200)
        return {"transfer": transfer, "recipient": referrals[0]["recipient"], "narrowed": bool(body), **answer}

    def race(self):
        outcomes, mutex = [], threading.Lock()

        def work(first):
            with contextlib.closing(Caller(self.box)) as caller:
                for i in range(first, self.repetitions, self.threads):
                    outcome = self.one(caller, i)
                    with mutex:
                        outcomes.append(outcome)

        workers = [threading.Thread(target=work, args=(n,)) for n in range(self.threads)]
        for worker in workers:
            worker.start()
        for worker in workers:
            worker.join()
        self.assertEqual(len(outcomes), self.repetitions, "a caller failed")
        return outcomes

    def confirmed(self):
        """The entries, once every recipient that was told has answered."""
        def done():
            entries = self.box.ledger_entries()
            told = {e["seq"] for e in entries if e["kind"] == "recipient.notified"}
            return entries if told == {e["body"]["notified"] for e in entries if e["kind"] == "recipient.confirmed"} else None
        return self.box.wait("all answers", done, 180)

    def test_one_clear_story_each_time(self):
        outcomes = self.race()
        states = {t["id"]: t for t in self.box.settle()}
        entries = self.confirmed()
        arrivals = {p: self.arrivals(p) for p in ("vdab", "agii")}
        recalls = {p: collections.Counter(t["id"] for key, ids in self.told(p).items() for t in ids) for p in ("vdab", "agii")}
        stories = collections.defaultdict(list)
        for entry in entries:
            if "subject" in entry:
                stories[entry["subject"]].append(entry)
        subjects = {e["tx"]: e["subject"] for e in entries if e["kind"] == "transfer.requested"}
        seen = collections.Counter(self.check(o, states, arrivals, recalls, stories[subjects[o["transfer"]]]) for o in outcomes)
        print(dict(seen))
        for ending in ("stopped before its first byte", "told after delivery"):
            self.assertGreater(seen[ending], 20, f"the race was no race: {dict(seen)}")
        self.box.wait("verification", lambda: self.box.verify(check=None).returncode == 0, 20)
        self.box.verify_twice()

    def told(self, partner):
        """What each recall said, by its id: every attempt says the same."""
        by_id = {}
        for facts, body in self.box.recalls(partner):
            self.assertEqual(facts["verdict"], "ok", facts.get("reason"))
            self.assertEqual(by_id.setdefault(body["id"], body["transfers"]), body["transfers"])
        return by_id

    def check(self, outcome, states, arrivals, recalls, story):
        """What happened to one of them, after seeing that all accounts of it agree."""
        transfer, partner = outcome["transfer"], outcome["recipient"]
        arrived = bool(arrivals[partner][transfer])
        told = [e for e in story if e["kind"] == "recipient.notified"]
        kinds = [e["kind"] for e in story]
        where = f"{outcome} {kinds}"
        withdrawn = kinds.index("consent.withdrawn")
        self.assertEqual(kinds.count("consent.withdrawn"), 1, where)
        self.assertEqual(outcome["toNotify"], [e["body"]["recipient"] for e in told], where)
        self.assertLessEqual(len(told), 1, where)
        self.assertFalse(set(outcome["stopped"]) & set(outcome["inFlight"]), where)
        if transfer in outcome["stopped"]:
            self.assertEqual(states[transfer]["state"], "cancelled", where)
            after = [e for e in story[withdrawn:] if e.get("tx") == transfer]
            self.assertEqual([e["kind"] for e in after], ["transfer.cancelled"], where)
        # Everything that the recipient has is told of, and nothing that it never had.
        self.assertEqual(recalls[partner][transfer], len(told), where)
        if arrived and not outcome["narrowed"]:
            self.assertEqual(len(told), 1, where)
        if told:
            self.assertTrue(transfer in outcome["inFlight"] or any(
                e["kind"] in ("transfer.delivered", "transfer.failed") and e.get("tx") == transfer for e in story[:withdrawn]), where)
        permits_after = [e for e in story[withdrawn:] if e["kind"] == "transfer.permitted" and e["tx"] == transfer]
        if not outcome["narrowed"]:
            self.assertEqual(permits_after, [], where)
        if transfer in outcome["inFlight"]:
            return "told while on its way"
        if told:
            return "told after delivery" if states[transfer]["state"] == "acknowledged" else "told between attempts"
        return "narrowed before anything left" if outcome["narrowed"] else "stopped before its first byte"
