"""The machine: what it is, what its disk does, and who else was busy on it."""
import os
import platform
import time
from pathlib import Path

TICKS = os.sysconf("SC_CLK_TCK")
PAGE = os.sysconf("SC_PAGE_SIZE")


def describe(folder):
    model = next((line.split(":", 1)[1].strip() for line in Path("/proc/cpuinfo").read_text().splitlines()
                  if line.startswith("model name")), platform.machine())
    memory = int(Path("/proc/meminfo").read_text().split()[1]) // 1024
    return {"cpu": model, "cores": os.cpu_count(), "memory_mb": memory, "kernel": platform.release(), "file_system": file_system(folder)}


def file_system(folder):
    folder = str(Path(folder).resolve())
    best = ("", "unknown")
    for line in Path("/proc/mounts").read_text().splitlines():
        _, mount, kind, *_ = line.split()
        inside = mount == "/" or folder == mount or folder.startswith(mount + "/")
        if inside and len(mount) >= len(best[0]):
            best = (mount, kind)
    return best[1]


def probe_sync(folder, size=4096, count=200):
    """Median fdatasync after an append and after writing over old blocks (what a preallocated journal does), in ms."""
    path = Path(folder) / "sync-probe"
    block = os.urandom(size)
    handle = os.open(path, os.O_CREAT | os.O_TRUNC | os.O_RDWR, 0o600)
    try:
        appended = _timed_syncs(handle, block, count)
        os.lseek(handle, 0, os.SEEK_SET)
        over = _timed_syncs(handle, block, count)
    finally:
        os.close(handle)
        path.unlink()
    return {"append": appended, "over": over}


def _timed_syncs(handle, block, count):
    times = []
    for _ in range(count):
        os.write(handle, block)
        start = time.perf_counter()
        os.fdatasync(handle)
        times.append(time.perf_counter() - start)
    return sorted(times)[count // 2] * 1000


def processes_under(pid):
    """A process and its descendants that live."""
    parents = {}
    for entry in os.listdir("/proc"):
        if entry.isdigit():
            stat = _stat(entry)
            if stat:
                parents[int(entry)] = int(stat[1])
    found = {pid} if pid in parents else set()
    while True:
        more = {child for child, parent in parents.items() if parent in found} - found
        if not more:
            return found
        found |= more


def _stat(pid):
    try:
        return Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()
    except OSError:
        return None


def resident_mb(pids):
    return sum(int(stat[21]) * PAGE for stat in map(_stat, pids) if stat) / (1 << 20)


def cpu_seconds(pids):
    return sum(int(stat[11]) + int(stat[12]) for stat in map(_stat, pids) if stat) / TICKS


def children_seconds():
    """CPU time of the children that have ended and been waited for."""
    times = os.times()
    return times.children_user + times.children_system


class Busy:
    """CPU time of a server while a block runs, and the share of the machine that strangers took: neither the server nor its helpers
    nor the load generator."""

    def __init__(self, pids, helpers=frozenset()):
        self.pids = pids
        self.helpers = helpers

    def __enter__(self):
        self.start = self._now()
        return self

    def __exit__(self, *_):
        end = self._now()
        machine, self.server_seconds, ours, wall = (b - a for a, b in zip(self.start, end))
        self.others = max(0.0, machine - self.server_seconds - ours) / (wall * os.cpu_count())

    def _now(self):
        user, nice, system, _, _, irq, softirq, *_ = map(int, Path("/proc/stat").read_text().split()[1:9])
        times = os.times()
        own = times.children_user + times.children_system + times.user + times.system + cpu_seconds(self.helpers)
        return (user + nice + system + irq + softirq) / TICKS, cpu_seconds(self.pids), own, time.monotonic()
