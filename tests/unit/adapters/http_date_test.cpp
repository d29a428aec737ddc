#include "adapters/http_date.hpp"

#include <gtest/gtest.h>

namespace ketenpoort::adapters {
namespace {

using namespace std::chrono;

TEST(HttpDate, is_the_moment_it_names) {
  EXPECT_EQ(parse_http_date("Sun, 06 Nov 1994 08:49:37 GMT"),
            sys_days{1994y / November / 6} + hours{8} + minutes{49} + seconds{37});
  EXPECT_EQ(parse_http_date("Thu, 29 Feb 2024 23:59:59 GMT"), sys_days{2024y / March / 1} - seconds{1});
  EXPECT_EQ(parse_http_date("Sat, 31 Dec 2016 23:59:60 GMT"), sys_days{2017y / January / 1});  // a leap second
}

TEST(HttpDate, is_none_where_there_is_no_such_moment) {
  for (const auto* text :
       {"", "Sun, 06 Nov 1994 08:49:37", "Sun, 06 Nov 1994 08:49:37 CET", "Sun, 06 Nox 1994 08:49:37 GMT",
        "Wed, 29 Feb 2023 08:49:37 GMT", "Sun, 00 Nov 1994 08:49:37 GMT", "Sun, 06 Nov 1994 24:00:00 GMT",
        "Sun, 06 Nov 1994 08:60:37 GMT", "Sun, 06 Nov 1994 08:49:61 GMT", "Sun, 06 Nov 1994 08:49:3: GMT",
        "Sun, 06 Nov 1994 08:49:3/ GMT", "Sun, 06 Nov 1994 08-49-37 GMT"})
    EXPECT_EQ(parse_http_date(text), std::nullopt) << text;
}

}  // namespace
}  // namespace ketenpoort::adapters
