#include "gateway/ledger/entry/entry.hpp"

#include <gtest/gtest.h>

#include <array>
#include <random>

#include "gateway/base/bytes.hpp"
#include "gateway/ledger/entry/entry_form.hpp"
#include "tests/support/log_story.hpp"

namespace ketenpoort::ledger {
namespace {

using std::chrono::milliseconds;

const Timestamp some_time = *parse_rfc3339("2026-11-24T11:00:00.123Z");
const Uuid some_id = *parse_uuid("019ab5d0-7c00-7abc-8def-0123456789ab");
const SubjectRef some_subject = *parse_subject_ref("00112233445566778899aabbccddeeff");

EntryDraft full_draft() {
  return {.kind = "transfer.held",
          .actor = {.type = "operator", .org = "0316380841", .role = "dispatcher", .op = "q7"},
          .subject = some_subject,
          .activity = "referral@3",
          .tx = *parse_uuid("f47ac10b-58cc-4372-a567-0e02b2c3d479"),
          .trace = *parse_uuid("7d444840-9dc0-11d1-b245-5ffdce74fad2"),
          .refs = {1, 5},
          .body = R"({"reasons":["too-early"]})",
          .sealed = test::Story::sealed_part()};
}

constexpr const char* full_entry =
    R"({"activity":"referral@3","actor":{"op":"q7","org":"0316380841","role":"dispatcher","type":"operator"},)"
    R"("body":{"reasons":["too-early"]},"id":"019ab5d0-7c00-7abc-8def-0123456789ab","kind":"transfer.held","node":"n1",)"
    R"("refs":[1,5],"sealed":{"ct":"AAAAAAAAAAAAAAAAAAAAAAAA",)"
    R"("dek":"AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA","iv":"AAAAAAAAAAAAAAAA"},)"
    R"("seq":9,"subject":"00112233445566778899aabbccddeeff",)"
    R"("time":"2026-11-24T11:00:00.123Z","trace":"7d444840-9dc0-11d1-b245-5ffdce74fad2",)"
    R"("tx":"f47ac10b-58cc-4372-a567-0e02b2c3d479","v":1})";

TEST(EncodeEntry, writes_every_key_in_canonical_order) {
  EXPECT_EQ(encode_entry(9, some_time, some_id, "n1", full_draft()), full_entry);
}

TEST(EncodeEntry, leaves_out_what_is_absent) {
  const EntryDraft draft{.kind = "ledger.opened", .actor = {.type = "system"}};
  EXPECT_EQ(
      encode_entry(0, some_time, some_id, "n1", draft),
      R"({"actor":{"type":"system"},"body":{},"id":"019ab5d0-7c00-7abc-8def-0123456789ab","kind":"ledger.opened",)"
      R"("node":"n1","seq":0,"time":"2026-11-24T11:00:00.123Z","v":1})");
}

TEST(DecodeEntry, reads_back_what_was_written) {
  const auto entry = decode_entry(full_entry);
  ASSERT_TRUE(entry) << entry.error().message;
  const auto draft = full_draft();
  EXPECT_EQ(entry->seq, 9U);
  EXPECT_EQ(entry->time, some_time);
  EXPECT_EQ(entry->id, some_id);
  EXPECT_EQ(entry->kind, draft.kind);
  EXPECT_EQ(entry->node, "n1");
  EXPECT_EQ(entry->actor.type, draft.actor.type);
  EXPECT_EQ(entry->actor.org, draft.actor.org);
  EXPECT_EQ(entry->actor.role, draft.actor.role);
  EXPECT_EQ(entry->actor.op, draft.actor.op);
  EXPECT_EQ(entry->subject, draft.subject);
  EXPECT_EQ(entry->activity, draft.activity);
  EXPECT_EQ(entry->tx, draft.tx);
  EXPECT_EQ(entry->trace, draft.trace);
  EXPECT_EQ(entry->refs, draft.refs);
  EXPECT_EQ(entry->body.json(), draft.body);
  EXPECT_EQ(entry->sealed.json(), draft.sealed);
  EXPECT_EQ(entry->bytes, full_entry);
}

TEST(DecodeEntry, forgets_the_entry_read_before) {
  Entry entry;
  ASSERT_TRUE(decode_entry(full_entry, entry));
  const auto bare = encode_entry(0, some_time, some_id, "n1", {.kind = "ledger.opened", .actor = {.type = "system"}});
  ASSERT_TRUE(decode_entry(bare, entry));
  EXPECT_FALSE(entry.subject || entry.tx || entry.trace || entry.sealed);
  EXPECT_TRUE(entry.activity.empty() && entry.refs.empty() && entry.actor.org.empty());
}

struct Change {
  const char* name;
  std::string_view from;
  std::string_view to;
};
void PrintTo(const Change& change, std::ostream* out) {
  *out << change.name;
}

class RefusedEntry : public testing::TestWithParam<Change> {};

TEST_P(RefusedEntry, is_refused) {
  std::string bytes = full_entry;
  const auto at = bytes.find(GetParam().from);
  ASSERT_NE(at, std::string::npos);
  bytes.replace(at, GetParam().from.size(), GetParam().to);
  EXPECT_FALSE(decode_entry(bytes)) << bytes;
}

INSTANTIATE_TEST_SUITE_P(
    DecodeEntry, RefusedEntry,
    testing::Values(
        Change{"unknown_key", R"("seq":9)", R"("sea":1,"seq":9)"},
        Change{"last_unknown_key", R"("v":1)", R"("v":1,"w":1)"}, Change{"no_version", R"(,"v":1)", ""},
        Change{"other_version", R"("v":1)", R"("v":2)"}, Change{"no_kind", R"("kind":"transfer.held",)", ""},
        Change{"kind_without_dot", "transfer.held", "transferheld"},
        Change{"kind_upper_case", "transfer.held", "transfer.Held"},
        Change{"negative_seq", R"("seq":9)", R"("seq":-9)"}, Change{"float_seq", R"("seq":9)", R"("seq":9.0)"},
        Change{"text_seq", R"("seq":9)", R"("seq":"9")"}, Change{"no_millis", "00.123Z", "00Z"},
        Change{"offset", "00.123Z", "00.123+00:00"}, Change{"no_such_day", "2026-11-24", "2026-11-31"},
        Change{"no_such_hour", "T11:", "T24:"}, Change{"leap_second", ":00.123Z", ":60.123Z"},
        Change{"id_of_version_4", "-7abc-", "-4abc-"}, Change{"id_of_other_variant", "-8def-", "-cdef-"},
        Change{"id_upper_case", "019ab5d0", "019AB5D0"}, Change{"no_node", R"("node":"n1")", R"("node":"")"},
        Change{"actor_of_no_type", R"(,"type":"operator")", ""},
        Change{"actor_of_unknown_type", R"("type":"operator")", R"("type":"robot")"},
        Change{"actor_with_unknown_member", R"("op":"q7")", R"("name":"x","op":"q7")"},
        Change{"org_not_kbo", "0316380841", "fedasil"},
        Change{"empty_member", R"("role":"dispatcher")", R"("role":"")"},
        Change{"short_subject", "00112233445566778899aabbccddeeff", "00112233445566778899aabbccddee"},
        Change{"subject_upper_case", "ccddeeff", "CCDDEEFF"}, Change{"tx_not_uuid", "f47ac10b-", "f47ac10b0"},
        Change{"activity_without_version", "referral@3", "referral"}, Change{"empty_refs", "[1,5]", "[]"},
        Change{"ref_not_position", "[1,5]", "[1,\"5\"]"},
        Change{"body_not_object", R"({"reasons":["too-early"]})", "[]"},
        Change{"sealed_without_iv", R"(,"iv":"AAAAAAAAAAAAAAAA")", ""}, Change{"white_space", R"("v":1)", R"("v": 1)"},
        Change{"sealed_in_the_clear", "AAAAAAAAAAAAAAAAAAAAAAAA", "Jan Peeters, Gent, 1980."},
        Change{"sealed_with_bits_left_over", "AAAAAAAAAAAAAAAAAAAAAAAA", "AAAAAAAAAAAAAAAAAAAAAAB="},
        Change{"sealed_without_its_tag", R"("AAAAAAAAAAAAAAAAAAAAAAAA")", R"("AAAAAAAAAAAAAAAAAAAA")"},
        Change{"sealed_with_a_long_iv", R"("iv":"AAAA)", R"("iv":"AAAAAAAA)"},
        Change{"sealed_with_a_short_key", R"("dek":"AAAA)", R"("dek":")"},
        Change{"trailing", R"("v":1})", "\"v\":1}\n"}));

TEST(DecodeEntry, refuses_more_than_a_bundle_can_carry) {
  auto draft = full_draft();
  draft.body = ObjectWriter().string("x", std::string(65'535, 'a')).take();
  EXPECT_EQ(decode_entry(encode_entry(9, some_time, some_id, "n1", draft)).error().code, ErrorCode::too_large);
}

TEST(DecodeEntry, refuses_every_flipped_bit_or_reads_another_entry) {
  const std::string original = full_entry;
  for (std::size_t i = 0; i < original.size(); ++i) {
    auto bytes = original;
    bytes[i] = static_cast<char>(bytes[i] ^ 0x20);
    const auto entry = decode_entry(bytes);
    if (entry) EXPECT_EQ(entry->bytes, bytes);  // never repaired into something else
  }
}

TEST(Base64Size, says_of_every_text_what_decoding_says) {
  constexpr std::string_view characters = "AQgwBz09+/==-_. ";
  std::mt19937 random(11);  // NOLINT: the same every time
  std::size_t good = 0;
  for (int i = 0; i < 200'000; ++i) {
    std::string text;
    for (std::size_t length = random() % 9 * (i % 2 == 0 ? 1 : 4); text.size() < length;)
      text += characters[random() % (i % 3 == 0 ? characters.size() : 10)];
    for (std::size_t padding = random() % 3; padding > 0 && padding <= text.size(); --padding)
      text[text.size() - padding] = '=';
    const auto decoded = from_base64(text);
    const auto size = base64_size(text);
    ASSERT_EQ(size.has_value(), decoded.has_value()) << text;
    if (size) ASSERT_EQ(*size, decoded->size()) << text;
    good += size ? 1 : 0;
  }
  EXPECT_GT(good, 1000U);
}

}  // namespace
}  // namespace ketenpoort::ledger
