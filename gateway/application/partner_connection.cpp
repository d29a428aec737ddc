#include "gateway/application/partner_connection.hpp"

#include <utility>

#include "adapters/outgoing_call.hpp"
#include "adapters/recall_push.hpp"
#include "adapters/rest_push.hpp"
#include "gateway/application/magda_channel.hpp"
#include "gateway/base/files.hpp"
#include "gateway/observability/log.hpp"

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

constexpr int unauthorized = 401;
constexpr std::size_t most_token_answer_bytes = 64U << 10;

// https://host[:port] and the path after it.
std::pair<std::string, std::string> split(const std::string& url) {
  auto path = path_of(url);
  return {url.substr(0, url.size() - path.size()), std::move(path)};
}

Result<std::shared_ptr<const adapters::PartnerAdapter>> open_adapter(const config::Channel& channel) {
  if (channel.magda) return open_magda(*channel.magda);
  auto adapter = adapters::make_adapter(channel.adapter, channel.rest);
  if (!adapter) return fail(std::move(adapter.error()));
  return std::shared_ptr<const adapters::PartnerAdapter>(std::move(*adapter));
}

// The partner was never asked.
exchange::DeliveryResult not_sent(const Error& why) {
  exchange::DeliveryResult result;
  result.verdict = adapters::judge_unmade(why);
  result.may_have_arrived = false;
  return result;
}

void tell_notes(const TransferId& transfer, const Verdict& verdict) {
  for (const auto code : verdict.notes)
    log::info("partner_noted", log::field("transfer", transfer), log::field("code", code));
}

}  // namespace

Result<std::shared_ptr<PartnerConnection>> PartnerConnection::open(const config::Channel& channel,
                                                                   const config::Partner& partner,
                                                                   std::shared_ptr<const adapters::SigningKey> key,
                                                                   std::string key_id) {
  auto adapter = open_adapter(channel);
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
  if (auto taken = connection->take_tokens(channel); !taken) return fail(taken.error());
  if (connection->adapter_->writes_slowly()) connection->desk_ = std::make_unique<WritingDesk>();
  return connection;
}

PartnerConnection::~PartnerConnection() {
  close();
}

void PartnerConnection::close() {
  {
    const std::lock_guard lock(mutex_);
    closing_ = true;
  }
  desk_.reset();
  token_client_.reset();
  client_.reset();
}

Status PartnerConnection::take_tokens(const config::Channel& channel) {
  if (!channel.authorization) return {};
  const auto& authorization = *channel.authorization;
  const auto pem = read_file(authorization.key);
  if (!pem) return fail(pem.error());
  auto key = adapters::AssertionKey::from_pem(*pem, authorization.algorithm, authorization.key_id);
  if (!key) return fail(ErrorCode::config, authorization.key.string() + ": " + key.error().message);
  auto [server, path] = split(authorization.token_url);
  net::ClientOptions options;
  options.base_url = std::move(server);
  options.ca_file = authorization.ca;
  options.certificate_chain = authorization.certificate;
  options.private_key = authorization.certificate_key;
  options.answer_timeout = channel.timeout;
  options.max_connections = 1;
  options.max_answer_bytes = most_token_answer_bytes;
  auto client = net::Client::open(std::move(options));
  if (!client) return fail(client.error());
  token_client_ = std::move(*client);
  tokens_ = std::make_unique<adapters::TokenSource>(
      adapters::TokenClient{std::move(path), authorization.client_id, authorization.audience, authorization.scope},
      std::move(*key), [this](Call call, auto done) { send_for_token(std::move(call), std::move(done)); });
  return {};
}

void PartnerConnection::deliver(Delivery delivery, std::function<void(exchange::DeliveryResult)> done) {
  if (!desk_) return make_and_carry(std::move(delivery), std::move(done));
  desk_->add([this, delivery = std::move(delivery), done = std::move(done)] { make_and_carry(delivery, done); });
}

