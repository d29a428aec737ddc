#include "gateway/storage/files/batch_files.hpp"

#include <gtest/gtest.h>
#include <sys/stat.h>

#include "gateway/base/files.hpp"
#include "tests/support/scratch_folder.hpp"

namespace ketenpoort::storage {
namespace {

namespace fs = std::filesystem;

class Batch : public testing::Test {
 protected:
  void SetUp() override { store_ = reopen(); }

  std::unique_ptr<BatchFiles> reopen(std::uint8_t key = 7) {
    AeadKey master{};
    master.fill(key);
    return BatchFiles::open(folder(), SecretKey(master)).value();
  }
  [[nodiscard]] fs::path folder() const { return scratch_.path() / "batches"; }
  [[nodiscard]] fs::path file(const Uuid& id, const std::string& extension) const {
    return folder() / (id.text() + extension);
  }

  static exchange::BatchTask task_of(const Uuid& id) {
    exchange::BatchTask task;
    task.id = id;
    task.client = "fedasil";
    task.trace = new_uuid_v4();
    task.received = *parse_rfc3339("2026-11-24T12:00:00Z");
    return task;
  }

  Uuid keep(const std::string& body, bool with_task = true) {
    const auto id = new_uuid_v4();
    auto intake = store_->begin(id).value();
    for (std::size_t at = 0; at < body.size(); at += 10'000)
      EXPECT_TRUE(intake->append(std::string_view(body).substr(at, 10'000)));
    EXPECT_TRUE(intake->finish());
    if (with_task) EXPECT_TRUE(store_->save(task_of(id)));
    EXPECT_TRUE(intake->keep());
    return id;
  }

  static Result<std::string> read_all(BatchFiles& store, const Uuid& id) {
    auto body = store.open(id);
    if (!body) return fail(body.error());
    std::string all;
    while (true) {
      auto piece = (*body)->next();
      if (!piece) return fail(piece.error());
      if (piece->empty()) return all;
      all += *piece;
    }
  }

  void rewrite(const fs::path& path, const std::string& bytes) { ASSERT_TRUE(replace_file(path, bytes)); }

  ketenpoort::test::ScratchFolder scratch_;
  std::unique_ptr<BatchFiles> store_;
};

TEST_F(Batch, an_emptied_body_gives_its_room_back_and_shows_that_there_was_one) {
  const auto id = keep(std::string(300'000, 'x'));
  ASSERT_GT(fs::file_size(file(id, ".body")), 300'000U);
  ASSERT_TRUE(store_->empty_body(id));
  EXPECT_EQ(fs::file_size(file(id, ".body")), 0U);
  EXPECT_EQ(store_->load().value().size(), 1U) << "not taken for one that never came";
  EXPECT_EQ(read_all(*store_, id).error().code, ErrorCode::crypto);
  ASSERT_TRUE(store_->drop_body(id));
  EXPECT_FALSE(fs::exists(file(id, ".body")));
  EXPECT_TRUE(store_->empty_body(id)) << "there is none";
  EXPECT_GT(store_->free_bytes().value(), 0U);
}

std::string long_body() {
  std::string body;
  for (int i = 0; i < 20'000; ++i) body += "Haddad, Rania " + std::to_string(i) + "\n";
  return body;
}

TEST_F(Batch, is_read_as_it_came_and_lies_on_the_disk_as_nobody_can_read_it) {
  const auto body = long_body();
  for (const auto& one :
       {std::string("one line"), body, body.substr(0, 65536), body.substr(0, 131072), body.substr(0, 65537)}) {
    const auto id = keep(one);
    EXPECT_EQ(read_all(*store_, id).value(), one);
    const auto bytes = read_file(file(id, ".body")).value();
    EXPECT_EQ(bytes.find("Haddad"), std::string::npos);
    EXPECT_EQ(bytes.find("one line"), std::string::npos);
    struct stat info {};
    ASSERT_EQ(::stat(file(id, ".body").c_str(), &info), 0);
    EXPECT_EQ(info.st_mode & 0777U, 0600U);
  }
}

TEST_F(Batch, that_is_given_up_leaves_nothing) {
  {
    auto intake = store_->begin(new_uuid_v4()).value();
    ASSERT_TRUE(intake->append(long_body()));
    ASSERT_TRUE(intake->finish());
  }
  EXPECT_TRUE(fs::is_empty(folder()));
}

TEST_F(Batch, that_was_cut_off_anywhere_does_not_read_to_its_end) {
  const auto id = keep(long_body());
  const auto whole = read_file(file(id, ".body")).value();
  for (const std::size_t size :
       {std::size_t{0}, std::size_t{3}, std::size_t{40}, std::size_t{64}, std::size_t{65}, std::size_t{30'000},
        std::size_t{64 + 4 + 65536 + 28}, whole.size() - 32, whole.size() - 1}) {
    rewrite(file(id, ".body"), whole.substr(0, size));
    const auto read = read_all(*store_, id);
    ASSERT_FALSE(read) << size;
    EXPECT_EQ(read.error().code, ErrorCode::crypto) << size;
  }
}

TEST_F(Batch, that_was_changed_in_any_byte_does_not_read) {
  const auto id = keep("a short body");
  const auto whole = read_file(file(id, ".body")).value();
  for (std::size_t at = 0; at < whole.size(); ++at) {
    auto changed = whole;
    changed[at] = static_cast<char>(changed[at] ^ 0x20);
    rewrite(file(id, ".body"), changed);
    EXPECT_FALSE(read_all(*store_, id)) << at;
  }
}

TEST_F(Batch, does_not_read_under_another_key_or_another_id_or_in_another_order) {
  const auto id = keep(long_body());
  EXPECT_EQ(read_all(*reopen(8), id).error().code, ErrorCode::crypto);
  const auto other = new_uuid_v4();
  fs::copy_file(file(id, ".body"), file(other, ".body"));
  EXPECT_EQ(read_all(*store_, other).error().code, ErrorCode::crypto);
  auto swapped = read_file(file(id, ".body")).value();
  const std::size_t first = 64;
  const std::size_t length = 4 + 65536 + 28;
  const auto one = swapped.substr(first, length);
  swapped.replace(first, length, swapped.substr(first + length, length)).replace(first + length, length, one);
  rewrite(file(id, ".body"), swapped);
  EXPECT_EQ(read_all(*store_, id).error().code, ErrorCode::crypto);
}

TEST_F(Batch, is_found_again_with_its_task) {
  const auto id = keep("x");
  auto task = task_of(id);
  task.completed = 3;
  task.add_issue({2, "urn:x", "resident.birth.date", "no such day", false});
  ASSERT_TRUE(store_->save(task));
  const auto tasks = reopen()->load().value();
  ASSERT_EQ(tasks.size(), 1U);
  EXPECT_EQ(tasks[0].completed, 3U);
  EXPECT_EQ(tasks[0].issues, task.issues);
  const auto bytes = read_file(file(id, ".task")).value();
  EXPECT_EQ(bytes.find("fedasil"), std::string::npos);
  EXPECT_FALSE(reopen(8)->load()) << "another master key";
  auto changed = bytes;
  changed.back() = static_cast<char>(changed.back() ^ 1);
  rewrite(file(id, ".task"), changed);
  EXPECT_FALSE(reopen()->load());
}

TEST_F(Batch, that_its_sender_was_never_told_of_is_removed_at_the_start) {
  const auto without_task = keep("x", false);
  const auto without_body = new_uuid_v4();
  ASSERT_TRUE(store_->save(task_of(without_body)));
  rewrite(file(new_uuid_v4(), ".part"), "half");
  const auto whole = keep("y");
  auto store = reopen();
  const auto tasks = store->load().value();
  ASSERT_EQ(tasks.size(), 1U);
  EXPECT_EQ(tasks[0].id, whole);
  EXPECT_FALSE(fs::exists(file(without_task, ".body")));
  EXPECT_FALSE(fs::exists(file(without_body, ".task")));
  EXPECT_EQ(std::distance(fs::directory_iterator(folder()), fs::directory_iterator()), 2);
}

TEST_F(Batch, that_is_done_loses_its_body_also_when_a_crash_came_between) {
  const auto id = keep("x");
  auto task = task_of(id);
  task.state = exchange::BatchState::done;
  task.ended = task.received;
  ASSERT_TRUE(store_->save(task));
  EXPECT_EQ(reopen()->load().value().size(), 1U);
  EXPECT_FALSE(fs::exists(file(id, ".body")));
  EXPECT_EQ(store_->open(id).error().code, ErrorCode::not_found);
  ASSERT_TRUE(store_->forget(id));
  EXPECT_TRUE(fs::is_empty(folder()));
}

}  // namespace
}  // namespace ketenpoort::storage
