// What a partner file says of tokens and of a plain REST push, read strictly.
#include <gmock/gmock.h>

#include <cstdlib>

#include "gateway/config/load.hpp"
#include "tests/support/shipped_configuration.hpp"

namespace ketenpoort::config {
namespace {

using ketenpoort::test::replace_in_file;
using ketenpoort::test::write_file;
using ::testing::AllOf;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::Pair;

class Protocol : public ::testing::Test {
 protected:
  Protocol() { write_file(shipped_.folder() / "config/keys/header-secret", "from-a-file\n"); }
  [[nodiscard]] std::filesystem::path file() const { return shipped_.folder() / "config/partners/vdab.yaml"; }
  void change(std::string_view what, std::string_view with) { replace_in_file(file(), what, with); }
  // Turns VDAB's file into one of adapter rest with these lines under `rest`.
  void make_rest(const std::string& lines) {
    change("adapter: vdab ", "adapter: rest ");
    change("messages:  ", "rest:\n" + lines + "messages:  ");
  }
  [[nodiscard]] Channel loaded() const {
    const auto configuration = load(shipped_.gateway_yaml());
    if (!configuration)
      throw std::runtime_error(configuration.error().issues.empty() ? configuration.error().message
                                                                    : configuration.error().issues[0].detail);
    return configuration->find_partner("vdab")->channel;
  }
  [[nodiscard]] std::string complaints() const {
    const auto configuration = load(shipped_.gateway_yaml());
    std::string all;
    if (!configuration)
      for (const auto& issue : configuration.error().issues) all += issue.where + ": " + issue.detail + "\n";
    return all;
  }

