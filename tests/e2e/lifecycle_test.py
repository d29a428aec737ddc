"""What happens to somebody between two records: they move, leave, are given a status or another number; days pass; grounds come and go."""
import os
import re
import shutil
import signal
import tempfile
import unittest
from pathlib import Path

from harness import BIN, ONE_MESSAGE, ROOT, Sandbox
from people import consent, mock_ssin, resident

VDAB = [{"id": "R-1", "recipient": "vdab", "purpose": "work-guidance", "reason": "WORK_TALK"}]
CARD = [{"type": "AI_MODEL_A", "validFrom": "2026-08-16", "validUntil": "2027-08-15", "labourMarket": "UNLIMITED"}]
EARLY = {"procedure__lodgedOn": "2026-08-16", "procedure__documents": CARD}  # lawful from 16 December on


class LifecycleBox(unittest.TestCase):
    now = "2026-11-24T12:00:00+01:00"
    options = ONE_MESSAGE

    def setUp(self):
        self.box = Sandbox(*self.options, now=self.now)
        self.addCleanup(self.box.close)
        self.ssin = mock_ssin(1990, 5, 14)  # of the one person of a test

    def agree(self, number):
        self.assertEqual(self.box.call("POST", "/consents", consent(number)).status, 201)

    def send(self, number, referrals=VDAB, **changes):
        changes = {"resident__identifiers": {"fedasilNumber": number, "ssin": self.ssin}} | changes
        answer = self.box.call("POST", "/records", resident(number, referrals=referrals, **changes))
        self.assertEqual(answer.status, 202, answer.body)
        return [t["id"] for t in answer.json["transfers"]]

    def view(self, transfer):
        return self.box.call("GET", "/transfers/" + transfer).json

    def wait_for(self, transfer, state, reasons=()):
        view = self.box.wait(f"{state} {list(reasons)}", lambda: (lambda v: v if v["state"] == state else None)(self.view(transfer)), 30)
        if reasons:
            self.assertEqual(view["reasons"], list(reasons))
        return view

    def entries(self, kind):
        return [e for e in self.box.ledger_entries() if e["kind"] == kind]

    def told(self, *causes):
        """Waits until exactly these notifications stand in the published log."""
        try:
            self.box.wait(f"{causes}", lambda: [e["body"]["cause"] for e in self.entries("recipient.notified")] == list(causes), 10)
        except AssertionError:
            self.fail(f"told {[e['body'] for e in self.entries('recipient.notified')]}, not {causes}")
        return self.entries("recipient.notified")


