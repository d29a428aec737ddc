#include "gateway/formats/yaml.hpp"

#include <gmock/gmock.h>

namespace ketenpoort::formats {
namespace {

using ::testing::HasSubstr;

Issue first_issue(std::string_view text, const YamlLimits& limits = {}) {
  const auto parsed = parse_yaml(text, limits);
  EXPECT_FALSE(parsed) << text;
  return parsed || parsed.error().issues.empty() ? Issue{} : parsed.error().issues.front();
}

TEST(ParseYaml, keeps_order_places_and_text) {
  const auto root = parse_yaml("# a comment\nb: 010\na:\n  - \"1.0\"\n  - { x: yes }\nnone:\n");
  ASSERT_TRUE(root);
  ASSERT_EQ(root->members.size(), 3U);
  EXPECT_EQ(root->members[0].first.text, "b");
  EXPECT_EQ(root->members[0].second.text, "010");
  EXPECT_EQ(root->members[0].second.line, 2U);
  EXPECT_EQ(root->members[0].second.column, 4U);
  const auto* a = root->find("a");
  ASSERT_TRUE(a != nullptr && a->items.size() == 2U);
  EXPECT_TRUE(a->items[0].quoted);
  EXPECT_EQ(a->items[1].find("x")->text, "yes");
  EXPECT_TRUE(root->find("none")->is(YamlNode::Kind::null));
  EXPECT_EQ(root->find("absent"), nullptr);
}

TEST(ParseYaml, refuses_a_key_twice_and_says_where_the_first_stands) {
  const auto issue = first_issue("a: 1\nb: 2\na: 3\n");
  EXPECT_EQ(issue.where, "3:1");
  EXPECT_THAT(issue.detail, HasSubstr("first at line 1"));
}

TEST(ParseYaml, refuses_what_hides_things) {
  EXPECT_THAT(first_issue("a: &x 1\n").detail, HasSubstr("anchor"));
  EXPECT_THAT(first_issue("a: !!int 1\n").detail, HasSubstr("tag"));
  EXPECT_THAT(first_issue("? [a, b]\n: 1\n").detail, HasSubstr("must be a name"));
  EXPECT_THAT(first_issue("a: 1\n---\nb: 2\n").detail, HasSubstr("second document"));
  EXPECT_THAT(first_issue("a: \"\xff\"\n").detail, HasSubstr("UTF-8"));
}

TEST(ParseYaml, tells_all_such_problems_at_once) {
  const auto parsed = parse_yaml("a: &x 1\nb: *x\na: 2\n");
  ASSERT_FALSE(parsed);
  EXPECT_EQ(parsed.error().issues.size(), 3U);
}

TEST(ParseYaml, names_the_place_of_a_syntax_error) {
  EXPECT_EQ(first_issue("a: [1, 2\nb: 3\n").where.substr(0, 2), "2:");
}

TEST(ParseYaml, says_what_to_do_about_a_syntax_error) {
  const auto indent = HasSubstr("indent this line like those it belongs to");
  EXPECT_THAT(first_issue("a:\n  b: 1\n   c: 2\n").detail, indent);
  EXPECT_THAT(first_issue("a:\n  b: 1\n c: 2\n").detail, indent);
  EXPECT_THAT(first_issue("a:\n  - 1\n b: 2\n").detail, indent);
  EXPECT_THAT(first_issue("a: text with: a colon\n").detail, HasSubstr("in quotes"));
  EXPECT_THAT(first_issue("a: @x\n").detail, HasSubstr("in quotes"));
  EXPECT_THAT(first_issue("a: [1, 2\n").detail, HasSubstr("] was to close the [ of 1:4"));
  EXPECT_THAT(first_issue("a: { b: 1\n").detail, HasSubstr("} was to close the { of 1:4"));
}

TEST(ParseYaml, refuses_quotes_that_nothing_closes) {
  for (const auto* text :
       {"a: 1\nb: \"half a file\n", "a: 1\nb: 'half a file\n", "a: 1\nb: \"x\\\"\n\n", "a: 1\nb: 'x''\n"}) {
    const auto issue = first_issue(text);
    EXPECT_EQ(issue.where, "2:4") << text;
    EXPECT_THAT(issue.detail, HasSubstr("nothing closes them")) << text;
  }
  EXPECT_EQ(first_issue("\xEF\xBB\xBF"
                        "a: \"\xC3\xA9\n")
                .where,
            "1:4");
  for (const auto* text : {"a: \"x\\\"\"\n", "a: 'x'''\n", "\"a\": |\n  \"x\n", "a: \"\"\n", "a: ['', \"b\"] # \"c\n",
                           "a: \"b\r\n  c\"\r\n"})
    EXPECT_TRUE(parse_yaml(text)) << text;
}

TEST(ParseYaml, says_which_quotes_were_forgotten_where_braces_stay_open_behind_them) {
  for (const auto* text :
       {"a: 1\nb: { c: \"x, d: y }\ne: { f: g }\n", "a: 1\nb: [ z, \"x ]\ne: f\n", "a: 1\nb: { c: 'x, d: y }\n"}) {
    const auto issue = first_issue(text);
    EXPECT_EQ(issue.where, "2:9") << text;
    EXPECT_THAT(issue.detail, HasSubstr("nothing closes them")) << text;
  }
  for (const auto* text :
       {"a: 1\nb: { c: \"x, d: y }\ne: { f: \"g\" }\n", "a: 1\nb:\n  c: \"x\ne: { f: \"g\", h: \"i\" }\n",
        "a: 1\nb: { c: 'x, d: y }\ne: f # it's\n"}) {
    const auto issue = first_issue(text);
    EXPECT_EQ(issue.where, text[7] == '\n' ? "3:6" : "2:9") << text;
    EXPECT_THAT(issue.detail, HasSubstr("close them in this line")) << text;
  }
  const auto brace = first_issue("a: \"over\n  lines\"\nb: { c: d\ne: { f: g }\n");
  EXPECT_THAT(brace.detail, HasSubstr("} was to close the { of 3:4")) << "the quotes before it are right";
  EXPECT_THAT(first_issue("a: [ b, c\nd: e\n").detail, HasSubstr("] was to close the [ of 1:4"));
}

TEST(ParseYaml, says_that_a_tab_indents) {
  EXPECT_THAT(first_issue("a:\n  b: 1\n\tc: 2\n").detail, HasSubstr("indent it with spaces"));
}

TEST(ParseYaml, stops_at_its_limits) {
  EXPECT_THAT(first_issue("[[[[1]]]]", {.depth = 3}).detail, HasSubstr("3 levels"));
  EXPECT_THAT(first_issue("[1, 2, 3, 4]", {.nodes = 3}).detail, HasSubstr("3 values"));
  EXPECT_EQ(parse_yaml("a: 1234567", {.bytes = 5}).error().code, ErrorCode::too_large);
}

TEST(ParseYaml, reads_an_empty_file_as_nothing) {
  EXPECT_TRUE(parse_yaml("# only a comment\n")->is(YamlNode::Kind::null));
}

}  // namespace
}  // namespace ketenpoort::formats
