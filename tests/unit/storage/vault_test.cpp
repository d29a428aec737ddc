#include "gateway/storage/vault/vault.hpp"

#include <gtest/gtest.h>
#include <sqlite3.h>
#include <sys/stat.h>

#include <fstream>
#include <thread>

#include "gateway/base/files.hpp"
#include "tests/unit/storage/temporary_folder.hpp"

namespace ketenpoort::storage {
namespace {

using exchange::IdentifierKind;
using exchange::PastReply;
using exchange::Payload;
using exchange::SubjectKeys;

// Changes stay in memory until someone flushes.
const ApplierPace never{.linger = std::chrono::hours{1}, .hurry_at = std::size_t{1} << 40};

SubjectKeys new_keys() {
  return {.payload = random_bytes<32>(), .proof = random_bytes<32>(), .directory = random_bytes<32>()};
}

class VaultTest : public testing::Test {
 protected:
  VaultTest() { open(); }

  void open(VaultOptions options = {.pace = never}) {
    vault_.reset();
    vault_ = SqliteVault::open(file_, master_, options).value();
  }
  void commit(std::vector<ledger::VaultChange> changes) { vault_->on_durable(++batch_, changes); }

  // What must be true of a change that waits, of one that is applied, and after a restart.
  void in_every_state(const std::function<void()>& check) {
    check();
    ASSERT_TRUE(vault_->flush());
    check();
    open();
    check();
  }

  // Runs SQL on the file behind the vault's back.
  void tamper(const std::string& sql) {
    vault_.reset();
    sqlite3* database = nullptr;
    ASSERT_EQ(sqlite3_open(file_.c_str(), &database), SQLITE_OK);
    EXPECT_EQ(sqlite3_exec(database, sql.c_str(), nullptr, nullptr, nullptr), SQLITE_OK) << sqlite3_errmsg(database);
    sqlite3_close(database);
    open();
  }

  TemporaryFolder folder_;
  std::filesystem::path file_ = folder_.path() / "vault.sqlite";
  SecretKey master_{random_bytes<32>()};
  std::unique_ptr<SqliteVault> vault_;
  std::uint64_t batch_ = 0;

