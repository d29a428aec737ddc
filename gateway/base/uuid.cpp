#include "gateway/base/uuid.hpp"

#include "gateway/base/append.hpp"
#include "gateway/base/bytes.hpp"
#include "gateway/base/digest.hpp"

namespace ketenpoort {
namespace {

constexpr std::size_t text_size = 36;

constexpr bool is_hyphen_at(std::size_t at) {
  return at == 8 || at == 13 || at == 18 || at == 23;
}

void stamp(Uuid& id, std::uint8_t version) {
  id.bytes[6] = static_cast<std::uint8_t>((id.bytes[6] & 0x0F) | (version << 4));
  id.bytes[8] = static_cast<std::uint8_t>((id.bytes[8] & 0x3F) | 0x80);
}

}  // namespace

std::string Uuid::text() const {
  std::string out;
  append_uuid(out, *this);
  return out;
}

std::optional<Uuid> parse_uuid(std::string_view text) {
  if (text.size() != text_size) return std::nullopt;
  Uuid id;
  std::size_t at = 0;
  for (auto& byte : id.bytes) {
    if (is_hyphen_at(at) && text[at++] != '-') return std::nullopt;
    const int high = hex_value(text[at++]);
    const int low = hex_value(text[at++]);
    if (high < 0 || low < 0) return std::nullopt;
    byte = static_cast<std::uint8_t>(high * 16 + low);
  }
  return id;
}

Uuid new_uuid_v4() {
  Uuid id{random_bytes<16>()};
  stamp(id, 4);
  return id;
}

Uuid new_uuid_v7(Timestamp now) {
  Uuid id{random_bytes<16>()};
  auto millis = static_cast<std::uint64_t>(now.time_since_epoch().count());
  for (std::size_t i = 6; i-- > 0; millis >>= 8) id.bytes[i] = static_cast<std::uint8_t>(millis);
  stamp(id, 7);
  return id;
}

Timestamp time_of(const Uuid& id) {
  std::int64_t millis = 0;
  for (std::size_t i = 0; i < 6; ++i) millis = (millis << 8) | id.bytes[i];
  return Timestamp{std::chrono::milliseconds{millis}};
}

// Counts over the bits that are not version or variant.
Uuid following(Uuid id) {
  for (std::size_t i = 16; i-- > 0;) {
    const std::uint8_t fixed = i == 6 ? 0xF0 : i == 8 ? 0xC0 : 0x00;
    const auto free_mask = static_cast<std::uint8_t>(~fixed);
    const auto bumped = static_cast<std::uint8_t>((id.bytes[i] + 1) & free_mask);
    id.bytes[i] = static_cast<std::uint8_t>((id.bytes[i] & fixed) | bumped);
    if (bumped != 0) break;
  }
  return id;
}

// Same millisecond or a clock that went back: count on from the last id.
Uuid UuidV7Source::next(Timestamp now) {
  const Uuid id = new_uuid_v7(now);
  last_ = id > last_ ? id : following(last_);
  return last_;
}

std::size_t UuidHash::operator()(const Uuid& id) const noexcept {
  std::uint64_t high = 0;
  std::uint64_t low = 0;
  std::memcpy(&high, id.bytes.data(), 8);
  std::memcpy(&low, id.bytes.data() + 8, 8);
  return static_cast<std::size_t>(low ^ (high * 0x9E3779B97F4A7C15ULL));
}

}  // namespace ketenpoort
