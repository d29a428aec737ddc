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
#include "tests/unit/story/routes.hpp"

namespace ketenpoort::story {

class Model {
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
  struct Record {
    Circumstances facts;
    std::optional<int> claims;  // it bears the number of another
    Date came{};
  };
  struct Cell {
    bool given = false;
    bool withdrawn = false;
    CategorySet categories;
    Date until{};
    bool by_guardian = false;
    std::string read_in;
  };
  struct Person {
    bool known = false;
    bool number_known = false;  // its SSIN stands in the directory
    bool restricted = false;
    bool erased = false;
    bool proof_kept = false;
    std::vector<Record> records;
    std::map<std::string, Cell> cells;           // by purpose
    std::map<std::string, CategorySet> holders;  // by purpose: what its recipient has, or may have
    std::map<std::string, std::size_t> last;     // by purpose: of the transfers that brought it
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

  Timestamp now{};
  Ground ground = Ground::shipped();
  std::map<std::string, Manner> manners{
      {"vdab", Manner::refers}, {"agii", Manner::refers}, {"municipality", Manner::refers}};
  std::map<std::string, CategorySet> carries;  // by message: all that its mapping can say
  std::map<int, Person> people;
  std::vector<Transfer> transfers;
  std::multiset<Told> told;
  std::optional<Timestamp> anchored_since;

  [[nodiscard]] Date today() const { return date_in_brussels(now); }

  // ---- what comes in ----

  [[nodiscard]] bool is_gone(int person, std::optional<int> claims) {
    return people[person].erased || (claims && people[*claims].erased);
  }

