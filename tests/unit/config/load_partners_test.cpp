#include <gmock/gmock.h>

#include <algorithm>
#include <chrono>
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
using ::testing::Field;
using ::testing::HasSubstr;

// What waits for a partner goes out by itself when it comes back; attempts that end sooner would leave it to a person.
TEST_F(Load, a_partner_may_be_away_for_a_day) {
  const auto loaded = load(gateway());
  ASSERT_TRUE(loaded);
  for (const auto& partner : loaded->partners) {
    const auto& retry = partner.retry;
    std::chrono::duration<double> wait = retry.first, all{0};
    for (unsigned i = 1; i < retry.attempts; ++i) {
      all += 0.8 * std::min(wait, std::chrono::duration<double>(
                                      retry.max));  // exchange/delivery/back_off: a fifth less at the least
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

TEST_F(Load, refuses_two_messages_of_one_name_for_a_purpose) {
  EXPECT_THAT(problem_after("partners/vdab.yaml", "message: vdab-referral", "message: vdab-profile").detail,
              HasSubstr("`vdab-profile` stands twice"));
}

TEST_F(Load, refuses_calls_that_take_no_time_or_days) {
  EXPECT_THAT(problem_after("partners/vdab.yaml", "timeout: 30s ", "timeout: 0s ").detail,
              HasSubstr("from 10ms to 1h"));
  EXPECT_THAT(problem_after("partners/vdab.yaml", "timeout: 0s ", "timeout: 2d ").detail, HasSubstr("from 10ms to 1h"));
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

TEST_F(Load, a_partner_is_called_over_https_only) {
  EXPECT_THAT(problem_after("partners/vdab.yaml", "https://", "http://").detail, HasSubstr("https://host"));
}

TEST_F(Load, reports_are_read_by_mappings_that_there_are) {
  const auto issue = problem_after("partners/vdab.yaml", "[report-to-outcome,", "[report-to-outcom,");
  EXPECT_THAT(issue.where, HasSubstr("partners/vdab.yaml:"));
  EXPECT_THAT(issue.detail, HasSubstr("`report-to-outcom` is no mapping"));
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
