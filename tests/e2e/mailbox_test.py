"""Partners that fetch: what waits, what is given out, what a withdrawal still stops, and what a kill -9 leaves of it. And partners
that an operator pauses."""
import base64
import collections
import contextlib
import datetime
import hashlib
import http.client
import random
import re
import ssl
import threading
import time
import unittest
import urllib.parse
import urllib.request
import uuid
from concurrent.futures import ThreadPoolExecutor

from harness import Answer, DOCUMENT, ONE_MESSAGE, Sandbox, SandboxTest
from people import consent, resident

VDAB = [{"id": "M-1", "recipient": "vdab", "purpose": "work-guidance", "reason": "WORK_TALK"}]
AGII = [{"id": "M-2", "recipient": "agii", "purpose": "language-course", "reason": "NIV_TEST"}]


class Partner:
    """A partner's own program: mutual TLS with its certificate, one connection that is kept."""

    def __init__(self, box, name):
        self.box, self.name, self.base = box, name, urllib.parse.urlsplit(box.info["url"])
        self.tls = ssl.create_default_context(cafile=box.path(box.info["ca"]))
        self.tls.load_cert_chain(box.info["clients"][name]["cert"], box.info["clients"][name]["key"])
        self.connection = None

    def call(self, method, path, body=None, headers=()):
        if self.connection is None:
            self.connection = http.client.HTTPSConnection(self.base.hostname, self.base.port, timeout=60, context=self.tls)
        send = {"Content-Type": "application/json", **dict(headers)} if body is not None else dict(headers)
        self.connection.request(method, self.base.path + path, body, send)
        response = self.connection.getresponse()
        answer = Answer(response.status, dict(response.getheaders()), response.read())
        DOCUMENT.check(method, path.partition("?")[0], answer)
        return answer

    def patient(self, method, path, body=None, headers=()):
        """Asked again while the gateway is busy."""
        while (answer := self.call(method, path, body, headers)).status == 503 and answer.headers.get("Retry-After") == "1":
            time.sleep(0.05)
        return answer

    def close(self):
        if self.connection:
            self.connection.close()
            self.connection = None

    def list(self, page_size=500):
        path, items = f"/mailbox?pageSize={page_size}", []
        while path:
            page = self.patient("GET", path)
            assert page.status == 200, page.body
            items += page.json["items"]
            path = page.json.get("next") and page.json["next"].split("/ketenpoort/v1", 1)[1]
        return items

    def ids(self):
        return [item["id"] for item in self.list()]

    def fetch(self, transfer):
        return self.patient("GET", "/mailbox/" + transfer)

    def acknowledge(self, transfer, body='{"reference":"OWN-1"}', headers=()):
        return self.patient("POST", f"/mailbox/{transfer}/acknowledge", body, headers)


def fetching(box, lease):
    """VDAB fetches and is still called about data it has; AgII fetches everything and has no address at all."""
    vdab, agii = (box.state / f"partners/{name}.yaml" for name in ("vdab", "agii"))
    for file in (vdab, agii):
        text = re.sub(r"(needsSsin: \w+) }", r"\1, channel: mailbox }", file.read_text())
        file.write_text(text + f"mailbox: {{ lease: {lease} }}\n")
    agii.write_text(re.sub(r"adapter:.*\nurl:.*\ntls:\n(  .*\n)+(channels:\n(  .*\n)+)?", "", agii.read_text()))


