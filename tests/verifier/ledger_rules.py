"""What the entries of a ledger say and what must follow from what: docs/ledger-format.md from "Entry" to "Rules", invariant by
invariant, with the forms of the bodies from docs/ledger-schemas. Part of ketenpoort_verify.py."""
import base64
import calendar
import datetime
import glob
import json
import os
import re

import ledger_decisions
from ledger_duties import Duties

SCHEMAS = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "..", "docs", "ledger-schemas")
DATE = "^[0-9]{4}-[0-9]{2}-[0-9]{2}$"


def read_schemas():
    schemas = {}
    for name in glob.glob(os.path.join(SCHEMAS, "*.schema.json")):
        with open(name, encoding="utf-8") as file:
            schemas[os.path.basename(name)[:-len(".schema.json")]] = json.load(file)
    return schemas


def is_date(text):
    try:
        datetime.date.fromisoformat(text)
        return True
    except ValueError:
        return False


def is_time(text):
    if not re.fullmatch(r"[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}\.[0-9]{3}Z", text):
        return False
    hour, minute, second = int(text[11:13]), int(text[14:16]), int(text[17:19])
    return is_date(text[:10]) and hour < 24 and minute < 60 and second < 60


def complaint(value, schema, path="body"):
    """Why a value does not have the form, or nothing. As much of JSON Schema as the schemas of the bodies use."""
    kinds = {"object": dict, "array": list, "string": str, "integer": int, "boolean": bool}
    if not isinstance(value, kinds[schema["type"]]) or isinstance(value, bool) != (schema["type"] == "boolean"):
        return f"{path} is no {schema['type']}"
    if "enum" in schema and value not in schema["enum"]:
        return f"{path} is not in its closed list"
    if isinstance(value, dict):
        known = schema.get("properties", {})
        for name in schema.get("required", []):
            if name not in value:
                return f"{path}.{name} is missing"
        for name, item in value.items():
            wrong = complaint(item, known[name], f"{path}.{name}") if name in known else f"{path}.{name} is unknown"
            if wrong:
                return wrong
    elif isinstance(value, list):
        if len(value) < schema.get("minItems", 0):
            return f"{path} is empty"
        wrong = next(filter(None, (complaint(item, schema["items"], path + "[]") for item in value)), None)
        if wrong:
            return wrong
        names = schema["items"].get("enum", [])
        if schema.get("uniqueItems") and len({json.dumps(item, sort_keys=True) for item in value}) < len(value):
            return f"{path} has something twice"
        if "identity-core" in names and value != sorted(value, key=names.index):  # categories
            return f"{path} is not in the order of its closed list"
    elif isinstance(value, str):
        pattern = schema.get("pattern")
        if len(value) < schema.get("minLength", 0) or (pattern and not re.fullmatch(pattern, value)):
            return f"{path} has the wrong form"
        if pattern == DATE and not is_date(value):
            return f"{path} is no day"
        if pattern and "T[0-9]" in pattern and not is_time(value):
            return f"{path} is no time"
    elif isinstance(value, int) and not schema.get("minimum", value) <= value <= schema.get("maximum", value):
        return f"{path} is out of range"
    return None


# ---- the entry around the body ----

def text_like(pattern):
    return lambda value: isinstance(value, str) and re.fullmatch(pattern, value) is not None


UUID = "[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}"
UUID7 = "[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}"
ENTRY = {
    "v": lambda value: value == 1 and value is not True,
    "seq": lambda value: isinstance(value, int) and not isinstance(value, bool) and value >= 0,
    "time": lambda value: isinstance(value, str) and is_time(value),
    "id": text_like(UUID7),
    "kind": lambda value: isinstance(value, str),
    "node": text_like("(?s).+"),
    "actor": lambda value: isinstance(value, dict) and is_actor(value),
    "subject?": text_like("[0-9a-f]{32}"),
    "activity?": text_like("(?s)[^@]+@.+"),
    "tx?": text_like(UUID),
    "trace?": text_like(UUID),
    "refs?": lambda value: isinstance(value, list) and value != [] and all(ENTRY["seq"](ref) for ref in value),
    "body": lambda value: isinstance(value, dict),
    "sealed?": lambda value: isinstance(value, dict) and value.keys() == {"ct", "dek", "iv"}
    and bytes_of(value["iv"]) == 12 and bytes_of(value["dek"]) == 60 and bytes_of(value["ct"]) >= 16,
}


