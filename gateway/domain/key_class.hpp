// The classes of keys a data subject has in the vault. Destroying a class erases all that is sealed under it.
#pragma once

#include <cstddef>
#include <cstdint>
#include <initializer_list>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace ketenpoort {

enum class KeyClass : unsigned char {
  payload,    // records and messages
  proof,      // sealed parts of ledger entries: facts, interpreter, evidence, representative
  directory,  // identifiers kept to answer the data subject
};
constexpr std::size_t key_class_count = 3;

std::string_view to_text(KeyClass key_class);  // "payload"
std::optional<KeyClass> parse_key_class(std::string_view text);

class KeyClassSet {
 public:
  constexpr KeyClassSet() = default;
  constexpr KeyClassSet(std::initializer_list<KeyClass> classes) {
    for (const auto one : classes) insert(one);
  }
  static constexpr KeyClassSet all() { return {KeyClass::payload, KeyClass::proof, KeyClass::directory}; }
  static constexpr KeyClassSet from_bits(unsigned bits) {
    KeyClassSet out;
    out.bits_ = static_cast<std::uint8_t>(bits & all().bits_);
    return out;
  }

  constexpr void insert(KeyClass one) { bits_ = static_cast<std::uint8_t>(bits_ | bit(one)); }
  [[nodiscard]] constexpr bool contains(KeyClass one) const { return (bits_ & bit(one)) != 0; }
  [[nodiscard]] constexpr bool includes(KeyClassSet other) const { return (other.bits_ & ~bits_) == 0; }
  [[nodiscard]] constexpr bool empty() const { return bits_ == 0; }
  [[nodiscard]] constexpr KeyClassSet operator|(KeyClassSet other) const { return from_bits(bits_ | other.bits_); }
  [[nodiscard]] constexpr std::uint8_t bits() const { return bits_; }
  constexpr bool operator==(const KeyClassSet&) const = default;

  [[nodiscard]] std::vector<std::string> names() const;  // in alphabetical order, as the ledger lists them

 private:
  static constexpr unsigned bit(KeyClass one) { return 1U << static_cast<unsigned>(one); }
  std::uint8_t bits_ = 0;
};

}  // namespace ketenpoort
