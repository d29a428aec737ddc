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

}  // namespace
}  // namespace ketenpoort::api