def is_actor(actor):
    return (actor.get("type") in ("system", "operator", "data-subject") and actor.keys() <= {"type", "org", "role", "op"}
            and all(isinstance(part, str) and part for part in actor.values())
            and re.fullmatch("[0-9]{10}", actor.get("org", "0000000000")) is not None)


PERSONAL = ("consent", "outcome", "recipient", "record", "request", "subject", "transfer")


def bytes_of(text):
    """How many bytes a text in base64 stands for; 0 when it is none, or not in its one form."""
    try:
        raw = base64.b64decode(text, validate=True) if isinstance(text, str) else b""
    except ValueError:
        return 0
    return len(raw) if base64.b64encode(raw).decode() == text else 0


def is_base64(text):
    return bytes_of(text) > 0


def moment(time):
    return datetime.datetime.strptime(time, "%Y-%m-%dT%H:%M:%S.%fZ")


def a_year_after(day):
    """Twelve months on, or the last day of that month."""
    year = str(int(day[:4]) + 1) + day[4:]
    return year if is_date(year) else year[:-2] + "28"


def months_after(day, months):
    """The same day so many months on, or the last day of that month."""
    year, month, number = map(int, day.split("-"))
    year, month = year + (month - 1 + months) // 12, (month - 1 + months) % 12 + 1
    return datetime.date(year, month, min(number, calendar.monthrange(year, month)[1]))


def day_in_belgium(time):
    """UTC+1, UTC+2 from the last Sunday of March to that of October, 01:00 UTC."""
    now = moment(time)

    def change(month):
        last = datetime.datetime(now.year, month, 31, 1)
        return last - datetime.timedelta(days=(last.weekday() + 1) % 7)
    summer = change(3) <= now < change(10)
    return (now + datetime.timedelta(hours=2 if summer else 1)).date().isoformat()


def covers(thing, day):
    return thing["validFrom"] <= day and ("validUntil" not in thing or day <= thing["validUntil"])


FOLLOWS = {
    "requested": {"held", "refused", "cancelled", "permitted"},
    "held": {"held", "permitted", "refused", "cancelled"},
    "permitted": {"delivered", "failed", "cancelled"},
    "failed": {"permitted", "held", "abandoned", "cancelled"},
    "delivered": {"acknowledged"},
    "abandoned": {"permitted"},
}


class Registry:
    """Registrations of one kind by seq; each may be replaced or ended."""

    def __init__(self):
        self.all = {}        # seq -> body
        self.current = set()  # seqs

    def add(self, seq, body, same=()):
        for old in list(self.current):
            if same and all(self.all[old].get(key) == body.get(key) for key in same):
                self.current.discard(old)
        self.all[seq] = body
        self.current.add(seq)

    def in_force(self, day, **what):
        """The last of those not replaced whose validity covers the day."""
        found = [seq for seq in self.current
                 if covers(self.all[seq], day) and all(self.all[seq][key] == value for key, value in what.items())]
        return max(found, default=None)


