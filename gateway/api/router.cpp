#include "gateway/api/router.hpp"

#include <algorithm>
#include <utility>

#include "gateway/api/http/accept.hpp"
#include "gateway/api/http/conditional.hpp"
#include "gateway/api/http/content_type.hpp"
#include "gateway/api/http/languages.hpp"
#include "gateway/api/http/problem.hpp"
#include "gateway/api/http/query.hpp"
#include "gateway/api/http/request_fields.hpp"

namespace ketenpoort::api {
namespace {

bool has_segment(std::string_view path) {
  return path.starts_with('/');
}

std::string_view take_segment(std::string_view& path) {
  const auto end = std::min(path.find('/', 1), path.size());
  const auto segment = path.substr(1, end - 1);
  path.remove_prefix(end);
  return segment;
}

std::optional<std::vector<std::string>> match(std::string_view pattern, std::string_view path) {
  std::vector<std::string> parts;
  while (has_segment(pattern) && has_segment(path)) {
    const auto rest = path.substr(1);
    const auto wanted = take_segment(pattern);
    const auto given = take_segment(path);
    if (wanted.ends_with("...}")) {
      parts.emplace_back(rest);
      return parts;
    }
    if (wanted.starts_with('{'))
      parts.emplace_back(given);
    else if (wanted != given)
      return std::nullopt;
  }
  if (has_segment(pattern) || has_segment(path)) return std::nullopt;
  return parts;
}

// HEAD (RFC 9110 section 9.3.2) is a GET whose body the server keeps to itself.
bool takes_head(const Route& route) {
  return route.method == "GET" && !route.hands_over;
}

bool takes(const Route& route, std::string_view method) {
  return route.method == method || (method == "HEAD" && takes_head(route));
}

std::optional<AccessFailure> check_scopes(const Identity& identity, const Route& route) {
  for (const auto scope : {route.or_scope, route.or_third_scope})
    if (!scope.empty() && identity.may(scope)) return std::nullopt;
  return check_scope(identity, route.scope);
}

// What is wrong with the body's syntax; empty: nothing.
std::string check_syntax(const Request& request, const Route& route) {
  if (route.method != "POST" || (request.body.empty() && !route.streamed) || route.media_types.empty()) return {};
  const auto type = parse_content_type(request.header("content-type"));
  if (type && std::ranges::find(route.media_types, type->media_type) != route.media_types.end()) return {};
  std::string known;
  for (const auto media_type : route.media_types) known.append(known.empty() ? "" : ", ").append(media_type);
  return "this call takes " + known;
}

// `format` in the query says which form, whatever Accept does.
bool names_format(std::string_view query) {
  return query.starts_with("format=") || query.find("&format=") != std::string_view::npos;
}

// A record or a withdrawal must not be turned away for the form of its receipt (RFC 9110 section 12.5.1 lets a server
// disregard Accept), a look may.
bool is_acceptable(const Request& request, const Route& route) {
  if (request.method != "GET" && request.method != "HEAD") return true;
  if (route.produces.empty() || (route.takes_query && names_format(request.query))) return true;
  return Accept(request).choose(route.produces).has_value();
}

// What a GET has no use for, and some send all the same. Nobody need say who they are to look at health: a megabyte for
// each that does would be kept until it is whole.
constexpr std::uint64_t most_of_a_look = 8U << 10;

std::uint64_t announced_body(const Request& head) {
  return parse_number(head.header("content-length")).value_or(0);
}

// Whoever asks again and again is told that nothing has changed.
ReplyTo tag_answer(std::string known, ReplyTo reply) {
  return [known = std::move(known), reply = std::move(reply)](Reply answer) {
    reply(with_entity_tag(std::string_view(known), std::move(answer)));
  };
}

}  // namespace

Router::Router(std::string base_path, const Authenticator& authenticator, std::vector<Route> routes, TextsInUse texts)
    : base_path_(std::move(base_path)),
      authenticator_(authenticator),
      routes_(std::move(routes)),
      texts_(std::move(texts)) {}

tl::expected<Router::Admitted, Reply> Router::admit(const Request& request) const {
  const auto refuse = [](Reply why) { return tl::make_unexpected(std::move(why)); };
  const auto nothing = [&] { return refuse(status_reply(404, "there is nothing at this path", request.trace)); };
  std::string_view path = request.path;
  if (path.starts_with(base_path_))
    path.remove_prefix(base_path_.size());
  else if (!path.starts_with("/doc/"))  // they are at the root too, where tools look
    return nothing();
  const auto is_written_out = [&](const Route& route) { return route.path == path; };
  // `/records/query` is no record: what {id} stands for is never the name of another call (OpenAPI, "Path Templating").
  const bool has_name = std::ranges::any_of(routes_, is_written_out);
  std::string allow;
  for (const auto& route : routes_) {
    if (has_name && !is_written_out(route)) continue;
    auto parts = match(route.path, path);
    if (!parts) continue;
    if (!takes(route, request.method)) {
      if (!allow.empty()) allow += ", ";
      allow += route.method;
      if (takes_head(route)) allow += ", HEAD";
      continue;
    }
    Admitted admitted{&route, std::move(*parts), {}};
    if (route.access == Access::anyone) return admitted;
    auto identity = authenticator_.authenticate(request);
    if (!identity) return refuse(access_reply(identity.error(), request.trace));
    if (const auto missing = check_scopes(*identity, route)) return refuse(access_reply(*missing, request.trace));
    admitted.identity = std::move(*identity);
    return admitted;
  }
  if (!allow.empty()) return refuse(method_not_allowed_reply(allow, request.trace));
  return nothing();
}

std::optional<Reply> Router::refuse_unread(const Request& head) const {
  std::optional<Reply> refusal;
  ReplyTo reply = [&refusal](Reply answer) { refusal = std::move(answer); };
  if (texts_) reply = in_language_of(texts_(), head, std::move(reply));
  const auto admitted = admit(head);
  if (!admitted)
    reply(admitted.error());
  else if (admitted->route->method != "POST" && announced_body(head) > most_of_a_look)
    reply(status_reply(413, "this call takes no body", head.trace));
  return refusal;
}

void Router::operator()(Request request, ReplyTo reply) const {
  const auto trace = request.trace;
  if (texts_) reply = in_language_of(texts_(), request, std::move(reply));
  auto admitted = admit(request);
  if (!admitted) return reply(std::move(admitted.error()));
  const auto& route = *admitted->route;
  if (const auto wrong = check_syntax(request, route); !wrong.empty()) return reply(status_reply(415, wrong, trace));
  if (!is_acceptable(request, route)) return reply(status_reply(406, not_acceptable_detail(route.produces), trace));
  if (!route.takes_query)
    if (const auto query = parse_query(request.query, {}); !query)
      return reply(problem_reply(query.error(), trace, InputPart::query));
  if (request.method == "POST") {
    if (const auto fits = check_request_fields(request); !fits)
      return reply(problem_reply(fits.error(), trace, InputPart::header));
    reply = compare_digest_of_stream(request, std::move(reply));
  }
  if (route.tagged) reply = tag_answer(std::string(request.header("if-none-match")), std::move(reply));
  Call call;
  call.identity = std::move(admitted->identity);
  call.base = "https://" + std::string(request.header("host")) + base_path_;
  call.parts = std::move(admitted->parts);
  call.request = std::move(request);
  call.reply = std::move(reply);
  route.run(std::move(call));
}

}  // namespace ketenpoort::api
