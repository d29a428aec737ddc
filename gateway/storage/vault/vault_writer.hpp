// The one connection that writes vault.sqlite.
#pragma once

#include <cstdint>
#include <filesystem>

#include "gateway/storage/sqlite/sealed_file.hpp"
#include "gateway/storage/sqlite/sqlite.hpp"
#include "gateway/storage/vault/pending_changes.hpp"
#include "gateway/storage/vault/sealing.hpp"
#include "gateway/storage/vault/subject_numbers.hpp"
#include "gateway/storage/vault/vault_file.hpp"

namespace ketenpoort::storage {

// Not thread-safe: the applier's.
class VaultWriter {
 public:
  // `numbers` must outlive it, and hold what the file holds before anything is applied.
  static Result<VaultWriter> open(const std::filesystem::path& file, const VaultKeys& keys, SubjectNumbers& numbers);

  // Writes the rows and the number of the batch in one transaction; after an error nothing of it is there.
  Status apply(const Generation& generation);

  // Removes up to `limit` answers that expired before `now`.
  Status remove_expired(Timestamp now, std::int64_t limit);

  // Makes everything applied so far durable. False when a reader was in the way: try again.
  [[nodiscard]] Result<bool> checkpoint();

  // Rewrites the file and empties its log, so that no byte of a row that was deleted is left in either. Takes as long
  // as writing the file anew; readers go on meanwhile. False when a reader was in the way of emptying the log: try
  // again.
  [[nodiscard]] Result<bool> scrub();

  [[nodiscard]] std::uint64_t applied() const { return applied_; }

 private:
  struct Statements {
    Statement subject, identifier, record, payload, drop, reply, applied, expired;
    Statement drop_record, erase_keys, erase_records, erase_payloads, erase_identifiers, suppress, erased, purged;
    Statement decision, drop_decision, stay_end, figure;
    Statement number, drop_identifier, erase_numbers, erase_mark, erase_decisions;
    Statement sealed_end, synced, waste, drop_waste;
    Statement mention;
  };
  VaultWriter(Database database, SubjectNumbers& numbers, Statements statements, SealedFile sealed,
              const VaultProgress& progress)
      : database_(std::move(database)),
        numbers_(&numbers),
        statements_(std::move(statements)),
        sealed_(std::move(sealed)),
        applied_(progress.applied),
        end_(progress.sealed_end) {}

  Status write_rows(const Generation& generation);
  Status write(const StoredSubject& row);
  Status write(const StoredIdentifier& row);
  Status write(const StoredNumber& row);
  Status write(const RecordId& record, const std::optional<StoredRecord>& row);
  Status write(const TransferId& transfer, const std::optional<StoredPayload>& row);
  Status write(const StoredReply& row);
  Status write(const ErasedSubject& row);
  Status write(const StoredFigure& row);
  Status write(const StoredStayEnd& row);
  Status write(const PurgedSubject& row);
  Status write(const Uuid& decision, const std::optional<StoredDecision>& row);

  Status erase_decisions_of(const SubjectRef& subject);
  Result<std::int64_t> number_of(const SubjectRef& subject);
  Result<std::uint64_t> place(ByteView sealed);
  Status note_progress(std::uint64_t through);
  Status sync_sealed();
  Status wipe_waste();

  Database database_;
  SubjectNumbers* numbers_;
  Statements statements_;
  SealedFile sealed_;
  std::uint64_t applied_;
  std::uint64_t end_;  // of the sealed documents, with those of the transaction under way
  bool cut_ = false;   // what a transaction that never was left behind the end is gone
};

}  // namespace ketenpoort::storage
