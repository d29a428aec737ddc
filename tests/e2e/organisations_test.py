"""Two organisations send records through one gateway: neither sees, stops or tries again what is the other's."""
import json
import os
import signal
import unittest
import urllib.request

from harness import ONE_MESSAGE, Sandbox
from people import mock_ssin, resident

FEDASIL, OTHER = "0860737913", "0887010362"
VDAB = [{"id": "R-1", "recipient": "vdab", "purpose": "work-guidance", "reason": "WORK_TALK"}]


class OrganisationsTest(unittest.TestCase):
    """The client `dpo` is made the other organisation's sender, the operator sees to transfers as well."""

    def setUp(self):
        self.box = Sandbox(*ONE_MESSAGE)
        self.addCleanup(self.box.close)
        clients = self.box.state / "clients.yaml"
        text = clients.read_text()
        for old, new in ((f'- id: dpo\n    organisation: "{FEDASIL}"\n    scopes: [audit, ledger]', f'- id: dpo\n    organisation: "{OTHER}"\n    scopes: [records, consents, transfers]'),
                         ("scopes: [operator", "scopes: [operator, transfers")):
            self.assertIn(old, text)
            text = text.replace(old, new, 1)
        clients.write_text(text)
        os.kill(self.box.info["pids"]["gateway"], signal.SIGHUP)
        self.box.wait("the reload", lambda: "ketenpoort_configuration_reloads 1" in urllib.request.urlopen(self.box.info["metrics"], timeout=10).read().decode())

    def call(self, method, path, body=None, client="fedasil"):
        return self.box.call(method, path, body, client=client)

    def send(self, client, number, organisation, **changes):
        """A resident who has not said anything yet: the transfer is held."""
        answer = self.call("POST", "/records", resident(number, referrals=VDAB, source__organisation=organisation, **changes), client)
        self.assertEqual(answer.status, 202, answer.body)
        transfer = answer.json["transfers"][0]["id"]
        self.box.wait("the hold", lambda: self.call("GET", "/transfers/" + transfer, client=client).json["state"] == "held")
        return answer.json["id"], transfer

    def ids(self, path, client, body=None):
        answer = self.call("POST" if body else "GET", path, body, client)
        self.assertEqual(answer.status, 200, answer.body)
        return [item["id"] for item in answer.json["items"]]

    def test_each_has_its_own(self):
        record, transfer = self.send("fedasil", "O100", FEDASIL)
        # What it writes into a record does not make it another's.
        other_record, other_transfer = self.send("dpo", "O200", FEDASIL)
        both = (("fedasil", record, transfer, other_record, other_transfer), ("dpo", other_record, other_transfer, record, transfer))
        for client, own_record, own_transfer, foreign_record, foreign_transfer in both:
            self.assertEqual(self.call("GET", "/records/" + own_record, client=client).status, 200)
            self.assertEqual(self.ids("/transfers", client), [own_transfer])
            self.assertEqual(self.ids("/transfers?state=held&recipient=vdab", client), [own_transfer])
            for path in ("/records/" + foreign_record, "/transfers/" + foreign_transfer):
                self.assertEqual(self.call("GET", path, client=client).status, 404, (client, path))
            for verb in ("cancel", "retry"):
                self.assertEqual(self.call("POST", f"/transfers/{foreign_transfer}/{verb}", {}, client).status, 404, (client, verb))
            items = self.call("POST", "/transfers/replay", {"filter": {"state": "held"}, "preview": True}, client).json["items"]
            self.assertEqual([item["transfer"]["id"] for item in items], [own_transfer])
            self.assertEqual(self.ids("/records/query", client, {"subject": {"fedasilNumber": "O100" if client == "fedasil" else "O200"}}), [own_record])
            self.assertEqual(self.ids("/records/query", client, {"subject": {"fedasilNumber": "O200" if client == "fedasil" else "O100"}}), [])
            about_other = self.call("POST", "/transfers/query", {"subject": {"fedasilNumber": "O200" if client == "fedasil" else "O100"}}, client)
            self.assertEqual((about_other.status, about_other.json["items"]), (200, []))
        # An operator sees to all of them.
        self.assertEqual(self.ids("/transfers", "operator"), [transfer, other_transfer])
        self.assertEqual(self.call("POST", f"/transfers/{other_transfer}/cancel", {}, "operator").status, 200)
        self.assertEqual(self.call("GET", "/transfers/" + other_transfer, client="dpo").json["state"], "cancelled")
        # Of what has ended, too.
        self.assertEqual(self.call("GET", "/transfers/" + other_transfer).status, 404)
        self.assertEqual(self.call("POST", f"/transfers/{other_transfer}/retry", {}).status, 404)
        self.box.verify_twice()

    def test_what_a_newer_record_replaced_stays_with_its_sender(self):
        for client, number, other in (("fedasil", "O900", "dpo"), ("dpo", "O901", "fedasil")):
            ssin = mock_ssin(1990, 5, 14)
            replaced, transfer = self.send(client, number, FEDASIL, resident__identifiers__ssin=ssin)
            self.send(client, number, FEDASIL, resident__identifiers__ssin=ssin, sentAt="2026-11-24T11:00:00+01:00")
            for path in ("/records/" + replaced, "/transfers/" + transfer):
                self.assertEqual(self.call("GET", path, client=client).status, 200, (client, path))
                self.assertEqual(self.call("GET", path, client=other).status, 404, (other, path))
            for verb in ("cancel", "retry"):
                self.assertEqual(self.call("POST", f"/transfers/{transfer}/{verb}", {}, other).status, 404, (other, verb))

    def test_what_becomes_of_records_is_told_to_who_sent_them(self):
        sent = {client: self.send(client, number, FEDASIL)[1] for client, number in (("dpo", "O400"), ("fedasil", "O500"))}
        for client, transfer in sent.items():
            events = self.call("GET", "/events", client=client).json["items"]
            self.assertEqual({event["data"]["transfer"] for event in events}, {transfer}, client)
        # The receiver is Fedasil's; what came first would have been told first.
        told = self.box.wait("a word of it", self.box.told)
        self.assertEqual({event["data"]["transfer"] for event in told}, {sent["fedasil"]})

    def test_who_another_refers_to_is_not_told(self):
        """A recipient that nobody configured is known to whoever referred to it."""
        elsewhere = [{"id": "R-1", "recipient": "elsewhere", "purpose": "work-guidance", "reason": "WORK_TALK"}]
        answer = self.call("POST", "/records", resident("O600", referrals=elsewhere), "dpo")
        self.assertEqual(self.ids("/transfers?recipient=elsewhere", "dpo"), [one["id"] for one in answer.json["transfers"]])
        self.assertEqual(self.call("GET", "/transfers?recipient=elsewhere").status, 400)
        self.assertEqual(self.ids("/transfers?recipient=elsewhere", "operator"), [one["id"] for one in answer.json["transfers"]])

    def test_batches_are_of_the_client_that_sent_them(self):
        batches = {}
        for client, number in (("fedasil", "O700"), ("dpo", "O800")):
            row = json.dumps(resident(number, referrals=[]))
            answer = self.box.call("POST", "/batches", row + "\n", client=client, raw=True, headers={"Content-Type": "application/x-ndjson"})
            self.assertEqual(answer.status, 202, answer.body)
            batches[client] = answer.json["id"]
        for client, batch in batches.items():
            for asking in batches:
                self.assertEqual(self.call("GET", "/batches/" + batch, client=asking).status, 200 if asking == client else 404, (client, asking))

    def test_of_one_person_each_sees_what_it_sent_itself(self):
        ssin, sent = mock_ssin(1990, 5, 14), {}
        for client, organisation in (("fedasil", FEDASIL), ("dpo", OTHER)):
            record = resident("O300", referrals=VDAB, resident__identifiers__ssin=ssin, source__organisation=organisation)
            sent[client] = self.call("POST", "/records", record, client).json["id"]
        subject = {"subject": {"fedasilNumber": "O300"}}
        for client, record in sent.items():
            self.assertEqual(self.ids("/records/query", client, subject), [record])
            lines = self.call("POST", "/transfers/query", subject, client).json["items"]
            self.assertEqual(len(lines), 1)
            for transfer in lines[0]["transfers"]:
                self.assertEqual(self.call("GET", "/transfers/" + transfer["id"], client=client).json["record"], record)


if __name__ == "__main__":
    unittest.main()
