"""Whether holds, refusals and cancellations follow from the log before them: invariant 8 of docs/ledger-format.md, facts sealed.
Part of ketenpoort_verify.py."""
import datetime

# The order in which policy looks; of reasons in one step at most one stands in a list.
ORDER = [
    ["subject-erased"], ["subject-restricted"], ["stay-ended"], ["identity-conflict"], ["identifier-missing"], ["minor"],
    ["representative-missing", "representative-lapsed"], ["no-agreement", "agreement-not-in-force"], ["purpose-not-covered"],
    ["category-not-covered"], ["recipient-not-covered"], ["centre-not-covered"], ["wrong-region"], ["purpose-not-covered"],
    ["not-in-target-group", "too-early", "document-missing", "card-not-renewed"], ["procedure-stale"],
    ["no-consent", "consent-refused", "consent-withdrawn"], ["representative-missing", "representative-lapsed"],
    ["consent-expired"], ["not-informed"], ["category-not-covered"], ["nothing-to-send"], ["anchor-stale"]]
HELD = {"subject-restricted", "identity-conflict", "identifier-missing", "representative-missing", "representative-lapsed", "too-early",
        "document-missing", "card-not-renewed", "procedure-stale", "no-consent", "consent-expired", "not-informed", "mapping-failed",
        "schema-invalid", "anchor-stale"}
OF_THE_MAPPING = {"identifier-missing", "mapping-failed", "schema-invalid", "nothing-to-send", "category-not-covered"}


class Place:
    """A decision about a transfer, seen from the log before it."""

    def __init__(self, rules, transfer, body):
        self.rules, self.transfer, self.body = rules, transfer, body
        self.day, subject = rules.day, transfer["subject"]
        self.subject = {**rules.subjects.get(subject, {}), "restricted": rules.is_restricted(subject)}
        what = {"id": transfer["purpose"], "recipient": transfer["recipient"]}
        self.purpose_seq = rules.purposes.in_force(self.day, **what)
        self.purpose = rules.purposes.all.get(self.purpose_seq)
        wanted = (self.purpose or {}).get("rule")
        self.rule_seq = rules.rules.in_force(self.day, id=wanted) if wanted else None
        self.rule = rules.rules.all.get(self.rule_seq)
        self.bodies = (self.purpose or {}).get("bodies", [])
        self.lacks_rule = bool(wanted) and self.rule is None
        self.agreement = rules.agreements.all.get(body.get("agreement"))
        self.any_cell = rules.cells.get((subject, transfer["purpose"], transfer["recipient"]))
        self.asks = bool(self.purpose) and self.purpose["consentRequired"]
        self.cell = self.any_cell if self.asks else None
        self.state = self.cell["state"] if self.cell else None

    def covered(self):
        """What may be sent, as far as purpose, agreement and consent go."""
        if not self.purpose:
            return set()
        out = set(self.purpose["required"]) | set(self.purpose["optional"])
        if self.agreement:
            out &= set(self.agreement["categories"])
        if self.asks:
            out &= self.cell["categories"] if self.state == "given" else set()
        return out

    def lacks(self, agreement):
        """How much an agreement lacks, without what depends on the facts."""
        required = set(self.purpose["required"]) if self.purpose else set()
        return ((not self.rules.covers(agreement, self.day)) + (self.transfer["purpose"] not in agreement["purposes"])
                + (not required <= set(agreement["categories"]))
                + (agreement["centres"] != [] and self.transfer["centre"] not in agreement["centres"]))

    def exact(self):
        """Reasons that must stand, or must not, by what the log alone shows."""
        agreement, purpose, cell = self.agreement, self.purpose, self.cell
        required = set(purpose["required"]) if purpose else set()
        given = self.state == "given"
        covers = self.rules.covers
        return {
            "subject-erased": self.subject.get("erased", False),
            "subject-restricted": self.subject.get("restricted", False),
            "no-agreement": not agreement,
            "agreement-not-in-force": bool(agreement) and not covers(agreement, self.day),
            # Where there is no agreement, a purpose that nobody registered is not looked for.
            "purpose-not-covered": (bool(purpose) and self.lacks_rule)
            or (bool(agreement) and (not purpose or self.transfer["purpose"] not in agreement["purposes"])),
            "category-not-covered": bool(purpose) and (
                (bool(agreement) and not required <= set(agreement["categories"]))
                or (given and not required <= cell["categories"])),
            "centre-not-covered": bool(agreement) and bool(agreement["centres"])
            and self.transfer["centre"] not in agreement["centres"],
            "no-consent": self.asks and not cell,
            "consent-refused": self.state == "refused",
            "consent-withdrawn": self.state == "withdrawn",
            "consent-expired": given and cell["validUntil"] is not None and cell["validUntil"] < self.day,
            "nothing-to-send": bool(purpose) and (not self.asks or given) and not self.covered(),
        }

    def possible(self):
        """Reasons that the facts may give where the log leaves room for it."""
        algorithm = self.rule["algorithm"] if self.rule else None
        minors = bool(self.purpose) and self.purpose["minorsAllowed"]
        return {
            "wrong-region": bool(self.agreement) and bool(self.agreement["regions"] or self.bodies),
            "recipient-not-covered": bool(self.agreement) and any(
                one["body"] != self.agreement["recipientBody"] for one in self.bodies),
            "not-informed": self.state == "given" and self.cell["readIn"] is not None and not self.cell["representative"],
            "too-early": bool(self.rule) and "waitingMonths" in self.rule,
            "document-missing": algorithm in ("labour-market-access", "status-granted"),
            "card-not-renewed": algorithm == "labour-market-access",
            "not-in-target-group": algorithm in ("labour-market-access", "civic-integration-target-group"),
            "procedure-stale": bool(self.purpose),
            "minor": bool(self.purpose) and not minors,
            "representative-missing": minors,
            "representative-lapsed": minors or (self.state == "given" and self.cell["representative"]),
            "anchor-stale": self.rules.is_stale(),
            "identifier-missing": True, "identity-conflict": True, "stay-ended": True,
        }

    def explained(self, reason):
        """Whether the log explains a cancellation that an event brought about."""
        transfer, newer = self.transfer, self.has_newer_record()
        cell_state = self.any_cell["state"] if self.any_cell else None
        if reason == "superseded":
            shrunk = transfer["attempts"] > 0 and not transfer["sent"] <= self.covered()
            return newer or shrunk or self.asked_again()
        return {
            "consent-refused": cell_state == "refused",
            "consent-withdrawn": cell_state == "withdrawn",
            "subject-erased": self.subject.get("erased", False),
            "subject-restricted": self.subject.get("restricted", False),
            "stay-ended": newer,
            "hold-expired": transfer["state"] == "held" and self.waited_too_long(),
            "partner-rejected": transfer["state"] == "failed",
            "cancelled-by-operator": self.rules.entry["actor"]["type"] == "operator",
        }.get(reason, False)

    def has_newer_record(self):
        return self.rules.last_record.get(self.transfer["subject"], "") != self.transfer["record"]

    def asked_again(self):
        same = ("subject", "recipient", "purpose", "message")
        return any(tx > self.rules.entry["tx"] and all(other[key] == self.transfer[key] for key in same)
                   for tx, other in self.rules.transfers.items())

    def waited_too_long(self):
        longest = datetime.timedelta(days=self.rules.longest_hold)
        return self.rules.now - self.transfer["requested"] > longest


