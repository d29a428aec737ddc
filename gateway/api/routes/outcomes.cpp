// POST /outcomes: what partners report back about their referrals, in their own format.
#include <memory>
#include <optional>
#include <utility>

#include "gateway/api/api.hpp"
#include "gateway/api/http/content_type.hpp"
#include "gateway/api/http/problem.hpp"
#include "gateway/exchange/outcomes/receive_outcomes.hpp"

namespace ketenpoort::api {
namespace {

using exchange::OutcomeReceipt;
using formats::JsonWriter;

std::string_view state_of(const OutcomeReceipt& receipt) {
  using Dropped = OutcomeReceipt::Dropped;
  if (receipt.dropped == Dropped::unknown) return "UNKNOWN";
  if (receipt.dropped == Dropped::other_person) return "OTHER_PERSON";
  if (receipt.dropped == Dropped::unreadable) return "UNREADABLE";
  if (receipt.dropped == Dropped::unknown_code) return "UNKNOWN_CODE";
  if (!receipt.id) return "ERASED";
  return receipt.reasons.empty() ? "RECEIVED" : "REJECTED";
}

void write_codes(JsonWriter& writer, const std::vector<OutcomeReceipt::Code>& codes) {
  writer.key("unknownCodes").begin_array();
  for (const auto& one : codes) {
    writer.begin_object().member("of", one.unknown.of);
    if (!one.unknown.code.empty()) writer.member("code", one.unknown.code);
    if (!one.unknown.list.empty()) {
      writer.member("codeList", one.unknown.list).key("known").begin_array();
      for (const auto& known : one.known) writer.value(known);
      writer.end_array();
    }
    writer.member("detail", one.detail).end_object();
  }
  writer.end_array();
}

std::string render(const std::vector<OutcomeReceipt>& receipts) {
  std::string json;
  JsonWriter writer(json);
  writer.begin_object().key("outcomes").begin_array();
  for (const auto& receipt : receipts) {
    writer.begin_object();
    if (receipt.id) writer.member("id", receipt.id->text());
    if (receipt.transfer) writer.member("transfer", receipt.transfer->text());
    writer.member("state", state_of(receipt));
    if (!receipt.reasons.empty()) {
      writer.key("reasons").begin_array();
      for (const auto reason : receipt.reasons) writer.value(to_text(reason));
      writer.end_array();
    }
    if (!receipt.codes.empty()) write_codes(writer, receipt.codes);
    writer.end_object();
  }
  writer.end_array().end_object();
  return json;
}

// Why this client reports nothing, whatever it sends.
std::optional<Reply> refuse_reporter(const exchange::Terms& terms, const Call& call) {
  if (!call.identity.recipient)
    return access_reply({AccessFault::missing_permission, "this client is no partner: it has no recipient"},
                        call.request.trace);
  const auto* partner = terms.find_recipient(*call.identity.recipient);
  if (partner != nullptr && !partner->outcomes.empty()) return std::nullopt;
  return problem_reply(
      {ErrorCode::not_found, "no reports are taken from this partner: `outcomes` in its file names no mapping"},
      call.request.trace);
}

void receive(exchange::Facilities& facilities, exchange::UnknownCodes& unknown_codes, const Call& call) {
  if (auto refused = refuse_reporter(*facilities.terms.get(), call)) return call.reply(std::move(*refused));
  const auto type = parse_content_type(call.request.header("content-type"));
  if (!type) return call.refuse({ErrorCode::malformed, "the report is empty"});
  exchange::IncomingOutcomes incoming;
  incoming.caller = caller_of(call, "partner");
  incoming.recipient = *call.identity.recipient;
  incoming.idempotency_key = std::string(call.request.header("idempotency-key"));
  incoming.format = format_of(type->media_type);
  incoming.mapping = type->parameter("mapping");
  incoming.charset = type->parameter("charset");
  incoming.body = call.request.body;
  auto shared = std::make_shared<Call>(call);
  exchange::receive_outcomes(facilities, unknown_codes, std::move(incoming), render,
                             [shared](Result<exchange::PastReply> done) {
                               if (done) return shared->answer(done->status, std::move(done->body));
                               if (done.error().code != ErrorCode::not_found) return shared->refuse(done.error());
                               shared->reply(status_reply(415, done.error().message, shared->request.trace));
                             });
}

}  // namespace

void add_outcome_routes(exchange::Facilities& facilities, exchange::UnknownCodes& unknown_codes, Workers& workers,
                        std::vector<Route>& routes) {
  routes.push_back({.method = "POST",
                    .path = "/outcomes",
                    .access = Access::scope,
                    .scope = "partner",
                    .run =
                        [&facilities, &unknown_codes, &workers](Call call) {
                          run_on_workers(workers, std::move(call), [&facilities, &unknown_codes](const Call& c) {
                            receive(facilities, unknown_codes, c);
                          });
                        },
                    .media_types = {json_type, xml_type, csv_type, fixed_type}});
}

}  // namespace ketenpoort::api
