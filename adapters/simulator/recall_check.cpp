#include "adapters/simulator/recall_check.hpp"

#include <algorithm>
#include <array>

#include "adapters/simulator/transport_check.hpp"
#include "gateway/base/time.hpp"
#include "gateway/base/uuid.hpp"
#include "gateway/formats/json.hpp"

namespace ketenpoort::simulator {
namespace {

using formats::JsonKind;
using formats::JsonView;

constexpr std::array<std::string_view, 6> causes = {"WITHDRAWAL",  "RECTIFICATION", "ERASURE",
                                                    "RESTRICTION", "STAY_ENDED",    "IDENTITY_CHANGED"};

std::optional<std::string> find_unknown(JsonView object, std::string_view where,
                                        std::initializer_list<std::string_view> known) {
  for (const auto& [key, value] : object.members())
    if (std::ranges::find(known, key) == known.end()) return std::string(where) + ": a member nobody agreed on";
  return std::nullopt;
}

bool is_uuid(JsonView value) {
  return parse_uuid(value.as_string().value_or("")).has_value();
}

bool is_code(JsonView value) {
  const auto text = value.as_string().value_or("");
  return !text.empty() && text.size() <= 64 &&
         std::ranges::all_of(text, [](char c) { return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-'; });
}

std::optional<std::string> find_transfer_fault(JsonView transfer) {
  if (!transfer.is(JsonKind::object)) return "transfers: something that is no object";
  if (auto fault = find_unknown(transfer, "transfers", {"id", "purpose", "message", "reference"})) return fault;
  if (!is_uuid(transfer.find("id"))) return "transfers.id: no UUID";
  if (!is_code(transfer.find("purpose"))) return "transfers.purpose: missing, or no code";
  if (!is_code(transfer.find("message"))) return "transfers.message: missing, or no code";
  if (const auto reference = transfer.find("reference")) {
    const auto text = reference.as_string().value_or("");
    if (text.empty() || names_a_person(text)) return "transfers.reference: none of ours";
  }
  return std::nullopt;
}

std::optional<std::string> find_list_fault(JsonView root) {
  const auto categories = root.find("categories");
  if (!categories.is(JsonKind::array) || categories.size() == 0) return "categories: missing, or empty";
  for (const auto category : categories.elements())
    if (!is_code(category)) return "categories: something that is no code";
  const auto transfers = root.find("transfers");
  if (!transfers.is(JsonKind::array) || transfers.size() == 0) return "transfers: missing, or empty";
  for (const auto transfer : transfers.elements())
    if (auto fault = find_transfer_fault(transfer)) return fault;
  return std::nullopt;
}

}  // namespace

std::optional<std::string> find_recall_fault(std::string_view body, std::string_view key) {
  const auto document = formats::parse_json(body);
  if (!document || !document->root().is(JsonKind::object)) return "the body is no JSON object";
  const auto root = document->root();
  if (auto fault =
          find_unknown(root, "the recall", {"id", "cause", "notifiedAt", "deadline", "categories", "transfers"}))
    return fault;
  if (!is_uuid(root.find("id")) || parse_uuid(*root.find("id").as_string()) != parse_uuid(key))
    return "id: not the Idempotency-Key";
  if (std::ranges::find(causes, root.find("cause").as_string().value_or("")) == causes.end())
    return "cause: missing, or none that is agreed on";
  const auto notified = parse_rfc3339(root.find("notifiedAt").as_string().value_or(""));
  if (!notified) return "notifiedAt: no moment";
  const auto deadline = parse_date(root.find("deadline").as_string().value_or(""));
  if (!deadline || *deadline <= date_in_brussels(*notified)) return "deadline: no day after the notice";
  return find_list_fault(root);
}

std::string recall_answer(std::string_view partner, std::string_view body) {
  const auto document = formats::parse_json(body);
  const auto cause = document ? document->root().find("cause").as_string().value_or("") : std::string_view();
  std::string text;
  formats::JsonWriter json(text);
  json.begin_object();
  if (cause == "ERASURE")
    json.member("reply", "ERASED");
  else if (partner == "vdab" && (cause == "WITHDRAWAL" || cause == "STAY_ENDED"))
    json.member("reply", "KEPT").member("ground", "art17-3-b");
  else
    json.member("reply", "STOPPED");
  json.end_object();
  return text;
}

}  // namespace ketenpoort::simulator
