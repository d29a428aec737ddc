// May this message about this person go to this recipient on this day? Pure: the log's projection and the facts in, the
// decision out.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "gateway/domain/category.hpp"
#include "gateway/domain/transfer.hpp"
#include "gateway/policy/facts.hpp"

namespace ketenpoort::ledger {
class History;
}

namespace ketenpoort::policy {

struct Question {
  SubjectRef subject{};
  std::string_view recipient;      // "vdab"
  std::string_view purpose;        // "work-guidance"
  bool needs_ssin = false;         // the message cannot be made without
  const Facts* facts = nullptr;    // never null
  Timestamp at{};                  // the moment: anchors grow old by the second
  Date on{};                       // its civil day in Brussels
  bool identity_conflict = false;  // two subjects claim one number
  bool recipient_built = true;     // an adapter and a mapping are configured for it
};

// Order of evaluation: erased or restricted, stay, identity, minor, agreement, target group and dates, freshness,
// consent, categories. The first that fails gives the outcome; all that fail are listed in that order. What would be
// permitted is held while nobody has confirmed the log in time (anchor-stale).
struct Decision {
  enum class Outcome : unsigned char { permit, hold, refuse, cancel };
  Outcome outcome = Outcome::permit;
  std::vector<Reason> reasons;     // empty exactly when permitted
  std::optional<Date> held_until;  // hold with too-early among its reasons: the first lawful day
  std::optional<Date> not_before;  // the day the rule gives for these facts, past or future
  CategorySet
      categories;  // may be sent: of the purpose, in the agreement and, where consent is required, in the consent

  // What it rests on, as seq numbers in the ledger.
  std::optional<std::uint64_t> purpose;
  std::optional<std::uint64_t> agreement;
  std::optional<std::uint64_t> consent;
  std::vector<std::uint64_t> rules;

  std::string basis;           // legal bases of sender and recipient, as the purpose states them
  std::string recipient_body;  // KBO number of the legal person the recipient resolves to
  bool operator==(const Decision&) const = default;
};
std::string_view to_text(Decision::Outcome outcome);  // permit, hold, refuse, cancel

Decision decide(const ledger::History& history, const Question& question);

}  // namespace ketenpoort::policy
