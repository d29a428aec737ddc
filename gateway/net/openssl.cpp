#include "gateway/net/openssl.hpp"

#include <fmt/format.h>
#include <openssl/err.h>

#include <ctime>
#include <system_error>

namespace ketenpoort::net {

std::string openssl_reason() {
  const auto code = ERR_get_error();
  ERR_clear_error();
  if (code == 0) return "no reason given";
  if (ERR_SYSTEM_ERROR(code)) return std::generic_category().message(ERR_GET_REASON(code));
  if (const auto* words = ERR_reason_error_string(code)) return words;
  return fmt::format("OpenSSL's reason {}", ERR_GET_REASON(code));
}

BioPtr memory_bio(std::string_view content) {
  return BioPtr(BIO_new_mem_buf(content.data(), static_cast<int>(content.size())));
}

std::string content_of(BIO* bio) {
  char* data = nullptr;
  const auto size = BIO_get_mem_data(bio, &data);
  return {data, static_cast<std::size_t>(size)};
}

CertificatePtr parse_certificate(std::string_view pem) {
  const auto bio = memory_bio(pem);
  return CertificatePtr(PEM_read_bio_X509(bio.get(), nullptr, nullptr, nullptr));
}

std::optional<std::chrono::sys_seconds> moment_of(const ASN1_TIME* time) {
  std::tm parts{};
  if (ASN1_TIME_to_tm(time, &parts) != 1) return std::nullopt;
  return std::chrono::sys_seconds{std::chrono::seconds{::timegm(&parts)}};
}

KeyPtr parse_private_key(std::string_view pem) {
  const auto bio = memory_bio(pem);
  // An empty passphrase: an encrypted key is refused instead of asking on the terminal.
  char no_passphrase[] = "";
  return KeyPtr(PEM_read_bio_PrivateKey(bio.get(), nullptr, nullptr, no_passphrase));
}

}  // namespace ketenpoort::net
