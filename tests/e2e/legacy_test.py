"""Records in the syntaxes of older systems, over HTTP: XML with Candidate names, a CSV row, a fixed-width line."""
import re

from harness import ROOT, SandboxTest
from people import REQUIRED, consent, mock_ssin, resident

EXAMPLES = ROOT / "mappings/examples"
XML = (EXAMPLES / "candidate-to-resident/01-full-candidate.in.xml").read_bytes()
CSV = (EXAMPLES / "legacy-csv-to-resident/01-three-residents.in.csv").read_bytes()
FIXED = (EXAMPLES / "legacy-fixed-to-resident/01-two-residents.in.txt").read_bytes()
FIXED_TYPE = "application/vnd.ketenpoort.fixed-width"
REQUIRED = {**REQUIRED, "civic-integration": ["identity-core", "contact", "status", "languages", "referral"]}


def one_row(number):
    """The header and one row of the CSV example."""
    lines = CSV.splitlines(keepends=True)
    return lines[0] + lines[number]


def night_file(detail):
    """A night file with one detail line and the trailer that goes with it."""
    width = len(FIXED.split(b"\n")[0].rstrip(b"\r"))
    header = FIXED.split(b"\n")[0].rstrip(b"\r")
    trailer = b"99%08d%010d" % (1, sum(detail))
    return b"\n".join((header, detail, trailer.ljust(width))) + b"\n"


DETAIL = FIXED.split(b"\n")[2].rstrip(b"\r")


