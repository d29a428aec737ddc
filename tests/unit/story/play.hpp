// Plays a story to the gateway and to the model at once, and tells the first thing on which they differ.
#pragma once

#include <fmt/ranges.h>

#include <fstream>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "gateway/audit/index_file.hpp"
#include "gateway/policy/replay.hpp"
#include "gateway/storage/sqlite/sqlite.hpp"
#include "gateway/verify/log_check.hpp"
#include "gateway/verify/report.hpp"
#include "tests/unit/story/model.hpp"
#include "tests/unit/story/steps.hpp"
#include "tests/unit/story/world.hpp"

namespace ketenpoort::story {

struct Outcome {
  std::string sort;               // of difference
  std::string differs;            // empty: they agree
  std::vector<std::string> told;  // what happened, a line each
  std::set<std::string> covered;  // "held too-early"
  std::uint64_t decisions = 0;    // taken again with their facts
};

inline std::string names_of(const std::vector<Reason>& reasons) {
  std::string out;
  for (const auto reason : reasons) out += fmt::format("{}{}", out.empty() ? "" : " ", to_text(reason));
  return out;
}

class Play {
 public:
  Play() : world_(start_of_day_in_brussels(first_day) + std::chrono::hours{9}) {
    clock_ = start_of_day_in_brussels(first_day) + std::chrono::hours{9};
    for (const auto& [purpose, messages] : routes())
      for (const auto& route : messages)
        model_.carries[route.message] = Shipped::get().formats->mappings.find(route.mapping, first_day)->categories();
  }

  Outcome run(const std::vector<Step>& steps) {
    model_.now = clock_;
    if (const auto opened = world_.open(model_.ground); !opened)
      complain("it does not start: {}", opened.error().message);
    watch_day();
    for (const auto& step : steps) {
      if (!out_.differs.empty()) break;
      clock_ += std::chrono::seconds{1};
      advance();
      take(step);
      if (out_.differs.empty()) compare();
    }
    if (out_.differs.empty()) finish();
    out_.covered = world_.covered();
    return std::move(out_);
  }

 private:
  static constexpr Date first_day{std::chrono::year{2026}, std::chrono::November, std::chrono::day{24}};

  template <class... Args>
  void complain(fmt::format_string<Args...> format, Args&&... args) {
    if (!out_.differs.empty()) return;
    const fmt::string_view text = format;
    out_.sort = std::string(text.data(), text.size());
    out_.differs = fmt::format(format, std::forward<Args>(args)...);
  }
  template <class... Args>
  void tell(fmt::format_string<Args...> format, Args&&... args) {
    out_.told.push_back(
        fmt::format("{}  {}", to_rfc3339(model_.now), fmt::format(format, std::forward<Args>(args)...)));
  }

  // The log's time never goes back.
  void advance() {
    world_.set_clock(clock_);
    model_.now = std::max(clock_, world_.last_entry());
  }

  void take(const Step& step) {
    switch (step.what) {
      case What::record:
        return send_record(step);
      case What::repeat:
        return repeat_record(step);
      case What::consent:
        return converse(step);
      case What::withdraw:
        return withdraw(step);
      case What::days:
        return pass(
            Model::days_later(model_.today(), pick(std::array{0, 1, 1, 2, 7, 8, 31, 62, 123, 200, 366}, step.a)),
            step.b);
      case What::turn:
        return turn(step);
      case What::set_back:
        clock_ = model_.now -
                 pick(std::array{std::chrono::hours{1}, std::chrono::hours{26}, std::chrono::hours{90}}, step.a);
        tell("the machine's clock is set back to {}", to_rfc3339(clock_));
        return pass_on();
      case What::manner:
      case What::answers:
        return answer(step);
      case What::restart:
      case What::kill:
        return restart(step.what == What::kill, "");
      case What::ground: {
        const auto recipient = choose_recipient(step.a);
        return restart(false, recipient + ": " + choose_ground(step.b, recipient, model_.today(), next_ground_));
      }
      case What::restrict:
      case What::unrestrict:
        return restrict(step.person, step.what == What::restrict);
      case What::erase:
        return erase(step);
      case What::cancel:
      case What::retry:
        return operate(step);
    }
  }

