#include "gateway/api/routes/own_records.hpp"

#include "gateway/ledger/entry/entry.hpp"
#include "gateway/ledger/history/history.hpp"

namespace ketenpoort::api {

using ledger::History;

std::string sees_transfers_of(const Identity& identity) {
  return identity.may("operator") ? std::string() : identity.organisation;
}

Result<bool> was_sent_by(const ApiDependencies& dependencies, const RecordId& record, std::string_view organisation) {
  const auto seq = dependencies.facilities.sequencer.read([&](const History& history) {
    const auto found = history.record(record);
    return found ? std::optional(found->seq) : std::nullopt;
  });
  if (seq) {
    const auto bytes = dependencies.facilities.sequencer.entry_bytes(*seq);
    const auto entry = bytes ? ledger::decode_entry(*bytes) : fail(bytes.error());
    if (!entry) return fail(entry.error());
    return entry->actor.org == organisation;
  }
  if (auto ready = wait_for_index(dependencies); !ready) return fail(ready.error());
  const auto row = dependencies.index.use([&](audit::IndexReader& reader) { return reader.record(record); });
  if (!row) return fail(row.error());
  return *row && (*row)->organisation == organisation;
}

Result<bool> sees_transfer(const ApiDependencies& dependencies, const Call& call, const History::Transfer& transfer) {
  const auto organisation = sees_transfers_of(call.identity);
  if (organisation.empty()) return true;
  return was_sent_by(dependencies, transfer.record, organisation);
}

}  // namespace ketenpoort::api
