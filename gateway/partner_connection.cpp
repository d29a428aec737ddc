#include "gateway/partner_connection.hpp"

#include <utility>

#include "adapters/recall_push.hpp"

namespace ketenpoort {
namespace {

std::string path_of(const std::string& url) {
  const auto host = url.find("://");
  const auto path = url.find('/', host == std::string::npos ? 0 : host + 3);
  return path == std::string::npos ? std::string() : url.substr(path);
}

std::string class_of(CallFailure::Kind kind) {
  switch (kind) {
    case CallFailure::Kind::resolve:
      return "resolve";
    case CallFailure::Kind::connect:
      return "connect";
    case CallFailure::Kind::tls:
      return "tls";
    case CallFailure::Kind::write:
      return "write";
    case CallFailure::Kind::read:
      return "read";
    case CallFailure::Kind::timeout:
      return "timeout";
    case CallFailure::Kind::too_large:
      return "answer-too-large";
    case CallFailure::Kind::protocol:
      return "protocol";
  }
  return "unknown";
}

exchange::DeliveryResult failed(const CallFailure& failure) {
  exchange::DeliveryResult result;
  result.verdict.kind = Verdict::Kind::retry;
  result.verdict.failure_class = class_of(failure.kind);
  result.may_have_arrived = failure.may_have_arrived;
  return result;
}

}  // namespace

Result<std::shared_ptr<PartnerConnection>> PartnerConnection::open(const config::Channel& channel,
                                                                   const config::Partner& partner,
                                                                   std::shared_ptr<const adapters::SigningKey> key,
                                                                   std::string key_id) {
  auto adapter = adapters::make_adapter(channel.adapter);
  if (!adapter) return fail(adapter.error());
  net::ClientOptions options;
  options.base_url = channel.url;
  options.ca_file = channel.ca;
  options.certificate_chain = channel.certificate;
  options.private_key = channel.key;
  options.answer_timeout = channel.timeout;
  options.max_connections = partner.concurrency;
  auto client = net::Client::open(std::move(options));
  if (!client) return fail(client.error());
  std::shared_ptr<PartnerConnection> connection(new PartnerConnection());
  connection->adapter_ = std::move(*adapter);
  connection->key_ = std::move(key);
  connection->key_id_ = std::move(key_id);
  connection->base_path_ = path_of(channel.url);
  connection->recall_path_ = partner.recalls.path;
  connection->client_ = std::move(*client);
  return connection;
}

void PartnerConnection::deliver(Delivery delivery, std::function<void(exchange::DeliveryResult)> done) {
  auto make = [this, delivery = std::move(delivery)] {
    auto call = adapter_->to_call(delivery);
    sign(call);
    return call;
  };
  client_->send(std::move(make), [adapter = adapter_, done = std::move(done)](net::CallResult answer) {
    if (!answer) return done(failed(answer.error()));
    exchange::DeliveryResult result;
    result.verdict = adapter->judge(*answer);
    result.status = answer->status;
    result.answer = std::move(answer->body);
    done(std::move(result));
  });
}

void PartnerConnection::tell(RecallDelivery delivery, std::function<void(exchange::RecallResult)> done) {
  auto call = adapters::push_recall(delivery, recall_path_);
  sign(call);
  client_->send(std::move(call), [done = std::move(done)](net::CallResult answer) {
    exchange::RecallResult result;
    if (answer) {
      result.verdict = adapters::judge_recall(*answer);
      result.status = answer->status;
    } else {
      result.verdict.failure_class = class_of(answer.error().kind);
    }
    done(std::move(result));
  });
}

// Over the path as it goes out.
void PartnerConnection::sign(Call& call) const {
  const auto path = call.path;
  call.path = base_path_ + path;
  adapters::sign(call, *key_, key_id_, Clock().now());
  call.path = path;
}

}  // namespace ketenpoort
