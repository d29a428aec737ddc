// POST /activities, POST /activities/{id}/withdraw, GET /activities, GET /activities/{id}: what partners offer to
// residents. Nothing here is about a person, so whoever sends records reads it as partners do.
#include <algorithm>
#include <array>
#include <memory>
#include <utility>

#include "gateway/api/api.hpp"
#include "gateway/api/http/conditional.hpp"
#include "gateway/api/http/page.hpp"
#include "gateway/api/http/problem.hpp"
#include "gateway/api/http/query.hpp"
#include "gateway/api/http/representation.hpp"
#include "gateway/exchange/outcomes/publish_activity.hpp"
#include "gateway/formats/json.hpp"
#include "gateway/reporting/activity_list.hpp"

namespace ketenpoort::api {
namespace {

using exchange::ActivityBoard;
using exchange::ActivityQuery;
using exchange::PublishedActivity;
using formats::JsonWriter;
using reporting::Language;

constexpr Representation as_lines{"jsonl", "application/x-ndjson"};

const Error unknown_activity{ErrorCode::not_found, "no activity has this id"};

// "2026-12-01_<id>": where a page ended.
std::string cursor_of(const PublishedActivity& activity) {
  return to_iso(activity.from) + '_' + activity.id.text();
}

std::optional<std::pair<Date, Uuid>> parse_cursor(std::string_view text) {
  const auto at = text.find('_');
  if (at == std::string_view::npos) return std::nullopt;
  const auto day = parse_date(text.substr(0, at));
  const auto id = parse_uuid(text.substr(at + 1));
  if (!day || !id) return std::nullopt;
  return std::pair(*day, *id);
}

Status read_parameter(const std::string& name, const std::string& value, ActivityQuery& out) {
  if (name == "from" || name == "until") {
    const auto day = parse_date(value);
    if (!day) return refuse_parameter(name, "a day, as 2026-12-01");
    (name == "from" ? out.from : out.until) = day;
  } else if (name == "after") {
    out.after = parse_cursor(value);
    if (!out.after) return refuse_parameter(name, "take it from `next` of the page before");
  } else if (name == "pageSize") {
    const auto size = read_page_size(value);
    if (!size) return fail(size.error());
    out.limit = *size;
  } else if (name == "culturalOrientation") {
    if (value != "true") return refuse_parameter(name, "true, or leave it out");
    out.orientation = true;
  } else if (name == "kind") {
    if (!reporting::is_activity_kind(value)) return refuse_parameter(name, "no such kind of activity");
    out.kind = value;
  } else if (name == "profile") {
    if (!reporting::is_activity_profile(value))
      return refuse_parameter(name, "APPLICANT, RESETTLED, TEMPORARY_PROTECTION or BENEFICIARY");
    out.profile = value;
  } else if (name == "language") {
    const bool is_code = value.size() == 3 && std::ranges::all_of(value, [](char c) { return c >= 'a' && c <= 'z'; });
    if (!is_code) return refuse_parameter(name, "an ISO 639-3 code, as nld");
    out.language = value;
  } else if (name == "place") {
    if (value.empty()) return refuse_parameter(name, "a NIS code, a postal code or a municipality");
    out.place = value;
  } else if (name == "partner") {
    if (value.empty()) return refuse_parameter(name, "name a partner, or leave it out");
    out.partner = value;
  }
  return {};
}

Language language_of(const Query& query, const Call& call) {
  const auto lang = query.find("lang");
  return reporting::choose_language(lang == query.end() ? std::string_view{} : lang->second,
                                    call.request.header("accept-language"));
}

Reply with_language(Reply reply, Language language) {
  reply.headers.emplace_back("Cache-Control", "no-cache");
  reply.headers.emplace_back("Vary", "Accept, Accept-Language");
  reply.headers.emplace_back("Content-Language", reporting::to_text(language));
  return reply;
}

std::string render_page(const Call& call, const Query& query, std::vector<PublishedActivity> found, std::size_t size,
                        Language language) {
  const bool more = found.size() > size;
  if (more) found.resize(size);
  std::string json;
  JsonWriter writer(json);
  writer.begin_object()
      .member("self", call.base + "/activities" + (call.request.query.empty() ? "" : "?" + call.request.query))
      .key("items")
      .begin_array();
  for (const auto& one : found) writer.raw_value(reporting::activity_as_json(one, call.base, language));
  writer.end_array();
  if (more) writer.member("next", next_page_url(call.base + "/activities", cursor_of(found.back()), query));
  writer.end_object();
  return json;
}

void list(const ActivityBoard& board, const Call& call) {
  constexpr std::array forms = {as_json, as_lines, as_csv};
  const auto query =
      parse_query(call.request.query, {"kind", "language", "place", "from", "until", "profile", "partner",
                                       "culturalOrientation", "after", "pageSize", "format", "lang"});
  if (!query) return call.refuse(query.error(), InputPart::query);
  const auto form = choose_representation(*query, Accept(call.request), forms);
  if (!form) return call.refuse(form.error(), InputPart::query);
  ActivityQuery wanted;
  wanted.limit = default_page;
  for (const auto& [name, value] : *query)
    if (auto read = read_parameter(name, value, wanted); !read) return call.refuse(read.error(), InputPart::query);
  if (const auto lang = query->find("lang"); lang != query->end() && !reporting::is_language_tag(lang->second))
    return call.refuse(refuse_parameter("lang", "a language: nl, fr, de or en").value(), InputPart::query);
  const auto language = language_of(*query, call);
  const auto size = wanted.limit;
  // A file for another program has all of them.
  wanted.limit = form->name == as_json.name ? size + 1 : static_cast<std::size_t>(-1);
  auto found = board.list(wanted);
  Reply reply;
  reply.content_type = form->media_type;
  if (form->name == as_csv.name) {
    reply.content_type = "text/csv; charset=utf-8";
    reply.body = reporting::activities_as_csv(found, language);
  } else if (form->name == as_lines.name) {
    for (const auto& one : found) reply.body += reporting::activity_as_json(one, call.base, language) + '\n';
  } else {
    reply.body = render_page(call, *query, std::move(found), size, language);
  }
  call.reply(with_entity_tag(call.request, with_language(std::move(reply), language)));
}

void show(const ActivityBoard& board, const Call& call) {
  const auto id = parse_uuid(call.parts.front());
  const auto found = id ? board.find(*id) : std::nullopt;
  if (!found) return call.refuse(unknown_activity, InputPart::path);
  if (found->withdrawn)
    return call.refuse({ErrorCode::gone, "this activity was withdrawn by the partner that published it"},
                       InputPart::path);
  const auto language = language_of({}, call);
  Reply reply;
  reply.body = reporting::activity_as_json(*found, call.base, language);
  call.reply(with_entity_tag(call.request, with_language(std::move(reply), language)));
}

bool refuse_stranger(const Call& call) {
  if (call.identity.recipient) return false;
  call.reply(access_reply({AccessFault::missing_permission, "this client is no partner: it has no recipient"},
                          call.request.trace));
  return true;
}

std::string href_of(const std::string& base, const Uuid& id) {
  return base + "/activities/" + id.text();
}

std::string render_state(const std::string& base, const PublishedActivity& activity) {
  std::string json;
  JsonWriter(json)
      .begin_object()
      .member("href", href_of(base, activity.id))
      .member("id", activity.id.text())
      .member("reference", activity.reference)
      .member("state", activity.withdrawn ? "WITHDRAWN" : "PUBLISHED")
      .member("publishedAt", to_rfc3339(activity.published))
      .member("changedAt", to_rfc3339(activity.changed))
      .end_object();
  return json;
}

// Of an answer that was given before too, where the activity is stands in it alone.
void answer_published(const Call& call, exchange::PastReply reply) {
  const auto document = formats::parse_json(reply.body);
  const auto href = document ? document->root().find("href").as_string() : std::nullopt;
  Headers headers;
  if (href) headers.emplace_back("Location", *href);
  call.answer(reply.status, std::move(reply.body), std::move(headers));
}

void publish(const ApiDependencies& dependencies, const Call& call) {
  if (refuse_stranger(call)) return;
  const exchange::ActivityWish wish{*call.identity.recipient, call.identity.client,
                                    std::string(call.request.header("idempotency-key")), call.request.body};
  auto shared = std::make_shared<Call>(call);
  exchange::publish_activity(
      dependencies.facilities, *dependencies.activities, wish,
      [shared](const PublishedActivity& activity) { return render_state(shared->base, activity); },
      [shared](Result<exchange::PastReply> reply) {
        if (!reply) return shared->refuse(reply.error());
        answer_published(*shared, std::move(*reply));
      });
}

void withdraw(ActivityBoard& board, const Call& call) {
  if (refuse_stranger(call)) return;
  if (auto empty = check_empty(call); !empty) return call.refuse(empty.error());
  const auto id = parse_uuid(call.parts.front());
  const auto done = id ? board.withdraw(*call.identity.recipient, *id) : fail(unknown_activity);
  if (!done) return call.refuse(done.error(), InputPart::path);
  call.answer(200, render_state(call.base, *done), {{"Location", href_of(call.base, done->id)}});
}

}  // namespace

void add_activity_routes(const ApiDependencies& dependencies, std::vector<Route>& routes) {
  const auto of_board = [&](auto job) {
    return on_workers(dependencies, [job](const ApiDependencies& d, const Call& call) { job(*d.activities, call); });
  };
  routes.push_back({"POST", "/activities", Access::scope, "partner", on_workers(dependencies, publish)});
  routes.push_back({"POST", "/activities/{id}/withdraw", Access::scope, "partner", of_board(withdraw)});
  using Types = std::vector<std::string_view>;
  const auto readable = [&](std::string_view path, auto job, bool takes_query, Types produces) {
    routes.push_back({.method = "GET",
                      .path = path,
                      .access = Access::scope,
                      .scope = "partner",
                      .run = of_board(job),
                      .takes_query = takes_query,
                      .or_scope = "records",
                      .or_third_scope = "transfers",
                      .produces = std::move(produces)});
  };
  readable("/activities", list, true, Types{as_json.media_type, as_lines.media_type, as_csv.media_type});
  readable("/activities/{id}", show, false, Types{as_json.media_type});
}

}  // namespace ketenpoort::api
