// X.509 certificates of our own making, for sandboxes and tests: an authority and what it issues. P-256 keys, PEM
// texts.
#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "gateway/base/digest.hpp"
#include "gateway/base/result.hpp"

namespace ketenpoort::net {

struct KeyedCertificate {
  std::string certificate;  // PEM
  std::string private_key;  // PEM, PKCS#8, not encrypted
};

Result<KeyedCertificate> make_authority(const std::string& common_name, int days);

// `names` are DNS names or IP addresses; the first is the common name.
Result<KeyedCertificate> issue_server(const KeyedCertificate& authority, const std::vector<std::string>& names,
                                      int days);

Result<KeyedCertificate> issue_client(const KeyedCertificate& authority, const std::string& common_name, int days);

// A revocation list (PEM) naming the given certificates (PEM); may be empty.
Result<std::string> make_revocation_list(const KeyedCertificate& authority, const std::vector<std::string>& revoked,
                                         int days);

// From when to when all certificates of a PEM text (one and its chain) are good.
struct CertificateLife {
  std::chrono::sys_seconds begins;
  std::chrono::sys_seconds ends;
};
Result<CertificateLife> certificate_life(std::string_view certificates_pem);

// When the first of a PEM text's revocation lists ends; nothing where none says so.
std::optional<std::chrono::sys_seconds> end_of_revocation_lists(std::string_view lists_pem);

// SHA-256 of the DER, as RFC 8705 binds tokens with.
Result<Digest> certificate_thumbprint(std::string_view certificate_pem);

}  // namespace ketenpoort::net
