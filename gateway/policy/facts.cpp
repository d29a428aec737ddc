#include "gateway/policy/facts.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "gateway/ledger/entry/canonical.hpp"

namespace ketenpoort::policy {

namespace {

constexpr int age_of_majority = 18;  // Belgian old civil code art. 488; every year counts to the birthday itself

// Reads one record and keeps every complaint: a sender wants them all at once.
class RecordReader {
 public:
  std::string code(formats::JsonView value, std::string_view path, bool required = false) {
    if (const auto text = value.as_string()) return std::string{*text};
    if (value) complain(path, fmt::format("stands as {}, must be a string", to_text(value.kind())));
    if (!value && required) complain(path, "is missing: a decision needs it");
    return {};
  }
  std::optional<Date> date(formats::JsonView value, std::string_view path, bool required = false) {
    const auto text = code(value, path, required);
    if (text.empty()) return std::nullopt;
    auto day = parse_date(text);
    if (!day) complain(path, no_day);
    return day;
  }
  std::optional<IncompleteDate> incomplete_date(formats::JsonView value, std::string_view path) {
    const auto text = code(value, path);
    if (text.empty()) return std::nullopt;
    auto day = parse_incomplete_date(text);
    if (!day) complain(path, "is no birth date: write yyyy-mm-dd, with 00 for an unknown month or day");
    return day;
  }
  // Of an object that stands somewhere in a list: its path is made only when there is something to complain of.
  std::string code_in(formats::JsonView object, std::string_view key, bool required = false) {
    const auto value = object.find(key);
    const bool wrong = value ? !value.as_string() : required;
    return code(value, wrong ? fmt::format("{}.{}", object.where(), key) : std::string(), required);
  }
  std::optional<Date> date_in(formats::JsonView object, std::string_view key) {
    const auto text = code_in(object, key);
    if (text.empty()) return std::nullopt;
    auto day = parse_date(text);
    if (!day) complain(fmt::format("{}.{}", object.where(), key), no_day);
    return day;
  }
  std::vector<Issue> issues;

