#include "gateway/storage/backup/lost_payloads.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <map>

#include "gateway/ledger/entry/bodies.hpp"
#include "gateway/ledger/entry/entry.hpp"
#include "gateway/ledger/tree/segments.hpp"

namespace ketenpoort::storage {
namespace {

using ledger::Entry;

class Search {
 public:
  Status look_at(const Entry& entry) {
    if (entry.kind == ledger::RecordReceived::kind) {
      const auto body = ledger::decode_body<ledger::RecordReceived>(entry.body);
      if (!body) return fail(body.error());
      lost_.records.push_back(body->record);
    } else if (entry.kind == ledger::OutcomeReceived::kind) {
      const auto body = ledger::decode_body<ledger::OutcomeReceived>(entry.body);
      if (!body) return fail(body.error());
      lost_.outcomes.push_back(body->outcome);
    } else if (entry.kind == ledger::TransferPermitted::kind) {
      const auto body = ledger::decode_body<ledger::TransferPermitted>(entry.body);
      if (!body) return fail(body.error());
      if (body->attempt == 1) made_[*entry.tx] = entry.seq;
    } else if (entry.kind == ledger::TransferAcknowledged::kind || entry.kind == ledger::TransferCancelled::kind) {
      made_.erase(*entry.tx);  // nobody asks for its message any more
    }
    return {};
  }

  LostPayloads take() {
    std::vector<std::pair<std::uint64_t, TransferId>> in_order;
    for (const auto& [transfer, seq] : made_) in_order.emplace_back(seq, transfer);
    std::ranges::sort(in_order);
    for (const auto& [seq, transfer] : in_order) lost_.transfers.push_back(transfer);
    return std::move(lost_);
  }

 private:
  LostPayloads lost_;
  std::map<TransferId, std::uint64_t> made_;  // with the entry that permitted it first
};

}  // namespace

Result<LostPayloads> find_lost_payloads(const std::filesystem::path& ledger, std::uint64_t from, std::uint64_t to) {
  Search search;
  ledger::SegmentReader reader(ledger, from - from % ledger::segment_entries);
  while (reader.next_seq() < to) {
    const bool wanted = reader.next_seq() >= from;
    const auto bytes = reader.next();
    if (!bytes) return fail(bytes.error());
    if (!*bytes)
      return fail(ErrorCode::malformed,
                  fmt::format("{} ends before entry {}", reader.file().string(), reader.next_seq()));
    if (!wanted) continue;
    const auto entry = ledger::decode_entry(**bytes);
    if (!entry) return fail(entry.error());
    if (auto looked = search.look_at(*entry); !looked) return fail(looked.error());
  }
  return search.take();
}

}  // namespace ketenpoort::storage
