// May the gateway take what a partner reports back about a resident? The way back is a transfer too: it needs an
// agreement of its own, and the resident's consent to it. Pure, like decide.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

#include "gateway/domain/transfer.hpp"

namespace ketenpoort::ledger {
class History;
}

namespace ketenpoort::policy {

// The purpose of what comes back, and whom it is for.
constexpr std::string_view follow_up = "follow-up";
constexpr std::string_view follow_up_recipient = "fedasil";

// Come back by name; everything else only as figures, because it could cost a resident their place.
constexpr std::array<std::string_view, 5> statuses_by_name{"REGISTERED", "INVITED", "STARTED", "NO_SHOW", "DECLINED"};
constexpr std::array<std::string_view, 2> kinds_as_figures{"EMPLOYMENT", "TEST"};

struct OutcomeQuestion {
  SubjectRef subject{};
  std::string_view reporter;  // the recipient of the transfer it is about: "vdab"
  std::string_view status;
  std::string_view kind;
  Date on{};  // the day it is decided for
};

struct OutcomeDecision {
  std::vector<Reason> reasons;  // empty exactly when it is taken; else all of them, in the order they are looked at
  std::optional<std::uint64_t> agreement;
  std::optional<std::uint64_t> consent;
  bool only_as_figure = false;  // not taken, for no other reason than that it does not come back by name
  [[nodiscard]] bool taken() const { return reasons.empty(); }
};

OutcomeDecision decide_outcome(const ledger::History& history, const OutcomeQuestion& question);

}  // namespace ketenpoort::policy
