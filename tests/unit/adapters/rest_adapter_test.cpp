#include "adapters/rest_adapter.hpp"

#include <gmock/gmock.h>

namespace ketenpoort::adapters {
namespace {

using Kind = Verdict::Kind;
using Reference = RestSettings::Reference;

RestSettings settings(Reference reference = Reference::none, std::string at = {}) {
  return {.path = "/aanmeldingen",
          .accept = "text/plain",
          .reference = reference,
          .reference_at = std::move(at),
          .trace_header = "X-Request-Id",
          .headers = {{"X-Version", "2"}}};
}

Verdict judged(const RestSettings& with, std::string body, Headers headers = {}) {
  return RestAdapter(with).judge({200, std::move(headers), std::move(body)});
}

TEST(RestAdapter, says_what_it_is_told_to) {
  const auto call = RestAdapter(settings())
                        .to_call({.transfer = *parse_uuid("0190b6c8-1111-7000-8000-000000000001"),
                                  .message = "intake",
                                  .content_type = "text/csv",
                                  .payload = "a;b\r\n",
                                  .trace = *parse_uuid("0190b6c8-2222-4000-8000-000000000002")});
  EXPECT_EQ(call.method, "POST");
  EXPECT_EQ(call.path, "/aanmeldingen");
  EXPECT_EQ(call.body, "a;b\r\n");
  EXPECT_THAT(call.headers, testing::IsSupersetOf(Headers{{"Content-Type", "text/csv"},
                                                          {"Accept", "text/plain"},
                                                          {"X-Version", "2"},
                                                          {"X-Request-Id", "0190b6c8-2222-4000-8000-000000000002"}}));
}

TEST(RestAdapter, finds_a_reference_in_a_member_however_deep) {
  const auto with = settings(Reference::json, "dossier.number");
  EXPECT_EQ(judged(with, R"({"dossier":{"number":"NT2-1"}})").partner_reference, "NT2-1");
  EXPECT_EQ(judged(with, R"({"dossier":{"number":4711}})").partner_reference, "4711");
  for (const std::string without : {"{}", R"({"dossier":"NT2-1"})", R"({"dossier":{"number":[1]}})", ""})
    EXPECT_EQ(judged(with, without).kind, Kind::delivered) << without;
  for (const std::string unreadable : {"[]", "4711", "{", "<a/>"})
    EXPECT_EQ(judged(with, unreadable).failure_class, "answer-unreadable") << unreadable;
}

TEST(RestAdapter, finds_a_reference_in_an_element_of_any_namespace) {
  const auto with = settings(Reference::xml, "Receipt/File/Number");
  EXPECT_EQ(judged(with, "<Receipt><File><Number>7</Number></File></Receipt>").partner_reference, "7");
  EXPECT_EQ(
      judged(with, "<r:Receipt xmlns:r='urn:x'><r:File><r:Number>7</r:Number></r:File></r:Receipt>").partner_reference,
      "7");
  EXPECT_EQ(judged(with, "<Receipt>\n <File>\n  <Number>\n   7\n  </Number>\n </File>\n</Receipt>").partner_reference,
            "7");
  EXPECT_EQ(
      judged(with, "<Receipt><Date>1</Date><File><Year>2</Year><Number>7</Number></File></Receipt>").partner_reference,
      "7");
  EXPECT_EQ(judged(with, "<Receipt><Number>7</Number></Receipt>").kind, Kind::delivered);
  EXPECT_EQ(judged(with, "<Fault/>").kind, Kind::retry);
  EXPECT_EQ(judged(with, "{}").kind, Kind::retry);
}

TEST(RestAdapter, finds_a_reference_in_a_header_whatever_the_body_is) {
  const auto with = settings(Reference::header, "x-dossier");
  EXPECT_EQ(judged(with, "thank you", {{"x-request", "R-1"}, {"x-dossier", "D-9"}}).partner_reference, "D-9");
  EXPECT_EQ(judged(with, "", {{"x-dossier", "D-9"}}).kind, Kind::acknowledged);
  EXPECT_EQ(judged(with, "thank you").kind, Kind::delivered);
  EXPECT_EQ(judged(with, "", {{"x-dossier", "two words"}}).kind, Kind::delivered);
}

TEST(RestAdapter, asks_for_no_reference_where_there_is_none) {
  EXPECT_EQ(judged(settings(), "thank you").kind, Kind::delivered);
  EXPECT_EQ(judged(settings(), R"({"reference":"X"})").partner_reference, "");
}

TEST(RestAdapter, never_takes_a_national_number_for_a_reference) {
  EXPECT_EQ(judged(settings(Reference::json, "id"), R"({"id":77701800015})").kind, Kind::delivered);
}

}  // namespace
}  // namespace ketenpoort::adapters
