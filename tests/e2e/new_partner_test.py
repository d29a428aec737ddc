"""docs/new-partner.md, done as it says on a real sandbox: every file written, every command run, every output compared.

The notation is that of the mapping guide (guide_test.py); a file whose name is followed by `+` is added to what is there.
"""
import contextlib
import os
import re
import shutil
import signal
import subprocess
import tempfile
import time
import unittest
from pathlib import Path

from guide_test import commands, pattern
from harness import BIN, ROOT, free_port

BLOCK = re.compile(r"^```(\w+)(?: (\S+))?( \+)?\n(.*?)^```$", re.MULTILINE | re.DOTALL)


class NewPartnerTest(unittest.TestCase):
    def setUp(self):
        self.folder = tempfile.TemporaryDirectory(prefix="ketenpoort-new-partner-", ignore_cleanup_errors=True)
        self.root = Path(self.folder.name)
        for name in ("mappings", "config"):
            shutil.copytree(ROOT / name, self.root / name)
        # The reader works in the repository; the test on a copy, so its program is told where that is.
        program = self.root / "bin" / "ketenpoort"
        program.parent.mkdir()
        program.write_text(f'#!/bin/sh\ncase "$1" in\n  mapping|sandbox) exec "{BIN}/ketenpoort" "$@" --mappings mappings --config-dir config;;\n'
                           f'  *) exec "{BIN}/ketenpoort" "$@";;\nesac\n')
        program.chmod(0o755)
        self.environment = {**os.environ, "PATH": f"{program.parent}:{os.environ['PATH']}", "LC_ALL": "C.UTF-8",
                            "NT2_URL": f"https://127.0.0.1:{free_port()}"}

    def tearDown(self):
        for name in ("gateway", "receiver", "sandbox"):
            with contextlib.suppress(OSError, ValueError):
                self.end(int((self.root / f"{name}.pid").read_text()))
        self.folder.cleanup()

    @staticmethod
    def end(pid):
        """What the guide started and may still run; its last command asks it to end too."""
        os.kill(pid, signal.SIGTERM)
        for _ in range(200):
            os.kill(pid, 0)
            time.sleep(0.1)
        os.kill(pid, signal.SIGKILL)

    def logs(self):
        return "".join(f"\n--- {file.name}\n{file.read_text()[-2000:]}" for file in sorted(self.root.glob("*.log")))

    def run_command(self, command, expected, code):
        try:
            done = subprocess.run(["bash", "-c", command], cwd=self.root, env=self.environment, capture_output=True, text=True, timeout=60)
        except subprocess.TimeoutExpired:
            self.fail(f"$ {command}\ndid not end{self.logs()}")
        seen = done.stdout + done.stderr
        self.assertEqual(done.returncode, code, f"$ {command}\n{seen}{self.logs()}")
        # Here `...` also stands for the end of a line.
        wanted = re.compile(r"\A" + pattern(expected).replace(re.escape("...") + r"\n", r".*\n") + r"\Z")
        self.assertRegex(seen, wanted, f"$ {command}")

    def test_the_guide_holds(self):
        text = (ROOT / "docs/new-partner.md").read_text(encoding="utf-8")
        files = ran = 0
        for kind, name, added, body in BLOCK.findall(text):
            if kind == "console":
                for command, expected, code in commands(body):
                    self.run_command(command, expected, code)
                    ran += 1
                continue
            self.assertTrue(name, "a file in the guide needs its path")
            target = self.root / name
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_text((target.read_text(encoding="utf-8") if added else "") + body, encoding="utf-8")
            files += 1
        self.assertGreaterEqual(files, 15)
        self.assertGreaterEqual(ran, 25)
        found = subprocess.run([f"{BIN}/ketenpoort-verify", self.root / "box/data/ledger", "--key",
                                (self.root / "box/keys/ledger.vkey").read_text().strip()], capture_output=True, text=True, timeout=60)
        self.assertEqual(found.returncode, 0, found.stdout + found.stderr)


if __name__ == "__main__":
    unittest.main()
