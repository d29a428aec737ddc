#include "gateway/exchange/read_consent.hpp"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include "tests/support/scratch_folder.hpp"
#include "tests/unit/exchange/no_vault.hpp"

namespace ketenpoort::exchange {
namespace {

class NoSink : public ledger::Sink {
 public:
  void on_durable(std::uint64_t, std::span<const ledger::VaultChange>) override {}
  [[nodiscard]] std::uint64_t applied_through() const override { return 0; }
};

class ReadConsent : public testing::Test {
 protected:
  ReadConsent()
      : sequencer_(ledger::Sequencer::open({folder_.path() / "state", "node-1", "0860737913", "ketenpoort test",
                                            *ledger::SigningKey::from_seed("example.be/ketenpoort/consent", seed_)},
                                           sink_)
                       .value()) {
    formats_ = load_formats("mappings", {}).value();
  }

  // Where a conversation is wrong that decides so, for vdab and for agii.
  [[nodiscard]] std::string fault(std::string_view vdab, std::string_view agii, std::string_view kind,
                                  bool minor_heard) const {
    Terms terms;
    terms.notices = {
        {.id = "chain-cooperation", .version = "1.0", .any_language = true, .languages = {}, .sha256 = {}}};
    terms.purpose_recipients = {{"work-guidance", "vdab"}, {"language-course", "agii"}};
    const Facilities facilities{*sequencer_, vault_, FormatsInUse(formats_), KeptMappings(folder_.path()), Clock(),
                                terms,       {}};
    const auto cell = [](std::string_view purpose, std::string_view recipient, std::string_view decision) {
      return fmt::format(R"({{"purpose":"{}","recipient":"{}","categories":["identity-core"],"decision":"{}"}})",
                         purpose, recipient, decision);
    };
    const auto read = read_conversation(
        facilities,
        fmt::format(R"({{"subject":{{"fedasilNumber":"5000001"}},"consents":[{},{}],)"
                    R"("notice":{{"id":"chain-cooperation","version":"1.0","language":"ara"}},)"
                    R"("explained":{{"how":"HEARD"}},"expressed":{{"how":"PAPER","on":"2026-11-24"}},)"
                    R"("recordedBy":"op-1",)"
                    R"("representative":{{"kind":"{}","appointmentRef":"V-1","minorHeard":{}}}}})",
                    cell("work-guidance", "vdab", vdab), cell("language-course", "agii", agii), kind, minor_heard),
        parse_date("2026-11-24").value());
    if (read) return "";
    return read.error().issues.empty() ? read.error().message : read.error().issues.front().where;
  }

 private:
  const ketenpoort::test::ScratchFolder folder_;
  NoSink sink_;
  const NoVault vault_;
  std::array<std::uint8_t, 32> seed_{};
  std::unique_ptr<ledger::Sequencer> sequencer_;
  std::shared_ptr<const MessageFormats> formats_;
};

TEST_F(ReadConsent, asks_who_says_yes_for_a_minor_whether_they_were_heard) {
  EXPECT_EQ(fault("GIVEN", "GIVEN", "VOOGD", true), "");
  EXPECT_EQ(fault("GIVEN", "GIVEN", "VOOGD", false), "representative.minorHeard");
  EXPECT_EQ(fault("REFUSED", "GIVEN", "OUDER", false), "representative.minorHeard");
  EXPECT_EQ(fault("GIVEN", "GIVEN", "BEWINDVOERDER", false), "");
}

TEST_F(ReadConsent, takes_a_refusal_whether_the_minor_was_heard_or_not) {
  EXPECT_EQ(fault("REFUSED", "REFUSED", "VOOGD", false), "");
  EXPECT_EQ(fault("REFUSED", "REFUSED", "OUDER", false), "");
}

}  // namespace
}  // namespace ketenpoort::exchange
