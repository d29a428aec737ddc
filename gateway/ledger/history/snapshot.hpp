// STATE/projection: the history as it was after some entry, so that a start replays only what came later. It holds
// nothing that the log does not say: one that is missing, damaged, of another program or of another log is passed over,
// and the log is replayed.
//
// Form: 8 bytes of magic, the length of what follows (8, big-endian), then that, then SHA-256 over all before it.
#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "gateway/base/digest.hpp"
#include "gateway/ledger/checkpoint/note.hpp"
#include "gateway/ledger/files/file_system.hpp"
#include "gateway/ledger/history/history.hpp"

namespace ketenpoort::ledger {

struct Snapshot {
  std::uint64_t size = 0;                    // entries applied
  std::uint64_t offset = 0;                  // of the next entry in its segment
  Digest leaf{};                             // hash of the last entry
  std::vector<std::uint64_t> segment_sizes;  // of the full ones before it, in bytes
  std::string bytes;                         // History::save, from `begins` on
  std::size_t begins = 0;                    // a snapshot that was read stays where it stood in its file

  [[nodiscard]] std::string_view history() const { return std::string_view(bytes).substr(begins); }
};

// How large the segments are that come before an entry; nothing when one is missing.
std::optional<std::vector<std::uint64_t>> measure_segments(const FileSystem& files, const std::filesystem::path& ledger,
                                                           std::uint64_t seq);

// Written beside, synced and moved, so that it is never seen half-made. An error leaves the old one.
Status write_snapshot(FileSystem& files, const std::filesystem::path& state, const VerifierKey& key,
                      const Snapshot& snapshot);

// Nothing when there is none, or none that can be used; `why` says which.
std::optional<Snapshot> read_snapshot(const FileSystem& files, const std::filesystem::path& state,
                                      const VerifierKey& key, std::string& why);

}  // namespace ketenpoort::ledger
