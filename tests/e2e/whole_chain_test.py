"""One resident through the whole chain, by the real processes over real TLS: screened and referred to AgII, kept for VDAB until the labour
market is open, checked again, released by the date, registered, invited and started, recognised, handed over to a municipality; and what is
then known of them, by themselves and by who audits."""
import json
import os
import re
import signal
import unittest

from harness import Sandbox
from people import REQUIRED, mock_ssin, resident

NUMBER = "W0001"
AGII = [{"id": "W-1", "recipient": "agii", "purpose": "language-course", "reason": "NIV_TEST"}]
VDAB = [{"id": "W-2", "recipient": "vdab", "purpose": "work-guidance", "reason": "WORK_TALK",
         "appointment": {"start": "2026-12-10T09:00:00+01:00", "end": "2026-12-10T10:00:00+01:00", "place": "VDAB Ieper", "language": "nld"}}]
INTEGRATION = [{"id": "W-3", "recipient": "agii", "purpose": "civic-integration", "reason": "INT_HVN"}]
HANDOVER = [{"id": "W-4", "recipient": "municipality", "purpose": "warm-handover", "reason": "HANDOVER"}]
FIRST_CARD = {"type": "AI_MODEL_A", "number": "C1", "validFrom": "2026-08-05", "validUntil": "2026-12-05", "labourMarket": "NO"}
SECOND_CARD = {"type": "AI_MODEL_A", "number": "C2", "validFrom": "2026-12-03", "validUntil": "2027-12-02", "labourMarket": "UNLIMITED"}


def kind(event):
    return event["type"].removeprefix("example.ketenpoort.")


