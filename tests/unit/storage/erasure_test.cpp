#include <gtest/gtest.h>
#include <sys/resource.h>

#include <chrono>
#include <future>
#include <optional>
#include <random>
#include <thread>

#include "gateway/ledger/writer/backup_hold.hpp"
#include "gateway/storage/vault/erasure_replay.hpp"
#include "tests/unit/storage/live_state.hpp"

namespace ketenpoort::storage {
namespace {

using exchange::IdentifierKind;

class Erasure : public testing::Test {
 protected:
  TemporaryFolder folder_;
  SecretKey master_{random_bytes<32>()};
};

TEST_F(Erasure, destroys_the_classes_named_and_nothing_else) {
  LiveState live(folder_.path() / "state", master_);
  TestPerson erased{.number = "F0000001", .records = {}, .payloads = {}, .key_bytes = {}, .sealed = {}};
  TestPerson other{.number = "F0000002", .records = {}, .payloads = {}, .key_bytes = {}, .sealed = {}};
  live.change(erased.introduce(*live.vault, 2, 3000));
  live.change(other.introduce(*live.vault, 2, 3000));
  ASSERT_TRUE(live.vault->keys_of(erased.ref));  // so that the keys are in memory

  live.entry(erased_entry(erased.ref, {KeyClass::payload, KeyClass::directory}),
             {live.vault->erase_subject(erased.ref, {KeyClass::payload, KeyClass::directory}, true)});
  const auto check = [&](const SqliteVault& vault) {
    EXPECT_EQ(vault.keys_of(erased.ref).error().code, ErrorCode::gone);
    EXPECT_FALSE(vault.find_record(erased.records.front().first));
    EXPECT_FALSE(vault.find_payload(erased.payloads.front().first));
    EXPECT_FALSE(vault.find_subject(erased.mark(vault)));
    EXPECT_TRUE(vault.is_suppressed(erased.mark(vault)));
    EXPECT_TRUE(vault.find_subjects(erased.mark(vault)).value().empty());
    EXPECT_TRUE(vault.keys_of(other.ref));
    EXPECT_EQ(vault.find_record(other.records.front().first).value(), other.records.front().second);
    EXPECT_EQ(vault.find_subject(other.mark(vault)), other.ref);
    EXPECT_FALSE(vault.is_suppressed(other.mark(vault)));
    EXPECT_TRUE(vault.check_erasures());
  };
  check(*live.vault);
  ASSERT_TRUE(live.vault->flush());
  check(*live.vault);
}

TEST_F(Erasure, is_there_after_a_restart) {
  TestPerson erased{.number = "F0000001", .records = {}, .payloads = {}, .key_bytes = {}, .sealed = {}};
  {
    LiveState live(folder_.path() / "state", master_);
    live.change(erased.introduce(*live.vault, 1, 3000));
    live.change({live.vault->erase_subject(erased.ref, KeyClassSet::all(), true)});
  }
  LiveState live(folder_.path() / "state", master_);
  EXPECT_EQ(live.vault->keys_of(erased.ref).error().code, ErrorCode::gone);
  EXPECT_TRUE(live.vault->is_suppressed(erased.mark(*live.vault)));
  EXPECT_EQ(live.vault->unpurged(), std::vector{erased.ref}) << "what a crash interrupted is still to be purged";
}

TEST_F(Erasure, keeps_a_class_that_is_not_named) {
  LiveState live(folder_.path() / "state", master_);
  TestPerson person{.number = "F0000001", .records = {}, .payloads = {}, .key_bytes = {}, .sealed = {}};
  live.change(person.introduce(*live.vault, 1, 100));
  live.change({live.vault->erase_subject(person.ref, {KeyClass::payload}, false)});
  ASSERT_TRUE(live.vault->flush());
  EXPECT_FALSE(live.vault->find_subject(person.mark(*live.vault))) << "the reference is retired";
  EXPECT_EQ(live.vault->find_subjects(person.mark(*live.vault)).value(), std::vector{person.ref})
      << "but the data subject can still be answered";
  EXPECT_FALSE(live.vault->is_suppressed(person.mark(*live.vault)));

  // Who comes back is somebody new under the same number.
  TestPerson again{.number = "F0000001", .records = {}, .payloads = {}, .key_bytes = {}, .sealed = {}};
  live.change(again.introduce(*live.vault, 1, 100));
  EXPECT_EQ(live.vault->find_subject(person.mark(*live.vault)), again.ref);
  ASSERT_TRUE(live.vault->flush());
  EXPECT_EQ(live.vault->find_subjects(person.mark(*live.vault)).value().size(), 2U);
}

TEST_F(Erasure, what_comes_for_a_destroyed_class_is_not_kept) {
  LiveState live(folder_.path() / "state", master_);
  TestPerson person{.number = "F0000001", .records = {}, .payloads = {}, .key_bytes = {}, .sealed = {}};
  const auto changes = person.introduce(*live.vault, 1, 100);
  live.change(changes);
  live.change({live.vault->erase_subject(person.ref, KeyClassSet::all(), true)});
  live.change(changes);  // as an old journal might bring it again
  EXPECT_EQ(live.vault->keys_of(person.ref).error().code, ErrorCode::gone);
  ASSERT_TRUE(live.vault->flush());
  EXPECT_TRUE(live.vault->check_erasures());
  EXPECT_EQ(live.vault->keys_of(person.ref).error().code, ErrorCode::gone);
}

// Two hundred people of all sizes, so that SQLite moves rows from page to page; a fifth is erased.
TEST_F(Erasure, no_byte_of_what_was_erased_stays_in_the_state_folder) {
  const auto state = folder_.path() / "state";
  std::vector<TestPerson> people(200);
  std::vector<std::string> gone;
  std::vector<std::string> stays;
  {
    LiveState live(state, master_);
    std::mt19937 random(4);
    for (std::size_t i = 0; i < people.size(); ++i) {
      people[i].number = "F" + std::to_string(i);
      live.change(people[i].introduce(*live.vault, 1 + static_cast<int>(random() % 3), 20 + random() % 5000));
      if (i % 40 == 0) ASSERT_TRUE(live.vault->flush());
    }
    std::vector<ledger::VaultChange> erasures;
    for (std::size_t i = 0; i < people.size(); ++i) {
      const bool is_erased = i % 5 == 0;
      auto& texts = is_erased ? gone : stays;
      texts.insert(texts.end(), people[i].key_bytes.begin(), people[i].key_bytes.end());
      if (is_erased) gone.insert(gone.end(), people[i].sealed.begin(), people[i].sealed.end());
      if (is_erased) live.change({live.vault->erase_subject(people[i].ref, KeyClassSet::all(), true)});
    }
    ASSERT_FALSE(files_with(state, gone).empty()) << "the test can find what is there";
    const auto purged = live.start_purger().purge();
    ASSERT_TRUE(purged) << purged.error().message;
    EXPECT_EQ(files_with(state, gone), std::vector<std::string>());
    EXPECT_FALSE(files_with(state, stays).empty());
    EXPECT_TRUE(live.vault->unpurged().empty());
    EXPECT_EQ(live.vault->find_record(people[1].records.front().first).value(), people[1].records.front().second);
  }
  EXPECT_EQ(files_with(state, gone), std::vector<std::string>());
  const LiveState again(state, master_);
  EXPECT_EQ(files_with(state, gone), std::vector<std::string>());
  EXPECT_TRUE(again.vault->keys_of(people[1].ref));
}

// What purging the vault alone would leave behind: this is why it takes VACUUM and the journal's files.
TEST_F(Erasure, of_many_one_after_the_other_goes_together) {
  LiveState live(folder_.path() / "state", master_);
  auto& purger = live.start_purger();
  constexpr int people = 60;
  const auto began = std::chrono::steady_clock::now();
  for (int i = 0; i < people; ++i) {
    TestPerson person{.number = "F" + std::to_string(i), .records = {}, .payloads = {}, .key_bytes = {}, .sealed = {}};
    live.change(person.introduce(*live.vault, 1, 100));
    live.change({live.vault->erase_subject(person.ref, KeyClassSet::all(), true)});
    purger.wake();
    std::this_thread::sleep_for(std::chrono::milliseconds{5});
  }
  for (int look = 0; look < 3000 && !live.vault->unpurged().empty(); ++look)
    std::this_thread::sleep_for(std::chrono::milliseconds{10});
  EXPECT_TRUE(live.vault->unpurged().empty());
  const auto took = std::chrono::steady_clock::now() - began;
  EXPECT_GE(purger.runs(), 1U);
  EXPECT_LT(purger.runs(), people / 2) << "in " << std::chrono::duration<double>(took).count() << " s";
}

TEST(Purger, rests_nine_times_as_long_as_it_worked_but_not_for_ever) {
  using std::chrono::milliseconds;
  EXPECT_EQ(rest_after(milliseconds{0}), milliseconds{0});
  EXPECT_EQ(rest_after(milliseconds{20}), milliseconds{180});
  EXPECT_EQ(rest_after(std::chrono::minutes{30}), std::chrono::minutes{10});
}

TEST_F(Erasure, the_journal_keeps_copies_until_it_is_wiped) {
  const auto state = folder_.path() / "state";
  LiveState live(state, master_);
  TestPerson person{.number = "F1", .records = {}, .payloads = {}, .key_bytes = {}, .sealed = {}};
  live.change(person.introduce(*live.vault, 1, 3000));
  live.change({live.vault->erase_subject(person.ref, KeyClassSet::all(), true)});
  ASSERT_TRUE(live.vault->scrub());
  EXPECT_EQ(files_with(state, person.key_bytes), std::vector<std::string>{"00000001.wal"});
  ASSERT_TRUE(live.start_purger().purge());
  EXPECT_EQ(files_with(state, person.key_bytes), std::vector<std::string>());
}

// So much that SQLite cannot hold it in memory.
void fill(LiveState& live) {
  std::vector<ledger::VaultChange> replies;
  for (int i = 0; i < 6'000; ++i)
    replies.push_back(live.vault->add_reply(sha256(as_bytes(std::to_string(i))),
                                            {Digest{}, 202, std::string(1'000, 'x')},
                                            Clock().now() + std::chrono::hours{1}));
  live.change(std::move(replies));
  ASSERT_TRUE(live.vault->flush());
}

TEST_F(Erasure, writes_the_vault_anew_when_files_can_be_opened_again) {
  LiveState live(folder_.path() / "state", master_);
  TestPerson person{.number = "F1", .records = {}, .payloads = {}, .key_bytes = {}, .sealed = {}};
  live.change(person.introduce(*live.vault, 1, 300));
  fill(live);
  live.change({live.vault->erase_subject(person.ref, KeyClassSet::all(), true)});
  ASSERT_TRUE(live.vault->flush());
  rlimit before{};
  ::getrlimit(RLIMIT_NOFILE, &before);
  const rlimit none{0, before.rlim_max};
  ::setrlimit(RLIMIT_NOFILE, &none);
  const auto failed = live.vault->scrub();
  ::setrlimit(RLIMIT_NOFILE, &before);
  ASSERT_FALSE(failed);
  EXPECT_EQ(failed.error().code, ErrorCode::unavailable) << failed.error().message;
  const auto done = live.vault->scrub();
  EXPECT_TRUE(done) << done.error().message;
}

// What somebody reads the log must keep: the file is not written anew again and again into it.
TEST_F(Erasure, does_not_write_the_vault_anew_while_somebody_reads_it) {
  const auto file = folder_.path() / "state" / "vault.sqlite";
  LiveState live(folder_.path() / "state", master_);
  fill(live);
  ASSERT_TRUE(live.vault->scrub());
  const auto all = std::filesystem::file_size(file);
  live.change({live.vault->add_decision({new_uuid_v4(), random_bytes<16>(), "{}"})});
  std::this_thread::sleep_for(std::chrono::milliseconds{300});  // in the log, and not in the file yet
  auto reader = Database::open(file, Database::Access::read).value();
  ASSERT_TRUE(reader.execute("BEGIN; SELECT count(*) FROM decision"));
  auto scrubbing = std::async(std::launch::async, [&] { return live.vault->scrub(); });
  std::this_thread::sleep_for(std::chrono::seconds{2});
  EXPECT_LT(std::filesystem::file_size(file.string() + "-wal"), all / 2);
  ASSERT_TRUE(reader.execute("COMMIT"));
  EXPECT_TRUE(scrubbing.get());
  EXPECT_EQ(std::filesystem::file_size(file.string() + "-wal"), 0U);
}

// The backup keeps the purge waiting for the journal, when the vault has been written anew.
TEST_F(Erasure, of_more_of_somebody_during_a_purge_is_purged_as_well) {
  const auto state = folder_.path() / "state";
  LiveState live(state, master_);
  TestPerson person{.number = "F1", .records = {}, .payloads = {}, .key_bytes = {}, .sealed = {}};
  live.change(person.introduce(*live.vault, 1, 3000));
  auto& purger = live.start_purger();
  std::this_thread::sleep_for(std::chrono::milliseconds{200});  // it has looked, and found nothing
  live.change({live.vault->erase_subject(person.ref, {KeyClass::payload}, true)});
  std::optional hold(ledger::BackupHold::take(state).value());
  auto purging = std::async(std::launch::async, [&] { return purger.purge(); });
  while (purger.runs() == 0 || live.vault->last_rewriting().count() == 0)
    std::this_thread::sleep_for(std::chrono::milliseconds{5});
  live.change({live.vault->erase_subject(person.ref, {KeyClass::proof}, true)});
  hold.reset();
  ASSERT_TRUE(purging.get());
  EXPECT_EQ(live.vault->unpurged(), std::vector{person.ref}) << "of the second there may be copies";
  ASSERT_TRUE(purger.purge());
  EXPECT_TRUE(live.vault->unpurged().empty());
  EXPECT_EQ(files_with(state, {person.key_bytes[0], person.key_bytes[1]}), std::vector<std::string>());
}

TEST_F(Erasure, of_the_log_is_done_again_on_an_older_vault) {
  const auto state = folder_.path() / "state";
  const auto old_vault = folder_.path() / "old.sqlite";
  TestPerson person{.number = "F1", .records = {}, .payloads = {}, .key_bytes = {}, .sealed = {}};
  {
    LiveState live(state, master_);
    live.change(person.introduce(*live.vault, 1, 3000));
    ASSERT_TRUE(live.vault->flush());
  }
  std::filesystem::copy_file(state / "vault.sqlite", old_vault);
  {
    LiveState live(state, master_);
    live.entry(erased_entry(person.ref, {KeyClass::payload, KeyClass::directory}),
               {live.vault->erase_subject(person.ref, {KeyClass::payload, KeyClass::directory}, true)});
    ASSERT_TRUE(live.start_purger().purge());
  }
  std::filesystem::remove_all(state / "journal");
  for (const auto* suffix : {"", "-wal", "-shm"})
    std::filesystem::remove(state / (std::string("vault.sqlite") + suffix));
  std::filesystem::copy_file(old_vault, state / "vault.sqlite");

  LiveState live(state, master_);
  ASSERT_TRUE(live.vault->keys_of(person.ref)) << "the older vault has the keys";
  const auto replayed = replay_erasures(*live.sequencer, *live.vault);
  ASSERT_TRUE(replayed) << replayed.error().message;
  EXPECT_EQ(*replayed, 1U);
  EXPECT_EQ(live.vault->keys_of(person.ref).error().code, ErrorCode::gone);
  EXPECT_TRUE(live.vault->is_suppressed(person.mark(*live.vault)));
  EXPECT_EQ(replay_erasures(*live.sequencer, *live.vault).value(), 0U);
  ASSERT_TRUE(live.start_purger().purge());
  auto gone = person.sealed;
  gone.push_back(person.key_bytes[0]);
  gone.push_back(person.key_bytes[2]);
  EXPECT_EQ(files_with(state, gone), std::vector<std::string>());
  EXPECT_EQ(files_with(state, {person.key_bytes[1]}), std::vector<std::string>{"vault.sqlite"}) << "proof was kept";
}

TEST_F(Erasure, by_retention_leaves_no_mark_when_it_is_done_again) {
  const auto state = folder_.path() / "state";
  TestPerson person{.number = "F1", .records = {}, .payloads = {}, .key_bytes = {}, .sealed = {}};
  LiveState live(state, master_);
  live.change(person.introduce(*live.vault, 1, 300));
  live.entry(erased_entry(person.ref, KeyClassSet::all(), std::string(ledger::retention_role)));  // the vault lost it
  ASSERT_EQ(replay_erasures(*live.sequencer, *live.vault).value(), 1U);
  EXPECT_EQ(live.vault->keys_of(person.ref).error().code, ErrorCode::gone);
  EXPECT_FALSE(live.vault->is_suppressed(person.mark(*live.vault)));
}

TEST_F(Erasure, a_check_of_the_vault_finds_a_key_that_came_back) {
  const auto state = folder_.path() / "state";
  TestPerson person{.number = "F1", .records = {}, .payloads = {}, .key_bytes = {}, .sealed = {}};
  {
    LiveState live(state, master_);
    live.change(person.introduce(*live.vault, 1, 300));
    live.entry(erased_entry(person.ref, KeyClassSet::all()),
               {live.vault->erase_subject(person.ref, KeyClassSet::all(), true)});
    ASSERT_TRUE(live.vault->flush());
    ASSERT_TRUE(live.vault->check_erasures());
  }
  auto database = Database::open(state / "vault.sqlite", Database::Access::write).value();
  ASSERT_TRUE(database.execute("UPDATE subject SET proof_key = x'00'"));
  const LiveState live(state, master_);
  const auto check = live.vault->check_erasures();
  ASSERT_FALSE(check);
  EXPECT_NE(check.error().message.find("invariant 9"), std::string::npos);
  EXPECT_FALSE(replay_erasures(*live.sequencer, *live.vault)) << "a start must not go on";
}

TEST_F(Erasure, a_decision_waits_over_restarts_and_a_newer_one_takes_its_place) {
  const auto state = folder_.path() / "state";
  const SubjectRef subject = random_bytes<16>();
  const exchange::PendingDecision decision{new_uuid_v4(), subject, R"({"classes":["payload"]})"};
  {
    LiveState live(state, master_);
    EXPECT_FALSE(live.vault->find_decision(subject));
    live.change({live.vault->add_decision(decision)});
    EXPECT_EQ(live.vault->find_decision(subject)->json, decision.json);
  }
  LiveState live(state, master_);
  ASSERT_TRUE(live.vault->find_decision(subject));
  EXPECT_EQ(live.vault->find_decision(subject)->id, decision.id);
  live.change({live.vault->drop_decision(decision.id)});
  EXPECT_FALSE(live.vault->find_decision(subject));
}

// A proposal names numbers by their marks: it goes with the person, wherever it lies when the erasure comes.
TEST_F(Erasure, takes_the_decisions_that_wait) {
  const auto state = folder_.path() / "state";
  TestPerson erased{.number = "F1", .records = {}, .payloads = {}, .key_bytes = {}, .sealed = {}};
  TestPerson other{.number = "F2", .records = {}, .payloads = {}, .key_bytes = {}, .sealed = {}};
  const auto decide = [](const SubjectRef& subject) {
    return exchange::PendingDecision{new_uuid_v4(), subject, R"({"kind":"link"})"};
  };
  const auto in_file = [](const SqliteVault& vault) {
    std::size_t count = 0;
    EXPECT_TRUE(vault.look([&](VaultReader& reader) { return reader.each_decision([&](const auto&) { ++count; }); }));
    return count;
  };
  {
    LiveState live(state, master_);
    live.change(erased.introduce(*live.vault, 1, 100));
    live.change(other.introduce(*live.vault, 1, 100));
    live.change({live.vault->add_decision(decide(erased.ref)), live.vault->add_decision(decide(other.ref))});
    ASSERT_TRUE(live.vault->flush());
    ASSERT_EQ(in_file(*live.vault), 2U);
    // One in the file, one that has not reached it, and one proposed later, of what is left to erase.
    const auto later = decide(erased.ref);
    live.change({live.vault->add_decision(decide(erased.ref)),
                 live.vault->erase_subject(erased.ref, {KeyClass::payload, KeyClass::directory}, true),
                 live.vault->add_decision(later)});
    ASSERT_EQ(live.vault->find_decisions(erased.ref).size(), 1U);
    EXPECT_EQ(live.vault->find_decisions(erased.ref).front().id, later.id);
    ASSERT_TRUE(live.vault->flush());
    EXPECT_EQ(in_file(*live.vault), 2U);
    EXPECT_TRUE(live.vault->check_erasures());
    live.change({live.vault->erase_subject(erased.ref, KeyClassSet::all(), true),
                 live.vault->add_decision(decide(erased.ref))});
    EXPECT_TRUE(live.vault->find_decisions(erased.ref).empty()) << "nothing is left to decide about";
    EXPECT_EQ(live.vault->find_decisions(other.ref).size(), 1U);
    ASSERT_TRUE(live.vault->flush());
    EXPECT_EQ(in_file(*live.vault), 1U);
    EXPECT_TRUE(live.vault->check_erasures());
  }
  const LiveState live(state, master_);
  EXPECT_TRUE(live.vault->find_decisions(erased.ref).empty());
  EXPECT_EQ(live.vault->find_decisions(other.ref).size(), 1U);
}

TEST_F(Erasure, a_check_of_the_vault_finds_a_decision_that_came_back) {
  const auto state = folder_.path() / "state";
  TestPerson person{.number = "F1", .records = {}, .payloads = {}, .key_bytes = {}, .sealed = {}};
  {
    LiveState live(state, master_);
    live.change(person.introduce(*live.vault, 1, 300));
    live.change({live.vault->erase_subject(person.ref, KeyClassSet::all(), true)});
    ASSERT_TRUE(live.vault->flush());
  }
  auto database = Database::open(state / "vault.sqlite", Database::Access::write).value();
  ASSERT_TRUE(database.execute("INSERT INTO decision SELECT randomblob(16), subject, x'00' FROM erasure"));
  const LiveState live(state, master_);
  EXPECT_FALSE(live.vault->check_erasures());
}

}  // namespace
}  // namespace ketenpoort::storage
