"""docs/mapping-guide.md, done as it says: every file written, every command run, every output compared.

In an expected output a line `...` stands for any lines, `...` at the beginning of a line for any beginning, and a last line
`# exit N` for the exit code (else 0).
"""
import os
import re
import shutil
import subprocess
import tempfile
import unittest
from pathlib import Path

from harness import BIN

ROOT = Path(__file__).resolve().parents[2]
BLOCK = re.compile(r"^```(\w+)(?: (\S+))?\n(.*?)^```$", re.MULTILINE | re.DOTALL)


def pattern(lines):
    """The expected lines as a regular expression."""
    out = ""
    for line in lines:
        if line == "...":
            out += r"(?:.*\n)*?"
        elif line.startswith("..."):
            out += r".*" + re.escape(line[3:]) + r"\n"
        else:
            out += re.escape(line) + r"\n"
    return out


def commands(text):
    """(command, expected lines, exit code) for each `$ ` line of a console block."""
    found = []
    for line in text.splitlines():
        if line.startswith("$ "):
            found.append([line[2:], [], 0])
        elif line.startswith("# exit "):
            found[-1][2] = int(line[len("# exit "):])
        else:
            found[-1][1].append(line)
    return found


class GuideTest(unittest.TestCase):
    def setUp(self):
        self.folder = tempfile.TemporaryDirectory(prefix="ketenpoort-guide-")
        self.root = Path(self.folder.name)
        for name in ("mappings", "config"):
            shutil.copytree(ROOT / name, self.root / name)
        # The reader works in the repository; the test on a copy, so its program is told where that is.
        program = self.root / "bin" / "ketenpoort"
        program.parent.mkdir()
        program.write_text(f'#!/bin/sh\nexec "{BIN}/ketenpoort" "$@" --mappings mappings --config-dir config\n')
        program.chmod(0o755)

    def tearDown(self):
        self.folder.cleanup()

    def run_command(self, command, expected, code):
        environment = {**os.environ, "PATH": f"{self.root}/bin:{os.environ['PATH']}", "LC_ALL": "C.UTF-8"}
        done = subprocess.run(["bash", "-c", command], cwd=self.root, env=environment, capture_output=True, text=True,
                              timeout=120)
        # What a person sees: both streams, what was printed first first as far as it matters here.
        seen = done.stdout + done.stderr
        self.assertEqual(done.returncode, code, f"$ {command}\n{seen}")
        self.assertRegex(seen, re.compile(r"\A" + pattern(expected) + r"\Z"), f"$ {command}")

    def test_the_guide_holds(self):
        text = (ROOT / "docs/mapping-guide.md").read_text(encoding="utf-8")
        files = ran = 0
        for kind, name, body in BLOCK.findall(text):
            if kind == "console":
                for command, expected, code in commands(body):
                    self.run_command(command, expected, code)
                    ran += 1
            else:
                self.assertTrue(name, "a file in the guide needs its path")
                target = self.root / name
                target.parent.mkdir(parents=True, exist_ok=True)
                target.write_text(body, encoding="utf-8")
                files += 1
        self.assertGreaterEqual(files, 8)
        self.assertGreaterEqual(ran, 12)


if __name__ == "__main__":
    unittest.main()
