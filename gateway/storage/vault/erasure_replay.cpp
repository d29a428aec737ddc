#include "gateway/storage/vault/erasure_replay.hpp"

#include <vector>

#include "gateway/ledger/history/history.hpp"

namespace ketenpoort::storage {
namespace {

using Erasures = std::vector<ledger::History::Erasure>;

Erasures find_missing(const Erasures& erasures, const SqliteVault& vault) {
  Erasures out;
  for (const auto& erasure : erasures)
    if (!vault.erased_classes(erasure.subject).includes(erasure.classes)) out.push_back(erasure);
  return out;
}

}  // namespace

Result<std::size_t> replay_erasures(ledger::Sequencer& sequencer, SqliteVault& vault) {
  const auto erasures = sequencer.read([](const ledger::History& history) { return history.erasures(); });
  const auto missing = find_missing(erasures, vault);
  if (!missing.empty()) {
    const auto done =
        sequencer.submit_and_wait([&](const ledger::History&, std::uint64_t, Timestamp) -> Result<ledger::Transaction> {
          ledger::Transaction transaction;
          for (const auto& erasure : missing)
            transaction.changes.push_back(vault.erase_subject(erasure.subject, erasure.classes, !erasure.retired));
          return transaction;
        });
    if (!done) return fail(done.error());
    if (auto flushed = vault.flush(); !flushed) return fail(flushed.error());
  }
  if (auto holds = vault.check_erasures(); !holds) return fail(holds.error());
  return missing.size();
}

}  // namespace ketenpoort::storage
