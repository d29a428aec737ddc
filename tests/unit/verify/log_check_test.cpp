#include "gateway/verify/log_check.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "gateway/formats/json.hpp"
#include "gateway/verify/report.hpp"
#include "tests/support/broken_logs.hpp"

namespace ketenpoort::verify {
namespace {

using ledger::test::LedgerFolder;
using ledger::test::signed_story;
using ledger::test::Story;
using ledger::test::test_key;
using testing::HasSubstr;

// A transfer's life from the opening of the log to the acknowledgement.
std::vector<std::string> short_log() {
  auto story = signed_story();
  story.log.lines.resize(story.acknowledged + 1);
  return story.log.encode();
}

// Many entries without a story of their own, after the opening.
std::vector<std::string> long_log(std::size_t count) {
  auto story = signed_story();
  story.log.lines.resize(1);
  ledger::EntryDraft draft;
  draft.kind = "ledger.recovered";
  draft.body = R"({"cutBytes":1})";
  while (story.log.lines.size() < count) story.log.add(draft);
  return story.log.encode();
}

Checked<LogReport> check(const LedgerFolder& folder, std::optional<std::string> older = {}) {
  return check_log({.ledger = folder.path(), .keys = {test_key().verifier()}, .older_checkpoint = std::move(older)});
}

Flaw flaw_of(const LedgerFolder& folder, std::optional<std::string> older = {}) {
  const auto result = check(folder, std::move(older));
  EXPECT_FALSE(result) << "it was passed";
  return result ? Flaw{} : result.error();
}

TEST(CheckLog, passes_a_log_of_every_kind_and_counts_it) {
  LedgerFolder folder;
  const auto story = signed_story();
  folder.write(story.log.encode(), {3, 11, story.log.lines.size()});
  const auto report = check(folder);
  ASSERT_TRUE(report) << describe(report.error());
  EXPECT_EQ(report->checkpoint.size, story.log.lines.size());
  EXPECT_EQ(report->counts.permits, 5U);
  EXPECT_EQ(report->transfers[static_cast<std::size_t>(TransferState::acknowledged)], 1U);
  EXPECT_EQ(report->transfers[static_cast<std::size_t>(TransferState::refused)], 1U);
  EXPECT_EQ(report->transfers[static_cast<std::size_t>(TransferState::cancelled)], 1U);
  EXPECT_EQ(report->transfers[static_cast<std::size_t>(TransferState::delivered)], 1U);
  EXPECT_THAT(describe(*report), HasSubstr("rewritten by someone who has its key"));
  EXPECT_THAT(to_json(*report), HasSubstr(R"("acknowledged":1)"));
  EXPECT_THAT(to_json(*report), HasSubstr(R"("holds":true)"));
}

// Which entry a byte of the only segment belongs to.
std::size_t entry_of_byte(const std::vector<std::string>& entries, std::size_t byte) {
  std::size_t seq = 0;
  for (std::size_t end = 0; (end += 2 + entries[seq].size()) <= byte;) ++seq;
  return seq;
}

TEST(CheckLog, finds_every_single_flipped_byte_and_names_its_entry_or_file) {
  LedgerFolder folder;
  const auto entries = short_log();
  folder.write(entries, {3, 11, entries.size()});
  ASSERT_TRUE(check(folder)) << describe(check(folder).error());
  std::size_t flips = 0;
  for (const auto& name : folder.files()) {
    const auto whole = folder.get(name);
    for (std::size_t at = 0; at < whole.size(); ++at) {
      auto changed = whole;
      changed[at] = static_cast<char>(changed[at] ^ (1 << (at % 8)));
      folder.put(name, changed);
      const auto result = check(folder);
      ASSERT_FALSE(result) << name << " byte " << at;
      const auto expected =
          name.starts_with("segments/") ? "entry " + std::to_string(entry_of_byte(entries, at)) : name;
      ASSERT_EQ(result.error().where, expected) << "byte " << at << ": " << describe(result.error());
      ++flips;
    }
    folder.put(name, whole);
  }
  EXPECT_GT(flips, 8'000U);
  EXPECT_TRUE(check(folder));
}

TEST(CheckLog, finds_a_byte_too_few_or_too_many_in_any_file) {
  LedgerFolder folder;
  const auto entries = short_log();
  folder.write(entries, {3, 11, entries.size()});
  for (const auto& name : folder.files()) {
    const auto whole = folder.get(name);
    folder.put(name, whole.substr(0, whole.size() - 1));
    EXPECT_FALSE(check(folder)) << name;
    folder.put(name, "");
    EXPECT_FALSE(check(folder)) << name;
    if (!name.starts_with("segments/")) {  // a segment may have the beginning of an entry at its end
      folder.put(name, whole + "x");
      EXPECT_FALSE(check(folder)) << name;
    }
    folder.put(name, whole);
  }
  EXPECT_TRUE(check(folder));
}

TEST(CheckLog, needs_every_tile_and_segment) {
  LedgerFolder folder;
  const auto entries = long_log(600);
  folder.write(entries, {300, 600});
  ASSERT_TRUE(check(folder)) << describe(check(folder).error());
  for (const std::string name : {"tile/0/000", "tile/0/001", "tile/0/002.p/88", "tile/1/000.p/2"}) {
    const auto content = folder.get(name);
    folder.remove(name);
    EXPECT_EQ(flaw_of(folder).where, name);
    folder.put(name, content);
  }
  const auto old_partial = folder.get("tile/0/001.p/44");
  folder.remove("tile/0/001.p");
  EXPECT_TRUE(check(folder)) << "an old partial tile may be gone";
  folder.put("tile/0/001.p/44", old_partial);
  folder.remove("segments/00000000000000000000");
  EXPECT_EQ(flaw_of(folder).where, "entry 0");
  folder.remove("checkpoint");
  EXPECT_EQ(flaw_of(folder).where, "checkpoint");
  EXPECT_FALSE(flaw_of(folder).environment) << "a checkpoint taken away is a change of the ledger";
}

TEST(CheckLog, takes_no_file_or_folder_that_does_not_belong) {
  LedgerFolder folder;
  const auto entries = long_log(300);
  for (const std::string name :
       {"notes.txt", "checkpoint.tmp", "segments/extra", "segments/00000000000000065537", "tile/readme", "tile/0/1",
        "tile/0/000.p/0", "tile/0/000.p/256", "tile/0/000.p/044", "tile/0/000.p/x", "tile/0/x000/000", "tile/0/002",
        "tile/0/001.p/45", "tile/1/000.p/2", "tile/2/000.p/1"}) {
    folder.write(entries, {44, 300});
    folder.put(name, "x");
    EXPECT_EQ(flaw_of(folder).where, name);
  }
  // 256 times the index of the last one is too large for 64 bits, and would be a place within the log.
  for (const std::string parent : {"tile/8", "tile/00", "segments/000", "logs", "tile/0/x072/x057/x594/x037/x927"}) {
    folder.write(entries, {44, 300});
    folder.put(parent + "/000", "x");
    EXPECT_EQ(flaw_of(folder).where, parent);
  }
  folder.write(entries, {44, 300});
  std::filesystem::create_directories(folder.path() / "tile" / "entries");
  EXPECT_EQ(flaw_of(folder).where, "tile/entries");
  folder.remove("tile/entries");
  std::filesystem::create_symlink(folder.path() / "checkpoint", folder.path() / "tile/0/000.p/7");
  EXPECT_EQ(flaw_of(folder).where, "tile/0/000.p/7");
  folder.remove("tile/0/000.p/7");
  EXPECT_TRUE(check(folder));
}

TEST(CheckLog, names_a_file_in_valid_json_whatever_its_name_is) {
  LedgerFolder folder;
  folder.write(short_log(), {5, short_log().size()});
  folder.put("notes\xFF\xC3\u00E9\xE2\x82", "x");
  const auto flaw = flaw_of(folder);
  EXPECT_EQ(flaw.where, "notes\xFF\xC3\u00E9\xE2\x82");
  const auto json = formats::parse_json(to_json(flaw));
  ASSERT_TRUE(json) << json.error().message;
  EXPECT_EQ(json->root().find("flaw").find("where").as_string(), "notes\uFFFD\uFFFD\u00E9\uFFFD\uFFFD");
}

TEST(CheckLog, tolerates_a_short_tail_beyond_the_checkpoint_and_says_so) {
  LedgerFolder folder;
  const auto entries = short_log();
  folder.write(entries, {5, entries.size() - 3});
  const auto report = check(folder);
  ASSERT_TRUE(report) << describe(report.error());
  EXPECT_EQ(report->unsigned_entries, 3U);
  EXPECT_THAT(describe(*report), HasSubstr("last 3 entries, which are not signed yet"));

  const auto segment = folder.files().at(1);
  const auto whole = folder.get(segment);
  folder.put(segment, whole.substr(0, whole.size() - 20));
  const auto torn = check(folder);
  ASSERT_TRUE(torn) << describe(torn.error());
  EXPECT_EQ(torn->unsigned_entries, 2U);
  EXPECT_GT(torn->torn_bytes, 0U);
}

TEST(CheckLog, a_tail_follows_the_rules_too) {
  auto story = signed_story();
  story.log.lines.resize(story.acknowledged + 1);
  story.log.edit<ledger::TransferAcknowledged>(story.acknowledged, [](auto& b) { b.attempt = 9; });
  LedgerFolder folder;
  folder.write(story.log.encode(), {5, 9});
  const auto flaw = flaw_of(folder);
  EXPECT_EQ(flaw.where, "entry " + std::to_string(story.acknowledged));
  EXPECT_EQ(flaw.rule, "invariant 2");
}

TEST(CheckLog, tiles_written_ahead_of_the_checkpoint_are_checked_against_the_tail) {
  LedgerFolder folder;
  const auto entries = long_log(300);
  folder.write(entries, {250, 300});
  const auto ahead = folder.get("tile/0/001.p/44");
  const auto full = folder.get("tile/0/000");
  folder.write(entries, {250});
  folder.put("tile/0/000", full);
  folder.put("tile/0/001.p/44", ahead);
  EXPECT_TRUE(check(folder)) << describe(check(folder).error());
  folder.put("tile/0/001.p/44", std::string(ahead.size(), 'x'));
  EXPECT_EQ(flaw_of(folder).where, "tile/0/001.p/44");
}

TEST(CheckLog, crosses_from_one_segment_to_the_next) {
  LedgerFolder folder;
  auto entries = long_log(65'540);
  folder.write(entries, {65'536, 65'540});
  const auto report = check(folder);
  ASSERT_TRUE(report) << describe(report.error());
  EXPECT_EQ(report->checkpoint.size, 65'540U);
  const std::string first = "segments/00000000000000000000";
  const auto whole = folder.get(first);
  folder.put(first, whole + "x");
  EXPECT_EQ(flaw_of(folder).where, first);
  folder.put(first, whole.substr(0, whole.size() - 1));
  EXPECT_EQ(flaw_of(folder).where, "entry 65535");
  folder.put(first, whole);
  const std::string second = "segments/00000000000000065536";
  const auto rest = folder.get(second);
  folder.remove(second);
  EXPECT_EQ(flaw_of(folder).where, "entry 65536");
  folder.put("segments/00000000000000131072", rest);
  EXPECT_EQ(flaw_of(folder).where, second);
}

// ---- a history changed with all hashes made anew, but without the key ----

// The changed entries with tiles that fit them, under the checkpoint of the original ones.
Flaw flaw_of_unsigned_change(std::vector<std::string> changed) {
  const auto original = short_log();
  LedgerFolder folder;
  folder.write(original, {original.size()});
  const auto checkpoint = folder.get("checkpoint");
  folder.write(changed, {changed.size()});
  folder.put("checkpoint", checkpoint);
  return flaw_of(folder);
}

// The same entries with places, times and ids as a fresh log would give them.
std::vector<std::string> renumbered(std::vector<ledger::EntryDraft> drafts) {
  ledger::test::Log log;
  for (auto& draft : drafts) log.add(std::move(draft));
  return log.encode();
}

std::vector<ledger::EntryDraft> short_drafts() {
  const auto story = signed_story();
  std::vector<ledger::EntryDraft> drafts;
  for (std::size_t seq = 0; seq <= story.acknowledged; ++seq) drafts.push_back(story.log.lines[seq].draft);
  return drafts;
}

TEST(CheckLog, finds_an_entry_dropped_anywhere) {
  for (std::size_t at = 0; at < short_log().size(); ++at) {
    auto entries = short_log();
    entries.erase(entries.begin() + static_cast<std::ptrdiff_t>(at));
    EXPECT_EQ(flaw_of_unsigned_change(entries).where, "entry " + std::to_string(at));
    auto drafts = short_drafts();
    drafts.erase(drafts.begin() + static_cast<std::ptrdiff_t>(at));
    flaw_of_unsigned_change(renumbered(drafts));
  }
}

TEST(CheckLog, finds_entries_reordered_duplicated_or_inserted_anywhere) {
  for (std::size_t at = 0; at + 1 < short_log().size(); ++at) {
    auto swapped = short_log();
    std::swap(swapped[at], swapped[at + 1]);
    EXPECT_EQ(flaw_of_unsigned_change(swapped).where, "entry " + std::to_string(at));
    auto twice = short_log();
    twice.insert(twice.begin() + static_cast<std::ptrdiff_t>(at), twice[at]);
    EXPECT_EQ(flaw_of_unsigned_change(twice).where, "entry " + std::to_string(at + 1));
    auto drafts = short_drafts();
    ledger::EntryDraft extra;
    extra.kind = "ledger.recovered";
    extra.body = R"({"cutBytes":1})";
    drafts.insert(drafts.begin() + static_cast<std::ptrdiff_t>(at) + 1, extra);
    flaw_of_unsigned_change(renumbered(drafts));
  }
}

TEST(CheckLog, finds_a_change_that_breaks_no_rule_by_the_root) {
  auto story = signed_story();
  story.log.lines.resize(story.acknowledged + 1);
  story.log.edit<ledger::TransferAcknowledged>(story.acknowledged, [](auto& b) { b.reference = "another"; });
  const auto flaw = flaw_of_unsigned_change(story.log.encode());
  EXPECT_EQ(flaw.where, "checkpoint");
  EXPECT_EQ(flaw.rule, "tree");
}

TEST(CheckLog, names_the_changed_entry_before_the_one_whose_rule_it_breaks) {
  auto story = signed_story();
  story.log.lines.resize(story.acknowledged + 1);
  const auto original = story.log.encode();
  story.log.edit<ledger::ConsentGiven>(story.given, [](auto& b) { b.categories.erase(Category::skills); });
  LedgerFolder folder;
  folder.write(story.log.encode(), {original.size()}, test_key(), &original);
  const auto flaw = flaw_of(folder);
  EXPECT_EQ(flaw.where, "entry " + std::to_string(story.given));
  EXPECT_THAT(flaw.what, HasSubstr("breaks invariant 4"));
}

// ---- with the key ----

TEST(CheckLog, a_rule_broken_in_a_signed_log_is_named) {
  auto story = signed_story();
  story.log.edit<ledger::ConsentGiven>(story.given, [](auto& b) { b.categories.erase(Category::skills); });
  LedgerFolder folder;
  folder.write(story.log.encode(), {story.log.lines.size()});
  const auto flaw = flaw_of(folder);
  EXPECT_EQ(flaw.where, "entry " + std::to_string(story.permitted));
  EXPECT_EQ(flaw.rule, "invariant 4");
  EXPECT_THAT(to_json(flaw), HasSubstr(R"("rule":"invariant 4")"));
}

TEST(CheckLog, an_older_checkpoint_shows_growth_roll_back_and_rewriting) {
  LedgerFolder folder;
  const auto entries = short_log();
  folder.write(entries, {9});
  const auto older = folder.get("checkpoint");
  folder.write(entries, {9, entries.size()});
  const auto newest = folder.get("checkpoint");
  const auto grown = check(folder, older);
  ASSERT_TRUE(grown) << describe(grown.error());
  EXPECT_EQ(grown->older_size, 9U);
  EXPECT_THAT(describe(*grown), HasSubstr("from 9 on"));
  EXPECT_TRUE(check(folder, newest));

  folder.write(entries, {9});
  EXPECT_EQ(flaw_of(folder, newest).rule, "consistency");
  EXPECT_THAT(flaw_of(folder, newest).what, HasSubstr("rolled back"));

  auto story = signed_story();
  story.log.lines.resize(story.acknowledged + 1);
  story.log.edit<ledger::RecordReceived>(story.received, [](auto& b) { b.size = 1; });
  folder.write(story.log.encode(), {9, entries.size()});
  ASSERT_TRUE(check(folder));
  EXPECT_THAT(describe(*check(folder)), HasSubstr("that the whole log was rewritten by someone who has its key"));
  EXPECT_EQ(flaw_of(folder, older).rule, "consistency");
  EXPECT_THAT(flaw_of(folder, older).what, HasSubstr("rewritten"));
  EXPECT_EQ(flaw_of(folder, newest).rule, "consistency");
}

TEST(CheckLog, an_older_checkpoint_must_itself_be_signed_by_the_key) {
  LedgerFolder folder;
  const auto entries = short_log();
  folder.write(entries, {9}, test_key(8));
  const auto foreign = folder.get("checkpoint");
  folder.write(entries, {entries.size()});
  EXPECT_EQ(flaw_of(folder, foreign).where, "older checkpoint");
  EXPECT_EQ(flaw_of(folder, "not a note").where, "older checkpoint");
}

TEST(CheckLog, another_key_or_a_second_signature_is_refused) {
  LedgerFolder folder;
  const auto entries = short_log();
  folder.write(entries, {entries.size()}, test_key(8));
  EXPECT_EQ(flaw_of(folder).where, "checkpoint");
  folder.write(entries, {entries.size()});
  const auto note = folder.get("checkpoint");
  const auto other = ledger::SigningKey::generate("witness.example").value();
  const auto text = note.substr(0, note.find("\n\n") + 1);
  const auto foreign = ledger::sign_note(text, other).value();
  folder.put("checkpoint", note + foreign.substr(text.size() + 1));
  EXPECT_THAT(flaw_of(folder).what, HasSubstr("not asked for"));
}

TEST(CheckLog, the_first_entry_names_the_log_and_its_key) {
  auto story = signed_story();
  story.log.edit<ledger::LedgerOpened>(0, [](auto& b) { b.vkey = test_key(8).verifier().text(); });
  LedgerFolder folder;
  folder.write(story.log.encode(), {story.log.lines.size()});
  EXPECT_EQ(flaw_of(folder).where, "entry 0");
  story.log.edit<ledger::LedgerOpened>(0, [](auto& b) {
    b.vkey = test_key().verifier().text();
    b.origin = "example.org/other";
  });
  folder.write(story.log.encode(), {story.log.lines.size()});
  EXPECT_EQ(flaw_of(folder).where, "entry 0");
}

TEST(CheckLog, tells_how_far_it_is) {
  LedgerFolder folder;
  const auto entries = long_log(5000);
  folder.write(entries, {entries.size()});
  std::vector<std::uint64_t> seen;
  LogCheck check{.ledger = folder.path(), .keys = {test_key().verifier()}};
  check.on_progress = [&](std::uint64_t done, std::uint64_t total) {
    EXPECT_TRUE(seen.empty() || done > seen.back());
    seen.push_back(done);
    EXPECT_EQ(total, 5000U);
  };
  ASSERT_TRUE(check_log(check));
  ASSERT_GT(seen.size(), 1U);
  EXPECT_EQ(seen.back(), 5000U);
}

}  // namespace
}  // namespace ketenpoort::verify
