#include "gateway/api/routes/breach_body.hpp"

#include <algorithm>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "gateway/api/http/unknown_input.hpp"
#include "gateway/domain/ssin.hpp"
#include "gateway/ledger/entry/breach_names.hpp"

namespace ketenpoort::api {
namespace {

using formats::JsonKind;
using formats::JsonView;

constexpr std::initializer_list<std::string_view> properties = {
    "awareAt",  "nature", "cause", "categories", "effects",       "measures",     "records",
    "subjects", "risk",   "from",  "until",      "authorityTold", "subjectsTold", "documentSha256"};

constexpr std::size_t most_codes = 50;                // of a list: an entry of the log has its limit
constexpr std::int64_t greatest_count = 999'999'999;  // a national number that slipped is longer

constexpr std::string_view a_moment = "a moment with its offset, as 2026-11-24T12:05:00+01:00";
constexpr std::string_view a_day = "a day that exists, yyyy-mm-dd";
constexpr std::string_view a_code = "a code of small letters, digits and hyphens, a letter first: lost-device";
constexpr std::string_view some_codes = "up to 50 codes of small letters, digits and hyphens, each once; [] for none";
constexpr std::string_view a_count = "how many as far as is known, a whole number up to 999999999; 0 for none";
constexpr std::string_view some_natures = "of confidentiality, integrity, availability, each once";
constexpr std::string_view some_categories = "data categories of config/categories.yaml, each once; [] for none";
constexpr std::string_view a_risk = "none (unlikely), risk or high, to the rights and freedoms of those concerned";
constexpr std::string_view a_digest = "SHA-256 of the file that tells it in words, 64 hexadecimal digits";
constexpr std::string_view a_number =
    "holds what may be a person's national number; it goes into the log: write a code";

class Reading {
 public:
  Reading(JsonView body, Date today) : body_(body), today_(today) {}

  std::optional<Timestamp> moment(std::string_view name) {
    return one<Timestamp>(name, a_moment, [](JsonView at) { return parse_rfc3339(at.as_string().value_or("")); });
  }

  std::optional<Date> day(std::string_view name) {
    return one<Date>(name, a_day, [](JsonView at) { return parse_date(at.as_string().value_or("")); });
  }

  std::uint64_t count(std::string_view name) {
    require(name, a_count);
    const auto number = one<std::int64_t>(name, a_count, [](JsonView at) {
      const auto value = at.as_int();
      return value && *value >= 0 && *value <= greatest_count ? value : std::nullopt;
    });
    return static_cast<std::uint64_t>(number.value_or(0));
  }

  Digest digest(std::string_view name) {
    require(name, a_digest);
    Digest out{};
    one<Bytes>(name, a_digest, [&](JsonView at) {
      auto bytes = from_hex(at.as_string().value_or(""));
      if (!bytes || bytes->size() != out.size()) return std::optional<Bytes>();
      std::ranges::copy(*bytes, out.begin());
      return bytes;
    });
    return out;
  }

  std::string code(std::string_view name) {
    require(name, a_code);
    const auto at = body_.find(name);
    return at ? read_code(at, a_code) : std::string();
  }

  std::string name_of(std::string_view name, std::span<const std::string_view> names, std::string_view detail) {
    require(name, detail);
    const auto at = body_.find(name);
    const auto text = at.as_string().value_or("");
    if (at && std::ranges::find(names, text) == names.end()) complain(at.where(), detail);
    return std::string(text);
  }

  std::vector<std::string> codes(std::string_view name) {
    std::vector<std::string> out;
    for (const auto at : list(name, some_codes)) add(out, read_code(at, some_codes), at, some_codes);
    return out;
  }

  std::vector<std::string> names_of(std::string_view name, std::span<const std::string_view> names,
                                    std::string_view detail) {
    std::vector<std::string> out;
    for (const auto at : list(name, detail)) {
      const auto text = at.as_string().value_or("");
      if (std::ranges::find(names, text) == names.end()) {
        complain(at.where(), detail);
      } else {
        add(out, std::string(text), at, detail);
      }
    }
    return out;
  }

  CategorySet categories(std::string_view name) {
    CategorySet out;
    for (const auto at : list(name, some_categories)) {
      const auto category = parse_category(at.as_string().value_or(""));
      if (!category || out.contains(*category)) complain(at.where(), some_categories);
      if (category) out.insert(*category);
    }
    return out;
  }

  void require(std::string_view name, std::string_view detail) {
    if (!body_.find(name)) complain(std::string(name), std::string("is missing: ").append(detail));
  }

  std::vector<Issue> issues;

 private:
  // What need not be there, or was asked for.
  template <class T, class Read>
  std::optional<T> one(std::string_view name, std::string_view detail, Read read) {
    const auto at = body_.find(name);
    if (!at) return std::nullopt;
    auto value = read(at);
    if (!value) complain(std::string(name), detail);
    return value;
  }

  // The elements of a list that must be there; none of what is no list, or too long a one.
  std::vector<JsonView> list(std::string_view name, std::string_view detail) {
    require(name, detail);
    std::vector<JsonView> out;
    const auto at = body_.find(name);
    if (!at) return out;
    if (!at.is(JsonKind::array) || at.size() > most_codes) {
      complain(std::string(name), detail);
      return out;
    }
    for (const auto element : at.elements()) out.push_back(element);
    return out;
  }

  std::string read_code(JsonView at, std::string_view detail) {
    const auto text = at.as_string().value_or("");
    if (!ledger::is_code(text))
      complain(at.where(), detail);
    else if (holds_ssin(text, today_))
      complain(at.where(), a_number);
    return std::string(text);
  }

  void add(std::vector<std::string>& out, std::string text, JsonView at, std::string_view detail) {
    if (std::ranges::find(out, text) != out.end()) complain(at.where(), detail);
    out.push_back(std::move(text));
  }

  void complain(std::string where, std::string_view detail) {
    issues.push_back({ErrorCode::schema_violation, std::move(where), std::string(detail)});
  }

  JsonView body_;
  Date today_;
};

}  // namespace

Result<ledger::BreachRecorded> read_breach(JsonView body, Date today) {
  constexpr const char* wrong = "the call is wrong";
  if (!body.is(JsonKind::object))
    return fail(ErrorCode::schema_violation, wrong,
                {{ErrorCode::schema_violation, "$", "an object that tells the breach in codes, counts and dates"}});
  for (const auto& [key, value] : body.members())
    if (std::ranges::find(properties, key) == properties.end()) return refuse_property(key, properties);
  Reading reading(body, today);
  ledger::BreachRecorded out;
  reading.require("awareAt", a_moment);
  out.aware_at = reading.moment("awareAt").value_or(Timestamp{});
  out.nature = reading.names_of("nature", ledger::breach_natures, some_natures);
  out.cause = reading.code("cause");
  out.categories = reading.categories("categories");
  out.effects = reading.codes("effects");
  out.measures = reading.codes("measures");
  out.records = reading.count("records");
  out.subjects = reading.count("subjects");
  out.risk = reading.name_of("risk", ledger::breach_risks, a_risk);
  out.from = reading.day("from");
  out.until = reading.day("until");
  out.authority_told = reading.moment("authorityTold");
  out.subjects_told = reading.day("subjectsTold");
  out.document = reading.digest("documentSha256");
  if (!reading.issues.empty()) return fail(ErrorCode::schema_violation, wrong, std::move(reading.issues));
  return out;
}

}  // namespace ketenpoort::api
