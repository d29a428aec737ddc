// Signed notes and their keys (C2SP signed-note): text, a blank line, one line per signature. Ed25519 (algorithm 0x01).
#pragma once

#include <array>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>

#include "gateway/base/bytes.hpp"
#include "gateway/base/result.hpp"
#include "gateway/ledger/checkpoint/note_parts.hpp"

namespace ketenpoort::ledger {

// A public key under a name, written as "name+1a2b3c4d+base64".
class VerifierKey {
 public:
  static Result<VerifierKey> parse(std::string_view vkey);

  [[nodiscard]] const std::string& name() const { return name_; }
  [[nodiscard]] std::uint32_t id() const { return id_; }
  [[nodiscard]] std::string text() const;  // the vkey
  [[nodiscard]] bool verifies(std::string_view message, ByteView signature) const;

 private:
  friend class SigningKey;
  VerifierKey(std::string name, std::array<std::uint8_t, 32> point);

  std::string name_;
  std::array<std::uint8_t, 32> point_{};
  std::uint32_t id_ = 0;
};

// A private key under a name. Its text, "PRIVATE+KEY+name+1a2b3c4d+base64", is a secret: for a key file only.
class SigningKey {
 public:
  static Result<SigningKey> generate(std::string_view name);
  static Result<SigningKey> from_seed(std::string_view name, const std::array<std::uint8_t, 32>& seed);
  static Result<SigningKey> parse(std::string_view text);  // ignores a final newline

  [[nodiscard]] const VerifierKey& verifier() const { return verifier_; }
  [[nodiscard]] std::string secret_text() const;
  [[nodiscard]] std::array<std::uint8_t, 64> sign(std::string_view message) const;

 private:
  SigningKey(VerifierKey verifier, Ed25519Key key);

  VerifierKey verifier_;
  Ed25519Key key_;
};

// `text` must end in a newline and hold no other control character.
Result<std::string> sign_note(std::string_view text, const SigningKey& key);

struct Note {
  std::string_view text;        // with its final newline; a view into the note
  std::string_view signatures;  // the signature lines
};

// Splits a note and checks its form: UTF-8, no control characters, well-formed signature lines (at most 64). Verifies
// nothing.
Result<Note> split_note(std::string_view note);

// The text of a note signed by one of the keys at least. Signatures by other keys are passed over; one by a known key
// that does not verify refuses the note (ErrorCode::crypto).
Result<std::string_view> open_note(std::string_view note, std::span<const VerifierKey> keys);

}  // namespace ketenpoort::ledger
