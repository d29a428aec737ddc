// A vault that remembers answers, and nothing else.
#pragma once

#include <map>

#include "gateway/base/digest.hpp"
#include "tests/unit/exchange/no_vault.hpp"

namespace ketenpoort::exchange {

class ReplyVault : public NoVault {
 public:
  IdentifierMark mark(IdentifierKind, std::string_view text) const override { return sha256(as_bytes(text)); }
  std::optional<PastReply> find_reply(const Digest& key) const override {
    const auto found = replies_.find(key);
    return found == replies_.end() ? std::nullopt : std::optional(found->second);
  }
  ledger::VaultChange add_reply(const Digest& key, const PastReply& reply, Timestamp) const override {
    replies_[key] = reply;
    return {};
  }

 private:
  mutable std::map<Digest, PastReply> replies_;
};

}  // namespace ketenpoort::exchange