class MailboxBox(SandboxTest):
    options = ONE_MESSAGE
    lease = "15min"

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.box.kill_gateway()
        fetching(cls.box, cls.lease)
        cls.box.start_gateway()

    def setUp(self):
        self.vdab, self.agii = Partner(self.box, "vdab"), Partner(self.box, "agii")
        self.addCleanup(self.vdab.close)
        self.addCleanup(self.agii.close)

    def tearDown(self):
        self.box.wait("verification", lambda: self.box.verify(check=None).returncode == 0, 20)
        self.box.verify_twice()

    def agree(self, *arguments, **options):
        answer = self.box.call("POST", "/consents", consent(*arguments, **options))
        self.assertEqual(answer.status, 201, answer.body)
        return {c["purpose"]: c["id"] for c in answer.json["consents"]}

    def send(self, record):
        answer = self.box.call("POST", "/records", record)
        self.assertEqual(answer.status, 202, answer.body)
        return answer.json["transfers"][0]["id"]

    def withdraw(self, consent_id):
        answer = self.box.call("POST", f"/consents/{consent_id}/withdraw", {})
        self.assertEqual(answer.status, 200, answer.body)
        return answer.json

    def wait_with(self, number, partner=None, referrals=AGII):
        """Somebody about whom something waits: (consents, transfer)."""
        partner = partner or self.agii
        given = self.agree(number)
        transfer = self.send(resident(number, referrals=referrals))
        self.box.wait("listed", lambda: transfer in partner.ids(), 20)
        return given, transfer

    def view(self, transfer):
        return self.box.call("GET", "/transfers/" + transfer).json

    def state(self, transfer, wanted, seconds=20):
        return self.box.wait(wanted, lambda: (lambda v: v if v["state"] == wanted else None)(self.view(transfer)), seconds)

    def kinds(self, transfer):
        """Of its entries, all that stand in the log now."""
        wanted = self.view(transfer)["ledger"]
        def published():
            entries = {e["seq"]: e for e in self.box.ledger_entries()}
            return [entries[s] for s in wanted] if all(s in entries for s in wanted) else None
        return [e["kind"].removeprefix("transfer.") for e in self.box.wait("publication", published, 10)]

    def move_clock(self, to):
        """The gateway's clock stands at `to` when it starts again."""
        file = self.box.state / "gateway.yaml"
        file.write_text(re.sub(r'now: ".*"', f'now: "{to}"', file.read_text()))


