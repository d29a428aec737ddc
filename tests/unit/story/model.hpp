// The gateway's promises in their simplest form: what the design says of consents, agreements, dates and states, worked
// out on plain lists, one event after the other. It shares nothing with gateway/policy, exchange or ledger but the
// names of states, reasons and categories, so that the two can disagree.
#pragma once

#include <algorithm>
#include <map>
#include <set>
#include <string>
#include <tuple>
#include <utility>
#include <vector>

#include "gateway/domain/transfer.hpp"
#include "tests/unit/story/circumstances.hpp"
#include "tests/unit/story/ground.hpp"
#include "tests/unit/story/judgement.hpp"
#include "tests/unit/story/routes.hpp"

namespace ketenpoort::story {

class Model : public Judgement {
 public:
  struct Transfer {
    TransferId id;  // as the gateway called it
    int person = 0;
    std::size_t record = 0;  // of the person's
    Referral referral;
    MessageRoute route;
    TransferState state = TransferState::requested;
    std::vector<Reason> reasons;
    std::optional<Date> held_until;
    Timestamp asked{};
    Timestamp failed{};
    bool retry_now = false;  // a restart ended its attempt
    unsigned attempts = 0;
    CategorySet sent;
    std::string body;  // the legal person it was last permitted to

    [[nodiscard]] auto lane() const { return std::tie(person, referral.recipient, referral.purpose, route.message); }
    [[nodiscard]] bool waits() const {
      return state == TransferState::requested || state == TransferState::held || state == TransferState::failed;
    }
  };
  struct Told {
    int person = 0;
    std::string recipient;
    std::string cause;
    auto operator<=>(const Told&) const = default;
  };
  struct Withdrawn {
    std::set<TransferId> stopped, in_flight;
    std::set<std::string> to_notify;
    bool operator==(const Withdrawn&) const = default;
  };

  std::map<std::string, Manner> manners{
      {"vdab", Manner::refers}, {"agii", Manner::refers}, {"municipality", Manner::refers}};
  std::map<std::string, CategorySet> carries;  // by message: all that its mapping can say
  std::vector<Transfer> transfers;
  std::multiset<Told> told;

  // ---- what comes in ----

  [[nodiscard]] bool is_gone(int person, std::optional<int> claims) {
    return people[person].erased || (claims && people[*claims].erased);
  }

  // The new transfers are the last ones of the list, in the order of the referrals.
  std::size_t receive(int person, const Record& record, const std::vector<Referral>& referrals) {
    auto& p = people[person];
    p.known = true;
    p.number_known = p.number_known || (record.facts.has_ssin && !record.facts.renumbered);
    const auto before =
        p.records.empty() || everybody_with_data_of(person).empty() ? std::nullopt : std::optional(p.records.back());
    p.records.push_back(record);
    p.records.back().came = today();
    const bool ended = stay_ended(record.facts, today());
    // What another centre asked for waits on when a move is told late.
    const bool left = ended && record.facts.stay_end != "MOVED";
    if (before) tell_of_change(person, *before, record);
    if (left) cancel_waiting(person, Reason::stay_ended);
    const auto first = transfers.size();
    for (const auto& referral : referrals)
      for (const auto& route : routes_of(referral)) {
        Transfer wanted{};
        wanted.person = person;
        wanted.record = p.records.size() - 1;
        wanted.referral = referral;
        wanted.route = route;
        wanted.asked = now;
        if (!left) supersede_waiting(wanted);
        transfers.push_back(std::move(wanted));
      }
    if (before && !ended && changed_for_recipients(before->facts, record.facts)) ask_anew(person, referrals);
    look_at_person(person);
    return first;
  }

  // A yes on paper that is older than the no, or the less, that was said since.
  [[nodiscard]] bool is_overtaken(int person, const std::vector<Answer>& answers, const Talk& talk) {
    auto& cells = people[person].cells;
    return std::ranges::any_of(answers, [&](const Answer& answer) {
      const auto cell = cells.find(answer.cell.purpose);
      return answer.given && cell != cells.end() && talk.on < cell->second.said &&
             !cell->second.categories.includes(answer.categories);
    });
  }

