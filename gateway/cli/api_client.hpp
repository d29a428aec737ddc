// Calls of a command to the gateway's API, and what their answers mean for its exit code.
#pragma once

#include <string>

#include "gateway/cli/send_target.hpp"
#include "gateway/net/blocking_client.hpp"

namespace CLI {
class App;
}

namespace ketenpoort::cli {

// --sandbox, --url, --ca, --cert, --key, --token. `who` names the role in the help: "the recorder's certificate".
void add_target_options(CLI::App& command, TargetOptions& target, const std::string& who);

class ApiClient {
 public:
  // ErrorCode::invalid_input when the options do not fit together (wrong use).
  static Result<ApiClient> open(const TargetOptions& target);

  // The answer of a 2xx. ErrorCode::invalid_input when the gateway refused the call, with what it said of each part;
  // ErrorCode::unavailable when it could not be reached, does not know us (401, 403) or failed (5xx).
  Result<std::string> call(std::string method, std::string path, std::string body = {}, Headers headers = {});

 private:
  ApiClient(net::BlockingClient client, std::string token) : client_(std::move(client)), token_(std::move(token)) {}
  net::BlockingClient client_;
  std::string token_;
};

}  // namespace ketenpoort::cli
