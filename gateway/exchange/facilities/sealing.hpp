// The sealed part of ledger entries and keyed commitments (docs/ledger-format.md, "Sealed parts").
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "gateway/base/digest.hpp"
#include "gateway/domain/transfer.hpp"
#include "gateway/exchange/facilities/ports.hpp"
#include "gateway/ledger/entry/entry.hpp"

namespace ketenpoort::exchange {

// {ct, dek, iv}: the text under a fresh data key, that key under the subject's proof key. Destroying the subject's key
// opens nothing any more. Bound to the kind, subject and transfer of its entry.
std::string seal_part(const SubjectKeys& keys, std::string_view kind, const SubjectRef& subject,
                      const std::optional<TransferId>& tx, std::string_view text);

// What seal_part sealed. ErrorCode::crypto when the key is not the subject's, or the entry is not the one it was sealed
// for.
Result<std::string> open_part(const AeadKey& proof_key, const ledger::Entry& entry);

// A commitment that cannot be guessed from the content: HMAC-SHA256 under a random key, which is kept in the sealed
// part.
struct Commitment {
  AeadKey key = random_bytes<32>();
  [[nodiscard]] Digest of(std::string_view content) const { return hmac_sha256(key, as_bytes(content)); }
};

}  // namespace ketenpoort::exchange
