#include "gateway/cli/key_check.hpp"

#include <gmock/gmock.h>

#include "adapters/http_signature.hpp"
#include "gateway/base/files.hpp"
#include "gateway/ledger/checkpoint/note.hpp"
#include "gateway/net/certificates.hpp"
#include "tests/support/scratch_folder.hpp"

namespace ketenpoort::cli {
namespace {

class Keys : public testing::Test {
 protected:
  Keys() {
    auto& settings = configuration_.settings;
    settings.state = folder_.path() / "state";
    write_pair("server", *net::issue_server(*authority_, {"gateway.example"}, 30));
    settings.server.certificate = folder_.path() / "server.pem";
    settings.server.key = folder_.path() / "server.key";
    settings.server.client_authorities = folder_.write("authorities.pem", authority_->certificate);
    settings.master_key = folder_.path() / "master.key";
    EXPECT_TRUE(replace_file(settings.master_key, std::string(32, 'm'), true));  // others could not read it
    settings.ledger.origin = "example.org/log";
    settings.ledger.signing_key =
        folder_.write("ledger.key", ledger::SigningKey::generate("example.org/log")->secret_text());
    settings.outbound_signing_key = folder_.write("outbound.key", adapters::SigningKey::generate().private_pem());
  }
  void write_pair(const std::string& name, const net::KeyedCertificate& made) const {
    folder_.write(name + ".pem", made.certificate);
    folder_.write(name + ".key", made.private_key);
  }
  // "where: detail" of each, behind the scratch folder's name.
  [[nodiscard]] std::vector<std::string> complaints() const {
    std::vector<std::string> out;
    for (const auto& issue : find_bad_keys(configuration_)) {
      auto detail = issue.detail;
      if (detail.starts_with(folder_.path().string())) detail.erase(0, folder_.path().string().size() + 1);
      out.push_back(issue.where + ": " + detail);
    }
    return out;
  }

  test::ScratchFolder folder_;
  Result<net::KeyedCertificate> authority_ = net::make_authority("an authority", 30);
  config::Configuration configuration_;
};

TEST_F(Keys, that_do_are_not_complained_of) {
  EXPECT_THAT(complaints(), testing::IsEmpty());
}

TEST_F(Keys, that_do_not_are_each_named_with_their_file) {
  folder_.write("server.key", net::issue_server(*authority_, {"gateway.example"}, 30)->private_key);
  folder_.write("master.key", "too short");
  folder_.write("ledger.key", "");
  folder_.write("outbound.key", "-----BEGIN NONSENSE-----");
  using testing::StartsWith;
  EXPECT_THAT(complaints(),
              testing::ElementsAre(StartsWith("server: server.key: is not the key of the certificate"),
                                   StartsWith("masterKey: master key "), StartsWith("ledger.signingKey: "),
                                   StartsWith("outbound.signingKey: outbound.key: ")));
}

TEST_F(Keys, of_partners_and_webhooks_are_looked_at_too) {
  config::Partner partner;
  partner.id = "vdab";
  partner.channel.adapter = "vdab";
  partner.channel.url = "https://vdab.example:9443/a";
  partner.channel.ca = folder_.write("empty.pem", "");
  configuration_.partners = {partner};
  config::Client client;
  client.id = "fedasil";
  client.webhook.emplace().ca = folder_.path() / "missing.pem";
  client.webhook->url = "https://match-it.example/events";
  configuration_.clients = {client};
  using testing::StartsWith;
  EXPECT_THAT(
      complaints(),
      testing::ElementsAre(StartsWith("partner vdab: empty.pem: must hold certificates of authorities in PEM"),
                           StartsWith("client fedasil, webhook: missing.pem: must hold certificates of authorities")));
}

TEST_F(Keys, are_of_no_use_for_an_address_that_is_none) {
  config::Partner partner;
  partner.id = "vdab";
  partner.channel.adapter = "vdab";
  partner.channel.url = "https://vdab.example:99999";
  partner.channel.authorization.emplace().token_url = "https://:1/token";
  configuration_.partners = {partner};
  config::Client client;
  client.id = "fedasil";
  client.webhook.emplace().url = "https://match-it.example:x/events";
  configuration_.clients = {client};
  using testing::HasSubstr;
  EXPECT_THAT(complaints(),
              testing::ElementsAre(HasSubstr("no valid port"), HasSubstr("no valid host"), HasSubstr("no valid port")));
}

TEST_F(Keys, in_the_state_folder_are_misplaced) {
  auto& settings = configuration_.settings;
  EXPECT_THAT(find_misplaced_keys(settings), testing::IsEmpty());
  settings.master_key = settings.state / "keys/../master.key";
  const auto misplaced = find_misplaced_keys(settings);
  ASSERT_EQ(misplaced.size(), 1U);
  EXPECT_EQ(misplaced.front().where, "masterKey");
}

}  // namespace
}  // namespace ketenpoort::cli
