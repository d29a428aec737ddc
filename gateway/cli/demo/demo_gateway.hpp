// The demo as a caller of the gateway: the calls that a reception centre's system would make, over HTTPS with Fedasil's
// client certificate.
#pragma once

#include <filesystem>
#include <map>
#include <string>
#include <string_view>

#include "gateway/base/result.hpp"
#include "gateway/formats/json.hpp"
#include "gateway/net/blocking_client.hpp"

namespace ketenpoort::cli {

// What `ketenpoort sandbox` says about itself, paths absolute.
struct SandboxFacts {
  std::filesystem::path state;
  std::string url;
  std::filesystem::path ca;
  std::filesystem::path certificate;  // the client "fedasil"
  std::filesystem::path key;
  std::map<std::string, std::filesystem::path, std::less<>> received;  // by partner
  std::filesystem::path ledger;
  std::string vkey;
};
// From its JSON line. ErrorCode::malformed when something is missing.
Result<SandboxFacts> read_sandbox_facts(std::string_view line);

class DemoGateway {
 public:
  static Result<DemoGateway> open(const SandboxFacts& facts);

  // The answer's body. ErrorCode::unavailable when none came or it is not a 2xx; the message names the call, the status
  // and what the gateway said.
  Result<formats::JsonDocument> get(const std::string& path);
  Result<formats::JsonDocument> post(const std::string& path, const std::string& body);

 private:
  explicit DemoGateway(net::BlockingClient client) : client_(std::move(client)) {}
  Result<formats::JsonDocument> call(Call call);
  net::BlockingClient client_;
};

}  // namespace ketenpoort::cli
