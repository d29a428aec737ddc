#include "gateway/application/token_keys.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <future>

#include "gateway/api/access/jwt.hpp"
#include "gateway/base/files.hpp"
#include "gateway/net/certificates.hpp"
#include "gateway/net/server.hpp"
#include "tests/support/scratch_folder.hpp"

namespace ketenpoort {
namespace {

using testing::HasSubstr;

// Whoever issues tokens, at a port of its own, and what it answers.
class TokenKeysTest : public testing::Test {
 protected:
  TokenKeysTest() {
    const auto authority = net::make_authority("Issuer of tokens", 1).value();
    const auto certificate = net::issue_server(authority, {"127.0.0.1"}, 1).value();
    options_.tls = net::ServerTls{folder_.write("s.pem", certificate.certificate),
                                  folder_.write("s.key", certificate.private_key)};
    settings_.ca = folder_.write("ca.pem", authority.certificate);
    answer_ = {200, "application/json", api::jwks_of(first_).value()};
    begin();
    settings_.jwks_url = "https://127.0.0.1:" + std::to_string(options_.port) + "/keys";
  }

  void begin() {
    server_ = net::Server::start(options_, [this](const api::Request& request, const api::ReplyTo& reply) {
                const std::lock_guard lock(mutex_);
                reply(request.path == "/keys" ? answer_ : api::Reply{.status = 404, .body = "{}"});
              }).value();
    options_.port = server_->port();
  }
  void answer(api::Reply reply) {
    const std::lock_guard lock(mutex_);
    answer_ = std::move(reply);
  }
  [[nodiscard]] Result<std::unique_ptr<TokenKeys>> open() const { return TokenKeys::open(settings_, file_); }
  [[nodiscard]] std::string kept() const { return read_file(file_).value_or(""); }

  test::ScratchFolder folder_;
  std::filesystem::path file_ = folder_.path() / "token-keys.json";
  api::SigningKey first_ = api::make_signing_key("first").value();
  api::SigningKey second_ = api::make_signing_key("second").value();
  config::TokenSettings settings_;
  net::ServerOptions options_;
  std::mutex mutex_;
  api::Reply answer_;
  std::unique_ptr<net::Server> server_;
};

TEST_F(TokenKeysTest, fetches_and_keeps_them) {
  const auto keys = open();
  ASSERT_TRUE(keys) << keys.error().message;
  EXPECT_EQ(kept(), api::jwks_of(first_).value());
  EXPECT_FALSE((*keys)->is_failing());
}

TEST_F(TokenKeysTest, does_with_those_of_before_while_there_is_no_answer_and_not_without_any) {
  server_.reset();
  const auto without = open();
  ASSERT_FALSE(without);
  EXPECT_THAT(without.error().message, HasSubstr("tokens.jwks: " + settings_.jwks_url));
  begin();
  ASSERT_TRUE(open());
  server_.reset();
  const auto keys = open();
  ASSERT_TRUE(keys) << keys.error().message;
  EXPECT_TRUE((*keys)->is_failing());
  EXPECT_EQ(kept(), api::jwks_of(first_).value());
}

TEST_F(TokenKeysTest, looks_again_when_woken_and_tells_of_other_keys) {
  auto keys = open();
  ASSERT_TRUE(keys);
  std::promise<void> changed;
  (*keys)->start([&] { changed.set_value(); });
  answer({200, "application/json", api::jwks_of(second_).value()});
  (*keys)->wake();
  ASSERT_EQ(changed.get_future().wait_for(std::chrono::seconds(30)), std::future_status::ready);
  EXPECT_EQ(kept(), api::jwks_of(second_).value());
}

TEST_F(TokenKeysTest, what_cannot_be_used_takes_the_place_of_nothing) {
  ASSERT_TRUE(open());
  for (const api::Reply& wrong : {api::Reply{503, "text/plain", "busy"}, api::Reply{200, "text/html", "<p>log in</p>"},
                                  api::Reply{200, "application/json", "{\"keys\":[]}"},
                                  api::Reply{200, "application/json", std::string(2U << 20, ' ')}}) {
    answer(wrong);
    const auto keys = open();
    ASSERT_TRUE(keys);
    EXPECT_TRUE((*keys)->is_failing()) << wrong.body.substr(0, 20);
    EXPECT_EQ(kept(), api::jwks_of(first_).value());
  }
}

TEST_F(TokenKeysTest, a_token_of_an_unknown_key_calls_for_a_look) {
  folder_.write("keys.json", api::jwks_of(first_).value());
  int calls = 0;
  api::TokenRules rules{folder_.path() / "keys.json", "issuer", "ketenpoort"};
  rules.on_unknown_key = [&] { ++calls; };
  const auto verifier = api::TokenVerifier::open(rules).value();
  api::TokenRequest wanted{"issuer", "ketenpoort", "somebody"};
  wanted.expires = std::chrono::floor<std::chrono::seconds>(std::chrono::system_clock::now()) + std::chrono::hours(1);
  EXPECT_TRUE(verifier->verify(api::sign_jwt(first_, wanted).value()));
  EXPECT_EQ(calls, 0);
  EXPECT_FALSE(verifier->verify(api::sign_jwt(second_, wanted).value()));
  EXPECT_EQ(calls, 1);
}

}  // namespace
}  // namespace ketenpoort
