"""Accept (RFC 9110 section 12.5.1): obeyed; a look is refused, before anything is done, where it rules out all there is."""
import unittest

from harness import SandboxTest
from people import consent, resident


class AcceptTest(SandboxTest):
    def ask(self, path, accept, client="dpo", method="GET", body=None):
        return self.box.call(method, path, body, client=client, headers={"Accept": accept})

    def refused(self, answer, *there_is):
        self.assertEqual((answer.status, answer.headers["Content-Type"]), (406, "application/problem+json"), answer.body)
        self.assertEqual(answer.json["type"], "urn:problem-type:ketenpoort:notAcceptable")
        for one in there_is:
            self.assertIn(one, answer.json["detail"])

    def test_a_report_comes_in_the_form_that_is_accepted(self):
        for accept, got in (("*/*", "application/json"), ("text/csv", "text/csv; charset=utf-8"), ("text/*;q=0.5, application/json;q=0.1", "text/csv; charset=utf-8"),
                            ("application/ld+json, application/json;q=0.9", "application/ld+json"), ("text/csv;q=0, */*;q=0.1", "application/json"),
                            ("garbage", "application/json"), ("text/html;q=x, application/ld+json", "application/ld+json")):
            answer = self.ask("/audit/register", accept)
            self.assertEqual((answer.status, answer.headers["Content-Type"]), (200, got), accept)
        self.refused(self.ask("/audit/register", "text/html, image/*"), "application/json", "text/csv", "application/ld+json")
        self.refused(self.ask("/audit/register", "*/*;q=0"))
        self.assertEqual(self.ask("/audit/register?format=csv", "text/html").headers["Content-Type"], "text/csv; charset=utf-8", "what format says counts")

    def test_nothing_is_done_for_who_would_not_take_the_answer(self):
        record, given = resident("A100"), consent("A100")
        entries = len(self.box.ledger_entries())
        self.refused(self.ask("/audit/register", "image/png"))
        self.assertEqual(len(self.box.ledger_entries()), entries, "not even a note of a look")
        # What somebody sends is not turned away for the form of its receipt.
        self.assertEqual(self.ask("/records", "application/xml", "fedasil", "POST", record).status, 202)
        self.assertEqual(self.ask("/consents", "text/html", "fedasil", "POST", given).status, 201)

    def test_other_forms_are_named(self):
        self.refused(self.ask("/ledger/checkpoint", "application/json"), "text/plain")
        self.refused(self.ask("/ledger/export?from=0&to=1", "application/json"), "application/x-ndjson")
        self.assertEqual(self.ask("/ledger/export?from=0&to=1", "application/x-ndjson").status, 200)
        self.refused(self.ask("/doc/openapi.yaml", "text/html", None), "application/yaml")
        self.assertEqual(self.ask("/doc/schemas/resident-1.schema.json", "application/json", None).status, 200, "JSON of some kind is JSON")
        self.assertEqual(self.ask("/health", "text/plain", None).status, 200, "a probe asks for anything")
        self.assertEqual(self.ask("/health", "text/html,application/xhtml+xml,*/*;q=0.8", None).status, 200, "as a browser asks")

    def test_a_message_has_the_form_that_was_agreed(self):
        answer = self.ask("/mailbox/0193a1b2-0000-7000-8000-000000000001", "image/png", "agii")
        self.assertEqual((answer.status, answer.headers["Content-Type"]), (404, "application/problem+json"), "errors are problems whatever is accepted")
        self.assertEqual(self.ask("/nothing", "text/html").status, 404)
        self.assertEqual(self.ask("/transfers?nonsense=1", "application/json", "fedasil").status, 400)


if __name__ == "__main__":
    unittest.main()
