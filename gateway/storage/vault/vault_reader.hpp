// Reads rows of vault.sqlite: a few connections, each used by one thread at a time.
#pragma once

#include <condition_variable>
#include <cstddef>
#include <filesystem>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <vector>

#include "gateway/exchange/retention/retention.hpp"
#include "gateway/storage/sqlite/sealed_file.hpp"
#include "gateway/storage/sqlite/sqlite.hpp"
#include "gateway/storage/vault/changes.hpp"
#include "gateway/storage/vault/sealing.hpp"
#include "gateway/storage/vault/subject_numbers.hpp"

namespace ketenpoort::storage {

// Point reads; nothing when there is no such row. Not thread-safe.
class VaultReader {
 public:
  // `numbers` must outlive it.
  static Result<std::unique_ptr<VaultReader>> open(const std::filesystem::path& file, SubjectNumbers& numbers);

  // Those that `numbers` does not know yet: before anything else is read.
  Status load_subjects();
  Result<std::optional<StoredSubject>> subject(const SubjectRef& subject);
  Result<std::optional<StoredRecord>> record(const RecordId& record);
  Result<std::optional<StoredPayload>> payload(const TransferId& transfer);
  Result<std::optional<StoredReply>> reply(const Digest& key);

  // Whole columns, for what is held in memory.
  Status each_identifier(const std::function<void(const StoredIdentifier&)>& visit);
  Status each_reply_key(const std::function<void(const Digest&)>& visit);
  Status each_erasure(const std::function<void(const ErasedSubject&, bool purged)>& visit);
  Result<std::optional<Date>> stay_ended(const SubjectRef& subject);  // as retention noted it
  // Up to `limit` subjects that have a key, by number, beyond `after`, which becomes the last one's.
  Result<std::vector<exchange::Holding>> holdings(std::int64_t& after, std::int64_t limit);
  Result<std::uint64_t> count_subjects();
  Status check_erasures();  // ErrorCode::internal naming an erased subject of which something is there
  Status each_suppressed(const std::function<void(const Digest&)>& visit);
  Status each_figure(std::uint32_t from, std::uint32_t to, const std::function<void(StoredFigure)>& visit);
  Status each_number(const std::function<void(const StoredNumber&)>& visit);
  Status each_decision(const std::function<void(StoredDecision)>& visit);

 private:
  struct Statements {
    Statement subject, record, payload, reply;
  };
  VaultReader(Database database, SubjectNumbers& numbers, Statements statements, SealedFile sealed)
      : database_(std::move(database)),
        numbers_(numbers),
        statements_(std::move(statements)),
        sealed_(std::move(sealed)) {}
  Status take_subject(const Statement& row, int column, SubjectRef& out);
  template <class Row, class Find>
  Result<std::optional<Row>> with_document(Find find);

  Database database_;
  SubjectNumbers& numbers_;
  Statements statements_;
  SealedFile sealed_;
};

// Thread-safe. Who finds all connections in use waits for one.
class VaultReaders {
 public:
  static Result<std::unique_ptr<VaultReaders>> open(const std::filesystem::path& file, SubjectNumbers& numbers,
                                                    std::size_t count);

  template <class F>
  auto use(F read) {
    const Lease lease(*this);
    return read(*lease.reader);
  }

 private:
  struct Lease {
    explicit Lease(VaultReaders& from);
    ~Lease();
    Lease(const Lease&) = delete;
    Lease& operator=(const Lease&) = delete;

    VaultReaders& from;
    std::unique_ptr<VaultReader> reader;
  };

  std::mutex mutex_;
  std::condition_variable returned_;
  std::vector<std::unique_ptr<VaultReader>> idle_;
};

}  // namespace ketenpoort::storage
