#include "gateway/storage/vault/vault.hpp"

#include <algorithm>
#include <stdexcept>
#include <thread>
#include <utility>
#include <vector>

#include "gateway/storage/vault/found.hpp"

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

UnwrappedKeys without(UnwrappedKeys keys, KeyClassSet destroyed) {
  for (std::size_t i = 0; i < key_class_count; ++i) {
    if (!destroyed.contains(static_cast<KeyClass>(i))) continue;
    wipe(keys.keys[i].bytes());
    keys.present[i] = false;
  }
  return keys;
}

UnwrappedKeys unwrapped(const exchange::SubjectKeys& keys) {
  UnwrappedKeys out;
  out.present.fill(true);
  for (const auto& [key_class, key] :
       {std::pair(KeyClass::payload, &keys.payload), std::pair(KeyClass::proof, &keys.proof),
        std::pair(KeyClass::directory, &keys.directory)})
    std::copy(key->begin(), key->end(), out.keys[static_cast<std::size_t>(key_class)].bytes().begin());
  return out;
}

}  // namespace

SqliteVault::SqliteVault(const SecretKey& master, VaultOptions options)
    : keys_(master), options_(options), key_cache_(options.cached_subjects) {}

Result<std::unique_ptr<SqliteVault>> SqliteVault::open(const std::filesystem::path& file, const SecretKey& master,
                                                       VaultOptions options) {
  std::unique_ptr<SqliteVault> vault(new SqliteVault(master, options));
  auto writer = VaultWriter::open(file, vault->keys_, vault->subject_numbers_);
  if (!writer) return fail(std::move(writer.error()));
  if (auto settled = settle(*writer, file); !settled) return fail(std::move(settled.error()));
  const auto applied = writer->applied();
  if (auto loaded = vault->load(file); !loaded) return fail(std::move(loaded.error()));
  vault->start(std::move(*writer), applied);
  return vault;
}