class LegacyTest(SandboxTest):
    def post(self, body, content_type, path="/records", **headers):
        return self.box.call("POST", path, body, raw=True, headers={"Content-Type": content_type, **headers})

    def agree(self, number, purpose, recipient, *more):
        given = consent(number, {})
        given["consents"] = [{"purpose": purpose, "recipient": recipient, "decision": "GIVEN",
                              "categories": [*REQUIRED[purpose], *more]}]
        answer = self.box.call("POST", "/consents", given)
        self.assertEqual(answer.status, 201, answer.body)

    def profiles(self):
        return [body for facts, body in self.box.received("vdab") if not facts["path"].startswith("/magda")]

    def acknowledged(self, answer):
        self.assertEqual(answer.status, 202, answer.body)
        transfer = answer.json["transfers"][0]["id"]

        def look():
            view = self.box.call("GET", "/transfers/" + transfer).json
            return view if view["state"] not in ("requested", "permitted", "failed") else None

        view = self.box.wait("an end", look, 20)
        self.assertEqual((view["state"], view.get("reasons")), ("acknowledged", []), view)
        return view

    def decided(self, transfer):
        view = self.box.call("GET", "/transfers/" + transfer).json
        return view if view["state"] != "requested" else None

    def problem(self, answer, status):
        self.assertEqual((answer.status, answer.headers["Content-Type"]), (status, "application/problem+json"), answer.body)
        return answer.json

    def test_a_candidate_goes_to_vdab(self):
        self.agree("F4000001", "work-guidance", "vdab")
        self.acknowledged(self.post(XML, "application/xml"))
        bodies = [body for body in self.profiles() if b"91720330679" in body]
        self.assertEqual(len(bodies), 1)
        self.assertIn("O'Haddad & Zoë", bodies[0].decode())

    def test_a_csv_row_goes_to_vdab(self):
        self.agree("F2000001", "work-guidance", "vdab")
        self.acknowledged(self.post(one_row(1), "text/csv; charset=utf-8"))
        self.assertEqual(sum(b"91720310487" in body for body in self.profiles()), 1)

    def test_a_line_of_the_night_file_goes_to_agii(self):
        self.agree("F3000002", "civic-integration", "agii")
        answer = self.post(night_file(DETAIL), FIXED_TYPE)
        self.assertEqual(answer.status, 202, answer.body)
        self.assertEqual([t["message"] for t in answer.json["transfers"]], ["agii-dossier", "agii-referral"])

    def test_a_night_file_in_windows_1252_says_so(self):
        wide = night_file(DETAIL.decode("cp850").replace("F3000002", "F3000005").replace("88671120536", " " * 11).encode("windows-1252"))
        problem = self.problem(self.post(wide, FIXED_TYPE), 400)
        self.assertIn("windows-1252", problem["issues"][0]["detail"], "a name is not taken for another")
        self.assertRegex(problem["issues"][0]["name"], r"line 2, column \d+")
        for charset in ("windows-1252", "ISO-8859-1"):
            answer = self.post(wide, f"{FIXED_TYPE}; charset={charset}")
            self.assertEqual(answer.status, 202, answer.body)
        for content_type in (FIXED_TYPE, "text/csv"):
            problem = self.problem(self.post(wide, content_type + "; charset=utf-16"), 415)
            self.assertIn("windows-1252", problem["detail"])
        task = self.box.call("POST", "/batches", wide, raw=True, headers={"Content-Type": FIXED_TYPE + "; charset=cp1252"}).json
        done = self.box.wait("the batch", lambda: (lambda t: t if t["state"] != "RUNNING" else None)(self.box.call("GET", "/batches/" + task["id"]).json), 20)
        self.assertEqual((done["state"], done["accepted"]), ("DONE", 1), done)
        self.assertEqual(self.box.call("POST", "/batches", wide, raw=True, headers={"Content-Type": FIXED_TYPE + "; charset=utf-16"}).status, 415)

    def test_a_night_file_delivers(self):
        # The region is known by the municipality of the centre; the name keeps its letters on the way.
        self.agree("F3000006", "civic-integration", "agii")
        detail = DETAIL.replace(b"F3000002", b"F3000006").replace(b"88671120536", b"           ")
        detail = detail[:303] + b"33040" + detail[308:]
        preview = self.post(night_file(detail), FIXED_TYPE, "/records/preview").json["transfers"]
        self.assertEqual({t["message"]: t["reasons"] for t in preview}, {"agii-dossier": ["identifier-missing"], "agii-referral": ["identifier-missing"]})
        self.agree("F3000007", "civic-integration", "agii")
        detail = DETAIL.replace(b"F3000002", b"F3000007").replace(b"88671120536", mock_ssin(1988, 7, 11).encode())
        self.acknowledged(self.post(night_file((detail[:303] + b"33040" + detail[308:]).ljust(400)), FIXED_TYPE))

    def test_an_applicants_card_comes_with_the_row(self):
        columns = {"BRON": "DESK", "DOSSIERNR": "F2000021", "NAAM": "Haddad", "GEBOORTEDATUM": "03/12/1991", "CENTRUM": "POE", "CENTRUM_REGIO": "VLA",
                   "OPVANG_SINDS": "02/02/2026", "PROFIEL": "APPLICANT", "STATUS": "CGRS_PENDING", "GECONTROLEERD_OP": "23/11/2026",
                   "VERZOEK_OP": "03/02/2026", "KAART_TOT": "09/06/2027", "KAART_ARBEID": "UNLIMITED", "CONTACTTAAL": "ARA",
                   "VERWIJZING_NR": "R21", "VERWIJZING_NAAR": "VDAB", "VERWIJZING_DOEL": "WORK-GUIDANCE", "VERWIJZING_REDEN": "WORK_TALK"}
        reasons = []
        for changes in ({}, {"KAART_ARBEID": "NO"}, {"TRAJECT": "ACCELERATED"}, {"WEIGERING_OP": "01/04/2026"}, {"OPVANG_TOT": "01/11/2026", "OPVANG_EINDE": "LEFT"}):
            row = {**columns, **changes}
            answer = self.post(";".join(row) + "\n" + ";".join(row.values()) + "\n", "text/csv", "/records/preview")
            self.assertEqual(answer.status, 200, answer.body)
            reasons.append(answer.json["transfers"][0]["reasons"][0])
        self.assertEqual(reasons, ["no-consent", "card-not-renewed", "not-in-target-group", "not-in-target-group", "stay-ended"])

    def test_a_record_need_not_name_its_centre(self):
        record = resident("F2000022", source={"system": "TEST", "organisation": "0860737913"})
        record["referrals"] = [{"id": "R22", "recipient": "municipality", "purpose": "warm-handover", "reason": "HANDOVER"},
                               {"id": "R23", "recipient": "vdab", "purpose": "work-guidance", "reason": "WORK_TALK"}]
        record["procedure"].update({"status": "REFUGEE", "profile": "BENEFICIARY"})
        record["handover"] = {"municipalityNis": "44021"}
        answer = self.box.call("POST", "/records", record)
        self.assertEqual(answer.status, 202, answer.body)
        views = [self.box.wait("a decision", lambda i=t["id"]: self.decided(i), 20) for t in answer.json["transfers"]]
        states = {v["recipient"]: (v["state"], v["reasons"]) for v in views}
        self.assertEqual(states, {"municipality": ("held", ["no-consent"]), "vdab": ("refused", ["wrong-region", "no-consent"])})
        shown = self.box.call("GET", "/records/" + answer.json["id"])
        self.assertEqual((shown.status, shown.json.get("centre", "")), (200, ""))
        given = consent("F2000022", {})
        given["consents"] = [{"purpose": "warm-handover", "recipient": "municipality", "decision": "GIVEN",
                              "categories": ["identity-core", "contact", "residence", "status", "referral"]}]
        self.assertEqual(self.box.call("POST", "/consents", given).status, 201)
        transfer = next(t["id"] for t in answer.json["transfers"] if t["recipient"] == "municipality")
        self.box.wait("the handover", lambda: self.box.call("GET", "/transfers/" + transfer).json["state"] == "acknowledged", 30)
        self.assertEqual(self.box.call("GET", "/figures", client="vdab").status, 200)
        self.box.wait("verification", lambda: self.box.verify(check=None).returncode == 0, 10)
        self.box.verify_twice()

    def test_the_same_bytes_again_have_the_same_answer(self):
        body = XML.replace(b"F4000001", b"F4000009").replace(b"<c:PersonLegalID>91720330679</c:PersonLegalID>", b"")
        first, second = (self.post(body, "application/xml") for _ in range(2))
        self.assertEqual((first.status, first.json), (202, second.json))
        keyed = self.post(body, "application/xml", **{"Idempotency-Key": "legacy-1"})
        other = self.post(body.replace(b"Noor", b"Nora"), "application/xml", **{"Idempotency-Key": "legacy-1"})
        self.assertEqual((keyed.status, other.status), (202, 409))

    def test_a_preview_of_it_has_no_effect(self):
        answer = self.post(one_row(1).replace(b"f2000001", b"f2000009").replace(b"91.72.03-104.87", b""), "text/csv", "/records/preview")
        self.assertEqual(answer.status, 200, answer.body)
        self.assertEqual(answer.json["transfers"][0]["message"], "vdab-profile")
        self.assertEqual(answer.json["transfers"][0]["reasons"], ["no-consent"])

    def test_what_the_mapping_could_not_use_is_a_finding(self):
        answer = self.post(one_row(3), "text/csv")
        self.assertEqual(answer.status, 202, answer.body)
        self.assertIn(("value-unusable", "line 2, TELEFOON"), {(f["code"], f["field"]) for f in answer.json["findings"]})

    def test_errors_say_line_and_column_and_no_value(self):
        unclosed = XML.replace(b"</c:Licenses>", b"")
        wrong_code = XML.replace(b"<c:GenderCode>Female<", b"<c:GenderCode>Zeldzaam<")
        quote = one_row(1).replace(b";Haddad;", b';Zeldzaam"heid;')
        date = one_row(1).replace(b"03/12/1991", b"31/02/1991")
        header_forgotten = b"\n".join(one_row(1).splitlines()[1:]) + b"\n"
        checksum = night_file(DETAIL).replace(b"ZO", b"ZA")
        letters = night_file(DETAIL.replace(b"19880711", b"1988071X"))
        cases = [(unclosed, "application/xml", r"line \d+, column \d+"), (wrong_code, "application/xml", r"line 11, CandidatePerson/GenderCode$"),
                 (quote, "text/csv", r"line 2, column \d+"), (date, "text/csv", r"line 2, GEBOORTEDATUM$"),
                 (header_forgotten, "text/csv", r"line 1, column 1"), (one_row(1).replace(b";NAAM;", b";ACHTERNAAM;"), "text/csv", r"line 1, NAAM$"), (checksum, FIXED_TYPE, r"line 3, column \d+"),
                 (letters, FIXED_TYPE, r"line 2, GEBOORTEDATUM, positions 139-146$"),
                 # What the record's own schema or a rule of plausibility refuses is named by where it stood, too.
                 (one_row(1).replace(b"03/12/1991", b"03/12/2091"), "text/csv", r"line 2, GEBOORTEDATUM \(resident\.birth\.date\)$"),
                 (one_row(1).replace(b";syr;", b";Belg;"), "text/csv", r"line 2, NATIONALITEIT \(resident\.nationalities"),
                 (night_file(DETAIL.replace(b"19880711", b"20880711")), FIXED_TYPE, r"line 2, GEBOORTEDATUM, positions 139-146 \(resident\.birth\.date\)$"),
                 (XML.replace(b">1991-12-03<", b">2091-12-03<"), "application/xml", r"line 11, CandidatePerson/BirthDate \(resident\.birth\.date\)$")]
        for body, content_type, place in cases:
            problem = self.problem(self.post(body, content_type), 400)
            names = [i.get("name", "") for i in problem["issues"]]
            self.assertTrue(any(re.search(place, n) for n in names), (place, problem))
            for secret in ("Zeldzaam", "Haddad", "91720330679", "91.72.03", "1988071X", "31/02/1991", "Rania"):
                self.assertNotIn(secret, str(problem))

    def test_xml_comes_in_the_encoding_that_it_says(self):
        plain = XML.replace(b"<c:PersonLegalID>91720330679</c:PersonLegalID>", b"").decode()
        declared = lambda encoding: plain.replace('encoding="UTF-8"', f'encoding="{encoding}"')
        cases = [(declared("ISO-8859-1").encode("iso-8859-1"), "application/xml"),
                 (declared("ISO-8859-15").replace("Zo\xeb", "Zo\u20ac").encode("iso-8859-15"), "application/xml"),
                 (declared("windows-1252").encode("windows-1252"), "application/xml; charset=windows-1252"),
                 (declared("UTF-16").encode("utf-16"), "application/xml"),
                 (declared("UTF-16BE").encode("utf-16be"), "application/xml; charset=utf-16be"),
                 (plain.split("\n", 1)[1].encode("windows-1252"), "application/xml; charset=iso-8859-1"),
                 (b"\xef\xbb\xbf" + plain.encode(), "application/xml; charset=utf-8")]
        for number, (body, content_type) in enumerate(cases):
            answer = self.post(body, content_type, "/records/preview")
            self.assertEqual(answer.status, 200, (number, content_type, answer.body))
        wide = declared("UTF-16").replace("1991-12-03", "2091-12-03").encode("utf-16")
        problem = self.problem(self.post(wide, "application/xml"), 400)
        self.assertEqual(problem["issues"][0]["name"], "line 11, CandidatePerson/BirthDate (resident.birth.date)")
        for body, content_type, status, word in [(declared("ISO-8859-1").encode("iso-8859-1"), "application/xml; charset=utf-8", 400, "says"),
                                                 (declared("koi8-r").encode(), "application/xml", 400, "not taken"),
                                                 (plain.encode(), "application/xml; charset=koi8-r", 415, "iso-8859-15"),
                                                 (plain.encode("utf-16le"), "application/xml", 400, "byte order mark"),
                                                 (plain.encode("windows-1252"), "application/xml", 400, "UTF-8"),
                                                 (plain.replace("<c:Candidate ", "<!DOCTYPE x [<!ENTITY e SYSTEM 'file:///etc/hostname'>]>\n<c:Candidate ").encode("utf-16"),
                                                  "application/xml", 400, "contradict|says|DOCTYPE")]:
            problem = self.problem(self.post(body, content_type), status)
            self.assertRegex(str(problem), word)

    def test_a_day_of_xml_may_have_a_time_zone(self):
        zoned = XML.replace(b"<c:PersonLegalID>91720330679</c:PersonLegalID>", b"").replace(b"F4000001", b"F4000031")
        for day, zone in ((b"2026-02-02", b"Z"), (b"2026-02-03", b"+02:00"), (b"1991-12-03", b"-14:00"), (b"2026-03-05", b"+14:00")):
            zoned = zoned.replace(b">" + day + b"<", b">" + day + zone + b"<")
        answer = self.post(zoned, "application/xml")
        self.assertEqual(answer.status, 202, answer.body)
        for wrong in (b"1991-12-03+2:00", b"1991-12-03+14:01", b"1991-12-03T00:00:00Z", b"1991-12-03z"):
            self.problem(self.post(XML.replace(b"1991-12-03", wrong), "application/xml"), 400)

    def test_many_names_and_nationalities_are_taken_and_all_go(self):
        number = mock_ssin(1991, 12, 3)
        names = "".join(f"<c:GivenName>Naam{n}</c:GivenName>" for n in range(12))
        countries = "".join(f"<c:NationalityCode>{c}</c:NationalityCode>" for c in ("SYR", "TUR", "AFG", "IRQ", "IRN", "LBN", "JOR", "EGY"))
        body = XML.decode().replace("F4000001", "F4000041").replace("91720330679", number).replace("R4000001", "R4000041")
        body = re.sub(r"(<c:GivenName>.*?</c:GivenName>)+", names, body)
        body = re.sub(r"(<c:NationalityCode>.*?</c:NationalityCode>)+", countries, body)
        self.agree("F4000041", "work-guidance", "vdab", "identity-more")
        self.acknowledged(self.post(body.encode(), "application/xml"))
        profile = next(body.decode() for body in self.profiles() if number.encode() in body)
        self.assertIn("Naam0 Naam1 Naam2 Naam3 Naam4 Naam5 Naam6 Naam7 Naam8 Naam9 Naam10 Naam11", profile)
        for country in ("SYR", "EGY"):
            self.assertIn(country, profile)
        # A text of the partner's has an end: what is beyond is cut, and the transfer says so.
        long = re.sub(r"Naam(\d+)", lambda n: "Naam" + n[1] + "x" * 60, body).replace("F4000041", "F4000042").replace(number, mock_ssin(1991, 12, 3, 7))
        self.agree("F4000042", "work-guidance", "vdab")
        view = self.acknowledged(self.post(long.replace("R4000041", "R4000042").encode(), "application/xml"))
        self.assertIn("value-cut", {f["code"] for f in view["findings"]})

    def test_one_record_a_call(self):
        problem = self.problem(self.post(CSV, "text/csv"), 400)
        self.assertIn("3 records", problem["detail"])

    def test_other_syntaxes_are_refused_with_those_that_are_taken(self):
        for content_type in ("text/plain", "application/x-yaml", "nonsense"):
            problem = self.problem(self.post(XML, content_type), 415)
            self.assertIn("application/xml", problem["detail"])
        self.assertIn("candidate-to-resident", self.problem(self.post(XML, "application/xml; mapping=other"), 415)["detail"])
        self.assertEqual(self.post(XML, "application/xml; mapping=candidate-to-resident").status, 202)
        # A call for JSON takes no XML.
        self.problem(self.post(XML, "application/xml", "/consents"), 415)
        # XML said to be JSON is neither.
        self.problem(self.post(XML, "application/json"), 400)
