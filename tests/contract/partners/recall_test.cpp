// A recall as the gateway makes it: valid under the schema partners are given, taken by every simulator; what is
// changed in a way a partner would notice, refused.
#include <fmt/format.h>
#include <gmock/gmock.h>

#include <algorithm>
#include <cctype>
#include <filesystem>

#include "adapters/recall_push.hpp"
#include "adapters/simulator/recall_check.hpp"
#include "adapters/simulator/simulator.hpp"
#include "gateway/base/files.hpp"
#include "gateway/exchange/notices/recall_message.hpp"
#include "gateway/formats/json.hpp"
#include "gateway/formats/json_schema.hpp"

namespace ketenpoort::simulator {
namespace {

namespace fs = std::filesystem;

const Uuid id = exchange::notification_id("example.org/log", 1234);

std::string recall(std::string_view cause = "WITHDRAWAL") {
  exchange::RecallMessage message;
  message.id = id;
  message.recipient = "vdab";
  message.cause = cause;
  message.notified_at = parse_rfc3339("2026-11-24T11:00:00.000Z").value();
  message.deadline = parse_date("2026-12-08").value();
  message.categories = {Category::identity_core, Category::wishes};
  message.transfers = {
      {*parse_uuid("0190b6c8-0000-7000-8000-000000000009"), "work-guidance", "vdab-profile", ""},
      {*parse_uuid("0190b6c8-0000-7000-8000-000000000010"), "work-guidance", "vdab-profile", "vdab-12ab"}};
  return exchange::to_json(message);
}

std::string replaced(std::string text, std::string_view from, std::string_view to) {
  const auto at = text.find(from);
  if (at == std::string::npos) throw std::logic_error("the recall no longer has what this test changes");
  return text.replace(at, from.size(), to);
}

// Each is wrong in one way that a partner would notice.
std::vector<std::string> wrong_recalls() {
  const auto good = recall();
  return {"",
          "[]",
          "{",
          replaced(good, R"("cause":"WITHDRAWAL")", R"("cause":"WHIM")"),
          replaced(good, R"("cause":"WITHDRAWAL",)", ""),
          replaced(good, R"("deadline":"2026-12-08")", R"("deadline":"soon")"),
          replaced(good, R"("deadline":"2026-12-08",)", ""),
          replaced(good, R"("notifiedAt":"2026-11-24T11:00:00.000Z",)", ""),
          replaced(good, R"(["identity-core","wishes"])", "[]"),
          replaced(good, R"(["identity-core","wishes"])", R"(["Anna Voorbeeld"])"),
          replaced(good, R"("purpose":"work-guidance",)", ""),
          replaced(good, R"("message":"vdab-profile")", R"("message":"")"),
          replaced(good, R"("reference":"vdab-12ab")", R"("reference":"")"),
          replaced(good, R"("reference":"vdab-12ab")", R"("name":"Anna")"),
          replaced(good, R"("cause")", R"("ssin":"90651400123","cause")"),
          replaced(good, "0190b6c8-0000-7000-8000-000000000009", "90651400123")};
}

std::vector<Issue> check(std::string_view text) {
  static const auto schema = formats::JsonSchema::load("docs/recall.schema.json").value();
  const auto document = formats::parse_json(text);
  if (!document) return {document.error().issues.empty() ? Issue{} : document.error().issues.front()};
  return schema.check(document->root());
}

TEST(RecallSchema, holds_what_the_gateway_makes) {
  for (const auto* cause :
       {"WITHDRAWAL", "RECTIFICATION", "ERASURE", "RESTRICTION", "STAY_ENDED", "IDENTITY_CHANGED"}) {
    const auto issues = check(recall(cause));
    EXPECT_TRUE(issues.empty()) << cause << ": " << issues.front().where << " " << issues.front().detail;
    EXPECT_EQ(find_recall_fault(recall(cause), id.text()), std::nullopt) << cause;
  }
}

TEST(RecallSchema, and_the_simulators_refuse_the_same) {
  for (const auto& wrong : wrong_recalls()) {
    EXPECT_FALSE(check(wrong).empty()) << wrong;
    EXPECT_TRUE(find_recall_fault(wrong, id.text())) << wrong;
  }
}

TEST(RecallCheck, wants_the_id_to_be_the_idempotency_key) {
  EXPECT_TRUE(find_recall_fault(recall(), new_uuid_v4().text()));
}

TEST(RecallCheck, says_nothing_of_what_it_read) {
  for (const auto& wrong : wrong_recalls())
    EXPECT_THAT(find_recall_fault(wrong, id.text()).value(), testing::Not(testing::HasSubstr("Anna")));
}

TEST(RecallAnswer, is_what_a_partner_of_its_sort_would_do) {
  const auto answer = [](std::string_view partner, std::string_view cause) {
    return adapters::judge_recall({200, {}, recall_answer(partner, recall(cause))}).reply.value();
  };
  for (const std::string_view partner : {"vdab", "agii", "municipality"}) {
    EXPECT_EQ(answer(partner, "ERASURE"), (RecallReply{"ERASED", {}})) << partner;
    EXPECT_EQ(answer(partner, "RESTRICTION"), (RecallReply{"STOPPED", {}})) << partner;
  }
  EXPECT_EQ(answer("vdab", "WITHDRAWAL"), (RecallReply{"KEPT", "art17-3-b"})) << "VDAB keeps its own file";
  EXPECT_EQ(answer("agii", "WITHDRAWAL"), (RecallReply{"STOPPED", {}}));
}

struct Box {
  fs::path path = fs::temp_directory_path() / ("ketenpoort-recall-" + new_uuid_v4().text());
  Box() = default;
  Box(const Box&) = delete;
  Box& operator=(const Box&) = delete;
  ~Box() {
    fs::remove_all(path);
    fs::remove_all(recalls_beside(path));
  }
};

const adapters::SigningKey& gateway_key() {
  static const auto key = adapters::SigningKey::generate();
  return key;
}

Reaction send(const fs::path& box, std::string_view partner, const std::string& body, Mode mode = Mode::ok,
              bool sign = true) {
  auto call = adapters::push_recall({id, body, new_uuid_v4()}, std::string(recall_path));
  if (sign) adapters::sign(call, gateway_key(), "gateway", Clock{}.now());
  api::Request request;
  request.method = call.method;
  request.path = call.path;
  request.body = call.body;
  for (auto [name, value] : call.headers) {
    std::ranges::transform(name, name.begin(), [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
    request.headers.emplace_back(std::move(name), std::move(value));
  }
  request.certificate = api::ClientCertificate{.common_name = "gateway", .thumbprint = {}};
  auto simulator = Simulator::open({.partner = find_profile(partner).value(),
                                    .mode = mode,
                                    .received = box,
                                    .gateway_key = adapters::VerifyingKey::from_pem(gateway_key().public_pem()).value(),
                                    .certificate_required = true});
  return simulator.value()->take(request);
}

class EveryPartnersRecall : public testing::TestWithParam<std::string> {};
INSTANTIATE_TEST_SUITE_P(Recall, EveryPartnersRecall, testing::Values("vdab", "agii", "municipality"));

TEST_P(EveryPartnersRecall, is_taken_kept_and_answered_the_same_again) {
  Box box;
  const auto first = send(box.path, GetParam(), recall());
  ASSERT_TRUE(first.reply);
  EXPECT_EQ(first.reply->status, 200) << first.reply->body;
  const auto again = send(box.path, GetParam(), recall());
  EXPECT_EQ(again.reply->body, first.reply->body);
  const auto kept = recalls_beside(box.path);
  EXPECT_EQ(read_file(kept / "000001.body").value(), recall());
  EXPECT_TRUE(fs::is_empty(box.path)) << "what is received is business messages";
  EXPECT_THAT(read_file(kept / "000001.json").value(), testing::HasSubstr(R"("path":"/ketenpoort/recalls")"));
}

TEST_P(EveryPartnersRecall, is_refused_when_it_is_wrong_unsigned_or_other_bytes_under_its_key) {
  for (const auto& wrong : wrong_recalls()) {
    Box box;
    EXPECT_EQ(send(box.path, GetParam(), wrong).reply->status, 422) << wrong;
  }
  Box box;
  EXPECT_EQ(send(box.path, GetParam(), recall(), Mode::ok, false).reply->status, 401);
  send(box.path, GetParam(), recall());
  EXPECT_EQ(send(box.path, GetParam(), recall("ERASURE")).reply->status, 422);
}

TEST_P(EveryPartnersRecall, meets_the_failures_that_messages_meet) {
  Box box;
  using Kind = RecallVerdict::Kind;
  const auto judged = [&](Mode mode) {
    const auto reaction = send(box.path, GetParam(), recall(), mode);
    return adapters::judge_recall({reaction.reply->status, {}, reaction.reply->body}).kind;
  };
  EXPECT_EQ(judged(Mode::down), Kind::retry);
  EXPECT_EQ(judged(Mode::garbage), Kind::retry);
  EXPECT_EQ(judged(Mode::reject), Kind::reject);
  EXPECT_EQ(judged(Mode::ok), Kind::taken);
}

}  // namespace
}  // namespace ketenpoort::simulator
