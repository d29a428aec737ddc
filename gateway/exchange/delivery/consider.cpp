#include "gateway/exchange/delivery/consider.hpp"

#include <algorithm>
#include <utility>

#include "gateway/exchange/delivery/renewed_record.hpp"
#include "gateway/exchange/facilities/identity.hpp"
#include "gateway/ledger/history/history.hpp"

namespace ketenpoort::exchange {
namespace {

constexpr std::string_view labour_market_rule = "labour-market-access";

// A number of this record that belongs to somebody else than the transfer's subject.
bool claims_anothers_number(const Vault& vault, const OpenRecord& record, const SubjectRef& subject) {
  const auto& marks = record.numbers;
  return std::any_of(marks.begin(), marks.end(),
                     [&](const IdentifierMark& mark) { return is_anothers_number(vault, mark, subject); });
}

// Agreements may be for some centres only: what another centre says goes under none of those.
bool may_say(const ledger::History& history, std::string_view recipient, const std::string& centre) {
  const auto agreements = history.agreements_with(recipient);
  return std::all_of(agreements.begin(), agreements.end(), [&](const auto* agreement) {
    const auto& centres = agreement->value.centres;
    return !agreement->current || agreement->value.direction != "out" || centres.empty() ||
           std::find(centres.begin(), centres.end(), centre) != centres.end();
  });
}

Route find_route(const Terms& terms, const Case& c) {
  auto routes = terms.routes(c.recipient, c.purpose);
  const auto it =
      std::find_if(routes.begin(), routes.end(), [&](const Route& route) { return route.message == c.message; });
  return it == routes.end() ? Route{c.message, {}, false} : std::move(*it);
}

}  // namespace

policy::Question Consideration::question(Timestamp moment) const {
  return policy::question_from(premises, the_case.subject, the_case.recipient, the_case.purpose, moment);
}

policy::Derived derive_for(const ledger::History& history, const policy::Facts& facts, Date on) {
  const auto* rule = history.find_rule(labour_market_rule, on);
  return policy::derive(facts, rule == nullptr ? nullptr : &rule->value, on);
}

Result<Consideration> consider(const Facilities& facilities, const OpenRecord& record, Case the_case, Timestamp now,
                               const OpenRecord* newest) {
  if (!record.facts) return fail(record.facts.error());
  Consideration out;
  out.premises.facts = *record.facts;
  if (newest != nullptr) {
    if (!newest->facts) return fail(newest->facts.error());
    auto later = *newest->facts;
    out.renewed = facilities.sequencer.read([&](const ledger::History& history) {
      return later.centre == out.premises.facts.centre || may_say(history, the_case.recipient, later.centre);
    });
    if (!out.renewed) later.has_ssin = out.premises.facts.has_ssin;
    out.premises.facts = renew_facts(out.premises.facts, std::move(later));
  }
  // First what is durable: the vault has heard of that.
  const auto durable = facilities.sequencer.size();
  const auto moved =
      facilities.sequencer.read([](const ledger::History& history) { return history.last_number_change(); });
  if (moved == 0 || moved < durable) out.numbers_as_of = moved;
  out.premises.identity_conflict =
      claims_anothers_number(facilities.vault, out.renewed ? *newest : record, the_case.subject);
  out.terms = facilities.terms.get();
  out.route = find_route(*out.terms, the_case);
  const auto* recipient = out.terms->find_recipient(the_case.recipient);
  out.premises.needs_ssin = out.route.needs_ssin;
  out.at = now;
  out.on = date_in_brussels(now);
  out.premises.recipient_built = recipient != nullptr && recipient->takes(out.route.channel) &&
                                 find_mapping(facilities, out.route, out.on) != nullptr;
  out.record = out.renewed ? renew_record(newest->root(), record.root()) : record.text;
  out.the_case = std::move(the_case);
  facilities.sequencer.read([&](const ledger::History& history) {
    out.ledger_size = history.size();
    out.decision = policy::decide(history, out.question(now));
    out.derived = derive_for(history, out.premises.facts, out.on);
    out.known = find_known_ids(history, out.the_case);
    return 0;
  });
  if (recipient != nullptr && !out.route.is_fetched())  // one mailbox for all legal persons
    out.route.channel = recipient->channel_to(out.decision.recipient_body, out.route);
  return out;
}

std::shared_ptr<const mapping::Mapping> find_mapping(const Facilities& facilities, const Route& route, Date on) {
  if (route.mapping.empty()) return nullptr;
  auto formats = facilities.formats.get();
  const auto* found = formats->mappings.find(route.mapping, on);
  if (found == nullptr) return nullptr;
  return {std::move(formats), found};
}

KnownIds find_known_ids(const ledger::History& history, const Case& the_case) {
  KnownIds known;
  for (const auto& id : history.transfers_of(the_case.subject)) {  // newest first
    const auto earlier = history.transfer(id);
    if (!earlier || earlier->recipient != the_case.recipient || earlier->reference.empty()) continue;
    if (known.person.empty()) known.person = earlier->reference;
    const bool same_lane = earlier->purpose == the_case.purpose && earlier->message == the_case.message;
    if (known.transfer.empty() && same_lane) known.transfer = earlier->reference;
  }
  return known;
}

mapping::Context translation_context(const policy::Derived& derived, const KnownIds& known, const Case& the_case,
                                     const TransferId& transfer, Timestamp now, const CategorySet& allowed,
                                     bool allow_mock_ssin) {
  mapping::Context context;
  context.transfer = transfer;
  context.referral_index = the_case.referral;
  if (const auto& access = derived.labour_access) {
    context.derived.labour_access_since = access->since;
    context.derived.labour_access_basis = policy::to_text(access->basis);
  }
  context.derived.age = derived.age;
  context.derived.minor = derived.minor;
  context.now = now;
  context.purpose = the_case.purpose;
  context.allowed = allowed;
  context.allow_mock_ssin = allow_mock_ssin;
  context.known_person_id = known.person;
  context.known_transfer_id = known.transfer;
  return context;
}

mapping::Context translation_context(const Facilities& facilities, const Consideration& considered,
                                     const TransferId& transfer, Timestamp now, const CategorySet& allowed) {
  return translation_context(considered.derived, considered.known, considered.the_case, transfer, now, allowed,
                             facilities.terms->allow_mock_ssin);
}

}  // namespace ketenpoort::exchange
