"""`ketenpoort send` with whole files of residents and consents: what becomes of each referral is what the rules say.

Runs on the repository's own samples, and on further ones where KETENPOORT_SAMPLES names a folder.
"""
import collections
import json
import os
import tempfile
import unittest
from pathlib import Path

from harness import ROOT, Sandbox

# In the order of the resident record's table: which properties belong to which category. A value below one of these may reach
# a recipient only when the category was sent.
CATEGORY_PATHS = {
    "original-script": ["resident.name.familyOriginalScript", "resident.name.givenOriginalScript"],
    "civil-status": [],
    "procedure-detail": ["procedure.documents.number", "procedure.cgrsDecision.notifiedOn", "procedure.appealLodgedOn"],
    "case-note": ["referrals.caseNote"],
    "health-restrictions": ["screening.health.workRestrictions"],
    "education": ["screening.education.title"],
    "work-experience": ["screening.work.title"],
    "wishes": ["screening.wishes.occupations.title"],
    "residence": ["resident.residence.address.street"],
}


def lines(path):
    return [json.loads(line) for line in Path(path).read_text().splitlines() if line.strip()]


def values_at(node, path):
    if isinstance(node, list):
        for item in node:
            yield from values_at(item, path)
    elif not path:
        yield str(node)
    elif isinstance(node, dict) and path[0] in node:
        yield from values_at(node[path[0]], path[1:])


def values_elsewhere(node, hidden, path=()):
    """Every value that stands outside the hidden paths: it may arrive from there."""
    if isinstance(node, list):
        for item in node:
            yield from values_elsewhere(item, hidden, path)
    elif isinstance(node, dict):
        for key, value in node.items():
            yield from values_elsewhere(value, hidden, (*path, key))
    elif ".".join(path) not in hidden:
        yield str(node)


def wanted_state(row, message):
    """State and reasons (a set that must be among those given) for one referral's message."""
    if message == "vdab-referral" and not row["ssin"] and row["withoutConsent"] != "cancelled":  # who it is comes before whether
        return {"held"}, {"identifier-missing"}
    if row["withoutConsent"] != "free":
        return {row["withoutConsent"]}, set(row["reasons"])
    if message in ("agii-dossier", "agii-referral") and not row["ssin"]:
        return {"held"}, {"identifier-missing"}
    if row["consent"] == "REFUSED":
        return {"refused"}, {"consent-refused"}
    if row["consent"] != "GIVEN":
        return {"held"}, {"no-consent"}
    if not row["requiredCovered"]:
        return {"refused"}, {"category-not-covered"}
    return {"acknowledged"}, set()


class Samples:
    folder = None

    @classmethod
    def setUpClass(cls):
        cls.box = Sandbox()
        cls.addClassCleanup(cls.box.close)
        cls.residents = lines(cls.folder / "residents.ndjson")
        # Progress files are written beside what is sent, so a copy is sent.
        with tempfile.TemporaryDirectory() as work:
            for name in ("consents", "residents"):
                copy = Path(work) / f"{name}.ndjson"
                copy.write_bytes((cls.folder / f"{name}.ndjson").read_bytes())
                cls.box.send(copy)
        cls.transfers = cls.box.settle()

    def views(self):
        if not hasattr(type(self), "_views"):
            type(self)._views = [self.box.call("GET", "/transfers/" + t["id"]).json for t in self.transfers]
        return self._views

    def test_every_referral_ends_as_the_rules_say(self):
        by_referral = collections.defaultdict(list)
        for view in self.views():
            by_referral[view["referral"]].append(view)
        wrong = []
        for row in lines(self.folder / "expected.ndjson"):
            views = by_referral.pop(row["referral"], [])
            if not views:
                wrong.append((row["referral"], "no transfer"))
            for view in views:
                if view["recipient"] == "municipality" and view["reasons"] == ["no-agreement"]:
                    continue
                states, reasons = wanted_state(row, view["message"])
                if view["state"] not in states or not reasons <= set(view["reasons"]):
                    wrong.append((row["referral"], view["message"], view["state"], view["reasons"], "wanted", states, reasons))
                if row.get("heldUntil") and view["state"] == "held" and view.get("heldUntil") != row["heldUntil"]:
                    wrong.append((row["referral"], "heldUntil", view.get("heldUntil"), row["heldUntil"]))
        self.assertEqual(wrong, [])
        self.assertEqual(dict(by_referral), {})

    def test_nothing_arrived_without_a_consent_and_all_was_valid(self):
        delivered = {v["id"] for v in self.views() if v["state"] in ("delivered", "acknowledged")}
        arrived = set()
        for partner in self.box.info["partners"]:
            for facts, _ in self.box.received(partner):
                self.assertEqual(facts["verdict"], "ok", facts.get("reason"))
                arrived.add(facts["headers"]["idempotency-key"])
        self.assertEqual(arrived, delivered)
        self.assertGreater(len(delivered), 10)

    def test_no_value_of_an_uncovered_category_arrived(self):
        record_of = {}
        for record in self.residents:
            for referral in record["referrals"]:
                record_of[referral["id"]] = record
        views = {v["id"]: v for v in self.views()}
        checked = 0
        for partner in self.box.info["partners"]:
            for facts, body in self.box.received(partner):
                view = views[facts["headers"]["idempotency-key"]]
                record, text = record_of[view["referral"]], body.decode()
                sent = set(view["categoriesSent"])
                hidden = {p for c, paths in CATEGORY_PATHS.items() if c not in sent for p in paths}
                allowed_texts = set(values_elsewhere(record, hidden))
                for category, paths in CATEGORY_PATHS.items():
                    if category in sent:
                        continue
                    for path in paths:
                        for value in set(values_at(record, path.split("."))) - allowed_texts:
                            if len(value) > 6:
                                self.assertNotIn(value, text, f"{view['referral']}: {path} reached {partner}")
                                checked += 1
                if record["resident"].get("residence", {}).get("confidential"):
                    self.assertNotIn(record["resident"]["residence"]["address"]["street"], text)
        self.assertGreater(checked, 20)

    def test_dossiers_are_valid_against_our_schema(self):
        with tempfile.TemporaryDirectory() as work:
            names = []
            for i, (facts, body) in enumerate(self.box.received("agii")):
                if facts["path"] != "/kbi/dossiers":  # a referral: magda_test looks at those
                    continue
                names.append(Path(work) / f"{i}.xml")
                names[-1].write_bytes(body)
            self.assertGreater(len(names), 3)
            self.box.tool("xmllint", "--noout", "--nonet", "--schema", ROOT / "mappings/schemas/agii/kbi-dossier.xsd", *names, check=0)

    def test_ledger_verifies(self):
        self.box.wait("publication", lambda: json.loads(self.box.verify("--json").stdout)["entries"] > len(self.residents), 10)
        report = json.loads(self.box.verify("--json").stdout)
        self.assertTrue(report["holds"])

    def test_sending_again_doubles_nothing(self):
        with tempfile.TemporaryDirectory() as work:
            copy = Path(work) / "residents.ndjson"
            copy.write_bytes((self.folder / "residents.ndjson").read_bytes())
            self.box.send(copy)
        self.assertEqual({t["id"] for t in self.box.settle()}, {t["id"] for t in self.transfers})


class OwnSamplesTest(Samples, unittest.TestCase):
    folder = ROOT / "tests/samples"


@unittest.skipUnless(os.environ.get("KETENPOORT_SAMPLES"), "KETENPOORT_SAMPLES names no folder")
class FurtherSamplesTest(Samples, unittest.TestCase):
    folder = Path(os.environ.get("KETENPOORT_SAMPLES", "."))
