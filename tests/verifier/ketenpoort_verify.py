#!/usr/bin/env python3
"""A second verifier of Ketenpoort ledgers, written from docs/ledger-format.md alone. It shares no code with the gateway or with
ketenpoort-verify; where the two disagree on a log, one of them or the document is wrong.

  ketenpoort_verify.py PATH --key VKEY [--key VKEY]... [--checkpoint OLD] [--witness VKEY]... [--tsa-ca PEM] [--json]

PATH is a ledger folder or an export. Slow and simple on purpose: everything is held in memory. Needs python3-cryptography for
signatures.
Exit codes: 0 the ledger holds, 1 it does not, 2 wrong use, 3 a file could not be read.
"""
import argparse
import base64
import hashlib
import json
import os
import re
import sys
import unicodedata

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

import time_stamps
from ledger_rules import Rules  # beside this file: what the entries say, and what follows from it


class Flaw(Exception):
    """The first thing that does not hold."""

    def __init__(self, where, rule, what, seq=None):
        super().__init__(f"{where}: {rule}: {what}")
        self.where, self.rule, self.what, self.seq = where, rule, what, seq


def entry_flaw(seq, rule, what):
    return Flaw(f"entry {seq}", rule, what, seq)


# ---- hashes and trees (RFC 6962 section 2.1) ----

def sha256(data):
    return hashlib.sha256(data).digest()


def leaf_hash(entry):
    return sha256(b"\0" + entry)


def node_hash(left, right):
    return sha256(b"\1" + left + right)


def root_over(hashes):
    """Of neighbouring subtrees of one size; a list that is no power of two long is split at the largest one below."""
    if not hashes:
        return sha256(b"")
    while len(hashes) > 1:  # pairing from the left and carrying the odd one up gives the same tree as splitting does
        pairs = [node_hash(hashes[i], hashes[i + 1]) for i in range(0, len(hashes) - 1, 2)]
        hashes = pairs + ([hashes[-1]] if len(hashes) % 2 else [])
    return hashes[0]


def cover(first, end):
    """The perfect subtrees that [first, end) falls apart in: (start, leaves)."""
    while first < end:
        size = 1
        while first % (size * 2) == 0 and first + size * 2 <= end:
            size *= 2
        yield first, size
        first += size


def fold(stack, level, digest):
    """Puts a perfect subtree of 2^level leaves to the right of those on the stack."""
    while stack and stack[-1][0] == level:
        digest = node_hash(stack.pop()[1], digest)
        level += 1
    stack.append((level, digest))


def folded(stack):
    if not stack:
        return sha256(b"")
    digest = stack[-1][1]
    for _, left in reversed(stack[:-1]):
        digest = node_hash(left, digest)
    return digest


# ---- signed notes and keys (C2SP signed-note, tlog-checkpoint, tlog-cosignature) ----

def strict_base64(text):
    raw = base64.b64decode(text, validate=True)
    if base64.b64encode(raw).decode() != text:
        raise ValueError("base64 that is not in its one form")
    return raw


class Key:
    def __init__(self, vkey):
        name, key_id, encoded = vkey.split("+", 2)
        raw = strict_base64(encoded)
        if len(raw) != 33 or raw[0] not in (1, 4):
            raise ValueError("not an Ed25519 key")
        if sha256(name.encode() + b"\n" + raw)[:4].hex() != key_id:
            raise ValueError("the id of the key is not that of its bytes")
        self.text, self.name, self.id, self.kind = vkey, name, bytes.fromhex(key_id), raw[0]
        self.public = Ed25519PublicKey.from_public_bytes(raw[1:])

    def verifies(self, message, signature):
        try:
            self.public.verify(signature, message)
            return True
        except InvalidSignature:
            return False


class Checkpoint:
    """A signed note of three lines; raises ValueError when it is none."""

    def __init__(self, note):
        text = note.decode("utf-8")
        if any(ord(c) < 32 and c != "\n" for c in text):
            raise ValueError("a control character")
        body, blank, lines = text.rpartition("\n\n")
        self.body = (body + "\n").encode()
        parts = body.split("\n")
        if not blank or len(parts) != 3 or not lines.endswith("\n"):
            raise ValueError("not three lines, an empty one and signatures")
        self.origin, size, root = parts
        if not re.fullmatch("0|[1-9][0-9]*", size) or not self.origin:
            raise ValueError("no origin or no size")
        self.size, self.root = int(size), strict_base64(root)
        if len(self.root) != 32:
            raise ValueError("the root is no SHA-256 hash")
        self.lines = lines[:-1].split("\n")
        self.signatures = [read_signature(line) for line in self.lines]


