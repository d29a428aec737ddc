#include "gateway/cli/report_linked.hpp"

#include <string_view>

#include "gateway/formats/json_text.hpp"
#include "gateway/reporting/linked_data.hpp"

namespace ketenpoort::cli {
namespace {

using formats::JsonView;
using formats::JsonWriter;

// A document whose parts are the items of the answer, each by `write_item`.
template <class WriteItem>
std::string document(JsonView answer, std::string_view type, WriteItem write_item) {
  std::string json;
  JsonWriter writer(json);
  writer.begin_object().key("@context").raw_value(reporting::linked_data_context);
  if (const auto self = text_of(answer.find("self")); !self.empty()) writer.member("@id", self);
  writer.member("@type", type).key("dct:hasPart").begin_array();
  for (const auto item : answer.find("items").elements()) {
    writer.begin_object();
    write_item(writer, item);
    writer.end_object();
  }
  writer.end_array().end_object();
  return json;
}

// A code is told by its identifier: what it means stands in the purposes, categories and reports of the gateway.
void write_code(JsonWriter& writer, std::string_view code) {
  writer.begin_object().member("dct:identifier", code).end_object();
}

void write_codes(JsonWriter& writer, std::string_view name, JsonView codes) {
  writer.key(name).begin_array();
  for (const auto code : codes.elements()) write_code(writer, text_of(code));
  writer.end_array();
}

void write_if_there(JsonWriter& writer, std::string_view name, JsonView value) {
  if (value) writer.member(name, value);
}

void write_recipient(JsonWriter& writer, JsonView item) {
  if (const auto kbo = text_of(item.find("organisation")); !kbo.empty())
    writer.member("@id", reporting::organisation_iri(kbo));
  writer.member("@type", "dpv:Recipient").member("dct:identifier", text_of(item.find("recipient")));
  write_if_there(writer, "dct:title", item.find("name"));
  write_if_there(writer, "dct:date", item.find("lastAt"));
  write_codes(writer, "dpv:hasPurpose", item.find("purposes"));
  write_codes(writer, "dpv:hasPersonalData", item.find("categories"));
  writer.key("dpv:hasNotice").begin_array();
  for (const auto told : item.find("notifications").elements()) {
    writer.begin_object().member("@type", "dpv:Notice").member("dct:identifier", text_of(told.find("cause")));
    write_if_there(writer, "dct:issued", told.find("at"));
    write_if_there(writer, "dct:description", told.find("reply"));
    writer.end_object();
  }
  writer.end_array();
}

// A decision that held, refused or called off a transfer: one transfer may have several, so none is the transfer
// itself.
void write_refusal(JsonWriter& writer, JsonView item) {
  writer.member("@type", "dpv:DataTransferRecord");
  writer.key("dct:source").begin_object().member("@id", "urn:uuid:" + text_of(item.find("transfer"))).end_object();
  write_if_there(writer, "dct:identifier", item.find("ledger"));
  write_if_there(writer, "dct:date", item.find("at"));
  writer.member("dpv:hasActivityStatus",
                text_of(item.find("state")) == "held" ? "dpv:ActivityProposed" : "dpv:ActivityNotCompleted");
  writer.key("dpv:hasRecipient");
  write_code(writer, text_of(item.find("recipient")));
  writer.key("dpv:hasDataSubject");
  write_code(writer, text_of(item.find("ref")));
  write_if_there(writer, "dct:available", item.find("heldUntil"));
  write_if_there(writer, "dct:description", item.find("reasons"));
}

// What is suppressed has no value.
void write_figure(JsonWriter& writer, JsonView item) {
  writer.member("@type", "schema:Observation")
      .member("schema:measuredProperty", text_of(item.find("outcome")))
      .key("dpv:hasRecipient");
  write_code(writer, text_of(item.find("recipient")));
  write_if_there(writer, "schema:observationDate", item.find("month"));
  write_if_there(writer, "schema:location", item.find("centre"));
  write_if_there(writer, "schema:additionalType", item.find("kind"));
  write_if_there(writer, "dct:description", item.find("reason"));
  write_if_there(writer, "schema:value", item.find("count"));
}

}  // namespace

std::string recipients_as_jsonld(JsonView answer) {
  return document(answer, "dpv:RecordsOfActivities", write_recipient);
}

std::string refusals_as_jsonld(JsonView answer) {
  return document(answer, "dpv:RecordsOfActivities", write_refusal);
}

std::string figures_as_jsonld(JsonView answer) {
  return document(answer, "schema:Dataset", write_figure);
}

}  // namespace ketenpoort::cli
