#include "gateway/cli/certificate_check.hpp"

#include <gmock/gmock.h>

#include "tests/support/scratch_folder.hpp"

namespace ketenpoort::cli {
namespace {

using std::chrono::days;

class Certificates : public testing::Test {
 protected:
  std::filesystem::path make(const std::string& name, int life) const {
    return folder_.write(name, net::issue_server(*authority_, {"gateway.example"}, life)->certificate);
  }
  static std::chrono::sys_seconds in(days later) {
    return std::chrono::floor<std::chrono::seconds>(std::chrono::system_clock::now()) + later;
  }
  test::ScratchFolder folder_;
  Result<net::KeyedCertificate> authority_ = net::make_authority("an authority", 800);
};

TEST_F(Certificates, are_warned_of_in_the_last_month_or_the_last_fifth_of_a_short_life) {
  config::Configuration configuration;
  configuration.settings.server.certificate = make("server.pem", 365);
  EXPECT_TRUE(find_ending_certificates(configuration, in(days{334})).empty());
  EXPECT_EQ(find_ending_certificates(configuration, in(days{336})).size(), 1U);
  configuration.settings.server.certificate = make("short.pem", 10);
  EXPECT_TRUE(find_ending_certificates(configuration, in(days{7})).empty());
  EXPECT_EQ(find_ending_certificates(configuration, in(days{9})).size(), 1U);
}

TEST_F(Certificates, are_named_by_file_with_their_last_day_also_when_it_is_past) {
  config::Configuration configuration;
  configuration.settings.server.certificate = make("server.pem", 365);
  const auto after = find_ending_certificates(configuration, in(days{366}));
  ASSERT_EQ(after.size(), 1U);
  EXPECT_EQ(after.front().where, (folder_.path() / "server.pem").string());
  EXPECT_THAT(after.front().detail, testing::StartsWith("this certificate ended on "));
  EXPECT_THAT(find_ending_certificates(configuration, in(days{360})).front().detail,
              testing::StartsWith("this certificate ends on "));
}

TEST_F(Certificates, of_partners_their_channels_and_webhooks_are_looked_at_each_once) {
  config::Configuration configuration;
  configuration.settings.server.certificate = make("server.pem", 30);
  config::Partner partner;
  partner.channel.adapter = "vdab";
  partner.channel.certificate = make("outbound.pem", 30);
  partner.channel.authorization.emplace().certificate = make("tokens.pem", 30);
  partner.channels["magda"].certificate = partner.channel.certificate;
  partner.channels["magda"].magda.emplace().certificate = make("magda.pem", 30);
  configuration.partners = {partner, partner};
  config::Client client;
  client.webhook.emplace().certificate = make("webhook.pem", 30);
  configuration.clients = {client};
  EXPECT_EQ(find_ending_certificates(configuration, in(days{29})).size(), 5U);
}

TEST_F(Certificates, revocation_lists_are_told_of_once_the_first_has_ended) {
  const auto list = [&](int life) { return net::make_revocation_list(*authority_, {}, life).value(); };
  config::Configuration configuration;
  configuration.settings.server.certificate = make("server.pem", 365);
  configuration.settings.server.client_revocations = folder_.write("lists.pem", list(20) + list(7));
  EXPECT_TRUE(find_ending_certificates(configuration, in(days{6})).empty()) << "a new one comes in time";
  const auto after = find_ending_certificates(configuration, in(days{8}));
  ASSERT_EQ(after.size(), 1U);
  EXPECT_EQ(after.front().where, (folder_.path() / "lists.pem").string());
  EXPECT_THAT(after.front().detail, testing::StartsWith("a revocation list in it ended on "));
  configuration.settings.server.client_revocations = folder_.path() / "none.pem";
  EXPECT_TRUE(find_ending_certificates(configuration, in(days{8})).empty());
}

TEST_F(Certificates, of_a_chain_end_with_the_first_that_does) {
  const auto text = net::issue_server(*authority_, {"gateway.example"}, 300)->certificate +
                    net::issue_server(*authority_, {"between.example"}, 5)->certificate;
  const auto life = net::certificate_life(text);
  ASSERT_TRUE(life);
  EXPECT_LT(life->ends, in(days{6}));
  EXPECT_FALSE(net::certificate_life("-----BEGIN NONSENSE-----"));
}

}  // namespace
}  // namespace ketenpoort::cli
