"""Partners and clients that change while the gateway runs: all of it counts at SIGHUP, or nothing does, and nobody who
is served meanwhile notices."""
import http.client
import itertools
import json
import os
import re
import shutil
import signal
import socket
import subprocess
import threading
import unittest
import urllib.parse
import urllib.request

from pathlib import Path

from harness import BIN, ONE_MESSAGE, Sandbox, free_port
from people import consent, mock_ssin, resident

VDAB = [{"id": "R-1", "recipient": "vdab", "purpose": "work-guidance", "reason": "WORK_TALK"}]
AGII = [{"id": "R-1", "recipient": "agii", "purpose": "language-course", "reason": "NIV_TEST"}]


class OneConnection:
    """Calls over a connection that is opened once: that it is closed is an error."""

    def __init__(self, box, client):
        url = urllib.parse.urlsplit(box.info["url"])
        self.base, self.token = url.path, box.info["clients"][client]["token"]
        self.connection = http.client.HTTPSConnection(url.hostname, url.port, timeout=30, context=box.tls)
        self.connection.connect()
        self.connection.auto_open = 0

    def call(self, method, path, body=None):
        headers = {"Authorization": "Bearer " + self.token} | ({"Content-Type": "application/json"} if body else {})
        self.connection.request(method, self.base + path, json.dumps(body) if body else None, headers)
        answer = self.connection.getresponse()
        return answer.status, json.loads(answer.read() or b"null")

    def close(self):
        self.connection.close()


class ConfigurationReloadTest(unittest.TestCase):
    def setUp(self):
        self.box = Sandbox(*ONE_MESSAGE)
        self.addCleanup(self.box.close)
        self.numbers = itertools.count(100)

    def file(self, name):
        return self.box.state / name

    def change(self, name, old, new):
        text = self.file(name).read_text()
        self.assertIn(old, text)
        self.file(name).write_text(text.replace(old, new, 1))

    def pid(self):
        return self.box.gateway.pid if self.box.gateway else self.box.info["pids"]["gateway"]

    def metric(self, name):
        text = urllib.request.urlopen(self.box.info["metrics"], timeout=10).read().decode()
        return next((int(float(line.split()[-1])) for line in text.splitlines() if line.rsplit(" ", 1)[0] == name), None)

    def hang_up(self, counted):
        before = self.metric(counted)
        os.kill(self.pid(), signal.SIGHUP)
        self.box.wait("the reload", lambda: self.metric(counted) == before + 1, 60)

    def reload(self):
        self.hang_up("ketenpoort_configuration_reloads")

    def refuse(self):
        """What a reload is refused for, by place without folders."""
        self.hang_up("ketenpoort_configuration_refusals")
        refused = self.configuration()["refused"]
        return {i["name"].rsplit("/", 1)[-1]: i["detail"] for i in refused}

    def configuration(self):
        return self.box.call("GET", "/configuration", client="operator").json

    def partners(self):
        return {p["id"] for p in self.box.call("GET", "/partners", client="operator").json["items"]}

    def health(self):
        return self.box.call("GET", "/health", client=None).json

    def logs(self):
        return (self.box.state / "logs/gateway.log").read_text(errors="replace")

    def send(self, referrals, call=None, agree=True):
        """A record of somebody new; the id of its transfer."""
        call = call or (lambda method, path, body: (lambda a: (a.status, a.json))(self.box.call(method, path, body)))
        serial = next(self.numbers)
        number = f"L{serial:05}"
        day = serial // 900 % 28 + 1  # a birthday has 900 numbers, and a quick machine sends more people
        if agree:
            given = consent(number, {referrals[0]["purpose"]: "GIVEN"}, extra=("wishes", "identity-more"))
            self.assertEqual(call("POST", "/consents", given)[0], 201)
        person = resident(number, referrals=referrals, resident__identifiers__ssin=mock_ssin(1990, 5, day, serial),
                          resident__birth__date=f"1990-05-{day:02}")
        status, answer = call("POST", "/records", person)
        self.assertEqual(status, 202, answer)
        return answer["transfers"][0]["id"]

    def state(self, transfer, wanted):
        look = lambda: self.box.call("GET", "/transfers/" + transfer).json
        return self.box.wait(wanted, lambda: (lambda v: v if v["state"] == wanted else None)(look()), 60)

    def start_simulator(self, partner, port, received):
        """Another one of the kind that runs."""
        command = Path(f"/proc/{self.box.info['pids'][partner]}/cmdline").read_bytes().decode().split("\0")[1:-1]
        command[command.index("--port") + 1] = str(port)
        command[command.index("--received") + 1] = str(self.box.state / received)
        with open(self.box.state / f"{received}.log", "ab") as log:
            process = subprocess.Popen([BIN / "ketenpoort-partner", *command], stdout=log, stderr=log)

        def end():
            process.terminate()
            process.wait(timeout=30)

        self.addCleanup(end)
        self.box.wait("the simulator", lambda: self.listens(port), 20)

    @staticmethod
    def listens(port):
        with socket.socket() as probe:
            return probe.connect_ex(("127.0.0.1", port)) == 0

    def deliveries(self, *folders):
        """Of each folder, the keys of what it took, in order."""
        return [[json.loads(p.read_text())["headers"]["idempotency-key"] for p in sorted(Path(f).glob("[0-9]*.json"))] for f in folders]


