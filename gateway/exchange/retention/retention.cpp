#include "gateway/exchange/retention/retention.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <set>

#include "gateway/exchange/facilities/same_person.hpp"
#include "gateway/exchange/notices/notify.hpp"
#include "gateway/ledger/entry/bodies.hpp"
#include "gateway/ledger/history/history.hpp"
#include "gateway/policy/facts.hpp"

namespace ketenpoort::exchange {
namespace {

using ledger::History;
using ledger::Transaction;

constexpr std::size_t subjects_at_once = 64;              // in one transaction
constexpr std::string_view ground_to_keep = "art17-3-e";  // to answer for what was done

bool is_over(const std::optional<Date>& from, const std::optional<std::chrono::days>& keep, Date today) {
  return from && keep && add_days(*from, static_cast<int>(keep->count())) <= today;
}

std::set<SubjectRef> find_who_asked(const History& history) {
  std::set<SubjectRef> out;
  for (const auto& request : history.requests())
    if (!request.closed) out.insert(request.subject);
  return out;
}

// Whoever is one person with the subject is protected together with it.
SubjectStanding standing_of(const History& history, const SubjectRef& subject, const std::set<SubjectRef>& asked) {
  SubjectStanding out;
  for (const auto& id : history.transfers_of(subject)) out.transfers.emplace_back(id, history.transfer(id)->state);
  for (const auto& cell : history.cells_of(subject)) out.cells.push_back(cell.seq);
  if (const auto newest = history.latest_record(subject)) out.newest = newest->id;
  out.is_protected = std::ranges::any_of(person_of(history, subject), [&](const SubjectRef& one) {
    return history.is_restricted(one) || asked.contains(one);
  });
  return out;
}

struct Planned {
  Holding holding;
  SubjectPast past;
  RetentionPlan plan;
};

class Retention {
 public:
  Retention(Facilities& facilities, VaultStock& stock, const RetentionTerms& terms, const RetentionProgress& progress)
      : facilities_(facilities), stock_(stock), terms_(terms), progress_(progress) {}

  Result<RetentionReport> run(bool dry_run) {
    report_.dry_run = dry_run;
    report_.bytes_before = report_.bytes_after = stock_.bytes_on_disk();
    if (auto planned = plan_all(); !planned) return fail(planned.error());
    if (!dry_run)
      if (auto done = carry_out(); !done) return fail(done.error());
    for (const auto& one : planned_) count(one);
    if (dry_run) return report_;
    if (!planned_.empty())
      if (auto settled = stock_.settle(); !settled) return fail(settled.error());
    report_.bytes_after = stock_.bytes_on_disk();
    if (auto noted = note_run(); !noted) return fail(noted.error());
    return report_;
  }

 private:
  Status plan_all() {
    today_ = date_in_brussels(facilities_.clock.now());
    asked_ = facilities_.sequencer.read(find_who_asked);
    const auto total = stock_.subject_count();
    bool goes_on = true;
    const auto walked = stock_.each_holding([&](const Holding& holding) {
      if (report_.subjects % 256 == 0) goes_on = goes_on && progress_(report_.subjects, total);
      if (!goes_on) return;
      ++report_.subjects;
      auto past = look_back(holding);
      auto plan = plan_retention(holding, past, terms_, today_);
      if (plan.empty() && !holding.records.empty()) ++report_.waiting;
      if (!plan.empty()) planned_.push_back({holding, std::move(past), std::move(plan)});
    });
    return goes_on ? walked : stopped();
  }

  static Status stopped() { return fail(ErrorCode::unavailable, "the gateway stopped meanwhile: run it again"); }

  [[nodiscard]] std::optional<Date> find_stay_end(const Holding& holding) const {
    if (holding.stay_ended) return holding.stay_ended;
    const auto newest =
        facilities_.sequencer.read([&](const History& history) { return history.latest_record(holding.subject); });
    if (!newest) return std::nullopt;
    const auto record = facilities_.vault.find_record(newest->id);
    if (!record) return std::nullopt;
    const auto document = formats::parse_json(*record);
    if (!document) return std::nullopt;
    const auto facts = policy::read_facts(document->root());
    if (!facts || !facts->stay_ended(today_)) return std::nullopt;
    return facts->stay_until ? facts->stay_until : day_of(newest->seq);
  }

  [[nodiscard]] std::optional<Date> day_of(std::uint64_t seq) const {
    const auto bytes = facilities_.sequencer.entry_bytes(seq);
    if (!bytes) return std::nullopt;
    const auto entry = ledger::decode_entry(*bytes);
    if (!entry) return std::nullopt;
    return date_in_brussels(entry->time);
  }

