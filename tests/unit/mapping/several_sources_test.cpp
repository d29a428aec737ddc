// One list from several arrays: `items` in which lines with `for_each` stand, each of whose rows is an element of the
// list itself.
#include <fmt/format.h>
#include <fmt/ranges.h>

#include <random>

#include "gateway/formats/json.hpp"
#include "gateway/formats/xsd.hpp"
#include "gateway/mapping/plan/plan.hpp"
#include "tests/unit/mapping/mapping_files.hpp"

namespace ketenpoort::mapping {
namespace {

constexpr std::string_view jobs_and_tags =
    "  l:\n    items:\n"
    "      - { for_each: jobs, fields: { t: { from: title, data: skills }, k: { value: JOB } } }\n"
    "      - { for_each: tags, fields: { t: { from: '@', data: skills }, k: { value: TAG } } }";

std::string run(std::string_view fields, std::string_view record) {
  MappingFiles files;
  files.lines(fields);
  return files.translate(record);
}

TEST(SeveralSources, make_one_list_in_the_order_of_the_file) {
  EXPECT_EQ(run(jobs_and_tags, R"({"tags":["x","y"],"jobs":[{"title":"a"},{"title":"b"}]})"),
            R"({"l":[{"t":"a","k":"JOB"},{"t":"b","k":"JOB"},{"t":"x","k":"TAG"},{"t":"y","k":"TAG"}]})");
}

TEST(SeveralSources, that_hold_nothing_leave_no_gap) {
  EXPECT_EQ(run(jobs_and_tags, R"({"jobs":[],"tags":["x"]})"), R"({"l":[{"t":"x","k":"TAG"}]})");
  EXPECT_EQ(run(jobs_and_tags, R"({"jobs":[{"title":"a"}]})"), R"({"l":[{"t":"a","k":"JOB"}]})");
  EXPECT_EQ(run(jobs_and_tags, R"({"jobs":[{"level":1},{"title":"a"}],"tags":[]})"), R"({"l":[{"t":"a","k":"JOB"}]})");
  EXPECT_EQ(run(jobs_and_tags, R"({"jobs":[],"tags":[]})"), "nothing-to-send ");
  EXPECT_EQ(run(jobs_and_tags, R"({"jobs":[{"level":1}]})"), "nothing-to-send ");
}

TEST(SeveralSources, stand_among_single_templates_and_constants) {
  EXPECT_EQ(run("  l:\n    items:\n      - { value: first }\n      - { for_each: tags, fields: { '#text': { from: '@', "
                "data: skills } } }\n      - { from: name, data: skills }",
                R"({"tags":["x","y"],"name":"n"})"),
            R"({"l":["first","x","y","n"]})");
}

TEST(SeveralSources, may_be_the_same_array_told_apart_by_where) {
  EXPECT_EQ(run("  l:\n    items:\n"
                "      - { for_each: jobs, where: 'current = true', fields: { now: { from: title, data: skills } } }\n"
                "      - { for_each: jobs, where: 'current = false', fields: { then: { from: title, data: skills } } }",
                R"({"jobs":[{"title":"a","current":false},{"title":"b","current":true},{"title":"c"}]})"),
            R"({"l":[{"now":"b"},{"then":"a"}]})");
}

TEST(SeveralSources, go_as_a_whole_where_their_when_does_not_hold) {
  constexpr std::string_view lines =
      "  l:\n    items:\n      - { for_each: jobs, when: 'yes = true', fields: { t: { from: title, data: skills } } }\n"
      "      - { for_each: tags, fields: { t: { from: '@', data: skills } } }";
  EXPECT_EQ(run(lines, R"({"yes":true,"jobs":[{"title":"a"}],"tags":["x"]})"), R"({"l":[{"t":"a"},{"t":"x"}]})");
  EXPECT_EQ(run(lines, R"({"yes":false,"jobs":[{"title":"a"}],"tags":["x"]})"), R"({"l":[{"t":"x"}]})");
}

TEST(SeveralSources, stand_within_rows_of_another_array) {
  constexpr std::string_view lines =
      "  l:\n    for_each: jobs\n    fields:\n      parts:\n        items:\n"
      "          - { for_each: skills, fields: { s: { from: label, data: skills } } }\n"
      "          - { for_each: $.tags, fields: { t: { from: '@', data: skills } } }";
  EXPECT_EQ(run(lines, R"({"tags":["x"],"jobs":[{"skills":[{"label":"a"},{"label":"b"}]},{"title":"none"}]})"),
            R"({"l":[{"parts":[{"s":"a"},{"s":"b"},{"t":"x"}]},{"parts":[{"t":"x"}]}]})");
}

TEST(SeveralSources, of_a_list_within_a_list_stay_within_it) {
  EXPECT_EQ(run("  l:\n    items:\n      - items:\n          - { for_each: tags, fields: { '#text': { from: '@', data: "
                "skills } } }\n      - items: [ { from: name, data: skills } ]",
                R"({"tags":["x","y"],"name":"n"})"),
            R"({"l":[["x","y"],["n"]]})");
}

TEST(SeveralSources, what_is_not_covered_is_left_out_of_each) {
  MappingFiles files;
  files.lines(
      "  l:\n    items:\n      - { for_each: jobs, fields: { t: { from: title, data: skills } } }\n"
      "      - { for_each: tags, fields: { t: { from: '@', data: wishes } } }");
  Translation out;
  EXPECT_EQ(files.translate(R"({"jobs":[{"title":"a"}],"tags":["x","y"]})", {Category::skills}, &out),
            R"({"l":[{"t":"a"}]})");
  ASSERT_EQ(out.left_out.size(), 1U) << "told once, not for each row";
  EXPECT_EQ(out.left_out[0].category, Category::wishes);
}

TEST(SeveralSources, are_told_apart_by_explain) {
  MappingFiles files;
  files.lines(jobs_and_tags);
  const auto library = files.loaded();
  ASSERT_TRUE(library);
  Context context;
  context.allowed = CategorySet::all();
  context.purpose = "work-guidance";
  const auto explained = library->mappings().front()->explain(R"({"tags":["x"]})", context);
  std::string all;
  ASSERT_TRUE(explained.has_value());
  for (const auto& line : *explained)
    all += fmt::format("{} {} {};", line.target, line.source, line.left_out.empty() ? "sent" : line.left_out);
  EXPECT_EQ(all, "l/t jobs[].title no-elements;l/t tags[] sent;");
}

class CountedList : public testing::Test {
 protected:
  // A list of at least two and at most four, of which each row of jobs has a list of its own.
  CountedList() {
    files_.write(
        "schemas/list.json",
        R"({"type":"object","required":["l"],"properties":{"l":{"type":"array","minItems":2,"maxItems":4,"items":
                 {"type":"object","additionalProperties":false,"properties":{"t":{"type":"string"},"s":{"type":"array",
                 "minItems":1,"maxItems":3,"items":{"type":"string"}}}}}}})");
    files_.lines(
        "  l:\n    items:\n"
        "      - { for_each: jobs, fields: { t: { from: title, data: skills }, s: { items: [ { from: title, data: "
        "skills }, { for_each: skills, fields: { '#text': { from: label, data: skills } } } ] } } }\n"
        "      - { fields: { s: { for_each: tags, fields: { '#text': { from: '@', data: skills } } } } }\n"
        "      - { for_each: tags, fields: { t: { from: '@', data: skills } } }",
        "", "{ format: json, schema: schemas/list.json }");
    library_ = files_.loaded();
  }
  std::string translate(std::string_view record) {
    Context context;
    context.allowed = CategorySet::all();
    context.purpose = "work-guidance";
    const auto result = library_->mappings().front()->translate(record, context);
    return result ? result->bytes : result.error().field + ": " + result.error().detail;
  }
  MappingFiles files_;
  std::unique_ptr<Library> library_;
};