def is_one_of(name, key_id, keys):
    return any((key.name, key.id) == (name, key_id) for key in keys)


def read_signature(line):
    match = re.fullmatch("\u2014 ([^ +]+) ([A-Za-z0-9+/=]+)", line)
    if not match:
        raise ValueError("a signature line that is none")
    raw = strict_base64(match[2])
    if len(raw) < 5:
        raise ValueError("a signature that is too short")
    return match[1], raw[:4], raw[4:]


# ---- canonical JSON (RFC 8785, integers only, NFC) ----

def refuse_number(text):
    raise ValueError("a number that is no integer: " + text)


def pairs_once(pairs):
    found = dict(pairs)
    if len(found) != len(pairs):
        raise ValueError("a key stands twice")
    return found


def sort_keys(value):
    if isinstance(value, dict):
        return {key: sort_keys(value[key]) for key in sorted(value, key=lambda k: k.encode("utf-16-be"))}
    if isinstance(value, list):
        return [sort_keys(item) for item in value]
    return value


def check_limits(value, depth=0):
    if depth > 32:
        raise ValueError("nested too deeply")
    if isinstance(value, dict):
        for key, item in value.items():
            check_limits(key, depth + 1)
            check_limits(item, depth + 1)
    elif isinstance(value, list):
        for item in value:
            check_limits(item, depth + 1)
    elif isinstance(value, str):
        if "\0" in value:
            raise ValueError("the character NUL")
    elif isinstance(value, int) and not isinstance(value, bool) and abs(value) > 2**53 - 1:
        raise ValueError("an integer beyond 2^53 - 1")


def read_canonical(data):
    text = data.decode("utf-8")
    value = json.loads(text, parse_float=refuse_number, parse_constant=refuse_number, object_pairs_hook=pairs_once)
    check_limits(value)
    if json.dumps(sort_keys(value), ensure_ascii=False, separators=(",", ":")).encode("utf-8") != data:
        raise ValueError("not in canonical form")
    if unicodedata.normalize("NFC", text) != text:
        raise ValueError("not in Unicode NFC")
    return value


# ---- the keys of a log, and who vouches for it ----

class Keys:
    """The key the log was opened with and those announced since."""

    def __init__(self):
        self.links = []  # (seq, key)

    def follow(self, seq, entry):
        body = entry["body"]
        if seq == 0:
            self.origin = body["origin"]
            key = self.read(seq, body["vkey"])
            self.links.append((0, key))
        elif entry["kind"] == "ledger.key-rotated":
            old, new = self.links[-1][1], self.read(seq, body["newVkey"])
            if body["algorithm"] != "Ed25519" or body["oldVkey"] != old.text:
                raise entry_flaw(seq, "keys", "it does not replace the key in force")
            if any(new.text == key.text for _, key in self.links):
                raise entry_flaw(seq, "keys", "the new key was in force before")
            text = f"ketenpoort key rotation v1\n{self.origin}\n{seq}\n{old.text}\n{new.text}\n".encode()
            for key, signature in ((old, body["oldSignature"]), (new, body["newSignature"])):
                try:
                    good = key.verifies(text, strict_base64(signature))
                except ValueError:
                    good = False
                if not good:
                    raise entry_flaw(seq, "keys", "the announcement is not signed by both keys")
            self.links.append((seq, new))

    def read(self, seq, vkey):
        try:
            key = Key(vkey)
        except ValueError as error:
            raise entry_flaw(seq, "keys", f"a key that is none: {error}")
        if key.name != self.origin or key.kind != 1:
            raise entry_flaw(seq, "keys", "a key that is not of this log")
        return key

    def at(self, size):
        return [key for seq, key in self.links if seq < size or seq == 0][-1]


