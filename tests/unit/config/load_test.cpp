#include "gateway/config/load.hpp"

#include <gmock/gmock.h>
#include <openssl/evp.h>
#include <openssl/pem.h>

#include <cstdlib>
#include <memory>

#include "gateway/base/bytes.hpp"
#include "gateway/base/files.hpp"
#include "tests/support/shipped_configuration.hpp"

namespace ketenpoort::config {
namespace {

namespace fs = std::filesystem;
using ::testing::AllOf;
using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::EndsWith;
using ::testing::Field;
using ::testing::HasSubstr;
using ::testing::SizeIs;

using ketenpoort::test::replace_in_file;
using ketenpoort::test::write_file;

class Load : public ::testing::Test {
 protected:
  [[nodiscard]] fs::path gateway() const { return shipped_.gateway_yaml(); }
  [[nodiscard]] std::vector<Issue> problems(const Overrides& overrides = {}) const {
    const auto loaded = load(gateway(), overrides);
    EXPECT_FALSE(loaded.has_value());
    return loaded ? std::vector<Issue>{} : loaded.error().issues;
  }
  // The one problem of a configuration in which one thing was changed.
  Issue problem_after(const std::string& file, std::string_view what, std::string_view with) {
    replace_in_file(folder() / "config" / file, what, with);
    const auto found = problems();
    EXPECT_THAT(found, SizeIs(1));
    for (const auto& issue : found) EXPECT_EQ(issue.code, ErrorCode::config) << issue.where << " " << issue.detail;
    return found.empty() ? Issue{} : found.front();
  }
  [[nodiscard]] const fs::path& folder() const { return shipped_.folder(); }

