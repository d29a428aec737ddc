// Answers of time-stamping authorities: read without harm, and never believed without a signature.
#include <cstdint>
#include <cstdlib>

#include "gateway/ledger/checkpoint/timestamp.hpp"

namespace {

// A root that has signed nothing: made for this test, its key thrown away.
constexpr std::string_view stranger = R"(-----BEGIN CERTIFICATE-----
MIIBejCCAR+gAwIBAgIUDlf3MgKIcGUHF+Mo4b0ebuOOl2swCgYIKoZIzj0EAwIw
ETEPMA0GA1UEAwwGTm9ib2R5MCAXDTI2MTEyNDIxMTUzMVoYDzIxMjYxMDMxMjEx
NTMxWjARMQ8wDQYDVQQDDAZOb2JvZHkwWTATBgcqhkjOPQIBBggqhkjOPQMBBwNC
AAR3CHgz4EKINLXTK6JfafoP+eyD4RAo+UcpD8BIzVuAZoXK3ovSWDLguRQS1N2X
onD3CWcoxKVYB/2kgpdjvg1Io1MwUTAdBgNVHQ4EFgQUfKsvXgRnNcElOSo3kYmY
WG2ho9YwHwYDVR0jBBgwFoAUfKsvXgRnNcElOSo3kYmYWG2ho9YwDwYDVR0TAQH/
BAUwAwEB/zAKBggqhkjOPQQDAgNJADBGAiEA8ArBdQWuGizHN5nOc7YDptDoJ1cE
BOCCmSPVm1dzvDACIQCUWQkHudyU1RaABA/72uMbtjTfUcLtdZt5D8A/lJ5Zgg==
-----END CERTIFICATE-----
)";

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace ketenpoort;
  using namespace ketenpoort::ledger;
  static const auto roots = TimestampRoots::from_pem(stranger).value();
  static const auto request = make_timestamp_request(Digest{});
  const ByteView bytes(data, size);
  if (accept_timestamp(bytes, request, roots)) std::abort();
  if (verify_timestamp(bytes, Digest{}, roots)) std::abort();
  if (const auto facts = read_timestamp(bytes, Digest{}); facts && facts->serial.empty()) std::abort();
  return 0;
}
