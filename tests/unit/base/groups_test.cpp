#include "gateway/base/groups.hpp"

#include <grp.h>
#include <gtest/gtest.h>
#include <unistd.h>

namespace ketenpoort {
namespace {

TEST(Groups, are_found_by_name) {
  const auto* const known = ::getgrgid(0);
  ASSERT_NE(known, nullptr);
  EXPECT_EQ(find_group(known->gr_name), 0U);
  EXPECT_EQ(find_group("no-such-group-here"), std::nullopt);
  EXPECT_EQ(find_group(""), std::nullopt);
  EXPECT_EQ(find_group(std::string(5000, 'x')), std::nullopt);
}

TEST(Groups, are_numbers_where_they_have_no_name) {
  EXPECT_EQ(find_group("4711"), 4711U);
  EXPECT_EQ(find_group("4294967294"), 4294967294U);
  for (const auto* wrong : {"4294967295", "4294967296", "-1", "4711x", " 4711", "0x10"})
    EXPECT_EQ(find_group(wrong), std::nullopt) << wrong;
}

TEST(Groups, are_given_files_by_who_is_in_them) {
  EXPECT_TRUE(may_give_to_group(::getegid()));
  constexpr gid_t of_nobody = 4711;
  EXPECT_EQ(may_give_to_group(of_nobody), ::geteuid() == 0);
}

}  // namespace
}  // namespace ketenpoort
