#include "gateway/verify/batches.hpp"

#include <gtest/gtest.h>

#include "gateway/ledger/tree/tree.hpp"

namespace ketenpoort::verify {
namespace {

class Numbers : public EntrySource {
 public:
  explicit Numbers(std::uint64_t count, bool flawed_end = false) : count_(count), flawed_end_(flawed_end) {}

  Checked<std::optional<std::string_view>> next() override {
    if (at_ == count_) {
      if (flawed_end_) return flawed("here", "segments", "ends");
      return std::nullopt;
    }
    text_ = std::to_string(at_++);
    return text_;
  }
  [[nodiscard]] std::string file_of(std::uint64_t) const override { return "numbers"; }

 private:
  std::uint64_t count_;
  bool flawed_end_;
  std::uint64_t at_ = 0;
  std::string text_;
};

class BatchesOn : public testing::TestWithParam<unsigned> {};

TEST_P(BatchesOn, every_entry_comes_once_and_in_order) {
  for (const std::uint64_t first : {0U, 100U, 256U}) {
    Numbers source(5000);
    Batches batches(source, first, GetParam());
    std::uint64_t seen = 0;
    while (const auto* batch = batches.next()) {
      ledger::TreeEdge edge;
      for (std::size_t i = 0; i < batch->count; ++i) {
        ASSERT_EQ(batch->entries[i].bytes, std::to_string(seen + i));
        ASSERT_EQ(batch->entries[i].leaf, ledger::leaf_hash(as_bytes(batch->entries[i].bytes)));
        ASSERT_FALSE(batch->entries[i].read) << "a number is no entry";
        edge.append(batch->entries[i].leaf);
      }
      seen += batch->count;
      ASSERT_EQ(batch->tile_root.has_value(), batch->count == 256);
      if (batch->tile_root) ASSERT_EQ(*batch->tile_root, edge.root());
      ASSERT_TRUE((first + seen) % 256 == 0 || seen == 5000) << "a batch crosses the border of a tile";
    }
    EXPECT_EQ(seen, 5000U);
  }
}

TEST_P(BatchesOn, a_flaw_comes_after_the_entries_before_it) {
  Numbers source(300, true);
  Batches batches(source, 0, GetParam());
  std::uint64_t seen = 0;
  std::optional<Flaw> flaw;
  while (const auto* batch = batches.next()) {
    seen += batch->count;
    EXPECT_FALSE(flaw);
    flaw = batch->flaw;
  }
  EXPECT_EQ(seen, 300U);
  ASSERT_TRUE(flaw);
  EXPECT_EQ(flaw->where, "here");
}

TEST_P(BatchesOn, may_be_given_up_at_any_time) {
  Numbers source(100'000);
  Batches batches(source, 0, GetParam());
  EXPECT_NE(batches.next(), nullptr);
}

INSTANTIATE_TEST_SUITE_P(Threads, BatchesOn, testing::Values(1U, 2U, 5U),
                         [](const auto& info) { return std::to_string(info.param); });

}  // namespace
}  // namespace ketenpoort::verify
