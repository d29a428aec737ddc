#include "gateway/exchange/facilities/ids.hpp"

#include <algorithm>

#include "gateway/ledger/entry/bodies.hpp"

namespace ketenpoort::exchange {

TransferId next_transfer_id(const ledger::History& history, const ledger::Transaction& transaction, Timestamp now) {
  TransferId last = history.last_ids().transfer;
  for (const auto& entry : transaction.entries)
    if (entry.kind == ledger::TransferRequested::kind) last = std::max(last, *entry.tx);
  return new_id_after(last, now);
}

}  // namespace ketenpoort::exchange
