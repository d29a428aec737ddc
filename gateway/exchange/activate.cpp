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

std::vector<const mapping::Mapping*> versions_of(const MessageFormats& formats, const Route& route) {
  std::vector<const mapping::Mapping*> versions;
  for (const auto& mapping : formats.mappings.mappings())
    if (mapping->name() == route.mapping) versions.push_back(mapping.get());
  std::ranges::stable_sort(versions, {}, [](const auto* mapping) { return mapping->effective_from(); });
  return versions;
}

// Before anything says that it runs: what is in the ledger can be shown again.
Status keep_versions(const Facilities& facilities, const MessageFormats& formats) {
  for (const auto& [id, recipient] : facilities.terms.recipients)
    for (const auto& [purpose, routes] : recipient.routes)
      for (const auto& route : routes)
        for (const auto* mapping : versions_of(formats, route))
          if (auto kept = facilities.kept_mappings.keep(*mapping); !kept) return kept;
  return {};
}

class Activation {
 public:
  Activation(const Facilities& facilities, const MessageFormats& formats, const History& history)
      : facilities_(facilities), formats_(formats), history_(history) {}

  Transaction draft(const PolicySet& policy) {
    add_purposes(policy);
    add_rules(policy);
    end_agreements(policy);
    add_agreements(policy);
    add_mappings();
    add_configuration(policy);
    return std::move(transaction_);
  }

  Transaction draft_mappings() {
    add_mappings();
    return std::move(transaction_);
  }

 private:
  // A start that changes nothing says nothing.
  void add_configuration(const PolicySet& policy) {
    const ledger::ConfigActivated wanted{policy.environment, policy.configuration, policy.anchoring,
                                         static_cast<std::uint32_t>(policy.longest_hold.count())};
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

  void add_purposes(const PolicySet& policy) {
    for (const auto& purpose : policy.purposes) {
      const ledger::PurposeRegistered wanted{purpose};
      if (!stands(history_.purposes(), wanted, [](const Purpose& p) { return ledger::PurposeRegistered{p}; }))
        add(wanted);
    }
  }

  // History keeps the rule, not the text of its file nor a file's digest: a changed comment is no new rule.
  void add_rules(const PolicySet& policy) {
    const auto bare = [](const Rule& rule) { return ledger::RuleRegistered{rule, {}}; };
    for (const auto& wanted : policy.rules)
      if (!stands(history_.rules(), bare(wanted.rule), bare)) add(wanted);
  }

  std::vector<const ledger::RegisteredAgreement*> known_agreements() const {
    std::vector<const ledger::RegisteredAgreement*> out;
    for (const auto& [id, recipient] : facilities_.terms.recipients)
      for (const auto* agreement : history_.agreements_with(id)) out.push_back(agreement);
    return out;
  }

  void end_agreements(const PolicySet& policy) {
    std::set<std::string> configured;
    for (const auto& wanted : policy.agreements) configured.insert(wanted.agreement.id);
    for (const auto* known : known_agreements())
      if (known->current && !configured.contains(known->value.id))
        add(ledger::AgreementEnded{known->seq}, {known->seq});
  }

  void add_agreements(const PolicySet& policy) {
    const auto bare = [](const Agreement& agreement) { return ledger::AgreementRegistered{agreement, {}}; };
    for (const auto& wanted : policy.agreements) {
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

  // Every version, the older before the newer, so that the last word is the newest's: also when it had run before.
  void add_mapping(const std::string& recipient, const Route& route) {
    bool added = false;
    const auto versions = versions_of(formats_, route);
    for (const auto* mapping : versions) {
      const auto wanted = activation_of(*mapping, recipient, route.message);
      const auto* known = history_.find_mapping(wanted);
      const bool is_last_word = mapping != versions.back() || (known != nullptr && known->current && !added);
      if (known != nullptr && is_last_word) continue;
      add(wanted);
      added = true;
    }
  }

  const Facilities& facilities_;
  const MessageFormats& formats_;
  const History& history_;
  Uuid trace_ = new_uuid_v4();
  Transaction transaction_;
};

}  // namespace

ledger::MappingActivated activation_of(const mapping::Mapping& mapping, std::string_view recipient,
                                       std::string_view message) {
  return {mapping.name(),         mapping.version(),  mapping.hash(),      std::string(message),
          std::string(recipient), mapping.purposes(), mapping.categories()};
}

Status activate(Facilities& facilities, const PolicySet& policy) {
  const auto formats = facilities.formats.get();
  if (auto kept = keep_versions(facilities, *formats); !kept) return kept;
  const auto committed = facilities.sequencer.submit_and_wait([&](const History& history, std::uint64_t, Timestamp) {
    return Result<Transaction>(Activation(facilities, *formats, history).draft(policy));
  });
  if (!committed) return fail(committed.error());
  return {};
}

Status activate_mappings(Facilities& facilities, const MessageFormats& formats) {
  if (auto kept = keep_versions(facilities, formats); !kept) return kept;
  const auto committed = facilities.sequencer.submit_and_wait([&](const History& history, std::uint64_t, Timestamp) {
    return Result<Transaction>(Activation(facilities, formats, history).draft_mappings());
  });
  if (!committed) return fail(committed.error());
  return {};
}

}  // namespace ketenpoort::exchange
