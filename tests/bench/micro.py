"""Programs that measure one part by themselves: the mapping engine and the ledger."""
import json
import resource
import statistics
import subprocess
import sys

import load

PEERS = load.HERE / "peers/translate"


def run(command, **more):
    done = subprocess.run([str(one) for one in command], capture_output=True, timeout=600, **more)
    if done.returncode != 0:
        raise RuntimeError(f"{command[0]}: " + done.stderr.decode(errors="replace")[-2000:])
    return done.stdout


def translation(bin_folder, folder, installed, rounds, seconds):
    """Microseconds of processor time per record: medians of bench_translate's and of every peer's rounds."""
    out, allocations = own_translation(bin_folder, rounds, seconds)
    run([bin_folder / "bench_translate", "--write", folder], cwd=load.ROOT)
    example = json.loads(load.EXAMPLE.read_text())
    context = {key: example[key] for key in ("referral", "derived", "transfer")}
    (folder / "context.json").write_text(json.dumps(context))
    for engine in ("javascript", "jsonata"):
        lines = run(["node", PEERS / "bench.js", engine, folder / "record.json", folder / "context.json", folder / "profile.json", rounds,
                     seconds], cwd=installed)
        out[engine] = statistics.median(float(line) for line in lines.split()) / 1000
    out["jq"] = jq(folder, rounds)
    out["xsltproc"] = xsltproc(folder, context["transfer"]["id"], rounds)
    return {"microseconds": out, "allocations": allocations}


def own_translation(bin_folder, rounds, seconds):
    done = run([bin_folder / "bench_translate", f"--benchmark_repetitions={rounds}", f"--benchmark_min_time={seconds}",
                "--benchmark_enable_random_interleaving=true", "--benchmark_format=json"], cwd=load.ROOT)
    unit = {"ns": 1e-3, "us": 1, "ms": 1e3}
    out, allocations = {}, {}
    for one in json.loads(done)["benchmarks"]:
        if one.get("error_occurred"):
            print(f"  {one['name']} was not measured: {one['error_message']}", file=sys.stderr)
        elif one.get("aggregate_name") == "median":
            name = one["run_name"].split("/repeats:")[0]
            out[name] = one["cpu_time"] * unit[one["time_unit"]]
            if "allocations" in one:
                allocations[name] = one["allocations"]
    return out, allocations


def processor_seconds(command):
    """Of one run of a program that is given many records, its output thrown away."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    subprocess.run([str(one) for one in command], stdout=subprocess.DEVNULL, check=True, timeout=600)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


def per_record(command, many, rounds):
    """What a record costs once the program runs: many records less one. `command` makes the command for so many."""
    return statistics.median((processor_seconds(command(many)) - processor_seconds(command(1))) / (many - 1) for _ in range(rounds)) * 1e6


def must_be_the_gateways(who, made, file):
    # A line's end closes their output, and nothing else may differ.
    if made.removesuffix(b"\n") != file.read_bytes():
        raise RuntimeError(f"{who}: the message is not the gateway's, so nothing is measured; compare {file.name}")


def jq(folder, rounds):
    def command(count):
        records = folder / f"{count}-records.json"
        if not records.exists():
            records.write_bytes((folder / "record.json").read_bytes() * count)
        return ["jq", "-c", "--argjson", "context", (folder / "context.json").read_text(), "-f", PEERS / "profile.jq", records]

    must_be_the_gateways("jq", run(command(1)), folder / "profile.json")
    return per_record(command, 1000, rounds)


def xsltproc(folder, transfer, rounds):
    def command(count):
        return ["xsltproc", "--stringparam", "transfer", transfer, PEERS / "dossier.xsl", *[folder / "candidate.xml"] * count]

    must_be_the_gateways("xsltproc", run(command(1)), folder / "dossier.xml")
    return per_record(command, 1000, rounds)


def ledger_once(bin_folder, folder, seconds):
    """What bench_ledger prints: one dict per line of key=value pairs."""
    done = subprocess.run([str(bin_folder / "bench_ledger"), str(folder / "ledger"), str(seconds)], capture_output=True, text=True,
                          timeout=600)
    if done.returncode != 0:
        raise RuntimeError("bench_ledger: " + done.stderr[-2000:])
    lines = [line.split() for line in done.stdout.splitlines() if "=" in line]
    return [{key: float(value) for key, value in (pair.split("=") for pair in line)} for line in lines]


def ledger(bin_folder, folder, rounds, seconds):
    """Medians over rounds, by in-flight submissions; and the entries a verifier reads per second and core."""
    runs = [ledger_once(bin_folder, folder, seconds) for _ in range(rounds)]
    appends = {}
    for lines in zip(*runs):
        middle = {key: statistics.median(line[key] for line in lines) for key in lines[0]}
        if "in_flight" in middle:
            appends[int(middle["in_flight"])] = middle
        else:
            reading = middle
    return {"appends": appends, "reading": reading}
