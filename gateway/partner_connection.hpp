// One channel of a partner's, joined: its adapter says what to send and what the answer means, the message is signed, a
// pool of connections carries it.
#pragma once

#include <memory>

#include "adapters/http_signature.hpp"
#include "adapters/partner_adapter.hpp"
#include "gateway/config/settings.hpp"
#include "gateway/exchange/partner.hpp"
#include "gateway/exchange/recall_channel.hpp"
#include "gateway/net/client.hpp"

namespace ketenpoort {

class PartnerConnection final : public exchange::Partner, public exchange::RecallChannel {
 public:
  static Result<std::shared_ptr<PartnerConnection>> open(const config::Channel& channel, const config::Partner& partner,
                                                         std::shared_ptr<const adapters::SigningKey> key,
                                                         std::string key_id);

  void deliver(Delivery delivery, std::function<void(exchange::DeliveryResult)> done) override;
  void tell(RecallDelivery delivery, std::function<void(exchange::RecallResult)> done) override;

 private:
  PartnerConnection() = default;
  void sign(Call& call) const;

  std::shared_ptr<const adapters::PartnerAdapter> adapter_;
  std::shared_ptr<const adapters::SigningKey> key_;
  std::string key_id_;
  std::string base_path_;  // of the partner's URL: the signature covers the path as it goes out
  std::string recall_path_;
  std::unique_ptr<net::Client> client_;  // last: its thread uses what stands above
};

}  // namespace ketenpoort
