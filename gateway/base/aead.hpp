// AES-256-GCM (NIST SP 800-38D): how everything personal is kept at rest.
#pragma once

#include <array>
#include <string>

#include "gateway/base/bytes.hpp"
#include "gateway/base/result.hpp"

namespace ketenpoort {

using AeadKey = std::array<std::uint8_t, 32>;

// Returns iv (12 bytes, random) || ciphertext || tag (16 bytes). `context` is authenticated, not stored: the opener
// must know it.
Bytes seal(const AeadKey& key, ByteView plain, ByteView context);

// Fails with ErrorCode::crypto when the key, the context or one bit is not the one it was sealed with.
Result<Bytes> open_sealed(const AeadKey& key, ByteView sealed, ByteView context);

constexpr std::size_t aead_overhead = 12 + 16;

}  // namespace ketenpoort
