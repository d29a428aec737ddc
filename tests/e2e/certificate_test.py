"""A certificate of the gateway's that ends soon is warned of in time, and gone when a new one was put to use."""
import os
import re
import signal
import unittest
import urllib.request

from bad_partner import server_certificate
from harness import BIN, Sandbox


class CertificateTest(unittest.TestCase):
    def setUp(self):
        self.box = Sandbox()
        self.addCleanup(self.box.close)

    def renew(self, ends):
        before = self.metric("configuration_reloads")
        server_certificate(self.box.state, "gateway-server", -300, ends)
        os.kill(self.box.info["pids"]["gateway"], signal.SIGHUP)
        self.box.wait("the reload", lambda: self.metric("configuration_reloads") == before + 1, 60)

    def metric(self, name):
        text = urllib.request.urlopen(self.box.info["metrics"], timeout=10).read().decode()
        return int(re.search(rf"^ketenpoort_{name} (-?\d+)$", text, re.MULTILINE)[1])

    def part(self):
        return self.box.call("GET", "/health", client=None).json["details"]["certificates"]

    def test_who_runs_it_is_told_of_a_certificate_before_it_ends(self):
        self.assertEqual(self.part(), {"status": "UP"})
        self.renew(9.5)
        part = self.part()
        self.assertEqual(part["status"], "DEGRADED")
        self.assertRegex(part["detail"], r"^gateway-server\.pem ends on \d{4}-\d\d-\d\d$")
        self.assertEqual(self.metric("certificate_days_left"), 9)
        self.assertIn('"event":"certificate_ends_soon","file":"gateway-server.pem","days":9', (self.box.state / "logs/gateway.log").read_text())
        checked = self.box.tool(BIN / "ketenpoort", "check", "--config", self.box.state / "gateway.yaml", check=0)
        self.assertRegex(checked.stderr, r"gateway-server\.pem: warning: this certificate ends on \d{4}-\d\d-\d\d: put a new one")
        self.renew(199.5)
        self.assertEqual(self.part(), {"status": "UP"})
        self.assertEqual(self.metric("certificate_days_left"), 199)

    def test_a_pair_that_does_not_fit_ends_the_start_as_a_mistake_that_no_restart_mends(self):
        self.box.kill_gateway()
        server_certificate(self.box.state, "other", -300, 90)
        key = (self.box.state / "keys/other.key").read_bytes()
        (self.box.state / "keys/gateway-server.key").write_bytes(key)
        done = self.box.tool(BIN / "ketenpoort", "serve", "--config", self.box.state / "gateway.yaml", check=1)
        self.assertIn("is not the key of the certificate", done.stderr)


if __name__ == "__main__":
    unittest.main()