class UnderLoadTest(ConfigurationReloadTest):
    def test_partners_move_and_clients_change_under_load_without_a_dropped_call_or_a_lost_or_doubled_transfer(self):
        sent, stop, failures = [], threading.Event(), []

        def keep_sending():
            connection = OneConnection(self.box, "fedasil")
            try:
                while not stop.is_set():
                    sent.append(self.send(VDAB, connection.call))
            except Exception as failure:  # shown by the test itself
                failures.append(failure)
            finally:
                connection.close()

        def more(count=15):
            now = len(sent)
            self.box.wait("more transfers", lambda: failures or len(sent) >= now + count)

        senders = [threading.Thread(target=keep_sending) for _ in range(3)]
        for sender in senders:
            sender.start()
        port, there = free_port(), self.box.state / "vdab-moved"
        try:
            more()
            self.start_simulator("vdab", port, there.name)
            old = self.box.info["partners"]["vdab"]["url"]
            self.change("partners/vdab.yaml", f"url: {old}", f"url: https://127.0.0.1:{port}")
            self.reload()
            self.box.wait("deliveries at the new address", lambda: list(there.glob("[0-9]*.json")))
            # Somebody saves a file with a typo in it: all goes on as it was.
            self.change("partners/agii.yaml", "limits:", "limitz:")
            self.change("clients.yaml", "id: fedasil", "id: registry")
            said = self.refuse()
            self.assertTrue(any(place.startswith("agii.yaml:") and "limitz" in detail for place, detail in said.items()), said)
            more()
            self.change("partners/agii.yaml", "limitz:", "limits:")
            self.change("clients.yaml", "id: registry", "id: fedasil")
            for concurrency in (1, 7, 2):
                text = self.file("partners/vdab.yaml").read_text().splitlines()
                at = next(i for i, line in enumerate(text) if "concurrency:" in line)
                text[at] = f"  concurrency: {concurrency}"
                self.file("partners/vdab.yaml").write_text("\n".join(text) + "\n")
                self.reload()
                more()
        finally:
            stop.set()
            for sender in senders:
                sender.join()
        self.assertEqual(failures, [])
        transfers = {t["id"]: t["state"] for t in self.box.settle(180)}
        self.assertEqual({transfers[i] for i in sent}, {"acknowledged"})
        here = self.box.state / self.box.info["partners"]["vdab"]["received"]
        before, after = self.deliveries(here, there)
        self.assertEqual(sorted(before + after), sorted(sent), "each arrived once, at one of the two")
        self.assertTrue(before and after)
        self.box.verify_twice()