class ChangesTest(LifecycleBox):
    def test_leaving_ends_what_waits_and_is_told_to_who_has_the_data(self):
        self.agree("L001")
        delivered, = self.send("L001")
        self.wait_for(delivered, "acknowledged")
        waiting, = self.send("L001", **EARLY)
        self.wait_for(waiting, "held", ["too-early"])
        self.send("L001", referrals=[], resident__stay={"from": "2026-01-05", "until": "2026-11-24", "endReason": "DUBLIN_TRANSFER"})
        self.wait_for(waiting, "cancelled", ["stay-ended"])
        notified, = self.told("STAY_ENDED")
        self.assertEqual((notified["body"]["recipient"], notified["body"]["tx"]), ("vdab", delivered))
        # Said again, it is no news.
        self.send("L001", referrals=[], resident__stay={"from": "2026-01-05", "until": "2026-11-24", "endReason": "DUBLIN_TRANSFER"})
        self.told("STAY_ENDED")
        self.box.verify_twice()

    def test_a_move_within_the_region_is_sent_on_and_another_region_closes_the_referral(self):
        self.agree("L002")
        first, = self.send("L002")
        self.wait_for(first, "acknowledged")
        elsewhere = {"code": "KAP", "name": "Kapellen", "municipalityNis": "11023", "region": "VLA"}
        moved, = self.send("L002", source__centre=elsewhere, resident__stay={"from": "2026-01-05", "until": "2026-11-20", "endReason": "MOVED"})
        self.wait_for(moved, "acknowledged")
        self.told()
        waiting, = self.send("L002", source__centre=elsewhere, **EARLY)
        self.wait_for(waiting, "held", ["too-early"])
        # The record of the new centre refers to nobody: what waits does not go all the same.
        self.send("L002", referrals=[], source__centre={"code": "LIE", "name": "Liège", "municipalityNis": "62063", "region": "WAL"}, **EARLY)
        self.wait_for(waiting, "refused", ["wrong-region", "too-early"])
        self.told("STAY_ENDED")
        again, = self.send("L002", source__centre={"code": "LIE", "name": "Liège", "municipalityNis": "62063", "region": "WAL"})
        self.wait_for(again, "refused", ["wrong-region"])
        self.told("STAY_ENDED")
        self.box.verify_twice()

    def test_a_status_granted_updates_a_delivered_referral_and_a_status_lost_closes_it(self):
        self.agree("L003")
        first, = self.send("L003")
        self.wait_for(first, "acknowledged")
        granted, = self.send("L003", procedure__status="REFUGEE", procedure__profile="BENEFICIARY", procedure__statusGrantedOn="2026-11-20")
        self.wait_for(granted, "acknowledged")
        self.told()
        lost, = self.send("L003", procedure__status="REFUSED_FINAL")
        self.wait_for(lost, "refused", ["not-in-target-group"])
        self.told("RECTIFICATION")
        self.box.verify_twice()

    def test_a_change_reaches_who_has_the_data_though_the_record_repeats_no_referral(self):
        self.agree("L006")
        first, = self.send("L006")
        self.wait_for(first, "acknowledged")
        self.send("L006", referrals=[], procedure__asOf="2026-11-24")  # fresh facts alone are no news to VDAB
        self.send("L006", referrals=[], procedure__status="REFUGEE", procedure__profile="BENEFICIARY", procedure__statusGrantedOn="2026-11-20",
                  resident__contact={"preferredLanguage": "ara", "phone": "+32470000099"})
        second = self.box.wait("the update", lambda: next((t["id"] for t in self.box.transfers() if t["id"] != first), None), 20)
        view = self.wait_for(second, "acknowledged")
        self.assertEqual((view["recipient"], view["referral"]), ("vdab", "R-1"))
        bodies = [body.decode() for _, body in self.box.received("vdab")]
        self.assertEqual(len(bodies), 2)
        self.assertIn("+32470000099", bodies[1])  # what the newest record says, under the referral that stands
        self.assertNotIn("+32470000099", bodies[0])
        self.box.wait("reproducing", lambda: self.box.tool(
            BIN / "ketenpoort", "ledger", "reproduce", second, "--config", self.box.path("gateway.yaml")).returncode == 0, 20)
        # A status lost: the referral is decided anew, and refused.
        self.send("L006", referrals=[], procedure__status="REFUSED_FINAL")
        third = self.box.wait("the decision", lambda: next((t["id"] for t in self.box.transfers() if t["id"] not in (first, second)), None), 20)
        self.wait_for(third, "refused", ["not-in-target-group"])
        self.told("RECTIFICATION")
        self.box.verify_twice()

    def test_another_number_keeps_the_person_and_is_told_to_who_has_the_old_one(self):
        self.agree("L004")
        old, new = mock_ssin(1990, 5, 14), mock_ssin(1990, 5, 15)
        first, = self.send("L004", resident__identifiers={"fedasilNumber": "L004", "ssin": old})
        self.wait_for(first, "acknowledged")
        # Another Fedasil number too: the replaced SSIN alone says who it is.
        second, = self.send("L904", resident__identifiers={"fedasilNumber": "L904", "ssin": new, "previousSsins": [old]})
        self.wait_for(second, "acknowledged")  # on the consent that was given under the old number
        notified, = self.told("IDENTITY_CHANGED")
        received = self.entries("record.received")
        self.assertEqual({e["subject"] for e in received} | {notified["subject"]}, {received[0]["subject"]})
        self.box.verify_twice()

    def test_a_number_in_dispute_is_no_news_and_neither_is_the_old_one_that_takes_its_place_back(self):
        self.agree("L007")
        first, = self.send("L007")
        self.wait_for(first, "acknowledged")
        others = mock_ssin(1991, 6, 15)
        self.send("L008", referrals=[], resident__identifiers={"fedasilNumber": "L008", "ssin": others})
        disputed, = self.send("L007", resident__identifiers={"fedasilNumber": "L007", "ssin": others})
        self.wait_for(disputed, "held", ["identity-conflict"])
        self.told()
        again, = self.send("L007")
        self.wait_for(again, "acknowledged")
        self.told()
        self.box.verify_twice()

    def test_what_waits_for_a_newer_record_goes_by_itself_when_it_comes(self):
        self.agree("L005")
        stale, = self.send("L005", procedure__asOf="2026-11-16")
        self.wait_for(stale, "held", ["procedure-stale"])
        # A record that refers to nobody brings fresh facts.
        self.send("L005", referrals=[], procedure__asOf="2026-11-24")
        self.wait_for(stale, "acknowledged")
        self.box.verify_twice()


