"""What a sender hears: the feed and the webhook tell the same, once, in order, whatever is killed or made anew."""
import json
import os
import random
import re
import signal
import subprocess
import unittest
from pathlib import Path

from harness import BIN, ONE_MESSAGE, Sandbox
from people import consent, resident

VDAB = [{"id": "R-1", "recipient": "vdab", "purpose": "work-guidance", "reason": "WORK_TALK"}]
START = "2026-11-24T12:00:00+01:00"


def kind(event):
    return event["type"].removeprefix("example.ketenpoort.")


class EventsBox(unittest.TestCase):
    options = ONE_MESSAGE
    now = START

    def setUp(self):
        self.box = Sandbox(*self.options, now=self.now)
        self.addCleanup(self.box.close)

    def send(self, number, decision="GIVEN", referrals=VDAB, **changes):
        given = consent(number, {"work-guidance": decision})
        self.assertEqual(self.box.call("POST", "/consents", given).status, 201)
        answer = self.box.call("POST", "/records", resident(number, referrals=referrals, **changes))
        self.assertEqual(answer.status, 202, answer.body)
        return answer.json

    def too_early(self, number):
        """Lodged on 16 August: may work from 16 December on."""
        return self.send(number, procedure__lodgedOn="2026-08-16", procedure__documents=[
            {"type": "AI_MODEL_A", "validFrom": "2026-08-16", "validUntil": "2027-08-15", "labourMarket": "UNLIMITED"}])

    def feed(self, **query):
        return self.box.feed(**query)

    def told(self):
        return self.box.told()

    def set_clock(self, moment):
        """The gateway ends and starts again on another day."""
        if self.box.gateway:
            self.assertEqual(self.box.stop_gateway(), 0)
        else:
            self.box.kill_gateway()
        file = self.box.state / "gateway.yaml"
        file.write_text(re.sub(r'now: "[^"]*"', f'now: "{moment}"', file.read_text()))
        self.box.start_gateway()

    def wait_for(self, what, condition):
        return self.box.wait(what, lambda: (lambda events: events if condition(events) else None)(self.feed()), 60)


