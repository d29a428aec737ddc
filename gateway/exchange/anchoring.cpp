#include "gateway/exchange/anchoring.hpp"

#include <algorithm>
#include <utility>

#include "gateway/base/bytes.hpp"
#include "gateway/ledger/entry/bodies.hpp"
#include "gateway/ledger/history/history.hpp"
#include "gateway/ledger/published/witness.hpp"
#include "gateway/observability/log.hpp"

namespace ketenpoort::exchange {
namespace {

// The published checkpoint, taken apart. It is our own: its signature is not checked again.
Result<ledger::Checkpoint> read_own(const std::string& note) {
  const auto parts = ledger::split_note(note);
  if (!parts) return fail(parts.error());
  return ledger::parse_checkpoint(parts->text);
}

std::string_view header_of(const Answer& answer, std::string_view name) {
  for (const auto& [key, value] : answer.headers)
    if (key == name) return std::string_view(value).substr(0, value.find(';'));
  return {};
}

// An entry with a later time than its own breaks the log for every verifier, so it is not written.
Status check_clock(Timestamp said, Timestamp now) {
  if (said <= now + ledger::anchor_clocks_differ) return {};
  return fail(ErrorCode::invalid_input,
              "it was made more than five minutes from now, by the gateway's clock: set the clocks right");
}

constexpr int most_attempts = 3;

// For the log: what kind of failure it was, never a word of the other side's.
log::Label why_of(ErrorCode code) {
  switch (code) {
    case ErrorCode::unavailable:
      return "no usable answer";
    case ErrorCode::malformed:
      return "the answer cannot be read";
    case ErrorCode::crypto:
      return "what was signed does not hold";
    case ErrorCode::conflict:
      return "the witness saw a log that is not the beginning of this one";
    case ErrorCode::forbidden:
      return "the witness does not trust this log's key";
    case ErrorCode::not_found:
      return "the witness does not know this log";
    case ErrorCode::invalid_input:
      return "its clock is ahead of ours by more than five minutes";
    default:
      return "it cannot be written down";
  }
}

}  // namespace

Anchoring::Anchoring(Facilities& facilities, AnchoringPlan plan, std::function<void()> on_confirmed)
    : facilities_(facilities), plan_(std::move(plan)), on_confirmed_(std::move(on_confirmed)) {
  if (const auto cosigned = facilities_.sequencer.cosigned_checkpoint())
    if (const auto known = read_own(*cosigned)) cosigned_size_ = known->size;
}

Anchoring::~Anchoring() {
  stop();
}

void Anchoring::start() {
  thread_ = std::thread([this] { run(); });
}

void Anchoring::stop() {
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
  }
  stopped_.notify_all();
  facilities_.sequencer.wait_no_longer_for_room();  // not before: no further anchor is asked
  if (thread_.joinable()) thread_.join();
}

void Anchoring::run() {
  std::unique_lock lock(mutex_);
  while (!stopping_) {
    lock.unlock();
    const auto began = std::chrono::steady_clock::now();
    const bool all_answered = run_safely();
    lock.lock();
    const auto pause = all_answered ? plan_.interval : std::min(plan_.interval, plan_.retry);
    stopped_.wait_until(lock, began + pause, [this] { return stopping_; });
  }
}

bool Anchoring::run_safely() {
  try {
    return run_round();
  } catch (const std::exception&) {  // what nobody foresaw ends this round, not the gateway
    log::error("anchoring_broken");
    return false;
  }
}

void Anchoring::report(const log::ConfiguredName& anchor, const Error& error) {
  log::warning("anchor_failed", log::field("anchor", anchor), log::field("why", why_of(error.code)));
  const std::lock_guard lock(mutex_);
  ++figures_.failures;
}

bool Anchoring::run_round() {
  bool all_answered = true;
  for (const auto& authority : plan_.authorities) {
    if (is_stopping()) return true;
    if (auto done = stamp(authority); !done && !is_stopping()) {
      report(authority.name, done.error());
      all_answered = false;
    }
  }
  return gather_cosignatures() && all_answered;
}

Status Anchoring::stamp(const StampingAuthority& authority) {
  const auto checkpoint = read_own(facilities_.sequencer.checkpoint());
  if (!checkpoint) return fail(checkpoint.error());
  const auto request = ledger::make_timestamp_request(sha256(as_bytes(ledger::format_checkpoint(*checkpoint))));
  const auto answer = authority.ask({"POST",
                                     authority.path,
                                     {{"content-type", std::string(ledger::timestamp_query_type)},
                                      {"accept", std::string(ledger::timestamp_reply_type)}},
                                     std::string(as_text(request.der))});
  if (!answer) return fail(answer.error());
  if (answer->status != 200) return fail(ErrorCode::unavailable, "the answer is no time stamp");
  const auto token = ledger::accept_timestamp(as_bytes(answer->body), request, authority.roots);
  if (!token) return fail(token.error());
  const auto facts = ledger::read_timestamp(*token, request.imprint);
  if (!facts) return fail(facts.error());
  if (auto passed = check_clock(facts->time, facilities_.clock.now()); !passed) return passed;
  ledger::Anchored body;
  body.gen_time = facts->time;
  body.root = checkpoint->root;
  body.size = checkpoint->size;
  body.token = to_base64(*token);
  body.tsa = authority.name.text();
  const std::lock_guard one(recording_);
  const auto recorded = record(ledger::Anchored::kind, ledger::encode_body(body), own_actor());
  if (!recorded) return fail(recorded.error());
  const std::lock_guard lock(mutex_);
  ++figures_.stamps;
  return {};
}

