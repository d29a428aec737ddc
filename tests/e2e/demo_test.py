"""The demo as a stranger starts it: it must end well, tell its story and leave nothing running."""
import os
import signal
import socket
import subprocess
import tempfile
import time
import unittest
from pathlib import Path

from harness import BIN

SENTENCES = (
    "28 arrived, 11 held, 6 refused", "Held: nothing has left", "Refused: nothing will leave",
    "lodged on 10 September 2026; the law opens the labour market on 10 January 2027",
    "[too-early]",
    "[card-not-renewed]",
    "[identifier-missing]",
    "[procedure-stale]",
    "[not-in-target-group]", "[consent-refused]", "[minor]",
    "Before: ", "After: what VDAB received of it", "After: what AgII received of it", "<INSZ>",
    "not in the resident's consent (",
    "Stopped at once: 2 waiting transfers, now cancelled [consent-withdrawn]; VDAB never received it",
    "Has the data already and is told, with a day by which to answer: VDAB",
    "holds: ", "The ledger holds.",
    "yes nothing is left on its way", "Everything was as it should be.",
)


def run_demo(*options, environment=None):
    return subprocess.run([BIN / "ketenpoort", "demo", *options], capture_output=True, text=True, timeout=240,
                          env={**os.environ, **(environment or {})})


class DemoTest(unittest.TestCase):
    def test_once_tells_the_story_and_ends_well(self):
        with tempfile.TemporaryDirectory(prefix="ketenpoort-demo-test-") as folder:
            state = Path(folder) / "state"
            done = run_demo("--once", "--state", state)
            self.assertEqual(done.returncode, 0, done.stdout + done.stderr)
            told = " ".join(done.stdout.split())  # however its lines are broken
            for sentence in SENTENCES:
                self.assertIn(" ".join(sentence.split()), told)
            self.assertNotIn("NO ", done.stdout)
            self.assertNotIn("\x1b", done.stdout)  # no colours and no cursor movements in a pipe
            self.assertTrue((state / "sandbox.json").exists())
            again = run_demo("--once", "--state", state)
            self.assertEqual(again.returncode, 2, again.stderr)
            self.assertIn("holds the state of an earlier run", again.stderr)

    def test_a_port_in_use_is_told_with_the_logs(self):
        with socket.create_server(("127.0.0.1", 0)) as taken:
            done = run_demo("--once", "--port", str(taken.getsockname()[1]))
        self.assertEqual(done.returncode, 3, done.stdout + done.stderr)
        self.assertIn("error: ", done.stderr)
        self.assertIn("The last lines of the logs:", done.stderr)

    def test_stays_up_until_told_to_end(self):
        for number in (signal.SIGINT, signal.SIGTERM):
            with tempfile.TemporaryDirectory(prefix="ketenpoort-demo-test-") as temporary:
                demo = subprocess.Popen([BIN / "ketenpoort", "demo"], stdout=subprocess.PIPE, text=True,
                                        env={**os.environ, "TMPDIR": temporary})
                self.addCleanup(demo.stdout.close)
                self.addCleanup(demo.kill)
                for line in demo.stdout:
                    if "Ctrl-C ends it" in line:
                        break
                self.assertIsNone(demo.poll())
                demo.send_signal(number)
                self.assertEqual(demo.wait(timeout=60), 0)
                self.assertEqual(os.listdir(temporary), [])  # the temporary state went with it

    def test_takes_its_processes_with_it_when_killed(self):
        with tempfile.TemporaryDirectory(prefix="ketenpoort-demo-test-") as folder:
            state = Path(folder) / "state"
            demo = subprocess.Popen([BIN / "ketenpoort", "demo", "--state", state], stdout=subprocess.PIPE, text=True)
            self.addCleanup(demo.stdout.close)
            for line in demo.stdout:
                if "up in" in line:
                    break
            demo.kill()
            demo.wait()
            deadline = time.monotonic() + 30
            while time.monotonic() < deadline and self.running_from(state):
                time.sleep(0.1)
            self.assertEqual(self.running_from(state), [])

    @staticmethod
    def running_from(state):
        found = []
        for process in Path("/proc").iterdir():
            try:
                if str(state).encode() in (process / "cmdline").read_bytes():
                    found.append(process.name)
            except OSError:
                continue
        return found