 private:
  ketenpoort::test::ShippedConfiguration shipped_;
};

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
  EXPECT_EQ(loaded->find_partner("agii")->outcomes, std::vector<std::string>{"kbi-follow-up-to-outcome"});
  EXPECT_EQ(loaded->find_partner("municipality")->retry.attempts, 300U);
  EXPECT_EQ(loaded->find_partner("municipality")->retry.factor, 2.0);
  EXPECT_EQ(loaded->find_partner("vdab")->retry.attempts, 150U);
}

// What waits for a partner goes out by itself when it comes back; attempts that end sooner would leave it to a person.
TEST_F(Load, a_partner_may_be_away_for_a_day) {
  const auto loaded = load(gateway());
  ASSERT_TRUE(loaded);
  for (const auto& partner : loaded->partners) {
    const auto& retry = partner.retry;
    std::chrono::duration<double> wait = retry.first, all{0};
    for (unsigned i = 1; i < retry.attempts; ++i) {
      all += 0.8 *
             std::min(wait, std::chrono::duration<double>(retry.max));  // exchange/back_off: a fifth less at the least
      wait *= retry.factor;
    }
    EXPECT_GT(all, std::chrono::hours{24}) << partner.id;
  }
}

TEST_F(Load, a_partner_has_further_channels_that_take_after_its_own) {
  replace_in_file(folder() / "config/partners/vdab.yaml",
                  "  magda:  ", "  second: { adapter: municipality, url: https://second.example/base/ }\n  magda:  ");
  replace_in_file(folder() / "config/partners/vdab.yaml", "needsSsin: false", "needsSsin: false, channel: second");
  const auto loaded = load(gateway());
  ASSERT_TRUE(loaded);
  const auto* partner = loaded->find_partner("vdab");
  const auto& second = partner->channels.at("second");
  EXPECT_EQ(second.adapter, "municipality");
  EXPECT_EQ(second.url, "https://second.example/base");
  EXPECT_EQ(second.ca, partner->channel.ca);
  EXPECT_EQ(second.timeout, std::chrono::seconds{30});
  EXPECT_EQ(loaded->find_messages("vdab", "work-guidance")->front().channel, "second");
}

TEST_F(Load, a_channel_that_is_none_of_the_partners_is_named) {
  EXPECT_THAT(problem_after("partners/vdab.yaml", "needsSsin: false", "needsSsin: false, channel: third").detail,
              AllOf(HasSubstr("`third`"), HasSubstr("`channels`")));
}

TEST_F(Load, a_channel_that_speaks_magda_says_who_we_are_there) {
  const auto loaded = load(gateway());
  ASSERT_TRUE(loaded);
  const auto* partner = loaded->find_partner("vdab");
  EXPECT_FALSE(partner->channel.magda);
  const auto& magda = partner->channels.at("magda").magda;
  ASSERT_TRUE(magda);
  EXPECT_EQ(magda->sender, "https://fedasil.example/ketenpoort");
  EXPECT_EQ(magda->hoedanigheid, "FEDASIL");
  EXPECT_EQ(magda->receiver, "https://vdab.partner.example");
  EXPECT_EQ(magda->certificate, partner->channel.certificate);
  EXPECT_EQ(magda->key, partner->channel.key);
}

TEST_F(Load, a_magda_channel_may_sign_with_other_keys_than_those_of_tls) {
  replace_in_file(folder() / "config/partners/vdab.yaml", "      hoedanigheid: FEDASIL",
                  "      signing: { certificate: ../keys/server.pem, key: ../keys/server.key }\n"
                  "      hoedanigheid: FEDASIL");
  const auto loaded = load(gateway());
  ASSERT_TRUE(loaded);
  const auto& magda = loaded->find_partner("vdab")->channels.at("magda").magda;
  EXPECT_EQ(fs::canonical(magda->certificate), fs::canonical(folder() / "config/keys/server.pem"));
  EXPECT_NE(magda->key, loaded->find_partner("vdab")->channel.key);
}

struct MagdaMistake {
  std::string_view what, with, said;
};
class MagdaMistakes : public Load, public ::testing::WithParamInterface<MagdaMistake> {};
INSTANTIATE_TEST_SUITE_P(
    Load, MagdaMistakes,
    ::testing::Values(MagdaMistake{"      sender: ", "      sendr: ", "did you mean sender?"},
                      MagdaMistake{"hoedanigheid: FEDASIL  ", "hoedanigheid: OPVANGNETWERK-VAN-FEDASIL  ",
                                   "24 characters"},
                      MagdaMistake{"hoedanigheid: FEDASIL  ", "hoedanigheid: \"\"  ", "hoedanigheid"},
                      MagdaMistake{"    adapter: magda", "    adapter: vdab", "belongs to adapter magda"},
                      MagdaMistake{"      receiver: https",
                                   "      signing: { key: ../keys/outbound-client.key, "
                                   "certificate: ../keys/gone.pem }\n      receiver: https",
                                   "gone.pem"}));

TEST_P(MagdaMistakes, are_named) {
  const auto& [what, with, said] = GetParam();
  replace_in_file(folder() / "config/partners/vdab.yaml", what, with);
  const auto found = problems();
  ASSERT_FALSE(found.empty());
  EXPECT_THAT(found, Contains(Field(&Issue::detail, HasSubstr(said))));
  for (const auto& issue : found) EXPECT_THAT(issue.where, HasSubstr("vdab.yaml:"));
}

TEST_F(Load, a_channel_with_adapter_magda_needs_its_settings) {
  const auto file = folder() / "config/partners/agii.yaml";
  replace_in_file(file,
                  "    magda:\n      sender: https://fedasil.example/ketenpoort\n      hoedanigheid: FEDASIL\n"
                  "      receiver: https://kbi.partner.example\n",
                  "");
  EXPECT_THAT(problems(), Contains(Field(&Issue::detail, HasSubstr("`magda`"))));
}

TEST_F(Load, a_message_may_wait_in_the_mailbox_until_its_partner_fetches_it) {
  replace_in_file(folder() / "config/partners/vdab.yaml", "needsSsin: false", "needsSsin: false, channel: mailbox");
  auto loaded = load(gateway());
  ASSERT_TRUE(loaded);
  EXPECT_EQ(loaded->find_messages("vdab", "work-guidance")->front().channel, "mailbox");
  EXPECT_EQ(loaded->find_partner("vdab")->mailbox.lease, std::chrono::minutes{15});
  EXPECT_EQ(loaded->find_partner("vdab")->mailbox.overdue_after, std::chrono::hours{48});
  EXPECT_TRUE(loaded->find_partner("vdab")->recalls.push) << "it has an address";
  replace_in_file(folder() / "config/partners/vdab.yaml",
                  "messages:  ", "mailbox: { lease: 5min, overdueAfter: 1d }\nmessages:  ");
  loaded = load(gateway());
  ASSERT_TRUE(loaded);
  EXPECT_EQ(loaded->find_partner("vdab")->mailbox.lease, std::chrono::minutes{5});
  EXPECT_EQ(loaded->find_partner("vdab")->mailbox.overdue_after, std::chrono::hours{24});
}

TEST_F(Load, a_partner_that_fetches_everything_needs_no_address) {
  const auto file = folder() / "config/partners/agii.yaml";
  const std::string message = "{ message: agii-dossier, mapping: resident-to-agii-dossier, needsSsin: true";
  const std::string text = "partner: agii\nrecipient: agii\nmessages:\n  language-course:\n    - ";
  write_file(file, text + message + " }\n");
  EXPECT_THAT(problems(), Contains(Field(&Issue::detail, HasSubstr("the partner has no address"))));
  write_file(file, text + message + ", channel: mailbox }\n");
  const auto loaded = load(gateway());
  ASSERT_TRUE(loaded);
  EXPECT_FALSE(loaded->find_partner("agii")->has_address());
  EXPECT_FALSE(loaded->find_partner("agii")->recalls.push) << "it reads GET /notifications itself";
  write_file(file, text + message + ", channel: mailbox }\nrecalls: { push: true }\n");
  EXPECT_THAT(problems(), Contains(Field(&Issue::detail, HasSubstr("cannot be called"))));
}

TEST_F(Load, refuses_half_an_address) {
  EXPECT_THAT(problem_after("partners/agii.yaml", "adapter: agii\n", "").detail, HasSubstr("`adapter`"));
}

TEST_F(Load, refuses_a_channel_named_mailbox) {
  EXPECT_THAT(problem_after("partners/municipality.yaml", "messages:\n",
                            "channels:\n  mailbox: { adapter: municipality, url: https://x.example }\nmessages:\n")
                  .detail,
              HasSubstr("`mailbox` is no address"));
}

TEST_F(Load, refuses_a_lease_without_end) {
  EXPECT_THAT(problem_after("partners/vdab.yaml", "messages:  ", "mailbox: { lease: 2d }\nmessages:  ").detail,
              HasSubstr("`lease` must be from 1s to 1d"));
}

TEST_F(Load, calls_per_second_are_limited_where_the_partner_file_says_so) {
  auto loaded = load(gateway());
  ASSERT_TRUE(loaded);
  EXPECT_FALSE(loaded->find_partner("vdab")->per_second);
  replace_in_file(folder() / "config/partners/vdab.yaml", "limits:\n", "limits:\n  perSecond: 20\n");
  loaded = load(gateway());
  ASSERT_TRUE(loaded);
  EXPECT_EQ(loaded->find_partner("vdab")->per_second, 20U);
  EXPECT_THAT(problem_after("partners/vdab.yaml", "perSecond: 20", "perSecond: 0").detail, HasSubstr("perSecond"));
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
constexpr std::string_view body_of_vdab = R"(      - { body: "0887010362", regions: [VLA] })";

TEST_F(Load, a_place_has_one_body) {
  const std::string two = std::string(body_of_vdab) + "\n      - { body: \"0543307391\", regions: [VLA] }";
  EXPECT_THAT(problem_after("purposes.yaml", body_of_vdab, two).detail,
              HasSubstr("`VLA` has two bodies: 0887010362 and 0543307391"));
}
std::string two_in_brussels(std::string_view first, std::string_view second) {
  return std::string(body_of_vdab) + "\n      - { body: \"0887010362\", regions: [BRU]" + std::string(first) +
         " }\n      - { body: \"0241347282\", regions: [BRU]" + std::string(second) + " }";
}
TEST_F(Load, bodies_of_one_place_share_no_language) {
  const auto both = two_in_brussels(", languages: [nld, eng]", ", languages: [eng]");
  EXPECT_THAT(problem_after("purposes.yaml", body_of_vdab, both).detail,
              HasSubstr("`BRU` has two bodies: 0887010362 and 0241347282"));
}
TEST_F(Load, bodies_of_one_place_are_told_apart_by_language) {
  replace_in_file(folder() / "config/purposes.yaml", body_of_vdab, two_in_brussels(", languages: [nld]", ""));
  const auto loaded = load(gateway());
  ASSERT_TRUE(loaded);
  const auto& purposes = loaded->purposes;
  const auto work = std::ranges::find(purposes, "work-guidance", &Purpose::id);
  ASSERT_EQ(work->bodies.size(), 3U);
  EXPECT_EQ(work->bodies[1].languages, std::vector<std::string>{"nld"});
  EXPECT_TRUE(work->bodies[2].languages.empty());
}
TEST_F(Load, a_language_of_a_body_has_three_letters) {
  EXPECT_THAT(
      problem_after("purposes.yaml", body_of_vdab, R"(      - { body: "0887010362", regions: [VLA], languages: [nl] })")
          .detail,
      HasSubstr("`nl` is no ISO 639-3 code"));
}
TEST_F(Load, a_proposal_lives_a_day_at_least) {
  replace_in_file(gateway(), "proposalsExpireAfter: 7d ", "proposalsExpireAfter: 30d ");
  EXPECT_EQ(load(gateway())->settings.proposal_life, std::chrono::days{30});
  replace_in_file(gateway(), "proposalsExpireAfter: 30d ", "proposalsExpireAfter: 1h ");
  EXPECT_THAT(problems().front().detail, HasSubstr("at least 1d"));
}
// Beside the channels that the shipped file has.
constexpr std::string_view other_channels = "channels:                          # other ways";
std::string reached_in_brussels_by(std::string_view channel, std::string_view more = "") {
  return "bodies:\n  - { body: \"0241347282\", channel: " + std::string(channel) + std::string(more) +
         " }\nchannels:\n  brussels: { adapter: municipality, url: https://actiris.example }\n  # other ways";
}
TEST_F(Load, a_body_is_not_reached_by_a_channel_that_is_none) {
  EXPECT_THAT(problem_after("partners/vdab.yaml", other_channels, reached_in_brussels_by("walloon")).detail,
              AllOf(HasSubstr("`walloon`"), HasSubstr("`channels`")));
}
TEST_F(Load, bodies_share_no_mailbox) {
  replace_in_file(folder() / "config/partners/vdab.yaml", "mapping: resident-to-vdab-profile,",
                  "mapping: resident-to-vdab-profile, channel: mailbox,");
  EXPECT_THAT(problem_after("partners/vdab.yaml", other_channels, reached_in_brussels_by("brussels")).detail,
              HasSubstr("the mail of several"));
}
TEST_F(Load, a_body_is_reached_by_a_channel_of_its_own) {
  replace_in_file(
      folder() / "config/partners/vdab.yaml", other_channels,
      reached_in_brussels_by("brussels", " }\n  - { body: \"0241347282\", channel: magda, message: vdab-profile"));
  const auto loaded = load(gateway());
  ASSERT_TRUE(loaded);
  const auto& ways = loaded->find_partner("vdab")->bodies.at("0241347282");
  EXPECT_EQ(ways.at(""), "brussels");
  EXPECT_EQ(ways.at("vdab-profile"), "magda");
}
TEST_F(Load, a_body_has_a_place) {
  EXPECT_THAT(problem_after("purposes.yaml", body_of_vdab, R"(      - { body: "0887010362" })").detail,
              HasSubstr("where it acts"));
}
TEST_F(Load, a_municipality_has_five_digits) {
  EXPECT_THAT(problem_after("purposes.yaml", R"(["11002"])", R"(["1102"])").detail, HasSubstr("`1102` is no NIS code"));
}
TEST_F(Load, a_municipality_is_no_name) {
  EXPECT_THAT(problem_after("purposes.yaml", R"(["11002"])", "[Aalst]").detail, HasSubstr("`Aalst` is no NIS code"));
}
TEST_F(Load, a_municipality_of_an_agreement_has_five_digits) {
  EXPECT_THAT(problem_after("agreements/atlas-antwerpen.yaml", R"(["11002"])", R"(["110020"])").detail,
              HasSubstr("`110020` is no NIS code"));
}
TEST_F(Load, a_body_acts_in_a_region_that_exists) {
  EXPECT_THAT(problem_after("purposes.yaml", body_of_vdab, R"(      - { body: "0887010362", regions: [FLA] })").detail,
              HasSubstr("`FLA` is no region"));
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
TEST_F(Load, a_partner_is_called_over_https_only) {
  EXPECT_THAT(problem_after("partners/vdab.yaml", "https://", "http://").detail, HasSubstr("https://host"));
}
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

TEST_F(Load, reports_are_read_by_mappings_that_there_are) {
  const auto issue = problem_after("partners/vdab.yaml", "[report-to-outcome,", "[report-to-outcom,");
  EXPECT_THAT(issue.where, HasSubstr("partners/vdab.yaml:"));
  EXPECT_THAT(issue.detail, HasSubstr("`report-to-outcom` is no mapping"));
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

constexpr std::string_view drop_folder =
    "dropFolders:\n  - name: registry\n    folder: drop\n    client: fedasil\n    files:\n"
    "      - { pattern: \"*.csv\", format: csv, mapping: legacy-csv-to-resident }\n"
    "      - { pattern: \"*.json\", format: json }\n    settle: 0s\n    keep: 2d\n";

TEST_F(Load, drop_folders_are_read) {
  replace_in_file(gateway(), "policyOwners:", std::string(drop_folder) + "policyOwners:");
  const auto loaded = load(gateway());
  ASSERT_TRUE(loaded) << loaded.error().issues.front().detail;
  ASSERT_THAT(loaded->settings.drop_folders, SizeIs(1));
  const auto& read = loaded->settings.drop_folders.front();
  EXPECT_EQ(read.folder, folder() / "config/drop");
  EXPECT_EQ(read.client, "fedasil");
  ASSERT_THAT(read.files, SizeIs(2));
  EXPECT_EQ(read.files[0].mapping, "legacy-csv-to-resident");
  EXPECT_EQ(read.settle, std::chrono::milliseconds{0});
  EXPECT_EQ(read.poll, std::chrono::seconds{5});
  EXPECT_EQ(read.keep, std::chrono::days{2});
  EXPECT_EQ(read.keep_failed, std::chrono::days{30});
}

TEST_F(Load, says_what_is_wrong_with_a_drop_folder) {
  const std::string before = read_file(gateway()).value();
  const auto detail_after = [&](std::string_view what, std::string_view with) {
    std::string text(drop_folder);
    text.replace(text.find(what), what.size(), with);
    write_file(gateway(), before);
    replace_in_file(gateway(), "policyOwners:", text + "policyOwners:");
    const auto found = problems();
    return found.empty() ? std::string() : found.front().detail;
  };
  EXPECT_THAT(detail_after("name: registry", "name: Registry"), HasSubstr("small letter"));
  EXPECT_THAT(detail_after("client: fedasil", "client: nobody"), HasSubstr("clients.yaml has not"));
  EXPECT_THAT(detail_after("client: fedasil", "client: vdab"), HasSubstr("no scope records"));
  EXPECT_THAT(detail_after("format: csv", "format: pdf"), HasSubstr("format"));
  EXPECT_THAT(detail_after("*.csv", "in/*.csv"), HasSubstr("no folders"));
  EXPECT_THAT(detail_after("mapping: legacy-csv-to-resident", "mapping: none"), HasSubstr("no mapping `none`"));
  EXPECT_THAT(detail_after("format: json", "format: json, mapping: x"), HasSubstr("need no mapping"));
  EXPECT_THAT(detail_after("settle: 0s", "settle: 25h"), HasSubstr("at most 24h"));
  EXPECT_THAT(detail_after("settle: 0s", "poll: 1ms"), HasSubstr("100ms"));
  EXPECT_THAT(detail_after("keep: 2d", "keepFailed: 1h"), HasSubstr("at least 1d"));
  EXPECT_THAT(detail_after("keep: 2d", "extra: 1"), HasSubstr("extra"));
}

TEST_F(Load, drop_folders_lie_apart) {
  const std::string before = read_file(gateway()).value();
  const fs::path drop = folder() / "config/drop";
  fs::create_directory(drop);
  fs::create_directory_symlink(drop, folder() / "config/link");
  const auto with_second = [&](const std::string& second) {
    write_file(gateway(), before);
    replace_in_file(gateway(), "policyOwners:",
                    std::string(drop_folder) + "  - name: second\n    folder: " + second +
                        "\n    client: fedasil\n    files: [ { pattern: \"*\", format: json } ]\npolicyOwners:");
  };
  const auto details = [&] {
    std::vector<std::string> out;
    for (const auto& one : problems()) out.push_back(one.detail);
    return out;
  };
  for (const std::string same : {"drop", "drop/", "./drop//", "drop/.", "other/../drop", "link", "link/"}) {
    with_second(same);
    EXPECT_THAT(details(), ElementsAre(HasSubstr("`second` watches a folder that `registry` watches too"))) << same;
  }
  for (const std::string nested : {"drop/done", "drop/done/", "drop/not/there", "link/done", "."}) {
    with_second(nested);
    EXPECT_THAT(details(), Contains(HasSubstr("`second` and `registry` lie one within the other"))) << nested;
  }
  for (const std::string apart : {"dropped", "drop2/", "drop.old/done"}) {
    with_second(apart);
    EXPECT_TRUE(load(gateway())) << apart;
  }
  with_second((load(gateway())->settings.state / "drop").string());
  EXPECT_THAT(details(), ElementsAre(HasSubstr("the folder of `second` and `state`")));
}

TEST_F(Load, keeps_roles_with_separate_people) {
  for (const auto* together : {"rights, audit", "rights, records", "rights, operator", "rights, consents"}) {
    write_file(folder() / "config/clients.yaml",
               "clients:\n  - id: one\n    organisation: \"0860737913\"\n    scopes: [" + std::string(together) +
                   "]\n    token: { subject: one }\n");
    EXPECT_THAT(problems(), Contains(Field(&Issue::detail, HasSubstr("are roles of different people")))) << together;
  }
}

// ---- signatures of policy owners ----

using Key = std::unique_ptr<EVP_PKEY, decltype(&EVP_PKEY_free)>;

Key new_key() {
  return {EVP_PKEY_Q_keygen(nullptr, nullptr, "ED25519"), &EVP_PKEY_free};
}

void write_public(const fs::path& file, EVP_PKEY* key) {
  std::unique_ptr<FILE, decltype(&fclose)> out(fopen(file.c_str(), "w"), &fclose);
  ASSERT_EQ(PEM_write_PUBKEY(out.get(), key), 1);
}

std::string sign(EVP_PKEY* key, std::string_view text) {
  const std::unique_ptr<EVP_MD_CTX, decltype(&EVP_MD_CTX_free)> context(EVP_MD_CTX_new(), &EVP_MD_CTX_free);
  Bytes signature(64);
  std::size_t size = signature.size();
  EXPECT_EQ(EVP_DigestSignInit(context.get(), nullptr, nullptr, nullptr, key), 1);
  EXPECT_EQ(EVP_DigestSign(context.get(), signature.data(), &size, as_bytes(text).data(), text.size()), 1);
  return to_base64(signature);
}

class SignedPolicy : public Load {
 protected:
  SignedPolicy() {
    replace_in_file(gateway(), "environment: test", "environment: production");
    for (const auto* name : {"vdab", "agii", "amal-gent", "atlas-antwerpen", "municipality", "vdab-back", "agii-back",
                             "municipality-back"})
      replace_in_file(folder() / "config/agreements" / (std::string{name} + ".yaml"), "sample: true\n", "");
    write_public(folder() / "config/keys/policy-owner-dpo.pem", owner_.get());
  }
  void sign_all(EVP_PKEY* key) {
    for (const auto& entry : fs::recursive_directory_iterator(folder() / "config")) {
      if (entry.path().extension() != ".yaml") continue;
      write_file(entry.path().string() + ".sig", "dpo " + sign(key, read_file(entry.path()).value()) + "\n");
    }
  }
  Key owner_ = new_key();
};

TEST_F(SignedPolicy, loads_with_the_signature_of_an_owner) {
  sign_all(owner_.get());
  EXPECT_TRUE(load(gateway()));
}

TEST_F(SignedPolicy, is_refused_file_by_file_without_one) {
  const auto found = problems();
  EXPECT_THAT(found,
              SizeIs(15));  // categories, purposes, retention, 3 rules, 8 agreements, 1 notice, and activities is none
  EXPECT_THAT(found, Contains(AllOf(Field(&Issue::where, EndsWith("purposes.yaml:1:1")),
                                    Field(&Issue::detail, HasSubstr("no policy owner signed")))));
}

TEST_F(SignedPolicy, is_refused_when_signed_by_somebody_else) {
  sign_all(new_key().get());
  EXPECT_THAT(problems(), Contains(Field(&Issue::detail, HasSubstr("signed again"))));
}

TEST_F(SignedPolicy, is_refused_when_changed_afterwards) {
  sign_all(owner_.get());
  const auto issue = problem_after("purposes.yaml", "minors: refused", "minors: allowed");
  EXPECT_THAT(issue.where, HasSubstr("purposes.yaml"));
}

TEST_F(SignedPolicy, no_sample_agreement_grounds_anything) {
  replace_in_file(folder() / "config/agreements/vdab.yaml", "type: art20", "sample: true\ntype: art20");
  sign_all(owner_.get());
  EXPECT_THAT(problems(), Contains(Field(&Issue::detail, HasSubstr("sample agreement"))));
}

TEST_F(Load, reads_how_a_partner_is_told) {
  auto loaded = load(gateway());
  ASSERT_TRUE(loaded);
  for (const auto* partner : {"vdab", "agii", "municipality"}) {
    EXPECT_TRUE(loaded->find_partner(partner)->recalls.push) << partner;
    EXPECT_EQ(loaded->find_partner(partner)->recalls.path, "/ketenpoort/recalls") << partner;
  }
  replace_in_file(folder() / "config/partners/vdab.yaml", "path: /ketenpoort/recalls", "push: false");
  loaded = load(gateway());
  ASSERT_TRUE(loaded);
  EXPECT_FALSE(loaded->find_partner("vdab")->recalls.push);
}

TEST_F(Load, refuses_a_recall_path_that_is_none) {
  EXPECT_THAT(problem_after("partners/vdab.yaml", "path: /ketenpoort/recalls", "path: recalls?x=1").detail,
              HasSubstr("must begin with `/`"));
}

TEST_F(Load, refuses_an_unknown_way_of_telling) {
  EXPECT_THAT(problem_after("partners/vdab.yaml", "path: /ketenpoort/recalls", "paht: /recalls").where,
              HasSubstr("partners/vdab.yaml:"));
}

}  // namespace
}  // namespace ketenpoort::config
