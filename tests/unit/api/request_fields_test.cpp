#include "gateway/api/http/request_fields.hpp"

#include <gtest/gtest.h>

#include "gateway/base/digest.hpp"
#include "gateway/base/sha512.hpp"

namespace ketenpoort::api {
namespace {

std::string sha_256(std::string_view body) {
  return "sha-256=:" + to_base64(sha256(as_bytes(body))) + ":";
}
std::string sha_512(std::string_view body) {
  Sha512 hash;
  hash.add(as_bytes(body));
  return "sha-512=:" + to_base64(hash.finish()) + ":";
}

Request with(Headers headers, std::string body = "body") {
  Request request;
  request.method = "POST";
  request.headers = std::move(headers);
  request.body = std::move(body);
  return request;
}

// The field complained of; empty: none.
std::string complaint(const Request& request) {
  const auto checked = check_request_fields(request);
  if (checked) return {};
  EXPECT_EQ(checked.error().code, ErrorCode::invalid_input);
  EXPECT_EQ(checked.error().issues.size(), 1U);
  return checked.error().issues.front().where;
}

TEST(RequestFields, take_one_key_of_1_to_255_printable_characters) {
  for (const std::string& key : {std::string("k-1"), std::string("\"quoted key\""), std::string(255, 'k')})
    EXPECT_EQ(complaint(with({{"idempotency-key", key}})), "") << key;
  for (const std::string& key : {std::string(), std::string(256, 'k'), std::string("caf\xc3\xa9"), std::string("a\tb")})
    EXPECT_EQ(complaint(with({{"idempotency-key", key}})), "Idempotency-Key") << key;
  EXPECT_EQ(complaint(with({{"idempotency-key", "a"}, {"idempotency-key", "a"}})), "Idempotency-Key");
}

TEST(RequestFields, take_the_body_that_its_digest_was_made_of) {
  EXPECT_EQ(complaint(with({})), "");
  for (const auto& value : {sha_256("body"), sha_512("body"), sha_256("body") + ", " + sha_512("body"),
                            "md5=:AAAA:, " + sha_256("body"), std::string("unixsum=:AAAA:")})
    EXPECT_EQ(complaint(with({{"content-digest", value}})), "") << value;
  EXPECT_EQ(complaint(with({{"content-digest", sha_256("")}}, "")), "");
}

TEST(RequestFields, refuse_a_digest_of_another_body_or_none) {
  for (const auto& value : {sha_256("other"), sha_512("other"), sha_256("body") + ", " + sha_512("other"),
                            sha_256("body") + "," + sha_256("other"), std::string("sha-256=:AAAA:"),
                            std::string("sha-256=AAAA"), std::string("sha-256=::x:"), std::string(""),
                            std::string("junk"), std::string("=:AAAA:"), sha_256("body") + ","})
    EXPECT_EQ(complaint(with({{"content-digest", value}})), "Content-Digest") << value;
  EXPECT_EQ(complaint(with({{"content-digest", sha_256("body")}, {"content-digest", sha_256("other")}})),
            "Content-Digest");
}

class StreamedBody : public testing::Test {
 protected:
  // The status that the sender gets.
  int send(const std::string& digest, const std::vector<std::string>& pieces) {
    auto request = with({{"content-digest", digest}}, {});
    request.streamed = true;
    if (!check_request_fields(request)) return 400;
    Reply last;
    const auto keep = [&last](Reply reply) { last = std::move(reply); };
    const auto reply = compare_digest_of_stream(request, keep);
    reply({.status = 100, .content_type = {}, .body = {}, .take = [this](std::string piece, ReplyTo next) {
             taken_ += piece;
             ended_ = piece.empty();
             next({.status = ended_ ? 202 : 100, .content_type = {}, .body = {}});
           }});
    const auto take = std::move(last.take);
    for (const auto& piece : pieces) take(piece, keep);
    take({}, keep);
    return last.status;
  }
  std::string taken_;
  bool ended_ = false;
};

TEST_F(StreamedBody, is_taken_when_it_is_what_its_digest_was_made_of) {
  EXPECT_EQ(send(sha_256("one two"), {"one", " two"}), 202);
  EXPECT_EQ(taken_, "one two");
  EXPECT_TRUE(ended_);
  EXPECT_EQ(send(sha_512("one two"), {"one two"}), 202);
  EXPECT_EQ(send("md5=:AAAA:", {"one two"}), 202);
}

TEST_F(StreamedBody, that_is_another_never_ends_for_the_route) {
  EXPECT_EQ(send(sha_256("one two"), {"one", " tw"}), 400);
  EXPECT_FALSE(ended_);
  EXPECT_EQ(send("junk", {}), 400);
}

}  // namespace
}  // namespace ketenpoort::api
