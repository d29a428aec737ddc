// Checks one entry and its C2SP tlog-proof, without the log.
#pragma once

#include <string>
#include <string_view>

#include "gateway/ledger/note.hpp"
#include "gateway/ledger/proof.hpp"
#include "gateway/verify/flaw.hpp"

namespace ketenpoort::verify {

// The proof must hold for exactly these bytes, and the entry must say of itself that it stands where the proof says.
Checked<ledger::VerifiedProof> check_proof(std::string_view proof, std::string_view entry,
                                           const ledger::VerifierKey& key);

}  // namespace ketenpoort::verify
