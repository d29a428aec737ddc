"""Everything at once, at random: residents who agree, refuse, take back, leave and return, are registered twice, corrected, restricted and erased
while their records come and partners report on them, beside a gateway and partners that are killed, fail, are paused and come back. Afterwards every promise is looked at from outside.

KETENPOORT_SOAK (default 15) says for how many seconds; KETENPOORT_SOAK_SEED runs the same dice again (not the same races).
"""
import collections
import contextlib
import http.client
import os
import random
import shutil
import signal
import tempfile
import threading
import time
import unittest
import uuid
from pathlib import Path

from harness import ROOT, Sandbox, bound_by_key
from kill_load_test import Partner
from people import RECIPIENT, consent, mock_ssin, resident

SECONDS = float(os.environ.get("KETENPOORT_SOAK", 15))
SEED = int(os.environ.get("KETENPOORT_SOAK_SEED", random.SystemRandom().randrange(1 << 32)))
LIVES = 6
REFERRALS = {"vdab": {"id": "R-1", "recipient": "vdab", "purpose": "work-guidance", "reason": "WORK_TALK"},
             "agii": {"id": "R-2", "recipient": "agii", "purpose": "language-course", "reason": "NIV_TEST"}}
RECIPIENT_PURPOSE = {recipient: purpose for purpose, recipient in RECIPIENT.items()}
WISH = "Zeewierkok"  # the occupation that everybody here wants
MODES = ("ok", "ok", "slow", "flaky", "down", "reject", "garbage")
ON_ITS_WAY = 6  # seconds: what had left when a call was made that had to be repeated


class Person:
    """What one resident said and was sent, as the caller knows it: each call of a person waits for the one before."""

    def __init__(self, number, ssin):
        self.number, self.ssin, self.subject = number, ssin, None
        self.consents = {}  # purpose -> id of the yes that stands
        self.restricted = self.erased = self.wishes = self.follow_up = False
        self.left = self.unclear = False  # the stay has ended; somebody else bears the number
        self.double = None  # the same person, registered once more
        self.is_double = False
        self.followers = []  # whom a word of this one binds too
        self.corrected = []  # (time, records until then, transfers on their way)
        self.reported = 0  # what partners said and the gateway took
        self.records = []  # ids, in the order they were taken
        self.transfers = {}  # id -> what the 202 said of it
        self.said = []  # (time, recipient, may anything leave from then on?, transfers on their way)

    def may(self, recipient, may, on_its_way=(), at=None):
        for one in (self, *self.followers):
            one.said.append((at or time.time(), recipient, may and not one.unclear, frozenset(on_its_way)))

    def agreed_to(self, recipient):
        return RECIPIENT_PURPOSE[recipient] in self.consents and not self.left and not self.restricted


