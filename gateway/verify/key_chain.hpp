// The keys of a log over time: each is announced in an entry that the one before it and it itself have signed.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "gateway/ledger/bodies.hpp"
#include "gateway/ledger/note.hpp"
#include "gateway/verify/flaw.hpp"

namespace ketenpoort::verify {

class KeyChain {
 public:
  Checked<void> open(const ledger::LedgerOpened& opened);  // the first entry
  Checked<void> rotate(std::uint64_t seq, const ledger::KeyRotated& rotation);

  [[nodiscard]] bool empty() const { return links_.empty(); }
  [[nodiscard]] const std::string& origin() const { return origin_; }
  // The key that signs checkpoints of this size. Not of an empty chain.
  [[nodiscard]] const ledger::VerifierKey& key_at(std::uint64_t size) const;
  [[nodiscard]] bool contains(const ledger::VerifierKey& key) const;
  [[nodiscard]] std::size_t size() const { return links_.size(); }

 private:
  struct Link {
    std::uint64_t seq;  // of the entry that announced it; it signs larger checkpoints
    ledger::VerifierKey key;
  };
  std::string origin_;
  std::vector<Link> links_;
};

}  // namespace ketenpoort::verify
