#include "gateway/mapping/translate/mapping.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "gateway/formats/csv.hpp"
#include "gateway/formats/xml_encoding.hpp"
#include "gateway/formats/xml_envelope.hpp"
#include "gateway/mapping/source/source_syntax.hpp"
#include "gateway/mapping/translate/emitter.hpp"
#include "gateway/mapping/translate/source_places.hpp"

namespace ketenpoort::mapping {
namespace {

constexpr std::size_t most_message_bytes = std::size_t{8} << 20;

Scratch& scratch() {
  thread_local Scratch of_this_thread;
  return of_this_thread;
}

// What could not be proven when compiling or checked while emitting: the finished message against its schema.
tl::expected<void, Refusal> check(const Plan& plan, const std::string& bytes, bool proven) {
  if (plan.target_xsd && !proven) {
    if (auto fault = plan.target_xsd->check(bytes); !fault.empty())
      return tl::make_unexpected(Refusal{Reason::schema_invalid, {}, std::move(fault)});
  }
  if (!plan.whole_check || !plan.target_schema) return {};
  const auto document = formats::parse_json(bytes, {.bytes = most_message_bytes});
  if (!document) return tl::make_unexpected(Refusal{Reason::schema_invalid, {}, document.error().message});
  const auto issues = plan.target_schema->check(document->root(), 1);
  if (issues.empty()) return {};
  return tl::make_unexpected(Refusal{Reason::schema_invalid, issues[0].where, issues[0].detail});
}

// Whoever opens the file in a spreadsheet must see the text, not run it: what would be taken for a formula gets an
// apostrophe in front. Numbers with a sign and telephone numbers are no formulas to be afraid of, and stay as they are.
std::string as_cell(std::string_view text) {
  // Of full width too, which spreadsheets in East Asian languages take for the same.
  static constexpr std::array<std::string_view, 11> signs = {"=",  "+",  "-",  "@",  "\t", "\r",
                                                             "\n", "＝", "＋", "－", "＠"};
  const bool looks_like_formula = std::ranges::any_of(signs, [&](auto sign) { return text.starts_with(sign); });
  const bool signed_number = looks_like_formula && text.size() > 1 && (text[0] == '+' || text[0] == '-') &&
                             text.find_first_not_of("0123456789.,", 1) == std::string_view::npos;
  return looks_like_formula && !signed_number ? "'" + std::string(text) : std::string(text);
}

bool has_control(std::string_view text) {
  return std::ranges::any_of(text, [](char c) {
    const auto byte = static_cast<unsigned char>(c);
    return (byte < 0x20 && c != '\t' && c != '\r' && c != '\n') || byte == 0x7F;
  });
}

// A CSV message is written as the JSON object of its row and put into cells at the end: a line with the columns' names,
// a line with the row.
tl::expected<void, Refusal> put_into_cells(const Plan& plan, std::string& bytes) {
  const auto row = formats::parse_json(bytes, {.bytes = most_message_bytes});
  if (!row) return {};  // cannot be: the emitter wrote it
  std::string names;
  std::string cells;
  const char separator = plan.target_layout->separator;
  for (const auto& column : plan.target_layout->columns) {
    if (!names.empty()) {
      names += separator;
      cells += separator;
    }
    const auto text = row->root().find(column.name).as_string().value_or("");
    if (has_control(text))
      return tl::make_unexpected(
          Refusal{Reason::mapping_failed, column.name, "the value holds a control character, which CSV cannot carry"});
    formats::append_csv_cell(names, column.name, separator);
    formats::append_csv_cell(cells, as_cell(text), separator);
  }
  bytes = names + "\r\n" + cells + "\r\n";
  return {};
}

// RFC 9562 version 8.
TransferId id_of_record(std::string_view input, std::size_t index) {
  const auto digest = sha256({as_bytes(input), as_bytes(std::to_string(index))});
  TransferId id;
  std::copy_n(digest.begin(), id.bytes.size(), id.bytes.begin());
  id.bytes[6] = static_cast<std::uint8_t>((id.bytes[6] & 0x0F) | 0x80);
  id.bytes[8] = static_cast<std::uint8_t>((id.bytes[8] & 0x3F) | 0x80);
  return id;
}

tl::expected<void, Refusal> finish(const Plan& plan, std::string& bytes, bool proven) {
  if (auto good = check(plan, bytes, proven); !good) return good;
  if (plan.target_layout) return put_into_cells(plan, bytes);
  return {};
}

Result<std::vector<SourceRecord>> split(const Plan& plan, std::string_view input, std::string_view charset) {
  const auto& source = plan.definition.source;
  if (plan.source_layout) {
    const auto layout = in_charset(*plan.source_layout, charset);
    if (!layout) return fail(layout.error());
    return source.format == "csv" ? read_csv_records(input, *layout) : read_fixed_records(input, *layout);
  }
  if (source.format != "xml") return std::vector<SourceRecord>{{std::string(input), {}}};
  const auto [prefix, name] = source.root_name();
  auto text = formats::xml_in_utf8(input, charset);
  if (!text) return fail(std::move(text.error()));
  const auto document = formats::take_out_document(std::move(*text), source.synonyms);
  if (!document) return fail(document.error());
  return read_xml_records(*document, *plan.source_xsd, name, prefix);
}

}  // namespace

Mapping::Mapping(std::unique_ptr<const Plan> plan) : plan_(std::move(plan)) {}
Mapping::~Mapping() = default;

const std::string& Mapping::name() const {
  return plan_->definition.name;
}
const std::string& Mapping::version() const {
  return plan_->definition.version;
}
const Digest& Mapping::hash() const {
  return plan_->hash;
}
const std::string& Mapping::recipient() const {
  return plan_->definition.recipient;
}
const std::vector<std::string>& Mapping::purposes() const {
  return plan_->definition.purposes;
}
Date Mapping::effective_from() const {
  return plan_->definition.from;
}
std::optional<Date> Mapping::effective_until() const {
  return plan_->definition.until;
}
bool Mapping::in_force(Date on) const {
  return plan_->definition.from <= on && (!plan_->definition.until || on <= *plan_->definition.until);
}
const std::string& Mapping::content_type() const {
  return plan_->content_type;
}
const CategorySet& Mapping::categories() const {
  return plan_->categories;
}
const CategorySet& Mapping::required_categories() const {
  return plan_->required_categories;
}
bool Mapping::needs_ssin() const {
  return plan_->needs_ssin;
}
const formats::JsonSchema* Mapping::source_schema() const {
  return plan_->source_schema.get();
}

const std::string& Mapping::source_format() const {
  return plan_->definition.source.format;
}

Result<std::vector<InputRecord>> Mapping::records(std::string_view input, std::string_view charset) const {
  auto parts = split(*plan_, input, charset);
  if (!parts) return fail(std::move(parts.error()));
  std::vector<InputRecord> records;
  for (auto& part : *parts) {
    const auto document = formats::parse_json(part.json, {.bytes = most_message_bytes});
    if (!document) return fail(document.error());
    std::vector<Issue> issues;
    if (plan_->source_schema) issues = plan_->source_schema->check(document->root());
    const auto id = id_of_record(input, records.size());
    records.push_back({std::move(part.json), std::move(part.where), id, std::move(issues)});
  }
  return records;
}

tl::expected<void, Refusal> Mapping::translate_into(std::string_view record_json, const Context& context,
                                                    Translation& out) const {
  Emitter emitter(*plan_, context, scratch(), out);
  if (auto emitted = emitter.run(record_json, nullptr); !emitted) return emitted;
  return finish(*plan_, out.bytes, emitter.proven());
}

tl::expected<void, Refusal> Mapping::translate_noting(std::string_view record_json, const Context& context,
                                                      Translation& out, Footprint& footprint) const {
  footprint.lines.resize(plan_->lines.size());
  footprint.points.resize(plan_->points.size() + 1);
  Emitter emitter(*plan_, context, scratch(), out);
  emitter.note_in(footprint);
  if (auto emitted = emitter.run(record_json, nullptr); !emitted) return emitted;
  return finish(*plan_, out.bytes, emitter.proven());
}

tl::expected<Translation, Refusal> Mapping::translate(std::string_view record_json, const Context& context) const {
  Translation out;
  if (auto done = translate_into(record_json, context, out); !done) return tl::make_unexpected(std::move(done.error()));
  return out;
}

SourcePlaces Mapping::find_places(std::string_view record_json, const Context& context) const {
  Translation out;
  SourceNotes notes;
  Emitter emitter(*plan_, context, scratch(), out);
  emitter.note_sources(notes);
  if (auto emitted = emitter.run(record_json, nullptr); !emitted)
    return {*plan_, std::move(notes), emitted.error(), out.findings};
  return {*plan_, std::move(notes), out};
}

tl::expected<std::vector<ExplainLine>, Refusal> Mapping::explain(std::string_view record_json,
                                                                 const Context& context) const {
  Translation out;
  std::vector<ExplainLine> lines;
  Emitter emitter(*plan_, context, scratch(), out);
  if (auto emitted = emitter.run(record_json, &lines); !emitted) return tl::make_unexpected(std::move(emitted.error()));
  return lines;
}

}  // namespace ketenpoort::mapping
