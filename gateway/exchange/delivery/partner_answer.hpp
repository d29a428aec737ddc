// What a recipient answered to a message that it took or refused, kept as evidence: sealed under the subject's payload
// key, beside the records, and gone with them. The ledger has its keyed digest.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "gateway/exchange/facilities/facilities.hpp"
#include "gateway/ledger/writer/sequencer.hpp"

namespace ketenpoort::exchange {

struct KeptAnswer {
  std::uint32_t attempt = 1;
  int status = 0;
  std::string content;    // as it came; of a long one the beginning
  std::uint64_t cut = 0;  // bytes of it that are not kept
};
constexpr std::size_t longest_kept_answer = 256U << 10;

// Where the vault has it: derived, so that nothing need be kept to find it.
RecordId answer_id(const TransferId& transfer, std::uint32_t attempt);

// Sealed before the sequencer's turn, since that takes its time. Nothing: it is empty, or its subject was erased.
std::optional<ledger::VaultChange> seal_answer(const Vault& vault, const SubjectRef& subject,
                                               const TransferId& transfer, KeptAnswer answer);
// Adds it to the transaction that says what came of the attempt; not when the subject's data were erased meanwhile. On
// the sequencer's thread.
void keep_answer(const Vault& vault, const ledger::History& history, const SubjectRef& subject,
                 const std::optional<ledger::VaultChange>& sealed, ledger::Transaction& transaction);

// Those to `attempts` attempts, as far as they are kept; of more than a hundred, to the last hundred. By attempt. May
// wait for a disk.
std::vector<KeptAnswer> find_answers(const Vault& vault, const TransferId& transfer, std::uint32_t attempts);

}  // namespace ketenpoort::exchange
