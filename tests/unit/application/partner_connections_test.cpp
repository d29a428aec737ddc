#include "gateway/application/partner_connections.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "gateway/net/certificates.hpp"
#include "tests/support/scratch_folder.hpp"

namespace ketenpoort {
namespace {

using testing::HasSubstr;

class PartnerConnectionsTest : public testing::Test {
 protected:
  PartnerConnectionsTest() {
    configuration_.settings.outbound_key_id = "node-1";
    configuration_.settings.outbound_signing_key =
        folder_.write("outbound.key", adapters::SigningKey::generate().private_pem());
    for (const auto* id : {"agii", "vdab"}) {
      config::Partner partner;
      partner.id = partner.recipient = id;
      partner.channel.adapter = id;
      partner.channel.url = std::string("https://127.0.0.1:1/") + id;
      partner.channel.ca = folder_.write("ca.pem", authority_.certificate);
      partner.channel.certificate = folder_.write(std::string(id) + ".pem", client_.certificate);
      partner.channel.key = folder_.write(std::string(id) + ".key", client_.private_key);
      configuration_.partners.push_back(std::move(partner));
    }
  }

  config::Partner& vdab() { return configuration_.partners.back(); }
  // What the terms of the configuration as it is now go by.
  exchange::Terms connect() {
    exchange::Terms terms;
    for (const auto& partner : configuration_.partners) terms.recipients[partner.recipient].id = partner.recipient;
    const auto connected = connections_.connect(configuration_, terms);
    EXPECT_TRUE(connected) << connected.error().message;
    return terms;
  }
  static exchange::Partner* to(const exchange::Terms& terms, const char* recipient) {
    return terms.recipients.find(recipient)->second.partner.get();
  }

  test::ScratchFolder folder_;
  net::KeyedCertificate authority_ = net::make_authority("test", 2).value();
  net::KeyedCertificate client_ = net::issue_client(authority_, "gateway", 2).value();
  config::Configuration configuration_;
  PartnerConnections connections_;
};

TEST_F(PartnerConnectionsTest, what_has_not_changed_goes_on_and_what_has_is_opened_beside_it) {
  const auto before = connect();
  const auto again = connect();
  EXPECT_EQ(to(again, "vdab"), to(before, "vdab"));
  EXPECT_EQ(again.recipients.at("vdab").recalls, before.recipients.at("vdab").recalls);
  vdab().channel.url += "/v2";
  const auto moved = connect();
  EXPECT_NE(to(moved, "vdab"), to(before, "vdab"));
  EXPECT_EQ(to(moved, "agii"), to(before, "agii"));
  EXPECT_EQ(connections_.size(), 3U);
}

TEST_F(PartnerConnectionsTest, a_file_with_other_content_is_another_one) {
  const auto before = connect();
  const auto renewed = net::issue_client(authority_, "gateway", 3).value();
  folder_.write("vdab.pem", renewed.certificate);
  folder_.write("vdab.key", renewed.private_key);
  const auto after = connect();
  EXPECT_NE(to(after, "vdab"), to(before, "vdab"));
  EXPECT_EQ(to(after, "agii"), to(before, "agii"));
  folder_.write("outbound.key", adapters::SigningKey::generate().private_pem());
  const auto signed_anew = connect();
  EXPECT_NE(to(signed_anew, "agii"), to(before, "agii")) << "calls are signed with it";
  configuration_.settings.outbound_key_id = "node-1-2027";
  EXPECT_NE(to(connect(), "agii"), to(signed_anew, "agii")) << "calls say so";
}

TEST_F(PartnerConnectionsTest, those_that_somebody_holds_stay_open) {
  auto before = connect();
  vdab().concurrency = 9;
  auto after = connect();
  connections_.close_unused();
  EXPECT_EQ(connections_.size(), 3U) << "by the terms of before a call may be under way";
  before = {};
  connections_.close_unused();
  EXPECT_EQ(connections_.size(), 2U);
  after = {};
  connections_.close_unused();
  EXPECT_EQ(connections_.size(), 0U);
}

TEST_F(PartnerConnectionsTest, each_that_cannot_be_opened_is_named_and_those_in_use_stay) {
  const auto before = connect();
  folder_.write("vdab.key", "no key");
  auto further = vdab().channel;
  further.adapter = "nothing";
  further.key = folder_.write("further.key", client_.private_key);
  vdab().channels["further"] = further;
  exchange::Terms terms;
  for (const auto* id : {"agii", "vdab"}) terms.recipients[id].id = id;
  const auto refused = connections_.connect(configuration_, terms);
  ASSERT_FALSE(refused);
  ASSERT_EQ(refused.error().issues.size(), 2U);
  EXPECT_EQ(refused.error().issues[0].where, "partners, vdab");
  EXPECT_THAT(refused.error().issues[0].detail, HasSubstr("vdab.key"));
  EXPECT_EQ(refused.error().issues[1].where, "partners, vdab, channel further");
  terms = {};
  connections_.close_unused();
  EXPECT_EQ(connections_.size(), 2U);
}

}  // namespace
}  // namespace ketenpoort