// All witnesses are shown one checkpoint, so that what they say stands in one entry.
bool Anchoring::gather_cosignatures() {
  if (plan_.witnesses.empty()) return true;
  const auto note = facilities_.sequencer.checkpoint();
  const auto checkpoint = read_own(note);
  if (!checkpoint) return false;
  bool all_answered = true;
  std::vector<std::string> lines;
  for (auto& witness : plan_.witnesses) {
    if (is_stopping()) break;
    auto line = cosign(witness, note, *checkpoint);
    if (line) {
      lines.push_back(std::move(*line));
    } else {
      report(witness.name, line.error());
      all_answered = false;
    }
  }
  if (lines.empty()) return all_answered;
  const auto recorded = record_cosignatures(*checkpoint, std::move(lines), own_actor());
  return recorded && all_answered;
}

// A witness that remembers another size than we think says so, and is asked again from there.
Result<std::string> Anchoring::cosign(WitnessContact& witness, const std::string& note,
                                      const ledger::Checkpoint& checkpoint) {
  for (int attempt = 0; attempt < most_attempts; ++attempt) {
    if (witness.seen > checkpoint.size)
      return fail(ErrorCode::conflict, "the witness has seen a larger tree of this log: it was rolled back");
    auto proof = facilities_.sequencer.prove_growth(witness.seen, checkpoint.size);
    if (!proof) return fail(proof.error());
    const auto body = ledger::format_add_checkpoint({witness.seen, std::move(*proof), note});
    const auto answer = witness.ask({"POST", "/add-checkpoint", {{"content-type", "text/plain; charset=utf-8"}}, body});
    if (!answer) return fail(answer.error());
    const auto before = witness.seen;
    auto line = judge(witness, *answer, checkpoint);
    if (line || line.error().code != ErrorCode::changed || witness.seen == before) return line;
  }
  return fail(ErrorCode::unavailable, "the witness keeps remembering another size");
}

// ErrorCode::changed: it remembers `witness.seen` now.
Result<std::string> Anchoring::judge(WitnessContact& witness, const Answer& answer,
                                     const ledger::Checkpoint& checkpoint) {
  switch (answer.status) {
    case 200: {
      const auto found =
          ledger::find_cosignatures(ledger::format_checkpoint(checkpoint), answer.body, std::span(&witness.key, 1));
      if (!found) return fail(found.error());
      if (found->empty()) return fail(ErrorCode::crypto, "the witness answers with another key's signature");
      witness.seen = checkpoint.size;
      if (auto passed = check_clock(found->front().time, facilities_.clock.now()); !passed) return fail(passed.error());
      note_word(witness, found->front().time);
      return found->front().line;
    }
    case 409: {
      if (header_of(answer, "content-type") != ledger::tlog_size_type)
        return fail(ErrorCode::conflict, "the witness has seen another tree of this size: the log has forked");
      const auto size = ledger::parse_tlog_size(answer.body);
      if (!size) return fail(size.error());
      witness.seen = *size;
      return fail(ErrorCode::changed, "the witness remembers another size");
    }
    case 403:
      return fail(ErrorCode::forbidden, "the witness does not trust the key of this log");
    case 404:
      return fail(ErrorCode::not_found, "the witness does not know this log");
    case 422:
      return fail(ErrorCode::conflict, "the witness finds that the log did not grow out of what it saw");
    default:
      return fail(ErrorCode::unavailable, "the witness does not answer as one");
  }
}

Result<std::uint64_t> Anchoring::record_cosignatures(const ledger::Checkpoint& checkpoint,
                                                     std::vector<std::string> lines, const ledger::Actor& actor) {
  ledger::Cosigned body;
  body.root = checkpoint.root;
  body.size = checkpoint.size;
  body.signatures = std::move(lines);
  const std::lock_guard one(recording_);
  auto recorded = record(ledger::Cosigned::kind, ledger::encode_body(body), actor);
  if (!recorded) return recorded;
  if (checkpoint.size >= cosigned_size_) {
    if (auto done = facilities_.sequencer.publish_cosigned(checkpoint, body.signatures); !done)
      log::warning("cosigned_checkpoint_not_published", log::field("why", why_of(done.error().code)));
    else
      cosigned_size_ = checkpoint.size;
  }
  const std::lock_guard lock(mutex_);
  figures_.cosignatures += body.signatures.size();
  return recorded;
}