  // ---- what comes in ----

  void send_record(const Step& step) {
    auto& now = circumstances_.try_emplace(step.person, at_first()).first->second;
    Model::Record record{};
    for (const auto& [fact, choice] : step.facts)
      if (const auto claimed = apply(fact, choice, model_.today(), now))
        record.claims = find_claimed(step.person, *claimed);
    now.as_of = Model::days_later(model_.today(), -pick(std::array{0, 0, 0, 1, 6, 7, 8, 20}, step.b));
    record.facts = now;
    if (record.claims) record.facts.anothers_ssin = ssin_of(*record.claims);
    const auto referrals = choose_referrals(step.a);
    std::string wanted;
    for (const auto& referral : referrals) wanted += ' ' + referral.recipient + '/' + referral.purpose;
    const auto id = fmt::format("3d9c1724-11e2-4b8f-ab0d-{:012}", ++records_sent_);
    const auto body = record_json(step.person, record.facts, referrals, id);
    tell("record of {}, facts of {}: {}{} asks for:{}", step.person, to_iso(now.as_of), json::procedure(record.facts),
         json::resident(step.person, record.facts).substr(0, 160), wanted);
    const bool gone = model_.is_gone(step.person, record.claims);
    const auto answer = world_.send_record(body);
    if (!was_taken(answer, gone, "the record")) return;
    last_record_[step.person] = {body, *answer, record.claims, model_.now};
    settle();
    const auto first = model_.receive(step.person, record, referrals);
    introduce(step.person);
    name_transfers(first, *answer);
  }

  void repeat_record(const Step& step) {
    const auto last = last_record_.find(step.person);
    if (last == last_record_.end() || model_.people[step.person].erased) return;
    if (model_.now - last->second.at > std::chrono::days{20}) return;  // an answer is kept thirty days
    tell("the same record of {} again", step.person);
    const auto answer = world_.send_record(last->second.body);
    settle();
    // Since it came, somebody whose number it bears may have been erased.
    if (model_.is_gone(step.person, last->second.claims)) {
      was_taken(answer, true, "the record");
      return;
    }
    if (!answer || *answer != last->second.ids) complain("the same record was not answered as before");
  }

  void converse(const Step& step) {
    std::vector<Answer> answers;
    unsigned i = 0;
    Talk talk{step.b % 4 == 0, choose_read_in(step.d / 15), date_in_brussels(clock_)};
    talk.on = Model::days_later(talk.on, -pick(std::array{0, 0, 0, 0, 0, 1, 40, 200, 350}, step.d / 120));
    for (const auto& [id, purpose] : shipped_purposes()) {
      const auto choice = step.c == 0 ? 0 : step.c + (step.c % 2 == 0 ? 7 : 6) * i;
      if ((pick(std::array{1U, 2U, 4U, 8U, 15U, 15U, 3U, 12U}, step.a == 15 ? 4 : step.a) >> i++ & 1U) == 0) continue;
      Answer answer{{purpose.recipient, id}, step.b % 5 != 2, choose_categories(purpose, choice), {}};
      if (step.d % 3 == 2 && answer.given)
        answer.until = Model::days_later(model_.today(), pick(std::array{0, 1, 8, 30, 200}, step.d / 3));
      if (answer.until) answer.until = std::min(*answer.until, Model::months_later(talk.on, 12));
      answers.push_back(std::move(answer));
    }
    std::string said;
    for (const auto& answer : answers)
      said += fmt::format(" {} {} [{}]{}", answer.cell.purpose, answer.given ? "GIVEN" : "REFUSED",
                          fmt::join(answer.categories.names(), " "), json::date("until", answer.until));
    tell("conversation with {}{} on {}, {}{}:{}", step.person, talk.by_guardian ? " and a guardian" : "",
         to_iso(talk.on), talk.read_in.empty() ? "heard" : "read in ", talk.read_in, said);
    const auto ids = world_.send_consent(consent_json(step.person, answers, talk));
    const bool erased = model_.people[step.person].erased;
    if (!erased && model_.is_overtaken(step.person, answers, talk)) {
      if (ids || ids.error().code != ErrorCode::conflict) complain("a yes from before a no was taken");
      return;
    }
    if (!was_taken(ids, erased, "the consent")) return;
    for (std::size_t n = 0; n < answers.size(); ++n)
      consents_[{step.person, answers[n].cell.purpose}].push_back((*ids)[n]);
    settle();
    introduce(step.person);
    model_.converse(step.person, answers, talk);
  }