def outcome(reason, transfer):
    if reason == "stay-ended":
        return "cancelled"
    if reason in HELD:
        return "held"
    return "cancelled" if transfer["state"] == "failed" else "refused"


def in_order(reasons):
    at = 0
    for reason in reasons:
        while at < len(ORDER) and reason not in ORDER[at]:
            at += 1
        if at == len(ORDER):
            return False
        at += 1
    return True


def complaint(rules, transfer, action, body):
    """What is wrong with the reasons of a hold, a refusal or a cancellation, or nothing."""
    place, reasons = Place(rules, transfer, body), body["reasons"]
    if "decidedFor" not in body:
        if action != "cancelled":
            return "only a cancellation names no day"
        if "recipientBuilt" in body:
            return "it says of the recipient what no decision looked at"
        wrong = [reason for reason in reasons if not place.explained(reason)]
        return f"{wrong[0]} does not follow from the log" if wrong else None
    if "sealed" not in rules.entry:
        return "its facts are not sealed in it"
    return ground_complaint(place) or reasons_complaint(place, action, reasons)


def ground_complaint(place):
    body, agreement = place.body, place.agreement
    if body.get("purposeSeq") != place.purpose_seq:
        return "purposeSeq is not the purpose in force"
    if body.get("consent") != (place.cell["seq"] if place.cell else None):
        return "consent is not the cell"
    if body["rules"] != ([place.rule_seq] if place.rule else []):
        return "rules are not those in force"
    if "recipientBuilt" in body:  # it is false
        return "an agreement, though the recipient is not built" if agreement else None
    standing = {seq: one for seq, one in place.rules.agreements.all.items() if seq in place.rules.agreements.current
                and one["direction"] == "out" and one["recipient"] == place.transfer["recipient"]}
    if not agreement:
        anywhere = any(not one["municipalities"] for one in standing.values())
        return "no agreement is named, though one stands" if anywhere else None
    if body["agreement"] not in standing:
        return "the agreement could not be the ground"
    alike = [(-place.lacks(one), seq) for seq, one in standing.items()
             if all(one[key] == agreement[key] for key in ("recipientBody", "regions", "municipalities"))]
    return "another agreement comes before it" if max(alike)[1] != body["agreement"] else None


