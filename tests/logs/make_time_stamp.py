#!/usr/bin/env python3
"""Makes the time stamp in the shipped logs anew, should their first five entries change: make_time_stamp.py, then make_logs. It writes
tests/support/time_stamp.hpp: a token over the checkpoint of those entries, the root of its authority, and that of another. The keys are
forgotten. Needs python3-cryptography."""
import base64
import datetime
import hashlib
import json
import pathlib
import sys
import textwrap

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import padding, rsa
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

TESTS = pathlib.Path(__file__).resolve().parent.parent
sys.path.insert(0, str(TESTS / "verifier"))
import ketenpoort_verify  # noqa: E402

ENTRIES = 5
TIME = "20261124110000Z"


def tlv(tag, *parts):
    data = b"".join(parts)
    size = len(data).to_bytes((len(data).bit_length() + 7) // 8, "big")
    return bytes([tag]) + (bytes([len(data)]) if len(data) < 128 else bytes([0x80 | len(size)]) + size) + data


def seq(*parts):
    return tlv(0x30, *parts)


def integer(number):
    return tlv(2, number.to_bytes(number.bit_length() // 8 + 1, "big"))


def octets(data):
    return tlv(4, data)


def oid(text):
    first, second, *rest = map(int, text.split("."))
    out = [first * 40 + second]
    for number in rest:
        digits = [number & 127]
        while number := number >> 7:
            digits.insert(0, 128 | number & 127)
        out += digits
    return tlv(6, bytes(out))


SHA256 = seq(oid("2.16.840.1.101.3.4.2.1"))
TST_INFO = oid("1.2.840.113549.1.9.16.1.4")


def issue(subject, serial, key, issuer, issuer_key, extension):
    names = [x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, text)]) for text in (subject, issuer)]
    return (x509.CertificateBuilder().subject_name(names[0]).issuer_name(names[1]).public_key(key.public_key())
            .serial_number(serial).not_valid_before(datetime.datetime(2026, 1, 1)).not_valid_after(datetime.datetime(2036, 1, 1))
            .add_extension(extension, True).sign(issuer_key, hashes.SHA256()))


def make_authority(name):
    """Its root, its certificate for time-stamping, and the key of that."""
    root_key, key = (rsa.generate_private_key(65537, 2048) for _ in range(2))
    root = issue(f"{name} Root", 1, root_key, f"{name} Root", root_key, x509.BasicConstraints(True, None))
    usage = x509.ExtendedKeyUsage([ExtendedKeyUsageOID.TIME_STAMPING])
    return root, issue(f"{name} TSA", 2, key, f"{name} Root", root_key, usage), key


def make_token(certificate, key, imprint):
    info = seq(integer(1), oid("1.2.3.4.1"), seq(SHA256, octets(imprint)), integer(4711), tlv(0x18, TIME.encode()))
    der = certificate.public_bytes(serialization.Encoding.DER)
    attributes = sorted([
        seq(oid("1.2.840.113549.1.9.3"), tlv(0x31, TST_INFO)),
        seq(oid("1.2.840.113549.1.9.4"), tlv(0x31, octets(hashlib.sha256(info).digest()))),
        seq(oid("1.2.840.113549.1.9.16.2.47"), tlv(0x31, seq(seq(seq(octets(hashlib.sha256(der).digest()))))))])
    signed = tlv(0x31, *attributes)
    signature = key.sign(signed, padding.PKCS1v15(), hashes.SHA256())
    signer = seq(integer(1), seq(certificate.issuer.public_bytes(), integer(2)), SHA256, b"\xa0" + signed[1:],
                 seq(oid("1.2.840.113549.1.1.11"), tlv(5)), octets(signature))
    content = seq(integer(3), tlv(0x31, SHA256), seq(TST_INFO, tlv(0xA0, octets(info))), tlv(0xA0, der), tlv(0x31, signer))
    return seq(oid("1.2.840.113549.1.7.2"), tlv(0xA0, content))


def literal(name, text):
    lines = "\n".join(f"    {json.dumps(line)}" for line in text)
    return f"constexpr std::string_view {name} =\n{lines};\n"


def pem(certificate):
    return certificate.public_bytes(serialization.Encoding.PEM).decode().splitlines(keepends=True)


def main():
    entries = list(ketenpoort_verify.Folder(str(TESTS / "logs/good/story/ledger")).entries())[:ENTRIES]
    root = ketenpoort_verify.root_over([ketenpoort_verify.leaf_hash(entry) for entry in entries])
    body = f"{json.loads(entries[0])['body']['origin']}\n{ENTRIES}\n{base64.b64encode(root).decode()}\n"
    authority, certificate, key = make_authority("Example")
    token = base64.b64encode(make_token(certificate, key, hashlib.sha256(body.encode()).digest())).decode()
    (TESTS / "support/time_stamp.hpp").write_text(
        "// A time stamp (RFC 3161) over the checkpoint of a story's first five entries. Written by tests/logs/make_time_stamp.py.\n#pragma once\n\n#include <cstdint>\n#include <string_view>\n\n"
        "namespace ketenpoort::ledger::test {\n\n// clang-format off\n"
        f"constexpr std::uint64_t stamped_entries = {ENTRIES};\n"
        'constexpr std::string_view stamped_at = "2026-11-24T11:00:00.000Z";\n'
        + literal("stamp", textwrap.wrap(token, 110)) + literal("stamping_authority", pem(authority))
        + literal("another_authority", pem(make_authority("Another")[0]))
        + "// clang-format on\n\n}  // namespace ketenpoort::ledger::test\n")


if __name__ == "__main__":
    main()
