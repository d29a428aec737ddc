// The power is cut after every operation of a ledger's life in turn, and of the starts that follow.
#include <gtest/gtest.h>

#include "tests/unit/crash/crash_story.hpp"

namespace ketenpoort::ledger::test {
namespace {

using Mercy = PowerCut::Mercy;

// What is known of a life up to one of its operations.
struct Known {
  std::size_t told = 0;
  std::uint64_t applied = 0;
  std::string checkpoint;            // that could be seen
  std::map<int, std::string> notes;  // and tiles, by the file they were written to

  void follow(const DiskOperation& operation) {
    using Kind = DiskOperation::Kind;
    if (operation.kind == Kind::note) {
      const auto space = operation.bytes.find(' ');
      const auto number = std::stoull(operation.bytes.substr(space + 1));
      (operation.bytes.starts_with("told") ? told : applied) = number;
    }
    if (operation.path.find("/tmp/spare-") != std::string::npos && operation.kind == Kind::write)
      notes[operation.inode] = operation.bytes;
    if (operation.to.ends_with("ledger/checkpoint")) checkpoint = notes.at(operation.inode);
  }
};

class AfterPowerCut : public testing::TestWithParam<int> {
 protected:
  AfterPowerCut() { std::filesystem::create_directories(state_); }

  static std::vector<Told> first(const CrashStory& story, std::size_t count) {
    return {story.told().begin(), story.told().begin() + static_cast<std::ptrdiff_t>(count)};
  }

  ketenpoort::test::ScratchFolder folder_;
  std::filesystem::path state_ = folder_.path() / "state";
};

constexpr Mercy mercies[] = {Mercy::none, Mercy::all, Mercy::first_names, Mercy::some, Mercy::some};

TEST_P(AfterPowerCut, all_that_was_acknowledged_is_there_and_nothing_by_halves) {
  CrashStory story(state_);
  story.live();
  ASSERT_TRUE(story.fatal().empty() && story.refusals().empty());
  const auto operations = story.disk()->operations();
  PowerCut power(state_.string());
  Known known;
  for (std::size_t i = 0; i < operations.size(); ++i) {
    power.follow(operations[i]);
    known.follow(operations[i]);
    const auto seed = static_cast<unsigned>(GetParam()) * 1'000'000U + static_cast<unsigned>(i);
    std::mt19937 random(seed);
    SCOPED_TRACE("seed " + std::to_string(seed) + ", after operation " + std::to_string(i) + " of " +
                 std::to_string(operations.size()) + ": " + describe(operations[i]));
    const auto mercy = mercies[(i + static_cast<std::size_t>(GetParam())) % std::size(mercies)];
    story.expect_all_there({.image = power.cut(random, mercy),
                            .told = first(story, known.told),
                            .applied = known.applied,
                            .checkpoint = known.checkpoint});
    if (HasFailure()) return;
  }
}

TEST_P(AfterPowerCut, a_start_that_is_cut_short_itself_loses_nothing_either) {
  CrashStory story(state_);
  story.live();
  const auto operations = story.disk()->operations();
  std::mt19937 random(static_cast<unsigned>(GetParam()));
  for (int round = 0; round < 4; ++round) {
    const auto end = std::uniform_int_distribution<std::size_t>(1, operations.size())(random);
    PowerCut power(state_.string());
    Known known;
    for (std::size_t i = 0; i < end; ++i) {
      power.follow(operations[i]);
      known.follow(operations[i]);
    }
    const auto image = power.cut(random, mercies[static_cast<std::size_t>(round) % std::size(mercies)]);
    const auto disk = std::make_shared<MemoryDisk>(image);
    SCOPED_TRACE("seed " + std::to_string(GetParam()) + ", round " + std::to_string(round) + ", after operation " +
                 std::to_string(end) + ": " + describe(operations[end - 1]));
    std::shared_ptr<SlowVault> vault;
    Left left{
        .image = image, .told = first(story, known.told), .applied = known.applied, .checkpoint = known.checkpoint};
    left.disk = disk;
    left.vault_after = &vault;
    story.expect_all_there(left);
    const auto start = disk->operations();
    PowerCut again(state_.string(), image);
    auto then = known;
    for (std::size_t i = 0; i < start.size() && !HasFailure(); ++i) {
      again.follow(start[i]);
      then.follow(start[i]);
      SCOPED_TRACE("and then after operation " + std::to_string(i) + ": " + describe(start[i]));
      Left twice{.image = again.cut(random, mercies[i % std::size(mercies)]),
                 .told = left.told,
                 .applied = then.applied,
                 .checkpoint = then.checkpoint};
      twice.vault = vault.get();
      twice.next = left.next + 1;
      story.expect_all_there(twice);
    }
    if (HasFailure()) return;
  }
}

INSTANTIATE_TEST_SUITE_P(Seeds, AfterPowerCut, testing::Range(1, 4));

}  // namespace
}  // namespace ketenpoort::ledger::test
