#include "gateway/api/routes/event_json.hpp"

#include <fmt/format.h>

#include <array>

#include "gateway/formats/json.hpp"

namespace ketenpoort::api {
namespace {

using formats::JsonWriter;
using ledger::Value;

constexpr std::uint8_t version_8 = 0x80;
constexpr std::uint8_t rfc_variant = 0x80;

// Members of an entry's body that are told as they stand: codes, dates, counts and ids of ours.
constexpr std::array<std::string_view, 18> members_told = {
    "attempt", "attempts", "categories", "cause",          "class",   "consent",   "deadline", "ground",  "heldUntil",
    "kind",    "on",       "outcome",    "mayHaveArrived", "reasons", "reference", "reply",    "retryAt", "status"};

void begin_event(JsonWriter& writer, std::string_view source, const Uuid& id, std::string_view type, Timestamp time,
                 const audit::EventMatter& matter, bool is_error = false) {
  writer.begin_object()
      .member("specversion", "1.0")
      .member("id", id.text())
      .member("source", source)
      .member("type", std::string(event_types) + std::string(type));
  if (matter.transfer)
    writer.member("subject", "transfers/" + matter.transfer->text());
  else if (matter.record)
    writer.member("subject", "records/" + matter.record->text());
  if (is_error) writer.member("severity", "error");  // an extension attribute, to filter by
  writer.member("time", to_rfc3339(time)).member("datacontenttype", "application/json").key("data").begin_object();
  if (matter.transfer) writer.member("transfer", matter.transfer->text());
  if (matter.record) writer.member("record", matter.record->text());
}

void write_matter(JsonWriter& writer, const audit::EventMatter& matter) {
  if (!matter.recipient.empty()) writer.member("recipient", matter.recipient);
  if (!matter.message.empty()) writer.member("message", matter.message);
  if (!matter.purpose.empty()) writer.member("purpose", matter.purpose);
}

// What the sender can do about a message that is given up.
std::string_view find_remedy(Reason reason) {
  switch (reason) {
    case Reason::no_consent:
    case Reason::consent_withdrawn:
    case Reason::consent_expired:
    case Reason::consent_refused:
    case Reason::not_informed:
    case Reason::representative_missing:
    case Reason::representative_lapsed:
      return "CONSENT";
    case Reason::no_agreement:
    case Reason::agreement_not_in_force:
    case Reason::purpose_not_covered:
    case Reason::recipient_not_covered:
    case Reason::centre_not_covered:
      return "AGREEMENT";
    case Reason::subject_erased:
    case Reason::subject_restricted:
    case Reason::stay_ended:
      return "NONE";
    default:
      return "NEW_RECORD";
  }
}

// Given up, and not because the sender said so: a newer record of its own took its place, or it was called back.
bool is_own_doing(Reason reason) {
  return reason == Reason::superseded || reason == Reason::cancelled_by_operator;
}

std::optional<Reason> first_reason(const ledger::Entry& entry) {
  const auto reasons = entry.body.find("reasons");
  if (!reasons.is(Value::Kind::array)) return std::nullopt;
  for (const auto item : reasons.items())
    if (const auto reason = parse_reason(item.text())) return reason;
  return std::nullopt;
}

struct GivenUp {
  std::string code;  // the first reason, or the class of the last failure
  std::string_view remedy;
};

std::optional<GivenUp> find_given_up(std::string_view kind, const ledger::Entry& entry) {
  if (kind == "transfer.abandoned") {
    const auto failure = entry.body.find("class");
    return GivenUp{failure.is(Value::Kind::string) ? failure.text() : std::string("unknown"), "RETRY"};
  }
  if (kind != "transfer.refused" && kind != "transfer.cancelled") return std::nullopt;
  const auto reason = first_reason(entry);
  if (!reason || is_own_doing(*reason)) return std::nullopt;
  return GivenUp{std::string(to_text(*reason)), find_remedy(*reason)};
}

std::string_view state_in(std::string_view kind) {
  constexpr std::string_view prefix = "transfer.";
  return kind.starts_with(prefix) ? kind.substr(prefix.size()) : std::string_view{};
}

}  // namespace

Uuid make_event_id(DateSort sort, const audit::DatePlace& place) {
  Uuid id;
  const auto time = static_cast<std::uint64_t>(place.time);
  for (std::size_t i = 0; i < 6; ++i) id.bytes[i] = static_cast<std::uint8_t>(time >> (40U - 8U * i));
  id.bytes[6] = static_cast<std::uint8_t>(version_8 | static_cast<std::uint8_t>(sort));
  id.bytes[8] = rfc_variant;
  const auto number = static_cast<std::uint64_t>(place.number);
  for (std::size_t i = 0; i < 7; ++i) id.bytes[9 + i] = static_cast<std::uint8_t>(number >> (48U - 8U * i));
  return id;
}

std::optional<DateEventId> read_event_id(const Uuid& id) {
  DateEventId out;
  out.sort = static_cast<DateSort>(id.bytes[6] & 0x0FU);
  std::uint64_t time = 0;
  for (std::size_t i = 0; i < 6; ++i) time = time << 8U | id.bytes[i];
  std::uint64_t number = 0;
  for (std::size_t i = 9; i < 16; ++i) number = number << 8U | id.bytes[i];
  out.place = {static_cast<std::int64_t>(time), static_cast<std::int64_t>(number)};
  const bool known = out.sort == DateSort::recheck_due || out.sort == DateSort::answer_overdue;
  if (!known || make_event_id(out.sort, out.place) != id) return std::nullopt;
  return out;
}

std::string render_entry_event(std::string_view source, const audit::EntryEvent& event, const ledger::Entry& entry) {
  std::string json;
  JsonWriter writer(json);
  const auto given_up = find_given_up(event.kind, entry);
  begin_event(writer, source, entry.id, event.kind, event.time, event.matter, given_up.has_value());
  write_matter(writer, event.matter);
  // What is asked for under a consent or a notification names its purpose itself, where it has one.
  if (event.matter.purpose.empty())
    if (const auto purpose = entry.body.find("purpose"); purpose.is(Value::Kind::string))
      writer.member("purpose", purpose.text());
  if (const auto state = state_in(event.kind); !state.empty()) writer.member("state", state);
  for (const auto name : members_told)
    if (const auto value = entry.body.find(name)) {
      // As ids and codes alone: a decision's consent is a place in the log, a delivery's status one of HTTP.
      if ((name == "consent" || name == "status") && !value.is(Value::Kind::string)) continue;
      writer.key(name).raw_value(value.json());
    }
  if (given_up)
    writer.key("error").begin_object().member("code", given_up->code).member("remedy", given_up->remedy).end_object();
  writer.end_object().end_object();
  return json;
}

std::string render_recheck_due(std::string_view source, const audit::DateEvent& event) {
  std::string json;
  JsonWriter writer(json);
  begin_event(writer, source, make_event_id(DateSort::recheck_due, event.place), "transfer.recheck-due", event.time,
              event.matter);
  write_matter(writer, event.matter);
  writer.member("state", "held");
  if (event.held_until) writer.member("heldUntil", to_iso(*event.held_until));
  writer.end_object().end_object();
  return json;
}

std::string render_answer_overdue(std::string_view source, const audit::DateEvent& event, std::chrono::days patience) {
  std::string json;
  JsonWriter writer(json);
  begin_event(writer, source, make_event_id(DateSort::answer_overdue, event.place), "referral.overdue", event.time,
              event.matter);
  write_matter(writer, event.matter);
  writer.member("deliveredAt", to_rfc3339(Timestamp{std::chrono::milliseconds{event.place.time}}))
      .member("days", patience.count());
  writer.end_object().end_object();
  return json;
}

}  // namespace ketenpoort::api