  [[nodiscard]] SubjectPast look_back(const Holding& holding) const {
    SubjectPast past;
    std::vector<History::Cell> cells;
    facilities_.sequencer.read([&](const History& history) {
      for (const auto& id : history.transfers_of(holding.subject)) {
        const auto transfer = history.transfer(id);
        const bool ended = is_final(transfer->state) || transfer->state == TransferState::delivered ||
                           transfer->state == TransferState::abandoned;
        if (ended)
          past.ended.emplace_back(id, date_in_brussels(transfer->changed));
        else
          past.something_open = true;
      }
      cells = history.cells_of(holding.subject);
      past.standing = standing_of(history, holding.subject, asked_);
      return 0;
    });
    add_forgotten(holding, past);
    past.stay_ended = find_stay_end(holding);
    past.had_consents = !cells.empty();
    past.consents_ended = end_of(cells);
    return past;
  }

  // Messages of transfers that the history has let go: they have ended, and the index knows when.
  void add_forgotten(const Holding& holding, SubjectPast& past) const {
    for (const auto& payload : holding.payloads) {
      const bool kept = facilities_.sequencer.read(
          [&](const History& history) { return history.transfer(payload.transfer).has_value(); });
      if (kept || !facilities_.ended_at) continue;
      if (const auto ended = facilities_.ended_at(payload.transfer))
        past.ended.emplace_back(payload.transfer, date_in_brussels(*ended));
    }
  }

  [[nodiscard]] std::optional<Date> end_of(const std::vector<History::Cell>& cells) const {
    std::optional<Date> last;
    for (const auto& cell : cells) {
      const auto ended = cell.state == History::CellState::given ? cell.valid_until : day_of(cell.seq);
      if (!ended || (cell.state == History::CellState::given && *ended >= today_)) return std::nullopt;
      last = last ? std::max(*last, *ended) : *ended;
    }
    return last;
  }

  Status carry_out() {
    for (std::size_t first = 0; first < planned_.size(); first += subjects_at_once) {
      if (!progress_(report_.subjects, report_.subjects)) return stopped();
      const auto last = std::min(planned_.size(), first + subjects_at_once);
      const auto done = facilities_.sequencer.submit_and_wait(
          [&](const History& history, std::uint64_t first_seq, Timestamp now) -> Result<Transaction> {
            Transaction transaction;
            const auto asked = find_who_asked(history);
            for (auto i = first; i < last; ++i) {
              if (standing_of(history, planned_[i].holding.subject, asked) != planned_[i].past.standing)
                planned_[i].plan = {};
              add(history, planned_[i], first_seq, now, transaction);
            }
            return transaction;
          });
      if (!done) return fail(done.error());
      for (auto i = first; i < last; ++i) forget(planned_[i]);
    }
    return {};
  }

  // What memory has of it goes with it.
  void forget(const Planned& planned) const {
    if (!planned.plan.records.empty() || !planned.plan.classes.empty())
      facilities_.recent.forget(planned.holding.subject);
  }

  // Of whom something was heard meanwhile, nothing is touched: the plan is empty.
  void add(const History& history, const Planned& planned, std::uint64_t first_seq, Timestamp now,
           Transaction& transaction) const {
    const auto& holding = planned.holding;
    const auto& plan = planned.plan;
    for (const auto& record : plan.records) transaction.changes.push_back(facilities_.vault.drop_record(record.id));
    for (const auto& payload : plan.payloads)
      transaction.changes.push_back(facilities_.vault.drop_payload(payload.transfer));
    if (!plan.records.empty() && planned.past.stay_ended)
      transaction.changes.push_back(stock_.note_stay_end(holding.subject, *planned.past.stay_ended));
    if (plan.classes.empty()) return;
    transaction.changes.push_back(facilities_.vault.erase_subject(holding.subject, plan.classes, false));
    const auto erased = draft_erased(holding, plan.classes);
    const auto seq = first_seq + transaction.entries.size();
    transaction.entries.push_back(erased);
    // Whoever has the data hears that we have them no longer (GDPR art. 19).
    add_notifications(history, erased, {"ERASURE", seq}, {}, now, transaction);
  }

