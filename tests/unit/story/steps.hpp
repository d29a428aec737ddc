// One thing that happens in a story. A step holds choices, not values: what it comes to depends on the day and on what
// happened before, so that a story from which steps were taken is a story still.
#pragma once

#include <fmt/format.h>

#include <array>
#include <cstdint>
#include <random>
#include <string>
#include <vector>

#include "tests/unit/story/model.hpp"

namespace ketenpoort::story {

enum class What : unsigned char {
  record,    // the centre sends a record
  repeat,    // it sends the last one again
  consent,   // somebody is asked
  withdraw,  // somebody takes it back
  days,      // time passes
  turn,      // time passes to a day on which something changes, or its eve, or the day after
  set_back,  // the machine's clock is set back
  manner,    // a recipient answers otherwise from now on
  answers,   // a recipient answers what it kept waiting
  restart,   // the gateway stops and starts
  kill,      // the gateway is killed and started
  ground,    // agreements and purposes change; it starts again with them
  restrict,  // and
  unrestrict,
  erase,
  cancel,  // an operator calls a transfer off
  retry,   // an operator wants it tried now
};
constexpr std::array<std::string_view, 17> what_names = {
    "record",  "repeat", "consent", "withdraw", "days",       "turn",  "set-back", "manner", "answers",
    "restart", "kill",   "ground",  "restrict", "unrestrict", "erase", "cancel",   "retry"};

// What a record says anew.
enum class Fact : unsigned char {
  status,
  track,
  lodged,
  refused,
  cards,
  birth,
  guardian,
  stay,
  centre,
  ssin,
  chosen,
  claims,
  reading,
  language
};
constexpr unsigned fact_count = 14;

struct Step {
  What what{};
  int person = 0;
  unsigned a = 0, b = 0, c = 0, d = 0;
  std::vector<std::pair<Fact, unsigned>> facts{};
};

inline std::string describe(const Step& step) {
  std::string facts;
  for (const auto& [fact, value] : step.facts) facts += fmt::format(" {}={}", static_cast<unsigned>(fact), value);
  return fmt::format("{} person={} {} {} {} {}{}", what_names[static_cast<std::size_t>(step.what)], step.person, step.a,
                     step.b, step.c, step.d, facts);
}

// A story from a number: the same on every machine, so no distributions of the standard library.
class Teller {
 public:
  explicit Teller(std::uint64_t seed) : random_(seed) {}

  std::vector<Step> tell() {
    people_ = 1 + below(3);
    std::vector<Step> steps;
    const auto length = 12 + below(40);
    steps.push_back(record(true));
    steps.push_back(consent(true));
    while (steps.size() < length) {
      if (below(12) == 0)
        add_episode(steps);
      else
        steps.push_back(next());
    }
    return steps;
  }

 private:
  unsigned below(std::uint64_t n) { return static_cast<unsigned>(random_() % n); }
  int somebody() { return static_cast<int>(below(people_)); }

  Step next() {
    const auto dice = below(100);
    if (dice < 21) return record(below(3) == 0);
    if (dice < 23) return of(What::repeat);
    if (dice < 37) return consent(below(3) == 0);
    if (dice < 43) return of(What::withdraw);
    if (dice < 53) return of(What::days);
    if (dice < 67) return of(What::turn);
    if (dice < 68) return of(What::set_back);
    if (dice < 76) return of(What::manner);
    if (dice < 80) return of(What::answers);
    if (dice < 82) return of(What::restart);
    if (dice < 85) return of(What::kill);
    if (dice < 90) return of(What::ground);
    if (dice < 92) return of(What::restrict);
    if (dice < 93) return of(What::unrestrict);
    if (dice < 94) return of(What::erase);
    if (dice < 96) return of(What::cancel);
    return of(What::retry);
  }

