"""Who has what of a subject, and who must still be told that something changed: invariant 7 of docs/ledger-format.md. Part of
ketenpoort_verify.py."""
import datetime

HOURS = datetime.timedelta(hours=72)


class Duties:
    def __init__(self):
        self.held = {}     # (subject, recipient, purpose) -> categories that arrived, or may have
        self.permits = {}  # the same -> seq of the last permit of what did
        self.open = []     # duties that are not met
        self.told = {}     # seq of a recipient.notified -> (subject, recipient, purpose or nothing for all)

    def arrived(self, transfer):
        key = transfer["subject"], transfer["recipient"], transfer["purpose"]
        self.held[key] = self.held.get(key, set()) | transfer["sent"]
        self.permits[key] = max(self.permits.get(key, 0), transfer["permit"])

    def arise(self, seq, time, cause, subject, categories, transfers, recipient=None, purpose=None):
        """For every recipient with a holding in which one of the categories is; nothing for `categories` means all."""
        def concerns(whose, whom, what, has):
            return (whose == subject and recipient in (None, whom) and purpose in (None, what)
                    and (has if categories is None else has & categories))
        firm = {whom for (whose, whom, what), has in self.held.items() if concerns(whose, whom, what, has)}
        for whom in firm:
            self.add(seq, time, cause, subject, whom, None)
        for tx, transfer in transfers.items():
            whom = transfer["recipient"]
            if (transfer["state"] == "permitted" and whom not in firm
                    and concerns(transfer["subject"], whom, transfer["purpose"], transfer["sent"])):
                self.add(seq, time, cause, subject, whom, tx)

    def add(self, seq, time, cause, subject, recipient, permit):
        self.open.append({"seq": seq, "cause": cause, "subject": subject, "recipient": recipient, "permit": permit,
                          "until": time + HOURS})

    def permit_ended(self, tx, may_have_arrived):
        """Of a transfer that is permitted no more."""
        for duty in [duty for duty in self.open if duty["permit"] == tx]:
            if may_have_arrived:
                duty["permit"] = None
            else:
                self.open.remove(duty)

    def notified(self, seq, subject, body, refs, cells):
        self.open = [duty for duty in self.open if not (
            duty["subject"] == subject and duty["recipient"] == body["recipient"] and duty["cause"] == body["cause"]
            and duty["seq"] in refs)]
        purposes = [purpose for (whose, purpose, recipient), cell in cells.items()
                    if whose == subject and recipient == body["recipient"] and cell["seq"] in refs]
        purpose = purposes[0] if body["cause"] == "WITHDRAWAL" and purposes else None
        self.told[seq] = subject, body["recipient"], purpose

    def erased(self, notified):
        subject, recipient, purpose = self.told[notified]
        for key in [key for key in self.held if key[:2] == (subject, recipient) and purpose in (None, key[2])]:
            if self.permits[key] < notified:  # or what was sent since may be there still
                del self.held[key]

    def missed(self, time):
        return next((duty for duty in self.open if time > duty["until"]), None)
