// The controller's record of personal data breaches (GDPR art. 33(5)), read from the log: the newest version of each,
// and what of art. 33(1) and 34(1) is still to be done.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "gateway/audit/index.hpp"
#include "gateway/ledger/entry/bodies.hpp"

namespace ketenpoort::reporting {

struct Breach {
  ledger::BreachRecorded newest;
  Timestamp recorded{};           // the first version
  Timestamp changed{};            // the newest
  std::vector<ledger::Seq> seqs;  // of all versions, the oldest first
};

// In the order they were first recorded. The index must be ready. Waits for disks.
Result<std::vector<Breach>> read_breaches(audit::Index& index);

struct BreachFigures {
  std::uint64_t untold = 0;   // the authority is to be told, and was not
  std::uint64_t overdue = 0;  // and the 72 hours have passed
};
BreachFigures count_untold(const std::vector<Breach>& breaches, Timestamp now);

// `base`: where the calls are.
std::string breach_as_json(const Breach& breach, const std::string& base, Timestamp now);

}  // namespace ketenpoort::reporting
