// What partners report back, decided like a transfer the other way (invariants 3 to 5).
#include <algorithm>

#include "gateway/ledger/entry/kinds.hpp"
#include "gateway/ledger/history/history_rules.hpp"

namespace ketenpoort::ledger {
namespace {

Status check_reporter(const HistoryState& state, const Entry& entry, std::string_view recipient) {
  if (auto same = check_same_subject(state, entry, *entry.tx); !same) return same;
  const auto& transfer = state.transfers[state.transfers.find(*entry.tx)];
  if (state.names.text(state.lanes[transfer.lane].recipient) != recipient)
    return broken(entry, 2, "the transfer went to another recipient");
  return {};
}

Status check_back(const HistoryState& state, const Entry& entry, const OutcomeReceived& body) {
  const auto registered = named(state.agreements, entry, body.agreement, "agreement");
  if (!registered) return fail(registered.error());
  const auto& agreement = (*registered)->value;
  const auto wrong = [&](std::string_view what) {
    return broken(entry, 3, fmt::format("agreement {} {}", body.agreement, what));
  };
  if (!(*registered)->current) return wrong("had ended or was replaced");
  if (!covers(agreement.valid_from, agreement.valid_until, body.decided_for)) return wrong("is not in force that day");
  if (agreement.direction != "back") return wrong("does not go back");
  if (agreement.recipient != body.recipient) return wrong("is with another recipient");
  if (std::ranges::find(agreement.purposes, body.purpose) == agreement.purposes.end())
    return wrong("does not cover the purpose");
  if (!agreement.categories.contains(Category::outcome)) return wrong("does not cover outcomes");
  return {};
}

bool asks_consent(const HistoryState& state, std::string_view purpose, Date on) {
  return std::ranges::any_of(state.purposes, [&](const auto& one) {
    return one.current && one.value.id == purpose && one.value.consent_required &&
           covers(one.value.valid_from, one.value.valid_until, on);
  });
}

Status check_consent(const HistoryState& state, const Entry& entry, const OutcomeReceived& body) {
  if (!body.consent) {
    if (asks_consent(state, body.purpose, body.decided_for))
      return broken(entry, 4, "the purpose requires consent and none is named");
    return {};
  }
  if (!relies_on(entry, *body.consent))
    return broken(entry, 1, fmt::format("consent {} is not in refs", *body.consent));
  const Row subject = state.subjects.find(*entry.subject);
  Row at = state.subjects[subject].first_cell;
  while (at != no_row && state.cells[at].seq != *body.consent) at = state.cells[at].next;
  if (at == no_row || state.names.text(state.lanes[state.cells[at].lane].purpose) != body.purpose)
    return broken(entry, 4, fmt::format("entry {} is not the last word on this consent", *body.consent));
  const auto& cell = state.cells[at];
  if (cell.state != History::CellState::given) return broken(entry, 4, "consent is refused or withdrawn");
  if (!cell.categories.contains(Category::outcome)) return broken(entry, 4, "consent does not cover outcomes");
  const auto until = cell.valid_until.date();
  if (until && *until < body.decided_for) return broken(entry, 4, "consent has expired");
  return {};
}

Status apply_received(HistoryState& state, const Entry& entry) {
  const auto body = body_of<OutcomeReceived>(entry);
  if (!body) return fail(body.error());
  if (auto size = check_ledger_size(entry, body->ledger_size); !size) return size;
  if (auto reporter = check_reporter(state, entry, body->recipient); !reporter) return reporter;
  if (auto day = check_day(entry, body->decided_for); !day) return day;
  if (auto agreement = check_back(state, entry, *body); !agreement) return agreement;
  if (auto consent = check_consent(state, entry, *body); !consent) return consent;
  const Row subject = state.subjects.find(*entry.subject);
  if (state.subjects[subject].erased || state.is_restricted(subject))
    return broken(entry, 5, "the subject is restricted or erased");
  return {};
}

Status apply_rejected(HistoryState& state, const Entry& entry) {
  const auto body = body_of<OutcomeRejected>(entry);
  if (!body) return fail(body.error());
  if (auto size = check_ledger_size(entry, body->ledger_size); !size) return size;
  if (auto reporter = check_reporter(state, entry, body->recipient); !reporter) return reporter;
  if (auto day = check_day(entry, body->decided_for); !day) return day;
  if (body->reasons.empty()) return broken(entry, 2, "no reason is given");
  if (body->agreement)
    if (const auto found = named(state.agreements, entry, *body->agreement, "agreement"); !found)
      return fail(found.error());
  if (body->consent && !relies_on(entry, *body->consent))
    return broken(entry, 1, fmt::format("consent {} is not in refs", *body->consent));
  return {};
}

}  // namespace

Status apply_outcome(HistoryState& state, Kind kind, const Entry& entry) {
  return kind == Kind::outcome_received ? apply_received(state, entry) : apply_rejected(state, entry);
}

}  // namespace ketenpoort::ledger
