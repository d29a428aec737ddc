#include "gateway/cli/client_check.hpp"

#include <gmock/gmock.h>

namespace ketenpoort::cli {
namespace {

TEST(ClientCheck, names_the_client_whose_recipient_is_no_partners) {
  config::Configuration configuration;
  for (const auto* recipient : {"agii", "vdab"}) {
    config::Partner partner;
    partner.id = partner.recipient = recipient;
    configuration.partners.push_back(partner);
  }
  config::Client vdab;
  vdab.id = "desk";
  vdab.recipient = "vdab";
  config::Client sender;
  sender.id = "fedasil";
  configuration.clients = {vdab, sender};
  EXPECT_TRUE(find_clients_without_partner(configuration).empty());
  configuration.clients[0].recipient = "vdba";
  const auto found = find_clients_without_partner(configuration);
  ASSERT_EQ(found.size(), 1U);
  EXPECT_EQ(found.front().where, "clients.yaml, desk");
  EXPECT_THAT(found.front().detail, testing::HasSubstr("`vdba`"));
  EXPECT_THAT(found.front().detail, testing::HasSubstr("did you mean vdab?"));
  EXPECT_THAT(found.front().detail, testing::HasSubstr("There are agii, vdab"));
}

}  // namespace
}  // namespace ketenpoort::cli
