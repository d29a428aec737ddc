#include "gateway/ledger/files/file_system.hpp"

#include <gtest/gtest.h>
#include <signal.h>
#include <sys/resource.h>

#include "gateway/ledger/writer/backup_hold.hpp"
#include "tests/support/scratch_folder.hpp"

namespace ketenpoort::ledger {
namespace {

// A limit of this process, for as long as a test wants it.
class Limit {
 public:
  Limit(int what, rlim_t value) : what_(static_cast<__rlimit_resource>(what)) {
    ::getrlimit(what_, &before_);
    const rlimit limited{value, before_.rlim_max};
    ::setrlimit(what_, &limited);
  }
  ~Limit() { ::setrlimit(what_, &before_); }
  Limit(const Limit&) = delete;
  Limit& operator=(const Limit&) = delete;

 private:
  __rlimit_resource what_;
  rlimit before_{};
};

class RealFiles : public testing::Test {
 protected:
  [[nodiscard]] std::filesystem::path path(std::string_view name) const { return folder_.path() / name; }

  ketenpoort::test::ScratchFolder folder_;
  std::shared_ptr<FileSystem> files_ = real_file_system();
};

TEST_F(RealFiles, give_back_what_was_written) {
  const auto file = *files_->open(path("a"));
  ASSERT_TRUE(file->write(3, "defgh"));
  ASSERT_TRUE(file->write(0, "abc"));
  ASSERT_TRUE(file->resize(7));
  ASSERT_TRUE(file->sync());
  std::string bytes(10, '.');
  EXPECT_EQ(*(*files_->open_for_reading(path("a")))->read(2, bytes), 5U);
  EXPECT_EQ(bytes, "cdefg.....");
  EXPECT_EQ(*files_->size(path("a")), 7U);
  EXPECT_EQ(*read_whole(*files_, path("a"), 7), "abcdefg");
  EXPECT_EQ(read_whole(*files_, path("a"), 6).error().code, ErrorCode::too_large);
}

TEST_F(RealFiles, tell_what_is_not_there_from_what_cannot_be_read) {
  EXPECT_EQ(files_->open_for_reading(path("none")).error().code, ErrorCode::not_found);
  EXPECT_EQ(*files_->size(path("none")), std::nullopt);
  EXPECT_TRUE(files_->list(path("none"))->empty());
  const auto file = *files_->open(path("file"));
  EXPECT_EQ(files_->size(path("file/below")).error().code, ErrorCode::io);
  EXPECT_EQ(read_whole(*files_, folder_.path(), 100).error().code, ErrorCode::io);  // a folder
  EXPECT_NE(read_whole(*files_, folder_.path(), 100).error().message.find(folder_.path().string()), std::string::npos);
}

TEST_F(RealFiles, list_rename_and_remove) {
  ASSERT_TRUE(files_->make_folders(path("one/two")));
  ASSERT_TRUE(files_->open(path("one/b")));
  ASSERT_TRUE(files_->open(path("one/a")));
  EXPECT_EQ(*files_->list(path("one")), (std::vector<std::string>{"a", "b", "two"}));
  ASSERT_TRUE(files_->rename(path("one/a"), path("one/two/c")));
  ASSERT_TRUE(files_->sync_folder(path("one/two")));
  EXPECT_EQ(*files_->list(path("one/two")), std::vector<std::string>{"c"});
  ASSERT_TRUE(files_->remove(path("one")));
  ASSERT_TRUE(files_->remove(path("one")));
  EXPECT_EQ(files_->rename(path("one"), path("two")).error().code, ErrorCode::io);
}

TEST_F(RealFiles, say_that_the_disk_is_full) {
  const auto full = *files_->open("/dev/full");
  const auto done = full->write(0, "x");
  ASSERT_FALSE(done);
  EXPECT_EQ(done.error().code, ErrorCode::unavailable);
  EXPECT_EQ(done.error().message, "cannot write /dev/full: No space left on device");
}

TEST_F(RealFiles, write_on_after_a_short_write_and_fail_when_no_more_is_taken) {
  const auto file = *files_->open(path("limited"));
  ::signal(SIGXFSZ, SIG_IGN);
  const Limit limit(RLIMIT_FSIZE, 1000);
  ASSERT_TRUE(file->write(0, std::string(1000, 'x')));
  const auto done = file->write(500, std::string(1000, 'y'));  // takes 500 of it, then fails
  ASSERT_FALSE(done);
  EXPECT_EQ(done.error().code, ErrorCode::io);
  EXPECT_EQ(*read_whole(*files_, path("limited"), 2000), std::string(500, 'x') + std::string(500, 'y'));
}

// More pieces than one call takes, some of them empty.
TEST_F(RealFiles, write_pieces_one_behind_the_other) {
  std::vector<std::string> texts;
  std::string joined;
  for (int i = 0; i < 2000; ++i) {
    texts.emplace_back(static_cast<std::size_t>(i % 5), static_cast<char>('a' + i % 26));
    joined += texts.back();
  }
  const std::vector<std::string_view> pieces(texts.begin(), texts.end());
  const auto file = *files_->open(path("pieces"));
  ASSERT_TRUE(file->write_pieces(3, pieces));
  EXPECT_EQ(*read_whole(*files_, path("pieces"), 10'000), std::string(3, '\0') + joined);
  ASSERT_TRUE(file->write_pieces(0, {}));
}

TEST_F(RealFiles, write_pieces_on_after_a_short_write_and_fail_when_no_more_is_taken) {
  const auto file = *files_->open(path("limited"));
  ::signal(SIGXFSZ, SIG_IGN);
  const Limit limit(RLIMIT_FSIZE, 1000);
  const std::string x(300, 'x');
  const std::string y(900, 'y');
  const std::array<std::string_view, 3> pieces{x, y, x};
  const auto done = file->write_pieces(0, pieces);  // takes 1,000 bytes, then fails
  ASSERT_FALSE(done);
  EXPECT_EQ(done.error().code, ErrorCode::io);
  EXPECT_EQ(*read_whole(*files_, path("limited"), 2000), x + std::string(700, 'y'));
}

TEST_F(RealFiles, say_that_no_more_files_can_be_opened) {
  const Limit limit(RLIMIT_NOFILE, 0);
  for (const auto& failed : {files_->open(path("a")), files_->open_for_reading(path("a"))}) {
    ASSERT_FALSE(failed);
    EXPECT_EQ(failed.error().code, ErrorCode::unavailable);
    EXPECT_NE(failed.error().message.find("Too many open files"), std::string::npos) << failed.error().message;
  }
}

// The journal lets go of nothing while it cannot be told whether a backup reads it.
TEST_F(RealFiles, that_cannot_be_opened_any_more_keep_what_a_backup_may_need) {
  EXPECT_FALSE(BackupHold::is_taken(folder_.path()));
  {
    const auto hold = BackupHold::take(folder_.path());
    ASSERT_TRUE(hold);
    EXPECT_TRUE(BackupHold::is_taken(folder_.path()));
    const Limit limit(RLIMIT_NOFILE, 0);
    EXPECT_TRUE(BackupHold::is_taken(folder_.path()));
  }
  EXPECT_FALSE(BackupHold::is_taken(folder_.path()));
}

}  // namespace
}  // namespace ketenpoort::ledger
