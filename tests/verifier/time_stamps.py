"""RFC 3161 time stamps, as docs/ledger-format.md asks of them: what a token is over and when, and, where an authority's root is given,
that it signed it. Part of ketenpoort_verify.py. ValueError: it does not hold."""
import datetime
import hashlib

from cryptography import x509
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa

SEQUENCE, SET, INTEGER, OCTETS, OID, TIME = 0x30, 0x31, 0x02, 0x04, 0x06, 0x18
SIGNED_DATA = bytes.fromhex("2a864886f70d010702")
TST_INFO = bytes.fromhex("2a864886f70d0109100104")
SHA256 = bytes.fromhex("608648016503040201")
MESSAGE_DIGEST = bytes.fromhex("2a864886f70d010904")
DIGESTS = {SHA256: hashes.SHA256, bytes.fromhex("608648016503040202"): hashes.SHA384, bytes.fromhex("608648016503040203"): hashes.SHA512}


class Der:
    """The elements of a DER value one after the other: next(tag) gives the content, `whole` the last one with its head."""

    def __init__(self, data):
        self.data, self.at, self.whole = data, 0, b""

    def peek(self):
        return self.data[self.at] if self.at < len(self.data) else None

    def next(self, tag):
        if self.peek() != tag or len(self.data) < self.at + 2:
            raise ValueError("not the DER of a time stamp")
        start, length, head = self.at, self.data[self.at + 1], 2
        if length & 0x80:
            count = length & 0x7F
            length, head = int.from_bytes(self.data[start + 2:start + 2 + count], "big"), 2 + count
            if not 1 <= count <= 4 or length < 0x80 or length >> (8 * count - 8) == 0:
                raise ValueError("a length that is not DER")
        self.at = start + head + length
        if self.at > len(self.data):
            raise ValueError("cut off")
        self.whole = self.data[start:self.at]
        return self.data[start + head:self.at]

    def skip(self, tag):
        if self.peek() == tag:
            self.next(tag)

    def end(self):
        if self.at != len(self.data):
            raise ValueError("something follows")


class Token:
    def __init__(self, raw):
        outer = Der(raw)
        info = Der(outer.next(SEQUENCE))
        outer.end()
        if info.next(OID) != SIGNED_DATA:
            raise ValueError("not SignedData")
        signed = Der(Der(info.next(0xA0)).next(SEQUENCE))
        signed.next(INTEGER)
        signed.next(SET)
        content = Der(signed.next(SEQUENCE))
        if content.next(OID) != TST_INFO:
            raise ValueError("no TSTInfo in it")
        self.info = Der(content.next(0xA0)).next(OCTETS)
        self.certificates = []
        if signed.peek() == 0xA0:
            inside = Der(signed.next(0xA0))
            while inside.peek() is not None:
                inside.next(SEQUENCE)
                self.certificates.append(x509.load_der_x509_certificate(inside.whole))
        signed.skip(0xA1)
        self.signers = Der(signed.next(SET))
        self.read_info(Der(Der(self.info).next(SEQUENCE)))

    def read_info(self, info):
        if info.next(INTEGER) != b"\1":
            raise ValueError("another version")
        info.next(OID)
        imprint = Der(info.next(SEQUENCE))
        self.algorithm, self.imprint = Der(imprint.next(SEQUENCE)).next(OID), imprint.next(OCTETS)
        info.next(INTEGER)
        text = info.next(TIME).decode("ascii")
        whole, _, fraction = text[:-1].partition(".")
        if not text.endswith("Z") or len(whole) != 14 or not (whole + fraction).isdigit() or text[14:15] == "." and not fraction:
            raise ValueError("not the time of a time stamp")
        self.time = datetime.datetime.strptime(whole, "%Y%m%d%H%M%S")
        self.text = self.time.isoformat() + "." + (fraction + "000")[:3] + "Z"

    def check_signature(self, roots):
        """One of the certificates in it, for time-stamping, under one of the roots and valid then, signed it."""
        signer = Der(self.signers.next(SEQUENCE))
        signer.next(INTEGER)
        signer.next(SEQUENCE)
        digest = DIGESTS.get(Der(signer.next(SEQUENCE)).next(OID))
        attributes = signer.next(0xA0)
        over = b"\x31" + signer.whole[1:]
        signer.next(SEQUENCE)
        signature, listed = signer.next(OCTETS), Der(attributes)
        if digest is None:
            raise ValueError("a digest that nobody knows")
        stated = None
        while listed.peek() is not None:
            attribute = Der(listed.next(SEQUENCE))
            if attribute.next(OID) == MESSAGE_DIGEST:
                stated = Der(attribute.next(SET)).next(OCTETS)
        if stated != hashlib.new(digest.name, self.info).digest():
            raise ValueError("what is signed is another content")
        if not any(self.is_fit(one, roots) and signs(one, signature, over, digest()) for one in self.certificates):
            raise ValueError("no authority that was given signed it")

    def is_fit(self, certificate, roots):
        def is_valid(one):
            if hasattr(one, "not_valid_before_utc"):
                now = self.time.replace(tzinfo=datetime.timezone.utc)
                return one.not_valid_before_utc <= now <= one.not_valid_after_utc
            return one.not_valid_before <= self.time <= one.not_valid_after
        try:
            usage = certificate.extensions.get_extension_for_class(x509.ExtendedKeyUsage)
        except x509.ExtensionNotFound:
            return False
        if list(usage.value) != [x509.ExtendedKeyUsageOID.TIME_STAMPING] or not usage.critical or not is_valid(certificate):
            return False
        return any(is_valid(root) and root.subject == certificate.issuer
                   and signs(root, certificate.signature, certificate.tbs_certificate_bytes, certificate.signature_hash_algorithm)
                   for root in roots)


def signs(certificate, signature, data, digest):
    key = certificate.public_key()
    try:
        if isinstance(key, rsa.RSAPublicKey):
            key.verify(signature, data, padding.PKCS1v15(), digest)
        elif isinstance(key, ec.EllipticCurvePublicKey):
            key.verify(signature, data, ec.ECDSA(digest))
        else:
            return False
    except InvalidSignature:
        return False
    return True


def check(token, imprint, stated, roots):
    """Raises ValueError unless the token is over `imprint`, made at `stated`, and by an authority of `roots` if there are any."""
    try:
        read = Token(token)
    except (IndexError, UnicodeDecodeError) as error:
        raise ValueError(str(error))
    if read.algorithm != SHA256 or read.imprint != imprint:
        raise ValueError("it is over something else")
    if read.text != stated:
        raise ValueError("genTime is not the token's")
    if roots:
        read.check_signature(roots)


def read_roots(pem):
    return x509.load_pem_x509_certificates(pem)
