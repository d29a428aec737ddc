// Logs that break one rule, each with the invariant and the entry a verifier must name; everything before it holds.
// Here what they are made with.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "tests/support/ledger_folder.hpp"
#include "tests/support/log_story.hpp"
#include "tests/support/rule_breaks.hpp"

namespace ketenpoort::ledger::test {

struct BrokenLog {
  std::string name;
  int invariant = 0;
  std::vector<std::string> entries;  // the last one is wrong
};

// The whole story as a log that test_key() signs.
inline Story signed_story() {
  auto story = Story::whole();
  story.log.edit<LedgerOpened>(0, [](auto& b) { b.vkey = test_key().verifier().text(); });
  return story;
}

// The first transfer of it, permitted without having been held: so that what it rests on can be changed, and no
// decision before it is wrong then.
inline Story signed_transfer() {
  Story s;
  s.open();
  s.log.edit<LedgerOpened>(0, [](auto& b) { b.vkey = test_key().verifier().text(); });
  s.requested = s.request(s.main_tx);
  s.give_consent();
  s.permitted = s.permit(s.main_tx, 1);
  return s;
}

template <class Decision>
void decide_after_consent(Story& s, TransferId tx, const std::vector<Reason>& reasons) {
  Decision body;
  body.reasons = reasons;
  body.agreement = s.agreement;
  body.purpose_seq = s.purpose;
  body.rules = {s.rule};
  body.consent = s.given;
  body.decided_for = s.today;
  body.ledger_size = s.log.lines.size();
  s.seal_facts(s.log.add(body, {s.purpose, s.rule, s.agreement, s.given}, s.subject, tx));
}

// A consent on a notice that was read by who cannot, and a recipient that is another body at another place: held, and
// refused, as policy would.
inline Story signed_not_informed() {
  auto s = signed_story();
  s.log.lines.resize(s.given + 1);
  s.log.edit<ConsentGiven>(s.given, [](auto& b) { b.explained = {"READ", "NONE", {}}; });
  s.log.edit<PurposeRegistered>(s.purpose, [](auto& b) {
    b.purpose.bodies = {{"0887010362", {"VLA"}, {}}, {"0421722346", {}, {"11002"}}};
  });
  decide_after_consent<TransferHeld>(s, s.main_tx, {Reason::not_informed});
  s.request(s.refused_tx);
  decide_after_consent<TransferRefused>(s, s.refused_tx, {Reason::recipient_not_covered, Reason::not_informed});
  return s;
}

// Collects them: each starts from a story, is changed, and ends with the entry that is wrong.
class BrokenLogs {
 public:
  using Change = std::function<void(Story&)>;

  void add(std::string name, int invariant, Seq Story::*wrong, const Change& change, Story story = signed_story()) {
    const Seq seq = story.*wrong;
    change(story);
    keep(std::move(name), invariant, story, seq);
  }

  // The entry that is wrong is the one the change adds, after the story up to and with `last`.
  void append(std::string name, int invariant, Seq Story::*last, const Change& change) {
    auto story = signed_story();
    story.log.lines.resize(story.*last + 1);
    change(story);
    keep(std::move(name), invariant, story, story.log.lines.size() - 1);
  }

  // The bytes of the last entry are changed.
  void bytes(std::string name, const std::function<void(std::string&)>& change) {
    auto story = signed_story();
    keep(std::move(name), 1, story, story.received);
    change(logs_.back().entries.back());
  }

  void add(RuleBreak&& other) {
    other.story.log.edit<LedgerOpened>(0, [](auto& b) { b.vkey = test_key().verifier().text(); });
    keep("of-" + other.name, other.invariant, other.story, other.at);
  }

  std::vector<BrokenLog> take() { return std::move(logs_); }

 private:
  void keep(std::string name, int invariant, Story& story, Seq wrong) {
    story.log.lines.resize(wrong + 1);
    logs_.push_back({"invariant-" + std::to_string(invariant) + "-" + name, invariant, story.log.encode()});
  }

  std::vector<BrokenLog> logs_;
};

}  // namespace ketenpoort::ledger::test
