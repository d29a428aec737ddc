#include "gateway/ledger/writer/journal.hpp"

#include <gtest/gtest.h>
#include <unistd.h>

#include <fstream>

#include "gateway/base/bytes.hpp"
#include "gateway/base/digest.hpp"
#include "gateway/base/files.hpp"
#include "gateway/ledger/tree/segments.hpp"
#include "gateway/ledger/writer/journal_frame.hpp"
#include "tests/unit/ledger/failing_file_system.hpp"

namespace ketenpoort::ledger {
namespace {

namespace fs = std::filesystem;

class JournalOnDisk : public testing::Test {
 protected:
  void SetUp() override {
    fs::remove_all(folder_);
    fs::create_directories(folder_);
  }
  void TearDown() override { fs::remove_all(folder_); }

  static JournalBatch batch(std::uint64_t number, std::size_t size = 20) {
    JournalBatch out{.number = number, .first_seq = (number - 1) * 2, .entries = 2, .records = {}, .changes = {}};
    append_record(out.records, "a" + std::to_string(number));
    append_record(out.records, std::string(size, 'b'));
    out.changes = {{4, ""}, {3, "change " + std::to_string(number)}};
    return out;
  }
  // Opened and started: a torn end is cut.
  Result<std::unique_ptr<Journal>> open(JournalNeed need = {}) {
    read_.clear();
    auto journal = Journal::open(
        folder_, files_, need,
        [&](const JournalBatch& b) {
          read_.push_back(b);
          return Status{};
        },
        part_bytes_);
    if (!journal) return journal;
    if (auto done = (*journal)->start(); !done) return fail(done.error());
    return journal;
  }
  void write(Journal& journal, std::uint64_t first, std::uint64_t last, std::size_t size = 20) {
    for (auto number = first; number <= last; ++number) {
      const auto next = batch(number, size);
      ASSERT_TRUE(journal.reserve(frame_size(next)));
      const auto place = journal.place(next);
      ASSERT_TRUE(Journal::write(place, Frame(next, place).pieces()));
    }
  }
  // As the batch stands in the first part, fresh.
  static std::string frame(std::uint64_t number, std::size_t size = 20) {
    return encode_frame(batch(number, size), {.file = nullptr, .part = 1});
  }
  // The number of the first batch of a part.
  [[nodiscard]] std::uint64_t first_of(int number) const { return read_frame_head(*read_file(part(number)))->batch; }
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
  std::uint64_t part_bytes_ = 64U << 10;
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
  const auto third = frame(3);
  write(**open(), 1, 2);
  const auto whole = frame(1).size() + frame(2).size();
  for (std::size_t length = 1; length < third.size(); ++length) {
    overwrite(part(1), whole, third.substr(0, length));
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
  const auto whole = frame(1).size() + frame(2).size();
  overwrite(part(1), whole + 100, frame(3).substr(100));
  ASSERT_TRUE(open());
  EXPECT_EQ(read_.size(), 2U);
}

TEST_F(JournalOnDisk, stops_at_damage_before_the_end) {
  write(**open(), 1, 3);
  const auto first = frame(1).size();
  const auto content = *read_file(part(1));
  for (std::size_t at = 0; at < first + frame(2).size(); ++at) {
    overwrite(part(1), at, std::string(1, static_cast<char>(content[at] ^ 1)));
    const auto journal = open();
    ASSERT_FALSE(journal) << at;
    const auto expected = "00000001.wal at byte " + std::to_string(at < first ? 0 : first) + ":";
    EXPECT_NE(journal.error().message.find(expected), std::string::npos) << journal.error().message;
    overwrite(part(1), at, content.substr(at, 1));
  }
  EXPECT_TRUE(open());
}

TEST_F(JournalOnDisk, overwrites_another_time_what_it_could_not_overwrite_now) {
  auto journal = *open();
  write(*journal, 1, 2);
  journal->roll();
  write(*journal, 3, 4);
  ASSERT_TRUE(journal->release(2));
  for (const long operations : {0, 1, 2, 3}) {  // opening, writing, syncing, removing
    plan_->operations_left = operations;
    EXPECT_FALSE(journal->wipe()) << operations;
    EXPECT_TRUE(fs::exists(part(1))) << operations;
  }
  plan_->operations_left = -1;
  ASSERT_TRUE(journal->wipe());
  EXPECT_FALSE(fs::exists(part(1)));
  EXPECT_TRUE(fs::exists(part(2)));
}

TEST_F(JournalOnDisk, begins_the_new_file_that_was_wanted_though_it_could_not_at_first) {
  auto journal = *open();
  write(*journal, 1, 1);
  journal->roll();
  plan_->operations_left = 0;
  EXPECT_FALSE(journal->reserve(100));
  plan_->operations_left = -1;
  write(*journal, 2, 2);
  EXPECT_TRUE(fs::exists(part(2)));
  ASSERT_TRUE(journal->release(1));
  ASSERT_TRUE(journal->wipe());
  EXPECT_FALSE(fs::exists(part(1)));
}

TEST_F(JournalOnDisk, uses_the_files_of_what_is_released_again) {
  auto journal = *open();
  write(*journal, 1, 100, 1000);
  ASSERT_TRUE(fs::exists(part(2)));
  ASSERT_TRUE(journal->release(first_of(2) - 2));
  write(*journal, 101, 130, 1000);
  ASSERT_TRUE(fs::exists(part(3)));
  EXPECT_TRUE(fs::exists(part(1)));  // its last batch was not released
  ASSERT_TRUE(journal->release(130));
  write(*journal, 131, 190, 1000);
  EXPECT_FALSE(fs::exists(part(1)));
  ASSERT_TRUE(fs::exists(part(4)));
  const auto second = first_of(2);
  journal.reset();
  journal = *open();
  EXPECT_EQ(read_.front().number, second);
  EXPECT_EQ(read_.back().number, 190U);
  EXPECT_EQ((*open())->cut_bytes(), 0U);  // what stood in the file before is no torn frame
}

TEST_F(JournalOnDisk, keeps_few_files_to_be_used_again) {
  auto journal = *open();
  write(*journal, 1, 500, 1000);
  ASSERT_TRUE(fs::exists(part(8)));
  ASSERT_TRUE(journal->release(500));
  EXPECT_EQ(std::distance(fs::directory_iterator(folder_), fs::directory_iterator()), 4);
}

TEST_F(JournalOnDisk, does_not_read_again_what_nobody_needs) {
  write(**open(), 1, 150, 1000);
  const auto second = first_of(2);
  const auto third = first_of(3);
  ASSERT_TRUE(open({.beyond_batch = third - 1, .from_seq = 1'000}));
  EXPECT_EQ(read_.front().number, third);
  ASSERT_TRUE(open({.beyond_batch = third - 2, .from_seq = 1'000}));
  EXPECT_EQ(read_.front().number, second);
  ASSERT_TRUE(open({.beyond_batch = third - 1, .from_seq = 2}));
  EXPECT_EQ(read_.front().number, 1U);
}

// Files are removed one after the other without a sync: a power cut may undo the removal of any of them.
TEST_F(JournalOnDisk, opens_with_any_of_the_files_that_nobody_needs) {
  write(**open(), 1, 250, 1000);
  ASSERT_TRUE(fs::exists(part(4)));
  const JournalNeed need{.beyond_batch = first_of(4) - 1, .from_seq = 1'000};
  fs::remove(part(2));
  auto journal = open(need);
  ASSERT_TRUE(journal) << journal.error().message;
  EXPECT_EQ(read_.front().number, first_of(4));
  ASSERT_TRUE((*journal)->release(250));
  write(**journal, 251, 400, 1000);
  journal = open(need);
  ASSERT_TRUE(journal) << journal.error().message;
  EXPECT_EQ(read_.back().number, 400U);
}

TEST_F(JournalOnDisk, does_not_open_when_a_file_is_missing_that_is_needed) {
  write(**open(), 1, 250, 1000);
  const JournalNeed need{.beyond_batch = first_of(2) - 1, .from_seq = 1'000};
  fs::remove(part(3));
  const auto journal = open(need);
  ASSERT_FALSE(journal);
  EXPECT_NE(journal.error().message.find("00000003.wal at byte 0: this file of the journal is missing"),
            std::string::npos)
      << journal.error().message;
}

TEST_F(JournalOnDisk, cuts_a_torn_frame_in_a_file_used_again) {
  auto journal = *open();
  write(*journal, 1, 130, 1000);
  ASSERT_TRUE(fs::exists(part(3)));
  ASSERT_TRUE(journal->release(130));
  write(*journal, 131, 190, 1000);
  ASSERT_TRUE(fs::exists(part(4)));
  journal.reset();
  // The last frame arrived but for its end.
  const auto last = batch(190, 1000);
  const auto start = encode_frame(last, {.file = nullptr, .part = 4, .recycled = true}).substr(0, frame_header);
  const auto at = read_file(part(4))->find(start);
  ASSERT_NE(at, std::string::npos);
  overwrite(part(4), at + frame_size(last) - 10, std::string(10, 'x'));
  auto reopened = open();
  ASSERT_TRUE(reopened) << reopened.error().message;
  EXPECT_EQ(read_.back().number, 189U);
  EXPECT_EQ((*reopened)->cut_bytes(), frame_size(last));
  reopened = open();
  EXPECT_EQ((*reopened)->cut_bytes(), 0U);
  write(**reopened, 190, 191);
  ASSERT_TRUE(open());
  EXPECT_EQ(read_.back().number, 191U);
}

// An earlier program's journal, left by a process that was killed, is what a newer one starts on.
TEST_F(JournalOnDisk, reads_frames_with_half_a_sha256) {
  auto old = frame(1) + frame(2);
  for (std::size_t at = 0; at < old.size(); at += frame(1).size()) {
    const auto size = frame(1).size();
    old[at + 7] = '\x02';
    const auto view = std::string_view(old).substr(at, size);
    const auto digest = sha256({as_bytes(view.substr(0, 48)), as_bytes(view.substr(frame_header))});
    std::copy_n(digest.begin(), 16, old.begin() + static_cast<std::ptrdiff_t>(at) + 48);
  }
  fs::create_directories(folder_);
  std::ofstream(part(1), std::ios::binary) << old;
  auto journal = open();
  ASSERT_TRUE(journal) << journal.error().message;
  ASSERT_EQ(read_.size(), 2U);
  EXPECT_EQ(read_.back().records, batch(2).records);
  EXPECT_EQ((*journal)->cut_bytes(), 0U);
  write(**journal, 3, 3);
  journal->reset();
  ASSERT_TRUE(open());
  ASSERT_EQ(read_.size(), 3U);
  EXPECT_EQ(read_.back().records, batch(3).records);
  overwrite(part(1), frame_header + 3, "x");
  EXPECT_FALSE(open());
}

TEST(JournalFrame, is_the_same_whether_changes_are_copied_or_not) {
  JournalBatch batch{.number = 7, .first_seq = 3, .entries = 1, .records = std::string("\0\1x", 3), .changes = {}};
  for (const std::size_t size : {0U, 5U, 511U, 512U, 5000U, 1U})
    batch.changes.push_back(
        {static_cast<std::uint8_t>(size % 7), std::string(size, static_cast<char>('a' + size % 26))});
  const JournalPlace place{.file = nullptr, .part = 9};
  const Frame frame(batch, place);
  std::string joined;
  for (const auto piece : frame.pieces()) joined += piece;
  EXPECT_EQ(joined, encode_frame(batch, place));
  EXPECT_EQ(joined.size(), frame_size(batch));
  JournalBatch read;
  ASSERT_TRUE(decode_frame(joined, 9, read));
  EXPECT_EQ(read.records, batch.records);
  ASSERT_EQ(read.changes.size(), batch.changes.size());
  for (std::size_t i = 0; i < read.changes.size(); ++i) {
    EXPECT_EQ(read.changes[i].kind, batch.changes[i].kind);
    EXPECT_EQ(read.changes[i].bytes, batch.changes[i].bytes);
  }
  for (std::size_t at = 0; at < joined.size(); at += 13) {
    auto harmed = joined;
    harmed[at] = static_cast<char>(harmed[at] ^ 0x10);
    EXPECT_FALSE(decode_frame(harmed, 9, read)) << at;
  }
}

TEST_F(JournalOnDisk, cuts_a_torn_frame_before_a_file_that_holds_none_yet) {
  auto journal = *open();
  write(*journal, 1, 3);
  const auto last = batch(4, 60'000);
  ASSERT_TRUE(journal->reserve(frame_size(last)));
  const auto place = journal->place(last);
  const auto torn = encode_frame(last, place).substr(0, 5000);
  const std::string_view piece = torn;
  ASSERT_TRUE(Journal::write(place, {&piece, 1}));
  const auto next = batch(5, 60'000);
  ASSERT_TRUE(journal->reserve(frame_size(next)));  // planned while the one before was on its way
  static_cast<void>(journal->place(next));
  ASSERT_TRUE(journal->reserve(1));
  ASSERT_TRUE(fs::exists(part(2)));
  journal.reset();
  auto reopened = open();
  ASSERT_TRUE(reopened) << reopened.error().message;
  EXPECT_EQ((*reopened)->cut_bytes(), torn.size());
  EXPECT_EQ((*reopened)->last_batch(), 3U);
  write(**reopened, 4, 5);
  ASSERT_TRUE(open());
  EXPECT_EQ(read_.back().number, 5U);
  overwrite(part(1), place.offset - 5, "xxx");  // and damage is no torn frame
  EXPECT_NE(open().error().message.find("00000001.wal at byte"), std::string::npos);
}

TEST_F(JournalOnDisk, misses_a_file_between_others) {
  write(**open(), 1, 150, 1000);
  ASSERT_TRUE(fs::exists(part(3)));
  fs::remove(part(2));
  const auto journal = open();
  ASSERT_FALSE(journal);
  EXPECT_NE(journal.error().message.find("00000002.wal"), std::string::npos);
}

TEST_F(JournalOnDisk, says_the_disk_is_full_before_anything_is_written) {
  part_bytes_ = usual_part_bytes;
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
