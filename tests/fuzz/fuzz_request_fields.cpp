// Header fields and queries as anybody may send them: the first line of the input is the field, what follows is the
// body. What is understood has one meaning, and no token is believed that nobody signed.
#include <array>
#include <chrono>
#include <cstdint>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "gateway/api/access/jwk.hpp"
#include "gateway/api/access/jwt.hpp"
#include "gateway/api/http/conditional.hpp"
#include "gateway/api/http/content_type.hpp"
#include "gateway/api/http/languages.hpp"
#include "gateway/api/http/query.hpp"
#include "gateway/api/http/representation.hpp"
#include "gateway/api/http/request_fields.hpp"
#include "gateway/base/bytes.hpp"
#include "gateway/base/utf8.hpp"
#include "gateway/base/uuid.hpp"
#include "gateway/domain/texts.hpp"

namespace {

using namespace ketenpoort;

void require(bool holds) {
  if (!holds) std::abort();
}

void read_content_type(std::string_view field) {
  const auto read = api::parse_content_type(field);
  if (!read) return;
  auto written = read->media_type;
  for (const auto& [name, value] : read->parameters)
    written.append("; ").append(name).append("=\"").append(value).append("\"");
  const auto again = api::parse_content_type(written);
  require(again && again->media_type == read->media_type && again->parameters == read->parameters);
}

// The guard lets no NUL through; written as %00 it is refused.
void read_query(std::string_view field) {
  if (field.find('\0') != std::string_view::npos) return;
  const auto query = api::parse_query(field, {"a", "from", "format", ""});
  if (!query) return;
  std::string written;
  for (const auto& [name, value] : *query) {
    require(is_valid_utf8(value) && value.find('\0') == std::string::npos);
    written.append(written.empty() ? "" : "&").append(name).append("=").append(api::percent_encode(value));
    for (const bool upper : {false, true}) (void)api::parse_bound(value, upper);
    if (const auto number = api::parse_number(value)) require(value.ends_with(std::to_string(*number)));
  }
  const auto again = api::parse_query(written, {"a", "from", "format", ""});
  require(again && *again == *query);
  constexpr std::array forms = {api::as_json, api::as_csv};
  if (const auto form = api::choose_representation(*query, api::Accept(field), forms))
    require(form->name == forms[0].name || form->name == forms[1].name);
}

void ask_for(std::string_view field) {
  constexpr std::array<std::string_view, 2> types = {"application/json", "text/html"};
  if (const auto liked = api::Accept(field).choose(types)) require(*liked < types.size());
  const auto tag = api::entity_tag(field);
  require(api::names_tag(tag, tag) && api::names_tag("W/" + tag, tag) && api::names_tag("*", tag));
  (void)api::names_tag(field, tag);
  const std::vector<std::string_view> offered = {"nl", "fr", "en"};
  const auto language = choose_language(field, offered, "en");
  require(language == "nl" || language == "fr" || language == "en");
}

void check_fields(std::string_view field, std::string_view body) {
  api::Request request;
  request.body = body;
  request.headers = {{"idempotency-key", std::string(field)}};
  if (api::check_request_fields(request)) require(!field.empty() && field.size() <= 255);
  request.headers = {{"content-digest", std::string(field)}};
  const auto whole = api::check_request_fields(request);
  // In pieces it is the same body.
  request.streamed = true;
  const bool is_form_right = api::check_request_fields(request).has_value();
  require(is_form_right || !whole);
  if (!is_form_right) return;
  int status = 0;
  api::Reply take_it{.status = 100, .content_type = {}, .body = {}};
  take_it.take = [](std::string piece, const api::ReplyTo& next) {
    next({.status = piece.empty() ? 200 : 102, .content_type = {}, .body = {}});
  };
  const auto keep = [&](const api::Reply& answer) { status = answer.status; };
  const auto reply = api::compare_digest_of_stream(request, [&](api::Reply answer) {
    answer.take(request.body, [](const api::Reply&) {});
    answer.take({}, keep);
  });
  if (body.empty()) return;
  reply(take_it);
  require((status == 200) == whole.has_value());
}

std::unique_ptr<api::TokenVerifier> make_verifier() {
  const auto file = std::filesystem::temp_directory_path() / ("fuzz_request_fields." + new_uuid_v4().text());
  const auto key = api::make_signing_key("k");
  require(key.has_value());
  std::ofstream(file) << api::jwks_of(*key).value();
  auto verifier = api::TokenVerifier::open({file, "issuer", "ketenpoort"});
  std::filesystem::remove(file);
  require(verifier.has_value());
  return std::move(*verifier);
}

void believe(std::string_view field) {
  static const auto verifier = make_verifier();
  require(!verifier->verify(field).has_value());
  // Of a token whose parts are written out, so that mutations need not hit base64.
  std::string token;
  for (std::size_t part = 0; part < 3; ++part) {
    const auto end = field.find('|');
    token.append(part == 0 ? "" : ".").append(to_base64url(as_bytes(field.substr(0, end))));
    field = end == std::string_view::npos ? std::string_view{} : field.substr(end + 1);
  }
  require(!verifier->verify(token).has_value());
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  const auto end = text.find('\n');
  const auto field = text.substr(0, end);
  const auto body = end == std::string_view::npos ? std::string_view{} : text.substr(end + 1);
  read_content_type(field);
  read_query(field);
  ask_for(field);
  check_fields(field, body);
  believe(field);
  (void)api::parse_jwks(text);
  return 0;
}
