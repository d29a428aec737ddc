#include "gateway/formats/json_schema.hpp"

#include <gtest/gtest.h>

#include <ctime>

namespace ketenpoort::formats {
namespace {

std::vector<Issue> check(std::string_view schema, std::string_view value, std::size_t most = 50) {
  const auto compiled = JsonSchema::parse(schema, "test.json");
  EXPECT_TRUE(compiled.has_value()) << compiled.error().message;
  const auto document = parse_json(value);
  EXPECT_TRUE(document.has_value());
  return compiled->check(document->root(), most);
}

bool valid(std::string_view schema, std::string_view value) {
  return check(schema, value).empty();
}

TEST(JsonSchema, every_problem_is_named_with_its_path_and_without_its_value) {
  const auto* schema = R"({"type":"object","required":["a","b"],"additionalProperties":false,"properties":{
      "a":{"type":"string","pattern":"^[A-Z]+$"},"b":{"type":"integer","minimum":0,"maximum":9},
      "list":{"type":"array","maxItems":2,"items":{"type":"object","properties":{"code":{"type":"string","enum":["X","Y"]}},
      "additionalProperties":false}}}})";
  const auto issues = check(schema, R"({"a":"secret","list":[{"code":"Z"},{"cod":"X"},{}]})");
  ASSERT_EQ(issues.size(), 5U);
  EXPECT_EQ(issues[0].where, "a");
  EXPECT_EQ(issues[1].where, "list");
  EXPECT_EQ(issues[2].where, "list[0].code");
  EXPECT_EQ(issues[3].where, "list[1].cod");
  EXPECT_NE(issues[3].detail.find("did you mean code?"), std::string::npos);
  EXPECT_EQ(issues[4].where, "b");
  for (const auto& issue : issues) EXPECT_EQ(issue.detail.find("secret"), std::string::npos);
}

// Names of one length with the same first and last eight letters, which is all that finding them looks at first.
TEST(JsonSchema, tells_many_names_apart_that_look_alike) {
  const auto name_of = [](int i) { return "property-" + std::to_string(1000 + i) + "-as-such"; };
  std::string properties;
  std::string members;
  for (int i = 0; i < 300; ++i) {
    properties += ",\"" + name_of(i) + "\":{\"type\":\"integer\"}";
    members += ",\"" + name_of(i) + "\":" + std::to_string(i);
  }
  const auto schema = "{\"additionalProperties\":false,\"properties\":{\"\":{\"type\":\"integer\"}" + properties + "}}";
  EXPECT_TRUE(valid(schema, "{\"\":1" + members + "}"));
  const auto issues = check(schema, "{\"\":\"text\",\"" + name_of(0) + "\":\"text\",\"" + name_of(300) + "\":1,\"" +
                                        name_of(27) + "\":\"text\"}");
  ASSERT_EQ(issues.size(), 4U);
  EXPECT_EQ(issues[1].where, name_of(0));
  EXPECT_NE(issues[2].detail.find("unknown property"), std::string::npos);
  EXPECT_EQ(issues[3].where, name_of(27));
}

TEST(JsonSchema, tells_names_and_values_apart_that_begin_alike) {
  const std::string stem = "fifteen-letters";
  for (const auto& name : {stem, stem + "s", stem + "s!", stem + "s!!"}) {
    const auto schema =
        "{\"additionalProperties\":false,\"properties\":{\"" + name + "\":{\"enum\":[\"" + name + "\"]}}}";
    for (const auto& other : {stem, stem + "s", stem + "s!", stem + "s!!", std::string("fifteen"), std::string()}) {
      EXPECT_EQ(valid(schema, "{\"" + other + "\":\"" + name + "\"}"), other == name) << name << " " << other;
      EXPECT_EQ(valid(schema, "{\"" + name + "\":\"" + other + "\"}"), other == name) << name << " " << other;
    }
  }
}

TEST(JsonSchema, an_allowed_value_is_of_its_kind) {
  const auto* const schema = R"({"enum":["1",2,"true",false,null]})";
  for (const auto* value : {R"("1")", "2", R"("true")", "false", "null"}) EXPECT_TRUE(valid(schema, value)) << value;
  for (const auto* value : {"1", R"("2")", "true", R"("false")", R"("")", R"("null")", "{}", "[]"})
    EXPECT_FALSE(valid(schema, value)) << value;
}

TEST(JsonSchema, calls_an_unknown_property_unknown_input_and_repeats_no_number_in_its_place) {
  const std::string schema =
      R"({"properties":{"who":{"properties":{"name":{}},"additionalProperties":false}},"additionalProperties":false})";
  const auto issues = check(schema, R"({"nmae":1,"who":{"90051400138":1,"nam":2}})");
  ASSERT_EQ(issues.size(), 3U);
  for (const auto& issue : issues) EXPECT_EQ(issue.code, ErrorCode::unknown_input);
  EXPECT_EQ(issues[0].where, "nmae");
  EXPECT_EQ(issues[1].where, "who.?");
  EXPECT_EQ(issues[2].where, "who.nam");
}

TEST(JsonSchema, stops_at_the_number_of_problems_asked_for) {
  EXPECT_EQ(check(R"({"type":"array","items":{"type":"string"}})", "[1,2,3,4,5]", 3).size(), 3U);
}

