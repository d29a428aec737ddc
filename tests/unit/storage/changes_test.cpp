#include "gateway/storage/vault/changes.hpp"

#include <gtest/gtest.h>

namespace ketenpoort::storage {
namespace {

template <class T>
T round_trip(const T& row) {
  return std::get<T>(decode(encode(row)).value());
}

TEST(Changes, come_back_as_they_were_written) {
  const SubjectRef subject = random_bytes<16>();
  const auto subject_row = round_trip(StoredSubject{.subject = subject, .keys = {Bytes{1, 2}, Bytes{}, Bytes(60, 7)}});
  EXPECT_EQ(subject_row.subject, subject);
  EXPECT_EQ(subject_row.keys, (WrappedKeys{Bytes{1, 2}, Bytes{}, Bytes(60, 7)}));

  const auto identifier = round_trip(StoredIdentifier{.mark = sha256(as_bytes("m")), .subject = subject});
  EXPECT_EQ(identifier.mark, sha256(as_bytes("m")));
  EXPECT_EQ(identifier.subject, subject);

  const auto record =
      round_trip(StoredRecord{.record = new_uuid_v4(), .subject = subject, .sealed = Bytes(100'000, 9)});
  EXPECT_EQ(record.sealed, Bytes(100'000, 9));

  const auto payload = round_trip(
      StoredPayload{.transfer = new_uuid_v4(), .subject = subject, .content_type = "application/xml", .sealed = {}});
  EXPECT_EQ(payload.content_type, "application/xml");
  EXPECT_TRUE(payload.sealed.empty());

  const auto number = round_trip(
      StoredNumber{.mark = sha256(as_bytes("n")), .subject = subject, .reference = random_bytes<16>(), .state = 2});
  EXPECT_EQ(number.mark, sha256(as_bytes("n")));
  EXPECT_EQ(number.subject, subject);
  EXPECT_NE(number.reference, SubjectRef{});
  EXPECT_EQ(number.state, 2);

  const Uuid transfer = new_uuid_v4();
  EXPECT_EQ(round_trip(DroppedPayload{.transfer = transfer}).transfer, transfer);

  const Timestamp expires{std::chrono::milliseconds{1'795'518'000'123}};
  const auto reply = round_trip(StoredReply{.key = sha256(as_bytes("k")),
                                            .body_digest = sha256(as_bytes("b")),
                                            .status = 422,
                                            .expires = expires,
                                            .sealed = {3}});
  EXPECT_EQ(reply.body_digest, sha256(as_bytes("b")));
  EXPECT_EQ(reply.status, 422);
  EXPECT_EQ(reply.expires, expires);
  EXPECT_EQ(reply.sealed, Bytes{3});
}

TEST(Changes, that_are_cut_anywhere_in_their_fixed_part_are_refused) {
  const Change rows[] = {StoredSubject{.subject = {}, .keys = {Bytes(5), Bytes(5), Bytes(5)}},
                         StoredIdentifier{},
                         StoredRecord{},
                         StoredPayload{.transfer = {}, .subject = {}, .content_type = "text/plain", .sealed = {}},
                         DroppedPayload{},
                         StoredReply{},
                         StoredNumber{}};
  for (const auto& row : rows) {
    auto whole = encode(row);
    while (!whole.bytes.empty()) {
      whole.bytes.pop_back();
      const auto read = decode(whole);
      ASSERT_FALSE(read) << row.index() << " at " << whole.bytes.size();
      EXPECT_EQ(read.error().code, ErrorCode::malformed);
    }
  }
}

TEST(Changes, of_a_newer_program_are_refused) {
  const auto read = decode({.kind = 200, .bytes = "anything"});
  ASSERT_FALSE(read);
  EXPECT_EQ(read.error().code, ErrorCode::malformed);
}

}  // namespace
}  // namespace ketenpoort::storage
