// Checks one entry with its proof, without the log.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "gateway/ledger/checkpoint/cosignature.hpp"
#include "gateway/ledger/checkpoint/note.hpp"
#include "gateway/verify/flaw.hpp"

namespace ketenpoort::verify {

struct ProofReport {
  std::uint64_t seq = 0;
  std::uint64_t size = 0;  // of the tree it was proven in
  std::string origin;
  std::vector<std::string> witnesses;  // that cosigned that tree
};

// A C2SP tlog-proof, the bytes of the entry, and keys of the log of which one must have signed the checkpoint. Every
// witness that is named must have cosigned it.
Checked<ProofReport> check_proof(std::string_view proof, std::string_view entry,
                                 std::span<const ledger::VerifierKey> keys,
                                 std::span<const ledger::WitnessKey> witnesses = {});

}  // namespace ketenpoort::verify
