"""The index of the log: what an auditor asks of it, and that it may be deleted."""
import sqlite3
import unittest

from harness import BIN, SandboxTest
from people import consent, resident

PEOPLE = range(700, 712)


def rows(file):
    """Every row but what tells who has the file open."""
    with sqlite3.connect(f"file:{file}?mode=ro", uri=True) as database:
        return {table: [row for row in database.execute(f"SELECT * FROM {table} ORDER BY 1") if row[0] != "open"]
                for table in ("meta", "name", "subject", "entry", "record", "consent", "transfer")}


class IndexTest(SandboxTest):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.consents = []
        for number in PEOPLE:
            cls.consents += cls.box.call("POST", "/consents", consent(f"I{number}")).json["consents"]
            cls.record = cls.box.call("POST", "/records", resident(f"I{number}"))
            assert cls.record.status == 202, cls.record.body
        cls.transfers = cls.box.settle()

    def entries(self, query=""):
        """All pages of a question, as the auditor."""
        path, items = "/audit/entries?pageSize=7" + query, []
        while path:
            answer = self.box.call("GET", path, client="dpo")
            self.assertEqual(answer.status, 200, answer.body)
            items += answer.json["items"]
            path = answer.json.get("next") and answer.json["next"].split("/ketenpoort/v1", 1)[1]
        return items

    def test_gives_entries_as_they_stand_in_the_log_and_page_after_page(self):
        items = self.entries("&kind=record.received")
        self.assertEqual(len(items), len(PEOPLE))
        self.assertEqual({one["kind"] for one in items}, {"record.received"})
        self.assertEqual([one["seq"] for one in items], sorted(one["seq"] for one in items))
        seq = items[0]["seq"]
        page = self.box.call("GET", f"/audit/entries?kind=record.received&after={seq - 1}&pageSize=1", client="dpo")
        self.box.wait("publication", lambda: self.box.call("GET", f"/ledger/entries/{seq}", client="dpo").status == 200)
        self.assertIn(self.box.call("GET", f"/ledger/entries/{seq}", client="dpo").body, page.body)

    def test_finds_what_concerns_a_recipient_and_a_time(self):
        of_vdab = self.entries("&recipient=vdab")
        kinds = {one["kind"] for one in of_vdab}
        self.assertLessEqual({"agreement.registered", "consent.given", "transfer.requested", "transfer.acknowledged"}, kinds)
        delivered = self.entries("&recipient=vdab&kind=transfer.delivered")
        self.assertEqual({one["tx"] for one in delivered},
                         {t["id"] for t in self.transfers if t["recipient"] == "vdab" and t["state"] == "acknowledged"})
        first, last = delivered[0]["time"], delivered[-1]["time"]
        between = self.entries(f"&recipient=vdab&kind=transfer.delivered&from={first}&to={last}")
        self.assertEqual(between, delivered)
        self.assertEqual(self.entries("&to=2026-11-23"), [])
        for path in ("/audit/entries", "/audit/refusals", "/figures"):
            slip = self.box.call("GET", path + "?recipient=vdap", client="dpo")
            self.assertEqual((slip.status, slip.json["issues"][0]["name"]), (400, "recipient"), path)
            for known in ("vdab", "agii", "municipality", "fedasil"):
                self.assertIn(known, slip.json["issues"][0]["detail"], path)

    def test_every_look_stands_in_the_log(self):
        before = len(self.entries("&kind=audit.queried"))
        self.box.call("GET", "/audit/entries?kind=consent.given&pageSize=500", client="dpo")
        looks = self.entries("&kind=audit.queried")
        asked = [one for one in looks if one["body"]["rows"] == len(self.consents)]
        self.assertTrue(asked)
        self.assertGreater(len(looks), before)
        self.assertEqual(set(asked[0]["body"]), {"purpose", "query", "rows"})
        self.assertEqual(asked[0]["actor"]["role"], "auditor")

    def test_refuses_what_it_does_not_understand_and_who_may_not_ask(self):
        for query in ("kind=transfer.lost", "from=yesterday", "after=x", "pageSize=501", "pageSize=0", "subject=1", "recipient="):
            self.assertEqual(self.box.call("GET", "/audit/entries?" + query, client="dpo").status, 400, query)
        self.assertEqual(self.box.call("GET", "/audit/entries", client="fedasil").status, 403)
        self.assertEqual(self.box.call("GET", "/audit/entries", client=None).status, 401)

    def test_is_made_anew_when_it_was_deleted(self):
        views = [self.box.call("GET", "/transfers/" + t["id"]).json for t in self.transfers]
        consents = [self.box.call("GET", "/consents/" + c["id"]).json for c in self.consents]
        index = self.box.state / "index.sqlite"
        if not index.exists():
            index = next(self.box.state.rglob("index.sqlite"))
        self.box.kill_gateway()
        self.box.start_gateway()
        self.assertEqual(self.box.stop_gateway(), 0)
        kept = rows(index)
        for suffix in ("", "-wal", "-shm"):
            (index.parent / (index.name + suffix)).unlink(missing_ok=True)
        done = self.box.tool(BIN / "ketenpoort", "ledger", "rebuild-index", "--ledger", self.box.path(self.box.info["ledger"]), check=0)
        self.assertIn("entries indexed", done.stdout)
        self.assertEqual(rows(index), kept)
        for suffix in ("", "-wal", "-shm"):
            (index.parent / (index.name + suffix)).unlink(missing_ok=True)
        self.box.start_gateway()
        self.assertEqual([self.box.call("GET", "/transfers/" + t["id"]).json for t in self.transfers], views)
        self.assertEqual([self.box.call("GET", "/consents/" + c["id"]).json for c in self.consents], consents)
        running = self.box.tool(BIN / "ketenpoort", "ledger", "rebuild-index", "--ledger", self.box.path(self.box.info["ledger"]))
        self.assertNotEqual(running.returncode, 0)
        self.assertIn("in use", running.stderr)
        self.box.verify()

    def test_withdrawing_by_an_older_consent_withdraws_what_took_its_place(self):
        first = self.box.call("POST", "/consents", consent("I790")).json["consents"][0]
        second = [c for c in self.box.call("POST", "/consents", consent("I790")).json["consents"] if c["purpose"] == first["purpose"]][0]
        self.assertEqual(self.box.call("GET", "/consents/" + first["id"]).json["state"], "SUPERSEDED")
        self.assertEqual(self.box.call("POST", f"/consents/{first['id']}/withdraw", {}).status, 200)
        self.assertEqual(self.box.call("GET", "/consents/" + second["id"]).json["state"], "WITHDRAWN")
        unknown = first["id"][:-12] + first["id"][-12:][::-1]  # a neighbour would be the other consent of the conversation
        self.assertEqual(self.box.call("POST", f"/consents/{unknown}/withdraw", {}).status, 404)


if __name__ == "__main__":
    unittest.main()
