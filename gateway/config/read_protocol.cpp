// What a channel says of its protocol: how its calls are authorized, and how a plain REST push is spoken.
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <utility>

#include "gateway/base/ascii.hpp"
#include "gateway/base/field_text.hpp"
#include "gateway/config/sections.hpp"
#include "gateway/domain/ssin.hpp"

namespace ketenpoort::config {

namespace {

constexpr std::size_t most_headers = 32;
constexpr std::size_t longest_value = 4096;

bool is_plain_ascii(std::string_view text) {
  return std::all_of(text.begin(), text.end(), [](char c) { return c >= 0x20 && c < 0x7F; });
}

std::string read_token_url(Section& section) {
  auto url = section.text("tokenUrl");
  if (url.empty()) return url;
  const auto path = url.find('/', 8);
  if (!url.starts_with("https://") || path == 8 || path == std::string::npos ||
      url.find_first_of(" ?#@", 8) != std::string::npos || !is_plain_ascii(url))
    section.complain("tokenUrl", "`tokenUrl` must be https://host/path, with a port if need be, and nothing after it");
  return url;
}

// RFC 6749, 3.3: words of visible characters without quotes and backslashes.
std::string read_scope(Section& section) {
  auto scope = section.text("scope");
  const bool proper = is_plain_ascii(scope) && scope.find_first_of("\"\\") == std::string::npos &&
                      !scope.starts_with(' ') && !scope.ends_with(' ') && scope.find("  ") == std::string::npos;
  if (!proper) section.complain("scope", "`scope` must be words with one space between them, without quotes");
  return scope;
}

Authorization read_authorization(Section section, const Channel& channel) {
  Authorization read;
  read.token_url = read_token_url(section);
  read.client_id = section.text("clientId");
  read.audience = section.text("audience");
  read.scope = read_scope(section);
  read.key = section.existing_file("key");
  read.key_id = section.text("keyId", Need::optional);
  read.algorithm = section.one_of("algorithm", {"RS256", "ES256", "PS256", "EdDSA"});
  if (auto tls = section.section("tls")) {
    read.ca = tls->existing_file("ca", Need::optional);
    read.certificate = tls->existing_file("certificate", Need::optional);
    read.certificate_key = tls->existing_file("key", Need::optional);
    if (read.certificate.empty() != read.certificate_key.empty())
      tls->complain("`certificate` and `key` belong together: state both or neither");
  } else {
    read.ca = channel.ca;
    read.certificate = channel.certificate;
    read.certificate_key = channel.key;
  }
  return read;
}

bool names_a_place(std::string_view text, char between) {
  while (true) {
    const auto end = std::min(text.find(between), text.size());
    const auto name = text.substr(0, end);
    if (name.empty() || name.find_first_of(" []/@:") != std::string_view::npos || !is_plain_ascii(name)) return false;
    if (end == text.size()) return true;
    text.remove_prefix(end + 1);
  }
}

void read_reference(Section section, RestSettings& rest) {
  using Reference = RestSettings::Reference;
  struct Way {
    std::string_view key;
    Reference reference;
    std::string_view must_be;
  };
  constexpr std::array ways = {
      Way{"json", Reference::json, "`json` must be the members that lead to it, as in dossier.number"},
      Way{"xml", Reference::xml,
          "`xml` must be the elements that lead to it, as in Confirmation/Number, without prefixes"},
      Way{"header", Reference::header, "`header` must be the name of a header"}};
  std::size_t stated = 0;
  for (const auto& way : ways) {
    if (!section.has(way.key)) continue;
    ++stated;
    const auto place = section.text(way.key);
    const bool proper = way.reference == Reference::header
                            ? is_token(place)
                            : names_a_place(place, way.reference == Reference::json ? '.' : '/');
    if (!proper && !place.empty()) section.complain(way.key, std::string(way.must_be));
    rest.reference = way.reference;
    rest.reference_at = way.reference == Reference::header ? to_lower(place) : place;
  }
  if (stated != 1)
    section.complain("`reference` says one of `json`, `xml` and `header`; where the answer has none, leave it out");
}

// What every call carries already, and what steers the connection.
bool is_ours(std::string_view lower_case_name) {
  constexpr std::array names = {"content-type",
                                "accept",
                                "idempotency-key",
                                "content-digest",
                                "belgov-trace-id",
                                "signature",
                                "signature-input",
                                "authorization",
                                "host",
                                "content-length",
                                "connection",
                                "transfer-encoding",
                                "te",
                                "upgrade",
                                "expect",
                                "trailer"};
  return std::find(names.begin(), names.end(), lower_case_name) != names.end();
}

bool sounds_secret(std::string_view lower_case_name) {
  constexpr std::array parts = {"auth", "key", "token", "secret", "password", "cookie", "credential"};
  return std::any_of(parts.begin(), parts.end(),
                     [&](std::string_view part) { return lower_case_name.find(part) != std::string_view::npos; });
}

bool is_national_number(std::string_view value) {
  std::string digits;
  std::copy_if(value.begin(), value.end(), std::back_inserter(digits), [](char c) { return c >= '0' && c <= '9'; });
  constexpr Date late{std::chrono::year{2099}, std::chrono::December, std::chrono::day{31}};
  return check_ssin(digits, true, late).ssin.has_value();
}

void check_header(Section& section, const std::string& name, const std::string& value) {
  if (!is_token(name)) section.complain(name, fmt::format("`{}` cannot be the name of a header", name));
  if (is_ours(to_lower(name)))
    section.complain(name, fmt::format("`{}` is what the gateway writes itself: take the line away", name));
  if (value.size() > longest_value || !is_plain_ascii(value))
    section.complain(name, fmt::format("`{}` must be at most {} visible ASCII characters", name, longest_value));
  if (sounds_secret(to_lower(name)) && !section.is_filled_in(name))
    section.complain(name,
                     fmt::format("`{}` sounds like a secret: keep its value out of this file, with ${{NAME}} for an "
                                 "environment variable or file:PATH",
                                 name));
  if (is_national_number(value))
    section.complain(name, fmt::format("`{}` carries a national number: no header says whom a message is about", name));
}

void read_headers(Section& rest, RestSettings& read) {
  auto headers = rest.section("headers");
  if (!headers) return;
  const auto names = rest.names("headers");
  if (names.size() > most_headers) headers->complain(fmt::format("at most {} headers", most_headers));
  for (const auto& name : names) {
    auto value = headers->text(name);
    check_header(*headers, name, value);
    read.headers.emplace_back(name, std::move(value));
  }
}

RestSettings read_rest(Section section) {
  RestSettings read;
  read.path = section.text("path");
  if (!read.path.empty() && (!read.path.starts_with('/') || read.path.find_first_of(" ?#%") != std::string::npos ||
                             !is_plain_ascii(read.path)))
    section.complain("path", "`path` must begin with / and say nothing after it: it stands beneath the url");
  if (section.has("accept")) read.accept = section.text("accept");
  if (!is_plain_ascii(read.accept)) section.complain("accept", "`accept` must be a media type, as in application/json");
  if (auto reference = section.section("reference")) read_reference(std::move(*reference), read);
  read.trace_header = section.text("traceHeader", Need::optional);
  if (!read.trace_header.empty() && (!is_token(read.trace_header) || is_ours(to_lower(read.trace_header))))
    section.complain("traceHeader",
                     "`traceHeader` must be the name of a header that the gateway does not write itself");
  read_headers(section, read);
  return read;
}

}  // namespace

void read_protocol(Section& section, Channel& channel) {
  if (auto authorization = section.section("authorization"))
    channel.authorization = read_authorization(std::move(*authorization), channel);
  if (auto rest = section.section("rest")) channel.rest = read_rest(std::move(*rest));
  if (channel.rest.has_value() != (channel.adapter == "rest"))
    section.complain("adapter", channel.rest ? "`rest` says how adapter rest speaks: name that adapter, or take it away"
                                             : "adapter rest needs a `rest` beside it: its path, at least");
}

}  // namespace ketenpoort::config
