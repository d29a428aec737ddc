// What a centre knows of a resident, and the record and the conversations about consent that say so.
#pragma once

#include <fmt/format.h>

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "gateway/base/time.hpp"
#include "gateway/domain/category.hpp"

namespace ketenpoort::story {

struct Card {
  std::string type;
  std::optional<Date> from;
  std::optional<Date> until;
  std::string labour_market;
};

struct Guardian {
  std::string kind;
  std::optional<Date> from;
  std::optional<Date> until;
};

// What a screening found of reading.
struct Reading {
  std::string latin;         // GOOD, BASIC, NONE
  std::string other;         // of another script
  std::string other_script;  // ISO 15924
};

// That everybody is spoken with in beside the language they prefer.
constexpr std::string_view mother_tongue = "ara";

struct Circumstances {
  std::string centre = "KAP";
  std::string centre_nis = "11023";
  std::string region = "VLA";
  std::string language = "ara";  // the one preferred; the mother tongue is spoken at any rate
  bool has_ssin = true;
  bool renumbered = false;           // the first one was replaced
  std::string birth = "1990-05-17";  // may be incomplete; empty: unknown
  bool age_doubted = false;
  std::optional<Guardian> guardian;
  std::optional<Date> stay_until;
  std::string stay_end;  // empty while it lasts
  Date as_of{};
  std::string status = "CGRS_PENDING";
  std::string track = "ORDINARY";
  std::optional<Date> lodged;
  std::optional<Date> refused;  // the CGRS told so
  std::vector<Card> cards;
  std::string chosen_nis;     // municipality after a status
  std::string anothers_ssin;  // stands among the previous ones, by mistake
  std::optional<Reading> reading = Reading{"GOOD", "GOOD", "Arab"};
};

struct Referral {
  std::string recipient;
  std::string purpose;
};

inline std::string fedasil_number(int person) {
  return fmt::format("F900000{}", person);
}

// Of the first of January 1985, whatever the birth date says: that the two differ is a finding, no more.
inline std::string ssin_of(int person) {
  const int first_nine = 850101000 + 101 + 2 * person;
  return fmt::format("{:09}{:02}", first_nine, 97 - first_nine % 97);
}

// The one that stands in a record now; empty when none does.
inline std::string ssin_in(int person, const Circumstances& now) {
  if (!now.has_ssin) return {};
  return ssin_of(now.renumbered ? person + 10 : person);
}

namespace json {

inline std::string date(std::string_view key, const std::optional<Date>& day) {
  return day ? fmt::format(R"(,"{}":"{}")", key, to_iso(*day)) : std::string();
}
inline std::string text(std::string_view key, std::string_view value) {
  return value.empty() ? std::string() : fmt::format(R"(,"{}":"{}")", key, value);
}

inline std::string identifiers(int person, const Circumstances& now) {
  auto out = fmt::format(R"({{"fedasilNumber":"{}")", fedasil_number(person));
  out += text("ssin", ssin_in(person, now));
  if (!now.anothers_ssin.empty()) out += fmt::format(R"(,"previousSsins":["{}"])", now.anothers_ssin);
  return out + '}';
}

inline std::string resident(int person, const Circumstances& now) {
  std::string birth = R"({"place":"Homs","country":"SYR")" + text("date", now.birth);
  if (now.age_doubted) birth += R"(,"ageAssessmentPending":true)";
  std::string stay = R"({"from":"2026-01-28")" + date("until", now.stay_until) + text("endReason", now.stay_end);
  std::string guardian;
  if (now.guardian)
    guardian = fmt::format(R"(,"representative":{{"kind":"{}","appointmentRef":"V-1"{}{}}})", now.guardian->kind,
                           date("validFrom", now.guardian->from), date("validUntil", now.guardian->until));
  return fmt::format(R"({{"identifiers":{},"name":{{"family":"Voorbeeld","given":["Noor"]}},"birth":{}}},"sex":2,)"
                     R"("nationalities":["SYR"],"civilStatus":"10","contact":{{"phone":"+32475000037","phoneOf":"OWN",)"
                     R"("preferredLanguage":"{}","interpreterNeeded":true}},"stay":{}}},"residence":{{"address":{{)"
                     R"("street":"Kapelsestraat","houseNumber":"11","postalCode":"2950","municipality":"Kapellen",)"
                     R"("municipalityNis":"11023","country":"BEL"}}}},)"
                     R"("household":{{"size":2,"childcareNeeded":true,"childAges":[4]}}{}}})",
                     identifiers(person, now), birth, now.language, stay, guardian);
}

inline std::string procedure(const Circumstances& now) {
  const bool granted = now.status == "REFUGEE" || now.status == "SUBSIDIARY";
  std::string cards;
  for (const auto& card : now.cards)
    cards +=
        fmt::format(R"({}{{"type":"{}"{}{}{}}})", cards.empty() ? "" : ",", card.type, date("validFrom", card.from),
                    date("validUntil", card.until), text("labourMarket", card.labour_market));
  auto out = fmt::format(R"({{"asOf":"{}","profile":"{}","track":"{}","status":"{}","arrivedOn":"2026-01-28")",
                         to_iso(now.as_of), granted ? "BENEFICIARY" : "APPLICANT", now.track, now.status);
  out += date("lodgedOn", now.lodged);
  if (granted) out += R"(,"statusGrantedOn":"2026-10-30")";
  if (now.refused)
    out += fmt::format(R"(,"cgrsDecision":{{"outcome":"REFUSED","notifiedOn":"{}"}})", to_iso(*now.refused));
  return out + fmt::format(R"(,"documents":[{}]}})", cards);
}

inline std::string literacy(const Circumstances& now) {
  if (!now.reading) return {};
  const auto& [latin, other, other_script] = *now.reading;
  return fmt::format(R"("literacy":{{"latinScript":"{}","otherScript":"{}"{}}},)", latin, other,
                     text("otherScriptName", other_script));
}

inline std::string referrals(const std::vector<Referral>& wanted) {
  std::string out;
  for (std::size_t i = 0; i < wanted.size(); ++i) {
    const auto& [recipient, purpose] = wanted[i];
    const auto* reason = recipient == "agii" ? "NIV_TEST" : recipient == "municipality" ? "HANDOVER" : "WORK_TALK";
    out += fmt::format(R"({}{{"id":"R-{}","recipient":"{}","purpose":"{}","reason":"{}")", i == 0 ? "" : ",", i,
                       recipient, purpose, reason);
    out += recipient == "municipality" ? R"(,"caseNote":"Wil graag fietsen."})" : "}";
  }
  return out;
}

}  // namespace json

// Everything that a mapping could send is there, so that what is sent is what may be.
inline std::string record_json(int person, const Circumstances& now, const std::vector<Referral>& wanted,
                               std::string_view message_id) {
  return fmt::format(
      R"({{"messageId":"{}","sentAt":"2026-11-24T09:07:00+01:00","recordVersion":"1.0","source":{{)"
      R"("system":"CENTRE-DESK","organisation":"0860737913","centre":{{"code":"{}","name":"Opvangcentrum",)"
      R"("municipalityNis":"{}","region":"{}","type":"Opvangcentrum"}}}},"resident":{},"procedure":{},"screening":{{)"
      R"("id":"S-1","conductedOn":"2026-02-01","centre":"KAP","language":"ara","interpreter":"PRESENT",)"
      R"({}"languages":[{{"code":"ara","native":true,"contact":true}}],"schooling":{{"yearsTotal":7,"highestLevel":3}},)"
      R"("education":[{{"level":3,"title":"Algemeen vormend onderwijs","country":"SYR","from":"1998","to":"2004",)"
      R"("completed":true,"document":"HELD","recognition":"FULL","field":"0732"}}],)"
      R"("work":[{{"title":"Naaister","isco":"7533","country":"SYR","from":"2008-02","to":"2011-12","current":false,)"
      R"("formal":true}}],"licences":[{{"category":"B","country":"SYR","exchangedInBelgium":false}}],)"
      R"("digital":{{"smartphone":true,"computer":true,"email":true,"level":"BASIC"}},)"
      R"("wishes":{{"occupations":[{{"title":"Kok","isco":"5120","preference":"WANTED"}}],)"
      R"("motivations":["WORK_SOON"],"selfEmployment":false}},"availability":{{"regime":"PART_TIME",)"
      R"("from":"2026-12-01"}},"mobility":{{"modes":["PUBLIC_TRANSPORT"],"maxCommuteMinutes":45}}}},{}"referrals":[{}],)"
      R"("team":{{"name":"Team begeleiding","phone":"+3257000101","email":"team@centrum.example"}}}})",
      message_id, now.centre, now.centre_nis, now.region, json::resident(person, now), json::procedure(now),
      json::literacy(now),
      now.chosen_nis.empty() ? "" : fmt::format(R"("handover":{{"municipalityNis":"{}"}},)", now.chosen_nis),
      json::referrals(wanted));
}

// What one conversation says of one cell.
struct Answer {
  Referral cell;
  bool given = true;
  CategorySet categories;
  std::optional<Date> until;
};

// How a conversation went, whatever was answered.
struct Talk {
  bool by_guardian = false;
  std::string read_in;  // the language the notice was read in, ISO 639-3; empty: somebody put it into words
  Date on{};            // when the answers were given
};

inline std::string consent_json(int person, const std::vector<Answer>& answers, const Talk& talk) {
  std::string cells;
  for (const auto& answer : answers) {
    std::string names;
    for (const auto& name : answer.categories.names())
      names += fmt::format(R"({}"{}")", names.empty() ? "" : ",", name);
    cells += fmt::format(R"({}{{"purpose":"{}","recipient":"{}","categories":[{}],"decision":"{}"{}}})",
                         cells.empty() ? "" : ",", answer.cell.purpose, answer.cell.recipient, names,
                         answer.given ? "GIVEN" : "REFUSED", json::date("validUntil", answer.until));
  }
  return fmt::format(
      R"({{"subject":{{"fedasilNumber":"{}"}},"consents":[{}],"notice":{{"id":"chain-cooperation","version":"1.0",)"
      R"("language":"{}"}},"explained":{},"expressed":{{"how":"PAPER","on":"{}"}},"recordedBy":"op-1"{}}})",
      fedasil_number(person), cells, talk.read_in.empty() ? "ara" : talk.read_in,
      talk.read_in.empty() ? R"({"how":"HEARD","interpreter":{"mode":"PRESENT","kind":"SOCIAL","language":"ara"}})"
                           : R"({"how":"READ"})",
      to_iso(talk.on),
      talk.by_guardian ? R"(,"representative":{"kind":"VOOGD","appointmentRef":"V-1","minorHeard":true})" : "");
}

}  // namespace ketenpoort::story