class RefusalTest(ConfigurationReloadTest):
    def test_a_refused_reload_changes_nothing_and_health_log_and_the_operators_view_say_where(self):
        entries = self.metric("ketenpoort_ledger_entries")
        self.change("clients.yaml", "scopes: [records,", "scopes: [recordz,")
        self.file("partners/municipality.yaml").unlink()
        self.change("partners/vdab.yaml", "concurrency:", "concurrencies:")
        said = self.refuse()
        self.assertEqual({place.split(":")[0] for place in said}, {"clients.yaml", "vdab.yaml"}, said)
        part = self.health()["details"]["configuration"]
        self.assertEqual(part["status"], "DEGRADED")
        self.assertRegex(part["detail"], r"(vdab|clients)\.yaml:\d+:\d+ and \d more")
        self.assertNotIn(str(self.box.state), part["detail"])
        self.assertEqual(self.metric("ketenpoort_configuration_refused"), 1)
        self.assertIn('"event":"configuration_mistake","file":"vdab.yaml","line":', self.logs())
        self.assertEqual(self.partners(), {"vdab", "agii", "municipality"})
        self.assertEqual(self.metric("ketenpoort_ledger_entries"), entries)
        self.state(self.send(VDAB), "acknowledged")

    def test_a_certificate_that_cannot_be_read_refuses_it_all(self):
        self.change("clients.yaml", "id: operator", "id: operators")
        key = self.file("clients/gateway.key")
        good = key.read_text()
        key.write_text("no key\n")
        said = self.refuse()
        self.assertTrue(any("vdab" in place for place in said), said)
        key.write_text(good)
        self.reload()
        self.assertEqual(self.health()["details"]["configuration"]["status"], "UP")
        self.assertNotIn("refused", self.configuration())

    def test_what_needs_a_restart_is_said_and_the_rest_counts(self):
        self.change("gateway.yaml", "  port: ", "  threads: 2\n  port: ")
        self.change("partners/agii.yaml", "  timeout: 10s", "  timeout: 9s")
        self.reload()
        self.assertEqual(self.configuration()["needsRestart"], ["server.threads"])
        self.assertIn('"event":"needs_a_restart","setting":"server.threads"', self.logs())
        self.assertEqual(self.metric("ketenpoort_configuration_needs_restart"), 1)
        self.state(self.send(AGII), "acknowledged")

    def test_the_environment_does_not_change(self):
        text = self.file("gateway.yaml").read_text()
        self.assertIn("environment: test", text)
        start = text.index("\ntest:")
        end = next(i for i in range(start + 2, len(text)) if text[i] == "\n" and text[i + 1] != " ") + 1
        self.file("gateway.yaml").write_text((text[:start + 1] + text[end:]).replace("environment: test", "environment: production"))
        self.refuse()
        self.state(self.send(VDAB), "acknowledged")


