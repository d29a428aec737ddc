"""The receipt of a consent: complete, true, in terms that exist, and about nobody by name."""
import csv
import json
import os
import re
import unittest
from pathlib import Path

from harness import SandboxTest
from people import consent

# Terms of the Data Privacy Vocabulary 2.3 that a receipt may use.
DPV = {"ConsentControl", "ConsentExpired", "ConsentGiven", "ConsentNotice", "ConsentReceipt", "ConsentRecord", "ConsentRefused",
       "ConsentWithdrawn", "DataSubject", "LegalBasis", "Process", "UntilTimeDuration", "WithdrawConsent", "hasConsentControl",
       "hasConsentStatus", "hasDataController", "hasDataSubject", "hasDuration", "hasIndicationMethod", "hasJurisdiction", "hasLegalBasis",
       "hasNotice", "hasPersonalData", "hasProcess", "hasPurpose", "hasRecipient", "hasRecordOfActivity", "hasRight", "isExercisedAt",
       "isIndicatedAtTime", "isIndicatedBy"}
GDPR = {"A6-1-e", "A7-3"}


class ReceiptTest(SandboxTest):
    def receipt(self, consent_id):
        answer = self.box.call("GET", f"/consents/{consent_id}/receipt")
        self.assertEqual((answer.status, answer.headers["Content-Type"]), (200, "application/ld+json"), answer.body)
        return answer

    def agree(self, number, decision="GIVEN"):
        answer = self.box.call("POST", "/consents", consent(number, {"work-guidance": decision}))
        self.assertEqual(answer.status, 201, answer.body)
        return answer.json

    def test_says_what_was_agreed_to_whom_and_until_when(self):
        given = self.agree("RC100")
        receipt = self.receipt(given["consents"][0]["id"]).json
        self.assertEqual(receipt["@type"], "dpv:ConsentReceipt")
        record = receipt["dpv:hasRecordOfActivity"]
        self.assertEqual(record["dct:isPartOf"], "urn:uuid:" + given["conversationId"])
        process = record["dpv:hasProcess"]
        self.assertEqual(process["dpv:hasPurpose"]["dct:identifier"], "work-guidance")
        categories = {c["dct:identifier"]: c for c in process["dpv:hasPersonalData"]}
        self.assertIn("wishes", categories)
        self.assertEqual({label["@language"] for label in categories["wishes"]["skos:prefLabel"]}, {"nl", "fr", "de", "en"})
        self.assertTrue(categories["wishes"]["@type"].startswith("pd:"))
        self.assertEqual({r["dct:identifier"] for r in process["dpv:hasRecipient"]}, {"vdab"})
        self.assertTrue(all(r["@id"].startswith("urn:kbo:") and r["dct:title"] for r in process["dpv:hasRecipient"]))
        self.assertEqual([b["@type"] for b in process["dpv:hasLegalBasis"]], ["eu-gdpr:A6-1-e"] * 2)
        self.assertEqual(process["dpv:hasDuration"]["schema:validThrough"], "2027-11-24")
        self.assertEqual((record["dpv:hasNotice"]["dct:identifier"], record["dpv:hasNotice"]["dct:language"]), ("chain-cooperation", "ara"))
        status = record["dpv:hasConsentStatus"]
        self.assertEqual([(s["@type"], s["dpv:isIndicatedAtTime"]) for s in status], [("dpv:ConsentGiven", "2026-11-24")])
        self.assertEqual(status[0]["dpv:hasIndicationMethod"], "HEARD, interpreter PHONE SOCIAL; PAPER")

    def test_follows_withdrawals_and_tells_a_refusal(self):
        consent_id = self.agree("RC101")["consents"][0]["id"]
        self.box.call("POST", f"/consents/{consent_id}/withdraw", {"categories": ["wishes"]})
        self.box.call("POST", f"/consents/{consent_id}/withdraw", {})
        status = self.receipt(consent_id).json["dpv:hasRecordOfActivity"]["dpv:hasConsentStatus"]
        self.assertEqual([s["@type"] for s in status], ["dpv:ConsentGiven", "dpv:ConsentWithdrawn", "dpv:ConsentWithdrawn"])
        self.assertEqual(status[1]["dct:coverage"], ["wishes"])
        self.assertNotIn("wishes", status[2]["dct:coverage"])
        refused = self.receipt(self.agree("RC102", "REFUSED")["consents"][0]["id"]).json["dpv:hasRecordOfActivity"]
        self.assertEqual([s["@type"] for s in refused["dpv:hasConsentStatus"]], ["dpv:ConsentRefused"])
        self.assertNotIn("dpv:hasDuration", refused["dpv:hasProcess"])

    def test_uses_terms_that_exist_and_names_nobody(self):
        answer = self.receipt(self.agree("RC103")["consents"][0]["id"])
        receipt = answer.json
        context = receipt.pop("@context")
        text = json.dumps(receipt)
        self.assertEqual(set(re.findall(r'"dpv:(\w+)"', text)) - DPV, set())
        # Without the context's word "loc:BE" is a text to whoever reads triples.
        names = set(re.findall(rf'"([\w-]+:\w+)": "(?:urn|https|{"|".join(p for p in context if ":" not in p)}):[^" ]+"', text))
        self.assertIn("dpv:hasJurisdiction", names)
        self.assertEqual({name for name in names if context.get(name) != {"@type": "@id"}}, set())
        self.assertEqual(set(re.findall(r'"eu-gdpr:([\w-]+)"', text)) - GDPR, set())
        for personal in ("RC103", "op-tst", "SCAN-1", "TST"):
            self.assertNotIn(personal, text)

    @unittest.skipUnless("KETENPOORT_VECTORS" in os.environ, "the published vocabulary is not at hand")
    def test_knows_the_published_vocabulary(self):
        folder = Path(os.environ["KETENPOORT_VECTORS"]) / "dpv"
        for name, known in (("dpv", DPV), ("eu-gdpr", GDPR)):
            with open(folder / f"{name}.csv", newline="") as file:
                self.assertEqual(known - {row["term"] for row in csv.DictReader(file)}, set())

    def test_is_for_those_who_record_consents(self):
        consent_id = self.agree("RC104")["consents"][0]["id"]
        self.assertEqual(self.box.call("GET", f"/consents/{consent_id}/receipt", client="vdab").status, 403)
        self.assertEqual(self.box.call("GET", f"/consents/{consent_id}/receipt", client=None).status, 401)
        self.assertEqual(self.box.call("GET", "/consents/0190a000-0000-7000-8000-000000000000/receipt").status, 404)


if __name__ == "__main__":
    unittest.main()
