// POST /transfers/query: where one resident stands, one line for each referral. The number stands in the body, and that
// it was asked in the log (audit.queried).
#include <algorithm>
#include <array>
#include <map>
#include <set>
#include <utility>

#include "gateway/api/http/problem.hpp"
#include "gateway/api/routes/audit_note.hpp"
#include "gateway/api/routes/person_query.hpp"
#include "gateway/api/routes/rights_call.hpp"
#include "gateway/ledger/entry/bodies.hpp"
#include "gateway/ledger/entry/entry.hpp"

namespace ketenpoort::api {
namespace {

using formats::JsonWriter;

// The purpose of the look-up, for audit.queried.
constexpr std::string_view looked_up = "referral-status";
constexpr std::size_t most_outcomes = 10'000;  // of one person

// What a case worker has to do something about comes first, what went as it should last.
constexpr std::array by_urgency = {TransferState::abandoned, TransferState::refused,   TransferState::held,
                                   TransferState::failed,    TransferState::requested, TransferState::permitted,
                                   TransferState::cancelled, TransferState::delivered, TransferState::acknowledged};

// What the recipient reported.
struct Report {
  ledger::Seq seq = 0;
  Timestamp time{};
  std::string id, status, kind, on;

  // The day it speaks of: an appointment lies ahead, and was made by the day it was told.
  [[nodiscard]] Date day() const {
    const auto told = date_in_brussels(time);
    return std::min(parse_date(on).value_or(told), told);
  }
};

// What comes late says where a resident stood, not where they stand. Of one day the last word counts.
bool is_older(const Report& left, const Report& right) {
  return std::pair(left.day(), left.seq) < std::pair(right.day(), right.seq);
}

Report read_report(const ledger::Entry& entry) {
  const auto text = [&](std::string_view key) {
    const auto value = entry.body.find(key);
    return value.is(ledger::Value::Kind::string) ? value.text() : std::string();
  };
  return {entry.seq, entry.time, text("outcome"), text("status"), text("kind"), text("on")};
}

// One referral: a person to one recipient for one purpose, whatever messages and records it took.
struct Line {
  std::vector<const audit::TransferRow*> messages;  // the newest of each
  std::vector<Report> reports;
  std::optional<Timestamp> open_since;  // arrived then, and its recipient was not told to forget it since
  bool answered = false;

