#include "gateway/api/http/problem.hpp"

#include <gmock/gmock.h>

#include "gateway/formats/json.hpp"

namespace ketenpoort::api {
namespace {

using testing::HasSubstr;
using testing::Not;

const Uuid trace = parse_uuid("0f8fad5b-d9cb-469f-a165-70867728950e").value();

std::string header_of(const Reply& reply, const std::string& name) {
  for (const auto& [field, value] : reply.headers)
    if (field == name) return value;
  return {};
}

TEST(ProblemReply, holds_what_rfc_9457_and_belgif_ask) {
  const Error error{ErrorCode::invalid_input,
                    "the record cannot be taken",
                    {{ErrorCode::invalid_input, "resident.ssin", "wrong check digits"},
                     {ErrorCode::unknown_input, "referrals[0].reason", "unknown property"}}};

  const auto reply = problem_reply(error, trace);

  EXPECT_EQ(reply.status, 400);
  EXPECT_EQ(reply.content_type, "application/problem+json");
  EXPECT_EQ(reply.body,
            R"({"type":"urn:problem-type:belgif:badRequest","title":"Bad Request","status":400,)"
            R"("detail":"the record cannot be taken","instance":"urn:uuid:0f8fad5b-d9cb-469f-a165-70867728950e",)"
            R"("issues":[{"type":"urn:problem-type:belgif:input-validation:invalidInput","in":"body",)"
            R"("name":"resident.ssin","detail":"wrong check digits"},)"
            R"({"type":"urn:problem-type:belgif:input-validation:unknownInput","in":"body",)"
            R"("name":"referrals[0].reason","detail":"unknown property"}]})");
}

TEST(ProblemReply, says_where_the_input_was) {
  const Error error{ErrorCode::invalid_input, "", {{ErrorCode::invalid_input, "pageSize", "at most 500"}}};
  EXPECT_THAT(problem_reply(error, trace, InputPart::query).body, HasSubstr(R"("in":"query")"));
}

TEST(ProblemReply, gives_every_code_its_status) {
  const std::vector<std::pair<ErrorCode, int>> table = {
      {ErrorCode::malformed, 400}, {ErrorCode::schema_violation, 400}, {ErrorCode::invalid_input, 400},
      {ErrorCode::too_large, 413}, {ErrorCode::not_found, 404},        {ErrorCode::conflict, 409},
      {ErrorCode::gone, 410},      {ErrorCode::unauthenticated, 401},  {ErrorCode::forbidden, 403},
      {ErrorCode::changed, 503},   {ErrorCode::unavailable, 503},      {ErrorCode::io, 500},
      {ErrorCode::crypto, 500},    {ErrorCode::config, 500},           {ErrorCode::internal, 500}};
  for (const auto& [code, status] : table) EXPECT_EQ(problem_reply({code, "x"}, trace).status, status);
}

TEST(ProblemReply, keeps_what_is_for_operators_to_itself) {
  const auto reply = problem_reply({ErrorCode::io, "cannot open /var/lib/secret"}, trace);
  EXPECT_THAT(reply.body, Not(HasSubstr("secret")));
  EXPECT_THAT(reply.body, HasSubstr("internalServerError"));
}

TEST(ProblemReply, tells_when_to_come_back) {
  EXPECT_EQ(header_of(problem_reply({ErrorCode::unavailable, "full"}, trace), "Retry-After"), "1");
  const auto reply = unavailable_reply("full", std::chrono::seconds(7), trace);
  EXPECT_EQ(reply.status, 503);
  EXPECT_EQ(header_of(reply, "Retry-After"), "7");
  EXPECT_THAT(reply.body, HasSubstr(R"("retryAfterSec":7)"));
}

TEST(MethodNotAllowedReply, says_what_is_allowed) {
  const auto reply = method_not_allowed_reply("GET, POST", trace);
  EXPECT_EQ(reply.status, 405);
  EXPECT_EQ(header_of(reply, "Allow"), "GET, POST");
}

TEST(StatusReply, knows_every_status_the_server_refuses_with) {
  for (const int status : {400, 404, 406, 408, 411, 413, 414, 415, 417, 431, 500, 501, 503, 505}) {
    const auto reply = status_reply(status, "why", trace);
    EXPECT_EQ(reply.status, status);
    const auto document = formats::parse_json(reply.body);
    ASSERT_TRUE(document);
    EXPECT_EQ(document->root().find("status").as_int(), status);
    EXPECT_EQ(document->root().find("detail").as_string(), "why");
  }
}

TEST(AccessReply, challenges_as_rfc_6750_says) {
  const auto challenge = [](AccessFault fault, std::vector<std::string> scopes = {}) {
    const auto reply = access_reply({fault, "why", std::move(scopes)}, trace);
    return std::to_string(reply.status) + " " + header_of(reply, "WWW-Authenticate");
  };
  EXPECT_EQ(challenge(AccessFault::no_token), R"(401 Bearer realm="ketenpoort")");
  EXPECT_EQ(challenge(AccessFault::invalid_token), R"(401 Bearer realm="ketenpoort", error="invalid_token")");
  EXPECT_EQ(challenge(AccessFault::expired_token), R"(401 Bearer realm="ketenpoort", error="invalid_token")");
  EXPECT_EQ(challenge(AccessFault::missing_scope, {"records", "audit"}),
            R"(403 Bearer realm="ketenpoort", error="insufficient_scope", scope="records audit")");
}

TEST(AccessReply, uses_the_belgif_types) {
  EXPECT_THAT(access_reply({AccessFault::no_token, {}}, trace).body, HasSubstr("belgif:noAccessToken"));
  EXPECT_THAT(access_reply({AccessFault::invalid_token, {}}, trace).body, HasSubstr("belgif:invalidAccessToken"));
  EXPECT_THAT(access_reply({AccessFault::expired_token, {}}, trace).body, HasSubstr("belgif:expiredAccessToken"));
  EXPECT_THAT(access_reply({AccessFault::missing_scope, "", {"audit"}}, trace).body,
              HasSubstr(R"("requiredScopes":["audit"])"));
}

}  // namespace
}  // namespace ketenpoort::api
