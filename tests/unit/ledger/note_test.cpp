#include "gateway/ledger/checkpoint/note.hpp"

#include <gtest/gtest.h>

#include "tests/unit/ledger/vectors.hpp"

namespace ketenpoort::ledger {
namespace {

SigningKey fixed_key(std::string_view name) {
  std::array<std::uint8_t, 32> seed{};
  seed[0] = 0x11;
  return *SigningKey::from_seed(name, seed);
}

TEST(SigningKey, is_read_back_from_its_text) {
  const auto key = *SigningKey::generate("example.be/log");
  const auto again = SigningKey::parse(key.secret_text() + "\n");
  ASSERT_TRUE(again);
  EXPECT_EQ(again->verifier().text(), key.verifier().text());
  EXPECT_EQ(again->sign("x"), key.sign("x"));
}

TEST(SigningKey, refuses_names_that_would_not_stand_in_a_signature_line) {
  for (const auto* name : {"", "two words", "a+b", "a\nb",
                           "a\xC2\xA0"
                           "b",
                           "a\xE3\x80\x80"
                           "b",
                           "\xFF"})
    EXPECT_EQ(SigningKey::generate(name).error().code, ErrorCode::config) << name;
}

TEST(VerifierKey, refuses_a_text_that_is_not_one) {
  const auto good = fixed_key("n").verifier().text();
  EXPECT_TRUE(VerifierKey::parse(good));
  auto other_id = good;
  other_id[2] = other_id[2] == '0' ? '1' : '0';
  EXPECT_FALSE(VerifierKey::parse(other_id));
  EXPECT_FALSE(VerifierKey::parse(good.substr(0, good.size() - 4)));
  EXPECT_FALSE(VerifierKey::parse("n"));
  EXPECT_FALSE(VerifierKey::parse(""));
  EXPECT_FALSE(SigningKey::parse(good));
}

TEST(Note, opens_with_the_key_that_signed_it) {
  const auto key = fixed_key("example.be/log");
  const auto note = *sign_note("a\n\nb\n", key);
  EXPECT_EQ(*open_note(note, std::array{key.verifier()}), "a\n\nb\n");
}

TEST(Note, passes_over_unknown_signatures_but_not_false_ones) {
  const auto key = fixed_key("one");
  const auto stranger = *SigningKey::generate("two");
  const auto by_key = *sign_note("text\n", key);
  const auto by_stranger = *sign_note("text\n", stranger);
  const auto both = by_key + by_stranger.substr(by_stranger.find("\xE2\x80\x94"));
  EXPECT_TRUE(open_note(both, std::array{key.verifier()}));
  EXPECT_TRUE(open_note(both, std::array{key.verifier(), stranger.verifier()}));
  EXPECT_EQ(open_note(by_stranger, std::array{key.verifier()}).error().code, ErrorCode::crypto);
  const auto elsewhere = *sign_note("other\n", stranger);
  const auto one_false = by_key + elsewhere.substr(elsewhere.find("\xE2\x80\x94"));
  EXPECT_EQ(open_note(one_false, std::array{key.verifier(), stranger.verifier()}).error().code, ErrorCode::crypto);
}

TEST(Note, with_any_byte_changed_does_not_open) {
  const auto key = fixed_key("example.be/log");
  const auto good = *sign_note("origin\n12\n", key);
  for (std::size_t i = 0; i < good.size(); ++i) {
    auto note = good;
    note[i] = static_cast<char>(note[i] ^ 1);
    EXPECT_FALSE(open_note(note, std::array{key.verifier()})) << i;
  }
}

TEST(Note, is_not_signed_over_control_characters_or_half_lines) {
  const auto key = fixed_key("n");
  EXPECT_FALSE(sign_note("a\tb\n", key));
  EXPECT_FALSE(sign_note("a", key));
  EXPECT_FALSE(sign_note("\xFF\n", key));
}

TEST(Note, agrees_with_the_published_vectors) {
  const auto folder = vectors_folder();
  if (!folder) GTEST_SKIP() << "KETENPOORT_VECTORS names no folder";
  const auto document = read_json_vector(*folder / "notes/signed_notes.json");
  int seen = 0;
  for (const auto v : document.root().elements()) {
    std::vector<VerifierKey> keys;
    for (const auto vkey : v.find("vkeys").elements()) keys.push_back(*VerifierKey::parse(*vkey.as_string()));
    const auto text = open_note(text_in(v, "note"), keys);
    EXPECT_EQ(text.has_value(), v.find("want_ok").as_bool().value()) << text_in(v, "desc");
    ++seen;
  }
  EXPECT_GE(seen, 10);
}

}  // namespace
}  // namespace ketenpoort::ledger
