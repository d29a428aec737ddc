"""On every shipped log (tests/logs) both verifiers, ketenpoort-verify and the one beside this file, say what they must: whether it
holds, and if not, by which rule and at which entry. KETENPOORT_BIN is the folder of the programs."""
import json
import os
import pathlib
import shutil
import subprocess
import tempfile
import unittest
import unittest.mock

import ketenpoort_verify

HERE = pathlib.Path(__file__).resolve().parent
LOGS = HERE.parent / "logs"
BIN = pathlib.Path(os.environ.get("KETENPOORT_BIN", HERE.parent.parent / "build/release/bin"))


def contents(root):
    return {str(file.relative_to(root)): file.read_bytes() for kind in ("good", "bad") for file in (root / kind).rglob("*")
            if file.is_file()}


class Case:
    """A shipped log and what a verifier is given beside it."""

    def __init__(self, folder):
        self.name = f"{folder.parent.name}/{folder.name}"
        self.expected = json.loads((folder / "expected.json").read_text())
        self.log = folder / "ledger" if (folder / "ledger").exists() else folder / "ledger.export"
        self.older, self.authorities = folder / "older-checkpoint", folder / "authorities.pem"

    def ask_first(self):
        command = [str(BIN / "ketenpoort-verify"), str(self.log), "--json"]
        for option, values in (("--key", self.expected["keys"]), ("--witness", self.expected["witnesses"])):
            for value in values:
                command += [option, value]
        if self.older.exists():
            command += ["--checkpoint", str(self.older)]
        if self.authorities.exists():
            command += ["--tsa-ca", str(self.authorities)]
        done = subprocess.run(command, capture_output=True, text=True, timeout=60)
        said = json.loads(done.stdout)
        if done.returncode != (0 if said.get("holds") else 1):
            raise AssertionError(f"exit code {done.returncode}: {done.stderr}")
        return said

    def ask_second(self):
        older = self.older.read_bytes() if self.older.exists() else None
        authorities = self.authorities.read_bytes() if self.authorities.exists() else b""
        return ketenpoort_verify.verify(str(self.log), self.expected["keys"], older, self.expected["witnesses"], authorities)


class Agreement(unittest.TestCase):
    def check(self, name, holds):
        cases = [Case(folder) for folder in sorted((LOGS / name).iterdir()) if folder.is_dir()]
        self.assertGreater(len(cases), 5)
        for case in cases:
            must = (case.expected["holds"], case.expected.get("rule"), case.expected.get("seq"))
            self.assertEqual(must[0], holds)
            for verifier, ask in (("ketenpoort-verify", case.ask_first), ("ketenpoort_verify.py", case.ask_second)):
                with self.subTest(log=case.name, verifier=verifier):
                    said = ask()
                    flaw = said.get("flaw", {})
                    self.assertEqual((said["holds"], flaw.get("rule"), flaw.get("seq")), must, flaw.get("what"))

    def test_they_are_those_that_are_made(self):
        with tempfile.TemporaryDirectory() as made:
            subprocess.run([BIN / "make_logs", made], check=True, timeout=60)
            self.assertEqual(contents(pathlib.Path(made)), contents(LOGS))

    def test_logs_that_hold(self):
        self.check("good", True)

    def test_logs_that_do_not(self):
        self.check("bad", False)

    def test_a_gateway_that_runs_on_takes_a_partial_tile_away(self):
        """Between the listing of the folder and the reading of the tile; it may, once the full tile stands."""
        case = Case(LOGS / "good/more-than-one-tile")
        for full_stands in (True, False):
            with self.subTest(full_stands=full_stands), tempfile.TemporaryDirectory() as copy:
                ledger = shutil.copytree(case.log, pathlib.Path(copy) / "ledger")
                full, partial = ledger / "tile/0/000", ledger / "tile/0/000.p/1"
                if not partial.exists():
                    partial.parent.mkdir(exist_ok=True)
                    partial.write_bytes(full.read_bytes()[:32])
                folder_entries = ketenpoort_verify.Folder.entries

                def entries_after_it_went(folder):
                    partial.unlink()
                    if not full_stands:
                        full.unlink()
                    return folder_entries(folder)

                with unittest.mock.patch.object(ketenpoort_verify.Folder, "entries", entries_after_it_went):
                    if full_stands:
                        said = ketenpoort_verify.verify(str(ledger), case.expected["keys"], witnesses=case.expected["witnesses"])
                        self.assertTrue(said["holds"], said)
                    else:
                        with self.assertRaises(FileNotFoundError):
                            ketenpoort_verify.verify(str(ledger), case.expected["keys"], witnesses=case.expected["witnesses"])


if __name__ == "__main__":
    unittest.main()
