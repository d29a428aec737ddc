// GET /notifications, GET /notifications/{id}, POST /notifications/{id}/confirm, POST /notifications/{id}/retry: what
// recipients were told about data they have, and what they did. A partner sees its own.
#include <algorithm>
#include <array>
#include <memory>
#include <optional>
#include <utility>

#include "gateway/api/api.hpp"
#include "gateway/api/http/page.hpp"
#include "gateway/api/http/problem.hpp"
#include "gateway/api/http/query.hpp"
#include "gateway/api/http/unknown_input.hpp"
#include "gateway/api/routes/audit_note.hpp"
#include "gateway/exchange/notices/notifier.hpp"
#include "gateway/formats/json.hpp"

namespace ketenpoort::api {
namespace {

using exchange::NotificationState;
using exchange::Notifier;
using formats::JsonView;
using formats::JsonWriter;

constexpr std::size_t chunk = 1000;  // looked at under one lock

const Error unknown_notification{ErrorCode::not_found, "no notification has this id"};

bool sees_all(const Call& call) {
  return call.identity.may("rights") || call.identity.may("audit");
}

// What of the notifications a caller may see: a recipient, or empty for all.
std::string visible_to(const Call& call) {
  return sees_all(call) ? std::string() : call.identity.recipient.value_or("");
}

struct Filter {
  ledger::Seq from = 0;
  std::string recipient;
  std::optional<NotificationState> state;
  std::size_t page_size = default_page;
};

Result<Filter> read_filter(const ApiDependencies& dependencies, const Call& call, const Query& query) {
  Filter filter;
  filter.recipient = visible_to(call);
  for (const auto& [name, value] : query) {
    if (name == "after") {
      const auto id = parse_uuid(value);
      const auto last = id ? dependencies.notifier.find(*id) : fail(unknown_notification);
      // Ids of neighbours can be worked out from one's own: whoever could page behind another's would learn that
      // somebody else was told at the same moment, and so has data of the same person.
      const bool seen = last && (sees_all(call) || last->recipient == visible_to(call));
      if (!seen) return refuse_parameter(name, "take it from `next` of the page before");
      filter.from = last->seq + 1;
    } else if (name == "recipient") {
      if (dependencies.facilities.terms->find_recipient(value) == nullptr)
        return refuse_parameter(name, "no such recipient is configured");
      if (!filter.recipient.empty() && filter.recipient != value)
        return refuse_parameter(name, "a partner sees its own; leave it out");
      filter.recipient = value;
    } else if (name == "state") {
      filter.state = exchange::parse_notification_state(value);
      if (!filter.state) return refuse_parameter(name, "one of PENDING, SENT, FAILED, OVERDUE, CONFIRMED");
    } else {
      const auto size = read_page_size(value);
      if (!size) return fail(size.error());
      filter.page_size = *size;
    }
  }
  return filter;
}

Result<ledger::Entry> read_entry(const exchange::Facilities& facilities, ledger::Seq seq, std::string& bytes) {
  auto found = facilities.sequencer.entry_bytes(seq);
  if (!found) return fail(found.error());
  bytes = std::move(*found);
  return ledger::decode_entry(bytes);
}

Status write_item(JsonWriter& writer, const ApiDependencies& dependencies, const Call& call,
                  const Notifier::Notification& notification) {
  const auto& facilities = dependencies.facilities;
  std::string bytes;
  const auto entry = read_entry(facilities, notification.seq, bytes);
  if (!entry) return fail(entry.error());
  const auto standing = dependencies.notifier.standing(notification);
  const auto id = dependencies.notifier.id_of(notification.seq).text();
  writer.member("href", call.base + "/notifications/" + id)
      .member("id", id)
      .member("recipient", notification.recipient)
      .member("cause", entry->body.find("cause").text())
      .member("notifiedAt", to_rfc3339(entry->time))
      .member("deadline", to_iso(notification.deadline))
      .member("state", to_text(standing.state));
  if (notification.confirmed != 0) {
    std::string answer_bytes;
    const auto answer = read_entry(facilities, notification.confirmed, answer_bytes);
    if (!answer) return fail(answer.error());
    writer.member("reply", notification.reply);
    if (!notification.ground.empty()) writer.member("ground", notification.ground);
    writer.member("confirmedAt", to_rfc3339(answer->time));
  }
  if (!sees_all(call)) return {};
  writer.member("subject", ledger::to_text(notification.subject));
  if (standing.attempts > 0) writer.member("attempts", standing.attempts);
  if (!standing.last_failure.empty()) writer.member("lastFailure", standing.last_failure);
  writer.key("ledger").begin_array().value(notification.seq);
  if (notification.confirmed != 0) writer.value(notification.confirmed);
  writer.end_array();
  return {};
}

// One more than the page holds, if there are so many.
std::vector<Notifier::Notification> find_page(const ApiDependencies& dependencies, const Filter& filter) {
  std::vector<Notifier::Notification> page;
  for (auto from = filter.from; page.size() <= filter.page_size;) {
    const auto found = dependencies.notifier.list(from, filter.recipient, chunk);
    for (const auto& one : found)
      if (page.size() <= filter.page_size &&
          (!filter.state || dependencies.notifier.standing(one).state == *filter.state))
        page.push_back(one);
    if (found.size() < chunk) break;
    from = found.back().seq + 1;
  }
  return page;
}

// An auditor's look goes out once the log says that it was asked for; a partner's is how it is told, where it takes no
// calls.
void answer_read(const ApiDependencies& dependencies, const Call& call, const Query& query, std::string json,
                 const std::vector<Notifier::Notification>& read) {
  if (!sees_all(call)) dependencies.notifier.note_read(read);
  const auto shared = std::make_shared<std::string>(std::move(json));
  const auto answer = [shared](const Call& c) { c.answer(200, std::move(*shared), {{"Cache-Control", "no-store"}}); };
  if (!call.identity.may("audit")) return answer(call);
  note_and_then(dependencies.facilities, call, draft_queried(call, query, read.size()), answer);
}

void list(const ApiDependencies& dependencies, const Call& call) {
  const auto query = parse_query(call.request.query, {"after", "recipient", "state", "pageSize"});
  if (!query) return call.refuse(query.error(), InputPart::query);
  const auto filter = read_filter(dependencies, call, *query);
  if (!filter) return call.refuse(filter.error(), InputPart::query);
  auto page = find_page(dependencies, *filter);
  const bool more = page.size() > filter->page_size;
  if (more) page.pop_back();
  std::string json;
  JsonWriter writer(json);
  writer.begin_object()
      .member("self", call.base + "/notifications" + (call.request.query.empty() ? "" : "?" + call.request.query))
      .key("items")
      .begin_array();
  for (const auto& notification : page) {
    writer.begin_object();
    if (auto written = write_item(writer, dependencies, call, notification); !written)
      return call.refuse(written.error());
    writer.end_object();
  }
  writer.end_array();
  if (more)
    writer.member("next", next_page_url(call.base + "/notifications",
                                        dependencies.notifier.id_of(page.back().seq).text(), *query));
  writer.end_object();
  answer_read(dependencies, call, *query, std::move(json), page);
}

// The one that stands in the path, if the caller may see it.
Result<Notifier::Notification> find_visible(const ApiDependencies& dependencies, const Call& call) {
  const auto id = parse_uuid(call.parts.front());
  if (!id) return fail(unknown_notification);
  auto found = dependencies.notifier.find(*id);
  if (!found) return fail(found.error());
  const auto only = visible_to(call);
  if (!sees_all(call) && found->recipient != only) return fail(unknown_notification);
  return found;
}

Result<std::string> render(const ApiDependencies& dependencies, const Call& call,
                           const Notifier::Notification& notification) {
  std::string json;
  JsonWriter writer(json);
  writer.begin_object().member("self",
                               call.base + "/notifications/" + dependencies.notifier.id_of(notification.seq).text());
  if (auto written = write_item(writer, dependencies, call, notification); !written) return fail(written.error());
  const auto message = dependencies.notifier.message(notification);
  if (!message) return fail(message.error());
  const auto told = formats::parse_json(exchange::to_json(*message));
  if (!told) return fail(told.error());
  for (const auto* name : {"categories", "transfers"}) writer.member(name, told->root().find(name));
  writer.end_object();
  return json;
}

void show(const ApiDependencies& dependencies, const Call& call) {
  const auto notification = find_visible(dependencies, call);
  if (!notification) return call.refuse(notification.error(), InputPart::path);
  auto json = render(dependencies, call, *notification);
  if (!json) return call.refuse(json.error());
  answer_read(dependencies, call, {{"notification", call.parts.front()}}, std::move(*json), {*notification});
}

Result<RecallReply> read_reply(std::string_view text) {
  const auto refuse = [](std::string where, std::string detail) {
    return fail(ErrorCode::schema_violation, "the reply is wrong",
                {{ErrorCode::schema_violation, std::move(where), std::move(detail)}});
  };
  const auto body = formats::parse_json(text);
  if (!body) return fail(body.error());
  if (!body->root().is(formats::JsonKind::object)) return refuse("$", "an object with reply, and ground for KEPT");
  RecallReply reply;
  for (const auto& [key, value] : body->root().members()) {
    if (key == "reply")
      reply.reply = std::string(value.as_string().value_or(""));
    else if (key == "ground")
      reply.ground = std::string(value.as_string().value_or(""));
    else
      return refuse_property(key, {"reply", "ground"});
  }
  if (is_proper(reply)) return reply;
  const bool known = reply.reply == "ERASED" || reply.reply == "STOPPED" || reply.reply == "KEPT";
  return known ? refuse("ground", "of what is kept, art17-3-a to art17-3-e; with KEPT and with nothing else")
               : refuse("reply", "ERASED, STOPPED or KEPT");
}

void confirm(const ApiDependencies& dependencies, const Call& call) {
  const auto notification = find_visible(dependencies, call);
  if (!notification || notification->recipient != call.identity.recipient.value_or(""))
    return call.refuse(unknown_notification, InputPart::path);
  const auto reply = read_reply(call.request.body);
  if (!reply) return call.refuse(reply.error());
  auto shared = std::make_shared<Call>(call);
  dependencies.notifier.confirm(notification->seq, *reply, caller_of(call, "partner").actor(), call.request.trace,
                                [shared, reply = *reply](const Status& done) {
                                  if (!done) return shared->refuse(done.error());
                                  std::string json;
                                  JsonWriter writer(json);
                                  writer.begin_object()
                                      .member("self", shared->base + "/notifications/" + shared->parts.front())
                                      .member("id", shared->parts.front())
                                      .member("state", to_text(NotificationState::confirmed))
                                      .member("reply", reply.reply)
                                      .member("ground", reply.ground)
                                      .end_object();
                                  shared->answer(200, std::move(json));
                                });
}

void retry(const ApiDependencies& dependencies, const Call& call) {
  const auto notification = find_visible(dependencies, call);
  if (!notification) return call.refuse(notification.error(), InputPart::path);
  if (auto empty = check_empty(call); !empty) return call.refuse(empty.error());
  if (auto done = dependencies.notifier.retry(notification->seq); !done)
    return call.refuse(done.error(), InputPart::path);
  std::string json;
  JsonWriter(json)
      .begin_object()
      .member("self", call.base + "/notifications/" + call.parts.front())
      .member("id", call.parts.front())
      .member("state", to_text(dependencies.notifier.standing(*notification).state))
      .end_object();
  call.answer(202, std::move(json));
}

}  // namespace

void add_notification_routes(const ApiDependencies& dependencies, std::vector<Route>& routes) {
  const auto add_read = [&](std::string_view path, auto job, bool takes_query) {
    Route route{"GET", path, Access::scope, "partner", on_workers(dependencies, job), takes_query, "rights"};
    route.or_third_scope = "audit";
    route.hands_over = true;  // a partner that reads it has been told
    routes.push_back(std::move(route));
  };
  add_read("/notifications", list, true);
  add_read("/notifications/{id}", show, false);
  routes.push_back(
      {"POST", "/notifications/{id}/confirm", Access::scope, "partner", on_workers(dependencies, confirm)});
  routes.push_back({"POST", "/notifications/{id}/retry", Access::scope, "rights", on_workers(dependencies, retry)});
}

}  // namespace ketenpoort::api
