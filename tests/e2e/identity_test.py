"""Whose a number is, what was wrong, what a person asks for, and what two persons look at: over the real HTTPS interface."""
import threading
import time
import unittest
import urllib.request

from harness import ONE_MESSAGE, SandboxTest
from people import consent, mock_ssin, resident


class RightsTest(SandboxTest):
    options = ONE_MESSAGE

    def rights(self, path, body=None, client="rights", method="POST"):
        return self.box.call(method, path, body, client=client)

    def bring(self, number, consents=True, **changes):
        """A resident's record, with a consent before it. Answers their reference and the record's answer."""
        if consents:
            self.assertEqual(self.box.call("POST", "/consents", consent(number)).status, 201)
        return self.send(resident(number, **changes))

    def send(self, record):
        answer = self.box.call("POST", "/records", record)
        self.assertEqual(answer.status, 202, answer.body)
        view = self.box.call("GET", f"/records/{answer.json['id']}").json
        return view["subject"], answer.json

    def views(self, answer):
        return [self.box.call("GET", f"/transfers/{t['id']}").json for t in answer["transfers"]]

    def wait_for(self, answer, *states):
        return self.box.wait(f"{states} of all", lambda: (lambda all_: all_ if all(v["state"] in states for v in all_) else None)(self.views(answer)), 60)

    def entries(self, *kinds):
        self.box.wait("publication", self.is_published, 10)
        return [e for e in self.box.ledger_entries() if e["kind"] in kinds]

    def is_published(self):
        with urllib.request.urlopen(self.box.info["metrics"], timeout=10) as answer:
            figures = dict(line.rsplit(" ", 1) for line in answer.read().decode().splitlines() if line and not line.startswith("#"))
        return figures["ketenpoort_ledger_entries"] == figures["ketenpoort_ledger_published_entries"]

    def decide(self, ref, what, body):
        """Proposed by one, approved by another."""
        asked = self.rights(f"/subjects/{ref}/{what}", body)
        self.assertEqual(asked.status, 202, asked.body)
        self.assertEqual(self.rights(f"/subjects/{ref}/{what}/approve").status, 403)
        approved = self.rights(f"/subjects/{ref}/{what}/approve", {"id": asked.json["id"]}, client="rights-second")
        self.assertEqual(approved.status, 200, approved.body)
        return approved.json


