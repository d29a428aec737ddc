// What stops a start, and what each says: the file, where in it, what to do. And that nothing was changed.
#include "gateway/ledger/writer/recovery.hpp"

#include <gtest/gtest.h>

#include <fstream>
#include <map>

#include "gateway/ledger/writer/journal_frame.hpp"
#include "tests/unit/ledger/failing_file_system.hpp"
#include "tests/unit/ledger/log_fixture.hpp"

namespace ketenpoort::ledger {
namespace {

namespace fs = std::filesystem;

// Whether a file is made shorter, or anything of the ledger folder removed.
class ShrinkWatch : public FailingFileSystem {
 public:
  ShrinkWatch() : FailingFileSystem(std::make_shared<FailurePlan>()) {}
  Status remove(const fs::path& path) override {
    if (path.string().find("/ledger/") != std::string::npos) shrank = true;
    return FailingFileSystem::remove(path);
  }
  Result<std::unique_ptr<File>> open(const fs::path& file) override {
    auto opened = FailingFileSystem::open(file);
    if (opened) *opened = std::make_unique<Watched>(std::move(*opened), *this);
    return opened;
  }
  std::atomic<bool> shrank{false};

 private:
  class Watched : public File {
   public:
    Watched(std::unique_ptr<File> file, ShrinkWatch& watch) : file_(std::move(file)), watch_(watch) {}
    [[nodiscard]] Result<std::size_t> read(std::uint64_t offset, std::span<char> into) const override {
      return file_->read(offset, into);
    }
    Status write(std::uint64_t offset, std::string_view bytes) override { return file_->write(offset, bytes); }
    Status resize(std::uint64_t size) override {
      if (size > 0) watch_.shrank = true;
      return file_->resize(size);
    }
    Status sync() override { return file_->sync(); }

   private:
    std::unique_ptr<File> file_;
    ShrinkWatch& watch_;
  };
};

class Starting : public LogFixture {
 protected:
  void SetUp() override {
    LogFixture::SetUp();
    const auto log = open();
    for (std::uint64_t i = 1; i <= 20; ++i)
      ASSERT_TRUE(log->submit_and_wait(writes(numbered_entry(i), {{1, "change"}})));
  }

  std::map<std::string, std::string> everything() const {
    std::map<std::string, std::string> files;
    for (const auto& at : fs::recursive_directory_iterator(state_))
      if (at.is_regular_file() && at.path().filename() != "lock") files[at.path().string()] = *read_file(at.path());
    return files;
  }

  // The start fails with all of these words, and changes nothing.
  void expect_refused(std::initializer_list<std::string_view> words) {
    const auto before = everything();
    const auto opened = Sequencer::open(options(), sink_);
    ASSERT_FALSE(opened);
    for (const auto word : words)
      EXPECT_NE(opened.error().message.find(word), std::string::npos)
          << word << " is not in: " << opened.error().message;
    EXPECT_EQ(everything(), before);
  }

  // Where each frame of the journal begins.
  std::vector<std::size_t> frames() const {
    std::vector<std::size_t> offsets;
    const auto bytes = *read_file(wal_);
    JournalBatch batch;
    for (std::size_t at = 0; decode_frame(std::string_view(bytes).substr(at), 1, batch); at += frame_size(batch))
      offsets.push_back(at);
    return offsets;
  }
  void overwrite(const fs::path& file, std::size_t at, std::string_view bytes) const {
    std::fstream out(file, std::ios::in | std::ios::out | std::ios::binary);
    out.seekp(static_cast<std::streamoff>(at));
    out << bytes;
  }

