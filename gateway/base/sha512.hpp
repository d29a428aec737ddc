// SHA-512 (OpenSSL), which some callers prefer to SHA-256 for a Content-Digest (RFC 9530). Nothing of ours is made with
// it.
#pragma once

#include <array>
#include <cstdint>
#include <memory>

#include "gateway/base/bytes.hpp"

namespace ketenpoort {

using LongDigest = std::array<std::uint8_t, 64>;

class Sha512 {
 public:
  Sha512();
  void add(ByteView piece);
  [[nodiscard]] LongDigest finish();  // once, at the end

 private:
  struct Free {
    void operator()(void* context) const;
  };
  std::unique_ptr<void, Free> context_;
};

}  // namespace ketenpoort
