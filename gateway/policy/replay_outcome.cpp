#include "gateway/policy/replay_outcome.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "gateway/ledger/entry/bodies.hpp"
#include "gateway/policy/decide_outcome.hpp"

namespace ketenpoort::policy {
namespace {

using ledger::broken;
using ledger::Entry;
using ledger::History;

constexpr int right_reasons = 8;

// What was reported is dropped when it is rejected: it may have come by name, or in a way that counts as a figure only.
constexpr std::string_view some_kind = "TRAINING";

template <class Body>
Status check_purpose(const Entry& entry, const Body& body) {
  if (body.purpose != follow_up)
    return broken(entry, right_reasons, fmt::format("what comes back comes back for the purpose {}", follow_up));
  return {};
}

OutcomeQuestion question_of(const History::Transfer& transfer, const Entry& entry, std::string_view reporter,
                            std::string_view status, std::string_view kind) {
  return {transfer.subject, reporter, status, kind, date_in_brussels(entry.time)};
}

Status replay_received(const History& history, const Entry& entry, const History::Transfer& transfer) {
  const auto body = entry.body_of<ledger::OutcomeReceived>();
  if (!body) return broken(entry, 1, body.error().message);
  if (auto purpose = check_purpose(entry, *body); !purpose) return purpose;
  const auto decision =
      decide_outcome(history, question_of(transfer, entry, body->recipient, body->status, body->sort));
  if (!decision.taken())
    return broken(entry, right_reasons,
                  fmt::format("decided again, it is not received: {}", to_text(decision.reasons.front())));
  if (decision.agreement != body->agreement || decision.consent != body->consent)
    return broken(entry, right_reasons, "decided again, it is received on another ground");
  return {};
}

Status replay_rejected(const History& history, const Entry& entry, const History::Transfer& transfer) {
  const auto body = entry.body_of<ledger::OutcomeRejected>();
  if (!body) return broken(entry, 1, body.error().message);
  if (auto purpose = check_purpose(entry, *body); !purpose) return purpose;
  const auto decide = [&](std::string_view kind) {
    return decide_outcome(history, question_of(transfer, entry, body->recipient, statuses_by_name.front(), kind));
  };
  const auto by_name = decide(some_kind);
  if (by_name.reasons != body->reasons && decide(kinds_as_figures.front()).reasons != body->reasons)
    return broken(entry, right_reasons, "decided again, it is not rejected for these reasons");
  if (by_name.agreement != body->agreement || by_name.consent != body->consent)
    return broken(entry, right_reasons, "decided again, it is rejected on another ground");
  return {};
}

}  // namespace

bool is_outcome(const Entry& entry) {
  return entry.kind == ledger::OutcomeReceived::kind || entry.kind == ledger::OutcomeRejected::kind;
}

Status replay_outcome(const History& history, const Entry& entry) {
  const auto transfer = entry.tx ? history.transfer(*entry.tx) : std::nullopt;
  if (!transfer) return {};
  if (entry.kind == ledger::OutcomeReceived::kind) return replay_received(history, entry, *transfer);
  return replay_rejected(history, entry, *transfer);
}

}  // namespace ketenpoort::policy
