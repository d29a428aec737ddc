#include "gateway/exchange/facilities/recent_records.hpp"

#include <gtest/gtest.h>

#include <thread>

namespace ketenpoort::exchange {
namespace {

using namespace std::chrono_literals;

OpenRecordPtr record(std::string text) {
  auto document = formats::parse_json(text).value();
  return std::make_shared<const OpenRecord>(OpenRecord{std::move(text), std::move(document), policy::Facts{}, {}});
}

RecordId id(std::uint8_t number) {
  RecordId out{};
  out.bytes[0] = number;
  return out;
}

const SubjectRef person{1};
const SubjectRef another{2};

TEST(RecentRecords, gives_back_what_was_put_with_a_tree_that_reads) {
  RecentRecords recent;
  recent.put(id(1), person, record(R"({"a":{"b":"c"}})"));
  const auto found = recent.find(id(1));
  ASSERT_TRUE(found);
  EXPECT_EQ(found->text, R"({"a":{"b":"c"}})");
  EXPECT_EQ(found->document.root().find("a").find("b").as_string(), "c");
  EXPECT_FALSE(recent.find(id(2)));
}

TEST(RecentRecords, keeps_no_more_than_so_many_bytes_and_lets_the_oldest_go) {
  RecentRecords recent(4);
  for (std::uint8_t number = 1; number <= 3; ++number) recent.put(id(number), person, record("{}"));
  recent.put(id(3), person, record("{}"));        // is there already
  recent.put(id(4), person, record(R"(["x"])"));  // too large: everything goes, and it too
  for (std::uint8_t number = 1; number <= 4; ++number) EXPECT_FALSE(recent.find(id(number)));
  for (std::uint8_t number = 1; number <= 3; ++number) recent.put(id(number), person, record("{}"));
  EXPECT_FALSE(recent.find(id(1)));
  EXPECT_TRUE(recent.find(id(2)));
  EXPECT_TRUE(recent.find(id(3)));
}

TEST(RecentRecords, keeps_nothing_for_longer_than_it_may) {
  RecentRecords recent(100, 1ms);
  recent.put(id(1), person, record("{}"));
  std::this_thread::sleep_for(5ms);
  EXPECT_FALSE(recent.find(id(1)));
}

TEST(RecentRecords, lets_go_of_an_erased_persons_at_once_and_of_old_ones_though_nobody_asks) {
  RecentRecords recent(100, 20ms);
  recent.put(id(1), person, record("{}"));
  recent.put(id(2), another, record(R"(["x"])"));
  recent.put(id(3), person, record("{}"));
  recent.forget(person);
  EXPECT_EQ(recent.bytes(), 5U);
  recent.put(id(1), person, record("{}"));
  EXPECT_EQ(recent.bytes(), 7U);
  std::this_thread::sleep_for(30ms);
  recent.forget_old();
  EXPECT_EQ(recent.bytes(), 0U);
}

TEST(RecentRecords, who_has_one_keeps_it_though_it_is_forgotten) {
  RecentRecords recent(6);
  recent.put(id(1), person, record(R"(["x"])"));
  const auto found = recent.find(id(1));
  recent.put(id(2), person, record("{}"));
  EXPECT_EQ(found->document.root().at(0).as_string(), "x");
}

}  // namespace
}  // namespace ketenpoort::exchange