class NumbersTest(RightsTest):
    def test_two_subjects_claim_one_number_until_persons_decide(self):
        ssin = mock_ssin(1990, 5, 14)
        anna, first = self.bring("L100", resident__identifiers__ssin=None)
        double, second = self.bring("L101", resident__identifiers__ssin=ssin)
        self.wait_for(second, "acknowledged", "delivered")
        again, claimed = self.send(resident("L100", resident__identifiers__ssin=ssin))
        self.assertEqual(again, anna)
        held = self.wait_for(claimed, "held")
        self.assertEqual({r for v in held for r in v["reasons"]}, {"identity-conflict"})
        body = {"identifiers": {"fedasilNumber": "L101", "ssin": ssin}}
        for client in ("fedasil", "operator", "dpo", "vdab"):
            self.assertEqual(self.rights(f"/subjects/{anna}/link", body, client=client).status, 403, client)
            self.assertEqual(self.rights(f"/subjects/{anna}/link/approve", client=client).status, 403, client)
        for mistyped in ({"ssin": "abc"}, {"ssin": "85010110113"}, {"ssin": "8501011011"}, {"previousSsins": ["85010110113"]},
                         {"fedasilNumber": "a b"}, {"fedasilNumber": "-X1"}, {"immigrationOfficeNumber": "12345"}):
            refused = self.rights(f"/subjects/{anna}/link", {"identifiers": mistyped})
            self.assertEqual((refused.status, refused.json["issues"][0]["name"]), (400, "identifiers." + next(iter(mistyped))), mistyped)
            self.assertNotIn(str(next(iter(mistyped.values()))[0:8]), refused.body.decode())
        for wrong in ({}, {"identifiers": {}}, {"identifiers": {"ssin": 3}}, {"identifiers": {"passport": "X"}},
                      {"identifiers": {"ssin": ""}}, {"identifiers": {"previousSsins": []}}, {**body, "more": 1}):
            self.assertEqual(self.rights(f"/subjects/{anna}/link", wrong).status, 400, wrong)
        self.assertEqual(self.rights(f"/subjects/{'0' * 32}/link", body).status, 404)
        asked = self.rights(f"/subjects/{anna}/link", body)
        self.assertEqual(asked.status, 202, asked.body)
        self.assertEqual({(n["number"], n["subject"]) for n in asked.json["numbers"]}, {("fedasil-number", double), ("ssin", double)})
        waiting = self.rights(f"/subjects/{anna}/proposals", method="GET", client="rights-second").json["items"]
        self.assertEqual([(w["id"], w["kind"], w["own"]) for w in waiting], [(asked.json["id"], "link", False)])
        self.assertEqual([w["expiresAt"] for w in waiting], [asked.json["expiresAt"]])
        self.assertEqual(asked.json["expiresAt"][11:], asked.json["askedAt"][11:], "so many whole days later")
        self.assertEqual(self.rights(f"/subjects/{anna}/link/approve").status, 403)
        other = self.rights(f"/subjects/{anna}/link/approve", {"identifiers": {"ssin": mock_ssin(1991, 1, 1)}}, client="rights-second")
        self.assertEqual(other.status, 409, other.body)
        linked = self.rights(f"/subjects/{anna}/link/approve", body, client="rights-second")
        self.assertEqual(linked.status, 200, linked.body)
        self.assertEqual((linked.json["state"], linked.json["continues"], linked.json["passedFrom"]), ("LINKED", [double], [double]))
        self.assertNotIn(ssin.encode(), linked.body + asked.body)
        self.wait_for(claimed, "acknowledged", "delivered")
        self.assertEqual(self.send(resident("L101", resident__identifiers__ssin=ssin))[0], anna, "one person from here on")
        told = [e for e in self.entries("recipient.notified") if e["body"]["cause"] == "IDENTITY_CHANGED"]
        self.assertEqual({(e["subject"], e["body"]["recipient"]) for e in told} >= {(double, "vdab"), (double, "agii")}, True, told)
        asked = self.rights("/requests", {"subject": {"ssin": ssin}, "article": 15})
        self.assertEqual(asked.json["subject"], anna)
        mistyped = self.rights("/requests", {"subject": {"ssin": "99999999999"}, "article": 15})
        self.assertEqual((mistyped.status, mistyped.json["issues"][0]["name"]), (400, "subject.ssin"))
        found = self.box.call("POST", "/records/query", {"subject": {"ssin": ssin}}).json["items"]
        self.assertEqual({f["subject"] for f in found}, {anna, double}, "records of before are found as well")
        self.box.settle()
        self.box.verify_twice()

    def test_a_no_reaches_whoever_is_the_same_person(self):
        ssin = mock_ssin(1990, 5, 14)
        anna, _ = self.bring("L130", resident__identifiers__ssin=None)
        double, first = self.bring("L131", resident__identifiers__ssin=ssin)
        self.wait_for(first, "acknowledged", "delivered")
        self.decide(anna, "link", {"identifiers": {"fedasilNumber": "L131", "ssin": ssin}})
        asked = {"subject": {"fedasilNumber": "L130"}}
        before = self.box.call("POST", "/consents/query", asked).json
        self.assertEqual((before["subject"], {c["subject"] for c in before["items"]}), (anna, {anna, double}))
        self.assertEqual(self.box.call("POST", "/consents", consent("L130", extra=())).status, 201)
        narrowed = [c for c in self.box.call("POST", "/consents/query", asked).json["items"] if c["subject"] == double]
        self.assertEqual({c["state"] for c in narrowed}, {"GIVEN"})
        self.assertNotIn("wishes", {category for c in narrowed for category in c["categories"]})
        refusal = consent("L131", {"work-guidance": "REFUSED", "language-course": "REFUSED"})
        self.assertEqual(self.box.call("POST", "/consents", refusal).status, 201)
        after = self.box.call("POST", "/consents/query", asked).json["items"]
        self.assertEqual({(c["subject"], c["state"]) for c in after}, {(anna, "REFUSED"), (double, "WITHDRAWN")})
        told = {(e["subject"], e["body"]["recipient"]) for e in self.entries("recipient.notified") if e["body"]["cause"] == "WITHDRAWAL"}
        self.assertLessEqual({(double, "vdab"), (double, "agii")}, told)
        notes = [e for e in self.entries("audit.queried") if e["body"]["purpose"] == "consent-query"]
        self.assertEqual({n["subject"] for n in notes}, {anna, double})
        self.box.settle()
        self.box.verify_twice()

    def test_a_number_that_is_not_theirs_leaves_and_does_not_come_back(self):
        ssin = mock_ssin(1990, 5, 14)
        ref, answer = self.bring("L110", resident__identifiers__ssin=ssin)
        self.wait_for(answer, "acknowledged", "delivered")
        self.assertEqual(self.rights(f"/subjects/{ref}/unlink", {"identifiers": {"ssin": mock_ssin(1980, 1, 1)}}).status, 409)
        gone = self.decide(ref, "unlink", {"identifiers": {"ssin": ssin}})
        self.assertEqual((gone["state"], sorted(gone["toNotify"])), ("UNLINKED", ["agii", "vdab"]))
        self.box.kill_gateway()
        self.box.start_gateway()
        again, claimed = self.send(resident("L110", resident__identifiers__ssin=ssin))
        self.assertEqual(again, ref)
        self.assertEqual({r for v in self.wait_for(claimed, "held") for r in v["reasons"]}, {"identity-conflict"})
        right = mock_ssin(1990, 5, 14)
        same, corrected = self.send(resident("L110", resident__identifiers__ssin=right))
        self.assertEqual(same, ref)
        self.wait_for(corrected, "acknowledged", "delivered")
        self.assertEqual({v["state"] for v in self.views(claimed)}, {"cancelled"}, "the newer record took their place")
        self.box.settle()
        self.box.verify_twice()

    def test_whoever_comes_with_a_number_that_was_put_right_is_not_taken_for_the_one_who_had_it(self):
        """A slip of the pen that is somebody else's number, put right; then its real bearer arrives, who was asked nothing."""
        wrong, right = mock_ssin(1990, 5, 14), mock_ssin(1990, 5, 14)
        anna, answer = self.bring("L160", resident__identifiers__ssin=wrong)
        self.wait_for(answer, "acknowledged", "delivered")
        _, answer = self.send(resident("L160", resident__identifiers__ssin=right))
        self.wait_for(answer, "acknowledged", "delivered")
        bearer = resident("L161", resident__identifiers__ssin=wrong, resident__name__family="Claessens")
        preview = self.box.call("POST", "/records/preview", bearer).json["transfers"]
        self.assertEqual({t["decision"] for t in preview}, {"hold"})
        for subject in ({"fedasilNumber": "L161", "ssin": wrong}, {"ssin": wrong}):
            self.assertEqual(self.box.call("POST", "/consents", {**consent("L161"), "subject": subject}).status, 409)
        other, claimed = self.send(bearer)
        self.assertNotEqual(other, anna)
        for view in self.wait_for(claimed, "held"):
            self.assertEqual(view["reasons"][0], "identity-conflict")
        self.assertNotIn(b"Claessens", b"".join(body for _, body in self.box.received("vdab")))
        self.assertEqual(self.box.call("POST", "/consents", consent("L161")).status, 201)
        self.decide(anna, "unlink", {"identifiers": {"ssin": wrong}})
        self.wait_for(claimed, "acknowledged", "delivered")
        self.assertEqual(self.send(resident("L161", resident__identifiers__ssin=wrong))[0], other)
        self.assertEqual(self.send(resident("L160", resident__identifiers__ssin=right))[0], anna)
        self.box.settle()
        self.box.verify_twice()

    def test_a_second_fedasil_number_of_one_person_keeps_the_person(self):
        ssin = mock_ssin(1990, 5, 14)
        anna, answer = self.bring("L170", resident__identifiers__ssin=ssin)
        self.wait_for(answer, "acknowledged", "delivered")
        same, answer = self.send(resident("L171", resident__identifiers__ssin=ssin))
        self.assertEqual(same, anna)
        self.wait_for(answer, "acknowledged", "delivered")
        renewed = resident("L172", resident__identifiers__ssin=mock_ssin(1990, 5, 14), resident__identifiers__previousSsins=[ssin])
        same, answer = self.send(renewed)
        self.assertEqual(same, anna)
        self.wait_for(answer, "acknowledged", "delivered")
        self.box.settle()
        self.box.verify_twice()

    def test_who_was_taken_for_another_is_in_no_copy_of_that_ones_data(self):
        first, second = mock_ssin(1990, 5, 14), mock_ssin(1990, 5, 14)
        anna, answer = self.bring("L150", resident__identifiers__ssin=first, resident__name__family="Aerts")
        self.wait_for(answer, "acknowledged", "delivered")
        double, answer = self.bring("L151", resident__identifiers__ssin=second, resident__name__family="Bogaert")
        self.wait_for(answer, "acknowledged", "delivered")
        numbers = {"identifiers": {"fedasilNumber": "L151", "ssin": second}}
        self.decide(anna, "link", numbers)  # which was wrong
        mixed_up, answer = self.send(resident("L151", resident__identifiers__ssin=second, resident__name__family="Bogaert"))
        self.assertEqual(mixed_up, anna)
        self.wait_for(answer, "acknowledged", "delivered")
        report = lambda ref, form: self.box.call("GET", f"/audit/subjects/{ref}/report?format={form}&lang=nl", client="rights")
        self.assertIn(b"Bogaert", report(anna, "json").body, "as long as they count as one")
        self.decide(anna, "unlink", numbers)
        self.decide(double, "link", numbers)
        for form in ("json", "jsonld", "html"):
            page = report(anna, form).body
            self.assertIn(b"Aerts", page, form)
            self.assertNotIn(b"Bogaert", page, form)
            self.assertIn(b"Bogaert", report(double, form).body, form)
        self.assertEqual([(s["kept"], s["ofAnotherPerson"]) for s in report(anna, "json").json["sources"]], [(True, False), (True, True)])
        again, answer = self.send(resident("L150", resident__identifiers__ssin=first, resident__name__family="Aerts"))
        self.assertEqual(again, anna)
        self.wait_for(answer, "acknowledged", "delivered")
        self.assertEqual(len(report(anna, "json").json["values"]["messages"]), 4, "two before, two after")
        self.box.settle()
        self.box.verify_twice()

    def test_nothing_leaves_under_a_number_after_it_was_parted(self):
        """A record and the decision that its number is somebody else's, at the same moment, many times."""
        refs = []
        for i in range(25):
            number, ssin = f"L2{i:02}", mock_ssin(1990, 5, 14)
            ref, _ = self.bring(number, resident__identifiers__ssin=ssin, referrals=[])
            self.assertEqual(self.rights(f"/subjects/{ref}/unlink", {"identifiers": {"ssin": ssin}}).status, 202)
            sending = threading.Thread(target=lambda: self.send(resident(number, resident__identifiers__ssin=ssin)))
            sending.start()
            time.sleep(0.002 * (i % 8))
            approved = self.rights(f"/subjects/{ref}/unlink/approve", client="rights-second")
            self.assertEqual(approved.status, 200, approved.body)
            sending.join()
            refs.append(ref)
        self.box.settle()
        entries = self.entries("subject.unlinked", "transfer.permitted")
        parted = {e["subject"]: e["seq"] for e in entries if e["kind"] == "subject.unlinked"}
        self.assertEqual(set(refs) - parted.keys(), set())
        late = [e["seq"] for e in entries if e["kind"] == "transfer.permitted" and e["subject"] in refs and e["seq"] > parted[e["subject"]]]
        self.assertEqual(late, [])
        self.box.verify_twice()

    def test_a_restriction_is_escaped_by_nobody(self):
        first, _ = self.bring("L120", resident__identifiers__ssin=None)
        ssin = mock_ssin(1990, 5, 14)
        second, _ = self.bring("L121", resident__identifiers__ssin=ssin)
        self.assertEqual(self.rights(f"/subjects/{second}/restrict").status, 200)
        self.assertEqual(self.rights(f"/subjects/{second}/unlink", {"identifiers": {"fedasilNumber": "L121"}}).status, 409)
        self.decide(first, "link", {"identifiers": {"fedasilNumber": "L121", "ssin": ssin}})
        _, answer = self.send(resident("L120", resident__identifiers__ssin=ssin))
        self.assertIn("subject-restricted", {r for v in self.wait_for(answer, "held") for r in v["reasons"]})
        self.assertEqual(self.rights(f"/subjects/{second}/unrestrict").status, 200)
        self.wait_for(answer, "acknowledged", "delivered")  # whichever of the two it is lifted for
        self.box.settle()
        self.box.verify_twice()

    def test_a_restriction_reaches_who_keeps_a_number(self):
        """Two of whom nobody said that they are one person: one number passed between them, and the double has another left."""
        ssin = mock_ssin(1990, 5, 14)
        anna, _ = self.bring("L140", resident__identifiers__ssin=None)
        double, first = self.bring("L141", resident__identifiers__ssin=ssin)
        self.wait_for(first, "acknowledged", "delivered")
        linked = self.decide(anna, "link", {"identifiers": {"ssin": ssin}})
        self.assertNotIn("continues", {k for k, v in linked.items() if v})
        restricted = self.rights(f"/subjects/{anna}/restrict")
        self.assertEqual((restricted.status, sorted(restricted.json["subjects"])), (200, sorted([anna, double])))
        _, answer = self.send(resident("L141", resident__identifiers__ssin=mock_ssin(1991, 1, 1)))
        self.assertIn("subject-restricted", {r for v in self.wait_for(answer, "held") for r in v["reasons"]})
        self.assertEqual(self.rights(f"/subjects/{anna}/unrestrict").json["stillRestricted"], [double])
        self.assertEqual({v["state"] for v in self.views(answer)}, {"held"})
        lifted = self.rights(f"/subjects/{double}/unrestrict").json
        self.assertEqual((lifted["subjects"], "stillRestricted" in lifted), ([double], False))
        self.wait_for(answer, "acknowledged", "delivered")
        self.box.settle()
        self.box.verify_twice()


