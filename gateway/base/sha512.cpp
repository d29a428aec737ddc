#include "gateway/base/sha512.hpp"

#include <openssl/evp.h>

#include <stdexcept>

namespace ketenpoort {
namespace {

EVP_MD_CTX* as_context(void* context) {
  return static_cast<EVP_MD_CTX*>(context);
}

void check(int result) {
  if (result != 1) throw std::runtime_error("OpenSSL failed: SHA-512");
}

}  // namespace

void Sha512::Free::operator()(void* context) const {
  EVP_MD_CTX_free(as_context(context));
}

Sha512::Sha512() : context_(EVP_MD_CTX_new()) {
  check(EVP_DigestInit_ex(as_context(context_.get()), EVP_sha512(), nullptr));
}

void Sha512::add(ByteView piece) {
  check(EVP_DigestUpdate(as_context(context_.get()), piece.data(), piece.size()));
}

LongDigest Sha512::finish() {
  LongDigest out{};
  check(EVP_DigestFinal_ex(as_context(context_.get()), out.data(), nullptr));
  return out;
}

}  // namespace ketenpoort
