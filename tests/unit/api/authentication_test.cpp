#include "gateway/api/access/authentication.hpp"

#include <gmock/gmock.h>

#include "tests/support/scratch_folder.hpp"

namespace ketenpoort::api {
namespace {

using namespace std::chrono_literals;
using testing::ElementsAre;
using testing::HasSubstr;

ClientCertificate certificate(const std::string& name) {
  return {name, sha256(as_bytes(name + " certificate"))};
}

ClientConfig client(const std::string& id) {
  ClientConfig config{id, "0860737913", {"records", "transfers"}};
  config.certificate_subject = id + ".example";
  config.token_subject = id + "-token";
  return config;
}

class Authentication : public testing::Test {
 protected:
  Authentication() {
    const auto file = folder_.write("jwks.json", jwks_of(key_).value());
    verifier_ = TokenVerifier::open({file, "issuer", "ketenpoort"}).value();
    auto only_token = client("dpo");
    only_token.certificate_subject.reset();
    auto pinned = client("pinned");
    pinned.certificate_thumbprint = certificate("pinned.example").thumbprint;
    pinned.recipient = "vdab";
    authenticator_ = Authenticator::make({client("fedasil"), only_token, pinned}, verifier_.get()).value();
  }

  [[nodiscard]] std::string token(const std::string& subject, const std::vector<std::string>& scopes = {},
                                  std::optional<Digest> bound_to = std::nullopt,
                                  std::chrono::seconds life = 300s) const {
    TokenRequest request;
    request.issuer = "issuer";
    request.audience = "ketenpoort";
    request.subject = subject;
    request.scopes = scopes;
    request.certificate_thumbprint = bound_to;
    const auto now = std::chrono::floor<std::chrono::seconds>(std::chrono::system_clock::now());
    request.not_before = now - 3600s;
    request.expires = now + life;
    return sign_jwt(key_, request).value();
  }

  [[nodiscard]] tl::expected<Identity, AccessFailure> authenticate(const std::string& authorization,
                                                                   std::optional<ClientCertificate> shown = {}) const {
    Request request;
    if (!authorization.empty()) request.headers.emplace_back("authorization", authorization);
    request.certificate = std::move(shown);
    return authenticator_->authenticate(request);
  }

  [[nodiscard]] std::optional<AccessFault> fault(const std::string& authorization,
                                                 std::optional<ClientCertificate> shown = {}) const {
    const auto identity = authenticate(authorization, std::move(shown));
    return identity ? std::nullopt : std::optional(identity.error().fault);
  }