  void withdraw(const Step& step) {
    auto at = consents_.begin();
    if (consents_.empty()) return;
    std::advance(at, static_cast<std::ptrdiff_t>(step.a % consents_.size()));
    const auto& [person, purpose] = at->first;
    const auto& table = shipped_purposes().at(purpose);
    CategorySet categories;
    if (step.b % 3 == 1) categories = {table.optional.list()[step.c % table.optional.size()]};
    if (step.b % 3 == 2) categories = choose_categories(table, step.c);
    tell("{} withdraws {} [{}]", person, purpose, fmt::join(categories.names(), " "));
    const auto id = step.d % 4 == 0 ? at->second.front() : at->second.back();
    const auto answer = world_.withdraw(
        {id, categories, exchange::WithdrawalRequest::Cell{subjects_.at(person), purpose, table.recipient}});
    if (!answer) return complain("the withdrawal failed: {}", answer.error().message);
    settle();
    const auto expected = model_.withdraw(person, {table.recipient, purpose}, categories);
    const Model::Withdrawn said{{answer->stopped.begin(), answer->stopped.end()},
                                {answer->in_flight.begin(), answer->in_flight.end()},
                                {answer->to_notify.begin(), answer->to_notify.end()}};
    if (said != expected)
      complain("the withdrawal names {} stopped, {} in flight, [{}] to notify; the model {}, {}, [{}]",
               said.stopped.size(), said.in_flight.size(), fmt::join(said.to_notify, " "), expected.stopped.size(),
               expected.in_flight.size(), fmt::join(expected.to_notify, " "));
  }

  void restrict(int person, bool on) {
    if (!model_.people[person].known || model_.people[person].erased) return;
    tell("processing about {} is {}", person, on ? "restricted" : "taken up again");
    const auto answer = world_.restrict(subjects_.at(person), on);
    if (!answer) return complain("the restriction failed: {}", answer.error().message);
    settle();
    if (!on) return model_.unrestrict(person);
    expect_told(*answer, model_.restrict(person));
  }

  void erase(const Step& step) {
    if (!model_.people[step.person].known || model_.people[step.person].erased) return;
    const bool keep_proof = step.a % 2 == 0;
    tell("{} is erased{}", step.person, keep_proof ? ", the proof is kept" : "");
    const auto answer = world_.erase(subjects_.at(step.person), keep_proof);
    if (!answer) return complain("the erasure failed: {}", answer.error().message);
    settle();
    expect_told(*answer, model_.erase(step.person, keep_proof));
  }

  void expect_told(const exchange::RightsOutcome& said, const std::set<std::string>& expected) {
    const std::set<std::string> told(said.to_notify.begin(), said.to_notify.end());
    if (told != expected) complain("[{}] are told; by the model [{}]", fmt::join(told, " "), fmt::join(expected, " "));
  }

  // ---- time, partners, operators ----

