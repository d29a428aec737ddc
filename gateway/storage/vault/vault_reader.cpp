#include "gateway/storage/vault/vault_reader.hpp"

#include <algorithm>
#include <utility>

#include "gateway/storage/vault/vault_file.hpp"

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

// Runs a bound point query and lets go of it, whatever `read` made of its row.
template <class Row, class Read>
Result<std::optional<Row>> one(Statement& query, Read read) {
  const auto found = query.step();
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

SealedPlace read_place(const Statement& row) {
  return {static_cast<std::uint64_t>(row.integer(1)), static_cast<std::uint64_t>(row.integer(2))};
}

// The ids and sizes of one subject's rows.
template <class Visit>
Status each_of(Statement& query, std::int64_t subject, Visit visit) {
  query.bind(1, subject);
  while (true) {
    const auto row = query.step();
    if (!row) return fail(row.error());
    if (!*row) break;
    Uuid id;
    if (auto taken = take(query, 0, id.bytes); !taken) return taken;
    visit(id, static_cast<std::uint64_t>(query.integer(1)));
  }
  query.reset();
  return {};
}

}  // namespace

Result<std::unique_ptr<VaultReader>> VaultReader::open(const std::filesystem::path& file, SubjectNumbers& numbers) {
  auto database = open_for_reading(file);
  if (!database) return fail(std::move(database.error()));
  std::vector<Statement> made;
  for (const char* sql : {"SELECT payload_key, proof_key, directory_key FROM subject WHERE number = ?1",
                          "SELECT subject, place, size FROM record WHERE id = ?1",
                          "SELECT subject, place, size, content_type FROM payload WHERE transfer = ?1",
                          "SELECT body_digest, status, expires, sealed FROM reply WHERE key = ?1"}) {
    auto statement = database->prepare(sql);
    if (!statement) return fail(std::move(statement.error()));
    made.push_back(std::move(*statement));
  }
  auto sealed = SealedFile::open(file, Database::Access::read);
  if (!sealed) return fail(std::move(sealed.error()));
  return std::unique_ptr<VaultReader>(new VaultReader(
      std::move(*database), numbers, {std::move(made[0]), std::move(made[1]), std::move(made[2]), std::move(made[3])},
      std::move(*sealed)));
}

Status VaultReader::load_subjects() {
  auto query = database_.prepare("SELECT number, ref FROM subject WHERE number > ?1 ORDER BY number");
  if (!query) return fail(std::move(query.error()));
  query->bind(1, numbers_.count());
  while (true) {
    const auto row = query->step();
    if (!row) return fail(row.error());
    if (!*row) return {};
    SubjectRef subject;
    if (auto taken = take(*query, 1, subject); !taken) return taken;
    if (numbers_.find_or_add(subject) != query->integer(0))
      return fail(
          ErrorCode::crypto,
          "vault.sqlite: the numbers of the data subjects do not follow each other, so rows were taken away: put "
          "the file back from a backup (ketenpoort restore)");
  }
}

// Another program's may have come since.
Status VaultReader::take_subject(const Statement& row, int column, SubjectRef& out) {
  auto subject = numbers_.subject(row.integer(column));
  if (!subject) {
    if (auto loaded = load_subjects(); !loaded) return loaded;
    subject = numbers_.subject(row.integer(column));
  }
  if (!subject)
    return fail(
        ErrorCode::crypto,
        "vault.sqlite: a row is of a data subject who is not there: put the file back from a backup (ketenpoort "
        "restore)");
  out = *subject;
  return {};
}

Result<std::optional<StoredSubject>> VaultReader::subject(const SubjectRef& subject) {
  const auto number = numbers_.find(subject);
  if (!number) return std::nullopt;
  auto& query = statements_.subject.bind(1, *number);
  return one<StoredSubject>(query, [&](StoredSubject& row) -> Status {
    row.subject = subject;
    for (std::size_t i = 0; i < key_class_count; ++i) row.keys[i] = copy(query.blob(static_cast<int>(i)));
    return {};
  });
}

// A row that is dropped in between may leave nothing of its document; then it is not there the next time.
template <class Row, class Find>
Result<std::optional<Row>> VaultReader::with_document(Find find) {
  for (int look = 0; look < 2; ++look) {
    SealedPlace place;
    auto row = find(place);
    if (!row || !*row) return row;
    auto bytes = sealed_.read(place);
    if (!bytes) return fail(std::move(bytes.error()));
    (*row)->sealed = std::move(*bytes);
    if (!SealedFile::is_blank((*row)->sealed)) return row;
  }
  return fail(ErrorCode::crypto, "vault: " + sealed_.path() + " lacks a document that its vault speaks of");
}

