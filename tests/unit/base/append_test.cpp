#include "gateway/base/append.hpp"

#include <fmt/format.h>
#include <gtest/gtest.h>

namespace ketenpoort {
namespace {

std::string iso(Date date) {
  std::string out = "on ";
  append_iso(out, date);
  EXPECT_EQ(out, "on " + to_iso(date));
  return out.substr(3);
}

std::string rfc3339(Timestamp time) {
  std::string out = "at ";
  append_rfc3339(out, time);
  EXPECT_EQ(out, "at " + to_rfc3339(time));
  return out.substr(3);
}

// The fast way for years of four digits, and the other.
TEST(Append, writes_times_with_every_digit_in_its_place) {
  using namespace std::chrono;
  for (const int y : {0, 7, 33, 999, 1969, 1970, 2026, 9999})
    for (const auto& [m, d] : {std::pair(1U, 1U), std::pair(2U, 28U), std::pair(12U, 31U)}) {
      const Date date{year{y}, month{m}, day{d}};
      EXPECT_EQ(iso(date), fmt::format("{:04}-{:02}-{:02}", y, m, d));
      const auto time = Timestamp(sys_days{date}) + hours{23} + minutes{59} + seconds{1} + milliseconds{40};
      EXPECT_EQ(rfc3339(time), iso(date) + "T23:59:01.040Z");
      EXPECT_EQ(parse_rfc3339(rfc3339(time)), time);
    }
  const Timestamp midnight(sys_days{2026y / 11 / 29});
  EXPECT_EQ(rfc3339(midnight), "2026-11-29T00:00:00.000Z");
  EXPECT_EQ(rfc3339(midnight - milliseconds{1}), "2026-11-28T23:59:59.999Z");
  EXPECT_EQ(iso(Date{year{-5}, month{3}, day{2}}), fmt::format("{:04}-03-02", -5));
  EXPECT_EQ(rfc3339(Timestamp(sys_days{year{10000} / 1 / 1})), "10000-01-01T00:00:00.000Z");
}

TEST(Append, writes_bytes_and_ids_as_they_are_written_alone) {
  std::string out = "x";
  append_hex(out, Bytes{0x00, 0x0F, 0xA5, 0xFF});
  EXPECT_EQ(out, "x000fa5ff");
  for (int i = 0; i < 100; ++i) {
    const auto id = new_uuid_v4();
    out = "id ";
    append_uuid(out, id);
    EXPECT_EQ(out, "id " + id.text());
    EXPECT_EQ(parse_uuid(out.substr(3)), id);
  }
}

}  // namespace
}  // namespace ketenpoort
