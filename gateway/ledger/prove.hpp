// Reads from a ledger folder alone, of a running or a stopped gateway: single entries and their proofs.
#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <string_view>

#include "gateway/base/result.hpp"
#include "gateway/ledger/checkpoint.hpp"
#include "gateway/ledger/note.hpp"
#include "gateway/ledger/proof.hpp"

namespace ketenpoort::ledger {

// The checkpoint that stands in the folder, opened with the log's key; `note`, if given, gets its signed text.
Result<Checkpoint> read_checkpoint(const std::filesystem::path& ledger, const VerifierKey& key,
                                   std::string* note = nullptr);

// ErrorCode::not_found when the log is shorter. Reads through one segment to find it.
Result<std::string> read_entry(const std::filesystem::path& ledger, std::uint64_t seq);

// That this entry stands at `seq` under the folder's checkpoint: a tlog-proof with the entry as its extra data.
// ErrorCode::not_found when the checkpoint does not cover it yet.
Result<TlogProof> prove_entry(const std::filesystem::path& ledger, const VerifierKey& key, std::uint64_t seq,
                              std::string_view entry);

}  // namespace ketenpoort::ledger
