// The log says what was erased; a vault that was restored from an older copy may hold it still. At every start the
// erasures of the log are done again where they are not done, and invariant 9 is checked: after `subject.erased` no key
// of the classes it names opens anything.
#pragma once

#include <cstddef>

#include "gateway/ledger/writer/sequencer.hpp"
#include "gateway/storage/vault/vault.hpp"

namespace ketenpoort::storage {

// How many subjects had to be erased again. Blocks until that is durable; the purger does the rest.
// ErrorCode::internal when a key or a row of an erased class is still there afterwards.
Result<std::size_t> replay_erasures(ledger::Sequencer& sequencer, SqliteVault& vault);

}  // namespace ketenpoort::storage
