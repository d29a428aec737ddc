"""Whatever is wrong gets a 4xx problem that says where and what to do; the gateway goes on."""
import base64
import hashlib
import http.client
import json
import socket
import ssl
import urllib.parse

from harness import SandboxTest
from people import changed, consent, resident


class BadInputTest(SandboxTest):
    def assert_problem(self, answer, status, where=None):
        self.assertEqual(answer.status, status, answer.body)
        self.assertEqual(answer.headers["Content-Type"], "application/problem+json")
        problem = answer.json
        self.assertEqual(problem["status"], status)
        self.assertTrue(problem["type"].startswith("urn:problem-type:"), problem)
        self.assertTrue(problem["title"])
        self.assertTrue(problem.get("detail") or problem.get("issues"))
        if where:
            self.assertIn(where, [issue.get("name") for issue in problem["issues"]], problem)
            self.assertTrue(all(issue["detail"] for issue in problem["issues"]))
        return problem

    def tearDown(self):
        self.assertEqual(self.box.call("GET", "/health", client=None).status, 200)

    def post(self, body, **options):
        return self.box.call("POST", "/records", body, **options)

    def test_broken_json(self):
        self.assert_problem(self.post('{"messageId": ', raw=True), 400)

    def test_duplicate_key(self):
        text = json.dumps(resident("B100")).replace('"recordVersion"', '"sentAt": "2026-11-24T09:00:00+01:00", "recordVersion"', 1)
        self.assert_problem(self.post(text, raw=True), 400)

    def test_unknown_property(self):
        self.assert_problem(self.post(resident("B101", resident__shoeSize=38)), 400, "resident.shoeSize")

    def test_unknown_input_is_called_so_and_never_passed_over(self):
        """Belgif REST guide: what a call does not know is refused as unknownInput, wherever it stands."""
        nobody = {"fedasilNumber": "B101"}
        calls = [
            ("fedasil", "/records", resident("B101", resident__shoeSize=38), "resident.shoeSize"),
            ("fedasil", "/records/query", {"colour": "red"}, "colour"),
            ("fedasil", "/consents/query", {"subject": nobody, "colour": "red"}, "colour"),
            ("fedasil", "/consents/query", {"subject": {"90051400138": "x"}}, "subject.?"),
            ("fedasil", "/consents", {**consent("B101"), "colour": "red"}, "colour"),
            ("fedasil", "/transfers/replay", {"filter": {"colour": "red"}}, "filter.colour"),
            ("operator", "/partners/vdab/pause", {"colour": "red"}, "colour"),
            ("dpo", "/audit/subjects/query", {"subject": nobody, "purpose": "complaint", "colour": "red"}, "colour"),
            ("rights", "/requests", {"subject": nobody, "article": 15, "colour": "red"}, "colour"),
            ("rights", "/breaches", {"colour": "red"}, "colour"),
        ]
        for client, path, body, where in calls:
            with self.subTest(path=path):
                problem = self.assert_problem(self.box.call("POST", path, body, client=client), 400, where)
                issue = next(issue for issue in problem["issues"] if issue["name"] == where)
                self.assertEqual(issue["type"], "urn:problem-type:belgif:input-validation:unknownInput")
        problem = self.assert_problem(self.box.call("GET", "/transfers?colour=red"), 400, "colour")
        self.assertEqual(problem["issues"][0]["type"], "urn:problem-type:belgif:input-validation:unknownInput")

    def test_wrong_type(self):
        self.assert_problem(self.post(resident("B102", resident__sex="female")), 400, "resident.sex")

    def test_missing_property(self):
        self.assert_problem(self.post(resident("B103", procedure__asOf=None)), 400, "procedure.asOf")

    def test_several_problems_at_once(self):
        problem = self.assert_problem(self.post(resident("B104", resident__sex="f", procedure__status="MAYBE")), 400, "resident.sex")
        self.assertIn("procedure.status", [i["name"] for i in problem["issues"]])

    def test_wrong_check_digit_names_the_place_and_never_the_number(self):
        record = resident("B105")
        ssin = record["resident"]["identifiers"]["ssin"]
        wrong = ssin[:-1] + str((int(ssin[-1]) + 1) % 10)
        answer = self.post(changed(record, resident__identifiers={"fedasilNumber": "B105", "ssin": wrong}))
        self.assert_problem(answer, 400, "resident.identifiers.ssin")
        self.assertNotIn(wrong.encode(), answer.body)

    def test_unknown_code(self):
        self.assert_problem(self.post(resident("B106", referrals=[
            {"id": "x", "recipient": "vdab", "purpose": "work-guidance", "reason": "BECAUSE"}])), 400, "referrals[0].reason")

    def test_day_that_never_was(self):
        self.assert_problem(self.post(resident("B107", procedure__lodgedOn="2026-02-30")), 400, "procedure.lodgedOn")

    def test_wrong_enterprise_number(self):
        record = resident("B108")
        record["source"]["organisation"] = "0860737914"
        self.assert_problem(self.post(record), 400, "source.organisation")

    def test_two_megabytes(self):
        try:
            answer = self.post(json.dumps({"padding": "x" * (2 << 20)}), raw=True)
            self.assert_problem(answer, 413)
        except (BrokenPipeError, ConnectionResetError, ssl.SSLError):
            pass  # the gateway answered and closed while we were still sending

    def test_other_content_type(self):
        self.assert_problem(self.post("a;b", raw=True, headers={"Content-Type": "text/plain"}), 415)
        self.assert_problem(self.post("a;b", raw=True, headers={"Content-Type": "text/csv"}), 400)

    def test_no_token_wrong_token_missing_scope(self):
        self.assert_problem(self.post(resident("B109"), client=None), 401)
        self.assert_problem(self.post(resident("B109"), token="abc.def.ghi"), 401)
        token = self.box.info["clients"]["fedasil"]["token"]
        head, payload, signature = token.split(".")
        self.assert_problem(self.post(resident("B109"), token=f"{head}.{payload}.{signature[::-1]}"), 401)
        problem = self.assert_problem(self.post(resident("B109"), client="operator"), 403)
        self.assertIn("records", problem["requiredScopes"])

    def test_certificate_alone_authenticates(self):
        context = ssl.create_default_context(cafile=self.box.path(self.box.info["ca"]))
        fedasil = self.box.info["clients"]["fedasil"]
        context.load_cert_chain(self.box.path(fedasil["cert"]), self.box.path(fedasil["key"]))
        answer = self.box.call("GET", "/transfers", client=None, context=context)
        self.assertEqual(answer.status, 200, answer.body)

    def test_unknown_places(self):
        self.assert_problem(self.box.call("GET", "/nowhere"), 404)
        self.assert_problem(self.box.call("DELETE", "/transfers"), 405)
        self.assert_problem(self.box.call("GET", "/transfers/00000000-0000-4000-8000-000000000000"), 404)
        self.assert_problem(self.box.call("GET", "/transfers?colour=red"), 400, "colour")
        self.assert_problem(self.box.call("GET", "/transfers?recipient="), 400, "recipient")
        self.assert_problem(self.box.call("GET", "/transfers?recipient=nobody"), 400, "recipient")
        for path in ("/records/query", "/records/preview", "/consents/query", "/transfers/query", "/transfers/replay"):
            answer = self.box.call("GET", path)
            self.assert_problem(answer, 405)
            self.assertEqual(answer.headers["Allow"], "POST", path)
        self.assert_problem(self.box.call("GET", "/transfers?state=lost"), 400, "state")
        self.assert_problem(self.box.call("POST", "/consents/not-an-id/withdraw", {}), 404)

    def test_head_is_get_without_the_body(self):
        """What watches a service by HEAD hears what a GET would (RFC 9110 section 9.3.2)."""
        for path, client in (("/health", None), ("/transfers", "fedasil"), ("/nowhere", "fedasil"), ("/transfers?colour=red", "fedasil"), ("/doc/openapi.yaml", None)):
            get = self.box.call("GET", path, client=client)
            head = self.box.send_head(path, client)
            self.assertEqual((head.status, head.body), (get.status, b""), path)
            for name in ("Content-Type", "ETag"):
                self.assertEqual(head.headers.get(name), get.headers.get(name), path)
            if path != "/health":
                self.assertEqual(head.headers.get("Content-Length"), get.headers.get("Content-Length"), path)
        held = self.box.send_head("/mailbox/00000000-0000-4000-8000-000000000000", "vdab")
        self.assertEqual((held.status, held.headers["Allow"]), (405, "GET"), "who fetches has it from then on")

    def test_a_reload_takes_nothing(self):
        for body, where in (({"shoeSize": 38}, "shoeSize"), ([], "$"), (None, "$")):
            answer = self.box.call("POST", "/mappings/reload", json.dumps(body), client="operator", raw=True)
            self.assert_problem(answer, 400, where)
        self.assertEqual(self.box.call("POST", "/mappings/reload", {}, client="operator").status, 200)

    def test_transfers_to_who_is_not_connected_are_listed(self):
        self.assertEqual(self.post(resident("B120", referrals=[
            {"id": "x", "recipient": "forem", "purpose": "work-guidance", "reason": "WORK_TALK"}])).status, 202)
        self.box.settle()
        self.assertEqual([(t["recipient"], t["state"]) for t in self.box.transfers(recipient="forem")], [("forem", "refused")])

    def test_wrong_consents(self):
        good = consent("B110")
        for change, where in (({"notice": {"id": "chain-cooperation", "version": "9.9", "language": "ara"}}, "notice"),
                              ({"subject": {"immigrationOfficeNumber": "1234567"}}, "subject"),
                              ({"expressed": {"how": "PAPER", "on": "2027-01-01"}}, "expressed.on")):
            self.assert_problem(self.box.call("POST", "/consents", {**good, **change}), 400, where)
        wrong = consent("B110")
        wrong["consents"][0]["categories"].append("shoe-size")
        self.assert_problem(self.box.call("POST", "/consents", wrong), 400, f"consents[0].categories[{len(wrong['consents'][0]['categories']) - 1}]")
        wrong = consent("B110")
        wrong["consents"][0]["validUntil"] = "2028-01-01"
        self.assert_problem(self.box.call("POST", "/consents", wrong), 400, "consents[0].validUntil")

    def test_a_body_that_is_not_the_one_its_digest_was_made_of(self):
        text = json.dumps(resident("B200"))
        made_of = lambda body: {"Content-Digest": "sha-256=:" + base64.b64encode(hashlib.sha256(body.encode()).digest()).decode() + ":"}
        for wrong in (made_of(text + " "), {"Content-Digest": "sha-256=nothing"}):
            self.assert_problem(self.post(text, raw=True, headers=wrong), 400, "Content-Digest")
            rows = {"Content-Type": "application/x-ndjson"}
            self.assert_problem(self.box.call("POST", "/batches", text, raw=True, headers=rows | wrong), 400, "Content-Digest")
        self.assertEqual(self.box.call("POST", "/records/query", {"subject": {"fedasilNumber": "B200"}}).json["items"], [])
        self.assertEqual(self.post(text, raw=True, headers=made_of(text)).status, 202)
        batch = self.box.call("POST", "/batches", text, raw=True, headers=rows | made_of(text))
        self.assertEqual(batch.status, 202)
        ended = lambda: (lambda task: task if task["state"] == "DONE" else None)(self.box.call("GET", "/batches/" + batch.json["id"]).json)
        self.assertEqual(self.box.wait("the batch", ended)["accepted"], 1)

    def test_an_idempotency_key_that_cannot_be_kept(self):
        for key in ("", "k" * 256, "caf\xe9"):
            self.assert_problem(self.post(resident("B201"), headers={"Idempotency-Key": key}), 400, "Idempotency-Key")
        text = json.dumps(resident("B201"))
        token = self.box.info["clients"]["fedasil"]["token"]
        twice = (f"POST /ketenpoort/v1/records HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {token}\r\nContent-Type: application/json\r\n"
                 f"Idempotency-Key: a\r\nIdempotency-Key: b\r\nContent-Length: {len(text)}\r\nConnection: close\r\n\r\n{text}")
        status, body, _ = self.exchange(twice.encode())
        self.assertEqual(status, 400)
        self.assertIn(b"stands twice", body)

    def test_what_is_polled_is_not_sent_again_while_it_is_the_same(self):
        sent = self.post(resident("B202")).json
        self.box.settle()
        for path in ("/records/" + sent["id"], "/transfers/" + sent["transfers"][0]["id"], "/transfers?pageSize=1"):
            first = self.box.call("GET", path)
            again = self.box.call("GET", path, headers={"If-None-Match": first.headers["ETag"]})
            self.assertEqual((again.status, again.body, again.headers["ETag"]), (304, b"", first.headers["ETag"]))
            self.assertEqual(self.box.call("GET", path, headers={"If-None-Match": '"other"'}).body, first.body)

    def exchange(self, raw):
        base = urllib.parse.urlsplit(self.box.info["url"])
        with socket.create_connection((base.hostname, base.port), timeout=10) as plain:
            with self.box.tls.wrap_socket(plain, server_hostname=base.hostname) as connection:
                connection.sendall(raw)
                answer = http.client.HTTPResponse(connection)
                answer.begin()
                status, body = answer.status, answer.read()
                closed = answer.will_close or connection.recv(1) == b""
        return status, body, closed

    def test_nobody_waits_for_the_body_of_who_may_not_call(self):
        vdab = self.box.info["clients"]["vdab"]["token"]
        for path, token, status in (("records", None, 401), ("records", "x.y.z", 401), ("records", vdab, 403), ("nowhere", None, 404), ("health", None, 405)):
            fields = f"Authorization: Bearer {token}\r\n" if token else ""
            begun = f"POST /ketenpoort/v1/{path} HTTP/1.1\r\nHost: 127.0.0.1\r\n{fields}Content-Type: application/json\r\nContent-Length: 900000\r\n\r\n{{"
            self.assertEqual(self.exchange(begun.encode())[::2], (status, True), (path, status))

    def test_ambiguous_framing_is_refused_and_the_connection_closed(self):
        head = b"POST /ketenpoort/v1/records HTTP/1.1\r\nHost: 127.0.0.1\r\n"
        cases = {
            "two lengths": head + b"Content-Length: 2\r\nContent-Length: 3\r\n\r\n{}",
            "length and chunks": head + b"Content-Length: 2\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
            "gzip before length": head + b"Transfer-Encoding: gzip\r\nContent-Length: 2\r\n\r\n{}",
            "folded header": head + b"X-A: b\r\n c\r\nContent-Length: 2\r\n\r\n{}",
            "two hosts": head + b"Host: other\r\nContent-Length: 2\r\n\r\n{}",
            "no host": b"GET /ketenpoort/v1/health HTTP/1.1\r\n\r\n",
            "chunked": head + b"Transfer-Encoding: chunked\r\n\r\n2\r\n{}\r\n0\r\n\r\n",
            "chunked in 1.0": b"POST /ketenpoort/v1/records HTTP/1.0\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
        }
        for name, raw in cases.items():
            with self.subTest(name):
                status, body, closed = self.exchange(raw)
                self.assertIn(status, (400, 411, 501, 505), body)
                self.assertTrue(closed)
