#include "gateway/ledger/files/spare_files.hpp"

#include <gtest/gtest.h>
#include <sys/stat.h>

#include "gateway/base/files.hpp"
#include "tests/support/scratch_folder.hpp"

namespace ketenpoort::ledger {
namespace {

namespace fs = std::filesystem;

constexpr std::chrono::milliseconds rest{700};

ino_t inode_of(const fs::path& file) {
  struct stat info {};
  EXPECT_EQ(::stat(file.c_str(), &info), 0) << file;
  return info.st_ino;
}

class Spares : public testing::Test {
 protected:
  void SetUp() override {
    fs::create_directories(folder_.path() / "tmp");
    fs::create_directories(folder_.path() / "place");
  }
  // Published under a name, and there until it is taken in.
  fs::path publish(std::string_view name, std::string_view content) {
    const auto written = *spares_.write(content);
    const auto to = folder_.path() / "place" / name;
    EXPECT_TRUE(files_->rename(written.path, to));
    return to;
  }
  [[nodiscard]] std::ptrdiff_t spare_count() const {
    return std::distance(fs::directory_iterator(folder_.path() / "tmp"), fs::directory_iterator());
  }

  ketenpoort::test::ScratchFolder folder_;
  std::shared_ptr<FileSystem> files_ = real_file_system();
  SpareFiles::Time now_{};
  SpareFiles spares_{folder_.path() / "tmp", files_, rest, [this] { return now_; }};
};

TEST_F(Spares, are_used_again_once_they_have_rested) {
  const auto old = publish("a", "longer than what follows");
  const auto inode = inode_of(old);
  ASSERT_TRUE(spares_.take_in(old));
  EXPECT_FALSE(fs::exists(old));
  ASSERT_TRUE(spares_.has_moves());
  EXPECT_NE(inode_of(publish("b", "x")), inode);  // nobody knows yet whether the move is certain
  spares_.note_moves();
  EXPECT_FALSE(spares_.has_moves());
  now_ += rest - std::chrono::milliseconds{1};
  EXPECT_NE(inode_of(publish("c", "x")), inode);  // somebody may be reading it still
  now_ += std::chrono::milliseconds{1};
  const auto next = publish("d", "short");
  EXPECT_EQ(inode_of(next), inode);
  EXPECT_EQ(*read_file(next), "short");
  EXPECT_NE(inode_of(publish("e", "x")), inode);
}

TEST_F(Spares, that_were_never_published_need_no_rest) {
  const auto written = *spares_.write("never seen by anybody");
  const auto inode = inode_of(written.path);
  spares_.put_back(written);
  const auto next = publish("a", "seen");
  EXPECT_EQ(inode_of(next), inode);
  EXPECT_EQ(*read_file(next), "seen");
}

TEST_F(Spares, that_somebody_linked_are_let_alone) {
  const auto old = publish("a", "as it was");
  const auto snapshot = folder_.path() / "snapshot";
  fs::create_hard_link(old, snapshot);
  ASSERT_TRUE(spares_.take_in(old));
  spares_.note_moves();
  now_ += rest;
  EXPECT_EQ(*read_file(publish("b", "new")), "new");
  EXPECT_EQ(*read_file(snapshot), "as it was");
  EXPECT_EQ(fs::hard_link_count(snapshot), 1U);  // the spare one is gone
}

TEST_F(Spares, are_not_more_than_are_needed) {
  for (std::size_t i = 0; i < SpareFiles::most + 20; ++i) {
    const auto old = publish(std::to_string(i), "x");
    ASSERT_TRUE(spares_.take_in(old));
    EXPECT_FALSE(fs::exists(old));
    spares_.note_moves();
  }
  EXPECT_EQ(spare_count(), static_cast<std::ptrdiff_t>(SpareFiles::most));
}

TEST_F(Spares, leave_nothing_behind) {
  const auto unused = *spares_.write("unused");
  const auto old = publish("a", "x");
  const auto other = publish("b", "x");
  ASSERT_TRUE(spares_.take_in(old));
  spares_.note_moves();
  ASSERT_TRUE(spares_.take_in(other));
  spares_.put_back(unused);
  EXPECT_EQ(spare_count(), 3);
  spares_.remove_all();
  EXPECT_EQ(spare_count(), 0);
  EXPECT_EQ(*read_file(publish("c", "again")), "again");
}

TEST_F(Spares, make_a_file_where_a_spare_one_was_taken_away) {
  ASSERT_TRUE(spares_.take_in(publish("a", "x")));
  spares_.note_moves();
  fs::remove_all(folder_.path() / "tmp");
  now_ += rest;
  EXPECT_FALSE(spares_.write("y"));
  fs::create_directories(folder_.path() / "tmp");
  EXPECT_EQ(*read_file(publish("b", "y")), "y");
}

TEST_F(Spares, stand_where_the_replaced_file_stood) {
  const auto place = publish("note", "old");
  const auto old = inode_of(place);
  const auto written = *spares_.write("new");
  const auto exchanged = files_->exchange(written.path, place);
  ASSERT_TRUE(exchanged);
  EXPECT_EQ(*read_file(place), "new");
  ASSERT_EQ(fs::exists(written.path), *exchanged);
  if (*exchanged) EXPECT_EQ(inode_of(written.path), old);
  // Where there is nothing to exchange with, it is moved.
  const auto first = *spares_.write("first");
  EXPECT_FALSE(*files_->exchange(first.path, folder_.path() / "place" / "other"));
  EXPECT_EQ(*read_file(folder_.path() / "place" / "other"), "first");
  EXPECT_FALSE(files_->exchange(folder_.path() / "none", place));
}

}  // namespace
}  // namespace ketenpoort::ledger
