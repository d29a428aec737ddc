#include "gateway/formats/json.hpp"

#include <gtest/gtest.h>

#include "gateway/formats/json_events.hpp"

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

TEST(ParseJson, descendants_are_all_values_within_in_order) {
  const auto doc = parse_json(R"({"z":[[],{"q":1},"x"],"a":2})");
  ASSERT_TRUE(doc.has_value());
  const auto places_in = [](JsonView view) {
    std::string places;
    for (const auto value : view.descendants()) places += value.where() + " ";
    return places;
  };
  EXPECT_EQ(places_in(doc->root()), "z z[0] z[1] z[1].q z[2] a ");
  EXPECT_EQ(places_in(doc->root().find("z").at(1)), "z[1].q ");
  EXPECT_EQ(places_in(doc->root().find("a")), "");
  EXPECT_EQ(places_in(doc->root().find("nothing")), "");
}

// Strings are read a block at a time: whatever their size and place, and whatever stands where in them.
TEST(ParseJson, strings_of_every_size_read_back) {
  const std::string letters = "abcdefghijklmnopqrstuvwxyz0123456789ABCDEFGHIJKLMNOP";
  for (std::size_t before = 0; before < 18; ++before) {
    for (std::size_t size = 0; size < letters.size(); ++size) {
      const auto text = letters.substr(0, size);
      const auto doc =
          parse_json(std::string(before, ' ') + "{\"" + text + "\":[\"" + text + "\",7,\"" + text + "\"]}");
      ASSERT_TRUE(doc.has_value());
      const auto list = doc->root().find(text);
      EXPECT_EQ(list.at(0).as_string(), text);
      EXPECT_EQ(list.at(1).as_number(), "7");
      EXPECT_EQ(list.at(2).as_string(), text);
    }
  }
}

TEST(ParseJson, an_escape_is_read_and_a_control_character_refused_wherever_it_stands) {
  for (std::size_t at = 0; at < 40; ++at) {
    std::string text(40, 'x');
    text.insert(at, "\\\"\\u00e9");
    const auto doc = parse_json("[\"" + text + "\"]");
    ASSERT_TRUE(doc.has_value());
    EXPECT_EQ(doc->root().at(0).as_string(), std::string(at, 'x') + "\"\xC3\xA9" + std::string(40 - at, 'x'));
    for (char control = 1; control < 0x20; ++control) {
      std::string bad(40, 'x');
      bad[at] = control;
      EXPECT_FALSE(parse_json("[\"" + bad + "\"]")) << at << " " << int{control};
    }
  }
}

TEST(ParseJson, tells_when_no_text_can_hold_what_no_message_can) {
  const auto printable = [](std::string_view text) {
    const auto doc = parse_json(text);
    return doc && doc->root().is_surely_printable();
  };
  for (const auto* text :
       {R"(["plain"])", "[\n\t\"\xC3\xA9\"\r]", R"(["\n\t\r\"\\\/\u0009\u00e9\ud83d\ude00"])", "[\"\xD8\xA8\"]"})
    EXPECT_TRUE(printable(text)) << text;
  for (const auto* text : {"[\"\x7F\"]", R"(["\b"])", R"(["\f"])", R"(["\u0001"])", R"(["\u001f"])", R"(["\u007F"])",
                           R"(["\ufffe"])", R"(["\uFFFF"])", "[\"\xEF\xBF\xBE\"]", "[\"\xC3\xA9\xEF\xBF\xBF\"]"})
    EXPECT_FALSE(printable(text)) << text;
}

TEST(ParseJson, a_tag_is_the_same_wherever_the_text_stands) {
  const std::string letters = "abcdefghijklmnopqrstuvwxyz";
  for (std::size_t size = 0; size <= letters.size(); ++size) {
    const auto text = letters.substr(0, size);
    EXPECT_EQ(tag_of(text), tag_of_readable((text + "\"and what follows").data(), size)) << size;
    EXPECT_EQ(tag_of(text), parse_json("{\"" + text + "\":1}")->root().find(text).key_tag()) << size;
  }
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

TEST(ParseJson, a_duplicate_is_found_among_few_and_many_keys) {
  for (const int keys : {2, 3, 16, 17, 40, 63, 64, 65, 66, 300}) {
    std::string members;
    for (int i = 0; i < keys; ++i) members += "\"key" + std::to_string(i) + "\":{\"in\":0},";
    EXPECT_TRUE(parse_json("{" + members + "\"last\":1}")) << keys;
    const auto error = parse_json("{" + members + "\"key1\":1}").error();
    EXPECT_EQ(error.issues.at(0).where, "key1") << keys;
  }
}

TEST(ParseJson, keys_of_one_tag_are_no_duplicates) {
  ASSERT_EQ(tag_of("property-1-as-such"), tag_of("property-2-as-such"));
  EXPECT_TRUE(parse_json(R"({"property-1-as-such":1,"property-2-as-such":2})"));
  const auto error = parse_json(R"({"property-1-as-such":1,"property-2-as-such":2,"property-1-as-such":3})").error();
  EXPECT_EQ(error.issues.at(0).where, "property-1-as-such");
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
