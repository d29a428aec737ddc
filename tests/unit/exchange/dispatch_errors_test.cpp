// Errors that nobody foresaw, while a worker looks at a transfer.
#include <gtest/gtest.h>

#include <atomic>
#include <stdexcept>
#include <thread>

#include "gateway/exchange/delivery/dispatch.hpp"
#include "tests/unit/exchange/no_vault.hpp"
#include "tests/unit/exchange/story_ledger.hpp"

namespace ketenpoort::exchange {
namespace {

using namespace std::chrono_literals;

// As the real one does when its file cannot be read.
class UnreadableVault final : public NoVault {
 public:
  Result<std::string> find_record(const RecordId&) const override {
    ++looks;
    throw std::runtime_error("disk I/O error");
  }
  mutable std::atomic<int> looks{0};
};

TEST(DispatchErrors, end_neither_the_worker_nor_the_gateway) {
  UnreadableVault vault;
  test::StoryLedger log{vault};
  auto& story = log.story;
  story.open();
  story.give_consent();
  story.request(story.main_tx);
  story.request(ledger::test::numbered_id(201));
  auto& facilities = log.open("2026-11-29T12:00:00Z");
  Dispatcher dispatcher(facilities, 1);
  ASSERT_TRUE(dispatcher.start());
  const auto give_up = std::chrono::steady_clock::now() + 20s;
  while (vault.looks < 2 && std::chrono::steady_clock::now() < give_up) std::this_thread::sleep_for(1ms);
  dispatcher.stop(0ms);
  EXPECT_EQ(vault.looks, 2) << "each is looked at, and again after a rest";
  EXPECT_TRUE(log.written().empty());
}

class VaultWithoutIt final : public NoVault {
 public:
  Result<std::string> find_record(const RecordId&) const override {
    ++looks;
    return fail(ErrorCode::not_found, "no such record");
  }
  mutable std::atomic<int> looks{0};
};

TEST(DispatchErrors, a_record_that_a_restore_lost_is_looked_for_once_a_day) {
  VaultWithoutIt vault;
  test::StoryLedger log{vault};
  auto& story = log.story;
  story.open();
  story.give_consent();
  story.request(story.main_tx);
  auto& facilities = log.open("2026-11-29T22:59:58Z");  // two seconds before midnight in Brussels
  Dispatcher dispatcher(facilities, 1);
  const auto began = std::chrono::steady_clock::now();
  ASSERT_TRUE(dispatcher.start());
  while (vault.looks < 2 && std::chrono::steady_clock::now() < began + 20s) std::this_thread::sleep_for(1ms);
  std::this_thread::sleep_for(50ms);
  dispatcher.stop(0ms);
  EXPECT_EQ(vault.looks, 2) << "today, and after midnight";
  EXPECT_TRUE(log.written().empty());
}

}  // namespace
}  // namespace ketenpoort::exchange
