#include "gateway/ledger/writer/transaction_writer.hpp"

#include <gtest/gtest.h>

#include "gateway/ledger/tree/segments.hpp"
#include "tests/unit/ledger/log_fixture.hpp"

namespace ketenpoort::ledger {
namespace {

class Writing : public testing::Test {
 protected:
  void SetUp() override {
    const auto key = log_key().verifier();
    EntryDraft opened = numbered_entry(0);
    opened.kind = LedgerOpened::kind;
    opened.body = encode_body(LedgerOpened{key.name(), "test", key.text()});
    ASSERT_TRUE(append({{opened}, {}}));
    ASSERT_TRUE(writer_.apply());
  }
  Result<Committed> append(const Transaction& transaction) { return writer_.append(transaction, now_, records_); }
  [[nodiscard]] std::vector<std::string> entries() const {
    std::vector<std::string> out;
    std::string_view rest = records_;
    while (const auto entry = take_record(rest)) out.emplace_back(*entry);
    EXPECT_TRUE(rest.empty());
    return out;
  }

  Timestamp now_ = *parse_rfc3339("2026-11-24T11:00:00Z");
  History history_;
  std::shared_mutex mutex_;
  TransactionWriter writer_{history_, mutex_, "node-1"};
  std::string records_;
};

TEST_F(Writing, appends_what_encode_entry_says_with_its_length_before_it) {
  for (int round = 0; round < 200; ++round) {  // the records move in memory more than once
    const auto a = numbered_entry(1, 700);
    const auto b = numbered_entry(2);
    const auto committed = append({{a, b}, {}});
    ASSERT_TRUE(committed);
    ASSERT_TRUE(writer_.apply());
    const auto all = entries();
    ASSERT_EQ(all.size(), committed->first_seq + 2);
    for (std::size_t i = 0; i < 2; ++i)
      EXPECT_EQ(all[committed->first_seq + i],
                encode_entry(committed->first_seq + i, now_, committed->ids[i], "node-1", i == 0 ? a : b));
    EXPECT_EQ(history_.size(), all.size());
    EXPECT_EQ(history_.last_id(), committed->ids[1]);
  }
}

TEST_F(Writing, leaves_the_records_as_they_were_when_an_entry_cannot_be_read_back) {
  const auto before = records_;
  auto bad = numbered_entry(2);
  bad.body = R"({"b":1,"a":2})";
  EXPECT_FALSE(append({{numbered_entry(1), bad}, {}}));
  EXPECT_EQ(records_, before);
  auto large = numbered_entry(2, largest_entry);
  const auto refused = append({{numbered_entry(1), large}, {}});
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, ErrorCode::too_large);
  EXPECT_EQ(records_, before);
  ASSERT_TRUE(append({{numbered_entry(1)}, {}}));
  ASSERT_TRUE(writer_.apply());
  EXPECT_EQ(entries().size(), 2U);
}

TEST_F(Writing, applies_all_of_a_transaction_or_nothing) {
  auto impossible = numbered_entry(2);
  impossible.refs = {1'000};
  ASSERT_TRUE(append({{numbered_entry(1), impossible}, {}}));
  EXPECT_FALSE(writer_.apply());
  EXPECT_EQ(history_.size(), 1U);
  records_.clear();
  ASSERT_TRUE(append({{}, {}}));
  EXPECT_TRUE(writer_.apply());
  EXPECT_EQ(history_.size(), 1U);
}

}  // namespace
}  // namespace ketenpoort::ledger
