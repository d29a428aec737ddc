#include "gateway/storage/vault.hpp"

#include <algorithm>
#include <stdexcept>
#include <thread>
#include <utility>
#include <vector>

namespace ketenpoort::storage {
namespace {

// On start the log of a killed process is moved into the file; a reader of ours cannot be in the way, another program's
// can.
Status settle(VaultWriter& writer, const std::filesystem::path& file) {
  for (int attempt = 0; attempt < 50; ++attempt) {
    const auto whole = writer.checkpoint();
    if (!whole) return fail(whole.error());
    if (*whole) return {};
    std::this_thread::sleep_for(std::chrono::milliseconds{100});
  }
  return fail(ErrorCode::unavailable, "another program keeps reading " + file.string() + ": stop it and start again");
}

// What a read found in SQLite, or why nothing is to be had.
template <class Row>
Result<Row> found(Result<std::optional<Row>> row, const char* what) {
  if (!row) return fail(std::move(row.error()));
  if (!*row) return fail(ErrorCode::not_found, std::string("the vault has no such ") + what);
  return std::move(**row);
}

}  // namespace

SqliteVault::SqliteVault(const SecretKey& master, VaultOptions options)
    : keys_(master), options_(options), key_cache_(options.cached_subjects) {}

Result<std::unique_ptr<SqliteVault>> SqliteVault::open(const std::filesystem::path& file, const SecretKey& master,
                                                       VaultOptions options) {
  std::unique_ptr<SqliteVault> vault(new SqliteVault(master, options));
  auto writer = VaultWriter::open(file, vault->keys_);
  if (!writer) return fail(std::move(writer.error()));
  if (auto settled = settle(*writer, file); !settled) return fail(std::move(settled.error()));
  const auto applied = writer->applied();
  if (!applied) return fail(applied.error());
  if (auto loaded = vault->load(file); !loaded) return fail(std::move(loaded.error()));
  vault->start(std::move(*writer), *applied);
  return vault;
}

Status SqliteVault::load(const std::filesystem::path& file) {
  auto readers = VaultReaders::open(file, std::max<std::size_t>(options_.readers, 1));
  if (!readers) return fail(std::move(readers.error()));
  readers_ = std::move(*readers);
  return readers_->use([this](VaultReader& reader) {
    auto status = reader.each_identifier([this](const StoredIdentifier& row) { directory_.put(row); });
    if (status) status = reader.each_reply_key([this](const Digest& key) { answered_.put(key); });
    return status;
  });
}

void SqliteVault::start(VaultWriter writer, std::uint64_t durable_through) {
  last_batch_ = durable_through;
  applier_ = std::make_unique<Applier>(std::move(writer), durable_through, pending_, options_.clock, options_.pace);
}

exchange::IdentifierMark SqliteVault::mark(exchange::IdentifierKind kind, std::string_view value) const {
  return mark_of(keys_, kind, value);
}

std::optional<SubjectRef> SqliteVault::find_subject(const exchange::IdentifierMark& mark) const {
  return directory_.find(mark);
}

Result<UnwrappedKeys> SqliteVault::unwrapped_keys(const SubjectRef& subject) const {
  if (auto cached = key_cache_.find(subject)) return *cached;
  auto stored = pending_.subject(subject);
  if (!stored) {
    auto row = found(readers_->use([&](VaultReader& reader) { return reader.subject(subject); }), "data subject");
    if (!row) return fail(std::move(row.error()));
    stored = std::move(*row);
  }
  auto keys = unwrap(keys_, *stored);
  if (keys) key_cache_.put(subject, *keys);
  return keys;
}

Result<exchange::SubjectKeys> SqliteVault::keys_of(const SubjectRef& subject) const {
  const auto keys = unwrapped_keys(subject);
  if (!keys) return fail(keys.error());
  exchange::SubjectKeys out;
  for (const auto& [key_class, into] :
       {std::pair(KeyClass::payload, &out.payload), std::pair(KeyClass::proof, &out.proof),
        std::pair(KeyClass::directory, &out.directory)}) {
    const auto key = keys->of(key_class);
    if (!key) return fail(key.error());
    *into = *key;
  }
  return out;
}

Result<AeadKey> SqliteVault::payload_key(const SubjectRef& subject) const {
  const auto keys = unwrapped_keys(subject);
  if (!keys) return fail(keys.error());
  return keys->of(KeyClass::payload);
}

Result<std::string> SqliteVault::find_record(const RecordId& record) const {
  auto stored = pending_.record(record);
  if (!stored) {
    auto row = found(readers_->use([&](VaultReader& reader) { return reader.record(record); }), "record");
    if (!row) return fail(std::move(row.error()));
    stored = std::move(*row);
  }
  const auto key = payload_key(stored->subject);
  if (!key) return fail(key.error());
  return open_record(*key, *stored);
}

Result<exchange::Payload> SqliteVault::find_payload(const TransferId& transfer) const {
  auto waiting = pending_.payload(transfer);
  auto row = waiting ? Result<std::optional<StoredPayload>>(std::move(*waiting))
                     : readers_->use([&](VaultReader& reader) { return reader.payload(transfer); });
  const auto stored = found<StoredPayload>(std::move(row), "payload");
  if (!stored) return fail(stored.error());
  const auto key = payload_key(stored->subject);
  if (!key) return fail(key.error());
  return open_payload(*key, *stored);
}

std::optional<exchange::PastReply> SqliteVault::find_reply(const Digest& key) const {
  if (!answered_.may_contain(key)) return std::nullopt;
  auto stored = pending_.reply(key);
  if (!stored) {
    auto row = readers_->use([&](VaultReader& reader) { return reader.reply(key); });
    if (!row) throw std::runtime_error(row.error().message);
    stored = std::move(*row);
  }
  if (!stored || stored->expires <= options_.clock.now()) return std::nullopt;
  auto reply = open_reply(keys_, *stored);
  if (!reply) throw std::runtime_error(reply.error().message);
  return std::move(*reply);
}

ledger::VaultChange SqliteVault::add_subject(const SubjectRef& subject, const exchange::SubjectKeys& keys) const {
  return encode(wrap(keys_, subject, keys));
}

ledger::VaultChange SqliteVault::add_identifier(const exchange::IdentifierMark& mark, const SubjectRef& subject) const {
  return encode(StoredIdentifier{.mark = mark, .subject = subject});
}

ledger::VaultChange SqliteVault::add_record(const RecordId& record, const SubjectRef& subject,
                                            const exchange::SubjectKeys& keys, std::string_view json) const {
  return encode(seal_record(keys.payload, record, subject, json));
}

ledger::VaultChange SqliteVault::add_payload(const TransferId& transfer, const SubjectRef& subject,
                                             const exchange::SubjectKeys& keys,
                                             const exchange::Payload& payload) const {
  return encode(seal_payload(keys.payload, transfer, subject, payload));
}

ledger::VaultChange SqliteVault::drop_payload(const TransferId& transfer) const {
  return encode(DroppedPayload{.transfer = transfer});
}

ledger::VaultChange SqliteVault::add_reply(const Digest& key, const exchange::PastReply& reply,
                                           Timestamp expires) const {
  return encode(seal_reply(keys_, key, reply, expires));
}

void SqliteVault::on_durable(std::uint64_t batch, std::span<const ledger::VaultChange> changes) {
  if (batch <= last_batch_) return;
  std::vector<Change> rows;
  rows.reserve(changes.size());
  std::vector<StoredIdentifier> identifiers;
  for (const auto& change : changes) {
    auto row = decode(change);
    if (!row) throw std::runtime_error(row.error().message);
    if (const auto* identifier = std::get_if<StoredIdentifier>(&*row)) identifiers.push_back(*identifier);
    if (const auto* reply = std::get_if<StoredReply>(&*row)) answered_.put(reply->key);
    rows.push_back(std::move(*row));
  }
  pending_.add(batch, std::move(rows));
  last_batch_ = batch;
  // Last, so that whoever finds the subject finds its keys.
  for (const auto& identifier : identifiers) directory_.put(identifier);
  if (pending_.bytes() >= options_.pace.hurry_at) applier_->hurry();
}

std::uint64_t SqliteVault::applied_through() const {
  return applier_->durable_through();
}

}  // namespace ketenpoort::storage