 private:
  static constexpr const char* no_day = "is no day of the calendar: write yyyy-mm-dd";
  void complain(std::string_view path, std::string detail) {
    issues.push_back({ErrorCode::schema_violation, std::string{path}, std::move(detail)});
  }
};

void read_resident(formats::JsonView resident, RecordReader& reader, Facts& facts) {
  facts.has_ssin = bool{resident.find("identifiers").find("ssin")};
  const auto birth = resident.find("birth");
  facts.birth = reader.incomplete_date(birth.find("date"), "resident.birth.date");
  facts.age_assessment_pending = birth.find("ageAssessmentPending").as_bool().value_or(false);
  const auto stay = resident.find("stay");
  facts.stay_until = reader.date(stay.find("until"), "resident.stay.until");
  facts.stay_end_reason = reader.code(stay.find("endReason"), "resident.stay.endReason");
  if (const auto representative = resident.find("representative"))
    facts.representative =
        Representative{reader.code(representative.find("kind"), "resident.representative.kind"),
                       reader.date(representative.find("validFrom"), "resident.representative.validFrom"),
                       reader.date(representative.find("validUntil"), "resident.representative.validUntil")};
}

void read_procedure(formats::JsonView procedure, RecordReader& reader, Facts& facts) {
  if (const auto as_of = reader.date(procedure.find("asOf"), "procedure.asOf", true)) facts.as_of = *as_of;
  facts.profile = reader.code(procedure.find("profile"), "procedure.profile", true);
  facts.track = reader.code(procedure.find("track"), "procedure.track");
  facts.status = reader.code(procedure.find("status"), "procedure.status", true);
  facts.lodged_on = reader.date(procedure.find("lodgedOn"), "procedure.lodgedOn");
  facts.status_granted_on = reader.date(procedure.find("statusGrantedOn"), "procedure.statusGrantedOn");
  const auto decision = procedure.find("cgrsDecision");
  if (decision.find("outcome").as_string() == "REFUSED")
    facts.refusal_notified_on = reader.date(decision.find("notifiedOn"), "procedure.cgrsDecision.notifiedOn");
  for (const auto document : procedure.find("documents").elements())
    facts.documents.push_back({reader.code_in(document, "type", true), reader.date_in(document, "validFrom"),
                               reader.date_in(document, "validUntil"), reader.code_in(document, "labourMarket")});
}

void read_literacy(formats::JsonView literacy, RecordReader& reader, Facts& facts) {
  if (!literacy) return;
  facts.literacy = Literacy{reader.code_in(literacy, "latinScript"), reader.code_in(literacy, "otherScript"),
                            reader.code_in(literacy, "otherScriptName")};
}

void read_languages(formats::JsonView record, RecordReader& reader, Facts& facts) {
  auto& languages = facts.languages;
  const auto add = [&](std::string code) {
    if (!code.empty() && std::ranges::find(languages, code) == languages.end()) languages.push_back(std::move(code));
  };
  add(reader.code(record.find("resident").find("contact").find("preferredLanguage"),
                  "resident.contact.preferredLanguage"));
  for (const auto language : record.find("screening").find("languages").elements())
    if (language.find("contact").as_bool().value_or(false)) add(reader.code_in(language, "code"));
}

std::string text_of(const IncompleteDate& date) {
  return fmt::format("{:04}-{:02}-{:02}", date.year, date.month, date.day);
}

// An object writer that leaves absent dates out.
void write_date(ledger::ObjectWriter& writer, std::string_view key, const std::optional<Date>& date) {
  if (date) writer.string(key, to_iso(*date));
}

std::string encode_document(const Document& document) {
  ledger::ObjectWriter writer;
  writer.string_unless_empty("labourMarket", document.labour_market).string("type", document.type);
  write_date(writer, "validFrom", document.valid_from);
  write_date(writer, "validUntil", document.valid_until);
  return writer.take();
}

std::string encode_representative(const Representative& representative) {
  ledger::ObjectWriter writer;
  writer.string("kind", representative.kind);
  write_date(writer, "validFrom", representative.valid_from);
  write_date(writer, "validUntil", representative.valid_until);
  return writer.take();
}

std::string encode_literacy(const Literacy& literacy) {
  ledger::ObjectWriter writer;
  writer.string_unless_empty("latin", literacy.latin)
      .string_unless_empty("other", literacy.other)
      .string_unless_empty("otherScript", literacy.other_script);
  return writer.take();
}

// What is absent or of another kind reads as empty; decode_facts notices by encoding again.
std::string text_at(ledger::Value object, std::string_view key) {
  const auto value = object.find(key);
  return value.is(ledger::Value::Kind::string) ? value.text() : std::string{};
}
std::optional<Date> date_at(ledger::Value object, std::string_view key) {
  return parse_date(text_at(object, key));
}
bool flag_at(ledger::Value object, std::string_view key) {
  const auto value = object.find(key);
  return value.is(ledger::Value::Kind::boolean) && value.boolean();
}

std::vector<Document> decode_documents(ledger::Value list) {
  std::vector<Document> documents;
  if (!list.is(ledger::Value::Kind::array)) return documents;
  for (const auto item : list.items())
    documents.push_back({text_at(item, "type"), date_at(item, "validFrom"), date_at(item, "validUntil"),
                         text_at(item, "labourMarket")});
  return documents;
}

std::vector<std::string> decode_texts(ledger::Value list) {
  std::vector<std::string> texts;
  if (!list.is(ledger::Value::Kind::array)) return texts;
  for (const auto item : list.items())
    if (item.is(ledger::Value::Kind::string)) texts.push_back(item.text());
  return texts;
}

Facts decode(ledger::Value root) {
  Facts facts;
  facts.centre = text_at(root, "centre");
  facts.centre_municipality = text_at(root, "municipality");
  facts.region = text_at(root, "region");
  facts.has_ssin = flag_at(root, "ssin");
  facts.birth = parse_incomplete_date(text_at(root, "birth"));
  facts.age_assessment_pending = flag_at(root, "ageAssessmentPending");
  if (const auto representative = root.find("representative"))
    facts.representative = Representative{text_at(representative, "kind"), date_at(representative, "validFrom"),
                                          date_at(representative, "validUntil")};
  facts.stay_until = date_at(root, "stayUntil");
  facts.stay_end_reason = text_at(root, "stayEndReason");
  facts.as_of = date_at(root, "asOf").value_or(Date{});
  facts.profile = text_at(root, "profile");
  facts.track = text_at(root, "track");
  facts.status = text_at(root, "status");
  facts.lodged_on = date_at(root, "lodgedOn");
  facts.status_granted_on = date_at(root, "statusGrantedOn");
  facts.refusal_notified_on = date_at(root, "refusalNotifiedOn");
  facts.documents = decode_documents(root.find("documents"));
  facts.handover_municipality = text_at(root, "handover");
  facts.languages = decode_texts(root.find("languages"));
  if (const auto literacy = root.find("literacy"); literacy.is(ledger::Value::Kind::object))
    facts.literacy = Literacy{text_at(literacy, "latin"), text_at(literacy, "other"), text_at(literacy, "otherScript")};
  return facts;
}

}  // namespace

bool Facts::is_minor(Date on) const {
  if (age_assessment_pending || !birth) return true;
  return full_years_between(birth->latest(), on) < age_of_majority;
}

Result<Facts> read_facts(formats::JsonView record) {
  RecordReader reader;
  Facts facts;
  const auto centre = record.find("source").find("centre");
  facts.centre = reader.code(centre.find("code"), "source.centre.code");
  facts.centre_municipality = reader.code(centre.find("municipalityNis"), "source.centre.municipalityNis");
  facts.region = reader.code(centre.find("region"), "source.centre.region");
  read_resident(record.find("resident"), reader, facts);
  read_procedure(record.find("procedure"), reader, facts);
  facts.handover_municipality =
      reader.code(record.find("handover").find("municipalityNis"), "handover.municipalityNis");
  read_languages(record, reader, facts);
  read_literacy(record.find("screening").find("literacy"), reader, facts);
  if (!reader.issues.empty())
    return fail(ErrorCode::schema_violation, "the record lacks facts that decisions need", std::move(reader.issues));
  return facts;
}

std::string encode(const Facts& facts) {
  ledger::ObjectWriter writer;
  if (facts.age_assessment_pending) writer.boolean("ageAssessmentPending", true);
  writer.string("asOf", to_iso(facts.as_of));
  if (facts.birth) writer.string("birth", text_of(*facts.birth));
  writer.string("centre", facts.centre);
  if (!facts.documents.empty())
    ledger::append_list(writer.value_of("documents"), facts.documents,
                        [](std::string& out, const Document& document) { out += encode_document(document); });
  writer.string_unless_empty("handover", facts.handover_municipality);
  if (!facts.languages.empty()) writer.strings("languages", facts.languages);
  if (facts.literacy) writer.json("literacy", encode_literacy(*facts.literacy));
  write_date(writer, "lodgedOn", facts.lodged_on);
  writer.string_unless_empty("municipality", facts.centre_municipality).string("profile", facts.profile);
  write_date(writer, "refusalNotifiedOn", facts.refusal_notified_on);
  writer.string_unless_empty("region", facts.region);
  if (facts.representative) writer.json("representative", encode_representative(*facts.representative));
  writer.boolean("ssin", facts.has_ssin).string("status", facts.status);
  write_date(writer, "statusGrantedOn", facts.status_granted_on);
  writer.string_unless_empty("stayEndReason", facts.stay_end_reason);
  write_date(writer, "stayUntil", facts.stay_until);
  writer.string_unless_empty("track", facts.track);
  return writer.take();
}

Result<Facts> decode_facts(std::string_view canonical) {
  ledger::Document document;
  if (auto read = document.read(canonical); !read) return fail(std::move(read.error()));
  auto facts = decode(document.root());
  // One encoding per set of facts: whatever was not understood shows here.
  if (!facts.as_of.ok() || encode(facts) != canonical)
    return fail(ErrorCode::malformed,
                "these are no facts of a decision: keys, types or dates are not as encode writes them");
  return facts;
}

}  // namespace ketenpoort::policy
