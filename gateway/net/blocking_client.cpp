#include "gateway/net/blocking_client.hpp"

#include <future>

namespace ketenpoort::net {

Result<BlockingClient> BlockingClient::open(ClientOptions options) {
  auto client = Client::open(std::move(options));
  if (!client) return fail(client.error());
  return BlockingClient(std::move(*client));
}

CallResult BlockingClient::call_for_failure(Call call) {
  // Shared: the client's thread may still be leaving set_value() when get() has returned here.
  const auto promise = std::make_shared<std::promise<CallResult>>();
  auto answered = promise->get_future();
  client_->send(std::move(call), [promise](CallResult result) { promise->set_value(std::move(result)); });
  return answered.get();
}

Result<Answer> BlockingClient::call(Call call) {
  auto result = call_for_failure(std::move(call));
  if (!result) return fail(ErrorCode::unavailable, result.error().detail);
  return std::move(*result);
}

}  // namespace ketenpoort::net
