// Bytes and their text forms. Decoders are strict: what they accept has exactly one encoding.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace ketenpoort {

using Bytes = std::vector<std::uint8_t>;
using ByteView = std::span<const std::uint8_t>;

inline ByteView as_bytes(std::string_view text) {
  return {reinterpret_cast<const std::uint8_t*>(text.data()), text.size()};
}
inline std::string_view as_text(ByteView bytes) {
  return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}

int hex_value(char digit);  // upper or lower case; -1: none
std::string to_hex(ByteView bytes);
std::optional<Bytes> from_hex(std::string_view text);  // lower or upper case, even length

// RFC 4648 section 4, with padding. Decoding refuses white space, missing padding and non-zero spare bits.
std::string to_base64(ByteView bytes);
std::optional<Bytes> from_base64(std::string_view text);

// RFC 4648 section 5, without padding (JOSE).
std::string to_base64url(ByteView bytes);
std::optional<Bytes> from_base64url(std::string_view text);

}  // namespace ketenpoort
