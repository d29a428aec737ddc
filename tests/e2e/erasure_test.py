"""Restricting and erasing: two persons, nothing left on the disk, nothing taken afterwards, kill -9 or not."""
import json
import sqlite3
import tempfile
import threading
import time
import unittest
from pathlib import Path

from harness import BIN, Sandbox, SandboxTest
from people import consent, resident


class Rights:
    """What a rights officer does, on a sandbox `self.box`."""

    def bring(self, number, state="acknowledged"):
        """Somebody with consent and a record, delivered; (reference, record answer, record)."""
        if state == "acknowledged":
            self.assertEqual(self.box.call("POST", "/consents", consent(number)).status, 201)
        record = resident(number)
        answer = self.box.call("POST", "/records", record)
        self.assertEqual(answer.status, 202, answer.body)
        self.wait_for(answer, state)
        ref = self.box.call("GET", "/records/" + answer.json["id"]).json["subject"]
        return ref, answer.json, record

    def views(self, answer):
        body = answer if isinstance(answer, dict) else answer.json
        return [self.box.call("GET", "/transfers/" + t["id"]).json for t in body["transfers"]]

    def wait_for(self, answer, state):
        return self.box.wait(state, lambda: (lambda v: v if all(t["state"] == state for t in v) else None)(self.views(answer)), 20)

    def rights(self, ref, what, body=None, client="rights"):
        return self.box.call("POST", f"/subjects/{ref}/{what}", body if body is not None else {}, client=client)

    def erase(self, ref, body=None):
        asked = self.rights(ref, "erase", body)
        self.assertEqual(asked.status, 202, asked.body)
        approved = self.rights(ref, "erase/approve", client="rights-second")
        self.assertEqual(approved.status, 200, approved.body)
        return approved.json

    def unpurged(self):
        import urllib.request
        text = urllib.request.urlopen(self.box.info["metrics"], timeout=10).read().decode()
        return next(int(line.split()[-1]) for line in text.splitlines() if line.startswith("ketenpoort_vault_unpurged_subjects "))

    def rows(self, ref):
        """What the vault's file holds of a subject: wrapped keys and sealed documents, as bytes."""
        file = self.data / "vault.sqlite"

        def read():
            with sqlite3.connect(f"file:{file}?mode=ro", uri=True) as vault:
                subject = bytes.fromhex(ref)
                number = vault.execute("SELECT number FROM subject WHERE ref = ?", (subject,)).fetchone() or (0,)
                keys = vault.execute("SELECT payload_key, proof_key, directory_key FROM subject WHERE ref = ?", (subject,)).fetchone()
                places = vault.execute("SELECT place, size FROM record WHERE subject = ?1 UNION ALL SELECT place, size FROM payload WHERE subject = ?1", number).fetchall()
            documents = (self.data / "vault.sqlite-sealed").read_bytes()
            sealed = [documents[place:place + size] for place, size in places]
            return (keys, sealed) if keys and len(sealed) >= 3 else None

        return self.box.wait("the vault's file", read, 10)

    def files_with(self, needles):
        found = set()
        for path in self.data.rglob("*"):
            if path.is_file():
                content = path.read_bytes()
                found |= {path.name for n in needles if n in content}
        return found

    def entries(self, kind=None):
        lines = self.box.tool(BIN / "ketenpoort-verify", self.box.path(self.box.info["ledger"]), "--key", self.box.info["vkey"], check=0)
        self.assertTrue(lines.stdout)
        out = []
        for segment in sorted((self.data / "ledger/segments").iterdir()):
            content, at = segment.read_bytes(), 0
            while at + 2 <= len(content):
                size = int.from_bytes(content[at:at + 2], "big")
                out.append(json.loads(content[at + 2:at + 2 + size]))
                at += 2 + size
        return [e for e in out if kind is None or e["kind"] == kind]

    @property
    def data(self):
        return self.box.state / "data"


