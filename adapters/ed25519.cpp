#include "adapters/ed25519.hpp"

#include <openssl/crypto.h>
#include <openssl/evp.h>

#include <algorithm>
#include <stdexcept>

#if KETENPOORT_WITH_SODIUM
#include <sodium.h>

#include "gateway/base/owned.hpp"
#endif

namespace ketenpoort::adapters {
namespace {

constexpr std::size_t signature_size = 64;
constexpr std::size_t raw_key_size = 32;

const unsigned char* bytes_of(std::string_view text) {
  return reinterpret_cast<const unsigned char*>(text.data());
}

#if !KETENPOORT_WITH_SODIUM
using MdContext = Owned<EVP_MD_CTX, EVP_MD_CTX_free>;
#endif

}  // namespace

void EvpKeyDeleter::operator()(evp_pkey_st* key) const noexcept {
  EVP_PKEY_free(key);
}

void Ed25519Signer::Wipe::operator()(std::array<unsigned char, signature_size>* secret) const noexcept {
  OPENSSL_cleanse(secret->data(), secret->size());
  delete secret;
}

Ed25519Signer::Ed25519Signer(EvpKey key) : key_(std::move(key)), secret_(new std::array<unsigned char, 64>{}) {
  std::size_t size = raw_key_size;
  std::size_t public_size = raw_key_size;
  if (EVP_PKEY_get_raw_private_key(key_.get(), secret_->data(), &size) != 1 ||
      EVP_PKEY_get_raw_public_key(key_.get(), secret_->data() + raw_key_size, &public_size) != 1)
    throw std::runtime_error("not an Ed25519 private key");
}

Ed25519Verifier::Ed25519Verifier(EvpKey key) : key_(std::move(key)) {
  std::size_t size = raw_.size();
  if (EVP_PKEY_get_raw_public_key(key_.get(), raw_.data(), &size) != 1)
    throw std::runtime_error("not an Ed25519 public key");
}

#if KETENPOORT_WITH_SODIUM

std::string Ed25519Signer::sign(std::string_view message) const {
  std::string signature(signature_size, '\0');
  if (crypto_sign_detached(reinterpret_cast<unsigned char*>(signature.data()), nullptr, bytes_of(message),
                           message.size(), secret_->data()) != 0)
    throw std::runtime_error("cannot sign with the Ed25519 key");
  return signature;
}

bool Ed25519Verifier::verify(std::string_view message, std::string_view signature) const {
  return signature.size() == signature_size &&
         crypto_sign_verify_detached(bytes_of(signature), bytes_of(message), message.size(), raw_.data()) == 0;
}

#else

std::string Ed25519Signer::sign(std::string_view message) const {
  const MdContext context(EVP_MD_CTX_new());
  std::string signature(signature_size, '\0');
  std::size_t size = signature.size();
  if (!context || EVP_DigestSignInit(context.get(), nullptr, nullptr, nullptr, key_.get()) != 1 ||
      EVP_DigestSign(context.get(), reinterpret_cast<unsigned char*>(signature.data()), &size, bytes_of(message),
                     message.size()) != 1)
    throw std::runtime_error("cannot sign with the Ed25519 key");
  return signature;
}

bool Ed25519Verifier::verify(std::string_view message, std::string_view signature) const {
  const MdContext context(EVP_MD_CTX_new());
  return context && EVP_DigestVerifyInit(context.get(), nullptr, nullptr, nullptr, key_.get()) == 1 &&
         EVP_DigestVerify(context.get(), bytes_of(signature), signature.size(), bytes_of(message), message.size()) == 1;
}

#endif

}  // namespace ketenpoort::adapters