  // The new transfers are the last ones of the list, in the order of the referrals.
  std::size_t receive(int person, const Record& record, const std::vector<Referral>& referrals) {
    auto& p = people[person];
    p.known = true;
    p.number_known = p.number_known || record.facts.has_ssin;
    const auto before =
        p.records.empty() || everybody_with_data_of(person).empty() ? std::nullopt : std::optional(p.records.back());
    p.records.push_back(record);
    p.records.back().came = today();
    const bool ended = stay_ended(record.facts, today());
    if (before) tell_of_change(person, *before, record.facts);
    if (ended) cancel_waiting(person, Reason::stay_ended);
    const auto first = transfers.size();
    for (const auto& referral : referrals)
      for (const auto& route : routes_of(referral)) {
        Transfer wanted{};
        wanted.person = person;
        wanted.record = p.records.size() - 1;
        wanted.referral = referral;
        wanted.route = route;
        wanted.asked = now;
        if (!ended) supersede_waiting(wanted);
        transfers.push_back(std::move(wanted));
      }
    if (before && !ended && changed_for_recipients(before->facts, record.facts)) ask_anew(person, referrals);
    look_at_person(person);
    return first;
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
      const auto lasted = [&](Date day) { return facts.stay_until && day < *facts.stay_until; };
      if (lasted(after) && lasted(came) && stay_ended(facts, today())) tell_everybody(id, "STAY_ENDED");
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

  struct Decision {
    TransferState fate = TransferState::permitted;  // held, refused, cancelled
    std::vector<Reason> reasons;
    std::optional<Date> held_until;
    CategorySet may_go;
    std::string body;  // the legal person that the agreement is with
  };

  [[nodiscard]] Decision decide(const Transfer& transfer) const {
    const auto& person = people.at(transfer.person);
    const auto& asked_by = person.records[transfer.record];
    const auto& newest = person.records.back();
    // The newest word on the person, under the agreement with the centre that asked: where agreements are for some
    // centres only, the numbers of another centre's record do not come in.
    const auto& speaks = may_speak(transfer, newest.facts.centre) ? newest : asked_by;
    Circumstances facts = newest.facts;
    facts.centre = asked_by.facts.centre;
    facts.has_ssin = speaks.facts.has_ssin;
    const bool conflict = speaks.claims && !people.at(*speaks.claims).erased;
    return judge(person, facts, transfer.referral, transfer.route.needs_ssin, conflict);
  }

  [[nodiscard]] Decision judge(const Person& person, const Circumstances& facts, const Referral& referral,
                               bool needs_ssin, bool conflict) const {
    const auto it = ground.purposes.find(referral.purpose);
    const auto* purpose =
        it != ground.purposes.end() && it->second.recipient == referral.recipient ? &it->second : nullptr;
    const auto cell_at = person.cells.find(referral.purpose);
    const auto* cell = cell_at == person.cells.end() ? nullptr : &cell_at->second;

    Failures fail;
    if (person.restricted) fail.add(TransferState::held, Reason::subject_restricted);
    if (stay_ended(facts, today())) fail.add(TransferState::cancelled, Reason::stay_ended);
    if (conflict) fail.add(TransferState::held, Reason::identity_conflict);
    if (needs_ssin && !facts.has_ssin) fail.add(TransferState::held, Reason::identifier_missing);
    if (purpose != nullptr && is_minor(facts)) judge_minor(*purpose, facts, fail);
    const auto* deal = judge_agreement(referral, purpose, facts, fail);
    Decision out;
    if (deal != nullptr) out.body = deal->body;
    if (purpose != nullptr) {
      out.held_until = judge_dates(referral.purpose, facts, fail);
      if (std::chrono::sys_days(today()) - std::chrono::sys_days(facts.as_of) > std::chrono::days{facts_fresh_for})
        fail.add(TransferState::held, Reason::procedure_stale);
      if (purpose->consent_required) judge_consent(*purpose, cell, facts, fail);
      out.may_go = judge_categories(*purpose, deal, cell, fail);
    }
    if (fail.reasons.empty() && anchored_since && now - *anchored_since > std::chrono::seconds{anchor_max_age})
      fail.add(TransferState::held, Reason::anchor_stale);
    out.fate = fail.fate;
    out.reasons = fail.reasons;
    const bool early = std::ranges::find(out.reasons, Reason::too_early) != out.reasons.end();
    if (out.fate != TransferState::held || !early) out.held_until.reset();
    return out;
  }

  // ---- days ----

  static Date months_later(Date day, int months) {
    const auto moved = day + std::chrono::months{months};
    return moved.ok() ? moved : Date{moved.year() / moved.month() / std::chrono::last};
  }
  static Date days_later(Date day, int days) { return std::chrono::sys_days(day) + std::chrono::days{days}; }

  // The last day that an incomplete birth date may mean.
  static std::optional<Date> latest_birth(const Circumstances& facts) {
    if (facts.birth.empty()) return std::nullopt;
    const std::chrono::year year{std::stoi(facts.birth.substr(0, 4))};
    const auto month = static_cast<unsigned>(std::stoi(facts.birth.substr(5, 2)));
    const auto day = static_cast<unsigned>(std::stoi(facts.birth.substr(8, 2)));
    if (month == 0) return Date{year, std::chrono::December, std::chrono::day{31}};
    if (day == 0) return Date{year / std::chrono::month{month} / std::chrono::last};
    return Date{year, std::chrono::month{month}, std::chrono::day{day}};
  }
  static Date majority(Date birth) {
    const Date day{birth.year() + std::chrono::years{18}, birth.month(), birth.day()};
    return day.ok() ? day : Date{day.year(), std::chrono::March, std::chrono::day{1}};
  }

  // Days on which something may change for somebody, or for everybody.
  [[nodiscard]] std::set<Date> turning_points() const {
    std::set<Date> days;
    const auto add = [&](const std::optional<Date>& day) {
      if (day && *day > today()) days.insert(*day);
    };
    for (const auto& [id, person] : people) {
      for (const auto& [purpose, cell] : person.cells)
        if (cell.given) add(days_later(cell.until, 1));
      if (person.records.empty()) continue;
      const auto& facts = person.records.back().facts;
      add(facts.stay_until);
      add(days_later(facts.as_of, facts_fresh_for + 1));
      if (facts.lodged) add(months_later(*facts.lodged, 4));
      if (const auto birth = latest_birth(facts)) add(majority(*birth));
      for (const auto& card : facts.cards) {
        add(card.from);
        if (card.until) add(days_later(*card.until, 1));
      }
      if (facts.guardian && facts.guardian->until) add(days_later(*facts.guardian->until, 1));
      if (facts.guardian) add(facts.guardian->from);
    }
    for (const auto& [recipient, deal] : ground.deals) {
      add(deal.from);
      if (deal.until) add(days_later(*deal.until, 1));
    }
    return days;
  }

 private:
  struct Failures {
    TransferState fate = TransferState::permitted;
    std::vector<Reason> reasons;
    void add(TransferState what, Reason reason) {
      if (std::ranges::find(reasons, reason) != reasons.end()) return;
      if (reasons.empty()) fate = what;  // the first that fails gives the state
      reasons.push_back(reason);
    }
  };

  // Who moved to another centre stays.
  static bool stay_ended(const Circumstances& facts, Date day) {
    if (facts.stay_end == "MOVED") return false;
    return facts.stay_until ? *facts.stay_until <= day : !facts.stay_end.empty();
  }
  [[nodiscard]] bool is_minor(const Circumstances& facts) const {
    const auto birth = latest_birth(facts);
    return facts.age_doubted || !birth || today() < majority(*birth);
  }

  void judge_minor(const PurposeTable& purpose, const Circumstances& facts, Failures& fail) const {
    if (!purpose.minors) return fail.add(TransferState::refused, Reason::minor);
    const auto& guardian = facts.guardian;
    if (!guardian || (guardian->from && today() < *guardian->from))
      fail.add(TransferState::held, Reason::representative_missing);
    else if (guardian->until && *guardian->until < today())
      fail.add(TransferState::held, Reason::representative_lapsed);
  }

  [[nodiscard]] bool may_speak(const Transfer& transfer, const std::string& centre) const {
    if (centre == people.at(transfer.person).records[transfer.record].facts.centre) return true;
    return std::ranges::all_of(ground.deals, [&](const auto& entry) {
      const auto& deal = entry.second;
      return !deal.stands || deal.recipient != transfer.referral.recipient || deal.centres.empty() ||
             lists(deal.centres, centre);
    });
  }

  static bool lists(const std::vector<std::string>& list, const std::string& one) {
    return std::ranges::find(list, one) != list.end();
  }

  // Where the recipient acts: a municipality, where the resident goes; others where the centre is.
  struct Place {
    std::string municipality, region;
  };
  static Place place_of(const Referral& referral, const Circumstances& facts) {
    static const std::map<std::string, std::string> regions = {{"11002", "VLA"}, {"44021", "VLA"}, {"24062", "VLA"},
                                                               {"21004", "BRU"}, {"25112", "WAL"}, {"92094", "WAL"}};
    if (referral.recipient != "municipality" || facts.chosen_nis.empty()) return {facts.centre_nis, facts.region};
    return {facts.chosen_nis, regions.at(facts.chosen_nis)};
  }

  [[nodiscard]] const LegalPerson* body_at(const std::string& recipient, const Place& place) const {
    const auto& bodies = ground.bodies.at(recipient);
    const LegalPerson* found = nullptr;
    for (const auto& body : bodies)
      if (!body.region.empty() && body.region == place.region) found = &body;
    for (const auto& body : bodies)
      if (body.municipality == place.municipality) found = &body;
    return found;
  }

  [[nodiscard]] std::vector<Reason> gaps_of(const Deal& deal, const Referral& referral, const PurposeTable* purpose,
                                            const Circumstances& facts) const {
    std::vector<Reason> gaps;
    const auto place = place_of(referral, facts);
    const bool any_body = purpose == nullptr || ground.bodies.at(deal.recipient).empty();
    const auto* body = any_body ? nullptr : body_at(deal.recipient, place);
    if (today() < deal.from || (deal.until && *deal.until < today())) gaps.push_back(Reason::agreement_not_in_force);
    if (!lists(deal.purposes, referral.purpose)) gaps.push_back(Reason::purpose_not_covered);
    if (purpose != nullptr && !deal.categories.includes(purpose->required))
      gaps.push_back(Reason::category_not_covered);
    if (body != nullptr && body->number != deal.body) gaps.push_back(Reason::recipient_not_covered);
    if (!deal.centres.empty() && !lists(deal.centres, facts.centre)) gaps.push_back(Reason::centre_not_covered);
    if (!lists(deal.regions, place.region) || (!any_body && body == nullptr)) gaps.push_back(Reason::wrong_region);
    return gaps;
  }

  // The agreement with the legal person of the place; else the one that lacks least, the municipality's own first.
  const Deal* judge_agreement(const Referral& referral, const PurposeTable* purpose, const Circumstances& facts,
                              Failures& fail) const {
    const Deal* best = nullptr;
    std::vector<Reason> lacks;
    for (const auto& [name, deal] : ground.deals) {
      const bool is_elsewhere =
          !deal.municipality.empty() && deal.municipality != place_of(referral, facts).municipality;
      if (!deal.stands || deal.recipient != referral.recipient || is_elsewhere) continue;
      auto gaps = gaps_of(deal, referral, purpose, facts);
      const auto with_body = [&](const Deal& one) {
        const auto* body = purpose == nullptr ? nullptr : body_at(referral.recipient, place_of(referral, facts));
        return body != nullptr && body->number == one.body;
      };
      const auto merit = [&](const Deal& one, const std::vector<Reason>& missing) {
        return std::tuple(with_body(one), -static_cast<int>(missing.size()), !one.municipality.empty());
      };
      if (best != nullptr && merit(deal, gaps) <= merit(*best, lacks)) continue;
      best = &deal;
      lacks = std::move(gaps);
    }
    if (best == nullptr) lacks = {Reason::no_agreement};
    for (const auto reason : lacks) fail.add(TransferState::refused, reason);
    return best;
  }

  // The first lawful day, for whom time helps.
  std::optional<Date> judge_dates(const std::string& purpose, const Circumstances& facts, Failures& fail) const {
    static const std::set<std::string> protected_statuses = {"REFUGEE", "SUBSIDIARY", "RESETTLED",
                                                             "TEMPORARY_PROTECTION"};
    const bool is_protected = protected_statuses.contains(facts.status);
    if (purpose == "warm-handover") {
      if (!is_protected || facts.chosen_nis.empty()) fail.add(TransferState::held, Reason::document_missing);
      return std::nullopt;
    }
    if (purpose == "language-course" || is_protected) return std::nullopt;
    if (purpose == "civic-integration") {
      fail.add(TransferState::refused, Reason::not_in_target_group);
      return std::nullopt;
    }
    const bool never = facts.status == "REFUSED_FINAL" || facts.track == "ACCELERATED" || !facts.lodged;
    if (never || (facts.refused && *facts.refused < months_later(*facts.lodged, 4))) {
      fail.add(TransferState::refused, Reason::not_in_target_group);
      return std::nullopt;
    }
    const auto first = months_later(*facts.lodged, 4);
    if (today() < first) {
      fail.add(TransferState::held, Reason::too_early);
      return first;
    }
    judge_cards(facts, fail);
    return std::nullopt;
  }

  void judge_cards(const Circumstances& facts, Failures& fail) const {
    int valid = 0;
    int saying_no = 0;
    for (const auto& card : facts.cards) {
      if (card.type != "AI_MODEL_A" || (card.from && today() < *card.from) || (card.until && *card.until < today()))
        continue;
      ++valid;
      if (card.labour_market == "NO") ++saying_no;
    }
    if (valid == 0) return fail.add(TransferState::held, Reason::document_missing);
    if (valid == saying_no) fail.add(TransferState::held, Reason::card_not_renewed);
  }

  void judge_consent(const PurposeTable& purpose, const Cell* cell, const Circumstances& facts, Failures& fail) const {
    if (cell == nullptr) return fail.add(TransferState::held, Reason::no_consent);
    if (!cell->given)
      return fail.add(TransferState::refused, cell->withdrawn ? Reason::consent_withdrawn : Reason::consent_refused);
    const bool administered = facts.guardian && facts.guardian->kind == "BEWINDVOERDER";
    if (is_minor(facts)) {
      if (purpose.minors && facts.guardian && !cell->by_guardian)
        fail.add(TransferState::held, Reason::representative_missing);
    } else if (cell->by_guardian && !administered) {
      fail.add(TransferState::held, Reason::representative_lapsed);
    }
    if (cell->until < today()) fail.add(TransferState::held, Reason::consent_expired);
    if (!cell->read_in.empty() && !cell->by_guardian && !can_read(facts, cell->read_in))
      fail.add(TransferState::held, Reason::not_informed);
  }

  // In one of the scripts that the language is written in.
  static bool can_read(const Circumstances& facts, const std::string& language) {
    static const std::map<std::string, std::vector<std::string>> scripts = {
        {"nld", {"Latn"}}, {"ara", {"Arab"}}, {"tir", {"Ethi"}}, {"srp", {"Cyrl", "Latn"}}};
    return facts.reading && std::ranges::any_of(scripts.at(language), [&](const std::string& script) {
             if (script == "Latn") return facts.reading->latin != "NONE";
             return facts.reading->other_script == script && facts.reading->other != "NONE";
           });
  }

  static CategorySet judge_categories(const PurposeTable& purpose, const Deal* deal, const Cell* cell, Failures& fail) {
    CategorySet may = purpose.required | purpose.optional;
    if (deal != nullptr) may = may & deal->categories;
    if (purpose.consent_required) {
      if (cell == nullptr || !cell->given) return {};
      if (!cell->categories.includes(purpose.required)) fail.add(TransferState::refused, Reason::category_not_covered);
      may = may & cell->categories;
    }
    if (may.empty()) fail.add(TransferState::refused, Reason::nothing_to_send);
    return may;
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

  // Who may not act where the resident is now, or not for whom the resident is now, has no use for the data.
  void tell_of_change(int person, const Record& before, const Circumstances& after) {
    const bool ended = stay_ended(after, today());
    if (ended && !stay_ended(before.facts, before.came)) tell_everybody(person, "STAY_ENDED");
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
    for (const auto& [recipient, cause] : causes) told.insert({person, recipient, cause});
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
