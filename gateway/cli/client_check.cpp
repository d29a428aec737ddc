#include "gateway/cli/client_check.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <string_view>

#include "gateway/formats/suggest.hpp"

namespace ketenpoort::cli {

std::vector<Issue> find_clients_without_partner(const config::Configuration& configuration) {
  std::vector<std::string_view> recipients;
  for (const auto& partner : configuration.partners) recipients.emplace_back(partner.recipient);
  std::vector<Issue> issues;
  for (const auto& client : configuration.clients)
    if (!client.recipient.empty() && configuration.find_partner(client.recipient) == nullptr)
      issues.push_back({ErrorCode::config, "clients.yaml, " + client.id,
                        fmt::format("`recipient` stands as `{}`, which no file in partners/ has{}: nothing is sent to "
                                    "this client. There are {}",
                                    client.recipient, formats::did_you_mean(client.recipient, recipients),
                                    fmt::join(recipients, ", "))});
  return issues;
}

}  // namespace ketenpoort::cli
