#include "gateway/config/load.hpp"

#include <gmock/gmock.h>

#include <chrono>
#include <cstdlib>
#include <string>

#include "tests/unit/config/load_fixture.hpp"

namespace ketenpoort::config {
namespace {

namespace fs = std::filesystem;

using ketenpoort::test::replace_in_file;
using ketenpoort::test::write_file;
using test::Load;
using ::testing::AllOf;
using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::Field;
using ::testing::HasSubstr;
using ::testing::SizeIs;

TEST_F(Load, reads_the_shipped_configuration) {
  const auto loaded = load(gateway());
  ASSERT_TRUE(loaded) << loaded.error().message << "\n"
                      << (loaded.error().issues.empty()
                              ? ""
                              : loaded.error().issues[0].where + ": " + loaded.error().issues[0].detail);
  const auto& settings = loaded->settings;
  EXPECT_EQ(settings.server.port, 8443);
  EXPECT_EQ(settings.server.certificate, folder() / "config/keys/server.pem");
  EXPECT_EQ(settings.longest_hold, std::chrono::days{365});
  EXPECT_EQ(settings.retry.max, std::chrono::minutes{15});
  EXPECT_THAT(loaded->partners, SizeIs(3));
  EXPECT_THAT(loaded->clients, SizeIs(8));
  EXPECT_THAT(loaded->rules, SizeIs(4));
  EXPECT_THAT(loaded->purposes, SizeIs(5));
  EXPECT_THAT(loaded->agreements, SizeIs(8));
  EXPECT_THAT(loaded->categories, SizeIs(category_count));
  ASSERT_THAT(loaded->notices, SizeIs(1));
  EXPECT_TRUE(loaded->notices[0].speaks("prs"));
  EXPECT_FALSE(loaded->notices[0].speaks("nl"));
  const auto* messages = loaded->find_messages("agii", "civic-integration");
  ASSERT_TRUE(messages != nullptr && messages->size() == 2U);
  EXPECT_EQ(messages->front().id, "agii-dossier");
  EXPECT_TRUE(messages->front().needs_ssin);
  EXPECT_EQ(messages->back().id, "agii-referral");
  EXPECT_TRUE(messages->back().needs_ssin);
  EXPECT_EQ(messages->back().channel, "magda");
  EXPECT_EQ(loaded->find_messages("agii", "work-guidance"), nullptr);
  EXPECT_EQ(loaded->find_partner("agii")->outcomes,
            (std::vector<std::string>{"kbi-follow-up-to-outcome", "kbi-dossier-to-outcome", "kbi-reply-to-outcome"}));
  EXPECT_EQ(loaded->find_partner("municipality")->retry.attempts, 300U);
  EXPECT_EQ(loaded->find_partner("municipality")->retry.factor, 2.0);
  EXPECT_EQ(loaded->find_partner("vdab")->retry.attempts, 150U);
}

TEST_F(Load, a_sample_agreement_stays_within_what_its_purposes_allow_and_needs) {
  const auto loaded = load(gateway());
  ASSERT_TRUE(loaded);
  for (const auto& [agreement, sha256, signer] : loaded->agreements) {
    CategorySet allowed;
    for (const auto& purpose : loaded->purposes) {
      if (std::find(agreement.purposes.begin(), agreement.purposes.end(), purpose.id) == agreement.purposes.end())
        continue;
      allowed = allowed | purpose.allowed();
      EXPECT_TRUE(agreement.categories.includes(purpose.required)) << agreement.id;
    }
    allowed.erase(Category::case_note);
    EXPECT_EQ(agreement.categories, allowed) << agreement.id;
    EXPECT_TRUE(agreement.sample);
  }
}

TEST_F(Load, the_digest_changes_with_any_file) {
  const auto before = load(gateway())->digest;
  EXPECT_EQ(load(gateway())->digest, before);
  replace_in_file(folder() / "config/retention.yaml", "90d", "91d");
  EXPECT_NE(load(gateway())->digest, before);
}

TEST_F(Load, an_unknown_key_is_named_with_its_place_and_the_nearest_right_one) {
  const auto issue = problem_after("gateway.yaml", "  port: 8443", "  prot: 8443");
  EXPECT_THAT(issue.where, HasSubstr("gateway.yaml:15:3"));
  EXPECT_THAT(issue.detail, AllOf(HasSubstr("`prot` is no key"), HasSubstr("did you mean port?")));
}

TEST_F(Load, a_duplicate_key_is_wrong) {
  const auto issue = problem_after("gateway.yaml", "node: gateway-1", "node: gateway-1\nnode: gateway-2");
  EXPECT_THAT(issue.detail, HasSubstr("second time"));
}

TEST_F(Load, wrong_values_say_what_stood_there_and_what_must) {
  EXPECT_THAT(problem_after("gateway.yaml", "port: 8443", "port: 99999").detail,
              AllOf(HasSubstr("`99999`"), HasSubstr("from 0 to 65535")));
}

TEST_F(Load, a_duration_needs_its_unit) {
  EXPECT_THAT(problem_after("gateway.yaml", "request: 30s ", "request: 30 ").detail, HasSubstr("as in 30s"));
}

TEST_F(Load, what_is_listened_on_is_an_address) {
  EXPECT_THAT(problem_after("gateway.yaml", "address: 0.0.0.0", "address: localhost").detail,
              AllOf(HasSubstr("`localhost`"), HasSubstr("an IP address")));
  replace_in_file(folder() / "config/gateway.yaml", "address: localhost", "address: \"fe80::1%eth0\"");
  EXPECT_TRUE(load(gateway(), {}));
}

TEST_F(Load, metrics_have_a_port_of_their_own) {
  EXPECT_THAT(problem_after("gateway.yaml", "port: 9464", "port: 8443").detail, HasSubstr("server.port"));
}

TEST_F(Load, the_key_that_signs_calls_has_a_name) {
  EXPECT_EQ(load(gateway())->settings.outbound_key_id, load(gateway())->settings.node);
  replace_in_file(gateway(), "  # keyId: ketenpoort-2027 ", "  keyId: ketenpoort-2027 ");
  EXPECT_EQ(load(gateway())->settings.outbound_key_id, "ketenpoort-2027");
  EXPECT_THAT(problem_after("gateway.yaml", "keyId: ketenpoort-2027 ", "keyId: 'a\"b' ").detail,
              HasSubstr("`keyId` must be printable ASCII without '\"' and '\\'"));
}

TEST_F(Load, a_node_that_no_signature_can_say_needs_a_key_id_beside_it) {
  replace_in_file(gateway(), "node: ", "node: '\"' # ");
  EXPECT_THAT(problems(), ElementsAre(Field(&Issue::detail, HasSubstr("`keyId` is left out, and `node`"))));
  replace_in_file(gateway(), "  # keyId: ketenpoort-2027 ", "  keyId: ketenpoort-2027 ");
  EXPECT_TRUE(load(gateway()));
}

TEST_F(Load, a_kbo_number_has_its_check_digits) {
  EXPECT_THAT(problem_after("gateway.yaml", "0860737913", "0860737914").detail, HasSubstr("KBO number"));
}

TEST_F(Load, a_list_is_no_text) {
  EXPECT_THAT(problem_after("purposes.yaml", "required: [identity-core, contact, labour-access,",
                            "required: identity-core\n    #")
                  .detail,
              HasSubstr("stands as a single value, must be a list"));
}

TEST_F(Load, an_empty_value_is_wrong) {
  EXPECT_THAT(problem_after("gateway.yaml", "address: 0.0.0.0", "address:").detail, HasSubstr("stands empty"));
}

TEST_F(Load, a_missing_file_is_named) {
  EXPECT_THAT(problem_after("gateway.yaml", "keys/server.pem", "keys/servr.pem").detail, HasSubstr("servr.pem"));
}

TEST_F(Load, keys_of_tokens_lie_in_a_file_or_at_an_address) {
  ketenpoort::test::replace_in_file(folder() / "config/gateway.yaml", "jwks: keys/tokens.jwks.json",
                                    "jwks: https://idp.example:8443/keys?v=1\n  ca: keys/server.pem");
  const auto loaded = load(gateway());
  ASSERT_TRUE(loaded);
  const auto& tokens = *loaded->settings.tokens;
  EXPECT_EQ(tokens.jwks_url, "https://idp.example:8443/keys?v=1");
  EXPECT_EQ(tokens.ca, folder() / "config/keys/server.pem");
  EXPECT_TRUE(tokens.jwks.empty());
  EXPECT_THAT(problem_after("gateway.yaml", "https://idp.example:8443/keys?v=1", "https://a@idp.example/keys").detail,
              HasSubstr("https://host/path"));
}

TEST_F(Load, revocation_lists_are_named_and_there) {
  EXPECT_TRUE(load(gateway())->settings.server.client_revocations.empty());
  EXPECT_THAT(problem_after("gateway.yaml", "  # clientRevocations: keys/client-revocations.pem",
                            "  clientRevocations: keys/revoked.pem")
                  .detail,
              HasSubstr("revoked.pem"));
}

TEST_F(Load, a_category_is_one_of_the_closed_list) {
  EXPECT_THAT(problem_after("agreements/vdab.yaml", "work-experience", "work-experiance").detail,
              HasSubstr("did you mean work-experience?"));
}

TEST_F(Load, a_protocol_has_the_advice_of_both_officers) {
  EXPECT_THAT(
      problem_after("agreements/vdab.yaml", "  - { party: \"0887010362\", date", "  - { party: \"0860737913\", date")
          .detail,
      HasSubstr("advice of the data protection officer of `0887010362` is missing"));
}

TEST_F(Load, who_sends_and_who_receives_is_a_party) {
  EXPECT_THAT(problem_after("agreements/vdab.yaml", "{ body: \"0887010362\"", "{ body: \"0543307391\"").detail,
              HasSubstr("`0887010362` is no party"));
}

TEST_F(Load, a_document_kept_beside_has_the_digest_stated) {
  EXPECT_THAT(problem_after("agreements/vdab.yaml", "document: { sha256: 0", "document: { sha256: 1").detail,
              HasSubstr("is not that of"));
}

TEST_F(Load, a_digest_has_one_form) {
  EXPECT_THAT(problem_after("agreements/vdab.yaml", "document: { sha256: 0", "document: { sha256: A").detail,
              HasSubstr("SHA-256"));
}

TEST_F(Load, an_agreement_is_published) {
  EXPECT_THAT(problem_after("agreements/vdab.yaml", "publicationUrl: https", "publicationUrl: ftp").detail,
              HasSubstr("https://"));
}

TEST_F(Load, a_purpose_names_a_rule_that_exists) {
  EXPECT_THAT(problem_after("purposes.yaml", "rule: status-granted", "rule: status-grant").detail,
              HasSubstr("no rule"));
}

TEST_F(Load, a_proposal_lives_a_day_at_least) {
  replace_in_file(gateway(), "proposalsExpireAfter: 7d ", "proposalsExpireAfter: 30d ");
  EXPECT_EQ(load(gateway())->settings.proposal_life, std::chrono::days{30});
  replace_in_file(gateway(), "proposalsExpireAfter: 30d ", "proposalsExpireAfter: 1h ");
  EXPECT_THAT(problems().front().detail, HasSubstr("at least 1d"));
}

TEST_F(Load, two_versions_of_a_rule_share_no_day) {
  EXPECT_THAT(problem_after("rules/civic-integration-target-group.yaml", "from: 2022-03-01", "from: 2022-02-28").detail,
              HasSubstr("share a number or a day"));
}

TEST_F(Load, a_notice_changes_in_no_language) {
  EXPECT_THAT(problem_after("notices/chain-cooperation-1.0.fra.txt", "douze mois", "deux ans").detail,
              HasSubstr("a notice that was shown never changes"));
}

TEST_F(Load, a_notice_has_one_text_in_a_language) {
  EXPECT_THAT(problem_after("notices/chain-cooperation-1.0.yaml", "language: fra", "language: deu").detail,
              HasSubstr("stands twice"));
}

TEST_F(Load, a_notice_whose_text_changed_needs_a_new_version) {
  EXPECT_THAT(problem_after("notices/chain-cooperation-1.0.txt", "twelve months", "two years").detail,
              HasSubstr("new version"));
}

TEST_F(Load, a_mapping_that_is_not_there_is_named) {
  EXPECT_THAT(
      problem_after("partners/vdab.yaml", "mapping: resident-to-vdab-profile", "mapping: resident-to-vdap").detail,
      HasSubstr("no mapping"));
}

TEST_F(Load, an_answer_is_not_overdue_within_a_day) {
  EXPECT_THAT(problem_after("gateway.yaml", "overdueAfter: 30d", "overdueAfter: 23h").detail, HasSubstr("at least 1d"));
}

TEST_F(Load, tells_all_problems_of_all_files_at_once) {
  replace_in_file(gateway(), "port: 8443", "port: x");
  replace_in_file(folder() / "config/clients.yaml", "scopes: [rights]", "scopes: [right]");
  replace_in_file(folder() / "config/purposes.yaml", "minors: refused", "minors: maybe");
  EXPECT_THAT(problems(), SizeIs(3));
}

TEST_F(Load, values_may_come_from_the_environment_or_a_file) {
  ::setenv("KETENPOORT_TEST_NODE", "node-from-environment", 1);
  write_file(folder() / "config/keys/audience", "audience-from-file\n");
  replace_in_file(gateway(), "gateway-1 ", "${KETENPOORT_TEST_NODE} ");
  replace_in_file(gateway(), "audience: ketenpoort", "audience: file:keys/audience");
  const auto loaded = load(gateway());
  ASSERT_TRUE(loaded);
  EXPECT_EQ(loaded->settings.node, "node-from-environment");
  EXPECT_EQ(loaded->settings.tokens->audience, "audience-from-file");
}

TEST_F(Load, a_value_from_the_environment_is_never_repeated) {
  ::setenv("KETENPOORT_TEST_SECRET", "s3cret", 1);
  const auto issue = problem_after("gateway.yaml", "port: 8443", "port: ${KETENPOORT_TEST_SECRET}");
  EXPECT_THAT(issue.detail, Not(HasSubstr("s3cret")));
  EXPECT_THAT(issue.detail, HasSubstr("`port`"));
}

TEST_F(Load, a_variable_that_is_not_set_is_named) {
  EXPECT_THAT(problem_after("gateway.yaml", "gateway-1 ", "${KETENPOORT_TEST_UNSET} ").detail,
              HasSubstr("KETENPOORT_TEST_UNSET"));
}

TEST_F(Load, policy_files_take_nothing_from_outside) {
  ::setenv("KETENPOORT_TEST_BASIS", "x", 1);
  replace_in_file(folder() / "config/purposes.yaml", "sender: GDPR", "sender: ${KETENPOORT_TEST_BASIS} GDPR");
  EXPECT_THAT(load(gateway())->purposes[0].basis_sender, HasSubstr("${KETENPOORT_TEST_BASIS}"));
}

TEST_F(Load, other_folders_may_be_given) {
  fs::rename(folder() / "mappings", folder() / "elsewhere");
  EXPECT_FALSE(load(gateway()));
  EXPECT_TRUE(load(gateway(), {.config_dir = {}, .mappings_dir = folder() / "elsewhere"}));
  fs::create_directories(folder() / "policy");
  for (const auto* name :
       {"agreements", "rules", "notices", "categories.yaml", "purposes.yaml", "retention.yaml", "activities.yaml"})
    fs::rename(folder() / "config" / name, folder() / "policy" / name);
  const auto loaded = load(gateway(), {.config_dir = folder() / "policy", .mappings_dir = folder() / "elsewhere"});
  ASSERT_TRUE(loaded);
  EXPECT_THAT(loaded->purposes, SizeIs(5));
}

TEST_F(Load, test_switches_count_in_environment_test_only) {
  replace_in_file(gateway(), "# test: ",
                  "test:\n  now: 2026-11-24T12:00:00+01:00\n  allowMockSsin: true\n  runningFigures: true\n#");
  const auto loaded = load(gateway());
  ASSERT_TRUE(loaded);
  EXPECT_TRUE(loaded->settings.test->allow_mock_ssin);
  EXPECT_TRUE(loaded->settings.test->running_figures);
  EXPECT_EQ(loaded->settings.test->now, parse_rfc3339("2026-11-24T11:00:00Z"));
  replace_in_file(gateway(), "environment: test", "environment: acceptance");
  EXPECT_THAT(problems(), Contains(Field(&Issue::detail, HasSubstr("environment test only"))));
}

}  // namespace
}  // namespace ketenpoort::config
