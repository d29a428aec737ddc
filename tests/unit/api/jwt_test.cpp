#include "gateway/api/access/jwt.hpp"

#include <gmock/gmock.h>
#include <openssl/bn.h>
#include <openssl/core_names.h>
#include <openssl/ecdsa.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/rsa.h>

#include <functional>
#include <thread>

#include "gateway/formats/json.hpp"
#include "tests/support/scratch_folder.hpp"

namespace ketenpoort::api {
namespace {

using namespace std::chrono_literals;
using std::chrono::system_clock;

std::chrono::sys_seconds seconds_from_now(std::chrono::seconds offset) {
  return std::chrono::floor<std::chrono::seconds>(system_clock::now()) + offset;
}

using KeyPtr = std::unique_ptr<EVP_PKEY, decltype(&EVP_PKEY_free)>;

Bytes sign(EVP_PKEY* key, const EVP_MD* digest, bool pss, std::string_view text) {
  const std::unique_ptr<EVP_MD_CTX, decltype(&EVP_MD_CTX_free)> context(EVP_MD_CTX_new(), &EVP_MD_CTX_free);
  EVP_PKEY_CTX* key_context = nullptr;
  EVP_DigestSignInit(context.get(), &key_context, digest, nullptr, key);
  if (pss) EVP_PKEY_CTX_set_rsa_padding(key_context, RSA_PKCS1_PSS_PADDING);
  if (pss) EVP_PKEY_CTX_set_rsa_pss_saltlen(key_context, RSA_PSS_SALTLEN_DIGEST);
  const auto bytes = as_bytes(text);
  std::size_t size = 0;
  EVP_DigestSign(context.get(), nullptr, &size, bytes.data(), bytes.size());
  Bytes signature(size);
  EVP_DigestSign(context.get(), signature.data(), &size, bytes.data(), bytes.size());
  signature.resize(size);
  return signature;
}

std::string number_of(const EVP_PKEY* key, const char* name) {
  BIGNUM* number = nullptr;
  EVP_PKEY_get_bn_param(key, name, &number);
  Bytes bytes(static_cast<std::size_t>(BN_num_bytes(number)));
  BN_bn2bin(number, bytes.data());
  BN_free(number);
  return to_base64url(bytes);
}

std::string rsa_jwk(const EVP_PKEY* key, const std::string& id, const std::string& algorithm) {
  const auto alg = algorithm.empty() ? "" : R"(,"alg":")" + algorithm + "\"";
  return R"({"kty":"RSA","kid":")" + id + "\"" + alg + R"(,"n":")" + number_of(key, OSSL_PKEY_PARAM_RSA_N) +
         R"(","e":")" + number_of(key, OSSL_PKEY_PARAM_RSA_E) + "\"}";
}

std::string key_set(const std::string& keys) {
  return R"({"keys":[)" + keys + "]}";
}

std::string token_of(const std::string& header, const std::string& payload,
                     const std::function<Bytes(std::string_view)>& signer) {
  const auto text = to_base64url(as_bytes(header)) + "." + to_base64url(as_bytes(payload));
  return text + "." + to_base64url(signer(text));
}

std::string payload_of(const std::string& more = "") {
  return R"({"iss":"issuer","aud":"ketenpoort","sub":"client","exp":)" +
         std::to_string(seconds_from_now(300s).time_since_epoch().count()) + more + "}";
}

// A verifier of one ES256 key, and tokens under it.
class Tokens : public testing::Test {
 protected:
  Tokens() {
    jwks_ = folder_.write("jwks.json", jwks_of(key_).value());
    verifier_ = TokenVerifier::open({jwks_, "issuer", "ketenpoort"}).value();
  }

  static TokenRequest request() {
    TokenRequest request;
    request.issuer = "issuer";
    request.audience = "ketenpoort";
    request.subject = "client";
    request.not_before = seconds_from_now(-10s);
    request.expires = seconds_from_now(300s);
    return request;
  }

  [[nodiscard]] std::string mint(const TokenRequest& wanted) const { return sign_jwt(key_, wanted).value(); }

