"""Batches: many records in one body, over real TLS."""
import contextlib
import http.client
import json
import socket
import time
import unittest
import urllib.parse

from harness import Answer, DOCUMENT, ROOT, Sandbox, SandboxTest
from people import consent, resident

EXAMPLES = ROOT / "mappings/examples"
CSV = (EXAMPLES / "legacy-csv-to-resident/01-three-residents.in.csv").read_bytes()
FIXED = (EXAMPLES / "legacy-fixed-to-resident/01-two-residents.in.txt").read_bytes()
NDJSON = "application/x-ndjson"
FIXED_TYPE = "application/vnd.ketenpoort.fixed-width"


def lines(records):
    return b"".join(json.dumps(r).encode() + b"\n" for r in records)


class BatchHelp:
    def post(self, box, body, content_type=NDJSON, client="fedasil", **headers):
        return box.call("POST", "/batches", body, raw=True, client=client, headers={"Content-Type": content_type, **headers})

    def accepted(self, answer):
        self.assertEqual(answer.status, 202, answer.body)
        self.assertEqual(answer.json["state"], "RUNNING")
        self.assertEqual(answer.headers["Location"], answer.json["self"])
        return answer.json["id"]

    def task(self, box, batch, client="fedasil"):
        answer = box.call("GET", "/batches/" + batch, client=client)
        self.assertEqual(answer.status, 200, answer.body)
        return answer.json

    def ended(self, box, batch, seconds=120):
        def look():
            task = self.task(box, batch)
            return None if task["state"] == "RUNNING" else task
        return box.wait("the end of the batch", look, seconds)

    def records_in_log(self, box):
        box.wait("the publishing", lambda: box.verify(check=None).returncode == 0, 20)
        time.sleep(1.2)  # the publisher's interval
        return [e for e in box.ledger_entries() if e["kind"] == "record.received"]

    def bodies_left(self, box):
        return [p.name for p in (box.state / "data/batches").iterdir() if p.suffix in (".part", ".body")]


