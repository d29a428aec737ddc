#include "adapters/recall_push.hpp"

#include <gmock/gmock.h>

#include "adapters/content_digest.hpp"

namespace ketenpoort::adapters {
namespace {

using Kind = RecallVerdict::Kind;

RecallVerdict judged(int status, std::string body, Headers headers = {}) {
  return judge_recall({status, std::move(headers), std::move(body)});
}

TEST(PushRecall, carries_what_every_partner_is_promised) {
  const RecallDelivery delivery{*parse_uuid("0190b6c8-1111-8000-8000-000000000001"), R"({"id":"x"})",
                                *parse_uuid("0190b6c8-2222-4000-8000-000000000002")};
  const auto call = push_recall(delivery, "/recalls");
  EXPECT_EQ(call.method, "POST");
  EXPECT_EQ(call.path, "/recalls");
  EXPECT_EQ(call.body, delivery.body);
  EXPECT_THAT(call.headers, testing::IsSupersetOf(Headers{{"Content-Type", "application/json"},
                                                          {"Accept", "application/json"},
                                                          {"Idempotency-Key", delivery.id.text()},
                                                          {"Content-Digest", content_digest(delivery.body)},
                                                          {"BelGov-Trace-Id", delivery.trace.text()}}));
}

TEST(JudgeRecall, reads_what_the_partner_did) {
  EXPECT_EQ(judged(200, R"({"reply":"ERASED"})").reply, (RecallReply{"ERASED", {}}));
  EXPECT_EQ(judged(201, R"({"reply":"STOPPED","more":1})").reply, (RecallReply{"STOPPED", {}}));
  EXPECT_EQ(judged(200, R"({"reply":"KEPT","ground":"art17-3-b"})").reply, (RecallReply{"KEPT", "art17-3-b"}));
}

TEST(JudgeRecall, takes_a_success_without_a_reply_as_told) {
  for (const std::string body : {"", "{}", R"({"reference":"x"})"}) {
    const auto verdict = judged(202, body);
    EXPECT_EQ(verdict.kind, Kind::taken) << body;
    EXPECT_FALSE(verdict.reply) << body;
    EXPECT_FALSE(verdict.reply_unclear) << body;
  }
}

TEST(JudgeRecall, notes_nothing_where_the_reply_is_none) {
  for (const std::string body :
       {R"({"reply":"KEPT"})", R"({"reply":"KEPT","ground":"because"})", R"({"reply":"GONE"})", R"({"reply":1})",
        R"({"reply":"ERASED","ground":"art17-3-b"})", R"({"reply":"KEPT","ground":7})"}) {
    const auto verdict = judged(200, body);
    EXPECT_EQ(verdict.kind, Kind::taken) << body;
    EXPECT_FALSE(verdict.reply) << body;
    EXPECT_TRUE(verdict.reply_unclear) << body;
  }
}

TEST(JudgeRecall, tries_again_what_is_no_answer_or_not_now) {
  EXPECT_EQ(judged(200, "<html/>").kind, Kind::retry);
  EXPECT_EQ(judged(200, R"(["reply"])").kind, Kind::retry);
  EXPECT_EQ(judged(200, "\xff").failure_class, "answer-unreadable");
  for (const int status : {408, 425, 429, 500, 503, 599}) EXPECT_EQ(judged(status, "").kind, Kind::retry) << status;
  EXPECT_EQ(judged(503, "", {{"retry-after", "30"}}).retry_after, std::chrono::seconds{30});
}

TEST(JudgeRecall, leaves_a_refusal_to_a_person) {
  for (const int status : {400, 401, 403, 404, 410, 422}) {
    EXPECT_EQ(judged(status, R"({"reply":"ERASED"})").kind, Kind::reject) << status;
    EXPECT_FALSE(judged(status, R"({"reply":"ERASED"})").reply) << status;
  }
  EXPECT_EQ(judged(404, "").failure_class, "http-404");
}

}  // namespace
}  // namespace ketenpoort::adapters
