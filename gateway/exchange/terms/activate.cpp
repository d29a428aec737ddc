#include "gateway/exchange/terms/activate.hpp"

#include <algorithm>
#include <compare>
#include <filesystem>
#include <set>
#include <utility>

#include "gateway/exchange/reading/convert_record.hpp"
#include "gateway/ledger/entry/bodies.hpp"
#include "gateway/ledger/history/history.hpp"
#include "gateway/mapping/plan/plan.hpp"
#include "gateway/policy/decide_outcome.hpp"

namespace ketenpoort::exchange {
namespace {

using ledger::EntryDraft;
using ledger::History;
using ledger::Transaction;

// What a mapping is there for: a message for a recipient, or for us what comes in.
struct Use {
  std::string recipient, message, mapping;
  auto operator<=>(const Use&) const = default;
};

// "schemas/outcome-1.schema.json" -> "outcome-1"
std::string name_of_schema(const std::string& schema) {
  return std::filesystem::path(schema).stem().stem().string();
}

bool reads_what_comes_in(const mapping::Mapping& mapping, const std::set<std::string>& of_reports) {
  const auto& target = mapping.plan().definition.target.schema;
  return mapping.recipient().empty() &&
         (target == record_schema || (target == outcome_schema && of_reports.contains(mapping.name())));
}

std::vector<Use> uses_of(const Terms& terms, const MessageFormats& formats) {
  std::vector<Use> uses;
  std::set<Use> done;
  const auto add = [&](Use use) {
    if (done.insert(use).second) uses.push_back(std::move(use));
  };
  std::set<std::string> of_reports;
  for (const auto& [id, recipient] : terms.recipients) {
    for (const auto& [purpose, routes] : recipient.routes)
      for (const auto& route : routes) add({id, route.message, route.mapping});
    of_reports.insert(recipient.outcomes.begin(), recipient.outcomes.end());
  }
  for (const auto& mapping : formats.mappings.mappings())
    if (reads_what_comes_in(*mapping, of_reports))
      add({std::string(policy::follow_up_recipient), name_of_schema(mapping->plan().definition.target.schema),
           mapping->name()});
  return uses;
}

std::vector<const mapping::Mapping*> versions_of(const MessageFormats& formats, const Use& use) {
  std::vector<const mapping::Mapping*> versions;
  for (const auto& mapping : formats.mappings.mappings())
    if (mapping->name() == use.mapping) versions.push_back(mapping.get());
  std::ranges::stable_sort(versions, {}, [](const auto* mapping) { return mapping->effective_from(); });
  return versions;
}

// Before anything says that it runs: what is in the ledger can be shown again.
Status keep_versions(const Facilities& facilities, const Terms& terms, const MessageFormats& formats) {
  for (const auto& use : uses_of(terms, formats))
    for (const auto* mapping : versions_of(formats, use))
      if (auto kept = facilities.kept_mappings.keep(*mapping); !kept) return kept;
  return {};
}

class Activation {
 public:
  Activation(const Terms& running, const Terms& next, const MessageFormats& formats, const History& history)
      : running_(running), next_(next), formats_(formats), history_(history) {}

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
    draft.actor = {"system", next_.organisation, "policy-owner", {}};
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

  // With every recipient that anything speaks of: also those that are gone from here on.
  std::vector<const ledger::RegisteredAgreement*> known_agreements(const PolicySet& policy) const {
    std::set<std::string_view> recipients;
    for (const auto& stated : policy.agreements) recipients.insert(stated.agreement.recipient);
    for (const auto* terms : {&running_, &next_})
      for (const auto& [id, recipient] : terms->recipients) recipients.insert(id);
    std::vector<const ledger::RegisteredAgreement*> out;
    for (const auto id : recipients)
      for (const auto* agreement : history_.agreements_with(id)) out.push_back(agreement);
    return out;
  }

  void end_agreements(const PolicySet& policy) {
    std::set<std::string> configured;
    for (const auto& wanted : policy.agreements) configured.insert(wanted.agreement.id);
    for (const auto* known : known_agreements(policy))
      if (known->current && !configured.contains(known->value.id))
        add(ledger::AgreementEnded{known->seq}, {known->seq});
  }

  void add_agreements(const PolicySet& policy) {
    const auto bare = [](const Agreement& agreement) { return ledger::AgreementRegistered{agreement, {}}; };
    for (const auto& wanted : policy.agreements) {
      if (stands(known_agreements(policy), bare(wanted.agreement), bare)) continue;
      const auto* old = history_.current_agreement(wanted.agreement.id);
      if (old == nullptr)
        add(wanted);
      else
        add(ledger::AgreementAmended{wanted.agreement, wanted.file, old->seq}, {old->seq});
    }
  }

  void add_mappings() {
    for (const auto& use : uses_of(next_, formats_)) add_mapping(use);
  }

  // Every version, the older before the newer, so that the last word is the newest's: also when it had run before.
  void add_mapping(const Use& use) {
    bool added = false;
    const auto versions = versions_of(formats_, use);
    for (const auto* mapping : versions) {
      const auto wanted = activation_of(*mapping, use.recipient, use.message);
      const auto* known = history_.find_mapping(wanted);
      const bool is_last_word = mapping != versions.back() || (known != nullptr && known->current && !added);
      if (known != nullptr && is_last_word) continue;
      add(wanted);
      added = true;
    }
  }

  const Terms& running_;
  const Terms& next_;
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

Status activate(Facilities& facilities, const Activated& next, const std::function<Status(const History&)>& check) {
  if (auto kept = keep_versions(facilities, next.terms, next.formats); !kept) return kept;
  const auto running = facilities.terms.get();
  const auto committed = facilities.sequencer.submit_and_wait(
      [&](const History& history, std::uint64_t, Timestamp) -> Result<Transaction> {
        if (check)
          if (auto may = check(history); !may) return fail(may.error());
        return Activation(*running, next.terms, next.formats, history).draft(next.policy);
      });
  if (!committed) return fail(committed.error());
  return {};
}

Status activate(Facilities& facilities, const PolicySet& policy) {
  const auto terms = facilities.terms.get();
  const auto formats = facilities.formats.get();
  return activate(facilities, {*terms, *formats, policy});
}

Status activate_mappings(Facilities& facilities, const MessageFormats& formats) {
  const auto terms = facilities.terms.get();
  if (auto kept = keep_versions(facilities, *terms, formats); !kept) return kept;
  const auto committed = facilities.sequencer.submit_and_wait([&](const History& history, std::uint64_t, Timestamp) {
    return Result<Transaction>(Activation(*terms, *terms, formats, history).draft_mappings());
  });
  if (!committed) return fail(committed.error());
  return {};
}

}  // namespace ketenpoort::exchange
