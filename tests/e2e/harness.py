"""A sandbox of its own for each test: real gateway, real simulators, real TLS on loopback."""
import contextlib
import fcntl
import http.client
import json
import os
import random
import re
import shutil
import signal
import socket
import ssl
import subprocess
import sys
import tempfile
import time
import unittest
import urllib.parse
from pathlib import Path

from openapi import Document

ROOT = Path(__file__).resolve().parents[2]
BIN = Path(os.environ.get("KETENPOORT_BIN", ROOT / "build/release/bin"))
NOW = "2026-11-24T12:00:00+01:00"  # what dates in the samples are relative to


# For tests that follow one transfer: a referral becomes the profile or the dossier alone, without the message to MAGDA.
ONE_MESSAGE = ("--without", "vdab-referral", "--without", "agii-referral")

DOCUMENT = Document()


def free_port():
    """One that nobody listens on, below those that the system gives to outgoing connections: it is still free when it is taken."""
    while True:
        with socket.socket() as held, contextlib.suppress(OSError):
            held.bind(("127.0.0.1", random.randrange(20000, 32768)))
            return held.getsockname()[1]


def bound_by_key(body):
    """What an idempotency key stands for: of a SOAP envelope the Body, since the header is signed anew for each call."""
    inside = re.search(rb"<soapenv:Body[^>]*>(.*)</soapenv:Body>", body, re.DOTALL)
    return inside.group(1) if inside else body


class Answer:
    def __init__(self, status, headers, body):
        self.status, self.headers, self.body = status, headers, body

    @property
    def json(self):
        return json.loads(self.body)


