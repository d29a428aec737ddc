#include "gateway/domain/transfer.hpp"

namespace ketenpoort {
namespace {

constexpr std::array<std::string_view, 9> state_names = {"requested",    "held",   "permitted", "refused",  "delivered",
                                                         "acknowledged", "failed", "abandoned", "cancelled"};

constexpr std::array<std::string_view, reason_count> reason_names = {"no-agreement",
                                                                     "agreement-not-in-force",
                                                                     "purpose-not-covered",
                                                                     "category-not-covered",
                                                                     "recipient-not-covered",
                                                                     "centre-not-covered",
                                                                     "wrong-region",
                                                                     "no-consent",
                                                                     "consent-withdrawn",
                                                                     "consent-expired",
                                                                     "consent-refused",
                                                                     "not-informed",
                                                                     "too-early",
                                                                     "document-missing",
                                                                     "card-not-renewed",
                                                                     "procedure-stale",
                                                                     "not-in-target-group",
                                                                     "identifier-missing",
                                                                     "identity-conflict",
                                                                     "minor",
                                                                     "representative-missing",
                                                                     "representative-lapsed",
                                                                     "stay-ended",
                                                                     "superseded",
                                                                     "hold-expired",
                                                                     "subject-restricted",
                                                                     "subject-erased",
                                                                     "nothing-to-send",
                                                                     "mapping-failed",
                                                                     "schema-invalid",
                                                                     "partner-rejected",
                                                                     "anchor-stale",
                                                                     "cancelled-by-operator"};

template <class Enum, std::size_t n>
std::optional<Enum> find_name(const std::array<std::string_view, n>& names, std::string_view text) {
  for (std::size_t i = 0; i < n; ++i)
    if (names[i] == text) return static_cast<Enum>(i);
  return std::nullopt;
}

}  // namespace

std::string_view to_text(TransferState state) {
  return state_names[static_cast<std::size_t>(state)];
}
std::optional<TransferState> parse_transfer_state(std::string_view text) {
  return find_name<TransferState>(state_names, text);
}

bool is_final(TransferState state) {
  return state == TransferState::refused || state == TransferState::acknowledged || state == TransferState::cancelled;
}

bool is_waiting(TransferState state) {
  return state == TransferState::requested || state == TransferState::held || state == TransferState::failed;
}

std::string_view to_text(Reason reason) {
  return reason_names[static_cast<std::size_t>(reason)];
}
std::optional<Reason> parse_reason(std::string_view text) {
  return find_name<Reason>(reason_names, text);
}

}  // namespace ketenpoort
