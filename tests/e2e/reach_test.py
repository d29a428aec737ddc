"""`ketenpoort check --reach`: whether those that the gateway calls answer, before the first message and when one does not arrive."""
import json
import os
import signal
import subprocess
import unittest

from harness import BIN, SandboxTest

ALL = {"partner agii", "partner agii, channel magda", "partner municipality", "partner vdab, authorization", "partner vdab",
       "partner vdab, channel magda", "client fedasil, webhook"}


class ReachTest(SandboxTest):
    def reach(self, *options, check):
        return self.box.tool(BIN / "ketenpoort", "check", "--config", self.box.state / "gateway.yaml", "--reach", *options, check=check)

    def found(self, check):
        told = json.loads(self.reach("--json", check=check).stdout)
        self.assertEqual(told["ok"], check == 0)
        wrong = {one["where"]: one["detail"] for one in told["reached"] if not one["ok"]}
        self.assertEqual({error["where"]: error["detail"] for error in told.get("errors", [])}, wrong)
        return {one["where"] for one in told["reached"]}, wrong

    def change(self, name, old, new):
        file = self.box.state / name
        text = file.read_text()
        self.assertIn(old, text)
        file.write_text(text.replace(old, new))
        self.addCleanup(file.write_text, text)

    def test_1_all_answer_and_nothing_is_handed_over(self):
        self.assertEqual(self.found(check=0), (ALL, {}))
        told = self.reach(check=0).stdout
        self.assertRegex(told, r"partner agii: https://127\.0\.0\.1:\d+ answers \(HTTP \d+\)")
        self.assertRegex(told, r"partner vdab, authorization: https://127\.0\.0\.1:\d+ gives a token for \d+ s")
        for partner in ("agii", "vdab", "municipality"):
            received = self.box.state / "received" / partner
            self.assertTrue(received.is_dir())
            self.assertEqual(list(received.glob("[0-9]*")), [])

    def test_2_whose_certificate_is_of_an_authority_that_we_do_not_know_is_named(self):
        stranger = self.box.state / "stranger.pem"
        subprocess.run(["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-days", "2", "-subj",
                        "/CN=stranger", "-keyout", self.box.state / "stranger.key", "-out", stranger], check=True, capture_output=True)
        ca = next(line for line in (self.box.state / "partners/municipality.yaml").read_text().splitlines() if line.strip().startswith("ca:"))
        self.change("partners/municipality.yaml", ca, ca.split(":")[0] + f": {stranger}")
        _, wrong = self.found(check=3)
        self.assertEqual(set(wrong), {"partner municipality"})
        self.assertIn("Look at `ca`", wrong["partner municipality"])

    def test_3_a_token_that_is_not_given_is_told_with_why(self):
        name = next(line for line in (self.box.state / "partners/vdab.yaml").read_text().splitlines() if "clientId:" in line)
        self.change("partners/vdab.yaml", name, name.split(":")[0] + ": somebody-else")
        _, wrong = self.found(check=3)
        self.assertEqual(set(wrong), {"partner vdab, authorization"})
        self.assertRegex(wrong["partner vdab, authorization"], r"gives no token \(token-.*\)\. Look at `clientId`")

    def test_4_who_is_away_is_named_and_all_others_are_still_asked(self):
        os.kill(self.box.info["pids"]["vdab"], signal.SIGKILL)
        all_asked, wrong = self.found(check=3)
        self.assertEqual((all_asked, set(wrong)), (ALL, {"partner vdab", "partner vdab, channel magda"}))
        self.assertIn("cannot connect", wrong["partner vdab"])
        self.assertIn("partner vdab: error: https://127.0.0.1:", self.reach(check=3).stderr)


if __name__ == "__main__":
    unittest.main()