  SubjectRef subject_ = random_bytes<16>();
  SubjectKeys keys_ = new_keys();
  RecordId record_ = new_uuid_v4();
  TransferId transfer_ = new_uuid_v4();
};

TEST_F(VaultTest, finds_a_subject_by_its_identifier) {
  const auto mark = vault_->mark(IdentifierKind::fedasil_number, "F0007000");
  EXPECT_FALSE(vault_->find_subject(mark));
  commit({vault_->add_subject(subject_, keys_), vault_->add_identifier(mark, subject_)});
  in_every_state([&] {
    EXPECT_EQ(vault_->find_subject(mark), subject_);
    const auto found = vault_->keys_of(subject_);
    ASSERT_TRUE(found);
    EXPECT_EQ(found->payload, keys_.payload);
    EXPECT_EQ(found->proof, keys_.proof);
    EXPECT_EQ(found->directory, keys_.directory);
  });
}

TEST_F(VaultTest, marks_depend_on_kind_and_master_key) {
  const auto mark = vault_->mark(IdentifierKind::fedasil_number, "1");
  EXPECT_EQ(mark, vault_->mark(IdentifierKind::fedasil_number, "1"));
  EXPECT_NE(mark, vault_->mark(IdentifierKind::ssin, "1"));
  const auto other = SqliteVault::open(folder_.path() / "other.sqlite", SecretKey(random_bytes<32>())).value();
  EXPECT_NE(mark, other->mark(IdentifierKind::fedasil_number, "1"));
}

TEST_F(VaultTest, gives_back_the_record_that_was_added) {
  commit({vault_->add_subject(subject_, keys_), vault_->add_record(record_, subject_, keys_, R"({"a":1})")});
  in_every_state([&] { EXPECT_EQ(vault_->find_record(record_).value(), R"({"a":1})"); });
}

TEST_F(VaultTest, gives_back_the_payload_until_it_is_dropped) {
  commit(
      {vault_->add_subject(subject_, keys_),
       vault_->add_payload(transfer_, subject_, keys_, Payload{.content_type = "application/xml", .bytes = "<a/>"})});
  in_every_state([&] {
    const auto payload = vault_->find_payload(transfer_);
    ASSERT_TRUE(payload);
    EXPECT_EQ(payload->content_type, "application/xml");
    EXPECT_EQ(payload->bytes, "<a/>");
  });
  commit({vault_->drop_payload(transfer_)});
  in_every_state([&] { EXPECT_EQ(vault_->find_payload(transfer_).error().code, ErrorCode::not_found); });
}

TEST_F(VaultTest, gives_back_an_answer_until_it_expires) {
  const Digest key = sha256(as_bytes("client, route, key"));
  const PastReply reply{.body_digest = sha256(as_bytes("body")), .status = 202, .body = R"({"id":"x"})"};
  const auto now = Clock().now();
  commit({vault_->add_reply(key, reply, now + std::chrono::hours{1})});
  in_every_state([&] {
    const auto found = vault_->find_reply(key);
    ASSERT_TRUE(found);
    EXPECT_EQ(found->body_digest, reply.body_digest);
    EXPECT_EQ(found->status, 202);
    EXPECT_EQ(found->body, reply.body);
  });
  EXPECT_FALSE(vault_->find_reply(sha256(as_bytes("another"))));
  open({.clock = Clock(std::chrono::hours{2}), .pace = never});
  EXPECT_FALSE(vault_->find_reply(key));
}

TEST_F(VaultTest, says_not_found_of_what_never_was) {
  EXPECT_EQ(vault_->find_record(record_).error().code, ErrorCode::not_found);
  EXPECT_EQ(vault_->find_payload(transfer_).error().code, ErrorCode::not_found);
  EXPECT_EQ(vault_->keys_of(subject_).error().code, ErrorCode::not_found);
}

TEST_F(VaultTest, nothing_happens_before_a_change_is_durable) {
  static_cast<void>(vault_->add_record(record_, subject_, keys_, "{}"));
  EXPECT_FALSE(vault_->find_record(record_));
  EXPECT_EQ(vault_->pending_bytes(), 0U);
}

TEST_F(VaultTest, says_gone_when_a_key_was_destroyed) {
  commit({vault_->add_subject(subject_, keys_), vault_->add_record(record_, subject_, keys_, "{}"),
          vault_->add_payload(transfer_, subject_, keys_, Payload{.content_type = "text/plain", .bytes = "x"})});
  ASSERT_TRUE(vault_->flush());
  tamper("UPDATE subject SET payload_key = NULL");
  EXPECT_EQ(vault_->keys_of(subject_).error().code, ErrorCode::gone);
  EXPECT_EQ(vault_->find_record(record_).error().code, ErrorCode::gone);
  EXPECT_EQ(vault_->find_payload(transfer_).error().code, ErrorCode::gone);
}

TEST_F(VaultTest, a_destroyed_proof_key_leaves_records_readable) {
  commit({vault_->add_subject(subject_, keys_), vault_->add_record(record_, subject_, keys_, "{}")});
  ASSERT_TRUE(vault_->flush());
  tamper("UPDATE subject SET proof_key = NULL");
  EXPECT_EQ(vault_->keys_of(subject_).error().code, ErrorCode::gone);
  EXPECT_EQ(vault_->find_record(record_).value(), "{}");
}

TEST_F(VaultTest, applied_through_advances_only_when_the_file_has_it) {
  commit({vault_->add_subject(subject_, keys_)});
  commit({});
  EXPECT_EQ(vault_->applied_through(), 0U);
  EXPECT_GT(vault_->pending_bytes(), 0U);
  ASSERT_TRUE(vault_->flush());
  EXPECT_EQ(vault_->applied_through(), 2U);
  EXPECT_EQ(vault_->pending_bytes(), 0U);
  open();
  EXPECT_EQ(vault_->applied_through(), 2U);
}

TEST_F(VaultTest, ignores_batches_it_has_already) {
  const auto first = vault_->add_record(record_, subject_, keys_, "first");
  const auto second = vault_->add_record(record_, subject_, keys_, "second");
  commit({vault_->add_subject(subject_, keys_), first});
  commit({second});
  ASSERT_TRUE(vault_->flush());
  open();
  vault_->on_durable(1, std::vector{first});
  EXPECT_EQ(vault_->find_record(record_).value(), "second");
  EXPECT_EQ(vault_->pending_bytes(), 0U);
}

TEST_F(VaultTest, applies_by_itself_in_time) {
  open({.pace = {.linger = std::chrono::milliseconds{5}, .sync_every = std::chrono::milliseconds{5}}});
  commit({vault_->add_subject(subject_, keys_)});
  for (int i = 0; i < 1000 && vault_->applied_through() == 0; ++i)
    std::this_thread::sleep_for(std::chrono::milliseconds{5});
  EXPECT_EQ(vault_->applied_through(), 1U);
}

TEST_F(VaultTest, refuses_another_master_key) {
  vault_.reset();
  const auto opened = SqliteVault::open(file_, SecretKey(random_bytes<32>()));
  ASSERT_FALSE(opened);
  EXPECT_EQ(opened.error().code, ErrorCode::config);
  EXPECT_NE(opened.error().message.find("another master key"), std::string::npos);
}

TEST_F(VaultTest, keeps_figures_of_outcomes_by_month) {
  const Date november = std::chrono::year{2026} / 11 / 1;
  const exchange::CountedOutcome employed{november, "C01", "vdab", "EMPLOYMENT", "STARTED", ""};
  const exchange::CountedOutcome stopped{
      std::chrono::year{2027} / 1 / 1, "C02", "agii", "TRAINING", "STOPPED", "OTHER"};
  commit({vault_->count_outcome(employed), vault_->count_outcome(employed), vault_->count_outcome(stopped)});
  in_every_state([&] {
    const auto of_year = vault_->counted_outcomes(std::chrono::year{2026} / 1 / 1, std::chrono::year{2027} / 1 / 1);
    ASSERT_TRUE(of_year);
    ASSERT_EQ(of_year->size(), 2U);
    EXPECT_EQ(of_year->front().month, november);
    EXPECT_EQ(of_year->front().centre, "C01");
    EXPECT_EQ(of_year->front().kind, "EMPLOYMENT");
    const auto next =
        vault_->counted_outcomes(std::chrono::year{2027} / 1 / 1, std::chrono::year{2027} / 2 / 1).value();
    ASSERT_EQ(next.size(), 1U);
    EXPECT_EQ(next.front().reason, "OTHER");
    EXPECT_EQ(next.front().recipient, "agii");
  });
}

TEST_F(VaultTest, of_before_there_were_figures_gets_their_table) {
  tamper("DROP TABLE figure");
  const Date month = std::chrono::year{2026} / 11 / 1;
  commit({vault_->count_outcome({month, "C01", "vdab", "TEST", "COMPLETED", ""})});
  ASSERT_TRUE(vault_->flush());
  EXPECT_EQ(vault_->counted_outcomes(month, add_months(month, 1)).value().size(), 1U);
}

TEST_F(VaultTest, refuses_a_file_of_a_newer_version) {
  vault_.reset();
  sqlite3* database = nullptr;
  ASSERT_EQ(sqlite3_open(file_.c_str(), &database), SQLITE_OK);
  sqlite3_exec(database, "UPDATE meta SET value = 6 WHERE name = 'schema'", nullptr, nullptr, nullptr);
  sqlite3_close(database);
  EXPECT_EQ(SqliteVault::open(file_, master_).error().code, ErrorCode::config);
}

TEST_F(VaultTest, refuses_a_file_that_is_no_database) {
  const auto file = folder_.path() / "text.sqlite";
  std::ofstream(file) << std::string(10'000, 'x');
  const auto opened = SqliteVault::open(file, master_);
  ASSERT_FALSE(opened);
  EXPECT_EQ(opened.error().code, ErrorCode::io);
  EXPECT_NE(opened.error().message.find("text.sqlite"), std::string::npos);
}

TEST_F(VaultTest, only_its_owner_may_read_the_files) {
  commit({vault_->add_subject(subject_, keys_)});
  ASSERT_TRUE(vault_->flush());
  int files = 0;
  for (const auto& entry : std::filesystem::directory_iterator(folder_.path())) {
    struct stat info {};
    ASSERT_EQ(::stat(entry.path().c_str(), &info), 0);
    EXPECT_EQ(info.st_mode & 077, 0U) << entry.path();
    ++files;
  }
  EXPECT_GE(files, 2);
}

TEST_F(VaultTest, no_plain_text_reaches_the_disk) {
  const std::string marker = "al-Halabi-marker-in-plain-text";
  const auto mark = vault_->mark(IdentifierKind::fedasil_number, marker);
  commit({vault_->add_subject(subject_, keys_), vault_->add_identifier(mark, subject_),
          vault_->add_record(record_, subject_, keys_, marker),
          vault_->add_payload(transfer_, subject_, keys_, Payload{.content_type = "text/plain", .bytes = marker}),
          vault_->add_reply(sha256(as_bytes("k")), PastReply{.body_digest = {}, .status = 200, .body = marker},
                            Clock().now() + std::chrono::hours{1})});
  ASSERT_TRUE(vault_->flush());
  commit({vault_->drop_payload(transfer_)});
  ASSERT_TRUE(vault_->flush());
  std::size_t searched = 0;
  for (const auto& entry : std::filesystem::directory_iterator(folder_.path())) {
    const auto content = read_file(entry.path()).value();
    EXPECT_EQ(content.find(marker), std::string::npos) << entry.path();
    EXPECT_EQ(content.find(as_text(keys_.payload)), std::string::npos) << entry.path();
    EXPECT_EQ(content.find(as_text(master_.bytes())), std::string::npos) << entry.path();
    searched += content.size();
  }
  EXPECT_GT(searched, 8192U);
}

// Flips each byte of a column, or of a row's document, in turn and reads with a fresh vault each time.
struct Flip {
  const char* table;
  const char* column;
};

class VaultTampering : public VaultTest, public testing::WithParamInterface<Flip> {};

TEST_P(VaultTampering, of_any_byte_is_an_error_and_never_garbage) {
  const Digest key = sha256(as_bytes("k"));
  commit({vault_->add_subject(subject_, keys_), vault_->add_record(record_, subject_, keys_, "record"),
          vault_->add_payload(transfer_, subject_, keys_, Payload{.content_type = "text/plain", .bytes = "payload"}),
          vault_->add_reply(key, PastReply{.body_digest = {}, .status = 200, .body = "reply"},
                            Clock().now() + std::chrono::hours{1})});
  ASSERT_TRUE(vault_->flush());
  vault_.reset();
  const std::string table = GetParam().table;
  const bool is_document = GetParam().column == std::string("document");
  const auto file = is_document ? sealed_path(file_) : file_;
  const auto pristine = read_file(file).value();
  sqlite3* database = nullptr;
  ASSERT_EQ(sqlite3_open(file_.c_str(), &database), SQLITE_OK);
  sqlite3_stmt* query = nullptr;
  const auto columns = is_document ? "place, size" : std::string("CAST(") + GetParam().column + " AS BLOB)";
  ASSERT_EQ(sqlite3_prepare_v2(database, ("SELECT " + columns + " FROM " + table).c_str(), -1, &query, nullptr),
            SQLITE_OK);
  ASSERT_EQ(sqlite3_step(query), SQLITE_ROW);
  const auto value = is_document ? pristine.substr(static_cast<std::size_t>(sqlite3_column_int64(query, 0)),
                                                   static_cast<std::size_t>(sqlite3_column_int64(query, 1)))
                                 : std::string(static_cast<const char*>(sqlite3_column_blob(query, 0)),
                                               static_cast<std::size_t>(sqlite3_column_bytes(query, 0)));
  ASSERT_FALSE(value.empty());
  sqlite3_finalize(query);
  sqlite3_close(database);

  const auto at = pristine.find(value);
  ASSERT_NE(at, std::string::npos);
  for (std::size_t i = 0; i < value.size(); ++i) {
    auto changed = pristine;
    changed[at + i] = static_cast<char>(changed[at + i] ^ 0x10);
    ASSERT_TRUE(replace_file(file, changed));
    open({.readers = 1, .pace = never});
    if (table == "reply") {
      EXPECT_THROW(static_cast<void>(vault_->find_reply(key)), std::runtime_error) << i;
    } else if (table == "payload") {
      EXPECT_EQ(vault_->find_payload(transfer_).error().code, ErrorCode::crypto) << i;
    } else {
      EXPECT_EQ(vault_->find_record(record_).error().code, ErrorCode::crypto) << i;
    }
    vault_.reset();
  }
}

INSTANTIATE_TEST_SUITE_P(Columns, VaultTampering,
                         testing::Values(Flip{"subject", "payload_key"}, Flip{"record", "document"},
                                         Flip{"payload", "document"}, Flip{"payload", "content_type"},
                                         Flip{"reply", "sealed"}),
                         [](const auto& flip) { return std::string(flip.param.table) + "_" + flip.param.column; });

}  // namespace
}  // namespace ketenpoort::storage
