// POST /requests: a right is exercised; answers the reference of the person it is about. POST /requests/{id}/close.
#include <algorithm>
#include <array>
#include <memory>
#include <utility>

#include "gateway/api/api.hpp"
#include "gateway/api/problem.hpp"
#include "gateway/exchange/open_request.hpp"
#include "gateway/formats/json.hpp"
#include "gateway/ledger/entry.hpp"

namespace ketenpoort::api {
namespace {

using formats::JsonView;
using formats::JsonWriter;

tl::unexpected<Error> refuse(std::string where, std::string detail) {
  return fail(ErrorCode::schema_violation, "the call is wrong",
              {{ErrorCode::schema_violation, std::move(where), std::move(detail)}});
}

struct Wanted {
  JsonView subject;
  std::uint32_t article = 0;
  Date received{};
};

Status check_subject(JsonView subject) {
  if (!subject.is(formats::JsonKind::object) || subject.size() != 1)
    return refuse("subject", "one of fedasilNumber, ssin, immigrationOfficeNumber");
  for (const auto& [key, value] : subject.members())
    if ((key != "fedasilNumber" && key != "ssin" && key != "immigrationOfficeNumber") ||
        !value.is(formats::JsonKind::string))
      return refuse("subject", "one of fedasilNumber, ssin, immigrationOfficeNumber, as text");
  return {};
}

Result<Wanted> read_wanted(JsonView body, Date today) {
  Wanted out;
  out.received = today;
  if (!body.is(formats::JsonKind::object)) return refuse("$", "an object with subject and article");
  for (const auto& [key, value] : body.members()) {
    if (key == "subject") {
      out.subject = value;
    } else if (key == "article") {
      const auto article = value.as_int().value_or(0);
      if (article < 15 || article > 21) return refuse("article", "of the GDPR, 15 to 21");
      out.article = static_cast<std::uint32_t>(article);
    } else if (key == "receivedOn") {
      const auto received = parse_date(value.as_string().value_or(""));
      if (!received || *received > today) return refuse("receivedOn", "a day up to today, yyyy-mm-dd");
      out.received = *received;
    } else {
      return refuse(std::string(key), "no such property");
    }
  }
  if (out.article == 0) return refuse("article", "of the GDPR, 15 to 21");
  if (auto fits = check_subject(out.subject); !fits) return fail(fits.error());
  return out;
}

std::string render(const exchange::OpenedRequest& request) {
  std::string json;
  JsonWriter writer(json);
  writer.begin_object()
      .member("id", request.id.text())
      .member("subject", ledger::to_text(request.subject))
      .member("article", request.article)
      .member("deadline", to_iso(request.deadline))
      .member("ledger", request.seq)
      .end_object();
  return json;
}

void open(exchange::Facilities& facilities, const Call& call) {
  const auto body = formats::parse_json(call.request.body);
  if (!body) return call.refuse(body.error());
  const auto wanted = read_wanted(body->root(), date_in_brussels(facilities.clock.now()));
  if (!wanted) return call.refuse(wanted.error());
  auto shared = std::make_shared<Call>(call);
  exchange::open_request(facilities, caller_of(call, "rights-officer"), wanted->subject, wanted->article,
                         wanted->received, [shared](const Result<exchange::OpenedRequest>& opened) {
                           if (!opened) return shared->refuse(opened.error());
                           shared->answer(201, render(*opened));
                         });
}

Result<std::string> read_outcome(std::string_view text) {
  constexpr std::array<std::string_view, 4> outcomes = {"GRANTED", "PARTLY_GRANTED", "REFUSED", "WITHDRAWN"};
  const auto body = formats::parse_json(text);
  if (!body) return fail(body.error());
  const auto outcome = body->root().find("outcome").as_string().value_or("");
  if (body->root().size() != 1 || std::find(outcomes.begin(), outcomes.end(), outcome) == outcomes.end())
    return refuse("outcome", "GRANTED, PARTLY_GRANTED, REFUSED or WITHDRAWN, and nothing else");
  return std::string(outcome);
}

void close(exchange::Facilities& facilities, Call call) {
  const auto id = parse_uuid(call.parts.front());
  if (!id) return call.refuse({ErrorCode::not_found, "no open request has this id"}, InputPart::path);
  const auto outcome = read_outcome(call.request.body);
  if (!outcome) return call.refuse(outcome.error());
  auto shared = std::make_shared<Call>(std::move(call));
  exchange::close_request(facilities, caller_of(*shared, "rights-officer"), *id, *outcome,
                          [shared, id = *id, outcome = *outcome](const Status& closed) {
                            if (!closed) return shared->refuse(closed.error(), InputPart::path);
                            std::string json;
                            JsonWriter(json)
                                .begin_object()
                                .member("id", id.text())
                                .member("state", "CLOSED")
                                .member("outcome", outcome)
                                .end_object();
                            shared->answer(200, std::move(json));
                          });
}

}  // namespace

void add_request_routes(const ApiDependencies& dependencies, std::vector<Route>& routes) {
  routes.push_back({"POST", "/requests", Access::scope, "rights", [dependencies](Call call) {
                      run_on_workers(dependencies.workers, std::move(call),
                                     [&facilities = dependencies.facilities](const Call& c) { open(facilities, c); });
                    }});
  routes.push_back({"POST", "/requests/{id}/close", Access::scope, "rights",
                    [&facilities = dependencies.facilities](Call call) { close(facilities, std::move(call)); }});
}

}  // namespace ketenpoort::api