Status SqliteVault::load(const std::filesystem::path& file) {
  auto readers = VaultReaders::open(file, subject_numbers_, std::max<std::size_t>(options_.readers, 1));
  if (!readers) return fail(std::move(readers.error()));
  readers_ = std::move(*readers);
  return readers_->use([this](VaultReader& reader) {
    auto status = reader.load_subjects();
    if (status)
      status = reader.each_erasure([this](const ErasedSubject& row, bool purged) {
        erased_.put(row);
        if (!purged) unpurged_.insert(row.subject);
      });
    if (status) status = reader.each_suppressed([this](const Digest& mark) { erased_.put_mark(mark); });
    if (status)
      status = reader.each_identifier([this](const StoredIdentifier& row) {
        erased_.classes_of(row.subject).empty() ? directory_.put(row) : directory_.put_retired(row);
      });
    if (status) status = reader.each_number([this](const StoredNumber& row) { numbers_.put(row); });
    if (status)
      status = reader.each_decision([this](StoredDecision row) { decisions_.emplace(row.decision, std::move(row)); });
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
  auto subject = directory_.find(mark);
  if (subject && !erased_.classes_of(*subject).empty()) return std::nullopt;
  return subject;
}

bool SqliteVault::is_suppressed(const exchange::IdentifierMark& mark) const {
  return erased_.has_marks() && erased_.is_suppressed(suppression_mark_of(keys_, mark));
}

Result<std::vector<SubjectRef>> SqliteVault::find_subjects(const exchange::IdentifierMark& mark) const {
  auto subjects = numbers_.passed_by(mark);
  const auto bore = directory_.subjects_of(mark);
  subjects.insert(subjects.end(), bore.begin(), bore.end());
  std::erase_if(subjects, [this](const SubjectRef& subject) {
    return erased_.classes_of(subject).contains(KeyClass::directory);
  });
  return subjects;
}

Result<UnwrappedKeys> SqliteVault::unwrapped_keys(const SubjectRef& subject) const {
  if (auto cached = key_cache_.find(subject)) return without(std::move(*cached), erased_.classes_of(subject));
  auto stored = pending_.subject(subject);
  if (!stored) {
    auto row = found(readers_->use([&](VaultReader& reader) { return reader.subject(subject); }), "data subject");
    if (!row) return fail(std::move(row.error()));
    stored = std::move(*row);
  }
  auto keys = unwrap(keys_, *stored);
  if (!keys) return keys;
  const auto destroyed = erased_.classes_of(subject);  // it may be destroyed since the row was read
  if (destroyed.empty()) key_cache_.put(subject, *keys);
  return without(std::move(*keys), destroyed);
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
  auto waiting = pending_.record(record);
  auto row = waiting ? Result<std::optional<StoredRecord>>(std::move(*waiting))
                     : readers_->use([&](VaultReader& reader) { return reader.record(record); });
  const auto stored = found<StoredRecord>(std::move(row), "record");
  if (!stored) return fail(stored.error());
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

std::optional<exchange::PendingDecision> SqliteVault::find_decision(const SubjectRef& subject) const {
  auto all = find_decisions(subject);
  if (all.empty()) return std::nullopt;
  return std::move(all.front());
}

std::vector<exchange::PendingDecision> SqliteVault::find_decisions(const SubjectRef& subject) const {
  const std::lock_guard lock(waiting_mutex_);
  std::vector<exchange::PendingDecision> out;
  for (const auto& [id, stored] : decisions_) {
    if (stored.subject != subject) continue;
    auto json = open_decision(keys_, stored);
    if (!json) throw std::runtime_error(json.error().message);
    out.push_back({.id = id, .subject = subject, .json = std::move(*json)});
  }
  return out;
}

std::optional<exchange::NumberDecision> SqliteVault::find_number(const exchange::IdentifierMark& mark,
                                                                 const SubjectRef& subject) const {
  const auto stored = numbers_.find(mark, subject);
  if (!stored) return std::nullopt;
  return exchange::NumberDecision{.mark = stored->mark,
                                  .subject = stored->subject,
                                  .reference = stored->reference,
                                  .state = static_cast<exchange::NumberDecision::State>(stored->state)};
}

std::vector<exchange::IdentifierMark> SqliteVault::numbers_of(const SubjectRef& subject) const {
  return directory_.marks_of(subject);
}

// Who is new is asked for again in a moment. When the change is never written, nobody knows the reference.
ledger::VaultChange SqliteVault::add_subject(const SubjectRef& subject, const exchange::SubjectKeys& keys) const {
  key_cache_.put(subject, unwrapped(keys));
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

ledger::VaultChange SqliteVault::erase_subject(const SubjectRef& subject, KeyClassSet classes, bool suppress) const {
  return encode(ErasedSubject{.subject = subject, .classes = classes, .suppress = suppress});
}

ledger::VaultChange SqliteVault::drop_record(const RecordId& record) const {
  return encode(DroppedRecord{.record = record});
}

ledger::VaultChange SqliteVault::add_decision(const exchange::PendingDecision& decision) const {
  return encode(seal_decision(keys_, decision.id, decision.subject, decision.json));
}

ledger::VaultChange SqliteVault::drop_decision(const Uuid& decision) const {
  return encode(DroppedDecision{.decision = decision});
}

ledger::VaultChange SqliteVault::count_outcome(const exchange::CountedOutcome& outcome) const {
  return encode(StoredFigure{new_uuid_v4(), month_number(outcome.month), outcome.centre, outcome.recipient,
                             outcome.kind, outcome.status, outcome.reason});
}

Result<std::vector<exchange::CountedOutcome>> SqliteVault::counted_outcomes(Date from, Date to) const {
  const auto first = month_number(from);
  const auto end = month_number(to);
  std::map<Uuid, StoredFigure> rows;  // one that waits may have reached the file meanwhile
  for (auto& row : pending_.figures())
    if (row.month >= first && row.month < end) rows.emplace(row.id, std::move(row));
  const auto read = readers_->use([&](VaultReader& reader) {
    return reader.each_figure(first, end, [&](StoredFigure row) { rows.emplace(row.id, std::move(row)); });
  });
  if (!read) return fail(read.error());
  std::vector<exchange::CountedOutcome> out;
  for (auto& [id, row] : rows) {
    const Date month = std::chrono::year(static_cast<int>(row.month / 12)) / std::chrono::month(row.month % 12 + 1) / 1;
    out.push_back({month, std::move(row.centre), std::move(row.recipient), std::move(row.kind), std::move(row.status),
                   std::move(row.reason)});
  }
  return out;
}

ledger::VaultChange SqliteVault::set_number(const exchange::NumberDecision& decision) const {
  return encode(StoredNumber{.mark = decision.mark,
                             .subject = decision.subject,
                             .reference = decision.reference,
                             .state = static_cast<std::uint8_t>(decision.state)});
}

ledger::VaultChange SqliteVault::purged(const SubjectRef& subject) {
  return encode(PurgedSubject{.subject = subject});
}

ledger::VaultChange SqliteVault::stay_end(const SubjectRef& subject, Date day) {
  return encode(StoredStayEnd{.subject = subject, .day = std::chrono::sys_days{day}.time_since_epoch().count()});
}

std::vector<SubjectRef> SqliteVault::unpurged() const {
  const std::lock_guard lock(waiting_mutex_);
  return {unpurged_.begin(), unpurged_.end()};
}

Status SqliteVault::check_erasures() const {
  return readers_->use([](VaultReader& reader) { return reader.check_erasures(); });
}

Status SqliteVault::scrub() {
  const auto subjects = unpurged();
  if (auto done = applier_->scrub(last_batch_); !done) return done;
  // Nobody finds these keys any more, so nobody puts them back.
  for (const auto& subject : subjects) key_cache_.forget(subject);
  return {};
}

std::chrono::milliseconds SqliteVault::last_rewriting() const {
  return applier_->last_rewriting();
}

// A row of a class whose key was destroyed: of a restored journal, say. It could never be read.
bool SqliteVault::is_erased(const Change& change) const {
  if (const auto* record = std::get_if<StoredRecord>(&change))
    return erased_.classes_of(record->subject).contains(KeyClass::payload);
  if (const auto* payload = std::get_if<StoredPayload>(&change))
    return erased_.classes_of(payload->subject).contains(KeyClass::payload);
  if (const auto* identifier = std::get_if<StoredIdentifier>(&change))
    return erased_.classes_of(identifier->subject).contains(KeyClass::directory);
  if (const auto* number = std::get_if<StoredNumber>(&change))
    return erased_.classes_of(number->subject).contains(KeyClass::directory);
  // While a class is left, its erasure can be proposed still.
  if (const auto* decision = std::get_if<StoredDecision>(&change))
    return erased_.classes_of(decision->subject).includes(KeyClassSet::all());
  const auto* subject = std::get_if<StoredSubject>(&change);
  return subject != nullptr && !erased_.classes_of(subject->subject).empty();
}

void SqliteVault::take_erasure(ErasedSubject& erased, const std::vector<StoredIdentifier>& of_this_batch) {
  if (erased.suppress) {
    erased.marks = directory_.marks_of(erased.subject);
    for (const auto& identifier : of_this_batch)
      if (identifier.subject == erased.subject) erased.marks.push_back(identifier.mark);
    for (const auto& mark : erased.marks) erased.suppressed.push_back(suppression_mark_of(keys_, mark));
  }
  if (!erased.classes.contains(KeyClass::directory)) erased.marks.clear();
  erased_.put(erased);
  if (erased.classes.contains(KeyClass::directory)) {
    directory_.remove(erased.subject);
    numbers_.remove(erased.subject);
    for (const auto& mark : erased.marks) numbers_.remove_mark(mark);
  }
  key_cache_.forget(erased.subject);
  const std::lock_guard lock(waiting_mutex_);
  std::erase_if(decisions_, [&](const auto& one) { return one.second.subject == erased.subject; });
  unpurged_.insert(erased.subject);
}

// One decision waits per subject: a newer one takes its place.
void SqliteVault::take_decision(Change& change) {
  const std::lock_guard lock(waiting_mutex_);
  if (const auto* purged = std::get_if<PurgedSubject>(&change)) unpurged_.erase(purged->subject);
  if (const auto* dropped = std::get_if<DroppedDecision>(&change)) decisions_.erase(dropped->decision);
  if (const auto* stored = std::get_if<StoredDecision>(&change)) decisions_.insert_or_assign(stored->decision, *stored);
}

void SqliteVault::take_number(const StoredNumber& number) {
  numbers_.put(number);
  if (number.state == static_cast<std::uint8_t>(exchange::NumberDecision::State::borne))
    directory_.put({.mark = number.mark, .subject = number.subject});
  else
    directory_.part(number.mark, number.subject);
}

void SqliteVault::on_durable(std::uint64_t batch, std::span<const ledger::VaultChange> changes) {
  if (batch <= last_batch_) return;
  std::vector<Change> rows;
  rows.reserve(changes.size());
  std::vector<StoredIdentifier> identifiers;
  std::vector<StoredNumber> numbers;
  for (const auto& change : changes) {
    auto row = decode(change);
    if (!row) throw std::runtime_error(row.error().message);
    if (is_erased(*row)) continue;
    if (const auto* identifier = std::get_if<StoredIdentifier>(&*row)) identifiers.push_back(*identifier);
    if (const auto* number = std::get_if<StoredNumber>(&*row)) numbers.push_back(*number);
    if (auto* erased = std::get_if<ErasedSubject>(&*row)) {
      for (const auto& number : numbers) take_number(number);
      numbers.clear();
      take_erasure(*erased, identifiers);
      if (erased->classes.contains(KeyClass::directory))
        std::erase_if(identifiers, [&](const auto& one) { return one.subject == erased->subject; });
    }
    take_decision(*row);
    if (const auto* reply = std::get_if<StoredReply>(&*row)) answered_.put(reply->key);
    rows.push_back(std::move(*row));
  }
  pending_.add(batch, std::move(rows));
  last_batch_ = batch;
  // Last, so that whoever finds the subject finds its keys.
  for (const auto& identifier : identifiers) directory_.put(identifier);
  for (const auto& number : numbers) take_number(number);
  if (pending_.bytes() >= options_.pace.hurry_at) applier_->hurry();
}

bool SqliteVault::note_through(std::uint64_t batch) {
  pending_.note(batch);
  return true;
}

std::uint64_t SqliteVault::applied_through() const {
  return applier_->durable_through();
}

}  // namespace ketenpoort::storage
