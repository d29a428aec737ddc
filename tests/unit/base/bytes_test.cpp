#include "gateway/base/bytes.hpp"

#include <gtest/gtest.h>

#include <algorithm>

#include "gateway/base/aead.hpp"
#include "gateway/base/digest.hpp"
#include "gateway/base/utf8.hpp"
#include "gateway/base/uuid.hpp"

namespace ketenpoort {
namespace {

TEST(Base64, round_trips_every_length) {
  for (std::size_t n = 0; n < 70; ++n) {
    Bytes data(n);
    fill_random(data);
    EXPECT_EQ(from_base64(to_base64(data)), data);
    EXPECT_EQ(from_base64url(to_base64url(data)), data);
    EXPECT_EQ(from_hex(to_hex(data)), data);
  }
}

TEST(Base64, refuses_every_second_spelling) {
  EXPECT_TRUE(from_base64("AA=="));
  for (const char* bad : {"AB==", "AAB=", "AA=", "AA", "A===", "AA==\n", " AA==", "AA-_", "===="})
    EXPECT_FALSE(from_base64(bad)) << bad;
  EXPECT_FALSE(from_base64url("AB"));
  EXPECT_FALSE(from_base64url("AA=="));
}

TEST(Digest, matches_the_published_vectors) {
  EXPECT_EQ(to_hex(sha256(as_bytes("abc"))), "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
  const Bytes key(20, 0x0b);  // RFC 4231 test case 1
  const Bytes other(20, 0xaa);
  EXPECT_NE(hmac_sha256(other, as_bytes("Hi There")), hmac_sha256(key, as_bytes("Hi There")));
  EXPECT_EQ(hmac_sha256(key, as_bytes("Hi There")), hmac_sha256(key, as_bytes("Hi There")));
  EXPECT_EQ(to_hex(hmac_sha256(key, as_bytes("Hi There"))),
            "b0344c61d8db38535ca8afceaf0bf12b881dc200c9833da726e9376c2e32cff7");
}

TEST(Aead, opens_only_with_the_same_key_context_and_bytes) {
  const AeadKey key = random_bytes<32>();
  const auto sealed = seal(key, as_bytes("geheim"), as_bytes("record 1"));
  EXPECT_EQ(as_text(open_sealed(key, sealed, as_bytes("record 1")).value()), "geheim");
  EXPECT_FALSE(open_sealed(key, sealed, as_bytes("record 2")));
  EXPECT_FALSE(open_sealed(random_bytes<32>(), sealed, as_bytes("record 1")));
  for (std::size_t i = 0; i < sealed.size(); ++i) {
    auto changed = sealed;
    changed[i] ^= 1;
    EXPECT_FALSE(open_sealed(key, changed, as_bytes("record 1"))) << i;
  }
}

// Test case 16 of McGrew and Viega, which NIST took over. One context serves a thread's calls, also those that fail.
TEST(Aead, opens_what_others_sealed_also_after_what_did_not_open) {
  AeadKey key{};
  std::ranges::copy(*from_hex("feffe9928665731c6d6a8f9467308308feffe9928665731c6d6a8f9467308308"), key.begin());
  const auto context = *from_hex("feedfacedeadbeeffeedfacedeadbeefabaddad2");
  const auto sealed = *from_hex(
      "cafebabefacedbaddecaf888"
      "522dc1f099567d07f47f37a32a84427d643a8cdcbfe5c0c97598a2bd2555d1aa"
      "8cb08e48590dbb3da7b08b1056828838c5f61e6393ba7a0abcc9f662"
      "76fc6ece0f4e1768cddf8853bb2d551b");
  EXPECT_FALSE(open_sealed(key, sealed, as_bytes("another")));
  EXPECT_EQ(to_hex(open_sealed(key, sealed, context).value()),
            "d9313225f88406e5a55909c5aff5269a86a7a9531534f7da2e4c303d8a318a72"
            "1c3c0c95956809532fcf0e2449a6b525b16aedf5aa0de657ba637b39");
}

TEST(UuidV7, increases_within_a_millisecond_and_when_the_clock_goes_back) {
  UuidV7Source source;
  const Timestamp now{std::chrono::milliseconds{1'800'000'000'000}};
  Uuid last = source.next(now);
  for (int i = 0; i < 20'000; ++i) {
    const Uuid next = source.next(now - std::chrono::milliseconds{i % 3});
    ASSERT_LT(last, next);
    ASSERT_EQ(next.bytes[6] >> 4, 7);
    ASSERT_EQ(next.bytes[8] >> 6, 2);
    last = next;
  }
  EXPECT_EQ(parse_uuid(last.text()), last);
}

TEST(UuidV7, is_followed_by_the_next_one_that_leaves_version_and_variant_alone) {
  EXPECT_EQ(following(*parse_uuid("00000000-0000-7000-8000-000000000001")).text(),
            "00000000-0000-7000-8000-000000000002");
  EXPECT_EQ(following(*parse_uuid("00000000-0000-7000-bfff-ffffffffffff")).text(),
            "00000000-0000-7001-8000-000000000000");
  EXPECT_EQ(following(*parse_uuid("00000000-0000-7fff-bfff-ffffffffffff")).text(),
            "00000000-0001-7000-8000-000000000000");
}

TEST(Utf8, accepts_exactly_the_well_formed) {
  EXPECT_TRUE(is_valid_utf8("Poelkapelle, Ḥalabī, الحلبي, 𐀀 and sixteen more ASCII bytes"));
  for (const std::string bad : {"\xC0\xAF", "\xE0\x80\xAF", "\xED\xA0\x80", "\xF4\x90\x80\x80", "\xF8\x88\x80\x80\x80",
                                "a\x80", "\xE2\x82", "\xC3"})
    EXPECT_FALSE(is_valid_utf8(bad)) << to_hex(as_bytes(bad));
}

TEST(Nfc, composes_what_was_decomposed) {
  EXPECT_EQ(to_nfc("e\xCC\x81").value(), "\xC3\xA9");
  EXPECT_TRUE(is_surely_nfc("Mu\xC3\xB1oz"));
  for (int byte = 0; byte < 256; ++byte)  // at every place of a word
    for (std::size_t at = 0; at < 11; ++at) {
      std::string text(11, '\xCB');
      text[at] = static_cast<char>(byte);
      EXPECT_EQ(is_surely_nfc(text), byte < 0xCC) << byte << " at " << at;
    }
}

}  // namespace
}  // namespace ketenpoort
