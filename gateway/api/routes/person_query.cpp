#include "gateway/api/routes/person_query.hpp"

#include <chrono>
#include <optional>
#include <string>
#include <utility>

#include "gateway/api/http/unknown_input.hpp"
#include "gateway/api/routes/audit_note.hpp"
#include "gateway/domain/ssin.hpp"
#include "gateway/exchange/facilities/identity.hpp"
#include "gateway/exchange/facilities/same_person.hpp"
#include "gateway/ledger/entry/bodies.hpp"
#include "gateway/ledger/history/history.hpp"

namespace ketenpoort::api {
namespace {

constexpr std::size_t longest_number = 32;

tl::unexpected<Error> refuse(std::string where, std::string detail) {
  return fail(ErrorCode::schema_violation, "the query is not understood",
              {{ErrorCode::schema_violation, std::move(where), std::move(detail)}});
}

}  // namespace

std::optional<std::string> find_slip_in_ssin(std::string_view ssin) {
  constexpr Date far{std::chrono::year{9999}, std::chrono::month{12}, std::chrono::day{31}};
  const auto fault = check_ssin(ssin, true, far).fault;
  return fault ? std::optional(std::string(to_text(*fault))) : std::nullopt;
}

Status check_asked_subject(formats::JsonView subject) {
  if (!subject.is(formats::JsonKind::object) || subject.size() == 0)
    return refuse("subject", "say who: {\"fedasilNumber\": ...} or {\"ssin\": ...}");
  for (const auto& [key, value] : subject.members()) {
    const bool known = key == "fedasilNumber" || key == "ssin" || key == "immigrationOfficeNumber";
    if (!known) return refuse_property(key, {"fedasilNumber", "ssin", "immigrationOfficeNumber"}, "subject");
    const auto text = value.as_string();
    if (!text || text->empty() || text->size() > longest_number) return refuse(value.where(), "a number, as a string");
    if (const auto fault = key == "ssin" ? find_slip_in_ssin(*text) : std::nullopt)
      return refuse(value.where(), *fault);
  }
  if (!subject.find("fedasilNumber") && !subject.find("ssin"))
    return refuse("subject", std::string(exchange::identifies_nobody));
  return {};
}

Result<PersonFound> find_asked_person(const exchange::Facilities& facilities, formats::JsonView subject) {
  const auto match = exchange::match_subject(facilities.vault, exchange::read_identifiers(facilities.vault, subject));
  const Error erased{ErrorCode::gone, "the data of this person were erased"};
  if (match.erased) return fail(erased);
  if (match.conflict)
    return fail(ErrorCode::conflict, "the numbers given belong to two different people; check which one is right",
                {{ErrorCode::conflict, "subject", "two numbers of two people"}});
  if (!match.subject) return PersonFound{};
  return facilities.sequencer.read([&](const ledger::History& history) -> Result<PersonFound> {
    if (history.is_erased(*match.subject)) return fail(erased);
    return PersonFound{match.subject, exchange::kept_same_person(history, *match.subject)};
  });
}

ledger::EntryDraft draft_look(const exchange::Facilities& facilities, const Call& call,
                              const std::optional<SubjectRef>& subject, std::string_view purpose, std::string_view role,
                              std::uint64_t rows) {
  ledger::EntryDraft out;
  out.kind = ledger::AuditQueried::kind;
  out.actor = caller_of(call, role).actor();
  out.subject = subject;
  out.trace = call.request.trace;
  const auto mark = facilities.vault.mark(exchange::IdentifierKind::request_body, call.request.body);
  out.body = ledger::encode_body(ledger::AuditQueried{std::string(purpose), mark, rows});
  return out;
}

void refuse_look_up(const exchange::Facilities& facilities, const Call& call, const Error& error,
                    std::string_view purpose, std::string_view role) {
  if (error.code != ErrorCode::gone && error.code != ErrorCode::conflict) return call.refuse(error);
  note_and_then(facilities, call, draft_look(facilities, call, std::nullopt, purpose, role, 0),
                [error](const Call& c) { c.refuse(error); });
}

}  // namespace ketenpoort::api
