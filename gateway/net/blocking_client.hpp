// The same client for command lines and tests, where waiting is fine.
#pragma once

#include <memory>

#include "gateway/net/client.hpp"

namespace ketenpoort::net {

class BlockingClient {
 public:
  static Result<BlockingClient> open(ClientOptions options);

  // Any status is an answer. ErrorCode::unavailable when none came; the message names what failed.
  Result<Answer> call(Call call);
  CallResult call_for_failure(Call call);  // the same with the failure as data

 private:
  explicit BlockingClient(std::unique_ptr<Client> client) : client_(std::move(client)) {}
  std::unique_ptr<Client> client_;
};

}  // namespace ketenpoort::net