  [[nodiscard]] const audit::TransferRow& lead() const {
    return **std::ranges::min_element(
        messages, {}, [](const auto* row) { return std::ranges::find(by_urgency, row->state) - by_urgency.begin(); });
  }
  // The newest of this referral, and not of one that was called back before it.
  [[nodiscard]] const Report* report() const {
    const Report* newest = nullptr;
    for (const auto& one : reports)
      if ((!open_since || *open_since <= one.time) && (newest == nullptr || is_older(*newest, one))) newest = &one;
    return newest;
  }
};
using Lines = std::map<std::pair<std::string, std::string>, Line>;  // by recipient and purpose

// Records that clients of the caller's organisation sent.
std::set<RecordId> find_own(const audit::Dossier& dossier, std::string_view organisation) {
  std::set<RecordId> own;
  for (const auto& row : dossier.records)
    if (row.organisation == organisation) own.insert(row.id);
  return own;
}

Status add_outcomes(const ApiDependencies& dependencies, const SubjectRef& subject, const audit::Dossier& dossier,
                    const std::set<RecordId>& own, Lines& lines) {
  audit::EntryQuery query;
  query.kind = ledger::OutcomeReceived::kind;
  query.subject = subject;
  query.limit = most_outcomes;
  const auto places = dependencies.index.use([&](audit::IndexReader& reader) { return reader.entries(query); });
  if (!places) return fail(places.error());
  for (const auto& place : *places) {
    const auto bytes = dependencies.facilities.sequencer.entry_bytes(place.seq);
    const auto entry = bytes ? ledger::decode_entry(*bytes) : fail(bytes.error());
    if (!entry) return fail(entry.error());
    const auto about = std::ranges::find_if(
        dossier.transfers, [&](const auto& row) { return entry->tx == row.id && own.contains(row.record); });
    if (about == dossier.transfers.end()) continue;
    const auto line = lines.find({about->recipient, about->purpose});
    if (line != lines.end()) line->second.reports.push_back(read_report(*entry));
  }
  return {};
}

// `dossier` outlives the lines.
Status add_lines(const ApiDependencies& dependencies, const Call& call, const SubjectRef& subject,
                 const audit::Dossier& dossier, Lines& lines) {
  const auto own = find_own(dossier, call.identity.organisation);
  for (const auto& row : dossier.transfers) {  // newest first
    if (!own.contains(row.record)) continue;
    auto& messages = lines[{row.recipient, row.purpose}].messages;
    const auto same = std::ranges::find(messages, row.message, [](const auto* one) { return one->message; });
    if (same == messages.end())
      messages.push_back(&row);
    else if ((*same)->id < row.id)  // of another subject of the same person
      *same = &row;
  }
  const auto open = dependencies.index.use([&](audit::IndexReader& reader) { return reader.open_referrals(subject); });
  if (!open) return fail(open.error());
  for (const auto& one : *open)
    if (const auto line = lines.find({one.recipient, one.purpose}); own.contains(one.record) && line != lines.end()) {
      line->second.open_since = one.since;
      line->second.answered = one.answered;
    }
  return add_outcomes(dependencies, subject, dossier, own, lines);
}

// "HELD": as outcomes' statuses are written.
std::string status_of(const Line& line) {
  if (const auto* report = line.report()) return report->status;
  std::string status(to_text(line.lead().state));
  std::ranges::transform(status, status.begin(), [](char c) { return static_cast<char>(c - 'a' + 'A'); });
  return status;
}

void write_outcome(JsonWriter& writer, const exchange::Facilities& facilities, const Report& outcome) {
  writer.member("kind", outcome.kind);
  if (!outcome.on.empty()) writer.member("on", outcome.on);
  const auto id = parse_uuid(outcome.id);
  const auto kept = id ? facilities.vault.find_record(*id) : fail(ErrorCode::not_found, "no outcome");
  const auto document = kept ? formats::parse_json(*kept) : fail(kept.error());
  if (!document) return;  // expired or erased
  for (const std::string_view key : {"reason", "appointment", "nextStep"})
    if (const auto value = document->root().find(key)) writer.member(key, value);
}

void write_line(JsonWriter& writer, const ApiDependencies& dependencies, const Call& call,
                const Lines::value_type& pair) {
  const auto& [key, line] = pair;
  const auto& lead = line.lead();
  const auto* report = line.report();
  writer.begin_object()
      .member("recipient", key.first)
      .member("purpose", key.second)
      .member("status", status_of(line))
      .member("since", to_rfc3339(report != nullptr ? report->time : lead.changed))
      .member("state", to_text(lead.state));
  const bool went = lead.state == TransferState::delivered || lead.state == TransferState::acknowledged;
  if (!lead.reasons.empty() && !went) {
    writer.key("reasons").begin_array();
    for (const auto reason : lead.reasons) writer.value(to_text(reason));
    writer.end_array();
  }
  if (lead.held_until && lead.state == TransferState::held) writer.member("heldUntil", to_iso(*lead.held_until));
  if (report != nullptr) write_outcome(writer, dependencies.facilities, *report);
  if (line.open_since && !line.answered) {
    writer.member("deliveredAt", to_rfc3339(*line.open_since));
    const auto overdue = dependencies.facilities.clock.now() - *line.open_since >=
                         dependencies.configuration->get()->settings.overdue_after;
    writer.member("overdue", overdue);
  }
  writer.key("transfers").begin_array();
  for (const auto* row : line.messages)
    writer.begin_object()
        .member("href", call.base + "/transfers/" + row->id.text())
        .member("id", row->id.text())
        .member("message", row->message)
        .member("state", to_text(row->state))
        .end_object();
  writer.end_array().end_object();
}

void query(const ApiDependencies& dependencies, const Call& call) {
  const auto body = read_rights_body(call.request.body, {"subject"});
  if (!body) return call.refuse(body.error());
  const auto asked = body->root().find("subject");
  if (auto fits = check_asked_subject(asked); !fits) return call.refuse(fits.error());
  if (auto ready = wait_for_index(dependencies); !ready) return call.refuse(ready.error());
  const auto who = find_asked_person(dependencies.facilities, asked);
  if (!who) return refuse_look_up(dependencies.facilities, call, who.error(), looked_up, "source-system");
  std::vector<audit::Dossier> dossiers;
  dossiers.reserve(who->person.size());
  Lines lines;
  for (const auto& one : who->person) {
    auto dossier = dependencies.index.use([&](audit::IndexReader& reader) { return reader.dossier(one); });
    if (!dossier) return call.refuse(dossier.error());
    dossiers.push_back(std::move(*dossier));
    if (auto added = add_lines(dependencies, call, one, dossiers.back(), lines); !added)
      return call.refuse(added.error());
  }
  std::string json;
  JsonWriter writer(json);
  writer.begin_object().member("self", call.base + "/transfers/query").key("items").begin_array();
  for (const auto& line : lines) write_line(writer, dependencies, call, line);
  writer.end_array().end_object();
  auto notes = draft_look_up(dependencies.facilities, call, *who, looked_up, "source-system",
                             [&](const auto& one) { return who->subject == one ? lines.size() : 0; });
  note_and_then(dependencies.facilities, call, std::move(notes), [json = std::move(json)](const Call& c) {
    c.answer(200, json, {{"cache-control", "no-store"}});
  });
}

}  // namespace

void add_referral_status_routes(const ApiDependencies& dependencies, std::vector<Route>& routes) {
  routes.push_back({"POST", "/transfers/query", Access::scope, "transfers", on_workers(dependencies, query)});
}

}  // namespace ketenpoort::api
