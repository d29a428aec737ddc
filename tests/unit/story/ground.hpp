// What the parties agreed and what the purposes ask, as the test sees it: small enough to change at will, and the
// policy files that say the same to the gateway.
#pragma once

#include <algorithm>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "gateway/base/time.hpp"
#include "gateway/config/settings.hpp"
#include "gateway/domain/category.hpp"
#include "gateway/exchange/terms/activate.hpp"

namespace ketenpoort::story {

using enum Category;

constexpr int facts_fresh_for = 7;      // days
constexpr int longest_hold_days = 180;  // shorter than shipped, so that stories get there
constexpr int anchor_max_age = 3600;    // seconds

// The category table, column by column, written down once more: config/purposes.yaml must say the same.
struct PurposeTable {
  std::string recipient;
  CategorySet required;
  CategorySet optional;
  bool minors = true;
  bool consent_required = true;
};

inline const std::map<std::string, PurposeTable>& shipped_purposes() {
  static const std::map<std::string, PurposeTable> table = {
      {"work-guidance",
       {"vdab",
        {identity_core, contact, labour_access, languages, schooling, referral},
        {identity_more, residence, childcare, education, work_experience, skills, wishes, availability},
        false}},
      {"language-course",
       {"agii", {identity_core, contact, languages, schooling, referral}, {residence, childcare, availability}}},
      {"civic-integration",
       {"agii",
        {identity_core, contact, status, languages, referral},
        {identity_more, residence, childcare, schooling, education, work_experience, skills, availability}}},
      {"warm-handover",
       {"municipality",
        {identity_core, contact, residence, status, referral},
        {identity_more, labour_access, household, childcare, languages, schooling, education, work_experience, skills,
         wishes, case_note}}},
  };
  return table;
}

// One legal person that a recipient is: in a municipality where one is named, else in a region; for whom is spoken with
// in its language, where it has one, before the one for all.
struct LegalPerson {
  std::string number;  // KBO
  std::string region;
  std::string municipality;  // NIS code
  std::string language{};    // ISO 639-3; empty: all
  bool operator==(const LegalPerson&) const = default;
};
using LegalPersons = std::vector<LegalPerson>;

constexpr std::string_view vdab_number = "0887010362";
constexpr std::string_view agii_number = "0543307391";
constexpr std::string_view atlas_number = "0421722346";
constexpr std::string_view amal_number = "0999999823";
constexpr std::string_view municipality_number = "0999999922";
constexpr std::string_view anybodys_number = "0200000043";

// Whom config/purposes.yaml names for each recipient; where nobody is, whichever an agreement names.
inline const std::map<std::string, LegalPersons>& shipped_bodies() {
  static const std::map<std::string, LegalPersons> bodies = {
      {"vdab", {{std::string(vdab_number), "VLA", ""}}},
      {"agii",
       {{std::string(agii_number), "VLA", ""},
        {std::string(atlas_number), "", "11002"},
        {std::string(amal_number), "", "44021"}}},
      {"municipality", {}},
  };
  return bodies;
}

// One agreement between Fedasil and a recipient.
struct Deal {
  bool stands = true;
  std::string recipient;
  std::string body;          // the legal person it is with
  std::string municipality;  // NIS code of the only one it is for; empty: for all
  std::vector<std::string> purposes;
  CategorySet categories;
  std::vector<std::string> centres;  // empty: all
  std::vector<std::string> regions;
  Date from{};
  std::optional<Date> until;
};

struct Ground {
  std::map<std::string, Deal> deals;                              // by recipient, "agii/11002" for a municipality
  std::map<std::string, PurposeTable> purposes;                   // by id
  std::map<std::string, LegalPersons> bodies = shipped_bodies();  // by recipient
  bool anchored = false;  // others must confirm the log; in these stories nobody does

  static Ground shipped() {
    Ground ground;
    ground.purposes = shipped_purposes();
    const std::map<std::string, std::string_view> numbers = {
        {"vdab", vdab_number}, {"agii", agii_number}, {"municipality", municipality_number}};
    for (const auto& [id, purpose] : ground.purposes) {
      auto& deal = ground.deals[purpose.recipient];
      deal.recipient = purpose.recipient;
      deal.body = numbers.at(purpose.recipient);
      deal.purposes.push_back(id);
      deal.categories = deal.categories | purpose.required | purpose.optional;
      deal.regions = {"VLA"};
      deal.from = Date{std::chrono::year{2026}, std::chrono::January, std::chrono::day{1}};
    }
    auto& atlas = ground.deals["agii/11002"] = ground.deals.at("agii");
    atlas.body = atlas_number;
    atlas.municipality = "11002";
    auto& amal = ground.deals["agii/44021"] = ground.deals.at("agii");
    amal.body = amal_number;
    amal.municipality = "44021";
    return ground;
  }
};

// The shipped files with what the test changed.
inline exchange::PolicySet to_policy(const Ground& ground, const config::Configuration& shipped) {
  exchange::PolicySet policy;
  policy.environment = "test";
  policy.longest_hold = std::chrono::days{longest_hold_days};
  if (ground.anchored) policy.anchoring = ledger::Anchoring{anchor_max_age, 1};
  for (const auto& stated : shipped.rules) policy.rules.push_back({stated.rule, stated.text});
  for (auto purpose : shipped.purposes) {
    if (const auto changed = ground.purposes.find(purpose.id); changed != ground.purposes.end()) {
      purpose.minors_allowed = changed->second.minors;
      purpose.consent_required = changed->second.consent_required;
    }
    const auto bodies = ground.bodies.find(purpose.recipient);
    if (bodies != ground.bodies.end() && bodies->second != shipped_bodies().at(purpose.recipient)) {
      purpose.bodies.clear();
      for (const auto& [number, region, municipality, language] : bodies->second) {
        RecipientBody body{number, {}, {}};
        if (!region.empty()) body.regions.push_back(region);
        if (!municipality.empty()) body.municipalities.push_back(municipality);
        if (!language.empty()) body.languages.push_back(language);
        purpose.bodies.push_back(std::move(body));
      }
    }
    policy.purposes.push_back(std::move(purpose));
  }
  for (const auto& stated : shipped.agreements) {
    auto agreement = stated.agreement;
    const auto& only_there = agreement.municipalities;
    const auto deal = ground.deals.find(agreement.recipient + (only_there.empty() ? "" : '/' + only_there.front()));
    if (agreement.direction != "out" || deal == ground.deals.end()) continue;
    if (!deal->second.stands) continue;
    agreement.recipient_body = deal->second.body;
    agreement.purposes = deal->second.purposes;
    agreement.categories = deal->second.categories;
    agreement.centres = deal->second.centres;
    agreement.regions = deal->second.regions;
    agreement.valid_from = deal->second.from;
    agreement.valid_until = deal->second.until;
    policy.agreements.push_back({agreement, {stated.sha256, stated.signer}});
  }
  return policy;
}

}  // namespace ketenpoort::story
