"""Referrals through MAGDA: signed SOAP over real TLS, checked by tools that are not ours, and what each Uitzondering leads to."""
import collections
import json
import os
import re
import signal
import subprocess
import tempfile
import unittest
import uuid
import xml.etree.ElementTree as ElementTree
from pathlib import Path

from harness import ROOT, Sandbox, SandboxTest
from people import consent, resident

SOAP = "http://schemas.xmlsoap.org/soap/envelope/"
WSSE = "http://docs.oasis-open.org/wss/2004/01/oasis-200401-wss-wssecurity-secext-1.0.xsd"
WSU = "http://docs.oasis-open.org/wss/2004/01/oasis-200401-wss-wssecurity-utility-1.0.xsd"
PATH = "/magda/Inburgering.RegistreerToeleidingDienst-01.00/soap/WebService"
PUBLISHED = "magda-xsd/Inburgering.RegistreerToeleidingDienst-01.00/WebService/RegistreerToeleiding.xsd"
REFERRALS = {"vdab-referral": "vdab-profile", "agii-referral": "agii-dossier"}
VDAB = [{"id": "M-1", "recipient": "vdab", "purpose": "work-guidance", "reason": "WORK_TALK"}]


def soap_body(envelope):
    """The Body's bytes, as they were signed."""
    return re.search(rb"<soapenv:Body[^>]*>(.*)</soapenv:Body>", envelope, re.DOTALL).group(1)


def magda(box, partner):
    return [(facts, body) for facts, body in box.received(partner) if facts["path"] == PATH]


class OutgoingTest(unittest.TestCase):
    """The samples' referrals; further samples where KETENPOORT_SAMPLES names a folder."""

    @classmethod
    def setUpClass(cls):
        cls.box = Sandbox()
        cls.addClassCleanup(cls.box.close)
        cls.records = []
        folders = [ROOT / "tests/samples", *([os.environ["KETENPOORT_SAMPLES"]] if os.environ.get("KETENPOORT_SAMPLES") else [])]
        with tempfile.TemporaryDirectory() as work:
            for folder in folders:
                for name in ("consents", "residents"):
                    copy = Path(work) / f"{name}.ndjson"
                    copy.write_bytes((Path(folder) / f"{name}.ndjson").read_bytes())
                    cls.box.send(copy)
                    for left in Path(work).iterdir():
                        left.unlink()
        cls.transfers = cls.box.settle()
        cls.messages = [m for partner in ("vdab", "agii") for m in magda(cls.box, partner)]
        cls.work = tempfile.TemporaryDirectory()
        cls.addClassCleanup(cls.work.cleanup)

    def files(self, suffix, content):
        names = []
        for i, (_, body) in enumerate(self.messages):
            names.append(Path(self.work.name) / f"{i}.{suffix}.xml")
            names[-1].write_bytes(content(body))
        self.assertGreater(len(names), 20)
        return names

    def questions(self):
        return self.files("question", soap_body)

    def verify(self, file):
        """By xmlsec's own program, with the gateway's certificate."""
        ids = [option for node in (SOAP + ":Body", WSU + ":Timestamp", WSSE + ":BinarySecurityToken") for option in ("--id-attr:Id", node)]
        return self.box.tool("xmlsec1", "--verify", "--enabled-reference-uris", "same-doc", *ids,
                             "--pubkey-cert-pem", self.box.state / "clients/gateway.pem", file)

    def test_every_message_was_taken_and_its_reference_is_the_partners(self):
        states = collections.Counter(t["state"] for t in self.transfers if t["message"] in REFERRALS)
        self.assertEqual(states["acknowledged"], len(self.messages), states)
        for facts, body in self.messages:
            self.assertEqual(facts["verdict"], "ok", facts.get("reason"))
            view = self.box.call("GET", "/transfers/" + facts["headers"]["idempotency-key"]).json
            uuid.UUID(view["reference"])
            self.assertEqual(view["attempts"], 1)
            self.assertEqual(facts["headers"]["soapaction"], '""')

    def test_every_message_is_valid_against_our_schema(self):
        self.box.tool("xmllint", "--noout", "--nonet", "--schema", ROOT / "mappings/schemas/magda/registreer-toeleiding.xsd", *self.questions(), check=0)

    @unittest.skipUnless(os.environ.get("KETENPOORT_REFERENCE"), "KETENPOORT_REFERENCE names no folder of published schemas")
    def test_every_message_is_valid_against_the_published_schema(self):
        schema = Path(os.environ["KETENPOORT_REFERENCE"]) / PUBLISHED
        questions = self.questions()
        self.box.tool("xmllint", "--noout", "--nonet", "--schema", schema, *questions, check=0)
        broken = Path(self.work.name) / "broken.xml"
        broken.write_bytes(questions[0].read_bytes().replace(b"<Type>VRAAG", b"<Type>VRAGEN"))
        self.assertNotEqual(self.box.tool("xmllint", "--noout", "--nonet", "--schema", schema, broken).returncode, 0)

    def test_every_message_verifies_with_xmlsec1_and_none_that_was_changed(self):
        for file in self.files("whole", lambda body: body):
            done = self.verify(file)
            self.assertEqual(done.returncode, 0, done.stderr)
            self.assertIn("SignedInfo References (ok/all): 3/3", done.stderr + done.stdout)
        whole = self.messages[0][1]
        created = re.search(rb"<wsu:Created>([^<]*)", whole).group(1)
        for what, to in ((b"<RedenToeleiding>", b"<RedenToeleiding>X"), (created, b"2026-01-01T00:00:00.000Z"), (b"#X509v3\">", b"#X509v3\">A")):
            changed = Path(self.work.name) / "changed.xml"
            changed.write_bytes(whole.replace(what, to, 1))
            self.assertNotEqual(changed.read_bytes(), whole)
            self.assertNotEqual(self.verify(changed).returncode, 0, what)

    def test_without_an_ssin_the_referral_is_held_while_the_profile_goes(self):
        by_referral = collections.defaultdict(dict)
        for transfer in self.transfers:
            view = self.box.call("GET", "/transfers/" + transfer["id"]).json
            by_referral[view["referral"]][view["message"]] = view
        held = 0
        for views in by_referral.values():
            for referral, other in REFERRALS.items():
                if referral not in views:
                    continue
                reasons = views[referral].get("reasons", [])
                if reasons[:1] == ["identifier-missing"]:  # the first of them decides
                    self.assertEqual(views[referral]["state"], "held")
                    held += views[other]["state"] == "acknowledged"
                else:
                    self.assertEqual(views[referral]["state"], views[other]["state"])
        self.assertGreater(held, 0, "no sample shows it")

    def test_the_context_names_sender_receiver_and_the_transfer(self):
        for facts, body in self.messages:
            message = ElementTree.fromstring(soap_body(body))
            transfer = facts["headers"]["idempotency-key"]
            self.assertEqual([e.tag for e in message.iter() if e.tag.startswith("{")], [message.tag], "only the root has a namespace")
            self.assertEqual(message.findtext("Verzoek/Context/Bericht/Afzender/Referte"), transfer)
            self.assertEqual(message.findtext("Verzoek/Vragen/Vraag/Referte"), transfer)
            self.assertEqual(message.findtext("Verzoek/Context/Bericht/Afzender/Hoedanigheid"), "FEDASIL")
            self.assertIn(".sandbox.example", message.findtext("Verzoek/Context/Bericht/Ontvanger/Identificatie"))


