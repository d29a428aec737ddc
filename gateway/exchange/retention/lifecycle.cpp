#include "gateway/exchange/retention/lifecycle.hpp"

#include <algorithm>
#include <set>

#include "gateway/exchange/facilities/same_person.hpp"
#include "gateway/exchange/notices/notify.hpp"
#include "gateway/formats/json_text.hpp"
#include "gateway/policy/decide.hpp"

namespace ketenpoort::exchange {
namespace {

using ledger::History;

Date day_of(const RecordId& record) {
  return date_in_brussels(time_of(record));
}

bool changed(std::string_view before, std::string_view now) {
  return !before.empty() && !now.empty() && before != now;
}

bool gives(const History& history, const SubjectRef& subject, const History::Holding& holding,
           const policy::Facts& facts, Timestamp now, Reason reason) {
  policy::Question question;
  question.subject = subject;
  question.recipient = holding.recipient;
  question.purpose = holding.purpose;
  question.facts = &facts;
  question.at = now;
  question.on = date_in_brussels(now);
  const auto reasons = policy::decide(history, question).reasons;
  return std::find(reasons.begin(), reasons.end(), reason) != reasons.end();
}

// Those who have data of one subject of the person.
void add_of_one(const History& history, const ledger::EntryDraft& like, const LifeChange& change,
                std::uint64_t record_seq, Timestamp now, ledger::Transaction& transaction) {
  const auto& subject = *like.subject;
  if (change.stay_ended) {
    add_notifications(history, like, {.cause = "STAY_ENDED", .seq = record_seq}, {}, now, transaction);
    return;
  }
  if (change.renumbered)
    add_notifications(history, like,
                      {.cause = "IDENTITY_CHANGED", .seq = record_seq, .categories = {Category::identity_core}}, {},
                      now, transaction);
  if (change.now.stay_ended(date_in_brussels(now))) return;  // they know
  std::set<std::string, std::less<>> told;
  for (const auto& holding : history.holdings(subject)) {
    const auto newly = [&](Reason reason) {
      return gives(history, subject, holding, change.now, now, reason) &&
             !gives(history, subject, holding, change.before, now, reason);
    };
    const std::string_view cause = newly(Reason::wrong_region)          ? "STAY_ENDED"
                                   : newly(Reason::not_in_target_group) ? "RECTIFICATION"
                                                                        : "";
    if (cause.empty() || !told.insert(std::string(holding.recipient)).second) continue;
    add_notifications(history, like,
                      {.cause = cause, .seq = record_seq, .recipient = holding.recipient, .purpose = holding.purpose},
                      {}, now, transaction);
  }
}

}  // namespace

std::optional<KnownLife> find_known_life(const Facilities& facilities, const SubjectRef& subject) {
  const auto newest = facilities.sequencer.read([&](const History& history) {
    return somebody_has_data_of_person(history, subject) ? newest_record_of_person(history, subject) : std::nullopt;
  });
  if (!newest) return std::nullopt;
  const auto kept = facilities.vault.find_record(newest->id);
  if (!kept) return std::nullopt;
  const auto document = formats::parse_json(*kept);
  if (!document) return std::nullopt;
  auto facts = policy::read_facts(document->root());
  if (!facts) return std::nullopt;
  const auto identifiers = document->root().find("resident").find("identifiers");
  return KnownLife{newest->id,
                   newest->subject,
                   day_of(newest->id),
                   std::move(*facts),
                   text_of(identifiers.find("fedasilNumber")),
                   text_of(identifiers.find("ssin"))};
}

bool is_news_of_number(const Vault& vault, const SubjectRef& subject, IdentifierKind kind, std::string_view before,
                       std::string_view now) {
  const auto mark = vault.mark(kind, now);
  const auto decided = vault.find_number(mark, subject);
  if (decided && decided->state == NumberDecision::State::borne) return false;
  return !vault.find_subject(mark) || vault.find_subject(vault.mark(kind, before)) == subject;
}

LifeChange find_life_change(const KnownLife& known, formats::JsonView record, const policy::Facts& now, Date today,
                            const IsNewsOfNumber& is_news) {
  const auto renumbered = [&](IdentifierKind kind, std::string_view before, std::string_view after) {
    return changed(before, after) && (!is_news || is_news(kind, before, after));
  };
  const auto identifiers = record.find("resident").find("identifiers");
  LifeChange change;
  // That somebody moved, said late and by another centre than the last, is no news about where they are.
  const bool elsewhere = now.stay_end_reason == policy::ended_by_move && now.centre != known.facts.centre;
  change.stay_ended = now.stay_ended(today) && !elsewhere && !known.facts.stay_ended(known.on);
  change.renumbered =
      renumbered(IdentifierKind::fedasil_number, known.fedasil_number, text_of(identifiers.find("fedasilNumber"))) ||
      renumbered(IdentifierKind::ssin, known.ssin, text_of(identifiers.find("ssin")));
  change.before = known.facts;
  change.now = now;
  return change;
}

bool needs_update(const LifeChange& change) {
  const auto& a = change.before;
  const auto& b = change.now;
  return a.status != b.status || a.profile != b.profile || a.status_granted_on != b.status_granted_on ||
         a.centre != b.centre || a.region != b.region || a.centre_municipality != b.centre_municipality ||
         a.handover_municipality != b.handover_municipality;
}

std::vector<Update> find_to_update(const History& history, const Terms& terms, const SubjectRef& subject,
                                   std::span<const Repeated> repeated) {
  std::vector<Update> out;
  for (const auto& holding : history.holdings(subject)) {
    const bool is_repeated = std::any_of(repeated.begin(), repeated.end(), [&](const Repeated& one) {
      return one.recipient == holding.recipient && one.purpose == holding.purpose;
    });
    if (is_repeated || holding.categories.empty()) continue;
    const auto cell = history.cell(subject, holding.purpose, holding.recipient);
    if (cell && cell->state != History::CellState::given) continue;
    const auto last = history.transfer(holding.last);
    const bool arrived =
        last && (last->state == TransferState::delivered || last->state == TransferState::acknowledged);
    if (!arrived) continue;
    for (auto& route : terms.routes(last->recipient, last->purpose))
      if (!history.waiting_transfer(subject, last->recipient, last->purpose, route.message))
        out.push_back({*last, std::move(route.message)});
  }
  return out;
}

void add_life_notifications(const History& history, const ledger::EntryDraft& like, const LifeChange& change,
                            std::uint64_t record_seq, Timestamp now, ledger::Transaction& transaction) {
  ledger::EntryDraft about = like;
  for (const auto& subject : kept_same_person(history, *like.subject)) {
    about.subject = subject;
    add_of_one(history, about, change, record_seq, now, transaction);
  }
}

}  // namespace ketenpoort::exchange
