// The connections to partners that are open, by what they were opened with: a reload goes on with those of which
// nothing has changed (their tokens and sessions stay), and opens what is new beside them. One that is not configured
// any more stays until its last call has ended. Of one thread.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "gateway/application/partner_connection.hpp"
#include "gateway/config/settings.hpp"
#include "gateway/exchange/facilities/facilities.hpp"

namespace ketenpoort {

class PartnerConnections {
 public:
  // Gives the recipients of the terms their connections. ErrorCode::config with an issue for each that cannot be
  // opened.
  Status connect(const config::Configuration& configuration, exchange::Terms& terms);
  // Closes those that nobody holds any more, neither terms nor a call.
  void close_unused();
  // Closes all of them: calls under way end as failures.
  void close();

  [[nodiscard]] std::size_t size() const { return open_.size(); }

 private:
  struct Signing {
    std::shared_ptr<const adapters::SigningKey> key;
    std::string key_id;
    Digest digest{};  // of its file
  };
  // All that a connection is made of, files by their content.
  struct Recipe {
    std::string partner, name;  // of the channel; empty: the partner's own
    config::Channel channel;
    std::size_t concurrency = 0;
    std::string recall_path, key_id;
    std::vector<Digest> files;

    bool operator==(const Recipe&) const = default;
  };
  struct Open {
    Recipe recipe;
    std::shared_ptr<PartnerConnection> connection;
  };
  Result<std::shared_ptr<PartnerConnection>> find_or_open(const config::Partner& partner, const std::string& name,
                                                          const config::Channel& channel, const Signing& signing);

  std::vector<Open> open_;
};

}  // namespace ketenpoort
