// A conversation about consent as it was sent, checked and typed.
#pragma once

#include <string>
#include <vector>

#include "gateway/exchange/consent/record_consent.hpp"

namespace ketenpoort::exchange {

struct Conversation {
  formats::JsonDocument document;
  std::vector<ConsentReceipt::Recorded> consents;  // without ids yet
  std::vector<RecordFinding> findings;
  Uuid id;
  std::string sealed_part;  // canonical JSON: who recorded it, interpreter, evidence, witness, representative
};

// Longest a consent may hold after it was expressed: it is computed again at every decision.
constexpr int longest_consent_months = 12;

// ErrorCode::malformed, schema_violation or invalid_input with one issue per place. `today` is the civil day in
// Belgium.
Result<Conversation> read_conversation(const Facilities& facilities, std::string_view body, Date today);

}  // namespace ketenpoort::exchange
