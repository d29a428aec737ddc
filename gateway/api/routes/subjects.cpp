// POST /subjects/{ref}/restrict, /unrestrict, /erase, /erase/approve.
#include <algorithm>
#include <array>
#include <memory>
#include <utility>

#include "gateway/api/api.hpp"
#include "gateway/api/http/problem.hpp"
#include "gateway/api/routes/rights_call.hpp"
#include "gateway/exchange/rights/proposals.hpp"
#include "gateway/exchange/rights/subject_rights.hpp"
#include "gateway/formats/json.hpp"
#include "gateway/ledger/entry/entry.hpp"

namespace ketenpoort::api {
namespace {

using formats::JsonView;
using formats::JsonWriter;

constexpr std::array<std::string_view, 4> restriction_grounds = {"accuracy-contested", "unlawful", "legal-claims",
                                                                 "objection-pending"};
constexpr std::array<std::string_view, 5> keeping_grounds = {"art17-3-a", "art17-3-b", "art17-3-c", "art17-3-d",
                                                             "art17-3-e"};
// What an erasure keeps unless it says otherwise: how consent was given and what decisions rested on, to answer for
// them.
constexpr std::string_view usual_ground = "art17-3-e";

template <std::size_t n>
bool is_one_of(const std::array<std::string_view, n>& list, std::string_view text) {
  return std::find(list.begin(), list.end(), text) != list.end();
}

Result<std::string> read_ground(JsonView body) {
  const auto value = body.find("ground");
  if (!value) return std::string(restriction_grounds.front());
  const auto text = value.as_string().value_or("");
  if (!is_one_of(restriction_grounds, text))
    return refuse_value("ground", "one of accuracy-contested, unlawful, legal-claims, objection-pending");
  return std::string(text);
}

// Every class is either destroyed or kept on a ground; what is not said follows from the rest.
Result<exchange::ErasureDecision> read_decision(JsonView body) {
  exchange::ErasureDecision out;
  KeyClassSet kept;
  for (const std::string_view list : {"classes", "kept"})
    if (const auto value = body.find(list); value && (!value.is(formats::JsonKind::array) || value.size() == 0))
      return refuse_value(std::string(list), "a list with something in it, or left out");
  const auto one_class = [](JsonView value, std::string_view where) -> Result<KeyClass> {
    const auto one = parse_key_class(value.as_string().value_or(""));
    if (!one) return refuse_value(std::string(where), "one of payload, proof, directory");
    return *one;
  };
  for (const auto value : body.find("classes").elements()) {
    const auto one = one_class(value, "classes");
    if (!one) return fail(one.error());
    out.classes.insert(*one);
  }
  for (const auto value : body.find("kept").elements()) {
    const auto one = one_class(value.find("class"), "kept[].class");
    if (!one) return fail(one.error());
    const auto ground = value.find("ground").as_string().value_or("");
    if (!is_one_of(keeping_grounds, ground)) return refuse_value("kept[].ground", "art17-3-a to art17-3-e");
    if (kept.contains(*one) || out.classes.contains(*one))
      return refuse_value("kept", "each class once: it is destroyed, or kept on one ground");
    kept.insert(*one);
    out.kept.push_back({std::string(to_text(*one)), std::string(ground)});
  }
  if (out.classes.empty() && kept.empty()) {
    out.classes = {KeyClass::payload, KeyClass::directory};
  } else if (out.classes.empty()) {
    for (const auto one : {KeyClass::payload, KeyClass::proof, KeyClass::directory})
      if (!kept.contains(one)) out.classes.insert(one);
  }
  for (const auto one : {KeyClass::directory, KeyClass::payload, KeyClass::proof})
    if (!out.classes.contains(one) && !kept.contains(one))
      out.kept.push_back({std::string(to_text(one)), std::string(usual_ground)});
  std::sort(out.kept.begin(), out.kept.end(), [](const auto& a, const auto& b) { return a.key_class < b.key_class; });
  if (out.classes.empty()) return refuse_value("kept", "nothing would be erased");
  return out;
}

void write_decision(JsonWriter& writer, const exchange::ErasureDecision& decision) {
  writer.key("classes").begin_array();
  for (const auto& name : decision.classes.names()) writer.value(name);
  writer.end_array().key("kept").begin_array();
  for (const auto& kept : decision.kept)
    writer.begin_object().member("class", kept.key_class).member("ground", kept.ground).end_object();
  writer.end_array();
}

void write_subjects(JsonWriter& writer, std::string_view key, const std::vector<SubjectRef>& subjects) {
  writer.key(key).begin_array();
  for (const auto& subject : subjects) writer.value(ledger::to_text(subject));
  writer.end_array();
}

std::string render_outcome(const exchange::RightsOutcome& outcome, std::string_view state) {
  std::string json;
  JsonWriter writer(json);
  writer.begin_object().member("subject", ledger::to_text(outcome.subject)).member("state", state);
  write_subjects(writer, "subjects", outcome.changed);
  if (!outcome.still_restricted.empty()) write_subjects(writer, "stillRestricted", outcome.still_restricted);
  write_rights_outcome(writer, outcome);
  writer.end_object();
  return json;
}

std::string render_pending(const exchange::Terms& terms, const std::string& base,
                           const exchange::PendingErasure& pending) {
  std::string json;
  JsonWriter writer(json);
  const auto subject = ledger::to_text(pending.subject);
  writer.begin_object()
      .member("id", pending.id.text())
      .member("subject", subject)
      .member("state", "PENDING")
      .member("approve", base + "/subjects/" + subject + "/erase/approve")
      .member("askedAt", to_rfc3339(pending.asked_at))
      .member("expiresAt", to_rfc3339(exchange::expiry_of(terms, pending.asked_at)));
  write_decision(writer, pending.decision);
  writer.end_object();
  return json;
}

std::string render_erasure(const exchange::Erasure& erasure) {
  std::string json;
  JsonWriter writer(json);
  writer.begin_object()
      .member("id", erasure.approved.id.text())
      .member("subject", ledger::to_text(erasure.outcome.subject))
      .member("state", "ERASED");
  write_decision(writer, erasure.approved.decision);
  write_rights_outcome(writer, erasure.outcome);
  writer.end_object();
  return json;
}

void restrict_processing(const ApiDependencies& dependencies, Call call) {
  const auto body = read_rights_body(call.request.body, {"ground", "request"});
  if (!body) return call.refuse(body.error());
  const auto rights = read_rights_call(call, body->root());
  if (!rights) return call.refuse(rights.error(), InputPart::path);
  const auto ground = read_ground(body->root());
  if (!ground) return call.refuse(ground.error());
  auto shared = std::make_shared<Call>(std::move(call));
  auto& dispatcher = dependencies.dispatcher;
  exchange::restrict_subject(
      dependencies.facilities, dispatcher.in_flight(), *rights, *ground,
      [shared](const Result<exchange::RightsOutcome>& outcome) {
        if (!outcome) return shared->refuse(outcome.error(), InputPart::path);
        shared->answer(200, render_outcome(*outcome, "RESTRICTED"));
      },
      [&dispatcher](const SubjectRef& subject) { dispatcher.wake_subject(subject); });
}

void unrestrict_processing(const ApiDependencies& dependencies, Call call) {
  const auto body = read_rights_body(call.request.body, {"request"});
  if (!body) return call.refuse(body.error());
  const auto rights = read_rights_call(call, body->root());
  if (!rights) return call.refuse(rights.error(), InputPart::path);
  auto shared = std::make_shared<Call>(std::move(call));
  auto& dispatcher = dependencies.dispatcher;
  exchange::unrestrict_subject(
      dependencies.facilities, *rights,
      [shared](const Result<exchange::RightsOutcome>& outcome) {
        if (!outcome) return shared->refuse(outcome.error(), InputPart::path);
        shared->answer(200, render_outcome(*outcome, "UNRESTRICTED"));
      },
      [&dispatcher](const SubjectRef& subject) { dispatcher.wake_subject(subject); });
}

void erase(const ApiDependencies& dependencies, Call call) {
  const auto body = read_rights_body(call.request.body, {"classes", "kept", "request"});
  if (!body) return call.refuse(body.error());
  const auto rights = read_rights_call(call, body->root());
  if (!rights) return call.refuse(rights.error(), InputPart::path);
  const auto decision = read_decision(body->root());
  if (!decision) return call.refuse(decision.error());
  auto shared = std::make_shared<Call>(std::move(call));
  const auto terms = dependencies.facilities.terms.get();
  exchange::propose_erasure(dependencies.facilities, *rights, *decision,
                            [shared, terms](const Result<exchange::PendingErasure>& pending) {
                              if (!pending) return shared->refuse(pending.error(), InputPart::path);
                              shared->answer(202, render_pending(*terms, shared->base, *pending));
                            });
}

void approve(const ApiDependencies& dependencies, Call call) {
  const auto body = read_rights_body(call.request.body, {"id"});
  if (!body) return call.refuse(body.error());
  const auto rights = read_rights_call(call, body->root());
  if (!rights) return call.refuse(rights.error(), InputPart::path);
  const auto id = read_uuid_of(body->root().find("id"), "id");
  if (!id) return call.refuse(id.error());
  auto shared = std::make_shared<Call>(std::move(call));
  auto& dispatcher = dependencies.dispatcher;
  exchange::approve_erasure(
      dependencies.facilities, dispatcher.in_flight(), *rights, *id,
      [shared](const Result<exchange::Erasure>& erasure) {
        if (!erasure) return shared->refuse(erasure.error(), InputPart::path);
        shared->answer(200, render_erasure(*erasure));
      },
      [&dispatcher, on_erased = dependencies.on_erased](const SubjectRef& subject) {
        dispatcher.wake_subject(subject);
        on_erased();
      });
}

}  // namespace

void add_subject_routes(const ApiDependencies& dependencies, std::vector<Route>& routes) {
  const auto add = [&](std::string_view path, void (*run)(const ApiDependencies&, Call)) {
    routes.push_back({"POST", path, Access::scope, "rights",
                      [dependencies, run](Call call) { run(dependencies, std::move(call)); }});
  };
  add("/subjects/{ref}/restrict", restrict_processing);
  add("/subjects/{ref}/unrestrict", unrestrict_processing);
  add("/subjects/{ref}/erase", erase);
  add("/subjects/{ref}/erase/approve", approve);
}

}  // namespace ketenpoort::api