class FeedTest(EventsBox):
    def test_the_feed_and_the_webhook_tell_what_became_of_every_record(self):
        self.send("E001")
        held = self.too_early("E002")["transfers"][0]["id"]
        self.send("E003", decision="REFUSED")
        self.box.settle()
        events = self.wait_for("the first events", lambda all_: len(all_) >= 4)
        self.assertEqual(sorted(kind(e) for e in events),
                         ["transfer.acknowledged", "transfer.delivered", "transfer.held", "transfer.refused"])
        self.assertEqual(len({e["id"] for e in events}), 4)
        self.assertEqual([e["time"] for e in events], sorted(e["time"] for e in events))
        early = next(e for e in events if kind(e) == "transfer.held")
        self.assertEqual(early["data"] | {"record": None}, {
            "transfer": held, "record": None, "recipient": "vdab", "message": "vdab-profile", "purpose": "work-guidance", "state": "held",
            "heldUntil": "2026-12-16", "reasons": ["too-early"]})
        for personal in ("E001", "E002", "Voorbeeld", "Anna", "+32470000001"):
            self.assertNotIn(personal, json.dumps(events))
        # Pages of any size, and from any event on.
        self.assertEqual(self.feed(size=1), events)
        for place, event in enumerate(events):
            self.assertEqual(self.feed(after=event["id"]), events[place + 1:])
        self.box.wait("the webhook", lambda: self.told() == events, 30)
        self.assertTrue(all(facts["verdict"] == "ok" for facts, _ in self.box.received("fedasil")))

        # A week before the release: not a second sooner.
        self.set_clock("2026-12-08T23:59:40+01:00")
        stale = self.wait_for("a look on the new day", lambda all_: len(all_) > len(events))[-1]
        self.assertEqual((kind(stale), stale["data"]["reasons"]), ("transfer.held", ["too-early", "procedure-stale"]))
        due = self.wait_for("the recheck", lambda all_: len(all_) > len(events) + 1)[-1]
        self.assertEqual((kind(due), due["time"], due["data"]["transfer"], due["data"]["heldUntil"]),
                         ("transfer.recheck-due", "2026-12-08T23:00:00.000Z", held, "2026-12-16"))
        events = self.feed()
        self.box.wait("the webhook", lambda: self.told() == events, 30)

        # The day itself: nobody checked, so the facts are too old; then somebody does.
        self.set_clock("2026-12-16T09:00:00+01:00")
        stale = self.wait_for("the hold", lambda all_: kind(all_[-1]) == "transfer.held" and len(all_) > len(events))[-1]
        self.assertEqual((stale["data"]["transfer"], stale["data"]["reasons"]), (held, ["procedure-stale"]))
        newer = resident("E002", referrals=VDAB, procedure__lodgedOn="2026-08-16", procedure__asOf="2026-12-16", procedure__documents=[
            {"type": "AI_MODEL_A", "validFrom": "2026-08-16", "validUntil": "2027-08-15", "labourMarket": "UNLIMITED"}])
        self.assertEqual(self.box.call("POST", "/records", newer).status, 202)
        self.wait_for("the referral", lambda all_: kind(all_[-1]) == "transfer.acknowledged")

        # A month after the first referral arrived, still no word of VDAB's.
        self.set_clock("2026-12-25T09:00:00+01:00")
        late = self.wait_for("the overdue referral", lambda all_: kind(all_[-1]) == "referral.overdue")
        self.assertEqual([kind(e) for e in late].count("referral.overdue"), 1)
        self.assertEqual(late[-1]["data"]["days"], 30)
        self.box.wait("the webhook", lambda: self.told() == late, 30)

        # Made anew from the log alone, all of it is the same.
        self.assertEqual(self.box.stop_gateway(), 0)
        for file in (self.box.state / "data").glob("index.sqlite*"):
            file.unlink()
        self.box.start_gateway()
        self.assertEqual(self.wait_for("the index", lambda all_: len(all_) == len(late)), late)
        for place, event in enumerate(late):
            self.assertEqual(self.feed(after=event["id"]), late[place + 1:], kind(event))
        self.assertEqual(self.box.stop_gateway(), 0)
        self.box.verify_twice()

    def test_who_asks_for_what_is_not_there_is_told_so(self):
        # A place behind the end is one of before a restore: what happens next would be skipped.
        for query in ("after=999999-0-0-0-0", "after=", "after=5", "after=1-2-3-4", "after=7d4f8c1e-0000-7000-8000-000000000000", "pageSize=0", "pageSize=501", "since=1"):
            answer = self.box.call("GET", "/events?" + query)
            self.assertEqual(answer.status, 400, query)
            self.assertEqual(answer.json["issues"][0]["in"], "query", query)
        for client in ("vdab", "dpo", "operator"):
            self.assertEqual(self.box.call("GET", "/events", client=client).status, 403, client)
        self.assertEqual(self.box.call("GET", "/events").json, {"self": self.box.info["url"] + "/events", "items": []})

    def test_withdrawals_and_what_follows_are_told(self):
        self.send("E010")
        self.box.settle()
        given = self.box.call("POST", "/consents", consent("E010", {"work-guidance": "GIVEN"})).json["consents"][0]
        self.assertEqual(self.box.call("POST", f"/consents/{given['id']}/withdraw", {}).status, 200)
        events = self.wait_for("the recipient's reply", lambda all_: any(kind(e) == "recipient.confirmed" for e in all_))
        withdrawn = next(e for e in events if kind(e) == "consent.withdrawn")
        self.assertEqual((withdrawn["data"]["consent"], withdrawn["data"]["recipient"]), (given["id"], "vdab"))
        notified = next(e for e in events if kind(e) == "recipient.notified")
        self.assertEqual((notified["data"]["cause"], notified["data"]["recipient"]), ("WITHDRAWAL", "vdab"))
        confirmed = next(e for e in events if kind(e) == "recipient.confirmed")
        self.assertEqual(confirmed["data"]["recipient"], "vdab")
        self.box.wait("the webhook", lambda: self.told() == events, 30)

    def test_what_a_partner_reports_back_is_told_as_far_as_it_may_be_by_name(self):
        given = consent("E011", {"work-guidance": "GIVEN"})
        given["consents"].append({"purpose": "follow-up", "recipient": "fedasil", "decision": "GIVEN", "categories": ["outcome"]})
        self.assertEqual(self.box.call("POST", "/consents", given).status, 201)
        sent = self.box.call("POST", "/records", resident("E011", referrals=VDAB)).json
        transfer = sent["transfers"][0]["id"]
        self.box.settle()
        reports = [{"toeleidingsID": transfer, "soort": "INSCHRIJVING", "toestand": state, "datum": "2026-11-24"} for state in ("UITGENODIGD", "STOPGEZET")]
        answer = self.box.call("POST", "/outcomes", {"meldingen": reports}, client="vdab")
        self.assertEqual([o["state"] for o in answer.json["outcomes"]], ["RECEIVED", "REJECTED"])
        outcome = self.wait_for("the outcome", lambda all_: kind(all_[-1]) == "outcome.received")[-1]
        self.assertEqual(outcome["data"], {
            "transfer": transfer, "record": sent["id"], "recipient": "vdab", "message": "vdab-profile", "purpose": "work-guidance",
            "outcome": answer.json["outcomes"][0]["id"], "status": "INVITED", "kind": "REGISTRATION", "on": "2026-11-24"})
        self.box.wait("the webhook", lambda: self.told() == self.feed(), 30)
        # An answer is one: nothing is overdue, nor is what may not come back by name told.
        self.set_clock("2027-01-05T12:00:00+01:00")
        self.assertNotIn("referral.overdue", [kind(e) for e in self.feed()])
        self.assertNotIn("STOPPED", json.dumps(self.feed()))