  [[nodiscard]] ledger::EntryDraft draft_erased(const Holding& holding, KeyClassSet classes) const {
    ledger::SubjectErased body;
    body.classes = classes.names();
    for (const auto one : {KeyClass::directory, KeyClass::payload, KeyClass::proof})
      if (holding.keys.contains(one) && !classes.contains(one))
        body.kept.push_back({std::string(to_text(one)), std::string(ground_to_keep)});
    ledger::EntryDraft draft;
    draft.kind = ledger::SubjectErased::kind;
    draft.actor = {"system", facilities_.terms->organisation, std::string(ledger::retention_role), {}};
    draft.subject = holding.subject;
    draft.body = ledger::encode_body(body);
    return draft;
  }

  void count(const Planned& planned) {
    const auto& plan = planned.plan;
    for (const auto& record : plan.records) report_.record = plus(report_.record, record.bytes);
    for (const auto& payload : plan.payloads) report_.payload = plus(report_.payload, payload.bytes);
    if (plan.classes.contains(KeyClass::proof)) report_.proof = plus(report_.proof, 0);
    if (plan.classes.contains(KeyClass::directory))
      report_.directory = plus(report_.directory, planned.holding.identifiers * (sizeof(Digest) + sizeof(SubjectRef)));
    if (!plan.classes.empty()) ++report_.retired;
  }

  static RetentionCount plus(RetentionCount count, std::uint64_t bytes) {
    return {count.rows + 1, count.bytes + bytes};
  }

  // Records were opened to see when stays ended: that is a look-up over everybody, and the log says so.
  Status note_run() {
    const auto days = [](const std::optional<std::chrono::days>& term) { return term ? term->count() : -1; };
    const auto query = fmt::format("retention record={} payload={} proof={} directory={}", days(terms_.record),
                                   days(terms_.payload), days(terms_.proof), days(terms_.directory));
    ledger::AuditQueried body;
    body.purpose = "retention";
    body.query = sha256(as_bytes(query));
    body.rows = report_.subjects;
    ledger::EntryDraft draft;
    draft.kind = ledger::AuditQueried::kind;
    draft.actor = {"system", facilities_.terms->organisation, std::string(ledger::retention_role), {}};
    draft.body = ledger::encode_body(body);
    const auto noted =
        facilities_.sequencer.submit_and_wait([&](const History&, std::uint64_t, Timestamp) -> Result<Transaction> {
          Transaction transaction;
          transaction.entries.push_back(draft);
          return transaction;
        });
    if (!noted) return fail(noted.error());
    return {};
  }

  Facilities& facilities_;
  VaultStock& stock_;
  const RetentionTerms& terms_;
  const RetentionProgress& progress_;
  Date today_{};
  std::set<SubjectRef> asked_;  // whose requests are open
  RetentionReport report_;
  std::vector<Planned> planned_;
};

}  // namespace

RetentionPlan plan_retention(const Holding& holding, const SubjectPast& past, const RetentionTerms& terms, Date today) {
  RetentionPlan plan;
  if (past.standing.is_protected) return plan;
  for (const auto& payload : holding.payloads) {
    const auto ended = std::ranges::find(past.ended, payload.transfer, [](const auto& one) { return one.first; });
    if (ended != past.ended.end() && is_over(ended->second, terms.payload, today)) plan.payloads.push_back(payload);
  }
  if (past.something_open) return plan;
  if (is_over(past.stay_ended, terms.record, today)) plan.records = holding.records;

  const bool nothing_left =
      plan.records.size() == holding.records.size() && plan.payloads.size() == holding.payloads.size();
  const bool stay_over = is_over(past.stay_ended, terms.record, today);
  const auto proof_from = past.had_consents ? past.consents_ended : past.stay_ended;
  const bool proof_over = nothing_left && is_over(proof_from, terms.proof, today);
  const bool directory_over = proof_over && (!past.stay_ended || is_over(past.stay_ended, terms.directory, today));
  if (nothing_left && (stay_over || proof_over)) plan.classes.insert(KeyClass::payload);
  if (proof_over) plan.classes.insert(KeyClass::proof);
  if (directory_over) plan.classes.insert(KeyClass::directory);
  KeyClassSet there;
  for (const auto one : {KeyClass::payload, KeyClass::proof, KeyClass::directory})
    if (plan.classes.contains(one) && holding.keys.contains(one)) there.insert(one);
  plan.classes = there;
  return plan;
}

Result<RetentionReport> apply_retention(Facilities& facilities, VaultStock& stock, const RetentionTerms& terms,
                                        bool dry_run, const RetentionProgress& progress) {
  return Retention(facilities, stock, terms, progress).run(dry_run);
}

}  // namespace ketenpoort::exchange
