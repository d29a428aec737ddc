// A checkpoint that says who signed it only once the log's keys are known.
#pragma once

#include <span>
#include <string>

#include "gateway/ledger/checkpoint/checkpoint.hpp"
#include "gateway/ledger/checkpoint/cosignature.hpp"
#include "gateway/ledger/checkpoint/note.hpp"
#include "gateway/verify/flaw.hpp"

namespace ketenpoort::verify {

struct ReadCheckpoint {
  std::string note;
  ledger::Checkpoint checkpoint;
  std::string cosignatures;  // the signature lines by others than the log, each with its newline
};

// The form: one signature under the log's name, which must be good if it is by one of the keys given; the keys' name is
// the origin. Which key must have signed depends on the keys announced in the log: see check_signer.
Checked<ReadCheckpoint> read_checkpoint(std::string note, std::span<const ledger::VerifierKey> keys,
                                        const std::string& where);

// That nobody signed it beside the log but the witnesses given: the bytes of other signatures would go unchecked.
Checked<void> check_cosigners(const ReadCheckpoint& checkpoint, std::span<const ledger::WitnessKey> witnesses,
                              const std::string& where);

// That the key in force at the checkpoint's size signed it.
Checked<void> check_signer(const ReadCheckpoint& checkpoint, const ledger::VerifierKey& key, const std::string& where);

}  // namespace ketenpoort::verify
