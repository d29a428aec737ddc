#include "gateway/storage/vault/subject_numbers.hpp"

#include <gtest/gtest.h>

#include "gateway/base/files.hpp"
#include "gateway/storage/vault/vault.hpp"
#include "gateway/storage/vault/vault_view.hpp"
#include "tests/unit/storage/faulty_disk.hpp"
#include "tests/unit/storage/temporary_folder.hpp"

namespace ketenpoort::storage {
namespace {

TEST(SubjectNumbers, count_from_one_and_lead_both_ways) {
  SubjectNumbers numbers;
  const SubjectRef first = random_bytes<16>();
  const SubjectRef second = random_bytes<16>();
  EXPECT_EQ(numbers.find(first), std::nullopt);
  EXPECT_EQ(numbers.find_or_add(first), 1);
  EXPECT_EQ(numbers.find_or_add(second), 2);
  EXPECT_EQ(numbers.find_or_add(first), 1);
  EXPECT_EQ(numbers.find(second), 2);
  EXPECT_EQ(numbers.subject(2), second);
  EXPECT_EQ(numbers.subject(0), std::nullopt);
  EXPECT_EQ(numbers.subject(3), std::nullopt);
}

TEST(SubjectNumbers, of_those_that_are_cut_off_are_given_anew) {
  SubjectNumbers numbers;
  std::vector<SubjectRef> subjects(1000);
  for (auto& subject : subjects) numbers.find_or_add(subject = random_bytes<16>());
  numbers.cut(400);
  EXPECT_EQ(numbers.count(), 400);
  for (std::size_t i = 0; i < subjects.size(); ++i) EXPECT_EQ(numbers.find(subjects[i]).has_value(), i < 400);
  EXPECT_EQ(numbers.find_or_add(subjects.back()), 401);
}

class NumberedVault : public testing::Test {
 protected:
  void introduce(const SubjectRef& subject, const RecordId& record) {
    vault_->on_durable(++batch_, std::vector{vault_->add_subject(subject, keys_),
                                             vault_->add_record(record, subject, keys_, record.text())});
  }

  TemporaryFolder folder_;
  std::filesystem::path file_ = folder_.path() / "vault.sqlite";
  SecretKey master_{random_bytes<32>()};
  std::unique_ptr<SqliteVault> vault_ =
      SqliteVault::open(file_, master_, {.pace = {.linger = std::chrono::milliseconds{1}}}).value();
  std::uint64_t batch_ = 0;
  exchange::SubjectKeys keys_{random_bytes<32>(), random_bytes<32>(), random_bytes<32>()};
};

TEST_F(NumberedVault, gives_no_number_twice_when_a_transaction_fails_in_between) {
  std::vector<RecordId> records;
  const auto introduce_some = [&] {
    for (int i = 0; i < 5; ++i) introduce(random_bytes<16>(), records.emplace_back(new_uuid_v4()));
  };
  introduce_some();
  vault_.reset();
  FaultyDisk disk;
  vault_ = SqliteVault::open(file_, master_).value();
  disk.fail_from(FaultyDisk::Operation::write, 2, SQLITE_FULL);
  introduce_some();
  // Of one whose own row was destroyed, and whose journal is replayed.
  const auto mark = vault_->mark(exchange::IdentifierKind::fedasil_number, "F0000001");
  const SubjectRef without_row = random_bytes<16>();
  vault_->on_durable(++batch_, std::vector{vault_->add_identifier(mark, without_row)});
  EXPECT_FALSE(vault_->flush());
  disk.repair();
  introduce_some();
  ASSERT_TRUE(vault_->flush());
  vault_.reset();
  vault_ = SqliteVault::open(file_, master_).value();
  for (const auto& record : records) EXPECT_EQ(vault_->find_record(record).value(), record.text());
  EXPECT_EQ(vault_->find_subject(mark), without_row);
  vault_.reset();  // before the disk goes
}

TEST_F(NumberedVault, shows_another_program_those_who_came_after_it_looked) {
  const RecordId first = new_uuid_v4();
  introduce(random_bytes<16>(), first);
  ASSERT_TRUE(vault_->flush());
  const auto view = VaultView::open(file_, master_).value();
  EXPECT_EQ(view->record(first).value(), first.text());
  const RecordId later = new_uuid_v4();
  introduce(random_bytes<16>(), later);
  ASSERT_TRUE(vault_->flush());
  EXPECT_EQ(view->record(later).value(), later.text());
}

TEST_F(NumberedVault, of_which_a_subject_was_taken_away_does_not_open) {
  for (int i = 0; i < 3; ++i) introduce(random_bytes<16>(), new_uuid_v4());
  ASSERT_TRUE(vault_->flush());
  vault_.reset();
  ASSERT_TRUE(Database::open(file_, Database::Access::write).value().execute("DELETE FROM subject WHERE number = 2"));
  EXPECT_EQ(SqliteVault::open(file_, master_).error().code, ErrorCode::crypto);
}

}  // namespace
}  // namespace ketenpoort::storage
