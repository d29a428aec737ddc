#include "gateway/ledger/journal.hpp"

#include <gtest/gtest.h>
#include <unistd.h>

#include <fstream>

#include "gateway/base/files.hpp"
#include "gateway/ledger/segments.hpp"
#include "tests/unit/ledger/failing_file_system.hpp"

namespace ketenpoort::ledger {
namespace {

namespace fs = std::filesystem;

class JournalOnDisk : public testing::Test {
 protected:
  void SetUp() override { fs::remove_all(folder_); }
  void TearDown() override { fs::remove_all(folder_); }

  static JournalBatch batch(std::uint64_t number, std::size_t size = 20) {
    JournalBatch out{.number = number, .first_seq = (number - 1) * 2, .entries = 2, .records = {}, .changes = {}};
    append_record(out.records, "a" + std::to_string(number));
    append_record(out.records, std::string(size, 'b'));
    out.changes = {{4, ""}, {3, "change " + std::to_string(number)}};
    return out;
  }
  Result<std::unique_ptr<Journal>> open() {
    read_.clear();
    return Journal::open(folder_, files_, [&](const JournalBatch& b) {
      read_.push_back(b);
      return Status{};
    });
  }
  void write(Journal& journal, std::uint64_t first, std::uint64_t last, std::size_t size = 20) {
    for (auto number = first; number <= last; ++number) {
      ASSERT_TRUE(journal.reserve(encode_frame(batch(number, size)).size()));
      ASSERT_TRUE(journal.append(batch(number, size)));
    }
  }
  [[nodiscard]] fs::path part(int number) const { return folder_ / ("0000000" + std::to_string(number) + ".wal"); }
  void overwrite(const fs::path& file, std::size_t at, std::string_view bytes) {
    std::fstream out(file, std::ios::in | std::ios::out | std::ios::binary);
    out.seekp(static_cast<std::streamoff>(at));
    out << bytes;
  }

  fs::path folder_ = fs::temp_directory_path() / ("ketenpoort-journal-" + std::to_string(::getpid()));
  std::shared_ptr<FailurePlan> plan_ = std::make_shared<FailurePlan>();
  std::shared_ptr<FileSystem> files_ = std::make_shared<FailingFileSystem>(plan_);
  std::vector<JournalBatch> read_;
};

TEST_F(JournalOnDisk, gives_back_what_was_appended) {
  write(**open(), 1, 3);
  const auto journal = open();
  ASSERT_TRUE(journal) << journal.error().message;
  ASSERT_EQ(read_.size(), 3U);
  EXPECT_EQ((*journal)->last_batch(), 3U);
  EXPECT_EQ((*journal)->cut_bytes(), 0U);
  const auto expected = batch(2);
  EXPECT_EQ(read_[1].number, expected.number);
  EXPECT_EQ(read_[1].first_seq, expected.first_seq);
  EXPECT_EQ(read_[1].entries, expected.entries);
  EXPECT_EQ(read_[1].records, expected.records);
  ASSERT_EQ(read_[1].changes.size(), 2U);
  EXPECT_EQ(read_[1].changes[0].kind, 4);
  EXPECT_EQ(read_[1].changes[0].bytes, "");
  EXPECT_EQ(read_[1].changes[1].kind, 3);
  EXPECT_EQ(read_[1].changes[1].bytes, "change 2");
  write(**journal, 4, 4);
  ASSERT_TRUE(open());
  EXPECT_EQ(read_.size(), 4U);
}

TEST_F(JournalOnDisk, cuts_a_torn_last_frame_wherever_it_is_torn) {
  const auto frame = encode_frame(batch(3));
  write(**open(), 1, 2);
  const auto whole = encode_frame(batch(1)).size() + encode_frame(batch(2)).size();
  for (std::size_t length = 1; length < frame.size(); ++length) {
    overwrite(part(1), whole, frame.substr(0, length));
    const auto journal = open();
    ASSERT_TRUE(journal) << journal.error().message;
    EXPECT_EQ(read_.size(), 2U);
    EXPECT_GT((*journal)->cut_bytes(), 0U) << length;
    EXPECT_LE((*journal)->cut_bytes(), length);
    ASSERT_TRUE(open());
    EXPECT_EQ((*open())->cut_bytes(), 0U);
  }
}

TEST_F(JournalOnDisk, cuts_a_last_frame_whose_beginning_did_not_arrive) {
  write(**open(), 1, 2);
  const auto whole = encode_frame(batch(1)).size() + encode_frame(batch(2)).size();
  overwrite(part(1), whole + 100, encode_frame(batch(3)).substr(100));
  ASSERT_TRUE(open());
  EXPECT_EQ(read_.size(), 2U);
}

TEST_F(JournalOnDisk, stops_at_damage_before_the_end) {
  write(**open(), 1, 3);
  const auto first = encode_frame(batch(1)).size();
  const auto content = *read_file(part(1));
  for (std::size_t at = 0; at < first + encode_frame(batch(2)).size(); ++at) {
    overwrite(part(1), at, std::string(1, static_cast<char>(content[at] ^ 1)));
    const auto journal = open();
    ASSERT_FALSE(journal) << at;
    const auto expected = "00000001.wal at byte " + std::to_string(at < first ? 0 : first) + ":";
    EXPECT_NE(journal.error().message.find(expected), std::string::npos) << journal.error().message;
    overwrite(part(1), at, content.substr(at, 1));
  }
  EXPECT_TRUE(open());
}

TEST_F(JournalOnDisk, turns_to_a_new_file_and_deletes_what_is_released) {
  auto journal = *open();
  write(*journal, 1, 70, 1U << 20);
  ASSERT_TRUE(fs::exists(part(2)));
  ASSERT_TRUE(journal->release(60));
  EXPECT_TRUE(fs::exists(part(1)));
  ASSERT_TRUE(journal->release(70));
  EXPECT_FALSE(fs::exists(part(1)));
  EXPECT_TRUE(fs::exists(part(2)));
  journal.reset();
  journal = *open();
  EXPECT_FALSE(read_.empty());
  EXPECT_EQ(read_.back().number, 70U);
}

TEST_F(JournalOnDisk, misses_a_file_between_others) {
  write(**open(), 1, 140, 1U << 20);
  ASSERT_TRUE(fs::exists(part(3)));
  fs::remove(part(2));
  const auto journal = open();
  ASSERT_FALSE(journal);
  EXPECT_NE(journal.error().message.find("00000002.wal"), std::string::npos);
}

TEST_F(JournalOnDisk, says_the_disk_is_full_before_anything_is_written) {
  auto journal = *open();
  write(*journal, 1, 1);
  plan_->full = true;
  EXPECT_TRUE(journal->reserve(1000));  // there is room ahead
  EXPECT_EQ(journal->reserve(5U << 20).error().code, ErrorCode::unavailable);
  EXPECT_EQ(journal->reserve(5U << 20).error().code, ErrorCode::unavailable);
  EXPECT_EQ(fs::file_size(part(1)), 256U << 10);
  plan_->full = false;
  EXPECT_TRUE(journal->reserve(5U << 20));
  write(*journal, 2, 2, 60'000);
  journal.reset();
  ASSERT_TRUE(open());
  EXPECT_EQ(read_.size(), 2U);
}

TEST_F(JournalOnDisk, refuses_batches_that_do_not_follow_one_another) {
  auto journal = *open();
  write(*journal, 1, 1);
  write(*journal, 3, 3);
  journal.reset();
  EXPECT_EQ(open().error().code, ErrorCode::malformed);
}

}  // namespace
}  // namespace ketenpoort::ledger