  void converse(int person, const std::vector<Answer>& answers, const Talk& talk) {
    auto& p = people[person];
    p.known = true;
    for (const auto& answer : answers) {
      auto& cell = p.cells[answer.cell.purpose];
      const auto before = cell.categories;
      cell = {};
      cell.given = answer.given;
      cell.by_guardian = talk.by_guardian;
      cell.read_in = talk.read_in;
      cell.said = talk.on;
      if (answer.given) cell.categories = answer.categories;
      const auto longest = months_later(talk.on, 12);
      cell.until = std::min(answer.until.value_or(longest), longest);
      if (has_any(person, answer.cell.purpose, before.without(cell.categories)))
        told.insert({person, answer.cell.recipient, "WITHDRAWAL"});
    }
    look_at_person(person);
  }

  // `categories` empty: all.
  Withdrawn withdraw(int person, const Referral& what, const CategorySet& categories) {
    Withdrawn out;
    auto& p = people[person];
    auto& cell = p.cells[what.purpose];  // who withdraws was asked before
    CategorySet gone;
    if (cell.given) gone = categories.empty() ? cell.categories : categories & cell.categories;
    if (gone.empty()) {  // nothing stands any more: as wished
      look_at_person(person);
      return out;
    }
    if (has_any(person, what.purpose, gone)) {
      out.to_notify.insert(what.recipient);
      told.insert({person, what.recipient, "WITHDRAWAL"});
    }
    cell.categories = cell.categories.without(gone);
    cell.said = today();
    const bool whole = cell.categories.empty();
    if (whole) cell.given = false, cell.withdrawn = true;
    for (auto& transfer : transfers) {
      if (transfer.person != person || transfer.referral.purpose != what.purpose ||
          transfer.referral.recipient != what.recipient)
        continue;
      if (transfer.state == TransferState::permitted) {
        if (!cell.categories.includes(transfer.sent)) out.in_flight.insert(transfer.id);
      } else if (whole && transfer.waits()) {
        end(transfer, TransferState::cancelled, {Reason::consent_withdrawn});
        out.stopped.insert(transfer.id);
      }
    }
    look_at_person(person);
    return out;
  }

  std::set<std::string> restrict(int person) {
    if (people[person].restricted) return {};
    people[person].restricted = true;
    const auto concerned = tell_everybody(person, "RESTRICTION");
    look_at_person(person);
    return concerned;
  }
  void unrestrict(int person) {
    if (!people[person].restricted) return;
    people[person].restricted = false;
    look_at_person(person);
  }
  std::set<std::string> erase(int person, bool keep_proof) {
    auto concerned = tell_everybody(person, "ERASURE");
    auto& p = people[person];
    p.erased = true;
    p.proof_kept = keep_proof;
    cancel_waiting(person, Reason::subject_erased);
    return concerned;
  }

  // ---- what passes, and what people do about transfers ----

  void tick() {
    for (std::size_t i = 0; i < transfers.size(); ++i) look_at(i);
  }
  // Stays that ended after one day and by today, as was known beforehand.
  void end_stays(Date after) {
    for (const auto& [id, person] : people) {
      if (person.erased || person.records.empty()) continue;
      const auto& [facts, claims, came] = person.records.back();
      const auto out = first_day_out(facts);
      const auto lasted = [&](Date day) { return out && day < *out; };
      if (lasted(after) && lasted(came) && stay_ended(facts, today())) tell_of_end(id);
    }
  }

  void restart(const Ground& next) {
    ground = next;
    if (!ground.anchored) anchored_since.reset();
    if (ground.anchored && !anchored_since) anchored_since = now;
    for (auto& transfer : transfers)
      if (transfer.state == TransferState::permitted) {  // it may have arrived
        note_arrival(transfer);
        end(transfer, TransferState::failed, {});
        transfer.failed = now;
        transfer.retry_now = true;
      }
    tick();
  }

  void answer(const std::string& recipient, Manner manner) {
    std::vector<std::size_t> waiting;  // not those that go because these have ended
    for (std::size_t i = 0; i < transfers.size(); ++i)
      if (transfers[i].referral.recipient == recipient && transfers[i].state == TransferState::permitted)
        waiting.push_back(i);
    for (const auto i : waiting) conclude(i, manner);
  }

  [[nodiscard]] bool cancel(std::size_t i) {
    if (!transfers[i].waits()) return false;
    end(transfers[i], TransferState::cancelled, {Reason::cancelled_by_operator});
    return true;
  }

