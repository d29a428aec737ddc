#include "gateway/api/routes/recipient_check.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <set>

#include "gateway/api/http/query.hpp"
#include "gateway/ledger/history/history.hpp"

namespace ketenpoort::api {
namespace {

std::set<std::string> known_recipients(const exchange::Facilities& facilities) {
  std::set<std::string> known;
  const auto terms = facilities.terms.get();
  for (const auto& [id, recipient] : terms->recipients) known.insert(id);
  facilities.sequencer.read([&](const ledger::History& history) {
    for (const auto* purpose : history.purposes()) known.insert(purpose->value.recipient);
    return 0;
  });
  return known;
}

}  // namespace

Status check_recipient(const ApiDependencies& dependencies, const std::string& recipient) {
  if (recipient.empty()) return {};
  const auto known = known_recipients(dependencies.facilities);
  if (known.contains(recipient)) return {};
  // A partner that left, or one that records name and nobody ever configured: the log speaks of both.
  audit::EntryQuery query;
  query.recipient = recipient;
  query.limit = 1;
  const auto found = dependencies.index.use([&](audit::IndexReader& reader) { return reader.entries(query); });
  if (!found) return fail(found.error());
  if (!found->empty()) return {};
  return refuse_parameter("recipient", fmt::format("nobody has this id; there are {}", fmt::join(known, ", ")));
}

}  // namespace ketenpoort::api
