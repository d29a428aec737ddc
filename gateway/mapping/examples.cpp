#include "gateway/mapping/examples.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <fstream>

#include "gateway/base/files.hpp"
#include "gateway/formats/json.hpp"
#include "gateway/formats/json_schema.hpp"
#include "gateway/formats/suggest.hpp"
#include "gateway/formats/xml.hpp"

namespace ketenpoort::mapping {
namespace {

namespace fs = std::filesystem;
using formats::JsonView;

std::string_view input_ending(const Mapping& mapping) {
  const auto& format = mapping.source_format();
  return format == "xml" ? ".in.xml" : format == "csv" ? ".in.csv" : format == "fixed" ? ".in.txt" : ".in.json";
}

// A key that an example does not have is a word somebody misspelt, and what it meant would not be tested.
Status check_keys(JsonView input, std::string_view place, std::initializer_list<std::string_view> known) {
  const std::vector<std::string_view> names(known);
  for (const auto [key, value] : input.members())
    if (std::ranges::find(names, key) == names.end())
      return fail(ErrorCode::malformed,
                  fmt::format("{}{} is no key of an example{}", place, key, formats::did_you_mean(key, names)));
  return {};
}

Status check_keys(JsonView input) {
  if (auto good = check_keys(
          input, "", {"at", "record", "purpose", "transfer", "referral", "derived", "known", "each", "categories"});
      !good)
    return good;
  if (auto good = check_keys(input.find("transfer"), "transfer.", {"id"}); !good) return good;
  if (auto good = check_keys(input.find("derived"), "derived.", {"labourAccess", "age", "minor"}); !good) return good;
  const auto access = input.find("derived").find("labourAccess");
  if (auto good = check_keys(access, "derived.labourAccess.", {"since", "basis"}); !good) return good;
  return check_keys(input.find("known"), "known.", {"person", "transfer"});
}

// The context an example states. What its texts point into is the document.
Result<Context> read_context(const Mapping& mapping, JsonView input) {
  if (auto good = check_keys(input); !good) return fail(good.error());
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
  const auto known = input.find("known");
  context.known_person_id = known.find("person").as_string().value_or("");
  context.known_transfer_id = known.find("transfer").as_string().value_or("");
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

// Compact JSON with a line for every member and element.
std::string indented(std::string_view json) {
  std::string out;
  std::size_t depth = 0;
  bool in_text = false;
  const auto new_line = [&] {
    out += '\n';
    out.append(depth, ' ');
  };
  for (std::size_t i = 0; i < json.size(); ++i) {
    const char c = json[i];
    if (in_text) {
      out += c;
      if (c == '\\')
        out += json[++i];
      else if (c == '"')
        in_text = false;
      continue;
    }
    const bool empty = (c == '{' || c == '[') && (json[i + 1] == '}' || json[i + 1] == ']');
    if (empty) {
      out += c;
      out += json[++i];
    } else if (c == '{' || c == '[') {
      out += c;
      ++depth;
      new_line();
    } else if (c == '}' || c == ']') {
      --depth;
      new_line();
      out += c;
    } else {
      out += c;
      in_text = c == '"';
      if (c == ':') out += ' ';
      if (c == ',') new_line();
    }
  }
  return out;
}

// A field is named as far as it matters: "Personalia/INSZ" or its last level.
bool names_field(std::string_view full, std::string_view wanted) {
  return wanted.empty() || full == wanted || (full.ends_with(wanted) && full[full.size() - wanted.size() - 1] == '/');
}

// The example's files, with one row of `each` put in where there is one.
class Example {
 public:
  Example(const Mapping& mapping, fs::path stem, Footprint& footprint, bool write_missing)
      : mapping_(mapping), stem_(std::move(stem)), footprint_(footprint), write_missing_(write_missing) {}

  // False: its day is another version's.
  [[nodiscard]] bool concerns() const {
    const bool raw = mapping_.source_format() != "json";
    const auto text = read_file(file(raw ? ".context.json" : ".in.json"));
    if (raw && !text) return true;
    const auto input = text ? formats::parse_json(*text) : Result<formats::JsonDocument>(fail(ErrorCode::io, {}));
    const auto day = input ? parse_date(input->root().find("at").as_string().value_or("")) : std::nullopt;
    return !day || mapping_.in_force(*day);
  }

  ExampleResult run(std::string name) {
    ExampleResult result{mapping_.name(), std::move(name), false, run_all(), {}, sha256(as_bytes(produced_))};
    result.passed = result.difference.empty();
    result.input = input_;
    return result;
  }

 private:
  // What is wrong; empty: nothing.
  std::string run_all() {
    const auto text = read_file(file(input_ending(mapping_)));
    if (!text) return text.error().message;
    input_ = sha256(as_bytes(*text));
    if (mapping_.source_format() != "json") return run_raw(*text);
    const auto input = formats::parse_json(*text);
    if (!input) return input.error().message;
    const auto each = input->root().find("each");
    if (!each) return run_one(*text, {});
    if (each.size() == 0) return "`each` is empty";
    for (const auto [key, value] : each.members()) {
      const auto right = value.as_string();
      if (!right) return fmt::format("each: {} must be a text", key);
      if (auto fault = run_one(put_in(*text, key), std::string(*right)); !fault.empty())
        return fmt::format("each {}: {}", key, fault);
    }
    return {};
  }

  [[nodiscard]] fs::path file(std::string_view ending) const { return stem_.string() + std::string(ending); }

  // The input with one row's left side: "{each#}" with its quotes is a number.
  static std::string put_in(std::string text, std::string_view key) {
    text = replace_each(std::move(text), key, "\"{each#}\"");
    return replace_each(std::move(text), as_json_text(key));
  }

  static std::string replace_each(std::string text, std::string_view with, std::string_view mark = "{each}") {
    for (auto at = text.find(mark); at != std::string::npos; at = text.find(mark, at + with.size()))
      text.replace(at, mark.size(), with);
    return text;
  }

  static std::string as_json_text(std::string_view text) {
    std::string out;
    formats::append_escaped(out, text);
    return out;
  }

  std::string run_one(const std::string& text, const std::optional<std::string>& right) {
    const auto input = formats::parse_json(text);
    if (!input) return input.error().message;
    auto context = read_context(mapping_, input->root());
    if (!context) return context.error().message;
    const auto record = record_of(input->root(), context->referral_index);
    Translation out;
    const auto got = mapping_.translate_noting(record, *context, out, footprint_);
    if (auto fault = find_record_fault(record); !fault.empty()) return fault;
    produced_ += got ? out.bytes : fmt::format("{} {}", to_text(got.error().reason), got.error().field);
    if (const auto error_text = read_file(file(".error.json"))) return compare_error(*error_text, got);
    if (write_missing_ && !has_expectation()) return write(got ? out.bytes : std::string{}, got, right);
    if (!got) return fmt::format("{}: {}: {}", to_text(got.error().reason), got.error().field, got.error().detail);
    return compare_output(out.bytes, right);
  }

  // What the gateway would not take shows nothing.
  [[nodiscard]] std::string find_record_fault(const std::string& record) const {
    const auto* schema = mapping_.source_schema();
    const auto document = formats::parse_json(record);
    if (schema == nullptr || !document) return {};
    const auto issues = schema->check(document->root());
    if (issues.empty()) return {};
    return fmt::format("the record is not as its schema says: {}: {}", issues.front().where, issues.front().detail);
  }

  // An input as it comes in.
  std::string run_raw(const std::string& bytes) {
    const auto context_text = read_file(file(".context.json"));
    const auto stated = formats::parse_json(
        context_text ? *context_text : fmt::format("{{\"at\":\"{}\"}}", to_iso(mapping_.effective_from())));
    if (!stated) return stated.error().message;
    auto context = read_context(mapping_, stated->root());
    if (!context) return context.error().message;
    const auto records = mapping_.records(bytes);
    if (!records) {
      produced_ = records.error().message;
      return compare_refused_input(records.error().message);
    }
    const bool many = mapping_.source_format() != "xml";
    for (const auto& record : *records) {
      context->transfer = record.id;
      produced_ += line_of(record, *context);
      if (many) produced_ += '\n';
    }
    const auto ending = many ? ".out.ndjson" : ".out.json";
    if (write_missing_ && !has_expectation()) return write_to(ending, many ? produced_ : indented(produced_) + "\n");
    const auto expected = read_file(file(ending));
    if (!expected) return fmt::format("there is no {} beside it", ending);
    return many ? compare_lines(*expected) : compare_json(*expected, produced_);
  }

  std::string line_of(const InputRecord& record, const Context& context) {
    Translation out;
    std::string line;
    formats::JsonWriter writer(line);
    if (!record.issues.empty()) {
      writer.begin_object().member("error", "schema-violation").member("where", record.where);
      writer.member("field", record.issues.front().where).end_object();
      return line;
    }
    const auto got = mapping_.translate_noting(record.json, context, out, footprint_);
    if (got) return out.bytes;
    writer.begin_object().member("error", to_text(got.error().reason)).member("where", record.where);
    writer.member("field", got.error().field).end_object();
    return line;
  }

  // The whole input was refused: .error.json says { error: input-refused, detail } with a part of what is said.
  [[nodiscard]] std::string compare_refused_input(const std::string& message) const {
    const auto text = read_file(file(".error.json"));
    if (!text && write_missing_ && !has_expectation()) {
      std::string error;
      formats::JsonWriter(error).begin_object().member("error", "input-refused").member("detail", message).end_object();
      return write_to(".error.json", indented(error) + "\n");
    }
    const auto error = text ? formats::parse_json(*text) : Result<formats::JsonDocument>(fail(ErrorCode::io, {}));
    const auto detail = error ? error->root().find("detail").as_string() : std::nullopt;
    if (!detail || error->root().find("error").as_string() != "input-refused")
      return fmt::format("the input was refused: {}", message);
    return message.find(*detail) == std::string::npos
               ? fmt::format("expected {}, but it was refused for another reason: {}", *detail, message)
               : std::string{};
  }

  [[nodiscard]] std::string compare_lines(std::string_view expected) const {
    std::string_view got = produced_;
    for (int number = 1; !expected.empty() || !got.empty(); ++number) {
      const auto take = [](std::string_view& text) {
        const auto line = text.substr(0, text.find('\n'));
        text.remove_prefix(std::min(line.size() + 1, text.size()));
        return line;
      };
      const auto wanted = take(expected);
      const auto line = take(got);
      if (auto fault = compare_json(wanted, line); !fault.empty()) return fmt::format("line {}: {}", number, fault);
    }
    return {};
  }

  static std::string compare_json(std::string_view expected_text, std::string_view got) {
    const auto expected = formats::parse_json(expected_text);
    const auto result = formats::parse_json(got);
    if (!expected || !result) return "the expected output or the result is not JSON";
    return difference(expected->root(), result->root());
  }

  [[nodiscard]] bool has_expectation() const {
    for (const char* ending : {".out.json", ".out.xml", ".out.csv", ".out.ndjson", ".error.json"})
      if (fs::exists(file(ending))) return true;
    return false;
  }

  [[nodiscard]] std::string write(std::string bytes, const tl::expected<void, Refusal>& got,
                                  const std::optional<std::string>& right) const {
    const bool csv = mapping_.content_type() == "text/csv";
    const bool json = mapping_.content_type() != "application/xml" && !csv;
    if (!got) {
      std::string error;
      formats::JsonWriter(error)
          .begin_object()
          .member("error", to_text(got.error().reason))
          .member("field", got.error().field)
          .end_object();
      return write_to(".error.json", indented(error) + "\n");
    }
    if (right) {
      std::string text;
      if (json)
        formats::append_escaped(text, *right);
      else
        formats::append_xml_text(text, *right);
      for (auto at = bytes.find(text); !text.empty() && at != std::string::npos; at = bytes.find(text, at + 6))
        bytes.replace(at, text.size(), "{each}");
    }
    if (csv) return write_to(".out.csv", bytes);
    return json ? write_to(".out.json", indented(bytes) + "\n") : write_to(".out.xml", bytes);
  }

  [[nodiscard]] std::string write_to(std::string_view ending, std::string_view bytes) const {
    std::ofstream stream(file(ending), std::ios::binary);
    stream << bytes;
    stream.close();
    return stream ? std::string{} : fmt::format("cannot write {}", file(ending).string());
  }

  static std::string compare_error(const std::string& error_text, const tl::expected<void, Refusal>& got) {
    const auto error = formats::parse_json(error_text);
    if (!error) return error.error().message;
    const auto reason =
        error->root().find("reason").as_string().value_or(error->root().find("error").as_string().value_or(""));
    if (got) return fmt::format("expected {}, but it was translated", reason);
    if (to_text(got.error().reason) != reason)
      return fmt::format("expected {}, got {} ({}: {})", reason, to_text(got.error().reason), got.error().field,
                         got.error().detail);
    const auto field = error->root().find("field").as_string().value_or("");
    if (names_field(got.error().field, field)) return {};
    return fmt::format("expected the field {}, got {}", field, got.error().field);
  }

  [[nodiscard]] std::string compare_output(const std::string& bytes, const std::optional<std::string>& right) const {
    if (auto xml = read_file(file(".out.xml"))) {
      std::string escaped;
      if (right) formats::append_xml_text(escaped, *right);
      return text_difference(right ? replace_each(std::move(*xml), escaped) : *xml, bytes);
    }
    if (auto csv = read_file(file(".out.csv")))
      return text_difference(right ? replace_each(*csv, *right) : *csv, bytes);
    auto expected_text = read_file(file(".out.json"));
    if (!expected_text) return "there is no .out.json, .out.xml, .out.csv or .error.json beside it";
    if (right) *expected_text = replace_each(std::move(*expected_text), as_json_text(*right));
    return compare_json(*expected_text, bytes);
  }

  const Mapping& mapping_;
  fs::path stem_;
  Footprint& footprint_;
  bool write_missing_;
  Digest input_{};
  std::string produced_;
};

}  // namespace

std::vector<ExampleResult> run_examples(const Mapping& mapping, const fs::path& mappings_dir,
                                        const ExampleOptions& options) {
  Footprint nobody_asks;
  std::vector<ExampleResult> results;
  std::error_code failed;
  for (const auto& entry : fs::directory_iterator(mappings_dir / "examples" / mapping.name(), failed)) {
    const auto name = entry.path().filename().string();
    const auto ending = input_ending(mapping);
    if (!name.ends_with(ending)) continue;
    const auto what = name.substr(0, name.size() - ending.size());
    Example example(mapping, entry.path().parent_path() / what,
                    options.footprint != nullptr ? *options.footprint : nobody_asks, options.write_missing);
    if (example.concerns()) results.push_back(example.run(what));
  }
  std::sort(results.begin(), results.end(), [](const auto& a, const auto& b) { return a.name < b.name; });
  return results;
}

std::vector<ExampleInput> example_inputs(const Mapping& mapping, const fs::path& mappings_dir) {
  std::vector<ExampleInput> inputs;
  const bool raw = mapping.source_format() != "json";
  std::error_code failed;
  for (const auto& entry : fs::directory_iterator(mappings_dir / "examples" / mapping.name(), failed)) {
    if (!entry.path().string().ends_with(input_ending(mapping))) continue;
    const auto text = read_file(entry.path());
    if (!text) continue;
    auto document =
        formats::parse_json(raw ? fmt::format("{{\"at\":\"{}\"}}", to_iso(mapping.effective_from())) : *text);
    if (!document || document->root().find("each")) continue;
    const auto kept = std::make_shared<const formats::JsonDocument>(std::move(*document));
    auto context = read_context(mapping, kept->root());
    if (!context) continue;
    if (!raw) {
      auto record = record_of(kept->root(), context->referral_index);
      inputs.push_back({std::move(record), *context, kept});
      continue;
    }
    if (auto records = mapping.records(*text))
      for (auto& record : *records) {
        context->transfer = record.id;
        inputs.push_back({std::move(record.json), *context, kept});
      }
  }
  return inputs;
}

}  // namespace ketenpoort::mapping