class UitzonderingTest(SandboxTest):
    def restart(self, *options):
        """The simulator of VDAB again, as it was called, with other answers."""
        pid = getattr(type(self), "pid", self.box.info["pids"]["vdab"])
        with open(f"/proc/{pid}/cmdline", "rb") as line:
            command = line.read().decode().rstrip("\0").split("\0")
        if "--uitzondering" in command:
            del command[command.index("--uitzondering"):]
        os.kill(pid, signal.SIGTERM)
        if getattr(type(self), "process", None):
            self.process.wait()
            self.process.stdout.close()
        self.box.wait("the simulator's end", lambda: self.box.has_ended(pid), 10)
        type(self).process = subprocess.Popen([*command, *options], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)
        type(self).pid = self.process.pid
        self.assertTrue(self.process.stdout.readline(), "the simulator did not start")

    @classmethod
    def tearDownClass(cls):
        cls.process.terminate()
        cls.process.wait()
        cls.process.stdout.close()

    def refer(self, number, uitzondering):
        """What becomes of one referral: {message: view}."""
        self.restart("--uitzondering", uitzondering)
        self.assertEqual(self.box.call("POST", "/consents", consent(number)).status, 201)
        answer = self.box.call("POST", "/records", resident(number, referrals=VDAB))
        self.assertEqual(answer.status, 202, answer.body)
        self.ids = [t["id"] for t in answer.json["transfers"]]
        return self.settled()

    def settled(self, ends=("acknowledged", "abandoned", "held", "refused")):
        def look():
            views = [self.box.call("GET", "/transfers/" + i).json for i in self.ids]
            known = all(v["state"] in ends and ("failure" in v or v["state"] != "abandoned") for v in views)
            return views if known else None
        return {v["message"]: v for v in self.box.wait("an end", look, 60)}

    def failures(self, transfer):
        def look():
            mine = [e for e in self.box.ledger_entries() if e.get("tx") == transfer]
            return mine if mine and mine[-1]["kind"] in ("transfer.acknowledged", "transfer.abandoned") else None
        return [e["body"]["class"] for e in self.box.wait("publication", look, 10) if e["kind"] == "transfer.failed"]

    def test_too_many_at_once_is_tried_again_with_the_same_body(self):
        views = self.refer("M100", "2:99996:FOUT:2")
        referral = views["vdab-referral"]
        self.assertEqual((referral["state"], referral["attempts"]), ("acknowledged", 3))
        self.assertEqual(self.failures(referral["id"]), ["magda-99996.MAGDA"] * 2)
        tries = [body for facts, body in magda(self.box, "vdab") if facts["headers"]["idempotency-key"] == referral["id"]]
        self.assertEqual(len(tries), 3)
        self.assertEqual(len(set(tries)), 3, "the security header is fresh")
        self.assertEqual(len({soap_body(body) for body in tries}), 1, "what is asked is not")
        self.assertEqual((views["vdab-profile"]["state"], views["vdab-profile"]["attempts"]), ("acknowledged", 1))

    def test_a_server_that_fails_is_tried_again(self):
        referral = self.refer("M101", "1:Server:FOUT:1")["vdab-referral"]
        self.assertEqual((referral["state"], referral["attempts"]), ("acknowledged", 2))
        self.assertEqual(self.failures(referral["id"]), ["soap-server"])

    def test_what_is_refused_at_any_level_is_given_up_at_once_and_may_be_tried_again(self):
        for i, (uitzondering, failure) in enumerate((("1:Client", "soap-client"), ("1:40006", "magda-40006.MAGDA"),
                                                     ("2:50000", "magda-50000.MAGDA"), ("3:30003", "magda-30003.MAGDA"))):
            with self.subTest(uitzondering):
                views = self.refer(f"M11{i}", uitzondering)
                referral = views["vdab-referral"]
                self.assertEqual((referral["state"], referral["attempts"], referral["failure"]), ("abandoned", 1, failure))
                self.assertEqual(views["vdab-profile"]["state"], "acknowledged")
        self.restart()
        self.assertEqual(self.box.call("POST", f"/transfers/{referral['id']}/retry", {}).status, 202)
        again = self.settled(("acknowledged",))["vdab-referral"]
        self.assertEqual(again["attempts"], 2)

    def test_a_warning_beside_the_answer_is_noted(self):
        referral = self.refer("M120", "3:30004:WAARSCHUWING")["vdab-referral"]
        self.assertEqual(referral["state"], "acknowledged")
        notes = [json.loads(line) for line in (self.box.state / "logs/gateway.log").read_text().splitlines() if "partner_noted" in line]
        self.assertEqual([(n["transfer"], n["code"]) for n in notes], [(referral["id"], 30004)])

    def test_the_ledger_verifies_and_says_nothing_of_what_a_partner_wrote(self):
        self.box.wait("verification", lambda: self.box.verify(check=None).returncode == 0, 10)
        self.box.verify_twice()
        for file in [*(self.box.state / "logs").glob("gateway*"), *Path(self.box.path(self.box.info["ledger"])).rglob("*")]:
            if file.is_file():
                self.assertNotIn(b"this simulator was told to", file.read_bytes(), file.name)


