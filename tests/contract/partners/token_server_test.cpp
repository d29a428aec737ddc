// The simulated authorization server on what the gateway asks it, and on everything a client could get wrong; and
// VDAB's simulator on the tokens that come of it.
#include "adapters/simulator/token_server.hpp"

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <openssl/pem.h>
#include <openssl/rsa.h>

#include <filesystem>

#include "adapters/oauth/token_call.hpp"
#include "adapters/partner_adapter.hpp"
#include "adapters/simulator/simulator.hpp"
#include "gateway/base/files.hpp"
#include "gateway/formats/json.hpp"

namespace ketenpoort::simulator {
namespace {

using namespace std::chrono_literals;
using testing::HasSubstr;
namespace fs = std::filesystem;

constexpr std::string_view server_name = "https://tokens.example/op";
constexpr std::string_view resource = "https://vdab.example";
const adapters::TokenClient client{std::string(token_path), "ketenpoort", std::string(server_name), "profiles_write"};

adapters::AssertionKey assertion_key(EVP_PKEY* key, std::string_view algorithm = "RS256") {
  const std::unique_ptr<BIO, decltype(&BIO_free)> bio(BIO_new(BIO_s_mem()), &BIO_free);
  PEM_write_bio_PrivateKey(bio.get(), key, nullptr, nullptr, 0, nullptr, nullptr);
  char* data = nullptr;
  const auto size = BIO_get_mem_data(bio.get(), &data);
  return std::move(*adapters::AssertionKey::from_pem({data, static_cast<std::size_t>(size)}, algorithm, ""));
}

EVP_PKEY* client_key() {
  static const adapters::EvpKey key(EVP_RSA_gen(2048));
  return key.get();
}

const adapters::AssertionKey& key() {
  static const auto made = assertion_key(client_key());
  return made;
}

const api::SigningKey& server_key() {
  static const auto made = api::make_signing_key("token-server").value();
  return made;
}

TokenServerOptions options(Mode mode = Mode::ok) {
  EVP_PKEY_up_ref(client_key());
  TokenServerOptions made;
  made.mode = mode;
  made.client_id = client.client_id;
  made.client_key =
      std::make_shared<const api::VerificationKey>(api::Algorithm::rs256, api::PublicKeyPtr(client_key()));
  made.audience = server_name;
  made.scope = "profiles_read profiles_write";
  made.issuer = server_name;
  made.resource = resource;
  made.key = server_key();
  return made;
}

api::Request request_from(const Call& call) {
  api::Request request;
  request.method = call.method;
  request.path = call.path;
  request.body = call.body;
  for (auto [name, value] : call.headers) {
    for (auto& c : name) c = c >= 'A' && c <= 'Z' ? static_cast<char>(c | 0x20) : c;
    request.headers.emplace_back(name, value);
  }
  return request;
}

Call good_call() {
  return adapters::ask_for_token(client, key(), Clock().now()).value();
}

tl::expected<adapters::AccessToken, adapters::TokenFailure> read(const Reaction& reaction) {
  return adapters::read_token({reaction.reply->status, {}, reaction.reply->body});
}

TEST(TokenServer, gives_the_gateway_a_short_lived_token) {
  TokenServer server(options());
  const auto token = read(server.take(request_from(good_call())));
  ASSERT_TRUE(token);
  EXPECT_EQ(token->lifetime, 300s);
  EXPECT_NE(token->value, read(server.take(request_from(good_call())))->value);
}

std::string form_with(const std::string& claims, const adapters::AssertionKey& by = key()) {
  return "grant_type=client_credentials&scope=profiles_write&client_assertion_type=urn%3Aietf%3Aparams%3Aoauth%"
         "3Aclient-"
         "assertion-type%3Ajwt-bearer&client_assertion=" +
         by.sign(claims).value();
}

// What the server says of an assertion whose claims are these but for one.
std::string said_of(std::string_view name, std::string_view value, TokenServer& server) {
  const auto now = std::chrono::floor<std::chrono::seconds>(Clock().now()).time_since_epoch().count();
  const std::vector<std::pair<std::string_view, std::string>> good = {
      {"iss", R"("ketenpoort")"}, {"sub", R"("ketenpoort")"},      {"aud", fmt::format(R"("{}")", server_name)},
      {"jti", R"("one")"},        {"iat", fmt::format("{}", now)}, {"exp", fmt::format("{}", now + 300)}};
  std::string claims;
  for (const auto& [claim, text] : good) {
    const auto stands = claim == name ? std::string(value) : text;
    if (!stands.empty()) claims += fmt::format(R"({}"{}":{})", claims.empty() ? "{" : ",", claim, stands);
  }
  auto request = request_from(good_call());
  request.body = form_with(claims + "}");
  return server.take(request).reply->body;
}

TEST(TokenServer, checks_every_claim) {
  const auto now = std::chrono::floor<std::chrono::seconds>(Clock().now()).time_since_epoch().count();
  const auto at = [&](long offset) { return std::to_string(now + offset); };
  const auto said = [](std::string_view name, std::string_view value) {
    TokenServer server(options());
    return said_of(name, value, server);
  };
  EXPECT_THAT(said("aud", R"(["https://tokens.example/op"])"), HasSubstr("access_token"));
  EXPECT_THAT(said("iss", R"("somebody")"), HasSubstr("iss and sub"));
  EXPECT_THAT(said("sub", R"("somebody")"), HasSubstr("iss and sub"));
  EXPECT_THAT(said("aud", R"("https://other.example")"), HasSubstr("aud"));
  EXPECT_THAT(said("aud", R"(["https://tokens.example/op","https://other.example"])"), HasSubstr("aud"));
  EXPECT_THAT(said("jti", ""), HasSubstr("jti"));
  EXPECT_THAT(said("iat", ""), HasSubstr("iat"));
  EXPECT_THAT(said("iat", at(120)), HasSubstr("iat"));
  EXPECT_THAT(said("exp", ""), HasSubstr("exp"));
  EXPECT_THAT(said("exp", at(-1)), HasSubstr("expired"));
  EXPECT_THAT(said("exp", at(700)), HasSubstr("ten minutes"));
}

TEST(TokenServer, takes_an_assertion_once) {
  TokenServer server(options());
  EXPECT_THAT(said_of("", "", server), HasSubstr("access_token"));
  EXPECT_THAT(said_of("", "", server), HasSubstr("used before"));
}

TEST(TokenServer, takes_no_other_signature_nor_algorithm) {
  const adapters::EvpKey other(EVP_RSA_gen(2048));
  TokenServer server(options());
  auto request = request_from(adapters::ask_for_token(client, assertion_key(other.get()), Clock().now()).value());
  EXPECT_THAT(server.take(request).reply->body, HasSubstr("signature"));
  EXPECT_EQ(server.take(request).reply->status, 401);
  request = request_from(adapters::ask_for_token(client, assertion_key(client_key(), "PS256"), Clock().now()).value());
  EXPECT_THAT(server.take(request).reply->body, HasSubstr("alg"));
}

TEST(TokenServer, takes_no_other_form) {
  TokenServer server(options());
  const auto said = [&](std::string_view what, std::string_view with) {
    auto request = request_from(good_call());
    const auto found = request.body.find(what);
    EXPECT_NE(found, std::string::npos);
    request.body.replace(found, what.size(), with);
    const auto reply = *server.take(request).reply;
    return fmt::format("{} {}", reply.status, reply.body);
  };
  EXPECT_THAT(said("grant_type=client_credentials", "grant_type=password"),
              HasSubstr("400 {\"error\":\"unsupported_grant_type"));
  EXPECT_THAT(said("scope=profiles_write", "scope=everything"), HasSubstr("invalid_scope"));
  EXPECT_THAT(said("scope=profiles_write&", ""), HasSubstr("invalid_scope"));
  EXPECT_THAT(said("client_id=ketenpoort", "client_id=somebody"), HasSubstr("401 {\"error\":\"invalid_client"));
  EXPECT_THAT(said("jwt-bearer", "saml2-bearer"), HasSubstr("invalid_client"));
  EXPECT_THAT(said("client_assertion=", "client_assertion=x"), HasSubstr("invalid_client"));
  EXPECT_THAT(said("scope=profiles_write", "scope=profiles_write&scope=profiles_write"), HasSubstr("invalid_request"));
  EXPECT_THAT(said("scope=profiles_write", "scope=profiles_write&client_secret=x"), HasSubstr("invalid_request"));
  auto request = request_from(good_call());
  request.method = "GET";
  EXPECT_EQ(server.take(request).reply->status, 400);
}

TEST(TokenServer, fails_as_it_is_told) {
  EXPECT_EQ(TokenServer(options(Mode::down)).take(request_from(good_call())).reply->status, 503);
  EXPECT_EQ(TokenServer(options(Mode::reject)).take(request_from(good_call())).reply->status, 401);
  EXPECT_EQ(TokenServer(options(Mode::slow)).take(request_from(good_call())).delay, 2000ms);
  EXPECT_EQ(read(TokenServer(options(Mode::garbage)).take(request_from(good_call()))).error().failure_class,
            "token-unreadable");
  TokenServer flaky(options(Mode::flaky));
  int granted = 0;
  int torn = 0;
  for (int i = 0; i < 60; ++i) {
    const auto reaction = flaky.take(request_from(good_call()));
    torn += reaction.reply ? 0 : 1;
    granted += reaction.reply && reaction.reply->status == 200 ? 1 : 0;
  }
  EXPECT_GT(granted, 5);
  EXPECT_GT(torn, 5);
}

// VDAB behind that server.
class Demanding : public testing::Test {
 protected:
  Demanding() {
    fs::create_directories(folder_);
    EXPECT_TRUE(replace_file(folder_ / "jwks.json", api::jwks_of(server_key()).value()));
    SimulatorOptions made;
    made.partner = &vdab();
    made.received = folder_ / "received";
    made.tokens.emplace();
    made.tokens->verifier =
        api::TokenVerifier::open({folder_ / "jwks.json", std::string(server_name), std::string(resource)}).value();
    made.tokens->scope = "profiles_write";
    simulator_ = Simulator::open(std::move(made)).value();
  }
  ~Demanding() override { fs::remove_all(folder_); }

  api::Reply take(const std::string& authorization) {
    auto call = adapters::make_adapter("vdab").value()->to_call(
        {.transfer = *parse_uuid("0f1e2d3c-4b5a-4697-8877-665544332211"),
         .message = "vdab-profile",
         .content_type = "application/ld+json",
         .payload = read_file("mappings/examples/resident-to-vdab-profile/01-full-record.out.json").value(),
         .trace = new_uuid_v4()});
    static const auto gateway_key = adapters::SigningKey::generate();
    adapters::sign(call, gateway_key, "gateway", Clock().now());
    auto request = request_from(call);
    if (!authorization.empty()) request.headers.emplace_back("authorization", authorization);
    return *simulator_->take(request).reply;
  }
  static std::string challenge(const api::Reply& reply) {
    for (const auto& [name, value] : reply.headers)
      if (name == "WWW-Authenticate") return value;
    return {};
  }
  static std::string token(std::string scope, std::chrono::seconds age = 0s) {
    auto asked = client;
    asked.scope = std::move(scope);
    TokenServer server(options());
    const auto then = Clock().now() - age;
    return "Bearer " +
           read(server.take(request_from(adapters::ask_for_token(asked, key(), then).value()), then))->value;
  }

  fs::path folder_ = fs::temp_directory_path() / ("ketenpoort-tokens-" + new_uuid_v4().text());
  std::unique_ptr<Simulator> simulator_;
};

TEST_F(Demanding, takes_a_message_with_a_token_and_keeps_no_token) {
  const auto given = token("profiles_write profiles_read");
  EXPECT_EQ(take(given).status, 201);
  const auto description = read_file(folder_ / "received/000001.json").value();
  EXPECT_THAT(description, testing::Not(HasSubstr("authorization")));
  EXPECT_THAT(description, testing::Not(HasSubstr(given.substr(7, 20))));
}

TEST_F(Demanding, refuses_a_message_without_a_good_token) {
  const auto none = take("");
  EXPECT_EQ(none.status, 401);
  EXPECT_EQ(challenge(none), "Bearer");
  for (const auto& wrong : {std::string("Bearer x.y.z"), std::string("Basic dTpw"), token("profiles_write", 400s)}) {
    const auto reply = take(wrong);
    EXPECT_EQ(reply.status, 401) << wrong;
    EXPECT_THAT(challenge(reply), HasSubstr("Bearer"));
  }
  const auto other = take(token("profiles_read"));
  EXPECT_EQ(other.status, 403);
  EXPECT_THAT(challenge(other), HasSubstr("insufficient_scope"));
}

TEST_F(Demanding, needs_none_for_recalls) {
  auto request = api::Request{};
  request.method = "POST";
  request.path = "/ketenpoort/recalls";
  EXPECT_NE(simulator_->take(request).reply->status, 401);
}

}  // namespace
}  // namespace ketenpoort::simulator
