"""Each complaint that gateway/ledger and gateway/policy can make of an entry is what ketenpoort-verify says of one of the
shipped logs at least (tests/logs/bad): no rule without a log that breaks it, in the file that both verifiers are held to."""
import re
import unittest

from agreement_test import HERE, LOGS, Case

GATEWAY = HERE.parent.parent / "gateway"
SOURCES = sorted(GATEWAY.glob("ledger/history/history*.cpp")) + [GATEWAY / "policy/replay.cpp", GATEWAY / "policy/replay_outcome.cpp",
                                                         GATEWAY / "policy/log_evidence.cpp",
                                                         GATEWAY / "ledger/writer/key_rotation.cpp", GATEWAY / "ledger/history/key_history.cpp"]
LITERAL = re.compile(r'"((?:[^"\\]|\\.)*)"')

# What no log brings about for a verifier without keys, and why.
WITH_KEYS = "asks for the facts, which are sealed: unit/policy/replay_test"
UNREACHABLE = {
    "decided again with its facts, it rests on another ground": WITH_KEYS,
    "decided again with its facts, it comes to {}{}  ({})": WITH_KEYS,
    "decided again with its facts, it is not permitted: {}": WITH_KEYS,
    "notBefore is not the day that the rule gives for its facts": WITH_KEYS,
    "stay-ended does not follow from the facts": WITH_KEYS,
    "the transfer was never requested": "History says so first",
    "the log is too long for this program": "it would need four thousand million entries",
    "not a transfer entry": "the kinds are told apart before",
}


def complaints():
    """Every literal text of a broken(...) or wrong(...), as (file, pattern)."""
    found = {}
    for source in SOURCES:
        for call in re.finditer(r"\b(?:return|=) (?:broken|wrong|complain)\(([^;]*)\);", source.read_text()):
            texts = [t for t in LITERAL.findall(call[1]) if " " in t]
            if texts:
                found.setdefault(" ".join(texts), source.name)
    return found


def pattern_of(text):
    return re.compile(".*".join(re.escape(part) for part in text.split("{}")))


class EveryRule(unittest.TestCase):
    maxDiff = None

    def test_has_a_log_that_breaks_it(self):
        said = [Case(folder).ask_first()["flaw"]["what"] for folder in sorted((LOGS / "bad").iterdir())]
        known = complaints()
        self.assertGreater(len(known), 80)
        unbroken = [f"{file}: {text}" for text, file in known.items()
                    if text not in UNREACHABLE and not any(pattern_of(text).search(what) for what in said)]
        self.assertEqual(unbroken, [])

    def test_nothing_is_excused_that_is_not_there(self):
        self.assertEqual([text for text in UNREACHABLE if text not in complaints()], [])


if __name__ == "__main__":
    unittest.main()
