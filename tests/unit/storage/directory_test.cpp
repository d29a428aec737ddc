#include "gateway/storage/directory.hpp"

#include <gtest/gtest.h>

namespace ketenpoort::storage {
namespace {

TEST(IdentifierDirectory, marks_that_share_their_first_bytes_stay_apart) {
  IdentifierDirectory directory;
  Digest a{1, 2, 3}, b = a;
  b[31] = 9;
  directory.put({.mark = a, .subject = SubjectRef{1}});
  EXPECT_FALSE(directory.find(b));
  directory.put({.mark = b, .subject = SubjectRef{2}});
  EXPECT_EQ(directory.find(a), SubjectRef{1});
  EXPECT_EQ(directory.find(b), SubjectRef{2});
}

TEST(AnsweredKeys, never_forget_one_while_growing) {
  AnsweredKeys answered;
  const auto key_of = [](int i) { return sha256(as_bytes(std::to_string(i))); };
  for (int i = 0; i < 20'000; ++i) answered.put(key_of(i));
  for (int i = 0; i < 20'000; ++i) ASSERT_TRUE(answered.may_contain(key_of(i))) << i;
  for (int i = 20'000; i < 40'000; ++i) ASSERT_FALSE(answered.may_contain(key_of(i))) << i;
}

TEST(AnsweredKeys, a_prefix_of_zeros_is_a_key_like_any_other) {
  AnsweredKeys answered;
  EXPECT_FALSE(answered.may_contain(Digest{}));
  answered.put(Digest{});
  EXPECT_TRUE(answered.may_contain(Digest{}));
}

}  // namespace
}  // namespace ketenpoort::storage
