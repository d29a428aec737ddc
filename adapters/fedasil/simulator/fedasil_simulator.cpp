// Fedasil's receiver of events: batches of CloudEvents about the records that its centres sent.
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <set>

#include "adapters/simulator/partner_profile.hpp"
#include "adapters/simulator/transport_check.hpp"
#include "gateway/base/time.hpp"
#include "gateway/base/uuid.hpp"
#include "gateway/formats/json.hpp"

namespace ketenpoort::simulator {
namespace {

using formats::JsonKind;
using formats::JsonView;

constexpr std::string_view type_prefix = "example.ketenpoort.";

struct TypeRules {
  std::string_view type;
  std::string_view required;  // members of data, with a blank between them
};
constexpr std::array types = {
    TypeRules{"transfer.held", "transfer record recipient message purpose state reasons"},
    TypeRules{"transfer.refused", "transfer record recipient message purpose state reasons"},
    TypeRules{"transfer.cancelled", "transfer record recipient message purpose state reasons"},
    TypeRules{"transfer.delivered", "transfer record recipient message purpose state attempt"},
    TypeRules{"transfer.acknowledged", "transfer record recipient message purpose state attempt"},
    TypeRules{"transfer.failed", "transfer record recipient message purpose state attempt class"},
    TypeRules{"transfer.abandoned", "transfer record recipient message purpose state attempts class"},
    TypeRules{"transfer.recheck-due", "transfer record recipient message purpose state heldUntil"},
    TypeRules{"referral.overdue", "transfer record recipient message purpose deliveredAt days"},
    TypeRules{"outcome.received", "transfer record recipient message purpose outcome status kind"},
    TypeRules{"consent.withdrawn", "record recipient purpose consent categories"},
    TypeRules{"recipient.notified", "record recipient cause deadline"},
    TypeRules{"recipient.confirmed", "record recipient reply"},
};
// What some of them may say beside.
constexpr std::string_view optional_members =
    " heldUntil reference mayHaveArrived retryAt on cause reply ground deadline error ";

bool lists(std::string_view words, std::string_view word) {
  const auto padded = fmt::format(" {} ", words);
  return padded.find(fmt::format(" {} ", word)) != std::string::npos;
}

const TypeRules* find_type(std::string_view type) {
  if (!type.starts_with(type_prefix)) return nullptr;
  type.remove_prefix(type_prefix.size());
  const auto* found = std::ranges::find(types, type, &TypeRules::type);
  return found == types.end() ? nullptr : found;
}

// No text in what is told may be somebody's number. A partner's own reference spells what it likes.
bool names_anybody(JsonView value) {
  if (const auto text = value.as_string(); text && names_a_person(*text)) return true;
  for (const auto& [key, member] : value.members())
    if (key != "reference" && names_anybody(member)) return true;
  for (const auto element : value.elements())
    if (names_anybody(element)) return true;
  return false;
}

std::optional<std::string> find_data_fault(const TypeRules& rules, JsonView data) {
  if (!data.is(JsonKind::object)) return "data: not an object";
  std::size_t found = 0;
  for (const auto& [key, member] : data.members()) {
    const bool required = lists(rules.required, key);
    if (!required && !lists(optional_members, key)) return fmt::format("data: {} is not known here", key);
    if (member.is(JsonKind::null)) return fmt::format("data: {} is null", key);
    if (required) ++found;
  }
  const auto wanted = static_cast<std::size_t>(std::ranges::count(rules.required, ' ')) + 1;
  if (found != wanted) return fmt::format("data of {} lacks one of: {}", rules.type, rules.required);
  for (const std::string_view id : {"transfer", "record", "consent", "outcome"})
    if (const auto value = data.find(id); value && !parse_uuid(value.as_string().value_or("")))
      return fmt::format("data: {} is no UUID", id);
  return std::nullopt;
}

// What is given up says so twice: where it is filtered by, and where it is read. And what can be done.
std::optional<std::string> find_error_fault(JsonView event) {
  const auto severity = event.find("severity");
  const auto error = event.find("data").find("error");
  if (!severity && !error) return std::nullopt;
  if (severity.as_string() != "error") return "severity: error is all there is";
  if (error.find("code").as_string().value_or("").empty()) return "data: error lacks its code";
  if (!lists("RETRY NEW_RECORD CONSENT AGREEMENT NONE", error.find("remedy").as_string().value_or("-")))
    return "data: error names no remedy that is known here";
  return std::nullopt;
}

std::optional<std::string> find_event_fault(JsonView event) {
  if (!event.is(JsonKind::object)) return "not an object";
  for (const auto& [key, member] : event.members())
    if (!lists("specversion id source type subject time datacontenttype severity data", key))
      return fmt::format("{} is not known here", key);
  const auto text = [&](std::string_view name) { return event.find(name).as_string().value_or(""); };
  if (text("specversion") != "1.0") return "specversion: not 1.0";
  if (!parse_uuid(text("id"))) return "id: no UUID";
  if (!text("source").starts_with("https://")) return "source: no address of a gateway";
  if (!parse_rfc3339(text("time"))) return "time: not RFC 3339";
  const auto subject = text("subject");
  if (!parse_uuid(subject.substr(std::min(subject.find('/'), subject.size() - 1) + 1)))
    return "subject: not transfers/ID or records/ID";
  if (text("datacontenttype") != "application/json") return "datacontenttype: not application/json";
  const auto* rules = find_type(text("type"));
  if (rules == nullptr) return "type: not known here";
  if (auto fault = find_error_fault(event)) return fault;
  if (names_anybody(event.find("data"))) return "the event carries a national number";
  return find_data_fault(*rules, event.find("data"));
}

std::optional<std::string> find_fault(std::string_view body, std::string_view) {
  const auto document = formats::parse_json(body);
  if (!document) return "not JSON: " + document.error().message;
  const auto batch = document->root();
  if (!batch.is(JsonKind::array) || batch.size() == 0) return "a batch is a list of at least one event";
  std::set<std::string, std::less<>> ids;
  for (std::size_t i = 0; i < batch.size(); ++i) {
    if (auto fault = find_event_fault(batch.at(i))) return fmt::format("event {}: {}", i, *fault);
    if (!ids.emplace(batch.at(i).find("id").as_string().value_or("")).second)
      return fmt::format("event {}: the same id twice", i);
  }
  return std::nullopt;
}

}  // namespace

const PartnerProfile& fedasil() {
  static constexpr PartnerProfile partner = {.name = "fedasil",
                                             .path = "/events",
                                             .content_type = "application/cloudevents-batch+json",
                                             .find_fault = find_fault};
  return partner;
}

}  // namespace ketenpoort::simulator
