#include "gateway/cli/consent_conversation.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <iostream>
#include <iterator>
#include <optional>

#include "gateway/base/files.hpp"
#include "gateway/base/trim.hpp"
#include "gateway/formats/json.hpp"

namespace ketenpoort::cli {
namespace {

using formats::JsonWriter;

constexpr std::size_t largest_input = std::size_t{1} << 20;
constexpr std::size_t ssin_digits = 11;

tl::unexpected<Error> refuse(std::string message) {
  return fail(ErrorCode::invalid_input, std::move(message));
}

// Before and behind the mark; the second empty where it does not stand.
std::pair<std::string_view, std::string_view> split(std::string_view text, char mark) {
  const auto at = text.find(mark);
  if (at == std::string_view::npos) return {text, {}};
  return {text.substr(0, at), text.substr(at + 1)};
}

Status check_parts(const ConversationParts& parts) {
  const std::pair<const char*, const std::string*> needed[] = {
      {"--purpose", &parts.purpose},        {"--recipient", &parts.recipient}, {"--language", &parts.language},
      {"--explained", &parts.explained},    {"--expressed", &parts.expressed}, {"--on", &parts.on},
      {"--recorded-by", &parts.recorded_by}};
  for (const auto& [option, value] : needed)
    if (value->empty()) return refuse(fmt::format("{} is missing; or give the whole conversation as a file", option));
  if (parts.categories.empty() && !parts.refused) return refuse("--category is missing: what is consented to");
  if (split(parts.notice, '@').second.empty()) return refuse("--notice is id@version, as in chain-cooperation@1.0");
  if (!parts.representative.empty() && split(parts.representative, ':').second.empty())
    return refuse("--representative is KIND:REFERENCE, as in VOOGD:VG-94286");
  return {};
}

void write_consent(JsonWriter& writer, const ConversationParts& parts) {
  writer.key("consents").begin_array().begin_object();
  writer.member("purpose", parts.purpose).member("recipient", parts.recipient).key("categories").begin_array();
  for (const auto& category : parts.categories) writer.value(category);
  writer.end_array().member("decision", parts.refused ? "REFUSED" : "GIVEN");
  if (!parts.valid_until.empty()) writer.member("validUntil", parts.valid_until);
  writer.end_object().end_array();
}

void write_telling(JsonWriter& writer, const ConversationParts& parts) {
  const auto [notice, version] = split(parts.notice, '@');
  writer.key("notice").begin_object().member("id", notice).member("version", version);
  writer.member("language", parts.language).end_object();
  const auto [mode, kind] = split(parts.interpreter, ':');
  writer.key("explained").begin_object().member("how", parts.explained);
  writer.key("interpreter").begin_object().member("mode", mode);
  if (!kind.empty()) writer.member("kind", kind);
  if (mode != "NONE") writer.member("language", parts.language);
  writer.end_object().end_object();
}

void write_saying(JsonWriter& writer, const ConversationParts& parts) {
  writer.key("expressed").begin_object().member("how", parts.expressed).member("on", parts.on);
  if (!parts.place.empty()) writer.member("place", parts.place);
  if (!parts.evidence.empty()) writer.member("evidenceRef", parts.evidence);
  if (!parts.witness.empty()) writer.member("witness", parts.witness);
  writer.end_object().member("recordedBy", parts.recorded_by);
  if (parts.representative.empty()) return;
  const auto [kind, reference] = split(parts.representative, ':');
  writer.key("representative").begin_object().member("kind", kind).member("appointmentRef", reference);
  writer.member("minorHeard", parts.minor_heard).end_object();
}

// An SSIN as it is, or as cards print it: 90.65.14-001.94.
std::optional<std::string> find_ssin(std::string_view text) {
  std::string digits;
  for (const char c : text)
    if (c >= '0' && c <= '9')
      digits += c;
    else if (c != '.' && c != '-')
      return std::nullopt;
  return digits.size() == ssin_digits ? std::optional(std::move(digits)) : std::nullopt;
}

}  // namespace

Result<std::string> read_file_or_stdin(const std::string& file) {
  if (file != "-") return read_file(file, largest_input);
  std::string text{std::istreambuf_iterator<char>(std::cin), {}};
  if (text.size() > largest_input) return refuse("standard input holds more than 1 MiB");
  return text;
}

Result<std::string> read_subject(std::string_view content) {
  // Editors put a byte order mark there; with it the number would be nobody's.
  if (content.starts_with("\xEF\xBB\xBF")) content.remove_prefix(3);
  const auto text = trim(content, is_space);
  if (text.empty()) return refuse("the file of --subject is empty: one number, or {\"fedasilNumber\": ...}");
  if (text.front() == '{') {
    const auto document = formats::parse_json(text);
    if (!document) return refuse("the file of --subject is no JSON object");
    const auto named = document->root().find("subject");
    std::string json;
    JsonWriter(json).value(named ? named : document->root());
    return json;
  }
  if (text.find_first_of(" \t\r\n") != std::string_view::npos)
    return refuse("the file of --subject holds more than one number");
  const auto ssin = find_ssin(text);
  std::string json;
  JsonWriter(json)
      .begin_object()
      .member(ssin ? "ssin" : "fedasilNumber", ssin ? std::string_view(*ssin) : text)
      .end_object();
  return json;
}

Result<std::string> write_conversation(const ConversationParts& parts, std::string_view subject) {
  if (auto fits = check_parts(parts); !fits) return fail(fits.error());
  std::string json;
  JsonWriter writer(json);
  writer.begin_object().key("subject").raw_value(subject);
  write_consent(writer, parts);
  write_telling(writer, parts);
  write_saying(writer, parts);
  writer.end_object();
  return json;
}

}  // namespace ketenpoort::cli