Result<std::optional<StoredRecord>> VaultReader::record(const RecordId& record) {
  return with_document<StoredRecord>([&](SealedPlace& place) {
    auto& query = statements_.record.bind(1, ByteView(record.bytes));
    return one<StoredRecord>(query, [&](StoredRecord& row) {
      row.record = record;
      place = read_place(query);
      return take_subject(query, 0, row.subject);
    });
  });
}

Result<std::optional<StoredPayload>> VaultReader::payload(const TransferId& transfer) {
  return with_document<StoredPayload>([&](SealedPlace& place) {
    auto& query = statements_.payload.bind(1, ByteView(transfer.bytes));
    return one<StoredPayload>(query, [&](StoredPayload& row) {
      row.transfer = transfer;
      place = read_place(query);
      row.content_type = query.text(3);
      return take_subject(query, 0, row.subject);
    });
  });
}

Result<std::optional<StoredReply>> VaultReader::reply(const Digest& key) {
  auto& query = statements_.reply.bind(1, ByteView(key));
  return one<StoredReply>(query, [&](StoredReply& row) {
    row.key = key;
    row.status = static_cast<int>(query.integer(1));
    row.expires = Timestamp(std::chrono::milliseconds(query.integer(2)));
    row.sealed = copy(query.blob(3));
    return take(query, 0, row.body_digest);
  });
}

Status VaultReader::each_identifier(const std::function<void(const StoredIdentifier&)>& visit) {
  return each(database_, "SELECT mark, subject FROM identifier", [this, &visit](const Statement& query) -> Status {
    StoredIdentifier row;
    if (auto taken = take(query, 0, row.mark); !taken) return taken;
    if (auto taken = take_subject(query, 1, row.subject); !taken) return taken;
    visit(row);
    return {};
  });
}