// A body of unknown properties must not take long: names that were meant are looked for of those alone that are told.
TEST(JsonSchema, a_flood_of_unknown_properties_costs_little_more_than_reading_it) {
  std::string properties;
  for (int i = 0; i < 20; ++i)
    properties += (i > 0 ? "," : "") + ('"' + std::string(60, 'n') + std::to_string(i) + "\":{}");
  const auto schema =
      JsonSchema::parse("{\"additionalProperties\":false,\"properties\":{" + properties + "}}", "test.json");
  ASSERT_TRUE(schema.has_value());
  std::string flood;
  for (int i = 0; i < 10'000; ++i) flood += (i > 0 ? ",\"" : "\"") + std::string(60, 'x') + std::to_string(i) + "\":1";
  // Processor time, whatever else the machine does: comparing each with each would take hundreds of times as long.
  const auto begun = std::clock();
  const auto document = parse_json("{" + flood + "}");
  const auto read = std::clock();
  ASSERT_TRUE(document.has_value());
  EXPECT_EQ(schema->check(document->root(), 50).size(), 50U);
  EXPECT_LT(std::clock() - read, 20 * (read - begun) + CLOCKS_PER_SEC / 10);
}

TEST(JsonSchema, scalars) {
  EXPECT_TRUE(valid(R"({"type":"integer"})", "12345678901234567890123"));
  EXPECT_FALSE(valid(R"({"type":"integer"})", "1.5"));
  EXPECT_TRUE(valid(R"({"type":"number","minimum":1,"exclusiveMinimum":true})", "1.5"));
  EXPECT_FALSE(valid(R"({"type":"number","minimum":1,"exclusiveMinimum":true})", "1"));
  EXPECT_FALSE(valid(R"({"type":"boolean"})", R"("true")"));
  EXPECT_FALSE(valid(R"({"enum":[1]})", R"("1")"));
  EXPECT_TRUE(valid(R"({"type":"string","minLength":2,"maxLength":2})", "\"\xC3\xA9\xC3\xA9\""));
  EXPECT_FALSE(valid(R"({"type":"string"})", "null"));
}

TEST(JsonSchema, choices_count_what_fits) {
  const auto* schema =
      R"({"oneOf":[{"type":"object","required":["t"],"properties":{"t":{"enum":["A"]},"x":{"type":"string"}}},
      {"type":"object","required":["t"],"properties":{"t":{"enum":["B"]}}}]})";
  EXPECT_TRUE(valid(schema, R"({"t":"A","x":"y"})"));
  const auto issues = check(schema, R"({"t":"A","x":1})");
  ASSERT_EQ(issues.size(), 1U);
  EXPECT_EQ(issues[0].where, "x");
  EXPECT_FALSE(valid(R"({"oneOf":[{"type":"string"},{"enum":["a"]}]})", R"("a")"));
  EXPECT_TRUE(valid(R"({"anyOf":[{"type":"string"},{"enum":["a"]}]})", R"("a")"));
  EXPECT_FALSE(valid(R"({"allOf":[{"type":"string"},{"enum":["a"]}]})", R"("b")"));
}

TEST(JsonSchema, unique_items) {
  EXPECT_FALSE(valid(R"({"type":"array","uniqueItems":true})", R"([{"a":1},{"a":1}])"));
  EXPECT_TRUE(valid(R"({"type":"array","uniqueItems":true})", R"(["1",1])"));
  EXPECT_TRUE(valid(R"({"type":"array","uniqueItems":true})", R"(["a","b","c"])"));
  EXPECT_TRUE(valid(R"({"type":"array","uniqueItems":true})", R"(["a"])"));
  const auto issues = check(R"({"type":"array","uniqueItems":true})", R"(["a","b","a","b"])");
  ASSERT_EQ(issues.size(), 1U);
  EXPECT_EQ(issues[0].where, "[2]");
  EXPECT_FALSE(valid(R"({"type":"array","uniqueItems":true})", R"(["1","2","3","4","5","6","7","8","9","1"])"));
}

// Whoever wrote it finds the place in the schema's own file.
TEST(JsonSchema, fault_has_its_line_and_column) {
  const auto schema = JsonSchema::parse(
      "{\n \"type\": \"object\",\n \"properties\": {\n  \"a\": {\"fromat\": \"x\"},\n"
      "  \"b\": {\"type\": \"text\"}},\n \"oneOf\": [{\"const\": 1}, 7]\n}",
      "s.json");
  ASSERT_FALSE(schema.has_value());
  std::string all;
  for (const auto& issue : schema.error().issues) all += issue.where + " " + issue.detail + "\n";
  EXPECT_NE(all.find("s.json:4:9 properties.a.fromat: the keyword fromat is not enforced"), std::string::npos) << all;
  EXPECT_NE(all.find("s.json:5:9 properties.b.type: unknown type"), std::string::npos) << all;
  EXPECT_NE(all.find("s.json:6:13 oneOf[0].const: the keyword const"), std::string::npos) << all;
}

TEST(JsonSchema, a_keyword_that_would_not_be_enforced_does_not_load) {
  for (const auto* schema :
       {R"({"const":1})", R"({"if":{}})", R"({"properties":{"a":{"fromat":"date"}}})", R"({"items":[{}]})",
        R"({"$ref":"other.json"})", R"({"$ref":"#/definitions/x"})", R"({"pattern":"a(?=a"})", R"({"type":"text"})",
        R"({"definitions":{"a":{"items":{"$ref":"#/definitions/a"}}},"$ref":"#/definitions/a"})", "[]", "{"})
    EXPECT_FALSE(JsonSchema::parse(schema, "test.json").has_value()) << schema;
}

TEST(JsonSchema, a_mistyped_keyword_gets_a_suggestion) {
  const auto schema = JsonSchema::parse(R"({"maxLenght":1})", "test.json");
  ASSERT_FALSE(schema.has_value());
  EXPECT_NE(schema.error().issues.at(0).detail.find("did you mean maxLength?"), std::string::npos);
}

}  // namespace
}  // namespace ketenpoort::formats
