// What a permit must rest on (invariants 3 to 6).
#include <algorithm>

#include "gateway/ledger/history/history_rules.hpp"

namespace ketenpoort::ledger {
namespace {

bool lists(const std::vector<std::string>& list, std::string_view text) {
  return std::ranges::find(list, text) != list.end();
}

// The permit speaks of what was requested.
Status check_request(const HistoryState& state, const Entry& entry, const TransferRow& transfer,
                     const TransferPermitted& permit) {
  const auto& lane = state.lanes[transfer.lane];
  if (state.names.text(lane.recipient) != permit.recipient || state.names.text(lane.purpose) != permit.purpose ||
      state.names.text(lane.message) != permit.message)
    return broken(entry, 2, "recipient, purpose and message are not those requested");
  if (permit.categories.empty()) return broken(entry, 3, "it sends no category");
  return {};
}

// The purpose and its rule, in force on the day.
Result<const Purpose*> check_purpose(const HistoryState& state, const Entry& entry, const TransferPermitted& permit) {
  const auto registered = named(state.purposes, entry, permit.purpose_seq, "purpose");
  if (!registered) return fail(registered.error());
  if (state.purpose_on(permit.purpose, permit.recipient, permit.decided_for) != *registered)
    return broken(entry, 3, fmt::format("entry {} is not the purpose in force", permit.purpose_seq));
  const auto& purpose = (*registered)->value;
  if (permit.basis != purpose.basis_sender) return broken(entry, 3, "basis is not that of the purpose");
  if (!purpose.allowed().includes(permit.categories))
    return broken(entry, 3, "a category is sent that is never for the purpose");
  const auto is_recipient = [&](const RecipientBody& one) { return one.body == permit.recipient_body; };
  if (!purpose.bodies.empty() && std::ranges::none_of(purpose.bodies, is_recipient))
    return broken(entry, 3, "recipientBody is none of the legal persons the recipient is for the purpose");
  for (const auto rule : permit.rules)
    if (const auto found = named(state.rules, entry, rule, "rule"); !found) return fail(found.error());
  if (!purpose.rule.empty()) {
    const auto* rule = state.rule_on(purpose.rule, permit.decided_for);
    if (rule == nullptr) return broken(entry, 3, fmt::format("no rule {} is in force", purpose.rule));
    if (std::ranges::find(permit.rules, rule->seq) == permit.rules.end())
      return broken(entry, 3, fmt::format("rules does not name entry {}, which the purpose asks for", rule->seq));
  }
  return &purpose;
}

Status check_agreement(const HistoryState& state, const Entry& entry, const TransferRow& transfer,
                       const TransferPermitted& permit, const Purpose& purpose) {
  const auto registered = named(state.agreements, entry, permit.agreement, "agreement");
  if (!registered) return fail(registered.error());
  const auto& agreement = (*registered)->value;
  const auto wrong = [&](std::string_view what) {
    return broken(entry, 3, fmt::format("agreement {} {}", permit.agreement, what));
  };
  if (!(*registered)->current) return wrong("had ended or was replaced");
  if (!covers(agreement.valid_from, agreement.valid_until, permit.decided_for))
    return wrong("is not in force that day");
  if (agreement.direction != "out") return wrong("does not go out");
  if (agreement.recipient != permit.recipient) return wrong("is with another recipient");
  if (agreement.recipient_body != permit.recipient_body) return wrong("names another legal person");
  const auto centre = state.names.text(state.records[transfer.record].centre);
  if (permit.centre != centre) return broken(entry, 3, "centre is not the record's");
  if (!agreement.centres.empty() && !lists(agreement.centres, centre)) return wrong("does not cover the centre");
  if (!lists(agreement.purposes, permit.purpose)) return wrong("does not cover the purpose");
  if (!agreement.categories.includes(permit.categories)) return wrong("does not cover every category sent");
  if (!agreement.categories.includes(purpose.required)) return wrong("does not cover a required category");
  return {};
}

Status check_consent(const HistoryState& state, const Entry& entry, const TransferRow& transfer,
                     const TransferPermitted& permit, const Purpose& purpose) {
  if (!permit.consent) {
    if (purpose.consent_required) return broken(entry, 4, "the purpose requires consent and none is named");
    return {};
  }
  if (!relies_on(entry, *permit.consent))
    return broken(entry, 1, fmt::format("consent {} is not in refs", *permit.consent));
  const Row at = state.find_cell(transfer.subject, state.find_lane(permit.recipient, permit.purpose, ""));
  if (at == no_row || state.cells[at].seq != *permit.consent)
    return broken(entry, 4, fmt::format("entry {} is not the last word on this consent", *permit.consent));
  if (!purpose.consent_required) return {};
  const auto& cell = state.cells[at];
  if (cell.state != History::CellState::given) return broken(entry, 4, "consent is refused or withdrawn");
  if (!cell.categories.includes(permit.categories)) return broken(entry, 4, "a category is sent without consent");
  if (!cell.categories.includes(purpose.required))
    return broken(entry, 4, "consent does not cover a required category");
  const auto until = cell.valid_until.date();
  if (until && *until < permit.decided_for) return broken(entry, 4, "consent has expired");
  return {};
}

Status check_subject(const HistoryState& state, const Entry& entry, const TransferRow& transfer,
                     const TransferPermitted& permit) {
  const auto& subject = state.subjects[transfer.subject];
  if (subject.erased) return broken(entry, 5, "the subject is erased");
  if (state.is_restricted(transfer.subject)) return broken(entry, 5, "the subject is restricted");
  if (permit.not_before && permit.decided_for < *permit.not_before)
    return broken(entry, 5, "it comes before the date its rule gives");
  return {};
}

Status check_mapping(const HistoryState& state, const Entry& entry, const TransferPermitted& permit) {
  const auto registered = named(state.mappings, entry, permit.mapping.seq, "mapping");
  if (!registered) return fail(registered.error());
  const auto& mapping = (*registered)->value;
  if (mapping.mapping != permit.mapping.name || mapping.version != permit.mapping.version ||
      mapping.hash != permit.mapping.hash)
    return broken(entry, 6, "mapping is not the one activated under that seq");
  if (mapping.recipient != permit.recipient || mapping.message != permit.message)
    return broken(entry, 6, "the mapping is for another recipient or message");
  if (!lists(mapping.purposes, permit.purpose)) return broken(entry, 6, "the mapping is not for this purpose");
  if (!mapping.categories.includes(permit.categories))
    return broken(entry, 6, "a category is sent that the mapping does not declare");
  return {};
}

Status check_date(const HistoryState& state, const Entry& entry, const TransferPermitted& permit,
                  const Purpose& purpose) {
  if (!permit.not_before) return {};
  const auto* rule = purpose.rule.empty() ? nullptr : state.rule_on(purpose.rule, permit.decided_for);
  if (rule == nullptr || !rule->value.waiting_months)
    return broken(entry, 5, "notBefore is given though no rule makes anybody wait");
  return {};
}

}  // namespace

Status check_permit(const HistoryState& state, const Entry& entry, const TransferRow& transfer,
                    const TransferPermitted& permit) {
  if (auto request = check_request(state, entry, transfer, permit); !request) return request;
  const auto purpose = check_purpose(state, entry, permit);
  if (!purpose) return fail(purpose.error());
  if (auto agreement = check_agreement(state, entry, transfer, permit, **purpose); !agreement) return agreement;
  if (auto consent = check_consent(state, entry, transfer, permit, **purpose); !consent) return consent;
  if (auto subject = check_subject(state, entry, transfer, permit); !subject) return subject;
  if (state.is_anchor_stale(entry.time)) return broken(entry, 3, "the log's anchors are too old");
  if (auto mapping = check_mapping(state, entry, permit); !mapping) return mapping;
  return check_date(state, entry, permit, **purpose);
}

}  // namespace ketenpoort::ledger
