"""What an operator's monitoring reads, and the alerts that it may begin with."""
import re
import unittest
import urllib.request

import yaml

from harness import BIN, ONE_MESSAGE, ROOT, SandboxTest
from people import resident

REFERRAL = [{"id": "R-1", "recipient": "vdab", "purpose": "work-guidance", "reason": "WORK_TALK"}]


class MetricsTest(SandboxTest):
    options = ONE_MESSAGE

    def metrics(self):
        text = urllib.request.urlopen(self.box.info["metrics"], timeout=10).read().decode()
        return {key: float(value) for key, value in (line.rsplit(" ", 1) for line in text.splitlines() if not line.startswith("#"))}

    def test_parts_of_the_health_are_shown_though_nobody_asks_for_it(self):
        health = lambda part: self.metrics()[f'ketenpoort_health{{part="{part}"}}']
        self.assertEqual({health("vault"), health("pausedPartners"), health("policy")}, {0})
        log = self.box.state / "logs/gateway.log"
        before = log.read_text()
        self.assertEqual(self.box.call("POST", "/partners/agii/pause", {"reason": "maintenance"}, client="operator").status, 200)
        self.box.wait("the part", lambda: health("pausedPartners") == 1, 10)
        self.assertIn('"event":"health_changed","part":"pausedPartners","health":"DEGRADED"', log.read_text()[len(before):])
        self.assertEqual(self.box.call("POST", "/partners/agii/resume", {}, client="operator").status, 200)
        self.box.wait("the part again", lambda: health("pausedPartners") == 0, 10)
        shown = set(re.findall(r'ketenpoort_health\{part="(\w+)"\}', "\n".join(self.metrics())))
        self.assertEqual(shown, set(self.box.call("GET", "/health", client=None).json["details"]))

    def test_transfers_are_counted_by_state(self):
        state = lambda name: self.metrics()[f'ketenpoort_transfers_by_state{{state="{name}"}}']
        before = state("held")
        self.assertEqual(self.box.call("POST", "/records", resident("M100", referrals=REFERRAL)).status, 202)
        self.box.wait("the hold", lambda: state("held") == before + 1, 20)
        figures = self.metrics()
        by_state = [value for name, value in figures.items() if name.startswith("ketenpoort_transfers_by_state{")]
        self.assertEqual((len(by_state), sum(by_state)), (9, figures["ketenpoort_transfers"]))

    def test_the_version_and_the_process_are_shown(self):
        version = self.box.tool(BIN / "ketenpoort", "--version", check=0).stdout.split()[-1]
        figures = self.metrics()
        self.assertEqual(figures[f'ketenpoort_build_info{{version="{version}"}}'], 1)
        self.assertLess(10, figures["process_open_fds"])
        self.assertLess(figures["process_open_fds"], figures["process_max_fds"])
        self.assertLess(10 << 20, figures["process_resident_memory_bytes"])

    def test_every_alert_is_of_something_shown_and_says_where_to_read_on(self):
        shown = {name.split("{")[0] for name in self.metrics()}
        headings = re.findall(r"^#+ (.*)$", (ROOT / "docs/operations.md").read_text(), re.MULTILINE)
        anchors = {re.sub(r"[^\w -]", "", heading.lower()).replace(" ", "-") for heading in headings}
        rules = [rule for group in yaml.safe_load((ROOT / "docs/prometheus-rules.yaml").read_text())["groups"] for rule in group["rules"]]
        self.assertGreater(len(rules), 5)
        for rule in rules:
            used = set(re.findall(r"\b(?:ketenpoort|process)_\w+", rule["expr"]))
            self.assertTrue(used and used <= shown, (rule["alert"], used - shown))
            file, _, anchor = rule["annotations"]["runbook"].partition("#")
            self.assertEqual(file, "operations.md")
            self.assertTrue(not anchor or anchor in anchors, (rule["alert"], anchor))


if __name__ == "__main__":
    unittest.main()
