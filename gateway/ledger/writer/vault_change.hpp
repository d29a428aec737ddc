// Changes to what is kept beside the ledger, as the journal carries them.
#pragma once

#include <cstdint>
#include <span>
#include <string>

namespace ketenpoort::ledger {

// A change to a payload, a key, the queue ... Opaque here: the journal carries it, the sink applies it.
struct VaultChange {
  std::uint8_t kind = 0;
  std::string bytes;
};

// Where vault changes go. After a crash the changes of batches beyond applied_through() come again, in order.
class Sink {
 public:
  virtual ~Sink() = default;
  virtual void on_durable(std::uint64_t batch,
                          std::span<const VaultChange> changes) = 0;  // on a sequencer thread, in order
  [[nodiscard]] virtual std::uint64_t applied_through() const = 0;    // durable there up to this batch; from any thread

  // Up to this batch nothing else comes: remember its number too, so that at a start a sink that is behind the journal
  // is told from one that merely had nothing to do. From any thread. False: this sink keeps no such count, and is not
  // held to it.
  virtual bool note_through(std::uint64_t /*batch*/) { return false; }
  [[nodiscard]] virtual bool counts_batches() const { return false; }
};

}  // namespace ketenpoort::ledger
