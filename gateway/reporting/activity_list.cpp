#include "gateway/reporting/activity_list.hpp"

#include <algorithm>
#include <array>
#include <span>

#include "gateway/formats/json_text.hpp"
#include "gateway/reporting/csv_line.hpp"

namespace ketenpoort::reporting {
namespace {

using exchange::PublishedActivity;
using formats::JsonView;
using formats::JsonWriter;

struct Code {
  std::string_view code;
  Words words;  // nl, fr, de, en
};

constexpr std::array<Code, 9> kinds = {
    Code{"INFO_SESSION", {"infosessie", "séance d'information", "Informationsveranstaltung", "information session"}},
    Code{"ORIENTATION", {"oriëntatie", "orientation", "Orientierung", "orientation"}},
    Code{"LANGUAGE_COURSE", {"taalcursus", "cours de langue", "Sprachkurs", "language course"}},
    Code{
        "SOCIAL_ORIENTATION",
        {"maatschappelijke oriëntatie", "orientation sociale", "gesellschaftliche Orientierung", "social orientation"}},
    Code{"TRAINING", {"opleiding", "formation", "Ausbildung", "training"}},
    Code{"WORKPLACE_VISIT", {"bedrijfsbezoek", "visite d'entreprise", "Betriebsbesuch", "workplace visit"}},
    Code{"JOB_FAIR", {"jobbeurs", "salon de l'emploi", "Jobmesse", "job fair"}},
    Code{"COACHING", {"begeleiding", "accompagnement", "Begleitung", "coaching"}},
    Code{"OTHER", {"andere", "autre", "Sonstiges", "other"}},
};

constexpr std::array<Code, 6> ways_to_enrol = {
    Code{"ONLINE", {"online inschrijven", "inscription en ligne", "Anmeldung online", "enrol online"}},
    Code{"EMAIL", {"inschrijven per e-mail", "inscription par e-mail", "Anmeldung per E-Mail", "enrol by e-mail"}},
    Code{"PHONE",
         {"telefonisch inschrijven", "inscription par téléphone", "telefonische Anmeldung", "enrol by telephone"}},
    Code{"ON_SITE", {"ter plaatse inschrijven", "inscription sur place", "Anmeldung vor Ort", "enrol on site"}},
    Code{"BY_CENTRE",
         {"inschrijven via het opvangcentrum", "inscription par le centre d'accueil",
          "Anmeldung über die Aufnahmestelle", "enrol through the reception centre"}},
    Code{"NOT_NEEDED",
         {"inschrijven is niet nodig", "inscription non requise", "keine Anmeldung nötig", "no need to enrol"}},
};

constexpr std::array<std::string_view, 4> profiles = {"APPLICANT", "RESETTLED", "TEMPORARY_PROTECTION", "BENEFICIARY"};

std::string_view words_of(std::span<const Code> codes, std::string_view code, Language language) {
  const auto found = std::ranges::find(codes, code, &Code::code);
  return found == codes.end() ? std::string_view{} : in(found->words, language);
}

// In the language asked for, or in one there is: English first, as for those who speak none of the four.
std::string text_in(JsonView texts, Language language) {
  for (const auto tag : {to_text(language), std::string_view("en"), std::string_view("nl"), std::string_view("fr"),
                         std::string_view("de")})
    if (const auto text = texts.find(tag).as_string()) return std::string(*text);
  return {};
}

std::string joined(JsonView list) {
  std::string out;
  for (const auto one : list.elements()) out += (out.empty() ? "" : " ") + text_of(one);
  return out;
}

std::string yes_or_no(JsonView flag) {
  const auto value = flag.as_bool();
  if (!value) return {};
  return *value ? "yes" : "no";
}

}  // namespace

bool is_activity_kind(std::string_view code) {
  return std::ranges::find(kinds, code, &Code::code) != kinds.end();
}

bool is_activity_profile(std::string_view code) {
  return std::ranges::find(profiles, code) != profiles.end();
}

std::string activity_as_json(const PublishedActivity& activity, const std::string& base, Language language) {
  const auto document = formats::parse_json(activity.json);
  std::string json;
  JsonWriter writer(json);
  writer.begin_object()
      .member("href", base + "/activities/" + activity.id.text())
      .member("id", activity.id.text())
      .member("partner", activity.partner)
      .member("publishedAt", to_rfc3339(activity.published))
      .member("changedAt", to_rfc3339(activity.changed));
  if (document) {
    const auto root = document->root();
    for (const auto [key, value] : root.members()) writer.member(key, value);
    writer.member("kindText", words_of(kinds, text_of(root.find("kind")), language))
        .member("enrolText", words_of(ways_to_enrol, text_of(root.find("enrol").find("how")), language));
  }
  writer.end_object();
  return json;
}

std::string activities_as_csv(const std::vector<PublishedActivity>& activities, Language language) {
  std::string out;
  append_csv_line(
      out,
      {"id",         "partner",    "reference",           "kind",        "kindText",    "title",      "description",
       "from",       "until",      "languages",           "place",       "street",      "postalCode", "municipality",
       "online",     "profiles",   "culturalOrientation", "targetGroup", "enrol",       "enrolText",  "enrolUrl",
       "enrolEmail", "enrolPhone", "enrolUntil",          "capacity",    "freeOfCharge"});
  for (const auto& activity : activities) {
    const auto document = formats::parse_json(activity.json);
    if (!document) continue;
    const auto root = document->root();
    const auto place = root.find("place");
    const auto group = root.find("targetGroup");
    const auto enrol = root.find("enrol");
    const auto kind = text_of(root.find("kind"));
    const auto how = text_of(enrol.find("how"));
    auto street = text_of(place.find("street"));
    if (const auto number = text_of(place.find("houseNumber")); !number.empty()) street += ' ' + number;
    append_csv_line(out, {activity.id.text(),
                          activity.partner,
                          activity.reference,
                          kind,
                          std::string(words_of(kinds, kind, language)),
                          text_in(root.find("title"), language),
                          text_in(root.find("description"), language),
                          to_iso(activity.from),
                          to_iso(activity.until),
                          joined(root.find("languages")),
                          text_of(place.find("name")),
                          street,
                          text_of(place.find("postalCode")),
                          text_of(place.find("municipality")),
                          yes_or_no(place.find("online")),
                          joined(group.find("profiles")),
                          yes_or_no(group.find("culturalOrientation")),
                          text_in(group.find("description"), language),
                          how,
                          std::string(words_of(ways_to_enrol, how, language)),
                          text_of(enrol.find("url")),
                          text_of(enrol.find("email")),
                          text_of(enrol.find("phone")),
                          text_of(enrol.find("until")),
                          std::string(root.find("capacity").as_number().value_or("")),
                          yes_or_no(root.find("freeOfCharge"))});
  }
  return out;
}

}  // namespace ketenpoort::reporting
