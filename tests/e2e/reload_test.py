"""Mappings that change while the gateway runs: put to use whole, or refused whole, and nothing is lost meanwhile."""
import itertools
import os
import shutil
import signal
import subprocess
import tempfile
import threading
import unittest
import urllib.request
import uuid

from pathlib import Path

from harness import BIN, ONE_MESSAGE, ROOT, Sandbox
from people import consent, resident

NAME = "resident-to-vdab-profile"
PLACE = "{ from: resident.birth.place,                       data: identity-more }"
VDAB = [{"id": "R-1", "recipient": "vdab", "purpose": "work-guidance", "reason": "WORK_TALK"}]


class ReloadTest(unittest.TestCase):
    mode = "vdab=ok"

    def setUp(self):
        folder = tempfile.mkdtemp(prefix="ketenpoort-mappings-")
        self.addCleanup(shutil.rmtree, folder, ignore_errors=True)
        self.mappings = Path(folder) / "mappings"
        shutil.copytree(ROOT / "mappings", self.mappings)
        self.file = self.mappings / f"{NAME}.yaml"
        self.shipped = self.file.read_text()
        self.assertIn(PLACE, self.shipped)
        self.prepare()
        self.box = Sandbox(*ONE_MESSAGE, "--mappings", self.mappings, "--partner-mode", self.mode)
        self.addCleanup(self.box.close)
        self.numbers = itertools.count(100)

    def prepare(self):
        """What is in the folder when the gateway starts."""

    def write(self, version, place=PLACE):
        """A version whose birth place is made so, with the examples that come out of it."""
        self.file.write_text(self.shipped.replace("version: 1.0.0", f"version: {version}").replace(PLACE, place))
        examples = self.mappings / "examples" / NAME
        shutil.rmtree(examples)
        shutil.copytree(ROOT / "mappings/examples" / NAME, examples)
        for kind in ("out", "error"):
            for output in examples.glob(f"*.{kind}.json"):
                output.unlink()
        self.tool("mapping", "test", "--write", "--mappings", self.mappings, NAME)

    def tool(self, *arguments):
        return self.run_tool(BIN / "ketenpoort", *arguments)

    @staticmethod
    def run_tool(*arguments):

        done = subprocess.run([str(a) for a in arguments], capture_output=True, text=True, timeout=120)
        if done.returncode != 0:
            raise AssertionError(f"{arguments}: exit {done.returncode}\n{done.stdout}\n{done.stderr}")
        return done.stdout

    def reload(self, status=200):
        answer = self.box.call("POST", "/mappings/reload", client="operator")
        self.assertEqual(answer.status, status, answer.body)
        return answer.json

    def running(self):
        items = self.box.call("GET", "/mappings", client="operator").json["items"]
        return {i["version"] for i in items if i["mapping"] == NAME}

    def metric(self, name):
        text = urllib.request.urlopen(self.box.info["metrics"], timeout=10).read().decode()
        return next(int(float(line.split()[-1])) for line in text.splitlines() if line.startswith(name + " "))

    def send(self):
        number = f"L{next(self.numbers):04}"
        given = consent(number, {"work-guidance": "GIVEN"}, extra=("wishes", "identity-more"))
        self.assertEqual(self.box.call("POST", "/consents", given).status, 201)
        record = resident(number, referrals=VDAB, resident__birth={"date": "1990-05-14", "place": "Homs", "country": "SYR"})
        answer = self.box.call("POST", "/records", record)
        self.assertEqual(answer.status, 202, answer.body)
        return answer.json["transfers"][0]["id"]

    def view(self, transfer):
        return self.box.call("GET", "/transfers/" + transfer).json

    def state(self, transfer, wanted, seconds=40):
        return self.box.wait(wanted, lambda: (lambda v: v if v["state"] == wanted else None)(self.view(transfer)), seconds)

    def entries(self):
        """The ledger once everything that is durable is published."""
        self.box.wait("publication", lambda: self.metric("ketenpoort_ledger_published_entries") == self.metric("ketenpoort_ledger_entries"), 10)
        return self.box.ledger_entries()

    def activations(self):
        return [e for e in self.entries() if e["kind"] == "mapping.activated" and e["body"]["mapping"] == NAME]

    def reproduce(self, transfer):
        """What it says once the vault's file has taken what it needs."""
        def look():
            done = self.box.tool(BIN / "ketenpoort", "ledger", "reproduce", transfer, "--config", self.box.path("gateway.yaml"))
            return done.stdout if done.returncode == 0 and "has expired" not in done.stdout else None

        return self.box.wait("reproducing " + transfer, look, 20)


