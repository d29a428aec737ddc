// Time stamps of a time-stamping authority (RFC 3161) over a checkpoint: that it existed at a time, said by somebody
// who does not have the log's key. SHA-256 imprints only.
#pragma once

#include <filesystem>
#include <string>
#include <string_view>

#include "gateway/base/bytes.hpp"
#include "gateway/base/digest.hpp"
#include "gateway/base/result.hpp"
#include "gateway/base/time.hpp"

namespace ketenpoort::ledger {

// Who may have signed an authority's certificate: PEM certificates.
class TimestampRoots {
 public:
  static Result<TimestampRoots> load(const std::filesystem::path& pem_file);
  static Result<TimestampRoots> from_pem(std::string_view pem);

  [[nodiscard]] const std::string& pem() const { return pem_; }

 private:
  explicit TimestampRoots(std::string pem) : pem_(std::move(pem)) {}
  std::string pem_;
};

// What is asked of an authority: a TimeStampReq in DER with a random nonce, which wants the certificate in the token.
struct TimestampRequest {
  Digest imprint{};
  Bytes der;
};
TimestampRequest make_timestamp_request(const Digest& imprint);

// What a token says.
struct TimestampFacts {
  Timestamp time{};       // genTime
  std::string authority;  // the common name, else the whole subject, of the certificate that signed it
  std::string serial;     // of the token, in hex
};

// The token (DER of a ContentInfo) of a TimeStampResp that grants the request: its signature, nonce, imprint and
// certificate checked as of now. ErrorCode::malformed for what is no response, unavailable when the authority says no,
// crypto when it does not hold.
Result<Bytes> accept_timestamp(ByteView response, const TimestampRequest& request, const TimestampRoots& roots);

// Checks a token kept earlier: the imprint, the signature, and that the certificate was valid at the token's own time
// for time-stamping under one of the roots. ErrorCode::malformed or crypto.
Result<TimestampFacts> verify_timestamp(ByteView token, const Digest& imprint, const TimestampRoots& roots);

// What a token says of itself and of this imprint, the signer not checked. ErrorCode::malformed, or crypto when it is
// over something else.
Result<TimestampFacts> read_timestamp(ByteView token, const Digest& imprint);

// RFC 3161 section 3.4.
inline constexpr std::string_view timestamp_query_type = "application/timestamp-query";
inline constexpr std::string_view timestamp_reply_type = "application/timestamp-reply";

}  // namespace ketenpoort::ledger
