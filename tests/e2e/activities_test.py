"""Activities that partners offer: published, replaced, withdrawn, read by senders, kept over a kill; never about anybody."""
import csv
import io
import json

from harness import BIN, SandboxTest


def activity(reference, **changes):
    return {"reference": reference, "title": {"nl": "Werken in Vlaanderen", "fr": "Travailler en Flandre"}, "kind": "INFO_SESSION",
            "from": "2026-12-01", "until": "2026-12-20", "languages": ["nld", "ara"], "enrol": {"how": "BY_CENTRE"}, **changes}


class ActivitiesTest(SandboxTest):
    def publish(self, body, client="vdab", status=201):
        answer = self.box.call("POST", "/activities", body, client=client)
        self.assertEqual(answer.status, status, answer.body)
        return answer.json

    def list(self, client="fedasil", **query):
        answer = self.box.call("GET", "/activities?" + "&".join(f"{k}={v}" for k, v in query.items()), client=client)
        self.assertEqual(answer.status, 200, answer.body)
        return answer.json["items"]

    def test_from_partner_to_centre_and_away_again(self):
        first = self.publish(activity("W-1", place={"municipality": "Ieper", "municipalityNis": "33011"}))
        self.assertEqual(self.publish(activity("W-1", place={"municipality": "Ieper", "municipalityNis": "33011"}), status=200), first)
        self.publish(activity("W-1", kind="JOB_FAIR", capacity=30, freeOfCharge=True), status=200)
        self.publish(activity("W-1", languages=["fra"], targetGroup={"culturalOrientation": True, "profiles": ["RESETTLED"]}), client="agii")
        items = self.list()
        self.assertEqual(sorted((i["partner"], i["kind"], i["reference"]) for i in items), [("agii", "INFO_SESSION", "W-1"), ("vdab", "JOB_FAIR", "W-1")])
        self.assertEqual([i["partner"] for i in self.list(language="fra")], ["agii"])
        self.assertEqual([i["partner"] for i in self.list(kind="JOB_FAIR", client="agii")], ["vdab"])
        self.assertEqual([i["partner"] for i in self.list(culturalOrientation="true")], ["agii"])
        self.assertEqual(self.list(**{"from": "2026-12-21"}), [])
        # In four languages, and not again when nothing changed.
        answer = self.box.call("GET", "/activities", headers={"Accept-Language": "fr"})
        self.assertEqual((answer.headers["Content-Language"], {i["kindText"] for i in answer.json["items"]}), ("fr", {"salon de l'emploi", "séance d'information"}))
        again = self.box.call("GET", "/activities", headers={"Accept-Language": "fr", "If-None-Match": answer.headers["ETag"]})
        self.assertEqual((again.status, again.body), (304, b""))
        # Files for another program.
        lines = self.box.call("GET", "/activities?format=jsonl").body.decode().splitlines()
        self.assertEqual(len([json.loads(line) for line in lines]), 2)
        done = self.box.tool(BIN / "ketenpoort", "report", "activities", "--orientation", "--lang", "nl", "--sandbox", self.box.state, check=0)
        rows = list(csv.DictReader(io.StringIO(done.stdout)))
        self.assertEqual([(r["partner"], r["title"], r["kindText"], r["profiles"]) for r in rows], [("agii", "Werken in Vlaanderen", "infosessie", "RESETTLED")])
        # Killed, it is all there; withdrawn, it is not.
        self.box.kill_gateway()
        self.box.start_gateway()
        self.assertEqual(self.list(), items)
        path = f"/activities/{first['id']}"
        self.assertEqual(self.box.call("POST", path + "/withdraw", {}, client="agii").status, 404, "another's")
        self.assertEqual(self.box.call("POST", path + "/withdraw", {}, client="vdab").json["state"], "WITHDRAWN")
        self.assertEqual(self.box.call("POST", path + "/withdraw", {}, client="vdab").status, 200)
        self.assertEqual([i["partner"] for i in self.list()], ["agii"])
        self.assertEqual(self.box.call("GET", path).status, 410)
        self.publish(activity("W-1"), status=200)
        self.assertEqual(self.box.call("GET", path).status, 200)

    def test_under_an_idempotency_key_there_is_one_activity(self):
        key = {"Idempotency-Key": "activity-1"}
        post = lambda body, client="vdab": self.box.call("POST", "/activities", body, client=client, headers=key)
        first, again = post(activity("K-1", kind="COACHING")), post(activity("K-1", kind="COACHING"))
        self.assertEqual((first.status, again.status, again.body), (201, 201, first.body))
        self.assertEqual((first.headers["Location"], again.headers["Location"]), (first.json["href"],) * 2)
        other = post(activity("K-2", kind="COACHING"))
        self.assertEqual((other.status, other.headers["Content-Type"]), (409, "application/problem+json"))
        self.assertEqual([i["reference"] for i in self.list(kind="COACHING")], ["K-1"])
        self.assertEqual(post(activity("K-1", kind="COACHING"), client="agii").status, 201, "a key is its client's own")
        # What was refused is no answer to keep.
        wrong = {"Idempotency-Key": "activity-2"}
        self.assertEqual(self.box.call("POST", "/activities", activity("K 3"), client="vdab", headers=wrong).status, 400)
        self.assertEqual(self.box.call("POST", "/activities", activity("K-3"), client="vdab", headers=wrong).status, 201)

    def test_pages(self):
        for i in range(7):
            self.publish(activity(f"P-{i}", **{"from": f"2026-12-{7 - i:02}", "kind": "TRAINING"}))
        path, seen = "/activities?kind=TRAINING&pageSize=3", []
        while path:
            page = self.box.call("GET", path).json
            self.assertLessEqual(len(page["items"]), 3)
            seen += [i["reference"] for i in page["items"]]
            path = page.get("next", "").partition("/ketenpoort/v1")[2]
        self.assertEqual(seen, [f"P-{6 - i}" for i in range(7)])

    def test_nothing_wrong_and_nothing_about_anybody(self):
        wrong = {"reference": activity("a b"), "": {**activity("X-1"), "resident": {}}, "until": activity("X-1", until="2026-11-01"),
                 "description.nl": activity("X-1", description={"nl": "Vraag naar 91.63.14-002.87"}),
                 "title.nl": activity("X-1", title={"nl": "Mail mia@vdab.example"}), "place.name": activity("X-1", place={"name": "Bel 0470 00 00 01"}),
                 "targetGroup.description.en": activity("X-1", targetGroup={"description": {"en": "file 7654321"}}),
                 "enrol.email": activity("X-1", enrol={"how": "EMAIL", "email": "no address"})}
        for place, body in wrong.items():
            answer = self.publish(body, status=400)
            self.assertTrue(any(place in i.get("name", "") for i in answer["issues"]), (place, answer))
            self.assertNotIn("91.63", json.dumps(answer))
        self.assertFalse([i for i in self.list() if i["reference"] == "X-1"])
        self.publish(activity("X-2", enrol={"how": "EMAIL", "email": "onthaal.ieper@vdab.example", "phone": "+3257123456", "until": "2026-12-01"}))
        for client, status in (("fedasil", 403), ("dpo", 403), (None, 401)):
            self.assertEqual(self.box.call("POST", "/activities", activity("X-3"), client=client).status, status, client)
        for client in ("dpo", "operator", "rights"):
            self.assertEqual(self.box.call("GET", "/activities", client=client).status, 403, client)
        for query in ("kind=NONE", "language=nl", "from=x", "after=1", "pageSize=0", "format=xml", "profile=ALL", "since=1", "culturalOrientation=no"):
            self.assertEqual(self.box.call("GET", "/activities?" + query).status, 400, query)
