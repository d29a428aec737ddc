"""Client certificates that are taken back, and keys of tokens that lie at an address."""
import base64
import contextlib
import http.client
import http.server
import json
import os
import signal
import ssl
import subprocess
import threading
import unittest
import urllib.parse
import urllib.request

from harness import BIN, Sandbox


class CredentialsTest(unittest.TestCase):
    def setUp(self):
        self.box = Sandbox()
        self.addCleanup(self.box.close)

    def start_anew(self, old, new):
        """The gateway, with a setting that counts from a start on."""
        file = self.box.state / "gateway.yaml"
        text = file.read_text()
        self.assertIn(old, text)
        file.write_text(text.replace(old, new, 1))
        self.box.kill_gateway()
        self.box.start_gateway()

    def reload(self):
        counted = lambda: next(line for line in urllib.request.urlopen(self.box.info["metrics"], timeout=10).read().decode().splitlines()
                               if line.startswith("ketenpoort_configuration_reloads "))
        before = counted()
        os.kill(self.box.gateway.pid, signal.SIGHUP)
        self.box.wait("the reload", lambda: counted() != before)

    def check(self, status):
        return self.box.tool(BIN / "ketenpoort", "check", "--config", self.box.state / "gateway.yaml", check=status)

    # ---- certificates ----

    def write_revocations(self, *revoked, times=()):
        """What `openssl ca` makes of a list of certificates."""
        folder = self.box.state / "authority"
        folder.mkdir(exist_ok=True)
        serial = lambda name: subprocess.run(["openssl", "x509", "-noout", "-serial", "-in", self.box.path(self.box.info["clients"][name]["cert"])],
                                             check=True, capture_output=True, text=True).stdout.strip().partition("=")[2]
        (folder / "index.txt").write_text("".join(f"R\t401231235959Z\t260101000000Z\t{serial(name)}\tunknown\t/CN={name}\n" for name in revoked))
        (folder / "ca.cnf").write_text(f"[ca]\ndefault_ca = own\n[own]\ndatabase = {folder}/index.txt\ndefault_md = sha256\ndefault_crl_days = 2\n")
        subprocess.run(["openssl", "ca", "-config", folder / "ca.cnf", "-gencrl", "-cert", self.box.state / "ca.pem", "-keyfile", self.box.state / "keys/ca.key",
                        "-out", self.box.state / "revoked.pem", *times], check=True, capture_output=True)

    def connect(self, name):
        """A connection that is opened once."""
        base = urllib.parse.urlsplit(self.box.info["url"])
        tls = ssl.create_default_context(cafile=self.box.path(self.box.info["ca"]))
        tls.load_cert_chain(self.box.path(self.box.info["clients"][name]["cert"]), self.box.path(self.box.info["clients"][name]["key"]))
        connection = http.client.HTTPSConnection(base.hostname, base.port, timeout=20, context=tls)
        connection.connect()
        connection.auto_open = 0
        self.addCleanup(connection.close)
        return connection

    @staticmethod
    def ask(connection):
        connection.request("GET", "/ketenpoort/v1/received")
        answer = connection.getresponse()
        answer.read()
        return answer.status

    def is_let_in(self, connection):
        """Not when it is closed, nor when a request that came just before is answered as without a certificate."""
        try:
            return self.ask(connection) != 401
        except (OSError, http.client.HTTPException):
            return False

    def test_a_revoked_certificate_lets_nobody_in_nor_stay(self):
        self.write_revocations()
        self.start_anew("  clientAuthorities: ca.pem\n", "  clientAuthorities: ca.pem\n  clientRevocations: revoked.pem\n")
        stays, goes = self.connect("agii"), self.connect("vdab")
        self.assertEqual((self.ask(stays), self.ask(goes)), (200, 200))

        self.write_revocations("vdab")
        self.check(0)
        self.reload()

        self.assertEqual(self.ask(stays), 200)
        self.assertFalse(self.is_let_in(goes))
        with self.assertRaises((OSError, http.client.HTTPException)):  # closed
            self.ask(goes)
        with self.assertRaises((OSError, http.client.HTTPException)):
            self.ask(self.connect("vdab"))
        self.assertEqual(self.ask(self.connect("agii")), 200)
        self.assertEqual(self.box.call("GET", "/received", client="vdab").status, 200, "by a token")

        # A file that is none is refused, and what ran before goes on.
        (self.box.state / "revoked.pem").write_text("nothing\n")
        self.assertIn("revoked.pem", self.check(1).stderr)
        os.kill(self.box.gateway.pid, signal.SIGHUP)
        self.box.wait("the refusal", lambda: self.box.call("GET", "/health", client=None).json["details"].get("configuration", {}).get("status") == "DEGRADED")
        self.assertEqual((self.ask(stays), self.ask(self.connect("agii"))), (200, 200))

        # One that has ended lets nobody of its authority in, and who runs it is told.
        self.write_revocations(times=("-crl_lastupdate", "260101000000Z", "-crl_nextupdate", "260102120000Z"))
        self.assertRegex(self.check(0).stderr, r"revoked\.pem: warning: a revocation list in it ended on 2026-01-02: ")
        self.reload()
        with self.assertRaises((OSError, http.client.HTTPException)):
            self.ask(self.connect("agii"))
        part = self.box.call("GET", "/health", client=None).json["details"]["certificates"]
        self.assertEqual(part, {"status": "DEGRADED", "detail": "revoked.pem ended on 2026-01-02"})

    # ---- keys of tokens ----

    @contextlib.contextmanager
    def issuer(self, answer):
        class Handler(http.server.BaseHTTPRequestHandler):
            def do_GET(self):
                status, body = answer()
                self.send_response(status)
                self.send_header("Content-Type", "application/json")
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, *_):
                pass

        server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        tls.load_cert_chain(self.box.state / "keys/gateway-server.pem", self.box.state / "keys/gateway-server.key")
        server.socket = tls.wrap_socket(server.socket, server_side=True)
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        try:
            yield f"https://127.0.0.1:{server.server_port}/keys?of=tokens"
        finally:
            server.shutdown()
            server.server_close()
            thread.join()

    def test_keys_of_tokens_are_fetched_kept_and_fetched_again(self):
        ours = (self.box.state / "keys/tokens.jwks.json").read_bytes()
        answers = [(200, ours)]
        status = lambda **how: self.box.call("GET", "/transfers", **how).status
        health = lambda: self.box.call("GET", "/health", client=None).json["details"]["tokenKeys"]["status"]
        with self.issuer(lambda: answers[-1]) as url:
            self.start_anew("  jwks: keys/tokens.jwks.json\n", f"  jwks: {url}\n  ca: ca.pem\n")
            self.check(0)
            self.assertEqual((status(), health()), (200, "UP"))
            # A token of a key that nobody knows has them fetched again: by then ours is gone, and what it signed counts no more.
            others = json.loads(ours)
            others["keys"][0]["kid"] = "another"
            answers.append((200, json.dumps(others).encode()))
            part = lambda text: base64.urlsafe_b64encode(json.dumps(text).encode()).rstrip(b"=").decode()
            unknown = f'{part({"alg": "ES256", "kid": "another"})}.{part({"sub": "fedasil"})}.{"A" * 86}'
            self.assertEqual(status(token=unknown), 401)
            self.box.wait("other keys", lambda: status() == 401, 30)
            answers.append((200, ours))
            self.assertEqual(status(token=unknown.replace(part({"alg": "ES256", "kid": "another"}), part({"alg": "ES256", "kid": "third"}))), 401)
            self.box.wait("our keys", lambda: status() == 200, 30)
        # Who issues them is away: those that were kept do, and health says so.
        self.box.kill_gateway()
        self.box.start_gateway()
        self.assertEqual((status(), health()), (200, "DEGRADED"))


if __name__ == "__main__":
    unittest.main()