  // What seldom comes about by chance: something changes while a message is on its way, or comes back.
  void add_episode(std::vector<Step>& steps) {
    const auto person = somebody();
    if (below(4) == 0) return add_eve(person, steps);
    if (below(5) == 0) return add_word_of_another_centre(person, steps);
    const auto with = [&](What what, unsigned a, unsigned b, unsigned c, unsigned d) {
      steps.push_back({what, person, a, b, c, d, {}});
    };
    const auto recipient = below(3);
    const auto goes_wrong = 2 + below(2);  // Manner::unreachable or times_out
    const bool fails = below(3) == 0;
    with(What::consent, 15, 1, 0, 0);
    with(What::manner, recipient, fails ? goes_wrong : 5, 0, 0);
    steps.push_back({What::record, person, 8, 0, 0, 0, grown_up()});
    switch (below(6)) {
      case 0:
        with(What::consent, 15, 1, 3 + 12 * below(9), 0);  // less may be said
        break;
      case 1:
        steps.push_back({What::record, person, 8, 0, 0, 0, {}});
        break;
      case 2:
        with(What::erase, below(2), 0, 0, 0);
        break;
      case 3:
        with(What::kill, 0, 0, 0, 0);
        break;
      case 4:
        with(What::withdraw, below(1000), below(3), below(1000), 1);
        break;
      default:
        with(What::restrict, 0, 0, 0, 0);
        break;
    }
    if (!fails) with(What::answers, recipient, below(5), 0, 0);
    with(What::days, 1, 1, 0, 0);
    if (below(2) == 0) with(What::manner, recipient, below(2), 0, 0);
    with(What::days, 1, 1, 0, 0);
  }
  // Somebody who may work in a few days: the day before, and the day itself.
  static void add_eve(int person, std::vector<Step>& steps) {
    auto facts = grown_up();
    facts.front().second = 0;
    facts.emplace_back(Fact::track, 1U);
    facts.emplace_back(Fact::lodged, 3U);
    facts.emplace_back(Fact::refused, 2U);
    facts.emplace_back(Fact::cards, 2U);
    steps.push_back({What::consent, person, 15, 1, 0, 0, {}});
    steps.push_back({What::record, person, 0, 0, 0, 0, std::move(facts)});
    steps.push_back({What::turn, person, 0, 0, 2, 0, {}});
    steps.push_back({What::turn, person, 0, 1, 0, 0, {}});
  }
  // An agreement for one centre alone, which lacks a number that another centre then knows; and the same the other way.
  void add_word_of_another_centre(int person, std::vector<Step>& steps) {
    constexpr unsigned agii = 1, for_poe_alone = 6, language_course = 1, nothing = 15, kap = 0, poe = 1;
    auto asks = grown_up();
    asks.emplace_back(Fact::centre, poe);
    asks.emplace_back(Fact::ssin, below(3));
    auto says = grown_up();
    says.emplace_back(Fact::centre, below(3) == 0 ? poe : kap);
    says.emplace_back(Fact::ssin, below(3));
    steps.push_back({What::consent, person, 15, 1, 0, 0, {}});
    steps.push_back({What::ground, person, agii, for_poe_alone, 0, 0, {}});
    steps.push_back({What::record, person, language_course, 0, 0, 0, std::move(asks)});
    steps.push_back({What::record, person, nothing, 0, 0, 0, std::move(says)});
  }
  static std::vector<std::pair<Fact, unsigned>> grown_up() {
    return {{Fact::status, 1}, {Fact::birth, 7}, {Fact::stay, 0},   {Fact::guardian, 0},
            {Fact::centre, 0}, {Fact::ssin, 1},  {Fact::chosen, 1}, {Fact::reading, 0}};
  }

  Step of(What what) { return {what, somebody(), below(1000), below(1000), below(1000), below(1000), {}}; }

  // `plain`: somebody grown up with a protected status, so that something goes out.
  Step record(bool plain) {
    auto step = of(What::record);
    if (plain && below(2) == 0) step.facts.emplace_back(Fact::status, 1);
    if (!plain)
      for (unsigned i = 0, count = below(4); i < count; ++i)
        step.facts.emplace_back(static_cast<Fact>(below(fact_count)), below(1000));
    return step;
  }
  Step consent(bool plain) {
    auto step = of(What::consent);
    if (plain) step.a = 15, step.b = 1, step.c = 0, step.d = 0;
    if (!plain && step.c == 0) step.c = 1;
    return step;
  }