  [[nodiscard]] bool retry(std::size_t i) {
    if (transfers[i].waits()) {
      look_at(i, true);
      return true;
    }
    if (transfers[i].state != TransferState::abandoned || people[transfers[i].person].erased) return false;
    if (has_newer(transfers[i]) || lane_is_taken(transfers[i])) return false;
    const auto decision = decide(transfers[i]);
    if (decision.fate != TransferState::permitted || !decision.may_go.includes(transfers[i].sent)) return false;
    permit(i, decision);
    return true;
  }

  // ---- the decision ----

  [[nodiscard]] Decision decide(const Transfer& transfer) const {
    const auto& person = people.at(transfer.person);
    const auto& asked_by = person.records[transfer.record];
    const auto& newest = person.records.back();
    // The newest word on the person, under the agreement with the centre that asked: where agreements are for some
    // centres only, the numbers of another centre's record do not come in.
    const auto& speaks = may_speak(transfer, newest.facts.centre) ? newest : asked_by;
    Circumstances facts = newest.facts;
    // Who moved here left another centre, not the one that asked.
    if (newest.facts.stay_end == "MOVED" && newest.facts.centre != asked_by.facts.centre) {
      facts.stay_until = asked_by.facts.stay_until;
      facts.stay_end = asked_by.facts.stay_end;
    }
    facts.centre = asked_by.facts.centre;
    facts.has_ssin = speaks.facts.has_ssin;
    facts.reading = as_known(asked_by.facts.reading, newest.facts.reading);
    const bool conflict = speaks.claims && !people.at(*speaks.claims).erased;
    return judge(person, facts, transfer.referral, transfer.route.needs_ssin, conflict);
  }

 private:
  // What one record found of reading holds where the next says nothing of it.
  static std::optional<Reading> as_known(const std::optional<Reading>& before, std::optional<Reading> now) {
    if (!now) return before;
    if (before && now->other_script.empty()) now->other_script = before->other_script;
    return now;
  }

  [[nodiscard]] bool may_speak(const Transfer& transfer, const std::string& centre) const {
    if (centre == people.at(transfer.person).records[transfer.record].facts.centre) return true;
    return std::ranges::all_of(ground.deals, [&](const auto& entry) {
      const auto& deal = entry.second;
      return !deal.stands || deal.recipient != transfer.referral.recipient || deal.centres.empty() ||
             lists(deal.centres, centre);
    });
  }

  // ---- states ----

  static const std::vector<MessageRoute>& routes_of(const Referral& referral) {
    // A recipient that is not built gets one transfer all the same, to be refused.
    static const std::vector<MessageRoute> unbuilt = {{"municipality-profile", "", false}};
    const auto it = routes().find(referral.purpose);
    const bool built = it != routes().end() && shipped_purposes().at(referral.purpose).recipient == referral.recipient;
    return built ? it->second : unbuilt;
  }

  static void end(Transfer& transfer, TransferState state, std::vector<Reason> reasons) {
    transfer.state = state;
    transfer.reasons = std::move(reasons);
    transfer.held_until.reset();
  }

  void cancel_waiting(int person, Reason reason) {
    for (auto& transfer : transfers)
      if (transfer.person == person && transfer.waits()) end(transfer, TransferState::cancelled, {reason});
  }

  void supersede_waiting(const Transfer& wanted) {
    for (auto it = transfers.rbegin(); it != transfers.rend(); ++it)
      if (it->lane() == wanted.lane() && it->waits()) return end(*it, TransferState::cancelled, {Reason::superseded});
  }

  [[nodiscard]] bool has_newer(const Transfer& transfer) const {
    const auto last = std::find_if(transfers.rbegin(), transfers.rend(),
                                   [&](const auto& other) { return other.lane() == transfer.lane(); });
    return &*last != &transfer;
  }
  [[nodiscard]] bool lane_is_taken(const Transfer& transfer) const {
    return std::ranges::any_of(transfers, [&](const auto& other) {
      return other.state == TransferState::permitted && other.lane() == transfer.lane();
    });
  }
  [[nodiscard]] bool is_due(const Transfer& transfer) const {
    return transfer.state != TransferState::failed || transfer.retry_now || now - transfer.failed > retry_wait;
  }

  void look_at_person(int person) {
    for (std::size_t i = 0; i < transfers.size(); ++i)
      if (transfers[i].person == person) look_at(i);
  }

