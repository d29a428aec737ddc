"""Residents in a file: `POST /batches`, NDJSON, beside the same records one by one of the same round. From the first byte sent to the last row
taken and covered by a checkpoint; and whether memory follows the number of rows."""
import http.client
import json
import ssl
import statistics
import time
import urllib.parse

import load
import machine
import servers

ROWS_PER_FILE = 250_000  # of 3.9 KB: a file is 1 GiB at most, unless the operator allows more
LOOK_EVERY = 0.1
PATIENCE = 3600
FIRST = {"live": 4_000_000, "rows": 8_000_000}  # in the row of people (load.lua), so that nobody comes twice


def measure(bin_folder, folder, rounds, seconds, rows, say):
    figures = []
    for number in range(rounds):
        one = measure_round(bin_folder, folder, seconds, rows)
        figures.append(one)
        say(f"  round {number + 1}: {rows:,} rows, {one['rate']:,.0f}/s (working alone {one['work_rate']:,.0f}/s), one by one {one['live_rate']:,.0f}/s; "
            f"memory after a tenth / at the most {one['memory_tenth_mb']:.0f} / {one['memory_most_mb']:.0f} MB; others on the machine {one['others']:.0%}")
    return {"rows": rows, "rounds": figures, "medians": {key: statistics.median(one[key] for one in figures) for key in figures[0]}}


def measure_round(bin_folder, folder, seconds, rows):
    with servers.Gateway(folder, bin_folder) as server:
        load.send(server.url, server.request_file, 1, first_person=0)
        server.settle()
        live = load.send(server.url, server.request_file, seconds, first_person=FIRST["live"])
        server.settle()
    with servers.Gateway(folder, bin_folder) as server:  # another: memory and tables begin anew
        load.send(server.url, server.request_file, 1, first_person=0)
        server.settle()
        before, memory = server.kept(), Memory(server)
        started, working = time.monotonic(), 0.0
        with machine.Busy(server.pids()) as busy:
            for first in range(0, rows, ROWS_PER_FILE):
                working += send_file(server, FIRST["rows"] + first, min(ROWS_PER_FILE, rows - first), memory)
        took = time.monotonic() - started + server.settle()
        if server.kept() - before != rows or server.rows() != server.kept():
            raise RuntimeError(f"{rows} rows were taken; the ledger holds {server.kept() - before} of them, the vault {server.rows()} records")
        server.verify()
    return {"rate": rows / took, "work_rate": rows / working, "live_rate": live["rate"], "cpu_us": busy.server_seconds / rows * 1e6,
            "memory_tenth_mb": memory.at(rows // 10), "memory_most_mb": memory.most, "others": busy.others}


class Memory:
    """Of the gateway while rows are taken."""

    def __init__(self, server):
        self.server, self.before, self.seen, self.most = server, 0, [], 0.0

    def look(self, completed):
        now = machine.resident_mb(self.server.pids())
        self.seen.append((self.before + completed, now))
        self.most = max(self.most, now)

    def at(self, rows):
        return next((mb for taken, mb in self.seen if taken >= rows), self.most)


def send_file(server, first, rows, memory):
    """Seconds from the answer to the last row; every row must be taken."""
    url = urllib.parse.urlsplit(server.info["url"])
    connection = http.client.HTTPSConnection(url.hostname, url.port, timeout=60, context=ssl.create_default_context(cafile=server.info["ca"]))
    authorised = {"Authorization": f"Bearer {server.token}"}
    connection.request("POST", f"{url.path}/batches", pieces(first, rows), authorised | {"Content-Type": "application/x-ndjson"}, encode_chunked=True)
    task = answer_of(connection, 202)
    started = time.monotonic()
    while task["state"] in ("RUNNING", "ACCEPTED"):
        time.sleep(LOOK_EVERY)
        if time.monotonic() - started > PATIENCE:
            raise RuntimeError(f"a batch of {rows} rows did not end within {PATIENCE} s")
        connection.request("GET", f"{url.path}/batches/{task['id']}", headers=authorised)
        task = answer_of(connection, 200)
        memory.look(task["completed"])
    worked = time.monotonic() - started
    memory.before += rows
    if task["state"] != "DONE" or task["accepted"] != rows:
        raise RuntimeError(f"of {rows} rows {task['accepted']} were taken: {json.dumps(task)[:500]}")
    return worked


def answer_of(connection, status):
    answer = connection.getresponse()
    body = answer.read()
    if answer.status != status:
        raise RuntimeError(f"{answer.status} instead of {status}: {body[:500]}")
    return json.loads(body)


def pieces(first, rows):
    """The file in pieces of a hundred rows: the record of the live path, another person's in each."""
    template = load.template_of(load.record(0))[0] + "\n"
    for at in range(first, first + rows, 100):
        yield "".join(row_of(template, person) for person in range(at, min(at + 100, first + rows))).encode()


def row_of(template, person):
    for name, value in load.person(person).items():
        template = template.replace(f"\1{name}\1", value)
    return template