class LaterTest(LifecycleBox):
    def set_clock(self, moment, *changes):
        """The gateway is killed and starts again on another day, with a changed configuration."""
        self.box.kill_gateway()
        file = self.box.state / "gateway.yaml"
        text = re.sub(r'now: "[^"]*"', f'now: "{moment}"', file.read_text())
        file.write_text(text + "".join(changes))
        self.box.start_gateway()

    def test_a_hold_ends_after_its_time(self):
        self.agree("L030")
        waiting, = self.send("L030", procedure__documents=[])
        self.wait_for(waiting, "held", ["document-missing"])
        self.set_clock("2026-11-26T11:00:00+01:00", "holds: { max: 2d }\n")
        self.assertEqual(self.view(waiting)["state"], "held")
        self.set_clock("2026-11-26T13:00:00+01:00")
        self.wait_for(waiting, "cancelled", ["hold-expired", "document-missing"])
        self.box.verify_twice()

    def test_a_stay_that_ends_on_a_day_named_before_is_told_on_that_day(self):
        self.agree("L031")
        stay = {"from": "2026-01-05", "until": "2026-11-28", "endReason": "RETURNED"}
        delivered, = self.send("L031", resident__stay=stay)
        self.wait_for(delivered, "acknowledged")
        waiting, = self.send("L031", resident__stay=stay, **EARLY)
        self.wait_for(waiting, "held", ["too-early"])
        self.set_clock("2026-11-27T23:59:45+01:00")
        self.told()
        self.wait_for(waiting, "cancelled", ["stay-ended", "too-early"])  # by itself, at midnight
        self.told("STAY_ENDED")
        self.set_clock("2026-11-29T12:00:00+01:00")
        self.wait_for(delivered, "acknowledged")
        self.told("STAY_ENDED")  # once
        received = len(self.entries("record.received"))
        self.send("L031", referrals=[], resident__stay=stay)  # what the day told, a record need not
        self.box.wait("the record", lambda: len(self.entries("record.received")) > received, 20)
        self.told("STAY_ENDED")
        self.box.verify_twice()


class MidnightTest(LifecycleBox):
    now = "2026-12-15T23:59:48+01:00"

    def test_a_referral_goes_by_itself_when_its_day_begins_in_belgium(self):
        self.agree("L010")
        transfer, = self.send("L010", procedure__asOf="2026-12-15", **EARLY)
        self.wait_for(transfer, "held", ["too-early"])
        self.wait_for(transfer, "acknowledged")
        permit = self.box.wait("publication", lambda: next(iter(self.entries("transfer.permitted")), None), 20)
        self.assertEqual((permit["body"]["decidedFor"], permit["body"]["notBefore"]), ("2026-12-16", "2026-12-16"))
        self.assertTrue(permit["time"].startswith("2026-12-15T23:00:"), permit["time"])
        self.box.verify_twice()