  // A token with this payload or header text under our key, however odd: the signature is right.
  [[nodiscard]] std::string mint_raw(const std::string& header, const std::string& payload) const {
    const std::unique_ptr<BIO, decltype(&BIO_free_all)> bio(
        BIO_new_mem_buf(key_.private_pem.data(), static_cast<int>(key_.private_pem.size())), &BIO_free_all);
    const KeyPtr key(PEM_read_bio_PrivateKey(bio.get(), nullptr, nullptr, nullptr), &EVP_PKEY_free);
    return token_of(header, payload, [&](std::string_view text) {
      const auto der = sign(key.get(), EVP_sha256(), false, text);
      const unsigned char* at = der.data();
      const std::unique_ptr<ECDSA_SIG, decltype(&ECDSA_SIG_free)> pair(
          d2i_ECDSA_SIG(nullptr, &at, static_cast<long>(der.size())), &ECDSA_SIG_free);
      Bytes jose(64);
      BN_bn2binpad(ECDSA_SIG_get0_r(pair.get()), jose.data(), 32);
      BN_bn2binpad(ECDSA_SIG_get0_s(pair.get()), jose.data() + 32, 32);
      return jose;
    });
  }

  [[nodiscard]] std::optional<TokenFault> fault_of(const std::string& token) const {
    const auto verified = verifier_->verify(token);
    return verified ? std::nullopt : std::optional(verified.error());
  }

  const std::string good_header_ = R"({"alg":"ES256","kid":"k1","typ":"JWT"})";
  ketenpoort::test::ScratchFolder folder_;
  SigningKey key_ = make_signing_key("k1").value();
  std::filesystem::path jwks_;
  std::unique_ptr<TokenVerifier> verifier_;
};

TEST_F(Tokens, verify_and_say_what_they_hold) {
  auto wanted = request();
  wanted.scopes = {"records", "consents"};
  wanted.certificate_thumbprint = sha256(as_bytes("certificate"));

  const auto claims = verifier_->verify(mint(wanted));

  ASSERT_TRUE(claims);
  EXPECT_EQ(claims->subject, "client");
  EXPECT_EQ(claims->scopes, (std::vector<std::string>{"records", "consents"}));
  EXPECT_EQ(claims->certificate_thumbprint, wanted.certificate_thumbprint);
  EXPECT_EQ(claims->expires, wanted.expires);
}

TEST_F(Tokens, that_call_themselves_access_tokens_have_every_claim_of_one) {
  const auto token = mint(request());
  const auto first = token.find('.');
  const auto payload = from_base64url(std::string_view(token).substr(first + 1, token.rfind('.') - first - 1)).value();
  const auto claims = formats::parse_json(as_text(payload)).value();
  for (const auto* needed : {"iss", "exp", "aud", "sub", "client_id", "iat", "jti"})  // RFC 9068, section 2.2
    EXPECT_TRUE(claims.root().find(needed)) << needed;
}

TEST_F(Tokens, without_scope_claim_leave_scopes_to_the_configuration) {
  EXPECT_EQ(verifier_->verify(mint(request()))->scopes, std::nullopt);
}

TEST_F(Tokens, are_remembered_until_they_expire_and_no_longer) {
  auto wanted = request();
  wanted.expires = seconds_from_now(100s);
  const auto token = mint(wanted);
  ASSERT_TRUE(verifier_->verify(token));
  EXPECT_TRUE(verifier_->verify(token, system_clock::now() + 129s - 1s));
  const auto later = verifier_->verify(token, system_clock::now() + 131s);
  ASSERT_FALSE(later);
  EXPECT_EQ(later.error(), TokenFault::expired);
}

TEST_F(Tokens, keep_to_their_times_with_thirty_seconds_of_leeway) {
  const auto token = mint(request());
  EXPECT_TRUE(verifier_->verify(token, request().not_before - 30s));
  auto wanted = request();
  wanted.not_before = seconds_from_now(100s);
  EXPECT_EQ(fault_of(mint(wanted)), TokenFault::not_yet_valid);
  wanted = request();
  wanted.expires = seconds_from_now(-31s);
  EXPECT_EQ(fault_of(mint(wanted)), TokenFault::expired);
  wanted.expires = seconds_from_now(-25s);
  EXPECT_EQ(fault_of(mint(wanted)), std::nullopt);
}