class Sandbox:
    """`ketenpoort sandbox` in a temporary folder, ended when the test ends."""

    def __init__(self, *options, state=None, now=NOW):
        self.state = Path(state or tempfile.mkdtemp(prefix="ketenpoort-e2e-"))
        self.owns_state = state is None
        self.stderr = open(self.state / "sandbox.stderr", "ab")
        command = [BIN / "ketenpoort", "sandbox", "--state", self.state, *(["--now", now] if now else []), *options]
        self.process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=self.stderr)
        line = self.process.stdout.readline()
        if not line:
            self.process.wait()
            self.process.stdout.close()
            self.stderr.close()
            raise RuntimeError("the sandbox did not start: " + (self.state / "sandbox.stderr").read_text())
        self.info = json.loads(line)
        self.gateway = None  # one that was started anew
        self.tls = ssl.create_default_context(cafile=self.path(self.info["ca"]))

    def path(self, name):
        return str(self.state / name)

    def call(self, method, path, body=None, client="fedasil", headers=(), token=None, context=None, raw=False):
        """One request; `body` is JSON unless raw. The token of `client` authenticates; client None sends none."""
        base = urllib.parse.urlsplit(self.info["url"])
        connection = http.client.HTTPSConnection(base.hostname, base.port, timeout=30, context=context or self.tls)
        send = {"Content-Type": "application/json"} if body is not None else {}
        if token or client:
            send["Authorization"] = "Bearer " + (token or self.info["clients"][client]["token"])
        send.update(headers)
        data = body if raw or body is None else json.dumps(body)
        target = path if path.startswith("/ketenpoort") else base.path + path
        with contextlib.closing(connection):
            connection.request(method, target, data.encode() if isinstance(data, str) else data, send)
            response = connection.getresponse()
            answer = Answer(response.status, dict(response.getheaders()), response.read())
        if target.startswith(base.path + "/"):
            DOCUMENT.check(method, target[len(base.path):].partition("?")[0], answer)
        return answer

    def send_head(self, path, client):
        base = urllib.parse.urlsplit(self.info["url"])
        connection = http.client.HTTPSConnection(base.hostname, base.port, timeout=30, context=self.tls)
        with contextlib.closing(connection):
            connection.request("HEAD", base.path + path, headers={"Authorization": "Bearer " + self.info["clients"][client]["token"]} if client else {})
            response = connection.getresponse()
            return Answer(response.status, dict(response.getheaders()), response.read())

    def transfers(self, **query):
        """Every transfer, over all pages."""
        path, items = "/transfers?pageSize=500" + "".join(f"&{k}={v}" for k, v in query.items()), []
        while path:
            page = self.call("GET", path).json
            items += page["items"]
            following = page.get("next")
            path = following and following.split("/ketenpoort/v1", 1)[1]
        return items

    def wait(self, what, condition, seconds=60):
        deadline = time.monotonic() + seconds
        while time.monotonic() < deadline:
            value = condition()
            if value:
                return value
            time.sleep(0.1)
        raise AssertionError(f"{what} did not happen within {seconds} s")

    def settle(self, seconds=120, busy=("requested", "permitted", "failed")):
        """Waits until nothing is on its way any more; returns all transfers."""
        return self.wait("settling", lambda: (lambda all_: all_ if all(t["state"] not in busy for t in all_) else None)(self.transfers()), seconds)

    def received(self, partner, beside=""):
        """What a simulator kept, in order: (facts, body)."""
        folder = self.state / (self.info["partners"] | self.info["receivers"])[partner]["received"]
        folder = folder.with_name(folder.name + beside)
        return [(json.loads(p.read_text()), p.with_suffix(".body").read_bytes()) for p in sorted(folder.glob("[0-9]*.json"))]

    def feed(self, after=None, size=500):
        """Every event behind a place, over all pages."""
        path, events = f"/events?pageSize={size}" + (f"&after={after}" if after else ""), []
        while path:
            answer = self.call("GET", path)
            if answer.status != 200:
                raise AssertionError(f"{answer.status}: {answer.body}")
            events += answer.json["items"]
            following = answer.json.get("next")
            path = following and following.split("/ketenpoort/v1", 1)[1]
        return events

    def told(self):
        """What the receiver of events took, each event once, in the order it first came; one that came again was the same."""
        events = {}
        for facts, body in self.received("fedasil"):
            if facts["verdict"] == "ok":
                for event in json.loads(body):
                    if events.setdefault(event["id"], event) != event:
                        raise AssertionError(f"event {event['id']} came with other content")
        return list(events.values())

    def recalls(self, partner):
        """What it was told about data that it has: (facts, body as JSON)."""
        return [(facts, json.loads(body)) for facts, body in self.received(partner, "-recalls")]

    def tool(self, *arguments, check=None):
        done = subprocess.run([str(a) for a in arguments], capture_output=True, text=True, timeout=600)
        if check is not None and done.returncode != check:
            raise AssertionError(f"{arguments}: exit {done.returncode}, not {check}\n{done.stdout}\n{done.stderr}")
        return done

    def send(self, *files, check=0):
        return self.tool(BIN / "ketenpoort", "send", "--sandbox", self.state, *files, "--json", check=check)

    def verify(self, *options, check=0):
        return self.tool(BIN / "ketenpoort-verify", self.path(self.info["ledger"]), "--key", self.info["vkey"], *options, check=check)

    def verify_twice(self):
        """By both verifiers, the second of which shares no code with the gateway. Nothing may be under way."""
        self.verify()
        second = ROOT / "tests/verifier/ketenpoort_verify.py"
        return self.tool(sys.executable, second, self.path(self.info["ledger"]), "--key", self.info["vkey"], check=0)

    def ledger_entries(self):
        """The entries of the published log (docs/ledger-format.md, segments)."""
        entries = []
        for segment in sorted((Path(self.path(self.info["ledger"])) / "segments").iterdir()):
            content = segment.read_bytes()
            at = 0
            while at < len(content):
                length = int.from_bytes(content[at:at + 2], "big")
                if at + 2 + length > len(content):
                    break  # being written just now
                entries.append(json.loads(content[at + 2:at + 2 + length]))
                at += 2 + length
        return entries

    def kill_gateway(self):
        """kill -9, the way a power cut would."""
        pid = self.gateway.pid if self.gateway else self.info["pids"]["gateway"]
        os.kill(pid, signal.SIGKILL)
        if self.gateway:
            self.gateway.wait()
        else:
            self.wait("the gateway's end", lambda: self.has_ended(pid), 10)
        self.wait("the lock", self.lock_is_free, 10)

    @staticmethod
    def has_ended(pid):
        try:
            return "Z" in Path(f"/proc/{pid}/stat").read_text().split(")")[1][:3]
        except (FileNotFoundError, ProcessLookupError):  # gone, before or while it was looked at
            return True

    def lock_is_free(self):
        """A process whose first thread is gone may hold it a little longer."""
        with open(self.state / "data/lock") as lock:
            try:
                fcntl.flock(lock, fcntl.LOCK_SH | fcntl.LOCK_NB)
                return True
            except BlockingIOError:
                return False

    broken = http.client.HTTPException  # half an answer, or none

    def start_gateway(self, wait=True, environment=None):
        with open(self.state / "gateway-again.log", "ab") as log:
            self.gateway = subprocess.Popen([BIN / "ketenpoort", "serve", "--config", self.state / "gateway.yaml"], stdout=log, stderr=log,
                                            env={**os.environ, **(environment or {})})
        if wait:
            self.wait("the gateway's start", self.is_up, 60)

    def stop_gateway(self):
        """SIGTERM, and what it exits with."""
        self.gateway.send_signal(signal.SIGTERM)
        return self.gateway.wait(timeout=60)

    def is_up(self):
        if self.gateway and self.gateway.poll() is not None:
            raise AssertionError("the gateway ended: " + (self.state / "gateway-again.log").read_text()[-2000:])
        with contextlib.suppress(OSError, http.client.HTTPException):
            return self.call("GET", "/health", client=None).status == 200
        return False

    def close(self):
        if self.gateway and self.gateway.poll() is None:
            self.gateway.kill()
            self.gateway.wait()
        self.process.send_signal(signal.SIGTERM)
        try:
            self.process.wait(timeout=60)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
        self.process.stdout.close()
        self.stderr.close()
        if self.owns_state:
            shutil.rmtree(self.state, ignore_errors=True)


class SandboxTest(unittest.TestCase):
    """A fresh sandbox per test class."""

    options = ()

    @classmethod
    def setUpClass(cls):
        cls.box = Sandbox(*cls.options)
        cls.addClassCleanup(cls.box.close)