class ErasureTest(SandboxTest, Rights):
    def test_restricted_is_held_and_goes_on_by_itself(self):
        ref, _, _ = self.bring("R100")
        restricted = self.rights(ref, "restrict", {"ground": "accuracy-contested"})
        self.assertEqual(restricted.status, 200, restricted.body)
        self.assertEqual(sorted(restricted.json["toNotify"]), ["agii", "vdab"])
        answer = self.box.call("POST", "/records", resident("R100"))
        held = self.wait_for(answer, "held")
        self.assertEqual({r for v in held for r in v["reasons"]}, {"subject-restricted"})
        again = self.rights(ref, "restrict")
        self.assertEqual((again.status, again.json["stopped"], "ledger" in again.json), (200, [], False))
        self.assertEqual(self.rights(ref, "unrestrict").json["state"], "UNRESTRICTED")
        self.wait_for(answer, "acknowledged")
        self.box.verify()

    def test_erasing_takes_two_persons(self):
        ref, _, _ = self.bring("R101")
        opened = self.box.call("POST", "/requests", {"subject": {"fedasilNumber": "R101"}, "article": 17}, client="rights")
        self.assertEqual((opened.status, opened.json["subject"], opened.json["deadline"]), (201, ref, "2026-12-24"), opened.body)
        for wrong in ({"subject": {}, "article": 17}, {"subject": {"fedasilNumber": "R101"}}, {"subject": {"fedasilNumber": "R101"}, "article": 3}):
            self.assertEqual(self.box.call("POST", "/requests", wrong, client="rights").status, 400)
        nobody = self.box.call("POST", "/requests", {"subject": {"fedasilNumber": "NOBODY"}, "article": 15}, client="rights")
        self.assertEqual(nobody.status, 404, nobody.body)
        request = opened.json["id"]
        self.assertEqual(self.rights(ref, "erase", {"request": "00000000-0000-4000-8000-000000000000"}).status, 400)
        self.assertEqual(self.rights(ref, "erase", {"request": request}).status, 202)
        asked = self.rights(ref, "erase")  # takes the other's place
        self.assertEqual(asked.status, 202, asked.body)
        self.assertEqual(asked.json["state"], "PENDING")
        close = lambda outcome: self.box.call("POST", f"/requests/{request}/close", {"outcome": outcome}, client="rights")
        self.assertEqual(close("MAYBE").status, 400)
        self.assertEqual(close("REFUSED").status, 200)
        self.assertEqual(close("REFUSED").status, 404)
        self.assertEqual(asked.json["classes"], ["directory", "payload"])
        self.assertEqual(asked.json["kept"], [{"class": "proof", "ground": "art17-3-e"}])
        own = self.rights(ref, "erase/approve")
        self.assertEqual(own.status, 403, own.body)
        self.assertIn("problem+json", own.headers["Content-Type"])
        for client in ("dpo", "operator", "fedasil"):
            self.assertEqual(self.rights(ref, "erase", client=client).status, 403)
            self.assertEqual(self.rights(ref, "erase/approve", client=client).status, 403)
        stale = self.rights(ref, "erase/approve", {"id": "00000000-0000-4000-8000-000000000000"}, client="rights-second")
        self.assertEqual(stale.status, 409, stale.body)
        self.assertEqual(self.box.call("GET", "/consents/" + "0" * 8).status, 404)
        self.assertEqual(self.rights("0" * 32, "erase").status, 404)
        self.assertEqual(self.rights("zz", "erase").status, 404)
        for wrong in ({"classes": "payload"}, {"classes": ["nothing"]}, {"classes": []}, {"kept": [{"class": "proof", "ground": "x"}]},
                      {"classes": ["proof"], "kept": [{"class": "proof", "ground": "art17-3-e"}]}, {"what": 1}):
            self.assertEqual(self.rights(ref, "erase", wrong).status, 400, wrong)

    def test_erased_leaves_nothing_and_takes_nothing(self):
        ref, first, record = self.bring("R102")
        waiting = self.box.call("POST", "/records", resident("R102", referrals=[
            {"id": "R102-9", "recipient": "municipality", "purpose": "warm-handover", "reason": "HANDOVER"}]))
        self.assertEqual(waiting.status, 202, waiting.body)
        self.box.settle()
        (keys, sealed) = self.rows(ref)
        needles = [keys[0], keys[2]] + [s[:32] for s in sealed] + [s[-32:] for s in sealed]
        self.assertTrue(self.files_with(needles), "the test finds what is there")
        erased = self.erase(ref)
        self.assertEqual(erased["state"], "ERASED")
        self.assertEqual(erased["classes"], ["directory", "payload"])
        self.assertEqual(sorted(erased["toNotify"]), ["agii", "vdab"])

        late = self.box.call("POST", "/records", resident("R102"))
        self.assertEqual(late.status, 410, late.body)
        self.assertIn("problem+json", late.headers["Content-Type"])
        by_ssin = self.box.call("POST", "/records", resident("R102-NEW", resident__identifiers__ssin=record["resident"]["identifiers"]["ssin"]))
        self.assertEqual(by_ssin.status, 410, by_ssin.body)
        self.assertEqual(self.box.call("POST", "/records/preview", resident("R102")).status, 410)
        self.assertEqual(self.box.call("POST", "/consents", consent("R102")).status, 410)
        self.assertEqual(self.rights(ref, "erase").status, 410)
        self.assertEqual(self.rights(ref, "restrict").status, 410)
        self.assertEqual(self.box.call("POST", "/requests", {"subject": {"fedasilNumber": "R102"}, "article": 15}, client="rights").status, 410)

        self.box.wait("the purge", lambda: self.unpurged() == 0, 120)  # it rests nine times as long as one took
        self.assertEqual(self.files_with(needles), set())
        self.assertTrue(self.files_with([keys[1]]), "proof was kept")
        for view in self.views(waiting):
            self.assertIn(view["state"], ("cancelled", "refused"))
        last = self.entries("subject.erased")[-1]
        self.assertEqual(last["subject"], ref)
        self.assertEqual(last["body"]["classes"], ["directory", "payload"])
        told = [e["body"]["recipient"] for e in self.entries("recipient.notified") if last["seq"] in e["refs"]]
        self.assertEqual(sorted(told), ["agii", "vdab"])
        tool = self.box.tool(BIN / "ketenpoort", "ledger", "reproduce", first["transfers"][0]["id"], "--config", self.box.state / "gateway.yaml", "--json", check=0)
        self.assertEqual(json.loads(tool.stdout)["verdict"], "expired")

    def test_a_waiting_transfer_is_cancelled(self):
        ref, answer, _ = self.bring("R103", "held")  # no consent yet
        erased = self.erase(ref, {"kept": [{"class": "proof", "ground": "art17-3-b"}]})
        self.assertEqual(sorted(erased["stopped"]), sorted(t["id"] for t in answer["transfers"]))
        self.assertEqual(erased["toNotify"], [])
        for view in self.views(answer):
            self.assertEqual((view["state"], view["reasons"]), ("cancelled", ["subject-erased"]))
        self.box.verify()

    def test_a_transfer_is_reproduced(self):
        _, answer, record = self.bring("R104")
        self.box.wait("publication", lambda: len(self.entries("transfer.acknowledged")) >= 2, 10)

        def reproduce(*options):
            return self.box.tool(BIN / "ketenpoort", "ledger", "reproduce", answer["transfers"][0]["id"], "--config", self.box.state / "gateway.yaml", *options)

        done = self.box.wait("the vault's file", lambda: (lambda d: d if d.returncode == 0 else None)(reproduce("--json")), 15)
        report = json.loads(done.stdout)
        self.assertEqual(report["verdict"], "matches", report)
        self.assertEqual({s["what"].split("@")[0] for s in report["steps"]},
                         {"record", "decision", "mapping resident-to-vdab-profile", "stored message"})
        text = reproduce().stdout
        for personal in ("Voorbeeld", "Anna", "R104", record["resident"]["identifiers"]["ssin"], "+32470000001"):
            self.assertNotIn(personal, text + done.stdout)
        self.assertEqual(self.box.tool(BIN / "ketenpoort", "ledger", "reproduce", "nonsense", "--config", self.box.state / "gateway.yaml").returncode, 2)
        self.assertEqual(self.box.tool(BIN / "ketenpoort", "ledger", "reproduce", "00000000-0000-4000-8000-000000000000", "--config", self.box.state / "gateway.yaml").returncode, 1)
        with tempfile.TemporaryDirectory() as other:  # a mapping that was changed since is not the one recorded
            import shutil
            from harness import ROOT
            shutil.copytree(ROOT / "mappings", Path(other) / "mappings")
            mapping = Path(other) / "mappings/resident-to-vdab-profile.yaml"
            mapping.write_text(mapping.read_text() + "\n# changed\n")
            folder = ("--mappings", Path(other) / "mappings", "--json")
            kept = reproduce(*folder)  # the gateway kept the one that was activated
            self.assertEqual((kept.returncode, json.loads(kept.stdout)["verdict"]), (0, "matches"))
            mapping.write_text("mapping: [\n")  # somebody is in the midst of a change
            self.assertEqual(reproduce(*folder).returncode, 0)
            mapping.write_text((ROOT / "mappings/resident-to-vdab-profile.yaml").read_text() + "\n# changed\n")
            store = self.box.state / "data/mappings"
            store.rename(store.with_name("elsewhere"))
            try:
                changed = reproduce(*folder)
                self.assertEqual(changed.returncode, 1, changed.stdout + changed.stderr)
                self.assertEqual(json.loads(changed.stdout)["verdict"], "missing")
            finally:
                store.with_name("elsewhere").rename(store)