TEST_F(Tokens, may_name_parts_of_seconds_and_no_days_that_never_come) {
  const auto now = std::to_string(seconds_from_now(0s).time_since_epoch().count());
  const auto with_times = [&](const std::string& times) {
    return mint_raw(good_header_, R"({"iss":"issuer","aud":"ketenpoort","sub":"client",)" + times + "}");
  };
  EXPECT_EQ(fault_of(with_times(R"("nbf":)" + now + R"(.25,"exp":)" + now + ".75")), std::nullopt);
  EXPECT_EQ(fault_of(with_times(R"("exp":2.5e9)")), std::nullopt);
  EXPECT_EQ(fault_of(with_times(R"("exp":1.5)")), TokenFault::expired);
  for (const std::string& exp :
       {std::string("9223372036854775807"), std::string("1e300"), std::string("-1"), std::string("253402300800")})
    EXPECT_EQ(fault_of(with_times(R"("exp":)" + exp)), TokenFault::malformed) << exp;
  EXPECT_EQ(fault_of(with_times(R"("exp":")" + now + R"(")")), TokenFault::malformed);
}

TEST_F(Tokens, of_another_issuer_or_for_another_audience_are_refused) {
  auto wanted = request();
  wanted.issuer = "somebody";
  EXPECT_EQ(fault_of(mint(wanted)), TokenFault::wrong_issuer);
  wanted = request();
  wanted.audience = "elsewhere";
  EXPECT_EQ(fault_of(mint(wanted)), TokenFault::wrong_audience);
}

TEST_F(Tokens, may_name_several_audiences) {
  const auto exp = std::to_string(seconds_from_now(300s).time_since_epoch().count());
  const auto with_audience = [&](const std::string& audience) {
    return mint_raw(good_header_, R"({"iss":"issuer","sub":"client","exp":)" + exp + R"(,"aud":)" + audience + "}");
  };
  EXPECT_EQ(fault_of(with_audience(R"(["elsewhere","ketenpoort"])")), std::nullopt);
  EXPECT_EQ(fault_of(with_audience(R"(["elsewhere"])")), TokenFault::wrong_audience);
  EXPECT_EQ(fault_of(with_audience(R"({"ketenpoort":true})")), TokenFault::wrong_audience);
}

TEST_F(Tokens, changed_in_any_character_are_refused) {
  const auto token = mint(request());
  for (std::size_t i = 0; i < token.size(); ++i) {
    auto changed = token;
    changed[i] = changed[i] == 'A' ? 'B' : 'A';
    EXPECT_FALSE(verifier_->verify(changed)) << i;
  }
}

TEST_F(Tokens, cut_short_or_stuck_together_are_refused) {
  const auto token = mint(request());
  EXPECT_EQ(fault_of(""), TokenFault::malformed);
  EXPECT_EQ(fault_of("a.b"), TokenFault::malformed);
  EXPECT_EQ(fault_of(token + ".e30"), TokenFault::malformed);
  EXPECT_EQ(fault_of(token + "="), TokenFault::malformed);
  EXPECT_EQ(fault_of(token.substr(0, token.rfind('.') + 1)), TokenFault::wrong_signature);
  EXPECT_EQ(fault_of(std::string(9000, 'a')), TokenFault::malformed);
}

TEST_F(Tokens, are_believed_only_with_the_algorithm_of_the_key) {
  for (const std::string algorithm : {"none", "None", "HS256", "RS256", "ES384", ""})
    EXPECT_EQ(fault_of(mint_raw(R"({"alg":")" + algorithm + R"(","kid":"k1"})", payload_of())),
              TokenFault::wrong_signature)
        << algorithm;
  EXPECT_EQ(fault_of(mint_raw(R"({"kid":"k1"})", payload_of())), TokenFault::wrong_signature);
}

// An attacker's favourite: the public key as the secret of a symmetric algorithm.
TEST_F(Tokens, signed_symmetrically_with_the_public_key_are_refused) {
  const auto jwks = jwks_of(key_).value();
  const auto forged = token_of(R"({"alg":"HS256","kid":"k1"})", payload_of(), [&](std::string_view text) {
    const auto mac = hmac_sha256(as_bytes(jwks), as_bytes(text));
    return Bytes(mac.begin(), mac.end());
  });
  EXPECT_EQ(fault_of(forged), TokenFault::wrong_signature);
}

