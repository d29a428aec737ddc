#include "gateway/verify/proof_check.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "gateway/ledger/entry/entry.hpp"
#include "gateway/ledger/tree/proof.hpp"

namespace ketenpoort::verify {
namespace {

Result<ledger::VerifiedProof> verify_with_one_of(const ledger::TlogProof& proof, std::string_view entry,
                                                 std::span<const ledger::VerifierKey> keys) {
  auto verified = ledger::verify_tlog_proof(proof, entry, keys.front().text());
  for (const auto& key : keys.subspan(1)) {
    if (verified) break;
    verified = ledger::verify_tlog_proof(proof, entry, key.text());
  }
  return verified;
}

Checked<void> check_witnesses(const ledger::TlogProof& proof, std::span<const ledger::WitnessKey> witnesses,
                              ProofReport& report) {
  if (witnesses.empty()) return {};
  const auto parts = ledger::split_note(proof.checkpoint);
  if (!parts) return flawed("proof", "proof", parts.error().message);
  const auto found = ledger::find_cosignatures(parts->text, parts->signatures, witnesses);
  if (!found) return flawed("proof", "anchor", found.error().message);
  for (const auto& one : *found) report.witnesses.push_back(witnesses[one.witness].name());
  for (const auto& witness : witnesses)
    if (std::ranges::find(report.witnesses, witness.name()) == report.witnesses.end())
      return flawed("proof", "anchor", fmt::format("the witness {} did not cosign its checkpoint", witness.name()));
  return {};
}

}  // namespace

Checked<ProofReport> check_proof(std::string_view proof, std::string_view entry,
                                 std::span<const ledger::VerifierKey> keys,
                                 std::span<const ledger::WitnessKey> witnesses) {
  const auto parsed = ledger::parse_tlog_proof(proof);
  if (!parsed) return flawed("proof", "proof", parsed.error().message);
  const auto verified = verify_with_one_of(*parsed, entry, keys);
  if (!verified) return flawed("proof", "proof", verified.error().message);
  // Nothing in the tree vouches for this line, and people read the entry from it.
  if (!parsed->extra.empty() && parsed->extra != entry)
    return flawed("proof", "proof", "its extra line holds something else than the entry; trust the entry's own file");
  const auto decoded = ledger::decode_entry(entry);
  if (!decoded) return flawed("entry", "invariant 1", decoded.error().message);
  if (decoded->seq != verified->index)
    return flawed("entry", "invariant 1", fmt::format("its seq is {}, it stands at {}", decoded->seq, verified->index));
  ProofReport report{verified->index, verified->size, verified->origin, {}};
  if (auto cosigned = check_witnesses(*parsed, witnesses, report); !cosigned)
    return tl::make_unexpected(cosigned.error());
  return report;
}

}  // namespace ketenpoort::verify
