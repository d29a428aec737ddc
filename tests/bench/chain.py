"""The whole chain: records in, decided, translated, pushed over TLS to two partners, acknowledged, in the ledger. Every process is a real
one, all share the machine's cores, and no record is sent before the chain has room for it, so a round is a steady state."""
import json
import subprocess
from pathlib import Path

import load
import machine
import servers

PARTNERS = ("vdab", "agii")
# record.received; for each of two transfers requested, permitted, delivered, acknowledged
ENTRIES_PER_RECORD = 9
CONCURRENCY = 64  # calls at a time to each partner: the operator's setting; a sandbox has 8
WINDOW = 300      # records on their way
CONNECTIONS = 32  # of the sender
WARM_UP = 1000    # records before anything is counted
FIRST = 2         # wrk, which gave the consents, asks for a first request that it does not send


def measure(bin_folder, folder, rounds, records, say):
    figures = []
    for number in range(rounds):
        one = measure_round(bin_folder, folder, records)
        figures.append(one)
        per_process = ", ".join(f"{name} {us:.0f}" for name, us in one["cpu_us"].items())
        say(f"  round {number + 1}: {one['records']:,} records, {one['rate']:,.0f}/s; CPU us a record: {per_process}; accepted to "
            f"acknowledged p50 {one['p50_ms']:.0f} p99 {one['p99_ms']:.0f} ms; others on the machine {one['others']:.0%}")
    return {"rounds": figures, "concurrency": CONCURRENCY, "window": WINDOW}


def measure_round(bin_folder, folder, records):
    options = ("--concurrency", str(CONCURRENCY), "--one-file")
    with servers.Gateway(folder, bin_folder, 2, options) as server:
        people = 0
        while people < WARM_UP + records:
            people += server.give_consents(2, people)
        sender = Sender(server, bin_folder)
        sender.send(FIRST, WARM_UP)
        server.settle()
        probe = machine.probe_sync(folder)
        before, entries = server.info["pids"], server.figure("ledger_entries")
        cpu = {name: machine.cpu_seconds({pid}) for name, pid in before.items()}
        with machine.Busy(server.pids(), server.simulators()) as busy:
            sent = sender.send(FIRST + WARM_UP, records)
        cpu = {name: machine.cpu_seconds({pid}) - cpu[name] for name, pid in before.items()}
        memory = machine.resident_mb(server.pids())
        server.settle()
        check_everything_arrived(server, WARM_UP + records)
        waits = waiting_times(Path(server.info["ledger"]), entries)
        if len(waits) != 2 * records:
            raise RuntimeError(f"{records} records were sent, the ledger acknowledges {len(waits)} transfers of them")
        server.verify()
    cpu["sender"] = sent["cpu_seconds"]
    return {"records": records, "rate": records / sent["seconds"], "seconds": sent["seconds"],
            "cpu_us": {name: seconds / records * 1e6 for name, seconds in cpu.items() if seconds > 0},
            "p50_ms": quantile(waits, 0.5), "p99_ms": quantile(waits, 0.99), "accept_p50": sent["accept_p50"],
            "accept_p99": sent["accept_p99"], "memory_mb": memory, "others": busy.others, "syncs_per_second": 1000 / probe["over"]}


class Sender:
    """bench_chain_load: sends so many records, each another person's, and waits until all are acknowledged."""

    def __init__(self, server, bin_folder):
        self.template = server.state / "record"
        load.write_body(self.template, load.record(2))
        self.server = server
        self.program = bin_folder / "bench_chain_load"

    def send(self, first, count):
        info = self.server.info
        command = [self.program, info["url"], info["clients"]["fedasil"]["token"], info["ca"], info["metrics"], self.template, first, count,
                   ENTRIES_PER_RECORD, WINDOW, CONNECTIONS]
        before = machine.children_seconds()
        done = subprocess.run([str(part) for part in command], capture_output=True, text=True, timeout=240)
        if done.returncode != 0:
            raise RuntimeError("the sender failed: " + done.stderr)
        result = json.loads(done.stdout)
        if result["refused"] or result["answered"] != count:
            raise RuntimeError(f"of {count} records {result['answered']} were answered, {result['refused']} of them not with 202")
        return result | {"cpu_seconds": machine.children_seconds() - before}


def check_everything_arrived(server, records):
    """Each partner has as many messages as records were sent, each under a key of its own."""
    for name in PARTNERS:
        keys = [key for key, verdict in server.messages(name) if verdict == "ok"]
        if len(keys) != records or len(set(keys)) != records:
            raise RuntimeError(f"{records} records were sent; {name} took {len(keys)} messages under {len(set(keys))} keys")


def waiting_times(ledger, from_entry):
    """Milliseconds from transfer.requested to transfer.acknowledged, as the ledger dates them, sorted."""
    begun, out = {}, []
    for entry in entries_of(ledger, from_entry):
        if b'"kind":"transfer.requested"' in entry:
            entry = json.loads(entry)
            begun[entry["tx"]] = milliseconds(entry["time"])
        elif b'"kind":"transfer.acknowledged"' in entry:
            entry = json.loads(entry)
            out.append(milliseconds(entry["time"]) - begun[entry["tx"]])
    return sorted(out)


def entries_of(ledger, from_entry):
    number = 0
    for file in sorted((ledger / "segments").iterdir()):
        content, at = file.read_bytes(), 0
        while at < len(content):
            size = int.from_bytes(content[at:at + 2], "big")
            if number >= from_entry:
                yield content[at + 2:at + 2 + size]
            at += 2 + size
            number += 1


def milliseconds(time):
    """Of the day; a round does not cross midnight by the gateway's clock, which starts at noon."""
    hours, minutes, seconds = time[11:23].split(":")
    return (int(hours) * 60 + int(minutes)) * 60_000 + round(float(seconds) * 1000)


def quantile(values, q):
    return values[int(q * (len(values) - 1))] if values else 0