  void pass(Date day, unsigned hour) {
    auto moment = start_of_day_in_brussels(day) + std::chrono::seconds{30};
    if (hour % 3 == 1) moment += std::chrono::hours{9};
    if (hour % 3 == 2) moment = start_of_day_in_brussels(Model::days_later(day, 1)) - std::chrono::seconds{90};
    moment += std::chrono::milliseconds{37} * ++jumps_;
    if (moment <= model_.now) return;
    clock_ = moment;
    pass_on(hour % 12 != 0);
  }
  // `watched`: nothing comes in between midnight and the look at the new day.
  void pass_on(bool watched = true) {
    advance();
    tell("it is {} in Belgium", to_iso(model_.today()));
    world_.look_at_all();
    settle();
    model_.tick();
    if (watched) watch_day();
  }
  // Stays that end on a day are told that day, once, whatever the clock says later.
  void watch_day() {
    if (!world_.watch_day()) return complain("the day is not looked at");
    settle();
    const auto today = date_in_brussels(clock_);
    if (day_ && today <= *day_) return;
    if (day_) model_.end_stays(*day_);
    day_ = today;
  }
  void turn(const Step& step) {
    const auto days = model_.turning_points();
    if (days.empty()) return;
    auto at = days.begin();
    std::advance(at, static_cast<std::ptrdiff_t>(step.a % std::min<std::size_t>(days.size(), 4)));
    pass(Model::days_later(*at, pick(std::array{-1, 0, 0, 1}, step.b)), step.c);
  }

  static std::string choose_recipient(unsigned choice) {
    return pick(std::array<std::string, 3>{"vdab", "agii", "municipality"}, choice);
  }

  void answer(const Step& step) {
    const auto recipient = choose_recipient(step.a);
    const auto manner = static_cast<Manner>(step.b % (step.what == What::manner ? 6 : 5));
    if (step.what == What::manner) {
      tell("{} {} from now on", recipient, manner_names[static_cast<std::size_t>(manner)]);
      model_.manners[recipient] = manner;
      return world_.behave(recipient, manner);
    }
    tell("{} {} what it kept waiting", recipient, manner_names[static_cast<std::size_t>(manner)]);
    world_.answer(recipient, manner);
    settle();
    model_.answer(recipient, manner);
  }

  void restart(bool killed, const std::string& why) {
    tell("the gateway {}; {}", killed ? "is killed and starts" : "stops and starts", why);
    killed ? world_.kill() : world_.close();
    if (const auto opened = world_.open(next_ground_); !opened)
      return complain("it does not start: {}", opened.error().message);
    settle();
    model_.restart(next_ground_);
    watch_day();
  }

  void operate(const Step& step) {
    if (model_.transfers.empty()) return;
    const auto i = model_.transfers.size() - 1 - step.a % std::min<std::size_t>(model_.transfers.size(), 6);
    const auto id = model_.transfers[i].id;
    const bool cancels = step.what == What::cancel;
    tell("an operator {} {}", cancels ? "calls off" : "wants tried now", name(model_.transfers[i]));
    const auto done = cancels ? world_.cancel(id) : world_.retry(id);
    settle();
    const bool expected = cancels ? model_.cancel(i) : model_.retry(i);
    if (done.has_value() != expected)
      complain("the gateway {}, the model {}", done ? "does it" : "refuses", expected ? "does it" : "refuses");
  }

  // ---- comparing ----

  void settle() {
    if (!out_.differs.empty()) return;
    if (!world_.settle()) complain("the gateway does not come to rest");
    if (!world_.broke().empty()) complain("the log broke: {}", world_.broke());
  }

  template <class T>
  bool was_taken(const Result<T>& answer, bool gone, std::string_view what) {
    if (gone && (answer || answer.error().code != ErrorCode::gone)) complain("{} of somebody erased was taken", what);
    if (!gone && !answer)
      complain("{} was refused: {} {}", what, answer.error().message,
               answer.error().issues.empty() ? "" : answer.error().issues.front().where);
    return answer.has_value();
  }

  void introduce(int person) {
    if (subjects_.contains(person)) return;
    const auto found = world_.find(person);
    if (!found) return complain("the vault does not know {}", person);
    subjects_[person] = *found;
  }

  void name_transfers(std::size_t first, const std::vector<TransferId>& ids) {
    for (std::size_t i = 0; i < ids.size(); ++i) {
      if (first + i >= model_.transfers.size()) return complain("the record asked for more than the model knows");
      model_.transfers[first + i].id = ids[i];
    }
  }

