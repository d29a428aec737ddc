"""A simulated day with one simulator in trouble, hour after hour by a clock that is set on, and then its recovery: nothing is lost or doubled,
the others keep their pace, memory stays flat, an operator sees what is wrong and when it is over, what was given up goes out again.

A simulator is a partner's, the authorization server whose tokens VDAB's profiles need, or the receiver of Fedasil's events.

KETENPOORT_DAY=full runs each in every trouble, hour by hour; without it each trouble once, four hours at a time.
"""
import collections
import datetime
import os
import re
import signal
import time
import unittest
import urllib.request
from pathlib import Path

from bad_partner import Partner
from harness import Sandbox, bound_by_key
from people import consent, resident

FULL = os.environ.get("KETENPOORT_DAY") == "full"
STEP = datetime.timedelta(hours=1 if FULL else 4)
PEOPLE = 16  # an hour looked at
LONGER = 10 if FULL else 2  # hours in a row without a start between them
START = datetime.datetime.fromisoformat("2026-11-24T12:00:00+01:00")
PACE = 10  # seconds in which all that goes to partners who are well has been answered
WORDS = {"vdab": "work-guidance", "agii": "language-course", "municipality": "warm-handover"}
HURT = {"tokenServer": ("vdab",), "fedasil": ()}  # recipients whose messages wait for that simulator; a partner's own
STATUS = {"procedure__profile": "BENEFICIARY", "procedure__status": "REFUGEE", "procedure__statusGrantedOn": "2026-11-01",
          "handover": {"municipalityNis": "34022", "since": "2026-11-20"}}
# Lawful from 25 November on: released by the date, in the middle of the simulated day.
TOMORROW = {"procedure__lodgedOn": "2026-07-25",
            "procedure__documents": [{"type": "AI_MODEL_A", "validFrom": "2026-07-25", "validUntil": "2027-07-24", "labourMarket": "UNLIMITED"}]}


def referrals(*recipients):
    return [{"id": f"R-{r}", "recipient": r, "purpose": WORDS[r], "reason": {"vdab": "WORK_TALK", "agii": "NIV_TEST", "municipality": "HANDOVER"}[r]} for r in recipients]


def consents(number):
    said = consent(number)
    said["consents"].append({"purpose": "warm-handover", "recipient": "municipality", "decision": "GIVEN",
                             "categories": ["identity-core", "contact", "residence", "status", "referral"]})
    return said


