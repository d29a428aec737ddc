// Transfers: one message about one data subject to one recipient for one purpose.
#pragma once

#include <array>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "gateway/base/uuid.hpp"

namespace ketenpoort {

using TransferId = Uuid;
using RecordId = Uuid;
using ConsentId = Uuid;
using SubjectRef = std::array<std::uint8_t, 16>;  // random; says nothing about the person

struct SubjectRefHash {
  std::size_t operator()(const SubjectRef& ref) const noexcept { return UuidHash{}(Uuid{ref}); }
};

// The state diagram stands in docs/ledger-format.md (transfer states); ledger/history enforces it.
enum class TransferState : unsigned char {
  requested,
  held,
  permitted,
  refused,
  delivered,
  acknowledged,
  failed,
  abandoned,
  cancelled
};
std::string_view to_text(TransferState state);
std::optional<TransferState> parse_transfer_state(std::string_view text);
bool is_final(TransferState state);  // refused, acknowledged, cancelled: nothing can follow
bool is_waiting(
    TransferState state);  // requested, held, failed: nothing is under way, a withdrawal or newer record cancels it

// Why a transfer is not (yet) permitted. Closed list.
enum class Reason : unsigned char {
  no_agreement,
  agreement_not_in_force,
  purpose_not_covered,
  category_not_covered,
  recipient_not_covered,
  centre_not_covered,
  wrong_region,
  no_consent,
  consent_withdrawn,
  consent_expired,
  consent_refused,
  not_informed,
  too_early,
  document_missing,
  card_not_renewed,
  procedure_stale,
  not_in_target_group,
  identifier_missing,
  identity_conflict,
  minor,
  representative_missing,
  representative_lapsed,
  stay_ended,
  superseded,
  hold_expired,
  subject_restricted,
  subject_erased,
  nothing_to_send,
  mapping_failed,
  schema_invalid,
  partner_rejected,
  anchor_stale,
  cancelled_by_operator,
};
constexpr std::size_t reason_count = 33;
std::string_view to_text(Reason reason);  // "no-agreement"
std::optional<Reason> parse_reason(std::string_view text);

}  // namespace ketenpoort