Status VaultReader::each_number(const std::function<void(const StoredNumber&)>& visit) {
  return each(database_, "SELECT mark, subject, reference, state FROM number",
              [this, &visit](const Statement& query) -> Status {
                StoredNumber row;
                if (auto taken = take(query, 0, row.mark); !taken) return taken;
                if (auto taken = take_subject(query, 1, row.subject); !taken) return taken;
                if (auto taken = take(query, 2, row.reference); !taken) return taken;
                row.state = static_cast<std::uint8_t>(query.integer(3));
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

Status VaultReader::each_erasure(const std::function<void(const ErasedSubject&, bool)>& visit) {
  return each(database_, "SELECT subject, classes, purged FROM erasure",
              [this, &visit](const Statement& query) -> Status {
                ErasedSubject row;
                if (auto taken = take_subject(query, 0, row.subject); !taken) return taken;
                row.classes = KeyClassSet::from_bits(static_cast<unsigned>(query.integer(1)));
                visit(row, query.integer(2) != 0);
                return {};
              });
}

Result<std::optional<Date>> VaultReader::stay_ended(const SubjectRef& subject) {
  auto row = database_.prepare("SELECT day FROM stay_end WHERE subject = ?1");
  if (!row) return fail(std::move(row.error()));
  const auto number = numbers_.find(subject);
  if (!number) return std::nullopt;
  const auto found = row->bind(1, *number).step();
  if (!found) return fail(found.error());
  if (!*found) return std::nullopt;
  return Date{std::chrono::sys_days{std::chrono::days{row->integer(0)}}};
}

Result<std::vector<exchange::Holding>> VaultReader::holdings(std::int64_t& after, std::int64_t limit) {
  std::vector<exchange::Holding> out;
  auto subjects = database_.prepare(R"(
    SELECT s.ref, s.payload_key IS NOT NULL, s.proof_key IS NOT NULL, s.directory_key IS NOT NULL, e.day,
      (SELECT count(*) FROM identifier i WHERE i.subject = s.number), s.number
    FROM subject s LEFT JOIN stay_end e ON e.subject = s.number
    WHERE s.number > ?1 AND (s.payload_key IS NOT NULL OR s.proof_key IS NOT NULL OR s.directory_key IS NOT NULL)
    ORDER BY s.number LIMIT ?2)");
  if (!subjects) return fail(std::move(subjects.error()));
  subjects->bind(1, after).bind(2, limit);
  auto records = database_.prepare("SELECT id, size FROM record WHERE subject = ?1");
  if (!records) return fail(std::move(records.error()));
  auto payloads = database_.prepare("SELECT transfer, size FROM payload WHERE subject = ?1");
  if (!payloads) return fail(std::move(payloads.error()));
  while (true) {
    const auto row = subjects->step();
    if (!row) return fail(row.error());
    if (!*row) return out;
    auto& holding = out.emplace_back();
    if (auto taken = take(*subjects, 0, holding.subject); !taken) return fail(std::move(taken.error()));
    for (int i = 0; i < static_cast<int>(key_class_count); ++i)
      if (subjects->integer(i + 1) != 0) holding.keys.insert(static_cast<KeyClass>(i));
    if (!subjects->is_null(4))
      holding.stay_ended = Date{std::chrono::sys_days{std::chrono::days{subjects->integer(4)}}};
    holding.identifiers = static_cast<std::uint64_t>(subjects->integer(5));
    after = subjects->integer(6);
    if (auto read = each_of(*records, after,
                            [&](const RecordId& id, std::uint64_t bytes) {
                              holding.records.push_back({id, bytes});
                            });
        !read)
      return fail(std::move(read.error()));
    if (auto read = each_of(*payloads, after,
                            [&](const TransferId& id, std::uint64_t bytes) {
                              holding.payloads.push_back({id, bytes});
                            });
        !read)
      return fail(std::move(read.error()));
  }
}

Result<std::uint64_t> VaultReader::count_subjects() {
  auto query = database_.prepare("SELECT count(*) FROM subject");
  if (!query) return fail(std::move(query.error()));
  const auto row = query->step();
  if (!row) return fail(row.error());
  return static_cast<std::uint64_t>(query->integer(0));
}

Status VaultReader::check_erasures() {
  constexpr const char* left = R"(
    SELECT hex(s.ref) FROM erasure e JOIN subject s ON s.number = e.subject
    WHERE (e.classes & 1 AND s.payload_key IS NOT NULL) OR (e.classes & 2 AND s.proof_key IS NOT NULL)
       OR (e.classes & 4 AND s.directory_key IS NOT NULL)
       OR (e.classes & 1 AND EXISTS (SELECT 1 FROM record r WHERE r.subject = e.subject))
       OR (e.classes & 1 AND EXISTS (SELECT 1 FROM payload p WHERE p.subject = e.subject))
       OR (e.classes & 4 AND EXISTS (SELECT 1 FROM identifier i WHERE i.subject = e.subject))
       OR (e.classes & 4 AND EXISTS (SELECT 1 FROM number n WHERE n.subject = e.subject))
       OR (e.classes = 7 AND EXISTS (SELECT 1 FROM decision d WHERE d.subject = e.subject))
    LIMIT 1)";
  auto query = database_.prepare(left);
  if (!query) return fail(std::move(query.error()));
  const auto row = query->step();
  if (!row) return fail(row.error());
  if (!*row) return {};
  return fail(ErrorCode::internal, "invariant 9: the vault still holds something of the erased subject " +
                                       std::string(query->text(0)) + ": restore the vault, or ask for help");
}

Status VaultReader::each_suppressed(const std::function<void(const Digest&)>& visit) {
  return each(database_, "SELECT mark FROM suppression", [&visit](const Statement& query) -> Status {
    Digest mark;
    if (auto taken = take(query, 0, mark); !taken) return taken;
    visit(mark);
    return {};
  });
}

Status VaultReader::each_decision(const std::function<void(StoredDecision)>& visit) {
  return each(database_, "SELECT id, subject, sealed FROM decision", [this, &visit](const Statement& query) -> Status {
    StoredDecision row;
    if (auto taken = take(query, 0, row.decision.bytes); !taken) return taken;
    if (auto taken = take_subject(query, 1, row.subject); !taken) return taken;
    row.sealed = copy(query.blob(2));
    visit(std::move(row));
    return {};
  });
}

Status VaultReader::each_figure(std::uint32_t from, std::uint32_t to, const std::function<void(StoredFigure)>& visit) {
  auto query = database_.prepare(
      "SELECT id, month, centre, recipient, kind, status, reason FROM figure WHERE month >= ?1 AND month < ?2");
  if (!query) return fail(std::move(query.error()));
  query->bind(1, std::int64_t{from}).bind(2, std::int64_t{to});
  while (true) {
    const auto there = query->step();
    if (!there) return fail(there.error());
    if (!*there) return {};
    StoredFigure row;
    if (auto taken = take(*query, 0, row.id.bytes); !taken) return taken;
    row.month = static_cast<std::uint32_t>(query->integer(1));
    int column = 2;
    for (auto* text : {&row.centre, &row.recipient, &row.kind, &row.status, &row.reason}) *text = query->text(column++);
    visit(std::move(row));
  }
}

Result<std::unique_ptr<VaultReaders>> VaultReaders::open(const std::filesystem::path& file, SubjectNumbers& numbers,
                                                         std::size_t count) {
  auto readers = std::make_unique<VaultReaders>();
  for (std::size_t i = 0; i < count; ++i) {
    auto reader = VaultReader::open(file, numbers);
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
