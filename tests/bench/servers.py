"""What is measured: the gateway in a sandbox of its own, and the peers. Each has a fresh state, stays on loopback and is ended by its pid."""
import contextlib
import json
import os
import shutil
import signal
import socket
import sqlite3
import ssl
import subprocess
import tempfile
import time
import urllib.request
from pathlib import Path

import load
import machine

START_PATIENCE = 60
END_PATIENCE = 30
SETTLE_PATIENCE = 60


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def make_certificate(folder):
    """A self-signed P-256 certificate for the peers; the gateway's sandbox makes its own, of the same kind."""
    certificate, key = folder / "peer.pem", folder / "peer.key"
    subprocess.run(["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-days", "2", "-subj",
                    "/CN=localhost", "-keyout", key, "-out", certificate], check=True, capture_output=True)
    return certificate, key


def wait_until(condition, seconds, what):
    deadline = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > deadline:
            raise RuntimeError(f"{what} did not happen within {seconds} s")
        time.sleep(0.05)


class Server:
    """One process (and its children), the request it is sent, and what it says it has kept."""

    name = ""

    def __init__(self, folder):
        self.state = Path(tempfile.mkdtemp(prefix=f"{self.name}-", dir=folder))
        self.request_file = self.state / "request"
        self.process = None

    def __enter__(self):
        try:
            self.start()
        except BaseException:
            self.close()
            raise
        return self

    def __exit__(self, *_):
        self.close()

    def spawn(self, *command, **options):
        with open(self.state / "log", "ab") as log:
            options.setdefault("stdout", log)
            self.process = subprocess.Popen([str(part) for part in command], stderr=log, **options)

    def wait_for_port(self, port):
        def listens():
            if self.process.poll() is not None:
                raise RuntimeError(f"{self.name} did not start: " + (self.state / "log").read_text()[-2000:])
            with socket.socket() as probe:
                return probe.connect_ex(("127.0.0.1", port)) == 0
        wait_until(listens, START_PATIENCE, f"the start of {self.name}")

    def pids(self):
        return machine.processes_under(self.process.pid)

    def kept(self):
        """Records it holds durably by its own account; None if it keeps none."""
        return None

    def settle(self):
        """Waits until it has done what it put off; seconds."""
        return 0.0

    def close(self):
        if self.process and self.process.poll() is None:
            self.process.send_signal(signal.SIGTERM)
            try:
                self.process.wait(timeout=END_PATIENCE)
            except subprocess.TimeoutExpired:
                for pid in self.pids():
                    with contextlib.suppress(OSError):
                        os.kill(pid, signal.SIGKILL)
                self.process.wait()
        shutil.rmtree(self.state, ignore_errors=True)


class Gateway(Server):
    name = "ketenpoort"

    def __init__(self, folder, bin_folder, referrals=0, options=()):
        super().__init__(folder)
        self.bin = bin_folder
        self.options = options
        self.referrals = referrals
        # record.received; transfer.requested and, nobody having consented, transfer.held
        self.entries_per_record = 1 + 2 * referrals

    def start(self):
        self.spawn(self.bin / "ketenpoort", "sandbox", "--state", self.state / "sandbox", "--now", "2026-11-24T12:00:00+01:00",
                   "--without", "vdab-referral", "--without", "agii-referral",  # one message a referral, as in every figure so far
                   *self.options, stdout=subprocess.PIPE)
        line = self.process.stdout.readline()
        if not line:
            raise RuntimeError("the sandbox did not start: " + (self.state / "log").read_text()[-2000:])
        self.info = json.loads(line)
        self.url = self.info["url"] + "/records"
        path = "/" + self.url.split("/", 3)[3]
        self.token = self.info["clients"]["fedasil"]["token"]
        self.body_bytes = load.write_request(self.request_file, path, self.token, load.record(self.referrals))
        self.settle()
        self.entries_at_start = self.figure("ledger_entries")

    def pids(self):
        return {self.info["pids"]["gateway"]}

    def simulators(self):
        return set(self.info["pids"].values()) - self.pids()

    def figure(self, name):
        with urllib.request.urlopen(self.info["metrics"], timeout=10) as answer:
            for line in answer.read().decode().splitlines():
                if line.startswith(f"ketenpoort_{name} "):
                    return int(float(line.split()[-1]))
        raise RuntimeError(f"the gateway has no figure {name}")

    def kept(self):
        """From the ledger; what is still to be decided must have been (settle)."""
        entries = self.figure("ledger_entries") - self.entries_at_start
        if entries % self.entries_per_record != 0:
            raise RuntimeError(f"{entries} entries are no whole number of records of {self.entries_per_record} entries each")
        return entries // self.entries_per_record

    def settle(self):
        """Until every transfer is decided, the vault has taken everything and a checkpoint covers it."""
        start, before = time.monotonic(), None

        def still():
            nonlocal before
            now = (self.figure("ledger_entries"), self.figure("ledger_published_entries"))
            same = now == before and now[0] == now[1] and self.figure("vault_pending_bytes") == 0
            before = now
            if not same:
                time.sleep(0.3)
            return same
        wait_until(still, SETTLE_PATIENCE, "settling")
        return time.monotonic() - start

    def give_consents(self, seconds, first_person=0):
        """Consents of as many people as it takes in that time; how many, from the first one on."""
        file = self.state / "consent"
        path = "/" + self.info["url"].split("/", 3)[3] + "/consents"
        load.write_request(file, path, self.info["clients"]["fedasil"]["token"], load.consent())
        sent = load.send(self.info["url"] + "/consents", file, seconds, first_person=first_person)
        if sent["refused"] or sent["broken"]:
            raise RuntimeError(f"{sent['refused']} consents were refused, {sent['broken']} broke")
        self.settle()
        return sent["requests"]

    def messages(self, partner):
        """Idempotency key and verdict of each message that a simulator holds in its one file."""
        with open(Path(self.info["partners"][partner]["received"]) / "messages.log", "rb") as log:
            while line := log.readline():
                message = json.loads(line)
                log.seek(message["bytes"] + 1, os.SEEK_CUR)
                yield message["headers"].get("idempotency-key"), message["verdict"]

    def rows(self):
        """Records in the vault's file, read by another program."""
        with contextlib.closing(sqlite3.connect(f"file:{self.info['state']}/data/vault.sqlite?mode=ro", uri=True)) as vault:
            return vault.execute("SELECT count(*) FROM record").fetchone()[0]

    def verify(self):
        """The auditor's program over the whole ledger; raises unless it passes."""
        done = subprocess.run([str(self.bin / "ketenpoort-verify"), self.info["ledger"], "--key", self.info["vkey"]], capture_output=True,
                              text=True, timeout=300)
        if done.returncode != 0:
            raise RuntimeError(f"the ledger does not verify:\n{done.stdout}{done.stderr}")


