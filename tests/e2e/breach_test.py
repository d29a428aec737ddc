"""Personal data breaches are written down (GDPR art. 33(5)), told anew as more is known, and nobody forgets the 72 hours."""
import hashlib
import json
import urllib.request
import uuid
from concurrent.futures import ThreadPoolExecutor

import jsonschema

from harness import ROOT, SandboxTest
from people import mock_ssin

DOCUMENT = hashlib.sha256(b"What happened, in words.").hexdigest()
REQUIRED = ("awareAt", "nature", "cause", "categories", "effects", "measures", "records", "subjects", "risk", "documentSha256")


def breach(**more):
    """Known since this morning, whatever `more` says (None leaves out)."""
    told = {"awareAt": "2026-11-24T08:00:00+01:00", "nature": ["confidentiality"], "cause": "lost-device", "categories": ["contact", "identity-core"],
            "effects": ["identity-theft"], "measures": [], "records": 12, "subjects": 7, "risk": "risk", "documentSha256": DOCUMENT, **more}
    return {name: value for name, value in told.items() if value is not None}


class BreachCalls(SandboxTest):
    def post(self, body, path="/breaches", status=201, client="rights", **options):
        answer = self.box.call("POST", path, body, client=client, **options)
        self.assertEqual(answer.status, status, answer.body)
        return answer.json

    def get(self, path, client="rights", status=200):
        answer = self.box.call("GET", path, client=client)
        self.assertEqual(answer.status, status, answer.body)
        return answer.json

    def all(self, query="", client="rights"):
        path, items = "/breaches?pageSize=2" + query, []
        while path:
            page = self.get(path, client)
            items += page["items"]
            path = page.get("next") and page["next"].split("/ketenpoort/v1", 1)[1]
        return items

    def all_entries(self, query=""):
        path, items = "/audit/entries?pageSize=500" + query, []
        while path:
            page = self.get(path, "dpo")
            items += page["items"]
            path = page.get("next") and page["next"].split("/ketenpoort/v1", 1)[1]
        return items

    def in_ledger(self, seq):
        find = lambda: next((e for e in self.box.ledger_entries() if e["seq"] == seq), None)
        return self.box.wait("publication", find)

    def metric(self, name):
        text = urllib.request.urlopen(self.box.info["metrics"], timeout=10).read().decode()
        return int(next(line for line in text.splitlines() if line.startswith(name + " ")).split()[1])