class BirthdayTest(LifecycleBox):
    now = "2026-11-29T23:59:48+01:00"

    def test_turning_eighteen_ends_what_a_guardian_agreed_to(self):
        course = [{"id": "R-1", "recipient": "agii", "purpose": "language-course", "reason": "NIV_TEST"}]
        minor = {"resident__birth": {"date": "2008-11-00", "country": "SYR"}, "procedure__asOf": "2026-11-20",
                 "resident__identifiers": {"fedasilNumber": "L011", "ssin": mock_ssin(2008, 11, 3)},
                 "resident__representative": {"kind": "VOOGD", "validFrom": "2026-01-01", "validUntil": "2027-01-01"}}
        given = consent("L011", {"language-course": "GIVEN"})
        given["representative"] = {"kind": "VOOGD", "appointmentRef": "V-1", "minorHeard": True}
        self.assertEqual(self.box.call("POST", "/consents", given).status, 201)
        transfer, = self.send("L011", referrals=course, **minor)
        self.wait_for(transfer, "held", ["procedure-stale"])
        # The last day of the month on which 2008-11-00 may be: an adult from here on.
        self.box.wait("the birthday", lambda: self.view(transfer)["reasons"] == ["procedure-stale", "representative-lapsed"], 40)
        self.box.verify_twice()


class AgreementTest(LifecycleBox):
    def setUp(self):
        folder = tempfile.mkdtemp(prefix="ketenpoort-config-")
        self.addCleanup(shutil.rmtree, folder, ignore_errors=True)
        self.config = Path(folder) / "config"
        shutil.copytree(ROOT / "config", self.config)
        self.options = (*ONE_MESSAGE, "--config-dir", self.config)
        super().setUp()

    def reload(self):
        os.kill(self.box.info["pids"]["gateway"], signal.SIGHUP)

    def test_an_agreement_that_ends_or_comes_counts_from_the_reload_on(self):
        self.agree("L020")
        waiting, = self.send("L020", **EARLY)
        self.wait_for(waiting, "held", ["too-early"])
        file = self.config / "agreements/vdab.yaml"
        text = file.read_text()

        file.write_text(text.replace("purposes:", "porpoises:"))
        self.reload()  # refused whole: nothing changes
        file.unlink()
        self.reload()
        self.wait_for(waiting, "refused", ["no-agreement", "too-early"])
        self.box.wait("publication", lambda: len(self.entries("agreement.ended")) == 1, 20)
        without, = self.send("L020")
        self.wait_for(without, "refused", ["no-agreement"])

        before = len(self.entries("agreement.registered"))
        file.write_text(text)
        self.reload()
        self.box.wait("the agreement", lambda: len(self.entries("agreement.registered")) == before + 1, 20)
        again, = self.send("L020")
        self.wait_for(again, "acknowledged")
        self.box.verify_twice()

    def test_who_runs_it_is_told_before_an_agreement_ends_that_nothing_follows(self):
        part = lambda: self.box.call("GET", "/health", client=None).json["details"]["policy"]
        check = lambda: self.box.tool(BIN / "ketenpoort", "check", "--config", self.box.state / "gateway.yaml", check=0).stderr
        self.assertEqual(part(), {"status": "UP"})
        self.assertNotIn("agreement sample-fedasil-vdab", check())
        file = self.config / "agreements/vdab.yaml"
        text = file.read_text()
        file.write_text(text.replace("validity: { from: 2026-01-01 }", "validity: { from: 2026-01-01, until: 2026-12-05 }"))
        self.reload()
        ends = {"status": "DEGRADED", "detail": "agreement sample-fedasil-vdab ends on 2026-12-05"}
        self.box.wait("the agreement that ends", lambda: part() == ends, 20)
        self.assertIn('"event":"policy_ends_soon","kind":"agreement","id":"sample-fedasil-vdab","days":11', (self.box.state / "logs/gateway.log").read_text())
        self.assertIn("agreement sample-fedasil-vdab: warning: it ends on 2026-12-05 and nothing follows it", check())
        following = text.replace("agreement: sample-fedasil-vdab", "agreement: sample-fedasil-vdab-2").replace("from: 2026-01-01", "from: 2026-12-06")
        (self.config / "agreements/vdab-2.yaml").write_text(following)
        self.reload()
        self.box.wait("the agreement that follows", lambda: part() == {"status": "UP"}, 20)


if __name__ == "__main__":
    unittest.main()
