// GET /mailbox, GET /mailbox/{id}, POST /mailbox/{id}/acknowledge: messages that a partner fetches instead of having
// them pushed. A partner sees its own.
#include <memory>
#include <optional>
#include <utility>

#include "gateway/api/api.hpp"
#include "gateway/api/http/page.hpp"
#include "gateway/api/http/problem.hpp"
#include "gateway/api/http/query.hpp"
#include "gateway/api/http/unknown_input.hpp"
#include "gateway/domain/partner_terms.hpp"
#include "gateway/formats/json.hpp"

namespace ketenpoort::api {
namespace {

using exchange::Dispatcher;
using formats::JsonKind;
using formats::JsonWriter;

constexpr std::chrono::seconds while_paused{60};
// How often a call is begun anew because what it relied on changed meanwhile.
constexpr int most_attempts = 20;

const Error nothing_there{ErrorCode::not_found, "nothing in this mailbox has this id"};

// Why this client has no mailbox, or cannot look into it now.
std::optional<Reply> refuse_reader(const ApiDependencies& dependencies, const Call& call) {
  if (!call.identity.recipient)
    return access_reply({AccessFault::missing_permission, "this client is no partner: it has no recipient"},
                        call.request.trace);
  const auto paused = dependencies.facilities.sequencer.read(
      [&](const ledger::History& history) { return history.is_paused(*call.identity.recipient); });
  if (!paused) return std::nullopt;
  return unavailable_reply("messages to this partner are paused", while_paused, call.request.trace);
}

struct Page {
  TransferId after{};
  std::size_t size = default_page;
};

Result<Page> read_page(const Query& query) {
  Page page;
  if (const auto it = query.find("after"); it != query.end()) {
    const auto id = parse_uuid(it->second);
    if (!id) return refuse_parameter("after", "take it from `next` of the page before");
    page.after = *id;
  }
  const auto size = find_page_size(query);
  if (!size) return fail(size.error());
  page.size = *size;
  return page;
}

void list(const ApiDependencies& dependencies, const Call& call) {
  if (auto refused = refuse_reader(dependencies, call)) return call.reply(std::move(*refused));
  const auto query = parse_query(call.request.query, {"after", "pageSize"});
  if (!query) return call.refuse(query.error(), InputPart::query);
  const auto page = read_page(*query);
  if (!page) return call.refuse(page.error(), InputPart::query);
  auto items = dependencies.dispatcher.list_mailbox(*call.identity.recipient, page->after, page->size + 1);
  const bool more = items.size() > page->size;
  if (more) items.pop_back();
  std::string json;
  JsonWriter writer(json);
  writer.begin_object()
      .member("self", call.base + "/mailbox" + (call.request.query.empty() ? "" : "?" + call.request.query))
      .key("items")
      .begin_array();
  for (const auto& item : items)
    writer.begin_object()
        .member("href", call.base + "/mailbox/" + item.id.text())
        .member("id", item.id.text())
        .member("message", item.message)
        .member("purpose", item.purpose)
        .member("waitingSince", to_rfc3339(item.since))
        .member("timesFetched", item.attempts)
        .end_object();
  writer.end_array();
  if (more)
    writer.member("next", call.base + "/mailbox?after=" + items.back().id.text() +
                              (page->size == default_page ? "" : "&pageSize=" + std::to_string(page->size)));
  writer.end_object();
  call.answer(200, std::move(json), {{"Cache-Control", "no-store"}});
}

// What it was, should it have been this partner's and ended: the projection has let it go.
std::optional<audit::TransferRow> find_ended(const ApiDependencies& dependencies, const Call& call,
                                             const TransferId& id) {
  if (!wait_for_index(dependencies)) return std::nullopt;
  auto row = dependencies.index.use([&](audit::IndexReader& reader) { return reader.transfer(id); });
  if (!row || !*row || (*row)->recipient != *call.identity.recipient ||
      dependencies.facilities.terms->mailbox_for((*row)->recipient, (*row)->purpose, (*row)->message) == nullptr)
    return std::nullopt;
  return std::move(**row);
}

Error why_not_there(const ApiDependencies& dependencies, const Call& call, const TransferId& id) {
  if (!find_ended(dependencies, call, id)) return nothing_there;
  return {ErrorCode::gone, "this message is not to be had any more: look at GET /notifications"};
}

Reply payload_reply(const TransferId& id, Dispatcher::Fetched fetched) {
  Reply reply;
  reply.content_type = std::move(fetched.content_type);
  reply.headers = {{"Content-Digest", "sha-256=:" + to_base64(sha256(as_bytes(fetched.message))) + ":"},
                   {"Idempotency-Key", id.text()},
                   {"Ketenpoort-Leased-Until", to_rfc3339(fetched.leased_until)},
                   {"Cache-Control", "no-store"}};
  reply.body = std::move(fetched.message);
  return reply;
}

void fetch(const ApiDependencies& dependencies, const std::shared_ptr<Call>& call, int attempt) {
  if (auto refused = refuse_reader(dependencies, *call)) return call->reply(std::move(*refused));
  const auto id = parse_uuid(call->parts.front());
  if (!id) return call->refuse(nothing_there, InputPart::path);
  dependencies.dispatcher.fetch(
      *id, *call->identity.recipient, [dependencies, call, attempt, id = *id](Result<Dispatcher::Fetched> fetched) {
        if (fetched) return call->reply(payload_reply(id, std::move(*fetched)));
        const auto error = fetched.error();
        const bool again = error.code == ErrorCode::changed && attempt < most_attempts;
        if (!again && error.code != ErrorCode::not_found) return call->refuse(error, InputPart::path);
        run_on_workers(dependencies.workers, *call, [dependencies, call, again, attempt, id](const Call&) {
          if (again) return fetch(dependencies, call, attempt + 1);
          call->refuse(why_not_there(dependencies, *call, id), InputPart::path);
        });
      });
}

// {reference?}: the partner's own.
Result<std::string> read_reference(std::string_view text) {
  const auto refuse = [](std::string where, std::string detail) {
    return fail(ErrorCode::schema_violation, "the acknowledgement is wrong",
                {{ErrorCode::schema_violation, std::move(where), std::move(detail)}});
  };
  const auto body = formats::parse_json(text.empty() ? "{}" : text);
  if (!body) return fail(body.error());
  if (!body->root().is(JsonKind::object)) return refuse("$", "an object with reference, or without");
  std::string reference;
  for (const auto& [key, value] : body->root().members()) {
    if (key != "reference") return refuse_property(key, {"reference"});
    reference = std::string(value.as_string().value_or(""));
    if (!is_partner_reference(reference))
      return refuse("reference", "your own reference: 1 to 64 of A-Z a-z 0-9 . _ : - and no national number");
  }
  return reference;
}

void answer_acknowledged(const Call& call, const std::string& reference) {
  std::string json;
  JsonWriter(json)
      .begin_object()
      .member("href", call.base + "/mailbox/" + call.parts.front())
      .member("id", call.parts.front())
      .member("state", to_text(TransferState::acknowledged))
      .member("reference", reference)
      .end_object();
  call.answer(200, std::move(json));
}

// Nothing of it waits: it was acknowledged before, or called off.
void answer_ended(const ApiDependencies& dependencies, const Call& call, const TransferId& id,
                  const std::string& reference) {
  const auto ended = find_ended(dependencies, call, id);
  if (!ended) return call.refuse(nothing_there, InputPart::path);
  if (ended->state == TransferState::acknowledged && ended->reference == reference)
    return answer_acknowledged(call, reference);
  if (ended->state == TransferState::acknowledged)
    return call.refuse({ErrorCode::conflict, "it was acknowledged with another reference"});
  call.refuse({ErrorCode::gone, "it was called off; what to do with data you have stands in GET /notifications"},
              InputPart::path);
}

void acknowledge(const ApiDependencies& dependencies, const std::shared_ptr<Call>& call, int attempt) {
  if (!call->identity.recipient)
    return call->reply(access_reply({AccessFault::missing_permission, "this client is no partner: it has no recipient"},
                                    call->request.trace));
  const auto id = parse_uuid(call->parts.front());
  if (!id) return call->refuse(nothing_there, InputPart::path);
  const auto reference = read_reference(call->request.body);
  if (!reference) return call->refuse(reference.error());
  dependencies.dispatcher.acknowledge(
      {*id, *call->identity.recipient, *reference, call->request.body},
      [dependencies, call, attempt, id = *id, reference = *reference](const Status& done) {
        if (done) return answer_acknowledged(*call, reference);
        const bool again = done.error().code == ErrorCode::changed && attempt < most_attempts;
        if (!again && done.error().code != ErrorCode::not_found) return call->refuse(done.error(), InputPart::path);
        run_on_workers(dependencies.workers, *call, [dependencies, call, again, attempt, id, reference](const Call&) {
          if (again) return acknowledge(dependencies, call, attempt + 1);
          answer_ended(dependencies, *call, id, reference);
        });
      });
}

}  // namespace

void add_mailbox_routes(const ApiDependencies& dependencies, std::vector<Route>& routes) {
  const auto first_attempt = [&](auto job) {
    return on_workers(dependencies,
                      [job](const ApiDependencies& d, const Call& call) { job(d, std::make_shared<Call>(call), 1); });
  };
  routes.push_back({"GET", "/mailbox", Access::scope, "partner", on_workers(dependencies, list), true});
  // A message has the form that was agreed with its partner, whatever Accept says.
  routes.push_back({.method = "GET",
                    .path = "/mailbox/{id}",
                    .scope = "partner",
                    .run = first_attempt(fetch),
                    .produces = {},
                    .hands_over = true});
  routes.push_back({"POST", "/mailbox/{id}/acknowledge", Access::scope, "partner", first_attempt(acknowledge)});
}

}  // namespace ketenpoort::api
