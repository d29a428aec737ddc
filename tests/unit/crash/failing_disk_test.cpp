// Every operation of a ledger's life fails in turn.
#include <gtest/gtest.h>

#include "tests/unit/crash/crash_story.hpp"

namespace ketenpoort::ledger::test {
namespace {

using Kind = DiskOperation::Kind;

// What fails for want of room: on the disk, or among the open files.
bool takes_room(const DiskOperation& operation) {
  return operation.kind == Kind::create || operation.grows || operation.kind == Kind::rename ||
         operation.kind == Kind::make_folder;
}
bool can_run_short(const DiskOperation& operation) {
  return takes_room(operation) || operation.kind == Kind::read;
}

// The operation of this number fails, as far as it can fail so.
MemoryDisk::Fault fail_one(std::size_t number, ErrorCode code) {
  return [number, code, count = std::size_t{0}](const DiskOperation& operation) mutable -> std::optional<ErrorCode> {
    if (code == ErrorCode::unavailable && !can_run_short(operation)) return std::nullopt;
    // A projection that cannot be read is none: the log is replayed, and the report of the start says so.
    if (operation.kind == Kind::read && operation.path.ends_with("/projection")) return std::nullopt;
    return count++ == number ? std::optional(code) : std::nullopt;
  };
}

class OnAFailingDisk : public testing::TestWithParam<ErrorCode> {
 protected:
  OnAFailingDisk() { std::filesystem::create_directories(state_); }

  ketenpoort::test::ScratchFolder folder_;
  std::filesystem::path state_ = folder_.path() / "state";
};

TEST_P(OnAFailingDisk, nothing_acknowledged_is_lost_and_every_failure_is_told) {
  std::size_t number = 0;
  for (bool struck = true; struck && !HasFailure(); ++number) {
    const auto disk = std::make_shared<MemoryDisk>();
    disk->fail_where(fail_one(number, GetParam()));
    CrashStory story(state_, disk);
    story.live();
    struck = disk->struck();
    SCOPED_TRACE("failed operation " + std::to_string(number));
    EXPECT_FALSE(disk->synced_again());
    const auto& told = !story.fatal().empty()      ? story.fatal()
                       : !story.problems().empty() ? story.problems()
                                                   : story.refusals();
    EXPECT_EQ(!told.empty(), struck);
    if (struck && !told.empty()) EXPECT_NE(told.front().message.find(state_.string()), std::string::npos);
    // A shortage of room passes, and the process lives on.
    if (GetParam() == ErrorCode::unavailable) EXPECT_TRUE(story.fatal().empty()) << story.fatal().front().message;
    disk->fail_where({});
    story.expect_all_there({.image = disk->image(), .told = story.told(), .applied = story.applied()});
    PowerCut power(state_.string());
    for (const auto& operation : disk->operations()) power.follow(operation);
    std::mt19937 random(static_cast<unsigned>(number));
    story.expect_all_there(
        {.image = power.cut(random, PowerCut::Mercy::some), .told = story.told(), .applied = story.applied()});
  }
  EXPECT_GT(number, 100U);
  RecordProperty("failures", static_cast<int>(number));
}

INSTANTIATE_TEST_SUITE_P(Errors, OnAFailingDisk, testing::Values(ErrorCode::io, ErrorCode::unavailable),
                         [](const auto& tested) { return tested.param == ErrorCode::io ? "io" : "no_room"; });

// Full for ten operations, again and again, with room for twice as many in between each time: a publication that fell
// behind needs more than ten, and would never be done.
class FullNowAndThen {
 public:
  std::optional<ErrorCode> operator()(const DiskOperation& operation) {
    if (!takes_room(operation)) return std::nullopt;
    if (left_ == 0) {
      is_full_ = !is_full_;
      left_ = is_full_ ? 10 : room_ *= 2;
    }
    --left_;
    return is_full_ ? std::optional(ErrorCode::unavailable) : std::nullopt;
  }

 private:
  bool is_full_ = false;
  int left_ = 30;
  int room_ = 5;
};

// Which operations meet that depends on the threads; some round refuses something.
TEST(OnAFullDisk, what_comes_is_refused_until_there_is_room_again) {
  std::size_t refused = 0;
  for (int round = 0; round < 20; ++round) {
    const ketenpoort::test::ScratchFolder folder;
    const auto state = folder.path() / "state";
    std::filesystem::create_directories(state);
    const auto disk = std::make_shared<MemoryDisk>();
    disk->fail_where(FullNowAndThen());
    CrashStory story(state, disk);
    story.live();
    EXPECT_TRUE(story.fatal().empty()) << story.fatal().front().message;
    refused += story.refusals().size();
    for (const auto& refusal : story.refusals()) EXPECT_EQ(refusal.code, ErrorCode::unavailable) << refusal.message;
    EXPECT_GT(std::count_if(story.told().begin(), story.told().end(), [](const Told& told) { return told.committed; }),
              5);
    disk->fail_where({});
    story.expect_all_there({.image = disk->image(), .told = story.told(), .applied = story.applied()});
  }
  EXPECT_GT(refused, 0U);
}

}  // namespace
}  // namespace ketenpoort::ledger::test