class KilledErasureTest(unittest.TestCase, Rights):
    """kill -9 around the approval: afterwards the subject is erased whole, or not at all."""

    def setUp(self):
        self.box = Sandbox()
        self.addCleanup(self.box.close)

    def test_all_or_nothing(self):
        outcomes = set()
        for round_ in range(6):
            number = f"K10{round_}"
            ref, answer, _ = self.bring(number)
            keys, sealed = self.rows(ref)
            needles = [keys[0], keys[2]] + [s[:32] for s in sealed]
            self.assertEqual(self.rights(ref, "erase").status, 202)

            def approve():
                try:
                    self.rights(ref, "erase/approve", client="rights-second")
                except Exception:  # the connection went with the gateway
                    pass

            thread = threading.Thread(target=approve)
            thread.start()
            time.sleep(0.002 * round_ ** 2)
            self.box.kill_gateway()
            thread.join()
            self.box.start_gateway()
            view = self.box.call("POST", "/records", resident(number))
            self.assertIn(view.status, (202, 410), view.body)
            outcomes.add(view.status)
            if view.status == 202:  # nothing happened: the proposal still waits
                self.assertTrue(self.files_with(needles))
                approved = self.rights(ref, "erase/approve", client="rights-second")
                self.assertEqual(approved.status, 200, approved.body)
            self.box.wait("the purge", lambda: self.unpurged() == 0, 120)  # it rests nine times as long as one took
            self.assertEqual(self.files_with(needles), set())
            self.assertEqual(self.box.call("POST", "/records", resident(number)).status, 410)
        self.box.verify()
        self.assertTrue(outcomes)