TEST_F(CountedList, counts_each_row_as_an_element) {
  ASSERT_TRUE(library_);
  EXPECT_EQ(translate(R"({"jobs":[{"title":"a"},{"title":"b"},{"title":"c"},{"title":"d"}]})"),
            R"({"l":[{"t":"a","s":["a"]},{"t":"b","s":["b"]},{"t":"c","s":["c"]},{"t":"d","s":["d"]}]})");
  EXPECT_EQ(translate(R"({"jobs":[{"title":"a"},{"title":"b"},{"title":"c"},{"title":"d"},{"title":"e"}]})"),
            "l: 5 elements, which the recipient's schema does not allow");
  EXPECT_EQ(translate(R"({"jobs":[{"title":"a"}]})"), "l: 1 element, which the recipient's schema does not allow");
  EXPECT_EQ(translate(R"({"tags":["x","y","z"]})"), R"({"l":[{"s":["x","y","z"]},{"t":"x"},{"t":"y"},{"t":"z"}]})");
}

TEST_F(CountedList, counts_none_of_a_list_within) {
  ASSERT_TRUE(library_);
  EXPECT_EQ(translate(R"({"jobs":[{"title":"a","skills":[{"label":"b"},{"label":"c"}]}],"tags":["x"]})"),
            R"({"l":[{"t":"a","s":["a","b","c"]},{"s":["x"]},{"t":"x"}]})");
  EXPECT_EQ(translate(R"({"jobs":[{"title":"a","skills":[{"label":"b"},{"label":"c"},{"label":"d"}]}],"tags":["x"]})"),
            "l/s: 4 elements, which the recipient's schema does not allow");
}

