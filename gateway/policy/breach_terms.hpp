// What is owed once a personal data breach is known, and whether it was done: the authority told within 72 hours (GDPR
// art. 33(1)), the data subjects where the risk to them is high (art. 34(1)). Pure.
#pragma once

#include <chrono>
#include <optional>
#include <string_view>

#include "gateway/base/time.hpp"
#include "gateway/ledger/entry/bodies.hpp"

namespace ketenpoort::policy {

// A term in hours: it runs on over nights, week-ends and holidays (Regulation 1182/71 art. 3(4) moves others alone).
constexpr std::chrono::hours time_to_tell_authority{72};

enum class Told { not_required, pending, overdue, told, told_late };
std::string_view to_text(Told told);  // NOT_REQUIRED PENDING OVERDUE TOLD TOLD_LATE
std::optional<Told> parse_told(std::string_view text);

// Nothing where the breach is unlikely to be a risk to anybody.
std::optional<Timestamp> tell_authority_before(const ledger::BreachRecorded& breach);

Told authority_told(const ledger::BreachRecorded& breach, Timestamp now);
Told subjects_told(const ledger::BreachRecorded& breach);  // "without undue delay" has no number: never overdue

}  // namespace ketenpoort::policy
