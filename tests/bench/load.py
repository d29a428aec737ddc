"""What is sent: a resident record or a consent, another person in each request, by wrk over keep-alive TLS connections."""
import json
import subprocess
from pathlib import Path

HERE = Path(__file__).resolve().parent
ROOT = HERE.parents[1]
EXAMPLE = ROOT / "mappings/examples/resident-to-vdab-profile/01-full-record.in.json"
CONNECTIONS = 64

# What differs per person, and where in the record it stands; load.lua fills it in. Values have the width of the real ones.
VARYING = {"message": ("messageId",), "number": ("resident", "identifiers", "fedasilNumber"), "ssin": ("resident", "identifiers", "ssin"),
           "file": ("resident", "identifiers", "immigrationOfficeNumber"), "birth": ("resident", "birth", "date")}
WIDTH = {"message": 36, "number": 9, "ssin": 11, "file": 8, "birth": 10}


def person(number):
    """What differs for the person of this number: the same as load.lua's."""
    serial, day = number % 1000, number // 1000
    year, month, day = 50 + day // 336 % 50, day // 28 % 12 + 1, day % 28 + 1
    nine = f"{year:02d}{month + 60:02d}{day:02d}{serial:03d}"
    return {"message": f"00000000-0000-4000-8000-{number:012x}", "number": f"F{number:08d}", "file": f"{number:08d}",
            "ssin": f"{nine}{97 - int(nine) % 97:02d}", "birth": f"19{year:02d}-{month:02d}-{day:02d}"}


def record(referrals):
    """The full example record with this many of its referrals: the first goes to VDAB."""
    full = json.loads(EXAMPLE.read_text())["record"]
    full.pop("handover")
    full["referrals"] = full["referrals"][:referrals]
    for name, path in VARYING.items():
        *parents, last = path
        at = full
        for key in parents:
            at = at[key]
        at[last] = f"@{name}@"
    return full


def consent():
    """A conversation that covers everything both partners of the chain may get."""
    purposes = {
        "work-guidance": ("vdab", "identity-core contact labour-access languages schooling referral identity-more residence childcare "
                                  "education work-experience skills wishes availability"),
        "civic-integration": ("agii", "identity-core contact status languages referral identity-more residence childcare schooling "
                                      "education work-experience skills availability"),
    }
    return {
        "subject": {"fedasilNumber": "@number@"},
        "consents": [{"purpose": purpose, "recipient": recipient, "decision": "GIVEN", "categories": categories.split()}
                     for purpose, (recipient, categories) in purposes.items()],
        "notice": {"id": "chain-cooperation", "version": "1.0", "language": "ara"},
        "explained": {"how": "HEARD", "interpreter": {"mode": "PHONE", "kind": "SOCIAL", "language": "ara"}},
        "expressed": {"how": "PAPER", "on": "2026-11-23", "place": "POE", "evidenceRef": "SCAN-1"},
        "recordedBy": "op-poe",
    }


def template_of(message):
    """The body as load.lua and bench_chain_load want it, and its size in bytes once it is filled in."""
    body = json.dumps(message, ensure_ascii=False, separators=(",", ":"))
    size = len(body.encode())
    for name, width in WIDTH.items():
        size += body.count(f"@{name}@") * (width - len(f"@{name}@"))
        body = body.replace(f"@{name}@", f"\1{name}\1")
    return body, size


def write_body(file, message):
    Path(file).write_bytes(template_of(message)[0].encode())


def write_request(file, path, token, message):
    """A POST of `message` as load.lua wants it; returns the size of the body in bytes."""
    body, size = template_of(message)
    head = (f"POST {path} HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer {token}\r\n"
            f"Content-Type: application/json\r\nContent-Length: {size}\r\n\r\n")
    Path(file).write_bytes((head + body).encode())
    return size


def send(url, request_file, seconds, connections=CONNECTIONS, first_person=0):
    """Runs wrk for a while; latencies in ms."""
    command = ["wrk", "-t1", f"-c{connections}", f"-d{seconds}s", "--timeout", "10s", "-s", HERE / "load.lua", url, "--", request_file,
               str(first_person)]
    done = subprocess.run([str(part) for part in command], capture_output=True, text=True, timeout=seconds + 60)
    for line in done.stdout.splitlines():
        if line.startswith("RESULT "):
            result = json.loads(line[len("RESULT "):])
            result["rate"] = result["requests"] / result["seconds"]
            return result
    raise RuntimeError(f"wrk told nothing about {url}:\n{done.stdout}{done.stderr}")