class Anchors:
    """What ledger.anchored and ledger.cosigned claim of the log, and who of the witnesses and authorities given vouched for it."""

    def __init__(self, others):
        self.witnesses, self.roots = others.witnesses, others.roots
        self.seen, self.lines, self.stamped = set(), set(), False

    def follow(self, seq, entry, origin, leaves):
        kind, body = entry["kind"], entry["body"]
        if kind not in ("ledger.anchored", "ledger.cosigned"):
            return
        if root_over(leaves[:body["size"]]).hex() != body["root"]:
            raise entry_flaw(seq, "anchor", "the log never had the root that others vouched for")
        now = seconds_of(entry["time"])
        text = f"{origin}\n{body['size']}\n{base64.b64encode(bytes.fromhex(body['root'])).decode()}\n".encode()
        if kind == "ledger.anchored":
            self.check_stamp(seq, now, body, sha256(text))
        for line in body.get("signatures", []):
            name, key_id, signature = read_signature(line)
            if len(signature) != 72 or int.from_bytes(signature[:8], "big") > now + 300:
                raise entry_flaw(seq, "anchor", "no cosignature, or one made after the entry was written")
            if not self.check(text, name, key_id, signature):
                raise entry_flaw(seq, "anchor", "a cosignature that does not verify")
            self.lines.add((body["size"], line))

    def check_stamp(self, seq, now, body, imprint):
        try:
            time_stamps.check(strict_base64(body["token"]), imprint, body["genTime"], self.roots)
        except ValueError as error:
            raise entry_flaw(seq, "anchor", f"its time stamp does not hold: {error}")
        if seconds_of(body["genTime"]) > now + 300:
            raise entry_flaw(seq, "anchor", "stamped after the entry was written")
        self.stamped = True

    def check(self, text, name, key_id, signature):
        """Whether a cosignature holds, as far as the witnesses' keys are at hand."""
        for witness in self.witnesses:
            if (witness.name, witness.id) == (name, key_id):
                seconds = int.from_bytes(signature[:8], "big")
                if not witness.verifies(f"cosignature/v1\ntime {seconds}\n".encode() + text, signature[8:]):
                    return False
                self.seen.add(witness.text)
        return True

    def finish(self):
        for witness in self.witnesses:
            if witness.text not in self.seen:
                raise Flaw("log", "anchor", f"{witness.name} cosigned nothing in it")
        if self.roots and not self.stamped:
            raise Flaw("log", "anchor", "no authority that was given stamped anything in it")


def seconds_of(time):
    """Since 1970, of an entry's time."""
    import calendar
    year, month, day, hour, minute, second = (int(x) for x in re.split("[-T:.]", time[:19]))
    return calendar.timegm((year, month, day, hour, minute, second)) + int(time[20:23]) / 1000


# ---- a folder ----

SEGMENT = 65536
TAIL = 131072


def segment_name(seq):
    return f"segments/{seq - seq % SEGMENT:020}"


def tile_name(level, index, width=256):
    groups = []
    while True:
        groups.insert(0, index % 1000)
        index //= 1000
        if index == 0:
            break
    path = "/".join([f"x{g:03}" for g in groups[:-1]] + [f"{groups[-1]:03}"])
    return f"tile/{level}/{path}" + ("" if width == 256 else f".p/{width}")


def read_tile_name(path):
    """(level, index, width), or nothing when no tile is called so."""
    match = re.fullmatch(r"tile/([0-7])/((?:x\d{3}/){0,4}\d{3})(?:\.p/(\d{1,3}))?", path, re.ASCII)
    if not match:
        return None
    index = int(match[2].replace("x", "").replace("/", ""))
    name = int(match[1]), index, int(match[3] or 256)
    return name if 0 < name[2] <= 256 and tile_name(*name) == path else None


def is_on_the_way(path):
    """A folder that a tile or a segment may stand in, whether or not one does."""
    return re.fullmatch(r"segments|tile(/[0-7]((/x\d{3}){0,4}|(/x\d{3}){0,4}/\d{3}\.p))?", path, re.ASCII) is not None


