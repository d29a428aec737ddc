// Turns transactions into entries at the end of a batch, and holds them to the rules of the log. Internal to the
// sequencer; one thread at a time.
#pragma once

#include <shared_mutex>
#include <string>
#include <vector>

#include "gateway/ledger/history/history.hpp"
#include "gateway/ledger/writer/sequencer.hpp"

namespace ketenpoort::ledger {

class TransactionWriter {
 public:
  // `mutex` is held exclusively while entries are applied.
  TransactionWriter(History& history, std::shared_mutex& mutex, std::string node);

  // Appends the entries as records (segments.hpp) and reads them back strictly: what cannot be read never reaches the
  // history. On failure `records` is as it was.
  Result<Committed> append(const Transaction& transaction, Timestamp now, std::string& records);
  // Applies what was appended last, all of it or nothing; `records` must not have changed since.
  Status apply();

 private:
  Status read_back(std::string_view records);

  struct Span {
    std::size_t at = 0;  // in the records
    std::size_t size = 0;
  };

  History& history_;
  std::shared_mutex& mutex_;
  std::string node_;
  UuidV7Source ids_;
  std::vector<Span> appended_;
  std::vector<Entry> entries_;  // the same, as read back; what is beyond them is from before, and used again
};

}  // namespace ketenpoort::ledger