class FetchTest(MailboxBox):
    def test_list_fetch_and_acknowledge_in_the_partners_own_format(self):
        _, transfer = self.wait_with("A001")
        item = next(i for i in self.agii.list() if i["id"] == transfer)
        self.assertEqual((item["message"], item["purpose"], item["timesFetched"]), ("agii-dossier", "language-course", 0))
        self.assertNotIn("A001", str(item))
        self.assertEqual(self.view(transfer)["mailbox"]["state"], "WAITING")
        self.assertEqual(self.kinds(transfer), ["requested"])

        fetched = self.agii.fetch(transfer)
        self.assertEqual((fetched.status, fetched.headers["Content-Type"]), (200, "application/xml"), fetched.body)
        self.assertIn(b"Voorbeeld", fetched.body)
        digest = base64.b64encode(hashlib.sha256(fetched.body).digest()).decode()
        self.assertEqual(fetched.headers["Content-Digest"], f"sha-256=:{digest}:")
        self.assertEqual(fetched.headers["Idempotency-Key"], transfer)
        self.assertEqual(self.kinds(transfer), ["requested", "permitted"], "durable before the first byte")
        self.assertNotIn(transfer, self.agii.ids())
        standing = self.view(transfer)["mailbox"]
        self.assertEqual((standing["state"], standing["leasedUntil"]), ("FETCHED", fetched.headers["Ketenpoort-Leased-Until"]))

        self.assertEqual(self.agii.fetch(transfer).body, fetched.body, "a torn connection")
        self.assertEqual(self.kinds(transfer), ["requested", "permitted"])
        done = self.agii.acknowledge(transfer, headers={"Idempotency-Key": "k-1"})
        self.assertEqual((done.status, done.json["state"], done.json["reference"]), (200, "acknowledged", "OWN-1"), done.body)
        self.assertEqual(self.agii.acknowledge(transfer).status, 200)
        self.assertEqual(self.agii.acknowledge(transfer, '{"reference":"OWN-2"}').status, 409)
        self.assertEqual(self.agii.fetch(transfer).status, 410)
        self.assertEqual(self.kinds(transfer), ["requested", "permitted", "delivered", "acknowledged"])
        view = self.view(transfer)
        self.assertEqual((view["state"], view["reference"], "mailbox" in view), ("acknowledged", "OWN-1", False))

    def test_an_acknowledgement_needs_no_reference_and_takes_none_that_is_a_number_of_a_person(self):
        _, transfer = self.wait_with("A002")
        self.assertEqual(self.agii.fetch(transfer).status, 200)
        for wrong in ('{"reference":"77701800015"}', '{"reference":"a b"}', '{"refrence":"a"}', "[]", "{"):
            self.assertEqual(self.agii.acknowledge(transfer, wrong).status, 400, wrong)
        self.assertEqual(self.agii.acknowledge(transfer, "{}").status, 200)
        self.assertEqual(self.agii.acknowledge(transfer, "{}").status, 200)
        self.assertNotIn("reference", self.view(transfer))

    def test_what_a_partner_answered_is_kept_and_shown_to_two_persons(self):
        _, transfer = self.wait_with("A004")
        self.assertEqual(self.agii.fetch(transfer).status, 200)
        self.assertEqual(self.agii.acknowledge(transfer, '{"reference":"EVIDENCE-1"}').status, 200)
        path = f"/transfers/{transfer}/view"
        self.assertEqual(self.box.call("POST", path, {"purpose": "dispute"}, client="rights").status, 202)
        self.assertEqual(self.box.call("POST", path + "/approve", {}, client="rights-second").status, 200)
        shown = self.box.call("POST", path + "/show", {}, client="rights")
        self.assertEqual(shown.status, 200, shown.body)
        self.assertEqual(shown.json["answers"], [{"attempt": 1, "content": '{"reference":"EVIDENCE-1"}'}])
        self.assertNotIn(b"EVIDENCE-1\"}", (self.box.state / "data/vault.sqlite").read_bytes(), "sealed")

    def test_partners_see_their_own(self):
        _, transfer = self.wait_with("A003")
        self.assertNotIn(transfer, self.vdab.ids())
        for answer in (self.vdab.fetch(transfer), self.vdab.acknowledge(transfer), self.agii.fetch(str(uuid.uuid4())),
                       self.agii.fetch("x"), self.agii.acknowledge(str(uuid.uuid4()))):
            self.assertEqual(answer.status, 404, answer.body)
        self.assertEqual(self.kinds(transfer), ["requested"])
        self.assertEqual(self.agii.acknowledge(transfer).status, 409, "not fetched yet")
        for client in ("fedasil", "dpo", "operator", "rights"):
            self.assertEqual(self.box.call("GET", "/mailbox", client=client).status, 403, client)
        self.assertEqual(self.agii.call("GET", "/mailbox?pageSize=0").status, 400)
        self.assertEqual(self.agii.call("GET", "/mailbox?after=x").status, 400)
        self.assertEqual(self.agii.call("GET", "/mailbox?state=held").status, 400)

    def test_who_reports_before_it_acknowledges_owes_no_answer_afterwards(self):
        given = consent("A006")
        given["consents"].append({"purpose": "follow-up", "recipient": "fedasil", "decision": "GIVEN", "categories": ["outcome"]})
        self.assertEqual(self.box.call("POST", "/consents", given).status, 201)
        transfer = self.send(resident("A006", referrals=AGII))
        self.box.wait("listed", lambda: transfer in self.agii.ids(), 20)
        self.assertEqual(self.agii.fetch(transfer).status, 200)
        report = (f'<KBIOpvolging xmlns="https://ketenpoort.example/ns/kbi-follow-up/1"><Traject><Referte>{transfer}</Referte><Type>TT_NT2</Type>'
                  "<Status><Code>OP</Code></Status></Traject></KBIOpvolging>")
        answer = self.box.call("POST", "/outcomes", report, client="agii", raw=True, headers={"Content-Type": "application/xml"})
        self.assertEqual([o["state"] for o in answer.json["outcomes"]], ["RECEIVED"])
        self.assertEqual(self.agii.acknowledge(transfer).status, 200)
        line, = self.box.call("POST", "/transfers/query", {"subject": {"fedasilNumber": "A006"}}).json["items"]
        self.assertEqual((line["state"], line["status"]), ("acknowledged", "STARTED"))
        self.assertNotIn("overdue", line, "nothing is waited for")

    def test_pages_show_each_item_once(self):
        mine = {self.wait_with(f"A01{i}")[1] for i in range(5)}
        listed = [i["id"] for i in self.agii.list(page_size=2)]
        self.assertEqual(len(listed), len(set(listed)))
        self.assertLessEqual(mine, set(listed))
        self.assertEqual(listed, sorted(listed))

    def test_what_is_withdrawn_while_it_waits_is_never_to_be_had(self):
        given, transfer = self.wait_with("A020")
        said = self.withdraw(given["language-course"])
        self.assertEqual((said["stopped"], said["inFlight"], said["toNotify"]), ([transfer], [], []))
        self.assertNotIn(transfer, self.agii.ids())
        answer = self.agii.fetch(transfer)
        self.assertEqual(answer.status, 410)
        self.assertNotIn(b"withdraw", answer.body)
        self.assertEqual(self.kinds(transfer), ["requested", "cancelled"])

    def test_what_is_withdrawn_on_lease_is_in_flight_told_at_once_and_not_given_out_again(self):
        given, transfer = self.wait_with("A021")
        self.assertEqual(self.agii.fetch(transfer).status, 200)
        said = self.withdraw(given["language-course"])
        self.assertEqual((said["stopped"], said["inFlight"], said["toNotify"]), ([], [transfer], ["agii"]))
        def told():
            items = self.agii.call("GET", "/notifications").json["items"]
            return [i for i in items if transfer in str(self.agii.call("GET", "/notifications/" + i["id"]).json)]
        self.assertEqual(self.box.wait("the notice", told, 20)[0]["cause"], "WITHDRAWAL")
        self.assertEqual(self.agii.fetch(transfer).status, 410)
        self.state(transfer, "cancelled")
        self.assertEqual(self.kinds(transfer), ["requested", "permitted", "failed", "cancelled"])
        self.assertEqual(self.agii.acknowledge(transfer).status, 410)

    def test_what_was_rectified_on_lease_is_not_given_out_again(self):
        _, transfer = self.wait_with("A023")
        self.assertEqual(self.agii.fetch(transfer).status, 200)
        ref = self.box.call("GET", "/records/" + self.view(transfer)["record"]).json["subject"]
        done = self.box.call("POST", f"/subjects/{ref}/rectify", {"fields": ["resident.name.family"]}, client="rights")
        self.assertEqual((done.status, done.json["inFlight"], done.json["toNotify"]), (200, [transfer], ["agii"]))
        self.assertEqual(self.agii.fetch(transfer).status, 410)
        self.assertEqual(self.state(transfer, "cancelled")["reasons"], ["cancelled-by-operator"])
        self.assertEqual(self.kinds(transfer), ["requested", "permitted", "failed", "cancelled"])
        right = resident("A023", referrals=AGII, resident__name__family="Verbeterd")
        corrected = self.send(right)
        self.box.wait("listed", lambda: corrected in self.agii.ids(), 20)
        self.assertIn(b"Verbeterd", self.agii.fetch(corrected).body)
        record = self.view(corrected)["record"]
        done = self.box.call("POST", f"/subjects/{ref}/rectify", {"fields": ["resident.name.family"], "correctedBy": record}, client="rights")
        self.assertEqual((done.status, done.json["stopped"], done.json["inFlight"]), (200, [], []))
        self.assertEqual(self.agii.fetch(corrected).status, 200, "it says it right")
        self.assertEqual(self.agii.acknowledge(corrected).status, 200)

    def test_an_acknowledgement_after_a_withdrawal_is_taken_and_the_notice_stands(self):
        given, transfer = self.wait_with("A022", self.vdab, VDAB)
        self.assertEqual(self.vdab.fetch(transfer).status, 200)
        self.assertEqual(self.withdraw(given["work-guidance"])["inFlight"], [transfer])
        self.assertEqual(self.vdab.acknowledge(transfer).status, 200)
        self.box.wait("the recall", lambda: [b for _, b in self.box.recalls("vdab") if transfer in str(b)], 20)
        self.assertEqual(self.kinds(transfer), ["requested", "permitted", "delivered", "acknowledged"])

    def test_what_may_not_go_yet_is_not_listed_and_says_no_more_than_that(self):
        transfer = self.send(resident("A030", referrals=AGII))
        self.state(transfer, "held")
        answer = self.agii.fetch(transfer)
        self.assertEqual(answer.status, 409)
        self.assertNotIn(b"consent", answer.body)
        self.agree("A030")
        self.box.wait("listed", lambda: transfer in self.agii.ids(), 20)
        self.assertEqual(self.agii.fetch(transfer).status, 200)

    def test_a_newer_record_takes_the_place_of_one_that_waits(self):
        _, first = self.wait_with("A031")
        second = self.send(resident("A031", referrals=AGII, resident__contact__preferredLanguage="fra"))
        self.box.wait("the newer one", lambda: second in self.agii.ids(), 20)
        self.assertNotIn(first, self.agii.ids())
        self.assertEqual(self.agii.fetch(first).status, 410)


