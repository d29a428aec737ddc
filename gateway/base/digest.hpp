// Hashes and message authentication codes (OpenSSL), with contexts kept per thread because setting one up costs more
// than a hash.
#pragma once

#include <array>
#include <cstdint>
#include <cstring>
#include <initializer_list>
#include <memory>

#include "gateway/base/bytes.hpp"

namespace ketenpoort {

using Digest = std::array<std::uint8_t, 32>;  // SHA-256

// Distributed evenly already: its first bytes are the hash.
struct DigestHash {
  std::size_t operator()(const Digest& digest) const noexcept {
    std::size_t first = 0;
    std::memcpy(&first, digest.data(), sizeof first);
    return first;
  }
};

Digest sha256(ByteView data);
Digest sha256(std::initializer_list<ByteView> parts);  // of the concatenation
Digest hmac_sha256(ByteView key, ByteView data);

// For what does not fit into memory.
class Sha256 {
 public:
  Sha256();
  void add(ByteView piece);
  [[nodiscard]] Digest finish();  // once, at the end

 private:
  struct Free {
    void operator()(void* context) const;
  };
  std::unique_ptr<void, Free> context_;
};

// Compares in time that depends on the lengths alone.
bool equal_in_constant_time(ByteView a, ByteView b);

// From the operating system's generator by way of OpenSSL; throws when there is no randomness to be had (nothing may go
// on then).
void fill_random(std::span<std::uint8_t> out);

template <std::size_t n>
std::array<std::uint8_t, n> random_bytes() {
  std::array<std::uint8_t, n> out;
  fill_random(out);
  return out;
}

}  // namespace ketenpoort
