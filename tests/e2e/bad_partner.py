"""A partner in trouble: one of the sandbox's simulators started anew in another mode, behind a certificate that has run out, or behind a
proxy that answers everything twice."""
import datetime
import ipaddress
import os
import signal
import socket
import ssl
import subprocess
import threading
import time
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

from harness import BIN, free_port


class Partner:
    def __init__(self, box, name):
        self.box, self.name = box, name
        pid = box.info["pids"][name]
        command = [part.decode() for part in Path(f"/proc/{pid}/cmdline").read_bytes().rstrip(b"\0").split(b"\0")]
        self.role = command[1]
        options = [part for part in command[2:] if part != "--one-file"]
        self.options = dict(zip(options[::2], options[1::2], strict=True))
        self.process, self.proxy = None, None
        os.kill(pid, signal.SIGKILL)
        box.wait("the simulator's end", lambda: box.has_ended(pid), 10)

    def start(self, mode="ok", **options):
        """Anew, on the same port and folder. `mode`: the simulator's own, or expired, or twice."""
        self.stop()
        changed = dict(self.options) | {f"--{key.replace('_', '-')}": str(value) for key, value in options.items()}
        if mode == "twice":
            self.proxy = AnswersTwice(self.box, self.options)
            changed["--port"] = str(self.proxy.behind)
        if mode == "expired":
            changed["--cert"], changed["--key"] = expired_certificate(self.box.state)
        changed["--mode"] = mode if mode not in ("twice", "expired") else "ok"
        arguments = [part for pair in changed.items() for part in pair]
        self.process = subprocess.Popen([BIN / "ketenpoort-partner", self.role, *arguments], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)
        if not self.process.stdout.readline():
            raise RuntimeError(f"the simulator of {self.name} did not start")

    def stop(self):
        if self.proxy:
            self.proxy.close()
            self.proxy = None
        if self.process:
            self.process.kill()
            self.process.wait()
            self.process.stdout.close()
            self.process = None


def expired_certificate(state):
    """Of the sandbox's authority, and out of date since yesterday."""
    return server_certificate(state, "expired", -30, -1)


def server_certificate(state, name, begins, ends):
    """Of the sandbox's authority, good from so many days from now until so many; replaces the pair of that name."""
    authority = x509.load_pem_x509_certificate((state / "ca.pem").read_bytes())
    signing = serialization.load_pem_private_key((state / "keys/ca.key").read_bytes(), None)
    key = ec.generate_private_key(ec.SECP256R1())
    now = datetime.datetime.now(datetime.UTC)
    made = (x509.CertificateBuilder().subject_name(x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "localhost")]))
            .issuer_name(authority.subject).public_key(key.public_key()).serial_number(x509.random_serial_number())
            .not_valid_before(now + datetime.timedelta(days=begins)).not_valid_after(now + datetime.timedelta(days=ends))
            .add_extension(x509.SubjectAlternativeName([x509.DNSName("localhost"), x509.IPAddress(ipaddress.ip_address("127.0.0.1"))]), False)
            .add_extension(x509.ExtendedKeyUsage([x509.ExtendedKeyUsageOID.SERVER_AUTH]), False)
            .sign(signing, hashes.SHA256()))
    certificate, private = state / f"keys/{name}.pem", state / f"keys/{name}.key"
    certificate.write_bytes(made.public_bytes(serialization.Encoding.PEM))
    private.write_bytes(key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()))
    return str(certificate), str(private)


class AnswersTwice:
    """Takes each request to the simulator behind it and gives its answer back two times over, on a connection that stays open."""

    def __init__(self, box, options):
        self.server = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        self.server.load_cert_chain(options["--cert"], options["--key"])
        self.client = ssl.create_default_context(cafile=box.state / "ca.pem")
        self.client.load_cert_chain(box.state / "clients/gateway.pem", box.state / "clients/gateway.key")
        self.behind = free_port()
        self.listener = socket.create_server(("127.0.0.1", int(options["--port"])))
        self.open, self.twice = set(), 0
        threading.Thread(target=self.accept, daemon=True).start()

    def accept(self):
        while True:
            try:
                taken, _ = self.listener.accept()
            except OSError:
                return
            threading.Thread(target=self.serve, args=(taken,), daemon=True).start()

    @staticmethod
    def read_message(stream):
        """Head and body of a request or an answer with a Content-Length; nothing at the end."""
        head = b""
        while not head.endswith(b"\r\n\r\n"):
            line = stream.readline()
            if not line:
                return None
            head += line
        length = [int(line.split(b":")[1]) for line in head.lower().split(b"\r\n") if line.startswith(b"content-length:")]
        return head + stream.read(length[0] if length else 0)

    def serve(self, taken):
        self.open.add(taken)
        try:
            with self.server.wrap_socket(taken, server_side=True) as caller, caller.makefile("rb") as asked:
                while request := self.read_message(asked):
                    with socket.create_connection(("127.0.0.1", self.behind), timeout=30) as plain, \
                            self.client.wrap_socket(plain, server_hostname="localhost") as partner, partner.makefile("rb") as answered:
                        partner.sendall(request)
                        answer = self.read_message(answered)
                    if answer is None:
                        return
                    self.twice += 1
                    caller.sendall(answer + answer)
        except OSError:
            pass
        finally:
            self.open.discard(taken)

    def close(self):
        self.listener.shutdown(socket.SHUT_RDWR)  # else accept() keeps the port
        self.listener.close()
        for taken in list(self.open):
            try:
                taken.shutdown(socket.SHUT_RDWR)
            except OSError:
                pass
        time.sleep(0.1)  # the port is free again when the threads have seen it
