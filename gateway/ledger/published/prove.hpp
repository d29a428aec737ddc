// Reads from a ledger folder alone, of a running or a stopped gateway: single entries and their proofs.
#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <string_view>

#include "gateway/base/result.hpp"
#include "gateway/ledger/checkpoint/checkpoint.hpp"
#include "gateway/ledger/checkpoint/note.hpp"
#include "gateway/ledger/history/key_history.hpp"
#include "gateway/ledger/tree/proof.hpp"

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

// The same with whichever of a log's keys signs a checkpoint of its size.
Result<Checkpoint> read_checkpoint(const std::filesystem::path& ledger, const KeyHistory& keys,
                                   std::string* note = nullptr);
Result<TlogProof> prove_entry(const std::filesystem::path& ledger, const KeyHistory& keys, std::uint64_t seq,
                              std::string_view entry);

// The key that the folder's checkpoint is signed by: the trusted one, or one that the log rotated to from it or away
// from to it. Without a trusted key on the log's own word, which proves nothing. ErrorCode::crypto when the trusted key
// never signed this log.
Result<VerifierKey> find_checkpoint_key(const std::filesystem::path& ledger,
                                        const std::optional<VerifierKey>& trusted = std::nullopt);

}  // namespace ketenpoort::ledger
