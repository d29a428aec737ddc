"""A local time-stamping authority (RFC 3161): `openssl ts -reply` behind HTTP, in a process of its own. Its clock may be
set off, as that of the gateway it stamps for is."""
import http.server
import os
import subprocess
import sys
import tempfile
from pathlib import Path

CONFIG = """
[req]
distinguished_name = name
[name]
[ca]
basicConstraints = critical, CA:TRUE
[stamping]
extendedKeyUsage = critical, timeStamping
[tsa]
default_tsa = here
[here]
serial = {folder}/serial
default_policy = 1.2.3.4.1
digests = sha256
signer_digest = sha256
ess_cert_id_alg = sha256
accuracy = secs:1
"""


SHIM = Path(os.environ.get("KETENPOORT_BIN", Path(__file__).resolve().parents[2] / "build/release/bin")).parent / "lib/liboffset_clock.so"


def with_clock(offset):
    """The environment of a program whose clock is so many seconds off."""
    return {**os.environ, "LD_PRELOAD": str(SHIM), "KETENPOORT_CLOCK_OFFSET_SECONDS": str(offset)} if offset else dict(os.environ)


def openssl(*arguments, offset=0):
    return subprocess.run(["openssl", *map(str, arguments)], check=True, capture_output=True, env=with_clock(offset)).stdout


def make_authority(folder, offset):
    """CA and time-stamping certificate in a folder, valid now and by the clock that is set off; returns the CA's file."""
    folder, earlier, days = Path(folder), min(offset, 0), str(2 + abs(offset) // 86400)
    (folder / "tsa.cnf").write_text(CONFIG.format(folder=folder))
    (folder / "serial").write_text("01\n")
    key = ("-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-config", folder / "tsa.cnf")
    openssl("req", "-x509", *key, "-keyout", folder / "ca.key", "-out", folder / "ca.pem", "-subj", "/CN=Test Root", "-days", days, "-extensions", "ca", offset=earlier)
    openssl("req", "-new", *key, "-keyout", folder / "tsa.key", "-out", folder / "tsa.csr", "-subj", "/CN=Test TSA")
    openssl("x509", "-req", "-in", folder / "tsa.csr", "-CA", folder / "ca.pem", "-CAkey", folder / "ca.key", "-set_serial", "2", "-days", days,
            "-extfile", folder / "tsa.cnf", "-extensions", "stamping", "-out", folder / "tsa.pem", offset=earlier)
    return folder / "ca.pem"


def stamp(folder, request, offset):
    with tempfile.NamedTemporaryFile() as query:
        query.write(request)
        query.flush()
        return openssl("ts", "-reply", "-config", folder / "tsa.cnf", "-queryfile", query.name, "-signer", folder / "tsa.pem",
                       "-inkey", folder / "tsa.key", offset=offset)


class TimeStamping:
    """The server as a process; `port` stays the same over stop() and start()."""

    def __init__(self, folder, offset=0):
        self.folder, self.offset, self.port, self.process = folder, offset, 0, None
        self.roots = make_authority(folder, offset)
        self.start()

    def start(self):
        self.process = subprocess.Popen([sys.executable, __file__, self.folder, str(self.port), str(self.offset)], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)
        self.port = int(self.process.stdout.readline())

    def stop(self):
        if self.process:
            self.process.kill()
            self.process.wait()
            self.process.stdout.close()
            self.process = None

    @property
    def url(self):
        return f"http://127.0.0.1:{self.port}/tsr"


class Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_POST(self):
        body = self.rfile.read(int(self.headers["Content-Length"]))
        known = self.path == "/tsr" and self.headers["Content-Type"] == "application/timestamp-query"
        answer = stamp(self.server.folder, body, self.server.offset) if known else b"what?"
        self.send_response(200 if known else 400)
        self.send_header("Content-Type", "application/timestamp-reply" if known else "text/plain")
        self.send_header("Content-Length", str(len(answer)))
        self.end_headers()
        self.wfile.write(answer)


if __name__ == "__main__":
    server = http.server.ThreadingHTTPServer(("127.0.0.1", int(sys.argv[2])), Handler)
    server.folder, server.offset = Path(sys.argv[1]), int(sys.argv[3])
    print(server.server_port, flush=True)
    server.serve_forever()
