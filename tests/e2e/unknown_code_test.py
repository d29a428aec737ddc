"""A state that no code list has: its own item of VDAB's file is left out, named, seen by the operator, and sent again once the list has it."""
import shutil
import tempfile
import unittest
from pathlib import Path

from dossier_test import Dossiers, dossier, item
from harness import ROOT, Sandbox
from way_back_test import job_seeker, message


class UnknownCodeTest(Dossiers, unittest.TestCase):
    def setUp(self):
        folder = tempfile.mkdtemp(prefix="ketenpoort-mappings-")
        self.addCleanup(shutil.rmtree, folder, ignore_errors=True)
        self.mappings = Path(folder) / "mappings"
        shutil.copytree(ROOT / "mappings", self.mappings)
        self.box = Sandbox("--mappings", self.mappings)
        self.addCleanup(self.box.close)

    def test_a_state_that_no_list_has_leaves_out_its_own_item_and_the_operator_sees_it(self):
        transfer, = self.refer_all("ONE", "D500")
        health = lambda: self.box.call("GET", "/health").json["details"]["codeLists"]
        lacking = lambda: self.box.call("GET", "/mappings", client="operator").json.get("unknownCodes", [])
        self.assertEqual((health(), lacking()), ({"status": "UP"}, []))
        file = dossier(advice=[item("Advies", transfer, "9X"), item("Advies", transfer, "01")], invitations=[item("Uitnodiging", transfer, "02")])
        answer = self.report(file)
        self.assertEqual(self.states(answer), ["UNKNOWN_CODE", "RECEIVED", "RECEIVED"])
        left_out, first, second = answer["outcomes"]
        said, = left_out["unknownCodes"]
        self.assertEqual((left_out["transfer"], said["of"], said["code"], said["codeList"], said["known"]),
                         (transfer, "status", "9X", "vdab-advice-to-status", ["01", "02", "03", "04"]))
        self.assertEqual([(e["status"], e["kind"]) for e in self.reported_on(transfer)], [("INVITED", "TRAJECTORY"), ("REGISTERED", "REGISTRATION")])
        # Nobody but the operator learns which code, and nobody about whom.
        self.assertEqual(health(), {"status": "DEGRADED", "detail": "codes that partners sent are not in: vdab-advice-to-status"})
        seen, = lacking()
        self.assertEqual((seen["partner"], seen["of"], seen["code"], seen["codeList"], seen["items"]), ("vdab", "status", "9X", "vdab-advice-to-status", 1))
        # Mended, the whole file comes again and doubles nothing.
        codes = self.mappings / "codelists/vdab-advice-to-status.csv"
        codes.write_text(codes.read_text() + "9X,STARTED,Gestart,,\n")
        self.assertEqual(self.box.call("POST", "/mappings/reload", {}, client="operator").status, 200)
        self.assertEqual((health(), lacking()), ({"status": "UP"}, []))
        again = self.report(file)
        self.assertEqual(self.states(again), ["RECEIVED"] * 3)
        self.assertEqual([o["id"] for o in again["outcomes"][1:]], [first["id"], second["id"]])
        self.assertEqual([(e["status"], e["kind"]) for e in self.reported_on(transfer)],
                         [("INVITED", "TRAJECTORY"), ("REGISTERED", "REGISTRATION"), ("STARTED", "TRAJECTORY")])
        self.box.verify_twice()

    def test_a_report_or_message_of_ours_loses_the_item_alone_too(self):
        record, ids = self.refer("D700")
        transfer = ids["vdab-profile"]
        items = [{"toeleidingsID": transfer, "soort": "INSCHRIJVING", "toestand": state} for state in ("UITGESTELD", "UITGENODIGD")]
        answer = self.report({"meldingen": items}, content_type="application/json")
        self.assertEqual(self.states(answer), ["UNKNOWN_CODE", "RECEIVED"])
        number = self.ssin(record)
        answer = self.report(message(job_seeker(number, "SUSPENSION"), job_seeker(number)))
        self.assertEqual(self.states(answer), ["UNKNOWN_CODE", "RECEIVED"])
        seen = self.box.call("GET", "/mappings", client="operator").json["unknownCodes"]
        self.assertEqual([(one["codeList"], one["code"]) for one in seen], [("ksz-event-to-status", "SUSPENSION"), ("report-to-status", "UITGESTELD")])
        self.box.verify_twice()

    def test_what_does_not_look_like_a_code_is_not_repeated(self):
        transfer, = self.refer_all("ONE", "D600")
        problem = self.report(dossier(advice=[item("Advies", transfer, "<!-- -->??")]), status=400)
        detail, = [i["detail"] for i in problem["issues"]]
        self.assertIn("its status is not in the code list vdab-advice-to-status", detail)
        self.assertNotIn("?", detail)
        seen, = self.box.call("GET", "/mappings", client="operator").json["unknownCodes"]
        self.assertNotIn("code", seen)


if __name__ == "__main__":
    unittest.main()
