// POST /records, POST /records/preview, GET /records/{id}.
#include "gateway/api/routes/records.hpp"

#include <utility>

#include "gateway/api/api.hpp"
#include "gateway/api/http/content_type.hpp"
#include "gateway/api/http/languages.hpp"
#include "gateway/api/http/problem.hpp"
#include "gateway/api/routes/transfer_item.hpp"
#include "gateway/exchange/facilities/identity.hpp"
#include "gateway/exchange/facilities/number_doubt.hpp"
#include "gateway/exchange/intake/receive_record.hpp"
#include "gateway/exchange/reading/convert_record.hpp"

namespace ketenpoort::api {
namespace {

using exchange::RecordReceipt;
using formats::JsonWriter;

ContentType syntax_of(const Call& call) {
  auto type = parse_content_type(call.request.header("content-type"));
  return type ? std::move(*type) : ContentType{std::string(json_type), {}};
}

// A record in another syntax, as the resident record that its mapping makes of it.
Result<exchange::ConvertedRecord> convert(const ApiDependencies& dependencies, const Call& call) {
  const auto type = syntax_of(call);
  return exchange::convert_record(dependencies.facilities, format_of(type.media_type), type.parameter("mapping"),
                                  call.request.body, type.parameter("charset"));
}

void refuse_syntax(const Call& call, const Error& error) {
  if (error.code != ErrorCode::not_found) return call.refuse(error);
  call.reply(status_reply(415, error.message, call.request.trace));
}

void accept(const ApiDependencies& dependencies, Call call, exchange::IncomingRecord incoming) {
  incoming.caller = caller_of(call, "source-system");
  incoming.idempotency_key = std::string(call.request.header("idempotency-key"));
  auto shared = std::make_shared<Call>(std::move(call));
  auto& dispatcher = dependencies.dispatcher;
  exchange::receive_record(
      dependencies.facilities, std::move(incoming),
      [shared](const RecordReceipt& receipt) { return render_receipt(shared->base, receipt); },
      [shared](Result<exchange::PastReply> accepted) {
        if (!accepted) return shared->refuse(accepted.error());
        shared->answer(accepted->status, std::move(accepted->body));
      },
      [&dispatcher](const SubjectRef& subject) { dispatcher.wake_subject(subject); });
}

void receive(const ApiDependencies& dependencies, Call call) {
  exchange::IncomingRecord incoming;
  incoming.content_type = syntax_of(call).media_type;
  if (incoming.content_type == json_type) {
    incoming.body = std::move(call.request.body);
    return accept(dependencies, std::move(call), std::move(incoming));
  }
  run_on_workers(dependencies.workers, std::move(call),
                 [dependencies, incoming = std::move(incoming)](const Call& c) mutable {
                   auto converted = convert(dependencies, c);
                   if (!converted) return refuse_syntax(c, converted.error());
                   incoming.original = c.request.body;
                   incoming.body = std::move(converted->json);
                   incoming.findings = std::move(converted->findings);
                   incoming.places = std::move(converted->places);
                   accept(dependencies, c, std::move(incoming));
                 });
}

// What it comes to first, then why.
void write_explanations_of(JsonWriter& writer, const exchange::Facilities& facilities,
                           const exchange::Consideration& considered, const LanguageTexts& words) {
  const auto rule = facilities.sequencer.read([&](const ledger::History& history) {
    const auto* purpose =
        history.find_purpose(considered.the_case.purpose, considered.the_case.recipient, considered.on);
    return purpose == nullptr ? std::string() : purpose->value.rule;
  });
  const auto& decision = considered.decision;
  auto explanations = explain(words, decision.reasons, rule, decision.held_until);
  if (const auto outcome = words.outcomes.find(policy::to_text(decision.outcome)); outcome != words.outcomes.end())
    explanations.insert(explanations.begin(), {outcome->first, outcome->second});
  write_explanations(writer, explanations);
}

// What policy would say and what would go, for one message.
void write_preview(JsonWriter& writer, const exchange::Facilities& facilities,
                   const exchange::Consideration& considered, const LanguageTexts* words) {
  const auto& decision = considered.decision;
  writer.begin_object()
      .member("recipient", considered.the_case.recipient)
      .member("message", considered.the_case.message)
      .member("purpose", considered.the_case.purpose)
      .member("decision", policy::to_text(decision.outcome));
  writer.key("reasons").begin_array();
  for (const auto reason : decision.reasons) writer.value(to_text(reason));
  writer.end_array();
  if (words != nullptr) write_explanations_of(writer, facilities, considered, *words);
  if (decision.held_until) writer.member("heldUntil", to_iso(*decision.held_until));
  const auto mapping = exchange::find_mapping(facilities, considered.route, considered.on);
  if (mapping != nullptr) {
    const auto context = exchange::translation_context(facilities, considered, new_uuid_v4(), facilities.clock.now(),
                                                       decision.categories);
    const auto lines = mapping->explain(considered.record, context);
    if (lines) {
      writer.key("fields").begin_array();
      for (const auto& line : *lines)
        if (line.left_out.empty() && line.category != "none")
          writer.begin_object()
              .member("field", line.target)
              .member("category", line.category)
              .member("source", line.source)
              .end_object();
      writer.end_array().key("leftOut").begin_array();
      for (const auto& line : *lines)
        if (!line.left_out.empty())
          writer.begin_object()
              .member("field", line.target)
              .member("category", line.category)
              .member("reason", line.left_out)
              .end_object();
      writer.end_array();
    } else {
      writer.key("problem")
          .begin_object()
          .member("reason", to_text(lines.error().reason))
          .member("field", lines.error().field)
          .member("detail", lines.error().detail)
          .end_object();
    }
  }
  writer.end_object();
}

void preview(const ApiDependencies& dependencies, const Call& call) {
  const auto& facilities = dependencies.facilities;
  std::string body = call.request.body;
  std::vector<exchange::RecordFinding> findings;
  std::shared_ptr<const exchange::RecordPlaces> places;
  if (syntax_of(call).media_type != json_type) {
    auto converted = convert(dependencies, call);
    if (!converted) return refuse_syntax(call, converted.error());
    body = std::move(converted->json);
    findings = std::move(converted->findings);
    places = std::move(converted->places);
  }
  auto checked = exchange::check_incoming_record(facilities, body, places.get(), call.request.body);
  if (!checked) return call.refuse(checked.error());
  const auto opened = exchange::open_record(facilities.vault, std::move(body), std::move(checked->document));
  const auto record = opened->root();
  const auto match = exchange::match_subject(
      facilities.vault, exchange::read_identifiers(facilities.vault, record.find("resident").find("identifiers")));
  if (match.erased)
    return call.refuse({ErrorCode::gone, "the data of this person were erased; nothing about them is taken any more"});
  const auto contradicting =
      exchange::find_contradicting_record(facilities, match, record.find("resident").find("identifiers"));
  if (!contradicting) return call.refuse(contradicting.error());
  const bool is_new = !match.subject || *contradicting;
  const SubjectRef subject = is_new ? random_bytes<16>() : *match.subject;  // somebody new: nothing is known of them
  const auto running = dependencies.configuration->get();
  const auto* words = words_for(running->texts, call.request);
  std::string json;
  JsonWriter writer(json);
  writer.begin_object().key("transfers").begin_array();
  for (const auto& wanted : exchange::list_transfers(facilities, record)) {
    const auto considered = exchange::consider(
        facilities, *opened, {subject, wanted.referral, wanted.recipient, wanted.purpose, wanted.route.message},
        facilities.clock.now());
    if (!considered) return call.refuse(considered.error());
    write_preview(writer, facilities, *considered, words);
  }
  writer.end_array();
  findings.insert(findings.end(), checked->findings.begin(), checked->findings.end());
  write_findings(writer, findings);
  writer.end_object();
  call.answer(200, std::move(json), words == nullptr ? Headers{} : language_headers(*words));
}

// What became of a record: never the record itself, which only its sender needs and already has.
void show(const ApiDependencies& dependencies, const Call& call) {
  const Error unknown{ErrorCode::not_found, "no record has this id"};
  const auto id = parse_uuid(call.parts.front());
  if (!id) return call.refuse(unknown, InputPart::path);
  if (auto ready = wait_for_index(dependencies); !ready) return call.refuse(ready.error());
  const auto record = dependencies.index.use([&](audit::IndexReader& reader) { return reader.record(*id); });
  if (!record) return call.refuse(record.error());
  if (!*record || (*record)->organisation != call.identity.organisation) return call.refuse(unknown, InputPart::path);
  const auto transfers =
      dependencies.index.use([&](audit::IndexReader& reader) { return reader.transfers_of_record(*id); });
  if (!transfers) return call.refuse(transfers.error());
  std::string json;
  JsonWriter writer(json);
  writer.begin_object()
      .member("self", call.base + "/records/" + id->text())
      .member("id", id->text())
      .member("subject", ledger::to_text((*record)->subject))
      .member("centre", (*record)->centre)
      .member("ledger", (*record)->seq)
      .key("transfers")
      .begin_array();
  for (const auto& transfer : *transfers) write_transfer_item(writer, call.base, transfer.view());
  writer.end_array().end_object();
  call.answer(200, std::move(json));
}

}  // namespace

void write_findings(JsonWriter& writer, const std::vector<exchange::RecordFinding>& findings) {
  if (findings.empty()) return;
  writer.key("findings").begin_array();
  for (const auto& finding : findings)
    writer.begin_object()
        .member("code", finding.code)
        .member("field", finding.field)
        .member("detail", finding.detail)
        .end_object();
  writer.end_array();
}

std::string render_receipt(const std::string& base, const RecordReceipt& receipt) {
  std::string json;
  JsonWriter writer(json);
  const auto id = receipt.record.text();
  writer.begin_object().member("self", base + "/records/" + id).member("id", id).key("transfers").begin_array();
  for (const auto& transfer : receipt.transfers)
    writer.begin_object()
        .member("href", base + "/transfers/" + transfer.id.text())
        .member("id", transfer.id.text())
        .member("recipient", transfer.recipient)
        .member("message", transfer.route.message)
        .member("purpose", transfer.purpose)
        .member("state", to_text(TransferState::requested))
        .end_object();
  writer.end_array();
  write_findings(writer, receipt.findings);
  writer.end_object();
  return json;
}

void add_record_routes(const ApiDependencies& dependencies, std::vector<Route>& routes) {
  const std::vector<std::string_view> syntaxes{json_type, xml_type, csv_type, fixed_type};
  routes.push_back({.method = "POST",
                    .path = "/records",
                    .access = Access::scope,
                    .scope = "records",
                    .run = [dependencies](Call call) { receive(dependencies, std::move(call)); },
                    .media_types = syntaxes});
  routes.push_back({.method = "POST",
                    .path = "/records/preview",
                    .access = Access::scope,
                    .scope = "records",
                    .run = on_workers(dependencies, preview),
                    .media_types = syntaxes});
  routes.push_back({"GET", "/records/{id}", Access::scope, "records", on_workers(dependencies, show)});
}

}  // namespace ketenpoort::api