class UnderLoadTest(ReloadTest):
    mode = "vdab=flaky"

    def test_a_new_version_takes_over_under_load_and_what_was_made_before_stays_as_it_was(self):
        sent, stop, failures = [], threading.Event(), []

        def keep_sending():
            try:
                while not stop.is_set():
                    sent.append(self.send())
            except Exception as failure:  # shown by the test itself
                failures.append(failure)

        senders = [threading.Thread(target=keep_sending) for _ in range(2)]
        for sender in senders:
            sender.start()
        try:
            self.box.wait("some transfers", lambda: len(sent) > 12)
            # Somebody saves a file with a typo in it.
            self.file.write_text(self.shipped.replace("from: resident.birth.place", "from: resident.birth.plaze"))
            refused = self.reload(409)
            said = {i["name"].rsplit("/", 1)[-1]: i["detail"] for i in refused["issues"]}
            self.assertIn("place", said[self.place("resident.birth.plaze")])
            self.assertEqual(self.running(), {"1.0.0"})
            self.box.wait("some more", lambda n=len(sent): len(sent) > n + 5)
            # The version with which a wrong place leaves stays 1.0.0: not what the examples say.
            self.file.write_text(self.shipped.replace(PLACE, PLACE.replace("place,", "place, do: [upper],")))
            refused = self.reload(409)
            self.assertTrue(any("01-full-record" in i["detail"] for i in refused["issues"]), refused)
            self.assertEqual(self.running(), {"1.0.0"})
            # As it should be done.
            self.write("1.1.0", PLACE.replace("place,", "place, do: [upper],"))
            change = self.reload()
            self.assertEqual([(v["mapping"], v["version"]) for v in change["came"]], [(NAME, "1.1.0")])
            self.assertEqual([(v["mapping"], v["version"]) for v in change["went"]], [(NAME, "1.0.0")])
            self.assertEqual(self.running(), {"1.1.0"})
            self.box.wait("some with the new version", lambda n=len(sent): len(sent) > n + 12)
        finally:
            stop.set()
            for sender in senders:
                sender.join()
        self.assertEqual(failures, [])
        self.let_the_partner_answer()
        transfers = {t["id"]: t for t in self.box.settle(180)}
        self.assertEqual({transfers[i]["state"] for i in sent}, {"acknowledged"})
        self.check_messages(sent)
        self.check_ledger(sent)

    def let_the_partner_answer(self):
        """The same simulator without its moods: else the last few would be tried for minutes."""
        pid = self.box.info["pids"]["vdab"]
        command = Path(f"/proc/{pid}/cmdline").read_bytes().decode().split("\0")[:-1]
        command[command.index("flaky")] = "ok"
        os.kill(pid, signal.SIGTERM)
        self.box.wait("the simulator's end", lambda: self.box.has_ended(pid), 20)
        with open(self.box.state / "vdab-again.log", "ab") as log:
            again = subprocess.Popen([BIN / "ketenpoort-partner", *command[1:]], stdout=log, stderr=log)

        def end():
            again.terminate()
            again.wait(timeout=30)

        self.addCleanup(end)

    def place(self, text):
        """file:line:column of a text in the mapping as it is now."""
        before = self.file.read_text().split(text)[0]
        return f"{self.file.name}:{before.count(chr(10)) + 1}:{len(before.rsplit(chr(10), 1)[1]) + 1}"

    def check_messages(self, sent):
        bodies = {}
        for facts, body in self.box.received("vdab"):
            key = facts["headers"]["idempotency-key"]
            self.assertEqual(bodies.setdefault(key, body), body, "another attempt sent other bytes")
        versions = {i: self.view(i)["mapping"] for i in sent}
        for transfer, version in versions.items():
            self.assertEqual(b"HOMS" in bodies[transfer], "1.1.0" in str(version), version)
        self.assertEqual(len({str(v) for v in versions.values()}), 2, "both versions were in use")

    def check_ledger(self, sent):
        entries = self.entries()
        self.box.verify_twice()
        activated = {e["body"]["version"]: e["seq"] for e in entries if e["kind"] == "mapping.activated" and e["body"]["mapping"] == NAME}
        self.assertEqual(set(activated), {"1.0.0", "1.1.0"})
        permits = [e for e in entries if e["kind"] == "transfer.permitted" and e["tx"] in set(sent)]
        made_by, late = {}, 0
        for permit in permits:
            version = permit["body"]["mapping"]["version"]
            self.assertEqual(permit["body"]["mapping"]["seq"], activated[version])
            self.assertLess(activated[version], permit["seq"])
            self.assertEqual(made_by.setdefault(permit["tx"], version), version, "an attempt named another version")
            late += version == "1.0.0" and permit["seq"] > activated["1.1.0"]
        self.assertGreater(late, 0, "no attempt with the old version came after the new one was activated")
        # The folder holds the new version alone; what the old one made is shown all the same.
        for version in ("1.0.0", "1.1.0"):
            transfer = next(t for t, v in made_by.items() if v == version)
            self.assertIn(f"mapping {NAME}@{version}", self.reproduce(transfer))


