#include "gateway/exchange/rights/record_breach.hpp"

#include <memory>
#include <utility>

#include "gateway/exchange/facilities/repeatable_call.hpp"
#include "gateway/ledger/entry/entry.hpp"
#include "gateway/ledger/history/history.hpp"

namespace ketenpoort::exchange {
namespace {

using ledger::BreachRecorded;
using ledger::History;
using ledger::Transaction;

constexpr Date first_day_of_gdpr{std::chrono::year{2018}, std::chrono::May, std::chrono::day{25}};

class Check {
 public:
  explicit Check(Timestamp now) : now_(now), today_(date_in_brussels(now)) {}

  void authority(const BreachRecorded& breach) {
    if (breach.aware_at > now_) complain("awareAt", "it must not be in the future: from then on the 72 hours run");
    if (date_in_brussels(breach.aware_at) < first_day_of_gdpr)
      complain("awareAt", "it is before 25 May 2018, from which the GDPR applies: look at the year");
    if (!breach.authority_told) return;
    if (*breach.authority_told > now_)
      complain("authorityTold", "it must not be in the future; leave it out until the authority has been told");
    if (*breach.authority_told < breach.aware_at)
      complain("authorityTold", "it must not be before `awareAt`: nobody tells what they do not know");
  }

  void subjects(const BreachRecorded& breach) {
    if (!breach.subjects_told) return;
    if (*breach.subjects_told > today_)
      complain("subjectsTold", "it must not be in the future; leave it out until the data subjects have been told");
    if (*breach.subjects_told < date_in_brussels(breach.aware_at))
      complain("subjectsTold", "it must not be before the day of `awareAt`");
  }

  // It may go on for a while after it was noticed.
  void days(const BreachRecorded& breach) {
    if (breach.from && *breach.from > date_in_brussels(breach.aware_at))
      complain("from", "it must not be after the day of `awareAt`: nobody knows of what has not begun");
    if (breach.until && *breach.until > today_)
      complain("until", "it must not be in the future; leave it out while the breach goes on");
    if (breach.from && breach.until && *breach.until < *breach.from) complain("until", "it must not be before `from`");
  }

  void effects(const BreachRecorded& breach) {
    if (breach.nature.empty())
      complain("nature", "name what was breached: confidentiality, integrity, availability, or several of them");
    if (breach.risk == "high" && breach.effects.empty())
      complain("effects", "a risk that is high is one of something: name the effects that are likely");
  }

  std::vector<Issue> issues;

 private:
  void complain(std::string where, std::string detail) {
    issues.push_back({ErrorCode::invalid_input, std::move(where), std::move(detail)});
  }

  Timestamp now_;
  Date today_;
};

struct Recording {
  Caller caller;
  RecordedBreach recorded;
  std::function<std::string(const RecordedBreach&)> render;
  std::function<void(Result<PastReply>)> done;
  RepeatableCall call;
};

ledger::EntryDraft draft(const Caller& caller, const BreachRecorded& breach) {
  ledger::EntryDraft out;
  out.kind = BreachRecorded::kind;
  out.actor = caller.person();
  out.trace = caller.trace;
  out.body = ledger::encode_body(breach);
  return out;
}

Result<Transaction> prepare(Recording& recording, std::uint64_t first_seq, Timestamp now) {
  if (const auto begun = recording.call.begin(); !begun) return fail(begun.error());
  recording.recorded.seq = first_seq;
  recording.recorded.at = now;
  recording.call.answer.body = recording.render(recording.recorded);
  Transaction transaction;
  transaction.entries.push_back(draft(recording.caller, recording.recorded.breach));
  recording.call.keep_answer(transaction.changes, now);
  return transaction;
}

void submit(const std::shared_ptr<Recording>& recording, Facilities& facilities) {
  facilities.sequencer.submit([recording](const History&, std::uint64_t first_seq,
                                          Timestamp now) { return prepare(*recording, first_seq, now); },
                              [recording, &facilities](const Result<ledger::Committed>& committed) {
                                auto answer = recording->call.end(committed);
                                if (!answer) return submit(recording, facilities);
                                recording->done(std::move(*answer));
                              });
}

}  // namespace

std::vector<Issue> check_breach(const BreachRecorded& breach, Timestamp now) {
  Check check(now);
  check.authority(breach);
  check.subjects(breach);
  check.days(breach);
  check.effects(breach);
  return std::move(check.issues);
}

void record_breach(Facilities& facilities, const Caller& caller, const BreachWish& wish,
                   std::function<std::string(const RecordedBreach&)> render,
                   std::function<void(Result<PastReply>)> done) {
  if (auto issues = check_breach(wish.breach, facilities.clock.now()); !issues.empty())
    return done(fail(ErrorCode::invalid_input, "the breach cannot be as it is told", std::move(issues)));
  RecordedBreach recorded;
  recorded.breach = wish.breach;
  recorded.breach.breach = wish.known.value_or(new_uuid_v4());
  const auto route = wish.known ? "breaches/" + wish.known->text() : std::string("breaches");
  submit(std::make_shared<Recording>(Recording{caller, std::move(recorded), std::move(render), std::move(done),
                                               RepeatableCall(facilities, route, caller.client, wish.idempotency_key,
                                                              wish.body, {.status = wish.known ? 200 : 201})}),
         facilities);
}

}  // namespace ketenpoort::exchange
