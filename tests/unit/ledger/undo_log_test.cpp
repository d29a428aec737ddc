#include "gateway/ledger/history/undo_log.hpp"

#include <gtest/gtest.h>

#include <memory>
#include <string>
#include <vector>

namespace ketenpoort::ledger {
namespace {

TEST(UndoLog, takes_back_the_newest_first_and_closes) {
  UndoLog log;
  EXPECT_FALSE(log.is_open());
  log.open();
  EXPECT_TRUE(log.is_open());
  std::vector<int> order;
  for (int i = 0; i < 2000; ++i) log.add([&order, i] { order.push_back(i); });  // more than fits its first piece
  log.take_back();
  ASSERT_EQ(order.size(), 2000U);
  for (int i = 0; i < 2000; ++i) EXPECT_EQ(order[static_cast<std::size_t>(i)], 1999 - i);
  EXPECT_FALSE(log.is_open());
  log.take_back();
  EXPECT_EQ(order.size(), 2000U);
}

TEST(UndoLog, forgets_without_running_and_gives_back_what_it_held) {
  const auto held = std::make_shared<std::string>("kept as long as the step is");
  bool ran = false;
  {
    UndoLog log;
    for (int round = 0; round < 3; ++round) {
      log.open();
      log.add([held, &ran] { ran = held != nullptr; });
      log.add([&ran] { ran = true; });
      EXPECT_EQ(held.use_count(), 2);
      log.forget();
      EXPECT_EQ(held.use_count(), 1);
    }
    log.open();
    log.add([held, &ran] { ran = held != nullptr; });
  }
  EXPECT_EQ(held.use_count(), 1);
  EXPECT_FALSE(ran);
}

TEST(UndoLog, keeps_what_needs_alignment) {
  struct alignas(32) Wide {
    double value[4];
  };
  UndoLog log;
  log.open();
  log.add([] {});
  Wide seen{};
  const Wide given{{1, 2, 3, 4}};
  log.add([&seen, given] {
    seen = given;
    EXPECT_EQ(reinterpret_cast<std::uintptr_t>(&given) % alignof(Wide), 0U);
  });
  log.take_back();
  EXPECT_EQ(seen.value[3], 4);
}

}  // namespace
}  // namespace ketenpoort::ledger
