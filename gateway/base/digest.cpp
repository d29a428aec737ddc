#include "gateway/base/digest.hpp"

#include <openssl/core_names.h>
#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/params.h>
#include <openssl/rand.h>

#include <algorithm>
#include <stdexcept>
#include <string>

#include "gateway/base/owned.hpp"

namespace ketenpoort {
namespace {

struct MdContext {
  Owned<EVP_MD_CTX, EVP_MD_CTX_free> ctx{EVP_MD_CTX_new()};
  Owned<EVP_MD, EVP_MD_free> md{EVP_MD_fetch(nullptr, "SHA256", nullptr)};
};

// Keeps the last key set up: marks of identifiers are all made under one, and setting a key up costs more than a short
// text.
class MacContext {
 public:
  MacContext() {
    char name[] = "SHA256";
    const OSSL_PARAM params[] = {OSSL_PARAM_construct_utf8_string(OSSL_MAC_PARAM_DIGEST, name, 0),
                                 OSSL_PARAM_construct_end()};
    EVP_MAC_CTX_set_params(ctx_.get(), params);
  }
  ~MacContext() { OPENSSL_cleanse(key_.data(), key_.size()); }
  MacContext(const MacContext&) = delete;
  MacContext& operator=(const MacContext&) = delete;

  bool make(ByteView key, ByteView data, Digest& out) {
    std::size_t size = 0;
    return set_key(key) && EVP_MAC_update(ctx_.get(), data.data(), data.size()) == 1 &&
           EVP_MAC_final(ctx_.get(), out.data(), &size, out.size()) == 1;
  }

 private:
  bool set_key(ByteView key) {
    if (!key_.empty() && equal_in_constant_time(key_, key)) return EVP_MAC_init(ctx_.get(), nullptr, 0, nullptr) == 1;
    OPENSSL_cleanse(key_.data(), key_.size());
    key_.assign(key.begin(), key.end());
    return EVP_MAC_init(ctx_.get(), key.data(), key.size(), nullptr) == 1;
  }

  Owned<EVP_MAC, EVP_MAC_free> mac_{EVP_MAC_fetch(nullptr, "HMAC", nullptr)};
  Owned<EVP_MAC_CTX, EVP_MAC_CTX_free> ctx_{EVP_MAC_CTX_new(mac_.get())};
  Bytes key_;
};

[[noreturn]] void crypto_failed(const char* what) {
  throw std::runtime_error(std::string("OpenSSL failed: ") + what);
}

// Random bytes are drawn in blocks: one system call serves many small requests (initialisation vectors, ids, keys).
struct RandomPool {
  std::array<std::uint8_t, 4096> bytes{};
  std::size_t used = bytes.size();
};

}  // namespace

Digest sha256(std::initializer_list<ByteView> parts) {
  thread_local MdContext context;
  Digest out;
  if (EVP_DigestInit_ex2(context.ctx.get(), context.md.get(), nullptr) != 1) crypto_failed("SHA-256");
  for (const auto part : parts) EVP_DigestUpdate(context.ctx.get(), part.data(), part.size());
  if (EVP_DigestFinal_ex(context.ctx.get(), out.data(), nullptr) != 1) crypto_failed("SHA-256");
  return out;
}

Digest sha256(ByteView data) {
  return sha256({data});
}

Digest hmac_sha256(ByteView key, ByteView data) {
  thread_local MacContext context;
  Digest out;
  if (!context.make(key, data, out)) crypto_failed("HMAC");
  return out;
}

bool equal_in_constant_time(ByteView a, ByteView b) {
  return a.size() == b.size() && CRYPTO_memcmp(a.data(), b.data(), a.size()) == 0;
}

void fill_random(std::span<std::uint8_t> out) {
  thread_local RandomPool pool;
  if (out.size() > pool.bytes.size() / 4) {
    if (RAND_bytes(out.data(), static_cast<int>(out.size())) != 1) crypto_failed("random");
    return;
  }
  if (pool.used + out.size() > pool.bytes.size()) {
    if (RAND_bytes(pool.bytes.data(), static_cast<int>(pool.bytes.size())) != 1) crypto_failed("random");
    pool.used = 0;
  }
  const auto begin = pool.bytes.begin() + static_cast<std::ptrdiff_t>(pool.used);
  std::copy_n(begin, out.size(), out.begin());
  std::fill_n(begin, out.size(), std::uint8_t{0});  // never handed out twice, nor left in memory
  pool.used += out.size();
}

void Sha256::Free::operator()(void* context) const {
  EVP_MD_CTX_free(static_cast<EVP_MD_CTX*>(context));
}

Sha256::Sha256() : context_(EVP_MD_CTX_new()) {
  if (EVP_DigestInit_ex(static_cast<EVP_MD_CTX*>(context_.get()), EVP_sha256(), nullptr) != 1) crypto_failed("SHA-256");
}

void Sha256::add(ByteView piece) {
  if (EVP_DigestUpdate(static_cast<EVP_MD_CTX*>(context_.get()), piece.data(), piece.size()) != 1)
    crypto_failed("SHA-256");
}

Digest Sha256::finish() {
  Digest out{};
  if (EVP_DigestFinal_ex(static_cast<EVP_MD_CTX*>(context_.get()), out.data(), nullptr) != 1) crypto_failed("SHA-256");
  return out;
}

}  // namespace ketenpoort
