"""The Debian package: what it says of itself, and what it does to a machine that it comes to and goes from."""
import os
import pwd
import re
import shutil
import stat
import subprocess
import tempfile
import unittest
from pathlib import Path

from harness import BIN


WITH_SBIN = {**os.environ, "PATH": os.environ.get("PATH", "/usr/bin:/bin") + ":/usr/sbin:/sbin"}  # dpkg looks for ldconfig


def run(*command):
    done = subprocess.run([str(part) for part in command], capture_output=True, text=True, timeout=240, env=WITH_SBIN)
    if done.returncode != 0:
        raise AssertionError(f"{command[0]} ended with {done.returncode}\n{done.stdout[-3000:]}{done.stderr[-3000:]}")
    return done


FOLDER = Path(tempfile.mkdtemp(prefix="ketenpoort-package-"))


def setUpModule():
    unittest.addModuleCleanup(shutil.rmtree, FOLDER, ignore_errors=True)
    run("cpack", "--config", BIN.parent / "CPackConfig.cmake", "-B", FOLDER)


class Package(unittest.TestCase):
    def setUp(self):
        self.package, = FOLDER.glob("ketenpoort_*.deb")
        self.folder = Path(tempfile.mkdtemp(dir=FOLDER))


class ContentTest(Package):

    def unpack(self):
        run("dpkg-deb", "--extract", self.package, self.folder / "unpacked")
        return self.folder / "unpacked"

    def test_it_says_what_it_is_and_holds_no_configuration_and_no_state(self):
        field = lambda name: run("dpkg-deb", "--field", self.package, name).stdout.strip()
        self.assertEqual(field("Package"), "ketenpoort")
        self.assertIn(field("Version"), run(BIN / "ketenpoort", "--version").stdout)
        for needed in ("libssl3", "libsqlite3-0", "libxmlsec1", "systemd"):
            self.assertIn(needed, field("Depends"))
        unpacked = self.unpack()
        self.assertEqual([part.name for part in unpacked.iterdir()], ["usr"])
        for file in unpacked.rglob("*"):
            self.assertTrue(file.exists(), f"{file} leads nowhere")
            self.assertFalse(file.stat().st_mode & (stat.S_IWGRP | stat.S_IWOTH | stat.S_ISUID | stat.S_ISGID), file)

    def test_links_of_its_documentation_lead_somewhere(self):
        documents = self.unpack() / "usr/share/doc/ketenpoort"
        pages = [page for page in documents.rglob("*.md") if "schemas" not in page.parts]
        self.assertIn(documents / "docs/operations.md", pages)
        links = [(page, link) for page in pages for link in re.findall(r"\]\(([^)#\s]+)", page.read_text()) if "://" not in link]
        self.assertGreater(len(links), 20)
        for page, link in links:
            self.assertTrue((page.parent / link).exists(), f"{page.relative_to(documents)}: {link}")

    def test_its_programs_find_what_they_ship_where_it_was_unpacked(self):
        unpacked = self.unpack()
        demo = run(unpacked / "usr/bin/ketenpoort", "demo", "--once", "--state", self.folder / "demo")
        self.assertTrue("Everything was as it should be." in demo.stdout, demo.stdout[-2000:])
        settings = (self.folder / "demo/gateway.yaml").read_text()
        self.assertIn(str(unpacked / "usr/share/ketenpoort/mappings"), settings)
        self.assertNotIn(str(BIN.parents[2] / "mappings"), settings)


@unittest.skipUnless(os.geteuid() == 0, "only root installs packages")
class InstallationTest(Package):
    """Into a folder that stands for a machine."""

    def setUp(self):
        super().setUp()
        self.machine = self.folder / "machine"
        for part in ("etc", "var/lib/dpkg/info", "var/lib/dpkg/updates"):
            (self.machine / part).mkdir(parents=True)
        (self.machine / "var/lib/dpkg/status").touch()

    def dpkg(self, *arguments):
        return run("dpkg", f"--root={self.machine}", "--force-script-chrootless", "--force-depends", "--log=/dev/null", *arguments)

    def owner(self, path):
        uid = (self.machine / path).stat().st_uid
        names = {int(line.split(":")[2]): line.split(":")[0] for line in (self.machine / "etc/passwd").read_text().splitlines()}
        return names.get(uid, pwd.getpwuid(0).pw_name if uid == 0 else str(uid))

    def test_it_makes_a_user_and_leaves_configuration_and_state_alone_when_it_goes(self):
        self.dpkg("--install", self.package)
        self.assertIn("\nketenpoort:", "\n" + (self.machine / "etc/passwd").read_text())
        folders = {path: (self.owner(path), stat.S_IMODE((self.machine / path).stat().st_mode)) for path in ("etc/ketenpoort", "etc/ketenpoort/keys")}
        self.assertEqual(folders, {"etc/ketenpoort": ("root", 0o750), "etc/ketenpoort/keys": ("ketenpoort", 0o700)})
        unit = (self.machine / "usr/lib/systemd/system/ketenpoort.service").read_text()
        program = next(line for line in unit.splitlines() if line.startswith("ExecStart=")).split("=", 1)[1].split()[0]
        self.assertTrue(os.access(self.machine / program.lstrip("/"), os.X_OK), program)
        ours = {self.machine / "etc/ketenpoort/gateway.yaml": "environment: production\n",
                self.machine / "etc/ketenpoort/keys/master.key": "a key\n", self.machine / "var/lib/ketenpoort/journal/1.wal": "state\n"}
        for file, content in ours.items():
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_text(content)
        self.dpkg("--install", self.package)  # as an upgrade does
        self.dpkg("--purge", "ketenpoort")
        self.assertEqual({file: file.read_text() for file in ours}, ours)
        self.assertFalse((self.machine / "usr/bin/ketenpoort").exists())


if __name__ == "__main__":
    unittest.main()
