#include "gateway/verify/export_check.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "gateway/ledger/published/export.hpp"
#include "gateway/verify/report.hpp"
#include "tests/support/broken_logs.hpp"

namespace ketenpoort::verify {
namespace {

using ledger::test::LedgerFolder;
using ledger::test::signed_story;
using ledger::test::test_key;
using testing::HasSubstr;

class CheckExport : public testing::Test {
 protected:
  CheckExport() {
    auto story = signed_story();
    ledger::EntryDraft draft;
    draft.kind = "ledger.recovered";
    draft.body = R"({"cutBytes":1})";
    while (story.log.lines.size() < 700) story.log.add(draft);
    entries_ = story.log.encode();
    folder_.write(entries_, {300, 700});
  }

  std::string write(std::uint64_t from, std::uint64_t to = ledger::to_the_end) {
    const auto what = ledger::prepare_export(folder_.path(), test_key().verifier(), from, to).value();
    std::string out;
    const auto written = ledger::write_export(folder_.path(), what, {.write = [&](std::string_view bytes) -> Status {
                                                out += bytes;
                                                return {};
                                              }});
    EXPECT_TRUE(written) << written.error().message;
    return out;
  }

  Checked<LogReport> check(const std::string& content, std::optional<std::string> older = {}) {
    exports_.put("log.export", content);
    return check_export({.ledger = exports_.path() / "log.export",
                         .keys = {test_key().verifier()},
                         .older_checkpoint = std::move(older),
                         .threads = 2});
  }

  Flaw flaw_of(const std::string& content, std::optional<std::string> older = {}) {
    const auto result = check(content, std::move(older));
    EXPECT_FALSE(result) << "it was passed";
    return result ? Flaw{} : result.error();
  }

  LedgerFolder folder_;
  LedgerFolder exports_;
  std::vector<std::string> entries_;
};

TEST_F(CheckExport, passes_a_whole_log_alone) {
  const auto report = check(write(0));
  ASSERT_TRUE(report) << describe(report.error());
  EXPECT_EQ(report->entries, 700U);
  EXPECT_EQ(report->counts.permits, 5U);
  EXPECT_EQ(report->keys, 1U);
}

TEST_F(CheckExport, passes_any_part_and_says_what_it_cannot_see) {
  for (const auto& [from, to] : std::vector<std::pair<std::uint64_t, std::uint64_t>>{
           {0, 0}, {0, 20}, {0, 256}, {1, 1}, {17, 255}, {255, 256}, {256, 511}, {300, 699}, {699, 699}}) {
    const auto report = check(write(from, to));
    ASSERT_TRUE(report) << from << " to " << to << ": " << describe(report.error());
    EXPECT_EQ(report->entries, to + 1 - from);
    EXPECT_EQ(report->from, from);
    const auto text = describe(*report);
    EXPECT_EQ(text.find("rule that looks back") != std::string::npos, from > 0) << text;
  }
}

TEST_F(CheckExport, checks_the_rules_of_a_log_that_is_all_there) {
  for (const auto& broken : ledger::test::broken_logs()) {
    folder_.write(broken.entries, {broken.entries.size()});
    const auto flaw = flaw_of(write(0));
    EXPECT_EQ(flaw.rule, "invariant " + std::to_string(broken.invariant)) << broken.name << ": " << describe(flaw);
    EXPECT_EQ(flaw.seq, broken.entries.size() - 1) << broken.name;
  }
}

TEST_F(CheckExport, finds_any_byte_that_was_changed) {
  const auto content = write(3, 12);
  ASSERT_TRUE(check(content));
  for (std::size_t at = 0; at < content.size(); at += 1 + at % 5) {
    auto changed = content;
    changed[at] = static_cast<char>(changed[at] ^ (1 << (at % 8)));
    ASSERT_FALSE(check(changed)) << "byte " << at;
  }
}

TEST_F(CheckExport, finds_lines_too_few_too_many_or_without_an_end) {
  const auto content = write(0, 20);
  EXPECT_THAT(flaw_of(content + "x").what, HasSubstr("no end"));
  EXPECT_THAT(flaw_of(content + "{}\n").what, HasSubstr("goes on"));
  const auto shorter = content.substr(0, content.rfind('\n', content.size() - 2) + 1);
  EXPECT_EQ(flaw_of(shorter).where, "entry 20");
  EXPECT_EQ(flaw_of("").rule, "export");
  EXPECT_EQ(flaw_of(std::string(300'000, 'x')).rule, "export");
}

TEST_F(CheckExport, an_older_checkpoint_shows_what_was_rewritten) {
  folder_.write(entries_, {300});
  const auto older = folder_.get("checkpoint");
  folder_.write(entries_, {300, 700});
  EXPECT_TRUE(check(write(0), older));
  EXPECT_TRUE(check(write(200, 350), older));
  EXPECT_TRUE(flaw_of(write(0, 100), older).environment) << "it cannot be told from these entries";
  auto others = entries_;
  others.erase(others.begin() + 250, others.end());
  auto story = signed_story();
  ledger::EntryDraft draft;
  draft.kind = "ledger.recovered";
  draft.body = R"({"cutBytes":2})";
  while (story.log.lines.size() < 700) story.log.add(draft);
  folder_.write(story.log.encode(), {700});
  EXPECT_EQ(flaw_of(write(0), older).rule, "consistency");
}

}  // namespace
}  // namespace ketenpoort::verify