class RectificationTest(RightsTest):
    def test_recipients_are_told_and_what_waits_is_stopped(self):
        ref, answer = self.bring("R200")
        self.wait_for(answer, "acknowledged", "delivered")
        _, waiting = self.bring("R200", procedure__asOf="2026-10-01")
        self.wait_for(waiting, "held")
        request = self.rights("/requests", {"subject": {"fedasilNumber": "R200"}, "article": 16}).json["id"]
        for wrong in ({}, {"fields": []}, {"fields": ["resident.shoeSize"]}, {"categories": ["nonsense"]},
                      {"fields": ["resident.name.family"], "value": "Peeters"}):
            self.assertEqual(self.rights(f"/subjects/{ref}/rectify", wrong).status, 400, wrong)
        old = self.rights(f"/subjects/{ref}/rectify", {"fields": ["resident.name.family"], "correctedBy": answer["id"]})
        self.assertEqual(old.status, 409, old.body)
        done = self.rights(f"/subjects/{ref}/rectify", {"fields": ["resident.name.family", "screening.languages"], "request": request})
        self.assertEqual(done.status, 200, done.body)
        self.assertEqual(done.json["categories"], ["identity-core", "languages"])
        self.assertEqual(sorted(done.json["toNotify"]), ["agii", "vdab"])
        self.assertEqual(sorted(done.json["stopped"]), sorted(t["id"] for t in waiting["transfers"]))
        self.assertEqual({r for v in self.views(waiting) for r in v["reasons"]}, {"cancelled-by-operator"})
        _, right = self.send(resident("R200", resident__name__family="Verbeterd"))
        self.wait_for(right, "acknowledged", "delivered")
        told = [e["body"]["recipient"] for e in self.entries("recipient.notified") if e["subject"] == ref and e["body"]["cause"] == "RECTIFICATION"]
        self.assertEqual(sorted(told), ["agii", "vdab"])
        self.assertEqual(self.rights(f"/requests/{request}/close", {"outcome": "GRANTED"}).status, 200)
        self.box.settle()
        self.box.verify_twice()

    def test_a_record_that_says_it_right_goes_on(self):
        ref, first = self.bring("R210", consents=False)
        self.wait_for(first, "held")
        _, second = self.send(resident("R210", resident__name__family="Verbeterd"))
        self.wait_for(second, "held")
        done = self.rights(f"/subjects/{ref}/rectify", {"fields": ["resident.name"], "correctedBy": second["id"]})
        self.assertEqual((done.status, done.json["stopped"], done.json["toNotify"]), (200, [], []))
        self.assertEqual(self.box.call("POST", "/consents", consent("R210")).status, 201)
        self.wait_for(second, "acknowledged", "delivered")
        self.box.verify_twice()


