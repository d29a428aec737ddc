#include "gateway/exchange/facilities/number_doubt.hpp"

#include <algorithm>
#include <set>
#include <string_view>
#include <utility>

#include "gateway/exchange/facilities/same_person.hpp"
#include "gateway/ledger/history/history.hpp"

namespace ketenpoort::exchange {
namespace {

using formats::JsonView;

std::set<std::string_view> ssins_in(JsonView identifiers) {
  std::set<std::string_view> out;
  if (const auto ssin = identifiers.find("ssin").as_string()) out.insert(*ssin);
  for (const auto previous : identifiers.find("previousSsins").elements())
    if (const auto ssin = previous.as_string()) out.insert(*ssin);
  return out;
}

bool contradicts(JsonView newest, JsonView identifiers) {
  if (!newest.find("ssin")) return false;
  const auto named = ssins_in(newest);
  return std::ranges::none_of(ssins_in(identifiers), [&](std::string_view ssin) { return named.contains(ssin); });
}

bool is_known_by_fedasil_number(const Vault& vault, const Match& match, JsonView identifiers) {
  const auto number = identifiers.find("fedasilNumber").as_string();
  if (!number) return false;
  if (match.unknown.empty()) return true;  // as nearly everybody is
  return vault.find_subject(vault.mark(IdentifierKind::fedasil_number, *number)).has_value();
}

}  // namespace

Result<std::optional<RecordId>> find_contradicting_record(const Facilities& facilities, const Match& match,
                                                          JsonView identifiers) {
  if (!match.subject || match.conflict || is_known_by_fedasil_number(facilities.vault, match, identifiers))
    return std::optional<RecordId>();
  const auto newest = facilities.sequencer.read(
      [&](const ledger::History& history) { return newest_record_of_person(history, *match.subject); });
  if (!newest) return std::optional<RecordId>();
  const auto kept = facilities.vault.find_record(newest->id);
  if (!kept && kept.error().code != ErrorCode::not_found && kept.error().code != ErrorCode::gone)
    return fail(ErrorCode::unavailable, "what is known of this person cannot be read just now");
  if (!kept) return std::optional<RecordId>();
  const auto document = formats::parse_json(*kept);
  if (!document) return fail(document.error());
  if (!contradicts(document->root().find("resident").find("identifiers"), identifiers))
    return std::optional<RecordId>();
  return std::optional(newest->id);
}

}  // namespace ketenpoort::exchange
