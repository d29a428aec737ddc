#include "gateway/exchange/facilities/unknown_codes.hpp"

#include <gmock/gmock.h>

#include "gateway/exchange/facilities/message_formats.hpp"

namespace ketenpoort::exchange {
namespace {

using testing::Contains;
using testing::IsEmpty;
using testing::SizeIs;

constexpr std::string_view list = "vdab-test-to-status";

class Codes : public testing::Test {
 protected:
  static const mapping::Library& library() {
    static const auto formats = load_formats("mappings", {}).value();
    return formats->mappings;
  }
  Date today = parse_date("2026-11-29").value();
  Timestamp now = parse_rfc3339("2026-11-29T12:00:00Z").value();
  UnknownCodes codes;
};

TEST(LooksLikeCode, is_short_and_no_number_of_a_person) {
  for (const auto* code : {"99", "TT_IB-18", "VW", "A.B", "12345"}) EXPECT_TRUE(looks_like_code(code)) << code;
  for (const auto* text : {"", "91631400287", "123456", "Haddad Samir", "\xC3\xA9", "ABCDEFGHIJKLMNOPQRSTU", "<x>"})
    EXPECT_FALSE(looks_like_code(text)) << text;
}

TEST_F(Codes, are_known_from_the_list) {
  EXPECT_THAT(known_codes(library(), list, today), Contains("01"));
  EXPECT_THAT(known_codes(library(), "no-such-list", today), IsEmpty());
}

TEST_F(Codes, that_are_lacking_are_counted_by_list_code_and_sender) {
  codes.note("vdab", {"status", "99", std::string(list)}, now);
  codes.note("vdab", {"status", "99", std::string(list)}, now + std::chrono::hours{1});
  codes.note("agii", {"status", "99", std::string(list)}, now);
  const auto lacking = codes.lacking(library(), today);
  ASSERT_THAT(lacking, SizeIs(2));
  EXPECT_EQ(lacking[1].recipient, "vdab");
  EXPECT_EQ(lacking[1].items, 2U);
  EXPECT_EQ(lacking[1].first, now);
  EXPECT_EQ(lacking[1].last, now + std::chrono::hours{1});
  EXPECT_EQ(codes.items(), 3U);
}

TEST_F(Codes, that_the_list_has_by_now_are_lacking_no_more) {
  codes.note("vdab", {"status", "01", std::string(list)}, now);
  codes.note("vdab", {"status", "99", "a-list-that-went"}, now);
  EXPECT_THAT(codes.lacking(library(), today), IsEmpty());
  EXPECT_EQ(codes.items(), 2U);
}

TEST_F(Codes, that_nobody_sent_for_a_week_are_forgotten) {
  codes.note("vdab", {"status", "", std::string(list)}, now);  // no code by its looks: no list can ever have it
  EXPECT_THAT(codes.lacking(library(), add_days(today, 7)), SizeIs(1));
  EXPECT_THAT(codes.lacking(library(), add_days(today, 8)), IsEmpty());
}

TEST_F(Codes, take_no_more_memory_than_they_may) {
  for (int i = 0; i < 1000; ++i) codes.note("vdab", {"status", "x" + std::to_string(i), std::string(list)}, now);
  EXPECT_THAT(codes.lacking(library(), today), SizeIs(UnknownCodes::most));
  EXPECT_EQ(codes.items(), 1000U);
}

}  // namespace
}  // namespace ketenpoort::exchange
