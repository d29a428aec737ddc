// The vault: what must be erasable, each piece sealed under keys of its data subject, in STATE/vault.sqlite.
//
// The way of a change: add_*() seals it -> the journal makes it durable with the entries it belongs to -> on_durable()
// makes it readable from memory -> the applier writes it into SQLite -> a sync lets the journal go. Reads take the same
// way backwards.
#pragma once

#include <atomic>
#include <cstddef>
#include <filesystem>
#include <map>
#include <memory>
#include <mutex>
#include <set>
#include <vector>

#include "gateway/exchange/facilities/ports.hpp"
#include "gateway/storage/vault/applier.hpp"
#include "gateway/storage/vault/directory.hpp"
#include "gateway/storage/vault/key_cache.hpp"
#include "gateway/storage/vault/pending_changes.hpp"
#include "gateway/storage/vault/sealing.hpp"
#include "gateway/storage/vault/vault_reader.hpp"

namespace ketenpoort::storage {

struct VaultOptions {
  Clock clock{};                         // answers to idempotency keys expire by it
  std::size_t cached_subjects = 16'000;  // some 200 bytes each
  std::size_t readers = 4;
  ApplierPace pace{};
};

class SqliteVault final : public exchange::Vault, public ledger::Sink {
 public:
  // Makes the file when it is not there. ErrorCode::config: another master key, or a newer version.
  static Result<std::unique_ptr<SqliteVault>> open(const std::filesystem::path& file, const SecretKey& master,
                                                   VaultOptions options = {});

  // exchange::Vault. Never waits for a disk: mark, find_subject, the add_* and drop_payload, and find_reply for a new
  // key. find_reply throws when the vault cannot be read or was changed: to take that for "never answered" would do a
  // thing twice.
  [[nodiscard]] exchange::IdentifierMark mark(exchange::IdentifierKind kind, std::string_view value) const override;
  [[nodiscard]] std::optional<SubjectRef> find_subject(const exchange::IdentifierMark& mark) const override;
  [[nodiscard]] bool is_suppressed(const exchange::IdentifierMark& mark) const override;
  [[nodiscard]] Result<std::vector<SubjectRef>> find_subjects(const exchange::IdentifierMark& mark) const override;
  [[nodiscard]] Result<exchange::SubjectKeys> keys_of(const SubjectRef& subject) const override;
  [[nodiscard]] Result<std::string> find_record(const RecordId& record) const override;
  [[nodiscard]] Result<exchange::Payload> find_payload(const TransferId& transfer) const override;
  [[nodiscard]] std::optional<exchange::PastReply> find_reply(const Digest& key) const override;

  [[nodiscard]] std::optional<exchange::PendingDecision> find_decision(const SubjectRef& subject) const override;
  [[nodiscard]] Result<std::vector<exchange::CountedOutcome>> counted_outcomes(Date from, Date to) const override;
  [[nodiscard]] std::vector<exchange::PendingDecision> find_decisions(const SubjectRef& subject) const override;
  [[nodiscard]] std::optional<exchange::NumberDecision> find_number(const exchange::IdentifierMark& mark,
                                                                    const SubjectRef& subject) const override;
  [[nodiscard]] std::vector<exchange::IdentifierMark> numbers_of(const SubjectRef& subject) const override;

  [[nodiscard]] ledger::VaultChange add_subject(const SubjectRef& subject,
                                                const exchange::SubjectKeys& keys) const override;
  [[nodiscard]] ledger::VaultChange add_identifier(const exchange::IdentifierMark& mark,
                                                   const SubjectRef& subject) const override;
  [[nodiscard]] ledger::VaultChange add_record(const RecordId& record, const SubjectRef& subject,
                                               const exchange::SubjectKeys& keys, std::string_view json) const override;
  [[nodiscard]] ledger::VaultChange add_payload(const TransferId& transfer, const SubjectRef& subject,
                                                const exchange::SubjectKeys& keys,
                                                const exchange::Payload& payload) const override;
  [[nodiscard]] ledger::VaultChange drop_payload(const TransferId& transfer) const override;
  [[nodiscard]] ledger::VaultChange add_reply(const Digest& key, const exchange::PastReply& reply,
                                              Timestamp expires) const override;
  [[nodiscard]] ledger::VaultChange erase_subject(const SubjectRef& subject, KeyClassSet classes,
                                                  bool suppress) const override;
  [[nodiscard]] ledger::VaultChange drop_record(const RecordId& record) const override;
  [[nodiscard]] ledger::VaultChange add_decision(const exchange::PendingDecision& decision) const override;
  [[nodiscard]] ledger::VaultChange drop_decision(const Uuid& decision) const override;
  [[nodiscard]] ledger::VaultChange count_outcome(const exchange::CountedOutcome& outcome) const override;
  [[nodiscard]] ledger::VaultChange set_number(const exchange::NumberDecision& decision) const override;

