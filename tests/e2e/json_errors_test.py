"""--json: whatever goes wrong, a program that reads stdout gets one JSON document of one shape, and the exit code says of what kind it is."""
import json
import subprocess
import tempfile
import unittest
from pathlib import Path

from harness import BIN, ROOT

DONE, DOES_NOT_HOLD, WRONG_USE, ENVIRONMENT = range(4)


class JsonErrorsTest(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory(prefix="ketenpoort-json-")
        self.addCleanup(folder.cleanup)
        self.folder = Path(folder.name)
        self.missing = self.folder / "missing"

    def run_tool(self, *arguments, program="ketenpoort"):
        folders = ["--mappings", ROOT / "mappings", "--config-dir", ROOT / "config"] if arguments[0] in ("translate", "mapping") else []
        return subprocess.run([BIN / program, *map(str, arguments), *map(str, folders), "--json"], capture_output=True, text=True, timeout=60,
                              stdin=subprocess.DEVNULL)

    def fails(self, code, *arguments):
        ran = self.run_tool(*arguments)
        self.assertEqual(ran.returncode, code, (arguments, ran.stdout, ran.stderr))
        said = json.loads(ran.stdout)
        self.assertEqual((said["ok"], set(said)), (False, {"ok", "detail", "errors"}), arguments)
        self.assertTrue(said["detail"], arguments)
        for error in said["errors"]:
            self.assertLessEqual(set(error), {"where", "detail"}, arguments)
            self.assertTrue(error["detail"], arguments)
        self.assertTrue(ran.stderr, "people are told as ever")
        return said

    def test_every_command(self):
        missing, nowhere = self.missing, ("--url", "https://127.0.0.1:9/ketenpoort/v1", "--token", "x.y.z")
        record = self.folder / "record.json"
        record.write_text("{}")
        for code, *arguments in (
                (WRONG_USE, "translate"),
                (WRONG_USE, "translate", "no-such-mapping", record),
                (WRONG_USE, "translate", "resident-to-vdab-profile", record, "--at", "tomorrow"),
                (WRONG_USE, "translate", "resident-to-vdab-profile", record, "--purpose", "fun"),
                (WRONG_USE, "translate", "resident-to-vdab-profile", record, "--nonsense"),
                (ENVIRONMENT, "translate", "resident-to-vdab-profile", missing),
                (ENVIRONMENT, "translate", "legacy-csv-to-resident", missing),
                (WRONG_USE, "mapping", "test", "no-such-mapping"),
                (WRONG_USE, "mapping", "nonsense"),
                (ENVIRONMENT, "check", "--config", missing),
                (ENVIRONMENT, "backup", self.folder / "to", "--config", missing),
                (ENVIRONMENT, "restore", missing, "--config", missing),
                (WRONG_USE, "keys", "show"),
                (ENVIRONMENT, "keys", "show", missing),
                (WRONG_USE, "ledger", "reproduce", "no-uuid", "--config", missing),
                (ENVIRONMENT, "shrink", *nowhere),
                (ENVIRONMENT, "report", "register", *nowhere),
                (ENVIRONMENT, "consent", "show", "0193a1b2-0000-7000-8000-000000000001", *nowhere),
                (ENVIRONMENT, "send", missing, *nowhere),
                (ENVIRONMENT, "keys", "show", "--config", missing),
                (ENVIRONMENT, "keys", "rotate", "--config", missing),
                (ENVIRONMENT, "ledger", "checkpoint", "--config", missing),
                (ENVIRONMENT, "policy", "sign", missing, "--owner", "dpo", "--key", missing),
                (ENVIRONMENT, "report", "register", "--url", nowhere[1], "--token", missing),
                (WRONG_USE, "nonsense")):
            with self.subTest(arguments=arguments):
                self.fails(code, *arguments)

    def test_a_message_that_cannot_be_made_says_where_and_why(self):
        example = next((ROOT / "mappings/examples/resident-to-vdab-profile").glob("01-*.in.json"))
        record = self.folder / "record.json"
        record.write_text(json.dumps(json.loads(example.read_text())["record"]))
        said = self.fails(DOES_NOT_HOLD, "translate", "resident-to-vdab-profile", record, "--categories", "contact")
        self.assertEqual(len(said["errors"]), 1, said)

    def test_of_several_records_each_has_a_line(self):
        ran = self.run_tool("translate", "legacy-csv-to-resident", ROOT / "mappings/examples/legacy-csv-to-resident/04-rows-that-are-wrong.in.csv")
        self.assertEqual(ran.returncode, DOES_NOT_HOLD, ran.stderr)
        documents = [json.loads(line) for line in ran.stdout.splitlines()]
        self.assertTrue(any(d.get("ok") is False for d in documents), documents)
        self.assertTrue(all(d["errors"] for d in documents if d.get("ok") is False), documents)

    def test_what_is_wrong_in_a_file_stands_behind_its_name_and_line(self):
        rows = ROOT / "mappings/examples/legacy-csv-to-resident/04-rows-that-are-wrong.in.csv"
        example = next((ROOT / "mappings/examples/resident-to-vdab-profile").glob("01-*.in.json"))
        content = json.loads(example.read_text())["record"]
        content["resident"]["sex"] = 7
        record, name = self.folder / "wrong.json", self.folder / "right.json"
        record.write_text(json.dumps(content, indent=1))
        line = next(at for at, text in enumerate(record.read_text().splitlines(), 1) if '"sex": 7' in text)
        content["resident"]["sex"] = 2
        name.write_text(json.dumps(content))
        document = self.folder / "candidate.xml"
        document.write_text((ROOT / "mappings/examples/candidate-to-resident/09-not-valid.in.xml").read_text())
        for arguments, expected in (
                (("legacy-csv-to-resident", rows), rf"{rows}:[2-9]: error: (mapping-failed: )?[A-Z]+: .+"),
                (("candidate-to-resident", document), rf"{document}:[0-9]+: error: .+"),
                (("resident-to-vdab-profile", record), rf"{record}:{line}:[0-9]+: error: resident\.sex: .+"),
                (("resident-to-vdab-profile", record, "--explain"), rf"{record}:{line}:[0-9]+: error: resident\.sex: .+"),
                (("resident-to-vdab-profile", name, "--categories", "contact"), rf"{name}: error: category-not-covered: .+")):
            with self.subTest(arguments=arguments):
                ran = subprocess.run([BIN / "ketenpoort", "translate", *arguments, "--mappings", ROOT / "mappings", "--config-dir", ROOT / "config"], capture_output=True, text=True, timeout=60)
                self.assertEqual(ran.returncode, DOES_NOT_HOLD, ran.stderr)
                said = [text for text in ran.stderr.splitlines() if not text.startswith("1 problem: ")]
                for text in said:
                    self.assertRegex(text, f"^{expected}$")
                self.assertTrue(said)

    def test_without_it_stdout_stays_empty(self):
        ran = subprocess.run([BIN / "ketenpoort", "check", "--config", self.missing], capture_output=True, text=True, timeout=60)
        self.assertEqual((ran.returncode, ran.stdout), (ENVIRONMENT, ""))

    def test_the_verifier_says_it_as_a_flaw(self):
        for code, *arguments in ((ENVIRONMENT, self.missing, "--key", "example.org/log+5e2cef00+AepKbGPinFIKvvVQexMuxfmVR3auvr57kkIe6mkURtIs"), (WRONG_USE, self.missing), (WRONG_USE, self.missing, "--key", "x")):
            ran = self.run_tool(*arguments, program="ketenpoort-verify")
            said = json.loads(ran.stdout)
            self.assertEqual((ran.returncode, set(said)), (code, {"flaw"}), (arguments, ran))
            self.assertTrue(said["flaw"]["what"])


if __name__ == "__main__":
    unittest.main()
