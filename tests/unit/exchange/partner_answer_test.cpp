#include "gateway/exchange/delivery/partner_answer.hpp"

#include <gtest/gtest.h>

#include <map>
#include <set>

#include "tests/unit/exchange/no_vault.hpp"

namespace ketenpoort::exchange {
namespace {

class RecordVault final : public NoVault {
 public:
  Result<SubjectKeys> keys_of(const SubjectRef&) const override { return SubjectKeys{}; }
  Result<std::string> find_record(const RecordId& id) const override {
    const auto found = records.find(id);
    if (found == records.end()) return fail(ErrorCode::not_found, "none");
    return found->second;
  }
  ledger::VaultChange add_record(const RecordId& id, const SubjectRef&, const SubjectKeys&,
                                 std::string_view json) const override {
    records[id] = json;
    return {1, "record"};
  }
  mutable std::map<RecordId, std::string> records;
};

void keep(const Vault& vault, const TransferId& transfer, KeptAnswer answer, ledger::Transaction& transaction) {
  keep_answer(vault, ledger::History{}, {}, seal_answer(vault, {}, transfer, std::move(answer)), transaction);
}

TEST(PartnerAnswer, of_a_long_one_the_beginning_is_kept_and_how_much_was_cut) {
  const RecordVault vault;
  const auto transfer = new_uuid_v4();
  std::string text(longest_kept_answer - 1, 'a');
  text += "\xC3\xA9";  // one byte too many, and in the middle of a character
  ledger::Transaction transaction;
  keep(vault, transfer, {1, 201, text}, transaction);
  keep(vault, transfer, {2, 201, std::string(longest_kept_answer, 'b')}, transaction);
  const auto found = find_answers(vault, transfer, 2);
  ASSERT_EQ(found.size(), 2U);
  EXPECT_EQ(found[0].content, std::string(longest_kept_answer - 1, 'a'));
  EXPECT_EQ(found[0].cut, 2U);
  EXPECT_EQ(found[1].content.size(), longest_kept_answer);
  EXPECT_EQ(found[1].cut, 0U);
}

TEST(PartnerAnswer, comes_back_byte_for_byte_in_the_order_of_attempts) {
  const RecordVault vault;
  const auto transfer = new_uuid_v4();
  const std::string bytes("\0\xff\"not text\n", 12);
  ledger::Transaction transaction;
  keep(vault, transfer, {3, 422, bytes}, transaction);
  keep(vault, transfer, {1, 201, R"({"reference":"R-1"})"}, transaction);
  keep(vault, transfer, {2, 204, ""}, transaction);
  EXPECT_EQ(transaction.changes.size(), 2U) << "an empty answer says nothing";
  const auto found = find_answers(vault, transfer, 3);
  ASSERT_EQ(found.size(), 2U);
  EXPECT_EQ(found[0].attempt, 1U);
  EXPECT_EQ(found[0].content, R"({"reference":"R-1"})");
  EXPECT_EQ(found[1].status, 422);
  EXPECT_EQ(found[1].content, bytes);
  EXPECT_TRUE(find_answers(vault, new_uuid_v4(), 3).empty());
}

TEST(PartnerAnswer, of_many_attempts_the_last_ones_are_shown) {
  const RecordVault vault;
  const ledger::History history;
  const auto transfer = new_uuid_v4();
  ledger::Transaction transaction;
  for (const std::uint32_t attempt : {1U, 50U, 51U, 149U, 150U})
    keep(vault, transfer, {attempt, 422, "no"}, transaction);
  std::vector<std::uint32_t> shown;
  for (const auto& answer : find_answers(vault, transfer, 150)) shown.push_back(answer.attempt);
  EXPECT_EQ(shown, (std::vector<std::uint32_t>{51, 149, 150}));
  EXPECT_TRUE(find_answers(vault, transfer, 0).empty());
}

TEST(PartnerAnswer, has_a_place_of_its_own_for_each_attempt) {
  std::set<RecordId> ids;
  for (int i = 0; i < 20; ++i) {
    const auto transfer = new_uuid_v4();
    for (std::uint32_t attempt = 1; attempt <= 20; ++attempt) {
      const auto id = answer_id(transfer, attempt);
      EXPECT_EQ(version_of(id), 8U);
      EXPECT_EQ(id, answer_id(transfer, attempt));
      ids.insert(id);
    }
  }
  EXPECT_EQ(ids.size(), 400U);
}

}  // namespace
}  // namespace ketenpoort::exchange
