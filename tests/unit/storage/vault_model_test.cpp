#include "tests/unit/storage/vault_model.hpp"

#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>
#include <thread>

#include "tests/unit/storage/temporary_folder.hpp"

namespace ketenpoort::storage {

std::string VaultModel::difference(const SqliteVault& vault) const {
  for (const auto& [ref, keys] : subjects) {
    const auto found = vault.keys_of(ref);
    if (!found) return "subject: " + found.error().message;
    if (found->payload != keys.payload || found->proof != keys.proof || found->directory != keys.directory)
      return "keys";
  }
  for (const auto& [mark, ref] : identifiers)
    if (vault.find_subject(mark) != ref) return "identifier";
  for (const auto& [id, row] : records)
    if (vault.find_record(id) != row.text) return "record";
  for (const auto& [id, row] : payloads) {
    const auto found = vault.find_payload(id);
    if (!found) return "payload: " + found.error().message;
    if (found->bytes != row.text) return "payload";
  }
  for (const auto& [id, is_dropped] : dropped)
    if (is_dropped && vault.find_payload(id)) return "a dropped payload is there";
  for (const auto& [key, body] : replies) {
    const auto found = vault.find_reply(key);
    if (!found || found->body != body) return "reply";
  }
  return {};
}

ModelBatch ModelSource::next(const SqliteVault& vault) {
  ModelBatch batch;
  for (std::size_t left = below(13); left > 0; --left) add(vault, batch);
  return batch;
}

void ModelSource::add(const SqliteVault& vault, ModelBatch& batch) {
  const auto dice = below(10);
  if (subjects_.empty() || dice == 0) return add_subject(vault, batch);
  const auto& [subject, keys] = subjects_[below(subjects_.size())];
  if (dice <= 3) {
    if (records_.empty() || below(4) != 0) records_.push_back(new_uuid_v4());
    const auto id = records_[below(records_.size())];
    auto json = text();
    batch.changes.push_back(vault.add_record(id, subject, keys, json));
    batch.effects.push_back([id, row = VaultModel::Row{subject, json}](VaultModel& model) { model.records[id] = row; });
  } else if (dice <= 6) {
    add_payload(vault, batch, subject);
  } else if (dice <= 8 && !transfers_.empty()) {
    const auto id = transfers_[below(transfers_.size())];
    batch.changes.push_back(vault.drop_payload(id));
    batch.effects.push_back([id](VaultModel& model) {
      model.payloads.erase(id);
      model.dropped[id] = true;
    });
  } else {
    add_reply(vault, batch);
  }
}

void ModelSource::add_subject(const SqliteVault& vault, ModelBatch& batch) {
  const SubjectRef ref = random_bytes<16>();
  const exchange::SubjectKeys keys{
      .payload = random_bytes<32>(), .proof = random_bytes<32>(), .directory = random_bytes<32>()};
  const auto mark = vault.mark(exchange::IdentifierKind::fedasil_number, std::to_string(subjects_.size()));
  subjects_.emplace_back(ref, keys);
  batch.changes.push_back(vault.add_subject(ref, keys));
  batch.changes.push_back(vault.add_identifier(mark, ref));
  batch.effects.push_back([=](VaultModel& model) {
    model.subjects[ref] = keys;
    model.identifiers[mark] = ref;
  });
}

void ModelSource::add_payload(const SqliteVault& vault, ModelBatch& batch, const SubjectRef& subject) {
  if (transfers_.empty() || below(4) != 0) transfers_.push_back(new_uuid_v4());
  const auto id = transfers_[below(transfers_.size())];
  exchange::SubjectKeys keys;
  for (const auto& [ref, of_ref] : subjects_)
    if (ref == subject) keys = of_ref;
  const auto bytes = text();
  batch.changes.push_back(vault.add_payload(id, subject, keys, {.content_type = "application/xml", .bytes = bytes}));
  batch.effects.push_back([id, row = VaultModel::Row{subject, bytes}](VaultModel& model) {
    model.payloads[id] = row;
    model.dropped[id] = false;
  });
}

void ModelSource::add_reply(const SqliteVault& vault, ModelBatch& batch) {
  if (keys_.empty() || below(4) != 0) keys_.push_back(random_bytes<32>());
  const auto key = keys_[below(keys_.size())];
  const auto body = text();
  batch.changes.push_back(vault.add_reply(key, {.body_digest = sha256(as_bytes(body)), .status = 202, .body = body},
                                          Clock().now() + std::chrono::hours{1}));
  batch.effects.push_back([key, body](VaultModel& model) { model.replies[key] = body; });
}

namespace {

// Small enough that applying, syncing and reading overlap all the time.
const VaultOptions busy{.cached_subjects = 5,
                        .readers = 2,
                        .pace = {.linger = std::chrono::milliseconds{1},
                                 .hurry_at = 20'000,
                                 .sync_every = std::chrono::milliseconds{10},
                                 .sync_at = 100'000}};

TEST(VaultModel, random_changes_are_read_as_they_were_made_across_flushes_and_restarts) {
  const TemporaryFolder folder;
  const auto file = folder.path() / "vault.sqlite";
  const SecretKey master{random_bytes<32>()};
  for (const std::uint32_t seed : {1U, 2U, 3U}) {
    std::filesystem::remove(file);
    auto vault = SqliteVault::open(file, master, busy).value();
    ModelSource source(seed);
    VaultModel model;
    std::mt19937 random(seed);
    for (std::uint64_t number = 1; number <= 400; ++number) {
      const auto batch = source.next(*vault);
      vault->on_durable(number, batch.changes);
      batch.apply_to(model);
      if (random() % 8 == 0) ASSERT_EQ(model.difference(*vault), "") << "seed " << seed << " batch " << number;
      if (random() % 40 == 0) ASSERT_TRUE(vault->flush());
      if (random() % 60 != 0) continue;
      vault.reset();
      vault = SqliteVault::open(file, master, busy).value();
      ASSERT_EQ(vault->applied_through(), number);  // closing writes what waits
    }
    ASSERT_TRUE(vault->flush());
    ASSERT_EQ(model.difference(*vault), "") << "seed " << seed;
    vault.reset();
  }
}

// A child takes the batches and is killed somewhere in between; what it left is a whole number of batches, and the rest
// comes again.
class VaultCrash : public testing::Test {
 protected:
  VaultCrash() {
    const auto vault = SqliteVault::open(folder_.path() / "sealing.sqlite", master_).value();
    ModelSource source(7);
    for (int i = 0; i < 600; ++i) batches_.push_back(source.next(*vault));
  }

  [[nodiscard]] VaultModel model_after(std::uint64_t count) const {
    VaultModel model;
    for (std::uint64_t i = 0; i < count; ++i) batches_[i].apply_to(model);
    return model;
  }

  void feed(SqliteVault& vault, std::uint64_t from) const {
    for (auto i = from; i < batches_.size(); ++i) vault.on_durable(i + 1, batches_[i].changes);
  }

  // True when a record that only a later batch adds is there.
  [[nodiscard]] bool holds_more_than(std::uint64_t count, const SqliteVault& vault) const {
    const auto before = model_after(count);
    for (const auto& [id, row] : model_after(batches_.size()).records)
      if (!before.records.contains(id) && vault.find_record(id)) return true;
    return false;
  }

  // Never returns in the child: it is killed, or ends without letting go of anything.
  void run_child_and_kill_it_after(std::chrono::microseconds time) const {
    const pid_t child = ::fork();
    if (child == 0) {
      const auto vault = SqliteVault::open(file_, master_, busy);
      if (!vault) ::_exit(1);
      const auto from = (*vault)->applied_through();
      for (auto i = from; i < batches_.size(); ++i) {
        (*vault)->on_durable(i + 1, batches_[i].changes);
        ::usleep(200);
      }
      ::usleep(2'000'000);
      ::_exit(0);
    }
    ASSERT_GT(child, 0);
    std::this_thread::sleep_for(time);
    ::kill(child, SIGKILL);
    int status = 0;
    ASSERT_EQ(::waitpid(child, &status, 0), child);
    ASSERT_TRUE(WIFSIGNALED(status)) << "the child ended by itself, with " << WEXITSTATUS(status);
  }

  TemporaryFolder folder_;
  std::filesystem::path file_ = folder_.path() / "vault.sqlite";
  SecretKey master_{random_bytes<32>()};
  std::vector<ModelBatch> batches_;
};

TEST_F(VaultCrash, killed_at_any_moment_leaves_whole_batches_and_takes_the_rest_again) {
  std::mt19937 random(11);
  std::uint64_t last = 0;
  int moments_in_between = 0;
  for (int kill = 0; kill < 25; ++kill) {
    run_child_and_kill_it_after(std::chrono::microseconds{random() % 40'000});
    if (HasFatalFailure()) return;
    const auto vault = SqliteVault::open(file_, master_, busy).value();
    const auto applied = vault->applied_through();
    ASSERT_GE(applied, last);
    ASSERT_LE(applied, batches_.size());
    if (applied > 0 && applied < batches_.size()) ++moments_in_between;
    last = applied;
    ASSERT_EQ(model_after(applied).difference(*vault), "") << "killed " << kill << ", applied " << applied;
    ASSERT_FALSE(holds_more_than(applied, *vault)) << "killed " << kill << ", applied " << applied;
  }
  EXPECT_GE(moments_in_between, 3);

  const auto vault = SqliteVault::open(file_, master_, busy).value();
  feed(*vault, 0);
  ASSERT_TRUE(vault->flush());
  EXPECT_EQ(vault->applied_through(), batches_.size());
  EXPECT_EQ(model_after(batches_.size()).difference(*vault), "");
}

}  // namespace
}  // namespace ketenpoort::storage
