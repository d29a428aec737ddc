#include "gateway/api/routes/audit_note.hpp"

#include <utility>

#include "gateway/ledger/entry/bodies.hpp"

namespace ketenpoort::api {
namespace {

template <class Body>
ledger::EntryDraft draft(const Call& call, const Body& body) {
  ledger::EntryDraft out;
  out.kind = Body::kind;
  out.actor = caller_of(call, "auditor").actor();
  out.trace = call.request.trace;
  out.body = ledger::encode_body(body);
  return out;
}

}  // namespace

Digest digest_of(const Query& query) {
  ledger::ObjectWriter out;
  for (const auto& [name, value] : query) out.string(name, value);
  return sha256(as_bytes(out.take()));
}

ledger::EntryDraft draft_queried(const Call& call, const Query& query, std::uint64_t rows, std::string_view purpose) {
  return draft(call, ledger::AuditQueried{std::string(purpose), digest_of(query), rows});
}

ledger::EntryDraft draft_exported(const Call& call, const Query& query, std::string format, std::string purpose,
                                  std::uint64_t rows) {
  return draft(call, ledger::AuditExported{std::move(format), std::move(purpose), digest_of(query), rows});
}

void note_and_then(const exchange::Facilities& facilities, const Call& call, ledger::EntryDraft note,
                   std::function<void(const Call&)> then) {
  std::vector<ledger::EntryDraft> notes;
  notes.push_back(std::move(note));
  note_and_then(facilities, call, std::move(notes), std::move(then));
}

void note_and_then(const exchange::Facilities& facilities, const Call& call, std::vector<ledger::EntryDraft> notes,
                   std::function<void(const Call&)> then) {
  facilities.sequencer.submit(
      [notes = std::move(notes)](const ledger::History&, std::uint64_t, Timestamp) -> Result<ledger::Transaction> {
        return ledger::Transaction{notes, {}};
      },
      [shared = std::make_shared<Call>(call), then = std::move(then)](const Result<ledger::Committed>& committed) {
        if (!committed) return shared->refuse(committed.error());
        then(*shared);
      });
}

}  // namespace ketenpoort::api