class RequestsTest(RightsTest):
    def ask(self, number, article, status=201, **more):
        answer = self.rights("/requests", {"subject": {"fedasilNumber": number}, "article": article, **more})
        self.assertEqual(answer.status, status, answer.body)
        return answer.json

    def test_a_clock_runs_and_is_extended_once(self):
        ref, _ = self.bring("Q300")
        asked = self.ask("Q300", 15, receivedOn="2026-11-05")
        self.assertEqual((asked["subject"], asked["deadline"], asked["state"]), (ref, "2026-12-07", "OPEN"), "5 December is a Saturday")
        place = f"/requests/{asked['id']}"
        for wrong in ({}, {"reason": "holidays"}, {"reason": "complexity", "more": 1}):
            self.assertEqual(self.rights(place + "/extend", wrong).status, 400, wrong)
        self.assertEqual(self.rights(place + "/extend", {"reason": "complexity"}, client="dpo").status, 403)
        later = self.rights(place + "/extend", {"reason": "complexity"})
        self.assertEqual((later.status, later.json["deadline"]), (200, "2027-02-05"), "three months after it came")
        self.assertEqual(self.rights(place + "/extend", {"reason": "complexity"}).status, 409)
        seen = self.rights(place, method="GET").json
        self.assertEqual((seen["deadline"], seen["extended"], seen["state"]), ("2027-02-05", True, "OPEN"))
        for never in ("2018-05-24", "2026-11-25", "1899-01-01", "05-11-2026"):
            refused = self.ask("Q300", 17, 400, receivedOn=never)
            self.assertEqual([i["name"] for i in refused["issues"]], ["receivedOn"])
        late = self.ask("Q300", 17, receivedOn="2026-09-01")
        self.assertEqual(self.rights(f"/requests/{late['id']}/extend", {"reason": "complexity"}).status, 409)
        overdue = self.rights("/requests?state=OVERDUE", method="GET").json["items"]
        self.assertEqual([o["id"] for o in overdue], [late["id"]])
        health = lambda: self.box.call("GET", "/health", client=None).json["status"]
        self.box.wait("the health", lambda: health() == "DEGRADED", 10)
        self.assertEqual(self.rights(f"/requests/{late['id']}/close", {"outcome": "REFUSED"}).status, 200)
        self.box.wait("the health again", lambda: health() == "UP", 10)
        closed = self.rights("/requests?state=CLOSED", method="GET").json["items"]
        self.assertIn((late["id"], "REFUSED"), [(c["id"], c["outcome"]) for c in closed])
        self.assertEqual(self.rights("/requests", method="GET", client="dpo").status, 403)
        self.assertEqual(self.rights("/requests?state=LATE", method="GET").status, 400)
        self.assertEqual(self.rights("/requests/00000000-0000-4000-8000-000000000000", method="GET").status, 404)
        self.box.verify_twice()

    def test_the_same_request_twice_is_one(self):
        self.bring("Q305")
        body = {"subject": {"fedasilNumber": "Q305"}, "article": 15}
        ask = lambda body, key: self.box.call("POST", "/requests", body, client="rights", headers={"Idempotency-Key": key})
        first, again = ask(body, "letter-17"), ask(body, "letter-17")
        self.assertEqual((first.status, again.status, again.json), (201, 201, first.json))
        self.assertEqual(ask({**body, "article": 17}, "letter-17").status, 409)
        self.assertNotEqual(ask(body, "letter-18").json["id"], first.json["id"])

    def test_pages_show_every_request_once(self):
        self.bring("Q310")
        ids = [self.ask("Q310", article)["id"] for article in (15, 16, 17, 18)]
        path, seen = "/requests?pageSize=2", []
        while path:
            page = self.rights(path, method="GET").json
            seen += [i["id"] for i in page["items"]]
            path = page.get("next") and page["next"].split("/ketenpoort/v1", 1)[1]
        self.assertEqual(len(seen), len(set(seen)))
        self.assertEqual([i for i in seen if i in ids], ids)

    def test_portability_is_refused_where_the_basis_gives_none(self):
        self.bring("Q320")
        asked = self.ask("Q320", 20)
        self.assertEqual((asked["state"], asked["outcome"]), ("CLOSED", "REFUSED"))
        self.assertEqual((asked["refusal"]["code"], asked["refusal"]["instead"]), ("basis-not-portable", 15))
        self.assertEqual(self.rights(f"/requests/{asked['id']}/close", {"outcome": "GRANTED"}).status, 404)

    def test_a_number_that_may_be_a_familys_identifies_nobody(self):
        self.bring("Q325", resident__identifiers__immigrationOfficeNumber="5123456")
        refused = self.rights("/requests", {"subject": {"immigrationOfficeNumber": "5123456"}, "article": 15})
        self.assertEqual((refused.status, refused.json["issues"][0]["name"]), (400, "subject"), refused.body)
        self.assertIn("identifies nobody", refused.json["issues"][0]["detail"])
        self.assertEqual(self.rights(f"/requests?after={2**64 - 1}", method="GET").status, 400, "no page follows the last number")

    def test_an_objection_stops_one_purpose(self):
        ref, answer = self.bring("Q330")
        self.wait_for(answer, "acknowledged", "delivered")
        asked = self.ask("Q330", 21, purpose="work-guidance", recipient="vdab")
        self.assertEqual((asked["stops"]["restricted"], asked["stops"]["withdrawnFor"], asked["stops"]["toNotify"]), (False, ["vdab"], ["vdab"]))
        _, next_ = self.send(resident("Q330"))
        views = self.wait_for(next_, "refused", "acknowledged", "delivered")
        self.assertEqual({v["recipient"]: v["state"] for v in views if v["state"] == "refused"}, {"vdab": "refused"})
        self.assertNotIn("refused", {v["state"] for v in views if v["recipient"] == "agii"})
        for wrong in ({"article": 15, "purpose": "work-guidance"}, {"article": 21, "recipient": "vdab"}, {"article": 19},
                      {"article": 21, "purpose": "no-such-purpose"}):
            body = {"subject": {"fedasilNumber": "Q330"}, **wrong}
            self.assertEqual(self.rights("/requests", body).status, 400, wrong)
        self.box.settle()
        self.box.verify_twice()

    def test_an_objection_to_everything_restricts_until_it_is_decided(self):
        ref, answer = self.bring("Q340")
        self.wait_for(answer, "acknowledged", "delivered")
        asked = self.ask("Q340", 21)
        self.assertTrue(asked["stops"]["restricted"])
        self.assertEqual(sorted(asked["stops"]["toNotify"]), ["agii", "vdab"])
        _, next_ = self.send(resident("Q340"))
        self.assertEqual({r for v in self.wait_for(next_, "held") for r in v["reasons"]}, {"subject-restricted"})
        self.assertEqual(self.rights(f"/subjects/{ref}/unrestrict", {"request": asked["id"]}).status, 200)
        self.wait_for(next_, "acknowledged", "delivered")
        restricted = self.entries("subject.restricted")[-1]
        self.assertEqual(restricted["body"], {"ground": "objection-pending", "request": asked["id"]})
        self.box.verify_twice()

    def test_a_request_is_forwarded_to_the_competent_controller(self):
        self.bring("Q350")
        asked = self.ask("Q350", 15)
        place = f"/requests/{asked['id']}"
        for wrong in ({"outcome": "FORWARDED"}, {"outcome": "GRANTED", "forwardedTo": "vdab"}, {"outcome": "FORWARDED", "forwardedTo": "nobody"},
                      {"outcome": "LOST"}):
            self.assertEqual(self.rights(place + "/close", wrong).status, 400, wrong)
        closed = self.rights(place + "/close", {"outcome": "FORWARDED", "forwardedTo": "vdab"})
        self.assertEqual((closed.status, closed.json["forwardedTo"]), (200, "vdab"))
        seen = self.rights(place, method="GET").json
        self.assertEqual((seen["state"], seen["outcome"], seen["forwardedTo"]), ("CLOSED", "FORWARDED", "vdab"))
        part = self.ask("Q350", 15)
        self.assertEqual(self.rights(f"/requests/{part['id']}/close", {"outcome": "PARTLY_GRANTED", "forwardedTo": "agii"}).status, 200)
        seen = self.rights(f"/requests/{part['id']}", method="GET").json
        self.assertEqual((seen["outcome"], seen["forwardedTo"]), ("PARTLY_GRANTED", "agii"))
        self.box.verify_twice()


