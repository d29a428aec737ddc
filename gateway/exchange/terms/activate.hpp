// What runs from here on goes into the ledger before anything relies on it: configuration, purposes, rules, agreements,
// mappings.
#pragma once

#include <chrono>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "gateway/domain/purpose.hpp"
#include "gateway/exchange/facilities/facilities.hpp"
#include "gateway/ledger/entry/bodies.hpp"

namespace ketenpoort::exchange {

struct PolicySet {
  std::string environment;
  Digest configuration{};  // SHA-256 over every file read
  std::optional<ledger::Anchoring> anchoring{};
  std::chrono::days longest_hold{365};
  std::vector<Purpose> purposes;
  std::vector<ledger::RuleRegistered> rules;            // each with the text of its file
  std::vector<ledger::AgreementRegistered> agreements;  // each with its file
};

// What is to be activated; what runs until then is in the facilities.
struct Activated {
  const Terms& terms;
  const MessageFormats& formats;
  const PolicySet& policy;
};
// Writes an entry for each thing that is new or changed, the configuration itself included, and ends agreements that
// are no longer configured. Blocks until durable. `check` may refuse it on the log as it is at that very place.
Status activate(Facilities& facilities, const Activated& next,
                const std::function<Status(const ledger::History&)>& check = {});
// The terms and formats in use, with this policy.
Status activate(Facilities& facilities, const PolicySet& policy);
// The same for mappings alone, before they take the place of those in use.
Status activate_mappings(Facilities& facilities, const MessageFormats& formats);

// What the ledger says of a mapping that makes this message for this recipient.
ledger::MappingActivated activation_of(const mapping::Mapping& mapping, std::string_view recipient,
                                       std::string_view message);

}  // namespace ketenpoort::exchange
