// Sealed documents beside the vault's database: written, wiped, mended after a power cut, copied, taken over from an
// older vault.
#include <fmt/format.h>
#include <gtest/gtest.h>
#include <sys/stat.h>

#include "gateway/base/files.hpp"
#include "gateway/storage/backup/vault_copy.hpp"
#include "gateway/storage/sqlite/sealed_file.hpp"
#include "gateway/storage/vault/vault.hpp"
#include "gateway/storage/vault/vault_view.hpp"
#include "tests/unit/storage/faulty_disk.hpp"
#include "tests/unit/storage/temporary_folder.hpp"

namespace ketenpoort::storage {
namespace {

namespace fs = std::filesystem;

Bytes filled(std::size_t size, std::uint8_t with) {
  return Bytes(size, with);
}

TEST(SealedFile, gives_back_what_was_appended_in_pieces_of_any_size) {
  const TemporaryFolder folder;
  auto file = SealedFile::open(folder.path() / "v", Database::Access::write).value();
  std::vector<std::pair<SealedPlace, std::uint8_t>> written;
  std::uint64_t end = 0;
  std::uint8_t with = 1;
  for (const std::size_t size : {1U, 4000U, 65'536U, 131'072U, 131'071U, 400'001U, 17U}) {
    ASSERT_TRUE(file.append(filled(size, with), end));
    written.push_back({{end, size}, with++});
    end += size;
  }
  ASSERT_TRUE(file.flush());
  ASSERT_TRUE(file.sync());
  EXPECT_EQ(file.size().value(), end);
  const auto reader = SealedFile::open(folder.path() / "v", Database::Access::read).value();
  for (const auto& [place, value] : written) EXPECT_EQ(reader.read(place).value(), filled(place.size, value));
  EXPECT_TRUE(SealedFile::is_blank(reader.read({end + 5, 9}).value()));
}

TEST(SealedFile, wipes_what_it_is_told_and_nothing_beside) {
  const TemporaryFolder folder;
  auto file = SealedFile::open(folder.path() / "v", Database::Access::write).value();
  ASSERT_TRUE(file.append(filled(300'000, 7), 0));
  ASSERT_TRUE(file.flush());
  ASSERT_TRUE(file.sync());
  ASSERT_TRUE(file.wipe({{10'001, 200'000}, {299'999, 50}}));
  EXPECT_EQ(file.read({0, 10'001}).value(), filled(10'001, 7));
  EXPECT_EQ(file.read({10'001, 200'000}).value(), filled(200'000, 0));
  EXPECT_EQ(file.read({210'001, 89'998}).value(), filled(89'998, 7));
  EXPECT_EQ(file.size().value(), 300'000U) << "there is nothing to wipe beyond the end";
  ASSERT_TRUE(file.cut(5));
  EXPECT_EQ(file.size().value(), 5U);
}

TEST(SealedFile, that_is_not_there_reads_as_nothing) {
  const TemporaryFolder folder;
  const auto file = SealedFile::open(folder.path() / "none", Database::Access::read).value();
  EXPECT_EQ(file.size().value(), 0U);
  EXPECT_TRUE(SealedFile::is_blank(file.read({3, 4}).value()));
  EXPECT_EQ(file.read({0, std::uint64_t{1} << 50}).error().code, ErrorCode::crypto);
}

class Documents : public testing::Test {
 protected:
  void open(ApplierPace pace = {.linger = std::chrono::milliseconds{1}}) {
    vault_.reset();
    vault_ = SqliteVault::open(file_, master_, {.pace = pace}).value();
  }
  void commit(const std::vector<ledger::VaultChange>& changes) { vault_->on_durable(++batch_, changes); }
  std::vector<ledger::VaultChange> introduce() {
    return {vault_->add_subject(subject_, keys_), vault_->add_record(record_, subject_, keys_, text_),
            vault_->add_payload(transfer_, subject_, keys_, {.content_type = "text/plain", .bytes = text_ + "!"})};
  }
  void execute(const std::string& sql) {
    vault_.reset();
    ASSERT_TRUE(Database::open(file_, Database::Access::write).value().execute(sql.c_str()));
  }
  [[nodiscard]] static std::string sealed_of(const ledger::VaultChange& change) {
    const auto row = decode(change).value();
    const auto& bytes = std::holds_alternative<StoredRecord>(row) ? std::get<StoredRecord>(row).sealed
                                                                  : std::get<StoredPayload>(row).sealed;
    return std::string(as_text(bytes));
  }
  [[nodiscard]] std::string documents() const { return read_file(sealed_path(file_)).value(); }
  void expect_all_there() const {
    EXPECT_EQ(vault_->find_record(record_).value(), text_);
    EXPECT_EQ(vault_->find_payload(transfer_).value().bytes, text_ + "!");
    EXPECT_EQ(vault_->find_payload(transfer_).value().content_type, "text/plain");
  }

  TemporaryFolder folder_;
  fs::path file_ = folder_.path() / "vault.sqlite";
  SecretKey master_{random_bytes<32>()};
  std::unique_ptr<SqliteVault> vault_;
  std::uint64_t batch_ = 0;
  SubjectRef subject_ = random_bytes<16>();
  exchange::SubjectKeys keys_{random_bytes<32>(), random_bytes<32>(), random_bytes<32>()};
  RecordId record_ = new_uuid_v4();
  TransferId transfer_ = new_uuid_v4();
  std::string text_ = std::string(20'000, 'x');
};

TEST_F(Documents, lie_beside_the_database_and_not_in_it) {
  open();
  const auto changes = introduce();
  commit(changes);
  ASSERT_TRUE(vault_->flush());
  vault_.reset();
  for (const auto at : {1U, 2U}) {
    EXPECT_NE(documents().find(sealed_of(changes[at])), std::string::npos);
    EXPECT_EQ(read_file(file_).value().find(sealed_of(changes[at]).substr(0, 64)), std::string::npos);
  }
  open();
  expect_all_there();
}

TEST_F(Documents, that_are_dropped_or_written_over_are_wiped_with_the_next_sync) {
  open();
  const auto first = introduce();
  commit(first);
  ASSERT_TRUE(vault_->flush());
  commit({vault_->drop_payload(transfer_), vault_->add_record(record_, subject_, keys_, "newer")});
  ASSERT_TRUE(vault_->flush());
  for (const auto at : {1U, 2U}) EXPECT_EQ(documents().find(sealed_of(first[at]).substr(0, 64)), std::string::npos);
  EXPECT_EQ(vault_->find_record(record_).value(), "newer");
  EXPECT_EQ(vault_->find_payload(transfer_).error().code, ErrorCode::not_found);
  struct stat about {};
  ASSERT_EQ(::stat(sealed_path(file_).c_str(), &about), 0);
  EXPECT_LT(about.st_blocks * 512, about.st_size - 16'384) << "whole blocks go back";
}

TEST_F(Documents, of_which_the_database_says_something_else_do_not_open) {
  for (const std::string change :
       {"place = place + 1", "size = size - 1", "size = 1125899906842624", "place = 40000000"}) {
    open();
    commit(introduce());
    ASSERT_TRUE(vault_->flush());
    execute("DROP TRIGGER record_moved; UPDATE record SET " + change);
    open();
    EXPECT_EQ(vault_->find_record(record_).error().code, ErrorCode::crypto) << change;
  }
}

// Rows may reach the disk before the documents they speak of: after another start of the machine they do not count.
TEST_F(Documents, that_a_power_cut_took_come_again_from_the_journal) {
  open();
  commit({vault_->add_subject(subject_, keys_)});
  ASSERT_TRUE(vault_->flush());
  const auto synced = fs::file_size(sealed_path(file_));
  open({.linger = std::chrono::milliseconds{1}, .sync_every = std::chrono::hours{1}});
  const std::vector<ledger::VaultChange> changes{vault_->add_record(record_, subject_, keys_, text_)};
  commit(changes);
  const auto in_file = [&](SqliteVault& vault) {
    return vault.look([&](VaultReader& reader) { return reader.record(record_); });
  };
  while (!in_file(*vault_) || !*in_file(*vault_)) std::this_thread::sleep_for(std::chrono::milliseconds{2});

  const auto left = folder_.path() / "left";
  for (const bool rebooted : {false, true}) {
    fs::remove_all(left);
    fs::create_directory(left);
    for (const auto* suffix : {"", "-wal", "-sealed"})
      fs::copy_file(file_.string() + suffix, left / (std::string("vault.sqlite") + suffix));
    if (rebooted) {
      ASSERT_TRUE(Database::open(left / "vault.sqlite", Database::Access::write)
                      .value()
                      .execute("UPDATE meta SET value = 'another' WHERE name = 'boot'"));
      fs::resize_file(left / "vault.sqlite-sealed", synced);
    }
    const auto vault = SqliteVault::open(left / "vault.sqlite", master_).value();
    EXPECT_EQ(vault->applied_through(), rebooted ? 1U : 2U);
    vault->on_durable(2, changes);
    EXPECT_EQ(vault->find_record(record_).value(), text_);
    ASSERT_TRUE(vault->flush());
    EXPECT_EQ(vault->find_record(record_).value(), text_);
    EXPECT_EQ(in_file(*vault).value()->sealed.size(), sealed_of(changes[0]).size());
  }
}

TEST_F(Documents, that_went_missing_stop_the_start) {
  open();
  commit(introduce());
  ASSERT_TRUE(vault_->flush());
  vault_.reset();
  fs::resize_file(sealed_path(file_), 100);
  const auto opened = SqliteVault::open(file_, master_);
  ASSERT_FALSE(opened);
  EXPECT_NE(opened.error().message.find("vault.sqlite-sealed has 100 bytes"), std::string::npos);
  EXPECT_NE(opened.error().message.find("ketenpoort restore"), std::string::npos);
}

TEST_F(Documents, whose_file_is_not_there_stop_the_start_and_leave_none_behind) {
  open();
  commit(introduce());
  ASSERT_TRUE(vault_->flush());
  vault_.reset();
  fs::remove(sealed_path(file_));
  const auto opened = SqliteVault::open(file_, master_);
  ASSERT_FALSE(opened);
  EXPECT_EQ(opened.error().code, ErrorCode::io);
  EXPECT_NE(opened.error().message.find("vault.sqlite-sealed is missing"), std::string::npos);
  EXPECT_NE(opened.error().message.find("ketenpoort restore"), std::string::npos);
  EXPECT_FALSE(fs::exists(sealed_path(file_)));
  EXPECT_FALSE(copy_vault_files(file_, folder_.path() / "copy.sqlite", [](auto, auto) {}));
}

TEST_F(Documents, are_copied_close_together_without_those_that_went) {
  open();
  const RecordId other = new_uuid_v4();
  commit(introduce());
  ASSERT_TRUE(vault_->flush());
  commit({vault_->add_record(other, subject_, keys_, "other"), vault_->drop_record(record_)});
  ASSERT_TRUE(vault_->flush());
  const auto copy = folder_.path() / "copy.sqlite";
  EXPECT_EQ(copy_vault_files(file_, copy, [](auto, auto) {}).value(), 2U);
  EXPECT_LT(fs::file_size(sealed_path(copy)), fs::file_size(sealed_path(file_)) - 20'000);
  EXPECT_FALSE(fs::exists(copy.string() + "-wal"));
  auto view = VaultView::open(copy, master_).value();
  EXPECT_EQ(view->record(other).value(), "other");
  EXPECT_EQ(view->payload(transfer_).value().bytes, text_ + "!");
  EXPECT_EQ(view->record(record_).error().code, ErrorCode::not_found);
  const auto restored = SqliteVault::open(copy, master_).value();
  EXPECT_EQ(restored->applied_through(), 2U);
  EXPECT_EQ(restored->find_record(other).value(), "other");
}

// What versions 2 to 4 wrote: subjects named by their references in every row; identifiers in the order of their marks
// before version 4; version 2 with documents in the tables.
class OlderVault : public Documents, public testing::WithParamInterface<int> {
 protected:
  OlderVault() {
    open();
    mark_ = vault_->mark(exchange::IdentifierKind::fedasil_number, "F0000001");
    changes_ = introduce();
    GetParam() == 2 ? commit({changes_[0]}) : commit(changes_);
    commit({SqliteVault::stay_end(subject_, Date{std::chrono::sys_days{std::chrono::days{20'000}}}),
            vault_->add_subject(erased_, keys_), vault_->erase_subject(erased_, KeyClassSet::all(), false),
            vault_->set_number({.mark = borne_, .subject = subject_, .reference = reference_}),
            vault_->add_decision({.id = decision_, .subject = subject_, .json = "{}"})});
    ASSERT_(vault_->flush());
    vault_.reset();
    auto database = Database::open(file_, Database::Access::write).value();
    name_by_reference(database);
    if (GetParam() < 4) order_identifiers_by_mark(database);
    auto identifier = database.prepare("INSERT INTO identifier (mark, subject) VALUES (?1, ?2)").value();
    ASSERT_(identifier.bind(1, ByteView(mark_)).bind(2, ByteView(subject_)).run());
    if (GetParam() == 2) put_documents_into_tables(database);
  }

  static void name_by_reference(Database& database) {
    ASSERT_(database.execute(R"(
      DROP TRIGGER record_deleted; DROP TRIGGER record_moved; DROP TRIGGER payload_deleted; DROP TRIGGER payload_moved;
      DROP INDEX record_subject; DROP INDEX payload_subject; DROP INDEX number_subject;
      ALTER TABLE subject RENAME TO numbered;
      CREATE TABLE subject (
        ref BLOB PRIMARY KEY, payload_key BLOB, proof_key BLOB, directory_key BLOB) STRICT, WITHOUT ROWID;
      INSERT INTO subject SELECT ref, payload_key, proof_key, directory_key FROM numbered)"));
    for (const auto& [table, columns, others] :
         {std::tuple("record",
                     "id BLOB PRIMARY KEY, subject BLOB NOT NULL, place INTEGER NOT NULL, size INTEGER NOT NULL",
                     "id, ref, place, size"),
          std::tuple("payload",
                     "transfer BLOB PRIMARY KEY, subject BLOB NOT NULL, content_type TEXT NOT NULL, "
                     "place INTEGER NOT NULL, size INTEGER NOT NULL",
                     "transfer, ref, content_type, place, size"),
          std::tuple("identifier", "subject BLOB NOT NULL, mark BLOB NOT NULL, PRIMARY KEY (subject, mark)",
                     "ref, mark"),
          std::tuple("erasure", "subject BLOB PRIMARY KEY, classes INTEGER NOT NULL, purged INTEGER NOT NULL",
                     "ref, classes, purged"),
          std::tuple("decision", "id BLOB PRIMARY KEY, subject BLOB NOT NULL, sealed BLOB NOT NULL", "id, ref, sealed"),
          std::tuple("stay_end", "subject BLOB PRIMARY KEY, day INTEGER NOT NULL", "ref, day"),
          std::tuple("number",
                     "mark BLOB NOT NULL, subject BLOB NOT NULL, reference BLOB NOT NULL, state INTEGER NOT "
                     "NULL, PRIMARY KEY (mark, subject)",
                     "mark, ref, reference, state")})
      ASSERT_(database.execute(fmt::format(R"(
        ALTER TABLE {0} RENAME TO by_number; CREATE TABLE {0} ({1}) STRICT, WITHOUT ROWID;
        INSERT INTO {0} SELECT {2} FROM by_number JOIN numbered ON numbered.number = by_number.subject;
        DROP TABLE by_number)",
                                           table, columns, others)
                                   .c_str()));
    ASSERT_(database.execute(R"(
      DROP TABLE numbered;
      CREATE INDEX record_subject ON record (subject);
      CREATE INDEX payload_subject ON payload (subject);
      CREATE INDEX number_subject ON number (subject);
      CREATE TRIGGER record_deleted AFTER DELETE ON record BEGIN
        INSERT OR REPLACE INTO waste VALUES (old.place, old.size); END;
      CREATE TRIGGER payload_deleted AFTER DELETE ON payload BEGIN
        INSERT OR REPLACE INTO waste VALUES (old.place, old.size); END;
      UPDATE meta SET value = 4 WHERE name = 'schema')"));
  }

  static void order_identifiers_by_mark(Database& database) {
    ASSERT_(database.execute(R"(
      ALTER TABLE identifier RENAME TO by_subject;
      CREATE TABLE identifier (
        mark BLOB NOT NULL, subject BLOB NOT NULL, PRIMARY KEY (mark, subject)) STRICT, WITHOUT ROWID;
      INSERT INTO identifier SELECT mark, subject FROM by_subject;
      DROP TABLE by_subject;
      CREATE INDEX identifier_subject ON identifier (subject);
      UPDATE meta SET value = 3 WHERE name = 'schema')"));
  }

  void put_documents_into_tables(Database& database) {
    ASSERT_(database.execute(R"(
      DROP TABLE record; DROP TABLE payload; DROP TABLE waste;
      CREATE TABLE record (
        number INTEGER PRIMARY KEY, id BLOB NOT NULL UNIQUE, subject BLOB NOT NULL, sealed BLOB NOT NULL) STRICT;
      CREATE TABLE payload (
        number INTEGER PRIMARY KEY, transfer BLOB NOT NULL UNIQUE, subject BLOB NOT NULL, content_type TEXT NOT NULL,
        sealed BLOB NOT NULL) STRICT;
      CREATE INDEX record_subject ON record (subject);
      CREATE INDEX payload_subject ON payload (subject);
      UPDATE meta SET value = 2 WHERE name = 'schema';
      DELETE FROM meta WHERE name IN ('synced', 'boot', 'sealed', 'sealed-synced'))"));
    auto record = database.prepare("INSERT INTO record (id, subject, sealed) VALUES (?1, ?2, ?3)").value();
    const auto sealed = sealed_of(changes_[1]);
    ASSERT_(record.bind(1, ByteView(record_.bytes)).bind(2, ByteView(subject_)).bind(3, as_bytes(sealed)).run());
    auto payload = database.prepare("INSERT INTO payload VALUES (9, ?1, ?2, 'text/plain', ?3)").value();
    const auto message = sealed_of(changes_[2]);
    ASSERT_(payload.bind(1, ByteView(transfer_.bytes)).bind(2, ByteView(subject_)).bind(3, as_bytes(message)).run());
  }
  static void ASSERT_(const Status& status) { EXPECT_TRUE(status) << status.error().message; }
  void expect_all_found() const {
    expect_all_there();
    EXPECT_EQ(vault_->find_subject(mark_), subject_);
    EXPECT_EQ(vault_->find_subjects(mark_).value(), std::vector{subject_});
    EXPECT_EQ(vault_->find_subject(borne_), subject_);
    EXPECT_EQ(vault_->find_number(borne_, subject_)->reference, reference_);
    EXPECT_EQ(vault_->find_decision(subject_)->id, decision_);
    EXPECT_EQ(vault_->erased_classes(erased_), KeyClassSet::all());
    EXPECT_EQ(vault_->unpurged(), std::vector{erased_});
    EXPECT_EQ(vault_->look([&](VaultReader& reader) { return reader.stay_ended(subject_); }).value(),
              Date{std::chrono::sys_days{std::chrono::days{20'000}}});
    EXPECT_TRUE(vault_->check_erasures());
  }

  exchange::IdentifierMark mark_{};
  exchange::IdentifierMark borne_ = random_bytes<32>();
  SubjectRef reference_ = random_bytes<16>();
  SubjectRef erased_ = random_bytes<16>();
  Uuid decision_ = new_uuid_v4();
  std::vector<ledger::VaultChange> changes_;
};

TEST_P(OlderVault, is_made_new_when_it_is_opened) {
  EXPECT_NE(VaultView::open(file_, master_).error().message.find("start the gateway on it"), std::string::npos);
  open();
  EXPECT_EQ(vault_->applied_through(), 2U);
  expect_all_found();
  std::int64_t after = 0;
  const auto holdings = vault_->look([&](VaultReader& reader) { return reader.holdings(after, 10); }).value();
  ASSERT_EQ(holdings.size(), 1U);
  EXPECT_EQ(holdings[0].records[0].bytes, sealed_of(changes_[1]).size());
  vault_.reset();
  EXPECT_EQ(read_file(file_).value().find(sealed_of(changes_[1]).substr(0, 64)), std::string::npos) << "overwritten";
  open();
  expect_all_found();
  commit({vault_->erase_subject(subject_, KeyClassSet::all(), false)});
  ASSERT_TRUE(vault_->flush());
  EXPECT_EQ(documents().find(sealed_of(changes_[2]).substr(0, 64)), std::string::npos);
}

TEST_P(OlderVault, stays_as_it_is_when_making_it_new_fails_anywhere) {
  int failures = 0;
  for (int nth = 0;; ++nth) {
    FaultyDisk disk;
    disk.fail_from(FaultyDisk::Operation::write, nth, SQLITE_FULL);
    const auto opened = SqliteVault::open(file_, master_);
    const bool failed = disk.failed();
    disk.repair();
    if (!failed) break;
    ++failures;
    if (!opened) EXPECT_EQ(opened.error().code, ErrorCode::unavailable) << opened.error().message;
  }
  EXPECT_GT(failures, 3);
  open();
  expect_all_found();
}

INSTANTIATE_TEST_SUITE_P(Versions, OlderVault, testing::Values(2, 3, 4));

}  // namespace
}  // namespace ketenpoort::storage
