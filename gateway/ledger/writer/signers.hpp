// The private keys at hand for a log's checkpoints, and which of them signs which size: from a rotation's entry on the
// new one. From any thread.
#pragma once

#include <cstdint>
#include <mutex>
#include <string_view>
#include <vector>

#include "gateway/base/result.hpp"
#include "gateway/ledger/checkpoint/note.hpp"
#include "gateway/ledger/history/key_history.hpp"

namespace ketenpoort::ledger {

class Signers {
 public:
  // `keys` as the log's entries say so far; nothing yet for a log that is new, which `first` opens.
  Signers(KeyHistory keys, std::vector<SigningKey> at_hand) : keys_(std::move(keys)), at_hand_(std::move(at_hand)) {}

  void add(SigningKey key);  // to be rotated to

  // An entry on its way to being published: when it is a rotation, what is larger is signed by its new key.
  // ErrorCode::internal when the rotation does not hold.
  Status follow(std::uint64_t seq, std::string_view entry);

  // ErrorCode::config when the key of that size is not at hand.
  [[nodiscard]] Result<SigningKey> for_size(std::uint64_t size) const;
  [[nodiscard]] Result<SigningKey> find(const VerifierKey& key) const;

 private:
  mutable std::mutex mutex_;
  KeyHistory keys_;
  std::vector<SigningKey> at_hand_;
};

}  // namespace ketenpoort::ledger
