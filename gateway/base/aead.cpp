#include "gateway/base/aead.hpp"

#include <openssl/evp.h>

#include <algorithm>
#include <stdexcept>

#include "gateway/base/digest.hpp"
#include "gateway/base/owned.hpp"

namespace ketenpoort {
namespace {

constexpr std::size_t iv_size = 12;
constexpr std::size_t tag_size = 16;

// Told of its cipher once. Looking that up by name costs as much as sealing a short text, and a context that is told
// again throws away all it has.
struct CipherContext {
  Owned<EVP_CIPHER, EVP_CIPHER_free> cipher{EVP_CIPHER_fetch(nullptr, "AES-256-GCM", nullptr)};
  Owned<EVP_CIPHER_CTX, EVP_CIPHER_CTX_free> ctx{EVP_CIPHER_CTX_new()};

  CipherContext() { EVP_CipherInit_ex2(ctx.get(), cipher.get(), nullptr, nullptr, 1, nullptr); }
};

EVP_CIPHER_CTX* cipher_context() {
  thread_local const CipherContext context;
  return context.ctx.get();
}

}  // namespace

Bytes seal(const AeadKey& key, ByteView plain, ByteView context) {
  Bytes out(iv_size + plain.size() + tag_size);
  fill_random({out.data(), iv_size});
  auto* ctx = cipher_context();
  int size = 0;
  const bool ok =
      EVP_EncryptInit_ex2(ctx, nullptr, key.data(), out.data(), nullptr) == 1 &&
      EVP_EncryptUpdate(ctx, nullptr, &size, context.data(), static_cast<int>(context.size())) == 1 &&
      EVP_EncryptUpdate(ctx, out.data() + iv_size, &size, plain.data(), static_cast<int>(plain.size())) == 1 &&
      EVP_EncryptFinal_ex(ctx, out.data() + iv_size + plain.size(), &size) == 1 &&
      EVP_CIPHER_CTX_ctrl(ctx, EVP_CTRL_AEAD_GET_TAG, tag_size, out.data() + iv_size + plain.size()) == 1;
  if (!ok) throw std::runtime_error("OpenSSL failed: AES-256-GCM");
  return out;
}

Result<Bytes> open_sealed(const AeadKey& key, ByteView sealed, ByteView context) {
  if (sealed.size() < aead_overhead) return fail(ErrorCode::crypto, "sealed data is shorter than its own overhead");
  const std::size_t size = sealed.size() - aead_overhead;
  Bytes out(size);
  std::array<std::uint8_t, tag_size> tag;
  std::copy(sealed.end() - tag_size, sealed.end(), tag.begin());
  auto* ctx = cipher_context();
  int written = 0;
  const bool ok = EVP_DecryptInit_ex2(ctx, nullptr, key.data(), sealed.data(), nullptr) == 1 &&
                  EVP_DecryptUpdate(ctx, nullptr, &written, context.data(), static_cast<int>(context.size())) == 1 &&
                  EVP_DecryptUpdate(ctx, out.data(), &written, sealed.data() + iv_size, static_cast<int>(size)) == 1 &&
                  EVP_CIPHER_CTX_ctrl(ctx, EVP_CTRL_AEAD_SET_TAG, tag_size, tag.data()) == 1 &&
                  EVP_DecryptFinal_ex(ctx, out.data() + size, &written) == 1;
  if (!ok) return fail(ErrorCode::crypto, "sealed data does not open: wrong key, or it was changed");
  return out;
}

}  // namespace ketenpoort
