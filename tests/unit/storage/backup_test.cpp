#include "gateway/storage/backup/backup.hpp"

#include <gtest/gtest.h>
#include <sys/stat.h>

#include <atomic>
#include <fstream>
#include <random>
#include <stdexcept>
#include <thread>

#include "gateway/base/files.hpp"
#include "gateway/ledger/checkpoint/checkpoint.hpp"
#include "gateway/ledger/entry/bodies.hpp"
#include "gateway/ledger/tree/segments.hpp"
#include "gateway/ledger/writer/journal.hpp"
#include "gateway/storage/backup/backup_files.hpp"
#include "gateway/storage/backup/backup_folder.hpp"
#include "gateway/storage/vault/erasure_replay.hpp"
#include "tests/unit/storage/live_state.hpp"

namespace ketenpoort::storage {
namespace {

namespace fs = std::filesystem;

const BackupProgress quiet = [](std::string_view, std::uint64_t, std::uint64_t) {};

class Backup : public testing::Test {
 protected:
  [[nodiscard]] RestoreWishes wishes() const { return {folder_.path() / "back", key_, master_, {}, {}}; }
  Result<Manifest> back_up() {
    return make_backup(state_, backup_, "ketenpoort test", Timestamp(std::chrono::milliseconds{1'000}), quiet);
  }
  // Somebody in the vault and in the log.
  TestPerson add(LiveState& live, std::string number) {
    TestPerson person{.number = std::move(number), .records = {}, .payloads = {}, .key_bytes = {}, .sealed = {}};
    ledger::SubjectRestricted body;
    live.entry({.kind = std::string(ledger::SubjectRestricted::kind),
                .actor = {.type = "system", .org = {}, .role = {}, .op = {}},
                .subject = person.ref,
                .body = ledger::encode_body(body)},
               person.introduce(*live.vault, 2, 2000));
    return person;
  }

  TemporaryFolder folder_;
  fs::path state_ = folder_.path() / "state";
  fs::path backup_ = folder_.path() / "backup";
  SecretKey master_{random_bytes<32>()};
  ledger::VerifierKey key_ = test_log_key().verifier();
};

TEST_F(Backup, of_a_running_gateway_brings_everything_back) {
  std::vector<TestPerson> people;
  std::uint64_t entries = 0;
  {
    LiveState live(state_, master_);
    for (int i = 0; i < 300; ++i) people.push_back(add(live, "F" + std::to_string(i)));
    entries = live.sequencer->size();
    const auto made = back_up();
    ASSERT_TRUE(made) << made.error().message;
    EXPECT_EQ(made->entries, entries);
    EXPECT_EQ(made->origin, "example.be/ketenpoort/vault-test");
  }
  const auto check = check_backup(backup_, key_, {}, quiet);
  ASSERT_TRUE(check) << check.error().message;
  const auto restored = restore_backup(backup_, wishes(), quiet);
  ASSERT_TRUE(restored) << restored.error().message;
  EXPECT_EQ(restored->entries, entries);

  const LiveState live(folder_.path() / "back", master_);
  EXPECT_EQ(live.sequencer->size(), entries);
  for (const auto& person : people) {
    EXPECT_EQ(live.vault->find_subject(person.mark(*live.vault)), person.ref);
    for (const auto& [id, text] : person.records) EXPECT_EQ(live.vault->find_record(id).value(), text);
    for (const auto& [id, text] : person.payloads) EXPECT_EQ(live.vault->find_payload(id).value().bytes, text);
  }
}

// Whatever moment of a busy gateway a backup catches: it opens, and no entry is there without its record.
TEST_F(Backup, at_any_moment_is_one_state) {
  std::vector<TestPerson> people;
  std::mutex mutex;
  std::atomic<bool> stop{false};
  {
    LiveState live(state_, master_);
    struct Writer {
      std::atomic<bool>& stop;
      std::thread thread;
      ~Writer() {
        stop = true;
        thread.join();
      }
    } writer{stop, std::thread([&] {
               for (int i = 0; !stop; ++i) {
                 auto person = add(live, "F" + std::to_string(i));
                 const std::lock_guard lock(mutex);
                 people.push_back(std::move(person));
               }
             })};
    std::mt19937 random(3);
    for (int round = 0; round < 8; ++round) {
      std::this_thread::sleep_for(std::chrono::milliseconds{random() % 60});
      backup_ = folder_.path() / ("backup-" + std::to_string(round));
      const auto before = [&] {
        const std::lock_guard lock(mutex);
        return people.size();
      }();
      const auto made = back_up();
      ASSERT_TRUE(made) << made.error().message;
      EXPECT_GE(made->entries, before) << "what was acknowledged before it began is in it";
    }
  }
  for (int round = 0; round < 8; ++round) {
    auto back = wishes();
    back.state = folder_.path() / ("back-" + std::to_string(round));
    const auto restored = restore_backup(folder_.path() / ("backup-" + std::to_string(round)), back, quiet);
    ASSERT_TRUE(restored) << restored.error().message;
    const LiveState live(back.state, master_);
    const auto known = restored->entries - 1;  // but for ledger.opened each is about one person
    ASSERT_LE(known, people.size());
    for (std::size_t i = 0; i < people.size(); ++i) {
      const bool there = live.vault->find_record(people[i].records.front().first).has_value();
      ASSERT_EQ(there, i < known) << "round " << round << " person " << i << " of " << known;
    }
  }
}

TEST_F(Backup, is_not_restored_shorter_than_a_checkpoint_known_elsewhere) {
  std::string early, late;
  {
    LiveState live(state_, master_);
    add(live, "F1");
    live.sequencer->wait_until_published(live.sequencer->size());
    early = live.sequencer->checkpoint();
    ASSERT_TRUE(back_up());
    add(live, "F2");
    add(live, "F3");
    live.sequencer->wait_until_published(live.sequencer->size());
    late = live.sequencer->checkpoint();
  }
  auto back = wishes();
  back.checkpoints = {{early}, {late}};
  const auto refused = restore_backup(backup_, back, quiet);
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, ErrorCode::conflict);
  EXPECT_NE(refused.error().message.find("the log had 4 entries"), std::string::npos) << refused.error().message;
  EXPECT_FALSE(fs::exists(back.state));
  back.checkpoints = {{early}};
  EXPECT_TRUE(restore_backup(backup_, back, quiet));
}

TEST_F(Backup, follows_the_keys_of_a_log) {
  std::string early;
  const auto next = ledger::SigningKey::generate(key_.name()).value();
  {
    LiveState live(state_, master_);
    add(live, "F1");
    live.sequencer->wait_until_published(live.sequencer->size());
    early = live.sequencer->checkpoint();
    ASSERT_TRUE(live.sequencer->rotate_key(next));
    add(live, "F2");
    live.sequencer->wait_until_published(live.sequencer->size());
    ASSERT_TRUE(back_up());
  }
  EXPECT_TRUE(check_backup(backup_, key_, {}, quiet));
  EXPECT_TRUE(check_backup(backup_, next.verifier(), {}, quiet));
  const auto stranger = ledger::SigningKey::generate(key_.name()).value().verifier();
  const auto refused = check_backup(backup_, stranger, {}, quiet);
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, ErrorCode::crypto);

  const auto new_key = next.verifier();
  RestoreWishes back{folder_.path() / "back", new_key, master_, {{early}}, {}};
  const auto restored = restore_backup(backup_, back, quiet);
  EXPECT_TRUE(restored) << restored.error().message;
}

TEST_F(Backup, from_before_a_rotation_says_which_checkpoint_it_knows_no_key_of) {
  std::string late;
  const auto next = ledger::SigningKey::generate(key_.name()).value();
  {
    LiveState live(state_, master_);
    add(live, "F1");
    live.sequencer->wait_until_published(live.sequencer->size());
    ASSERT_TRUE(back_up());
    ASSERT_TRUE(live.sequencer->rotate_key(next));
    live.sequencer->wait_until_published(live.sequencer->size());
    late = live.sequencer->checkpoint();
  }
  auto back = wishes();
  back.checkpoints = {{late, "kept/from-vdab.txt"}};
  const auto refused = restore_backup(backup_, back, quiet);
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, ErrorCode::invalid_input);
  EXPECT_TRUE(refused.error().message.starts_with("kept/from-vdab.txt: ")) << refused.error().message;
  EXPECT_NE(refused.error().message.find("take a newer backup"), std::string::npos) << refused.error().message;
  EXPECT_FALSE(fs::exists(back.state));
}

TEST_F(Backup, is_not_restored_against_another_history) {
  {
    LiveState live(state_, master_);
    add(live, "F1");
    live.sequencer->wait_until_published(live.sequencer->size());
    ASSERT_TRUE(back_up());
  }
  auto back = wishes();
  ledger::Checkpoint forged{key_.name(), 2, {}};
  forged.root.fill(1);
  back.checkpoints = {{ledger::sign_checkpoint(forged, test_log_key()).value()}};
  const auto refused = restore_backup(backup_, back, quiet);
  ASSERT_FALSE(refused);
  EXPECT_NE(refused.error().message.find("another history"), std::string::npos);

  const auto stranger = ledger::SigningKey::generate("example.be/ketenpoort/vault-test").value();
  back.checkpoints = {{ledger::sign_checkpoint(forged, stranger).value()}};
  EXPECT_EQ(restore_backup(backup_, back, quiet).error().code, ErrorCode::invalid_input);
}

TEST_F(Backup, erasures_after_it_are_done_again_with_the_newer_log) {
  TestPerson erased, kept;
  {
    LiveState live(state_, master_);
    erased = add(live, "F1");
    kept = add(live, "F2");
    ASSERT_TRUE(back_up());
    live.entry(erased_entry(erased.ref, KeyClassSet::all()),
               {live.vault->erase_subject(erased.ref, KeyClassSet::all(), true)});
    live.sequencer->wait_until_published(live.sequencer->size());
  }
  auto back = wishes();
  back.newer_ledger = state_ / "ledger";
  const auto restored = restore_backup(backup_, back, quiet);
  ASSERT_TRUE(restored) << restored.error().message;
  EXPECT_EQ(restored->entries, 4U);

  LiveState live(back.state, master_);
  EXPECT_EQ(live.sequencer->size(), 4U);
  EXPECT_EQ(replay_erasures(*live.sequencer, *live.vault).value(), 1U);
  EXPECT_EQ(live.vault->keys_of(erased.ref).error().code, ErrorCode::gone);
  EXPECT_TRUE(live.vault->is_suppressed(erased.mark(*live.vault)));
  EXPECT_TRUE(live.vault->find_record(kept.records.front().first));
  ASSERT_TRUE(live.start_purger().purge());
  EXPECT_EQ(files_with(back.state, erased.key_bytes), std::vector<std::string>());
  add(live, "F3");  // and the log goes on
  EXPECT_EQ(live.sequencer->size(), 5U);
}

TEST_F(Backup, what_came_after_it_is_named_when_the_newer_log_is_taken) {
  const auto early = new_uuid_v7(Clock().now());
  const auto late = new_uuid_v7(Clock().now());
  const auto open = new_uuid_v7(Clock().now());
  const auto acknowledged = new_uuid_v7(Clock().now());
  const auto received = [](RecordId id) {
    ledger::EntryDraft draft;
    draft.kind = ledger::RecordReceived::kind;
    draft.body =
        ledger::encode_body(ledger::RecordReceived{id, {"match-it", "0123456749", "C01"}, "application/json", {}, 9});
    return draft;
  };
  const auto permitted = [](TransferId id, std::uint32_t attempt) {
    ledger::EntryDraft draft;
    draft.kind = ledger::TransferPermitted::kind;
    draft.tx = id;
    ledger::TransferPermitted body;
    body.attempt = attempt;
    body.basis = body.centre = body.message = body.purpose = body.recipient = "x";
    body.recipient_body = "0887010362";
    body.decided_for = Date{std::chrono::year{2026}, std::chrono::month{11}, std::chrono::day{24}};
    body.mapping = {"m", "1.0.0", {}, 0};
    draft.body = ledger::encode_body(body);
    return draft;
  };
  const auto outcome = [](const Uuid& reported) {
    ledger::EntryDraft draft;
    draft.kind = ledger::OutcomeReceived::kind;
    ledger::OutcomeReceived body;
    body.outcome = reported;
    body.purpose = body.recipient = "x";
    body.sort = "TRAINING";
    body.status = "INVITED";
    body.decided_for = Date{std::chrono::year{2026}, std::chrono::month{11}, std::chrono::day{24}};
    draft.body = ledger::encode_body(body);
    return draft;
  };
  const Uuid early_outcome = new_uuid_v7(Clock().now());
  const Uuid late_outcome = new_uuid_v7(Clock().now());
  ledger::EntryDraft end;
  end.kind = ledger::TransferAcknowledged::kind;
  end.tx = acknowledged;
  end.body = ledger::encode_body(ledger::TransferAcknowledged{1, {}, "X"});
  std::vector<std::string> lines;
  Uuid id = new_uuid_v7(Clock().now());
  const auto add_line = [&](ledger::EntryDraft draft) {
    draft.actor = {"system", "0123456749", "gateway", ""};
    lines.push_back(ledger::encode_entry(lines.size(), Clock().now(), id, "node-1", draft));
    ++id.bytes[15];
  };
  add_line(received(early));
  add_line(outcome(early_outcome));
  add_line(received(late));
  add_line(outcome(late_outcome));
  add_line(permitted(open, 1));
  add_line(permitted(open, 2));
  add_line(permitted(acknowledged, 1));
  add_line(end);
  std::string records;
  for (const auto& line : lines) ledger::append_record(records, line);
  fs::create_directories(folder_.path() / "log/segments");
  std::ofstream(folder_.path() / "log" / ledger::segment_path(0), std::ios::binary) << records;

  const auto lost = find_lost_payloads(folder_.path() / "log", 2, lines.size());
  ASSERT_TRUE(lost) << lost.error().message;
  EXPECT_EQ(lost->records, std::vector{late});
  EXPECT_EQ(lost->transfers, std::vector{open});
  EXPECT_EQ(lost->outcomes, std::vector{late_outcome});
  EXPECT_FALSE(find_lost_payloads(folder_.path() / "log", 3, 4)->empty()) << "though there is nothing but an outcome";
  EXPECT_TRUE(find_lost_payloads(folder_.path() / "log", lines.size(), lines.size())->empty());
  EXPECT_FALSE(find_lost_payloads(folder_.path() / "log", 0, lines.size() + 1));
}

TEST_F(Backup, an_older_or_another_ledger_is_no_newer_one) {
  fs::path old_ledger = folder_.path() / "old-ledger";
  {
    LiveState live(state_, master_);
    add(live, "F1");
    live.sequencer->wait_until_published(live.sequencer->size());
    fs::copy(state_ / "ledger", old_ledger, fs::copy_options::recursive);
    add(live, "F2");
    live.sequencer->wait_until_published(live.sequencer->size());
    ASSERT_TRUE(back_up());
  }
  auto back = wishes();
  back.newer_ledger = old_ledger;
  EXPECT_EQ(restore_backup(backup_, back, quiet).error().code, ErrorCode::conflict);
  {
    LiveState live(folder_.path() / "other", master_);
    for (int i = 0; i < 5; ++i) add(live, "F" + std::to_string(i));
    live.sequencer->wait_until_published(live.sequencer->size());
  }
  back.newer_ledger = folder_.path() / "other" / "ledger";
  const auto refused = restore_backup(backup_, back, quiet);
  ASSERT_FALSE(refused);
  EXPECT_NE(refused.error().message.find("another history"), std::string::npos) << refused.error().message;
}

TEST_F(Backup, a_changed_missing_or_added_file_is_found) {
  {
    LiveState live(state_, master_);
    for (int i = 0; i < 20; ++i) add(live, "F" + std::to_string(i));
    live.sequencer->wait_until_published(live.sequencer->size());
    ASSERT_TRUE(back_up());
  }
  const auto manifest = check_backup(backup_, key_, {}, quiet).value().manifest;
  ASSERT_GE(manifest.files.size(), 4U);
  std::mt19937 random(8);
  for (const auto& file : manifest.files) {
    const auto path = backup_ / file.path;
    const auto content = whole_file(path);
    if (content.empty()) continue;
    auto changed = content;
    changed[random() % changed.size()] ^= 1;
    ASSERT_TRUE(replace_file(path, changed));
    EXPECT_FALSE(check_backup(backup_, key_, {}, quiet)) << file.path;
    EXPECT_FALSE(restore_backup(backup_, wishes(), quiet)) << file.path;
    fs::remove(path);
    EXPECT_FALSE(check_backup(backup_, key_, {}, quiet)) << file.path;
    ASSERT_TRUE(replace_file(path, content));
  }
  ASSERT_TRUE(check_backup(backup_, key_, {}, quiet));
  ASSERT_TRUE(replace_file(backup_ / "ledger" / "stranger", "x"));
  EXPECT_FALSE(check_backup(backup_, key_, {}, quiet));
}

TEST_F(Backup, goes_into_an_empty_folder_and_back_into_an_empty_state) {
  {
    LiveState live(state_, master_);
    add(live, "F1");
    fs::create_directories(backup_);
    ASSERT_TRUE(replace_file(backup_ / "something", "x"));
    EXPECT_EQ(back_up().error().code, ErrorCode::conflict);
    fs::remove(backup_ / "something");
    ASSERT_TRUE(back_up());
  }
  auto back = wishes();
  back.state = state_;
  EXPECT_EQ(restore_backup(backup_, back, quiet).error().code, ErrorCode::conflict);
}

// Whatever it stumbles over, and wherever: nothing is left, and the next one goes into the same folder.
class FailingBackup : public Backup {
 protected:
  FailingBackup() {
    LiveState live(state_, master_);
    for (int i = 0; i < 5; ++i) add(live, "F" + std::to_string(i));
    live.sequencer->wait_until_published(live.sequencer->size());
    for (const auto* folder : {"mappings", "webhooks", "activities"}) {
      fs::create_directories(state_ / folder);
      EXPECT_TRUE(replace_file(state_ / folder / "one", "x"));
    }
    EXPECT_TRUE(replace_file(state_ / "test-clock", "0"));
  }
  void expect_nothing_left(const std::string& what) {
    EXPECT_FALSE(fs::exists(backup_)) << what;
    fs::create_directories(backup_);
    EXPECT_FALSE(back_up()) << what;
    EXPECT_TRUE(fs::exists(backup_) && fs::is_empty(backup_)) << what << ": it was there before";
    fs::remove(backup_);
  }
};

TEST_F(FailingBackup, that_is_broken_off_at_any_step_leaves_nothing) {
  int steps = 0;
  for (bool failed = true; failed; ++steps) {
    int left = steps;
    failed = false;
    try {
      const auto made = make_backup(state_, backup_, "test", Timestamp{}, [&](std::string_view, auto, auto) {
        if (left-- == 0) throw std::runtime_error("stop");
      });
      ASSERT_TRUE(made) << made.error().message;
    } catch (const std::runtime_error&) {
      failed = true;
      ASSERT_FALSE(fs::exists(backup_)) << "step " << steps;
    }
  }
  EXPECT_GT(steps, 5);
  EXPECT_TRUE(check_backup(backup_, key_, {}, quiet));
  EXPECT_FALSE(fs::exists(backup_ / ".ketenpoort-unfinished"));
}

TEST_F(FailingBackup, of_what_cannot_be_read_leaves_nothing) {
  for (const auto* part : {"vault.sqlite", "ledger/segments", "ledger/tile", "ledger/checkpoint", "journal",
                           "mappings/one", "webhooks/one", "activities/one", "test-clock"}) {
    const auto away = folder_.path() / "away";
    fs::rename(state_ / part, away);
    const bool was_folder = fs::is_directory(away);
    // In its place something that can be no such thing.
    if (was_folder)
      ASSERT_TRUE(replace_file(state_ / part, "x")) << part;
    else
      ASSERT_EQ(::mkfifo((state_ / part).c_str(), 0600), 0) << part;
    if (!was_folder && std::string_view(part) != "mappings/one" && std::string_view(part) != "webhooks/one" &&
        std::string_view(part) != "activities/one") {
      fs::remove(state_ / part);  // a pipe would be waited for
      fs::create_directories(state_ / part);
    }
    EXPECT_FALSE(back_up()) << part;
    expect_nothing_left(part);
    fs::remove_all(state_ / part);
    fs::rename(away, state_ / part);
  }
  EXPECT_TRUE(back_up());
}

TEST_F(FailingBackup, that_is_killed_leaves_what_the_next_one_clears_away) {
  fs::create_directories(backup_ / ".ketenpoort-unfinished/ledger");
  ASSERT_TRUE(replace_file(backup_ / ".ketenpoort-unfinished/vault.sqlite", "half"));
  ASSERT_TRUE(replace_file(backup_ / "vault.sqlite", "put in place before the end"));
  for (const auto* folder : {"mappings", "webhooks", "activities"}) fs::create_directories(backup_ / folder);
  ASSERT_TRUE(replace_file(backup_ / "2026-11-24", "of somebody who used the folder since"));
  EXPECT_EQ(back_up().error().code, ErrorCode::conflict);
  EXPECT_TRUE(fs::exists(backup_ / "vault.sqlite"));
  ASSERT_TRUE(fs::remove(backup_ / "2026-11-24"));
  const auto made = back_up();
  ASSERT_TRUE(made) << made.error().message;
  EXPECT_TRUE(check_backup(backup_, key_, {}, quiet));
  EXPECT_EQ(back_up().error().code, ErrorCode::conflict) << "a whole one is never cleared away";
  fs::create_directories(backup_ / ".ketenpoort-unfinished");
  EXPECT_EQ(back_up().error().code, ErrorCode::conflict);
  EXPECT_TRUE(check_backup(backup_, key_, {}, quiet));
  discard_backup(backup_);
  EXPECT_TRUE(fs::is_empty(backup_));
}

TEST_F(Backup, of_a_vault_and_a_journal_with_a_gap_between_them_is_none) {
  const auto from = folder_.path() / "journal";
  fs::create_directories(from);
  const ledger::JournalBatch batch{.number = 5, .first_seq = 0, .entries = 0, .records = {}, .changes = {{1, "x"}}};
  ASSERT_TRUE(replace_file(from / "00000001.wal", ledger::encode_frame(batch, {.file = nullptr, .part = 1})));
  EXPECT_TRUE(copy_journal(from, folder_.path() / "whole", 4, 0));
  const auto torn = copy_journal(from, folder_.path() / "torn", 3, 0);
  ASSERT_FALSE(torn);
  EXPECT_EQ(torn.error().code, ErrorCode::unavailable);
}

// A place in a feed, a mapping: written beside, and moved into their place. What a backup meets there may be gone by
// then.
TEST_F(FailingBackup, leaves_out_what_is_on_its_way_into_its_place) {
  ASSERT_TRUE(replace_file(state_ / "webhooks" / "two.new", "half"));
  fs::create_directories(state_ / "mappings" / "ab.unfinished");
  ASSERT_TRUE(replace_file(state_ / "mappings" / "ab.unfinished" / "file", "half"));
  fs::create_directories(state_ / "mappings" / "ab" / "below");
  ASSERT_TRUE(replace_file(state_ / "mappings" / "ab" / "below" / "file", "whole"));
  ASSERT_TRUE(back_up());
  EXPECT_EQ(read_file(backup_ / "mappings" / "ab" / "below" / "file").value(), "whole");
  EXPECT_TRUE(fs::exists(backup_ / "webhooks" / "one"));
  EXPECT_FALSE(fs::exists(backup_ / "webhooks" / "two.new"));
  EXPECT_FALSE(fs::exists(backup_ / "mappings" / "ab.unfinished"));
}

TEST_F(FailingBackup, two_at_once_do_not_meet_in_one_folder) {
  auto first = BackupFolder::begin(backup_);
  ASSERT_TRUE(first);
  const auto second = back_up();
  ASSERT_FALSE(second);
  EXPECT_EQ(second.error().code, ErrorCode::conflict);
  EXPECT_TRUE(fs::exists(first->files()));
}

TEST_F(Backup, holds_nothing_that_opens_without_the_master_key) {
  TestPerson person;
  {
    LiveState live(state_, master_);
    person = add(live, "F0000007");
    ASSERT_TRUE(back_up());
  }
  const auto& plain = master_.bytes();
  EXPECT_EQ(files_with(backup_, {std::string(plain.begin(), plain.end()), person.records.front().second, "F0000007"}),
            std::vector<std::string>());
}

}  // namespace
}  // namespace ketenpoort::storage
