#include "gateway/ledger/checkpoint/cosignature.hpp"

#include <gtest/gtest.h>

#include "gateway/ledger/checkpoint/note.hpp"

namespace ketenpoort::ledger {
namespace {

constexpr std::string_view body = "example.org/log\n17\nCsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=\n";
constexpr CosignTime noon{std::chrono::seconds{1'795'518'000}};

WitnessSigner witness(std::uint8_t seed, std::string_view name = "witness.example.org/w1") {
  std::array<std::uint8_t, 32> bytes{};
  bytes.fill(seed);
  return WitnessSigner::from_seed(name, bytes).value();
}

// A key somebody else made (the public witness remora.n621.de): its id is hashed over type 0x04.
TEST(WitnessKey, reads_the_vkey_of_a_witness_that_exists) {
  constexpr std::string_view vkey = "remora.n621.de+da77ade7+BOvN63jn/bLvkieywe8R6UYAtVtNbZpXh34x7onlmtw2";
  const auto key = WitnessKey::parse(vkey);
  ASSERT_TRUE(key) << key.error().message;
  EXPECT_EQ(key->name(), "remora.n621.de");
  EXPECT_EQ(key->id(), 0xda77ade7U);
  EXPECT_EQ(key->text(), vkey);
  EXPECT_FALSE(VerifierKey::parse(vkey)) << "a witness's key must not pass for a log's";
  EXPECT_FALSE(WitnessKey::parse("remora.n621.de+da77ade8+BOvN63jn/bLvkieywe8R6UYAtVtNbZpXh34x7onlmtw2"));
}

TEST(WitnessKey, of_a_log_is_refused) {
  EXPECT_FALSE(WitnessKey::parse("PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW"));
}

TEST(WitnessSigner, is_read_back_from_its_text) {
  const auto signer = witness(3);
  const auto again = WitnessSigner::parse(signer.secret_text() + "\n");
  ASSERT_TRUE(again);
  EXPECT_EQ(again->cosign(body, noon), signer.cosign(body, noon));
  EXPECT_FALSE(WitnessSigner::parse(SigningKey::generate("a")->secret_text()));
  EXPECT_FALSE(SigningKey::parse(signer.secret_text()));
  EXPECT_FALSE(WitnessSigner::generate("two words"));
}

TEST(Cosignature, verifies_with_its_time) {
  const auto signer = witness(3);
  const auto line = signer.cosign(body, noon);
  EXPECT_TRUE(line.starts_with("\xE2\x80\x94 witness.example.org/w1 "));
  EXPECT_EQ(signer.key().verify(body, line).value(), noon);
}

TEST(Cosignature, of_another_body_time_or_key_does_not_verify) {
  const auto signer = witness(3);
  const auto line = signer.cosign(body, noon);
  EXPECT_EQ(signer.key().verify("example.org/log\n18\n", line).error().code, ErrorCode::crypto);
  EXPECT_EQ(witness(4).key().verify(body, line).error().code, ErrorCode::not_found);
  EXPECT_EQ(witness(3, "other").key().verify(body, line).error().code, ErrorCode::not_found);
  for (std::size_t at = 0; at < line.size(); ++at) {
    auto damaged = line;
    damaged[at] = static_cast<char>(damaged[at] ^ 1);
    EXPECT_FALSE(signer.key().verify(body, damaged)) << at;
  }
}

TEST(Cosignature, is_not_what_a_log_signs_with_the_same_key) {
  std::array<std::uint8_t, 32> seed{};
  seed.fill(3);
  const auto log = SigningKey::from_seed("witness.example.org/w1", seed).value();
  const auto note = sign_note(body, log).value();
  const auto line = note.substr(note.find("\xE2\x80\x94"));
  EXPECT_EQ(witness(3).key().verify(body, line.substr(0, line.size() - 1)).error().code, ErrorCode::not_found);
}

TEST(FindCosignatures, takes_one_of_each_known_witness_the_newest) {
  const auto first = witness(1, "w1");
  const auto second = witness(2, "w2");
  const auto stranger = witness(9, "w9");
  const std::vector keys = {first.key(), second.key()};
  const auto later = first.cosign(body, noon + std::chrono::seconds{5});
  const auto lines = first.cosign(body, noon) + "\n" + stranger.cosign(body, noon) + "\n" + later + "\n" +
                     second.cosign(body, noon) + "\n";
  const auto found = find_cosignatures(body, lines, keys);
  ASSERT_TRUE(found) << found.error().message;
  ASSERT_EQ(found->size(), 2U);
  EXPECT_EQ((*found)[0].line, later);
  EXPECT_EQ((*found)[0].witness, 0U);
  EXPECT_EQ((*found)[1].witness, 1U);
  EXPECT_TRUE(find_cosignatures(body, "", keys)->empty());
}

TEST(FindCosignatures, refuses_a_false_one_and_what_is_no_line) {
  const auto first = witness(1, "w1");
  const std::vector keys = {first.key()};
  EXPECT_EQ(find_cosignatures(body, first.cosign("other\n", noon) + "\n", keys).error().code, ErrorCode::crypto);
  EXPECT_EQ(find_cosignatures(body, first.cosign(body, noon), keys).error().code, ErrorCode::malformed);
  EXPECT_EQ(find_cosignatures(body, "hello\n", keys).error().code, ErrorCode::malformed);
  std::string many;
  for (int i = 0; i < 65; ++i) many += first.cosign(body, noon) + "\n";
  EXPECT_EQ(find_cosignatures(body, many, keys).error().code, ErrorCode::malformed);
}

}  // namespace
}  // namespace ketenpoort::ledger