class PartnersTest(ConfigurationReloadTest):
    def test_one_goes_when_nothing_waits_for_it_and_is_delivered_to_when_it_comes_back(self):
        file = self.file("partners/agii.yaml")
        text = file.read_text()
        waits = self.send(AGII, agree=False)
        self.state(waits, "held")
        file.unlink()
        said = self.refuse()
        self.assertTrue(any("1 transfer of `agii-dossier` to `agii`" in detail for detail in said.values()), said)
        self.assertEqual(self.partners(), {"vdab", "agii", "municipality"})
        self.assertEqual(self.box.call("POST", f"/transfers/{waits}/cancel", {}).status, 200)
        self.reload()
        self.assertEqual(self.partners(), {"vdab", "municipality"})
        self.state(self.send(AGII), "refused")
        entries = self.metric("ketenpoort_ledger_entries")
        self.reload()
        self.assertEqual(self.metric("ketenpoort_ledger_entries"), entries, "nothing new to say")
        file.write_text(text)
        self.reload()
        self.assertEqual(self.partners(), {"vdab", "agii", "municipality"})
        self.state(self.send(AGII), "acknowledged")
        self.assertEqual(self.metric('ketenpoort_recipient_delivered{recipient="agii"}'), 1)
        self.box.wait("publication", lambda: self.metric("ketenpoort_ledger_published_entries") == self.metric("ketenpoort_ledger_entries"), 10)
        self.box.verify_twice()

    def test_a_pause_and_what_is_counted_outlive_it_and_what_waited_goes_to_the_new_address(self):
        self.state(self.send(VDAB), "acknowledged")
        self.assertEqual(self.box.call("POST", "/partners/vdab/pause", {"reason": "moving"}, client="operator").status, 200)
        waits = self.send(VDAB)
        port, there = free_port(), self.box.state / "vdab-moved"
        self.start_simulator("vdab", port, there.name)
        self.change("partners/vdab.yaml", "url: " + self.box.info["partners"]["vdab"]["url"], f"url: https://127.0.0.1:{port}")
        self.reload()
        self.assertEqual(self.metric('ketenpoort_partner_paused{recipient="vdab"}'), 1)
        self.assertEqual(self.metric('ketenpoort_recipient_delivered{recipient="vdab"}'), 1)
        self.assertEqual(self.deliveries(there), [[]])
        self.assertEqual(self.box.call("POST", "/partners/vdab/resume", client="operator").status, 200)
        self.state(waits, "acknowledged")
        self.assertEqual(self.deliveries(there), [[waits]])

    def test_a_key_that_got_another_name_is_called_so_in_every_signature(self):
        def names(receiver):
            return [facts["headers"]["signature-input"].rpartition(";keyid=")[2] for facts, _ in self.box.received(receiver) if facts["verdict"] == "ok"]

        self.state(self.send(VDAB), "acknowledged")
        self.box.wait("an event", lambda: names("fedasil"))
        self.change("gateway.yaml", "outbound:\n", "outbound:\n  keyId: sandbox-2027\n")
        self.reload()
        self.state(self.send(VDAB), "acknowledged")
        self.assertEqual(names("vdab"), ['"sandbox-1"', '"sandbox-2027"'])
        self.box.wait("an event under the new name", lambda: '"sandbox-2027"' in names("fedasil"))
        self.assertEqual(set(names("fedasil")), {'"sandbox-1"', '"sandbox-2027"'})


class ClientsTest(ConfigurationReloadTest):
    def test_the_next_call_on_an_open_connection_is_judged_by_what_counts_now(self):
        operator = OneConnection(self.box, "operator")
        self.addCleanup(operator.close)
        self.assertEqual(operator.call("GET", "/partners")[0], 200)
        text = self.file("clients.yaml").read_text()
        before, after = text.split("  - id: operator\n")
        rest = after.find("  - id: ")
        gone, rest = (after, "") if rest < 0 else (after[:rest], after[rest:])
        self.file("clients.yaml").write_text(before + rest)
        os.kill(self.pid(), signal.SIGHUP)
        self.box.wait("the end of its access", lambda: operator.call("GET", "/partners")[0] == 401, 30)
        self.file("clients.yaml").write_text(before + "  - id: operator\n" + gone.replace("operator]", "ledger]") + rest)
        self.assertIn("ledger]", self.file("clients.yaml").read_text())
        self.reload()
        self.assertEqual(operator.call("GET", "/partners")[0], 403)
        self.file("clients.yaml").write_text(text)
        self.reload()
        self.assertEqual(operator.call("GET", "/partners")[0], 200)

    def test_a_webhook_goes_on_where_it_was(self):
        folder = self.box.state / self.box.info["receivers"]["fedasil"]["received"]
        events = lambda: [e["id"] for p in sorted(folder.glob("[0-9]*.body")) for e in json.loads(p.read_text())]
        self.state(self.send(VDAB), "acknowledged")
        self.box.wait("events", events)
        text = self.file("clients.yaml").read_text()
        start = text.index("    webhook:")
        end = text.index("  - id:", start)
        self.file("clients.yaml").write_text(text[:start] + text[end:])
        self.reload()
        told = len(events())
        missed = self.send(VDAB)
        self.state(missed, "acknowledged")
        self.file("clients.yaml").write_text(text)
        self.reload()
        feed = {e["id"] for e in self.box.call("GET", "/events?pageSize=500").json["items"]}
        self.box.wait("what it missed", lambda: feed <= set(events()), 30)
        self.assertGreater(len(events()), told)


