// What the verifier says, for people and for programs. docs/ledger-format.md, "What a verifier says", lists the keys.
#pragma once

#include <string>
#include <vector>

#include "gateway/verify/flaw.hpp"
#include "gateway/verify/log_check.hpp"
#include "gateway/verify/proof_check.hpp"

namespace ketenpoort::verify {

// What a check of this sort can not show, however well everything holds.
std::vector<std::string> not_ruled_out(const LogReport& report);

std::string describe(const LogReport& report);
std::string describe(const ProofReport& proof);
std::string describe(const Flaw& flaw);

// One JSON document with a final newline; "holds" is true, false, or absent when the ledger could not be read.
std::string to_json(const LogReport& report);
std::string to_json(const ProofReport& proof);
std::string to_json(const Flaw& flaw);

}  // namespace ketenpoort::verify