class Rules:
    """`flaw(seq, rule, what)` makes the exception. From an entry other than 0 only what needs no past is checked."""

    schemas = read_schemas()

    def __init__(self, flaw, first=0):
        self.make_flaw, self.first, self.seq = flaw, first, first
        self.time, self.id = "", ""
        self.records, self.cells, self.transfers, self.last_ids = {}, {}, {}, {}
        self.subjects, self.anchors, self.anchoring = {}, {}, None
        self.requests, self.marks, self.last_record, self.longest_hold = {}, {}, {}, 0
        self.left, self.continued_by = {}, {}  # mark: (subject it left, seq); subject: the one that continues it
        self.kept, self.arrived_last = {}, {}  # transfers that are not forgotten, by subject; by subject, recipient, purpose and message
        self.duties = Duties()
        self.purposes, self.rules, self.agreements, self.mappings = Registry(), Registry(), Registry(), Registry()

    def check(self, invariant, holds, what):
        if not holds:
            raise self.make_flaw(self.seq, f"invariant {invariant}", what)

    def apply(self, seq, entry):
        self.seq, self.entry = seq, entry
        self.check_entry(entry)
        self.check_place(seq, entry)
        if self.first == 0:
            self.body, self.subject, self.refs = entry["body"], entry.get("subject"), entry.get("refs", [])
            self.now, self.day = moment(entry["time"]), day_in_belgium(entry["time"])
            self.check_body()
            self.check(7, not self.duties.missed(self.now), "a recipient was not told in time")
            self.check(1, self.body.get("ledgerSize", 0) <= self.seq, "ledgerSize is beyond seq")
            family, _, action = entry["kind"].partition(".")
            handler = getattr(self, f"on_{family}_{action.replace('-', '_')}", None)
            if handler:
                handler()
            elif family == "transfer":
                self.on_transfer(action)
        self.time, self.id = entry["time"], entry["id"]

    covers = staticmethod(covers)

    # ---- invariant 1 ----

    def check_entry(self, entry):
        self.check(1, isinstance(entry, dict), "not an object")
        for name, holds in ENTRY.items():
            bare = name.rstrip("?")
            self.check(1, bare in entry or name != bare, f"{bare} is missing")
            self.check(1, bare not in entry or holds(entry[bare]), f"{bare} has the wrong form")
        self.check(1, {name.rstrip("?") for name in ENTRY} >= entry.keys(), "an unknown key")

    def check_place(self, seq, entry):
        self.check(1, entry["seq"] == seq, "seq is not its position")
        self.check(1, entry["time"] >= self.time, "time is before that of the entry before")
        self.check(1, entry["id"] > self.id, "id is not greater than the one before")
        self.check(1, all(ref < seq for ref in entry.get("refs", [])), "a ref does not point back")

    def check_body(self):
        kind = self.entry["kind"]
        self.check(1, kind in self.schemas, "a kind that does not exist")
        self.check(1, (kind == "ledger.opened") == (self.seq == 0), "ledger.opened stands first, and nowhere else")
        family = kind.partition(".")[0]
        if family != "audit":
            self.check(1, (self.subject is not None) == (family in PERSONAL), "subject stands where the kind says")
        self.check(1, ("tx" in self.entry) == (family in ("transfer", "outcome")), "tx stands where the kind says")
        self.check(1, complaint(self.body, self.schemas[kind]) is None, complaint(self.body, self.schemas[kind]))

    def check_new(self, sort, new, invariant):
        """Ids of a sort are UUIDs of version 7 that increase."""
        self.check(invariant, re.fullmatch(UUID7, new) and new > self.last_ids.get(sort, ""), f"the {sort} is no new id")
        self.last_ids[sort] = new

    def named(self, registry, seq):
        """An entry a decision names: of the right kind, and in refs."""
        self.check(1, seq in registry.all, f"entry {seq} is not of the kind that is named")
        self.check(1, seq in self.entry.get("refs", []), f"{seq} is not in refs")
        return registry.all[seq]

    # ---- the life of the log ----

    def on_ledger_anchored(self):
        self.check(1, 0 < self.body["size"] <= self.seq, "not the size of an earlier checkpoint")
        self.check(1, is_base64(self.body["token"]), "token is not base64")
        self.anchors["tsa " + self.body["tsa"]] = self.entry["time"]

    def on_ledger_cosigned(self):
        self.check(1, 0 < self.body["size"] <= self.seq, "not the size of an earlier checkpoint")
        self.check(1, self.body["signatures"] != [], "there is no signature")
        for line in self.body["signatures"]:
            parts = re.fullmatch("\u2014 ([^ +]+) (.+)", line)
            self.check(1, parts and bytes_of(parts[2]) >= 5, "a signature line that is none")
            self.anchors["witness " + parts[1]] = self.entry["time"]

    def on_config_activated(self):
        anchoring = self.body.get("anchoring")
        self.check(1, anchoring is None or (anchoring["quorum"] > 0 and anchoring["maxAgeSeconds"] > 0), "asks for nothing")
        if anchoring and not self.anchoring:
            self.anchored_since = self.entry["time"]
        self.anchoring, self.longest_hold = anchoring, self.body["longestHoldDays"]

    def is_stale(self):
        """Whether the quorum's worth of anchors last confirmed the log too long ago."""
        if not self.anchoring:
            return False
        times = sorted((max(time, self.anchored_since) for time in self.anchors.values()), reverse=True)
        quorum = self.anchoring["quorum"]
        confirmed = times[quorum - 1] if len(times) >= quorum else self.anchored_since
        return moment(self.entry["time"]) - moment(confirmed) > datetime.timedelta(seconds=self.anchoring["maxAgeSeconds"])

    # ---- what is registered ----

    def on_mapping_activated(self):
        self.mappings.add(self.seq, self.body, ("mapping", "message", "recipient"))

    def on_purpose_registered(self):
        self.purposes.add(self.seq, self.body, ("id", "recipient", "validFrom"))

    def on_rule_registered(self):
        self.rules.add(self.seq, self.body, ("id", "version"))

    def on_agreement_registered(self):
        standing = [self.agreements.all[seq]["id"] for seq in self.agreements.current]
        self.check(3, self.body["id"] not in standing, "an agreement with this id stands")
        self.agreements.add(self.seq, self.body)

    def on_agreement_amended(self):
        amended = self.named(self.agreements, self.body["amends"])
        self.check(3, self.body["amends"] in self.agreements.current, "the agreement had ended before")
        self.check(3, amended["id"] == self.body["id"], "the agreement has another id")
        self.agreements.add(self.seq, self.body, ("id",))

    def on_agreement_ended(self):
        seq = self.body["agreement"]
        self.named(self.agreements, seq)
        self.check(3, seq in self.agreements.current, "the agreement had ended before")
        self.agreements.current.discard(seq)

    # ---- consent ----

    def cell_key(self):
        return self.subject, self.body["purpose"], self.body["recipient"]

    def state_consent(self, given):
        body, key = self.body, self.cell_key()
        self.check_new("consent", body["consent"], 4)
        self.check(4, body["expressed"]["on"] <= self.day, "expressed on a day that has not come")
        if given:
            self.check(4, body["categories"], "a consent that is given names no category")
            self.check(4, "validUntil" in body and body["validUntil"] <= a_year_after(self.day), "given for too long")
        had = self.cells[key]["categories"] if key in self.cells else set()
        self.cells[key] = {
            "seq": self.seq, "consent": body["consent"], "state": "given" if given else "refused",
            "categories": set(body["categories"]) if given else set(), "validUntil": self.last_day_of(body),
            "representative": "representative" in body,
            "readIn": body["notice"]["language"] if body["explained"]["how"] == "READ" else None}
        self.lose(had - self.cells[key]["categories"])

    @staticmethod
    def last_day_of(body):
        """A consent counts for twelve months after it was expressed at most, whatever it states."""
        return min(body.get("validUntil", "9999-12-31"), a_year_after(body["expressed"]["on"]))

    def lose(self, categories):
        """The cell of this entry has them no more."""
        if categories:
            self.duties.arise(self.seq, self.now, "WITHDRAWAL", self.subject, categories, self.transfers,
                              self.body["recipient"], self.body["purpose"])

    def on_consent_given(self):
        self.state_consent(True)

    def on_consent_refused(self):
        self.state_consent(False)

    def on_consent_withdrawn(self):
        cell, taken = self.cells.get(self.cell_key()), set(self.body["categories"])
        self.check(4, cell is not None and cell["consent"] == self.body["consent"], "not the consent the cell rests on")
        self.check(4, cell["state"] == "given", "nothing is given in this cell")
        self.check(4, taken and taken <= cell["categories"], "categories are withdrawn that were not given")
        self.check(4, self.body["whole"] == (taken == cell["categories"]), "whole does not say whether anything is left")
        cell["seq"] = self.seq
        cell["categories"] -= taken
        if self.body["whole"]:
            cell["state"] = "withdrawn"
        self.lose(taken)

    # ---- subjects and records ----

    def on_record_received(self):
        self.check_new("record", self.body["record"], 2)
        self.records[self.body["record"]] = {"subject": self.subject, "centre": self.body["source"]["centre"]}
        self.last_record[self.subject] = self.body["record"]

    def check_request(self):
        """What answers a request comes while it is open, and is of its subject."""
        if "request" in self.body:
            request = self.requests.get(self.body["request"])
            self.check(2, request is not None and request["open"] and request["subject"] == self.subject, "no such open request")

    def on_request_opened(self):
        body = self.body
        if "extended" in body:
            return self.extend_request()
        self.check(2, body["request"] not in self.requests, "the request was opened before")
        self.requests[body["request"]] = {"subject": self.subject, "open": True, "article": body["article"],
                                          "deadline": body["deadline"], "extended": False}

    def extend_request(self):
        """Once, by two months (and holidays), before the deadline."""
        self.check_request()
        body, request = self.body, self.requests[self.body["request"]]
        self.check(2, not request["extended"] and body["article"] == request["article"], "extended twice, or to another article")
        self.check(2, self.day <= request["deadline"], "extended after its deadline")
        latest = months_after(request["deadline"], 2) + datetime.timedelta(days=7)
        self.check(2, request["deadline"] < body["deadline"] <= latest.isoformat(), "extended by more than two months")
        request.update(deadline=body["deadline"], extended=True)

    def on_request_closed(self):
        self.check_request()
        self.requests[self.body["request"]]["open"] = False

    def change_subject(self, cause, categories=None, **state):
        self.check_request()
        self.subjects.setdefault(self.subject, {"restricted": False, "erased": False}).update(state)
        if cause:
            self.duties.arise(self.seq, self.now, cause, self.subject, categories, self.transfers)

    def on_subject_restricted(self):
        self.change_subject("RESTRICTION", restricted=True)

    def on_subject_unrestricted(self):
        self.check_request()
        self.check(2, self.subjects.get(self.subject, {}).get("restricted"), "nothing restricts this subject itself")
        self.change_subject(None, restricted=False)

    def on_subject_rectified(self):
        self.check(2, self.body["categories"], "nothing is rectified")
        self.change_subject("RECTIFICATION", set(self.body["categories"]))

    def on_subject_erased(self):
        classes = self.body["classes"]
        self.check(2, classes and all(kept["class"] not in classes for kept in self.body["kept"]), "nothing is erased, or kept too")
        self.change_subject("ERASURE", erased=True)

    def on_subject_linked(self):
        self.check_request()
        mark = self.body["mark"]
        self.check(2, mark not in self.marks, "the number is somebody's already")
        self.marks[mark] = self.subject
        self.continued_by.pop(self.subject, None)
        left, where = self.left.get(mark, (None, None))
        if left not in (None, self.subject) and where in self.refs and left not in self.marks.values():
            self.continued_by.setdefault(left, self.subject)

    def on_subject_unlinked(self):
        self.check_request()
        self.check(2, self.marks.get(self.body["mark"]) == self.subject, "the number is not this subject's")
        del self.marks[self.body["mark"]]
        self.left[self.body["mark"]] = (self.subject, self.seq)

    def is_restricted(self, subject):
        """Itself, or one that it continues."""
        return (self.subjects.get(subject, {}).get("restricted", False)
                or any(by == subject and self.is_restricted(one) for one, by in self.continued_by.items()))

    def transfer_of_subject(self, tx):
        self.check(2, tx in self.transfers, "the transfer was never requested")
        transfer = self.transfers[tx]
        self.check(2, tx in self.kept[transfer["subject"]], "the transfer has ended")
        self.check(2, transfer["subject"] == self.subject, "the transfer is of another subject")
        return transfer

    def forget_ended(self, changed, action):
        """What no later entry may name: a transfer that ended, or whose delivery another one overtook, unless it arrived last."""
        lane = [self.transfers[changed][key] for key in ("recipient", "purpose", "message")]
        for tx in list(self.kept[self.subject]):
            one = self.transfers[tx]
            overtaken = (action == one["state"] == "delivered" and tx != changed
                         and lane == [one[key] for key in ("recipient", "purpose", "message")])
            ended = one["state"] in ("refused", "cancelled", "acknowledged")
            if (ended or overtaken) and self.arrived_last.get((self.subject, one["recipient"], one["purpose"], one["message"])) != tx:
                self.kept[self.subject].discard(tx)

    def is_record_kept(self, record):
        return record == self.last_record[self.subject] or any(
            self.transfers[tx]["record"] == record for tx in self.kept.get(self.subject, ()))

    def on_recipient_notified(self):
        if "tx" in self.body:
            self.check_recipient(self.transfer_of_subject(self.body["tx"]))
        self.duties.notified(self.seq, self.subject, self.body, self.refs, self.cells)

    def on_recipient_confirmed(self):
        body, told = self.body, self.duties.told.get(self.body["notified"])
        self.check(7, told is not None and told[0] == self.subject, "no such notification of this subject")
        self.check(1, body["notified"] in self.refs, "the notification is not in refs")
        self.check(7, (body["reply"] == "KEPT") == ("ground" in body), "a ground stands exactly where something is kept")
        if body["reply"] == "ERASED":
            self.duties.erased(body["notified"])

    def on_outcome_received(self):
        body = self.body
        self.check_recipient(self.transfer_of_subject(self.entry["tx"]))
        self.check(5, body["decidedFor"] == self.day, "decidedFor is not the day of the entry")
        agreement = self.named(self.agreements, body["agreement"])
        good = (body["agreement"] in self.agreements.current and covers(agreement, self.day) and agreement["direction"] == "back"
                and agreement["recipient"] == body["recipient"] and body["purpose"] in agreement["purposes"]
                and "outcome" in agreement["categories"])
        self.check(3, good, "the agreement does not cover it")
        asked = any(covers(self.purposes.all[seq], self.day) and self.purposes.all[seq]["consentRequired"]
                    for seq in self.purposes.current if self.purposes.all[seq]["id"] == body["purpose"])
        self.check(4, "consent" in body or not asked, "consent is required and none is named")
        if "consent" in body:
            self.check(1, body["consent"] in self.refs, "consent is not in refs")
            cell = next((cell for (subject, purpose, _), cell in self.cells.items()
                         if (subject, purpose) == (self.subject, body["purpose"]) and cell["seq"] == body["consent"]), None)
            self.check(4, cell is not None and cell["state"] == "given" and "outcome" in cell["categories"]
                       and self.day <= (cell["validUntil"] or self.day), "consent does not cover it")
        subject = self.subjects.get(self.subject, {})
        self.check(5, not self.is_restricted(self.subject) and not subject.get("erased"), "the subject is restricted or erased")
        self.check_outcome()

    def on_outcome_rejected(self):
        self.check_recipient(self.transfer_of_subject(self.entry["tx"]))
        self.check(5, self.body["decidedFor"] == self.day, "decidedFor is not the day of the entry")
        self.check(2, self.body["reasons"], "no reason is given")
        if "agreement" in self.body:
            self.named(self.agreements, self.body["agreement"])
        self.check(1, "consent" not in self.body or self.body["consent"] in self.refs, "consent is not in refs")
        self.check_outcome()

    def check_outcome(self):
        wrong = ledger_decisions.outcome_complaint(self, self.transfers[self.entry["tx"]], self.body)
        self.check(8, not wrong, wrong)

    def check_recipient(self, transfer):
        self.check(2, transfer["recipient"] == self.body["recipient"], "the transfer went to another recipient")

    # ---- transfers: invariant 2 ----

    def on_transfer_requested(self):
        tx, record = self.entry["tx"], self.records.get(self.body["record"])
        self.check_new("tx", tx, 2)
        self.check(2, record is not None and record["subject"] == self.subject, "no such record of this subject")
        self.check(2, self.is_record_kept(self.body["record"]), "another record has taken its place")
        self.kept.setdefault(self.subject, set()).add(tx)
        self.transfers[tx] = {**{key: self.body[key] for key in ("recipient", "purpose", "message")}, "subject": self.subject,
                              "centre": record["centre"], "record": self.body["record"], "state": "requested", "attempts": 0,
                              "hold": None, "sent": set(), "requested": self.now}

    def on_transfer(self, action):
        transfer, body = self.transfer_of_subject(self.entry["tx"]), self.body
        self.check(2, action in FOLLOWS.get(transfer["state"], ()), f"{action} cannot follow {transfer['state']}")
        if "reasons" in body:
            self.check_ground(transfer)
        if action == "permitted":
            self.check(2, body["attempt"] == transfer["attempts"] + 1, "attempt is not the next one")
            built = [body[key] for key in ("commit", "payloadSize", "categories", "leftOut")] + [body["mapping"]["seq"]]
            self.check(2, built == transfer.setdefault("built", built), "not what the first permit sends")
        if "decidedFor" in body:
            self.check(5, body["decidedFor"] == self.day, "decidedFor is not the day of the entry")
        if action == "held":
            self.check_hold(transfer)
        elif action == "permitted":
            self.check_permit(transfer)
            transfer["attempts"] += 1
            transfer["sent"] = set(body["categories"])
            transfer["permit"] = self.seq
        elif action == "abandoned":
            self.check(2, body["attempts"] == transfer["attempts"], "attempts is not the number made")
        elif "attempt" in body:
            self.check(2, body["attempt"] == transfer["attempts"], "not the attempt that is open")
        if action == "delivered":
            self.check(2, 200 <= body["status"] <= 299, "delivered with a status that says otherwise")
        if "reasons" in body:
            wrong = ledger_decisions.complaint(self, transfer, action, body)
            self.check(8, not wrong, wrong)
        if action == "delivered" or body.get("mayHaveArrived"):
            self.duties.arrived(transfer)
            self.arrived_last[self.subject, transfer["recipient"], transfer["purpose"], transfer["message"]] = self.entry["tx"]
        if transfer["state"] == "permitted":
            self.duties.permit_ended(self.entry["tx"], action == "delivered" or body.get("mayHaveArrived", False))
        transfer["state"] = action
        transfer["hold"] = (body["reasons"], body.get("heldUntil")) if action == "held" else None
        self.forget_ended(self.entry["tx"], action)

    def check_ground(self, transfer):
        body = self.body
        self.check(2, body["reasons"] and len(set(body["reasons"])) == len(body["reasons"]), "no reason, or one twice")
        if "agreement" in body:
            self.named(self.agreements, body["agreement"])
        if "purposeSeq" in body:
            self.named(self.purposes, body["purposeSeq"])
        for rule in body["rules"]:
            self.named(self.rules, rule)
        if "consent" in body:
            cell = self.cells.get((self.subject, transfer["purpose"], transfer["recipient"]))
            self.check(1, cell is not None and cell["seq"] == body["consent"], "consent is not the seq of the cell")
            self.check(1, body["consent"] in self.entry.get("refs", []), "consent is not in refs")

    def check_hold(self, transfer):
        body = self.body
        if "heldUntil" in body:
            self.check(2, "too-early" in body["reasons"], "heldUntil without too-early")
            self.check(2, body["heldUntil"] > body["decidedFor"], "heldUntil does not lie ahead")
        self.check(2, transfer["hold"] != (body["reasons"], body.get("heldUntil")), "held again for the same reasons")

    # ---- permits: invariants 3 to 6 ----

    def check_permit(self, transfer):
        body, sent = self.body, set(self.body["categories"])
        same = all(body[key] == transfer[key] for key in ("recipient", "purpose", "message"))
        self.check(2, same, "recipient, purpose and message are not those requested")
        self.check(3, sent, "it sends no category")
        purpose = self.check_purpose(sent)
        self.check_agreement(transfer, purpose, sent)
        self.check_consent(purpose, sent)
        subject = self.subjects.get(self.subject, {})
        self.check(5, not self.is_restricted(self.subject) and not subject.get("erased"), "the subject is restricted or erased")
        self.check(5, body.get("notBefore", "") <= body["decidedFor"], "before the date its rule gives")
        self.check(3, not self.is_stale(), "the log was not confirmed by others in time")
        self.check_mapping(sent)
        rule = self.rules.all.get(self.rules.in_force(self.day, id=purpose.get("rule")), {})
        self.check(5, "notBefore" not in body or "waitingMonths" in rule, "notBefore though no rule makes anybody wait")
        self.check(5, "sealed" in self.entry, "its facts are not sealed in it")

    def check_purpose(self, sent):
        body, day = self.body, self.body["decidedFor"]
        purpose = self.named(self.purposes, body["purposeSeq"])
        in_force = self.purposes.in_force(day, id=body["purpose"], recipient=body["recipient"])
        self.check(3, in_force == body["purposeSeq"], "not the purpose in force")
        self.check(3, body["basis"] == purpose["basisSender"], "basis is not the purpose's")
        self.check(3, sent <= set(purpose["required"]) | set(purpose["optional"]), "a category that is never for the purpose")
        bodies = [one["body"] for one in purpose.get("bodies", [])]
        self.check(3, not bodies or body["recipientBody"] in bodies, "recipientBody is none of the purpose's bodies")
        for rule in body["rules"]:
            self.named(self.rules, rule)
        if "rule" in purpose:
            rule = self.rules.in_force(day, id=purpose["rule"])
            self.check(3, rule is not None and rule in body["rules"], "the rule in force is not among rules")
        return purpose

    def check_agreement(self, transfer, purpose, sent):
        body, seq = self.body, self.body["agreement"]
        agreement = self.named(self.agreements, seq)
        self.check(3, seq in self.agreements.current, "the agreement has ended")
        self.check(3, covers(agreement, body["decidedFor"]), "the agreement is not in force")
        self.check(3, agreement["direction"] == "out" and agreement["recipient"] == body["recipient"]
                   and agreement["recipientBody"] == body["recipientBody"], "the agreement is not with this recipient")
        self.check(3, body["centre"] == transfer["centre"], "centre is not the record's")
        self.check(3, not agreement["centres"] or body["centre"] in agreement["centres"], "does not cover the centre")
        self.check(3, body["purpose"] in agreement["purposes"], "does not cover the purpose")
        self.check(3, sent | set(purpose["required"]) <= set(agreement["categories"]), "does not cover every category")

    def check_consent(self, purpose, sent):
        body = self.body
        if "consent" not in body:
            self.check(4, not purpose["consentRequired"], "consent is required and none is named")
            return
        self.check(1, body["consent"] in self.entry.get("refs", []), "consent is not in refs")
        cell = self.cells.get((self.subject, body["purpose"], body["recipient"]))
        self.check(4, cell is not None and cell["seq"] == body["consent"], "consent is not the last word on this cell")
        if purpose["consentRequired"]:
            self.check(4, cell["state"] == "given", "consent is refused or withdrawn")
            self.check(4, sent | set(purpose["required"]) <= cell["categories"], "consent does not cover every category")
            self.check(4, cell["validUntil"] is None or body["decidedFor"] <= cell["validUntil"], "consent has expired")

    def check_mapping(self, sent):
        body, named = self.body, self.body["mapping"]
        mapping = self.named(self.mappings, named["seq"])
        same = (mapping["mapping"], mapping["version"], mapping["hash"]) == (named["name"], named["version"], named["hash"])
        self.check(6, same, "not the mapping that was activated")
        self.check(6, mapping["recipient"] == body["recipient"] and mapping["message"] == body["message"],
                   "the mapping is for another recipient or message")
        self.check(6, body["purpose"] in mapping["purposes"], "the mapping is not for this purpose")
        self.check(6, sent <= set(mapping["categories"]), "a category the mapping does not declare")