  void look_at(std::size_t i, bool wished = false) {
    auto& transfer = transfers[i];
    if (!transfer.waits() || (!wished && !is_due(transfer))) return;
    if (people[transfer.person].erased) return end(transfer, TransferState::cancelled, {Reason::subject_erased});
    auto decision = decide(transfer);
    const auto give_up = [&](Reason reason) {
      decision.reasons.insert(decision.reasons.begin(), reason);
      end(transfer, TransferState::cancelled, decision.reasons);
    };
    if (transfer.state == TransferState::held && now - transfer.asked > std::chrono::days{longest_hold_days})
      return give_up(Reason::hold_expired);
    if (transfer.state == TransferState::failed && has_newer(transfer)) return give_up(Reason::superseded);
    if (decision.fate == TransferState::permitted) {
      if (lane_is_taken(transfer)) return;  // until that attempt has ended
      if (transfer.attempts == 0 || decision.may_go.includes(transfer.sent)) return permit(i, decision);
      return renew(i);
    }
    const bool was_failed = transfer.state == TransferState::failed;
    end(transfer, was_failed && decision.fate == TransferState::refused ? TransferState::cancelled : decision.fate,
        decision.reasons);
    transfer.held_until = decision.held_until;
  }

  // Less may be said than the message says: another is made.
  void renew(std::size_t i) {
    Transfer next{};
    next.person = transfers[i].person;
    next.record = transfers[i].record;
    next.referral = transfers[i].referral;
    next.route = transfers[i].route;
    next.asked = now;
    end(transfers[i], TransferState::cancelled, {Reason::superseded});
    transfers.push_back(std::move(next));
    look_at(transfers.size() - 1);
  }

  void permit(std::size_t i, const Decision& decision) {
    auto& transfer = transfers[i];
    end(transfer, TransferState::permitted, {});
    transfer.body = decision.body;
    if (transfer.attempts++ == 0) transfer.sent = decision.may_go & carries.at(transfer.route.message);
    conclude(i, manners.at(transfer.referral.recipient));
  }

  void conclude(std::size_t i, Manner manner) {
    auto& transfer = transfers[i];
    if (manner == Manner::silent) return;
    transfer.retry_now = false;
    if (manner == Manner::refers || manner == Manner::takes) {
      note_arrival(transfer);
      end(transfer, manner == Manner::refers ? TransferState::acknowledged : TransferState::delivered, {});
    } else {
      if (manner == Manner::times_out) note_arrival(transfer);
      const bool over = manner == Manner::refuses || transfer.attempts >= most_attempts;
      end(transfer, over ? TransferState::abandoned : TransferState::failed, {});
      transfer.failed = now;
    }
    const auto lane = transfer.lane();
    for (std::size_t other = transfers.size(); other-- > 0;)
      if (other != i && transfers[other].waits() && transfers[other].lane() == lane) return look_at(other);
  }

  void note_arrival(const Transfer& transfer) {
    auto& person = people[transfer.person];
    auto& held = person.holders[transfer.referral.purpose];
    held = held | transfer.sent;
    person.end_told.erase(transfer.referral.purpose);
    person.last[transfer.referral.purpose] = static_cast<std::size_t>(&transfer - transfers.data());
  }

  // ---- who has data, and hears of what changed ----

  [[nodiscard]] bool has_any(int person, const std::string& purpose, const CategorySet& categories) const {
    const auto& holders = people.at(person).holders;
    const auto held = holders.find(purpose);
    if (held != holders.end() && !(held->second & categories).empty()) return true;
    return std::ranges::any_of(transfers, [&](const Transfer& transfer) {
      return transfer.person == person && transfer.state == TransferState::permitted &&
             transfer.referral.purpose == purpose && !(transfer.sent & categories).empty();
    });
  }

  std::set<std::string> tell_everybody(int person, const std::string& cause) {
    auto concerned = everybody_with_data_of(person);
    for (const auto& recipient : concerned) told.insert({person, recipient, cause});
    return concerned;
  }