class AbandonedTest(EventsBox):
    options = (*ONE_MESSAGE, "--partner-mode", "vdab=reject")

    def test_the_sender_hears_that_a_message_is_given_up(self):
        self.send("E020")
        events = self.wait_for("the end", lambda all_: any(kind(e) == "transfer.abandoned" for e in all_))
        given_up = next(e for e in events if kind(e) == "transfer.abandoned")
        self.assertEqual((given_up["data"]["class"], given_up["data"]["attempts"], given_up["data"]["state"]), ("http-422", 1, "abandoned"))


class KilledTest(EventsBox):
    options = (*ONE_MESSAGE, "--partner-mode", "fedasil=flaky")

    def test_every_event_reaches_an_unreliable_receiver_though_the_gateway_is_killed_again_and_again(self):
        dice = random.Random(5)
        for turn in range(8):
            for i in range(5):
                self.send(f"K{turn}{i:02}")
            self.box.wait("some of it", lambda: len(self.box.received("fedasil")) > turn, 60)
            if dice.random() < 0.5:
                self.box.settle()
            self.box.kill_gateway()
            self.box.start_gateway()
        self.box.settle()
        events = self.wait_for("all of it", lambda all_: [kind(e) for e in all_].count("transfer.acknowledged") == 40)
        self.box.wait("the webhook", lambda: len(self.told()) >= len(events), 60)
        self.assertEqual(self.told(), events)


class SilentTest(EventsBox):
    def test_a_receiver_that_is_away_is_seen_and_gets_all_of_it_later(self):
        pid = self.box.info["pids"]["fedasil"]
        arguments = Path(f"/proc/{pid}/cmdline").read_bytes().rstrip(b"\0").split(b"\0")
        os.kill(pid, signal.SIGKILL)
        self.box.wait("its end", lambda: self.box.has_ended(pid), 10)
        self.send("S001")
        self.assertEqual({t["state"] for t in self.box.settle()}, {"acknowledged"})  # nobody else waits for it
        self.box.wait("the health", lambda: self.box.call("GET", "/health", client=None).json["status"] == "DEGRADED", 30)
        again = subprocess.Popen([BIN / "ketenpoort-partner", *arguments[1:]], stdout=subprocess.DEVNULL)
        self.addCleanup(lambda: (again.kill(), again.wait()))
        self.box.wait("the webhook", lambda: self.told() and self.told() == self.feed(), 60)
        self.box.wait("the health", lambda: self.box.call("GET", "/health", client=None).json["status"] == "UP", 30)


if __name__ == "__main__":
    unittest.main()
