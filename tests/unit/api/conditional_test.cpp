#include "gateway/api/http/conditional.hpp"

#include <gtest/gtest.h>

namespace ketenpoort::api {
namespace {

Reply answer(const std::string& if_none_match, std::string body = "content") {
  Request request;
  if (!if_none_match.empty()) request.headers.emplace_back("if-none-match", if_none_match);
  return with_entity_tag(request, {200, "text/plain", std::move(body)});
}

TEST(EntityTag, stands_for_the_bytes) {
  EXPECT_EQ(entity_tag("a"), entity_tag("a"));
  EXPECT_NE(entity_tag("a"), entity_tag("b"));
  EXPECT_EQ(entity_tag("a").front(), '"');
  EXPECT_EQ(entity_tag("a").back(), '"');
}

TEST(EntityTag, goes_out_with_the_content) {
  const auto reply = answer("");
  EXPECT_EQ(reply.status, 200);
  EXPECT_EQ(reply.body, "content");
  EXPECT_EQ(reply.headers, (Headers{{"ETag", entity_tag("content")}}));
}

TEST(EntityTag, that_the_caller_has_spares_the_content) {
  const auto tag = entity_tag("content");
  for (const auto& field : {tag, "W/" + tag, "\"other\", " + tag, "\"other\",W/" + tag + " ", std::string("*")}) {
    const auto reply = answer(field);
    EXPECT_EQ(reply.status, 304) << field;
    EXPECT_TRUE(reply.body.empty());
    EXPECT_EQ(reply.headers, (Headers{{"ETag", tag}}));
  }
}

TEST(EntityTag, of_other_content_does_not) {
  const auto tag = entity_tag("content");
  for (const auto& field : {entity_tag("other"), tag.substr(1, tag.size() - 2), std::string("\"\""), std::string(","),
                            "W/ " + tag, tag + tag})
    EXPECT_EQ(answer(field).status, 200) << field;
}

TEST(EntityTag, that_was_computed_before_is_used_as_it_is) {
  Request request;
  const auto first = with_entity_tag(request, {200, "text/plain", "content"}, "\"of-old\"");
  EXPECT_EQ(first.headers, (Headers{{"ETag", "\"of-old\""}}));
  request.headers.emplace_back("if-none-match", "\"of-old\"");
  EXPECT_EQ(with_entity_tag(request, {200, "text/plain", "content"}, "\"of-old\"").status, 304);
}

TEST(EntityTag, is_not_given_to_a_problem) {
  Request request;
  request.headers.emplace_back("if-none-match", "*");
  const auto reply = with_entity_tag(request, {404, "application/problem+json", "{}"});
  EXPECT_EQ(reply.status, 404);
  EXPECT_TRUE(reply.headers.empty());
}

}  // namespace
}  // namespace ketenpoort::api
