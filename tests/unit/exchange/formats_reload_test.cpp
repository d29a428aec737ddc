#include "gateway/exchange/terms/formats_reload.hpp"

#include <gtest/gtest.h>

#include <thread>

#include "gateway/exchange/delivery/consider.hpp"
#include "tests/unit/exchange/small_mappings.hpp"

namespace ketenpoort::exchange {
namespace {

const Route route{"vdab-profile", "m", false};
const Date today = *parse_date("2026-11-24");

class Reload : public FormatsFixture {
 protected:
  void SetUp() override {
    FormatsFixture::SetUp();
    ASSERT_TRUE(activate_mappings(*facilities_, *facilities_->formats.get()));
    reload_ =
        std::make_unique<FormatsReload>(*facilities_, files_.folder(), mapping::LoadOptions{}, [this] { ++swapped_; });
  }

  // What is wrong, as "file:line:column: what" without the folder.
  std::string refused() {
    const auto change = reload_->run();
    if (change) return "nothing";
    std::string all;
    for (const auto& issue : change.error().issues) {
      const auto prefix = files_.folder().string() + "/";
      all += (issue.where.starts_with(prefix) ? issue.where.substr(prefix.size()) : issue.where) + ": " + issue.detail +
             "\n";
    }
    return all;
  }

  [[nodiscard]] std::string version_in_use() const {
    const auto found = find_mapping(*facilities_, route, today);
    return found ? found->version() : "none";
  }