class KillTest(MailboxBox):
    def kill_and_start(self):
        self.agii.close()
        self.box.kill_gateway()
        self.box.start_gateway()

    def test_a_kill_leaves_waiting_what_waits_and_leased_what_is_on_lease(self):
        _, transfer = self.wait_with("K001")
        self.kill_and_start()
        self.box.wait("listed", lambda: transfer in self.agii.ids(), 20)
        first = self.agii.fetch(transfer)
        self.kill_and_start()
        self.assertEqual(self.kinds(transfer), ["requested", "permitted"])
        self.assertNotIn(transfer, self.agii.ids())
        again = self.agii.fetch(transfer)
        self.assertEqual((again.body, again.headers["Ketenpoort-Leased-Until"]), (first.body, first.headers["Ketenpoort-Leased-Until"]))
        self.assertEqual(self.agii.acknowledge(transfer).status, 200)
        self.kill_and_start()
        self.assertEqual(self.agii.acknowledge(transfer).status, 200)
        self.assertEqual(self.kinds(transfer), ["requested", "permitted", "delivered", "acknowledged"])

    def test_a_withdrawal_after_a_kill_hears_of_the_lease(self):
        given, transfer = self.wait_with("K002")
        self.assertEqual(self.agii.fetch(transfer).status, 200)
        self.kill_and_start()
        said = self.withdraw(given["language-course"])
        self.assertEqual((said["stopped"], said["inFlight"], said["toNotify"]), ([], [transfer], ["agii"]))
        self.assertEqual(self.agii.fetch(transfer).status, 410)

    def test_killed_again_and_again_under_fetchers_nothing_is_lost_or_differs(self):
        transfers = {self.wait_with(f"K1{i:02}")[1] for i in range(12)}
        bodies, acknowledged, mutex, over = collections.defaultdict(set), set(), threading.Lock(), threading.Event()

        def fetch():
            partner = Partner(self.box, "agii")
            dice = random.Random(threading.get_ident())
            while not over.is_set():
                with contextlib.suppress(OSError, http.client.HTTPException, AssertionError):
                    for transfer in transfers - acknowledged:
                        fetched = partner.fetch(transfer)
                        if fetched.status == 200:
                            with mutex:
                                bodies[transfer].add(fetched.body)
                            if dice.random() < 0.3 and partner.acknowledge(transfer).status == 200:
                                with mutex:
                                    acknowledged.add(transfer)
                    continue
                partner.close()
                time.sleep(0.05)
            partner.close()

        workers = [threading.Thread(target=fetch) for _ in range(3)]
        for worker in workers:
            worker.start()
        for _ in range(4):
            time.sleep(0.4)
            self.kill_and_start()
        self.box.wait("all of them", lambda: acknowledged == transfers, 60)
        over.set()
        for worker in workers:
            worker.join()
        for transfer in transfers:
            self.assertEqual(len(bodies[transfer]), 1, "the bytes of a transfer never change")
            kinds = self.kinds(transfer)
            self.assertEqual(kinds[-2:], ["delivered", "acknowledged"], kinds)
            self.assertEqual(kinds.count("acknowledged"), 1)