  std::mt19937_64 random_;
  std::uint64_t people_ = 1;
};

// ---- what the choices come to ----

template <class T, std::size_t n>
const T& pick(const std::array<T, n>& list, unsigned choice) {
  return list[choice % n];
}

inline std::vector<Referral> choose_referrals(unsigned choice) {
  const std::array<Referral, 5> all = {Referral{"vdab", "work-guidance"},
                                       {"agii", "language-course"},
                                       {"agii", "civic-integration"},
                                       {"municipality", "warm-handover"},
                                       {"forem", "work-guidance"}};
  constexpr std::array<unsigned, 16> masks = {1, 2, 4, 8, 3, 5, 6, 9, 15, 15, 11, 7, 1, 8, 17, 0};
  std::vector<Referral> chosen;
  for (std::size_t i = 0; i < all.size(); ++i)
    if ((pick(masks, choice) >> i & 1U) != 0) chosen.push_back(all[i]);
  return chosen;
}

inline std::vector<Card> choose_cards(unsigned choice, Date today) {
  const auto in = [&](int days) { return Model::days_later(today, days); };
  const Card no{"AI_MODEL_A", in(-100), in(60), "NO"};
  switch (choice % 9) {
    case 0:
      return {{"ANNEX_26", in(-100), {}, ""}};
    case 1:
      return {no};
    case 2:
      return {{"AI_MODEL_A", in(-100), in(100), "UNLIMITED"}};
    case 3:
      return {{"AI_MODEL_A", in(-100), today, "UNLIMITED"}};
    case 4:
      return {{"AI_MODEL_A", in(-100), in(5), "LIMITED"}};
    case 5:
      return {{"AI_MODEL_A", in(-100), in(5), "NO"}, {"AI_MODEL_A", in(6), in(200), "UNLIMITED"}};
    case 6:
      return {{"AI_MODEL_A", in(3), {}, "UNLIMITED"}};
    case 7:
      return {no, {"AI_MODEL_A", {}, {}, ""}};
    default:
      return {{"AI_MODEL_A", in(-100), in(-1), "UNLIMITED"}};
  }
}

inline std::optional<Guardian> choose_guardian(unsigned choice, Date today) {
  const auto in = [&](int days) { return Model::days_later(today, days); };
  switch (choice % 7) {
    case 0:
      return std::nullopt;
    case 1:
    case 2:
      return Guardian{"VOOGD", {}, {}};
    case 3:
      return Guardian{"OUDER", in(-10), in(10)};
    case 4:
      return Guardian{"VOOGD", in(5), {}};
    case 5:
      return Guardian{"VOOGD", {}, in(-1)};
    default:
      return Guardian{"BEWINDVOERDER", {}, {}};
  }
}

inline std::string choose_birth(unsigned choice, Date today) {
  const auto eighteen = [&](int days) {
    const auto day = Model::days_later(today, days);
    const Date birth{day.year() - std::chrono::years{18}, day.month(), day.day()};
    return to_iso(birth.ok() ? birth : Date{birth.year() / birth.month() / std::chrono::last});
  };
  switch (choice % 10) {
    case 0:
      return "2009-00-00";
    case 1:
      return "2009-01-00";
    case 2:
      return "";
    case 3:
      return eighteen(0);
    case 4:
      return eighteen(1);
    case 5:
      return eighteen(20);
    case 6:
      return "2012-06-15";
    default:
      return "1990-05-17";
  }
}

inline std::optional<Reading> choose_reading(unsigned choice) {
  switch (choice % 8) {
    case 1:
      return std::nullopt;  // nobody looked at it
    case 2:
      return Reading{"NONE", "GOOD", "Arab"};
    case 3:
      return Reading{"BASIC", "NONE", "Arab"};
    case 4:
      return Reading{"NONE", "BASIC", "Ethi"};
    case 5:
      return Reading{"GOOD", "GOOD", "Cyrl"};
    case 6:
      return Reading{"NONE", "GOOD", ""};
    case 7:
      return Reading{"NONE", "NONE", ""};
    default:
      return Reading{"GOOD", "GOOD", "Arab"};
  }
}

// How the notice came across; most often somebody put it into words.
inline std::string choose_read_in(unsigned choice) {
  return pick(std::array<std::string, 8>{"", "", "", "", "nld", "ara", "tir", "srp"}, choice);
}

// Tells the circumstances anew; whose number the record claims is no circumstance, and comes back.
inline std::optional<unsigned> apply(Fact fact, unsigned choice, Date today, Circumstances& now) {
  const auto in = [&](int days) { return Model::days_later(today, days); };
  switch (fact) {
    case Fact::status:
      now.status =
          pick(std::array{"CGRS_PENDING", "REFUGEE", "SUBSIDIARY", "REFUSED_FINAL", "APPEAL_CALL", "REFUGEE"}, choice);
      break;
    case Fact::track:
      now.track = choice % 3 == 0 ? "ACCELERATED" : "ORDINARY";
      break;
    case Fact::lodged:
      now.lodged = in(-pick(std::array{10, 110, 118, 119, 120, 121, 122, 123, 124, 150, 250, 250}, choice));
      if (choice % 13 == 0) now.lodged.reset();
      break;
    case Fact::refused:
      now.refused.reset();
      if (now.lodged && choice % 4 == 0) now.refused = Model::days_later(*now.lodged, 30);
      if (now.lodged && choice % 4 == 1) now.refused = Model::months_later(*now.lodged, 4);
      break;
    case Fact::cards:
      now.cards = choose_cards(choice, today);
      break;
    case Fact::birth:
      now.birth = choose_birth(choice, today);
      now.age_doubted = choice % 23 == 0;
      break;
    case Fact::guardian:
      now.guardian = choose_guardian(choice, today);
      break;
    case Fact::stay:
      now.stay_until.reset();
      now.stay_end = choice % 7 == 3 ? "LEFT" : choice % 7 >= 5 ? "MOVED" : "";
      if (choice % 7 == 1) now.stay_until = today;
      if (choice % 7 == 2) now.stay_until = in(10);
      if (choice % 7 == 6) now.stay_until = in(pick(std::array{-9, -8, -7, -1, 0, 4}, choice / 7));
      break;
    case Fact::centre: {
      const std::array<std::array<std::string_view, 3>, 6> centres = {{{"KAP", "11023", "VLA"},
                                                                       {"POE", "32018", "VLA"},
                                                                       {"BXL", "21004", "BRU"},
                                                                       {"NAM", "92094", "WAL"},
                                                                       {"LIN", "11002", "VLA"},
                                                                       {"KAP", "11023", "VLA"}}};
      const auto& [code, nis, region] = pick(centres, choice);
      now.centre = code, now.centre_nis = nis, now.region = region;
      break;
    }
    case Fact::ssin:
      now.has_ssin = choice % 3 != 0;
      now.renumbered = choice % 5 == 4;
      break;
    case Fact::chosen:
      now.chosen_nis = pick(std::array{"", "11002", "44021", "24062", "21004", "25112", "11002", "44021"}, choice);
      break;
    case Fact::claims:
      return choice;
    case Fact::language:
      now.language = pick(std::array{"ara", "nld", "fra", "ara"}, choice);
      break;
    case Fact::reading:
      now.reading = choose_reading(choice);
      break;
  }
  return std::nullopt;
}

inline CategorySet choose_categories(const PurposeTable& purpose, unsigned choice) {
  const auto nth = [](const CategorySet& set, unsigned n) { return set.list()[n % set.size()]; };
  CategorySet chosen = purpose.required | purpose.optional;
  switch (choice % 6) {
    case 1:
      return purpose.required;
    case 2:
      chosen.erase(nth(purpose.required, choice / 6));
      return chosen;
    case 3:
      chosen.erase(nth(purpose.optional, choice / 6));
      return chosen;
    case 4:
      chosen.erase(nth(purpose.optional, choice / 6));
      chosen.erase(nth(purpose.optional, choice / 7 + 1));
      return chosen;
    case 5:
      return choice % 5 == 0 ? CategorySet{nth(purpose.optional, choice / 6)} : chosen;
    default:
      return chosen;
  }
}

inline std::string choose_ground(unsigned choice, const std::string& recipient, Date today, Ground& ground) {
  const auto in = [&](int days) { return Model::days_later(today, days); };
  auto& deal = ground.deals[recipient];
  const auto whole = Ground::shipped().deals.at(recipient);
  CategorySet required;
  for (const auto& [id, purpose] : shipped_purposes())
    if (purpose.recipient == recipient) required = required | purpose.required;
  switch (choice % 24) {
    case 0:
      deal.stands = false;
      return "the agreement ends";
    case 1:
      deal = whole;
      deal.until = in(-1);
      return "the agreement ran out yesterday";
    case 2:
      deal = whole;
      deal.until = in(static_cast<int>(choice % 5) * 3);
      return fmt::format("the agreement runs until {}", to_iso(*deal.until));
    case 3:
      deal = whole;
      deal.from = in(5);
      return fmt::format("the agreement begins on {}", to_iso(deal.from));
    case 4:
      deal.categories.erase(recipient == "municipality" ? residence : languages);
      return "the agreement leaves out a required category";
    case 5:
      deal.categories = required;
      return "the agreement covers what is required and no more";
    case 6:
      deal.centres = {"POE"};
      return "the agreement is for POE alone";
    case 7:
      deal.regions = {"BRU"};
      return "the agreement is for Brussels alone";
    case 8:
      deal.regions = {"VLA", "BRU", "WAL"};
      return "the agreement is for the whole country";
    case 9:
      deal.purposes = {"follow-up"};
      return "the agreement is for another purpose";
    case 10:
      deal.categories = {original_script};
      return "the agreement covers nothing of use";
    case 11:
      ground.purposes["language-course"].minors = !ground.purposes["language-course"].minors;
      return "language courses: minors or not";
    case 12:
      ground.purposes["warm-handover"].consent_required = !ground.purposes["warm-handover"].consent_required;
      return "the warm handover: consent or not";
    case 13:
      ground.anchored = !ground.anchored;
      return ground.anchored ? "others must confirm the log" : "nobody need confirm the log";
    case 14:
      deal.body = anybodys_number;
      return "the agreement is with another legal person";
    case 15: {
      auto& atlas = ground.deals.at("agii/11002");
      atlas.stands = !atlas.stands;
      return atlas.stands ? "Antwerp has its own agreement" : "Antwerp has no agreement of its own";
    }
    case 16:
      ground.bodies[recipient].clear();
      return "the recipient is whom an agreement names";
    case 17:
      ground.bodies[recipient] = {{whole.body, "VLA", ""}, {std::string(anybodys_number), "BRU", ""}};
      return "the recipient is another legal person in Brussels";
    case 18:
      ground.bodies[recipient] = {{std::string(anybodys_number), "", "11002"}, {whole.body, "WAL", ""}};
      return "the recipient is one legal person in Antwerp, another in Wallonia";
    case 19:
      ground.bodies[recipient] = {{whole.body, "VLA", ""}, {std::string(anybodys_number), "VLA", "", "nld"}};
      return "the recipient is another legal person for who speaks Dutch";
    case 20:
      ground.bodies[recipient] = {{whole.body, "", "11023", "nld"}, {std::string(anybodys_number), "VLA", "", "fra"}};
      return "the recipient is one legal person in Kapellen in Dutch, another in Flanders in French";
    default:
      deal = whole;
      ground.bodies[recipient] = shipped_bodies().at(recipient);
      return "the agreement is the shipped one again";
  }
}

}  // namespace ketenpoort::story
