#include "gateway/api/http/content_type.hpp"

#include <algorithm>

#include "gateway/base/ascii.hpp"
#include "gateway/base/field_text.hpp"

namespace ketenpoort::api {
namespace {

bool is_media_type(std::string_view text) {
  const auto slash = text.find('/');
  return slash != std::string_view::npos && is_token(text.substr(0, slash)) && is_token(text.substr(slash + 1));
}

// What else XML is called: RFC 7303, 9.2, which SOAP 1.1 goes by, and SOAP 1.2 part 2, appendix A.
bool names_xml(std::string_view media_type) {
  return media_type == "text/xml" || media_type == "application/soap+xml";
}

// A URI too, as SOAP's `action`; nothing that we have a parameter for needs what is escaped within quotes.
bool is_plain_quoted(std::string_view text) {
  return std::ranges::all_of(text, [](char c) { return c >= ' ' && c <= '~' && c != '"' && c != '\\'; });
}

std::optional<std::string> parse_value(std::string_view text) {
  const bool quoted = text.size() >= 2 && text.front() == '"' && text.back() == '"';
  if (quoted) text = text.substr(1, text.size() - 2);
  const bool fits = quoted ? is_plain_quoted(text) : is_token(text);
  return fits ? std::optional<std::string>(text) : std::nullopt;
}

}  // namespace

std::string_view ContentType::parameter(std::string_view name) const {
  const auto found = parameters.find(name);
  return found == parameters.end() ? std::string_view{} : std::string_view(found->second);
}

std::string_view format_of(std::string_view media_type) {
  if (media_type == json_type) return "json";
  if (media_type == xml_type) return "xml";
  return media_type == csv_type ? "csv" : media_type == fixed_type ? "fixed" : "";
}

std::optional<ContentType> parse_content_type(std::string_view text) {
  ContentType out;
  const auto first = trim(text.substr(0, text.find(';')));
  if (!is_media_type(first)) return std::nullopt;
  out.media_type = to_lower(first);
  if (names_xml(out.media_type)) out.media_type = xml_type;
  while (text.find(';') != std::string_view::npos) {
    text.remove_prefix(text.find(';') + 1);
    const auto part = trim(text.substr(0, text.find(';')));
    if (part.empty()) continue;
    const auto equals = part.find('=');
    if (equals == std::string_view::npos || !is_token(part.substr(0, equals))) return std::nullopt;
    auto value = parse_value(part.substr(equals + 1));
    if (!value || !out.parameters.emplace(to_lower(part.substr(0, equals)), std::move(*value)).second)
      return std::nullopt;
  }
  return out;
}

}  // namespace ketenpoort::api