// At most one anchoring entry per checkpoint: each waits here until one covers it.
Result<std::uint64_t> Anchoring::record(std::string_view kind, std::string body, const ledger::Actor& actor) {
  if (is_stopping()) return fail(ErrorCode::unavailable, "the gateway stops");  // the one before may be uncovered
  ledger::EntryDraft draft;
  draft.kind = kind;
  draft.actor = actor;
  draft.body = std::move(body);
  const auto committed = facilities_.sequencer.submit_and_wait([&](const ledger::History&, std::uint64_t, Timestamp) {
    return Result<ledger::Transaction>({{draft}, {}});
  });
  if (!committed) return fail(committed.error());
  on_confirmed_();
  facilities_.sequencer.wait_until_published(committed->first_seq + 1);
  return committed->first_seq;
}

Result<std::uint64_t> Anchoring::accept_cosignatures(std::string_view note, const ledger::Actor& actor) {
  const auto parts = ledger::split_note(note);
  if (!parts) return fail(parts.error());
  const auto said = ledger::parse_checkpoint(parts->text);
  if (!said) return fail(said.error());
  const auto keys = facilities_.sequencer.keys();
  if (said->origin != keys.current().name()) return fail(ErrorCode::not_found, "this is another log's checkpoint");
  if (auto ours = ledger::open_checkpoint(note, keys); !ours)
    return fail(ErrorCode::forbidden, "the checkpoint is not signed by this log");
  std::vector<ledger::WitnessKey> known;
  for (const auto& witness : plan_.witnesses) known.push_back(witness.key);
  const auto found = ledger::find_cosignatures(parts->text, parts->signatures, known);
  if (!found) return fail(ErrorCode::forbidden, found.error().message);
  if (found->empty()) return fail(ErrorCode::forbidden, "no witness of this log has signed");
  if (auto grown = check_had(*said); !grown) return fail(grown.error());
  for (const auto& one : *found) {
    if (auto passed = check_clock(one.time, facilities_.clock.now()); !passed) return fail(passed.error());
  }
  std::vector<std::string> lines;
  std::vector<News> taken;
  Status no_news;
  for (const auto& one : *found) {
    auto news = take_news(plan_.witnesses[one.witness], one.time);
    if (!news) {
      no_news = fail(std::move(news.error()));
      continue;
    }
    lines.push_back(one.line);
    taken.push_back(*news);
  }
  if (lines.empty()) return fail(std::move(no_news.error()));
  auto recorded = record_cosignatures(*said, std::move(lines), actor);
  if (!recorded) give_back(taken);
  return recorded;
}

// A word that was given long ago, or that is known already, says nothing about now: repeated, it would keep a log from
// ever becoming stale.
Result<Anchoring::News> Anchoring::take_news(WitnessContact& witness, ledger::CosignTime said) {
  const auto max_age = facilities_.sequencer.read([](const ledger::History& history) {
    const auto* configuration = history.configuration();
    return configuration != nullptr && configuration->anchoring
               ? std::optional(std::chrono::seconds{configuration->anchoring->max_age_seconds})
               : std::nullopt;
  });
  if (max_age && said + *max_age < facilities_.clock.now())
    return fail(ErrorCode::conflict, "the witness signed too long ago to confirm the log now");
  const std::lock_guard lock(mutex_);
  if (said <= witness.newest)
    return fail(ErrorCode::conflict, "this or something newer was said by the witness already");
  return News{&witness, said, std::exchange(witness.newest, said)};
}

// What could not be written down is still news. Nothing where a newer word came meanwhile.
void Anchoring::give_back(const std::vector<News>& taken) {
  const std::lock_guard lock(mutex_);
  for (const auto& news : taken)
    if (news.witness->newest == news.said) news.witness->newest = news.before;
}

void Anchoring::note_word(WitnessContact& witness, ledger::CosignTime said) {
  const std::lock_guard lock(mutex_);
  witness.newest = std::max(witness.newest, said);
}

// Whether the published log begins with this tree.
Status Anchoring::check_had(const ledger::Checkpoint& older) const {
  const auto published = read_own(facilities_.sequencer.checkpoint());
  if (!published) return fail(published.error());
  if (older.size > published->size || older.size == 0)
    return fail(ErrorCode::conflict, "the log has no such checkpoint");
  const auto proof = facilities_.sequencer.prove_growth(older.size, published->size);
  if (!proof) return fail(proof.error());
  if (!ledger::verify_consistency(older.size, published->size, older.root, published->root, *proof))
    return fail(ErrorCode::conflict, "the log never had this tree");
  return {};
}

bool Anchoring::is_stopping() const {
  const std::lock_guard lock(mutex_);
  return stopping_;
}

ledger::Actor Anchoring::own_actor() const {
  return {"system", facilities_.terms->organisation, "gateway", {}};
}

Anchoring::Figures Anchoring::figures() const {
  const std::lock_guard lock(mutex_);
  return figures_;
}

std::optional<Timestamp> Anchoring::confirmed_at() const {
  return facilities_.sequencer.read([](const ledger::History& history) { return history.anchors_confirmed_at(); });
}

bool Anchoring::is_stale() const {
  return facilities_.sequencer.read(
      [&](const ledger::History& history) { return history.is_anchor_stale(facilities_.clock.now()); });
}

}  // namespace ketenpoort::exchange