class BreachTest(BreachCalls):
    def test_it_is_told_in_phases_and_everything_stands_in_the_ledger(self):
        first = self.box.call("POST", "/breaches", breach(records=0, subjects=0, categories=[], risk="high"), client="rights")
        self.assertEqual(first.status, 201, first.body)
        place = "/breaches/" + first.json["id"]
        self.assertEqual(first.headers["Location"], first.json["self"])
        self.assertTrue(first.json["self"].endswith("/ketenpoort/v1" + place))
        self.assertEqual((first.json["tellAuthorityBefore"], first.json["authority"], first.json["dataSubjects"]),
                         ("2026-11-27T07:00:00.000Z", "PENDING", "PENDING"))
        whole = breach(risk="high", measures=["device-wiped"], **{"from": "2026-11-20"}, until="2026-11-24", authorityTold="2026-11-24T10:00:00+01:00",
                       subjectsTold="2026-11-24")
        second = self.box.call("POST", place, whole, client="rights")
        self.assertEqual((second.status, second.json["id"], second.json["authority"], second.json["dataSubjects"]),
                         (200, first.json["id"], "TOLD", "TOLD"), second.body)
        self.assertNotIn("Location", second.headers)
        seen = self.get(place)
        self.assertEqual(seen["ledger"], [first.json["ledger"], second.json["ledger"]])
        self.assertEqual({name: seen[name] for name in whole if not name.endswith(("At", "Told")) and name != "categories"},
                         {name: whole[name] for name in whole if not name.endswith(("At", "Told")) and name != "categories"})
        self.assertEqual((seen["awareAt"], seen["authorityTold"], seen["subjectsTold"]), ("2026-11-24T07:00:00.000Z", "2026-11-24T09:00:00.000Z", "2026-11-24"))
        self.assertEqual(seen["categories"], ["identity-core", "contact"])
        schema = json.loads((ROOT / "docs/ledger-schemas/breach.recorded.schema.json").read_text())
        for answer in (first, second):
            entry = self.in_ledger(answer.json["ledger"])
            self.assertEqual((entry["kind"], entry["body"]["breach"], entry["actor"]["role"]), ("breach.recorded", first.json["id"], "rights-officer"))
            self.assertNotIn("subject", entry)
            jsonschema.validate(entry["body"], schema)
        self.assertEqual(self.in_ledger(second.json["ledger"])["body"]["document"], DOCUMENT)
        self.box.verify_twice()

    def test_the_dpo_reads_and_that_is_noted(self):
        told = self.post(breach())
        noted = lambda: sum(e["kind"] == "audit.queried" for e in self.all_entries())
        before = noted()
        seen = self.get("/breaches/" + told["id"], client="dpo")
        self.assertEqual(seen, self.get("/breaches/" + told["id"]))
        self.assertIn(seen, self.all(client="dpo"))
        pages = -(-len(self.all()) // 2)
        self.assertEqual(noted() - before, 2 + pages, "one breach, the pages, and the look at the notes itself; not the rights officer")
        self.assertIn(told["ledger"], [e["seq"] for e in self.all_entries("&kind=breach.recorded")])

    def test_who_may_and_who_may_not(self):
        told = self.post(breach())
        for client in ("dpo", "operator", "fedasil", "vdab"):
            self.post(breach(), status=403, client=client)
            self.post(breach(), "/breaches/" + told["id"], 403, client)
        for client in ("operator", "fedasil", "vdab"):
            self.get("/breaches", client, 403)
            self.get("/breaches/" + told["id"], client, 403)
        for unknown in (str(uuid.uuid4()), "nothing"):
            self.get("/breaches/" + unknown, status=404)
            self.get("/breaches/" + unknown, "dpo", 404)
            self.post(breach(), "/breaches/" + unknown, 404)
        self.get("/breaches?colour=red", status=400)
        self.get("/breaches?authority=LATE", status=400)
        self.get("/breaches/" + told["id"] + "?lang=nl", status=400)

    def test_what_cannot_be_is_refused_and_says_where(self):
        known = len(self.all())
        wrong = [
            ("colour", dict(colour="red")), ("subject", dict(subject={"ssin": mock_ssin(1990, 5, 14)})), ("id", dict(id=str(uuid.uuid4()))),
            *[(name, {name: None}) for name in REQUIRED],
            ("awareAt", dict(awareAt="2026-11-25T08:00:00+01:00")), ("awareAt", dict(awareAt="2026-11-24")), ("awareAt", dict(awareAt="0000-01-01T00:00:00+01:00")),
            ("nature", dict(nature=[])), ("nature[0]", dict(nature=["theft"])), ("cause", dict(cause="Lost device")),
            ("cause", dict(cause="resident-" + mock_ssin(1990, 5, 14))), ("categories[0]", dict(categories=["money"])), ("effects", dict(effects=[], risk="high")),
            ("measures[0]", dict(measures=["We wiped it."])), ("records", dict(records=-1)), ("subjects", dict(subjects=int(mock_ssin(1990, 5, 14)))), ("risk", dict(risk="low")),
            ("from", {"from": "2026-11-25"}), ("until", dict(until="2026-11-25")), ("until", {"from": "2026-11-21", "until": "2026-11-20"}),
            ("authorityTold", dict(authorityTold="2026-11-24T07:59:59+01:00")), ("authorityTold", dict(authorityTold="2026-11-25T08:00:00+01:00")),
            ("subjectsTold", dict(subjectsTold="2026-11-23")), ("subjectsTold", dict(subjectsTold="2026-11-25")), ("documentSha256", dict(documentSha256="abc")),
        ]
        place = "/breaches/" + self.post(breach())["id"]
        for where, more in wrong:
            for path in ("/breaches", place):
                with self.subTest(more=more, path=path):
                    problem = self.post(breach(**more), path, 400)
                    self.assertEqual([i["name"] for i in problem["issues"]], [where], problem)
                    self.assertTrue(problem["issues"][0]["detail"])
        for body in ("", "[]", "{", "null"):
            self.post(body, status=400, raw=True)
        self.assertEqual(len(self.all()), known + 1)
        self.assertEqual(len(self.get(place)["ledger"]), 1)

    def test_the_same_call_twice_is_one(self):
        key = {"Idempotency-Key": "breach-17"}
        known = len(self.all())
        with ThreadPoolExecutor(16) as pool:
            answers = list(pool.map(lambda _: self.box.call("POST", "/breaches", breach(), client="rights", headers=key), range(16)))
        self.assertEqual({(a.status, a.body, a.headers["Location"]) for a in answers}, {(201, answers[0].body, answers[0].json["self"])})
        self.assertEqual(len(self.all()), known + 1)
        self.post(breach(subjects=8), status=409, headers=key)
        place = "/breaches/" + answers[0].json["id"]
        again = [self.post(breach(subjects=8), place, 200, headers=key) for _ in range(2)]
        self.assertEqual(again[0], again[1])
        self.post(breach(subjects=9), place, 409, headers=key)
        self.assertEqual(len(self.get(place)["ledger"]), 2)

    def test_pages_show_every_breach_once(self):
        ids = [self.post(breach())["id"] for _ in range(3)]
        seen = [b["id"] for b in self.all()]
        self.assertEqual(len(seen), len(set(seen)))
        self.assertEqual([i for i in seen if i in ids], ids)


class OverdueBreachTest(BreachCalls):
    """Of a sandbox of its own, which counts and is killed."""

    def test_the_72_hours_are_counted_and_survive_a_kill(self):
        late = self.post(breach(awareAt="2026-11-20T08:00:00+01:00", risk="high"))
        soon = self.post(breach())
        harmless = self.post(breach(awareAt="2026-11-20T08:00:00+01:00", risk="none"))
        self.assertEqual([b["authority"] for b in (late, soon, harmless)], ["OVERDUE", "PENDING", "NOT_REQUIRED"])
        self.assertNotIn("tellAuthorityBefore", harmless)
        count = lambda: (self.metric("ketenpoort_breaches_untold"), self.metric("ketenpoort_breaches_overdue"))
        self.box.wait("the count", lambda: count() == (2, 1), 30)
        self.assertEqual([b["id"] for b in self.all("&authority=OVERDUE", "dpo")], [late["id"]])
        before = self.all()
        self.box.wait("publication", lambda: any(e["seq"] == harmless["ledger"] for e in self.box.ledger_entries()))
        self.box.kill_gateway()
        for file in (self.box.state / "data").glob("index.sqlite*"):
            file.unlink()
        self.box.start_gateway()
        self.box.wait("the index", lambda: self.box.call("GET", "/breaches", client="rights").status == 200)
        self.assertEqual(self.all(), before)
        self.box.wait("the count again", lambda: count() == (2, 1), 30)
        told = self.post(breach(awareAt="2026-11-20T08:00:00+01:00", risk="high", authorityTold="2026-11-24T11:00:00+01:00"), "/breaches/" + late["id"], 200)
        self.assertEqual((told["authority"], told["dataSubjects"]), ("TOLD_LATE", "PENDING"))
        self.assertEqual(self.all("&authority=OVERDUE"), [])
        self.box.wait("the count once told", lambda: count() == (1, 0), 30)
        self.box.verify_twice()
