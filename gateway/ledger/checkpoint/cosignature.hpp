// Cosignatures of witnesses (C2SP tlog-cosignature, cosignature/v1): that at a time the witness had seen no larger
// consistent tree of the log. Each is a signature line of the checkpoint's note: signature type 0x04, an Ed25519
// signature with its time over the header, the time and the checkpoint's body.
#pragma once

#include <chrono>
#include <cstddef>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "gateway/base/result.hpp"
#include "gateway/ledger/checkpoint/note_parts.hpp"

namespace ketenpoort::ledger {

using CosignTime = std::chrono::sys_seconds;

// A witness's public key under its name, written as a vkey "name+1a2b3c4d+base64" of type 0x04.
class WitnessKey {
 public:
  static Result<WitnessKey> parse(std::string_view vkey);

  [[nodiscard]] const std::string& name() const { return name_; }
  [[nodiscard]] std::uint32_t id() const { return id_; }
  [[nodiscard]] std::string text() const;  // the vkey

  // When the witness cosigned `body` (the text of the note: three lines) by this line; ErrorCode::not_found for
  // another key's line, malformed for one that is none of ours, crypto for a signature that does not verify.
  [[nodiscard]] Result<CosignTime> verify(std::string_view body, std::string_view line) const;

 private:
  friend class WitnessSigner;
  WitnessKey(std::string name, std::array<std::uint8_t, 32> point);

  std::string name_;
  std::array<std::uint8_t, 32> point_{};
  std::uint32_t id_ = 0;
};

// A witness's private key. Its text, "PRIVATE+KEY+name+1a2b3c4d+base64", is a secret: for a key file only.
class WitnessSigner {
 public:
  static Result<WitnessSigner> generate(std::string_view name);
  static Result<WitnessSigner> from_seed(std::string_view name, const std::array<std::uint8_t, 32>& seed);
  static Result<WitnessSigner> parse(std::string_view text);  // ignores a final newline

  [[nodiscard]] const WitnessKey& key() const { return key_; }
  [[nodiscard]] std::string secret_text() const;
  [[nodiscard]] std::string cosign(std::string_view body, CosignTime time) const;  // a line, without its newline

 private:
  WitnessSigner(WitnessKey key, Ed25519Key signer);

  WitnessKey key_;
  Ed25519Key signer_;
};

// One witness's cosignature that holds.
struct Cosignature {
  std::size_t witness = 0;  // index into the keys
  CosignTime time{};
  std::string line;
};

// The cosignatures by these witnesses among the lines (each ended by a newline), at most one of each witness, its
// newest. Lines of other keys are passed over; one that claims a known key and does not verify, and text that is no
// signature line, is an error.
Result<std::vector<Cosignature>> find_cosignatures(std::string_view body, std::string_view lines,
                                                   std::span<const WitnessKey> witnesses);

}  // namespace ketenpoort::ledger
