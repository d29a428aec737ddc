#include "gateway/storage/backup/vault_copy.hpp"

#include <utility>
#include <vector>

#include "gateway/base/bytes.hpp"
#include "gateway/storage/sqlite/sealed_file.hpp"
#include "gateway/storage/vault/vault_file.hpp"

namespace ketenpoort::storage {
namespace {

constexpr std::int64_t rows_at_a_time = 4096;

class DocumentCopy {
 public:
  DocumentCopy(Database& database, SealedFile from, SealedFile to)
      : database_(database), from_(std::move(from)), to_(std::move(to)) {}

  Status run() {
    auto done = database_.execute("BEGIN IMMEDIATE");
    if (done)
      done = move("SELECT id, place, size FROM record WHERE id > ?1 ORDER BY id LIMIT ?2",
                  "UPDATE record SET place = ?2 WHERE id = ?1", "DELETE FROM record WHERE id = ?1");
    if (done)
      done = move("SELECT transfer, place, size FROM payload WHERE transfer > ?1 ORDER BY transfer LIMIT ?2",
                  "UPDATE payload SET place = ?2 WHERE transfer = ?1", "DELETE FROM payload WHERE transfer = ?1");
    if (done) done = to_.flush();
    if (done) done = to_.sync();
    if (done) done = write_meta();
    if (done) done = database_.execute("DELETE FROM waste; COMMIT");
    return done;
  }

 private:
  struct Row {
    Bytes id;
    SealedPlace place;
  };

  Status move(const char* page, const char* put, const char* drop) {
    auto rows = database_.prepare(page);
    auto place = database_.prepare(put);
    auto remove = database_.prepare(drop);
    for (const auto* statement : {&rows, &place, &remove})
      if (!*statement) return fail(statement->error());
    Bytes after;
    while (true) {
      const auto found = read_page(*rows, after);
      if (!found) return fail(found.error());
      if (found->empty()) return {};
      for (const auto& row : *found)
        if (auto done = move(row, *place, *remove); !done) return done;
      after = found->back().id;
    }
  }

  static Result<std::vector<Row>> read_page(Statement& rows, ByteView after) {
    std::vector<Row> out;
    rows.bind(1, after).bind(2, rows_at_a_time);
    while (true) {
      const auto row = rows.step();
      if (!row) return fail(row.error());
      if (!*row) break;
      const auto id = rows.blob(0);
      out.push_back({Bytes(id.begin(), id.end()),
                     {static_cast<std::uint64_t>(rows.integer(1)), static_cast<std::uint64_t>(rows.integer(2))}});
    }
    rows.reset();
    return out;
  }

  Status move(const Row& row, Statement& place, Statement& remove) {
    const auto document = from_.read(row.place);
    if (!document) return fail(document.error());
    if (SealedFile::is_blank(*document)) return remove.bind(1, ByteView(row.id)).run();
    if (auto written = to_.append(*document, end_); !written) return written;
    const auto at = static_cast<std::int64_t>(std::exchange(end_, end_ + document->size()));
    return place.bind(1, ByteView(row.id)).bind(2, at).run();
  }

  Status write_meta() {
    auto update = database_.prepare(
        "UPDATE meta SET value = CASE name WHEN 'boot' THEN '' WHEN 'synced' THEN (SELECT value FROM meta WHERE name = "
        "'applied') ELSE ?1 END WHERE name IN ('boot', 'synced', 'sealed', 'sealed-synced')");
    if (!update) return fail(std::move(update.error()));
    return update->bind(1, static_cast<std::int64_t>(end_)).run();
  }

  Database& database_;
  SealedFile from_;
  SealedFile to_;
  std::uint64_t end_ = 0;
};

}  // namespace

Result<std::uint64_t> copy_vault_files(const std::filesystem::path& from, const std::filesystem::path& to,
                                       const std::function<void(std::uint64_t, std::uint64_t)>& progress) {
  auto source = open_for_reading(from);
  if (!source) return fail(source.error());
  if (auto copied = source->copy_to(to, progress); !copied) return fail(copied.error());
  auto copy = Database::open(to, Database::Access::write);
  if (!copy) return fail(copy.error());
  // One file, without a log beside it.
  if (auto set = copy->execute("PRAGMA journal_mode = DELETE"); !set) return fail(set.error());
  const auto version = vault_version(*copy);
  if (!version) return fail(version.error());
  if (*version >= documents_beside_since) {
    const auto state = vault_progress(*copy);
    if (!state) return fail(state.error());
    if (auto whole = check_documents(from, state->sealed_synced); !whole) return fail(std::move(whole.error()));
    auto documents = SealedFile::open(from, Database::Access::read);
    if (!documents) return fail(std::move(documents.error()));
    auto target = SealedFile::open(to, Database::Access::write);
    if (!target) return fail(std::move(target.error()));
    if (auto done = DocumentCopy(*copy, std::move(*documents), std::move(*target)).run(); !done)
      return fail(std::move(done.error()));
  }
  const auto reached = vault_progress(*copy);
  if (!reached) return fail(reached.error());
  return reached->applied;
}

}  // namespace ketenpoort::storage
