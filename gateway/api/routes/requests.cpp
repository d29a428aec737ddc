// POST /requests: a right is exercised; answers the reference of the person it is about. GET /requests, GET
// /requests/{id}: what waits for an answer, and until when. POST /requests/{id}/extend, /close.
#include <algorithm>
#include <array>
#include <memory>
#include <optional>
#include <utility>

#include "gateway/api/http/page.hpp"
#include "gateway/api/http/problem.hpp"
#include "gateway/api/http/query.hpp"
#include "gateway/api/http/unknown_input.hpp"
#include "gateway/api/routes/person_query.hpp"
#include "gateway/api/routes/rights_call.hpp"
#include "gateway/exchange/facilities/identity.hpp"
#include "gateway/exchange/rights/open_request.hpp"
#include "gateway/ledger/entry/bodies.hpp"
#include "gateway/ledger/entry/entry.hpp"
#include "gateway/ledger/history/history.hpp"

namespace ketenpoort::api {
namespace {

using formats::JsonKind;
using formats::JsonView;
using formats::JsonWriter;
using ledger::History;

constexpr std::uint32_t objection = 21;
constexpr Date gdpr_applies{std::chrono::year{2018}, std::chrono::May, std::chrono::day{25}};
const Error unknown_request{ErrorCode::not_found, "no request has this id"};

// Forwarded whole to the controller that is competent: in the log refused here, on the ground of the agreement that
// names that one (docs/decisions/0009-requests.md).
constexpr std::string_view forwarded = "FORWARDED";

tl::unexpected<Error> refuse(std::string where, std::string detail) {
  return fail(ErrorCode::schema_violation, "the call is wrong",
              {{ErrorCode::schema_violation, std::move(where), std::move(detail)}});
}

// ---- opening ----

struct Wanted {
  JsonView subject;
  exchange::RequestWish wish;
};

// One number, for a request is of one person.
Status check_subject(JsonView subject) {
  if (!subject.is(JsonKind::object) || subject.size() != 1) return refuse("subject", "one of fedasilNumber, ssin");
  for (const auto& [key, value] : subject.members()) {
    if (key == "immigrationOfficeNumber") return refuse("subject", std::string(exchange::identifies_nobody));
    if (key != "fedasilNumber" && key != "ssin") return refuse_property(key, {"fedasilNumber", "ssin"}, "subject");
    if (!value.is(JsonKind::string)) return refuse("subject." + std::string(key), "a number, as text");
    if (const auto slip = key == "ssin" ? find_slip_in_ssin(*value.as_string()) : std::nullopt)
      return refuse("subject.ssin", *slip);
  }
  return {};
}

Status read_member(std::string_view key, JsonView value, Date today, Wanted& out) {
  if (key == "subject") {
    out.subject = value;
  } else if (key == "article") {
    const auto article = value.as_int().value_or(0);
    if (article == 19) return refuse("article", "art. 19 is a duty towards recipients, which nobody need ask for");
    if (article < 15 || article > 21) return refuse("article", "of the GDPR: 15, 16, 17, 18, 20 or 21");
    out.wish.article = static_cast<std::uint32_t>(article);
  } else if (key == "receivedOn") {
    const auto received = parse_date(value.as_string().value_or(""));
    if (!received || *received > today || *received < gdpr_applies)
      return refuse("receivedOn", "a day from 2018-05-25 (GDPR art. 99) up to today, yyyy-mm-dd");
    out.wish.received = *received;
  } else if (key == "purpose" || key == "recipient") {
    const auto text = value.as_string().value_or("");
    if (text.empty()) return refuse(std::string(key), "an id, as in a consent");
    (key == "purpose" ? out.wish.purpose : out.wish.recipient) = text;
  } else {
    return refuse_property(key, {"subject", "article", "receivedOn", "purpose", "recipient"});
  }
  return {};
}

Result<Wanted> read_wanted(JsonView body, Date today) {
  Wanted out;
  out.wish.article = 0;
  out.wish.received = today;
  if (!body.is(JsonKind::object)) return refuse("$", "an object with subject and article");
  for (const auto& [key, value] : body.members())
    if (auto read = read_member(key, value, today, out); !read) return fail(read.error());
  if (out.wish.article == 0) return refuse("article", "of the GDPR: 15, 16, 17, 18, 20 or 21");
  if (out.wish.article != objection && !(out.wish.purpose + out.wish.recipient).empty())
    return refuse("purpose", "purpose and recipient say what is objected to: article 21 alone takes them");
  if (out.wish.purpose.empty() && !out.wish.recipient.empty())
    return refuse("purpose", "a recipient is named with the purpose that it is objected to for");
  if (auto fits = check_subject(out.subject); !fits) return fail(fits.error());
  return out;
}

void write_objection(JsonWriter& writer, const exchange::OpenedRequest& request) {
  writer.key("stops").begin_object().member("restricted", request.restricted).key("withdrawnFor").begin_array();
  for (const auto& recipient : request.withdrawn) writer.value(recipient);
  writer.end_array();
  auto outcome = request.outcome;
  outcome.seq.reset();
  write_rights_outcome(writer, outcome);
  writer.end_object();
}

std::string render_opened(const std::string& base, const exchange::OpenedRequest& request) {
  std::string json;
  JsonWriter writer(json);
  writer.begin_object()
      .member("self", base + "/requests/" + request.id.text())
      .member("id", request.id.text())
      .member("subject", ledger::to_text(request.subject))
      .member("article", request.article)
      .member("deadline", to_iso(request.deadline))
      .member("state", request.refused ? "CLOSED" : "OPEN")
      .member("ledger", request.seq);
  if (request.article == objection) write_objection(writer, request);
  if (request.refused)
    writer.member("outcome", "REFUSED")
        .key("refusal")
        .begin_object()
        .member("code", "basis-not-portable")
        .member(
            "detail",
            "no purpose in force rests on consent or a contract: they rest on a public task (GDPR art. 6(1)(e)), for "
            "which art. 20(3) gives no portability; a copy of the data is given under art. 15(3)")
        .member("instead", 15)
        .end_object();
  writer.end_object();
  return json;
}

void open(const ApiDependencies& dependencies, const Call& call) {
  auto& facilities = dependencies.facilities;
  const auto body = formats::parse_json(call.request.body);
  if (!body) return call.refuse(body.error());
  const auto wanted = read_wanted(body->root(), date_in_brussels(facilities.clock.now()));
  if (!wanted) return call.refuse(wanted.error());
  auto wish = wanted->wish;
  wish.idempotency_key = std::string(call.request.header("idempotency-key"));
  wish.body = call.request.body;
  auto shared = std::make_shared<Call>(call);
  auto& dispatcher = dependencies.dispatcher;
  exchange::open_request(
      facilities, dispatcher.in_flight(), caller_of(call, "rights-officer"), wanted->subject, wish,
      [base = shared->base](const exchange::OpenedRequest& opened) { return render_opened(base, opened); },
      [shared](Result<exchange::PastReply> opened) {
        if (!opened) return shared->refuse(opened.error());
        const auto document = formats::parse_json(opened->body);
        const auto self = document ? document->root().find("self").as_string() : std::nullopt;
        Headers headers;
        if (self) headers.emplace_back("Location", *self);
        shared->answer(opened->status, std::move(opened->body), std::move(headers));
      },
      [&dispatcher](const SubjectRef& subject) { dispatcher.wake_subject(subject); });
}

// ---- reading ----

enum class Standing { open, overdue, closed };

Standing standing_of(const History::Request& request, Date today) {
  if (request.closed) return Standing::closed;
  return request.deadline < today ? Standing::overdue : Standing::open;
}

// What the projection does not keep of an entry.
struct OfEntry {
  Timestamp time{};
  std::vector<ledger::Seq> refs;
};
Result<OfEntry> read_entry(const exchange::Facilities& facilities, ledger::Seq seq) {
  const auto bytes = facilities.sequencer.entry_bytes(seq);
  if (!bytes) return fail(bytes.error());
  const auto entry = ledger::decode_entry(*bytes);
  if (!entry) return fail(entry.error());
  return OfEntry{entry->time, entry->refs};
}

Status write_request(JsonWriter& writer, const ApiDependencies& dependencies, const std::string& base,
                     const History::Request& request, Date today) {
  const auto& facilities = dependencies.facilities;
  const auto opened = read_entry(facilities, request.opened);
  if (!opened) return fail(opened.error());
  const auto standing = standing_of(request, today);
  writer.begin_object()
      .member("self", base + "/requests/" + request.id.text())
      .member("id", request.id.text())
      .member("subject", ledger::to_text(request.subject))
      .member("article", request.article)
      .member("openedAt", to_rfc3339(opened->time))
      .member("deadline", to_iso(request.deadline))
      .member("extended", request.extended)
      .member("state", standing == Standing::closed    ? "CLOSED"
                       : standing == Standing::overdue ? "OVERDUE"
                                                       : "OPEN")
      .member("ledger", request.opened);
  if (request.closed) {
    const auto closed = read_entry(facilities, *request.closed);
    if (!closed) return fail(closed.error());
    const auto to = facilities.sequencer.read(
        [&](const History& history) { return exchange::forwarded_to(history, closed->refs); });
    const bool whole = !to.empty() && request.outcome == "REFUSED";
    writer.member("closedAt", to_rfc3339(closed->time)).member("outcome", whole ? forwarded : request.outcome);
    if (!to.empty()) writer.member("forwardedTo", to);
  }
  writer.end_object();
  return {};
}

struct Filter {
  std::optional<Standing> state;
  std::uint64_t from = 0;
  std::uint64_t page_size = default_page;
};

Result<Filter> read_filter(const Query& query) {
  Filter filter;
  if (const auto it = query.find("state"); it != query.end()) {
    if (it->second == "OPEN")
      filter.state = Standing::open;
    else if (it->second == "OVERDUE")
      filter.state = Standing::overdue;
    else if (it->second == "CLOSED")
      filter.state = Standing::closed;
    else
      return refuse_parameter("state", "OPEN (their deadline has not passed), OVERDUE or CLOSED");
  }
  const auto from = find_first_place(query);
  if (!from) return fail(from.error());
  const auto size = find_page_size(query);
  if (!size) return fail(size.error());
  filter.from = *from;
  filter.page_size = *size;
  return filter;
}

void list(const ApiDependencies& dependencies, const Call& call) {
  const auto query = parse_query(call.request.query, {"state", "after", "pageSize"});
  if (!query) return call.refuse(query.error(), InputPart::query);
  const auto filter = read_filter(*query);
  if (!filter) return call.refuse(filter.error(), InputPart::query);
  const auto today = date_in_brussels(dependencies.facilities.clock.now());
  const auto all = dependencies.facilities.sequencer.read([](const History& history) { return history.requests(); });
  std::string json;
  JsonWriter writer(json);
  writer.begin_object()
      .member("self", call.base + "/requests" + (call.request.query.empty() ? "" : "?" + call.request.query))
      .key("items")
      .begin_array();
  std::uint64_t written = 0;
  std::uint64_t last = 0;
  bool more = false;
  for (std::uint64_t i = filter->from; i < all.size() && !more; ++i) {
    if (filter->state && standing_of(all[i], today) != *filter->state) continue;
    more = written == filter->page_size;
    if (more) break;
    if (auto done = write_request(writer, dependencies, call.base, all[i], today); !done)
      return call.refuse(done.error());
    last = i;
    ++written;
  }
  writer.end_array();
  if (more) writer.member("next", next_page_url(call.base + "/requests", std::to_string(last), *query));
  writer.end_object();
  call.answer(200, std::move(json));
}

void show(const ApiDependencies& dependencies, const Call& call) {
  const auto id = parse_uuid(call.parts.front());
  if (!id) return call.refuse(unknown_request, InputPart::path);
  const auto request =
      dependencies.facilities.sequencer.read([&](const History& history) { return history.request(*id); });
  if (!request) return call.refuse(unknown_request, InputPart::path);
  std::string json;
  JsonWriter writer(json);
  const auto today = date_in_brussels(dependencies.facilities.clock.now());
  if (auto done = write_request(writer, dependencies, call.base, *request, today); !done)
    return call.refuse(done.error());
  call.answer(200, std::move(json));
}

// ---- answering ----

void extend(exchange::Facilities& facilities, Call call) {
  const auto id = parse_uuid(call.parts.front());
  if (!id) return call.refuse(unknown_request, InputPart::path);
  const auto body = read_rights_body(call.request.body, {"reason"});
  if (!body) return call.refuse(body.error());
  const std::string reason(body->root().find("reason").as_string().value_or(""));
  if (std::ranges::find(ledger::extension_reasons, reason) == ledger::extension_reasons.end())
    return call.refuse(refuse("reason", "complexity or number-of-requests (GDPR art. 12(3))").value());
  auto shared = std::make_shared<Call>(std::move(call));
  exchange::extend_request(facilities, caller_of(*shared, "rights-officer"), *id, reason,
                           [shared, id = *id](const Result<Date>& deadline) {
                             if (!deadline) return shared->refuse(deadline.error(), InputPart::path);
                             std::string json;
                             JsonWriter(json)
                                 .begin_object()
                                 .member("id", id.text())
                                 .member("state", "OPEN")
                                 .member("deadline", to_iso(*deadline))
                                 .member("extended", true)
                                 .end_object();
                             shared->answer(200, std::move(json));
                           });
}

Result<exchange::RequestEnd> read_end(std::string_view text) {
  const auto body = formats::parse_json(text);
  if (!body) return fail(body.error());
  const auto root = body->root();
  const auto to = root.find("forwardedTo");
  exchange::RequestEnd end{std::string(root.find("outcome").as_string().value_or("")),
                           std::string(to.as_string().value_or(""))};
  const bool whole = end.outcome == forwarded;
  const bool known =
      whole || std::ranges::find(ledger::request_outcomes, end.outcome) != ledger::request_outcomes.end();
  if (!root.is(JsonKind::object) || root.size() != (to ? 2U : 1U) || !known)
    return refuse("outcome",
                  "GRANTED, PARTLY_GRANTED, REFUSED, WITHDRAWN or FORWARDED, and nothing else but forwardedTo");
  if ((to && end.forwarded_to.empty()) || (whole && !to))
    return refuse("forwardedTo", "the recipient that is the competent controller");
  if (to && !whole && end.outcome != "PARTLY_GRANTED")
    return refuse("forwardedTo", "goes with FORWARDED, or with PARTLY_GRANTED for what is not ours");
  if (whole) end.outcome = "REFUSED";
  return end;
}

void close(exchange::Facilities& facilities, Call call) {
  const auto id = parse_uuid(call.parts.front());
  if (!id) return call.refuse({ErrorCode::not_found, "no open request has this id"}, InputPart::path);
  const auto end = read_end(call.request.body);
  if (!end) return call.refuse(end.error());
  auto shared = std::make_shared<Call>(std::move(call));
  exchange::close_request(facilities, caller_of(*shared, "rights-officer"), *id, *end,
                          [shared, id = *id, end = *end](const Status& closed) {
                            if (!closed)
                              return shared->refuse(closed.error(), closed.error().code == ErrorCode::not_found
                                                                        ? InputPart::path
                                                                        : InputPart::body);
                            const bool whole = !end.forwarded_to.empty() && end.outcome == "REFUSED";
                            std::string json;
                            JsonWriter writer(json);
                            writer.begin_object()
                                .member("id", id.text())
                                .member("state", "CLOSED")
                                .member("outcome", whole ? forwarded : std::string_view(end.outcome));
                            if (!end.forwarded_to.empty()) writer.member("forwardedTo", end.forwarded_to);
                            writer.end_object();
                            shared->answer(200, std::move(json));
                          });
}

}  // namespace

void add_request_routes(const ApiDependencies& dependencies, std::vector<Route>& routes) {
  routes.push_back({"POST", "/requests", Access::scope, "rights", on_workers(dependencies, open)});
  routes.push_back({.method = "GET",
                    .path = "/requests",
                    .access = Access::scope,
                    .scope = "rights",
                    .run = on_workers(dependencies, list),
                    .takes_query = true});
  routes.push_back({"GET", "/requests/{id}", Access::scope, "rights", on_workers(dependencies, show)});
  routes.push_back({"POST", "/requests/{id}/extend", Access::scope, "rights",
                    [&facilities = dependencies.facilities](Call call) { extend(facilities, std::move(call)); }});
  routes.push_back({"POST", "/requests/{id}/close", Access::scope, "rights",
                    [&facilities = dependencies.facilities](Call call) { close(facilities, std::move(call)); }});
}

}  // namespace ketenpoort::api