  std::unique_ptr<FormatsReload> reload_;
  int swapped_ = 0;
};

TEST_F(Reload, puts_a_new_version_to_use_and_says_so_in_the_ledger_first) {
  files_.mapping("1.1.0", "upper");
  files_.example(R"({"n":"ANN","s":"V"})");
  const auto change = reload_->run();
  ASSERT_TRUE(change) << change.error().message;
  ASSERT_EQ(change->came.size(), 1U);
  EXPECT_EQ(change->came[0].version, "1.1.0");
  ASSERT_EQ(change->went.size(), 1U);
  EXPECT_EQ(change->went[0].version, "1.0.0");
  EXPECT_EQ(version_in_use(), "1.1.0");
  EXPECT_EQ(activations(), "1.0.0 1.1.0");
  EXPECT_EQ(swapped_, 1);
  EXPECT_FALSE(reload_->figures().last_refused);
}

TEST_F(Reload, without_a_change_says_nothing) {
  const auto before = sequencer_->size();
  const auto change = reload_->run();
  ASSERT_TRUE(change);
  EXPECT_TRUE(change->came.empty());
  EXPECT_TRUE(change->went.empty());
  EXPECT_EQ(sequencer_->size(), before);
}

TEST_F(Reload, refuses_every_mistake_with_its_place_and_keeps_what_runs) {
  files_.write("m.yaml",
               "mapping: m\nversion: 1.1.0\neffective: { from: 2020-01-01 }\n"
               "source: { format: json, schema: schemas/resident-1.schema.json }\n"
               "target: { format: json, schema: schemas/target.json }\nrecipient: vdab\n"
               "purposes: [work-guidance]\nfields:\n  n: { from: nam, data: identity-core }\n"
               "  t: { from: sex, codes: sex, data: identity-more }\n");
  const auto said = refused();
  EXPECT_NE(said.find("m.yaml:9:14: "), std::string::npos) << said;
  EXPECT_NE(said.find("m.yaml:10:3: "), std::string::npos) << said;
  EXPECT_EQ(version_in_use(), "1.0.0");
  EXPECT_EQ(activations(), "1.0.0");
  EXPECT_EQ(swapped_, 0);
  EXPECT_TRUE(reload_->figures().last_refused);
  EXPECT_FALSE(reload_->faults().empty());
}

TEST_F(Reload, refuses_an_example_that_comes_out_otherwise) {
  files_.mapping("1.1.0", "upper");
  const auto said = refused();
  EXPECT_NE(said.find("m.yaml:1:"), std::string::npos) << said;
  EXPECT_NE(said.find("example 01-ann"), std::string::npos) << said;
  EXPECT_EQ(version_in_use(), "1.0.0");
}

TEST_F(Reload, refuses_another_output_under_the_same_version) {
  files_.mapping("1.0.0", "upper");
  files_.example(R"({"n":"ANN","s":"V"})");
  EXPECT_NE(refused().find("give the mapping a higher version"), std::string::npos);
  EXPECT_EQ(version_in_use(), "1.0.0");
}

TEST_F(Reload, takes_other_content_under_the_same_version_that_says_the_same) {
  files_.code_list("H");  // no example has a man
  const auto change = reload_->run();
  ASSERT_TRUE(change) << change.error().message;
  EXPECT_EQ(activations(), "1.0.0 1.0.0");
  const auto mappings = sequencer_->read([](const ledger::History& h) { return h.mappings(); });
  ASSERT_EQ(mappings.size(), 1U);
  EXPECT_EQ(mappings[0]->value.hash, find_mapping(*facilities_, route, today)->hash());
}

TEST_F(Reload, refuses_a_folder_that_a_partner_cannot_be_served_from) {
  std::filesystem::remove(files_.folder() / "m.yaml");
  EXPECT_NE(refused().find("the mapping m is gone, and partners/vdab.yaml sends vdab-profile"), std::string::npos);
  files_.mapping("1.1.0", "trim", "from: 2100-01-01");
  EXPECT_NE(refused().find("no version of m is in force on"), std::string::npos);
  files_.mapping("1.1.0");
  const auto text = read_file(files_.folder() / "m.yaml").value();
  files_.write("m.yaml", text.substr(0, text.find("purposes")) + "purposes: [language-course]\n" +
                             text.substr(text.find("fields")));
  EXPECT_NE(refused().find("which is not among its purposes"), std::string::npos);
  EXPECT_EQ(version_in_use(), "1.0.0");
}

TEST_F(Reload, after_a_refusal_forgives_what_was_put_right) {
  files_.write("m.yaml", "mapping: [\n");
  EXPECT_NE(refused(), "nothing");
  files_.mapping("1.0.0");
  EXPECT_TRUE(reload_->run());
  EXPECT_FALSE(reload_->figures().last_refused);
  EXPECT_TRUE(reload_->faults().empty());
  EXPECT_EQ(reload_->figures().refused, 1U);
  EXPECT_EQ(reload_->figures().swapped, 1U);
}

TEST_F(Reload, activates_versions_side_by_side_once_and_an_older_one_again_when_it_comes_back) {
  files_.mapping("1.0.0", "trim", "from: 2020-01-01, until: 2026-12-31", "m-1.yaml");
  files_.mapping("2.0.0", "trim", "from: 2027-01-01");
  ASSERT_TRUE(reload_->run());
  EXPECT_EQ(activations(), "1.0.0 1.0.0 2.0.0");
  ASSERT_TRUE(reload_->run());
  EXPECT_EQ(activations(), "1.0.0 1.0.0 2.0.0");
  EXPECT_EQ(version_in_use(), "1.0.0");
  EXPECT_EQ(find_mapping(*facilities_, route, *parse_date("2027-01-01"))->version(), "2.0.0");
  std::filesystem::remove(files_.folder() / "m-1.yaml");
  files_.mapping("1.0.0");
  ASSERT_TRUE(reload_->run());
  EXPECT_EQ(activations(), "1.0.0 1.0.0 2.0.0 1.0.0");
}

TEST_F(Reload, leaves_whoever_translates_the_mapping_they_began_with) {
  const auto mine = find_mapping(*facilities_, route, today);
  files_.mapping("1.1.0", "upper");
  files_.example(R"({"n":"ANN","s":"V"})");
  ASSERT_TRUE(reload_->run());
  mapping::Context context;
  context.allowed = mine->categories();
  context.purpose = "work-guidance";
  const auto message = mine->translate(R"({"name":"Ann"})", context);
  ASSERT_TRUE(message);
  EXPECT_EQ(message->bytes, R"({"n":"Ann"})");
}

// What runs with the thread sanitizer: every translation is wholly of one version or wholly of the other.
TEST_F(Reload, goes_on_while_others_translate) {
  std::atomic<bool> stop{false};
  std::atomic<int> translated{0};
  std::atomic<int> wrong{0};
  std::vector<std::jthread> translators;
  for (int t = 0; t < 3; ++t)
    translators.emplace_back([&] {
      while (!stop) {
        const auto mine = find_mapping(*facilities_, route, today);
        mapping::Context context;
        context.allowed = mine->categories();
        context.purpose = "work-guidance";
        const auto message = mine->translate(R"({"name":"Ann","sex":2})", context);
        const auto* wanted = mine->version() == "1.0.0" ? R"({"n":"Ann","s":"V"})" : R"({"n":"ANN","s":"V"})";
        wrong += !message || message->bytes != wanted ? 1 : 0;
        ++translated;
      }
    });
  for (int round = 0; round < 20; ++round) {
    const bool odd = round % 2 == 0;
    files_.mapping(odd ? "1.1.0" : "1.0.0", odd ? "upper" : "trim");
    files_.example(odd ? R"({"n":"ANN","s":"V"})" : R"({"n":"Ann","s":"V"})");
    const auto change = reload_->run();
    ASSERT_TRUE(change) << change.error().message;
  }
  while (translated < 100) std::this_thread::yield();
  stop = true;
  translators.clear();
  EXPECT_EQ(wrong, 0);
  EXPECT_EQ(swapped_, 20);
}

TEST_F(Reload, keeps_every_version_for_whoever_must_show_an_old_transfer) {
  const auto old_hash = find_mapping(*facilities_, route, today)->hash();
  files_.mapping("1.1.0", "upper");
  files_.example(R"({"n":"ANN","s":"V"})");
  files_.code_list("H");
  ASSERT_TRUE(reload_->run());
  const auto kept = facilities_->kept_mappings.find("m", "1.0.0", old_hash);
  ASSERT_TRUE(kept) << kept.error().message;
  EXPECT_EQ((*kept)->hash(), old_hash);
  mapping::Context context;
  context.allowed = (*kept)->categories();
  context.purpose = "work-guidance";
  EXPECT_EQ((*kept)->translate(R"({"name":"Ann","sex":1})", context)->bytes, R"({"n":"Ann","s":"M"})");
}

}  // namespace
}  // namespace ketenpoort::exchange