class ClockTest(MailboxBox):
    def test_a_lease_that_ends_makes_the_message_wait_again(self):
        _, transfer = self.wait_with("C001")
        first = self.agii.fetch(transfer)
        self.assertEqual(first.status, 200)
        self.agii.close()
        self.box.kill_gateway()
        self.move_clock("2026-11-24T12:40:00+01:00")
        self.box.start_gateway()
        self.box.wait("listed again", lambda: transfer in self.agii.ids(), 20)
        self.assertEqual(self.kinds(transfer), ["requested", "permitted", "failed"])
        item = next(i for i in self.agii.list() if i["id"] == transfer)
        self.assertEqual(item["timesFetched"], 1)
        late = self.agii.acknowledge(transfer)
        self.assertEqual(late.status, 409)
        self.assertIn("Fetch it", late.json["detail"])
        self.assertEqual(self.agii.fetch(transfer).body, first.body)
        self.assertEqual(self.agii.acknowledge(transfer).status, 200)
        self.assertEqual(self.kinds(transfer), ["requested", "permitted", "failed", "permitted", "delivered", "acknowledged"])
        failed = next(e for e in self.box.ledger_entries() if e["kind"] == "transfer.failed" and e["tx"] == transfer)
        self.assertEqual((failed["body"]["class"], failed["body"]["mayHaveArrived"]), ("lease-expired", True))

    def test_what_nobody_fetches_is_overdue_and_the_operator_sees_it(self):
        _, transfer = self.wait_with("C002", self.vdab, VDAB)
        self.vdab.close()
        self.box.kill_gateway()
        self.move_clock("2026-11-27T12:00:00+01:00")
        self.box.start_gateway()
        self.box.wait("listed", lambda: transfer in self.vdab.ids(), 20)
        self.box.wait("a word of it", lambda: self.box.call("GET", "/health", client=None).json["status"] == "DEGRADED", 10)
        vdab = next(p for p in self.box.call("GET", "/partners", client="operator").json["items"] if p["id"] == "vdab")
        self.assertEqual((vdab["mailbox"]["waiting"], vdab["mailbox"]["overdue"]), (1, 1))
        self.assertTrue(self.view(transfer)["mailbox"]["overdue"])
        self.assertTrue(next(t for t in self.box.transfers(recipient="vdab") if t["id"] == transfer)["mailbox"]["overdue"])
        with urllib.request.urlopen(self.box.info["metrics"]) as answer:
            self.assertIn('ketenpoort_mailbox_overdue{recipient="vdab"} 1', answer.read().decode())


