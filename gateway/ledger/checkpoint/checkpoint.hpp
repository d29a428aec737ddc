// Checkpoints (C2SP tlog-checkpoint): the signed statement of what the log holds.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>

#include "gateway/base/digest.hpp"
#include "gateway/base/result.hpp"
#include "gateway/ledger/checkpoint/note.hpp"

namespace ketenpoort::ledger {

struct Checkpoint {
  std::string origin;
  std::uint64_t size = 0;
  Digest root{};
};

std::string format_checkpoint(const Checkpoint& checkpoint);  // the note's text: three lines

// Strict: no leading zero, a root of 32 bytes in canonical base64, and no extension lines, which this log never writes.
Result<Checkpoint> parse_checkpoint(std::string_view text);

// Any log's checkpoint: extension lines may follow the three. For witnesses.
Result<Checkpoint> parse_foreign_checkpoint(std::string_view text);

Result<std::string> sign_checkpoint(const Checkpoint& checkpoint, const SigningKey& key);

// Opens a signed checkpoint of the log with this key; the origin must be the key's name.
Result<Checkpoint> open_checkpoint(std::string_view note, const VerifierKey& key);

}  // namespace ketenpoort::ledger
