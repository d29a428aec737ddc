// A state folder with a ledger and a vault that run, and what tests put into them.
#pragma once

#include <gtest/gtest.h>

#include <fstream>
#include <iterator>
#include <memory>
#include <string>
#include <vector>

#include "gateway/ledger/entry/bodies.hpp"
#include "gateway/ledger/writer/sequencer.hpp"
#include "gateway/storage/vault/purger.hpp"
#include "gateway/storage/vault/vault.hpp"
#include "tests/unit/storage/temporary_folder.hpp"

namespace ketenpoort::storage {

inline ledger::SigningKey test_log_key() {
  std::array<std::uint8_t, 32> seed{};
  seed.fill(9);
  return *ledger::SigningKey::from_seed("example.be/ketenpoort/vault-test", seed);
}

struct LiveState {
  explicit LiveState(std::filesystem::path folder, const SecretKey& master, Clock clock = {})
      : state(std::move(folder)) {
    std::filesystem::create_directories(state);
    vault =
        SqliteVault::open(state / "vault.sqlite", master, {.pace = {.linger = std::chrono::milliseconds{20}}}).value();
    sequencer = ledger::Sequencer::open({.state = state,
                                         .node = "node-1",
                                         .org = "",
                                         .software = "ketenpoort test",
                                         .key = test_log_key(),
                                         .now = [clock] { return clock.now(); },
                                         .publish_every = std::chrono::milliseconds{20}},
                                        *vault)
                    .value();
  }
  ~LiveState() {
    purger.reset();
    sequencer.reset();
  }
  LiveState(const LiveState&) = delete;
  LiveState& operator=(const LiveState&) = delete;

  void write(ledger::Transaction transaction) {
    const auto done = sequencer->submit_and_wait(
        [&](const ledger::History&, std::uint64_t, Timestamp) { return Result<ledger::Transaction>(transaction); });
    ASSERT_TRUE(done) << done.error().message;
  }
  void change(std::vector<ledger::VaultChange> changes) { write({{}, std::move(changes)}); }
  void entry(ledger::EntryDraft draft, std::vector<ledger::VaultChange> changes = {}) {
    ledger::Transaction transaction;
    transaction.entries.push_back(std::move(draft));
    transaction.changes = std::move(changes);
    write(std::move(transaction));
  }

  Purger& start_purger() {
    purger = std::make_unique<Purger>(
        *vault, *sequencer, [](const Error&) {}, std::chrono::milliseconds{50});
    return *purger;
  }

  std::filesystem::path state;
  std::unique_ptr<SqliteVault> vault;
  std::unique_ptr<ledger::Sequencer> sequencer;
  std::unique_ptr<Purger> purger;
};

// Somebody with a number, records and messages, and every sealed byte that stands for them.
struct TestPerson {
  SubjectRef ref = random_bytes<16>();
  exchange::SubjectKeys keys{random_bytes<32>(), random_bytes<32>(), random_bytes<32>()};
  std::string number;
  std::vector<std::pair<RecordId, std::string>> records;
  std::vector<std::pair<TransferId, std::string>> payloads;
  std::vector<std::string> key_bytes;  // of the wrapped keys: payload, proof, directory
  std::vector<std::string> sealed;     // pieces of what is sealed under the payload key

  std::vector<ledger::VaultChange> introduce(const SqliteVault& vault, int records_wanted, std::size_t size) {
    std::vector<ledger::VaultChange> changes{vault.add_subject(ref, keys)};
    const auto row = std::get<StoredSubject>(decode(changes.front()).value());
    for (const auto& key : row.keys) key_bytes.emplace_back(key.begin(), key.end());
    changes.push_back(vault.add_identifier(vault.mark(exchange::IdentifierKind::fedasil_number, number), ref));
    for (int i = 0; i < records_wanted; ++i) {
      records.emplace_back(new_uuid_v4(), std::string(size + static_cast<std::size_t>(i), 'r'));
      changes.push_back(vault.add_record(records.back().first, ref, keys, records.back().second));
      const auto record = std::get<StoredRecord>(decode(changes.back()).value());
      remember(record.sealed);
      payloads.emplace_back(new_uuid_v4(), std::string(size / 2 + static_cast<std::size_t>(i), 'p'));
      changes.push_back(vault.add_payload(payloads.back().first, ref, keys,
                                          {.content_type = "application/xml", .bytes = payloads.back().second}));
      const auto payload = std::get<StoredPayload>(decode(changes.back()).value());
      remember(payload.sealed);
    }
    return changes;
  }

  [[nodiscard]] exchange::IdentifierMark mark(const SqliteVault& vault) const {
    return vault.mark(exchange::IdentifierKind::fedasil_number, number);
  }

 private:
  void remember(const Bytes& bytes) {
    constexpr std::size_t piece = 24;
    const std::string text(bytes.begin(), bytes.end());
    sealed.push_back(text.substr(0, piece));
    sealed.push_back(text.substr(text.size() / 2, piece));
    sealed.push_back(text.substr(text.size() - piece));
  }
};

inline ledger::EntryDraft erased_entry(const SubjectRef& subject, KeyClassSet classes,
                                       std::string role = "rights-officer") {
  ledger::SubjectErased body;
  body.classes = classes.names();
  body.kept = {};
  for (const auto one : {KeyClass::directory, KeyClass::payload, KeyClass::proof})
    if (!classes.contains(one)) body.kept.push_back({std::string(to_text(one)), "art17-3-e"});
  return {.kind = std::string(ledger::SubjectErased::kind),
          .actor = {.type = "operator", .org = {}, .role = std::move(role), .op = {}},
          .subject = subject,
          .body = ledger::encode_body(body)};
}

inline std::string whole_file(const std::filesystem::path& file) {
  std::ifstream in(file, std::ios::binary);
  return {std::istreambuf_iterator<char>(in), {}};
}

// The files under `folder` in which one of the texts stands, byte for byte.
inline std::vector<std::string> files_with(const std::filesystem::path& folder, const std::vector<std::string>& texts) {
  std::vector<std::string> out;
  for (const auto& one : std::filesystem::recursive_directory_iterator(folder)) {
    if (!one.is_regular_file()) continue;
    const auto content = whole_file(one.path());
    for (const auto& text : texts)
      if (content.find(text) != std::string::npos) {
        out.push_back(one.path().filename().string());
        break;
      }
  }
  return out;
}

}  // namespace ketenpoort::storage