  fs::path wal_ = state_ / "journal/00000001.wal";
  fs::path ledger_ = state_ / "ledger";
  fs::path segment_ = ledger_ / "segments/00000000000000000000";
};

TEST_F(Starting, refuses_a_journal_that_ends_before_what_is_signed) {
  const auto last = frames().back();
  overwrite(wal_, last, std::string(100, '\0'));
  expect_refused({"/journal", "it ends before entry 20", "the checkpoint signs 21", "Restore the state folder"});
}

TEST_F(Starting, refuses_a_journal_damaged_in_the_middle) {
  const auto third = frames().at(2);
  overwrite(wal_, third + 70, "?");
  expect_refused({"00000001.wal at byte " + std::to_string(third), "whole ones follow", "Restore"});
}

TEST_F(Starting, refuses_a_vault_that_is_ahead_of_the_journal) {
  fs::remove_all(ledger_);  // so that the journal alone says how far the log goes
  const auto offsets = frames();
  const auto end = offsets.at(offsets.size() - 2);
  overwrite(wal_, end, std::string(static_cast<std::size_t>(fs::file_size(wal_)) - end, '\0'));
  expect_refused({"/journal", "it ends at batch 19, but the vault has batch 21", "restore both from one copy"});
}

TEST_F(Starting, refuses_entries_that_neither_checkpoint_nor_journal_has) {
  fs::remove(ledger_ / "checkpoint");
  fs::remove(wal_);
  expect_refused(
      {"segments/00000000000000000000", "bytes follow the 0 entries", "a newer checkpoint or the journal is missing"});
}

TEST_F(Starting, refuses_a_journal_that_begins_after_the_signed_entries) {
  fs::remove_all(ledger_);
  const auto second = frames().at(1);
  const auto bytes = *read_file(wal_);
  ASSERT_TRUE(replace_file(wal_, bytes.substr(second)));
  expect_refused({"ledger/checkpoint", "it is missing, and the journal begins only at entry 1", "Restore"});
}

TEST_F(Starting, refuses_a_vault_that_lacks_what_the_journal_no_longer_has) {
  const auto bytes = *read_file(wal_);
  ASSERT_TRUE(replace_file(wal_, bytes.substr(frames().at(3))));
  sink_.clear();
  sink_.count();
  expect_refused({"vault.sqlite", "what came up to batch 0", "the journal begins at batch 4", "ketenpoort restore"});
  sink_.on_durable(2, {});
  expect_refused({"vault.sqlite", "what came up to batch 2"});
  sink_.on_durable(3, {});
  EXPECT_TRUE(Sequencer::open(options(), sink_));
}

TEST_F(Starting, knows_that_a_vault_had_nothing_to_do) {
  sink_.count();
  {
    const auto log = open();
    for (std::uint64_t i = 21; i <= 40; ++i) ASSERT_TRUE(log->submit_and_wait(writes(numbered_entry(i))));
  }
  const auto at = frames();
  const auto bytes = *read_file(wal_);
  ASSERT_TRUE(replace_file(wal_, bytes.substr(at.at(at.size() - 2))));
  EXPECT_TRUE(Sequencer::open(options(), sink_));
}

TEST_F(Starting, makes_missing_and_damaged_tiles_again) {
  const auto tile = ledger_ / "tile/0/000.p/21";
  const auto whole = *read_file(tile);
  overwrite(tile, 40, "????");
  EXPECT_EQ(open()->start_report().tiles_repaired, 1U);
  EXPECT_EQ(*read_file(tile), whole);
  fs::remove_all(ledger_ / "tile");
  EXPECT_EQ(open()->start_report().tiles_repaired, 1U);
  EXPECT_EQ(*read_file(tile), whole);
  EXPECT_EQ(open()->start_report().tiles_repaired, 0U);
}

TEST_F(Starting, serves_no_proof_that_does_not_hold) {
  const auto log = open();
  EXPECT_TRUE(log->prove(5));
  overwrite(ledger_ / "tile/0/000.p/21", 40, "????");
  const auto proof = log->prove(5);
  ASSERT_FALSE(proof);
  EXPECT_NE(proof.error().message.find("are damaged"), std::string::npos) << proof.error().message;
}

TEST_F(Starting, writes_the_ledger_folder_again_when_the_journal_has_all_of_it) {
  const auto before = checked_entries();
  fs::remove_all(ledger_);
  open()->stop();
  EXPECT_EQ(checked_entries(), before);
}

TEST_F(Starting, refuses_segments_shorter_than_what_is_signed) {
  const auto bytes = *read_file(segment_);
  fs::resize_file(segment_, bytes.size() - 10);
  expect_refused({"segments/00000000000000000000", "entry 20 is cut off at byte", "Restore the state folder"});
  fs::remove(segment_);
  expect_refused({"segments/00000000000000000000", "ends at byte 0, before entry 0", "signs 21"});
}

TEST_F(Starting, refuses_a_checkpoint_that_cannot_be_read_or_is_not_signed_by_the_key) {
  const auto note = *read_file(ledger_ / "checkpoint");
  ASSERT_TRUE(replace_file(ledger_ / "checkpoint", "changed " + note));
  expect_refused({"ledger/checkpoint", "Restore the state folder"});
  fs::remove(ledger_ / "checkpoint");
  fs::create_directories(ledger_ / "checkpoint");  // reading it fails, as on a bad disk
  expect_refused({"ledger/checkpoint", "cannot read"});
}

TEST_F(Starting, cuts_what_follows_the_signed_entries_and_is_in_the_journal) {
  fs::remove(ledger_ / "checkpoint");
  overwrite(segment_, fs::file_size(segment_) - 30, std::string(30, '\0'));  // pages that did not arrive
  open()->stop();
  EXPECT_EQ(checked_entries().size(), 21U);
}

// Who reads along must not see the log shrink because a process ended between segments and checkpoint.
TEST_F(Starting, leaves_what_follows_the_signed_entries_and_agrees_with_the_journal) {
  const auto segment = *read_file(segment_);
  const auto tile = *read_file(ledger_ / "tile/0/000.p/21");
  for (const auto size : {segment.size(), segment.size() - 30}) {
    fs::remove(ledger_ / "checkpoint");
    fs::resize_file(segment_, size);
    const auto files = std::make_shared<ShrinkWatch>();
    auto with = options();
    with.files = files;
    open(with)->stop();
    EXPECT_FALSE(files->shrank);
    EXPECT_EQ(*read_file(segment_), segment);
    EXPECT_EQ(*read_file(ledger_ / "tile/0/000.p/21"), tile);
    EXPECT_EQ(checked_entries().size(), 21U);
  }
}

}  // namespace
}  // namespace ketenpoort::ledger
