#include "gateway/net/openssl.hpp"

#include <openssl/err.h>

#include <array>
#include <ctime>

namespace ketenpoort::net {

std::string openssl_reason() {
  const auto code = ERR_get_error();
  ERR_clear_error();
  if (code == 0) return "no reason given";
  std::array<char, 256> text{};
  ERR_error_string_n(code, text.data(), text.size());
  return text.data();
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

std::optional<std::chrono::sys_seconds> end_of(const X509* certificate) {
  std::tm end{};
  if (ASN1_TIME_to_tm(X509_get0_notAfter(certificate), &end) != 1) return std::nullopt;
  return std::chrono::sys_seconds(std::chrono::seconds(timegm(&end)));
}

KeyPtr parse_private_key(std::string_view pem) {
  const auto bio = memory_bio(pem);
  // An empty passphrase: an encrypted key is refused instead of asking on the terminal.
  char no_passphrase[] = "";
  return KeyPtr(PEM_read_bio_PrivateKey(bio.get(), nullptr, nullptr, no_passphrase));
}

}  // namespace ketenpoort::net