class ShortLeaseTest(MailboxBox):
    lease = "1s"

    def test_a_lease_ends_by_itself_while_the_gateway_runs(self):
        _, transfer = self.wait_with("S001")
        first = self.agii.fetch(transfer)
        self.state(transfer, "failed")
        self.box.wait("listed again", lambda: transfer in self.agii.ids(), 20)
        self.assertEqual(self.agii.fetch(transfer).body, first.body)
        self.assertEqual(self.agii.acknowledge(transfer).status, 200)


class RaceTest(MailboxBox):
    repetitions, threads = 200, 6

    def one(self, partner, i):
        dice = random.Random(i)
        number = f"R{i:04}"
        given = self.agree(number, {"language-course": "GIVEN"})["language-course"]
        transfer = self.send(resident(number, referrals=AGII))
        answers = []
        fetcher = threading.Thread(target=lambda: answers.append(self.fetch_at_last(partner, transfer, dice)))
        fetcher.start()
        time.sleep(dice.random() * dice.choice((0, 0.01, 0.03)))
        said = self.withdraw(given)
        fetcher.join()
        return transfer, answers[0].status, said

    @staticmethod
    def fetch_at_last(partner, transfer, dice):
        time.sleep(dice.random() * 0.01)
        return partner.fetch(transfer)

    def test_a_withdrawal_races_with_a_fetch(self):
        def work(first):
            partner = Partner(self.box, "agii")
            with contextlib.closing(partner):
                return [self.one(partner, i) for i in range(first, self.repetitions, self.threads)]

        with ThreadPoolExecutor(self.threads) as pool:
            outcomes = [o for some in pool.map(work, range(self.threads)) for o in some]
        self.box.wait("publication", lambda: sum(e["kind"] == "consent.withdrawn" for e in self.box.ledger_entries()) == len(outcomes), 20)
        stories = collections.defaultdict(list)
        subjects = {}
        for entry in self.box.ledger_entries():
            if "tx" in entry:
                subjects[entry["tx"]] = entry["subject"]
            if "subject" in entry:
                stories[entry["subject"]].append(entry)
        seen = collections.Counter()
        for transfer, status, said in outcomes:
            kinds = [e["kind"] for e in stories[subjects[transfer]]]
            where = f"{transfer} {status} {said} {kinds}"
            told = kinds.count("recipient.notified")
            if status == 200:  # it has the data, so it is told
                self.assertEqual((said["inFlight"], said["stopped"], said["toNotify"], told), ([transfer], [], ["agii"], 1), where)
                seen["fetched before the withdrawal"] += 1
            else:
                self.assertEqual((status, said["inFlight"], said["stopped"], told), (410, [], [transfer], 0), where)
                seen["stopped before its first byte"] += 1
            self.assertNotIn("transfer.permitted", kinds[kinds.index("consent.withdrawn"):], where)
        print(dict(seen))
        for ending, count in seen.items():
            self.assertGreater(count, 5, f"the race was no race: {dict(seen)}")
        self.assertEqual(len(seen), 2, dict(seen))


