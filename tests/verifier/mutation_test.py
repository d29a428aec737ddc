"""Whatever is changed in a log that holds, both verifiers name the same rule and the same entry: one value or more of an entry of the
shipped logs (tests/logs/good) is changed at random, all hashes are made anew and the log is signed again, as who has its key could. A
fixed seed makes the same changes every time; KETENPOORT_MUTATIONS and KETENPOORT_MUTATION_SEED say how many, and which."""
import base64
import copy
import json
import os
import pathlib
import random
import shutil
import subprocess
import tempfile
import unittest

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

import ketenpoort_verify as second
from agreement_test import BIN, LOGS

ROUNDS = int(os.environ.get("KETENPOORT_MUTATIONS", "400"))
SEED = int(os.environ.get("KETENPOORT_MUTATION_SEED", "1"))
SEEDS_OF_KEYS = (7, 8)  # tests/support/ledger_folder.hpp


# ---- logs as lists of entries ----

def read_entries(folder):
    return list(second.Folder(str(folder)).entries())


def encode(entry):
    return json.dumps(second.sort_keys(entry), ensure_ascii=False, separators=(",", ":")).encode("utf-8", "surrogatepass")


def signing_key(vkey):
    """The private key of one of the shipped logs' keys."""
    for seed in SEEDS_OF_KEYS:
        key = Ed25519PrivateKey.from_private_bytes(bytes([seed]) * 32)
        if vkey.endswith(base64.b64encode(b"\1" + key.public_key().public_bytes(Encoding.Raw, PublicFormat.Raw)).decode()):
            return key
    raise ValueError("a key that no test has")


