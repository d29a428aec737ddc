// The keys a log was signed with, one after the other: each new one is announced by an entry (ledger.key-rotated) that
// the old and the new key both signed. Whoever trusts one key of the row can check the others.
#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

#include "gateway/base/result.hpp"
#include "gateway/ledger/checkpoint/checkpoint.hpp"
#include "gateway/ledger/checkpoint/note.hpp"
#include "gateway/ledger/entry/bodies.hpp"

namespace ketenpoort::ledger {

class KeyHistory {
 public:
  struct Period {
    std::uint64_t from_size = 0;  // checkpoints of this size on are signed by the key, until the next period
    VerifierKey key;
  };

  // From the log's first entry; the key's name must be the origin. ErrorCode::malformed.
  Status open(std::string_view origin, std::string_view vkey);

  // From the ledger.key-rotated at `seq`: the old key is the current one, the new one has the same name and was never
  // used, and both signed. ErrorCode::malformed or crypto with a sentence.
  Status rotate(std::uint64_t seq, const KeyRotated& body);

  // As it was: for what was read and checked before. Nothing is taken when a key cannot be read.
  void restore(const std::vector<std::uint64_t>& from_sizes, const std::vector<std::string>& vkeys);

  [[nodiscard]] const std::vector<Period>& periods() const { return periods_; }  // at least one once opened
  [[nodiscard]] const VerifierKey& current() const { return periods_.back().key; }
  [[nodiscard]] const VerifierKey& at_size(std::uint64_t size) const;  // what a checkpoint of this size is signed by
  [[nodiscard]] bool holds(std::string_view vkey) const;

 private:
  std::vector<Period> periods_;
};

// The entry's body, signed by both keys.
KeyRotated make_rotation(std::uint64_t seq, const SigningKey& old_key, const SigningKey& new_key);

// Whether the bytes of an entry are those of a ledger.key-rotated: quick, for scans.
bool is_key_rotation(std::string_view entry);

// The rotation an entry's bytes carry.
struct RotationEntry {
  std::uint64_t seq = 0;
  KeyRotated body;
};
Result<RotationEntry> read_key_rotation(std::string_view entry);

// Reads a ledger folder's entries before `size` and follows its keys. Takes the log's own word for the first one.
Result<KeyHistory> read_key_history(const std::filesystem::path& ledger, std::uint64_t size);

// Opens a signed checkpoint with the key that signs checkpoints of its size.
Result<Checkpoint> open_checkpoint(std::string_view note, const KeyHistory& keys);

}  // namespace ketenpoort::ledger
