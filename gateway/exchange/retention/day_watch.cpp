#include "gateway/exchange/retention/day_watch.hpp"

#include <algorithm>
#include <utility>

#include "gateway/base/error_text.hpp"
#include "gateway/base/files.hpp"
#include "gateway/exchange/facilities/same_person.hpp"
#include "gateway/exchange/notices/notify.hpp"
#include "gateway/exchange/retention/lifecycle.hpp"
#include "gateway/ledger/history/history.hpp"
#include "gateway/observability/log.hpp"

namespace ketenpoort::exchange {
namespace {

using ledger::History;

// More than what scheduling and drift make of ten seconds.
constexpr std::chrono::seconds least_jump{30};

}  // namespace

bool ends_between(const policy::Facts& facts, Date came, Date after, Date today) {
  const auto first = facts.first_day_without_stay();
  return first && came < *first && after < *first && facts.stay_ended(today);
}

DayWatch::DayWatch(Facilities& facilities, const VaultStock& stock, DayWatchOptions options)
    : facilities_(facilities), stock_(stock), options_(std::move(options)) {}

DayWatch::~DayWatch() {
  stop();
}

void DayWatch::start() {
  if (const auto kept = read_file(options_.file, 64)) told_ = parse_date(kept->substr(0, kept->find('\n')));
  steady_ = std::chrono::steady_clock::now();
  seen_ = facilities_.clock.now();
  thread_ = std::thread([this] { run(); });
}

void DayWatch::stop() {
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
  }
  wake_.notify_all();
  if (thread_.joinable()) thread_.join();
}

void DayWatch::run() {
  std::unique_lock lock(mutex_);
  while (!stopping_) {
    lock.unlock();
    try {
      look_at_clock();
      facilities_.recent.forget_old();
      look_at_day();
    } catch (const std::exception&) {  // the vault cannot be read, say; its text may hold anything
      log::error("stays_not_looked_at", log::field("code", ErrorCode::internal));
    }
    lock.lock();
    wake_.wait_for(lock, options_.pause, [this] { return stopping_.load(); });
  }
}

void DayWatch::look_at_clock() {
  const auto steady = std::chrono::steady_clock::now();
  const auto now = facilities_.clock.now();
  const auto passed = std::chrono::duration_cast<std::chrono::milliseconds>(steady - std::exchange(steady_, steady));
  const auto jumped = now - std::exchange(seen_, now) - passed;
  if (std::chrono::abs(jumped) < least_jump) return;
  log::warning("clock_was_set", log::field("by", jumped));
  options_.on_jump();
}

// A day counts as told once everybody has been; until then it is gone through again.
void DayWatch::look_at_day() {
  const auto today = date_in_brussels(facilities_.clock.now());
  if (told_ && *told_ > today) {
    log::warning("days_told_are_to_come",
                 log::field("ahead", std::chrono::sys_days(*told_) - std::chrono::sys_days(today)));
    return note_told(today);
  }
  if (told_ == today) return;
  if (auto done =
          tell_ended(told_.value_or(Date{std::chrono::year{1}, std::chrono::January, std::chrono::day{1}}), today);
      !done) {
    log::warning("stays_not_looked_at", log::field("code", done.error().code));
    return;
  }
  if (!stopping_) note_told(today);
}

// Without the file the next start goes through the days again; whoever was told is not told twice.
void DayWatch::note_told(Date today) {
  told_ = today;
  told_now_.clear();
  if (auto written = replace_file(options_.file, to_iso(today) + "\n"); !written)
    log::warning("day_not_noted", log::field("code", written.error().code));
}

Status DayWatch::tell_ended(Date after, Date today) {
  std::vector<std::pair<SubjectRef, RecordId>> ended;
  auto walked = stock_.each_holding([&](const Holding& holding) {
    if (stopping_ || holding.records.empty()) return;
    if (const auto record = find_ended(holding.subject, after, today)) ended.emplace_back(holding.subject, *record);
  });
  if (!walked) return walked;
  for (const auto& [subject, record] : ended) {
    if (stopping_) return {};
    if (told_now_.contains(record)) continue;
    if (auto told = tell(subject, record); !told) return told;
    told_now_.insert(record);
  }
  return {};
}

std::optional<RecordId> DayWatch::find_ended(const SubjectRef& subject, Date after, Date today) const {
  const auto known = find_known_life(facilities_, subject);
  // Of several subjects that are one person, the one whose record is the newest speaks for all.
  if (!known || known->subject != subject || !ends_between(known->facts, known->on, after, today)) return std::nullopt;
  return known->record;
}

Status DayWatch::tell(const SubjectRef& subject, const RecordId& newest) {
  const auto done = facilities_.sequencer.submit_and_wait(
      [&](const History& history, std::uint64_t, Timestamp now) -> Result<ledger::Transaction> {
        ledger::Transaction transaction;
        const auto record = newest_record_of_person(history, subject);
        if (!record || record->id != newest) return transaction;  // something newer is said
        ledger::EntryDraft like;
        like.actor = {"system", facilities_.terms->organisation, "gateway", {}};
        like.activity = facilities_.terms->activity_for({});
        like.trace = new_uuid_v4();
        for (const auto& one : kept_same_person(history, subject)) {
          like.subject = one;
          add_notifications(history, like, {.cause = "STAY_ENDED", .seq = record->seq}, {}, now, transaction);
        }
        return transaction;
      });
  return done ? Status{} : Status(fail(done.error()));
}

}  // namespace ketenpoort::exchange
