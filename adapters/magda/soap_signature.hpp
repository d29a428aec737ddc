// WS-Security 1.1 with an X.509 token: a SOAP message signed over Body, Timestamp and token.
#pragma once

#include <memory>
#include <string>
#include <string_view>

#include "gateway/base/result.hpp"
#include "gateway/base/time.hpp"

namespace ketenpoort::adapters::magda {

// A private key and its certificate. Thread-safe.
class SoapSigner {
 public:
  // PEM. ErrorCode::config when they are not one pair, or the key is neither RSA (2048 bits or more) nor EC on a NIST
  // curve.
  static Result<SoapSigner> open(std::string_view certificate_pem, std::string_view key_pem);
  SoapSigner(SoapSigner&&) noexcept;
  SoapSigner& operator=(SoapSigner&&) noexcept;
  ~SoapSigner();

  // The SOAP 1.1 envelope around a message (the text of one element, without XML declaration), signed as of `now`; it
  // is good for five minutes. The bytes of the Body are the message's; what differs from one call to the next is the
  // security header.
  [[nodiscard]] Result<std::string> envelope(std::string_view message, Timestamp now) const;

 private:
  struct Keys;
  explicit SoapSigner(std::unique_ptr<Keys> keys);
  std::unique_ptr<Keys> keys_;
};

}  // namespace ketenpoort::adapters::magda
