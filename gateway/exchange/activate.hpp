// What runs from here on goes into the ledger before anything relies on it: configuration, purposes, rules, agreements,
// mappings.
#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <vector>

#include "gateway/domain/purpose.hpp"
#include "gateway/exchange/facilities.hpp"
#include "gateway/ledger/bodies.hpp"

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

// Writes an entry for each thing that is new or changed, the configuration itself included, and ends agreements that
// are no longer configured. Blocks until durable.
Status activate(Facilities& facilities, const PolicySet& policy);

}  // namespace ketenpoort::exchange
