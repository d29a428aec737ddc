#include "gateway/ledger/history/key_history.hpp"

#include <gtest/gtest.h>

#include "gateway/ledger/entry/entry.hpp"
#include "gateway/ledger/tree/tree.hpp"
#include "gateway/ledger/writer/signers.hpp"
#include "tests/support/ledger_folder.hpp"

namespace ketenpoort::ledger {
namespace {

using test::test_key;

KeyHistory opened(const SigningKey& key) {
  KeyHistory keys;
  EXPECT_TRUE(keys.open(key.verifier().name(), key.verifier().text()));
  return keys;
}

std::string entry_of(std::uint64_t seq, std::string_view kind, std::string body) {
  EntryDraft draft;
  draft.kind = kind;
  draft.actor = {"system", "0123456749", "gateway", {}};
  draft.body = std::move(body);
  UuidV7Source ids;
  return encode_entry(seq, Timestamp{}, ids.next(Timestamp{}), "node-1", draft);
}

TEST(KeyHistory, follows_rotations_by_size) {
  auto keys = opened(test_key(1));
  ASSERT_TRUE(keys.rotate(9, make_rotation(9, test_key(1), test_key(2))));
  ASSERT_TRUE(keys.rotate(20, make_rotation(20, test_key(2), test_key(3))));
  EXPECT_EQ(keys.at_size(0).text(), test_key(1).verifier().text());
  EXPECT_EQ(keys.at_size(9).text(), test_key(1).verifier().text());
  EXPECT_EQ(keys.at_size(10).text(), test_key(2).verifier().text());
  EXPECT_EQ(keys.at_size(20).text(), test_key(2).verifier().text());
  EXPECT_EQ(keys.at_size(21).text(), test_key(3).verifier().text());
  EXPECT_EQ(keys.current().text(), test_key(3).verifier().text());
  EXPECT_TRUE(keys.holds(test_key(1).verifier().text()));
  EXPECT_FALSE(keys.holds(test_key(4).verifier().text()));
}

TEST(KeyHistory, refuses_a_rotation_that_is_not_signed_by_both_for_this_place) {
  const auto good = make_rotation(9, test_key(1), test_key(2));
  auto keys = opened(test_key(1));
  EXPECT_FALSE(keys.rotate(10, good)) << "it was signed for another place";
  for (auto member : {&KeyRotated::old_signature, &KeyRotated::new_signature}) {
    auto forged = good;
    forged.*member = make_rotation(8, test_key(1), test_key(2)).*member;
    EXPECT_EQ(keys.rotate(9, forged).error().code, ErrorCode::crypto);
    forged.*member = "no base64";
    EXPECT_EQ(keys.rotate(9, forged).error().code, ErrorCode::crypto);
  }
  auto swapped = good;
  std::swap(swapped.old_signature, swapped.new_signature);
  EXPECT_EQ(keys.rotate(9, swapped).error().code, ErrorCode::crypto);
  EXPECT_EQ(keys.periods().size(), 1U);
  EXPECT_TRUE(keys.rotate(9, good));
}

TEST(KeyHistory, refuses_keys_of_others_and_keys_used_before) {
  auto keys = opened(test_key(1));
  EXPECT_FALSE(keys.rotate(5, make_rotation(5, test_key(2), test_key(3)))) << "the old key is not in use";
  std::array<std::uint8_t, 32> seed{};
  const auto stranger = SigningKey::from_seed("elsewhere", seed).value();
  EXPECT_FALSE(keys.rotate(5, make_rotation(5, test_key(1), stranger)));
  ASSERT_TRUE(keys.rotate(5, make_rotation(5, test_key(1), test_key(2))));
  EXPECT_FALSE(keys.rotate(6, make_rotation(6, test_key(2), test_key(1)))) << "back to a key that was given up";
  auto other = make_rotation(6, test_key(2), test_key(3));
  other.algorithm = "RSA";
  EXPECT_FALSE(keys.rotate(6, other));
}

TEST(KeyHistory, opens_only_with_a_key_of_the_origin) {
  KeyHistory keys;
  EXPECT_FALSE(keys.open("elsewhere", test_key(1).verifier().text()));
  EXPECT_FALSE(keys.open("example.org/log", "example.org/log+00000000+AAAA"));
}

TEST(OpenCheckpoint, wants_the_key_of_its_size) {
  auto keys = opened(test_key(1));
  ASSERT_TRUE(keys.rotate(9, make_rotation(9, test_key(1), test_key(2))));
  const auto signed_by = [](std::uint64_t size, const SigningKey& key) {
    return sign_checkpoint({"example.org/log", size, empty_root()}, key).value();
  };
  EXPECT_TRUE(open_checkpoint(signed_by(9, test_key(1)), keys));
  EXPECT_TRUE(open_checkpoint(signed_by(10, test_key(2)), keys));
  EXPECT_FALSE(open_checkpoint(signed_by(10, test_key(1)), keys)) << "the old key signs nothing new";
  EXPECT_FALSE(open_checkpoint(signed_by(9, test_key(2)), keys));
  EXPECT_FALSE(open_checkpoint(signed_by(0, test_key(1)), KeyHistory())) << "of a log that names no key";
}

TEST(ReadKeyHistory, follows_the_entries_of_a_folder) {
  const auto opened_body = encode_body(LedgerOpened{"example.org/log", "ketenpoort 1", test_key(1).verifier().text()});
  std::vector<std::string> entries = {entry_of(0, LedgerOpened::kind, opened_body)};
  entries.push_back(entry_of(1, ClockAnomaly::kind, encode_body(ClockAnomaly{5})));
  entries.push_back(entry_of(2, KeyRotated::kind, encode_body(make_rotation(2, test_key(1), test_key(2)))));
  const test::LedgerFolder folder;
  test::LedgerFolder writable;
  writable.write(entries, {3}, test_key(2));
  const auto keys = read_key_history(writable.path(), 3);
  ASSERT_TRUE(keys) << keys.error().message;
  EXPECT_EQ(keys->current().text(), test_key(2).verifier().text());
  EXPECT_EQ(read_key_history(writable.path(), 2)->current().text(), test_key(1).verifier().text());
  EXPECT_FALSE(read_key_history(folder.path(), 1));
}

TEST(Signers, sign_by_the_key_of_each_size_as_entries_pass) {
  Signers signers(opened(test_key(1)), {test_key(1)});
  signers.add(test_key(2));
  const auto rotation = entry_of(4, KeyRotated::kind, encode_body(make_rotation(4, test_key(1), test_key(2))));
  ASSERT_TRUE(signers.follow(3, entry_of(3, ClockAnomaly::kind, encode_body(ClockAnomaly{5}))));
  EXPECT_EQ(signers.for_size(5)->verifier().text(), test_key(1).verifier().text());
  ASSERT_TRUE(signers.follow(4, rotation));
  ASSERT_TRUE(signers.follow(4, rotation)) << "met again after a failed publication";
  EXPECT_EQ(signers.for_size(4)->verifier().text(), test_key(1).verifier().text());
  EXPECT_EQ(signers.for_size(5)->verifier().text(), test_key(2).verifier().text());
}

TEST(Signers, say_when_the_key_is_not_at_hand) {
  const Signers signers(opened(test_key(1)), {test_key(2)});
  EXPECT_EQ(signers.for_size(1).error().code, ErrorCode::config);
}

}  // namespace
}  // namespace ketenpoort::ledger