class Folder:
    def __init__(self, path):
        self.path = path
        self.tiles, self.segments = {}, []
        for name, is_folder in sorted(self.list()):
            if name in ("checkpoint", "checkpoint.cosigned") and not is_folder or is_folder and is_on_the_way(name):
                continue
            tile = read_tile_name(name)
            if tile and not is_folder:
                self.tiles[tile] = name
            elif not is_folder and re.fullmatch(r"segments/\d{20}", name, re.ASCII) and name == segment_name(int(name[9:])):
                self.segments.append(name)
            else:
                raise Flaw(name, "files", "does not belong in a ledger folder")
        for number, name in enumerate(self.segments):
            if name != segment_name(number * SEGMENT):
                raise Flaw(segment_name(number * SEGMENT), "segments", "is missing")

    def read(self, name):
        with open(os.path.join(self.path, name), "rb") as file:
            return file.read()

    def read_tile(self, tile):
        """Its hashes. A gateway that runs on takes a partial tile away once the full one stands, which begins with them."""
        level, index, width = tile
        try:
            return self.read(self.tiles[tile])
        except FileNotFoundError:
            return self.read(tile_name(level, index, 256))[:32 * width]

    def list(self):
        """(name, whether it is a folder) of all that is there; a link or another special file is in no ledger."""
        for folder, folders, files in os.walk(self.path):
            for names, is_folder in ((folders, True), (files, False)):
                for name in names:
                    path = os.path.join(folder, name)
                    if os.path.islink(path) or not (is_folder or os.path.isfile(path)):
                        if not os.path.lexists(path):
                            continue  # a gateway that runs on took it away; what is needed is asked for later
                        raise Flaw(name, "files", "is a link, or no file")
                    yield os.path.relpath(path, self.path), is_folder

    def entries(self):
        """The records in order. What is no whole record at the very end is passed over: it is being written."""
        seq = 0
        for number, name in enumerate(self.segments):
            data, at, last = self.read(name), 0, number + 1 == len(self.segments)
            while at < len(data):
                if seq == (number + 1) * SEGMENT:
                    raise Flaw(name, "segments", "goes on after its last entry")
                end = at + 2 + int.from_bytes(data[at:at + 2], "big")
                if len(data) < at + 2 or end > len(data):
                    break
                yield data[at + 2:end]
                at, seq = end, seq + 1
            if not last and seq < (number + 1) * SEGMENT:
                raise entry_flaw(seq, "segments", f"{name} ends before it")

    def check_tiles(self, leaves, size):
        """Every tile file against the entries; all that a tree of `size` needs must be there. Returns what is wrong with the
        first file, and the first entry whose hash is not the one in a tile."""
        levels = [leaves]
        while len(levels[-1]) >= 256:
            below = levels[-1]
            levels.append([root_over(below[i:i + 256]) for i in range(0, len(below) - 255, 256)])
        wrong_files, wrong_entries = [], []
        for level in range(8):
            count = size >> (8 * level)
            for index in range((count + 255) // 256):
                name = (level, index, min(256, count - index * 256))
                if name not in self.tiles and (level, index, 256) not in self.tiles:
                    wrong_files.append((name, "tiles", "is missing"))
        for name in self.tiles:
            level, index, width = name
            known = levels[level][index * 256:index * 256 + width] if level < len(levels) else []
            found = self.read_tile(name)
            differ = [i for i, digest in enumerate(known) if found[32 * i:32 * i + 32] != digest]
            if level == 0 and differ:
                wrong_entries.append(index * 256 + differ[0])
            if len(known) < width:
                wrong_files.append((name, "files", "goes beyond the entries"))
            elif differ or len(found) != 32 * width:
                wrong_files.append((name, "tiles", "is not what the entries give"))
        return min(wrong_files, default=None), min(wrong_entries, default=None)


def read_note(path, name):
    try:
        with open(os.path.join(path, name), "rb") as file:
            return file.read()
    except FileNotFoundError:
        return None


def verify_folder(path, keys, older, others):
    cosigned, note = read_note(path, "checkpoint.cosigned"), read_note(path, "checkpoint")
    if cosigned is not None:
        cosigned = open_checkpoint(cosigned, keys, "checkpoint.cosigned")
    if note is None:
        raise Flaw("checkpoint", "checkpoint", "is missing")
    checkpoint = open_checkpoint(note, keys, "checkpoint")
    if any(not is_one_of(name, key_id, others.witnesses) for name, key_id, _ in checkpoint.signatures if name != checkpoint.origin):
        raise Flaw("checkpoint", "checkpoint", "carries a signature that was not asked for")
    reader = Reader(keys, older, others, checkpoint)
    folder = Folder(path)
    try:
        for data in folder.entries():
            if reader.seq >= checkpoint.size + TAIL:
                raise Flaw("checkpoint", "segments", "too many entries beyond it are not signed")
            reader.take(data)
        reader.check_here()
        if reader.seq < checkpoint.size:
            raise entry_flaw(reader.seq, "segments", "is missing: the checkpoint covers more")
    except Flaw as flaw:
        # A tile tells which entry was changed, if the change shows only later, or in the root alone.
        _, wrong = folder.check_tiles(reader.leaves, 0)
        if reader.blame and wrong is not None and (flaw.seq is None or wrong < flaw.seq):
            raise entry_flaw(wrong, "tree", "its hash is not the one in its tile")
        raise
    wrong, _ = folder.check_tiles(reader.leaves, checkpoint.size)
    if wrong:
        raise Flaw(tile_name(*wrong[0]), *wrong[1:])
    if cosigned:
        check_cosigned(cosigned, reader)
    return reader.finish()


def check_cosigned(checkpoint, reader):
    """The last checkpoint that witnesses cosigned, as entries of the log say."""
    where = "checkpoint.cosigned"
    others = [line for line, (name, _, _) in zip(checkpoint.lines, checkpoint.signatures) if name != checkpoint.origin]
    if checkpoint.size > len(reader.leaves):
        raise Flaw(where, "checkpoint", "covers more entries than there are")
    if root_over(reader.leaves[:checkpoint.size]) != checkpoint.root:
        raise Flaw(where, "tree", "the entries it covers do not have its root")
    reader.check_signer(checkpoint, where)
    if not others:
        raise Flaw(where, "checkpoint", "is cosigned by nobody")
    if any((checkpoint.size, line) not in reader.anchors.lines for line in others):
        raise Flaw(where, "anchor", "carries a signature that no entry of the log speaks of")


# ---- an export ----

def verify_export(path, keys, older, others):
    with open(path, "rb") as file:
        data = file.read()
    if not data.endswith(b"\n"):
        raise Flaw("export", "export", "its last line has no end")
    lines = data[:-1].split(b"\n")
    try:
        head = read_canonical(lines[0])
        if set(head) != {"checkpoint", "format", "from", "left", "right", "to"} or head["format"] != "ketenpoort-export@1":
            raise ValueError("its first line is not that of an export")
        left, right = ([strict_base64(h) for h in head[side]] for side in ("left", "right"))
        first, last = head["from"], head["to"]
    except (ValueError, TypeError) as error:
        raise Flaw("export", "export", str(error))
    checkpoint = open_checkpoint(head["checkpoint"].encode(), keys, "checkpoint")
    befores, afters = list(cover(0, first)), list(cover(last + 1, checkpoint.size))
    if not 0 <= first <= last < checkpoint.size or len(left) != len(befores) or len(right) != len(afters):
        raise Flaw("export", "export", "its numbers do not fit its checkpoint")
    if len(lines) - 1 != last - first + 1:
        raise Flaw("export", "export", "it does not have the entries it says")
    reader = Reader(keys, older, others, checkpoint, first, last + 1 == checkpoint.size)
    for (_, size), digest in zip(befores, left):
        fold(reader.stack, size.bit_length() - 1, digest)
    for line in lines[1:]:
        reader.take(line)
    reader.check_here()
    for (_, size), digest in zip(afters, right):
        fold(reader.stack, size.bit_length() - 1, digest)
    if last + 1 < checkpoint.size:
        reader.check_root()
    return reader.finish()


# ---- both ----

def open_checkpoint(note, keys, where):
    try:
        checkpoint = Checkpoint(note)
    except ValueError as error:
        raise Flaw(where, "checkpoint", f"not a checkpoint: {error}")
    own = [s for s in checkpoint.signatures if s[0] == checkpoint.origin]
    if len(own) != 1 or any(key.name != checkpoint.origin for key in keys):
        raise Flaw(where, "checkpoint", "not signed once by the log")
    for key in keys:
        if key.id == own[0][1] and not key.verifies(checkpoint.body, own[0][2]):
            raise Flaw(where, "checkpoint", "its signature does not verify")
    checkpoint.signature = own[0]
    return checkpoint


class Reader:
    """Takes the entries in order, keeps the tree, and knows what must hold at the sizes of the checkpoints."""

    blame = False  # whether what does not hold may come from an entry before, that a tile can name

    def __init__(self, keys, older, others, checkpoint, first=0, whole=True):
        self.given, self.checkpoint, self.whole, self.first = keys, checkpoint, whole and first == 0, first
        self.seq, self.leaves, self.stack = first, [], []
        self.rules, self.keys, self.anchors = Rules(entry_flaw, first), Keys(), Anchors(others)
        self.older = open_checkpoint(older, keys, "older checkpoint") if older else None
        if self.older and self.older.size > checkpoint.size:
            raise Flaw("checkpoint", "consistency", "the log was rolled back")

    def take(self, data):
        self.check_here()
        seq, leaf = self.seq, leaf_hash(data)
        self.blame = True
        try:
            entry = self.read(seq, data)
            self.rules.apply(seq, entry)
            if self.first == 0:
                self.keys.follow(seq, entry)
                self.anchors.follow(seq, entry, self.keys.origin, self.leaves)
        finally:
            self.seq += 1
            self.leaves.append(leaf)
            fold(self.stack, 0, leaf)
        self.blame = False

    def read(self, seq, data):
        try:
            if len(data) > 65535:
                raise ValueError("longer than 65,535 bytes")
            return read_canonical(data)
        except (ValueError, RecursionError) as error:
            raise entry_flaw(seq, "invariant 1", f"not a canonical entry: {error}")

    def check_here(self):
        if self.older and self.seq == self.older.size:
            if folded(self.stack) != self.older.root:
                raise Flaw("older checkpoint", "consistency", "the log was rewritten")
            self.check_signer(self.older, "older checkpoint")
        if self.seq == self.checkpoint.size:
            self.check_root()

    def check_root(self):
        self.blame = folded(self.stack) != self.checkpoint.root
        if self.blame:
            raise Flaw("checkpoint", "tree", "the entries do not have the root that was signed")
        self.check_signature()
        for name, key_id, signature in self.checkpoint.signatures:
            if not self.anchors.check(self.checkpoint.body, name, key_id, signature):
                raise Flaw("checkpoint", "anchor", "a cosignature that does not verify")

    def check_signature(self):
        """Of the checkpoint: by the key in force; of a log that is not here to its end, by one that was given."""
        if self.keys.links and self.keys.origin != self.checkpoint.origin:
            raise entry_flaw(0, "keys", "the log was opened under another origin")
        if not self.whole and self.is_signed_by(self.checkpoint, self.given):
            return
        known = [key.text for _, key in self.keys.links]
        if known and any(key.text not in known for key in self.given):
            raise entry_flaw(0, "keys", "a key that was given is none of the log's")
        self.check_signer(self.checkpoint, "checkpoint")

    def check_signer(self, checkpoint, where):
        """By the key in force then; where the log's beginning is not here to tell, by one that was given."""
        may = [self.keys.at(checkpoint.size)] if self.keys.links else self.given
        if not self.is_signed_by(checkpoint, may):
            raise Flaw(where, "checkpoint", "the key in force did not sign it")

    @staticmethod
    def is_signed_by(checkpoint, keys):
        _, key_id, signature = checkpoint.signature
        return any(key.id == key_id and key.verifies(checkpoint.body, signature) for key in keys)

    def finish(self):
        self.anchors.finish()
        return {"holds": True, "size": self.checkpoint.size, "entries": self.seq - self.first}


class Others:
    """Who else is trusted: witnesses by their keys, time-stamping authorities by their roots."""

    def __init__(self, witnesses, authorities):
        self.witnesses = [Key(text) for text in witnesses]
        self.roots = time_stamps.read_roots(authorities) if authorities else []


def holds_ledger(folder):
    return any(os.path.exists(os.path.join(folder, name)) for name in ("checkpoint", "segments", "tile"))


def verify(path, keys, older=None, witnesses=(), authorities=b""):
    """What there is to say, as one object."""
    keys, others = [Key(text) for text in keys], Others(witnesses, authorities)
    if not holds_ledger(path) and holds_ledger(os.path.join(path, "ledger")):
        raise ValueError(f"{path} is no ledger; name {path}/ledger")
    try:
        return (verify_folder if os.path.isdir(path) else verify_export)(path, keys, older, others)
    except Flaw as flaw:
        said = {"where": flaw.where, "rule": flaw.rule, "what": flaw.what}
        return {"holds": False, "flaw": said if flaw.seq is None else {**said, "seq": flaw.seq}}


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("path")
    parser.add_argument("--key", action="append", required=True)
    parser.add_argument("--witness", action="append", default=[])
    parser.add_argument("--checkpoint")
    parser.add_argument("--tsa-ca")
    parser.add_argument("--json", action="store_true")
    options = parser.parse_args()
    try:
        older = open(options.checkpoint, "rb").read() if options.checkpoint else None
        authorities = open(options.tsa_ca, "rb").read() if options.tsa_ca else b""
        said = verify(options.path, options.key, older, options.witness, authorities)
    except ValueError as error:
        parser.error(str(error))
    except OSError as error:
        print(error, file=sys.stderr)
        return 3
    if options.json:
        print(json.dumps(said))
    else:
        print(f"holds: {said['size']} entries" if said["holds"] else "{where}: {rule}: {what}".format(**said["flaw"]))
    return 0 if said["holds"] else 1


if __name__ == "__main__":
    sys.exit(main())
