#include "gateway/exchange/record_changes.hpp"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include "tests/support/log_story.hpp"

namespace ketenpoort::exchange {
namespace {

using ledger::test::day;

const Date today = day(2026, 11, 24);

formats::JsonDocument record(std::string_view identifiers, std::string_view stay) {
  const auto text =
      fmt::format(R"({{"source":{{"centre":{{"code":"C01"}}}},"resident":{{"identifiers":{{{}}},"stay":{{{}}}}},)"
                  R"("procedure":{{"asOf":"2026-11-23","profile":"APPLICANT","status":"LODGED"}}}})",
                  identifiers, stay);
  auto document = formats::parse_json(text);
  EXPECT_TRUE(document);
  return std::move(*document);
}

const std::string numbers = R"("fedasilNumber":"F1","ssin":"90651400123","immigrationOfficeNumber":"8123456")";
const std::string staying = R"("from":"2026-01-05")";
const std::string left = R"("from":"2026-01-05","until":"2026-11-20","endReason":"LEFT")";
const std::string leaving = R"("from":"2026-01-05","until":"2026-11-22","endReason":"MOVED")";

RecordChanges changes(const std::string& numbers_before, const std::string& stay_before,
                      const std::string& numbers_after, const std::string& stay_after, Date then = today) {
  const auto before = record(numbers_before, stay_before);
  const auto after = record(numbers_after, stay_after);
  return compare_records(before.root(), then, after.root(), today);
}

TEST(RecordChanges, are_none_in_what_says_the_same) {
  EXPECT_FALSE(changes(numbers, staying, numbers, staying).any());
  EXPECT_FALSE(changes(numbers, left, numbers, left).any()) << "it was told the first time";
}

TEST(RecordChanges, tell_that_the_stay_is_over) {
  EXPECT_TRUE(changes(numbers, staying, numbers, left).stay_ended);
}

TEST(RecordChanges, tell_that_a_stay_announced_to_end_is_over_since) {
  EXPECT_TRUE(changes(numbers, leaving, numbers, leaving, day(2026, 11, 10)).stay_ended);
}

TEST(RecordChanges, tell_of_an_end_when_the_earlier_record_is_gone) {
  const auto after = record(numbers, left);
  const auto since = compare_records({}, today, after.root(), today);
  EXPECT_TRUE(since.stay_ended);
  EXPECT_TRUE(since.numbers.empty());
}

TEST(RecordChanges, tell_which_category_a_changed_number_is_in) {
  EXPECT_EQ(changes(numbers, staying, R"("fedasilNumber":"F1","ssin":"90651400222")", staying).numbers,
            CategorySet{Category::identity_core});
  EXPECT_EQ(changes(numbers, staying, R"("fedasilNumber":"F2","ssin":"90651400123")", staying).numbers,
            CategorySet{Category::identity_core});
  EXPECT_EQ(changes(numbers, staying, R"("fedasilNumber":"F1","immigrationOfficeNumber":"9")", staying).numbers,
            CategorySet{Category::identity_more});
}

TEST(RecordChanges, are_none_where_a_number_is_new_or_left_out) {
  EXPECT_FALSE(changes(R"("fedasilNumber":"F1")", staying, numbers, staying).any());
  EXPECT_FALSE(changes(numbers, staying, R"("fedasilNumber":"F1")", staying).any());
}

}  // namespace
}  // namespace ketenpoort::exchange
