"""`ketenpoort send` with what older systems write: JSON over many lines, XML, CSV, fixed width, each into a running gateway."""
import json
import tempfile
from pathlib import Path

from harness import BIN, ROOT, SandboxTest
from people import consent, resident

EXAMPLES = ROOT / "mappings/examples"
CSV = (EXAMPLES / "legacy-csv-to-resident/01-three-residents.in.csv").read_bytes()
XML = (EXAMPLES / "candidate-to-resident/01-full-candidate.in.xml").read_bytes()
FIXED = (EXAMPLES / "legacy-fixed-to-resident/01-two-residents.in.txt").read_bytes()


class SendTest(SandboxTest):
    def setUp(self):
        self.work = tempfile.TemporaryDirectory()
        self.addCleanup(self.work.cleanup)

    def file(self, name, content):
        path = Path(self.work.name) / name
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
        return path

    def sent(self, *arguments, check=0):
        done = self.box.tool(BIN / "ketenpoort", "send", "--sandbox", self.box.state, "--json", *arguments, check=check)
        return json.loads(done.stdout), done.stderr

    def counts(self, report):
        return report["rows"], report["accepted"], report["rejected"]

    def record_of(self, number):
        return self.box.call("POST", "/records/query", {"subject": {"fedasilNumber": number}}).json["items"]

    def test_a_record_and_a_consent_over_many_lines(self):
        given = self.file("consent.json", json.dumps(consent("S1000"), indent=2))
        record = self.file("record.json", "\ufeff" + json.dumps(resident("S1000"), indent=2).replace("\n", "\r\n"))
        said, _ = self.sent(given, record)
        self.assertEqual(self.counts(said), (2, 2, 0))
        self.assertEqual(said["consents"], {"GIVEN": 2})
        self.assertEqual(sum(said["transfers"].values()), 4)
        wrong = self.file("wrong.json", json.dumps(resident("S1001", resident__sex=7), indent=2))
        said, stderr = self.sent(wrong, check=1)
        self.assertEqual(self.counts(said), (1, 0, 1))
        self.assertEqual([i["name"] for i in said["files"][0]["issues"]], ["resident.sex"])
        self.assertIn("wrong.json:1: error: resident.sex:", stderr)

    def test_an_xml_record(self):
        said, _ = self.sent(self.file("candidate.xml", XML))
        self.assertEqual(self.counts(said), (1, 1, 0))
        self.assertEqual(len(self.record_of("F4000001")), 1)
        said, stderr = self.sent(self.file("broken.xml", XML.replace(b"</c:Licenses>", b"")), check=1)
        self.assertEqual(self.counts(said), (1, 0, 1))
        self.assertRegex(stderr, r"broken\.xml:1: error: line \d+, column \d+")

    def test_a_csv_file_of_which_the_good_rows_are_taken(self):
        lines = CSV.splitlines(keepends=True)
        bad = lines[1].replace(b"f2000001", b"F2000009").replace(b"03/12/1991", b"31/02/1991")
        file = self.file("export.csv", b"".join([*lines, bad]))
        said, stderr = self.sent(file, check=1)
        self.assertEqual(self.counts(said), (4, 3, 1))
        errors = [i for i in said["files"][0]["issues"] if "severity" not in i]
        self.assertEqual([(i["line"], i["name"]) for i in errors], [(5, "GEBOORTEDATUM")])
        self.assertIn("dd/mm/yyyy", errors[0]["detail"], "how it is to be written")
        self.assertIn("export.csv:5: error: GEBOORTEDATUM: ", stderr)
        self.assertIn("export.csv:4: warning: TELEFOON: ", stderr)
        self.assertNotIn("31/02/1991", stderr)
        self.assertEqual(len(self.record_of("F2000001")), 1)
        # The same file again is the same batch, and says so: nobody has a second record.
        again, stderr = self.sent(file, check=1)
        self.assertEqual((self.counts(again), again["alreadySent"]), ((4, 0, 1), 3))
        self.assertEqual(again["files"][0]["batch"], said["files"][0]["batch"])
        self.assertIn("taken before, as batch " + said["files"][0]["batch"], stderr)
        self.assertEqual([i["line"] for i in again["files"][0]["issues"] if "severity" not in i], [5])
        self.assertEqual(len(self.record_of("F2000001")), 1)
        anew, _ = self.sent("--restart", file, check=1)
        self.assertEqual((self.counts(anew), anew["alreadySent"]), ((4, 3, 1), 0))
        self.assertNotEqual(anew["files"][0]["batch"], said["files"][0]["batch"])
        self.assertEqual(len(self.record_of("F2000001")), 1)

    def test_rejected_rows_are_a_file_that_can_be_put_right_and_sent(self):
        lines = CSV.replace(b"f200000", b"f200003").replace(b"F200000", b"F200003").replace(b"91.72.03-104.87", b"").splitlines(keepends=True)
        bad = lines[1].replace(b"f2000031", b"F2000039").replace(b"03/12/1991", b"31/02/1991").replace(b"Aleppo", b'"Alep\npo; ""x"""')
        rejected = Path(self.work.name) / "rejected.csv"
        said, stderr = self.sent("--rejected", rejected, self.file("export.csv", b"".join([lines[0], bad, *lines[1:]])), check=1)
        self.assertEqual(self.counts(said), (4, 3, 1))
        self.assertIn("put them right", stderr)
        self.assertEqual(rejected.read_bytes(), lines[0] + bad)
        self.assertEqual(rejected.stat().st_mode & 0o777, 0o600)
        rejected.write_bytes(rejected.read_bytes().replace(b"31/02/1991", b"28/02/1991"))
        self.assertEqual(self.counts(self.sent(rejected)[0]), (1, 1, 0))
        self.assertEqual(len(self.record_of("F2000039")), 1)
        # Rows of a second file of the same header are added; another kind of file is told before anything is sent.
        rejected.unlink()
        for number in (b"F2000041", b"F2000042"):
            self.sent("--rejected", rejected, self.file(number.decode() + ".csv", lines[0] + bad.replace(b"F2000039", number)), check=1)
        self.assertEqual(rejected.read_bytes().count(b"31/02/1991"), 2)
        self.assertEqual(rejected.read_bytes().count(b"DOSSIERNR"), 1)
        done = self.box.tool(BIN / "ketenpoort", "send", "--sandbox", self.box.state, "--rejected", rejected, self.file("n.txt", FIXED), check=2)
        self.assertIn("name another file", done.stderr)

    def test_rejected_rows_of_two_kinds_of_file_are_told_before_anything_is_sent(self):
        rejected = Path(self.work.name) / "rejected-of-two"
        nights = [self.file(name, FIXED) for name in ("night-1.txt", "night-2.txt")]
        said = self.box.tool(BIN / "ketenpoort", "send", "--sandbox", self.box.state, "--rejected", rejected, *nights, check=2)
        self.assertIn("send it by itself", said.stderr)
        rows, csv = self.file("rows.ndjson", b'{"messageId":"none"}\n' * 3), self.file("export.csv", CSV)
        for file in (nights[0], rows):  # a file that grew by what is rejected of it would never come to its end
            own = self.box.tool(BIN / "ketenpoort", "send", "--sandbox", self.box.state, "--rejected", file, file, check=2)
            self.assertIn("is the file that is sent", own.stderr)
        for two in ((rows, csv), (csv, rows)):
            said = self.box.tool(BIN / "ketenpoort", "send", "--sandbox", self.box.state, "--rejected", rejected, *two, check=2)
            self.assertIn("send it by itself", said.stderr)
        self.assertFalse(rejected.exists())
        said = self.box.tool(BIN / "ketenpoort", "send", "--sandbox", self.box.state, "--rejected", csv, rows, check=2)
        self.assertIn("name another file", said.stderr)
        self.assertEqual(csv.read_bytes(), CSV)

    def test_a_document_that_is_rejected_is_put_right_where_it_is(self):
        rejected = Path(self.work.name) / "rejected.ndjson"
        self.sent("--rejected", rejected, self.file("one.xml", b"<Candidate/>"), self.file("one.json", b'{\n"messageId": "none"\n}\n'),
                  self.file("rows.ndjson", b'{"messageId":"none"}\n'), check=1)
        self.assertEqual(rejected.read_bytes(), b'{"messageId":"none"}\n')

    def test_rejected_lines_of_a_night_file_have_a_trailer_that_fits(self):
        lines = [line.replace(b"F300000", b"F300005") for line in FIXED.splitlines()]
        details = [lines[1].replace(b"20F3000051", b"20F3000053"), lines[2]]
        details[0] = details[0][:138] + b"19900231" + details[0][146:]
        width = len(lines[3])
        trailer = (b"99%08d%010d" % (2, sum(map(sum, details)))).ljust(width)
        rejected = Path(self.work.name) / "rejected.txt"
        said, stderr = self.sent("--rejected", rejected, self.file("night.txt", b"\r\n".join([lines[0], *details, trailer, b""])), check=1)
        self.assertEqual(self.counts(said), (2, 1, 1), stderr)
        self.assertEqual(rejected.read_bytes(), b"\r\n".join([lines[0], details[0], (b"99%08d%010d" % (1, sum(details[0]))).ljust(width), b""]))
        right = details[0].replace(b"19900231", b"19900228")
        self.sent(rejected, check=1)  # it is a whole file, and its row is as wrong as before
        rejected.write_bytes(b"\n".join([lines[0], right, (b"99%08d%010d" % (1, sum(right))).ljust(width)]))
        self.assertEqual(self.counts(self.sent(rejected)[0]), (1, 1, 0))

    def test_a_fixed_width_file_and_one_cut_short(self):
        said, _ = self.sent(self.file("night.txt", FIXED))
        self.assertEqual(self.counts(said), (2, 2, 0))
        self.assertEqual(len(self.record_of("F3000002")), 1)
        lines = FIXED.splitlines(keepends=True)
        said, stderr = self.sent(self.file("cut.dat", b"".join([lines[0], lines[1], lines[3]])), check=1)
        self.assertEqual((said["accepted"], said["ok"]), (0, False))
        self.assertIn("AANTAL", stderr)

    def test_what_cannot_be_told_is_asked_for(self):
        unknown = self.file("export.bin", CSV)
        done = self.box.tool(BIN / "ketenpoort", "send", "--sandbox", self.box.state, unknown, check=2)
        self.assertIn("--in", done.stderr)
        said, _ = self.sent("--in", "csv", "--mapping", "legacy-csv-to-resident", unknown)
        self.assertEqual(self.counts(said), (3, 3, 0))
        done = self.box.tool(BIN / "ketenpoort", "send", "--sandbox", self.box.state, "--in", "csv", "--mapping", "other", unknown, check=1)
        self.assertIn("legacy-csv-to-resident", done.stderr)
        done = self.box.tool(BIN / "ketenpoort", "send", "--sandbox", self.box.state, "--as", "consents", "--in", "csv", unknown, check=2)
        self.assertIn("NDJSON", done.stderr)
