// One channel of a partner's, joined: its adapter says what to send and what the answer means, the message is signed
// and given the token it needs, a pool of connections carries it.
#pragma once

#include <memory>
#include <mutex>

#include "adapters/http_signature.hpp"
#include "adapters/oauth/token_source.hpp"
#include "adapters/partner_adapter.hpp"
#include "gateway/application/writing_desk.hpp"
#include "gateway/config/settings.hpp"
#include "gateway/exchange/facilities/partner.hpp"
#include "gateway/exchange/facilities/recall_channel.hpp"
#include "gateway/net/client.hpp"

namespace ketenpoort {

class PartnerConnection final : public exchange::Partner, public exchange::RecallChannel {
 public:
  static Result<std::shared_ptr<PartnerConnection>> open(const config::Channel& channel, const config::Partner& partner,
                                                         std::shared_ptr<const adapters::SigningKey> key,
                                                         std::string key_id);
  ~PartnerConnection() override;
  PartnerConnection(const PartnerConnection&) = delete;
  PartnerConnection& operator=(const PartnerConnection&) = delete;

  // Ends the calls under way, and begins none any more. Not from a thread of its own, as are those that answers come
  // on; nor may those be the last that hold it, unless it was closed before.
  void close();

  void deliver(Delivery delivery, std::function<void(exchange::DeliveryResult)> done) override;
  void tell(RecallDelivery delivery, std::function<void(exchange::RecallResult)> done) override;

 private:
  // Why there is no answer to judge.
  struct Failure {
    std::string failure_class;
    bool may_have_arrived = false;
    std::optional<std::chrono::seconds> retry_after{};
  };
  using Carried = tl::expected<Answer, Failure>;
  using OnCarried = std::function<void(Carried)>;

  PartnerConnection() = default;
  Status take_tokens(const config::Channel& channel);
  static exchange::DeliveryResult failed(const Failure& failure);
  static Failure to_failure(const CallFailure& failure);

  void carry(Call call, OnCarried done);
  void carry_with_token(Call call, OnCarried done);
  void send(Call call, OnCarried done);
  void send_for_token(Call call, std::function<void(tl::expected<Answer, adapters::TokenFailure>)> done);
  void sign(Call& call) const;
  void make_and_carry(Delivery delivery, std::function<void(exchange::DeliveryResult)> done);

  std::shared_ptr<const adapters::PartnerAdapter> adapter_;
  std::shared_ptr<const adapters::SigningKey> key_;
  std::string key_id_;
  std::string base_path_;  // of the partner's URL: the signature covers the path as it goes out
  std::string recall_path_;
  std::unique_ptr<adapters::TokenSource> tokens_;  // none: calls carry no token

  // Each client's thread may begin calls with the other: none begins once we are closing.
  std::mutex mutex_;
  bool closing_ = false;
  std::unique_ptr<net::Client> token_client_;
  std::unique_ptr<net::Client> client_;
  std::unique_ptr<WritingDesk> desk_;  // where the adapter writes slowly; goes first
};

}  // namespace ketenpoort
