// POST /consents/query: what a resident has said, by a number that stands in the body and nowhere else. Whoever looks
// somebody up leaves a note in the log (audit.queried).
#include <algorithm>
#include <functional>
#include <utility>

#include "gateway/api/api.hpp"
#include "gateway/api/http/problem.hpp"
#include "gateway/api/http/unknown_input.hpp"
#include "gateway/api/routes/audit_note.hpp"
#include "gateway/api/routes/consent_receipt.hpp"
#include "gateway/api/routes/person_query.hpp"
#include "gateway/ledger/entry/bodies.hpp"

namespace ketenpoort::api {
namespace {

using audit::ConsentRow;
using formats::JsonKind;
using formats::JsonWriter;

// The purpose of the look-up, for audit.queried.
constexpr std::string_view looked_up = "consent-query";
struct Wanted {
  PersonFound who;
  std::string purpose;    // empty: any
  std::string recipient;  // empty: any
};

tl::unexpected<Error> refuse(std::string where, std::string detail) {
  return fail(ErrorCode::schema_violation, "the query is not understood",
              {{ErrorCode::schema_violation, std::move(where), std::move(detail)}});
}

Result<Wanted> read_query(const exchange::Facilities& facilities, std::string_view body) {
  const auto document = formats::parse_json(body);
  if (!document) return fail(document.error());
  const auto root = document->root();
  if (!root.is(JsonKind::object)) return refuse("$", "send an object");
  for (const auto& [key, value] : root.members()) {
    if (key != "subject" && key != "purpose" && key != "recipient")
      return refuse_property(key, {"subject", "purpose", "recipient"});
    if (key != "subject" && !value.is(JsonKind::string)) return refuse(std::string(key), "must be a string");
  }
  if (auto right = check_asked_subject(root.find("subject")); !right) return fail(right.error());
  auto who = find_asked_person(facilities, root.find("subject"));
  if (!who) return fail(who.error());
  return Wanted{std::move(*who), std::string(root.find("purpose").as_string().value_or("")),
                std::string(root.find("recipient").as_string().value_or(""))};
}

// A consent as it was stated, from its entry.
struct Said {
  ConsentRow row;
  ledger::ConsentStatement statement;
  Timestamp at{};
  SubjectRef subject{};
};

Result<Said> read_said(const exchange::Facilities& facilities, ConsentRow row) {
  const auto bytes = facilities.sequencer.entry_bytes(row.seq);
  if (!bytes) return fail(bytes.error());
  const auto entry = ledger::decode_entry(*bytes);
  if (!entry) return fail(entry.error());
  if (row.given) {
    auto body = ledger::decode_body<ledger::ConsentGiven>(entry->body);
    if (!body) return fail(body.error());
    return Said{std::move(row), std::move(*body), entry->time, {}};
  }
  auto body = ledger::decode_body<ledger::ConsentRefused>(entry->body);
  if (!body) return fail(body.error());
  return Said{std::move(row), std::move(*body), entry->time, {}};
}

Status add_said(const ApiDependencies& dependencies, const SubjectRef& subject, const Wanted& wanted,
                std::vector<Said>& out) {
  auto dossier = dependencies.index.use([&](audit::IndexReader& reader) { return reader.dossier(subject); });
  if (!dossier) return fail(dossier.error());
  for (auto& row : dossier->consents) {
    if (!wanted.purpose.empty() && row.purpose != wanted.purpose) continue;
    if (!wanted.recipient.empty() && row.recipient != wanted.recipient) continue;
    auto said = read_said(dependencies.facilities, std::move(row));
    if (!said) return fail(said.error());
    said->subject = subject;
    out.push_back(std::move(*said));
  }
  return {};
}

// Of everybody who is one person with the bearer of the number, the newest first.
Result<std::vector<Said>> find_said(const ApiDependencies& dependencies, const Wanted& wanted) {
  if (auto ready = wait_for_index(dependencies); !ready) return fail(ready.error());
  std::vector<Said> out;
  for (const auto& one : wanted.who.person)
    if (auto added = add_said(dependencies, one, wanted, out); !added) return fail(added.error());
  std::ranges::sort(out, std::ranges::greater{}, [](const Said& said) { return said.row.seq; });
  return out;
}

void write_consent(JsonWriter& writer, const std::string& base, const Said& said, Date today) {
  const auto& row = said.row;
  const auto state = state_of(row, today);
  const auto id = row.id.text();
  writer.begin_object()
      .member("href", base + "/consents/" + id)
      .member("id", id)
      .member("subject", ledger::to_text(said.subject))
      .member("purpose", row.purpose)
      .member("recipient", row.recipient)
      .member("state", state)
      .key("categories")
      .begin_array();
  for (const auto category : (state == "GIVEN" ? row.remaining : row.stated).list()) writer.value(to_text(category));
  writer.end_array();
  if (row.valid_until) writer.member("validUntil", to_iso(*row.valid_until));
  writer.member("ledger", row.seq).end_object();
}

// One conversation with all that was answered in it.
void write_conversation(JsonWriter& writer, const std::string& base, const std::vector<const Said*>& answers,
                        Date today) {
  const auto& first = *answers.front();
  const auto& statement = first.statement;
  writer.begin_object()
      .member("conversationId", statement.conversation.text())
      .member("recordedAt", to_rfc3339(first.at))
      .key("notice")
      .begin_object()
      .member("id", statement.notice.id)
      .member("version", statement.notice.version)
      .member("language", statement.notice.language)
      .end_object()
      .key("explained")
      .begin_object()
      .member("how", statement.explained.how);
  if (const auto& mode = statement.explained.interpreter_mode) {
    writer.key("interpreter").begin_object().member("mode", *mode).member("kind", statement.explained.interpreter_kind);
    writer.end_object();
  }
  writer.end_object()
      .key("expressed")
      .begin_object()
      .member("how", statement.expressed.how)
      .member("on", to_iso(statement.expressed.on))
      .end_object()
      .member("representative", statement.representative.has_value())
      .key("consents")
      .begin_array();
  for (const auto* said : answers) write_consent(writer, base, *said, today);
  writer.end_array().end_object();
}

std::string render(const std::string& base, const std::optional<SubjectRef>& subject, const std::vector<Said>& all,
                   Date today) {
  std::vector<std::pair<Uuid, std::vector<const Said*>>> conversations;
  for (const auto& said : all) {
    const auto& id = said.statement.conversation;
    auto it = std::ranges::find(conversations, id, &std::pair<Uuid, std::vector<const Said*>>::first);
    if (it == conversations.end()) it = conversations.insert(it, {id, {}});
    it->second.push_back(&said);
  }
  std::string json;
  JsonWriter writer(json);
  writer.begin_object().member("self", base + "/consents/query");
  if (subject) writer.member("subject", ledger::to_text(*subject));
  // How every cell stands: what was said of it last.
  writer.key("items").begin_array();
  for (const auto& said : all)
    if (!said.row.superseded) write_consent(writer, base, said, today);
  writer.end_array().key("conversations").begin_array();
  for (const auto& [id, answers] : conversations) write_conversation(writer, base, answers, today);
  writer.end_array().end_object();
  return json;
}

void query(const ApiDependencies& dependencies, const Call& call) {
  const auto& facilities = dependencies.facilities;
  const auto wanted = read_query(facilities, call.request.body);
  if (!wanted) return refuse_look_up(facilities, call, wanted.error(), looked_up, "consent-recorder");
  const auto all = find_said(dependencies, *wanted);
  if (!all) return call.refuse(all.error());
  auto json = render(call.base, wanted->who.subject, *all, date_in_brussels(facilities.clock.now()));
  auto notes = draft_look_up(facilities, call, wanted->who, looked_up, "consent-recorder", [&](const SubjectRef& one) {
    return static_cast<std::uint64_t>(std::ranges::count(*all, one, &Said::subject));
  });
  note_and_then(facilities, call, std::move(notes), [json = std::move(json)](const Call& c) {
    c.answer(200, json, {{"Cache-Control", "no-store"}});
  });
}

}  // namespace

void add_consent_query_routes(const ApiDependencies& dependencies, std::vector<Route>& routes) {
  routes.push_back({"POST", "/consents/query", Access::scope, "consents", on_workers(dependencies, query)});
}

}  // namespace ketenpoort::api
