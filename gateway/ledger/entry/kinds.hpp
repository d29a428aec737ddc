// The kinds of ledger entries: a closed list. docs/ledger-format.md says what each means.
#pragma once

#include <array>
#include <cstddef>
#include <optional>
#include <string_view>

namespace ketenpoort::ledger {

// In the order of their names, by which they are found.
enum class Kind : unsigned char {
  agreement_amended,
  agreement_ended,
  agreement_registered,
  audit_exported,
  audit_queried,
  breach_recorded,
  config_activated,
  consent_given,
  consent_refused,
  consent_withdrawn,
  ledger_anchored,
  ledger_clock_anomaly,
  ledger_cosigned,
  ledger_key_rotated,
  ledger_opened,
  ledger_recovered,
  mapping_activated,
  outcome_received,
  outcome_rejected,
  partner_paused,
  partner_resumed,
  purpose_registered,
  recipient_confirmed,
  recipient_notified,
  record_received,
  request_closed,
  request_opened,
  rule_registered,
  subject_erased,
  subject_linked,
  subject_rectified,
  subject_restricted,
  subject_unlinked,
  subject_unrestricted,
  transfer_abandoned,
  transfer_acknowledged,
  transfer_cancelled,
  transfer_delivered,
  transfer_failed,
  transfer_held,
  transfer_permitted,
  transfer_refused,
  transfer_requested,
};

constexpr std::size_t kind_count = 43;

inline constexpr std::array<std::string_view, kind_count> kind_names = {
    "agreement.amended",  "agreement.ended",      "agreement.registered", "audit.exported",
    "audit.queried",      "breach.recorded",      "config.activated",     "consent.given",
    "consent.refused",    "consent.withdrawn",    "ledger.anchored",      "ledger.clock-anomaly",
    "ledger.cosigned",    "ledger.key-rotated",   "ledger.opened",        "ledger.recovered",
    "mapping.activated",  "outcome.received",     "outcome.rejected",     "partner.paused",
    "partner.resumed",    "purpose.registered",   "recipient.confirmed",  "recipient.notified",
    "record.received",    "request.closed",       "request.opened",       "rule.registered",
    "subject.erased",     "subject.linked",       "subject.rectified",    "subject.restricted",
    "subject.unlinked",   "subject.unrestricted", "transfer.abandoned",   "transfer.acknowledged",
    "transfer.cancelled", "transfer.delivered",   "transfer.failed",      "transfer.held",
    "transfer.permitted", "transfer.refused",     "transfer.requested"};

std::optional<Kind> parse_kind(std::string_view text);
constexpr std::string_view to_text(Kind kind) {
  return kind_names[static_cast<std::size_t>(kind)];
}

enum class Presence : unsigned char { never, maybe, always };
Presence subject_in(Kind kind);  // whether an entry of this kind names a data subject
bool has_transfer(Kind kind);    // transfer.* and outcome.* name a transfer, no other kind does

}  // namespace ketenpoort::ledger
