#include "gateway/cli/send/send_row.hpp"

#include <gtest/gtest.h>

namespace ketenpoort::cli {
namespace {

constexpr const char* record_text =
    R"({"messageId":"m","resident":{"identifiers":{"fedasilNumber":"F1","ssin":"81700240874"}}})";
constexpr const char* consent_text = R"({"subject":{"fedasilNumber":"F1"},"consents":[{"purpose":"work-guidance"}]})";

std::string header(const Call& call, std::string_view wanted) {
  for (const auto& [name, value] : call.headers)
    if (name == wanted) return value;
  return {};
}

TEST(ReadRow, sees_records_and_consents_by_their_content) {
  EXPECT_EQ(read_row(1, record_text, {})->kind, RowKind::record);
  EXPECT_EQ(read_row(1, R"({"resident":{}})", {})->kind, RowKind::record);
  EXPECT_EQ(read_row(1, consent_text, {})->kind, RowKind::consent);
}

TEST(ReadRow, believes_what_it_is_told_to_be) {
  EXPECT_EQ(read_row(1, "{}", RowKind::consent)->kind, RowKind::consent);
  EXPECT_EQ(read_row(1, consent_text, RowKind::record)->kind, RowKind::record);
}

TEST(ReadRow, knows_who_a_row_is_about) {
  EXPECT_EQ(read_row(1, record_text, {})->persons, (std::vector<std::string>{"fedasilNumber:F1", "ssin:81700240874"}));
  EXPECT_EQ(read_row(1, consent_text, {})->persons, (std::vector<std::string>{"fedasilNumber:F1"}));
}

TEST(ReadRow, refuses_what_is_neither) {
  for (const char* text : {"{}", "[]", "1", R"({"other":1})"}) {
    const auto row = read_row(1, text, {});
    ASSERT_FALSE(row) << text;
    EXPECT_EQ(row.error().code, ErrorCode::schema_violation);
  }
}

TEST(ReadRow, says_in_which_column_the_json_breaks) {
  const auto row = read_row(12, R"({"messageId":"m",})", {});
  ASSERT_FALSE(row);
  ASSERT_EQ(row.error().issues.size(), 1U);
  EXPECT_EQ(row.error().issues.front().where.find_first_not_of("0123456789"), std::string::npos)
      << row.error().issues.front().where;
}

TEST(ReadRow, refuses_a_row_no_gateway_takes) {
  EXPECT_EQ(read_row(1, std::string(largest_row + 1, ' '), {}).error().code, ErrorCode::too_large);
}

TEST(MakeCall, gives_a_consent_the_key_of_its_line_and_file) {
  const auto first = read_row(1, consent_text, {}).value();
  const auto second = read_row(2, consent_text, {}).value();
  const auto file = sha256(as_bytes("a")), other = sha256(as_bytes("b"));
  const auto key = header(make_call(first, file, ""), "Idempotency-Key");
  EXPECT_EQ(key.size(), 64U);
  EXPECT_EQ(key, header(make_call(first, file, ""), "Idempotency-Key"));
  EXPECT_NE(key, header(make_call(second, file, ""), "Idempotency-Key"));
  EXPECT_NE(key, header(make_call(first, other, ""), "Idempotency-Key"));
}

TEST(MakeCall, leaves_a_record_its_message_id) {
  const auto call = make_call(read_row(1, record_text, {}).value(), Digest{}, "token");
  EXPECT_EQ(call.path, "/records");
  EXPECT_EQ(call.body, record_text);
  EXPECT_EQ(header(call, "Idempotency-Key"), "");
  EXPECT_EQ(header(call, "Authorization"), "Bearer token");
}

}  // namespace
}  // namespace ketenpoort::cli