class RefusalTest(ReloadTest):
    def pid(self):
        return self.box.gateway.pid if self.box.gateway else self.box.info["pids"]["gateway"]

    def said(self):
        return "".join(p.read_text(errors="replace") for p in (*self.box.state.glob("logs/*"), *self.box.state.glob("*.stderr"), *self.box.state.glob("*.log")))

    def test_sighup_says_every_place_and_health_and_metrics_tell(self):
        self.assertEqual(self.metric("ketenpoort_mappings_refused"), 0)
        sex = self.mappings / "codelists/sex-to-kvs.csv"
        good = sex.read_text()
        sex.write_text(good.splitlines()[0] + "\n")
        self.file.write_text(self.shipped + "surprise: 1\n")
        os.kill(self.pid(), signal.SIGHUP)
        self.box.wait("the refusal", lambda: self.metric("ketenpoort_mappings_refusals") == 1, 30)
        line = self.shipped.count("\n") + 1
        self.box.wait("the place", lambda: f"{self.file}:{line}:1: error: " in self.said(), 10)
        self.assertEqual(self.metric("ketenpoort_mappings_refused"), 1)
        health = self.box.call("GET", "/health", client=None).json
        self.assertEqual((health["status"], [part for part, how in health["details"].items() if how["status"] != "UP"]), ("DEGRADED", ["mappings"]))
        kept = self.box.call("GET", "/mappings", client="operator").json["refused"]
        self.assertIn(f"{self.file}:{line}:1", [i["name"] for i in kept])
        self.assertGreater(len(kept), 1, "every mistake is told, not the first alone")
        self.state(self.send(), "acknowledged")
        # Undone: all is well again, and the ledger had nothing to say.
        sex.write_text(good)
        self.file.write_text(self.shipped)
        os.kill(self.pid(), signal.SIGHUP)
        self.box.wait("the reload", lambda: self.metric("ketenpoort_mappings_reloads") == 1, 30)
        health = self.box.call("GET", "/health", client=None).json
        self.assertEqual((health["status"], health["details"]["mappings"]["status"]), ("UP", "UP"))
        self.assertEqual([e["body"]["version"] for e in self.activations()], ["1.0.0"])

    def test_only_an_operator_may(self):
        for client in ("fedasil", "vdab", "dpo", "rights"):
            self.assertEqual(self.box.call("POST", "/mappings/reload", client=client).status, 403, client)
        self.assertEqual(self.box.call("GET", "/mappings", client="dpo").status, 200)

    def test_a_mapping_that_a_partner_needs_cannot_go(self):
        self.file.unlink()
        issues = self.reload(409)["issues"]
        self.assertTrue(any(NAME in i["detail"] and "partners/vdab.yaml" in i["detail"] for i in issues), issues)
        self.state(self.send(), "acknowledged")

    def test_a_version_of_before_is_activated_anew_and_a_restart_says_nothing(self):
        self.write("1.1.0")
        self.reload()
        self.file.write_text(self.shipped)
        self.reload()
        self.assertEqual([e["body"]["version"] for e in self.activations()], ["1.0.0", "1.1.0", "1.0.0"])
        size = len(self.entries())
        self.box.kill_gateway()
        self.box.start_gateway()
        self.assertEqual(len(self.activations()), 3)
        self.state(self.send(), "acknowledged")
        after = [e["kind"] for e in self.entries()[size:]]
        self.assertNotIn("mapping.activated", after)
        self.box.verify_twice()

    def test_the_day_picks_the_version(self):
        old = self.shipped.replace("effective: { from: 2026-01-01 }", "effective: { from: 2026-01-01, until: 2026-11-23 }")
        self.write("2.0.0", PLACE.replace("place,", "place, do: [upper],"))
        self.file.write_text(self.file.read_text().replace("from: 2026-01-01", "from: 2026-11-24", 1))
        for example in (self.mappings / "examples" / NAME).glob("*.json"):
            example.unlink()
        (self.mappings / f"{NAME}-1.yaml").write_text(old)
        self.reload()
        transfer = self.state(self.send(), "acknowledged")
        self.assertIn("2.0.0", str(transfer["mapping"]))
        self.assertEqual([e["body"]["version"] for e in self.activations()], ["1.0.0", "1.0.0", "2.0.0"])
        self.reload()
        self.assertEqual(len(self.activations()), 3, "nothing new to say")


