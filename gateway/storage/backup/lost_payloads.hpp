// What a restored vault cannot have: the content of what the log says came after the backup was made.
#pragma once

#include <cstdint>
#include <filesystem>
#include <vector>

#include "gateway/base/result.hpp"
#include "gateway/domain/transfer.hpp"

namespace ketenpoort::storage {

struct LostPayloads {
  std::vector<RecordId> records;      // received after the backup: their senders must send them again
  std::vector<TransferId> transfers;  // whose message was made after it, and may have to be sent again
  std::vector<Uuid> outcomes;         // reported back after the backup: the partners must report them again

  [[nodiscard]] bool empty() const { return records.empty() && transfers.empty() && outcomes.empty(); }
};

// Of the entries from `from` up to `to` of a ledger folder, in their order.
Result<LostPayloads> find_lost_payloads(const std::filesystem::path& ledger, std::uint64_t from, std::uint64_t to);

}  // namespace ketenpoort::storage
