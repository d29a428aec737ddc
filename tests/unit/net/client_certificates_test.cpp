// Whom a client believes, and what it shows.
#include <gmock/gmock.h>

#include "tests/unit/net/client_fixture.hpp"

namespace ketenpoort::net::test {
namespace {

using testing::HasSubstr;
using Kind = CallFailure::Kind;

TEST(Client, shows_its_certificate) {
  const auto server = start_server([](const api::Request& request, const api::ReplyTo& reply_to) {
    reply_to({200, "text/plain", request.certificate ? request.certificate->common_name : "none"});
  });
  auto options = options_for(server->port());
  options.certificate_chain = certificates().client_certificate;
  options.private_key = certificates().client_key;
  EXPECT_EQ(open_client(options).call(get("/a")).value().body, "test-client");
}

// TLS 1.3 tells it in the place of the answer.
TEST(Client, says_that_its_certificate_is_refused) {
  const ketenpoort::test::ScratchFolder folder;
  const auto server = start_server();
  const auto stranger = issue_client(make_authority("Other", 1).value(), "stranger", 1).value();
  auto options = options_for(server->port());
  options.certificate_chain = folder.write("stranger.pem", stranger.certificate);
  options.private_key = folder.write("stranger.key", stranger.private_key);
  // Of a large body the server is gone before all of it is written.
  for (const auto& call : {get("/a"), post_call(std::string(8U << 20, 'x'))}) {
    const auto result = open_client(options).call_for_failure(call);
    ASSERT_FALSE(result);
    EXPECT_EQ(result.error().kind, Kind::tls) << call.method;
    EXPECT_THAT(result.error().detail, HasSubstr("refuses our certificate: unknown CA")) << call.method;
  }
}

TEST(Client, checks_the_name_and_the_authority_of_the_partner) {
  ketenpoort::test::ScratchFolder folder;
  const auto elsewhere = issue_server(certificates().authority(), {"elsewhere.example"}, 1).value();
  ServerOptions server_options;
  server_options.tls =
      ServerTls{folder.write("s.pem", elsewhere.certificate), folder.write("s.key", elsewhere.private_key)};
  const auto misnamed = Server::start(server_options, echo).value();
  const auto wrong_name = open_client(options_for(misnamed->port())).call_for_failure(get("/a"));
  ASSERT_FALSE(wrong_name);
  EXPECT_EQ(wrong_name.error().kind, Kind::tls);
  EXPECT_FALSE(wrong_name.error().may_have_arrived);
  EXPECT_THAT(wrong_name.error().detail, HasSubstr("IP address mismatch"));

  const auto server = start_server();
  auto options = options_for(server->port());
  options.ca_file = folder.write("other.pem", make_authority("Other", 1).value().certificate);
  const auto wrong_authority = open_client(options).call_for_failure(get("/a"));
  ASSERT_FALSE(wrong_authority);
  EXPECT_EQ(wrong_authority.error().kind, Kind::tls);
}

TEST(Client, trusts_the_authorities_of_the_system_alone_when_no_others_are_given) {
  const auto server = start_server();
  auto options = options_for(server->port());
  options.ca_file.clear();
  const auto result = open_client(options).call_for_failure(get("/a"));
  ASSERT_FALSE(result);
  EXPECT_EQ(result.error().kind, Kind::tls);
  EXPECT_FALSE(result.error().may_have_arrived);
}

TEST(Client, is_not_opened_with_a_certificate_or_authorities_that_cannot_be_used) {
  auto options = options_for(1);
  options.certificate_chain = certificates().client_certificate;
  options.private_key = certificates().server_key;
  const auto other_key = Client::open(options);
  ASSERT_FALSE(other_key);
  EXPECT_EQ(other_key.error().code, ErrorCode::config);
  EXPECT_THAT(other_key.error().message, HasSubstr("server.key"));
  EXPECT_THAT(other_key.error().message, HasSubstr("is not the key of the certificate"));
  auto without = options_for(1);
  without.ca_file = certificates().server_key;
  EXPECT_FALSE(Client::open(without));
  auto in_the_clear = options_for(1);
  in_the_clear.base_url = "http://partner.example";
  EXPECT_FALSE(Client::open(in_the_clear));
}

TEST(Client, checks_a_dns_name_as_well_as_an_address) {
  const ketenpoort::test::ScratchFolder folder;
  const auto elsewhere = issue_server(certificates().authority(), {"elsewhere.example", "127.0.0.1"}, 1).value();
  ServerOptions server_options;
  server_options.tls =
      ServerTls{folder.write("s.pem", elsewhere.certificate), folder.write("s.key", elsewhere.private_key)};
  const auto misnamed = Server::start(server_options, echo).value();
  auto wrong = options_for(misnamed->port());
  EXPECT_TRUE(open_client(wrong).call(get("/a")));
  wrong.base_url = "https://localhost:" + std::to_string(misnamed->port());
  const auto refused = open_client(wrong).call_for_failure(get("/a"));
  ASSERT_FALSE(refused) << "it is not localhost";
  EXPECT_EQ(refused.error().kind, Kind::tls);
  EXPECT_FALSE(refused.error().may_have_arrived);
  EXPECT_THAT(refused.error().detail, HasSubstr("hostname mismatch"));

  const auto server = start_server();
  auto options = options_for(server->port());
  options.base_url = "https://localhost:" + std::to_string(server->port());
  const auto answer = open_client(options).call(get("/a"));
  ASSERT_TRUE(answer) << answer.error().message;
}

}  // namespace
}  // namespace ketenpoort::net::test
