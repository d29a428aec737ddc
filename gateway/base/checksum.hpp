// Tells whether bytes are still what was written. Against accidents (a torn write, a bad sector), not against anybody:
// there is no secret in it. Several times as fast as SHA-256.
#pragma once

#include <array>
#include <cstdint>
#include <span>
#include <string_view>

namespace ketenpoort {

using Checksum = std::array<std::uint8_t, 16>;

// GMAC (NIST SP 800-38D) with AES-128 under a key and a nonce of zeros, of the concatenation.
Checksum checksum(std::span<const std::string_view> pieces);

}  // namespace ketenpoort
