#include "gateway/exchange/facilities/transfer_drafts.hpp"

#include <optional>

#include "gateway/ledger/entry/bodies.hpp"

namespace ketenpoort::exchange {
namespace {

using ledger::EntryDraft;

EntryDraft draft_like(const EntryDraft& like, std::string_view kind, const TransferId& id, std::uint64_t ref) {
  EntryDraft draft;
  draft.kind = kind;
  draft.actor = like.actor;
  draft.subject = like.subject;
  draft.activity = like.activity;
  draft.trace = like.trace;
  draft.tx = id;
  draft.refs = {ref};
  return draft;
}

EntryDraft draft_end(const EntryDraft& like, const TransferId& id, Reason reason, std::uint64_t ref,
                     std::uint64_t ledger_size, std::optional<std::uint64_t> consent) {
  EntryDraft draft = draft_like(like, ledger::TransferCancelled::kind, id, ref);
  ledger::TransferCancelled body;
  body.reasons = {reason};
  body.ledger_size = ledger_size;
  body.consent = consent;
  draft.body = ledger::encode_body(body);
  return draft;
}

}  // namespace

EntryDraft draft_requested(const EntryDraft& like, const TransferId& id, const ledger::History::Transfer& in_place_of,
                           std::uint64_t ref) {
  EntryDraft draft = draft_like(like, ledger::TransferRequested::kind, id, ref);
  draft.body = ledger::encode_body(
      ledger::TransferRequested{in_place_of.record, in_place_of.referral, std::string(in_place_of.recipient),
                                std::string(in_place_of.purpose), std::string(in_place_of.message)});
  return draft;
}

EntryDraft draft_stopped(const EntryDraft& like, const TransferId& id, Reason reason, std::uint64_t seq,
                         std::uint64_t ledger_size) {
  return draft_end(like, id, reason, seq, ledger_size, {});
}

EntryDraft draft_cancelled(const EntryDraft& like, const TransferId& id, Reason reason, std::uint64_t consent_seq,
                           std::uint64_t ledger_size) {
  return draft_end(like, id, reason, consent_seq, ledger_size, consent_seq);
}

}  // namespace ketenpoort::exchange