class BatchTest(BatchHelp, SandboxTest):
    def test_two_thousand_rows_the_bad_ones_among_them(self):
        before = len(self.records_in_log(self.box))
        rows, bad = [], {}
        for i in range(2000):
            record = resident(f"F5{i:06}", referrals=[])
            line = i + 1
            if i % 400 == 17:
                bad[line] = "not JSON"
                rows.append(b'{"messageId": "' + b"Geheim" + b'"\n')
            elif i % 400 == 99:
                record["resident"]["birth"]["date"] = "1990-02-31"
                bad[line] = "resident.birth.date"
                rows.append(lines([record]))
            else:
                rows.append(lines([record]))
        task = self.ended(self.box, self.accepted(self.post(self.box, b"".join(rows))))
        self.assertEqual((task["state"], task["completed"], task["accepted"], task["rejected"]), ("DONE", 2000, 2000 - len(bad), len(bad)))
        errors = {i["line"]: i for i in task["issues"] if i["severity"] == "ERROR"}
        self.assertEqual(set(errors) | set(bad), set(bad))
        self.assertIn("resident.birth.date", {i.get("name") for i in errors.values()})
        for secret in ("Geheim", "1990-02-31", "Voorbeeld"):
            self.assertNotIn(secret, json.dumps(task))
        # Every record that was taken goes nowhere, and the sender is told.
        self.assertEqual(task["warnings"], 2000 - len(bad))
        self.assertEqual(len(task["issues"]), 1000)
        self.assertEqual(task["issuesLeftOut"], 1000)
        self.assertEqual(len(self.records_in_log(self.box)), before + 2000 - len(bad))
        self.assertEqual(self.bodies_left(self.box), [])
        self.box.verify_twice()

    def test_warns_of_a_record_that_goes_nowhere(self):
        def refers_to(number, *recipients):
            return resident(number, referrals=[{"id": r, "recipient": r, "purpose": "work-guidance", "reason": "WORK_TALK"} for r in recipients])
        rows = [refers_to("F5900001"), refers_to("F5900002", "forem"), refers_to("F5900003", "forem", "vdab")]
        task = self.ended(self.box, self.accepted(self.post(self.box, lines(rows))))
        self.assertEqual((task["accepted"], task["warnings"]), (3, 2))
        self.assertEqual([(i["line"], i["severity"], i["type"].split(":")[-1]) for i in task["issues"]],
                         [(1, "WARNING", "goesNowhere"), (2, "WARNING", "goesNowhere")])

    def test_a_row_is_what_post_records_takes_and_is_known_there(self):
        record = resident("F5100001")
        self.assertEqual(self.box.call("POST", "/consents", consent("F5100001")).status, 201)
        body = lines([record])
        task = self.ended(self.box, self.accepted(self.post(self.box, body)))
        self.assertEqual((task["accepted"], task["issues"]), (1, []), task)
        alone = self.box.call("POST", "/records", body.rstrip(b"\n"), raw=True)
        self.assertEqual(alone.status, 202)
        transfers = alone.json["transfers"]
        self.assertEqual({t["recipient"] for t in transfers}, {"vdab", "agii"})
        for transfer in transfers:
            state = lambda: self.box.call("GET", "/transfers/" + transfer["id"]).json["state"]
            self.box.wait("the delivery", lambda: state() == "acknowledged", 30)

    def test_rows_about_one_person_keep_their_order(self):
        first = resident("F5200001")
        rows = [{**first, "messageId": f"00000000-0000-4000-8000-00000000{i:04}"} for i in range(40)]
        task = self.ended(self.box, self.accepted(self.post(self.box, lines(rows))))
        self.assertEqual(task["accepted"], 40, task)
        ids = [self.box.call("POST", "/records", lines([row]).rstrip(b"\n"), raw=True).json["id"] for row in rows]
        self.assertEqual(ids, sorted(ids), "ids increase in the order of the log")

    def test_the_same_message_with_another_body_is_a_conflict_of_its_row_alone(self):
        first, other = resident("F5300001"), resident("F5300002")
        other["messageId"] = first["messageId"]
        task = self.ended(self.box, self.accepted(self.post(self.box, lines([first, other, resident("F5300003")]))))
        self.assertEqual((task["accepted"], task["rejected"]), (2, 1), task)
        self.assertEqual([(i["line"], i["type"]) for i in task["issues"]], [(2, "urn:problem-type:ketenpoort:conflict")])

    def test_an_idempotency_key_has_one_batch(self):
        body, key = lines([resident("F5400001", referrals=[])]), {"Idempotency-Key": "night-1"}
        first, again = self.post(self.box, body, **key), self.post(self.box, body, **key)
        self.accepted(first)
        self.ended(self.box, first.json["id"])
        later = self.post(self.box, body, **key)
        self.assertEqual((again.status, again.json, later.json), (202, first.json, first.json))
        self.assertEqual(self.post(self.box, lines([resident("F5400002")]), **key).status, 409)
        # Without one it is a task of its own, in which every row finds the answer it had.
        before = len(self.records_in_log(self.box))
        task = self.ended(self.box, self.accepted(self.post(self.box, body)))
        self.assertEqual(task["accepted"], 1)
        self.assertEqual(len(self.records_in_log(self.box)), before)

    def test_a_csv_file(self):
        rows = CSV.splitlines(keepends=True)
        bad = rows[1].replace(b"DESK-2009;f2000001;91.72.03-104.87", b"DESK-2009;F2900001;").replace(b"03/12/1991", b"31/02/1991")
        task = self.ended(self.box, self.accepted(self.post(self.box, b"".join(rows) + bad, "text/csv; charset=utf-8")))
        self.assertEqual((task["state"], task["completed"], task["accepted"], task["rejected"]), ("DONE", 4, 3, 1), task)
        self.assertEqual([(i["line"], i["name"]) for i in task["issues"] if i["severity"] == "ERROR"], [(5, "GEBOORTEDATUM")])
        self.assertIn((4, "TELEFOON"), {(i["line"], i["name"]) for i in task["issues"] if i["severity"] == "WARNING"})
        self.assertNotIn("31/02/1991", json.dumps(task))
        # The same file again doubles nothing.
        before = len(self.records_in_log(self.box))
        again = self.ended(self.box, self.accepted(self.post(self.box, b"".join(rows) + bad, "text/csv")))
        self.assertEqual((again["accepted"], again["rejected"]), (3, 1))
        self.assertEqual(len(self.records_in_log(self.box)), before)

    def test_a_csv_file_that_is_wrong_as_a_whole_fails_before_any_row(self):
        rows = CSV.splitlines(keepends=True)
        unclosed = b"".join(rows).replace(b";Ivanov;", b';"Ivanov;')
        for body, line in ((rows[0].replace(b"DOSSIERNR", b"DOSSIERNUMMER") + rows[1], 1), (unclosed, 4), (rows[1] + rows[2], 1)):
            task = self.ended(self.box, self.accepted(self.post(self.box, body, "text/csv")))
            self.assertEqual((task["state"], task["completed"], task["accepted"]), ("FAILED", 0, 0), task)
            self.assertEqual(task["issues"][0]["line"], line, task)
            for secret in ("Ivanov", "Rania", "91.72.03"):
                self.assertNotIn(secret, json.dumps(task))
        self.assertEqual(self.bodies_left(self.box), [])

    def test_a_fixed_width_file(self):
        task = self.ended(self.box, self.accepted(self.post(self.box, FIXED, FIXED_TYPE)))
        self.assertEqual((task["state"], task["completed"], task["accepted"]), ("DONE", 2, 2), task)
        cut_off = b"\n".join(FIXED.split(b"\n")[:2]) + b"\n"
        changed = FIXED.replace(b"HADDAD", b"HADDAX")
        count = FIXED.replace(b"9900000002", b"9900000003")
        for body in (cut_off, changed, count):
            task = self.ended(self.box, self.accepted(self.post(self.box, body, FIXED_TYPE)))
            self.assertEqual((task["state"], task["accepted"]), ("FAILED", 0), task)
            self.assertNotIn("HADDA", json.dumps(task))

    def test_a_clients_batches_are_its_own(self):
        batch = self.accepted(self.post(self.box, lines([resident("F5500001", referrals=[])])))
        others = [c for c in self.box.info["clients"] if c != "fedasil"]
        self.assertTrue(others)
        for client in others:
            self.assertIn(self.box.call("GET", "/batches/" + batch, client=client).status, (403, 404))
            self.assertEqual(self.post(self.box, b"{}\n", client=client).status, 403)
        self.assertEqual(self.box.call("GET", "/batches/" + batch, client=None).status, 401)
        self.assertEqual(self.box.call("GET", "/batches/00000000-0000-4000-8000-000000000000").status, 404)

    def test_what_is_no_batch_is_refused(self):
        self.assertEqual(self.post(self.box, b"").status, 400)
        for content_type in ("application/json", "application/xml", "nonsense"):
            answer = self.post(self.box, b"{}\n", content_type)
            self.assertEqual(answer.status, 415, answer.body)
        self.assertEqual(self.post(self.box, CSV, "text/csv; mapping=other").status, 415)
        self.assertEqual(self.bodies_left(self.box), [])

    def raw(self, head, *pieces):
        base = urllib.parse.urlsplit(self.box.info["url"])
        peer = self.box.tls.wrap_socket(socket.create_connection((base.hostname, base.port), timeout=20), server_hostname=base.hostname)
        token = self.box.info["clients"]["fedasil"]["token"]
        peer.sendall((f"POST {base.path}/{head[0]} HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer {token}\r\n"
                      f"Content-Type: {head[1]}\r\n{head[2]}\r\n").encode())
        for piece in pieces:
            peer.sendall(piece)
        return peer

    def answer(self, peer):
        with contextlib.closing(peer):
            response = http.client.HTTPResponse(peer)
            response.begin()
            return Answer(response.status, dict(response.getheaders()), response.read())

    def test_a_chunked_body_is_taken_here_and_nowhere_else(self):
        body = lines([resident(f"F56000{i:02}", referrals=[]) for i in range(20)])
        chunks = b"".join(b"%x\r\n%s\r\n" % (len(body[at:at + 700]), body[at:at + 700]) for at in range(0, len(body), 700)) + b"0\r\n\r\n"
        answer = self.answer(self.raw(("batches", NDJSON, "Transfer-Encoding: chunked\r\n"), chunks))
        DOCUMENT.check("POST", "/batches", answer)
        self.assertEqual(self.ended(self.box, self.accepted(answer))["accepted"], 20)
        refused = self.answer(self.raw(("records", "application/json", "Transfer-Encoding: chunked\r\n"), chunks))
        self.assertEqual(refused.status, 411)
        both = self.answer(self.raw(("batches", NDJSON, "Transfer-Encoding: chunked\r\nContent-Length: 5\r\n"), chunks))
        self.assertEqual((both.status, both.headers["Connection"]), (400, "close"))
        wrong = self.answer(self.raw(("batches", NDJSON, "Transfer-Encoding: chunked\r\n"), b"zz\r\n" + body))
        self.assertEqual((wrong.status, wrong.headers["Connection"]), (400, "close"))

    def test_chunks_may_be_as_small_as_they_like_and_come_byte_by_byte(self):
        body = lines([resident("F5650000", referrals=[])])
        one = b"".join(b"1\r\n%c\r\n" % byte for byte in body)
        odd = b"".join(b"0%x;at=\"%d\"\r\n%s\r\n" % (len(body[at:at + 3]), at, body[at:at + 3]) for at in range(0, len(body), 3))
        for chunks in (one + b"0\r\n\r\n", odd + b"00;last\r\nDigest: x\r\nB:\r\n\r\n"):
            peer = self.raw(("batches", NDJSON, "Transfer-Encoding: chunked\r\n"))
            peer.sendall(chunks[:-200])
            for at in range(len(chunks) - 200, len(chunks)):  # each in a TLS record of its own
                peer.sendall(chunks[at:at + 1])
            task = self.ended(self.box, self.accepted(self.answer(peer)))
            self.assertEqual((task["state"], task["accepted"], task["rejected"]), ("DONE", 1, 0), task)

    def test_what_can_be_no_chunk_is_refused_at_once(self):
        for wrong in (b"zz\r\n", b"G", b"\r\n", b"1\r\nXY", b"5\n", b"1\r\n{\r\n;"):
            began = time.monotonic()
            answer = self.answer(self.raw(("batches", NDJSON, "Transfer-Encoding: chunked\r\n"), wrong))
            self.assertEqual((answer.status, answer.headers["Connection"]), (400, "close"), wrong)
            self.assertLess(time.monotonic() - began, 5, wrong)
        self.box.wait("their removal", lambda: not self.bodies_left(self.box), 10)

    def test_half_a_body_is_nothing(self):
        body = lines([resident(f"F57000{i:02}", referrals=[]) for i in range(50)])
        before = len(self.records_in_log(self.box))
        for head in (f"Content-Length: {len(body)}\r\n", "Transfer-Encoding: chunked\r\n"):
            peer = self.raw(("batches", NDJSON, head), (b"%x\r\n" % len(body) if "chunked" in head else b"") + body[:-10])
            self.box.wait("a body on its way in", lambda: self.bodies_left(self.box), 10)
            peer.close()
            self.box.wait("its removal", lambda: not self.bodies_left(self.box), 10)
        self.assertEqual(len(self.records_in_log(self.box)), before)

    def test_a_client_has_so_many_on_their_way_and_no_more(self):
        peers = [self.raw(("batches", NDJSON, "Transfer-Encoding: chunked\r\n"), b"4\r\n{}\n\n\r\n") for _ in range(3)]
        self.box.wait("three bodies", lambda: len(self.bodies_left(self.box)) == 3, 10)
        answer = self.post(self.box, b"{}\n")
        self.assertEqual(answer.status, 503, answer.body)
        self.assertIn("Retry-After", answer.headers)
        for peer in peers:
            peer.close()
        self.box.wait("their removal", lambda: not self.bodies_left(self.box), 10)
        self.assertEqual(self.ended(self.box, self.accepted(self.post(self.box, b"{}\n")))["rejected"], 1)


