#include "gateway/ledger/entry/entry_cursor.hpp"

#include <gtest/gtest.h>

#include <random>

#include "tests/support/body_samples.hpp"
#include "tests/support/two_readers.hpp"

namespace ketenpoort::ledger::test {
namespace {

std::vector<std::string> sample_entries() {
  std::vector<std::string> out;
  for (const auto& [kind, body, read] : body_samples()) {
    EntryDraft draft{.kind = kind, .actor = {"operator", "0316380841", "dispatcher", "q7"}, .body = body};
    const auto number = out.size();
    if (number % 2 == 0) draft.subject = subject_number(7);
    if (number % 3 == 0) draft.tx = numbered_id(9);
    if (number % 4 == 0) draft.trace = numbered_id(11);
    if (number % 5 == 0) draft.refs = {1, 20, 300};
    if (number % 6 == 0) draft.activity = "referral@3";
    if (number % 7 == 0) draft.sealed = Story::sealed_part();
    out.push_back(
        encode_entry(number, *parse_rfc3339("2026-11-24T11:00:00.123Z"), numbered_id(number + 1), "node-1", draft));
  }
  return out;
}

TEST(DecodeWithBody, reads_every_kind_as_the_other_reader_does) {
  Entry entry;
  std::set<std::string> kinds;
  for (const auto& bytes : sample_entries()) {
    bool quick = false;
    EXPECT_EQ(difference(bytes, entry, quick), "") << bytes;
    const bool plain = bytes.find('\\') == std::string::npos && bytes.find("\u2014") == std::string::npos;
    EXPECT_EQ(quick, plain) << bytes;
    ASSERT_TRUE(entry.typed) << bytes;
    EXPECT_EQ(to_text(*entry.typed.kind()), entry.kind);
    kinds.emplace(entry.kind);
  }
  EXPECT_EQ(kinds.size(), kind_count);
}

TEST(DecodeWithBody, leaves_a_body_that_is_not_its_kinds_to_the_rules) {
  EntryDraft draft{.kind = "ledger.recovered", .actor = {.type = "system"}, .body = R"({"cutBytes":"7"})"};
  Entry entry;
  ASSERT_TRUE(decode_with_body(encode_entry(1, {}, numbered_id(1), "n", draft), entry));
  EXPECT_FALSE(entry.typed);
  draft.kind = "ledger.unheard-of";
  const auto bytes = encode_entry(1, {}, numbered_id(1), "n", draft);
  ASSERT_TRUE(decode_with_body(bytes, entry));
  EXPECT_FALSE(entry.typed);
  EXPECT_EQ(entry.body.find("cutBytes").text(), "7");
}

TEST(DecodeWithBody, leaves_nothing_of_the_entry_before) {
  const auto entries = sample_entries();
  const auto bare = encode_entry(3, {}, numbered_id(4), "n", {.kind = "ledger.recovered", .actor = {.type = "system"}});
  Entry entry;
  ASSERT_TRUE(decode_with_body(entries.front(), entry));
  ASSERT_TRUE(decode_with_body(bare, entry));
  EXPECT_FALSE(entry.typed);
  EXPECT_FALSE(entry.subject);
  EXPECT_FALSE(entry.is_sealed);
  EXPECT_TRUE(entry.refs.empty());
  EXPECT_TRUE(entry.actor.org.empty());
}

// Escapes and letters beyond ASCII, in the frame, the body and the sealed part.
TEST(DecodeWithBody, reads_what_is_not_plain_the_other_way) {
  const std::vector<std::string> texts = {"caf\u00E9", "a\nb", "a\\b", "\"", "\u20AC", std::string(17, 'x') + "\t"};
  Entry entry;
  for (const auto& text : texts) {
    const EntryDraft draft{.kind = "transfer.acknowledged",
                           .actor = {.type = "system"},
                           .body = encode_body(TransferAcknowledged{1, digest_of(7), text})};
    const auto bytes = encode_entry(3, {}, numbered_id(4), text, draft);
    bool quick = true;
    EXPECT_EQ(difference(bytes, entry, quick), "") << bytes;
    EXPECT_FALSE(quick);
    ASSERT_NE(entry.typed.get<TransferAcknowledged>(), nullptr);
    EXPECT_EQ(entry.typed.get<TransferAcknowledged>()->reference, text);
  }
}

// The end of a body is found by what stands behind it, which may stand in it as well.
TEST(DecodeWithBody, is_not_misled_by_a_body_that_looks_like_its_end) {
  const auto id = numbered_id(4).text();
  const EntryDraft draft{.kind = "ledger.opened",
                         .actor = {.type = "system"},
                         .body = R"({"a":{"b":{},"id":")" + id + R"(","kind":"ledger.recovered","node":"x"},"seq":1})"};
  const auto bytes = encode_entry(3, {}, numbered_id(4), "n", draft);
  Entry entry;
  bool quick = true;
  EXPECT_EQ(difference(bytes, entry, quick), "");
  EXPECT_FALSE(quick);
  EXPECT_EQ(entry.kind, "ledger.opened");
}

// Every byte of an entry of every kind: changed, left out, doubled, and everything behind it cut off.
TEST(DecodeWithBody, says_of_damaged_entries_what_the_other_reader_says) {
  constexpr std::string_view replacements = "\"\\,:{}[]019-aA. @\x1F\x7F\xC3\xFF";
  std::mt19937 random(7);  // NOLINT: the same every time
  Entry entry;
  bool quick = false;
  for (const auto& whole : sample_entries())
    for (std::size_t at = 0; at < whole.size(); ++at) {
      auto bytes = whole;
      switch (random() % 4) {
        case 0:
          bytes.erase(at, 1 + random() % 3);
          break;
        case 1:
          bytes.insert(at, bytes.substr(at, 1 + random() % 40));
          break;
        case 2:
          bytes.resize(at);
          break;
        default:
          bytes[at] = replacements[random() % replacements.size()];
      }
      ASSERT_EQ(difference(bytes, entry, quick), "") << bytes;
    }
}

}  // namespace
}  // namespace ketenpoort::ledger::test