void PartnerConnection::make_and_carry(Delivery delivery, std::function<void(exchange::DeliveryResult)> done) {
  delivery.at = Clock().now();
  auto call = adapters::make_safely(*adapter_, delivery);
  if (!call) return done(not_sent(call.error()));
  delivery.payload.clear();  // on its way in the call
  carry(std::move(*call), [adapter = adapter_, delivery = std::move(delivery), done = std::move(done)](Carried answer) {
    if (!answer) return done(failed(answer.error()));
    exchange::DeliveryResult result;
    result.verdict = adapter->judge_reply(delivery, *answer);
    tell_notes(delivery.transfer, result.verdict);
    result.status = answer->status;
    result.answer = std::move(answer->body);
    done(std::move(result));
  });
}

void PartnerConnection::tell(RecallDelivery delivery, std::function<void(exchange::RecallResult)> done) {
  carry(adapters::push_recall(delivery, recall_path_), [done = std::move(done)](Carried answer) {
    exchange::RecallResult result;
    if (answer) {
      result.verdict = adapters::judge_recall(*answer);
      result.status = answer->status;
    } else {
      result.verdict.failure_class = answer.error().failure_class;
      result.verdict.retry_after = answer.error().retry_after;
    }
    done(std::move(result));
  });
}

exchange::DeliveryResult PartnerConnection::failed(const Failure& failure) {
  exchange::DeliveryResult result;
  result.verdict.kind = Verdict::Kind::retry;
  result.verdict.failure_class = failure.failure_class;
  result.verdict.retry_after = failure.retry_after;
  result.may_have_arrived = failure.may_have_arrived;
  return result;
}

PartnerConnection::Failure PartnerConnection::to_failure(const CallFailure& failure) {
  return {class_of(failure.kind), failure.may_have_arrived};
}

void PartnerConnection::carry(Call call, OnCarried done) {
  if (tokens_)
    carry_with_token(std::move(call), std::move(done));
  else
    send(std::move(call), std::move(done));
}

// A refused token is not used again, and the delivery is tried again with another: an attempt of its own, under a
// permit of its own. That the refusal came is no proof that the partner has not looked at the message.
void PartnerConnection::carry_with_token(Call call, OnCarried done) {
  tokens_->get([this, call = std::move(call), done = std::move(done)](adapters::TokenSource::Result token) mutable {
    if (!token) {
      auto& failure = token.error();
      return done(tl::make_unexpected(Failure{std::move(failure.failure_class), false, failure.retry_after}));
    }
    call.headers.emplace_back("Authorization", "Bearer " + *token);
    send(std::move(call), [this, done = std::move(done), token = std::move(*token)](Carried answer) {
      if (!answer || answer->status != unauthorized) return done(std::move(answer));
      tokens_->drop(token);
      done(tl::make_unexpected(Failure{"token-refused", true, adapters::read_retry_after(*answer)}));
    });
  });
}

void PartnerConnection::send(Call call, OnCarried done) {
  {
    const std::lock_guard lock(mutex_);
    if (!closing_) {
      auto make = [this, call = std::move(call)]() mutable {
        sign(call);
        return std::move(call);
      };
      client_->send(std::move(make), [done = std::move(done)](net::CallResult answer) {
        if (answer) return done(std::move(*answer));
        done(tl::make_unexpected(to_failure(answer.error())));
      });
      return;
    }
  }
  done(tl::make_unexpected(Failure{class_of(CallFailure::Kind::connect), false}));
}

void PartnerConnection::send_for_token(Call call,
                                       std::function<void(tl::expected<Answer, adapters::TokenFailure>)> done) {
  {
    const std::lock_guard lock(mutex_);
    if (!closing_) {
      token_client_->send(std::move(call), [done = std::move(done)](net::CallResult answer) {
        if (answer) return done(std::move(*answer));
        done(tl::make_unexpected(adapters::TokenFailure{"token-" + class_of(answer.error().kind)}));
      });
      return;
    }
  }
  done(tl::make_unexpected(adapters::TokenFailure{"token-" + class_of(CallFailure::Kind::connect)}));
}

// Over the path as it goes out.
void PartnerConnection::sign(Call& call) const {
  const auto path = call.path;
  call.path = base_path_ + path;
  adapters::sign(call, *key_, key_id_, Clock().now());
  call.path = path;
}

}  // namespace ketenpoort
