// POST /consents, GET /consents/{id}, POST /consents/{id}/withdraw.
#include <memory>
#include <optional>
#include <utility>

#include "gateway/api/api.hpp"
#include "gateway/api/http/problem.hpp"
#include "gateway/api/http/unknown_input.hpp"
#include "gateway/api/routes/consent_receipt.hpp"
#include "gateway/api/routes/records.hpp"
#include "gateway/exchange/consent/record_consent.hpp"
#include "gateway/exchange/consent/withdraw_consent.hpp"
#include "gateway/ledger/history/history.hpp"

namespace ketenpoort::api {
namespace {

using formats::JsonWriter;
using ledger::History;

const Error unknown_consent{ErrorCode::not_found, "no consent has this id"};

std::string render_receipt(const std::string& base, const exchange::ConsentReceipt& receipt) {
  std::string json;
  JsonWriter writer(json);
  writer.begin_object().member("conversationId", receipt.conversation.text()).key("consents").begin_array();
  for (const auto& [statement, given] : receipt.consents) {
    const auto id = statement.consent.text();
    writer.begin_object()
        .member("href", base + "/consents/" + id)
        .member("id", id)
        .member("purpose", statement.purpose)
        .member("recipient", statement.recipient)
        .member("state", given ? "GIVEN" : "REFUSED")
        .end_object();
  }
  writer.end_array();
  write_findings(writer, receipt.findings);
  writer.end_object();
  return json;
}

void record(const ApiDependencies& dependencies, Call call) {
  exchange::IncomingConsent incoming;
  incoming.caller = caller_of(call, "consent-recorder");
  incoming.idempotency_key = std::string(call.request.header("idempotency-key"));
  incoming.body = std::move(call.request.body);
  auto shared = std::make_shared<Call>(std::move(call));
  auto& dispatcher = dependencies.dispatcher;
  exchange::record_consent(
      dependencies.facilities, dispatcher.in_flight(), std::move(incoming),
      [base = shared->base](const auto& receipt) { return render_receipt(base, receipt); },
      [shared](Result<exchange::PastReply> recorded) {
        if (!recorded) return shared->refuse(recorded.error());
        shared->answer(recorded->status, std::move(recorded->body));
      },
      [&dispatcher](const SubjectRef& subject) { dispatcher.wake_subject(subject); });
}

// What the log says of a consent: stated, and what withdrawals and newer conversations made of it.
Result<std::optional<audit::ConsentRow>> find_consent(const ApiDependencies& dependencies, const ConsentId& id) {
  if (auto ready = wait_for_index(dependencies); !ready) return fail(ready.error());
  return dependencies.index.use([&](audit::IndexReader& reader) { return reader.consent(id); });
}

void show(const ApiDependencies& dependencies, const Call& call) {
  const auto id = parse_uuid(call.parts.front());
  if (!id) return call.refuse(unknown_consent, InputPart::path);
  const auto found = find_consent(dependencies, *id);
  if (!found) return call.refuse(found.error());
  if (!*found) return call.refuse(unknown_consent, InputPart::path);
  const auto& consent = **found;
  const auto state = state_of(consent, date_in_brussels(dependencies.facilities.clock.now()));
  std::string json;
  JsonWriter writer(json);
  writer.begin_object()
      .member("self", call.base + "/consents/" + id->text())
      .member("id", id->text())
      .member("subject", ledger::to_text(consent.subject))
      .member("purpose", consent.purpose)
      .member("recipient", consent.recipient)
      .member("state", state);
  writer.key("categories").begin_array();
  const auto& categories = state == "GIVEN" ? consent.remaining : consent.stated;  // a part may have been withdrawn
  for (const auto category : categories.list()) writer.value(to_text(category));
  writer.end_array();
  if (consent.valid_until) writer.member("validUntil", to_iso(*consent.valid_until));
  writer.member("ledger", consent.seq).end_object();
  call.answer(200, std::move(json));
}

void write_ids(JsonWriter& writer, std::string_view key, const std::vector<TransferId>& ids) {
  writer.key(key).begin_array();
  for (const auto& id : ids) writer.value(id.text());
  writer.end_array();
}

// A partner is told nothing of transfers that were stopped before they reached it.
std::string render_withdrawal(const exchange::Withdrawal& withdrawal, bool tells_stopped) {
  std::string json;
  JsonWriter writer(json);
  writer.begin_object().member("id", withdrawal.consent.text()).member("state", "WITHDRAWN");
  write_ids(writer, "stopped", tells_stopped ? withdrawal.stopped : std::vector<TransferId>());
  write_ids(writer, "inFlight", withdrawal.in_flight);
  writer.key("toNotify").begin_array();
  for (const auto& recipient : withdrawal.to_notify) writer.value(recipient);
  writer.end_array().end_object();
  return json;
}

// {} or {"categories":["wishes"]}; an empty body is {}.
Result<CategorySet> read_categories(std::string_view body) {
  CategorySet categories;
  if (body.empty()) return categories;
  const auto document = formats::parse_json(body);
  if (!document) return fail(document.error());
  for (const auto& [key, value] : document->root().members()) {
    if (key != "categories") return refuse_property(key, {"categories"});
    if (!value.is(formats::JsonKind::array) || value.size() == 0)
      return fail(ErrorCode::schema_violation, "a withdrawal takes categories or nothing",
                  {{ErrorCode::schema_violation, std::string(key),
                    "give a list of data categories under \"categories\", or {} for the whole consent"}});
    for (const auto item : value.elements()) {
      const auto category = parse_category(item.as_string().value_or(""));
      if (!category)
        return fail(
            ErrorCode::invalid_input, "unknown data category",
            {{ErrorCode::invalid_input, item.where(), "no such data category; config/categories.yaml lists them"}});
      categories.insert(*category);
    }
  }
  if (!document->root().is(formats::JsonKind::object))
    return fail(ErrorCode::schema_violation, "a withdrawal takes an object",
                {{ErrorCode::schema_violation, "$", "send {} or {\"categories\":[...]}"}});
  return categories;
}

void withdraw(const ApiDependencies& dependencies, const std::shared_ptr<Call>& call,
              const exchange::WithdrawalRequest& request) {
  auto& dispatcher = dependencies.dispatcher;
  exchange::withdraw_consent(
      dependencies.facilities, dispatcher.in_flight(),
      caller_of(*call, call->identity.may("consents") ? "consent-recorder" : "partner"), request,
      [call](const Result<exchange::Withdrawal>& withdrawn) {
        if (!withdrawn) return call->refuse(withdrawn.error(), InputPart::path);
        call->answer(200, render_withdrawal(*withdrawn, call->identity.may("consents")));
      },
      [&dispatcher](const SubjectRef& subject) { dispatcher.wake_subject(subject); });
}

// The projection knows the consents that cells rest on; whose an older one was, the index tells.
void withdraw_older(const ApiDependencies& dependencies, const std::shared_ptr<Call>& call,
                    exchange::WithdrawalRequest request) {
  const auto found = find_consent(dependencies, request.consent);
  if (!found) return call->refuse(found.error());
  if (!*found) return call->refuse(unknown_consent, InputPart::path);
  request.cell = {(*found)->subject, (*found)->purpose, (*found)->recipient};
  withdraw(dependencies, call, request);
}

// A resident may change their mind at the recipient's as well, with the number on the receipt. A partner learns of no
// consent but those that name it: another's is refused as if the scope alone were missing.
void withdraw_at_partner(const ApiDependencies& dependencies, const std::shared_ptr<Call>& call,
                         exchange::WithdrawalRequest request) {
  const auto found = find_consent(dependencies, request.consent);
  if (!found) return call->refuse(found.error());
  if (!*found || (*found)->recipient != call->identity.recipient)
    return call->reply(access_reply(
        {AccessFault::missing_scope, "this client may withdraw consents that name it, and no others", {"consents"}},
        call->request.trace));
  request.cell = {(*found)->subject, (*found)->purpose, (*found)->recipient};
  withdraw(dependencies, call, request);
}

void take_withdrawal(const ApiDependencies& dependencies, Call call) {
  const auto id = parse_uuid(call.parts.front());
  if (!id) return call.refuse(unknown_consent, InputPart::path);
  const auto categories = read_categories(call.request.body);
  if (!categories) return call.refuse(categories.error());
  const exchange::WithdrawalRequest request{*id, *categories, std::nullopt};
  if (!call.identity.may("consents"))
    return run_on_workers(dependencies.workers, std::move(call), [dependencies, request](const Call& c) {
      withdraw_at_partner(dependencies, std::make_shared<Call>(c), request);
    });
  const bool known =
      dependencies.facilities.sequencer.read([&](const History& history) { return history.consent(*id).has_value(); });
  if (known) return withdraw(dependencies, std::make_shared<Call>(std::move(call)), request);
  run_on_workers(dependencies.workers, std::move(call), [dependencies, request](const Call& c) {
    withdraw_older(dependencies, std::make_shared<Call>(c), request);
  });
}

}  // namespace

std::string_view state_of(const audit::ConsentRow& consent, Date today) {
  if (consent.superseded) return "SUPERSEDED";
  if (!consent.given) return "REFUSED";
  if (consent.remaining.empty()) return "WITHDRAWN";
  if (consent.valid_until && *consent.valid_until < today) return "EXPIRED";
  return "GIVEN";
}

void add_consent_routes(const ApiDependencies& dependencies, std::vector<Route>& routes) {
  routes.push_back({"POST", "/consents", Access::scope, "consents",
                    [dependencies](Call call) { record(dependencies, std::move(call)); }});
  routes.push_back({"GET", "/consents/{id}", Access::scope, "consents", on_workers(dependencies, show)});
  routes.push_back({"POST", "/consents/{id}/withdraw", Access::scope, "consents",
                    [dependencies](Call call) { take_withdrawal(dependencies, std::move(call)); }, false, "partner"});
}

}  // namespace ketenpoort::api
