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
        # The same file again is the same batch: nobody has a second record.
        self.assertEqual(self.counts(self.sent(file, check=1)[0]), (4, 3, 1))
        self.assertEqual(len(self.record_of("F2000001")), 1)

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