// Against a list that the test puts together itself, with its own count.
TEST(SeveralSources, are_the_list_that_it_is_said_to_be_whatever_the_record) {
  MappingFiles files;
  files.write(
      "schemas/list.json",
      R"({"type":"object","properties":{"l":{"type":"array","minItems":2,"maxItems":6,"items":{"type":"object"}}}})");
  files.lines(
      "  l:\n    items:\n"
      "      - { for_each: jobs, where: 'current = true', fields: { a: { from: title, data: skills }, in: { for_each: "
      "skills, fields: { '#text': { from: label, data: skills } } } } }\n"
      "      - { fields: { k: { value: ME }, n: { from: name, data: skills } } }\n"
      "      - { for_each: tags, fields: { t: { from: '@', data: skills } } }\n"
      "      - { for_each: jobs, where: 'current = false', fields: { in: { items: [ { for_each: skills, fields: { "
      "'#text': { from: label, data: skills } } }, { from: title, data: skills } ] } } }",
      "", "{ format: json, schema: schemas/list.json }");
  const auto library = files.loaded();
  ASSERT_TRUE(library);
  Context context;
  context.allowed = CategorySet::all();
  context.purpose = "work-guidance";
  std::mt19937 random(20261129);
  const auto up_to = [&](unsigned most) { return static_cast<unsigned>(random() % (most + 1)); };
  std::size_t too_many = 0;
  std::size_t fitting = 0;
  for (int round = 0; round < 2000; ++round) {
    std::string jobs;
    std::vector<std::string> current;
    std::vector<std::string> former;
    for (unsigned i = up_to(4); i > 0; --i) {
      std::string skills;
      std::string labels;
      for (unsigned s = up_to(3); s > 0; --s) {
        skills += fmt::format(R"({}{{"label":"s{}"}})", skills.empty() ? "" : ",", s);
        labels += fmt::format(R"({}"s{}")", labels.empty() ? "" : ",", s);
      }
      const bool is_current = up_to(1) == 0;
      jobs += fmt::format(R"({}{{"title":"j{}","current":{},"skills":[{}]}})", jobs.empty() ? "" : ",", i, is_current,
                          skills);
      if (is_current)
        current.push_back(fmt::format(R"({{"a":"j{}"{}}})", i, labels.empty() ? "" : ",\"in\":[" + labels + "]"));
      else
        former.push_back(fmt::format(R"({{"in":[{}{}"j{}"]}})", labels, labels.empty() ? "" : ",", i));
    }
    auto expected = current;
    const bool is_named = up_to(1) == 0;
    if (is_named) expected.emplace_back(R"({"k":"ME","n":"n"})");
    std::string tags;
    for (unsigned i = up_to(3); i > 0; --i) {
      tags += fmt::format(R"({}"t{}")", tags.empty() ? "" : ",", i);
      expected.push_back(fmt::format(R"({{"t":"t{}"}})", i));
    }
    expected.insert(expected.end(), former.begin(), former.end());
    const auto record = fmt::format(R"({{{}"tags":[{}],"jobs":[{}]}})", is_named ? R"("name":"n",)" : "", tags, jobs);

    const auto result = library->mappings().front()->translate(record, context);
    if (expected.empty()) {
      ASSERT_EQ(result.error().reason, Reason::nothing_to_send) << record;
    } else if (expected.size() < 2 || expected.size() > 6) {
      ++too_many;
      ASSERT_FALSE(result.has_value()) << record;
      ASSERT_EQ(result.error().detail, fmt::format("{} element{}, which the recipient's schema does not allow",
                                                   expected.size(), expected.size() == 1 ? "" : "s"));
    } else {
      ++fitting;
      ASSERT_TRUE(result.has_value()) << record << result.error().detail;
      ASSERT_EQ(result->bytes, fmt::format(R"({{"l":[{}]}})", fmt::join(expected, ","))) << record;
    }
  }
  EXPECT_GT(too_many, 200U);
  EXPECT_GT(fitting, 1000U);
}

