#include "gateway/cli/send/send_answer.hpp"

#include <gtest/gtest.h>

namespace ketenpoort::cli {
namespace {

using Meaning = RowAnswer::Meaning;

Answer answer(int status, std::string body = {}, Headers headers = {}) {
  return {.status = status, .headers = std::move(headers), .body = std::move(body)};
}

TEST(ReadAnswer, counts_transfers_and_consents_by_state) {
  const auto record = read_answer(
      answer(202, R"({"id":"x","transfers":[{"state":"requested"},{"state":"held"},{"state":"requested"}]})"));
  EXPECT_EQ(record.meaning, Meaning::accepted);
  EXPECT_EQ(record.transfers, (Tally{{"held", 1}, {"requested", 2}}));
  const auto consent = read_answer(answer(201, R"({"consents":[{"state":"GIVEN"},{"state":"REFUSED"}]})"));
  EXPECT_EQ(consent.consents, (Tally{{"GIVEN", 1}, {"REFUSED", 1}}));
}

TEST(ReadAnswer, takes_path_and_text_from_a_problem_and_never_the_value) {
  const auto rejected = read_answer(answer(400, R"({"type":"t","title":"Bad Request","status":400,"detail":"not valid",
      "issues":[{"in":"body","name":"resident.identifiers.ssin","value":"81700240875","detail":"check digits do not fit"}]})"));
  EXPECT_EQ(rejected.meaning, Meaning::rejected);
  EXPECT_EQ(rejected.detail, "not valid");
  ASSERT_EQ(rejected.issues.size(), 1U);
  EXPECT_EQ(rejected.issues[0].where, "resident.identifiers.ssin");
  EXPECT_EQ(rejected.issues[0].detail, "check digits do not fit");
}

TEST(ReadAnswer, knows_what_passes_what_concerns_the_row_and_what_concerns_all) {
  for (const int status : {408, 429, 502, 503, 504})
    EXPECT_EQ(read_answer(answer(status)).meaning, Meaning::try_again) << status;
  for (const int status : {400, 409, 410, 411, 413, 415, 500})
    EXPECT_EQ(read_answer(answer(status)).meaning, Meaning::rejected) << status;
  for (const int status : {301, 401, 403, 404, 405})
    EXPECT_EQ(read_answer(answer(status)).meaning, Meaning::stop) << status;
}

TEST(ReadAnswer, hears_when_to_come_back) {
  EXPECT_EQ(read_answer(answer(503, "", {{"retry-after", "3"}})).retry_after, std::chrono::seconds{3});
  EXPECT_FALSE(read_answer(answer(503, "", {{"retry-after", "soon"}})).retry_after);
}

TEST(ReadAnswer, says_the_status_when_the_body_says_nothing) {
  EXPECT_EQ(read_answer(answer(413, "<html>")).detail, "the gateway answered 413");
}

}  // namespace
}  // namespace ketenpoort::cli
