#include "gateway/api/api.hpp"

#include <memory>
#include <utility>

#include "gateway/api/http/problem.hpp"
#include "gateway/api/http/unknown_input.hpp"
#include "gateway/formats/json.hpp"

namespace ketenpoort::api {
namespace {

void write_part(formats::JsonWriter& writer, std::string_view part, const HealthBoard::Part& how) {
  writer.key(part).begin_object().member("status", to_text(how.health));
  if (!how.detail.empty()) writer.member("detail", how.detail);
  writer.end_object();
}

void answer_health(const ApiDependencies& dependencies, const Call& call) {
  dependencies.look_at_health();
  const auto health = dependencies.health.overall();
  std::string json;
  formats::JsonWriter writer(json);
  writer.begin_object().member("status", to_text(health)).key("details").begin_object();
  for (const auto& [part, how] : dependencies.health.parts()) write_part(writer, part, how);
  writer.end_object().end_object();
  call.answer(health == Health::down ? 503 : 200, std::move(json), {{"cache-control", "no-store"}});
}

// What a sending system asks for again and again. Not what is noted as a look, nor what begins a lease.
void tag_what_is_polled(std::vector<Route>& routes) {
  for (auto& route : routes)
    route.tagged = route.method == "GET" && route.access == Access::scope &&
                   (route.scope == "records" || route.scope == "consents" || route.scope == "transfers");
}

}  // namespace

exchange::Caller caller_of(const Call& call, std::string_view role) {
  return {call.identity.client, call.identity.organisation, std::string(role), call.request.trace};
}

void run_on_workers(Workers& workers, Call call, std::function<void(const Call&)> job) {
  auto shared = std::make_shared<Call>(std::move(call));
  if (!workers.post([shared, job = std::move(job)] { job(*shared); }, shared->identity.client))
    shared->reply(unavailable_reply("the gateway is busy", std::chrono::seconds{1}, shared->request.trace));
}

std::function<void(Call)> on_workers(const ApiDependencies& dependencies, WorkerJob job) {
  return [dependencies, job = std::move(job)](Call call) {
    run_on_workers(dependencies.workers, std::move(call), [dependencies, job](const Call& c) { job(dependencies, c); });
  };
}

Status check_empty(const Call& call) {
  const auto body = formats::parse_json(call.request.body.empty() ? "{}" : call.request.body);
  if (!body) return fail(body.error());
  for (const auto& [key, value] : body->root().members()) return refuse_property(key, {});
  if (body->root().is(formats::JsonKind::object)) return {};
  return fail(ErrorCode::schema_violation, "this call takes nothing",
              {{ErrorCode::schema_violation, "$", "send {} or no body"}});
}

Status wait_for_index(const ApiDependencies& dependencies) {
  const auto size = dependencies.facilities.sequencer.read([](const ledger::History& h) { return h.size(); });
  return dependencies.index.wait_for(size);
}

std::vector<Route> make_routes(ApiDependencies dependencies) {
  std::vector<Route> routes;
  add_record_routes(dependencies, routes);
  add_batch_routes(dependencies, routes);
  add_consent_routes(dependencies, routes);
  add_consent_query_routes(dependencies, routes);
  add_transfer_routes(dependencies, routes);
  add_referral_status_routes(dependencies, routes);
  add_receipt_routes(dependencies, routes);
  add_replay_routes(dependencies, routes);
  add_ledger_routes(dependencies, routes);
  add_request_routes(dependencies, routes);
  add_breach_routes(dependencies, routes);
  add_subject_routes(dependencies, routes);
  add_number_routes(dependencies, routes);
  add_rectify_routes(dependencies, routes);
  add_view_routes(dependencies, routes);
  add_record_query_routes(dependencies, routes);
  add_retention_routes(dependencies, routes);
  add_witness_routes(dependencies.facilities.sequencer, dependencies.workers, dependencies.anchoring,
                     dependencies.witness, routes);
  add_outcome_routes(dependencies.facilities, *dependencies.unknown_codes, dependencies.workers, routes);
  add_activity_routes(dependencies, routes);
  add_mapping_routes(dependencies, routes);
  add_configuration_routes(dependencies, routes);
  add_notification_routes(dependencies, routes);
  add_mailbox_routes(dependencies, routes);
  add_received_routes(dependencies, routes);
  add_partner_routes(dependencies, routes);
  add_audit_routes(dependencies, routes);
  add_export_routes(dependencies, routes);
  add_event_routes(dependencies, routes);
  add_documentation_routes(dependencies, routes);
  add_subject_report_routes(dependencies, routes);
  add_oversight_routes(dependencies, routes);
  // Whatever Accept says: a probe that wants text/plain must not take the gateway for broken.
  routes.push_back({.method = "GET",
                    .path = "/health",
                    .access = Access::anyone,
                    .run = [dependencies](const Call& call) { answer_health(dependencies, call); },
                    .produces = {}});
  tag_what_is_polled(routes);
  return routes;
}

}  // namespace ketenpoort::api
