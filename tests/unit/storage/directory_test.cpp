#include "gateway/storage/vault/directory.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <map>
#include <random>
#include <set>

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

// The same in plain maps.
struct PlainDirectory {
  std::map<Digest, SubjectRef> bearers;
  std::map<SubjectRef, std::set<Digest>> marks;

  void put(const Digest& mark, const SubjectRef& subject) {
    bearers[mark] = subject;
    marks[subject].insert(mark);
  }
  void part(const Digest& mark, const SubjectRef& subject) {
    if (bearers.contains(mark) && bearers[mark] == subject) bearers.erase(mark);
    marks[subject].erase(mark);
  }
  void remove(const SubjectRef& subject) {
    std::erase_if(bearers, [&](const auto& one) { return one.second == subject; });
    marks.erase(subject);
  }
};

TEST(IdentifierDirectory, says_what_plain_maps_say) {
  std::mt19937 random(7);
  const auto below = [&](unsigned n) { return static_cast<std::uint8_t>(random() % n); };
  IdentifierDirectory directory;
  PlainDirectory plain;
  for (int step = 0; step < 20'000; ++step) {
    Digest mark{};
    mark[0] = below(40);
    mark[20] = below(3);  // marks that agree in their first bytes
    SubjectRef subject{below(60)};
    subject[15] = 1;
    switch (below(8)) {
      case 0:
        directory.remove(subject), plain.remove(subject);
        break;
      case 1:
        directory.part(mark, subject), plain.part(mark, subject);
        break;
      case 2:
        directory.put_retired({.mark = mark, .subject = subject}), plain.marks[subject].insert(mark);
        break;
      default:
        directory.put({.mark = mark, .subject = subject}), plain.put(mark, subject);
    }
    const auto bearer = plain.bearers.find(mark);
    ASSERT_EQ(directory.find(mark), bearer == plain.bearers.end() ? std::nullopt : std::optional(bearer->second))
        << step;
    auto subjects = directory.subjects_of(mark);
    if (bearer != plain.bearers.end()) EXPECT_EQ(subjects.back(), bearer->second);
    std::ranges::sort(subjects);
    std::vector<SubjectRef> bore;
    for (const auto& [one, known] : plain.marks)
      if (known.contains(mark)) bore.push_back(one);
    ASSERT_EQ(subjects, bore) << step;
    auto marks = directory.marks_of(subject);
    std::ranges::sort(marks);
    ASSERT_TRUE(std::ranges::equal(marks, plain.marks[subject])) << step;
  }
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
