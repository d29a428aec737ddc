#include "gateway/verify/proof_check.hpp"

#include <fmt/format.h>

#include "gateway/ledger/entry.hpp"

namespace ketenpoort::verify {

Checked<ledger::VerifiedProof> check_proof(std::string_view proof, std::string_view entry,
                                           const ledger::VerifierKey& key) {
  const auto parsed = ledger::parse_tlog_proof(proof);
  if (!parsed) return flawed("proof", "proof", parsed.error().message);
  const auto verified = ledger::verify_tlog_proof(*parsed, entry, key.text());
  if (!verified) return flawed("proof", "proof", verified.error().message);
  const auto decoded = ledger::decode_entry(entry);
  if (!decoded) return flawed("entry", "entry", decoded.error().message);
  if (decoded->seq != verified->index)
    return flawed("entry", "invariant 1", fmt::format("its seq is {}, it stands at {}", decoded->seq, verified->index));
  return *verified;
}

}  // namespace ketenpoort::verify
