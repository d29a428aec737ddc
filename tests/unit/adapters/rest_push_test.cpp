#include "adapters/rest_push.hpp"

#include <gmock/gmock.h>

#include "adapters/content_digest.hpp"
#include "adapters/partner_adapter.hpp"

namespace ketenpoort::adapters {
namespace {

using Kind = Verdict::Kind;

Delivery some_delivery() {
  return {.transfer = *parse_uuid("0190b6c8-1111-7000-8000-000000000001"),
          .message = "vdab-profile",
          .content_type = "application/ld+json",
          .payload = R"({"@graph":[]})",
          .trace = *parse_uuid("0190b6c8-2222-4000-8000-000000000002")};
}

// What adapter rest is given where a test is about every adapter.
std::optional<RestSettings> some_rest(std::string_view name) {
  if (name != "rest") return std::nullopt;
  return RestSettings{.path = "/in",
                      .reference = RestSettings::Reference::json,
                      .reference_at = "id",
                      .trace_header = {},
                      .headers = {}};
}

std::unique_ptr<PartnerAdapter> adapter(std::string_view name) {
  return std::move(*make_adapter(name, some_rest(name)));
}

Verdict judged(std::string_view name, int status, std::string body, Headers headers = {}) {
  return adapter(name)->judge({status, std::move(headers), std::move(body)});
}

TEST(Registry, makes_every_adapter_it_names) {
  for (const auto name : adapter_names()) EXPECT_TRUE(make_adapter(name, some_rest(name))) << name;
}

TEST(Registry, names_what_there_is_when_asked_for_what_there_is_not) {
  const auto made = make_adapter("actiris");
  ASSERT_FALSE(made);
  EXPECT_EQ(made.error().code, ErrorCode::config);
  EXPECT_THAT(made.error().message, testing::HasSubstr("vdab, agii, municipality"));
}

TEST(Registry, does_not_make_a_rest_adapter_of_nothing) {
  EXPECT_EQ(make_adapter("rest").error().code, ErrorCode::config);
}

TEST(ToCall, carries_what_every_partner_is_promised) {
  for (const auto name : adapter_names()) {
    const auto call = adapter(name)->to_call(some_delivery());
    EXPECT_EQ(call.method, "POST");
    EXPECT_EQ(call.body, some_delivery().payload);
    EXPECT_THAT(call.headers,
                testing::IsSupersetOf(Headers{{"Content-Type", "application/ld+json"},
                                              {"Idempotency-Key", "0190b6c8-1111-7000-8000-000000000001"},
                                              {"Content-Digest", content_digest(some_delivery().payload)},
                                              {"BelGov-Trace-Id", "0190b6c8-2222-4000-8000-000000000002"}}))
        << name;
    EXPECT_THAT(call.headers, testing::Each(testing::Key(testing::Not(testing::IsEmpty())))) << name;
  }
}

TEST(ToCall, goes_to_the_partners_own_place) {
  EXPECT_EQ(adapter("vdab")->to_call(some_delivery()).path, "/klantvolgsysteem/profielen");
  EXPECT_EQ(adapter("agii")->to_call(some_delivery()).path, "/kbi/dossiers");
  EXPECT_EQ(adapter("municipality")->to_call(some_delivery()).path, "/klantprofielen");
}

TEST(ToCall, gives_vdab_its_correlation_id) {
  EXPECT_THAT(adapter("vdab")->to_call(some_delivery()).headers,
              testing::Contains(testing::Pair("x-correlation-id", "0190b6c8-2222-4000-8000-000000000002")));
}

TEST(Judge, a_reference_acknowledges) {
  const auto vdab = judged("vdab", 201, R"({"reference":"VDAB-42"})");
  EXPECT_EQ(vdab.kind, Kind::acknowledged);
  EXPECT_EQ(vdab.partner_reference, "VDAB-42");

  EXPECT_EQ(judged("municipality", 201, R"({"reference":"G-7"})").partner_reference, "G-7");

  const auto agii = judged(
      "agii", 200,
      "<o:Ontvangstbevestiging xmlns:o=\"urn:x\"><Ontvangstnummer>KBI:7</Ontvangstnummer></o:Ontvangstbevestiging>");
  EXPECT_EQ(agii.kind, Kind::acknowledged);
  EXPECT_EQ(agii.partner_reference, "KBI:7");
}

TEST(Judge, a_readable_answer_without_a_usable_reference_delivers) {
  for (const std::string body : {"", "{}", R"({"reference":7.5})", R"({"reference":""})",
                                 R"({"reference":"two words"})", R"({"reference":"<script>"})"})
    EXPECT_EQ(judged("vdab", 200, body).kind, Kind::delivered) << body;
  EXPECT_EQ(judged("agii", 202, "<Ontvangstbevestiging/>").kind, Kind::delivered);
}

TEST(Judge, a_byte_order_mark_makes_no_answer_unreadable) {
  const auto verdict = judged("vdab", 201, "\xEF\xBB\xBF{\"reference\":\"V-1\"}");
  EXPECT_EQ(verdict.kind, Kind::acknowledged);
  EXPECT_EQ(verdict.partner_reference, "V-1");
}

TEST(Judge, only_a_2xx_says_that_it_arrived) {
  const std::string taken = R"({"reference":"VDAB-42"})";
  EXPECT_EQ(judged("vdab", 200, taken).kind, Kind::acknowledged);
  EXPECT_EQ(judged("vdab", 299, taken).kind, Kind::acknowledged);
  for (const int status : {199, 300, 399, 500, 599, 600})
    EXPECT_EQ(judged("vdab", status, taken).kind, Kind::retry) << status;
  for (const int status : {199, 600})
    EXPECT_EQ(judged("vdab", status, taken).failure_class, "answer-unreadable") << status;
}

TEST(Judge, an_unreadable_success_is_asked_again) {
  for (const auto name : adapter_names()) {
    const auto verdict = judged(name, 200, "\x8f\x02\xff garbage");
    EXPECT_EQ(verdict.kind, Kind::retry) << name;
    EXPECT_EQ(verdict.failure_class, "answer-unreadable") << name;
  }
  EXPECT_EQ(judged("vdab", 200, "[1]").kind, Kind::retry);
  EXPECT_EQ(judged("agii", 200, "<html><body>welcome</body></html>").kind, Kind::retry);
  EXPECT_EQ(judged("vdab", 0, "").failure_class, "answer-unreadable");
}

TEST(Judge, what_passes_is_tried_again) {
  for (const int status : {301, 302, 304, 307, 308, 408, 425, 429, 500, 502, 503, 504, 599})
    EXPECT_EQ(judged("vdab", status, "").kind, Kind::retry) << status;
  EXPECT_EQ(judged("vdab", 503, "").failure_class, "http-503");
}

TEST(Judge, what_does_not_pass_is_a_rejection) {
  for (const int status : {400, 401, 403, 404, 409, 410, 413, 415, 422, 451})
    EXPECT_EQ(judged("agii", status, "").kind, Kind::reject) << status;
  EXPECT_EQ(judged("agii", 422, "").failure_class, "http-422");
}

TEST(Judge, waits_as_long_as_the_partner_asks) {
  using std::chrono::seconds;
  EXPECT_EQ(judged("vdab", 429, "", {{"retry-after", "120"}}).retry_after, seconds{120});
  EXPECT_EQ(judged("vdab", 503, "", {{"retry-after", "99999999999999999999"}}).retry_after, std::chrono::hours{24});
  EXPECT_EQ(judged("vdab", 503, "", {{"retry-after", "-3"}}).retry_after, seconds{0});
  for (const auto* unreadable : {"soon", "12 minutes", "1.5"})
    EXPECT_EQ(judged("vdab", 503, "", {{"retry-after", unreadable}}).retry_after, std::nullopt) << unreadable;
  EXPECT_EQ(judged("vdab", 503, "",
                   {{"date", "Tue, 24 Nov 2026 11:00:00 GMT"}, {"retry-after", "Tue, 24 Nov 2026 11:01:30 GMT"}})
                .retry_after,
            seconds{90});
  EXPECT_EQ(judged("vdab", 503, "",
                   {{"date", "Tue, 24 Nov 2026 11:00:00 GMT"}, {"retry-after", "Tue, 24 Nov 2026 10:59:00 GMT"}})
                .retry_after,
            seconds{0});
  EXPECT_EQ(judged("vdab", 503, "", {{"retry-after", "Tue, 24 Nov 2026 11:01:30 GMT"}}).retry_after, std::nullopt);
}

TEST(Reference, is_never_a_national_number) {
  EXPECT_TRUE(is_acceptable_reference("12345678901"));
  EXPECT_FALSE(is_acceptable_reference("77701800015"));  // a mock number: month 70
  EXPECT_FALSE(is_acceptable_reference("77.70.18-000.15"));
}

TEST(Reference, keeps_to_its_alphabet_and_length) {
  EXPECT_TRUE(is_acceptable_reference(std::string(64, 'a')));
  EXPECT_FALSE(is_acceptable_reference(std::string(65, 'a')));
  EXPECT_FALSE(is_acceptable_reference(""));
  EXPECT_FALSE(is_acceptable_reference("a\nb"));
}

}  // namespace
}  // namespace ketenpoort::adapters
