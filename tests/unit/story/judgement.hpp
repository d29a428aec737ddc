// What may be passed on about somebody, to whom and when: the model's half that decides, by the design's tables alone.
// Like the rest of it, it shares nothing with gateway/policy but the names of states, reasons and categories.
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

namespace ketenpoort::story {

class Judgement {
 public:
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
    Date said{};  // the day of the last word
  };
  struct Person {
    bool known = false;
    bool number_known = false;  // its first SSIN stands in the directory
    bool restricted = false;
    bool erased = false;
    bool proof_kept = false;
    std::vector<Record> records;
    std::map<std::string, Cell> cells;           // by purpose
    std::map<std::string, CategorySet> holders;  // by purpose: what its recipient has, or may have
    std::set<std::string> end_told;              // purposes whose recipient knows that the stay is over
    std::map<std::string, std::size_t> last;     // by purpose: of the transfers that brought it
  };

  Timestamp now{};
  Ground ground = Ground::shipped();
  std::map<int, Person> people;
  std::optional<Timestamp> anchored_since;

  [[nodiscard]] Date today() const { return date_in_brussels(now); }

  struct Decision {
    TransferState fate = TransferState::permitted;  // held, refused, cancelled
    std::vector<Reason> reasons;
    std::optional<Date> held_until;
    CategorySet may_go;
    std::string body;  // the legal person that the agreement is with
  };

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

  // Who moved to another centre stays.
  // The first day without a stay, where one is known. Of who moved the next centre says so itself; when it has not for
  // as long as facts are acted on, the stay is over.
  static std::optional<Date> first_day_out(const Circumstances& facts) {
    if (!facts.stay_until || facts.stay_end != "MOVED") return facts.stay_until;
    return days_later(*facts.stay_until, facts_fresh_for + 1);
  }
  static bool stay_ended(const Circumstances& facts, Date day) {
    const auto out = first_day_out(facts);
    return out ? *out <= day : !facts.stay_end.empty() && facts.stay_end != "MOVED";
  }

  static bool lists(const std::vector<std::string>& list, const std::string& one) {
    return std::ranges::find(list, one) != list.end();
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

  [[nodiscard]] const LegalPerson* body_at(const std::string& recipient, const Place& place,
                                           const Circumstances& facts) const {
    const LegalPerson* best = nullptr;
    int best_merit = 0;
    for (const auto& body : ground.bodies.at(recipient)) {
      int merit = 0;
      if (body.municipality == place.municipality) merit = 10;
      if (!body.region.empty() && body.region == place.region) merit = 5;
      if (body.language == facts.language)
        merit += 3;
      else if (body.language == mother_tongue)
        merit += 2;
      else if (!body.language.empty())
        continue;
      if (merit < 5 || merit <= best_merit) continue;
      best = &body;
      best_merit = merit;
    }
    return best;
  }

  [[nodiscard]] std::vector<Reason> gaps_of(const Deal& deal, const Referral& referral, const PurposeTable* purpose,
                                            const Circumstances& facts) const {
    std::vector<Reason> gaps;
    const auto place = place_of(referral, facts);
    const bool any_body = purpose == nullptr || ground.bodies.at(deal.recipient).empty();
    const auto* body = any_body ? nullptr : body_at(deal.recipient, place, facts);
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
        const auto* body = purpose == nullptr ? nullptr : body_at(referral.recipient, place_of(referral, facts), facts);
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
    if (!cell->read_in.empty() && !cell->by_guardian && cannot_read(facts, cell->read_in))
      fail.add(TransferState::held, Reason::not_informed);
  }

  // None of the scripts that the language is written in, as a screening found. What nobody looked at is no obstacle.
  static bool cannot_read(const Circumstances& facts, const std::string& language) {
    static const std::map<std::string, std::vector<std::string>> scripts = {
        {"nld", {"Latn"}}, {"ara", {"Arab"}}, {"tir", {"Ethi"}}, {"srp", {"Cyrl", "Latn"}}};
    return facts.reading && std::ranges::all_of(scripts.at(language), [&](const std::string& script) {
             if (script == "Latn") return facts.reading->latin == "NONE";
             const auto& named = facts.reading->other_script;
             return facts.reading->other == "NONE" || (!named.empty() && named != script);
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
};

}  // namespace ketenpoort::story
