#include "gateway/cli/consent_conversation.hpp"

#include <gmock/gmock.h>

namespace ketenpoort::cli {
namespace {

using testing::HasSubstr;
using testing::Not;

ConversationParts parts() {
  ConversationParts out;
  out.purpose = "work-guidance";
  out.recipient = "vdab";
  out.categories = {"contact", "referral"};
  out.language = "tir";
  out.explained = "HEARD";
  out.interpreter = "PHONE:SOCIAL";
  out.expressed = "PAPER";
  out.on = "2026-11-24";
  out.recorded_by = "op-1";
  return out;
}

TEST(ReadSubject, tells_an_ssin_from_a_fedasil_number) {
  EXPECT_EQ(read_subject("F0007003\n").value(), R"({"fedasilNumber":"F0007003"})");
  EXPECT_EQ(read_subject("  90651400194\r\n").value(), R"({"ssin":"90651400194"})");
  EXPECT_EQ(read_subject("90.65.14-001.94\n").value(), R"({"ssin":"90651400194"})") << "as cards print it";
  EXPECT_EQ(read_subject("\xEF\xBB\xBF"
                         "F0007003\n")
                .value(),
            R"({"fedasilNumber":"F0007003"})")
      << "as editors save it";
  EXPECT_EQ(read_subject("9065140019").value(), R"({"fedasilNumber":"9065140019"})");
  EXPECT_EQ(read_subject(R"({"fedasilNumber":"F1"})").value(), R"({"fedasilNumber":"F1"})");
  EXPECT_EQ(read_subject(R"({"subject":{"ssin":"90651400194"}})").value(), R"({"ssin":"90651400194"})");
}

TEST(ReadSubject, refuses_what_is_no_number_without_repeating_it) {
  for (const auto* wrong : {"", " \n", "F1\nF2", "F1 F2", "{\"fedasilNumber\":"}) {
    const auto read = read_subject(wrong);
    ASSERT_FALSE(read) << wrong;
    EXPECT_EQ(read.error().code, ErrorCode::invalid_input);
    EXPECT_THAT(read.error().message, Not(HasSubstr("F1")));
  }
}

TEST(WriteConversation, says_what_the_options_say) {
  EXPECT_EQ(write_conversation(parts(), R"({"fedasilNumber":"F1"})").value(),
            R"({"subject":{"fedasilNumber":"F1"},"consents":[{"purpose":"work-guidance","recipient":"vdab",)"
            R"("categories":["contact","referral"],"decision":"GIVEN"}],"notice":{"id":"chain-cooperation",)"
            R"("version":"1.0","language":"tir"},"explained":{"how":"HEARD","interpreter":{"mode":"PHONE",)"
            R"("kind":"SOCIAL","language":"tir"}},"expressed":{"how":"PAPER","on":"2026-11-24"},"recordedBy":"op-1"})");
}

TEST(WriteConversation, takes_a_refusal_and_a_representative) {
  auto said = parts();
  said.refused = true;
  said.categories.clear();
  said.interpreter = "NONE";
  said.representative = "VOOGD:VG-94286";
  said.minor_heard = true;
  const auto json = write_conversation(said, R"({"ssin":"1"})").value();
  EXPECT_THAT(json, HasSubstr(R"("categories":[],"decision":"REFUSED")"));
  EXPECT_THAT(json, HasSubstr(R"("interpreter":{"mode":"NONE"})"));
  EXPECT_THAT(json, HasSubstr(R"("representative":{"kind":"VOOGD","appointmentRef":"VG-94286","minorHeard":true})"));
}

TEST(WriteConversation, names_the_option_that_is_missing) {
  const std::pair<std::string ConversationParts::*, const char*> needed[] = {
      {&ConversationParts::purpose, "--purpose"},        {&ConversationParts::recipient, "--recipient"},
      {&ConversationParts::language, "--language"},      {&ConversationParts::explained, "--explained"},
      {&ConversationParts::expressed, "--expressed"},    {&ConversationParts::on, "--on"},
      {&ConversationParts::recorded_by, "--recorded-by"}};
  for (const auto& [member, option] : needed) {
    auto said = parts();
    (said.*member).clear();
    EXPECT_THAT(write_conversation(said, "{}").error().message, HasSubstr(option));
  }
  auto said = parts();
  said.categories.clear();
  EXPECT_THAT(write_conversation(said, "{}").error().message, HasSubstr("--category"));
  said = parts();
  said.notice = "chain-cooperation";
  EXPECT_THAT(write_conversation(said, "{}").error().message, HasSubstr("--notice"));
}

}  // namespace
}  // namespace ketenpoort::cli
