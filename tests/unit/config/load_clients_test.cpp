#include <gmock/gmock.h>

#include <chrono>
#include <string>

#include "tests/unit/config/load_fixture.hpp"

namespace ketenpoort::config {
namespace {

using ketenpoort::test::replace_in_file;
using ketenpoort::test::write_file;
using test::Load;
using ::testing::Contains;
using ::testing::Field;
using ::testing::HasSubstr;

TEST_F(Load, clients_that_look_alike_are_refused) {
  EXPECT_THAT(problem_after("clients.yaml", "{ subject: rights }", "{ subject: dpo }").detail, HasSubstr("share"));
}

TEST_F(Load, a_partner_scope_goes_with_a_recipient) {
  EXPECT_THAT(problem_after("clients.yaml", "    recipient: agii\n", "").detail, HasSubstr("scope partner"));
}

// fedasil's, in the shipped clients.yaml
constexpr std::string_view own_token = "    token: { subject: match-it }\n";

std::string webhook(std::string_view tls) {
  return std::string(own_token) + "    webhook: { url: 'https://fedasil.example/events', tls: " + std::string(tls) +
         " }\n";
}

TEST_F(Load, a_webhook_says_where_and_whom_to_trust) {
  replace_in_file(folder() / "config/clients.yaml", own_token, webhook("{ ca: keys/partner-authorities.pem }"));
  replace_in_file(gateway(), "overdueAfter: 30d", "overdueAfter: 10d");
  const auto loaded = load(gateway());
  ASSERT_TRUE(loaded) << loaded.error().issues.front().detail;
  ASSERT_TRUE(loaded->clients.front().webhook);
  EXPECT_EQ(loaded->clients.front().webhook->url, "https://fedasil.example/events");
  EXPECT_EQ(loaded->clients.front().webhook->ca, folder() / "config/keys/partner-authorities.pem");
  EXPECT_TRUE(loaded->clients.front().webhook->certificate.empty());
  EXPECT_EQ(loaded->settings.overdue_after, std::chrono::days{10});
}

TEST_F(Load, a_webhook_has_a_certificate_with_its_key) {
  EXPECT_THAT(
      problem_after("clients.yaml", own_token, webhook("{ ca: keys/partner-authorities.pem, key: keys/outbound.key }"))
          .detail,
      HasSubstr("belong together"));
}

TEST_F(Load, a_webhook_goes_with_scope_transfers) {
  replace_in_file(folder() / "config/clients.yaml", "scopes: [records, consents, transfers, ledger]",
                  "scopes: [records, consents, ledger]");
  EXPECT_THAT(problem_after("clients.yaml", own_token, webhook("{ ca: keys/partner-authorities.pem }")).detail,
              HasSubstr("scope transfers"));
}

TEST_F(Load, a_webhook_is_called_over_https_only) {
  auto plain = webhook("{ ca: keys/partner-authorities.pem }");
  plain.replace(plain.find("https:"), 6, "http:");
  EXPECT_THAT(problem_after("clients.yaml", own_token, plain).detail, HasSubstr("https"));
}

TEST_F(Load, the_id_of_a_client_with_a_webhook_names_a_file) {
  const std::string secure = webhook("{ ca: keys/partner-authorities.pem }");
  for (const auto& id : {std::string("../fedasil"), std::string(".fedasil"), std::string("a/b"), std::string("a b"),
                         std::string(101, 'a')}) {
    replace_in_file(folder() / "config/clients.yaml", "id: fedasil\n", "id: '" + id + "'\n");
    EXPECT_THAT(problem_after("clients.yaml", own_token, secure).detail, HasSubstr("names a file")) << id;
    replace_in_file(folder() / "config/clients.yaml", secure, own_token);
    replace_in_file(folder() / "config/clients.yaml", "id: '" + id + "'\n", "id: fedasil\n");
  }
}

TEST_F(Load, keeps_roles_with_separate_people) {
  for (const auto* together : {"rights, audit", "rights, records", "rights, operator", "rights, consents"}) {
    write_file(folder() / "config/clients.yaml",
               "clients:\n  - id: one\n    organisation: \"0860737913\"\n    scopes: [" + std::string(together) +
                   "]\n    token: { subject: one }\n");
    EXPECT_THAT(problems(), Contains(Field(&Issue::detail, HasSubstr("are roles of different people")))) << together;
  }
}

}  // namespace
}  // namespace ketenpoort::config
