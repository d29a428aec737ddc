"""The ledger over HTTPS, as a monitor, a witness and a data protection officer read it. Hashes are made here, by the
definition of RFC 6962; nothing of the gateway's own code checks itself."""
import base64
import hashlib
import http.client
import json
import subprocess
import tempfile
import sys
import threading
import time
import unittest
from pathlib import Path

from harness import BIN, ROOT, SandboxTest
from people import consent, resident

CHECKPOINT = "/ledger/checkpoint"
TEXT = "text/plain; charset=utf-8"
OCTETS = "application/octet-stream"


def leaf(entry):
    return hashlib.sha256(b"\0" + entry).digest()


def node(left, right):
    return hashlib.sha256(b"\1" + left + right).digest()


def root(leaves):
    if not leaves:
        return hashlib.sha256(b"").digest()
    if len(leaves) == 1:
        return leaves[0]
    k = 1 << (len(leaves) - 1).bit_length() - 1
    return node(root(leaves[:k]), root(leaves[k:]))


def root_of_path(hash_, index, size, path):
    """RFC 9162 section 2.1.3.2, recursively: what the path makes of a leaf; None when it is too long or too short."""
    if size == 1:
        return None if path else hash_
    if not path:
        return None
    k = 1 << (size - 1).bit_length() - 1
    if index < k:
        left = root_of_path(hash_, index, k, path[:-1])
        return left and node(left, path[-1])
    right = root_of_path(hash_, index - k, size - k, path[:-1])
    return right and node(path[-1], right)


def tile_path(level, index, width=256):
    groups = f"{index % 1000:03}"
    while index >= 1000:
        index //= 1000
        groups = f"x{index % 1000:03}/{groups}"
    return f"/ledger/tile/{level}/{groups}" + (f".p/{width}" if width < 256 else "")


def entries_of(bundle):
    entries = []
    while bundle:
        length = int.from_bytes(bundle[:2], "big")
        entries.append(bundle[2:2 + length])
        assert len(entries[-1]) == length
        bundle = bundle[2 + length:]
    return entries


def split_checkpoint(note):
    origin, size, hash_, rest = note.decode().split("\n", 3)
    assert rest.startswith("\n\u2014 " + origin + " "), rest
    return origin, int(size), base64.b64decode(hash_, validate=True)


