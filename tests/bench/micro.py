"""Programs that measure one part by themselves: the mapping engine and the ledger."""
import json
import statistics
import subprocess
import sys

import load

EXAMPLE_OUT = load.EXAMPLE.with_name(load.EXAMPLE.name.replace(".in.", ".out."))


def translation(bin_folder, rounds, seconds):
    """Microseconds per record: the medians of every benchmark of bench_translate, and of JavaScript by hand."""
    done = subprocess.run([str(bin_folder / "bench_translate"), f"--benchmark_repetitions={rounds}", f"--benchmark_min_time={seconds}",
                           "--benchmark_enable_random_interleaving=true", "--benchmark_format=json"], cwd=load.ROOT, capture_output=True,
                          text=True, timeout=600)
    if done.returncode != 0:
        raise RuntimeError("bench_translate: " + done.stderr[-2000:])
    unit = {"ns": 1e-3, "us": 1, "ms": 1e3}
    out, allocations = {}, {}
    for one in json.loads(done.stdout)["benchmarks"]:
        if one.get("error_occurred"):
            print(f"  {one['name']} was not measured: {one['error_message']}", file=sys.stderr)
        elif one.get("aggregate_name") == "median":
            name = one["run_name"].split("/repeats:")[0]
            out[name] = one["cpu_time"] * unit[one["time_unit"]]
            if "allocations" in one:
                allocations[name] = one["allocations"]
    script = load.HERE / "peers/translate/bench.js"
    done = subprocess.run(["node", script, load.EXAMPLE, EXAMPLE_OUT, str(rounds), str(seconds)], capture_output=True, text=True,
                          timeout=600)
    if done.returncode != 0:
        raise RuntimeError("JavaScript by hand: " + done.stderr[-2000:])
    out["javascript"] = statistics.median(float(line) for line in done.stdout.split()) / 1000
    return {"microseconds": out, "allocations": allocations}


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
