// UUIDs (RFC 9562): version 4 for ids that must not tell anything, version 7 for ids that must sort by time.
#pragma once

#include <array>
#include <compare>
#include <optional>
#include <string>
#include <string_view>

#include "gateway/base/time.hpp"

namespace ketenpoort {

struct Uuid {
  std::array<std::uint8_t, 16> bytes{};
  auto operator<=>(const Uuid&) const = default;
  [[nodiscard]] std::string text() const;  // lower case, 8-4-4-4-12
};

std::optional<Uuid> parse_uuid(std::string_view text);  // upper or lower case
Uuid new_uuid_v4();
Uuid new_uuid_v7(Timestamp now);
[[nodiscard]] Timestamp time_of(const Uuid& id);  // that a version 7 was made at
[[nodiscard]] Uuid following(Uuid id);            // the next greater UUID of the same version and variant
[[nodiscard]] inline unsigned version_of(const Uuid& id) {
  return id.bytes[6] >> 4;
}

// Strictly increasing even within a millisecond and when the clock jumps back. One per writer; not thread-safe.
class UuidV7Source {
 public:
  explicit UuidV7Source(Uuid last = {}) : last_(last) {}
  Uuid next(Timestamp now);

 private:
  Uuid last_;
};

struct UuidHash {
  std::size_t operator()(const Uuid& id) const noexcept;
};

}  // namespace ketenpoort