class WaitingTest(ReloadTest):
    def prepare(self):
        self.write("1.0.0", PLACE.replace("place,", "place, required: true,"))

    def test_what_a_mapping_could_not_make_goes_by_itself_with_the_next_version(self):
        number = "W100"
        self.assertEqual(self.box.call("POST", "/consents", consent(number, {"work-guidance": "GIVEN"}, extra=("identity-more",))).status, 201)
        transfer = self.box.call("POST", "/records", resident(number, referrals=VDAB)).json["transfers"][0]["id"]
        self.assertEqual(self.state(transfer, "held")["reasons"], ["mapping-failed"])
        self.write("1.0.1")
        self.reload()
        self.assertIn("1.0.1", str(self.state(transfer, "acknowledged")["mapping"]))
        self.assertIn("reproduced", self.reproduce(transfer))


class KnownIdTest(ReloadTest):
    def prepare(self):
        self.shipped = self.shipped.replace("\nignore:", "\nignore:\n  resident.birth.place: another line stands in its place", 1)
        self.write("1.0.0", "{ known_id: transfer, data: identity-more }")

    def test_the_next_message_names_the_reference_of_the_one_before(self):
        number = "I100"
        given = consent(number, {"work-guidance": "GIVEN"}, extra=("identity-more",))
        self.assertEqual(self.box.call("POST", "/consents", given).status, 201)
        record = resident(number, referrals=VDAB)
        transfers = []
        for _ in range(2):
            record["messageId"] = str(uuid.uuid4())
            answer = self.box.call("POST", "/records", record)
            transfers.append(self.state(answer.json["transfers"][0]["id"], "acknowledged"))
        reference = transfers[0]["reference"]
        bodies = {facts["headers"]["idempotency-key"]: body.decode() for facts, body in self.box.received("vdab")}
        self.assertNotIn("Geboorte.plaats", bodies[transfers[0]["id"]])
        self.assertIn(f'"Geboorte.plaats":"{reference}"', bodies[transfers[1]["id"]])
        # What was known then is sealed with the permit: both are made again to the byte.
        for transfer in transfers:
            self.assertIn("reproduced", self.reproduce(transfer["id"]))


if __name__ == "__main__":
    unittest.main()