  [[nodiscard]] std::string name(const Model::Transfer& transfer) const {
    return fmt::format("{} of {} for {} (record {})", transfer.route.message, transfer.person,
                       transfer.referral.purpose, transfer.record);
  }

  void compare() {
    std::map<TransferId, const Model::Transfer*> known;
    for (const auto& seen : world_.seen()) name_renewed(seen);
    for (const auto& transfer : model_.transfers) known[transfer.id] = &transfer;
    for (const auto& seen : world_.seen()) {
      const auto it = known.find(seen.id);
      if (it == known.end()) return complain("the gateway asks for a {} that the model does not know", seen.message);
      compare(seen, *it->second);
      known.erase(it);
    }
    if (!known.empty()) complain("the model has a {} that the gateway does not ask for", name(*known.begin()->second));
    compare_told();
  }

  // Who was told of what changed.
  void compare_told() {
    std::multiset<Model::Told> told;
    for (const auto& [subject, recipient, cause] : world_.told())
      for (const auto& [person, ref] : subjects_)
        if (ref == subject) told.insert({person, recipient, cause});
    if (told == model_.told) return;
    const auto only = [](const auto& these, const auto& those) {
      std::string out;
      for (const auto& one : these)
        if (these.count(one) > those.count(one)) out += fmt::format(" {} {} {},", one.person, one.recipient, one.cause);
      return out;
    };
    complain("the gateway tells{} the model{}", only(told, model_.told), only(model_.told, told));
  }

  // One that the gateway asked for in the place of another.
  void name_renewed(const Seen& seen) {
    for (const auto& transfer : model_.transfers)
      if (transfer.id == seen.id) return;
    for (auto& transfer : model_.transfers)
      if (transfer.id == TransferId{} && subjects_.at(transfer.person) == seen.subject &&
          transfer.referral.purpose == seen.purpose && transfer.route.message == seen.message) {
        transfer.id = seen.id;
        return;
      }
  }

  void compare(const Seen& seen, const Model::Transfer& expected) {
    const auto say = [](TransferState state, const std::vector<Reason>& reasons, const std::optional<Date>& until,
                        unsigned attempts) {
      return fmt::format("{} [{}]{} after {} attempts", to_text(state), names_of(reasons),
                         until ? " until " + to_iso(*until) : "", attempts);
    };
    const auto said = say(seen.state, seen.reasons, seen.held_until, seen.attempts);
    const auto wanted = say(expected.state, expected.reasons, expected.held_until, expected.attempts);
    if (said != wanted) return complain("{}: the gateway says {}, the model {}", name(expected), said, wanted);
    if (seen.sent != expected.sent)
      complain("{}: the gateway sends [{}], the model [{}]", name(expected), fmt::join(seen.sent.names(), " "),
               fmt::join(expected.sent.names(), " "));
    if (seen.body != expected.body)
      complain("{}: the gateway sends to {}, the model to {}", name(expected), seen.body, expected.body);
  }

  // ---- at the end ----

  void finish() {
    replay();
    if (world_.two_stories() > 0) complain("attempts at one transfer sent different bytes");
    if (const auto checked = world_.vault().check_erasures(); !checked) complain("{}", checked.error().message);
    const auto size = world_.log().size();
    if (!world_.index().wait_for(size)) complain("the index does not keep up");
    world_.close();
    const auto report = verify::check_log({.ledger = world_.state() / "ledger", .keys = {World::key().verifier()}});
    if (!report) return complain("the verifier: {}", verify::describe(report.error()));
    if (report->entries != size) complain("the verifier finds {} entries of {}", report->entries, size);
    rebuild_index(size);
  }

