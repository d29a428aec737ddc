#include "gateway/exchange/activate.hpp"

#include <algorithm>
#include <set>

#include "gateway/ledger/bodies.hpp"
#include "gateway/ledger/history.hpp"

namespace ketenpoort::exchange {
namespace {

using ledger::EntryDraft;
using ledger::History;
using ledger::Transaction;

class Activation {
 public:
  Activation(const Facilities& facilities, const PolicySet& policy, const History& history)
      : facilities_(facilities), policy_(policy), history_(history) {}

  Transaction draft() {
    add_purposes();
    add_rules();
    end_agreements();
    add_agreements();
    add_mappings();
    add_configuration();
    return std::move(transaction_);
  }

 private:
  // A start that changes nothing says nothing.
  void add_configuration() {
    const ledger::ConfigActivated wanted{policy_.environment, policy_.configuration, policy_.anchoring,
                                         static_cast<std::uint32_t>(policy_.longest_hold.count())};
    const auto* old = history_.configuration();
    const bool stands = old != nullptr && ledger::encode_body(*old) == ledger::encode_body(wanted);
    if (!stands || !transaction_.entries.empty()) add(wanted);
  }

  template <class Body>
  void add(const Body& body, std::vector<std::uint64_t> refs = {}) {
    EntryDraft draft;
    draft.kind = Body::kind;
    draft.actor = {"system", facilities_.terms.organisation, "policy-owner", {}};
    draft.trace = trace_;
    draft.refs = std::move(refs);
    draft.body = ledger::encode_body(body);
    transaction_.entries.push_back(std::move(draft));
  }

  // The same content is the same canonical body.
  template <class Body, class Registered, class Wrap>
  static bool stands(const std::vector<const Registered*>& registered, const Body& wanted, Wrap wrap) {
    const auto text = ledger::encode_body(wanted);
    return std::any_of(registered.begin(), registered.end(),
                       [&](const auto* one) { return one->current && ledger::encode_body(wrap(one->value)) == text; });
  }

  void add_purposes() {
    for (const auto& purpose : policy_.purposes) {
      const ledger::PurposeRegistered wanted{purpose};
      if (!stands(history_.purposes(), wanted, [](const Purpose& p) { return ledger::PurposeRegistered{p}; }))
        add(wanted);
    }
  }

  // History keeps the rule, not the text of its file nor a file's digest: a changed comment is no new rule.
  void add_rules() {
    const auto bare = [](const Rule& rule) { return ledger::RuleRegistered{rule, {}}; };
    for (const auto& wanted : policy_.rules)
      if (!stands(history_.rules(), bare(wanted.rule), bare)) add(wanted);
  }

  std::vector<const ledger::RegisteredAgreement*> known_agreements() const {
    std::vector<const ledger::RegisteredAgreement*> out;
    for (const auto& [id, recipient] : facilities_.terms.recipients)
      for (const auto* agreement : history_.agreements_with(id)) out.push_back(agreement);
    return out;
  }

  void end_agreements() {
    std::set<std::string> configured;
    for (const auto& wanted : policy_.agreements) configured.insert(wanted.agreement.id);
    for (const auto* known : known_agreements())
      if (known->current && !configured.contains(known->value.id))
        add(ledger::AgreementEnded{known->seq}, {known->seq});
  }

  void add_agreements() {
    const auto bare = [](const Agreement& agreement) { return ledger::AgreementRegistered{agreement, {}}; };
    for (const auto& wanted : policy_.agreements) {
      if (stands(known_agreements(), bare(wanted.agreement), bare)) continue;
      const auto* old = history_.current_agreement(wanted.agreement.id);
      if (old == nullptr)
        add(wanted);
      else
        add(ledger::AgreementAmended{wanted.agreement, wanted.file, old->seq}, {old->seq});
    }
  }

  void add_mappings() {
    for (const auto& [id, recipient] : facilities_.terms.recipients) {
      std::set<std::pair<std::string, std::string>> done;
      for (const auto& [purpose, routes] : recipient.routes)
        for (const auto& route : routes)
          if (done.emplace(route.message, route.mapping).second) add_mapping(id, route);
    }
  }

  void add_mapping(const std::string& recipient, const Route& route) {
    for (const auto& mapping : facilities_.mappings->mappings()) {
      if (mapping->name() != route.mapping) continue;
      const ledger::MappingActivated wanted{mapping->name(), mapping->version(),  mapping->hash(),      route.message,
                                            recipient,       mapping->purposes(), mapping->categories()};
      if (!stands(history_.mappings(), wanted, [](const ledger::MappingActivated& m) { return m; })) add(wanted);
    }
  }

  const Facilities& facilities_;
  const PolicySet& policy_;
  const History& history_;
  Uuid trace_ = new_uuid_v4();
  Transaction transaction_;
};

}  // namespace

Status activate(Facilities& facilities, const PolicySet& policy) {
  const auto committed = facilities.sequencer.submit_and_wait([&](const History& history, std::uint64_t, Timestamp) {
    return Result<Transaction>(Activation(facilities, policy, history).draft());
  });
  if (!committed) return fail(committed.error());
  return {};
}

}  // namespace ketenpoort::exchange