  // ledger::Sink. Batches count from 1; one that came before is ignored. Throws when a change cannot be read: the
  // journal checks its bytes, so only a newer program can have written it.
  void on_durable(std::uint64_t batch, std::span<const ledger::VaultChange> changes) override;
  [[nodiscard]] std::uint64_t applied_through() const override;
  bool note_through(std::uint64_t batch) override;
  [[nodiscard]] bool counts_batches() const override { return true; }

  // Bytes in memory that SQLite has not taken yet: shed load when it grows.
  [[nodiscard]] std::size_t pending_bytes() const { return pending_.bytes(); }

  // What keeps changes from reaching the file, if anything does (Applier::state): a health check shows it.
  [[nodiscard]] Status state() const { return applier_->state(); }

  // Blocks until all that came so far is durable in the file.
  Status flush() { return applier_->flush(last_batch_); }

  // ---- erasing: what the purger (purger.hpp) and the checks of invariant 9 work with ----

  [[nodiscard]] KeyClassSet erased_classes(const SubjectRef& subject) const { return erased_.classes_of(subject); }
  [[nodiscard]] std::size_t erased_count() const { return erased_.size(); }
  // Erased, and not known to be gone from every free byte yet.
  [[nodiscard]] std::vector<SubjectRef> unpurged() const;
  [[nodiscard]] static ledger::VaultChange purged(const SubjectRef& subject);
  [[nodiscard]] static ledger::VaultChange stay_end(const SubjectRef& subject, Date day);
  // Read what the file holds; flush() first for what is newest.
  template <class F>
  auto look(F read) const {
    return readers_->use(std::move(read));
  }
  // Invariant 9 on the file: of what was erased there is no key, no row. ErrorCode::internal naming the subject.
  [[nodiscard]] Status check_erasures() const;
  // Blocks until the file holds no byte of what was erased so far, and forgets what memory still knows of it.
  Status scrub();
  [[nodiscard]] std::chrono::milliseconds last_rewriting() const;  // of the file, by scrub()

 private:
  SqliteVault(const SecretKey& master, VaultOptions options);

  Status load(const std::filesystem::path& file);
  void start(VaultWriter writer, std::uint64_t durable_through);
  [[nodiscard]] Result<UnwrappedKeys> unwrapped_keys(const SubjectRef& subject) const;
  [[nodiscard]] Result<AeadKey> payload_key(const SubjectRef& subject) const;
  [[nodiscard]] bool is_erased(const Change& change) const;
  void take_erasure(ErasedSubject& erased, const std::vector<StoredIdentifier>& of_this_batch);
  void take_decision(Change& change);
  void take_number(const StoredNumber& number);

  VaultKeys keys_;
  VaultOptions options_;
  mutable KeyCache key_cache_;
  PendingChanges pending_;
  SubjectNumbers subject_numbers_;
  IdentifierDirectory directory_;
  DecidedNumbers numbers_;
  AnsweredKeys answered_;
  ErasedSubjects erased_;
  mutable std::mutex waiting_mutex_;
  std::set<SubjectRef> unpurged_;
  std::map<Uuid, StoredDecision> decisions_;  // few: each waits for a person
  std::unique_ptr<VaultReaders> readers_;
  std::atomic<std::uint64_t> last_batch_{0};
  std::unique_ptr<Applier> applier_;  // last: it goes first, writing what waits
};

}  // namespace ketenpoort::storage