TEST_F(Tokens, with_a_key_of_their_own_in_the_header_are_refused) {
  const auto own = make_signing_key("own").value();
  EXPECT_EQ(fault_of(sign_jwt(own, request()).value()), TokenFault::unknown_key);
  EXPECT_EQ(fault_of(sign_jwt({"k1", own.private_pem}, request()).value()), TokenFault::wrong_signature);
}

TEST_F(Tokens, with_headers_or_claims_that_are_not_understood_are_refused) {
  EXPECT_EQ(fault_of(mint_raw(R"({"alg":"ES256","kid":"k1","crit":["b64"],"b64":false})", payload_of())),
            TokenFault::malformed);
  EXPECT_EQ(fault_of(mint_raw(R"({"alg":"ES256","kid":"k1","typ":"dpop+jwt"})", payload_of())), TokenFault::malformed);
  for (const std::string type : {"jwt", "AT+JWT", "application/jwt", "application/AT+jwt"})
    EXPECT_TRUE(verifier_->verify(mint_raw(R"({"alg":"ES256","kid":"k1","typ":")" + type + "\"}", payload_of())))
        << type;
  EXPECT_EQ(fault_of(mint_raw(R"({"alg":"ES256"})", payload_of())), TokenFault::malformed);
  EXPECT_EQ(fault_of(mint_raw(good_header_, "not json")), TokenFault::malformed);
  EXPECT_EQ(fault_of(mint_raw(good_header_, R"({"iss":"issuer","aud":"ketenpoort","sub":"client"})")),
            TokenFault::malformed);
  for (const std::string subject : {"", R"("sub":"",)", R"("sub":7,)"})
    EXPECT_EQ(fault_of(mint_raw(good_header_, R"({"iss":"issuer","aud":"ketenpoort",)" + subject + R"("exp":)" +
                                                  std::to_string(253'402'300'799) + "}")),
              TokenFault::malformed)
        << subject;
  EXPECT_EQ(fault_of(mint_raw(good_header_, payload_of(R"(,"nbf":"soon")"))), TokenFault::malformed);
  EXPECT_EQ(fault_of(mint_raw(good_header_, payload_of(R"(,"scope":["records"])"))), TokenFault::malformed);
  EXPECT_EQ(fault_of(mint_raw(good_header_, payload_of(R"(,"cnf":{"jkt":"AAAA"})"))), TokenFault::malformed);
  EXPECT_EQ(fault_of(mint_raw(good_header_, payload_of(R"(,"cnf":{"x5t#S256":"AAAA"})"))), TokenFault::malformed);
  // Bound to a certificate and to something else as well, which nobody here can tell.
  const auto thumbprint = to_base64url(Digest{});
  EXPECT_EQ(fault_of(mint_raw(good_header_, payload_of(R"(,"cnf":{"x5t#S256":")" + thumbprint + R"(","jkt":"AAAA"})"))),
            TokenFault::malformed);
  EXPECT_EQ(fault_of(mint_raw(good_header_, payload_of(R"(,"sub":"other")"))), TokenFault::malformed);
}

TEST_F(Tokens, of_a_new_key_are_taken_after_the_file_changed_and_old_ones_forgotten) {
  const auto old_token = mint(request());
  ASSERT_TRUE(verifier_->verify(old_token));
  const auto next = make_signing_key("k2").value();
  std::this_thread::sleep_for(20ms);
  folder_.write("jwks.json", jwks_of(next).value());

  EXPECT_EQ(fault_of(sign_jwt(next, request()).value()), std::nullopt);
  EXPECT_EQ(fault_of(old_token), TokenFault::unknown_key);
}

TEST_F(Tokens, live_on_when_a_reload_finds_a_broken_file) {
  const auto token = mint(request());
  folder_.write("jwks.json", "{}");
  const auto reloaded = verifier_->reload();
  ASSERT_FALSE(reloaded);
  EXPECT_EQ(reloaded.error().code, ErrorCode::config);
  EXPECT_THAT(reloaded.error().message, testing::HasSubstr("jwks.json"));
  EXPECT_TRUE(verifier_->verify(token));
}

TEST(TokenVerifier, takes_rs256_ps256_and_eddsa_each_from_a_key_that_says_so) {
  const KeyPtr rsa(EVP_RSA_gen(2048), &EVP_PKEY_free);
  const KeyPtr ed(EVP_PKEY_Q_keygen(nullptr, nullptr, "ED25519"), &EVP_PKEY_free);
  Bytes raw(32);
  std::size_t size = raw.size();
  EVP_PKEY_get_raw_public_key(ed.get(), raw.data(), &size);
  const ketenpoort::test::ScratchFolder folder;
  const auto file = folder.write(
      "jwks.json",
      key_set(rsa_jwk(rsa.get(), "rs", "RS256") + "," + rsa_jwk(rsa.get(), "ps", "PS256") + "," +
              rsa_jwk(rsa.get(), "unsaid", "") + R"(,{"kty":"OKP","crv":"Ed25519","kid":"ed","x":")" +
              to_base64url(raw) + "\"}" + R"(,{"kty":"OKP","crv":"Ed25519","alg":"Ed25519","kid":"named","x":")" +
              to_base64url(raw) + "\"}" +
              R"(,{"kty":"oct","kid":"secret","k":"AAAA"},{"kty":"RSA","kid":"enc","use":"enc"})"));
  const auto verifier = TokenVerifier::open({file, "issuer", "ketenpoort"}).value();
  const auto rs = [&](std::string_view text) { return sign(rsa.get(), EVP_sha256(), false, text); };
  const auto ps = [&](std::string_view text) { return sign(rsa.get(), EVP_sha256(), true, text); };
  const auto eddsa = [&](std::string_view text) { return sign(ed.get(), nullptr, false, text); };

  EXPECT_TRUE(verifier->verify(token_of(R"({"alg":"RS256","kid":"rs"})", payload_of(), rs)));
  EXPECT_TRUE(verifier->verify(token_of(R"({"alg":"PS256","kid":"ps"})", payload_of(), ps)));
  EXPECT_TRUE(verifier->verify(token_of(R"({"alg":"EdDSA","kid":"ed"})", payload_of(), eddsa)));
  EXPECT_TRUE(verifier->verify(token_of(R"({"alg":"Ed25519","kid":"ed"})", payload_of(), eddsa)));
  EXPECT_TRUE(verifier->verify(token_of(R"({"alg":"Ed25519","kid":"named"})", payload_of(), eddsa)));
  EXPECT_TRUE(verifier->verify(token_of(R"({"alg":"RS256","kid":"unsaid"})", payload_of(), rs)));
  EXPECT_FALSE(verifier->verify(token_of(R"({"alg":"PS256","kid":"unsaid"})", payload_of(), ps)));
  EXPECT_FALSE(verifier->verify(token_of(R"({"alg":"PS256","kid":"rs"})", payload_of(), ps)));
  EXPECT_FALSE(verifier->verify(token_of(R"({"alg":"RS256","kid":"ps"})", payload_of(), rs)));
  EXPECT_FALSE(verifier->verify(token_of(R"({"alg":"RS256","kid":"ed"})", payload_of(), rs)));
}

TEST(TokenVerifier, refuses_key_sets_that_would_weaken_it) {
  const KeyPtr small(EVP_RSA_gen(1024), &EVP_PKEY_free);
  const KeyPtr rsa(EVP_RSA_gen(2048), &EVP_PKEY_free);
  const auto ec = jwks_of(make_signing_key("a").value()).value();
  const auto ec_key = ec.substr(ec.find('[') + 1, ec.rfind(']') - ec.find('[') - 1);
  const ketenpoort::test::ScratchFolder folder;
  for (const std::string& keys :
       {std::string(), rsa_jwk(small.get(), "a", "RS256"), rsa_jwk(rsa.get(), "a", "RS512"), ec_key + "," + ec_key,
        std::string(R"({"kty":"EC","crv":"P-256","kid":"a","x":"AAAA","y":"AAAA"})"),
        std::string(R"({"kty":"oct","kid":"a","k":"AAAA"})")}) {
    const auto file = folder.write("jwks.json", key_set(keys));
    const auto opened = TokenVerifier::open({file, "issuer", "ketenpoort"});
    ASSERT_FALSE(opened) << keys;
    EXPECT_EQ(opened.error().code, ErrorCode::config);
  }
}

}  // namespace
}  // namespace ketenpoort::api
