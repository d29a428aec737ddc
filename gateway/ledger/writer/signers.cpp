#include "gateway/ledger/writer/signers.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace ketenpoort::ledger {

void Signers::add(SigningKey key) {
  const std::lock_guard lock(mutex_);
  at_hand_.push_back(std::move(key));
}

Status Signers::follow(std::uint64_t seq, std::string_view entry) {
  if (!is_key_rotation(entry)) return {};
  const std::lock_guard lock(mutex_);
  if (seq < keys_.periods().back().from_size) return {};  // known: the log was read up to it at the start
  const auto rotation = read_key_rotation(entry);
  if (!rotation) return fail(ErrorCode::internal, rotation.error().message);
  if (auto done = keys_.rotate(seq, rotation->body); !done) return fail(ErrorCode::internal, done.error().message);
  return {};
}

Result<SigningKey> Signers::for_size(std::uint64_t size) const {
  const std::lock_guard lock(mutex_);
  const auto& key = keys_.at_size(size);
  const auto at = std::ranges::find(at_hand_, key.text(), [](const auto& one) { return one.verifier().text(); });
  if (at == at_hand_.end())
    return fail(
        ErrorCode::config,
        fmt::format("checkpoints of {} entries are signed by the key {}, which is not at hand", size, key.text()));
  return *at;
}

Result<SigningKey> Signers::find(const VerifierKey& key) const {
  const std::lock_guard lock(mutex_);
  const auto at = std::ranges::find(at_hand_, key.text(), [](const auto& one) { return one.verifier().text(); });
  if (at == at_hand_.end()) return fail(ErrorCode::config, fmt::format("the key {} is not at hand", key.text()));
  return *at;
}

}  // namespace ketenpoort::ledger
