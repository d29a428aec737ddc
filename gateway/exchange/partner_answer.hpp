// What a recipient answered to a message that it took or refused, kept as evidence: sealed under the subject's payload
// key, beside the records, and gone with them. The ledger has its keyed digest.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "gateway/exchange/facilities.hpp"
#include "gateway/ledger/sequencer.hpp"

namespace ketenpoort::exchange {

struct KeptAnswer {
  std::uint32_t attempt = 1;
  int status = 0;
  std::string content;  // as it came
};

// Where the vault has it: derived, so that nothing need be kept to find it.
RecordId answer_id(const TransferId& transfer, std::uint32_t attempt);

// Adds it to the transaction that says what came of the attempt. Empty answers, and those about somebody whose data
// were erased meanwhile, are not kept. On the sequencer's thread.
void keep_answer(const Vault& vault, const ledger::History& history, const SubjectRef& subject,
                 const TransferId& transfer, const KeptAnswer& answer, ledger::Transaction& transaction);

// Those to `attempts` attempts, as far as they are kept; of more than a hundred, to the last hundred. By attempt. May
// wait for a disk.
std::vector<KeptAnswer> find_answers(const Vault& vault, const TransferId& transfer, std::uint32_t attempts);

}  // namespace ketenpoort::exchange
