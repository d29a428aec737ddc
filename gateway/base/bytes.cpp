#include "gateway/base/bytes.hpp"

#include "gateway/base/append.hpp"

namespace ketenpoort {
namespace {

constexpr std::string_view standard_alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
constexpr std::string_view url_alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";

using Table = std::array<std::int8_t, 256>;

constexpr Table reverse(std::string_view alphabet) {
  Table table{};
  for (auto& cell : table) cell = -1;
  for (std::size_t i = 0; i < alphabet.size(); ++i)
    table[static_cast<unsigned char>(alphabet[i])] = static_cast<std::int8_t>(i);
  return table;
}

constexpr Table standard_values = reverse(standard_alphabet);
constexpr Table url_values = reverse(url_alphabet);

std::string encode(ByteView bytes, std::string_view alphabet, bool padded) {
  const std::size_t rest = bytes.size() % 3;
  const std::size_t tail = rest == 0 ? 0 : padded ? 4 : rest + 1;
  std::string out(bytes.size() / 3 * 4 + tail, '=');
  char* to = out.data();
  std::size_t i = 0;
  for (; i + 3 <= bytes.size(); i += 3) {
    const std::uint32_t v = (std::uint32_t{bytes[i]} << 16) | (std::uint32_t{bytes[i + 1]} << 8) | bytes[i + 2];
    *to++ = alphabet[v >> 18];
    *to++ = alphabet[(v >> 12) & 63];
    *to++ = alphabet[(v >> 6) & 63];
    *to++ = alphabet[v & 63];
  }
  if (rest == 0) return out;
  std::uint32_t v = std::uint32_t{bytes[i]} << 16;
  if (rest == 2) v |= std::uint32_t{bytes[i + 1]} << 8;
  *to++ = alphabet[v >> 18];
  *to++ = alphabet[(v >> 12) & 63];
  if (rest == 2) *to = alphabet[(v >> 6) & 63];
  return out;
}

std::optional<Bytes> decode(std::string_view text, const Table& values) {
  if (text.size() % 4 == 1) return std::nullopt;
  Bytes out(text.size() * 3 / 4);
  auto to = out.begin();
  std::uint32_t buffer = 0;
  unsigned bits = 0;
  for (const char c : text) {
    const int value = values[static_cast<unsigned char>(c)];
    if (value < 0) return std::nullopt;
    buffer = (buffer << 6) | static_cast<std::uint32_t>(value);
    bits += 6;
    if (bits >= 8) {
      bits -= 8;
      *to++ = static_cast<std::uint8_t>(buffer >> bits);
      buffer &= (1U << bits) - 1;
    }
  }
  if (buffer != 0) return std::nullopt;  // spare bits: a second spelling of the same bytes
  return out;
}

}  // namespace

int hex_value(char digit) {
  if (digit >= '0' && digit <= '9') return digit - '0';
  if (digit >= 'a' && digit <= 'f') return digit - 'a' + 10;
  if (digit >= 'A' && digit <= 'F') return digit - 'A' + 10;
  return -1;
}

std::string to_hex(ByteView bytes) {
  std::string out;
  append_hex(out, bytes);
  return out;
}

std::optional<Bytes> from_hex(std::string_view text) {
  if (text.size() % 2 != 0) return std::nullopt;
  Bytes out;
  out.reserve(text.size() / 2);
  for (std::size_t i = 0; i < text.size(); i += 2) {
    const int high = hex_value(text[i]);
    const int low = hex_value(text[i + 1]);
    if (high < 0 || low < 0) return std::nullopt;
    out.push_back(static_cast<std::uint8_t>((high << 4) | low));
  }
  return out;
}

std::string to_base64(ByteView bytes) {
  return encode(bytes, standard_alphabet, true);
}

std::optional<Bytes> from_base64(std::string_view text) {
  if (text.size() % 4 != 0) return std::nullopt;
  std::size_t padding = 0;
  while (padding < 2 && padding < text.size() && text[text.size() - 1 - padding] == '=') ++padding;
  return decode(text.substr(0, text.size() - padding), standard_values);
}

std::string to_base64url(ByteView bytes) {
  return encode(bytes, url_alphabet, false);
}

std::optional<Bytes> from_base64url(std::string_view text) {
  return decode(text, url_values);
}

}  // namespace ketenpoort
