"""VDAB's file on a job seeker: what it says of an invitation, a test and advice comes back, each as far as it may."""
import json

from harness import SandboxTest
from way_back_test import WayBack, kind

MARK = "Onmiskenbaar"


def item(tag, transfer, state, rest="", **attributes):
    said = "".join(f' {name}="{value}"' for name, value in attributes.items())
    return f"<{tag}{said}><ID>1</ID><ToeleidingsID>{transfer}</ToeleidingsID>{rest}<Toestand>{state}</Toestand><Resultaat Beschrijving=\"{MARK}\">01</Resultaat></{tag}>"


def dossier(advice=(), tests=(), invitations=()):
    parts = (("Adviezen", advice), ("Testen", tests), ("Uitnodigingen", invitations))
    return ("<DossierVDAB><DossierBeheerder><Vestiging><ID>33</ID><Omschrijving>Werkwinkel Ieper</Omschrijving></Vestiging></DossierBeheerder>" +
            "".join(f"<{name}>{''.join(items)}</{name}>" for name, items in parts if items) + "</DossierVDAB>")


def test(transfer, state):
    return item("Test", transfer, state, f'<Type Beschrijving="{MARK}">COGN</Type>', DatumGeldigheid="2026-11-20")


class Dossiers(WayBack):
    def refer_all(self, centre, *numbers):
        return [self.refer(number, source__centre__code=centre)[1]["vdab-profile"] for number in numbers]

    def reported_on(self, transfer):
        return [e["data"] for e in self.box.call("GET", "/events?pageSize=500").json["items"]
                if kind(e) == "outcome.received" and e["data"]["transfer"] == transfer]


class DossierTest(Dossiers, SandboxTest):
    def test_one_file_tells_of_invitations_tests_and_advice(self):
        transfers = self.refer_all("TST", *(f"D10{i}" for i in range(5)))
        for transfer in transfers:
            answer = self.report(dossier(
                advice=[item("Advies", transfer, "02", DatumGeldigheid="2026-11-23")],
                tests=[test(transfer, "01"), test(transfer, "02")],
                invitations=[item("Uitnodiging", transfer, "01", "<Datum>2026-12-03</Datum>")]))
            self.assertEqual([(o["state"], o.get("reasons")) for o in answer["outcomes"]],
                             [("RECEIVED", None)] + [("REJECTED", ["category-not-covered"])] * 2 + [("RECEIVED", None)], "in the order of the file")
        # By name: the invitation and the advice, as events and in the line of the referral.
        self.assertEqual([(e["status"], e["kind"], e.get("on")) for e in self.reported_on(transfers[0])],
                         [("STARTED", "TRAJECTORY", "2026-11-23"), ("INVITED", "REGISTRATION", "2026-12-03")])
        line = self.lines("D100")["vdab"]
        self.assertEqual((line["status"], line["kind"], line["appointment"]), ("INVITED", "REGISTRATION", {"start": "2026-12-03", "place": "Werkwinkel Ieper"}))
        self.assertEqual(self.states(self.report(dossier(advice=[item("Advies", transfers[0], "03")]))), ["RECEIVED"])
        line = self.lines("D100")["vdab"]
        self.assertEqual((line["status"], line["kind"]), ("NO_SHOW", "TRAJECTORY"))
        shown = self.view(transfers[0])["outcomes"]
        self.assertEqual(sorted((o["state"], o.get("status"), o.get("kind")) for o in shown if o["state"] == "RECEIVED"),
                         [("RECEIVED", "INVITED", "REGISTRATION"), ("RECEIVED", "NO_SHOW", "TRAJECTORY"), ("RECEIVED", "STARTED", "TRAJECTORY")])
        # Tests: a figure, once for each person, and what came of them nowhere.
        items = self.box.call("GET", "/figures", client="vdab").json["items"]
        tests = {i["outcome"]: i.get("count") for i in items if i.get("kind") == "TEST" and i.get("centre") == "TST"}
        self.assertEqual(tests, {"INVITED": 5, "COMPLETED": 5})
        self.assertNotIn("TEST", json.dumps([e["data"] for e in self.box.call("GET", "/events?pageSize=500").json["items"]]))
        for file in (self.box.state / "data").rglob("*"):
            if file.is_file():
                self.assertNotIn(MARK.encode(), file.read_bytes(), file)
        self.box.verify_twice()

    def test_a_file_without_one_of_them_is_read_and_one_without_any_is_refused(self):
        transfer, = self.refer_all("ONE", "D200")
        self.assertEqual(self.states(self.report(dossier(advice=[item("Advies", transfer, "01")]))), ["RECEIVED"])
        self.assertEqual(self.states(self.report(dossier(tests=[test(transfer, "03")]))), ["REJECTED"])
        self.assertEqual([(e["status"], e["kind"]) for e in self.reported_on(transfer)], [("INVITED", "TRAJECTORY")])
        problem = self.report(dossier(), status=400)
        self.assertEqual([i["detail"] for i in problem["issues"]],
                         ["nothing is there of what is read; send at least one of Adviezen/Advies, Testen/Test, Uitnodigingen/Uitnodiging"])

    def test_what_others_referred_is_left(self):
        transfer, = self.refer_all("ONE", "D400")
        answer = self.report(dossier(advice=[item("Advies", "OCMW-17", "77"), item("Advies", transfer, "01")], tests=[test("", "01")]))
        self.assertEqual([(o["transfer"], o["state"]) for o in answer["outcomes"]], [(transfer, "RECEIVED")])
        self.report(dossier(advice=[item("Advies", "OCMW-17", "01")]), status=400)
        stranger = "0193a1b2-0000-7000-8000-000000000001"
        answer = self.report(dossier(advice=[item("Advies", transfer, "04"), item("Advies", stranger, "01")]))
        self.assertEqual([(o["transfer"], o["state"]) for o in answer["outcomes"]], [(transfer, "RECEIVED"), (stranger, "UNKNOWN")])
        self.assertEqual([o["status"] for o in self.view(transfer)["outcomes"]], ["INVITED", "DECLINED"])

    def test_a_state_that_no_list_knows_leaves_out_its_own_item(self):
        transfer, = self.refer_all("ONE", "D300")
        answer = self.report(dossier(advice=[item("Advies", transfer, "01"), item("Advies", transfer, "77")], tests=[test(transfer, "77")]))
        self.assertEqual(self.states(answer), ["RECEIVED", "UNKNOWN_CODE", "UNKNOWN_CODE"])
        self.assertEqual([o["unknownCodes"][0]["codeList"] for o in answer["outcomes"][1:]], ["vdab-advice-to-status", "vdab-test-to-status"])
        self.assertEqual([o["status"] for o in self.view(transfer)["outcomes"]], ["INVITED"])
        problem = self.report(dossier(tests=[test(transfer, "77")]), status=400)
        detail, = [i["detail"] for i in problem["issues"]]
        self.assertIn("its status is not in the code list vdab-test-to-status, which knows 01, 02, 03, 04", detail)
