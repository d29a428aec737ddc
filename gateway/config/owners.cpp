#include "gateway/config/owners.hpp"

#include <fmt/format.h>
#include <openssl/bio.h>
#include <openssl/evp.h>
#include <openssl/pem.h>

#include <sstream>

#include "gateway/base/bytes.hpp"
#include "gateway/base/files.hpp"
#include "gateway/base/owned.hpp"

namespace ketenpoort::config {

namespace {

constexpr std::size_t largest_key_file = 64U << 10;
using PublicKey = Owned<EVP_PKEY, EVP_PKEY_free>;

Result<PublicKey> read_public_key(const std::filesystem::path& file) {
  const auto pem = read_file(file, largest_key_file);
  if (!pem) return fail(pem.error());
  const Owned<BIO, BIO_free> source(BIO_new_mem_buf(pem->data(), static_cast<int>(pem->size())));
  PublicKey key(PEM_read_bio_PUBKEY(source.get(), nullptr, nullptr, nullptr));
  if (!key || EVP_PKEY_id(key.get()) != EVP_PKEY_ED25519)
    return fail(ErrorCode::config, fmt::format("{} holds no Ed25519 public key in PEM form", file.string()));
  return key;
}

bool verifies(EVP_PKEY* key, ByteView signature, std::string_view content) {
  const Owned<EVP_MD_CTX, EVP_MD_CTX_free> context(EVP_MD_CTX_new());
  const auto message = as_bytes(content);
  return EVP_DigestVerifyInit(context.get(), nullptr, nullptr, nullptr, key) == 1 &&
         EVP_DigestVerify(context.get(), signature.data(), signature.size(), message.data(), message.size()) == 1;
}

}  // namespace

Result<std::string> verify_owner(const std::filesystem::path& file, std::string_view content,
                                 const std::map<std::string, std::filesystem::path>& public_keys) {
  const auto signature_file = file.string() + ".sig";
  const auto lines = read_file(signature_file, largest_key_file);
  if (!lines)
    return fail(
        ErrorCode::config,
        fmt::format("no policy owner signed this file: {} is missing. Have one sign it, or use environment test",
                    signature_file));
  std::istringstream stream(*lines);
  for (std::string owner, text; stream >> owner >> text;) {
    const auto known = public_keys.find(owner);
    const auto signature = from_base64(text);
    if (known == public_keys.end() || !signature) continue;
    const auto key = read_public_key(known->second);
    if (!key) return fail(key.error());
    if (verifies(key->get(), *signature, content)) return owner;
  }
  return fail(
      ErrorCode::config,
      fmt::format("no signature in {} is one of a policy owner over this file as it stands. Have it signed again",
                  signature_file));
}

}  // namespace ketenpoort::config
