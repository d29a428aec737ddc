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

TEST(ClientCheck, names_a_client_that_reads_what_goes_to_another_organisation) {
  config::Client ghent;
  ghent.id = "ghent";
  ghent.organisation = "0999999922";
  ghent.recipient = "municipality";
  auto second_desk = ghent;
  second_desk.id = "ghent-desk";
  config::Client sender;
  sender.id = "fedasil";
  sender.organisation = "0860737913";
  auto other_sender = sender;
  other_sender.organisation = "0999999823";
  config::Configuration configuration;
  configuration.clients = {ghent, second_desk, sender, other_sender};
  EXPECT_TRUE(find_shared_recipients(configuration).empty());
  auto bruges = ghent;
  bruges.id = "bruges";
  bruges.organisation = "0999999724";
  configuration.clients.push_back(bruges);
  const auto found = find_shared_recipients(configuration);
  ASSERT_EQ(found.size(), 1U);
  EXPECT_EQ(found.front().where, "clients.yaml, bruges");
  EXPECT_THAT(found.front().detail, testing::HasSubstr("`ghent`"));
  EXPECT_THAT(found.front().detail, testing::HasSubstr("`municipality`"));
}

}  // namespace
}  // namespace ketenpoort::cli