class ViewsTest(RightsTest):
    def look(self, place, purpose="complaint-of-resident"):
        asked = self.rights(place + "/view", {"purpose": purpose})
        self.assertEqual(asked.status, 202, asked.body)
        self.assertEqual(self.rights(place + "/view/show", {}).status, 403, "nobody has approved")
        self.assertEqual(self.rights(place + "/view/approve", {}).status, 403, "not by whoever asked")
        self.assertEqual(self.rights(place + "/view/approve", {"id": asked.json["id"]}, client="rights-second").status, 200)
        self.assertEqual(self.rights(place + "/view/approve", {}, client="rights-second").status, 409, "once is enough")
        self.assertEqual(self.rights(place + "/view/show", {}, client="rights-second").status, 403, "it is not for whoever approved")
        shown = self.rights(place + "/view/show", {})
        self.assertEqual(shown.status, 200, shown.body)
        self.assertEqual(self.rights(place + "/view/show", {}).status, 404, "shown once")
        return shown.json

    def test_a_record_and_a_message_are_shown_once_and_the_log_says_so(self):
        ref, answer = self.bring("V400")
        self.wait_for(answer, "acknowledged", "delivered", "held")
        before = len(self.entries("audit.queried"))
        record = self.look(f"/records/{answer['id']}")
        self.assertIn("Voorbeeld", record["content"])
        message = self.look(f"/transfers/{answer['transfers'][0]['id']}", "dispute-about-content")
        self.assertIn("Voorbeeld", message["content"])
        queried = self.entries("audit.queried")[before:]
        self.assertEqual([(q["subject"], q["body"]["purpose"], q["body"]["rows"], q["actor"]["role"]) for q in queried],
                         [(ref, "complaint-of-resident", 1, "rights-officer"), (ref, "dispute-about-content", 1, "rights-officer")])
        for client in ("fedasil", "dpo", "operator", "vdab"):
            self.assertEqual(self.rights(f"/records/{answer['id']}/view", {"purpose": "curious"}, client=client).status, 403, client)
        for wrong in ({}, {"purpose": "Because I can"}, {"purpose": "x", "more": 1}):
            self.assertEqual(self.rights(f"/records/{answer['id']}/view", wrong).status, 400, wrong)
        self.assertEqual(self.rights("/records/00000000-0000-4000-8000-000000000000/view", {"purpose": "x"}).status, 404)
        asked = self.rights(f"/records/{answer['id']}/view", {"purpose": "x"})
        self.assertEqual(asked.status, 202)
        self.assertEqual(self.rights(f"/records/{answer['id']}/view/approve", client="rights-second").status, 200)
        self.assertEqual(self.rights(f"/subjects/{ref}/erase").status, 202)
        self.assertEqual(self.rights(f"/subjects/{ref}/erase/approve", client="rights-second").status, 200)
        self.assertIn(self.rights(f"/records/{answer['id']}/view/show", {}).status, (404, 410), "what was erased is shown to nobody")
        self.box.verify_twice()