class PauseTest(SandboxTest):
    options = ONE_MESSAGE

    def partner(self, name="vdab"):
        answer = self.box.call("GET", "/partners", client="operator")
        self.assertEqual(answer.status, 200, answer.body)
        return next(p for p in answer.json["items"] if p["id"] == name)

    def operate(self, call, body=None, client="operator"):
        return self.box.call("POST", "/partners/" + call, {} if body is None else body, client=client)

    def test_a_paused_partner_gets_nothing_new_until_it_is_resumed_also_after_a_kill(self):
        paused = self.operate("vdab/pause", {"reason": "maintenance"})
        self.assertEqual((paused.status, paused.json["state"], paused.json["pauseReason"]), (200, "PAUSED", "maintenance"), paused.body)
        self.assertEqual(self.operate("vdab/pause", {"reason": "other"}).json["pauseReason"], "maintenance", "it was paused already")
        self.assertEqual(self.box.call("POST", "/consents", consent("P001")).status, 201)
        transfer = self.box.call("POST", "/records", resident("P001", referrals=VDAB)).json["transfers"][0]["id"]
        other = self.box.call("POST", "/records", resident("P002", referrals=AGII)).json["transfers"][0]["id"]
        self.box.wait("held as usual", lambda: self.box.call("GET", "/transfers/" + other).json["state"] == "held", 20)
        self.box.wait("a word of it", lambda: self.box.call("GET", "/health", client=None).json["status"] == "DEGRADED", 10)
        self.box.kill_gateway()
        self.box.start_gateway()
        time.sleep(1)
        view = self.box.call("GET", "/transfers/" + transfer).json
        self.assertEqual((view["state"], len(view["ledger"])), ("requested", 1), "no noise in the log")
        self.assertEqual((self.partner()["state"], self.partner()["transfers"]["requested"]), ("PAUSED", 1))
        self.assertEqual(self.partner("agii")["state"], "ACTIVE")
        with urllib.request.urlopen(self.box.info["metrics"]) as answer:
            self.assertIn('ketenpoort_partner_paused{recipient="vdab"} 1', answer.read().decode())
        self.assertEqual(self.box.received("vdab"), [])

        self.assertEqual(self.operate("vdab/resume").json["state"], "ACTIVE")
        self.box.wait("delivery", lambda: self.box.call("GET", "/transfers/" + transfer).json["state"] == "acknowledged", 20)
        self.assertNotIn("pausedSince", self.partner())
        self.box.wait("verification", lambda: self.box.verify(check=None).returncode == 0, 20)
        kinds = [e["kind"] for e in self.box.ledger_entries()]
        self.assertEqual((kinds.count("partner.paused"), kinds.count("partner.resumed")), (1, 1))
        self.box.verify_twice()

    def test_refuses_what_it_does_not_understand_and_who_may_not_ask(self):
        self.assertEqual(self.operate("nobody/pause").status, 404)
        self.assertEqual(self.operate("vdab/pause", {"reason": "Two words"}).status, 400)
        self.assertEqual(self.operate("vdab/pause", {"because": "x"}).status, 400)
        self.assertEqual(self.operate("vdab/resume", {"reason": "x"}).status, 400)
        for client in ("fedasil", "vdab", "dpo", "rights"):
            self.assertEqual(self.operate("vdab/pause", client=client).status, 403, client)
            self.assertEqual(self.box.call("GET", "/partners", client=client).status, 403, client)


class PaceTest(unittest.TestCase):
    def test_a_partner_gets_no_more_in_any_second_than_it_was_promised(self):
        box = Sandbox(*ONE_MESSAGE)
        self.addCleanup(box.close)
        box.kill_gateway()
        file = box.state / "partners/agii.yaml"
        file.write_text(re.sub(r"(  concurrency: \d+\n)", r"\1  perSecond: 4\n", file.read_text()))
        box.start_gateway()
        for i in range(20):
            self.assertEqual(box.call("POST", "/consents", consent(f"L{i:03}")).status, 201)
            self.assertEqual(box.call("POST", "/records", resident(f"L{i:03}", referrals=AGII)).status, 202)
        box.settle()
        times = sorted(time_of(facts["time"]) for facts, _ in box.received("agii"))
        self.assertEqual(len(times), 20)
        # What is promised is when calls begin; on the way they may come closer, by what a busy machine takes.
        self.assertGreater(times[-1] - times[0], 3.5)
        for i in range(8, 20):
            self.assertGreater(times[i] - times[i - 8], 1.5)


def time_of(text):
    return datetime.datetime.fromisoformat(text.replace("Z", "+00:00")).timestamp()


if __name__ == "__main__":
    unittest.main()