class RetentionTest(unittest.TestCase, Rights):
    """Two years later."""

    def test_shrink(self):
        state = tempfile.mkdtemp(prefix="ketenpoort-e2e-")
        self.box = Sandbox(state=state)
        try:
            gone, answer, _ = self.bring("S100")
            stays, _, _ = self.bring("S101")
            left = self.box.call("POST", "/records", resident("S100", resident__stay__until="2026-11-20", resident__stay__endReason="LEFT"))
            if left.status != 202:  # the schema names the end of a stay otherwise
                self.fail(left.body)
            self.box.settle()
            keys, sealed = self.rows(gone)
        finally:
            self.box.close()
        self.box = Sandbox(state=state, now="2028-11-24T12:00:00+01:00")
        self.addCleanup(self.box.close)
        self.box.owns_state = True

        def shrink(*options):
            return json.loads(self.box.tool(BIN / "ketenpoort", "shrink", "--sandbox", self.box.state, "--json", *options, check=0).stdout)

        plan = shrink("--dry-run")
        self.assertEqual((plan["record"]["rows"], plan["payload"]["rows"], plan["retired"]), (6, 8, 1), plan)
        self.assertEqual(plan["bytesBefore"], plan["bytesAfter"])
        self.assertTrue(self.files_with([keys[0]]))
        done = shrink()
        self.assertEqual((done["record"]["rows"], done["payload"]["rows"], done["retired"]), (6, 8, 1), done)
        self.assertLess(done["bytesAfter"], done["bytesBefore"])
        self.assertEqual(done["completed"], done["total"])
        self.assertEqual(self.files_with([keys[0]] + [s[:32] for s in sealed]), set())
        erased = self.entries("subject.erased")
        self.assertEqual([(e["subject"], e["body"]["classes"], e["actor"]["role"]) for e in erased], [(gone, ["payload"], "retention")])
        self.assertEqual(shrink()["record"]["rows"], 0)
        back = self.box.call("POST", "/records", resident("S100"))
        self.assertEqual(back.status, 202, back.body)
        self.assertNotEqual(self.box.call("GET", "/records/" + back.json["id"]).json["subject"], gone)
        self.box.verify()
        tool = self.box.tool(BIN / "ketenpoort", "ledger", "reproduce", answer["transfers"][0]["id"], "--config", self.box.state / "gateway.yaml", "--json", check=0)
        self.assertEqual(json.loads(tool.stdout)["verdict"], "expired")
        self.assertEqual(self.box.tool(BIN / "ketenpoort", "shrink", "--url", "https://127.0.0.1:1/x").returncode, 2)