class WholeChainTest(unittest.TestCase):
    def setUp(self):
        self.box = Sandbox(now="2026-11-24T12:00:00+01:00")
        self.addCleanup(self.box.close)
        self.ssin = mock_ssin(1990, 5, 14)

    # ---- what everybody does ----

    def set_clock(self, moment):
        """The gateway ends in order and starts again on another day."""
        if self.box.gateway:
            self.assertEqual(self.box.stop_gateway(), 0)
        else:
            pid = self.box.info["pids"]["gateway"]
            os.kill(pid, signal.SIGTERM)
            self.box.wait("the gateway's end", lambda: self.box.has_ended(pid), 30)
            self.box.wait("the lock", self.box.lock_is_free, 30)
        file = self.box.state / "gateway.yaml"
        file.write_text(re.sub(r'now: "[^"]*"', f'now: "{moment}"', file.read_text()))
        self.box.start_gateway()

    def screened(self, as_of, referrals, **changes):
        """What the centre knows by a day, sent with who they are referred to."""
        record = resident(NUMBER, referrals=referrals, procedure__asOf=as_of, resident__identifiers__ssin=self.ssin,
                          **{"procedure__status": "CGRS_PENDING", "procedure__lodgedOn": "2026-08-05", "procedure__documents": [FIRST_CARD]} | changes)
        answer = self.box.call("POST", "/records", record)
        self.assertEqual(answer.status, 202, answer.body)
        return {t["message"]: t["id"] for t in answer.json["transfers"]}

    def agree(self, categories, day, back=False):
        """A conversation with an interpreter on the phone: yes to each purpose, with these categories."""
        recipients = {"work-guidance": "vdab", "language-course": "agii", "civic-integration": "agii", "warm-handover": "municipality"}
        said = [{"purpose": p, "recipient": recipients[p], "decision": "GIVEN", "categories": c} for p, c in categories.items()]
        if back:
            said.append({"purpose": "follow-up", "recipient": "fedasil", "decision": "GIVEN", "categories": ["outcome"]})
        answer = self.box.call("POST", "/consents", {
            "subject": {"fedasilNumber": NUMBER}, "consents": said, "notice": {"id": "chain-cooperation", "version": "1.0", "language": "ara"},
            "explained": {"how": "HEARD", "interpreter": {"mode": "PHONE", "kind": "SOCIAL", "language": "ara"}},
            "expressed": {"how": "PAPER", "on": day, "place": "TST", "evidenceRef": "SCAN-1"}, "recordedBy": "op-tst"})
        self.assertEqual(answer.status, 201, answer.body)

    def view(self, transfer):
        return self.box.call("GET", "/transfers/" + transfer).json

    def becomes(self, transfers, state, seconds=30):
        """All of {message: id}; their views."""
        def look():
            views = {message: self.view(transfer) for message, transfer in transfers.items()}
            return views if all(v["state"] == state for v in views.values()) else None
        try:
            return self.box.wait(state, look, seconds)
        except AssertionError:
            self.fail(f"not {state}: " + str({m: (v["state"], v.get("reasons"), v.get("failure")) for m, v in ((m, self.view(t)) for m, t in transfers.items())}))

    def arrived(self, partner, transfers):
        """What the partner's simulator found good, as text, by message; each under its own key, once."""
        out = {}
        for message, transfer in transfers.items():
            got = [body for facts, body in self.box.received(partner) if facts["headers"].get("idempotency-key") == transfer and facts["verdict"] == "ok"]
            self.assertEqual(len(got), 1, f"{message} at {partner}")
            out[message] = got[0].decode()
        return out

    def feed(self):
        events, path = [], "/events?pageSize=500"
        while path:
            page = self.box.call("GET", path).json
            events += page["items"]
            path = page.get("next", "").partition("/ketenpoort/v1")[2] if page["items"] else None
        return events

    def told(self):
        """By the webhook, each event once."""
        events = {}
        for facts, body in self.box.received("fedasil"):
            if facts["verdict"] == "ok":
                for event in json.loads(body):
                    events.setdefault(event["id"], event)
        return list(events.values())

    def hears(self, what, **data):
        """Fedasil, in the feed and by the webhook."""
        def look(events):
            return next((e for e in events if kind(e) == what and all(e["data"].get(k) == v for k, v in data.items())), None)
        event = self.box.wait(f"{what} {data} in the feed", lambda: look(self.feed()), 30)
        self.box.wait(f"{what} {data} by the webhook", lambda: look(self.told()), 30)
        return event

    def report(self, transfer, state, kind_="INSCHRIJVING", **more):
        body = {"meldingen": [{"toeleidingsID": transfer, "soort": kind_, "toestand": state, **more}]}
        answer = self.box.call("POST", "/outcomes", body, client="vdab")
        self.assertEqual(answer.status, 202, answer.body)
        return answer.json["outcomes"][0]

    # ---- the chain ----

    def test_one_resident_from_the_centre_to_the_municipality(self):
        self.refer_to_agii()
        self.wait_for_the_labour_market()
        self.be_guided_by_vdab()
        self.be_recognised_and_move()
        self.look_back()

    def refer_to_agii(self):
        """24 November: screened in the centre; the language course needs no waiting, work guidance is too early."""
        self.agree({"work-guidance": REQUIRED["work-guidance"] + ["wishes"], "language-course": REQUIRED["language-course"]}, "2026-11-24", back=True)
        transfers = self.screened("2026-11-23", AGII + VDAB)
        self.assertEqual(set(transfers), {"agii-referral", "agii-dossier", "vdab-referral", "vdab-profile"})
        self.agii = {m: transfers[m] for m in ("agii-referral", "agii-dossier")}
        self.becomes(self.agii, "acknowledged")
        got = self.arrived("agii", self.agii)
        self.assertIn("RegistreerToeleiding", got["agii-referral"])
        self.assertIn(self.agii["agii-referral"], got["agii-referral"])  # Referte and Toeleiding/Id
        self.assertIn("Dossier", got["agii-dossier"])
        self.early = {m: transfers[m] for m in ("vdab-referral", "vdab-profile")}
        for view in self.becomes(self.early, "held").values():
            self.assertEqual((view["heldUntil"], view["reasons"][0]), ("2026-12-05", "too-early"))
        self.hears("transfer.held", transfer=self.early["vdab-profile"], heldUntil="2026-12-05")

    def wait_for_the_labour_market(self):
        """28 November: a week before, the centre is asked to look again. 3 December: it does. 5 December: it goes by itself."""
        self.set_clock("2026-11-28T09:00:00+01:00")
        self.hears("transfer.recheck-due", transfer=self.early["vdab-profile"], heldUntil="2026-12-05")
        self.set_clock("2026-12-03T09:00:00+01:00")
        self.vdab = self.screened("2026-12-03", VDAB, procedure__documents=[FIRST_CARD, SECOND_CARD])
        self.assertEqual(set(self.vdab), {"vdab-referral", "vdab-profile"})
        self.becomes(self.early, "cancelled")
        for view in self.becomes(self.vdab, "held").values():
            self.assertEqual((view["heldUntil"], view["reasons"]), ("2026-12-05", ["too-early"]))
        self.set_clock("2026-12-04T23:59:50+01:00")
        self.becomes(self.vdab, "held", 5)
        self.assertEqual([f for f, _ in self.box.received("vdab")], [], "not a byte before the day")
        self.becomes(self.vdab, "acknowledged", 60)

    def be_guided_by_vdab(self):
        got = self.arrived("vdab", self.vdab)
        self.assertIn("RegistreerToeleiding", got["vdab-referral"])
        self.assertIn("2026-12-10", got["vdab-referral"])  # the appointment that the centre made
        self.assertIn("Persoon", got["vdab-profile"])
        for message in got.values():
            for never in ("CGRS", "2026-08-05", "AI_MODEL_A"):  # the conclusion, not the history of the procedure
                self.assertNotIn(never, message)
        for message in ("vdab-referral", "vdab-profile"):
            self.hears("transfer.acknowledged", transfer=self.vdab[message])
        referral = self.vdab["vdab-referral"]
        appointment = {"start": "2026-12-15T09:00:00+01:00", "plaats": "Colaertplein 1, Ieper", "taal": "nld", "tolkBesteld": True}
        for state, status, more in (("INGESCHREVEN", "REGISTERED", {}), ("UITGENODIGD", "INVITED", {"afspraak": appointment}), ("GESTART", "STARTED", {})):
            self.assertEqual(self.report(referral, state, datum="2026-12-05", **more)["state"], "RECEIVED")
            self.hears("outcome.received", recipient="vdab", purpose="work-guidance", status=status)
        # Of the two messages that the referral became, the log keeps the one that arrived last: what is reported stands there.
        told = [o for transfer in self.vdab.values() for o in self.view(transfer)["outcomes"]]
        invited = next(o for o in told if o.get("status") == "INVITED")
        self.assertEqual(invited["appointment"], {"start": "2026-12-15T09:00:00+01:00", "place": "Colaertplein 1, Ieper", "language": "nld", "interpreterBooked": True})
        # That they found work is a figure, and too small a one to be shown.
        self.set_clock("2026-12-18T09:00:00+01:00")
        self.assertEqual(self.report(referral, "GESTART", "TEWERKSTELLING", datum="2026-12-17")["state"], "REJECTED")
        self.assertNotIn("EMPLOYMENT", json.dumps(self.feed()) + json.dumps([self.view(t) for t in self.vdab.values()]))
        figures = self.box.call("GET", "/figures", client="dpo").json["items"]
        work = [i for i in figures if i.get("kind") == "EMPLOYMENT"]
        self.assertTrue(work and all(i["suppressed"] and "count" not in i for i in work), work)

    def be_recognised_and_move(self):
        """20 December: a refugee. AgII goes on with civic integration, the OCMW of the municipality they chose takes over, VDAB hears of it."""
        self.set_clock("2026-12-20T09:00:00+01:00")
        self.agree({"civic-integration": ["identity-core", "contact", "status", "languages", "referral"],
                    "warm-handover": ["identity-core", "contact", "residence", "status", "referral", "schooling"]}, "2026-12-20")
        known = {t["id"] for t in self.box.transfers()}
        transfers = self.screened("2026-12-20", INTEGRATION + HANDOVER, procedure__profile="BENEFICIARY", procedure__status="REFUGEE",
                                  procedure__statusGrantedOn="2026-12-18", procedure__documents=[SECOND_CARD],
                                  handover={"municipalityNis": "34022", "since": "2026-12-20"})
        self.assertEqual(set(transfers), {"agii-referral", "agii-dossier", "municipality-profile"})
        self.becomes(transfers, "acknowledged")
        self.integration = {m: t for m, t in transfers.items() if m != "municipality-profile"}
        self.handover = {"municipality-profile": transfers["municipality-profile"]}
        self.arrived("agii", self.integration)
        profile = self.arrived("municipality", self.handover)["municipality-profile"]
        self.assertIn(self.ssin, profile)
        self.assertNotIn("caseNote", profile)
        # Whoever had data of them hears of the status, without a referral: the same referral, brought up to date.
        again = [t for t in self.box.settle() if t["id"] not in known | set(transfers.values())]
        self.assertEqual({(t["recipient"], t["purpose"]) for t in again}, {("vdab", "work-guidance"), ("agii", "language-course")})
        self.assertEqual({t["state"] for t in again}, {"acknowledged"})
        self.hears("transfer.acknowledged", transfer=self.handover["municipality-profile"])

    def look_back(self):
        """What they may know themselves, who audits, and what the log proves."""
        asked = self.box.call("POST", "/audit/subjects/query", {"subject": {"fedasilNumber": NUMBER}, "purpose": "complaint"}, client="dpo")
        ref, = (item["ref"] for item in asked.json["items"])
        report = self.box.call("GET", f"/audit/subjects/{ref}/report?lang=en", client="dpo")
        self.assertEqual(report.status, 200, report.body)
        self.assertEqual({r["recipient"] for r in report.json["recipients"]}, {"vdab", "agii", "municipality"})
        got = {r["recipient"]: {c["category"] for c in r["categories"]} for r in report.json["recipients"]}
        self.assertIn("wishes", got["vdab"])
        self.assertNotIn("wishes", got["agii"])
        self.assertIn("schooling", got["municipality"])
        listed = {t["id"]: t for t in report.json["transfers"]}
        self.assertLessEqual(set((self.agii | self.vdab | self.integration | self.handover).values()), set(listed))
        told = {o.get("status") for t in listed.values() for o in t.get("outcomes", []) if o.get("state") != "REJECTED"}
        self.assertLessEqual({"REGISTERED", "INVITED", "STARTED"}, told)
        self.assertNotIn("EMPLOYMENT", report.body.decode())
        self.assertEqual([t["state"] for t in self.box.transfers() if t["state"] not in ("acknowledged", "cancelled")], [])
        self.assertEqual(self.box.call("GET", "/health", client=None).json["status"], "UP")
        self.assertEqual(self.box.stop_gateway(), 0)
        self.box.verify_twice()
        for log in [*(self.box.state / "logs").iterdir(), self.box.state / "gateway-again.log"]:
            for personal in (self.ssin, NUMBER, "Voorbeeld"):
                self.assertNotIn(personal, log.read_text(), log.name)


if __name__ == "__main__":
    unittest.main()
