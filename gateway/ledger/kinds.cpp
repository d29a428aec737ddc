#include "gateway/ledger/kinds.hpp"

#include <algorithm>
#include <array>

namespace ketenpoort::ledger {
namespace {

constexpr std::array<std::string_view, kind_count> kind_names = {
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
static_assert(std::ranges::is_sorted(kind_names));
static_assert(static_cast<std::size_t>(Kind::transfer_requested) + 1 == kind_names.size());

}  // namespace

std::optional<Kind> parse_kind(std::string_view text) {
  const auto at = std::ranges::lower_bound(kind_names, text);
  if (at == kind_names.end() || *at != text) return std::nullopt;
  return static_cast<Kind>(at - kind_names.begin());
}

std::string_view to_text(Kind kind) {
  return kind_names[static_cast<std::size_t>(kind)];
}

Presence subject_in(Kind kind) {
  const auto family = to_text(kind).substr(0, to_text(kind).find('.'));
  if (family == "audit") return Presence::maybe;
  constexpr std::array<std::string_view, 7> personal = {"consent", "outcome", "recipient", "record",
                                                        "request", "subject", "transfer"};
  return std::ranges::find(personal, family) != personal.end() ? Presence::always : Presence::never;
}

bool has_transfer(Kind kind) {
  return kind == Kind::outcome_received || kind == Kind::outcome_rejected || kind >= Kind::transfer_abandoned;
}

}  // namespace ketenpoort::ledger
