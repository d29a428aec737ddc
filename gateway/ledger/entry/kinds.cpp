#include "gateway/ledger/entry/kinds.hpp"

#include <algorithm>

namespace ketenpoort::ledger {
namespace {

static_assert(std::ranges::is_sorted(kind_names));
static_assert(static_cast<std::size_t>(Kind::transfer_requested) + 1 == kind_names.size());

constexpr Presence presence_of_subject(Kind kind) {
  const auto family = to_text(kind).substr(0, to_text(kind).find('.'));
  if (family == "audit") return Presence::maybe;
  constexpr std::array<std::string_view, 7> personal = {"consent", "outcome", "recipient", "record",
                                                        "request", "subject", "transfer"};
  return std::ranges::find(personal, family) != personal.end() ? Presence::always : Presence::never;
}

// Asked of every entry of a log.
constexpr auto presences = [] {
  std::array<Presence, kind_count> out{};
  for (std::size_t i = 0; i < out.size(); ++i) out[i] = presence_of_subject(static_cast<Kind>(i));
  return out;
}();

}  // namespace

std::optional<Kind> parse_kind(std::string_view text) {
  const auto at = std::ranges::lower_bound(kind_names, text);
  if (at == kind_names.end() || *at != text) return std::nullopt;
  return static_cast<Kind>(at - kind_names.begin());
}

Presence subject_in(Kind kind) {
  return presences[static_cast<std::size_t>(kind)];
}

bool has_transfer(Kind kind) {
  return kind == Kind::outcome_received || kind == Kind::outcome_rejected || kind >= Kind::transfer_abandoned;
}

}  // namespace ketenpoort::ledger
