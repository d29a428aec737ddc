#include "gateway/mapping/examples.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "gateway/base/files.hpp"
#include "gateway/formats/json.hpp"

namespace ketenpoort::mapping {
namespace {

namespace fs = std::filesystem;
using formats::JsonView;

constexpr std::string_view input_ending = ".in.json";

// The context an example states. What its texts point into is the document.
Result<Context> read_context(const Mapping& mapping, JsonView input) {
  Context context;
  context.allow_mock_ssin = true;
  const auto day = parse_date(input.find("at").as_string().value_or(""));
  if (!day) return fail(ErrorCode::malformed, "`at` must be a day");
  context.now = start_of_day_in_brussels(*day) + std::chrono::hours{12};
  context.purpose = input.find("purpose").as_string().value_or("");
  if (const auto id = parse_uuid(input.find("transfer").find("id").as_string().value_or(""))) context.transfer = *id;
  const auto derived = input.find("derived");
  if (const auto since = derived.find("labourAccess").find("since").as_string())
    context.derived.labour_access_since = parse_date(*since);
  context.derived.labour_access_basis = derived.find("labourAccess").find("basis").as_string().value_or("");
  if (const auto age = derived.find("age").as_int()) context.derived.age = static_cast<int>(*age);
  context.derived.minor = derived.find("minor").as_bool();
  context.allowed = mapping.categories();
  if (const auto categories = input.find("categories")) {
    context.allowed = {};
    for (const auto each : categories.elements()) {
      const auto category = parse_category(each.as_string().value_or(""));
      if (!category) return fail(ErrorCode::malformed, "an unknown data category under `categories`");
      context.allowed.insert(*category);
    }
  }
  return context;
}

// The record with the example's referral as one of its referrals, and which one that is.
std::string record_of(JsonView input, std::size_t& index) {
  const auto record = input.find("record");
  const auto wanted = input.find("referral");
  std::size_t position = 0;
  for (const auto each : record.find("referrals").elements()) {
    if (wanted && each.find("id").as_string() == wanted.find("id").as_string()) index = position;
    ++position;
  }
  std::string out;
  formats::JsonWriter writer(out);
  writer.begin_object();
  for (const auto [key, value] : record.members())
    if (key != "referrals") writer.member(key, value);
  if (wanted || position > 0) {
    writer.key("referrals").begin_array();
    std::size_t at = 0;
    for (const auto each : record.find("referrals").elements()) writer.value(wanted && at++ == index ? wanted : each);
    if (position == 0) writer.value(wanted);
    writer.end_array();
  }
  writer.end_object();
  return out;
}

// Where two documents part; member order does not matter. Empty: they are equal.
std::string difference(JsonView expected, JsonView got) {
  if (expected.kind() != got.kind() || expected.size() != got.size()) {
    for (const auto [key, value] : expected.members())
      if (!got.find(key)) return fmt::format("{} is missing", value.where());
    for (const auto [key, value] : got.members())
      if (!expected.find(key)) return fmt::format("{} should not be there", value.where());
    return fmt::format("{}: expected {} of size {}, got {} of size {}", expected.where(), to_text(expected.kind()),
                       expected.size(), to_text(got.kind()), got.size());
  }
  for (const auto [key, value] : expected.members()) {
    const auto other = got.find(key);
    if (!other) return fmt::format("{} is missing", value.where());
    if (auto d = difference(value, other); !d.empty()) return d;
  }
  auto other = got.elements().begin();
  for (const auto each : expected.elements()) {
    if (auto d = difference(each, *other); !d.empty()) return d;
    ++other;
  }
  const bool same = expected.as_string() == got.as_string() && expected.as_number() == got.as_number() &&
                    expected.as_bool() == got.as_bool();
  if (same) return {};
  std::string a;
  std::string b;
  formats::JsonWriter(a).value(expected);
  formats::JsonWriter(b).value(got);
  return fmt::format("{}: expected {}, got {}", expected.where(), a, b);
}

std::string text_difference(std::string_view expected, std::string_view got) {
  if (expected == got) return {};
  std::size_t at = 0;
  while (at < expected.size() && at < got.size() && expected[at] == got[at]) ++at;
  const auto around = [&](std::string_view text) { return text.substr(at > 40 ? at - 40 : 0, 100); };
  return fmt::format("byte {}: expected ...{}..., got ...{}...", at, around(expected), around(got));
}

// A field is named as far as it matters: "Personalia/INSZ" or its last level.
bool names_field(std::string_view full, std::string_view wanted) {
  return wanted.empty() || full == wanted || (full.ends_with(wanted) && full[full.size() - wanted.size() - 1] == '/');
}

std::string run_one(const Mapping& mapping, const fs::path& stem) {
  const auto file = [&](std::string_view ending) { return fs::path(stem.string() + std::string(ending)); };
  const auto text = read_file(file(input_ending));
  if (!text) return text.error().message;
  const auto input = formats::parse_json(*text);
  if (!input) return input.error().message;
  auto context = read_context(mapping, input->root());
  if (!context) return context.error().message;
  const auto record = record_of(input->root(), context->referral_index);
  const auto got = mapping.translate(record, *context);
  if (const auto error_text = read_file(file(".error.json"))) {
    const auto error = formats::parse_json(*error_text);
    if (!error) return error.error().message;
    const auto reason =
        error->root().find("reason").as_string().value_or(error->root().find("error").as_string().value_or(""));
    if (got) return fmt::format("expected {}, but it was translated", reason);
    if (to_text(got.error().reason) != reason)
      return fmt::format("expected {}, got {} ({}: {})", reason, to_text(got.error().reason), got.error().field,
                         got.error().detail);
    const auto field = error->root().find("field").as_string().value_or("");
    return names_field(got.error().field, field)
               ? std::string{}
               : fmt::format("expected the field {}, got {}", field, got.error().field);
  }
  if (!got) return fmt::format("{}: {}: {}", to_text(got.error().reason), got.error().field, got.error().detail);
  if (const auto xml = read_file(file(".out.xml"))) return text_difference(*xml, got->bytes);
  const auto expected_text = read_file(file(".out.json"));
  if (!expected_text) return "there is no .out.json, .out.xml or .error.json beside it";
  const auto expected = formats::parse_json(*expected_text);
  const auto result = formats::parse_json(got->bytes);
  if (!expected || !result) return "the expected file or the result is not JSON";
  return difference(expected->root(), result->root());
}

}  // namespace

std::vector<ExampleResult> run_examples(const Mapping& mapping, const fs::path& mappings_dir) {
  std::vector<ExampleResult> results;
  std::error_code failed;
  for (const auto& entry : fs::directory_iterator(mappings_dir / "examples" / mapping.name(), failed)) {
    const auto name = entry.path().filename().string();
    if (!name.ends_with(input_ending)) continue;
    const auto what = name.substr(0, name.size() - input_ending.size());
    auto fault = run_one(mapping, entry.path().parent_path() / what);
    results.push_back({mapping.name(), what, fault.empty(), std::move(fault)});
  }
  std::sort(results.begin(), results.end(), [](const auto& a, const auto& b) { return a.name < b.name; });
  return results;
}

}  // namespace ketenpoort::mapping
