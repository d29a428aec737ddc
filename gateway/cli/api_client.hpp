// Calls of a command to the gateway's API, and what their answers mean for its exit code.
#pragma once

#include <chrono>
#include <string>

#include "gateway/cli/command.hpp"
#include "gateway/cli/send_target.hpp"
#include "gateway/net/blocking_client.hpp"

namespace CLI {
class App;
}

namespace ketenpoort::cli {

// --sandbox, --url, --ca, --cert, --key, --token. `who` names the role in the help: "the recorder's certificate".
void add_target_options(CLI::App& command, TargetOptions& target, const std::string& who);

// What a command exits with for an answer: 400 and what else the call got wrong is wrong use; 404, 409, 410 do not
// hold; 401, 403, 429 and what went wrong at the gateway is the environment's.
int exit_for_status(int status);

// Why a call gave nothing, and what the command exits with.
struct CallFailure {
  int exit = environment;
  Error error;
};

struct CallLimits {
  std::size_t answer_bytes = 0;                // 0: the client's own
  std::chrono::milliseconds answer_timeout{};  // 0: the client's own
};

class ApiClient {
 public:
  // Wrong use when the options do not fit together.
  static tl::expected<ApiClient, CallFailure> open(const TargetOptions& target, const CallLimits& limits = {});

  // The answer of a 2xx; or what the gateway said of the call and of each part of it.
  tl::expected<std::string, CallFailure> call(std::string method, std::string path, std::string body = {},
                                              Headers headers = {});

 private:
  ApiClient(net::BlockingClient client, std::string url, std::string token)
      : client_(std::move(client)), url_(std::move(url)), token_(std::move(token)) {}
  net::BlockingClient client_;
  std::string url_;
  std::string token_;
};

}  // namespace ketenpoort::cli
