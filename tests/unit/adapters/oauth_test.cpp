// Tokens for partners' calls: the assertion as any library would check it, the answers of authorization servers, and
// one fetch for many.
#include <gmock/gmock.h>
#include <openssl/ec.h>
#include <openssl/pem.h>
#include <openssl/rsa.h>

#include <atomic>
#include <mutex>
#include <thread>

#include "adapters/oauth/token_source.hpp"
#include "gateway/base/bytes.hpp"
#include "gateway/formats/json.hpp"

namespace ketenpoort::adapters {
namespace {

using namespace std::chrono_literals;
using testing::ElementsAre;
using testing::StartsWith;

EvpKey generate(std::string_view algorithm) {
  if (algorithm == "ES256") return EvpKey(EVP_EC_gen("P-256"));
  if (algorithm == "P384") return EvpKey(EVP_EC_gen("P-384"));
  if (algorithm == "secp256k1") return EvpKey(EVP_EC_gen("secp256k1"));
  if (algorithm == "EdDSA") return EvpKey(EVP_PKEY_Q_keygen(nullptr, nullptr, "ED25519"));
  return EvpKey(EVP_RSA_gen(algorithm == "small" ? 1024 : 2048));
}

std::string pem_of(EVP_PKEY* key) {
  const std::unique_ptr<BIO, decltype(&BIO_free)> bio(BIO_new(BIO_s_mem()), &BIO_free);
  PEM_write_bio_PrivateKey(bio.get(), key, nullptr, nullptr, 0, nullptr, nullptr);
  char* data = nullptr;
  const auto size = BIO_get_mem_data(bio.get(), &data);
  return {data, static_cast<std::size_t>(size)};
}

struct Jwt {
  std::string signed_text, header, claims, signature;
};

Jwt split(std::string_view token) {
  const auto first = token.find('.');
  const auto second = token.find('.', first + 1);
  const auto decoded = [](std::string_view part) { return std::string(as_text(*from_base64url(part))); };
  return {std::string(token.substr(0, second)), decoded(token.substr(0, first)),
          decoded(token.substr(first + 1, second - first - 1)), decoded(token.substr(second + 1))};
}

// A P-256 signature as OpenSSL reads it.
std::string to_der(const std::string& jose) {
  const std::unique_ptr<ECDSA_SIG, decltype(&ECDSA_SIG_free)> pair(ECDSA_SIG_new(), &ECDSA_SIG_free);
  const auto* bytes = reinterpret_cast<const unsigned char*>(jose.data());
  ECDSA_SIG_set0(pair.get(), BN_bin2bn(bytes, 32, nullptr), BN_bin2bn(bytes + 32, 32, nullptr));
  unsigned char* der = nullptr;
  const int size = i2d_ECDSA_SIG(pair.get(), &der);
  std::string out(reinterpret_cast<char*>(der), static_cast<std::size_t>(size));
  OPENSSL_free(der);
  return out;
}

bool verifies(EVP_PKEY* key, std::string_view algorithm, const Jwt& jwt) {
  const std::unique_ptr<EVP_MD_CTX, decltype(&EVP_MD_CTX_free)> context(EVP_MD_CTX_new(), &EVP_MD_CTX_free);
  EVP_PKEY_CTX* key_context = nullptr;
  EVP_DigestVerifyInit(context.get(), &key_context, algorithm == "EdDSA" ? nullptr : EVP_sha256(), nullptr, key);
  if (algorithm == "PS256") {
    EVP_PKEY_CTX_set_rsa_padding(key_context, RSA_PKCS1_PSS_PADDING);
    EVP_PKEY_CTX_set_rsa_pss_saltlen(key_context, 32);
  }
  if (algorithm == "ES256" && jwt.signature.size() != 64) return false;
  const auto signature = algorithm == "ES256" ? to_der(jwt.signature) : jwt.signature;
  return EVP_DigestVerify(context.get(), as_bytes(signature).data(), signature.size(), as_bytes(jwt.signed_text).data(),
                          jwt.signed_text.size()) == 1;
}

class EveryAlgorithm : public testing::TestWithParam<std::string> {};
INSTANTIATE_TEST_SUITE_P(AssertionKey, EveryAlgorithm, testing::Values("RS256", "PS256", "ES256", "EdDSA"));

TEST_P(EveryAlgorithm, signs_what_its_public_key_verifies) {
  const auto key = generate(GetParam());
  const auto other = generate(GetParam());
  const auto signer = AssertionKey::from_pem(pem_of(key.get()), GetParam(), "key-1");
  ASSERT_TRUE(signer);

  const auto jwt = split(signer->sign(R"({"iss":"us"})").value());

  EXPECT_EQ(jwt.header, R"({"alg":")" + GetParam() + R"(","typ":"JWT","kid":"key-1"})");
  EXPECT_EQ(jwt.claims, R"({"iss":"us"})");
  EXPECT_TRUE(verifies(key.get(), GetParam(), jwt));
  EXPECT_FALSE(verifies(other.get(), GetParam(), jwt));
}

TEST(AssertionKey, takes_no_key_of_another_kind) {
  const auto refused = [](std::string_view kind, std::string_view algorithm) {
    return !AssertionKey::from_pem(pem_of(generate(kind).get()), algorithm, "");
  };
  EXPECT_TRUE(refused("ES256", "RS256"));
  EXPECT_TRUE(refused("RS256", "ES256"));
  EXPECT_TRUE(refused("P384", "ES256"));
  EXPECT_TRUE(refused("secp256k1", "ES256"));
  EXPECT_TRUE(refused("ES256", "EdDSA"));
  EXPECT_TRUE(refused("small", "RS256"));
  EXPECT_TRUE(refused("RS256", "HS256"));
  EXPECT_FALSE(AssertionKey::from_pem("", "RS256", ""));
}

AssertionKey some_key() {
  return std::move(*AssertionKey::from_pem(pem_of(generate("EdDSA").get()), "EdDSA", ""));
}

const TokenClient some_client{"/op/v1/token", "ketenpoort:fedasil", "https://idp.example/op", "kvs_write kvs read/all"};

std::string field(const std::string& form, const std::string& name) {
  const auto at = ("&" + form).find("&" + name + "=");
  if (at == std::string::npos) return "absent";
  const auto from = at + name.size() + 1;
  return form.substr(from, form.find('&', from) - from);
}

TEST(AskForToken, says_who_asks_for_what_and_proves_it) {
  const auto call = ask_for_token(some_client, some_key(), Timestamp{1'795'000'000'500ms}).value();

  EXPECT_EQ(call.method, "POST");
  EXPECT_EQ(call.path, "/op/v1/token");
  EXPECT_THAT(call.headers, testing::Contains(testing::Pair("Content-Type", "application/x-www-form-urlencoded")));
  EXPECT_EQ(field(call.body, "grant_type"), "client_credentials");
  EXPECT_EQ(field(call.body, "scope"), "kvs_write+kvs+read%2Fall");
  EXPECT_EQ(field(call.body, "client_id"), "ketenpoort%3Afedasil");
  EXPECT_EQ(field(call.body, "client_assertion_type"),
            "urn%3Aietf%3Aparams%3Aoauth%3Aclient-assertion-type%3Ajwt-bearer");
  EXPECT_THAT(call.body, StartsWith("grant_type="));
  EXPECT_EQ(split(field(call.body, "client_assertion")).header, R"({"alg":"EdDSA","typ":"JWT"})");
  const auto claims_text = split(field(call.body, "client_assertion")).claims;
  const auto claims = formats::parse_json(claims_text).value();
  EXPECT_EQ(claims.root().find("iss").as_string(), "ketenpoort:fedasil");
  EXPECT_EQ(claims.root().find("sub").as_string(), "ketenpoort:fedasil");
  EXPECT_EQ(claims.root().find("aud").as_string(), "https://idp.example/op");
  EXPECT_EQ(claims.root().find("iat").as_int(), 1'795'000'000);
  EXPECT_EQ(claims.root().find("exp").as_int(), 1'795'000'300);
  EXPECT_TRUE(parse_uuid(claims.root().find("jti").as_string().value()));
}

TEST(AskForToken, never_says_the_same_twice) {
  const auto key = some_key();
  const auto first = ask_for_token(some_client, key, Timestamp{1'795'000'000'000ms}).value();
  EXPECT_NE(first.body, ask_for_token(some_client, key, Timestamp{1'795'000'000'000ms})->body);
}

Answer answer(int status, std::string body, Headers headers = {}) {
  return {status, std::move(headers), std::move(body)};
}

TEST(ReadToken, takes_a_bearer_token_and_its_life) {
  const auto token =
      read_token(answer(200, R"({"access_token":"a.b-c_d~e+f/g==","token_type":"bearer","expires_in":300,"x":1})"));
  ASSERT_TRUE(token);
  EXPECT_EQ(token->value, "a.b-c_d~e+f/g==");
  EXPECT_EQ(token->lifetime, 300s);
  EXPECT_EQ(read_token(answer(200, R"({"access_token":"a","token_type":"Bearer"})"))->lifetime, 60s);
  EXPECT_EQ(read_token(answer(200, R"({"access_token":"a","token_type":"Bearer","expires_in":"3599"})"))->lifetime,
            3599s);
  EXPECT_EQ(read_token(answer(200, R"({"access_token":"a","token_type":"Bearer","expires_in":99999999999})"))->lifetime,
            24h);
}

TEST(ReadToken, takes_nothing_else) {
  for (const std::string body :
       {"", "{}", "[]", "\xff garbage", R"({"access_token":"a"})", R"({"access_token":"a","token_type":"mac"})",
        R"({"access_token":"a","token_type":"Digest"})", R"({"access_token":"","token_type":"Bearer"})",
        R"({"access_token":"a\r\nX: y","token_type":"Bearer"})", R"({"access_token":"a b","token_type":"Bearer"})",
        R"({"access_token":"==","token_type":"Bearer"})", R"({"access_token":"a=b","token_type":"Bearer"})",
        R"({"access_token":7,"token_type":"Bearer"})", R"({"access_token":"a","token_type":"Bearer","expires_in":0})",
        R"({"access_token":"a","token_type":"Bearer","expires_in":"soon"})",
        R"({"access_token":"a","token_type":"Bearer","expires_in":"300s"})",
        R"({"access_token":"a","token_type":"Bearer","expires_in":""})"})
    EXPECT_EQ(read_token(answer(200, body)).error().failure_class, "token-unreadable") << body;
  EXPECT_EQ(read_token(answer(503, "", {{"retry-after", "7"}})).error().failure_class, "token-http-503");
  EXPECT_EQ(read_token(answer(503, "", {{"retry-after", "7"}})).error().retry_after, 7s);
  EXPECT_EQ(read_token(answer(401, R"({"error":"invalid_client"})")).error().failure_class, "token-http-401");
}

// A source whose server answers when the test says so, and whose clock the test sets.
struct Fixture : testing::Test {
  std::chrono::steady_clock::time_point now{};
  std::vector<std::function<void(tl::expected<Answer, TokenFailure>)>> asked;
  std::vector<std::string> got;
  TokenSource source{some_client, some_key(),
                     [this](const Call&, auto answer_to) { asked.push_back(std::move(answer_to)); },
                     [this] { return now; }};

  void get() {
    source.get([this](TokenSource::Result token) { got.push_back(token ? *token : token.error().failure_class); });
  }
  void give(const std::string& token, int life = 300) {
    const auto waiting = asked.back();
    waiting(answer(
        200, R"({"access_token":")" + token + R"(","token_type":"Bearer","expires_in":)" + std::to_string(life) + "}"));
  }
};
using TokenSourceTest = Fixture;

TEST_F(TokenSourceTest, asks_once_for_all_that_wait) {
  for (int i = 0; i < 5; ++i) get();
  ASSERT_EQ(asked.size(), 1U);
  give("one");
  EXPECT_THAT(got, ElementsAre("one", "one", "one", "one", "one"));
  get();
  EXPECT_EQ(asked.size(), 1U);
  EXPECT_EQ(got.size(), 6U);
}

TEST_F(TokenSourceTest, renews_before_the_end_and_nobody_waits_for_it) {
  get();
  give("one");
  now += 224s;
  get();
  EXPECT_EQ(asked.size(), 1U);
  now += 2s;
  get();
  get();
  EXPECT_EQ(asked.size(), 2U);
  EXPECT_THAT(got, ElementsAre("one", "one", "one", "one"));
  give("two");
  get();
  EXPECT_EQ(got.back(), "two");
  now += 224s;
  get();
  EXPECT_EQ(asked.size(), 2U);
}

TEST_F(TokenSourceTest, keeps_a_good_token_when_the_renewal_fails_and_asks_again_after_a_pause) {
  get();
  give("one");
  now += 230s;
  get();
  asked.back()(answer(503, ""));
  get();
  EXPECT_EQ(asked.size(), 2U);
  now += 2s;
  get();
  EXPECT_EQ(asked.size(), 3U);
  EXPECT_EQ(got.back(), "one");
}

TEST_F(TokenSourceTest, gives_no_token_in_its_last_moments) {
  get();
  give("one");
  now += 291s;
  get();
  EXPECT_EQ(got.size(), 1U);
  ASSERT_EQ(asked.size(), 2U);
  give("two");
  EXPECT_EQ(got.back(), "two");
}

TEST_F(TokenSourceTest, counts_the_life_from_the_asking) {
  get();
  now += 200s;
  give("one");
  now += 91s;
  get();
  EXPECT_EQ(asked.size(), 2U);
}

TEST_F(TokenSourceTest, tells_all_that_wait_of_a_failure_and_asks_anew_for_the_next) {
  get();
  get();
  asked.back()(tl::make_unexpected(TokenFailure{"token-connect"}));
  EXPECT_THAT(got, ElementsAre("token-connect", "token-connect"));
  get();
  EXPECT_EQ(asked.size(), 2U);
  asked.back()(answer(200, "\xff"));
  EXPECT_EQ(got.back(), "token-unreadable");
}

TEST_F(TokenSourceTest, a_refused_token_is_not_given_again_and_a_newer_one_stays) {
  get();
  give("one");
  source.drop("one");
  get();
  EXPECT_EQ(asked.size(), 2U);
  give("two");
  source.drop("one");
  get();
  EXPECT_EQ(asked.size(), 2U);
  EXPECT_EQ(got.back(), "two");
}

TEST(TokenSource, may_be_answered_at_once_and_from_within) {
  int asked = 0;
  TokenSource source(some_client, some_key(), [&](const Call&, auto answer_to) {
    ++asked;
    answer_to(answer(200, R"({"access_token":"t","token_type":"Bearer","expires_in":60})"));
  });
  std::vector<std::string> got;
  source.get([&](TokenSource::Result token) {
    source.drop(*token);
    source.get([&](TokenSource::Result again) { got.push_back(*again); });
  });
  EXPECT_THAT(got, ElementsAre("t"));
  EXPECT_EQ(asked, 2);
}

TEST(TokenSource, answers_each_of_many_threads_once) {
  constexpr int threads = 8;
  constexpr int calls = 300;
  std::atomic<int> called = 0;
  std::atomic<int> asked = 0;
  std::atomic<int> answered = 0;
  std::atomic<int> failed = 0;
  std::mutex mutex;
  std::vector<std::thread> servers;
  {
    TokenSource source(some_client, some_key(), [&](const Call&, auto answer_to) {
      const int number = ++asked;
      const std::lock_guard lock(mutex);
      servers.emplace_back([number, answer_to = std::move(answer_to)] {
        if (number % 3 == 0) return answer_to(answer(503, ""));
        answer_to(answer(
            200, R"({"access_token":"t)" + std::to_string(number) + R"(","token_type":"Bearer","expires_in":300})"));
      });
    });
    std::vector<std::thread> callers;
    for (int t = 0; t < threads; ++t)
      callers.emplace_back([&] {
        // Until a token was dropped and another asked for: on a busy machine the first may be long in coming.
        for (int i = 0; i < calls || asked < 2; ++i) {
          if (i >= calls) std::this_thread::sleep_for(std::chrono::milliseconds(1));
          ++called;
          source.get([&, i](TokenSource::Result token) {
            ++answered;
            if (!token) ++failed;
            if (token && i % 50 == 0) source.drop(*token);
          });
        }
      });
    for (auto& caller : callers) caller.join();
    for (std::size_t i = 0;; ++i) {
      std::thread server;
      {
        const std::lock_guard lock(mutex);
        if (i == servers.size()) break;
        server = std::move(servers[i]);
      }
      server.join();
    }
  }
  EXPECT_EQ(answered, called);
  EXPECT_LT(failed, called);
  EXPECT_LT(asked, called / 2);
}

}  // namespace
}  // namespace ketenpoort::adapters
