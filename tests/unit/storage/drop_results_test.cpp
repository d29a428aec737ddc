// Results that a group of the system may read: where the writing system finds what became of its files.
#include <gmock/gmock.h>
#include <sys/stat.h>
#include <unistd.h>

#include "tests/unit/storage/drop_folder_fixture.hpp"

namespace ketenpoort::storage {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::UnorderedElementsAre;

class ResultReadersTest : public DropFolderTest {
 protected:
  // Another group than this user's first, where there is one to be had.
  static gid_t find_readers() {
    constexpr gid_t of_nobody = 4711;
    if (::geteuid() == 0) return of_nobody;
    std::vector<gid_t> own(static_cast<std::size_t>(std::max(0, ::getgroups(0, nullptr))));
    (void)::getgroups(static_cast<int>(own.size()), own.data());
    const auto other = std::ranges::find_if(own, [](gid_t group) { return group != ::getegid(); });
    return other == own.end() ? ::getegid() : *other;
  }
  std::unique_ptr<DropFolder> open_for_readers() {
    auto with = terms();
    with.results_apart = true;
    return std::make_unique<DropFolder>(*batches_, std::make_unique<DropFiles>(drop_, readers_), Clock{},
                                        std::move(with));
  }
  struct stat look_at(const std::string& path) const {
    struct stat seen {};
    EXPECT_EQ(::lstat((drop_ / path).c_str(), &seen), 0) << path;
    return seen;
  }
  mode_t mode(const std::string& path) const { return look_at(path).st_mode & 07777U; }
  const gid_t readers_ = find_readers();
};

TEST_F(ResultReadersTest, read_results_and_nothing_else) {
  drop("a.ndjson", person(80));
  drop("b.ndjson", "{}");
  for (const auto* name : {"a.ndjson", "b.ndjson"}) fs::permissions(drop_ / name, fs::perms::all);
  open_for_readers()->look();
  EXPECT_THAT(names("done"), ElementsAre("a.ndjson"));
  EXPECT_THAT(names("failed"), ElementsAre("b.ndjson"));
  EXPECT_THAT(names("results"), ElementsAre("a.ndjson.result.json", "b.ndjson.result.json"));
  EXPECT_EQ(text_in(result("results", "a.ndjson"), "state"), "DONE");
  EXPECT_EQ(number_in(result("results", "b.ndjson"), "accepted"), 0);
  for (const auto* place : {"taken", "done", "failed"}) EXPECT_EQ(mode(place), 0700U) << place;
  EXPECT_EQ(mode("done/a.ndjson"), 0600U);
  EXPECT_EQ(mode("results"), 0750U);
  EXPECT_EQ(look_at("results").st_gid, readers_);
  for (const auto* name : {"results/a.ndjson.result.json", "results/b.ndjson.result.json"}) {
    EXPECT_EQ(mode(name), 0640U) << name;
    EXPECT_EQ(look_at(name).st_gid, readers_) << name;
  }
}

TEST_F(ResultReadersTest, find_every_name_once) {
  for (int i = 0; i < 3; ++i) {
    drop("a.ndjson", person(82 + i));
    open_for_readers()->look();
    if (i == 1) fs::remove(drop_ / "done" / "a.ndjson~2");  // its time was over, its result's is not
  }
  EXPECT_THAT(names("results"),
              ElementsAre("a.ndjson.result.json", "a.ndjson~2.result.json", "a.ndjson~3.result.json"));
}

TEST_F(ResultReadersTest, get_a_folder_that_was_wider_and_find_what_was_there_before_where_it_was) {
  drop("a.ndjson", person(86));
  open()->look();
  fs::create_directory(drop_ / "results");
  fs::permissions(drop_ / "results", fs::perms::all);
  drop("a.ndjson", person(87));
  open_for_readers()->look();
  EXPECT_EQ(mode("results"), 0750U);
  EXPECT_THAT(names("done"), ElementsAre("a.ndjson", "a.ndjson.result.json", "a.ndjson~2"));
  EXPECT_THAT(names("results"), ElementsAre("a.ndjson~2.result.json"));
}

TEST_F(ResultReadersTest, must_have_a_folder_of_ours_and_a_group_that_we_are_in) {
  drop("a.ndjson", person(88));
  fs::create_directory(folder_.path() / "elsewhere");
  fs::create_directory_symlink(folder_.path() / "elsewhere", drop_ / "results");
  EXPECT_THAT(DropFiles::check(drop_, readers_).error().message, HasSubstr("results in the drop folder is no folder"));
  EXPECT_TRUE(DropFiles::check(drop_)) << "nobody reads there";
  const auto folder = open_for_readers();
  folder->look();
  EXPECT_FALSE(folder->figures().usable);
  EXPECT_THAT(names(), UnorderedElementsAre("a.ndjson", "results"));
  fs::remove(drop_ / "results");
  EXPECT_TRUE(DropFiles::check(drop_, readers_));
  if (::geteuid() == 0) return;  // who is in every group
  constexpr gid_t of_nobody = 4711;
  EXPECT_THAT(DropFiles::check(drop_, of_nobody).error().message, HasSubstr("usermod"));
  DropFiles files(drop_, of_nobody);
  EXPECT_THAT(files.open().error().message, HasSubstr("usermod"));
}

TEST_F(ResultReadersTest, have_one_result_wherever_it_is_cut_off) {
  int cuts = 0;
  auto with = terms();
  with.results_apart = true;
  for (const bool after : {false, true})
    for (int at = 1; at < 200; ++at) {
      const auto name = fmt::format("cut-{}-{}.ndjson", after, at);
      drop(name, person(3000 + at + (after ? 200 : 0)));
      bool cut = false;
      try {
        DropFolder(*batches_, std::make_unique<DarkStore>(drop_, at, after, readers_), Clock{}, with).look();
      } catch (const PowerCut&) {
        cut = true;
        ++cuts;
      }
      open_for_readers()->look();
      ASSERT_THAT(names("taken"), IsEmpty()) << name;
      ASSERT_TRUE(fs::exists(drop_ / "done" / name)) << name;
      ASSERT_EQ(number_in(result("results", name), "accepted"), 1) << name;
      ASSERT_EQ(look_at("results/" + name + ".result.json").st_gid, readers_) << name;
      if (!cut) break;
    }
  EXPECT_GT(cuts, 30);
  EXPECT_EQ(names("results").size(), names("done").size());
}

}  // namespace
}  // namespace ketenpoort::storage