 private:
  ketenpoort::test::ShippedConfiguration shipped_;
};

TEST_F(Protocol, reads_how_a_token_is_asked_for) {
  const auto authorization = loaded().authorization;
  ASSERT_TRUE(authorization);
  EXPECT_EQ(authorization->token_url, "https://authenticatie.partner.example/op/v1/token");
  EXPECT_EQ(authorization->audience, "https://authenticatie.partner.example/op");
  EXPECT_EQ(authorization->algorithm, "RS256");
  EXPECT_EQ(authorization->key_id, "");
  EXPECT_EQ(authorization->ca, loaded().ca);  // as to the partner, where nothing else is said
  EXPECT_FALSE(loaded().rest);
}

TEST_F(Protocol, an_authorization_server_may_have_tls_of_its_own) {
  change("  algorithm: RS256", "  keyId: k1\n  tls: { ca: ../keys/server.pem }\n  algorithm: RS256");
  const auto authorization = *loaded().authorization;
  EXPECT_EQ(authorization.key_id, "k1");
  EXPECT_EQ(authorization.ca.filename(), "server.pem");
  EXPECT_TRUE(authorization.certificate.empty());
}

TEST_F(Protocol, says_what_is_wrong_with_an_authorization) {
  const auto complaint = [this](std::string_view what, std::string_view with) {
    const auto before = read_file(file()).value();
    change(what, with);
    auto said = complaints();
    write_file(file(), before);
    return said;
  };
  EXPECT_THAT(complaint("https://authenticatie.partner.example/op/v1/token", "http://authenticatie.partner.example/t"),
              AllOf(HasSubstr("partners/vdab.yaml:"), HasSubstr("`tokenUrl`")));
  EXPECT_THAT(complaint("https://authenticatie.partner.example/op/v1/token", "https://authenticatie.partner.example"),
              HasSubstr("`tokenUrl`"));
  EXPECT_THAT(complaint("algorithm: RS256", "algorithm: HS256"), HasSubstr("RS256, ES256, PS256, EdDSA"));
  EXPECT_THAT(complaint("scope: vdab_klantvolgsysteem_v1_P", "scope: \"a  b\""), HasSubstr("`scope`"));
  EXPECT_THAT(complaint("vdab-oauth.key", "vdab-oaut.key"), HasSubstr("vdab-oaut.key"));
  EXPECT_THAT(complaint("  scope: vdab_klantvolgsysteem_v1_P\n", ""), HasSubstr("`scope` is missing"));
  EXPECT_THAT(complaint("  algorithm: RS256", "  clientSecret: x\n  algorithm: RS256"),
              HasSubstr("`clientSecret` is no key"));
  EXPECT_THAT(complaint("  algorithm: RS256", "  tls: { certificate: ../keys/server.pem }\n  algorithm: RS256"),
              HasSubstr("belong together"));
}

TEST_F(Protocol, a_further_channel_carries_no_token_unless_it_says_so) {
  const auto configuration = *load(file().parent_path().parent_path() / "gateway.yaml");
  EXPECT_FALSE(configuration.find_partner("vdab")->channels.at("magda").authorization);
}

TEST_F(Protocol, reads_how_a_plain_push_is_spoken) {
  ::setenv("KETENPOORT_TEST_KEY", "from-the-environment", 1);
  make_rest(
      "  path: /in\n  accept: text/plain\n  reference: { header: X-Dossier }\n  traceHeader: x-request-id\n"
      "  headers: { X-Version: \"2\", X-Api-Key: \"${KETENPOORT_TEST_KEY}\", X-Token: \"file:../keys/header-secret\" "
      "}\n");
  const auto rest = loaded().rest;
  ASSERT_TRUE(rest);
  EXPECT_EQ(rest->path, "/in");
  EXPECT_EQ(rest->accept, "text/plain");
  EXPECT_EQ(rest->reference, RestSettings::Reference::header);
  EXPECT_EQ(rest->reference_at, "x-dossier");
  EXPECT_EQ(rest->trace_header, "x-request-id");
  EXPECT_THAT(rest->headers, ElementsAre(Pair("X-Version", "2"), Pair("X-Api-Key", "from-the-environment"),
                                         Pair("X-Token", "from-a-file")));
}

TEST_F(Protocol, a_path_is_enough) {
  make_rest("  path: /in\n");
  EXPECT_EQ(loaded().rest->reference, RestSettings::Reference::none);
  EXPECT_EQ(loaded().rest->accept, "application/json");
}

struct Wrong {
  std::string lines, said;
};
class WrongRest : public Protocol, public ::testing::WithParamInterface<Wrong> {};
INSTANTIATE_TEST_SUITE_P(
    Protocol, WrongRest,
    ::testing::Values(Wrong{"  path: in\n", "`path`"}, Wrong{"  path: /in?x=1\n", "`path`"},
                      Wrong{"  path: /in\n  reference: { json: \"a..b\" }\n", "`json`"},
                      Wrong{"  path: /in\n  reference: { json: \"a[0]\" }\n", "`json`"},
                      Wrong{"  path: /in\n  reference: { xml: \"x:a/b\" }\n", "`xml`"},
                      Wrong{"  path: /in\n  reference: { header: \"two words\" }\n", "`header`"},
                      Wrong{"  path: /in\n  reference: { json: a, xml: b }\n", "one of `json`, `xml` and `header`"},
                      Wrong{"  path: /in\n  reference: { regex: a }\n", "`regex` is no key"},
                      Wrong{"  path: /in\n  headers: { Authorization: x }\n", "writes itself"},
                      Wrong{"  path: /in\n  headers: { idempotency-key: x }\n", "writes itself"},
                      Wrong{"  path: /in\n  headers: { X-Api-Key: clear }\n", "sounds like a secret"},
                      Wrong{"  path: /in\n  headers: { X-Insz: \"77.70.18-000.15\" }\n", "national number"},
                      Wrong{"  path: /in\n  headers: { \"X Y\": a }\n", "name of a header"},
                      Wrong{"  path: /in\n  traceHeader: Signature\n", "`traceHeader`"}));

TEST_P(WrongRest, is_refused) {
  make_rest(GetParam().lines);
  EXPECT_THAT(complaints(), HasSubstr(GetParam().said));
}

TEST_F(Protocol, adapter_rest_and_its_settings_go_together) {
  change("adapter: vdab ", "adapter: rest ");
  EXPECT_THAT(complaints(), HasSubstr("needs a `rest` beside it"));
  change("adapter: rest ", "adapter: vdab ");
  change("messages:  ", "rest: { path: /in }\nmessages:  ");
  EXPECT_THAT(complaints(), HasSubstr("name that adapter"));
}

}  // namespace
}  // namespace ketenpoort::config
