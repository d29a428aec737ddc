"""Made-up residents for the tests: one good record, changed where a test needs it."""
import copy
import datetime
import itertools
import uuid

_serial = itertools.count(100)


def mock_ssin(year, month, day, serial=None):
    """A number of the mock register (month + 60), so that it is nobody's; one of 900 for a day of birth."""
    nine = f"{year % 100:02}{month + 60:02}{day:02}{(next(_serial) if serial is None else serial) % 900 + 50:03}"
    base = int(("2" if year >= 2000 else "") + nine)
    return nine + f"{97 - base % 97:02}"


def resident(number, **changes):
    """A record of somebody who applied long ago and may work; `changes` are dotted paths with __ for dots."""
    record = {
        "messageId": str(uuid.uuid4()),
        "sentAt": "2026-11-24T09:00:00+01:00",
        "recordVersion": "1.0",
        "source": {"system": "TEST", "organisation": "0860737913",
                   "centre": {"code": "TST", "name": "Testcentrum", "municipalityNis": "33040", "region": "VLA"}},
        "resident": {
            "identifiers": {"fedasilNumber": number, "ssin": mock_ssin(1990, 5, 14)},
            "name": {"family": "Voorbeeld", "given": ["Anna"]},
            "birth": {"date": "1990-05-14", "country": "SYR"},
            "sex": 2, "nationalities": ["SYR"],
            "contact": {"preferredLanguage": "ara", "interpreterNeeded": True, "phone": "+32470000001"},
            "stay": {"from": "2026-01-05"},
            "household": {"size": 1, "childcareNeeded": False},
        },
        "procedure": {"asOf": "2026-11-23", "profile": "APPLICANT", "track": "ORDINARY", "status": "LODGED", "lodgedOn": "2026-01-10",
                      "documents": [{"type": "AI_MODEL_A", "number": "T1", "validFrom": "2026-05-10", "validUntil": "2027-05-09",
                                     "labourMarket": "UNLIMITED"}]},
        "screening": {"id": "S" + number, "conductedOn": "2026-02-01",
                      "literacy": {"latinScript": "GOOD"},
                      "languages": [{"code": "ara", "native": True, "contact": True},
                                    {"code": "eng", "cefr": {"spokenInteraction": "B1"}}],
                      "schooling": {"yearsTotal": 12, "highestLevel": 3},
                      "wishes": {"occupations": [{"title": "Kok", "isco": "5120", "preference": "WANTED"}]}},
        "referrals": [{"id": number + "-1", "recipient": "vdab", "purpose": "work-guidance", "reason": "WORK_TALK"},
                      {"id": number + "-2", "recipient": "agii", "purpose": "language-course", "reason": "NIV_TEST"}],
    }
    return changed(record, **changes)


def changed(record, **changes):
    record = copy.deepcopy(record)
    for path, value in changes.items():
        *parents, last = path.split("__")
        target = record
        for key in parents:
            target = target[key]
        if value is None:
            target.pop(last, None)
        else:
            target[last] = value
    return record


REQUIRED = {"work-guidance": ["identity-core", "contact", "labour-access", "languages", "schooling", "referral"],
            "language-course": ["identity-core", "contact", "languages", "schooling", "referral"]}
RECIPIENT = {"work-guidance": "vdab", "language-course": "agii"}


def consent(number, decisions=None, extra=("wishes",), today=datetime.date(2026, 11, 24)):
    """A conversation: decisions maps purpose to GIVEN or REFUSED; `extra` categories on top of the required ones."""
    decisions = decisions or {"work-guidance": "GIVEN", "language-course": "GIVEN"}
    return {
        "subject": {"fedasilNumber": number},
        "consents": [{"purpose": p, "recipient": RECIPIENT[p], "decision": d,
                      "categories": REQUIRED[p] + [c for c in extra if p == "work-guidance"]} for p, d in decisions.items()],
        "notice": {"id": "chain-cooperation", "version": "1.0", "language": "ara"},
        "explained": {"how": "HEARD", "interpreter": {"mode": "PHONE", "kind": "SOCIAL", "language": "ara"}},
        "expressed": {"how": "PAPER", "on": today.isoformat(), "place": "TST", "evidenceRef": "SCAN-1"},
        "recordedBy": "op-tst",
    }
