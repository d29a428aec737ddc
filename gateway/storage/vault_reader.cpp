#include "gateway/storage/vault_reader.hpp"

#include <algorithm>
#include <utility>

#include "gateway/storage/vault_file.hpp"

namespace ketenpoort::storage {
namespace {

Bytes copy(ByteView bytes) {
  return {bytes.begin(), bytes.end()};
}

// A column of fixed size. Another size is damage that no seal would show.
template <std::size_t n>
Status take(const Statement& row, int column, std::array<std::uint8_t, n>& out) {
  const auto bytes = row.blob(column);
  if (bytes.size() != n)
    return fail(ErrorCode::crypto, "vault: a reference in a row has the wrong size: it was changed");
  std::copy(bytes.begin(), bytes.end(), out.begin());
  return {};
}

// Runs a point query and lets go of it, whatever `read` made of its row.
template <class Row, class Read>
Result<std::optional<Row>> one(Statement& query, ByteView key, Read read) {
  const auto found = query.bind(1, key).step();
  if (!found) return fail(found.error());
  std::optional<Row> out;
  Status status;
  if (*found) status = read(out.emplace());
  query.reset();
  if (!status) return fail(std::move(status.error()));
  return out;
}

template <class Visit>
Status each(Database& database, const char* sql, Visit visit) {
  auto query = database.prepare(sql);
  if (!query) return fail(std::move(query.error()));
  while (true) {
    const auto row = query->step();
    if (!row) return fail(row.error());
    if (!*row) return {};
    if (auto status = visit(*query); !status) return status;
  }
}

}  // namespace

Result<std::unique_ptr<VaultReader>> VaultReader::open(const std::filesystem::path& file) {
  auto database = open_for_reading(file);
  if (!database) return fail(std::move(database.error()));
  std::vector<Statement> made;
  for (const char* sql : {"SELECT payload_key, proof_key, directory_key FROM subject WHERE ref = ?1",
                          "SELECT subject, sealed FROM record WHERE id = ?1",
                          "SELECT subject, content_type, sealed FROM payload WHERE transfer = ?1",
                          "SELECT body_digest, status, expires, sealed FROM reply WHERE key = ?1"}) {
    auto statement = database->prepare(sql);
    if (!statement) return fail(std::move(statement.error()));
    made.push_back(std::move(*statement));
  }
  return std::unique_ptr<VaultReader>(new VaultReader(
      std::move(*database), {std::move(made[0]), std::move(made[1]), std::move(made[2]), std::move(made[3])}));
}

Result<std::optional<StoredSubject>> VaultReader::subject(const SubjectRef& subject) {
  auto& query = statements_.subject;
  return one<StoredSubject>(query, subject, [&](StoredSubject& row) -> Status {
    row.subject = subject;
    for (std::size_t i = 0; i < key_class_count; ++i) row.keys[i] = copy(query.blob(static_cast<int>(i)));
    return {};
  });
}

Result<std::optional<StoredRecord>> VaultReader::record(const RecordId& record) {
  auto& query = statements_.record;
  return one<StoredRecord>(query, record.bytes, [&](StoredRecord& row) {
    row.record = record;
    row.sealed = copy(query.blob(1));
    return take(query, 0, row.subject);
  });
}

Result<std::optional<StoredPayload>> VaultReader::payload(const TransferId& transfer) {
  auto& query = statements_.payload;
  return one<StoredPayload>(query, transfer.bytes, [&](StoredPayload& row) {
    row.transfer = transfer;
    row.content_type = query.text(1);
    row.sealed = copy(query.blob(2));
    return take(query, 0, row.subject);
  });
}

Result<std::optional<StoredReply>> VaultReader::reply(const Digest& key) {
  auto& query = statements_.reply;
  return one<StoredReply>(query, key, [&](StoredReply& row) {
    row.key = key;
    row.status = static_cast<int>(query.integer(1));
    row.expires = Timestamp(std::chrono::milliseconds(query.integer(2)));
    row.sealed = copy(query.blob(3));
    return take(query, 0, row.body_digest);
  });
}

Status VaultReader::each_identifier(const std::function<void(const StoredIdentifier&)>& visit) {
  return each(database_, "SELECT mark, subject FROM identifier", [&visit](const Statement& query) -> Status {
    StoredIdentifier row;
    if (auto taken = take(query, 0, row.mark); !taken) return taken;
    if (auto taken = take(query, 1, row.subject); !taken) return taken;
    visit(row);
    return {};
  });
}

Status VaultReader::each_reply_key(const std::function<void(const Digest&)>& visit) {
  return each(database_, "SELECT key FROM reply", [&visit](const Statement& query) -> Status {
    Digest key;
    if (auto taken = take(query, 0, key); !taken) return taken;
    visit(key);
    return {};
  });
}

Result<std::unique_ptr<VaultReaders>> VaultReaders::open(const std::filesystem::path& file, std::size_t count) {
  auto readers = std::make_unique<VaultReaders>();
  for (std::size_t i = 0; i < count; ++i) {
    auto reader = VaultReader::open(file);
    if (!reader) return fail(std::move(reader.error()));
    readers->idle_.push_back(std::move(*reader));
  }
  return readers;
}

VaultReaders::Lease::Lease(VaultReaders& pool) : from(pool) {
  std::unique_lock lock(from.mutex_);
  from.returned_.wait(lock, [this] { return !from.idle_.empty(); });
  reader = std::move(from.idle_.back());
  from.idle_.pop_back();
}

VaultReaders::Lease::~Lease() {
  {
    const std::lock_guard lock(from.mutex_);
    from.idle_.push_back(std::move(reader));
  }
  from.returned_.notify_one();
}

}  // namespace ketenpoort::storage
