#include "gateway/cli/client_check.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
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

std::vector<Issue> find_shared_recipients(const config::Configuration& configuration) {
  std::vector<Issue> issues;
  const auto& clients = configuration.clients;
  for (auto client = clients.begin(); client != clients.end(); ++client) {
    if (client->recipient.empty()) continue;
    const auto other = std::find_if(clients.begin(), client, [&](const config::Client& before) {
      return before.recipient == client->recipient && before.organisation != client->organisation;
    });
    if (other != client)
      issues.push_back({ErrorCode::config, "clients.yaml, " + client->id,
                        fmt::format("its organisation is not that of `{}`, and both have recipient `{}`: each of them "
                                    "reads all that goes to this recipient, the other's residents too. Give each "
                                    "organisation a recipient (and a purpose's entry, a partner's file) of its own",
                                    other->id, client->recipient)});
  }
  return issues;
}

}  // namespace ketenpoort::cli
