#include "gateway/exchange/reading/convert_record.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <cctype>
#include <set>

#include "gateway/formats/xml_encoding.hpp"
#include "gateway/formats/xml_envelope.hpp"
#include "gateway/mapping/plan/plan.hpp"

namespace ketenpoort::exchange {
namespace {

using mapping::InputRecord;
using mapping::Mapping;

// Whatever the syntax.
bool makes(const Mapping& mapping, const WantedMapping& wanted, Date on) {
  if (!wanted.among.empty() && std::ranges::find(wanted.among, mapping.name()) == wanted.among.end()) return false;
  return mapping.recipient().empty() && mapping.in_force(on) &&
         mapping.plan().definition.target.schema == wanted.target;
}

bool reads(const Mapping& mapping, const WantedMapping& wanted, Date on) {
  return mapping.source_format() == wanted.format && makes(mapping, wanted, on);
}

// In place of a root's name where there is none: empty, or no XML.
constexpr std::string_view no_xml = "!";

bool is_place(std::string_view text) {
  return !text.empty() &&
         std::ranges::all_of(text, [](char c) { return std::isdigit(static_cast<unsigned char>(c)) || c == ':'; });
}

// "3:24" as a person reads it.
std::string in_words(const std::string& where) {
  const auto colon = where.find(':');
  if (!is_place(where) || colon == std::string::npos) return where;
  return fmt::format("line {}, column {}", where.substr(0, colon), where.substr(colon + 1));
}

Error as_input_error(Error error) {
  for (auto& issue : error.issues) issue.where = in_words(issue.where);
  if (error.issues.empty()) error.issues.push_back({error.code, {}, error.message});
  return error;
}

Status check_source(const RecordPlaces& places, std::string_view document) {
  auto issues = places.source().issues;
  if (issues.empty()) return {};
  for (auto& issue : issues) issue.where = places.name_source(issue.where, document);
  return fail(ErrorCode::schema_violation, "the record is not as its layout or schema says", std::move(issues));
}

Error no_reader(const mapping::Library& library, const WantedMapping& wanted, Date on) {
  std::set<std::string_view> formats;
  for (const auto& one : library.mappings())
    if (makes(*one, wanted, on)) formats.insert(one->source_format());
  std::string message = "no mapping reads what comes in this syntax";
  if (!formats.empty()) message += fmt::format("; what is read here is {}", fmt::join(formats, ", "));
  return {ErrorCode::not_found, std::move(message), {}};
}

// Several mappings read XML, and none of them what begins like this.
Error unknown_root(const std::vector<const Mapping*>& readers) {
  std::string roots;
  for (const auto* one : readers)
    roots += fmt::format("{}{} ({})", roots.empty() ? "" : ", ", one->plan().definition.source.root_name().second,
                         one->name());
  return {ErrorCode::not_found, "no mapping reads a document with this root element; there is " + roots, {}};
}

}  // namespace

Result<const Mapping*> choose_mapping(const mapping::Library& library, const WantedMapping& wanted, Date on) {
  std::vector<const Mapping*> fitting;
  std::string names;
  for (const auto& one : library.mappings()) {
    if (!reads(*one, wanted, on)) continue;
    names += (names.empty() ? "" : ", ") + one->name();
    if (wanted.name.empty() || one->name() == wanted.name) fitting.push_back(one.get());
  }
  if (fitting.size() > 1 && !wanted.root.empty()) {
    if (wanted.root.starts_with('!')) return fitting.front();  // a DOCTYPE or no XML, which every reader refuses
    const auto readers = fitting;
    std::erase_if(fitting,
                  [&](const Mapping* one) { return one->plan().definition.source.root_name().second != wanted.root; });
    if (fitting.empty()) return fail(unknown_root(readers));
  }
  if (fitting.size() == 1) return fitting.front();
  if (names.empty()) return fail(no_reader(library, wanted, on));
  return fail(
      ErrorCode::not_found,
      fmt::format("{}: name one of {} in the Content-Type, as in `; mapping=...`",
                  fitting.empty() ? "no mapping of that name reads this syntax" : "several mappings read this", names));
}

Result<ConvertedRecord> convert_row(std::shared_ptr<const MessageFormats> formats, const Mapping& mapping,
                                    InputRecord record, mapping::Context context, std::string_view document,
                                    std::string_view charset) {
  context.transfer = record.id;
  context.allowed = mapping.categories();
  auto places = std::make_shared<const RecordPlaces>(std::move(formats), mapping, std::move(record), context, charset);
  if (auto right = check_source(*places, document); !right) return fail(std::move(right.error()));
  auto translated = mapping.translate(places->source().json, context);
  if (!translated)
    return fail(ErrorCode::invalid_input, "the mapping cannot make anything of it",
                {places->name(translated.error(), document)});
  ConvertedRecord out{std::move(translated->bytes), places->source().where, {}, places};
  out.findings = places->name_findings(std::move(translated->findings), document);
  return out;
}

Result<std::vector<ConvertedRecord>> convert_input(const Facilities& facilities, const WantedMapping& asked,
                                                   std::string_view bytes) {
  auto wanted = asked;
  std::string text;
  if (wanted.format == "xml") {
    auto read = formats::xml_in_utf8(bytes, wanted.charset);
    if (!read && read.error().code == ErrorCode::not_found) return fail(std::move(read.error()));
    if (!read) return fail(as_input_error(std::move(read.error())));
    auto document = formats::take_out_document(std::move(*read));
    if (!document) return fail(as_input_error(std::move(document.error())));
    text = std::move(*document);
    wanted.root = formats::find_root_name(text);
    if (wanted.root.empty()) wanted.root = no_xml;
  }
  const auto formats = facilities.formats.get();
  mapping::Context context;
  context.now = facilities.clock.now();
  context.allow_mock_ssin = facilities.terms->allow_mock_ssin;
  const auto chosen = choose_mapping(formats->mappings, wanted, date_in_brussels(context.now));
  if (!chosen) return fail(chosen.error());
  auto records = (*chosen)->records(bytes, wanted.charset);
  if (!records && records.error().code == ErrorCode::not_found) return fail(records.error());
  if (!records) return fail(as_input_error(records.error()));
  if (wanted.only_one && records->size() != 1)
    return fail(ErrorCode::invalid_input,
                fmt::format("the input holds {} records; this call takes one", records->size()));
  std::vector<ConvertedRecord> out;
  for (auto& record : *records) {
    auto converted = convert_row(formats, **chosen, std::move(record), context, text, wanted.charset);
    if (!converted) return fail(std::move(converted.error()));
    out.push_back(std::move(*converted));
  }
  return out;
}

Result<ConvertedRecord> convert_record(const Facilities& facilities, std::string_view format, std::string_view mapping,
                                       std::string_view bytes, std::string_view charset) {
  auto records = convert_input(facilities, {format, record_schema, mapping, {}, true, charset}, bytes);
  if (!records) return fail(std::move(records.error()));
  return std::move(records->front());
}

}  // namespace ketenpoort::exchange
