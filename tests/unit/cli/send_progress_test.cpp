#include "gateway/cli/send/send_progress.hpp"

#include <gtest/gtest.h>

#include <random>
#include <set>

#include "gateway/base/files.hpp"

namespace ketenpoort::cli {
namespace {

TEST(LineSet, writes_ranges_and_reads_them_again) {
  LineSet set;
  for (const std::size_t line : {5U, 1U, 2U, 9U, 3U, 8U, 5U}) set.add(line);
  EXPECT_EQ(set.text(), "1-3,5,8-9");
  EXPECT_EQ(set.size(), 6U);
  set.add(4);
  EXPECT_EQ(set.text(), "1-5,8-9");
  EXPECT_EQ(LineSet::parse("1-5,8-9")->text(), "1-5,8-9");
  EXPECT_EQ(LineSet::parse("1-5,8-9")->size(), 7U);
  EXPECT_EQ(LineSet::parse("")->size(), 0U);
}

TEST(LineSet, refuses_what_it_would_not_write) {
  for (const char* bad : {"0", "a", "1-", "-1", "3-2", "2,1", "1,2", "1-3,3", "1,,3", "1,", "1 ,3", "1-3-5"})
    EXPECT_FALSE(LineSet::parse(bad)) << bad;
}

TEST(LineSet, agrees_with_a_plain_set_in_any_order) {
  std::mt19937 random(3);
  for (int round = 0; round < 50; ++round) {
    LineSet set;
    std::set<std::size_t> plain;
    for (int i = 0; i < 200; ++i) {
      const std::size_t line = 1 + random() % 150;
      set.add(line);
      plain.insert(line);
    }
    ASSERT_EQ(set.size(), plain.size());
    const auto again = LineSet::parse(set.text());
    ASSERT_TRUE(again) << set.text();
    for (std::size_t line = 1; line <= 152; ++line) ASSERT_EQ(again->contains(line), plain.contains(line)) << line;
  }
}

class SendProgressTest : public testing::Test {
 protected:
  ~SendProgressTest() override { std::filesystem::remove_all(folder_); }

  std::filesystem::path folder_ = [] {
    auto name = (std::filesystem::temp_directory_path() / "ketenpoort-send-XXXXXX").string();
    return std::filesystem::path(::mkdtemp(name.data()));
  }();
  std::filesystem::path file_ = folder_ / "residents.ndjson";
  Digest content_ = sha256(as_bytes("content"));
};

TEST_F(SendProgressTest, goes_on_where_it_was_saved) {
  auto progress = SendProgress::open(file_, content_, "gateway");
  EXPECT_EQ(progress.done().size(), 0U);
  progress.add(1);
  progress.add(2);
  progress.add(7);
  ASSERT_TRUE(progress.save());
  const auto again = SendProgress::open(file_, content_, "gateway");
  EXPECT_EQ(again.done().text(), "1-2,7");
  again.remove();
  EXPECT_EQ(SendProgress::open(file_, content_, "gateway").done().size(), 0U);
}

TEST_F(SendProgressTest, another_content_or_gateway_starts_from_nothing) {
  auto progress = SendProgress::open(file_, content_, "gateway");
  progress.add(1);
  ASSERT_TRUE(progress.save());
  EXPECT_EQ(SendProgress::open(file_, sha256(as_bytes("changed")), "gateway").done().size(), 0U);
  EXPECT_EQ(SendProgress::open(file_, content_, "another").done().size(), 0U);
  EXPECT_EQ(SendProgress::fresh(file_, content_, "gateway").done().size(), 0U);
}

TEST_F(SendProgressTest, a_damaged_file_starts_from_nothing) {
  auto progress = SendProgress::open(file_, content_, "gateway");
  progress.add(1);
  ASSERT_TRUE(progress.save());
  const auto beside = folder_ / "residents.ndjson.ketenpoort-progress";
  const auto whole = read_file(beside).value();
  for (std::size_t size = 0; size + 2 < whole.size(); ++size) {
    ASSERT_TRUE(replace_file(beside, std::string_view(whole).substr(0, size)));
    EXPECT_EQ(SendProgress::open(file_, content_, "gateway").done().size(), 0U) << size;
  }
}

}  // namespace
}  // namespace ketenpoort::cli