  // Once is enough, until something more arrives.
  void tell_of_end(int person, const std::string& only = {}) {
    auto& p = people.at(person);
    std::set<std::string> concerned;
    for (const auto& [purpose, categories] : p.holders)
      if (!categories.empty() && !p.end_told.contains(purpose))
        concerned.insert(shipped_purposes().at(purpose).recipient);
    for (const auto& transfer : transfers)
      if (transfer.person == person && transfer.state == TransferState::permitted)
        concerned.insert(transfer.referral.recipient);
    for (const auto& recipient : concerned) {
      if (!only.empty() && recipient != only) continue;
      told.insert({person, recipient, "STAY_ENDED"});
      for (const auto& [purpose, categories] : p.holders)
        if (shipped_purposes().at(purpose).recipient == recipient) p.end_told.insert(purpose);
    }
  }

  // Who may not act where the resident is now, or not for whom the resident is now, has no use for the data.
  void tell_of_change(int person, const Record& before, const Record& record) {
    const auto& after = record.facts;
    const bool ended = stay_ended(after, today());
    // That somebody moved, said late by another centre than the last, is no news about where they are.
    const bool elsewhere = after.stay_end == "MOVED" && after.centre != before.facts.centre;
    if (ended && !elsewhere && !stay_ended(before.facts, before.came)) {
      tell_of_end(person);
      return;
    }
    const auto numbers = std::pair(ssin_in(person, before.facts), ssin_in(person, after));
    const bool disputed = before.claims || record.claims;  // a person decides whose that number is
    if (!disputed && !numbers.first.empty() && !numbers.second.empty() && numbers.first != numbers.second)
      tell_everybody(person, "IDENTITY_CHANGED");  // the number is in all that anybody has
    if (ended) return;
    std::map<std::string, std::string> causes;  // by recipient
    for (const auto& [purpose, table] : shipped_purposes()) {
      if (!has_any(person, purpose, CategorySet::all())) continue;
      const auto newly = [&](Reason reason) {
        const auto gives = [&](const Circumstances& facts) {
          return std::ranges::count(judge(people.at(person), facts, {table.recipient, purpose}, false, false).reasons,
                                    reason) > 0;
        };
        return gives(after) && !gives(before.facts);
      };
      if (newly(Reason::wrong_region))
        causes[table.recipient] = "STAY_ENDED";
      else if (newly(Reason::not_in_target_group))
        causes.emplace(table.recipient, "RECTIFICATION");
    }
    for (const auto& [recipient, cause] : causes) {
      if (cause == "STAY_ENDED")
        tell_of_end(person, recipient);
      else
        told.insert({person, recipient, cause});
    }
  }

  static bool changed_for_recipients(const Circumstances& a, const Circumstances& b) {
    return std::tie(a.status, a.centre, a.centre_nis, a.region, a.chosen_nis) !=
           std::tie(b.status, b.centre, b.centre_nis, b.region, b.chosen_nis);
  }

  // What arrived and still stands on a consent is sent as it is now, unless the record asks for it by itself.
  void ask_anew(int person, const std::vector<Referral>& repeated) {
    const auto& p = people.at(person);
    for (const auto& [purpose, last] : p.last) {
      const auto then = transfers[last];
      const bool is_repeated = std::ranges::any_of(repeated, [&](const Referral& one) {
        return one.recipient == then.referral.recipient && one.purpose == then.referral.purpose;
      });
      const auto cell = p.cells.find(purpose);
      const bool withdrawn = cell != p.cells.end() && !cell->second.given;
      const bool arrived = then.state == TransferState::delivered || then.state == TransferState::acknowledged;
      if (is_repeated || withdrawn || !arrived) continue;
      for (const auto& route : routes_of(then.referral)) {
        Transfer next{};
        next.person = person;
        next.record = then.record;
        next.referral = then.referral;
        next.route = route;
        next.asked = now;
        const bool waits =
            std::ranges::any_of(transfers, [&](const auto& one) { return one.lane() == next.lane() && one.waits(); });
        if (!waits) transfers.push_back(std::move(next));  // one that waits says the newest anyway
      }
    }
  }

  [[nodiscard]] std::set<std::string> everybody_with_data_of(int person) const {
    std::set<std::string> all;
    for (const auto& [purpose, categories] : people.at(person).holders)
      if (!categories.empty()) all.insert(shipped_purposes().at(purpose).recipient);
    for (const auto& transfer : transfers)
      if (transfer.person == person && transfer.state == TransferState::permitted)
        all.insert(transfer.referral.recipient);
    return all;
  }
};

}  // namespace ketenpoort::story
