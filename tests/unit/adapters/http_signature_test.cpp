#include "adapters/http_signature.hpp"

#include <gtest/gtest.h>

#include "adapters/content_digest.hpp"
#include "gateway/base/bytes.hpp"

namespace ketenpoort::adapters {
namespace {

// RFC 9421, appendix B.1.4: a key published for testing.
constexpr std::string_view published_private =
    "-----BEGIN PRIVATE KEY-----\n"
    "MC4CAQAwBQYDK2VwBCIEIJ+DYvh6SEqVTm50DFtMDoQikTmiCqirVv9mWG9qfSnF\n"
    "-----END PRIVATE KEY-----\n";
constexpr std::string_view published_public =
    "-----BEGIN PUBLIC KEY-----\n"
    "MCowBQYDK2VwAyEAJrQLj5P/89iXES9+vFgrIy29clF9CC/oPPsw3c5D0bs=\n"
    "-----END PUBLIC KEY-----\n";
constexpr std::string_view published_parameters =
    "(\"date\" \"@method\" \"@path\" \"@authority\" \"content-type\" "
    "\"content-length\");created=1618884473;keyid=\"test-key-ed25519\"";
constexpr std::string_view published_signature =
    "wqcAqbmYJ2ji2glfAMaRy4gruYYnx2nEFN2HN6jrnDnQCK1u02Gb04v9EDgwUPiu4A0w6vuQv5lIp5WPpBKRCw==";

Headers published_headers() {
  return {{"Host", "example.com"},
          {"Date", "Tue, 20 Apr 2021 02:07:55 GMT"},
          {"Content-Type", "application/json"},
          {"Content-Length", "18"}};
}

Call signed_call(const SigningKey& key) {
  Call call;
  call.path = "/base/profielen";
  call.body = "{}";
  call.headers = {{"Content-Type", "application/ld+json"},
                  {"Idempotency-Key", "0190b6c8-0000-7000-8000-000000000001"},
                  {"Content-Digest", content_digest(call.body)}};
  sign(call, key, "gateway-1", Timestamp{std::chrono::seconds{1795000000}});
  return call;
}

Result<SignatureFacts> verified(const Call& call, const SigningKey& key) {
  return verify_call({call.method, call.path, call.headers}, *VerifyingKey::from_pem(key.public_pem()));
}

TEST(HttpSignature, signs_the_published_example_byte_for_byte) {
  const auto headers = published_headers();
  const auto key = SigningKey::from_pem(published_private);
  ASSERT_TRUE(key);

  const auto base = signature_base({"POST", "/foo", headers},
                                   {"date", "@method", "@path", "@authority", "content-type", "content-length"},
                                   published_parameters);

  ASSERT_TRUE(base);
  EXPECT_EQ(to_base64(as_bytes(key->sign(*base))), published_signature);
  EXPECT_EQ(key->public_pem(), published_public);
}

TEST(HttpSignature, verifies_the_published_example) {
  auto headers = published_headers();
  headers.emplace_back("Signature-Input", "sig-b26=" + std::string(published_parameters));
  headers.emplace_back("Signature", "sig-b26=:" + std::string(published_signature) + ":");

  const auto facts = verify({"POST", "/foo", headers}, *VerifyingKey::from_pem(published_public));

  ASSERT_TRUE(facts) << facts.error().message;
  EXPECT_EQ(facts->key_id, "test-key-ed25519");
  EXPECT_EQ(facts->created, Timestamp{std::chrono::seconds{1618884473}});
}

TEST(HttpSignature, a_signed_call_verifies_with_the_public_key) {
  const auto key = SigningKey::generate();

  const auto facts = verified(signed_call(key), key);

  ASSERT_TRUE(facts) << facts.error().message;
  EXPECT_EQ(facts->key_id, "gateway-1");
  EXPECT_EQ(facts->created, Timestamp{std::chrono::seconds{1795000000}});
}

TEST(HttpSignature, anything_it_covers_changed_does_not_verify) {
  const auto key = SigningKey::generate();
  for (const std::size_t header : {0U, 1U, 2U}) {
    auto call = signed_call(key);
    call.headers[header].second += "x";
    EXPECT_FALSE(verified(call, key)) << call.headers[header].first;
  }
  auto elsewhere = signed_call(key);
  elsewhere.path = "/base/dossiers";
  EXPECT_FALSE(verified(elsewhere, key));
  auto as_put = signed_call(key);
  as_put.method = "PUT";
  EXPECT_FALSE(verified(as_put, key));
}

TEST(HttpSignature, another_key_does_not_verify) {
  EXPECT_FALSE(verified(signed_call(SigningKey::generate()), SigningKey::generate()));
}

TEST(HttpSignature, an_unsigned_call_is_said_to_be_unsigned) {
  const auto key = SigningKey::generate();
  auto call = signed_call(key);
  call.headers.resize(3);

  const auto facts = verified(call, key);

  ASSERT_FALSE(facts);
  EXPECT_EQ(facts.error().message, "the message is not signed");
}

TEST(HttpSignature, a_signature_over_too_little_is_not_enough_for_a_call) {
  auto headers = published_headers();
  headers.emplace_back("Signature-Input", "sig-b26=" + std::string(published_parameters));
  headers.emplace_back("Signature", "sig-b26=:" + std::string(published_signature) + ":");

  const auto facts = verify_call({"POST", "/foo", headers}, *VerifyingKey::from_pem(published_public));

  ASSERT_FALSE(facts);
  EXPECT_EQ(facts.error().message, "the signature does not cover content-digest");
}

TEST(HttpSignature, unreadable_inputs_are_refused_without_a_crash) {
  const auto key = *VerifyingKey::from_pem(published_public);
  for (const std::string_view input :
       {"", "a", "a=", "a=(", "a=(\"", "a=(\"\\", "a=()x", "a=();created=", "a=();created=99999999999999999999",
        "a=();nonce=\"x\"", "a=();alg=\"rsa-pss-sha512\"", "a=(\"@query\")", "a=(\"date\"\"date\")",
        "a=(\"date\" \"date\")", "a=(\"Date\")", "a=(\"missing\")", "a=(), b=()"}) {
    auto headers = published_headers();
    headers.emplace_back("Signature-Input", input);
    headers.emplace_back("Signature", "a=:" + std::string(published_signature) + ":");
    EXPECT_FALSE(verify({"POST", "/foo", headers}, key)) << input;
  }
}

// Whether a message verifies whose signature over `base` and these parameters is right.
bool verifies(const std::string& base, const std::string& parameters, std::string_view path = "/foo") {
  const auto key = SigningKey::generate();
  auto headers = published_headers();
  headers[0].second = "Example.COM";
  headers.emplace_back("Signature-Input", "a=" + parameters);
  const auto signature = key.sign(base + "\"@signature-params\": " + parameters);
  headers.emplace_back("Signature", "a=:" + to_base64(as_bytes(signature)) + ":");
  return verify({"POST", path, headers}, *VerifyingKey::from_pem(key.public_pem())).has_value();
}

TEST(HttpSignature, says_what_its_parameters_say_and_no_more) {
  for (const std::string known : {"", ";created=0", ";keyid=\"a\"", ";alg=\"ed25519\"", ";created=1;alg=\"ed25519\""})
    EXPECT_TRUE(verifies("", "()" + known)) << known;
  for (const std::string other : {";nonce=\"x\"", ";tag=\"ed25519\"", ";alg=\"rsa-pss-sha512\"", ";expires=\"1\"",
                                  ";created=-1", ";created=253402300800"})
    EXPECT_FALSE(verifies("", "()" + other)) << other;
}

TEST(HttpSignature, takes_components_as_the_standard_writes_them) {
  EXPECT_TRUE(verifies("\"@authority\": example.com\n\"@path\": /\n", "(\"@authority\" \"@path\")", ""));
  EXPECT_FALSE(verifies("\"content-length\": 18\n\"content-length\": 18\n", "(\"content-length\" \"content-length\")"));
  EXPECT_FALSE(verifies("\"Content-Length\": 18\n", "(\"Content-Length\")"));
}

TEST(HttpSignature, keys_of_another_kind_are_refused) {
  EXPECT_FALSE(SigningKey::from_pem("no key"));
  EXPECT_FALSE(SigningKey::from_pem(published_public));
  EXPECT_FALSE(VerifyingKey::from_pem(published_private));
}

TEST(ContentDigest, is_the_sha256_of_the_body) {
  EXPECT_EQ(content_digest(""), "sha-256=:47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=:");
}

TEST(ContentDigest, is_checked_whatever_stands_beside_it) {
  const auto header = "sha-512=:AA==:, " + content_digest("body");

  EXPECT_TRUE(check_content_digest(header, "body"));
  EXPECT_TRUE(check_content_digest("\t" + content_digest("body") + "\t , sha-512=:AA==:", "body"));
  EXPECT_FALSE(check_content_digest(header, "Body"));
  EXPECT_FALSE(check_content_digest("sha-512=:AA==:", "body"));
  EXPECT_FALSE(check_content_digest("sha-256=:AA==", "body"));
  EXPECT_FALSE(check_content_digest("", ""));
}

}  // namespace
}  // namespace ketenpoort::adapters