TEST(SeveralSources, are_elements_of_one_name_in_xml) {
  MappingFiles files;
  files.write(
      "schemas/m.xsd",
      R"(<xs:schema xmlns:xs="http://www.w3.org/2001/XMLSchema"><xs:element name="m"><xs:complexType><xs:sequence>
  <xs:element name="e" minOccurs="0" maxOccurs="3"><xs:complexType><xs:sequence><xs:element name="t" type="xs:string"/>
  </xs:sequence></xs:complexType></xs:element></xs:sequence></xs:complexType></xs:element></xs:schema>)");
  files.lines(
      "  e:\n    items:\n      - { for_each: jobs, fields: { t: { from: title, data: skills } } }\n"
      "      - { for_each: tags, fields: { t: { from: '@', data: skills } } }",
      "", "{ format: xml, schema: schemas/m.xsd, root: m }");
  EXPECT_EQ(files.translate(R"({"tags":["x"],"jobs":[{"title":"a"},{"title":"b"}]})"),
            "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<m><e><t>a</t></e><e><t>b</t></e><e><t>x</t></e></m>");
  EXPECT_EQ(files.translate(R"({"tags":["x","y"],"jobs":[{"title":"a"},{"title":"b"}]})").substr(0, 14),
            "schema-invalid")
      << "four where three may stand";
}

TEST(SeveralSources, are_read_from_xml_wherever_they_stand) {
  MappingFiles files;
  files.write("schemas/in.xsd",
              R"(<xs:schema xmlns:xs="http://www.w3.org/2001/XMLSchema"><xs:complexType name="P"><xs:sequence>
  <xs:element name="t" type="xs:string" maxOccurs="unbounded"/></xs:sequence></xs:complexType><xs:element name="in"><xs:complexType><xs:sequence>
  <xs:element name="first" type="P" minOccurs="0"/><xs:element name="second" type="P" minOccurs="0"/>
  </xs:sequence></xs:complexType></xs:element></xs:schema>)");
  files.write("m.yaml",
              "mapping: m\nversion: 1.0.0\neffective: { from: 2026-01-01 }\ndirection: in\n"
              "source: { format: xml, schema: schemas/in.xsd, root: in }\n"
              "target: { format: json, schema: schemas/any.json }\nfields:\n  l:\n    items:\n"
              "      - { for_each: second/t, fields: { b: { from: '@', data: skills } } }\n"
              "      - { for_each: first/t, fields: { a: { from: '@', data: skills } } }\n");
  EXPECT_EQ(files.translate("<in><first><t>1</t><t>2</t></first><second><t>3</t></second></in>"),
            R"({"l":[{"b":"3"},{"a":"1"},{"a":"2"}]})");
  EXPECT_EQ(files.translate("<in><first><t>1</t></first></in>"), R"({"l":[{"a":"1"}]})");
  const auto nothing = files.loaded()->mappings().front()->translate("<in/>", {});
  ASSERT_FALSE(nothing.has_value());
  EXPECT_EQ(nothing.error().detail, "nothing is there of what is read; send at least one of second/t, first/t");
}

// What was sent is there: to ask for it would send somebody looking for what is in front of them.
TEST(SeveralSources, a_list_whose_rows_are_all_left_out_is_not_told_to_be_missing) {
  MappingFiles files;
  files.write("m.yaml",
              "mapping: m\nversion: 1.0.0\neffective: { from: 2026-01-01 }\ndirection: in\n"
              "source: { format: json, schema: schemas/any.json }\n"
              "target: { format: json, schema: schemas/any.json }\nfields:\n  l:\n    for_each: rows\n"
              "    where: \"state = NEW\"\n    fields:\n      a: { from: name, data: skills }\n");
  const auto detail_of = [&](std::string_view input) {
    const auto translated = files.loaded()->mappings().front()->translate(std::string(input), {});
    return translated ? std::string() : translated.error().detail;
  };
  EXPECT_EQ(files.translate(R"({"rows":[{"state":"NEW","name":"x"},{"state":"OLD","name":"y"}]})"),
            R"({"l":[{"a":"x"}]})");
  EXPECT_EQ(detail_of(R"({"rows":[{"state":"OLD","name":"y"}]})"),
            "of rows there is none that the mapping reads: its conditions (where) leave each out");
  EXPECT_EQ(detail_of(R"({"rows":[]})"), "nothing is there of what is read; send at least one of rows");
}

}  // namespace
}  // namespace ketenpoort::mapping
