// The sample residents under the shipped policy: with a full consent, each referral must become what
// tests/samples/expected.ndjson says the rules say. KETENPOORT_SAMPLES names one more folder with the same three files.
#include <fmt/format.h>
#include <gmock/gmock.h>

#include <cstdlib>
#include <map>
#include <sstream>

#include "gateway/base/files.hpp"
#include "gateway/policy/decide.hpp"
#include "tests/contract/policy/shipped_policy.hpp"

namespace ketenpoort::policy {
namespace {

const Date today = parse_date("2026-11-24").value();

std::vector<formats::JsonDocument> read_lines(const std::filesystem::path& file) {
  std::istringstream lines(read_file(file).value());
  std::vector<formats::JsonDocument> documents;
  for (std::string line; std::getline(lines, line);) documents.push_back(formats::parse_json(line).value());
  return documents;
}

std::string text(formats::JsonView value) {
  return std::string{value.as_string().value_or("")};
}

std::string describe(const Decision& decision) {
  return test::describe(decision);
}

std::string describe(formats::JsonView expected) {
  std::vector<std::string> reasons;
  for (const auto reason : expected.find("reasons").elements()) reasons.push_back(text(reason));
  const auto state = text(expected.find("withoutConsent"));
  return test::describe(state, reasons, state == "held" ? text(expected.find("heldUntil")) : "");
}

std::size_t check_samples(const std::filesystem::path& folder) {
  const auto subject = ledger::test::subject_number(1);
  const auto alone = test::history_of(subject, false, today);
  const auto represented = test::history_of(subject, true, today);
  std::map<std::string, Facts> facts;
  for (const auto& record : read_lines(folder / "residents.ndjson")) {
    auto read = read_facts(record.root());
    EXPECT_TRUE(read);
    if (read) facts[text(record.root().find("resident").find("identifiers").find("fedasilNumber"))] = std::move(*read);
  }
  std::size_t checked = 0;
  for (const auto& line : read_lines(folder / "expected.ndjson")) {
    const auto expected = line.root();
    const auto recipient = text(expected.find("recipient"));
    const auto purpose = text(expected.find("purpose"));
    // What the rules say does not depend on how a message is made, so no number is asked for.
    const auto& of = facts.at(text(expected.find("fedasilNumber")));
    const auto& history = of.is_minor(today) ? represented : alone;
    const Question question{.subject = subject, .recipient = recipient, .purpose = purpose, .facts = &of, .on = today};
    const auto decision = decide(history, question);
    EXPECT_EQ(describe(decision), describe(expected)) << text(expected.find("referral")) << " " << purpose;
    EXPECT_EQ(decode_facts(encode(*question.facts)).map([&](const Facts& sealed) {
      auto again = question;
      again.facts = &sealed;
      return decide(history, again) == decision;
    }),
              true)
        << "sealed facts decide otherwise";
    ++checked;
  }
  return checked;
}

// The conversations of the samples: nobody read the notice who is said not to read its script.
std::size_t count_readers(const std::filesystem::path& folder) {
  std::map<std::string, Facts> facts;
  for (const auto& record : read_lines(folder / "residents.ndjson"))
    facts[text(record.root().find("resident").find("identifiers").find("fedasilNumber"))] =
        read_facts(record.root()).value();
  std::size_t readers = 0;
  for (const auto& line : read_lines(folder / "consents.ndjson")) {
    const auto said = line.root();
    if (text(said.find("explained").find("how")) != "READ" || said.find("representative")) continue;
    const auto& literacy = facts.at(text(said.find("subject").find("fedasilNumber"))).literacy;
    EXPECT_FALSE(literacy && rules_out_language(*literacy, text(said.find("notice").find("language"))))
        << text(said.find("subject").find("fedasilNumber"));
    ++readers;
  }
  return readers;
}

TEST(Samples, who_read_the_notice_can_read_it) {
  EXPECT_GT(count_readers("tests/samples"), 0U);
  if (const char* folder = std::getenv("KETENPOORT_SAMPLES")) EXPECT_GT(count_readers(folder), 0U);
}

TEST(Samples, of_the_repository_become_what_the_rules_say) {
  EXPECT_GT(check_samples("tests/samples"), 20U);
}

TEST(Samples, of_another_folder_become_what_the_rules_say) {
  const char* folder = std::getenv("KETENPOORT_SAMPLES");
  if (folder == nullptr) GTEST_SKIP() << "KETENPOORT_SAMPLES names no folder";
  const auto checked = check_samples(folder);
  EXPECT_GT(checked, 0U);
  RecordProperty("referrals", static_cast<int>(checked));
  fmt::print("{} referrals agree or are told above\n", checked);
}

}  // namespace
}  // namespace ketenpoort::policy
