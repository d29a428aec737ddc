// The policy files: what the law, the agreements and the notices say.
#include <fmt/format.h>

#include <algorithm>

#include "gateway/base/ascii.hpp"
#include "gateway/base/bytes.hpp"
#include "gateway/base/digest.hpp"
#include "gateway/base/files.hpp"
#include "gateway/config/sections.hpp"

namespace ketenpoort::config {

namespace {

struct Validity {
  Date from{};
  std::optional<Date> until;
};

Validity read_validity(Section& section) {
  Validity read;
  auto validity = section.section("validity", Need::required);
  if (!validity) return read;
  read.from = validity->date("from");
  read.until = validity->optional_date("until");
  if (read.until && *read.until < read.from) validity->complain("until", "`until` lies before `from`");
  return read;
}

template <class T>
bool overlap(const T& a, const T& b) {
  return (!a.valid_until || b.valid_from <= *a.valid_until) && (!b.valid_until || a.valid_from <= *b.valid_until);
}

Rule read_rule(Section& section, std::string_view id, std::string_view algorithm) {
  Rule rule;
  rule.id = id;
  rule.algorithm = algorithm;
  rule.version = section.text("version");
  rule.source = section.text("source");
  if (section.has("waitingMonths")) rule.waiting_months = section.integer<int>("waitingMonths", 0, 0, 120);
  rule.statuses = section.texts("statuses");
  rule.excluded_statuses = section.texts("excludedStatuses", Need::optional);
  rule.excluded_tracks = section.texts("excludedTracks", Need::optional);
  rule.documents = section.texts("documents", Need::optional);
  rule.facts_max_age_days = section.integer<int>("factsMaxAgeDays", rule.facts_max_age_days, 0, 365);
  const auto validity = read_validity(section);
  rule.valid_from = validity.from;
  rule.valid_until = validity.until;
  return rule;
}

// What an algorithm cannot do without.
void check_figures(Section& section, const Rule& rule) {
  if (rule.algorithm == "labour-market-access" && (!rule.waiting_months || rule.documents.empty()))
    section.complain("a labour-market rule needs `waitingMonths` and `documents`");
}

void check_regions(Section& section, const std::vector<std::string>& regions) {
  for (const auto& region : regions)
    if (region != "VLA" && region != "BRU" && region != "WAL")
      section.complain("regions", fmt::format("`{}` is no region: use VLA, BRU or WAL", region));
}

void check_languages(Section& section, const std::vector<std::string>& languages) {
  const auto is_lower = [](char c) { return c >= 'a' && c <= 'z'; };
  for (const auto& code : languages)
    if (code.size() != 3 || !std::all_of(code.begin(), code.end(), is_lower))
      section.complain("languages", fmt::format("`{}` is no ISO 639-3 code: three small letters, as nld", code));
}

void check_municipalities(Section& section, const std::vector<std::string>& municipalities) {
  for (const auto& code : municipalities)
    if (code.size() != 5 || !std::all_of(code.begin(), code.end(), is_digit))
      section.complain("municipalities", fmt::format("`{}` is no NIS code: five digits, as 11002", code));
}

// Whether somebody may be spoken with in a way that makes both the right one.
bool share_language(const RecipientBody& a, const RecipientBody& b) {
  if (a.languages.empty() || b.languages.empty()) return a.languages.empty() && b.languages.empty();
  return std::any_of(a.languages.begin(), a.languages.end(), [&](const std::string& code) {
    return std::find(b.languages.begin(), b.languages.end(), code) != b.languages.end();
  });
}

// Two that claim one place and language would make it a matter of chance who gets the data.
void check_places(Section& section, const std::vector<RecipientBody>& before, const RecipientBody& body) {
  if (body.regions.empty() && body.municipalities.empty())
    section.complain("a body needs `regions` or `municipalities`: where it acts");
  const auto claims = [](const std::vector<std::string>& list, const std::string& place) {
    return std::find(list.begin(), list.end(), place) != list.end();
  };
  for (const auto& other : before) {
    if (!share_language(other, body)) continue;
    for (const auto& place : body.municipalities)
      if (claims(other.municipalities, place))
        section.complain("municipalities", fmt::format("`{}` has two bodies: {} and {}", place, other.body, body.body));
    if (!other.municipalities.empty() || !body.municipalities.empty()) continue;
    for (const auto& place : body.regions)
      if (claims(other.regions, place))
        section.complain("regions", fmt::format("`{}` has two bodies: {} and {}", place, other.body, body.body));
  }
}

std::vector<RecipientBody> read_bodies(Section& purpose) {
  std::vector<RecipientBody> bodies;
  if (!purpose.has("bodies")) return bodies;
  for (auto& section : purpose.sections("bodies")) {
    RecipientBody body;
    body.body = section.kbo_number("body");
    body.regions = section.texts("regions", Need::optional);
    body.municipalities = section.texts("municipalities", Need::optional);
    body.languages = section.texts("languages", Need::optional);
    check_regions(section, body.regions);
    check_municipalities(section, body.municipalities);
    check_languages(section, body.languages);
    check_places(section, bodies, body);
    bodies.push_back(std::move(body));
  }
  return bodies;
}

Purpose read_purpose(Section& section) {
  Purpose purpose;
  purpose.id = section.text("id");
  purpose.recipient = section.text("recipient");
  if (auto basis = section.section("basis", Need::required)) {
    purpose.basis_sender = basis->text("sender");
    purpose.basis_recipient = basis->text("recipient");
  }
  purpose.consent_required = section.one_of("consent", {"required", "not-asked"}) != "not-asked";
  purpose.minors_allowed = section.one_of("minors", {"allowed", "refused"}) == "allowed";
  purpose.required = section.categories("required");
  purpose.optional = section.categories("optional", Need::optional);
  if (!(purpose.required & purpose.optional).empty())
    section.complain("optional", "a category is required or optional, not both");
  purpose.rule = section.text("rule", Need::optional);
  purpose.bodies = read_bodies(section);
  const auto validity = read_validity(section);
  purpose.valid_from = validity.from;
  purpose.valid_until = validity.until;
  return purpose;
}

bool knows_rule(const Configuration& so_far, std::string_view id) {
  return std::any_of(so_far.rules.begin(), so_far.rules.end(),
                     [&](const StatedRule& stated) { return stated.rule.id == id; });
}

bool knows_purpose(const Configuration& so_far, std::string_view id, std::string_view recipient) {
  return std::any_of(so_far.purposes.begin(), so_far.purposes.end(), [&](const Purpose& purpose) {
    return purpose.id == id && (recipient.empty() || purpose.recipient == recipient);
  });
}

// A digest that a policy file states, and the file it is of where that is kept beside it.
Digest read_document(Section& section) {
  const auto stated = section.digest("sha256");
  const auto file = section.existing_file("file", Need::optional);
  if (file.empty() || stated == Digest{}) return stated;  // no digest: complained of already
  const auto text = read_file(file);
  if (text && sha256(as_bytes(*text)) != stated)
    section.complain("sha256", fmt::format("`sha256` is not that of {}, which is {}", file.string(),
                                           to_hex(sha256(as_bytes(*text)))));
  return stated;
}

std::vector<Party> read_parties(Section& file, const Agreement& agreement) {
  std::vector<Party> parties;
  for (auto& section : file.sections("parties")) {
    auto& party = parties.emplace_back();
    party.body = section.kbo_number("body");
    party.name = section.text("name");
    party.role = section.one_of("role", {"controller", "joint-controller", "processor", "recipient"});
    party.dpo = section.text("dpo");
  }
  for (const auto& body : {agreement.controller, agreement.recipient_body})
    if (std::none_of(parties.begin(), parties.end(), [&](const Party& party) { return party.body == body; }))
      file.complain("parties", fmt::format("`{}` is no party, though it sends or receives", body));
  return parties;
}

// Law of 30 July 2018 art. 20 section 2 and decree of 18 July 2008 art. 8: both officers advise before a protocol is
// signed.
std::vector<Advice> read_advices(Section& file, const Agreement& agreement) {
  std::vector<Advice> advices;
  if (file.has("advices"))
    for (auto& section : file.sections("advices")) {
      auto& advice = advices.emplace_back();
      advice.party = section.kbo_number("party");
      advice.date = section.date("date");
      advice.outcome = section.one_of("outcome", {"positive", "positive-with-remarks", "negative"});
      advice.sha256 = read_document(section);
    }
  if (agreement.type != "art20-protocol" && agreement.type != "art8-protocol") return advices;
  for (const auto& body : {agreement.controller, agreement.recipient_body})
    if (std::none_of(advices.begin(), advices.end(), [&](const Advice& advice) { return advice.party == body; }))
      file.complain("advices", fmt::format("the advice of the data protection officer of `{}` is missing", body));
  return advices;
}

// What art. 20 and art. 8 ask a protocol to state beside whom, what and when.
void read_terms(Section& file, Agreement& agreement) {
  agreement.parties = read_parties(file, agreement);
  agreement.basis = file.text("basis");
  agreement.recipients = file.texts("recipients");
  agreement.format = file.text("format");
  agreement.channel = file.text("channel");
  agreement.periodicity = file.text("periodicity");
  agreement.measures = file.texts("measures");
  agreement.rights = file.text("rights");
  agreement.retention = file.text("retention");
  agreement.sanctions = file.text("sanctions");
  agreement.publication_url = file.text("publicationUrl");
  if (!agreement.publication_url.empty() && !agreement.publication_url.starts_with("https://"))
    file.complain("publicationUrl", "`publicationUrl` must be an https:// address that anybody can open");
  if (auto document = file.section("document", Need::required)) agreement.document = read_document(*document);
  agreement.advices = read_advices(file, agreement);
}

void check_notice_text(Section& section, const std::filesystem::path& file, const std::string& stated) {
  if (file.empty() || stated.empty()) return;
  const auto text = read_file(file);
  if (!text) return;  // existing_file has complained
  const auto actual = to_hex(sha256(as_bytes(*text)));
  if (actual != stated)
    section.complain("sha256", fmt::format("`sha256` is not that of {}, which is {}: a notice that was shown never "
                                           "changes, give the new text a new version",
                                           file.string(), actual));
}

}  // namespace

std::vector<CategoryText> read_categories(Section file) {
  std::vector<CategoryText> read;
  CategorySet seen;
  for (auto& section : file.sections("categories")) {
    CategoryText text;
    const auto id = section.text("id");
    const auto category = parse_category(id);
    if (!category)
      section.complain("id", fmt::format("`{}` is no data category: the list is closed", id));
    else if (seen.contains(*category))
      section.complain("id", fmt::format("`{}` stands twice", id));
    if (category) seen.insert(text.category = *category);
    if (auto label = section.section("label", Need::required)) {
      text.nl = label->text("nl");
      text.fr = label->text("fr");
      text.de = label->text("de");
      text.en = label->text("en");
    }
    text.dpv = section.text("dpv");
    text.gdpr_code = section.text("gdprCode");
    text.special = section.flag("special", false);
    read.push_back(std::move(text));
  }
  for (const auto& missing : CategorySet::all().without(seen).names())
    file.complain("categories", fmt::format("`{}` is missing: every category needs its labels", missing));
  return read;
}

std::vector<Rule> read_rules(Section file, const Configuration& so_far) {
  std::vector<Rule> rules;
  const auto id = file.text("rule");
  const auto algorithm =
      file.one_of("algorithm", {"labour-market-access", "civic-integration-target-group", "status-granted"});
  if (knows_rule(so_far, id)) file.complain("rule", fmt::format("rule `{}` stands in another file too", id));
  for (auto& section : file.sections("versions")) {
    auto rule = read_rule(section, id, algorithm);
    check_figures(section, rule);
    for (const auto& other : rules)
      if (other.version == rule.version || overlap(other, rule))
        section.complain("validity",
                         fmt::format("versions `{}` and `{}` share a number or a day", other.version, rule.version));
    rules.push_back(std::move(rule));
  }
  return rules;
}

std::vector<Purpose> read_purposes(Section file, const Configuration& so_far) {
  std::vector<Purpose> purposes;
  for (auto& section : file.sections("purposes")) {
    auto purpose = read_purpose(section);
    if (!purpose.rule.empty() && !knows_rule(so_far, purpose.rule))
      section.complain("rule", fmt::format("`{}` is no rule in rules/", purpose.rule));
    for (const auto& other : purposes)
      if (other.id == purpose.id && other.recipient == purpose.recipient && overlap(other, purpose))
        section.complain("id", fmt::format("`{}` for `{}` stands twice on some day", purpose.id, purpose.recipient));
    purposes.push_back(std::move(purpose));
  }
  return purposes;
}

Agreement read_agreement(Section file, const Configuration& so_far) {
  Agreement agreement;
  agreement.id = file.text("agreement");
  agreement.sample = file.flag("sample", false);
  if (agreement.sample && !so_far.settings.environment.empty() && !so_far.settings.is_test())
    file.complain("sample",
                  "a sample agreement grounds nothing outside environment test: put the signed one in its place");
  for (const auto& other : so_far.agreements)
    if (other.agreement.id == agreement.id)
      file.complain("agreement", fmt::format("agreement `{}` stands in another file too", agreement.id));
  agreement.type = file.one_of(
      "type", {"art20-protocol", "art8-protocol", "isc-deliberation", "rr-authorisation", "art26", "art28", "law"});
  agreement.direction = file.one_of("direction", {"out", "back"});
  agreement.controller = file.kbo_number("controller");
  agreement.recipient = file.text("recipient");
  agreement.recipient_body = file.kbo_number("recipientBody");
  agreement.purposes = file.texts("purposes");
  for (const auto& purpose : agreement.purposes)
    // On the way back the recipient is who reports; the purpose serves whoever sent the referral.
    if (!knows_purpose(so_far, purpose, agreement.direction == "back" ? std::string_view{} : agreement.recipient))
      file.complain("purposes",
                    fmt::format("`{}` is no purpose of recipient `{}` in purposes.yaml", purpose, agreement.recipient));
  agreement.categories = file.categories("categories");
  agreement.centres = file.texts("centres", Need::optional);
  agreement.regions = file.texts("regions");
  check_regions(file, agreement.regions);
  agreement.municipalities = file.texts("municipalities", Need::optional);
  check_municipalities(file, agreement.municipalities);
  const auto validity = read_validity(file);
  agreement.valid_from = validity.from;
  agreement.valid_until = validity.until;
  read_terms(file, agreement);
  return agreement;
}

Notice read_notice(Section file) {
  Notice notice;
  notice.id = file.text("notice");
  notice.version = file.text("version");
  notice.languages = file.texts("languages");
  if (notice.languages == std::vector<std::string>{"any"}) {
    notice.any_language = true;
    notice.languages.clear();
  }
  notice.sha256 = file.text("sha256");
  check_notice_text(file, file.existing_file("text"), notice.sha256);
  if (!file.has("translations")) return notice;
  for (auto& section : file.sections("translations")) {
    const auto language = section.text("language");
    const auto sha256 = section.text("sha256");
    check_notice_text(section, section.existing_file("text"), sha256);
    if (!notice.speaks(language)) section.complain("language", fmt::format("`{}` is not among `languages`", language));
    if (!notice.translations.emplace(language, sha256).second)
      section.complain("language", fmt::format("`{}` stands twice", language));
  }
  return notice;
}

std::vector<RetentionRule> read_retention(Section file) {
  std::vector<RetentionRule> rules;
  for (auto& section : file.sections("retention")) {
    RetentionRule rule;
    rule.data = section.one_of("data", {"record", "payload", "proof", "directory"});
    rule.keep = std::chrono::duration_cast<std::chrono::days>(section.duration("keep", std::chrono::days{0}));
    if (rule.keep < std::chrono::days{1}) section.complain("keep", "`keep` must be stated, at least 1d");
    rule.from = section.one_of("from", {"stay-ended", "acknowledged", "consent-ended"});
    rule.source = section.text("source");
    rules.push_back(std::move(rule));
  }
  return rules;
}

std::vector<Activity> read_activities(Section file, const Configuration& so_far) {
  std::vector<Activity> activities;
  for (auto& section : file.sections("activities")) {
    Activity activity;
    activity.id = section.text("id");
    activity.version = section.text("version");
    activity.name = section.text("name");
    activity.controller = section.kbo_number("controller");
    activity.purposes = section.texts("purposes");
    for (const auto& purpose : activity.purposes)
      if (!knows_purpose(so_far, purpose, ""))
        section.complain("purposes", fmt::format("`{}` is no purpose in purposes.yaml", purpose));
    activity.recipients = section.texts("recipients");
    activity.retention = section.text("retention");
    activity.security = section.text("security");
    activity.data_subjects = section.texts("dataSubjects", Need::optional);
    activities.push_back(std::move(activity));
  }
  return activities;
}

}  // namespace ketenpoort::config