class InterruptedTest(BatchHelp, unittest.TestCase):
    """The gateway is killed in the middle, or told to stop, and goes on by itself."""

    def setUp(self):
        self.box = Sandbox()
        self.addCleanup(self.box.close)

    def interrupt(self, kill):
        rows, bad = 12_000, 12
        records = [resident(f"F6{i:06}", referrals=[]) for i in range(rows)]
        for record in records[50::rows // bad]:
            record["resident"]["birth"]["date"] = "1990-02-31"
        batch = self.accepted(self.post(self.box, lines(records)))
        interruptions, running = 0, True
        while interruptions < 4 and running:
            if self.task(self.box, batch)["completed"] < interruptions * 2000:
                continue
            kill()
            running = bool(self.bodies_left(self.box))
            interruptions += 1 if running else 0
            self.box.start_gateway()
        self.assertGreater(interruptions, 0, "in the middle")
        task = self.ended(self.box, batch)
        self.assertEqual((task["state"], task["completed"], task["accepted"], task["rejected"]), ("DONE", rows, rows - bad, bad))
        self.assertEqual(len(self.records_in_log(self.box)), rows - bad)
        self.assertEqual(self.bodies_left(self.box), [])
        self.box.verify_twice()

    def test_kill_loses_and_doubles_no_row(self):
        self.interrupt(self.box.kill_gateway)

    def test_a_stop_loses_and_doubles_no_row(self):
        self.box.kill_gateway()
        self.box.start_gateway()

        def stop():
            self.assertEqual(self.box.stop_gateway(), 0)
            self.box.wait("the lock", self.box.lock_is_free, 10)
        self.interrupt(stop)

    def test_two_batches_at_once(self):
        many = self.accepted(self.post(self.box, lines([resident(f"F70{i:05}", referrals=[]) for i in range(3000)])))
        few = self.accepted(self.post(self.box, lines([resident(f"F71{i:05}", referrals=[]) for i in range(20)])))
        self.assertEqual(self.ended(self.box, few)["accepted"], 20)
        self.assertEqual(self.ended(self.box, many)["accepted"], 3000)


if __name__ == "__main__":
    unittest.main()