class TextsAndOverdueTest(ConfigurationReloadTest):
    def explained(self, transfer, language):
        answer = self.box.call("GET", "/transfers/" + transfer, headers={"Accept-Language": language})
        return [one["text"] for one in answer.json["explanations"]]

    def test_texts_that_were_changed_are_told_and_wrong_ones_are_refused(self):
        shipped = self.file("gateway.yaml").read_text()
        folder = re.search(r'config: "(.*)"', shipped).group(1)
        shutil.copytree(folder, self.box.state / "config")
        self.change("gateway.yaml", folder, str(self.box.state / "config"))
        self.reload()
        held = self.send(VDAB, agree=False)
        self.state(held, "held")
        before = self.explained(held, "nl")
        nl = self.file("config/texts/nl.yaml")
        told = nl.read_text()
        self.assertIn(before[0], told)
        nl.write_text(told.replace(before[0], "Er is nog geen toestemming."))
        self.assertEqual(self.explained(held, "nl"), before, "a file that is saved changes nothing by itself")
        self.reload()
        self.assertNotIn("needsRestart", self.configuration())
        self.assertEqual(self.explained(held, "nl"), ["Er is nog geen toestemming."])
        nothing = self.box.call("GET", "/transfers/0", headers={"Accept-Language": "nl"}).json
        self.assertEqual(nothing["title"], "Niet gevonden")
        nl.write_text(told.replace("Niet gevonden", "Zoek").replace("months:", "maanden:"))
        said = self.refuse()
        self.assertTrue(any(place.startswith("nl.yaml:") for place in said), said)
        self.assertEqual(self.explained(held, "nl"), ["Er is nog geen toestemming."])
        nl.write_text(told.replace("Niet gevonden", "Zoek"))
        self.reload()
        self.assertEqual(self.box.call("GET", "/transfers/0", headers={"Accept-Language": "nl"}).json["title"], "Zoek")
        self.assertEqual(self.explained(held, "nl"), before)

    def test_a_shorter_patience_makes_referrals_overdue_at_once_and_none_twice(self):
        transfer = self.send(VDAB)
        self.state(transfer, "acknowledged")
        self.box.kill_gateway()
        text = self.file("gateway.yaml").read_text()
        self.file("gateway.yaml").write_text(re.sub(r'now: "[^"]*"', 'now: "2026-11-28T12:00:00+01:00"', text))
        self.box.start_gateway()
        events = lambda: [e for e in self.box.call("GET", "/events?pageSize=500").json["items"] if e["type"].endswith("referral.overdue")]
        overdue = lambda: [t["id"] for t in self.box.transfers(overdue="true")]
        self.assertEqual((overdue(), events()), ([], []))
        place = self.box.call("GET", "/events?pageSize=500").json["next"].split("after=")[1].split("&")[0]
        text = self.file("gateway.yaml").read_text()
        for days, is_overdue in ((2, True), (20, False), (1, True)):
            self.file("gateway.yaml").write_text(text + f"events:\n  overdueAfter: {days}d\n")
            self.reload()
            self.assertEqual(overdue(), [transfer] if is_overdue else [])
            self.assertEqual([e["data"]["days"] for e in events()], [days] if is_overdue else [])
        told = self.box.call("GET", f"/events?after={place}").json
        self.assertEqual([e["type"] for e in told["items"]], ["example.ketenpoort.referral.overdue"])
        self.assertEqual(self.box.call("GET", told["next"].split("/ketenpoort/v1")[1]).json["items"], [], "told once")
        self.box.wait("the metric", lambda: self.metric("ketenpoort_referrals_overdue") == 1, 30)  # counted anew every ten seconds


if __name__ == "__main__":
    unittest.main()