def write_log(folder, entries, vkey):
    """The folder of so many entries, all of them signed."""
    shutil.rmtree(folder, ignore_errors=True)
    put(folder, "segments/00000000000000000000", b"".join(len(e).to_bytes(2, "big") + e for e in entries))
    level, hashes = 0, [second.leaf_hash(entry) for entry in entries]
    root = second.root_over(hashes)
    while hashes:
        for start in range(0, len(hashes), 256):
            tile = hashes[start:start + 256]
            put(folder, second.tile_name(level, start // 256, len(tile)), b"".join(tile))
        hashes = [second.root_over(hashes[i:i + 256]) for i in range(0, len(hashes) - 255, 256)]
        level += 1
    put(folder, "checkpoint", checkpoint(vkey, len(entries), root))


def checkpoint(vkey, size, root):
    key = second.Key(vkey)
    body = f"{key.name}\n{size}\n{base64.b64encode(root).decode()}\n"
    signature = key.id + signing_key(vkey).sign(body.encode())
    return f"{body}\n\u2014 {key.name} {base64.b64encode(signature).decode()}\n".encode()


def put(folder, name, content):
    path = pathlib.Path(folder) / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content)


# ---- changes ----

def leaves(value, path=()):
    """The place of every value in an entry that has no value within it, and of every list and object."""
    yield path
    items = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, item in items:
        yield from leaves(item, path + (key,))


def at(entry, path):
    for key in path:
        entry = entry[key]
    return entry


def others(entries, path, value):
    """What stands under the same name elsewhere in the log, and is something else."""
    found = []
    names = [key for key in path if isinstance(key, str)]
    for entry in entries:
        for place in leaves(entry):
            if [key for key in place if isinstance(key, str)] == names and at(entry, place) != value:
                found.append(at(entry, place))
    return found


def changed_text(rng, text):
    where = rng.randrange(len(text)) if text else 0
    return rng.choice([
        text + "x", text[:-1], text.upper(), "", text[:where] + rng.choice("0123456789abcdefAZ-+/=. ") + text[where + 1:],
        text[:where] + text[where + 1:], text[:where] + text[where:where + 1] * 2 + text[where + 1:], "\u2014 " + text, "caf\u00e9"])


def changed_value(rng, entries, path, value):
    kin = others(entries, path, value)
    if kin and rng.random() < 0.7:
        return copy.deepcopy(rng.choice(kin))
    if isinstance(value, bool):
        return rng.choice([not value, 0, "true"])
    if isinstance(value, int):
        return rng.choice([value + 1, value - 1, 0, 2 * value, -1, len(entries), 2**53 - 1, str(value), True])
    if isinstance(value, str):
        return changed_text(rng, value)
    if isinstance(value, list) and value:
        where = rng.randrange(len(value))
        return rng.choice([[], value[:where] + value[where + 1:], value + [value[where]], value[::-1], value[1:] + value[:1]])
    if isinstance(value, dict) and value:
        gone = rng.choice(sorted(value))
        return rng.choice([{k: v for k, v in value.items() if k != gone}, {**value, gone + "x": value[gone]}, {}, []])
    return rng.choice([None, 1, "x", ["x"]])


def change_entry(rng, entries, entry):
    """One value of it, or two."""
    entry = copy.deepcopy(entry)
    for _ in range(rng.choice([1, 1, 1, 2])):
        path = rng.choice([path for path in leaves(entry) if path])
        at(entry, path[:-1])[path[-1]] = changed_value(rng, entries, path, at(entry, path))
    return entry


def change_bytes(rng, data):
    where = rng.randrange(len(data))
    piece = rng.choice([b"", b" ", b"\\", b'"', b"\0", b"\xc3", b"\xcc\x81", b"0", b",", b"{", bytes([data[where] ^ 0x20])])
    return data[:where] + piece + data[where + 1:]


def change_log(rng, raw, entries):
    """The log with something changed in it, and what was done."""
    place = rng.randrange(len(raw))
    what = rng.choice(["value"] * 12 + ["bytes", "drop", "repeat", "swap", "move"])
    raw = list(raw)
    if what == "value":
        raw[place] = encode(change_entry(rng, entries, entries[place]))
    elif what == "bytes":
        raw[place] = change_bytes(rng, raw[place])
    else:
        listed = [copy.deepcopy(entry) for entry in entries]
        if what == "drop":
            del listed[place]
        elif what == "repeat":
            listed.insert(place, copy.deepcopy(listed[place]))
        elif what == "swap":
            other = rng.randrange(len(listed))
            for key in ("body", "kind", "subject", "tx", "refs", "sealed", "actor"):
                mine, its = listed[place].pop(key, None), listed[other].pop(key, None)
                listed[place].update({key: its} if its is not None else {})
                listed[other].update({key: mine} if mine is not None else {})
        else:
            listed.insert(rng.randrange(len(listed)), listed.pop(place))
        order = sorted((entry["time"], entry["id"]) for entry in listed)
        for seq, entry in enumerate(listed):  # in a place of its own each, as the sequencer would give it
            entry["seq"] = seq
            entry["time"], entry["id"] = order[seq][0], f"{seq + 1:08x}" + order[seq][1][8:]
        raw = [encode(entry) for entry in listed]
    return raw, f"{what} at entry {place}"


def change_files(folder):
    """(name, change) of what somebody may leave in the folder of a ledger."""
    path = pathlib.Path(folder)

    def link(name, target):
        (path / name).parent.mkdir(parents=True, exist_ok=True)
        (path / name).unlink(missing_ok=True)
        (path / name).symlink_to(target)

    def linked_checkpoint():
        (path / "checkpoint").rename(path.parent / "elsewhere")
        link("checkpoint", path.parent / "elsewhere")
    strays = ["notes", "checkpoint.tmp", "segments/1", "segments/00000000000000000001", "segments/00000000000000065536x", "tile/0/0",
              "tile/0/000.p/0", "tile/0/000.p/256", "tile/8/000", "tile/0/x001/000.q/3", "tile/0/x072/x057/x594/x037/x927/936",
              "tile/0/x001/x001/x001/x001/001", "tile/entries/000", "tile/0/001"]
    folders = ["tile/0/x001/x000.p", "tile/0/x001", "tile/0/x001/x002/x003/x004/000.p", "tile/0/x001/x002/x003/x004/x005", "tile/7",
               "tile/8", "tile/00", "tile/0/001", "tile/0/001.p", "segments/x", "logs"]
    changes = {f"file {name}": lambda name=name: put(folder, name, b"x" * 32) for name in strays}
    changes.update({f"folder {name}": lambda name=name: (path / name).mkdir(parents=True) for name in folders})
    changes.update({
        "checkpoint is a link": linked_checkpoint,
        "a segment that is a link": lambda: link("segments/00000000000000065536", "00000000000000000000"),
        "a tile that is a link": lambda: link("tile/0/000.p/1", "../000"),
        "a folder that is a link": lambda: link("tile/1", "0"),
        "checkpoint is gone": lambda: (path / "checkpoint").unlink(),
        "segments are gone": lambda: shutil.rmtree(path / "segments"),
        "tiles are gone": lambda: shutil.rmtree(path / "tile"),
        "a gap of segments": lambda: put(folder, "segments/00000000000000131072", b""),
        "cosigned by nobody": lambda: put(folder, "checkpoint.cosigned", (path / "checkpoint").read_bytes()),
        "cosigned is no note": lambda: put(folder, "checkpoint.cosigned", b"x"),
        "cosigned is no note, and a stray": lambda: (put(folder, "checkpoint.cosigned", b"x"), put(folder, "notes", b"x")),
        "no checkpoint, and a stray": lambda: (put(folder, "checkpoint", b"x"), put(folder, "notes", b"x"))})
    return changes


class Case:
    """A shipped log, and the last of its keys, which signs."""

    def __init__(self, folder):
        self.name = folder.name
        expected = json.loads((folder / "expected.json").read_text())
        self.given, self.witnesses, self.authorities = expected["keys"], expected["witnesses"], folder / "authorities.pem"
        self.raw = read_entries(folder / "ledger")
        self.entries = [json.loads(entry) for entry in self.raw]
        rotated = [entry["body"]["newVkey"] for entry in self.entries if entry["kind"] == "ledger.key-rotated"]
        self.vkey = (rotated or [self.entries[0]["body"]["vkey"]])[-1]


class Mutation(unittest.TestCase):
    maxDiff = None

    @classmethod
    def setUpClass(cls):
        names = [folder for folder in sorted((LOGS / "good").iterdir()) if (folder / "ledger/segments").exists()]
        cls.cases = [case for case in map(Case, names) if 2 < len(case.raw) < 200]
        if len(cls.cases) < 4:
            raise AssertionError("the shipped logs are not where they should be")

    def setUp(self):
        self.scratch = tempfile.TemporaryDirectory()
        self.folder = os.path.join(self.scratch.name, "ledger")
        self.addCleanup(self.scratch.cleanup)

    def ask_first(self, case):
        command = [str(BIN / "ketenpoort-verify"), self.folder, "--json", "--threads", "1"]
        for option, values in (("--key", case.given), ("--witness", case.witnesses)):
            for value in values:
                command += [option, value]
        if case.authorities.exists():
            command += ["--tsa-ca", str(case.authorities)]
        done = subprocess.run(command, capture_output=True, timeout=60)
        self.assertIn(done.returncode, (0, 1), done.stderr)
        return json.loads(done.stdout.decode("utf-8"))

    def ask_both(self, case):
        authorities = case.authorities.read_bytes() if case.authorities.exists() else b""
        first, other = self.ask_first(case), second.verify(self.folder, case.given, None, case.witnesses, authorities)
        return [(said["holds"], said.get("flaw", {}).get("rule"), said.get("flaw", {}).get("seq")) for said in (first, other)] + [
            (first.get("flaw", {}).get("what"), other.get("flaw", {}).get("what"))]

    def test_changed_entries(self):
        rng = random.Random(SEED)
        rules, wrong = {}, []
        for number in range(ROUNDS):
            case = rng.choice(self.cases)
            raw, what = change_log(rng, case.raw, case.entries)
            write_log(self.folder, raw, case.vkey)
            first, other, said = self.ask_both(case)
            rules[first[1]] = rules.get(first[1], 0) + 1
            if first != other:
                wrong.append(f"{number}: {case.name}, {what}: {first} and {other}: {said[0]} | {said[1]}")
        self.assertEqual(wrong, [], f"of {ROUNDS} changes, by rule: {rules}")
        if ROUNDS >= 400:  # the changes reach every rule that an entry can break
            self.assertGreaterEqual(set(rules), {f"invariant {number}" for number in (1, 2, 3, 4, 5, 6, 8)} | {"anchor", None})

    def test_changed_folders(self):
        case = next(case for case in self.cases if case.name == "story")
        for name in change_files(self.folder):
            with self.subTest(change=name):
                write_log(self.folder, case.raw, case.vkey)
                change_files(self.folder)[name]()
                first, other, said = self.ask_both(case)
                self.assertEqual(first, other, said)
                self.assertTrue(first[0] is False or name.startswith("folder"), name)

    def test_the_log_made_anew_holds(self):
        for case in self.cases:
            with self.subTest(log=case.name):
                write_log(self.folder, case.raw, case.vkey)
                first, other, said = self.ask_both(case)
                self.assertEqual((first, other), ((True, None, None),) * 2, said)


if __name__ == "__main__":
    unittest.main()
