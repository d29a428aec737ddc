#include "gateway/api/http/page.hpp"

#include <gtest/gtest.h>

namespace ketenpoort::api {
namespace {

TEST(ReadPlace, takes_what_pages_end_with) {
  EXPECT_EQ(read_place("0").value(), 0U);
  EXPECT_EQ(read_place("9007199254740991").value(), 9'007'199'254'740'991U);
}

TEST(ReadPlace, refuses_what_would_begin_at_the_first_page_again) {
  for (const char* wrong : {"", "-1", "x", "9007199254740992", "9223372036854775807", "18446744073709551615"}) {
    const auto place = read_place(wrong);
    ASSERT_FALSE(place) << wrong;
    EXPECT_EQ(place.error().issues.front().where, "after") << wrong;
  }
}

TEST(Page, begins_behind_the_last_item_or_at_the_first) {
  EXPECT_EQ(find_first_place({}).value(), 0U);
  EXPECT_EQ(find_first_place({{"after", "0"}}).value(), 1U);
  EXPECT_FALSE(find_first_place({{"after", "x"}}));
  EXPECT_EQ(find_page_size({}).value(), default_page);
  EXPECT_EQ(find_page_size({{"pageSize", "7"}}).value(), 7U);
  EXPECT_FALSE(find_page_size({{"pageSize", "0"}}));
}

}  // namespace
}  // namespace ketenpoort::api
