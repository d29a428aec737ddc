"""The main way through, and what a resident's yes, no and not-any-more do."""
import contextlib
import http.client
import urllib.parse
import urllib.request
import uuid

from harness import SandboxTest
from people import changed, consent, resident


class ChainTest(SandboxTest):
    def states(self, answer, wanted):
        """Waits until the transfers of a 202 stand as wanted ({message: state}); returns their full views.

        A referral goes as the message beside it does, unless something else is wanted of it."""
        beside = {"vdab-referral": "vdab-profile", "agii-referral": "agii-dossier"}
        wanted = {referral: wanted[other] for referral, other in beside.items() if other in wanted} | wanted
        ids = [t["id"] for t in answer.json["transfers"]]

        def look():
            views = [self.box.call("GET", "/transfers/" + i).json for i in ids]
            return views if {v["message"]: v["state"] for v in views} == wanted else None

        return {v["message"]: v for v in self.box.wait(f"{wanted}", look, 20)}

    def send(self, record, **options):
        answer = self.box.call("POST", "/records", record, **options)
        self.assertEqual(answer.status, 202, answer.body)
        return answer

    def agree(self, *arguments, **options):
        answer = self.box.call("POST", "/consents", consent(*arguments, **options))
        self.assertEqual(answer.status, 201, answer.body)
        return answer.json

    def bodies(self, partner, needle):
        """What came that says this, but for the referral through MAGDA, which names the person too (magda_test)."""
        return [body for facts, body in self.box.received(partner) if needle.encode() in body and not facts["path"].startswith("/magda")]

    def test_consent_first_then_record_is_delivered_and_acknowledged(self):
        self.agree("E100")
        record = resident("E100")
        views = self.states(self.send(record), {"vdab-profile": "acknowledged", "agii-dossier": "acknowledged"})
        profile = views["vdab-profile"]
        self.assertEqual(profile["referral"], "E100-1")
        self.assertEqual(profile["attempts"], 1)
        self.assertIn("identity-core", profile["categoriesSent"])
        self.assertIn("wishes", profile["categoriesSent"])
        self.assertTrue(profile["reference"])
        ssin = record["resident"]["identifiers"]["ssin"]
        for partner, message in (("vdab", "vdab-profile"), ("agii", "agii-dossier")):
            got = self.bodies(partner, ssin)
            self.assertEqual(len(got), 1)
            facts = next(f for f, b in self.box.received(partner) if b == got[0])
            self.assertEqual(facts["verdict"], "ok", facts.get("reason"))
            self.assertEqual(facts["headers"]["idempotency-key"], views[message]["id"])

    def test_record_waits_for_consent_and_goes_by_itself(self):
        answer = self.send(resident("E101"))
        held = self.states(answer, {"vdab-profile": "held", "agii-dossier": "held"})
        self.assertEqual(held["vdab-profile"]["reasons"], ["no-consent"])
        self.agree("E101")
        self.states(answer, {"vdab-profile": "acknowledged", "agii-dossier": "acknowledged"})

    def test_refused_consent_refuses(self):
        self.agree("E102", {"work-guidance": "REFUSED", "language-course": "GIVEN"})
        views = self.states(self.send(resident("E102")), {"vdab-profile": "refused", "agii-dossier": "acknowledged"})
        self.assertEqual(views["vdab-profile"]["reasons"], ["consent-refused"])
        self.assertEqual(self.bodies("vdab", "E102"), [])

    def test_categories_without_consent_stay_here(self):
        self.agree("E103", extra=())
        record = resident("E103", screening__wishes={"occupations": [{"title": "Zeldzaamheidszoeker", "isco": "5120", "preference": "WANTED"}]})
        views = self.states(self.send(record), {"vdab-profile": "acknowledged", "agii-dossier": "acknowledged"})
        self.assertEqual(self.bodies("vdab", "Zeldzaamheidszoeker"), [])
        self.assertIn(("wishes", "category-not-covered"), {(o["category"], o["reason"]) for o in views["vdab-profile"]["leftOut"]})

    def test_required_category_without_consent_refuses(self):
        conversation = consent("E104")
        conversation["consents"][0]["categories"].remove("schooling")
        self.assertEqual(self.box.call("POST", "/consents", conversation).status, 201)
        views = self.states(self.send(resident("E104")), {"vdab-profile": "refused", "agii-dossier": "acknowledged"})
        self.assertEqual(views["vdab-profile"]["reasons"], ["category-not-covered"])

    def test_too_early_is_held_with_its_date(self):
        self.agree("E105")
        record = resident("E105", procedure__lodgedOn="2026-09-30", procedure__documents=[])
        views = self.states(self.send(record), {"vdab-profile": "held", "agii-dossier": "acknowledged"})
        self.assertEqual(views["vdab-profile"]["reasons"], ["too-early"])
        self.assertEqual(views["vdab-profile"]["heldUntil"], "2027-01-30")

    def test_withdrawal_stops_what_waits_and_names_who_has_it(self):
        given = self.agree("E106")
        ids = {c["purpose"]: c["id"] for c in given["consents"]}
        answer = self.send(resident("E106", procedure__lodgedOn="2026-09-30"))
        views = self.states(answer, {"vdab-profile": "held", "agii-dossier": "acknowledged"})
        stopped = self.box.call("POST", f"/consents/{ids['work-guidance']}/withdraw", {})
        self.assertEqual(stopped.status, 200)
        self.assertEqual(set(stopped.json["stopped"]), {views["vdab-profile"]["id"], views["vdab-referral"]["id"]})
        self.assertEqual((stopped.json["inFlight"], stopped.json["toNotify"]), ([], []))
        views = self.states(answer, {"vdab-profile": "cancelled", "agii-dossier": "acknowledged"})
        self.assertEqual(views["vdab-profile"]["reasons"], ["consent-withdrawn"])
        told = self.box.call("POST", f"/consents/{ids['language-course']}/withdraw", {}).json
        self.assertEqual((told["stopped"], told["toNotify"]), ([], ["agii"]))
        again = self.box.call("POST", f"/consents/{ids['language-course']}/withdraw", {})
        self.assertEqual((again.status, again.json["state"], again.json["toNotify"]), (200, "WITHDRAWN", []))
        self.assertEqual(self.box.call("GET", "/consents/" + ids["work-guidance"]).json["state"], "WITHDRAWN")
        later = self.states(self.send(resident("E106")), {"vdab-profile": "refused", "agii-dossier": "refused"})
        self.assertEqual(later["vdab-profile"]["reasons"], ["consent-withdrawn"])

    def test_partial_withdrawal_narrows(self):
        consent_id = self.agree("E107")["consents"][0]["id"]
        answer = self.box.call("POST", f"/consents/{consent_id}/withdraw", {"categories": ["wishes"]})
        self.assertEqual(answer.status, 200, answer.body)
        views = self.states(self.send(resident("E107")), {"vdab-profile": "acknowledged", "agii-dossier": "acknowledged"})
        self.assertNotIn("wishes", views["vdab-profile"]["categoriesSent"])
        self.assertEqual(self.box.call("GET", "/consents/" + consent_id).json["state"], "GIVEN")
        self.assertNotIn("wishes", self.box.call("GET", "/consents/" + consent_id).json["categories"])

    def test_newer_record_replaces_what_waits(self):
        first = self.send(resident("E108"))
        self.states(first, {"vdab-profile": "held", "agii-dossier": "held"})
        second = self.send(resident("E108"))
        self.states(first, {"vdab-profile": "cancelled", "agii-dossier": "cancelled"})
        self.agree("E108")
        self.states(second, {"vdab-profile": "acknowledged", "agii-dossier": "acknowledged"})

    def test_same_message_again_gives_the_same_answer(self):
        record = resident("E109")
        first, second = self.send(record), self.send(record)
        self.assertEqual(first.json, second.json)
        shown = self.box.call("GET", "/records/" + first.json["id"])
        self.assertEqual(shown.status, 200, shown.body)
        self.assertEqual({t["id"] for t in shown.json["transfers"]}, {t["id"] for t in first.json["transfers"]})
        other = self.box.call("POST", "/records", changed(record, procedure__status="CGRS_PENDING"))
        self.assertEqual(other.status, 409, other.body)
        self.assertEqual(other.headers["Content-Type"], "application/problem+json")

    def test_preview_changes_nothing(self):
        before = len(self.box.transfers())
        answer = self.box.call("POST", "/records/preview", resident("E110"))
        self.assertEqual(answer.status, 200, answer.body)
        wanted = {t["message"]: t for t in answer.json["transfers"]}
        self.assertEqual(wanted["vdab-profile"]["decision"], "hold")
        self.assertEqual(wanted["vdab-profile"]["reasons"], ["no-consent"])
        self.assertEqual(len(self.box.transfers()), before)

    def test_no_ssin_holds_all_but_the_profile(self):
        self.agree("E111")
        record = resident("E111", resident__identifiers={"fedasilNumber": "E111"})
        views = self.states(self.send(record), {"vdab-profile": "acknowledged", "vdab-referral": "held", "agii-dossier": "held"})
        for message in ("vdab-referral", "agii-dossier", "agii-referral"):
            self.assertEqual(views[message]["reasons"], ["identifier-missing"])

    def test_two_people_who_claim_one_number_wait_for_a_person(self):
        self.agree("E112")
        self.agree("E113")
        one = resident("E112")
        self.states(self.send(one), {"vdab-profile": "acknowledged", "agii-dossier": "acknowledged"})
        other = resident("E113")
        other["resident"]["identifiers"]["ssin"] = one["resident"]["identifiers"]["ssin"]
        views = self.states(self.send(other), {"vdab-profile": "held", "agii-dossier": "held"})
        self.assertEqual(views["vdab-profile"]["reasons"], ["identity-conflict"])

    def test_pages_list_every_transfer_once(self):
        self.send(resident("E114"))
        ids, path = [], "/transfers?pageSize=3"
        while path:
            page = self.box.call("GET", path).json
            self.assertLessEqual(len(page["items"]), 3)
            ids += [t["id"] for t in page["items"]]
            path = page.get("next") and page["next"].split("/ketenpoort/v1", 1)[1]
        self.assertEqual(len(ids), len(set(ids)))
        self.assertEqual(set(ids), {t["id"] for t in self.box.transfers()})

    def test_verifier_finds_nothing_wrong_and_no_personal_data_in_the_clear(self):
        self.agree("E115")
        record = resident("E115", resident__name={"family": "Onmiskenbaar", "given": ["Zeldzaam"]})
        self.states(self.send(record), {"vdab-profile": "acknowledged", "agii-dossier": "acknowledged"})
        self.box.wait("publication", lambda: self.box.verify(check=None).returncode == 0, 10)
        self.box.verify_twice()
        secrets = [b"Onmiskenbaar", b"Zeldzaam", record["resident"]["identifiers"]["ssin"].encode(), b"E115"]
        for folder in ("data", "logs"):
            for file in (self.box.state / folder).rglob("*"):
                if not file.is_file():
                    continue
                content = file.read_bytes()
                for secret in secrets:
                    self.assertNotIn(secret, content, f"{file.name} holds personal data in the clear")

    def test_every_entry_says_its_trace_and_what_is_about_a_person_its_activity(self):
        self.agree("E116")
        self.states(self.send(resident("E116")), {"vdab-profile": "acknowledged", "agii-dossier": "acknowledged"})
        wanted = {"consent.given", "record.received", "transfer.permitted", "transfer.acknowledged"}
        self.box.wait("publication", lambda: wanted <= {entry["kind"] for entry in self.box.ledger_entries()}, 10)
        for entry in self.box.ledger_entries():
            self.assertIn("trace", entry, entry["kind"])
            if "subject" in entry:
                self.assertEqual(entry["activity"], "chain-cooperation@1", entry["kind"])
            if entry["kind"] in ("transfer.permitted", "transfer.held", "transfer.refused"):
                self.assertEqual(set(entry["sealed"]), {"ct", "dek", "iv"}, entry["kind"])

    def test_health_needs_no_token_and_metrics_are_there(self):
        self.assertEqual(self.box.call("GET", "/health", client=None).json["status"], "UP")
        text = urllib.request.urlopen(self.box.info["metrics"], timeout=10).read().decode()
        self.assertIn("ketenpoort_ledger_entries", text)
        for path in ("/metrics", "/ready"):
            for method, status in (("HEAD", 200), ("POST", 405)):
                asked = http.client.HTTPConnection(urllib.parse.urlsplit(self.box.info["metrics"]).netloc, timeout=10)
                with contextlib.closing(asked):
                    asked.request(method, path)
                    self.assertEqual(asked.getresponse().status, status, (method, path))
        uuid.UUID(self.box.call("GET", "/health", client=None).headers["BelGov-Trace-Id"])
