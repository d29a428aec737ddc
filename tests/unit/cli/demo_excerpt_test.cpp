#include "gateway/cli/demo/demo_excerpt.hpp"

#include <gmock/gmock.h>

namespace ketenpoort::cli {
namespace {

using testing::HasSubstr;
using testing::Not;

std::string excerpt(std::string_view json, const ExcerptLimits& limits) {
  const auto document = formats::parse_json(json);
  return excerpt_of_json(document.value().root(), limits);
}

TEST(JsonExcerpt, keeps_on_one_line_what_fits) {
  EXPECT_EQ(excerpt(R"({"a":[1,2,3],"b":"ü"})", {.width = 21}), "{\"a\":[1,2,3],\"b\":\"ü\"}\n");
}

TEST(JsonExcerpt, opens_what_does_not_fit_and_counts_the_rest_of_a_list) {
  EXPECT_EQ(excerpt(R"({"a":["first one","second one","third one"],"b":1})", {.width = 20, .list_items = 1}),
            "{\n"
            "  \"a\": [\n"
            "    \"first one\",\n"
            "    ... 2 more\n"
            "  ],\n"
            "  \"b\": 1\n"
            "}\n");
}

TEST(JsonExcerpt, counts_the_lines_beyond_its_limit) {
  EXPECT_EQ(excerpt(R"({"a":1,"b":2,"c":3})", {.width = 10, .lines = 2}), "{\n  \"a\": 1,\n... 3 more lines\n");
}

TEST(RecordExcerpt, shows_the_paths_it_was_given_and_passes_over_what_is_not_there) {
  const auto record = formats::parse_json(R"({"resident":{"name":{"family":"Ek"},"sex":2}})");
  EXPECT_EQ(excerpt_of_record(record.value().root(), {"resident.name.family", "resident.birth", "resident.sex"}, {}),
            "resident.name.family: \"Ek\"\nresident.sex: 2\n");
}

TEST(GraphExcerpt, shows_the_types_it_was_given_and_names_the_others) {
  const auto graph = formats::parse_json(R"({"@graph":[{"@type":"B"},{"@type":"A","n":1},{"@type":"C"}]})");
  EXPECT_EQ(excerpt_of_graph(graph.value().root(), {"A"}, {}), "{\"@type\":\"A\",\"n\":1}\n... and B, C\n");
}

TEST(Indented, moves_every_line) {
  EXPECT_EQ(indented("a\n\nb", 2), "  a\n  \n  b\n");
}

TEST(XmlExcerpt, counts_what_repeats_and_keeps_text_escaped) {
  const auto text = excerpt_of_xml("<r><n>A &amp; B</n><i>1</i><i>2</i><i>3</i></r>", {.width = 20, .list_items = 2});
  EXPECT_EQ(text.value(), "<r>\n  <n>A &amp; B</n>\n  <i>1</i>\n  <i>2</i>\n  ... 1 more i\n</r>\n");
}

TEST(XmlExcerpt, cuts_a_line_that_is_too_long) {
  const auto text = excerpt_of_xml("<r><n>" + std::string(200, 'x') + "</n></r>", {.width = 20});
  EXPECT_THAT(text.value(), Not(HasSubstr(std::string(21, 'x'))));
}

TEST(XmlExcerpt, refuses_what_is_not_xml) {
  EXPECT_FALSE(excerpt_of_xml("<r>", {}));
}

}  // namespace
}  // namespace ketenpoort::cli
