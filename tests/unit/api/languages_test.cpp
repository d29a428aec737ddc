#include "gateway/api/http/languages.hpp"

#include <gmock/gmock.h>

#include "gateway/api/http/problem.hpp"
#include "gateway/api/router.hpp"

namespace ketenpoort::api {
namespace {

using testing::HasSubstr;

Texts two_languages() {
  Texts texts;
  LanguageTexts english;
  english.tag = "en";
  english.explains = true;
  LanguageTexts dutch;
  dutch.tag = "nl";
  dutch.explains = true;
  dutch.problems["resourceNotFound"] = {"Niet gevonden", "Dit bestaat niet \"meer\"."};
  dutch.problems["internalServerError"] = {"Fout", "Geef het nummer door."};
  texts.languages = {english, dutch};
  return texts;
}

std::string header_of(const Reply& reply, const std::string& name) {
  std::string out;
  for (const auto& [field, value] : reply.headers)
    if (field == name) out += out.empty() ? value : "|" + value;
  return out;
}

Reply told(const Error& error, std::string_view accept_language) {
  static const auto texts = std::make_shared<const Texts>(two_languages());
  Request request;
  request.trace = new_uuid_v4();
  if (!accept_language.empty()) request.headers.emplace_back("accept-language", accept_language);
  Reply answer;
  in_language_of(texts, request, [&](Reply reply) { answer = std::move(reply); })(problem_reply(error, request.trace));
  return answer;
}

const Error missing{ErrorCode::not_found, "no consent has this id", {}};

TEST(ProblemLanguage, is_english_where_nothing_is_asked) {
  const auto reply = told(missing, "");
  EXPECT_THAT(reply.body, HasSubstr(R"("title":"Resource Not Found")"));
  EXPECT_THAT(reply.body, HasSubstr(R"("detail":"no consent has this id")"));
  EXPECT_EQ(header_of(reply, "Content-Language"), "en");
  EXPECT_EQ(header_of(reply, "Vary"), "Accept-Language");
}

TEST(ProblemLanguage, is_the_one_asked_for) {
  const auto reply = told(missing, "nl-BE, en;q=0.5");
  EXPECT_THAT(reply.body, HasSubstr(R"("title":"Niet gevonden")"));
  EXPECT_THAT(reply.body, HasSubstr(R"_("detail":"Dit bestaat niet \"meer\". (no consent has this id)")_"));
  EXPECT_THAT(reply.body, HasSubstr(R"("type":"urn:problem-type:belgif:resourceNotFound")"));
  EXPECT_THAT(reply.body, HasSubstr(R"("status":404)"));
  EXPECT_EQ(header_of(reply, "Content-Language"), "nl");
}

TEST(ProblemLanguage, keeps_issues_as_they_are) {
  const auto reply = told({ErrorCode::not_found, "x", {{ErrorCode::not_found, "id", "of nobody"}}}, "nl");
  EXPECT_THAT(reply.body, HasSubstr(R"("name":"id","detail":"of nobody")"));
}

TEST(ProblemLanguage, says_something_of_what_we_keep_to_ourselves) {
  const auto reply = told({ErrorCode::io, "cannot open a file", {}}, "nl");
  EXPECT_THAT(reply.body, HasSubstr(R"("title":"Fout","detail":"Geef het nummer door.")"));
}

TEST(ProblemLanguage, leaves_a_type_without_words_in_english) {
  const auto reply = told({ErrorCode::conflict, "twice", {}}, "nl");
  EXPECT_THAT(reply.body, HasSubstr(R"("title":"Conflict")"));
  EXPECT_EQ(header_of(reply, "Content-Language"), "") << "it is not in Dutch";
  EXPECT_EQ(header_of(reply, "Vary"), "Accept-Language");
}

TEST(ProblemLanguage, does_not_touch_other_answers) {
  const auto texts = std::make_shared<const Texts>(two_languages());
  Request request;
  request.headers.emplace_back("accept-language", "nl");
  Reply answer;
  in_language_of(texts, request, [&](Reply reply) { answer = std::move(reply); })(Reply{200, "application/json", "{}"});
  EXPECT_EQ(answer.body, "{}");
  EXPECT_TRUE(answer.headers.empty());
}

TEST(ProblemLanguage, holds_for_what_is_said_of_a_body_that_comes_in_pieces) {
  const auto texts = std::make_shared<const Texts>(two_languages());
  Request request;
  request.headers.emplace_back("accept-language", "nl");
  Reply more;
  more.status = 100;
  more.take = [](const std::string& piece, const ReplyTo& next) {
    Reply again;
    again.status = 100;
    again.take = [](const std::string&, const ReplyTo& last) { last(problem_reply(missing, new_uuid_v4())); };
    EXPECT_EQ(piece, "one");
    next(std::move(again));
  };
  Reply answer;
  in_language_of(texts, request, [&](Reply reply) { answer = std::move(reply); })(std::move(more));
  const auto first = std::move(answer);
  first.take("one", [&](Reply reply) { answer = std::move(reply); });
  const auto second = std::move(answer);
  ASSERT_TRUE(second.take);
  second.take("", [&](Reply reply) { answer = std::move(reply); });
  EXPECT_EQ(answer.status, 404);
  EXPECT_THAT(answer.body, HasSubstr("Niet gevonden"));
  EXPECT_EQ(header_of(answer, "Content-Language"), "nl");
}

TEST(ProblemLanguage, holds_for_what_the_router_refuses) {
  const auto texts = std::make_shared<const Texts>(two_languages());
  const auto authenticator = Authenticator::make({}, nullptr).value();
  const Router router("/base", *authenticator, {}, [&] { return texts; });
  Request request;
  request.method = "GET";
  request.path = "/base/nothing";
  request.headers.emplace_back("accept-language", "nl");
  Reply answer;
  router(std::move(request), [&](Reply reply) { answer = std::move(reply); });
  EXPECT_EQ(answer.status, 404);
  EXPECT_THAT(answer.body, HasSubstr("Niet gevonden"));
}

}  // namespace
}  // namespace ketenpoort::api
