#include "gateway/ledger/tree/segments.hpp"

#include <gtest/gtest.h>
#include <unistd.h>

#include <fstream>

#include "gateway/base/files.hpp"

namespace ketenpoort::ledger {
namespace {

namespace fs = std::filesystem;

class SegmentsOnDisk : public testing::Test {
 protected:
  void SetUp() override {
    fs::remove_all(folder_);
    fs::create_directories(folder_ / "segments");
  }
  void TearDown() override { fs::remove_all(folder_); }

  static std::string records(std::uint64_t first, std::uint64_t count) {
    std::string out;
    for (auto i = first; i < first + count; ++i) append_record(out, "entry " + std::to_string(i));
    return out;
  }
  std::uint64_t count() {
    SegmentReader reader(folder_);
    while (*reader.next()) {
    }
    return reader.next_seq();
  }
  fs::path folder_ = fs::temp_directory_path() / ("ketenpoort-segments-" + std::to_string(::getpid()));
};

TEST(SegmentPath, is_named_after_its_first_entry) {
  EXPECT_EQ(segment_path(0), "segments/00000000000000000000");
  EXPECT_EQ(segment_path(65'535), "segments/00000000000000000000");
  EXPECT_EQ(segment_path(65'536), "segments/00000000000000065536");
}

TEST(Record, is_taken_only_when_whole) {
  std::string bytes;
  append_record(bytes, std::string(65'535, 'x'));
  append_record(bytes, "");
  std::string_view rest = bytes;
  EXPECT_EQ(take_record(rest)->size(), 65'535U);
  EXPECT_EQ(take_record(rest)->size(), 0U);
  EXPECT_FALSE(take_record(rest));
  std::string_view torn(
      "\x00\x05"
      "abc",
      5);
  EXPECT_FALSE(take_record(torn));
  EXPECT_EQ(torn.size(), 5U);
}

TEST_F(SegmentsOnDisk, are_read_back_in_order_across_files) {
  Segments segments(folder_, real_file_system());
  ASSERT_TRUE(segments.append(0, records(0, 65'500)));
  ASSERT_TRUE(segments.append(65'500, records(65'500, 100)));
  ASSERT_TRUE(segments.sync());
  SegmentReader reader(folder_);
  for (std::uint64_t i = 0; i < 65'600; ++i) {
    const auto entry = reader.next();
    ASSERT_TRUE(entry && *entry) << i;
    ASSERT_EQ(**entry, "entry " + std::to_string(i));
  }
  EXPECT_FALSE(*reader.next());
  EXPECT_TRUE(fs::exists(folder_ / "segments/00000000000000065536"));
}

TEST_F(SegmentsOnDisk, find_single_entries) {
  Segments segments(folder_, real_file_system());
  ASSERT_TRUE(segments.append(0, records(0, 70'000)));
  for (const std::uint64_t seq : {0UL, 1UL, 63UL, 64UL, 65UL, 65'535UL, 65'536UL, 65'537UL, 69'999UL})
    EXPECT_EQ(*segments.read(seq), "entry " + std::to_string(seq));
  EXPECT_EQ(segments.read(70'000).error().code, ErrorCode::not_found);
}

TEST_F(SegmentsOnDisk, do_not_append_an_entry_twice) {
  Segments segments(folder_, real_file_system());
  ASSERT_TRUE(segments.append(0, records(0, 10)));
  ASSERT_TRUE(segments.append(0, records(0, 15)));
  EXPECT_EQ(count(), 15U);
  EXPECT_EQ(*segments.read(12), "entry 12");
}

TEST_F(SegmentsOnDisk, are_cut_to_what_is_signed) {
  {
    Segments segments(folder_, real_file_system());
    ASSERT_TRUE(segments.append(0, records(0, 65'540)));
  }
  const auto reopen = [&](std::uint64_t size) {
    auto segments = std::make_unique<Segments>(folder_, real_file_system());
    SegmentReader reader(folder_);
    while (reader.next_seq() < size) {
      segments->note(reader.next_seq() % segment_entries == 0 ? 0 : reader.offset());
      if (!*reader.next()) throw std::runtime_error("too short");
    }
    EXPECT_TRUE(segments->take_up(reader.offset(), {}));
    return segments;
  };
  reopen(65'538);
  EXPECT_EQ(count(), 65'538U);
  reopen(65'536);
  EXPECT_EQ(count(), 65'536U);
  EXPECT_FALSE(fs::exists(folder_ / "segments/00000000000000065536"));
  auto segments = reopen(65'000);
  EXPECT_EQ(count(), 65'000U);
  ASSERT_TRUE(segments->append(65'000, records(65'000, 1'000)));
  EXPECT_EQ(count(), 66'000U);
  EXPECT_EQ(*segments->read(65'999), "entry 65999");
  reopen(0);
  EXPECT_EQ(count(), 0U);
}

TEST_F(SegmentsOnDisk, that_end_in_half_an_entry_say_where) {
  Segments segments(folder_, real_file_system());
  ASSERT_TRUE(segments.append(0, records(0, 3)));
  fs::resize_file(folder_ / segment_path(0), 20);
  SegmentReader reader(folder_);
  EXPECT_TRUE(*reader.next());
  EXPECT_TRUE(*reader.next());
  const auto third = reader.next();
  ASSERT_FALSE(third);
  EXPECT_NE(third.error().message.find("entry 2 is cut off at byte 18"), std::string::npos) << third.error().message;
}

TEST_F(SegmentsOnDisk, with_too_many_entries_in_a_file_are_refused) {
  Segments segments(folder_, real_file_system());
  ASSERT_TRUE(segments.append(0, records(0, 65'537)));
  std::ofstream(folder_ / segment_path(0), std::ios::app) << records(0, 1);
  SegmentReader reader(folder_);
  for (int i = 0; i < 65'536; ++i) ASSERT_TRUE(*reader.next());
  EXPECT_EQ(reader.next().error().code, ErrorCode::malformed);
}

}  // namespace
}  // namespace ketenpoort::ledger