class DayTest(unittest.TestCase):
    def setUp(self):
        self.box = Sandbox(now=START.isoformat())
        self.addCleanup(self.box.close)
        self.moment, self.log_from, self.people = START, 0, 0
        self.promised = collections.defaultdict(set)  # recipient -> transfers
        self.grew = []

    # ---- what an operator looks at ----

    def metrics(self):
        with urllib.request.urlopen(self.box.info["metrics"], timeout=10) as answer:
            return dict(line.rsplit(" ", 1) for line in answer.read().decode().splitlines() if line and not line.startswith("#"))

    def metric(self, name, recipient):
        return int(self.metrics()[f'ketenpoort_recipient_{name}{{recipient="{recipient}"}}'])

    def health(self):
        return self.box.call("GET", "/health", client=None).json

    def log_says(self, event, recipient):
        return self.log_has(event, recipient=recipient)

    def log_has(self, event, **fields):
        text = (self.box.state / "gateway-again.log").read_text()[self.log_from:]
        [(name, value)] = fields.items()
        return re.search(rf'"{event}".*"{name}":"{value}"', text) is not None

    def memory(self):
        """Of the gateway, in KB; of it what files bring along is not counted."""
        status = Path(f"/proc/{self.box.gateway.pid}/status").read_text()
        return int(re.search(r"RssAnon:\s+(\d+)", status)[1])

    # ---- the day ----

    def set_on(self, step):
        """The gateway stops in order and starts again later in the day."""
        if self.box.gateway:
            self.assertEqual(self.box.stop_gateway(), 0)
        else:
            os.kill(self.box.info["pids"]["gateway"], signal.SIGTERM)
            self.box.wait("the gateway's end", lambda: self.box.has_ended(self.box.info["pids"]["gateway"]), 30)
            self.box.wait("the lock", self.box.lock_is_free, 30)
        self.moment += step
        file = self.box.state / "gateway.yaml"
        file.write_text(re.sub(r'now: "[^"]*"', f'now: "{self.moment.isoformat()}"', file.read_text()))
        log = self.box.state / "gateway-again.log"
        self.log_from = len(log.read_text()) if log.exists() else 0
        self.box.start_gateway()

    def send(self, recipients, **changes):
        self.people += 1
        number = f"D{self.people:06}"
        said = self.box.call("POST", "/consents", consents(number))
        self.assertEqual(said.status, 201, said.body)
        answer = self.box.call("POST", "/records", resident(number, referrals=referrals(*recipients), procedure__asOf=self.moment.date().isoformat(), **changes))
        self.assertEqual(answer.status, 202, answer.body)
        for transfer in answer.json["transfers"]:
            self.promised[transfer["recipient"]].add(transfer["id"])
        return {t["id"] for t in answer.json["transfers"]}

    def arrived(self, recipient):
        return {t["id"] for t in self.box.transfers(recipient=recipient, state="acknowledged")}

    def hour(self, others):
        """An hour's people; all that goes to those who are well is answered in their usual time."""
        before = self.memory()
        for _ in range(PEOPLE):
            self.send(WORDS, **STATUS)
        began = time.monotonic()
        for recipient in others:
            self.box.wait(f"everything at {recipient}, which is well,", lambda r=recipient: self.promised[r] - self.early <= self.arrived(r), PACE)
        self.grew.append(self.memory() - before)
        return time.monotonic() - began

    def live_through(self, name, mode, sees, **options):
        partner = Partner(self.box, name)
        self.addCleanup(partner.stop)
        partner.start("ok")
        self.early = set()
        hurt = HURT.get(name, (name,))
        others = [r for r in WORDS if r not in hurt]
        self.set_on(datetime.timedelta())
        self.hour(WORDS)  # everybody is well
        self.assertEqual(self.health()["status"], "UP")
        self.early = self.send(("vdab",), **TOMORROW)
        self.box.wait("the hold", lambda: {self.box.call("GET", f"/transfers/{held}").json.get("heldUntil") for held in self.early} == {"2026-11-25"}, 10)
        partner.start(mode, **options)
        while self.moment < START + datetime.timedelta(days=1):
            self.set_on(STEP)
            if self.moment.date() > START.date():
                self.early = set()  # released by the date
            self.hour(others)
        for _ in range(LONGER):  # of one process
            self.hour(others)
        self.box.wait(f"what an operator sees of {mode}", sees, 60)
        for other in others:
            self.assertEqual((self.metric("silent", other), self.metric("refuses", other), self.metric("failed", other)), (0, 0, 0), other)
        self.recover(partner, name, hurt)

    def recover(self, partner, name, hurt):
        trouble = self.health()["status"] != "UP"
        partner.start("ok")
        for recipient in hurt:
            given_up = {t["id"] for t in self.box.transfers(recipient=recipient, state="abandoned")}
            self.assertEqual(self.send_again(recipient), given_up)
            self.box.wait("all that waited", lambda r=recipient: self.promised[r] <= self.arrived(r), 240)
        self.box.wait("the health", lambda: self.health()["status"] == "UP", 60)
        for recipient in hurt:
            self.assertEqual((self.metric("silent", recipient), self.metric("refuses", recipient)), (0, 0))
        if trouble and hurt == (name,):
            self.assertTrue(self.log_says("recipient_(answers_again|takes_messages_again)", name))
        self.box.settle()
        self.box.wait("every event at its receiver", lambda: self.box.told() == self.box.feed(), 120)
        self.check_nothing_lost_or_doubled()
        print(f"{name}: {self.people} people, memory grew by {self.grew} KB an hour looked at", flush=True)
        # Each process has its connections and its caches to fill, for an hour or two, and jemalloc its slabs of every size (5 to 7 MB, with glibc 2 to 4);
        # after that, what the people of an hour take and no more.
        self.assertLess(max(self.grew), 9_000 + 40 * PEOPLE, self.grew)
        self.assertLess(max(self.grew[1 - LONGER:]), 2_000 + 40 * PEOPLE, self.grew)

    def send_again(self, name):
        """What was given up, by filter; looked at before."""
        wanted = {"filter": {"state": "abandoned", "recipient": name}, "pageSize": 500}
        seen = self.replay_pages({**wanted, "preview": True})
        done = self.replay_pages({**wanted, "preview": False})
        self.assertEqual([i["transfer"]["id"] for i in seen], [i["transfer"]["id"] for i in done])
        self.assertEqual([i for i in done if not i["retried"]], [])
        return {i["transfer"]["id"] for i in done}

    def replay_pages(self, wanted):
        items, from_here = [], {}
        while True:
            page = self.box.call("POST", "/transfers/replay", wanted | from_here).json
            items += page["items"]
            if "next" not in page:
                return items
            from_here = {"after": page["next"]}

    def check_nothing_lost_or_doubled(self):
        states = collections.Counter(t["state"] for t in self.box.settle())
        self.assertEqual(set(states), {"acknowledged"}, states)
        for recipient, promised in self.promised.items():  # each with the answer to its own message
            references = [self.box.call("GET", "/transfers/" + t).json["reference"] for t in promised]
            self.assertEqual(len(set(references)), len(promised), recipient)
        self.assertEqual(self.box.stop_gateway(), 0)
        self.box.verify_twice()
        said = collections.Counter((e["tx"], e["kind"]) for e in self.box.ledger_entries() if e["kind"] in ("transfer.delivered", "transfer.acknowledged"))
        for recipient, promised in self.promised.items():
            bodies, keys = collections.defaultdict(set), collections.defaultdict(set)
            for facts, body in self.box.received(recipient):
                bodies[facts["headers"]["idempotency-key"]].add(bound_by_key(body))
                keys[bound_by_key(body)].add(facts["headers"]["idempotency-key"])
            self.assertEqual(set(bodies), promised, f"{recipient} has what was promised and nothing else")
            self.assertEqual({len(b) for b in bodies.values()} | {len(k) for k in keys.values()}, {1}, "one key, one message")
            self.assertEqual({said[t, kind] for t in promised for kind in ("transfer.delivered", "transfer.acknowledged")}, {1})

    # ---- what may be wrong with a partner, and how an operator hears of it ----

    def is_degraded(self, what, name):
        health = self.health()
        part = health["details"]["recipients"]
        return health["status"] == part["status"] == "DEGRADED" and f"{what}: {name}" in part["detail"]

    def goes_silent(self, name):
        return lambda: self.is_degraded("does not answer", name) and self.metric("silent", name) == 1 and self.log_says("recipient_does_not_answer", name)

    def sees_slow(self, name):
        return lambda: self.metric("last_answer_milliseconds", name) >= 2000

    def sees_flaky(self, name):
        return lambda: self.metric("failed", name) > 0 and self.metric("delivered", name) > 0

    def sees_down(self, name):
        return self.goes_silent(name)

    def sees_garbage(self, name):
        return self.goes_silent(name)

    def sees_expired(self, name):
        return self.goes_silent(name)

    def sees_reject(self, name):
        return lambda: (self.is_degraded("refuses one message after the other", name) and self.metric("refuses", name) == 1 and self.metric("given_up", name) > 0
                        and self.log_says("recipient_refuses_everything", name))

    def sees_twice(self, name):
        """Nothing is wrong that would stop anything."""
        return lambda: self.metric("delivered", name) > 0 and self.health()["status"] == "UP"


    # The others: what an operator sees of them.

    def sees_of_token_server(self, mode):
        """VDAB's profiles wait for it, its referrals do not."""
        if mode in ("slow", "twice"):
            return lambda: self.metric("delivered", "vdab") > 0 and self.health()["status"] == "UP"
        if mode == "flaky":
            return lambda: self.metric("failed", "vdab") > 0 and self.metric("delivered", "vdab") > 0
        return lambda: self.is_degraded("does not answer", "vdab (token-") and self.log_has("recipient_does_not_answer", **{"class": "token-[a-z0-9-]+"})

    def sees_of_fedasil(self, mode):
        """Its webhook takes no events: everybody has theirs, and the sender can read them in the feed."""
        if mode in ("down", "reject", "expired"):
            return lambda: self.health()["details"]["webhooks"] == {"status": "DEGRADED", "detail": "does not take events: fedasil"} and self.log_has("events_not_taken", client="fedasil")
        return lambda: len(self.box.told()) > 0


ONCE = [("slow", "vdab"), ("flaky", "agii"), ("down", "municipality"), ("reject", "vdab"), ("garbage", "agii"), ("expired", "municipality"), ("twice", "vdab"),
        ("down", "tokenServer"), ("reject", "fedasil")]
MODES = [mode for mode, name in ONCE if name in WORDS]
ALL = [(mode, name) for mode in MODES for name in [*WORDS, *HURT]]


def make_test(name, mode):
    def test(self):
        options = {"slow_ms": 6000} if mode == "slow" else {}
        sees = {"tokenServer": self.sees_of_token_server, "fedasil": self.sees_of_fedasil}.get(name, lambda m: getattr(self, "sees_" + m)(name))
        self.live_through(name, mode, sees(mode), **options)
    return test


for mode, name in ALL if FULL else ONCE:
    setattr(DayTest, f"test_{name}_{mode}", make_test(name, mode))


if __name__ == "__main__":
    unittest.main()