def reasons_complaint(place, action, reasons):
    exact, possible, transfer = place.exact(), place.possible(), place.transfer
    of_mapping = len(reasons) == 1 and reasons[0] in OF_THE_MAPPING and action == outcome(reasons[0], transfer)
    if of_mapping and not any(exact.values()) and not possible["anchor-stale"]:
        return None
    if reasons[0] in ("hold-expired", "superseded"):
        if action != "cancelled" or not place.explained(reasons[0]):
            return f"{reasons[0]} does not follow from the log"
        if reasons == ["superseded"]:
            return None
        reasons = reasons[1:]
    elif action != outcome(reasons[0], transfer):
        return f"{reasons[0]} has another outcome"
    if (action == "held" and "too-early" in reasons) != ("heldUntil" in place.body):
        return "heldUntil stands exactly on a hold that is too early"
    for reason in reasons:
        if not exact.get(reason, possible.get(reason, False)):
            return f"{reason} does not follow from the log"
    missing = [reason for reason, holds in exact.items() if holds and reason not in reasons]
    if missing:
        return f"{missing[0]} follows from the log and is missing"
    if not in_order(reasons):
        return "the reasons do not stand in order"
    if len(reasons) > 1 and "anchor-stale" in reasons:
        return "anchor-stale holds only what would be permitted"
    return None


# ---- what partners report back ----

BY_NAME = {"REGISTERED", "INVITED", "STARTED", "NO_SHOW", "DECLINED"}
AS_FIGURES = {"EMPLOYMENT", "TEST"}


def decide_outcome(rules, subject, recipient, by_name):
    """(reasons, agreement, consent) of something that a recipient reports back; no reasons: it is received."""
    def lacks(agreement):
        out = [] if rules.covers(agreement, rules.day) else ["agreement-not-in-force"]
        out += [] if "follow-up" in agreement["purposes"] else ["purpose-not-covered"]
        return out + ([] if "outcome" in agreement["categories"] else ["category-not-covered"])
    back = [(-len(lacks(one)), seq) for seq, one in rules.agreements.all.items() if seq in rules.agreements.current
            and one["direction"] == "back" and one["recipient"] == recipient]
    agreement = max(back)[1] if back else None
    purpose = rules.purposes.all.get(rules.purposes.in_force(rules.day, id="follow-up", recipient="fedasil"))
    asks = bool(purpose) and purpose["consentRequired"]
    cell = rules.cells.get((subject, "follow-up", "fedasil")) if asks else None
    reasons = ["subject-erased"] if rules.subjects.get(subject, {}).get("erased") else []
    reasons += ["subject-restricted"] if rules.is_restricted(subject) else []
    reasons += lacks(rules.agreements.all[agreement]) if back else ["no-agreement"]
    reasons += [] if purpose else ["purpose-not-covered"]
    reasons += [] if by_name else ["category-not-covered"]
    if asks and not cell:
        reasons += ["no-consent"]
    elif asks and cell["state"] != "given":
        reasons += ["consent-" + cell["state"]]
    elif asks:
        reasons += ["consent-expired"] if cell["validUntil"] is not None and cell["validUntil"] < rules.day else []
        reasons += [] if "outcome" in cell["categories"] else ["category-not-covered"]
    return list(dict.fromkeys(reasons)), agreement, cell["seq"] if cell else None


def outcome_complaint(rules, transfer, body):
    """What is wrong with taking, or not taking, what was reported."""
    if body["purpose"] != "follow-up":
        return "not the purpose for which something comes back"
    received = "reasons" not in body
    by_name = [body["status"] in BY_NAME and body["kind"] not in AS_FIGURES] if received else [True, False]
    ground = body.get("agreement"), body.get("consent")
    for name in by_name:
        reasons, *rest = decide_outcome(rules, transfer["subject"], body["recipient"], name)
        if reasons == body.get("reasons", []) and tuple(rest) == ground:
            return None
    return "decided again, it comes to something else"