class ReportedTest(SandboxTest):
    def test_a_partner_may_report_on_either_message_of_a_referral(self):
        given = consent("M200")
        given["consents"].append({"purpose": "follow-up", "recipient": "fedasil", "decision": "GIVEN", "categories": ["outcome"]})
        self.assertEqual(self.box.call("POST", "/consents", given).status, 201)
        sent = self.box.call("POST", "/records", resident("M200", referrals=VDAB)).json["transfers"]
        self.assertEqual({t["message"] for t in sent}, {"vdab-profile", "vdab-referral"})
        self.box.settle()
        for transfer, state in zip(sent, ("UITGENODIGD", "GESTART")):
            body = {"meldingen": [{"toeleidingsID": transfer["id"], "soort": "INSCHRIJVING", "toestand": state}]}
            answer = self.box.call("POST", "/outcomes", body, client="vdab")
            self.assertEqual(answer.status, 202, answer.body)
            self.assertEqual([o["state"] for o in answer.json["outcomes"]], ["RECEIVED"])
        shown = [o["status"] for t in sent for o in self.box.call("GET", "/transfers/" + t["id"]).json["outcomes"]]
        self.assertEqual(sorted(shown), ["INVITED", "INVITED", "STARTED", "STARTED"], "either message tells of its referral")
