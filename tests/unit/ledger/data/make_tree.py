#!/usr/bin/env python3
"""Writes tree.json: trees, proofs and a signed checkpoint, made from RFC 6962 as it is written and OpenSSL's command line,
so that the tests have something to agree with that none of our code made. Needs Python's standard library and openssl."""
import base64
import hashlib
import json
import subprocess
import tempfile
from pathlib import Path

SIZE = 21
ORIGIN = "example.be/vectors"
SEED = bytes(range(32))


def leaf(d):
    return hashlib.sha256(b"\x00" + d).digest()


def mth(d):  # section 2.1
    n = len(d)
    if n == 0:
        return hashlib.sha256(b"").digest()
    if n == 1:
        return leaf(d[0])
    k = largest_power_below(n)
    return hashlib.sha256(b"\x01" + mth(d[:k]) + mth(d[k:])).digest()


def largest_power_below(n):
    k = 1
    while 2 * k < n:
        k *= 2
    return k


def path(m, d):  # section 2.1.1
    n = len(d)
    if n == 1:
        return []
    k = largest_power_below(n)
    return path(m, d[:k]) + [mth(d[k:])] if m < k else path(m - k, d[k:]) + [mth(d[:k])]


def proof(m, d):  # section 2.1.2
    return subproof(m, d, True)


def subproof(m, d, whole):
    n = len(d)
    if m == n:
        return [] if whole else [mth(d)]
    k = largest_power_below(n)
    if m <= k:
        return subproof(m, d[:k], whole) + [mth(d[k:])]
    return subproof(m - k, d[k:], False) + [mth(d[:k])]


def sign(text):
    """Ed25519 over the text, and the public key."""
    with tempfile.TemporaryDirectory() as folder:
        key, message = Path(folder) / "key.der", Path(folder) / "message"
        key.write_bytes(bytes.fromhex("302e020100300506032b657004220420") + SEED)  # RFC 8410
        message.write_bytes(text.encode())
        run = lambda *arguments: subprocess.run(["openssl", *map(str, arguments)], check=True, capture_output=True).stdout
        signature = run("pkeyutl", "-sign", "-rawin", "-keyform", "DER", "-inkey", key, "-in", message)
        public = run("pkey", "-inform", "DER", "-in", key, "-pubout", "-outform", "DER")[-32:]
    return signature, public


b64 = lambda b: base64.b64encode(b).decode()
entries = [f"entry {i}".encode() + bytes([i]) * i for i in range(SIZE)]
text = f"{ORIGIN}\n{SIZE}\n{b64(mth(entries))}\n"
signature, public = sign(text)
key_id = hashlib.sha256(ORIGIN.encode() + b"\n\x01" + public).digest()[:4]
vectors = {
    "entries": [b64(e) for e in entries],
    "roots": [b64(mth(entries[:n])) for n in range(SIZE + 1)],
    "inclusion": [{"index": m, "size": n, "proof": list(map(b64, path(m, entries[:n])))}
                  for n in (1, 2, 3, 7, 8, 13, SIZE) for m in range(n)],
    "consistency": [{"from": m, "to": n, "proof": list(map(b64, proof(m, entries[:n])))}
                    for n in (1, 2, 3, 7, 8, 13, SIZE) for m in range(1, n + 1)],
    "seed": SEED.hex(),
    "vkey": f"{ORIGIN}+{key_id.hex()}+{b64(bytes([1]) + public)}",
    "checkpoint": f"{text}\n\u2014 {ORIGIN} {b64(key_id + signature)}\n",
}
Path(__file__).with_name("tree.json").write_text(json.dumps(vectors, indent=1) + "\n")