class Monitor:
    """Follows a log over HTTP: reads each checkpoint, fetches what is new, and insists that it is what was signed."""

    def __init__(self, box, client="dpo"):
        self.box, self.client, self.leaves, self.entries = box, client, [], []

    def get(self, path):
        answer = self.box.call("GET", path, client=self.client)
        assert answer.status == 200, (path, answer.status, answer.body)
        return answer.body

    def follow(self):
        """One look; returns the size of the checkpoint it saw."""
        _, size, signed_root = split_checkpoint(self.get(CHECKPOINT))
        assert size >= len(self.leaves), "rolled back"
        for index in range(len(self.leaves) // 256, (size + 255) // 256):
            width = min(256, size - 256 * index)
            entries = entries_of(self.get(tile_path("entries", index, width)))
            assert len(entries) == width
            hashes = self.get(tile_path(0, index, width))
            assert hashes == b"".join(map(leaf, entries)), index
            known = len(self.leaves) - 256 * index
            assert self.entries[256 * index:] == entries[:known], "what was there before has changed"
            self.entries += entries[known:]
            self.leaves += map(leaf, entries[known:])
        # The new root over all the old leaves and the new ones: consistent with every checkpoint before.
        assert root(self.leaves) == signed_root, size
        return size


class LedgerHttpTest(SandboxTest):
    def get(self, path, client="dpo", **headers):
        return self.box.call("GET", path, client=client, headers={k.replace("_", "-"): v for k, v in headers.items()})

    def checkpoint(self):
        return split_checkpoint(self.get(CHECKPOINT).body)

    def some_entries(self, wanted=3):
        """A checkpoint of so many entries at least."""
        return self.box.wait(f"{wanted} signed entries", lambda: (lambda c: c if c[1] >= wanted else None)(self.checkpoint()), 20)

    def test_a_monitor_follows_the_log_while_records_come_in(self):
        monitor, sizes, failures = Monitor(self.box), [], []
        sending = threading.Event()

        def send():
            try:
                for number in range(60):
                    name = f"E{700 + number}"
                    self.box.call("POST", "/consents", consent(name))
                    answer = self.box.call("POST", "/records", resident(name))
                    if answer.status != 202:
                        failures.append(answer.body)
            finally:
                sending.set()

        sender = threading.Thread(target=send)
        sender.start()
        while not sending.is_set():
            sizes.append(monitor.follow())
        sender.join()
        self.box.settle()
        last = self.box.wait("the last entries", lambda: (lambda size: size if size == sizes[-1] else sizes.append(size))(monitor.follow()), 20)
        self.assertEqual(failures, [])
        self.assertGreater(len(set(sizes)), 2, "the log did not grow while it was watched")
        self.assertGreater(last, 256, "no bundle became full")
        self.assertEqual([json.loads(e)["seq"] for e in monitor.entries], list(range(last)))
        self.box.verify()

    def test_a_monitor_that_is_not_ours_accepts_what_is_served(self):
        """The whole log fetched over HTTPS, for the monitor made of Go's packages (tests/contract/ledger/monitor)."""
        self.assertTrue((BIN / "ledger_monitor").exists(), "build target contract_ledger makes it; it needs golang-go and golang-golang-x-mod-dev")
        self.some_entries()
        self.box.settle()
        for _ in range(10):  # a proof is for the newest checkpoint, so it must still be the one that was fetched
            note = self.get(CHECKPOINT).body
            if self.compare_with_go(note) == self.get(CHECKPOINT).body:
                return
        self.fail("the log never stood still")

    def compare_with_go(self, note):
        with tempfile.TemporaryDirectory() as folder:
            _, size, _ = split_checkpoint(note)
            (Path(folder) / "checkpoint").write_bytes(note)
            for level in range(8):
                count = size >> 8 * level
                for index in range((count + 255) // 256):
                    width = min(256, count - 256 * index)
                    for kind in ("entries", level) if level == 0 else (level,):
                        path = tile_path(kind, index, width)
                        file = Path(folder) / path.removeprefix("/ledger/")
                        file.parent.mkdir(parents=True, exist_ok=True)
                        file.write_bytes(self.get(path).body)
            records = []
            for index in {0, size // 2, size - 1}:
                proof = self.get(f"/ledger/proofs/{index}").body.decode().split("\n\n", 1)[0].split("\n")
                records.append({"index": index, "proof": proof[2:],
                                "entry": base64.b64encode(self.get(f"/ledger/entries/{index}").body).decode()})
            request = {"ledger": folder, "entries": folder, "keys": [self.box.info["vkey"]], "records": records, "trees": []}
            if self.get(CHECKPOINT).body != note:
                return None
            done = subprocess.run([BIN / "ledger_monitor"], input=json.dumps(request), capture_output=True, text=True, timeout=60)
            self.assertEqual(done.returncode, 0, done.stderr)
            said = json.loads(done.stdout)
            self.assertEqual((said["size"], said["entries"], said["origin"]), (size, size, self.box.info["vkey"].split("+")[0]))
        return note

    def test_proofs_lead_to_the_signed_root(self):
        _, size, _ = self.some_entries()
        for seq in range(size):
            answer = self.get(f"/ledger/proofs/{seq}")
            self.assertEqual((answer.status, answer.headers["Content-Type"]), (200, TEXT))
            head, note = answer.body.decode().split("\n\n", 1)
            lines = head.split("\n")
            self.assertEqual(lines[:2], ["c2sp.org/tlog-proof@v1", f"index {seq}"], "the entry itself must not be in it")
            _, proven_size, signed_root = split_checkpoint(note.encode())
            path = [base64.b64decode(line, validate=True) for line in lines[2:]]
            entry = self.get(f"/ledger/entries/{seq}").body
            self.assertEqual(root_of_path(leaf(entry), seq, proven_size, path), signed_root)
            self.assertEqual(json.loads(entry)["seq"], seq)

    def test_a_proof_convinces_the_verifier(self):
        self.some_entries()
        with tempfile.TemporaryDirectory() as folder:
            proof, entry, other = Path(folder) / "2.tlog-proof", Path(folder) / "2.json", Path(folder) / "1.json"
            proof.write_bytes(self.get("/ledger/proofs/2").body)
            entry.write_bytes(self.get("/ledger/entries/2").body)
            other.write_bytes(self.get("/ledger/entries/1").body)
            check = lambda e, code: self.box.tool(BIN / "ketenpoort-verify", "--proof", proof, "--entry", e, "--key", self.box.info["vkey"], check=code)
            check(entry, 0)
            check(other, 1)

    def test_each_scope_opens_what_it_is_for(self):
        self.some_entries()
        ledger = [CHECKPOINT, tile_path(0, 0, 1), "/ledger/proofs/0"]
        audit = [tile_path("entries", 0, 1), "/ledger/entries/0", "/audit/integrity"]
        for path in ledger + audit:
            self.assertEqual(self.get(path).status, 200, path)  # has audit and ledger
            self.assertEqual(self.get(path, client=None).status, 401, path)
            refused = self.get(path, client="fedasil")
            self.assertEqual((refused.status, refused.headers["Content-Type"]), (403, "application/problem+json"), path)
            self.assertEqual(refused.json["type"], "urn:problem-type:belgif:missingScope")
            self.assertEqual(refused.json["requiredScopes"], ["ledger" if path in ledger else "audit"])
            self.assertEqual(self.box.call("POST", path, {}, client="dpo").status, 405, path)
            self.assertEqual(self.get(path + "?x=1").status, 400, path)

    def test_what_is_kept_by_the_caller_is_not_sent_again(self):
        self.some_entries()
        for path, kind in ((tile_path(0, 0, 2), OCTETS), (tile_path("entries", 0, 2), OCTETS), ("/ledger/entries/1", "application/json"), (CHECKPOINT, TEXT)):
            first = self.get(path)
            self.assertEqual((first.status, first.headers["Content-Type"]), (200, kind), path)
            tag = first.headers["ETag"]
            for named in (tag, "W/" + tag, '"x", ' + tag, "*"):
                again = self.get(path, If_None_Match=named)
                self.assertEqual((again.status, again.body, again.headers["ETag"]), (304, b"", tag), path)
            self.assertEqual(self.get(path, If_None_Match='"other"').body, first.body)
            keep = first.headers["Cache-Control"]
            self.assertEqual("immutable" in keep, path != CHECKPOINT, keep)
            self.assertNotIn("public", keep)
        self.assertIn("no-cache", self.get(CHECKPOINT).headers["Cache-Control"])

    def test_nothing_beyond_the_checkpoint_is_there(self):
        _, size, _ = self.some_entries()
        beyond = size + 100_000
        self.assertEqual(self.get(f"/ledger/proofs/{beyond}").status, 404)
        self.assertEqual(self.get(f"/ledger/entries/{beyond}").status, 404)
        for kind in (0, "entries"):
            self.assertEqual(self.get(tile_path(kind, beyond // 256)).status, 404)
            self.assertEqual(self.get(tile_path(kind, beyond // 256, 1)).status, 404)
        self.assertEqual(self.get(tile_path(3, 0, 1)).status, 404)
        self.assertEqual(self.get(tile_path(63, 0, 1)).status, 404)

    def test_partial_tiles_of_every_width_stay(self):
        _, size, _ = self.some_entries()
        width = min(size, 255)
        whole = self.get(tile_path(0, 0, width)).body
        for narrower in range(1, width + 1):
            self.assertEqual(self.get(tile_path(0, 0, narrower)).body, whole[:32 * narrower])
            self.assertEqual(len(entries_of(self.get(tile_path("entries", 0, narrower)).body)), narrower)

    def test_a_path_spelled_otherwise_is_nothing(self):
        self.some_entries()
        for path in ("/ledger/tile", "/ledger/tile/", "/ledger/tile/0", "/ledger/tile/0/0.p/1", "/ledger/tile/00/000.p/1",
                     "/ledger/tile/0/0000.p/1", "/ledger/tile/0/x000/000.p/1", "/ledger/tile/0/000.p/01", "/ledger/tile/0/000.p/0",
                     "/ledger/tile/0/000.p/256", "/ledger/tile/0/000.p/1/", "/ledger/tile/-1/000.p/1",
                     "/ledger/tile/0/000.P/1", "/ledger/tile/Entries/000.p/1", "/ledger/tile/entries", "/ledger/tile/entries/",
                     "/ledger/tile/entries/0", "/ledger/tile/64/000.p/1", "/ledger/tile/0/x999/x999/x999/x999/x999/x999/x999/999",
                     "/ledger/tile/0/99999999999999999999", "/ledger/proofs/", "/ledger/proofs/-1", "/ledger/proofs/01",
                     "/ledger/proofs/0x1", "/ledger/proofs/99999999999999999999", "/ledger/proofs/0/", "/ledger/entries/+1",
                     "/ledger/checkpoint/", "/ledger/segments/00000000000000000000", "/ledger"):
            answer = self.get(path)
            self.assertEqual(answer.status, 404, path)
            self.assertEqual(answer.headers["Content-Type"], "application/problem+json", path)
        # What another parser could read as leading elsewhere is refused before any route is looked for.
        for path in ("/ledger/tile/0/../../checkpoint", "/ledger/tile/../checkpoint", "/ledger/tile/0/%2e%2e/000",
                     "/ledger/tile/0/..%2f..%2fcheckpoint", "/ledger/tile/0/000.p%2f1", "/ledger/tile/./0/000.p/1", "/ledger/tile/0//000.p/1"):
            self.assertIn(self.get(path).status, (400, 404), path)

    def test_integrity_says_how_it_stands(self):
        _, size, signed_root = self.some_entries()
        answer = self.get("/audit/integrity")
        self.assertEqual(answer.status, 200, answer.body)
        told = answer.json
        self.assertEqual((told["state"], told["vkey"]), ("INTACT", self.box.info["vkey"]))
        self.assertGreaterEqual(told["size"], size)
        self.assertGreaterEqual(told["entries"], told["size"])
        if told["size"] == size:
            self.assertEqual(base64.b64decode(told["root"]), signed_root)
        self.assertRegex(told["checkpointTime"], r"^2026-11-2\dT")


    def notes_of(self, kind, client_role="auditor"):
        return [e for e in self.box.ledger_entries() if e["kind"] == kind and e["actor"].get("role") == client_role]

    def test_an_export_is_noted_before_it_is_sent_and_checked_alone(self):
        self.some_entries(8)
        before = len(self.notes_of("audit.exported"))
        with tempfile.TemporaryDirectory() as folder:
            for query, purpose in (("", "supervision"), ("?from=2&to=6&purpose=inspection-2026", "inspection-2026"), ("?from=5", "supervision")):
                answer = self.get("/ledger/export" + query)
                self.assertEqual((answer.status, answer.headers["Content-Type"]), (200, "application/x-ndjson"), answer.body)
                self.assertEqual((answer.headers["Transfer-Encoding"], answer.headers["Cache-Control"]), ("chunked", "no-store"))
                header, *entries = answer.body.decode().splitlines()
                header = json.loads(header)
                self.assertEqual([json.loads(e)["seq"] for e in entries], list(range(header["from"], header["to"] + 1)))
                self.assertIn(f'ledger-{header["from"]}-{header["to"]}.export', answer.headers["Content-Disposition"])
                file = Path(folder) / "log.export"
                file.write_bytes(answer.body)
                self.box.tool(BIN / "ketenpoort-verify", file, "--key", self.box.info["vkey"], check=0)
                self.box.tool(sys.executable, ROOT / "tests/verifier/ketenpoort_verify.py", file, "--key", self.box.info["vkey"], check=0)
                file.write_bytes(answer.body[:-1])
                self.box.tool(BIN / "ketenpoort-verify", file, "--key", self.box.info["vkey"], check=1)
                asked = dict(pair.split("=") for pair in query[1:].split("&")) if query else {}
                digest = hashlib.sha256(json.dumps(asked, sort_keys=True, separators=(",", ":")).encode()).hexdigest()
                before += 1
                note = self.box.wait("the note", lambda: (lambda n: n[-1] if len(n) == before else None)(self.notes_of("audit.exported")), 10)
                self.assertEqual(note["body"], {"format": "ketenpoort-export", "purpose": purpose, "query": digest, "rows": len(entries)})
                self.assertEqual(note["trace"], answer.headers["BelGov-Trace-Id"])
                self.assertGreater(note["seq"], header["to"])

    def test_an_export_is_refused_to_others_and_of_what_is_not_there(self):
        _, size, _ = self.some_entries()
        noted = len(self.notes_of("audit.exported"))
        for query in ("?from=2&to=1", f"?from={size + 10_000}", f"?to={size + 10_000}", "?from=x", "?to=-1", "?purpose=Who%20knows", "?purpose=", "?format=csv", "?from=1&from=1"):
            answer = self.get("/ledger/export" + query)
            self.assertEqual((answer.status, answer.headers["Content-Type"]), (400, "application/problem+json"), query)
        for client, status in (("fedasil", 403), ("vdab", 403), ("operator", 403), (None, 401)):
            self.assertEqual(self.get("/ledger/export", client=client).status, status, client)
        time.sleep(1)
        self.assertEqual(len(self.notes_of("audit.exported")), noted, "nothing was exported")

    def test_who_reads_entries_as_they_stand_is_noted_once_an_hour(self):
        self.some_entries()
        for _ in range(3):
            self.assertEqual(self.get("/ledger/entries/1").status, 200)
            self.assertEqual(self.get(tile_path("entries", 0, 2)).status, 200)
        query = hashlib.sha256(b'{"path":"/ledger/tile/entries"}').hexdigest()
        time.sleep(1)
        notes = [n for n in self.notes_of("audit.queried") if n["body"]["query"] == query]
        self.assertEqual(len(notes), 1)
        self.assertEqual(notes[0]["body"]["purpose"], "supervision")
        self.assertGreater(notes[0]["body"]["rows"], 0)


class ExportTest(SandboxTest):
    """What the commands make of the folder of a running gateway."""

    def ledger(self, *arguments, check=0):
        return self.box.tool(BIN / "ketenpoort", "ledger", *arguments, "--config", self.box.state / "gateway.yaml", check=check)

    def verify(self, file, check=0):
        return self.box.tool(BIN / "ketenpoort-verify", file, "--key", self.box.info["vkey"], check=check)

    def test_exports_and_proofs_of_a_running_gateway(self):
        self.box.call("POST", "/consents", consent("E900"))
        self.assertEqual(self.box.call("POST", "/records", resident("E900")).status, 202)
        self.box.settle()
        size = self.box.wait("a checkpoint", lambda: (lambda c: c["size"] if c["size"] > 20 else None)(json.loads(self.ledger("checkpoint", "--json").stdout)), 20)
        whole, part = self.box.state / "whole.export", self.box.state / "part.export"
        told = json.loads(self.ledger("export", "--out", whole, "--json").stdout)
        self.assertEqual((told["from"], told["to"] + 1), (0, told["size"]))
        self.ledger("export", "--from", 7, "--to", 12, "--out", part)
        lines = part.read_bytes().split(b"\n")
        self.assertEqual([json.loads(line)["seq"] for line in lines[1:-1]], list(range(7, 13)))
        self.assertEqual(self.ledger("export", "--from", 7, "--to", 12).stdout.encode().split(b"\n")[1:], lines[1:])
        for file in (whole, part):
            self.verify(file)
            content = bytearray(file.read_bytes())
            content[-3] ^= 1
            damaged = file.with_suffix(".damaged")
            damaged.write_bytes(content)
            self.verify(damaged, check=1)
        entry = self.box.state / "8.json"
        proof = self.ledger("prove", 8, "--entry", entry).stdout
        (self.box.state / "8.tlog-proof").write_text(proof)
        self.box.tool(BIN / "ketenpoort-verify", "--proof", self.box.state / "8.tlog-proof", "--entry", entry, "--key", self.box.info["vkey"], check=0)
        self.assertEqual(entry.read_bytes(), lines[2])
        self.assertIn("it signs ", self.ledger("prove", size + 100_000, check=2).stderr)
        self.ledger("export", "--from", size + 100_000, check=2)

    def test_a_static_site_grows_with_the_log(self):
        site, before = self.box.state / "site", 0
        grow = lambda: json.loads(self.ledger("export", "--tiles", site, "--json").stdout)["size"]
        for name in ("E910", "E911"):
            self.assertEqual(self.box.call("POST", "/records", resident(name)).status, 202)
            before = self.box.wait("a larger site", lambda: (lambda size: size if size > before else None)(grow()), 20)
            _, size, signed_root = split_checkpoint((site / "checkpoint").read_bytes())
            entries = []
            for index in range((size + 255) // 256):
                path = tile_path("entries", index, min(256, size - 256 * index)).removeprefix("/ledger/")
                entries += entries_of((site / path).read_bytes())
            self.assertEqual((len(entries), root([leaf(e) for e in entries])), (size, signed_root))
        self.assertIn("nothing of it was checked", self.verify(site, check=2).stderr)
        # The folder around it is a slip of whoever types, not a ledger that does not hold.
        ledger = Path(self.box.path(self.box.info["ledger"]))
        self.assertIn(f"nothing was checked: name the ledger folder in it, {ledger}", self.verify(ledger.parent, check=2).stderr)
        # Of which nothing is left, it was.
        wiped = site / "wiped"
        wiped.mkdir()
        self.verify(wiped, check=1)


if __name__ == "__main__":
    unittest.main()
