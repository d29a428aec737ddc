#include "gateway/formats/json.hpp"

#include <gtest/gtest.h>

namespace ketenpoort::formats {
namespace {

std::string nested(std::size_t depth) {
  return std::string(depth, '[') + std::string(depth, ']');
}

TEST(ParseJson, values_read_back_with_their_kind) {
  const auto doc = parse_json(R"({"a":{"b":[1,"x",true]},"n":12345678901234567890.00,"e":{}})");
  ASSERT_TRUE(doc.has_value());
  const auto root = doc->root();
  EXPECT_EQ(root.find("a").find("b").at(1).as_string(), "x");
  EXPECT_EQ(root.find("a").find("b").at(0).as_int(), 1);
  EXPECT_EQ(root.find("a").find("b").at(2).as_bool(), true);
  EXPECT_EQ(root.find("n").as_number(), "12345678901234567890.00");
  EXPECT_FALSE(root.find("n").as_int());
  EXPECT_EQ(root.find("e").size(), 0U);
  EXPECT_FALSE(root.find("a").find("nothing").find("further").as_string());
}

TEST(ParseJson, members_and_elements_iterate_in_order) {
  const auto doc = parse_json(R"({"z":[[],{"q":1},3],"a":2})");
  ASSERT_TRUE(doc.has_value());
  std::string keys;
  for (const auto [key, value] : doc->root().members()) keys += key;
  EXPECT_EQ(keys, "za");
  std::size_t count = 0;
  for (const auto element : doc->root().find("z").elements()) count += element ? 1 : 0;
  EXPECT_EQ(count, 3U);
}

TEST(ParseJson, where_names_the_path) {
  const auto doc = parse_json(R"({"referrals":[{"id":"x"},{"reason":"y"}]})");
  ASSERT_TRUE(doc.has_value());
  EXPECT_EQ(doc->root().find("referrals").at(1).find("reason").where(), "referrals[1].reason");
  EXPECT_EQ(doc->root().where(), "$");
}

TEST(ParseJson, says_that_a_control_character_stands_in_a_string) {
  for (const auto* text : {"{\"a\":\"b\tc\"}", "{\"a\":\"b\nc\"}", "{\"a\":\"b\x01\"}"}) {
    const auto error = parse_json(text).error();
    EXPECT_EQ(error.issues.at(0).where, "1:8") << text;
    EXPECT_NE(error.issues.at(0).detail.find("a control character within a string"), std::string::npos) << text;
  }
  EXPECT_NE(parse_json("{\"a\":\"b\\x\"}").error().message.find("Invalid escape"), std::string::npos);
}

TEST(ParseJson, survives_being_moved) {
  auto doc = parse_json(R"({"a":"b"})");
  ASSERT_TRUE(doc.has_value());
  const JsonDocument moved = std::move(*doc);
  EXPECT_EQ(moved.root().find("a").as_string(), "b");
}

TEST(ParseJson, duplicate_key_is_refused_with_its_path) {
  const auto doc = parse_json(R"({"a":[{"x":1,"y":2,"x":3}]})");
  ASSERT_FALSE(doc.has_value());
  EXPECT_EQ(doc.error().code, ErrorCode::malformed);
  EXPECT_EQ(doc.error().issues.at(0).where, "a[0].x");
}

TEST(ParseJson, keys_that_are_equal_after_unescaping_are_duplicates) {
  EXPECT_FALSE(parse_json(R"({"a":1,"\u0061":2})").has_value());
}

TEST(ParseJson, depth_128_is_taken_and_129_refused) {
  EXPECT_TRUE(parse_json(nested(128)).has_value());
  EXPECT_FALSE(parse_json(nested(129)).has_value());
  EXPECT_FALSE(parse_json(std::string(500'000, '[')).has_value());
}

TEST(ParseJson, nul_is_refused_raw_and_escaped) {
  EXPECT_FALSE(parse_json(std::string_view("{}\0{}", 5)).has_value());
  EXPECT_FALSE(parse_json(std::string_view("{}\0", 3)).has_value());
  EXPECT_FALSE(parse_json(R"(["a\u0000b"])").has_value());
  EXPECT_TRUE(parse_json(R"(["a\\u0000b"])").has_value());
}

TEST(ParseJson, lone_surrogates_are_refused_and_pairs_taken) {
  EXPECT_FALSE(parse_json(R"(["\uDC00"])").has_value());
  EXPECT_FALSE(parse_json(R"(["\uD800"])").has_value());
  EXPECT_FALSE(parse_json(R"(["\uD800\uD800"])").has_value());
  const auto pair = parse_json(R"(["\ud83d\ude00"])");
  ASSERT_TRUE(pair.has_value());
  EXPECT_EQ(pair->root().at(0).as_string(), "\xF0\x9F\x98\x80");
}

TEST(ParseJson, invalid_or_truncated_utf8_is_refused) {
  EXPECT_FALSE(parse_json("[\"\xFF\"]").has_value());
  EXPECT_FALSE(parse_json("[\"\xC0\xAF\"]").has_value());
  EXPECT_FALSE(parse_json("[\"\xED\xA0\x80\"]").has_value());
  EXPECT_FALSE(parse_json("[\"\xF0\x9F").has_value());
}

TEST(ParseJson, whole_input_must_be_one_value) {
  for (const auto* text : {"", " ", "{} {}", "{}x", "[1,]", "{\"a\":1,}", "// c\n{}", "{'a':1}", "[01]", "[1.]", "[+1]",
                           "[NaN]", "nul", "[\"a\nb\"]", "[\"\\x\"]", "\"open", "[\"\\", "\\"})
    EXPECT_FALSE(parse_json(text).has_value()) << text;
  EXPECT_TRUE(parse_json(" [1] \n").has_value());
}

TEST(ParseJson, extreme_exponents_are_refused_or_stay_text) {
  EXPECT_FALSE(parse_json("[1e999999999999999999999]").has_value());
  const auto doc = parse_json("[-0.1E-99999999999, 1e300, 0.1000000000000000000000000000000001]");
  ASSERT_TRUE(doc.has_value());
  EXPECT_EQ(doc->root().at(0).as_number(), "-0.1E-99999999999");
  EXPECT_EQ(doc->root().at(2).as_number(), "0.1000000000000000000000000000000001");
}

TEST(ParseJson, syntax_error_has_line_and_column) {
  const auto doc = parse_json("{\n  \"a\": x\n}");
  ASSERT_FALSE(doc.has_value());
  EXPECT_EQ(doc.error().issues.at(0).where, "2:8");
}

TEST(ParseJson, size_limit_is_checked_first) {
  EXPECT_EQ(parse_json("[1,2,3]", {.bytes = 4}).error().code, ErrorCode::too_large);
  EXPECT_FALSE(parse_json("[1,2,3]", {.nodes = 3}).has_value());
}

TEST(JsonWriter, writes_compact_json_with_escapes) {
  std::string out;
  JsonWriter writer(out);
  writer.begin_object()
      .member("a", "x\"\\\n\x01")
      .member("n", 42)
      .member("t", true)
      .member("none", std::optional<int>{});
  writer.key("l").begin_array().value(1).value("b").begin_object().end_object().end_array().end_object();
  EXPECT_EQ(out, "{\"a\":\"x\\\"\\\\\\n\\u0001\",\"n\":42,\"t\":true,\"l\":[1,\"b\",{}]}");
}

TEST(JsonWriter, copies_what_was_read) {
  const auto doc = parse_json(R"({"a":[1.50,"é",false,{"b":null}]})");
  ASSERT_TRUE(doc.has_value());
  std::string out;
  JsonWriter(out).value(doc->root());
  EXPECT_EQ(out, R"({"a":[1.50,"é",false,{"b":null}]})");
}

TEST(JsonWriter, extreme_integers) {
  std::string out;
  JsonWriter(out).begin_array().value(INT64_MIN).value(UINT64_MAX).end_array();
  EXPECT_EQ(out, "[-9223372036854775808,18446744073709551615]");
}

}  // namespace
}  // namespace ketenpoort::formats
