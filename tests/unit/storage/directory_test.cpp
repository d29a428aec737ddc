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

TEST(IdentifierDirectory, a_number_that_parted_is_nobodys_and_others_stay) {
  IdentifierDirectory directory;
  const SubjectRef anna{1}, berta{2};
  directory.put({.mark = Digest{1}, .subject = anna});
  directory.put({.mark = Digest{2}, .subject = anna});
  directory.part(Digest{1}, berta);
  EXPECT_EQ(directory.find(Digest{1}), anna) << "it was not hers";
  directory.part(Digest{1}, anna);
  EXPECT_FALSE(directory.find(Digest{1}));
  EXPECT_EQ(directory.marks_of(anna), std::vector{Digest{2}});
}

TEST(DecidedNumbers, tell_whose_a_number_was_before) {
  DecidedNumbers numbers;
  const SubjectRef anna{1}, berta{2}, clara{3};
  numbers.put({.mark = Digest{1}, .subject = anna, .reference = {}, .state = 2});   // passed
  numbers.put({.mark = Digest{1}, .subject = berta, .reference = {}, .state = 1});  // parted
  numbers.put({.mark = Digest{1}, .subject = clara, .reference = {}, .state = 0});  // borne
  numbers.put({.mark = Digest{2}, .subject = berta, .reference = {}, .state = 2});
  EXPECT_EQ(numbers.passed_by(Digest{1}), std::vector{anna});
  numbers.remove(anna);
  EXPECT_TRUE(numbers.passed_by(Digest{1}).empty());
  EXPECT_EQ(numbers.find(Digest{1}, clara)->state, 0);
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