  ketenpoort::test::ScratchFolder folder_;
  SigningKey key_ = make_signing_key("k1").value();
  std::unique_ptr<TokenVerifier> verifier_;
  std::unique_ptr<Authenticator> authenticator_;
};

TEST_F(Authentication, takes_a_certificate_alone) {
  const auto identity = authenticate("", certificate("fedasil.example"));
  ASSERT_TRUE(identity);
  EXPECT_EQ(identity->client, "fedasil");
  EXPECT_EQ(identity->organisation, "0860737913");
  EXPECT_THAT(identity->scopes, ElementsAre("records", "transfers"));
}

TEST_F(Authentication, takes_a_token_alone) {
  EXPECT_EQ(authenticate("Bearer " + token("fedasil-token"))->client, "fedasil");
  EXPECT_EQ(authenticate("bearer " + token("dpo-token"))->client, "dpo");
}

TEST_F(Authentication, narrows_the_scopes_to_those_of_the_token_and_never_widens_them) {
  EXPECT_THAT(authenticate("Bearer " + token("dpo-token", {"transfers", "operator"}))->scopes,
              ElementsAre("transfers"));
}

TEST_F(Authentication, needs_certificate_and_token_to_agree) {
  const auto fedasil = "Bearer " + token("fedasil-token");
  EXPECT_EQ(fault(fedasil, certificate("fedasil.example")), std::nullopt);
  EXPECT_EQ(fault(fedasil, certificate("pinned.example")), AccessFault::invalid_token);
  EXPECT_EQ(fault(fedasil, certificate("stranger.example")), AccessFault::invalid_token);
}

TEST_F(Authentication, takes_a_bound_token_only_with_its_certificate) {
  const auto own = certificate("any.example");
  const auto bound = "Bearer " + token("dpo-token", {}, own.thumbprint);
  EXPECT_EQ(fault(bound, own), std::nullopt);
  EXPECT_EQ(fault(bound), AccessFault::invalid_token);
  EXPECT_EQ(fault(bound, certificate("other.example")), AccessFault::invalid_token);
  EXPECT_EQ(fault(bound, certificate("fedasil.example")), AccessFault::invalid_token);
}

TEST_F(Authentication, a_bound_token_is_not_another_clients_whose_certificate_it_names) {
  const auto of_fedasil = certificate("fedasil.example");
  const auto bound = token("dpo-token", {}, of_fedasil.thumbprint);
  EXPECT_EQ(fault("Bearer " + bound, of_fedasil), AccessFault::invalid_token);
}

TEST_F(Authentication, takes_no_token_where_no_issuer_is_configured) {
  authenticator_ = Authenticator::make({client("fedasil")}, nullptr).value();
  EXPECT_EQ(fault("Bearer " + token("fedasil-token")), AccessFault::invalid_token);
  EXPECT_EQ(authenticate("", certificate("fedasil.example"))->client, "fedasil");
}

TEST_F(Authentication, knows_a_client_by_its_thumbprint_alone) {
  auto pinned = client("pinned");
  pinned.certificate_subject.reset();
  pinned.certificate_thumbprint = certificate("any.example").thumbprint;
  authenticator_->use({pinned});
  EXPECT_EQ(authenticate("", certificate("any.example"))->client, "pinned");
  EXPECT_EQ(fault("", certificate("other.example")), AccessFault::no_token);
}

TEST_F(Authentication, holds_a_pinned_client_to_its_very_certificate) {
  EXPECT_EQ(authenticate("", certificate("pinned.example"))->recipient, "vdab");
  auto renewed = certificate("pinned.example");
  renewed.thumbprint[0] ^= 1;
  EXPECT_EQ(fault("", renewed), AccessFault::no_token);
}

TEST_F(Authentication, tells_the_ways_of_failing_apart) {
  EXPECT_EQ(fault(""), AccessFault::no_token);
  EXPECT_EQ(fault("", certificate("stranger.example")), AccessFault::no_token);
  EXPECT_EQ(fault("", certificate("")), AccessFault::no_token);
  EXPECT_EQ(fault("Basic YTpi"), AccessFault::invalid_token);
  EXPECT_EQ(fault("Bearer"), AccessFault::invalid_token);
  EXPECT_EQ(fault("Bearer nonsense"), AccessFault::invalid_token);
  EXPECT_EQ(fault("Bearer " + token("nobody")), AccessFault::invalid_token);
  EXPECT_EQ(fault("Bearer " + token("dpo-token", {}, {}, -60s)), AccessFault::expired_token);
  // A wrong token is not saved by a good certificate.
  EXPECT_EQ(fault("Bearer nonsense", certificate("fedasil.example")), AccessFault::invalid_token);
}

TEST_F(Authentication, never_repeats_the_token_it_refuses) {
  const auto expired = token("dpo-token", {}, {}, -60s);
  const auto refused = authenticate("Bearer " + expired);
  ASSERT_FALSE(refused);
  const auto reply = access_reply(refused.error(), new_uuid_v4());
  EXPECT_EQ(reply.body.find(expired.substr(0, 20)), std::string::npos);
}

TEST_F(Authentication, names_the_scope_that_is_missing) {
  const auto identity = authenticate("", certificate("fedasil.example"));
  EXPECT_EQ(check_scope(*identity, "records"), std::nullopt);
  const auto missing = check_scope(*identity, "audit");
  ASSERT_TRUE(missing);
  EXPECT_EQ(missing->fault, AccessFault::missing_scope);
  EXPECT_THAT(missing->required_scopes, ElementsAre("audit"));
}

TEST(Authenticator, refuses_clients_that_cannot_be_told_apart) {
  const auto message_of = [](std::vector<ClientConfig> clients) {
    const auto made = Authenticator::make(std::move(clients), nullptr);
    return made ? std::string() : made.error().message;
  };
  auto nameless = client("a");
  nameless.certificate_subject.reset();
  nameless.token_subject.reset();
  EXPECT_THAT(message_of({nameless}), HasSubstr("neither"));
  EXPECT_THAT(message_of({client("a"), client("a")}), HasSubstr("called a"));
  auto same_certificate = client("b");
  same_certificate.certificate_subject = "a.example";
  EXPECT_THAT(message_of({client("a"), same_certificate}), HasSubstr("share a certificate"));
  auto one = client("a");
  one.certificate_thumbprint = certificate("a.example").thumbprint;
  auto other = client("b");
  other.certificate_subject.reset();
  other.certificate_thumbprint = one.certificate_thumbprint;
  EXPECT_THAT(message_of({one, other}), HasSubstr("share a certificate"));
  // The same name on two certificates, each pinned: told apart by these.
  other.certificate_subject = one.certificate_subject;
  other.certificate_thumbprint = certificate("b.example").thumbprint;
  EXPECT_EQ(message_of({one, other}), "");
  auto without_a_name = client("b");
  without_a_name.certificate_subject = "";
  EXPECT_THAT(message_of({without_a_name}), HasSubstr("an empty certificate name"));
  auto by_token = client("b");
  by_token.certificate_subject.reset();
  EXPECT_EQ(message_of({client("a"), by_token}), "");
  auto same_subject = client("b");
  same_subject.token_subject = "a-token";
  EXPECT_THAT(message_of({client("a"), same_subject}), HasSubstr("share a token subject"));
  EXPECT_EQ(message_of({client("a"), client("b")}), "");
}

TEST_F(Authentication, the_next_call_is_judged_by_the_clients_that_count_then) {
  const auto remembered = token("fedasil-token");
  ASSERT_TRUE(authenticate("Bearer " + remembered)->may("records"));
  auto less = client("fedasil");
  less.scopes = {"transfers"};
  authenticator_->use({less});
  EXPECT_FALSE(authenticate("Bearer " + remembered)->may("records"));
  EXPECT_TRUE(authenticate("", certificate("fedasil.example"))->may("transfers"));
  EXPECT_EQ(fault("Bearer " + token("dpo-token")), AccessFault::invalid_token);
  authenticator_->use({});
  EXPECT_EQ(fault("Bearer " + remembered), AccessFault::invalid_token);
  EXPECT_EQ(fault("", certificate("fedasil.example")), AccessFault::no_token);
}

}  // namespace
}  // namespace ketenpoort::api