class RecordsQueryTest(RightsTest):
    def test_an_organisation_finds_its_own_records(self):
        ssin = mock_ssin(1990, 5, 14)
        ref, first = self.bring("S500", resident__identifiers__ssin=ssin)
        _, second = self.send(resident("S500", resident__identifiers__ssin=ssin))
        # Whoever it says it is of: it is the organisation of the client that counts (organisations_test.py).
        _, third = self.send(resident("S500", resident__identifiers__ssin=ssin, source__organisation="0887010362"))
        query = lambda subject, path="/records/query", client="fedasil": self.box.call("POST", path, {"subject": subject}, client=client)
        found = query({"ssin": ssin})
        self.assertEqual(found.status, 200, found.body)
        self.assertEqual([i["id"] for i in found.json["items"]], [first["id"], second["id"], third["id"]])
        self.assertEqual({i["subject"] for i in found.json["items"]}, {ref})
        page = query({"fedasilNumber": "S500"}, "/records/query?pageSize=2").json
        self.assertEqual([i["id"] for i in page["items"]], [first["id"], second["id"]])
        rest = query({"fedasilNumber": "S500"}, page["next"].split("/ketenpoort/v1", 1)[1]).json
        self.assertEqual([i["id"] for i in rest["items"]], [third["id"]])
        self.assertNotIn("next", rest)
        self.assertEqual(query({"fedasilNumber": "NOBODY"}).json["items"], [])
        for wrong in ({}, {"immigrationOfficeNumber": "5123456"}, {"ssin": "85010110113"}, {"ssin": "123"}, {"ssin": 3}, {"ssin": 5, "fedasilNumber": "S500"}):
            self.assertEqual(query(wrong).status, 400, wrong)
        for client in ("dpo", "rights", "vdab"):
            self.assertEqual(query({"ssin": ssin}, client=client).status, 403, client)
        notes = [e for e in self.entries("audit.queried") if e["body"]["purpose"] == "records-query"]
        self.assertEqual([(n.get("subject"), n["body"]["rows"], n["actor"]["role"]) for n in notes],
                         [(ref, 3, "source-system"), (ref, 2, "source-system"), (ref, 1, "source-system"), (None, 0, "source-system")])
        self.assertNotIn(ssin, (self.box.state / "sandbox.stderr").read_text())


if __name__ == "__main__":
    unittest.main()
