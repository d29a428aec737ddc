#include "gateway/api/routes/rights_call.hpp"

#include <algorithm>
#include <utility>

#include "gateway/api/http/unknown_input.hpp"
#include "gateway/ledger/entry/entry.hpp"

namespace ketenpoort::api {

using formats::JsonView;
using formats::JsonWriter;

tl::unexpected<Error> refuse_value(std::string where, std::string detail) {
  return fail(ErrorCode::invalid_input, "the call is wrong",
              {{ErrorCode::invalid_input, std::move(where), std::move(detail)}});
}

Result<formats::JsonDocument> read_rights_body(std::string_view body, std::initializer_list<std::string_view> keys) {
  auto document = formats::parse_json(body.empty() ? "{}" : body);
  if (!document) return fail(document.error());
  if (!document->root().is(formats::JsonKind::object))
    return fail(ErrorCode::schema_violation, "this call takes an object",
                {{ErrorCode::schema_violation, "$", "send an object, or nothing"}});
  for (const auto& [key, value] : document->root().members())
    if (std::find(keys.begin(), keys.end(), key) == keys.end()) return refuse_property(key, keys);
  return document;
}

Result<std::optional<Uuid>> read_uuid_of(JsonView value, std::string_view name) {
  if (!value) return std::optional<Uuid>();
  const auto id = parse_uuid(value.as_string().value_or(""));
  if (!id) return refuse_value(std::string(name), "a UUID");
  return id;
}

Result<exchange::RightsCall> read_rights_call(const Call& call, JsonView body) {
  const auto subject = ledger::parse_subject_ref(call.parts.front());
  if (!subject) return fail(ErrorCode::not_found, "no subject has this reference");
  const auto request = read_uuid_of(body.find("request"), "request");
  if (!request) return fail(request.error());
  return exchange::RightsCall{caller_of(call, "rights-officer"), *subject, *request};
}

void write_rights_outcome(JsonWriter& writer, const exchange::RightsOutcome& outcome) {
  const auto write_ids = [&](std::string_view key, const std::vector<TransferId>& ids) {
    writer.key(key).begin_array();
    for (const auto& id : ids) writer.value(id.text());
    writer.end_array();
  };
  write_ids("stopped", outcome.stopped);
  write_ids("inFlight", outcome.in_flight);
  writer.key("toNotify").begin_array();
  for (const auto& recipient : outcome.to_notify) writer.value(recipient);
  writer.end_array();
  if (outcome.seq) writer.member("ledger", *outcome.seq);
}

}  // namespace ketenpoort::api
