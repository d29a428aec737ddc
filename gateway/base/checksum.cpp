#include "gateway/base/checksum.hpp"

#include <openssl/core_names.h>
#include <openssl/evp.h>
#include <openssl/params.h>

#include <stdexcept>

#include "gateway/base/bytes.hpp"
#include "gateway/base/owned.hpp"

namespace ketenpoort {
namespace {

class Context {
 public:
  bool make(std::span<const std::string_view> pieces, Checksum& out) {
    static constexpr std::array<std::uint8_t, 16> key{};
    std::array<std::uint8_t, 12> nonce{};
    char cipher[] = "AES-128-GCM";
    const OSSL_PARAM params[] = {OSSL_PARAM_construct_utf8_string(OSSL_MAC_PARAM_CIPHER, cipher, 0),
                                 OSSL_PARAM_construct_octet_string(OSSL_MAC_PARAM_IV, nonce.data(), nonce.size()),
                                 OSSL_PARAM_construct_end()};
    if (!ctx_ || EVP_MAC_init(ctx_.get(), key.data(), key.size(), params) != 1) return false;
    for (const auto piece : pieces) {
      const auto bytes = as_bytes(piece);
      if (EVP_MAC_update(ctx_.get(), bytes.data(), bytes.size()) != 1) return false;
    }
    std::size_t size = 0;
    return EVP_MAC_final(ctx_.get(), out.data(), &size, out.size()) == 1 && size == out.size();
  }

 private:
  Owned<EVP_MAC, EVP_MAC_free> mac_{EVP_MAC_fetch(nullptr, "GMAC", nullptr)};
  Owned<EVP_MAC_CTX, EVP_MAC_CTX_free> ctx_{EVP_MAC_CTX_new(mac_.get())};
};

}  // namespace

Checksum checksum(std::span<const std::string_view> pieces) {
  thread_local Context context;
  Checksum out{};
  if (!context.make(pieces, out)) throw std::runtime_error("OpenSSL failed: GMAC");
  return out;
}

}  // namespace ketenpoort