class SoakTest(unittest.TestCase):
    def setUp(self):
        print(f"seed {SEED}", flush=True)
        work = tempfile.TemporaryDirectory(prefix="ketenpoort-soak-")
        self.addCleanup(work.cleanup)
        self.config = Path(work.name) / "config"
        shutil.copytree(ROOT / "config", self.config)
        self.box = Sandbox("--config-dir", self.config)
        self.addCleanup(self.box.close)
        self.log = open(self.box.state / "partners-again.log", "ab")
        self.addCleanup(self.log.close)
        self.partners = {name: Partner(self.box.info["pids"][name]) for name in ("vdab", "agii", "fedasil")}
        for partner in self.partners.values():
            self.addCleanup(partner.close)
        self.stop, self.lock = threading.Event(), threading.Lock()
        self.people, self.failures = [], []
        self.did = collections.Counter()

    # ---- the residents ----

    def ask(self, path, body, *statuses, client="fedasil", key=True, method="POST"):
        """Asks until there is an answer, with the same key. (answer, was it asked more than once?)"""
        headers = {"Idempotency-Key": str(uuid.uuid4())} if key else {}
        for attempt in range(4000):
            with contextlib.suppress(OSError, http.client.HTTPException):
                answer = self.box.call(method, path, body, client=client, headers=headers)
                if answer.status in statuses:
                    return answer, attempt > 0
                if answer.status != 503:
                    raise AssertionError(f"{method} {path}: {answer.status} {answer.body}")
            time.sleep(0.05)
        raise AssertionError(f"{method} {path}: no answer")

    def introduce(self, dice):
        with self.lock:
            serial = len(self.people)
            person = Person(f"S{serial:05}", mock_ssin(1950 + serial // 800 % 50, 1 + serial // 20000, 14, serial))
            self.people.append(person)
        self.converse(person, dice)
        self.send_record(person, dice)
        return person

    def converse(self, person, dice):
        decisions = {p: dice.choice(("GIVEN", "GIVEN", "GIVEN", "REFUSED"))
                     for p in dice.sample(sorted(RECIPIENT), dice.choice((1, 2, 2)))}
        before = time.time()
        wishes = dice.choice(((), ("wishes",)))
        conversation = consent(person.number, decisions, extra=wishes)
        if dice.random() < 0.6:
            back = dice.choice(("GIVEN", "GIVEN", "REFUSED"))
            conversation["consents"].append({"purpose": "follow-up", "recipient": "fedasil", "decision": back, "categories": ["outcome"]})
            person.follow_up = back == "GIVEN"
        answer, _ = self.ask("/consents", conversation, 201)
        for said in answer.json["consents"]:
            if said["recipient"] == "fedasil":
                continue
            given = said["state"] == "GIVEN"
            if said["recipient"] == "vdab":
                person.wishes = given and bool(wishes)
                person.may("vdab wishes", person.wishes, at=before if person.wishes else time.time() + ON_ITS_WAY)
            # A refusal names nothing that is on its way: what had left may still arrive.
            may = given and not person.left
            person.may(said["recipient"], may, at=before if may else time.time() + ON_ITS_WAY)
            person.consents.pop(said["purpose"], None)
            if given:
                person.consents[said["purpose"]] = said["id"]

    def send_record(self, person, dice, **changes):
        """Somebody's first record may lack the number that a later one brings. Who had left and is here again may be referred again."""
        before = time.time()
        referrals = [REFERRALS[r] for r in dice.sample(sorted(REFERRALS), dice.choice((1, 2, 2, 2)))]
        ssin = person.ssin if person.records or dice.random() < 0.7 else None
        said = {"resident__identifiers__ssin": ssin, "referrals": referrals,
                "screening__wishes": {"occupations": [{"title": WISH, "isco": "5120", "preference": "WANTED"}]},
                "resident__contact__phone": f"+3247{dice.randrange(10**7):07}"}
        record = resident(person.number, **(said | changes))
        answer, _ = self.ask("/records", record, 202, key=False)
        person.records.append(answer.json["id"])
        for transfer in answer.json["transfers"]:
            person.transfers[transfer["id"]] = transfer
        if person.left and not changes:
            person.left = False
            for recipient in REFERRALS:
                person.may(recipient, person.agreed_to(recipient), at=before)
        if not person.subject:
            person.subject = self.ask("/records/" + answer.json["id"], None, 200, key=False, method="GET")[0].json["subject"]

    def leave(self, person, dice):
        """Nothing about somebody who has left goes out, whatever was agreed."""
        self.send_record(person, dice, resident__stay={"from": "2026-01-05", "until": "2026-11-24", "endReason": dice.choice(("LEFT", "DISAPPEARED", "RETURNED"))})
        person.left = True
        for recipient in REFERRALS:
            person.may(recipient, False, at=time.time() + ON_ITS_WAY)

    def correct(self, person, dice):
        """What was recorded so far is wrong: none of it leaves any more."""
        records = len(person.records)
        answer, again = self.ask(f"/subjects/{person.subject}/rectify", {"fields": ["resident.contact"]}, 200, 409, client="rights", key=False)
        person.corrected.append((time.time() + ON_ITS_WAY, records, frozenset(answer.json.get("inFlight", []))))

    def register_twice(self, person, dice):
        """Another number of the reception agency, the same national number: nothing leaves until two officers say that it is one person."""
        if len(person.records) < 2 or person.double:
            return
        with self.lock:
            other = Person(f"D{len(self.people):05}", person.ssin)
            self.people.append(other)
        person.double, other.is_double, other.unclear = other, True, True
        for recipient in (*REFERRALS, "vdab wishes"):
            other.may(recipient, False)
        self.send_record(other, dice, resident__identifiers__ssin=None)
        self.send_record(other, dice)  # and now with the number
        if dice.random() < 0.5:
            self.converse(other, dice)

    def link(self, person, dice):
        other = person.double
        if not other or not other.unclear:
            return
        numbers = {"identifiers": {"fedasilNumber": other.number, "ssin": person.ssin}}
        self.ask(f"/subjects/{person.subject}/link", numbers, 202, 409, client="rights", key=False)
        before = time.time()
        other.unclear = False
        person.followers.append(other)
        for recipient in REFERRALS:  # under the word of either
            other.may(recipient, person.agreed_to(recipient) or (other.agreed_to(recipient) and not person.restricted and not person.left), at=before)
        other.may("vdab wishes", person.wishes or other.wishes, at=before)
        self.ask(f"/subjects/{person.subject}/link/approve", numbers, 200, 404, 409, client="rights-second", key=False)

    def try_again(self, person, dice):
        transfer = dice.choice(sorted(person.transfers))
        self.ask(f"/transfers/{transfer}/retry", {}, 202, 404, 409, key=False)

    def take_back(self, person, dice):
        if not person.consents:
            return
        purpose = dice.choice(sorted(person.consents))
        answer, again = self.ask(f"/consents/{person.consents.pop(purpose)}/withdraw", {}, 200, key=False)
        self.note_no(person, RECIPIENT[purpose], answer, again)

    def narrow(self, person, dice):
        """Takes back the wishes, of which VDAB's profile holds some, and nothing else."""
        if "work-guidance" not in person.consents or not person.wishes:
            return
        person.wishes = False
        answer, again = self.ask(f"/consents/{person.consents['work-guidance']}/withdraw", {"categories": ["wishes"]}, 200, key=False)
        self.note_no(person, "vdab wishes", answer, again)

    def note_no(self, person, recipient, answer, again):
        on_its_way = answer.json.get("inFlight", [])
        person.may(recipient, False, on_its_way, at=time.time() + (ON_ITS_WAY if again else 0))

    def restrict(self, person, dice):
        if person.restricted:
            before = time.time()
            self.ask(f"/subjects/{person.subject}/unrestrict", {}, 200, 409, client="rights", key=False)
            person.restricted = False
            for recipient in REFERRALS:
                person.may(recipient, person.agreed_to(recipient), at=before)
        else:
            answer, again = self.ask(f"/subjects/{person.subject}/restrict", {}, 200, 409, client="rights", key=False)
            for recipient in REFERRALS:
                self.note_no(person, recipient, answer, again)
            person.restricted = True

    def erase(self, person, dice):
        before = time.time()
        self.ask(f"/subjects/{person.subject}/erase", {}, 202, 410, client="rights", key=False)
        answer, again = self.ask(f"/subjects/{person.subject}/erase/approve", {}, 200, 404, 410, client="rights-second", key=False)
        for recipient in REFERRALS:
            self.note_no(person, recipient, answer, again)
        for one in (person, *person.followers):
            one.erased = True
        if person.double and person.double.unclear:  # nobody else bears the number any more
            person.double.unclear = False
            for recipient in REFERRALS:
                person.double.may(recipient, person.double.agreed_to(recipient), at=before)
            person.double.may("vdab wishes", person.double.wishes, at=before)

    def report(self, person, dice):
        """VDAB says how it goes: told once, and only where the resident agreed."""
        transfer = dice.choice(sorted(person.transfers))
        said = {"toeleidingsID": transfer, "soort": "INSCHRIJVING", "toestand": dice.choice(("INGESCHREVEN", "UITGENODIGD", "GESTART")),
                "volgendeStap": f"step {uuid.uuid4()}"}
        answer, _ = self.ask("/outcomes", {"meldingen": [said]}, 202, 400, client="vdab")
        if answer.status == 400:  # it has no such transfer
            self.assertIn("no transfer with this id was sent to you", answer.body.decode())
            return
        [outcome] = answer.json["outcomes"]
        if outcome["state"] == "RECEIVED":
            person.reported += 1
            if person.restricted or not person.follow_up or person.transfers[transfer]["recipient"] != "vdab":
                raise AssertionError(f"a report was taken that nobody may have: {transfer}")

    def cancel(self, person, dice):
        transfer = dice.choice(sorted(person.transfers))
        self.ask(f"/transfers/{transfer}/cancel", {}, 200, 409, key=False)

    def live(self, dice):
        """Some residents at a time, each with a few things that happen to them."""
        steps = ((self.converse, 3), (self.send_record, 6), (self.take_back, 3), (self.narrow, 2), (self.restrict, 1), (self.erase, 0.4), (self.cancel, 1),
                 (self.report, 4), (self.leave, 0.7), (self.correct, 0.7), (self.register_twice, 0.7), (self.link, 1.5), (self.try_again, 1))
        ours = []
        while not self.stop.is_set():
            if len(ours) < 8 or dice.random() < 0.3:
                ours.append(self.introduce(dice))
                self.did["introduce"] += 1
                continue
            person = dice.choice(ours[-12:])
            step = dice.choices([s for s, _ in steps], [w for _, w in steps])[0]
            if person.erased or (person.restricted and step is self.converse):
                continue
            step(person, dice)
            self.did[step.__name__] += 1

    # ---- what happens to the processes ----

    def kill_gateway(self, dice):
        self.box.kill_gateway()
        time.sleep(dice.choice((0, 0, 0.5)))
        self.box.start_gateway()

    def reload(self, dice):
        os.kill(self.box.gateway.pid if self.box.gateway else self.box.info["pids"]["gateway"], signal.SIGHUP)

    def restart_partner(self, dice):
        name = dice.choice(sorted(self.partners))
        self.set_mode(self.partners[name], dice.choice(MODES))

    def set_mode(self, partner, mode):
        partner.command[partner.command.index(b"--mode") + 1] = mode.encode()
        partner.kill_and_start(self.log)

    def pause(self, dice):
        partner = dice.choice(("vdab", "agii"))
        self.ask(f"/partners/{partner}/{dice.choice(('pause', 'resume', 'resume'))}", {}, 200, 409, client="operator", key=False)

    def renegotiate(self, dice):
        """The agreement with VDAB ends, or covers less, and is as before a little later. That nothing is permitted meanwhile the verifiers look at."""
        file = self.config / "agreements/vdab.yaml"
        whole = file.read_text()
        if dice.random() < 0.5:
            file.unlink()
        else:
            self.assertIn(" wishes,", whole)
            file.write_text(whole.replace(" wishes,", ""))
        self.reload(dice)
        time.sleep(dice.uniform(0.1, 1))
        if dice.random() < 0.3:
            self.kill_gateway(dice)
        file.write_text(whole)
        self.reload(dice)

    def disturb(self, dice):
        deeds = ((self.kill_gateway, 4), (self.restart_partner, 4), (self.pause, 2), (self.reload, 1), (self.renegotiate, 2))
        while not self.stop.is_set():
            time.sleep(dice.uniform(0.1, 1.2))
            deed = dice.choices([d for d, _ in deeds], [w for _, w in deeds])[0]
            deed(dice)
            self.did[deed.__name__] += 1

    def run_guarded(self, job, seed):
        try:
            job(random.Random(seed))
        except Exception as failure:  # told by the test, which stops the others
            self.failures.append(repr(failure))
            self.stop.set()

    def calm(self):
        """Everybody is well again, and whatever was given up is tried once more."""
        for name, partner in self.partners.items():
            self.set_mode(partner, "ok")
            if name in REFERRALS:
                self.ask(f"/partners/{name}/resume", {}, 200, 409, client="operator", key=False)
        self.box.settle(300)
        self.not_retried = set()
        page = {"next": 0}
        while "next" in page:
            page = self.ask("/transfers/replay", {"filter": {}, "after": page["next"], "pageSize": 500}, 200, key=False)[0].json
            self.not_retried |= {item["transfer"]["id"] for item in page["items"] if not item["retried"] and (item["reasons"] or "was wrong" in item["why"])}
        self.box.settle(300)
        for person in self.people[-100:]:  # VDAB may have been away for as long as it was loud
            if person.transfers and not person.erased and not person.is_double:
                self.report(person, random.Random(SEED))

    def test_every_promise_is_kept(self):
        threads = [threading.Thread(target=self.run_guarded, args=(job, SEED + i))
                   for i, job in enumerate([self.disturb] + [self.live] * LIVES)]
        for thread in threads:
            thread.start()
        self.stop.wait(SECONDS)
        self.stop.set()
        for thread in threads:
            thread.join()
        print(dict(self.did), f"{len(self.people)} residents", flush=True)
        self.assertEqual(self.failures, [])
        self.calm()
        self.check_promises()

    # ---- what is looked at ----

    def arrivals(self, partner):
        """(time, transfer, body, taken?) in the order they were kept."""
        folder = self.box.state / self.box.info["partners"][partner]["received"]
        times = [p.stat().st_mtime for p in sorted(folder.glob("[0-9]*.json"))]
        return [(when, facts["headers"]["idempotency-key"], bound_by_key(body), facts["verdict"] == "ok")
                for when, (facts, body) in zip(times, self.box.received(partner))]

    def check_promises(self):
        transfers = {t["id"]: t for t in self.box.transfers()}
        by_record = {record: (person, place) for person in self.people for place, record in enumerate(person.records)}
        promised = {t for person in self.people for t in person.transfers}
        self.assertEqual(promised - transfers.keys(), set(), "accepted and lost")
        states = collections.Counter(t["state"] for t in transfers.values())
        print(dict(states), flush=True)
        self.assertEqual(set(states) - {"acknowledged", "held", "refused", "cancelled", "abandoned"}, set())
        given_up = {i for i, t in transfers.items() if t["state"] == "abandoned"}
        self.assertEqual(given_up - self.not_retried, set(), "given up, and nothing keeps it from being sent")
        for name in REFERRALS:
            arrivals = self.arrivals(name)
            self.check_once(name, arrivals, transfers)
            self.check_after_a_no(name, arrivals, transfers, by_record)
            self.check_order(name, arrivals, transfers, by_record)
        self.check_events(transfers, by_record)
        self.check_nobody_waits(transfers)
        self.check_ledger()
        self.check_logs()

    def check_once(self, name, arrivals, transfers):
        bodies, keys, taken = collections.defaultdict(set), collections.defaultdict(set), set()
        for _, key, body, ok in arrivals:
            bodies[key].add(body)
            keys[body].add(key)
            if ok:
                taken.add(key)
        self.assertEqual([k for k, v in bodies.items() if len(v) > 1], [], "two messages under one key")
        self.assertEqual([v for v in keys.values() if len(v) > 1], [], "one message under two keys")
        acknowledged = {i for i, t in transfers.items() if t["recipient"] == name and t["state"] == "acknowledged"}
        self.assertEqual(acknowledged - taken, set(), "acknowledged and never arrived")
        # What arrived though it is not said to have: only what was stopped before its answer was there.
        self.assertEqual({transfers[i]["state"] for i in taken - acknowledged} - {"cancelled", "held", "abandoned"}, set())

    def check_after_a_no(self, name, arrivals, transfers, by_record):
        late = []
        if name == "vdab":
            self.assertTrue(any(WISH.encode() in body for _, _, body, _ in arrivals), "nobody's wishes were ever sent")
        for when, key, body, _ in arrivals:
            person, _ = by_record[transfers[key]["record"]]
            for what in [name] + [name + " wishes"] * (WISH.encode() in body):
                said = [s for s in person.said if s[1] == what and s[0] < when]
                if said and not said[-1][2] and key not in said[-1][3]:
                    late.append((what, person.number, key, when - said[-1][0]))
            late += [("corrected", person.number, key, when - at) for at, records, on_its_way in person.corrected
                     if at < when and by_record[transfers[key]["record"]][1] < records and key not in on_its_way]
        self.assertEqual(late, [], "arrived after a no")

    def check_order(self, name, arrivals, transfers, by_record):
        last, overtaken = {}, []
        for _, key, _, ok in arrivals:
            if not ok:
                continue
            person, place = by_record[transfers[key]["record"]]
            lane = (person.number, transfers[key]["message"])
            if place < last.get(lane, 0):
                overtaken.append((lane, key, place, last[lane]))
            last[lane] = max(place, last.get(lane, 0))
        self.assertEqual(overtaken, [], "an older record arrived after a newer one")

    def check_nobody_waits(self, transfers):
        """What the newest record would send is not held where its recipient may have it."""
        missing = []
        for person in self.people:
            if person.erased or person.restricted or person.is_double or not person.records:
                continue
            for transfer in (t for t in transfers.values() if t["record"] == person.records[-1]):
                if transfer["purpose"] in person.consents and transfer["state"] == "held":
                    view = self.box.call("GET", "/transfers/" + transfer["id"]).json
                    if view["reasons"] != ["identifier-missing"]:
                        missing.append(view)
        self.assertEqual(missing[:3], [], f"{len(missing)} that may leave and wait")

    def check_events(self, transfers, by_record):
        acknowledged = {i for i, t in transfers.items() if t["state"] == "acknowledged"}
        feed = self.box.feed()
        # Under the transfer that was reported on, or the newer one that has taken its place.
        told_of = collections.Counter(by_record[e["data"]["record"]][0].number for e in feed if e["type"].endswith(".outcome.received"))
        wrong = {p.number: (p.reported, told_of[p.number]) for p in self.people if not p.erased and p.reported != told_of[p.number]}
        self.assertEqual(wrong, {}, "a report that was taken, and told not once")
        self.assertTrue(told_of, "no report was ever taken")
        self.assertEqual(len({e["id"] for e in feed}), len(feed), "one event twice in the feed")
        told = self.box.wait("all events told", lambda: (lambda t: t if {e["id"] for e in t} >= {e["id"] for e in self.box.feed()} else None)(self.box.told()), 120)
        self.assertGreaterEqual(len(told), len(acknowledged))

    def unanswered(self):
        path, items = "/notifications?pageSize=500", []
        while path:
            page = self.box.call("GET", path, client="rights").json
            items += [item for item in page["items"] if item["state"] != "CONFIRMED"]
            path = page.get("next") and page["next"].split("/ketenpoort/v1", 1)[1]
        return items

    def untold(self):
        """What recipients were to be told and have not answered."""
        entries = self.box.ledger_entries()
        confirmed = {e["body"]["notified"] for e in entries if e["kind"] == "recipient.confirmed"}
        return [e for e in entries if e["kind"] == "recipient.notified" and e["seq"] not in confirmed]

    def check_ledger(self):
        for notification in self.unanswered():  # refused, or answered so that nobody understands: an officer tells it again
            self.ask(f"/notifications/{notification['id']}/retry", {}, 202, 409, client="rights", key=False)
        with contextlib.suppress(AssertionError):
            self.box.wait("every recipient's answer", lambda: not self.untold(), 120)
        self.assertEqual(self.untold(), [], "a recipient that never answered what it was told")
        self.assertEqual(self.box.stop_gateway() if self.box.gateway else 0, 0)
        self.box.verify_twice()
        entries = self.box.ledger_entries()
        delivered = collections.Counter(e["tx"] for e in entries if e["kind"] == "transfer.delivered")
        self.assertEqual([i for i, n in delivered.items() if n > 1], [], "delivered twice, the log says")

    def check_logs(self):
        logs = b"".join(p.read_bytes() for p in Path(self.box.state).glob("*.log")) + (self.box.state / "sandbox.stderr").read_bytes()
        self.assertEqual([p.number for p in self.people if p.ssin.encode() in logs or p.number.encode() in logs], [])
        self.assertNotIn(b"Voorbeeld", logs)


if __name__ == "__main__":
    unittest.main()
