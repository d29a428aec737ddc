// POST /subjects/{ref}/link, /link/approve, /unlink, /unlink/approve: whose a number is; GET /subjects/{ref}/proposals:
// what waits for a second person. Numbers stand in bodies alone, and never in an answer.
#include <algorithm>
#include <array>
#include <memory>
#include <utility>

#include "gateway/api/http/problem.hpp"
#include "gateway/api/routes/rights_call.hpp"
#include "gateway/domain/ssin.hpp"
#include "gateway/exchange/rights/link_numbers.hpp"
#include "gateway/exchange/rights/proposals.hpp"
#include "gateway/ledger/entry/entry.hpp"

namespace ketenpoort::api {
namespace {

using exchange::NamedNumber;
using exchange::NumberChange;
using formats::JsonKind;
using formats::JsonView;
using formats::JsonWriter;

constexpr std::size_t most_numbers = 20;

std::string_view verb(NumberChange change) {
  return change == NumberChange::link ? "link" : "unlink";
}

bool is_fedasil_number(std::string_view text) {
  const auto plain = [](char c) { return (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9'); };
  return text.size() >= 3 && text.size() <= 20 && plain(text.front()) &&
         std::ranges::all_of(text, [&](char c) { return plain(c) || c == '-'; });
}

bool is_immigration_office_number(std::string_view text) {
  return text.size() >= 6 && text.size() <= 9 && std::ranges::all_of(text, [](char c) { return c >= '0' && c <= '9'; });
}

// As a record is held to it: a mistyped number would be nobody's, and stay with this person.
Status check_number(const exchange::Facilities& facilities, std::string_view key, JsonView value) {
  const auto where = "identifiers." + std::string(key);
  const auto text = value.as_string();
  if (!text) return refuse_value(where, "a text");
  if (key == "fedasilNumber" && !is_fedasil_number(*text))
    return refuse_value(where, "3 to 20 capitals, digits and hyphens");
  if (key == "immigrationOfficeNumber" && !is_immigration_office_number(*text))
    return refuse_value(where, "6 to 9 digits");
  if (key != "ssin" && key != "previousSsins") return {};
  const auto checked = check_ssin(*text, facilities.terms->allow_mock_ssin, date_in_brussels(facilities.clock.now()));
  return checked.fault ? refuse_value(where, std::string(to_text(*checked.fault))) : Status();
}

Status check_identifiers(const exchange::Facilities& facilities, JsonView identifiers) {
  constexpr std::array<std::string_view, 4> known = {"fedasilNumber", "ssin", "previousSsins",
                                                     "immigrationOfficeNumber"};
  if (!identifiers.is(JsonKind::object) || identifiers.size() == 0)
    return refuse_value("identifiers", "fedasilNumber, ssin, previousSsins or immigrationOfficeNumber, as in a record");
  for (const auto& [key, value] : identifiers.members()) {
    if (std::find(known.begin(), known.end(), key) == known.end())
      return refuse_value("identifiers", "no such number: " + std::string(key));
    if (key != "previousSsins") {
      if (auto fits = check_number(facilities, key, value); !fits) return fits;
      continue;
    }
    if (!value.is(JsonKind::array) || value.size() == 0 || value.size() > most_numbers)
      return refuse_value("identifiers.previousSsins", "a list of 1 to 20 numbers");
    for (const auto one : value.elements())
      if (auto fits = check_number(facilities, key, one); !fits) return fits;
  }
  return {};
}

void write_numbers(JsonWriter& writer, const exchange::PendingNumbers& pending) {
  writer.key("numbers").begin_array();
  for (std::size_t i = 0; i < pending.numbers.size(); ++i) {
    writer.begin_object().member("number", exchange::number_kind(pending.numbers[i].kind));
    if (const auto& owner = pending.owners[i]) writer.member("subject", ledger::to_text(*owner));
    writer.end_object();
  }
  writer.end_array();
}

std::string render_pending(const exchange::Terms& terms, const std::string& base, NumberChange change,
                           const exchange::PendingNumbers& pending) {
  std::string json;
  JsonWriter writer(json);
  const auto subject = ledger::to_text(pending.subject);
  writer.begin_object()
      .member("id", pending.id.text())
      .member("subject", subject)
      .member("state", "PENDING")
      .member("approve", base + "/subjects/" + subject + '/' + std::string(verb(change)) + "/approve")
      .member("askedAt", to_rfc3339(pending.asked_at))
      .member("expiresAt", to_rfc3339(exchange::expiry_of(terms, pending.asked_at)));
  write_numbers(writer, pending);
  writer.end_object();
  return json;
}

void write_subjects(JsonWriter& writer, std::string_view key, const std::vector<SubjectRef>& subjects) {
  writer.key(key).begin_array();
  for (const auto& one : subjects) writer.value(ledger::to_text(one));
  writer.end_array();
}

std::string render_changed(NumberChange change, const exchange::NumbersChanged& changed) {
  std::string json;
  JsonWriter writer(json);
  writer.begin_object()
      .member("id", changed.approved.id.text())
      .member("subject", ledger::to_text(changed.outcome.subject))
      .member("state", change == NumberChange::link ? "LINKED" : "UNLINKED");
  write_numbers(writer, changed.approved);
  if (change == NumberChange::link) {
    write_subjects(writer, "passedFrom", changed.passed_from);
    write_subjects(writer, "continues", changed.continues);
  }
  write_rights_outcome(writer, changed.outcome);
  writer.end_object();
  return json;
}

void propose(const ApiDependencies& dependencies, const Call& call, NumberChange change) {
  const auto body = read_rights_body(call.request.body, {"identifiers", "request"});
  if (!body) return call.refuse(body.error());
  const auto rights = read_rights_call(call, body->root());
  if (!rights) return call.refuse(rights.error(), InputPart::path);
  if (auto fits = check_identifiers(dependencies.facilities, body->root().find("identifiers")); !fits)
    return call.refuse(fits.error());
  auto shared = std::make_shared<Call>(call);
  const auto terms = dependencies.facilities.terms.get();
  exchange::propose_numbers(dependencies.facilities, *rights, change,
                            exchange::read_numbers(dependencies.facilities.vault, body->root().find("identifiers")),
                            [shared, terms, change](const Result<exchange::PendingNumbers>& pending) {
                              if (!pending) return shared->refuse(pending.error());
                              shared->answer(202, render_pending(*terms, shared->base, change, *pending));
                            });
}

void approve(const ApiDependencies& dependencies, const Call& call, NumberChange change) {
  const auto body = read_rights_body(call.request.body, {"id", "identifiers"});
  if (!body) return call.refuse(body.error());
  const auto rights = read_rights_call(call, body->root());
  if (!rights) return call.refuse(rights.error(), InputPart::path);
  const auto id = read_uuid_of(body->root().find("id"), "id");
  if (!id) return call.refuse(id.error());
  const auto identifiers = body->root().find("identifiers");
  if (identifiers)
    if (auto fits = check_identifiers(dependencies.facilities, identifiers); !fits) return call.refuse(fits.error());
  auto shared = std::make_shared<Call>(call);
  auto& dispatcher = dependencies.dispatcher;
  exchange::approve_numbers(
      dependencies.facilities, dispatcher.in_flight(), *rights, change, *id,
      exchange::read_numbers(dependencies.facilities.vault, identifiers),
      [shared, change, &dispatcher](const Result<exchange::NumbersChanged>& changed) {
        if (!changed) return shared->refuse(changed.error());
        shared->answer(200, render_changed(change, *changed));
        dispatcher.wake_held_for(Reason::identity_conflict);  // whoever else claimed it
      },
      [&dispatcher](const SubjectRef& subject) { dispatcher.wake_subject(subject); });
}

void list_proposals(const ApiDependencies& dependencies, const Call& call) {
  const auto subject = ledger::parse_subject_ref(call.parts.front());
  const auto known = subject && dependencies.facilities.sequencer.read(
                                    [&](const ledger::History& history) { return history.knows(*subject); });
  if (!known) return call.refuse({ErrorCode::not_found, "no subject has this reference"}, InputPart::path);
  std::string json;
  JsonWriter writer(json);
  writer.begin_object()
      .member("self", call.base + "/subjects/" + ledger::to_text(*subject) + "/proposals")
      .key("items")
      .begin_array();
  const auto& facilities = dependencies.facilities;
  for (const auto& proposal : exchange::find_proposals(facilities.vault, *subject)) {
    const auto expires = exchange::expiry_of(*facilities.terms.get(), proposal.asked_at);
    if (expires < facilities.now()) continue;
    writer.begin_object()
        .member("id", proposal.id.text())
        .member("kind", proposal.kind)
        .member("askedAt", to_rfc3339(proposal.asked_at))
        .member("expiresAt", to_rfc3339(expires))
        .member("own", proposal.asked_by == call.identity.client);
    if (proposal.request) writer.member("request", proposal.request->text());
    writer.end_object();
  }
  writer.end_array().end_object();
  call.answer(200, std::move(json), {{"cache-control", "no-store"}});
}

}  // namespace

void add_number_routes(const ApiDependencies& dependencies, std::vector<Route>& routes) {
  const auto add = [&](std::string_view method, std::string_view path, WorkerJob run) {
    routes.push_back({method, path, Access::scope, "rights", on_workers(dependencies, std::move(run))});
  };
  for (const auto change : {NumberChange::link, NumberChange::unlink}) {
    const bool link = change == NumberChange::link;
    add("POST", link ? "/subjects/{ref}/link" : "/subjects/{ref}/unlink",
        [change](const ApiDependencies& d, const Call& call) { propose(d, call, change); });
    add("POST", link ? "/subjects/{ref}/link/approve" : "/subjects/{ref}/unlink/approve",
        [change](const ApiDependencies& d, const Call& call) { approve(d, call, change); });
  }
  add("GET", "/subjects/{ref}/proposals", list_proposals);
}

}  // namespace ketenpoort::api
