"""Signed notes and cosignatures as C2SP writes them, and Ed25519 (RFC 8032), written from the standards alone: what the
gateway says is checked by something that shares nothing with it."""
import base64
import hashlib

P = 2**255 - 19
L = 2**252 + 27742317777372353535851937790883648493
D = -121665 * pow(121666, P - 2, P) % P


def add(a, b):
    x1, y1, z1, t1 = a
    x2, y2, z2, t2 = b
    e, f = (y1 - x1) * (y2 - x2) % P, (y1 + x1) * (y2 + x2) % P
    g, h = 2 * t1 * t2 * D % P, 2 * z1 * z2 % P
    i, j, k, m = f - e, h - g, h + g, f + e
    return i * j % P, k * m % P, j * k % P, i * m % P


def times(n, point):
    out = (0, 1, 1, 0)
    while n:
        if n & 1:
            out = add(out, point)
        point, n = add(point, point), n >> 1
    return out


def point_of(raw):
    y = int.from_bytes(raw, "little")
    sign, y = y >> 255, y & (2**255 - 1)
    x2 = (y * y - 1) * pow(D * y * y + 1, P - 2, P) % P
    x = pow(x2, (P + 3) // 8, P)
    if (x * x - x2) % P:
        x = x * pow(2, (P - 1) // 4, P) % P
    if (x * x - x2) % P:
        raise ValueError("not a point")
    if x & 1 != sign:
        x = P - x
    return x, y, 1, x * y % P


BASE = point_of((4 * pow(5, P - 2, P) % P).to_bytes(32, "little"))


def packed(point):
    z = pow(point[2], P - 2, P)
    return (point[1] * z % P | (point[0] * z % P & 1) << 255).to_bytes(32, "little")


def sha512_number(*parts):
    return int.from_bytes(hashlib.sha512(b"".join(parts)).digest(), "little")


def expand(seed):
    h = hashlib.sha512(seed).digest()
    return (int.from_bytes(h[:32], "little") & (2**254 - 8)) | 2**254, h[32:]


def public_of(seed):
    return packed(times(expand(seed)[0], BASE))


def sign(seed, message):
    a, prefix = expand(seed)
    public = packed(times(a, BASE))
    r = sha512_number(prefix, message) % L
    point = packed(times(r, BASE))
    return point + ((r + sha512_number(point, public, message) * a) % L).to_bytes(32, "little")


def verifies(public, message, signature):
    s = int.from_bytes(signature[32:], "little")
    if len(signature) != 64 or s >= L:
        return False
    k = sha512_number(signature[:32], public, message) % L
    return packed(times(s, BASE)) == packed(add(point_of(signature[:32]), times(k, point_of(public))))


class Key:
    """A vkey, or a private key's text."""

    def __init__(self, text):
        text = text.strip().removeprefix("PRIVATE+KEY+")
        self.name, self.id, raw = text.split("+", 2)
        raw = base64.b64decode(raw)
        self.type, self.bytes = raw[0], raw[1:]

    def cosign(self, body, time):
        """By a private key of type 4."""
        signed = b"cosignature/v1\ntime %d\n" % time + body
        raw = bytes.fromhex(self.id) + time.to_bytes(8, "big") + sign(self.bytes, signed)
        return f"— {self.name} {base64.b64encode(raw).decode()}\n"

    def time_of(self, body, line):
        """When a public key of type 4 cosigned; None when the line is not its."""
        name, raw = line.removeprefix("— ").rsplit(" ", 1)
        raw = base64.b64decode(raw)
        if name != self.name or raw[:4] != bytes.fromhex(self.id):
            return None
        time = int.from_bytes(raw[4:12], "big")
        assert verifies(self.bytes, b"cosignature/v1\ntime %d\n" % time + body, raw[12:]), "a false cosignature"
        return time

    def signed(self, body, line):
        """Whether a public key of type 1 signed."""
        name, raw = line.removeprefix("— ").rsplit(" ", 1)
        raw = base64.b64decode(raw)
        return name == self.name and raw[:4] == bytes.fromhex(self.id) and verifies(self.bytes, body, raw[4:])


def split(note):
    text, signatures = note.rsplit("\n\n", 1)
    return text + "\n", signatures.splitlines()


def body_of(origin, size, root_hex):
    return f"{origin}\n{size}\n{base64.b64encode(bytes.fromhex(root_hex)).decode()}\n".encode()


def entries(ledger):
    """The bytes of every whole entry in a ledger folder's segments."""
    for segment in sorted((ledger / "segments").iterdir()):
        data, at = segment.read_bytes(), 0
        while at + 2 <= len(data):
            size = int.from_bytes(data[at:at + 2], "big")
            if at + 2 + size > len(data):
                return
            yield data[at + 2:at + 2 + size]
            at += 2 + size