  // Every decision again at its place, with its facts where they can still be opened.
  void replay() {
    ledger::History history;
    policy::Replay replay([&](const ledger::Entry& entry) -> std::optional<std::string> {
      const auto keys = world_.vault().keys_of(*entry.subject);
      if (!keys) return std::nullopt;
      const auto text = exchange::open_part(keys->proof, entry);
      return text ? std::optional(*text) : std::nullopt;
    });
    for (std::uint64_t seq = 0; seq < world_.log().size(); ++seq) {
      const auto bytes = world_.log().entry_bytes(seq).value();
      const auto entry = ledger::decode_entry(bytes).value();
      if (const auto checked = replay.check(history, entry); !checked) return complain("{}", checked.error().message);
      if (const auto applied = history.apply(entry); !applied) return complain("{}", applied.error().message);
    }
    out_.decisions = replay.tally().replayed;
    const auto live = world_.log().read([](const ledger::History& h) { return h.save(); });
    if (live != history.save()) complain("the projection is not what its log says");
  }

  void rebuild_index(std::uint64_t size) {
    const auto anew = world_.state() / "anew.sqlite";
    if (const auto done = audit::rebuild_index(anew, world_.state() / "ledger", size, [](std::uint64_t) {}); !done)
      return complain("the index cannot be rebuilt: {}", done.error().message);
    if (rows_of(anew) != rows_of(world_.state() / "index.sqlite")) complain("the index is not what its log says");
  }
  static std::vector<std::string> rows_of(const std::filesystem::path& file) {
    auto database = audit::open_index_for_reading(file).value();
    std::vector<std::string> out;
    for (const std::string table : {"name", "subject", "entry", "record", "consent", "transfer"}) {
      auto rows = database.prepare("SELECT * FROM " + table + " ORDER BY 1").value();
      while (rows.step().value()) {
        std::string line = table;
        for (int i = 0; i < 20; ++i) line += '|' + to_hex(rows.blob(i));
        out.push_back(std::move(line));
      }
    }
    return out;
  }

  [[nodiscard]] Circumstances at_first() const {
    Circumstances now;
    now.lodged = Model::days_later(model_.today(), -250);
    now.cards = choose_cards(2, model_.today());
    now.chosen_nis = "11002";
    return now;
  }
  // Somebody else whose number is known by now, where the person is known by another: who is met first under the number
  // of another is taken for that one.
  std::optional<int> find_claimed(int person, unsigned choice) {
    if (!model_.people[person].known) return std::nullopt;
    for (int i = 0; i < 3; ++i) {
      const int other = static_cast<int>((choice + static_cast<unsigned>(i)) % 3);
      if (other != person && model_.people[other].number_known) return other;
    }
    return std::nullopt;
  }

  struct LastRecord {
    std::string body;
    std::vector<TransferId> ids;
    std::optional<int> claims{};
    Timestamp at{};
  };

  World world_;
  Model model_;
  Timestamp clock_{};
  Ground next_ground_ = Ground::shipped();
  std::map<int, Circumstances> circumstances_;
  std::map<int, SubjectRef> subjects_;
  std::map<int, LastRecord> last_record_;
  std::map<std::pair<int, std::string>, std::vector<ConsentId>> consents_;
  unsigned records_sent_ = 0;
  int jumps_ = 0;
  std::optional<Date> day_;  // whose stays were told
  Outcome out_;
};

inline Outcome play(const std::vector<Step>& steps) {
  return Play().run(steps);
}

// The fewest steps that still differ in the same way: ever smaller pieces are taken out as long as that goes.
inline std::vector<Step> shrink(std::vector<Step> steps, const std::string& sort) {
  for (std::size_t piece = steps.size() / 2; piece > 0;) {
    bool shorter = false;
    for (std::size_t at = 0; at + piece <= steps.size();) {
      auto fewer = steps;
      const auto from = fewer.begin() + static_cast<std::ptrdiff_t>(at);
      fewer.erase(from, from + static_cast<std::ptrdiff_t>(piece));
      if (play(fewer).sort != sort) {
        at += piece;
      } else {
        steps = std::move(fewer);
        shorter = true;
      }
    }
    if (!shorter || piece > steps.size()) piece /= 2;
  }
  return steps;
}

}  // namespace ketenpoort::story