class Fastify(Server):
    name = "fastify"

    def __init__(self, folder, installed, certificate):
        super().__init__(folder)
        self.installed = installed
        self.certificate = certificate

    def start(self):
        port, token = free_port(), "0123456789abcdef" * 32
        self.database = self.state / "messages.sqlite"
        self.spawn("node", load.HERE / "peers/fastify/server.js", port, *self.certificate, self.database, token, cwd=self.installed)
        self.wait_for_port(port)
        self.url = f"https://127.0.0.1:{port}/records"
        self.body_bytes = load.write_request(self.request_file, "/records", token, load.record(0))

    def settle(self):
        """Until what was under way when the sender stopped is stored."""
        start, before = time.monotonic(), -1
        while before != (now := self.kept()):
            before = now
            time.sleep(0.3)
        return time.monotonic() - start

    def kept(self):
        with contextlib.closing(sqlite3.connect(f"file:{self.database}?mode=ro", uri=True)) as database:
            return database.execute("SELECT count(*) FROM message").fetchone()[0]


def find_nginx():
    program = shutil.which("nginx", path=os.environ.get("PATH", "") + ":/usr/sbin")
    if not program:
        raise RuntimeError("nginx is not installed; `./run bench` installs what is measured, or: apt-get install nginx-light")
    return program


class Nginx(Server):
    """TLS and HTTP, the body read and thrown away, an empty answer: the ceiling."""

    name = "nginx"

    def __init__(self, folder, certificate):
        super().__init__(folder)
        self.certificate = certificate

    def start(self):
        port = free_port()
        certificate, key = self.certificate
        configuration = self.state / "nginx.conf"
        configuration.write_text(f"""
daemon off; pid {self.state}/pid; error_log {self.state}/log; worker_processes {os.cpu_count()};
{"user root;" if os.geteuid() == 0 else ""}
events {{ worker_connections 4096; }}
http {{
  access_log off; keepalive_requests 100000000; keepalive_timeout 600s; client_body_buffer_size 64k;
  client_body_temp_path {self.state}/b; proxy_temp_path {self.state}/p; fastcgi_temp_path {self.state}/f; scgi_temp_path {self.state}/s;
  uwsgi_temp_path {self.state}/u;
  ssl_certificate {certificate}; ssl_certificate_key {key}; ssl_protocols TLSv1.2 TLSv1.3;
  server {{ listen 127.0.0.1:{port} ssl; location / {{ return 202; }} }}
}}
""")
        self.spawn(find_nginx(), "-e", self.state / "log", "-p", self.state, "-c", configuration)
        self.wait_for_port(port)
        self.url = f"https://127.0.0.1:{port}/records"
        self.body_bytes = load.write_request(self.request_file, "/records", "0123456789abcdef" * 32, load.record(0))


def open_idle(server, count):
    """`count` TLS connections that have each had one answer; the caller closes them."""
    context = ssl._create_unverified_context()  # of our own making, on loopback
    host, port = server.url.split("/")[2].split(":")
    connections = []
    for _ in range(count):
        connection = context.wrap_socket(socket.create_connection((host, int(port)), timeout=30), server_hostname="localhost")
        connections.append(connection)
        connection.sendall(b"GET /ketenpoort/v1/health HTTP/1.1\r\nHost: localhost\r\n\r\n")
        head, _, body = connection.recv(65536).partition(b"\r\n\r\n")
        length = next((int(line.split(b":")[1]) for line in head.lower().split(b"\r\n") if line.startswith(b"content-length:")), 0)
        while len(body) < length:
            body += connection.recv(65536)
    return connections
