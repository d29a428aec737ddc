#include "gateway/ledger/checkpoint/timestamp.hpp"

#include <gtest/gtest.h>

#include "tests/support/time_stamping.hpp"

namespace ketenpoort::ledger {
namespace {

using test::TimeStamping;

Digest imprint_of(std::string_view text) {
  return sha256(as_bytes(text));
}

TimestampRoots roots_of(const TimeStamping& authority) {
  return TimestampRoots::from_pem(authority.roots()).value();
}

TEST(Timestamp, that_was_asked_for_is_accepted_and_holds_later) {
  const TimeStamping authority;
  const auto request = make_timestamp_request(imprint_of("checkpoint"));
  const auto token = accept_timestamp(authority.answer(request.der), request, roots_of(authority));
  ASSERT_TRUE(token) << token.error().message;
  const auto facts = verify_timestamp(*token, imprint_of("checkpoint"), roots_of(authority));
  ASSERT_TRUE(facts) << facts.error().message;
  EXPECT_EQ(facts->authority, "Test TSA");
  EXPECT_EQ(facts->serial, "1267");
  const auto age = Clock().now() - facts->time;
  EXPECT_LT(age, std::chrono::seconds{10});
  EXPECT_GE(age, std::chrono::seconds{0});
  EXPECT_EQ(read_timestamp(*token, imprint_of("checkpoint"))->time, facts->time);
}

TEST(Timestamp, requests_are_all_different) {
  EXPECT_NE(make_timestamp_request(Digest{}).der, make_timestamp_request(Digest{}).der);
}

TEST(Timestamp, over_something_else_is_refused) {
  const TimeStamping authority;
  const auto request = make_timestamp_request(imprint_of("one"));
  const auto token = accept_timestamp(authority.answer(request.der), request, roots_of(authority)).value();
  EXPECT_EQ(verify_timestamp(token, imprint_of("other"), roots_of(authority)).error().code, ErrorCode::crypto);
  EXPECT_EQ(read_timestamp(token, imprint_of("other")).error().code, ErrorCode::crypto);
  const auto other = make_timestamp_request(imprint_of("other"));
  EXPECT_EQ(accept_timestamp(authority.answer(other.der), request, roots_of(authority)).error().code,
            ErrorCode::crypto);
}

TEST(Timestamp, answering_an_earlier_request_is_refused) {
  const TimeStamping authority;
  const auto earlier = make_timestamp_request(imprint_of("one"));
  const auto now = make_timestamp_request(imprint_of("one"));
  const auto refused = accept_timestamp(authority.answer(earlier.der), now, roots_of(authority));
  EXPECT_EQ(refused.error().code, ErrorCode::crypto);
  EXPECT_NE(refused.error().message.find("nonce"), std::string::npos) << refused.error().message;
}

TEST(Timestamp, of_a_stranger_is_refused) {
  const TimeStamping authority;
  const TimeStamping stranger;
  const auto request = make_timestamp_request(imprint_of("one"));
  const auto answer = stranger.answer(request.der);
  EXPECT_EQ(accept_timestamp(answer, request, roots_of(authority)).error().code, ErrorCode::crypto);
  const auto token = accept_timestamp(answer, request, roots_of(stranger)).value();
  EXPECT_EQ(verify_timestamp(token, imprint_of("one"), roots_of(authority)).error().code, ErrorCode::crypto);
  EXPECT_TRUE(read_timestamp(token, imprint_of("one")));
}

// What counts later is the time of the token; what counts when it is asked for is now.
TEST(Timestamp, under_a_certificate_that_has_expired) {
  const auto in_its_time = (Clock().now() - std::chrono::hours{30}).time_since_epoch() / std::chrono::seconds{1};
  const TimeStamping authority(
      {.ca_from = std::chrono::hours{-48}, .ca_until = std::chrono::hours{-24}, .seconds_since_epoch = in_its_time});
  const auto request = make_timestamp_request(imprint_of("one"));
  const auto refused = accept_timestamp(authority.answer(request.der), request, roots_of(authority));
  EXPECT_EQ(refused.error().code, ErrorCode::crypto);

  const TimeStamping lapsed({.ca_from = std::chrono::hours{-48}, .ca_until = std::chrono::hours{-24}});
  const auto now_stamped = lapsed.answer(request.der);
  EXPECT_EQ(accept_timestamp(now_stamped, request, roots_of(lapsed)).error().code, ErrorCode::crypto);
}

Bytes token_of(const Bytes& response) {
  const auto* at = response.data();
  TS_RESP* parsed = d2i_TS_RESP(nullptr, &at, static_cast<long>(response.size()));
  unsigned char* raw = nullptr;
  const int size = i2d_PKCS7(TS_RESP_get_token(parsed), &raw);
  Bytes out(raw, raw + size);
  OPENSSL_free(raw);
  TS_RESP_free(parsed);
  return out;
}

TEST(Timestamp, is_judged_at_its_own_time) {
  const auto in_its_time = (Clock().now() - std::chrono::hours{30}).time_since_epoch() / std::chrono::seconds{1};
  const TimeStamping then(
      {.ca_from = std::chrono::hours{-48}, .ca_until = std::chrono::hours{-24}, .seconds_since_epoch = in_its_time});
  const TimeStamping after({.ca_from = std::chrono::hours{-48}, .ca_until = std::chrono::hours{-24}});
  const auto request = make_timestamp_request(imprint_of("one"));
  EXPECT_TRUE(verify_timestamp(token_of(then.answer(request.der)), imprint_of("one"), roots_of(then)));
  EXPECT_EQ(verify_timestamp(token_of(after.answer(request.der)), imprint_of("one"), roots_of(after)).error().code,
            ErrorCode::crypto);
}

TEST(Timestamp, that_is_cut_or_carries_more_is_refused) {
  const TimeStamping authority;
  const auto request = make_timestamp_request(imprint_of("one"));
  const auto answer = authority.answer(request.der);
  for (std::size_t size = 0; size < answer.size(); ++size)
    ASSERT_FALSE(accept_timestamp(ByteView(answer).first(size), request, roots_of(authority))) << size;
  auto longer = answer;
  longer.push_back(0);
  EXPECT_EQ(accept_timestamp(longer, request, roots_of(authority)).error().code, ErrorCode::malformed);
}

TEST(Timestamp, with_any_bit_changed_is_refused_or_says_the_same) {
  const TimeStamping authority;
  const auto roots = roots_of(authority);
  const auto request = make_timestamp_request(imprint_of("one"));
  const auto token = token_of(authority.answer(request.der));
  const auto good = verify_timestamp(token, imprint_of("one"), roots).value();
  std::size_t passed = 0;
  for (std::size_t at = 0; at < token.size(); ++at) {
    auto damaged = token;
    damaged[at] ^= 1;
    const auto facts = verify_timestamp(damaged, imprint_of("one"), roots);
    if (!facts) continue;
    ++passed;  // a bit that no signature covers, as in the list of digest algorithms
    EXPECT_EQ(facts->time, good.time) << at;
    EXPECT_EQ(facts->serial, good.serial) << at;
  }
  EXPECT_LT(passed, token.size() / 20);
}

TEST(TimestampRoots, must_be_certificates) {
  EXPECT_EQ(TimestampRoots::from_pem("").error().code, ErrorCode::config);
  EXPECT_EQ(TimestampRoots::from_pem("-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n").error().code,
            ErrorCode::config);
}

}  // namespace
}  // namespace ketenpoort::ledger
