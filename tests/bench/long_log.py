"""A log of ten million entries: how long it takes to open, verify and ask, and what it takes of memory."""
import os
import subprocess
import time

import machine


def pairs(text):
    return [{key: float(value) for key, value in (pair.split("=") for pair in line.split())} for line in text.splitlines() if "=" in line]


def bench(bin_folder, *words, timeout=7200):
    done = subprocess.run([str(bin_folder / "bench_log"), *map(str, words)], capture_output=True, text=True, timeout=timeout)
    if done.returncode != 0:
        raise RuntimeError("bench_log " + str(words[0]) + ": " + done.stderr[-2000:])
    return pairs(done.stdout)


def median(values):
    return sorted(values)[len(values) // 2]


def verify(bin_folder, ledger):
    """Seconds and most memory of ketenpoort-verify, with the key that the log's first entry names."""
    with open(ledger / "segments" / f"{0:020d}", "rb") as segment:
        first = segment.read(int.from_bytes(segment.read(2), "big")).decode()
    key = first.split('"vkey":"')[1].split('"')[0]
    started = time.monotonic()
    process = subprocess.Popen([str(bin_folder / "ketenpoort-verify"), str(ledger), "--key", key], stdout=subprocess.PIPE,
                               stderr=subprocess.STDOUT, text=True)
    said = process.stdout.read()
    _, status, usage = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode != 0:
        raise RuntimeError("ketenpoort-verify: " + said[-2000:])
    return {"verify_s": time.monotonic() - started, "verify_cpu_s": usage.ru_utime + usage.ru_stime, "verify_peak_mb": usage.ru_maxrss / 1024}


def measure(bin_folder, folder, entries, say):
    """Builds the log in `folder`, which takes about a kilobyte an entry, and measures what is done with it."""
    with machine.Busy(frozenset()) as busy:
        out = measure_all(bin_folder, folder / "long-log", entries, say)
    return out | {"others": busy.others}


def measure_all(bin_folder, state, entries, say):
    (out,) = bench(bin_folder, "build", state, entries)
    say(f"  made: {out['entries']:,.0f} entries in {out['append_s']:.0f} s, indexed after {out['indexed_s']:.0f} s, at most {out['peak_mb']:.0f} MB")
    out |= verify(bin_folder, state / "ledger")
    say(f"  verified in {out['verify_s']:.0f} s, at most {out['verify_peak_mb']:.0f} MB")
    (dossier,) = bench(bin_folder, "dossier", state)
    out |= dossier
    starts = bench(bin_folder, "start", state)
    for key in ("start_ms", "start_after_crash_ms"):
        out[key] = median([one[key] for one in starts if key in one])
    out["start_rss_mb"] = max(one["rss_mb"] for one in starts if "rss_mb" in one)
    say(f"  started in {out['start_ms']:.0f} ms, after a crash in {out['start_after_crash_ms']:.0f} ms")
    (lag,) = bench(bin_folder, "lag", state, 20)
    return out | {"lag_rate": lag["lag_rate"], "lag_p50_ms": lag["lag_p50_ms"], "lag_max_ms": lag["lag_max_ms"], "lag_rss_mb": lag["rss_mb"]}
