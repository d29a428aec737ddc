// The language, line by line: what a small mapping makes of a record.
#include "gateway/mapping/library.hpp"

#include <fmt/format.h>

#include <map>

#include "gateway/mapping/plan/plan.hpp"
#include "tests/unit/mapping/mapping_files.hpp"

namespace ketenpoort::mapping {
namespace {

std::string run(std::string_view fields, std::string_view record, std::string_view more = "") {
  MappingFiles files;
  files.lines(fields, more);
  return files.translate(record);
}

TEST(Mapping, values_are_text_unless_a_step_says_otherwise) {
  EXPECT_EQ(run("  a: { from: age, data: skills }\n  b: { from: age, do: [integer], data: skills }\n  c: { from: yes, "
                "do: [boolean], data: skills }",
                R"({"age":7,"yes":true})"),
            R"({"a":"7","b":7,"c":true})");
}

TEST(Mapping, slashes_make_levels_and_dots_do_not) {
  EXPECT_EQ(run("  x.y/z: { from: name, data: skills }\n  x.y/c: { value: k }", R"({"name":"n"})"),
            R"({"x.y":{"z":"n","c":"k"}})");
}

TEST(Mapping, texts_are_escaped) {
  EXPECT_EQ(run("  a: { from: name, data: skills }", "{\"name\":\"q\\\"\\\\\\n\\u0001\\u00e9\"}"),
            "{\"a\":\"q\\\"\\\\\\n\\u0001\xC3\xA9\"}");
}

TEST(Mapping, container_with_nothing_but_constants_vanishes) {
  const auto* fields =
      "  a/type: { value: T }\n  a/v: { from: nick, data: skills }\n  b: { from: name, data: skills }\n"
      "  c: { items: [ { fields: { t: { value: U }, v: { from: nick, data: skills } } } ] }\n  d: { from: nick, "
      "literal: nl, data: skills }";
  EXPECT_EQ(run(fields, R"({"name":"n"})"), R"({"b":"n"})");
  EXPECT_EQ(run(fields, R"({"name":"n","nick":"x"})"),
            R"({"a":{"type":"T","v":"x"},"b":"n","c":[{"t":"U","v":"x"}],"d":{"@value":"x","@language":"nl"}})");
}

TEST(Mapping, wholly_constant_part_stays_with_its_surroundings) {
  EXPECT_EQ(run("  a: { from: name, data: skills }\n  b/c: { value: k }\n  e: { value: 'http://x', as: '@id' }",
                R"({"name":"n"})"),
            R"({"a":"n","b":{"c":"k"},"e":{"@id":"http://x"}})");
}

TEST(Mapping, default_alone_does_not_keep_a_container) {
  const auto* fields =
      "  a/type: { value: T }\n  a/v: { from: nick, missing: { value: none }, data: skills }\n"
      "  b: { from: name, data: skills }\n  c: { from: nick, missing: { value: none }, literal: nl, data: skills }";
  EXPECT_EQ(run(fields, R"({"name":"n"})"), R"({"b":"n","c":{"@value":"none","@language":"nl"}})");
}

TEST(Mapping, last_resort_of_a_choice_is_a_default) {
  const auto* fields =
      "  a/type: { value: T }\n  a/v: { choose: [ { when: 'age < 18', value: young }, { value: other } ], data: skills "
      "}\n"
      "  b: { from: name, data: skills }";
  EXPECT_EQ(run(fields, R"({"name":"n","age":30})"), R"({"b":"n"})");
  EXPECT_EQ(run(fields, R"({"name":"n","age":7})"), R"({"a":{"type":"T","v":"young"},"b":"n"})");
}

TEST(Mapping, text_of_which_a_step_leaves_nothing_is_not_there) {
  const auto* fields =
      "  a: { from: nick, do: [ { replace: { find: '-', with: '' } } ], data: skills }\n"
      "  b: { from: nick, do: [ { replace: { find: '-', with: '' } } ], missing: { value: none }, data: skills }\n"
      "  c: { from: name, data: skills }";
  EXPECT_EQ(run(fields, R"({"name":"n","nick":"--"})"), R"({"b":"none","c":"n"})");
}

TEST(Mapping, rows_nest_and_elements_may_be_scalars) {
  EXPECT_EQ(
      run("  jobs:\n    for_each: jobs\n    fields:\n      t: { from: title, data: skills }\n      s:\n        "
          "for_each: skills\n        fields:\n"
          "          l: { from: label, data: skills }\n  tags: { for_each: tags, fields: { '#text': { from: '@', data: "
          "skills } } }",
          R"({"jobs":[{"title":"a","skills":[{"label":"1"},{"label":"2"}]},{"title":"b"},{"skills":[{"label":"3"}]}],"tags":["x","y"]})"),
      R"({"jobs":[{"t":"a","s":[{"l":"1"},{"l":"2"}]},{"t":"b"},{"s":[{"l":"3"}]}],"tags":["x","y"]})");
}

TEST(Mapping, index_counts_from_both_ends) {
  const auto* fields =
      "  a: { from: 'tags[0]', data: skills }\n  z: { from: 'tags[-1]', data: skills }\n  n: { from: 'tags[5]', data: "
      "skills }";
  EXPECT_EQ(run(fields, R"({"tags":["x","y","w"]})"), R"({"a":"x","z":"w"})");
  EXPECT_EQ(
      run("  s: { from: 'jobs[1].skills[0].label', data: skills }", R"({"jobs":[{},{"skills":[{"label":"deep"}]}]})"),
      R"({"s":"deep"})");
}

TEST(Mapping, join_takes_every_element_of_an_array) {
  const auto* const lines = "  a: { join: ['tags[]', name], with: ' ', data: skills }";
  EXPECT_EQ(run(lines, R"({"tags":["x","y","z"],"name":"n"})"), R"({"a":"x y z n"})");
  EXPECT_EQ(run(lines, R"({"tags":[],"name":"n"})"), R"({"a":"n"})");
  EXPECT_EQ(run(lines, R"({"name":"n"})"), R"({"a":"n"})");
  EXPECT_EQ(run(lines, R"({"tags":["x","","y"]})"), R"({"a":"x y"})");
  EXPECT_EQ(run("  l: { for_each: jobs, fields: { a: { join: [title, '$.tags[]'], with: '-', data: skills } } }",
                R"({"jobs":[{"title":"t"},{"title":"u"}],"tags":["1","2"]})"),
            R"({"l":[{"a":"t-1-2"},{"a":"u-1-2"}]})");
}

TEST(Mapping, join_skips_what_is_absent) {
  EXPECT_EQ(run("  a: { join: [name, nick, 'tags[0]'], with: '-', data: skills }", R"({"name":"n","tags":["t"]})"),
            R"({"a":"n-t"})");
}

TEST(Mapping, pick_compares_numbers_as_numbers) {
  const auto* record =
      R"({"jobs":[{"title":"two","level":2},{"title":"ten","level":10,"current":true},{"title":"none"}]})";
  EXPECT_EQ(run("  a: { pick: jobs, take: max(level), get: title, data: skills }", record), R"({"a":"ten"})");
  EXPECT_EQ(run("  a: { pick: jobs, take: min(level), get: title, data: skills }", record), R"({"a":"two"})");
  EXPECT_EQ(run("  a: { pick: jobs, take: last, get: title, data: skills }", record), R"({"a":"none"})");
  EXPECT_EQ(run("  a: { pick: jobs, take: max(level), get: title, data: skills }",
                R"({"jobs":[{"title":"less","level":9007199254740992},{"title":"more","level":9007199254740993}]})"),
            R"({"a":"more"})")
      << "more digits than a double keeps";
  EXPECT_EQ(run("  a: { pick: jobs, take: min(title), get: title, data: skills }",
                R"({"jobs":[{"title":"Nanda"},{"title":"Nan"},{"title":"Inf"}]})"),
            R"({"a":"Inf"})")
      << "names, not numbers";
  EXPECT_EQ(run("  a: { pick: jobs, where: 'current = true', get: title, data: skills }", record), R"({"a":"ten"})");
}

TEST(Mapping, choose_takes_the_first_branch_that_holds) {
  const auto* fields = "  a: { choose: [ { when: 'age < 18', value: young }, { from: nick }, ], data: skills }";
  EXPECT_EQ(run(fields, R"({"age":7,"nick":"x"})"), R"({"a":"young"})");
  EXPECT_EQ(run(fields, R"({"age":70,"nick":"x"})"), R"({"a":"x"})");
  EXPECT_EQ(run(fields, R"({"nick":"x"})"), R"({"a":"x"})") << "a comparison with what is absent is false";
}

TEST(Mapping, conditions) {
  const auto holds = [](std::string_view condition, std::string_view record) {
    return run("  a: { value: yes, when: " + std::string(condition) +
                   ", data: skills }\n  b: { value: no }\n  c: { from: ssin, data: skills }",
               record)
               .find("\"a\"") != std::string::npos;
  };
  EXPECT_TRUE(holds("'name = Ann'", R"({"name":"Ann","ssin":"1"})"));
  EXPECT_FALSE(holds("'name != Ann'", R"({"ssin":"1"})"));
  EXPECT_TRUE(holds("'name != Bob'", R"({"name":"Ann","ssin":"1"})"));
  EXPECT_TRUE(holds("'age <= 10'", R"({"age":9,"ssin":"1"})"));
  EXPECT_TRUE(holds("'age <= 10'", R"({"age":10,"ssin":"1"})"));
  EXPECT_FALSE(holds("'age <= 10'", R"({"age":11,"ssin":"1"})"));
  EXPECT_TRUE(holds("'age < 18'", R"({"age":17,"ssin":"1"})"));
  EXPECT_FALSE(holds("'age < 18'", R"({"age":18,"ssin":"1"})")) << "of age on the birthday";
  EXPECT_TRUE(holds("'age < -2'", R"({"age":-10,"ssin":"1"})"));
  EXPECT_FALSE(holds("'age < -10'", R"({"age":-2,"ssin":"1"})"));
  EXPECT_TRUE(holds("'age < 0'", R"({"age":-1,"ssin":"1"})"));
  EXPECT_FALSE(holds("'age < -1'", R"({"age":0,"ssin":"1"})"));
  EXPECT_TRUE(holds("'name < 1.5'", R"({"name":"1.25","ssin":"1"})"));
  EXPECT_FALSE(holds("'name < 1.5'", R"({"name":"1.50","ssin":"1"})"));
  EXPECT_FALSE(holds("'name < 1.5'", R"({"name":"10.25","ssin":"1"})"));
  EXPECT_TRUE(holds("'sex in [0, 2]'", R"({"sex":2,"ssin":"1"})"));
  EXPECT_TRUE(holds("'not exists name'", R"({"ssin":"1"})"));
  EXPECT_TRUE(holds("'day before 2026-01-01'", R"({"day":"2025-12-31","ssin":"1"})"));
  EXPECT_TRUE(holds("'day after today'", R"({"day":"2026-11-25","ssin":"1"})"));
  for (const auto* that_day : {"2026-03-01", "2026-03-01T09:00:00+01:00", "2026-03-01T22:59Z", "2026-03-01+02:00"}) {
    const auto record = fmt::format(R"({{"day":"{}","ssin":"1"}})", that_day);
    EXPECT_FALSE(holds("'day after 2026-03-01'", record)) << that_day;
    EXPECT_FALSE(holds("'day before 2026-03-01'", record)) << that_day;
    EXPECT_TRUE(holds("'day after 2026-02-28'", record)) << that_day;
    EXPECT_TRUE(holds("'day before 2026-03-02'", record)) << that_day;
  }
  EXPECT_TRUE(holds("'day after 2026-03-01'", R"({"day":"2026-03-01T23:30:00Z","ssin":"1"})")) << "in Brussels";
  for (const auto* none : {"unknown", "", "1", "2026-13-01", "31/12/2027"}) {
    const auto record = fmt::format(R"({{"day":"{}","ssin":"1"}})", none);
    EXPECT_FALSE(holds("'day after 2026-03-01'", record)) << none;
    EXPECT_FALSE(holds("'day before 2026-03-01'", record)) << none;
  }
  EXPECT_TRUE(holds("'name matches ^A.n$'", R"({"name":"Ann","ssin":"1"})"));
  EXPECT_TRUE(
      holds("{ all: ['exists name', { any: ['age = 1', 'age = 2'] }] }", R"({"name":"Ann","age":2,"ssin":"1"})"));
  EXPECT_FALSE(
      holds("{ all: ['exists name', { any: ['age = 1', 'age = 2'] }] }", R"({"name":"Ann","age":3,"ssin":"1"})"));
}

TEST(Mapping, reference_vanishes_with_its_node_wherever_it_stands) {
  const auto* fields =
      "  g:\n    items:\n      - { fields: { '@id': { value: '_:first' }, to: { ref: '_:second' }, n: { from: name, "
      "data: skills } } }\n"
      "      - { fields: { '@id': { value: '_:second' }, n: { from: nick, data: skills } } }\n"
      "      - { fields: { '@id': { value: '_:third' }, to: { ref: '_:second' } } }\n"
      "      - { fields: { '@id': { value: '_:fourth' }, to: { ref: '_:third' } } }";
  EXPECT_EQ(run(fields, R"({"name":"n"})"), R"({"g":[{"@id":"_:first","n":"n"}]})");
  EXPECT_EQ(run(fields, R"({"name":"n","nick":"x"})"),
            R"({"g":[{"@id":"_:first","to":{"@id":"_:second"},"n":"n"},{"@id":"_:second","n":"x"},)"
            R"({"@id":"_:third","to":{"@id":"_:second"}},{"@id":"_:fourth","to":{"@id":"_:third"}}]})");
}

// The reference was written before that was known: what is written anew says everything once.
TEST(Mapping, reference_vanishes_with_a_node_that_a_condition_leaves_out) {
  const std::string first =
      "      - { fields: { '@id': { value: '_:first' }, to: { ref: '_:second' }, n: { from: name, data: skills } } }\n";
  const std::string second = "{ fields: { '@id': { value: '_:second' }, n: { from: nick, data: skills } }";
  for (const auto& fields :
       {"  g:\n    items:\n" + first + "      - " + second + ", when: 'yes = true' }\n",
        "  g:\n    items:\n" + first + "  h:\n    when: 'yes = true'\n    items:\n      - " + second + " }\n"}) {
    MappingFiles files;
    files.lines(fields +
                "  c: { from: sex, codes: sex, unmapped: omit, data: skills }\n  d: { from: day, data: wishes }");
    Translation out;
    EXPECT_EQ(files.translate(R"({"name":"n","nick":"x","sex":7,"day":"d"})", {Category::skills}, &out),
              R"({"g":[{"@id":"_:first","n":"n"}]})");
    EXPECT_EQ(out.findings.size(), 1U);
    EXPECT_EQ(out.left_out.size(), 1U);
    EXPECT_NE(files.translate(R"({"name":"n","nick":"x","yes":true})").find(R"("to":{"@id":"_:second"})"),
              std::string::npos);
  }
}

TEST(Mapping, code_lists_have_policies_and_findings) {
  MappingFiles files;
  files.write("codelists/n.csv", "source,target,label,from,to\nknown,K,,,\nold,O,,,2020-12-31\nold,N,,2021-01-01,\n");
  files.write("codelists/n.meta.yaml", "version: 1.0.0\nlicence: EUPL-1.2\n");
  files.lines(
      "  a: { from: name, codes: n, unmapped: omit, data: skills }\n  b: { from: nick, codes: n, unmapped: { value: "
      "other }, data: skills }");
  Translation out;
  EXPECT_EQ(files.translate(R"({"name":"odd","nick":"odd"})", CategorySet::all(), &out), R"({"b":"other"})");
  ASSERT_EQ(out.findings.size(), 1U) << "a value that the mapping foresees is no remark";
  EXPECT_EQ(out.findings[0].code, "code-unknown");
  EXPECT_EQ(out.findings[0].detail.find("odd"), std::string::npos) << "a finding never carries a value";
  EXPECT_EQ(files.translate(R"({"name":"old"})"), R"({"a":"N"})") << "validity is that of the day";
}

TEST(Mapping, codes_are_found_in_the_other_case) {
  MappingFiles files;
  files.write("codelists/levels.csv", "source,target,label,from,to\nLOW,l,,,\na_name_beyond_sixteen_bytes,<h>,,,\n");
  files.write("codelists/levels.meta.yaml", "title: Levels\nversion: 1.0.0\nlicence: EUPL-1.2\n");
  files.lines(
      "  a: { from: name, do: [upper], codes: levels, unmapped: omit, data: skills }\n"
      "  b: { from: nick, do: [lower], codes: levels, unmapped: omit, data: skills }");
  EXPECT_EQ(files.translate(R"({"name":"low","nick":"A_name_beyond_sixteen_BYTES"})"), R"({"a":"l","b":"<h>"})");
  EXPECT_EQ(files.translate(R"({"name":"lo","nick":"A_name_beyond_sixteen_BYTES"})"), R"({"b":"<h>"})");
}

TEST(Mapping, unknown_code_without_a_policy_refuses) {
  MappingFiles files;
  files.lines("  a: { from: name, codes: sex, data: skills }");
  EXPECT_EQ(files.translate(R"({"name":"9"})"), "mapping-failed name");
}

TEST(Mapping, failed_step_follows_the_error_policy) {
  EXPECT_EQ(run("  a: { from: day, do: [date], error: omit, data: skills }\n  b: { from: name, data: skills }",
                R"({"day":"soon","name":"n"})"),
            R"({"b":"n"})");
  EXPECT_EQ(run("  a: { from: day, do: [date], error: { value: unknown }, data: skills }", R"({"day":"soon"})"),
            R"({"a":"unknown"})");
  EXPECT_EQ(run("  a: { from: day, do: [date], data: skills }", R"({"day":"soon"})"), "mapping-failed day");
}

TEST(Mapping, missing_follows_its_policy) {
  EXPECT_EQ(run("  a: { from: day, missing: reject, data: skills }", "{}"), "mapping-failed a");
  EXPECT_EQ(run("  a: { from: day, missing: { value: none }, data: skills }\n  b: { from: name, data: skills }",
                R"({"name":"n"})"),
            R"({"a":"none","b":"n"})");
  EXPECT_EQ(run("  a: { from: day, required: true, data: skills }", "{}"), "mapping-failed a");
  EXPECT_EQ(run("  a: { from: ssin, do: [ssin], required: true, data: skills }", "{}"), "identifier-missing a");
}

TEST(Mapping, uncovered_categories_are_left_out_and_reported) {
  MappingFiles files;
  files.lines(
      "  a: { from: name, data: identity-core }\n  b: { from: nick, data: wishes }\n  c: { from: day, data: wishes }");
  Translation out;
  EXPECT_EQ(files.translate(R"({"name":"n","nick":"secret"})", {Category::identity_core}, &out), R"({"a":"n"})");
  ASSERT_EQ(out.left_out.size(), 1U) << "day is absent, so nothing of it was left out";
  EXPECT_EQ(out.left_out[0].field, "b");
  EXPECT_EQ(out.left_out[0].reason, "category-not-covered");
  EXPECT_EQ(out.sent, CategorySet{Category::identity_core});
  EXPECT_EQ(files.translate(R"({"name":"n"})", {Category::wishes}), "nothing-to-send ");
}

TEST(Mapping, what_is_left_out_is_what_would_be_there) {
  MappingFiles files;
  files.lines(
      "  a: { from: name, data: identity-core }\n  b: { join: [nick, day], with: ' ', data: wishes }\n"
      "  c: { value: yes, when: 'yes = true', data: wishes }\n  d: { known_id: person, data: wishes }");
  const auto left_out = [&](std::string_view record) {
    Translation out;
    EXPECT_EQ(files.translate(record, {Category::identity_core}, &out), R"({"a":"n"})");
    std::string fields;
    for (const auto& left : out.left_out) fields += left.field;
    return fields;
  };
  EXPECT_EQ(left_out(R"({"name":"n"})"), "");
  EXPECT_EQ(left_out(R"({"name":"n","day":"d"})"), "b");
  EXPECT_EQ(left_out(R"({"name":"n","yes":true})"), "c");
}

// What was written and taken back, since nothing about the person stood beside it, was not sent.
TEST(Mapping, a_default_in_a_part_that_vanishes_was_not_sent) {
  MappingFiles files;
  files.lines(
      "  a/b: { from: nick, missing: { value: none }, data: schooling }\n  a/c: { from: day, data: wishes }\n"
      "  d: { from: name, data: identity-core }");
  Translation out;
  EXPECT_EQ(files.translate(R"({"name":"n"})", CategorySet::all(), &out), R"({"d":"n"})");
  EXPECT_EQ(out.sent, CategorySet{Category::identity_core});

  Context all;
  all.allowed = CategorySet::all();
  all.purpose = "work-guidance";
  const auto lines = files.loaded()->mappings().front()->explain(R"({"name":"n"})", all);
  EXPECT_EQ((*lines)[0].target + (*lines)[0].left_out + (*lines)[0].value, "a/bdefault-only");
  EXPECT_EQ((*lines)[2].target + (*lines)[2].left_out + (*lines)[2].value, "d***");
}

TEST(Mapping, uncovered_required_line_refuses) {
  MappingFiles files;
  files.lines("  a: { from: name, required: true, data: identity-core }\n  b: { from: nick, data: wishes }");
  EXPECT_EQ(files.translate(R"({"name":"n","nick":"x"})", {Category::wishes}), "category-not-covered a");
}

TEST(Mapping, category_that_is_never_for_the_purpose_is_left_out) {
  MappingFiles files;
  files.write("x.txt", "");
  files.lines("  a: { from: name, data: identity-core }\n  b: { from: nick, data: wishes }");
  auto text = std::string("purposes: [work-guidance]");
  LoadOptions options;
  options.purposes["work-guidance"] = {{Category::identity_core}, {}};
  EXPECT_NE(files.complaints(options).find("wishes is never for any of the purposes"), std::string::npos);
}

// What it may take is not known, so it gets nothing: not even what every purpose gets.
// Who reads only "nothing" cannot tell what to mend.
TEST(Mapping, nothing_to_send_says_what_was_left_out) {
  MappingFiles files;
  files.lines("  a: { from: sex, codes: sex, unmapped: omit, data: identity-core }\n  b: { from: nick, data: wishes }");
  const auto library = files.loaded();
  Context context;
  context.allowed = {Category::identity_core};
  context.purpose = "work-guidance";
  const auto result = library->mappings().front()->translate(R"({"sex":7,"nick":"x"})", context);
  ASSERT_FALSE(result.has_value());
  EXPECT_EQ(result.error().reason, Reason::nothing_to_send);
  EXPECT_EQ(result.error().detail,
            "no field that may be sent is left; left out: sex (code-unknown), b (category-not-covered: wishes)");
}

TEST(Mapping, refusal_counts_every_element_of_a_list) {
  MappingFiles files;
  files.write("schemas/list.json",
              R"({"type":"object","properties":{"l":{"type":"array","maxItems":2,"items":{"type":"string"}}}})");
  files.lines("  l: { items: [ { value: x }, { from: name, data: skills }, { from: nick, data: skills } ] }", "",
              "{ format: json, schema: schemas/list.json }");
  const auto library = files.loaded();
  Context context;
  context.allowed = CategorySet::all();
  context.purpose = "work-guidance";
  const auto result = library->mappings().front()->translate(R"({"name":"n","nick":"x"})", context);
  ASSERT_FALSE(result.has_value());
  EXPECT_EQ(result.error().detail, "3 elements, which the recipient's schema does not allow");
}

TEST(Mapping, unknown_purpose_is_refused) {
  MappingFiles files;
  files.lines("  a: { from: name, data: identity-core }\n  b: { from: nick, data: wishes }");
  const auto refusal = [&](std::string_view purpose, const LoadOptions& options) {
    const auto library = files.loaded(options);
    Context context;
    context.allowed = CategorySet::all();
    context.purpose = purpose;
    const auto result = library->mappings().front()->translate(R"({"name":"n","nick":"x"})", context);
    return result ? result->bytes : result.error().detail;
  };
  LoadOptions options;
  options.purposes["work-guidance"] = {{Category::identity_core}, {Category::wishes}, "vdab"};
  options.purposes["language-course"] = {{Category::identity_core}, {}, "vdab"};
  for (const auto& each : {options, LoadOptions{}}) {
    EXPECT_EQ(refusal("work-guidance", each), R"({"a":"n","b":"x"})");
    EXPECT_EQ(refusal("work-guidanse", each),
              "work-guidanse is no purpose of this mapping (did you mean work-guidance?); it has work-guidance");
    EXPECT_EQ(refusal("language-course", each), "language-course is no purpose of this mapping; it has work-guidance");
    EXPECT_EQ(refusal("", each), "no purpose is given; it has work-guidance");
  }
}

// What the decision allows is what some purpose takes; each message takes what its own does.
TEST(Mapping, each_purpose_takes_its_own_categories) {
  MappingFiles files;
  files.write("m.yaml",
              "mapping: m\nversion: 1.0.0\neffective: { from: 2026-01-01 }\n"
              "source: { format: json, schema: schemas/source.json }\n"
              "target: { format: json, schema: schemas/any.json }\n"
              "recipient: vdab\npurposes: [work-guidance, language-course]\nfields:\n"
              "  a: { from: name, data: identity-core }\n  b: { from: nick, data: wishes }\n");
  LoadOptions options;
  options.purposes["work-guidance"] = {{Category::identity_core}, {Category::wishes}, "vdab"};
  options.purposes["language-course"] = {{Category::identity_core}, {}, "vdab"};
  const auto library = files.loaded(options);
  const auto made_for = [&](std::string_view purpose, CategorySet allowed) {
    Context context;
    context.allowed = allowed;
    context.purpose = purpose;
    const auto result = library->mappings().front()->translate(R"({"name":"n","nick":"x"})", context);
    if (!result) return result.error().detail;
    std::string text = result->bytes;
    for (const auto& left : result->left_out) text.append(" ").append(left.field).append(" ").append(left.reason);
    return text;
  };
  EXPECT_EQ(made_for("work-guidance", CategorySet::all()), R"({"a":"n","b":"x"})");
  EXPECT_EQ(made_for("language-course", CategorySet::all()), R"({"a":"n"} b never-for-purpose)");
  EXPECT_EQ(made_for("work-guidance", {Category::identity_core}), R"({"a":"n"} b category-not-covered)");
  EXPECT_EQ(made_for("language-course", {Category::wishes}),
            "no field that may be sent is left; left out: a (category-not-covered: identity-core), "
            "b (never-for-purpose: wishes)");
}

TEST(Mapping, numbers_of_the_transfer_alone_are_no_message) {
  MappingFiles files;
  files.lines("  a: { from: name, data: skills }\n  t: { from: transfer.id, data: none }");
  EXPECT_EQ(files.translate(R"({"name":"n"})"), R"({"a":"n","t":"00000000-0000-0000-0000-000000000000"})");
  EXPECT_EQ(files.translate("{}"), "nothing-to-send ");
  EXPECT_EQ(files.translate(R"({"name":"n"})", {Category::wishes}), "nothing-to-send ");
}

TEST(Mapping, context_cannot_be_overridden_by_the_record) {
  MappingFiles files;
  files.write("schemas/source.json", R"({"type":"object","properties":{"name":{"type":"string"}}})");
  files.lines("  a: { from: derived.labourAccess.basis, data: skills }\n  t: { from: transfer.id, data: none }");
  EXPECT_EQ(files.translate(R"({"name":"n","derived":{"labourAccess":{"basis":"TIME"}},"transfer":{"id":"mine"}})"),
            R"({"a":"STATUS","t":"00000000-0000-0000-0000-000000000000"})");
}

TEST(Mapping, what_follows_from_a_record_is_absent_where_it_is_not_known) {
  MappingFiles files;
  files.lines(
      "  a: { from: derived.age, do: [integer], data: skills }\n"
      "  m: { from: derived.minor, do: [boolean], data: skills }\n"
      "  s: { from: derived.labourAccess.since, data: skills }\n"
      "  b: { from: derived.labourAccess.basis, data: skills }\n  n: { from: name, data: skills }");
  const auto library = files.loaded();
  const auto made_of = [&](const Derived& derived) {
    Context context;
    context.allowed = CategorySet::all();
    context.purpose = "work-guidance";
    context.derived = derived;
    const auto result = library->mappings().front()->translate(R"({"name":"n"})", context);
    return result ? result->bytes : result.error().detail;
  };
  EXPECT_EQ(made_of({parse_date("2026-05-10"), "TIME", 35, false}),
            R"({"a":35,"m":false,"s":"2026-05-10","b":"TIME","n":"n"})");
  EXPECT_EQ(made_of({std::nullopt, {}, 17, true}), R"({"a":17,"m":true,"n":"n"})");
  EXPECT_EQ(made_of({}), R"({"n":"n"})");
}

TEST(Mapping, referral_is_the_one_being_sent) {
  EXPECT_EQ(run("  a: { from: referral.id, data: referral }", R"({"referrals":[{"id":"first"},{"id":"second"}]})"),
            R"({"a":"first"})");
}

TEST(Mapping, includes_read_from_where_they_are_put) {
  MappingFiles files;
  files.write("fragments/one.yaml", "fragment: one\nversion: 1.0.0\nfields:\n  x: { from: label, data: skills }\n");
  files.lines("  jobs: { for_each: jobs, fields: { s: { for_each: skills, fields: { i: { include: one } } } } }",
              "use: { one: fragments/one.yaml }\n");
  EXPECT_EQ(files.translate(R"({"jobs":[{"skills":[{"label":"z"}]}]})"), R"({"jobs":[{"s":[{"i":{"x":"z"}}]}]})");
}

TEST(Mapping, steps) {
  const auto step = [](std::string_view steps, std::string_view value) {
    return run("  a: { from: name, do: " + std::string(steps) + ", data: skills }",
               R"({"name":")" + std::string(value) + "\"}");
  };
  EXPECT_EQ(step("[upper]", "\xC3\xA9t\xC3\xA9"), "{\"a\":\"\xC3\x89T\xC3\x89\"}");
  EXPECT_EQ(step("[upper]", "@az[`{09"), R"({"a":"@AZ[`{09"})");
  EXPECT_EQ(step("[lower]", "@AZ[`{09"), R"({"a":"@az[`{09"})");
  EXPECT_EQ(step("[lower]", "\xC3\x89T\xC3\x89"), "{\"a\":\"\xC3\xA9t\xC3\xA9\"}");
  EXPECT_EQ(step("[{ suffix: '\"' }]", "x"), R"({"a":"x\""})");
  EXPECT_EQ(step("[title]", "jean-pierre de wit"), R"({"a":"Jean-Pierre De Wit"})");
  EXPECT_EQ(step("[title]", "O’NEIL D’ARC\u00A0SI\u2011JAN"), "{\"a\":\"O’Neil D’Arc\u00A0Si\u2011Jan\"}")
      << "as a word processor writes them";
  EXPECT_EQ(step("[title]", "AL-ʿABBĀS"), R"({"a":"Al-ʿAbbās"})");
  EXPECT_EQ(step("[title]", "O`NEIL N´DIAYE"), R"({"a":"O`Neil N´Diaye"})");
  EXPECT_EQ(step("[title]", "J.R.R. ST.-JOHN"), R"({"a":"J.R.R. St.-John"})");
  EXPECT_EQ(step("[latin]", "\xD8\xA8"), "mapping-failed name");
  EXPECT_EQ(step("[latin]", "Məmmədov Ɓaɗɛɔ"), R"({"a":"Məmmədov Ɓaɗɛɔ"})");
  EXPECT_EQ(step("[trim]", "\u00A0x \u202F"), R"({"a":"x"})");
  EXPECT_EQ(step("[nfc]", "Jose\u0301 \u00E9"), R"({"a":"José é"})");
  EXPECT_EQ(step("[{ truncate: 3 }]", "\xC3\xA9\xC3\xA9\xC3\xA9\xC3\xA9"), "{\"a\":\"\xC3\xA9\xC3\xA9\xC3\xA9\"}");
  EXPECT_EQ(step("[{ truncate: 3 }]", "\xC3\xA9\xC3\xA9\xC3\xA9"), "{\"a\":\"\xC3\xA9\xC3\xA9\xC3\xA9\"}");
  EXPECT_EQ(step("[{ truncate: 3 }]", "abc"), R"({"a":"abc"})");
  EXPECT_EQ(step("[{ truncate: 3 }]", "ab cd"), R"({"a":"ab"})");
  EXPECT_EQ(step("[{ at_most: 3 }]", "\xC3\xA9\xC3\xA9\xC3\xA9"), "{\"a\":\"\xC3\xA9\xC3\xA9\xC3\xA9\"}");
  EXPECT_EQ(step("[{ at_most: 3 }]", "abcd"), "mapping-failed name");
  EXPECT_EQ(step("[{ pad: { to: 5, with: '0' } }]", "42"), R"({"a":"00042"})");
  EXPECT_EQ(step("[{ pad: { to: 5, with: '0' } }]", "12345"), R"({"a":"12345"})");
  EXPECT_EQ(step("[{ replace: { find: a, with: bb } }]", "aXa"), R"({"a":"bbXbb"})");
  EXPECT_EQ(step("[{ split: { on: ',', take: 1 } }, trim]", "x, y,z"), R"({"a":"y"})");
  EXPECT_EQ(step("[{ split: { on: ',', take: 2 } }]", "x,y"), "mapping-failed name");
  EXPECT_EQ(step("[{ substring: { from: 1, length: 2 } }]", "abcd"), R"({"a":"bc"})");
  EXPECT_EQ(step("[{ substring: { from: 1, length: 9 } }]", "\xC3\xA9g"), R"({"a":"g"})");
  EXPECT_EQ(step("[{ substring: { from: 4, length: 2 } }]", "abcd"), "mapping-failed name");
  EXPECT_EQ(step("[{ mask: last4 }]", "123456"), R"({"a":"**3456"})");
  EXPECT_EQ(step("[date]", "1990-05-00"), R"({"a":"1990-05-00"})");
  EXPECT_EQ(step("[date]", "0000-00-00"), "mapping-failed name");
  EXPECT_EQ(step("[{ date: complete }]", "1990-05-00"), "mapping-failed name");
  // XML Schema lets a time zone stand behind a day; the day is the one that is written.
  for (const auto* zone : {"Z", "+02:00", "-05:30", "+14:00", "-14:00", "+00:00"}) {
    EXPECT_EQ(step("[date]", std::string("1990-05-31") + zone), R"({"a":"1990-05-31"})") << zone;
    EXPECT_EQ(step("[{ date: complete }]", std::string("1990-05-31") + zone), R"({"a":"1990-05-31"})") << zone;
  }
  EXPECT_EQ(step("[{ date: year }]", "1990-05-31Z"), R"({"a":"1990"})");
  for (const auto* odd : {"z", "x02:00", "+02x00", "+0x:00", "+02:0x", "+2:00", "+14:01", "+15:00", "+02:60", "+0200",
                          "+02", " Z", "ZZ", "+02:00Z", "T00:00:00Z"})
    EXPECT_EQ(step("[date]", std::string("1990-05-31") + odd), "mapping-failed name") << odd;
  EXPECT_EQ(step("[{ date: dd/mm/yyyy }]", "31/05/1990Z"), "mapping-failed name");
  EXPECT_EQ(step("[{ date: year }]", "1990-05-00"), R"({"a":"1990"})");
  EXPECT_EQ(step("[{ date: month }]", "1990-05-31"), R"({"a":"05"})");
  EXPECT_EQ(step("[{ date: month }]", "1990-05-00"), R"({"a":"05"})");
  EXPECT_EQ(step("[{ date: month }]", "1990-00-00"), "mapping-failed name") << "not known";
  EXPECT_EQ(step("[{ date: day }]", "1990-05-31"), R"({"a":"31"})");
  EXPECT_EQ(step("[{ date: day }]", "1990-05-00"), "mapping-failed name") << "not known";
  EXPECT_EQ(step("[datetime]", "2026-06-01T09:30+02:00"), R"({"a":"2026-06-01T09:30:00+02:00"})");
  EXPECT_EQ(step("[local_date]", "2026-06-01T23:30:00Z"), R"({"a":"2026-06-02"})");
  EXPECT_EQ(step("[local_time]", "2026-12-01T09:30:00Z"), R"({"a":"10:30:00"})");
  EXPECT_EQ(step("[age_on]", "1990-11-25"), R"({"a":35})");
  EXPECT_EQ(step("[age_on]", "1990-11-24"), R"({"a":36})");
  EXPECT_EQ(step("[age_on]", "2026-11-24"), R"({"a":0})");
  EXPECT_EQ(step("[age_on]", "2026-11-25"), "mapping-failed name") << "not yet born";
  EXPECT_EQ(step("[{ age_on: 2008-05-30 }]", "1990-05-00"), R"({"a":17})") << "the latest day that it may be";
  EXPECT_EQ(step("[{ age_on: 2008-05-31 }]", "1990-05-00"), R"({"a":18})");
  EXPECT_EQ(step("[date, { add_months: 4 }]", "2026-10-31"), R"({"a":"2027-02-28"})");
  EXPECT_EQ(step("[date, { add_days: -1 }]", "2026-03-01"), R"({"a":"2026-02-28"})");
  EXPECT_EQ(step("[date, { add_days: -1 }]", "0000-01-01"), "mapping-failed name");
  EXPECT_EQ(step("[date, { add_days: 1 }]", "1990-05-00"), "mapping-failed name") << "not known";
  EXPECT_EQ(step("[date, { add_days: 1 }]", "9999-12-30"), R"({"a":"9999-12-31"})");
  EXPECT_EQ(step("[date, { add_days: 1 }]", "9999-12-31"), "mapping-failed name") << "no such day can be written";
  EXPECT_EQ(step("[ssin]", "88.71.02-015.39"), R"({"a":"88710201539"})");
  EXPECT_EQ(step("[ssin]", "88 71 02 015 39"), R"({"a":"88710201539"})");
  for (const auto* one : {"88710201538", "8871020153", "887102015391", "88710201539 88710201539", "88710201539x"})
    EXPECT_EQ(step("[ssin]", one), "mapping-failed name") << one;
  EXPECT_EQ(step("[phone_e164]", "0470 12 34 56"), R"({"a":"+32470123456"})");
  EXPECT_EQ(step("[phone_e164]", "0032470123456"), R"({"a":"+32470123456"})");
  for (const auto* one : {"call me", "0470 12 34 5x", "0470 12 34 56#2", "470 12 34 56", "+0032470123456",
                          "+0470123456", "0032470123456 0032470123456", "+"})
    EXPECT_EQ(step("[phone_e164]", one), "mapping-failed name") << one;
  for (const auto* one : {"+32 (0)470 12 34 56", "0032 (0)470 12 34 56", "+32(0)470123456", "(0470) 12 34 56",
                          "(0)470 12 34 56", "+32 (470) 123456"})
    EXPECT_EQ(step("[phone_e164]", one), R"({"a":"+32470123456"})") << one;
  EXPECT_EQ(step("[phone_e164]", "+44 (0)20 7946 0958"), R"({"a":"+442079460958"})");
  EXPECT_EQ(step("[phone_e164]", "0470/12.34-56"), R"({"a":"+32470123456"})");
  EXPECT_EQ(step("[phone_e164]", "+90123"), "mapping-failed name") << "too short";
  EXPECT_EQ(step("[phone_e164]", "+901234"), R"({"a":"+901234"})");
  EXPECT_EQ(step("[phone_e164]", "+901234567890123"), R"({"a":"+901234567890123"})");
  EXPECT_EQ(step("[phone_e164]", "+9012345678901234"), "mapping-failed name") << "too long";
  EXPECT_EQ(step("[phone_e164]", "+355 (0)42 123 456"), R"({"a":"+35542123456"})");
  for (const auto* kept : {"+378 (0)549 882 914", "+379 (0)6 698 82019", "00378 (0)549 882 914"})
    EXPECT_EQ(step("[phone_e164]", kept), "mapping-failed name") << kept;
  for (const auto* unclear : {"+320470123456", "+32 0470 12 34 56", "00320470123456", "+39 (0)6 698 82019",
                              "+(0)470123456", "+3247(0)0123456"})
    EXPECT_EQ(step("[phone_e164]", unclear), "mapping-failed name") << unclear;
  EXPECT_EQ(step("[local_time]", "9999-12-31T23:59:59-12:00"), "mapping-failed name");
  EXPECT_EQ(step("[local_date]", "9999-12-31T23:59:59-12:00"), "mapping-failed name");
  EXPECT_EQ(step("[local_date]", "9999-12-31T22:59:59Z"), R"({"a":"9999-12-31"})");
  EXPECT_EQ(step("[local_date]", "0000-01-01T00:00:00+14:00"), "mapping-failed name");
  EXPECT_EQ(step("[integer]", "007"), R"({"a":7})") << "as a column of a fixed width has it";
  EXPECT_EQ(step("[integer]", "000"), R"({"a":0})");
  EXPECT_EQ(step("[integer]", "123456789012345678"), R"({"a":123456789012345678})");
  EXPECT_EQ(step("[integer]", "-07"), R"({"a":-7})");
  EXPECT_EQ(step("[integer]", "0000000000000000000012"), R"({"a":12})");
  for (const auto* one : {"-0", "-00", "0x7", "00 7", "-", "+7", "1234567890123456789"})
    EXPECT_EQ(step("[integer]", one), "mapping-failed name") << one;
  EXPECT_EQ(step("[decimal]", "007.50"), R"({"a":7.50})");
  EXPECT_EQ(step("[decimal]", "-00.50"), R"({"a":-0.50})");
  EXPECT_EQ(step("[decimal]", "-1.50"), R"({"a":-1.50})");
  EXPECT_EQ(step("[decimal]", "-0.5"), R"({"a":-0.5})");
  EXPECT_EQ(step("[decimal]", "12"), R"({"a":12})");
  EXPECT_EQ(step("[decimal]", "1.123456789012345678"), R"({"a":1.123456789012345678})");
  for (const auto* one : {"1.", ".5", "-.5", "1.5x", "1.-5", "x.5", "1.5.5", "1e5", "1.1234567890123456789"})
    EXPECT_EQ(step("[decimal]", one), "mapping-failed name") << one;
  EXPECT_EQ(step("[boolean]", "1"), R"({"a":true})");
  EXPECT_EQ(step("[boolean]", "0"), R"({"a":false})");
  EXPECT_EQ(step("[boolean]", "2"), "mapping-failed name");
  EXPECT_EQ(step("[{ prefix: '+' }, { suffix: '!' }]", "x"), R"({"a":"+x!"})");
  EXPECT_EQ(run("  a: { from: tags, do: [count], data: skills }", R"({"tags":["x","y"]})"), R"({"a":2})");
  EXPECT_EQ(run("  a: { from: nick, do: [{ default: none }], data: skills }\n  b: { from: name, data: skills }",
                R"({"name":"n"})"),
            R"({"a":"none","b":"n"})");
  EXPECT_EQ(step("[{ default: none }]", "x"), R"({"a":"x"})");
}

TEST(Mapping, csv_cell_is_text_where_a_spreadsheet_would_see_a_formula) {
  MappingFiles files;
  files.write("schemas/out.yaml",
              "layout: out\nversion: 1.0.0\nformat: csv\nseparator: \";\"\nencodings: [utf-8]\ncolumns: { A: {} }\n");
  files.lines("  A: { from: name, data: skills }", "", "{ format: csv, schema: schemas/out.yaml }");
  const auto cell = [&](const std::string& name) {
    const auto row = files.translate(R"({"name":")" + name + "\"}");
    return row.substr(0, 3) == "A\r\n" ? row.substr(3, row.size() - 5) : row;
  };
  for (const auto* formula : {"=1+1", "@x", "+a", "-a", "\uFF1D1+1", "\uFF20x"})
    EXPECT_EQ(cell(formula), "'" + std::string(formula));
  EXPECT_EQ(cell("\\n=1+1"), "\"'\n=1+1\"");
  for (const auto* text : {"Ann", "-12,5", "+32470000001", "a=b"}) EXPECT_EQ(cell(text), text);
}

TEST(Mapping, csv_that_goes_out_is_utf_8) {
  MappingFiles files;
  files.write(
      "schemas/out.yaml",
      "layout: out\nversion: 1.0.0\nformat: csv\nseparator: \";\"\nencodings: [windows-1252]\ncolumns: { A: {} }\n");
  files.lines("  A: { from: name, data: skills }", "", "{ format: csv, schema: schemas/out.yaml }");
  EXPECT_NE(files.complaints().find("goes out in UTF-8, but the layout out says windows-1252"), std::string::npos);
}

TEST(Mapping, text_defaults_trim_and_compose) {
  const auto* more = "defaults: { text: [trim, nfc] }\n";
  EXPECT_EQ(run("  a: { from: name, data: skills }\n  b: { from: nick, data: skills }",
                "{\"name\":\"  e\xCC\x81 \",\"nick\":\"  \"}", more),
            "{\"a\":\"\xC3\xA9\"}");
  EXPECT_EQ(run("  a: { from: name, data: skills }\n  b: { from: nick, data: skills }",
                "{\"name\":\"\u00A0voil\u00E0\u00A0\",\"nick\":\"\u2003\"}", more),
            "{\"a\":\"voil\u00E0\"}")
      << "no-break spaces are white space, the last byte of a letter is none";
  EXPECT_EQ(run("  a: { from: name, data: skills }", "{\"name\":\" e\\u0301\"}", more), "{\"a\":\"\xC3\xA9\"}")
      << "composed after unescaping";
}

TEST(Mapping, hostile_records_are_refused) {
  MappingFiles files;
  files.lines("  a: { from: name, data: skills }");
  for (const std::string record : {R"({"name":"x","name":"y"})", R"({"name":"x"} {})", R"({"name":"\u0000"})",
                                   R"({"name":"\uDC00"})", "", "[", "{\"name\":\"\xFF\"}", R"({"name":"x",})"})
    EXPECT_EQ(files.translate(record), "mapping-failed ") << record;
  EXPECT_EQ(files.translate(std::string("{\"name\":\"x\"}\0", 13)), "mapping-failed ");
  EXPECT_EQ(files.translate("{\"b\":" + std::string(100'000, '[') + "}"), "mapping-failed ");
  EXPECT_EQ(files.translate(R"({"name":{"deep":1}})"), "mapping-failed a");
  EXPECT_EQ(files.translate(R"({"b":)" + std::string(127, '[') + std::string(127, ']') + R"(,"name":"x"})"),
            R"({"a":"x"})");
}

TEST(Mapping, result_that_the_target_schema_refuses_is_not_given) {
  MappingFiles files;
  files.write("schemas/strict.json", R"({"type":"object","additionalProperties":false,"required":["a"],"properties":{
      "a":{"type":"string","maxLength":3},"l":{"type":"array","maxItems":1,"items":{"type":"object","required":["t"],"additionalProperties":false,
      "properties":{"t":{"type":"string"},"v":{"type":"string"}}}}}})");
  files.lines(
      "  a: { from: name, data: skills }\n  l: { for_each: jobs, fields: { t: { from: title, data: skills }, v: { "
      "from: level, data: skills } } }",
      "", "{ format: json, schema: schemas/strict.json }");
  EXPECT_EQ(files.translate(R"({"name":"abc"})"), R"({"a":"abc"})");
  EXPECT_EQ(files.translate(R"({"name":"abcd"})"), "schema-invalid a");
  EXPECT_EQ(files.translate(R"({"jobs":[{"title":"x"}]})"), "schema-invalid a");
  EXPECT_EQ(files.translate(R"({"name":"abc","jobs":[{"title":"x"},{"title":"y"}]})"), "schema-invalid l");
  EXPECT_EQ(files.translate(R"({"name":"abc","jobs":[{"level":1}]})"), "schema-invalid l/t");
}

TEST(Mapping, xml_comes_out_in_the_schemas_order_with_its_namespaces) {
  MappingFiles files;
  files.write("schemas/t.xsd",
              R"(<xs:schema xmlns:xs="http://www.w3.org/2001/XMLSchema" xmlns="urn:t" targetNamespace="urn:t">
    <xs:element name="Root"><xs:complexType><xs:sequence><xs:element name="First" minOccurs="0"><xs:complexType><xs:simpleContent>
    <xs:extension base="xs:string"><xs:attribute name="kind" type="xs:string"/></xs:extension></xs:simpleContent></xs:complexType></xs:element>
    <xs:element name="Tag" type="xs:string" minOccurs="0" maxOccurs="2"/><xs:element name="Last" type="Short" minOccurs="0"/>
    </xs:sequence></xs:complexType></xs:element>
    <xs:simpleType name="Short"><xs:restriction base="xs:string"><xs:maxLength value="3"/></xs:restriction></xs:simpleType></xs:schema>)");
  files.lines(
      "  Last: { from: nick, data: skills }\n  Tag: { for_each: tags, fields: { '#text': { from: '@', data: skills } } "
      "}\n"
      "  First: { from: name, data: skills }\n  First/@kind: { from: day, data: skills }",
      "", "{ format: xml, schema: schemas/t.xsd, root: 't:Root', namespaces: { t: 'urn:t' } }");
  EXPECT_EQ(files.translate(R"({"nick":"a<b","name":"x&y","day":"q\"\n","tags":["1","2"]})"),
            "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<t:Root xmlns:t=\"urn:t\"><First "
            "kind=\"q&quot;&#10;\">x&amp;y</First><Tag>1</Tag><Tag>2</Tag>"
            "<Last>a&lt;b</Last></t:Root>");
  EXPECT_EQ(files.translate(R"({"nick":"abcd"})"), "schema-invalid ");
  EXPECT_EQ(files.translate(R"({"tags":["1","2","3"]})"), "schema-invalid ");
  EXPECT_EQ(files.translate(R"({"nick":"\u0002"})"), "mapping-failed Last");
}

TEST(Mapping, explain_masks_values_and_says_why_a_field_is_absent) {
  MappingFiles files;
  files.lines(
      "  a: { from: ssin, mask: last4, data: identity-core }\n  b: { from: nick, data: wishes }\n  c: { from: day, "
      "data: skills }\n"
      "  d: { for_each: jobs, fields: { t: { from: title, data: skills } } }");
  const auto library = files.loaded();
  ASSERT_TRUE(library);
  Context context;
  context.allowed = {Category::identity_core, Category::skills};
  context.purpose = "work-guidance";
  const auto lines = library->mappings().front()->explain(R"({"ssin":"12345678901","nick":"x"})", context);
  ASSERT_TRUE(lines.has_value());
  ASSERT_EQ(lines->size(), 4U);
  EXPECT_EQ((*lines)[0].value, "***8901");
  EXPECT_EQ((*lines)[0].source, "ssin");
  EXPECT_EQ((*lines)[1].left_out, "category-not-covered");
  EXPECT_EQ((*lines)[2].left_out, "absent");
  EXPECT_EQ((*lines)[2].why, "the record has nothing at day");
  EXPECT_EQ((*lines)[3].left_out, "no-elements");

  const auto shown = [&](std::string_view record) {
    const auto explained = library->mappings().front()->explain(record, context);
    return explained->at(0).value + " " + explained->at(2).value;
  };
  EXPECT_EQ(shown(R"({"ssin":"1234","day":"1990-05-17"})"), "*** ***")
      << "too short to show any of it; no mask of its own";
}

TEST(Library, versions_stand_side_by_side_and_are_found_by_day) {
  MappingFiles files;
  files.lines("  a: { from: name, data: skills }");
  const auto ignore_all = files.loaded();
  ASSERT_TRUE(ignore_all);
  std::ifstream in(files.folder.path() / "m.yaml");
  std::string text(std::istreambuf_iterator<char>(in), {});
  auto later = text;
  text.replace(text.find("{ from: 2026-01-01 }"), 20, "{ from: 2026-01-01, until: 2026-12-31 }");
  later.replace(later.find("1.0.0"), 5, "1.1.0");
  later.replace(later.find("2026-01-01"), 10, "2027-01-01");
  files.write("m.yaml", text);
  files.write("m-1.1.0.yaml", later);
  const auto library = files.load();
  ASSERT_TRUE(library.has_value()) << library.error().message;
  EXPECT_EQ(library->find("m", *parse_date("2026-12-31"))->version(), "1.0.0");
  EXPECT_EQ(library->find("m", *parse_date("2027-01-01"))->version(), "1.1.0");
  EXPECT_EQ(library->find("m", *parse_date("2025-12-31")), nullptr);
  EXPECT_NE(library->find_version("m", "1.0.0")->hash(), library->find_version("m", "1.1.0")->hash());
}

// The hash that a transfer records tells whether the same mapping is at hand, and what is kept makes it again.
TEST(Library, hash_and_what_is_kept_are_of_every_file_that_makes_the_message) {
  MappingFiles files;
  files.write("fragments/one.yaml", "fragment: one\nversion: 1.0.0\nfields:\n  x: { from: label, data: skills }\n");
  files.write("codelists/other.csv", "source,target,label,from,to\na,b,,,\n");
  files.write("codelists/other.meta.yaml", "version: 1.0.0\nlicence: EUPL-1.2\n");
  files.lines(
      "  a: { from: sex, codes: sex, data: skills }\n  b: { for_each: jobs, fields: { c: { for_each: skills, "
      "fields: { d: { include: one } } } } }",
      "use: { one: fragments/one.yaml }\n");
  ASSERT_TRUE(files.loaded());
  const auto text_of = [&](const std::string& name) {
    std::ifstream in(files.folder.path() / name);
    return std::string(std::istreambuf_iterator<char>(in), {});
  };
  const auto before = files.load()->mappings().front()->hash();
  std::map<std::string, std::string> kept;
  for (const auto* name : {"m.yaml", "fragments/one.yaml", "codelists/sex.csv", "codelists/sex.meta.yaml",
                           "schemas/source.json", "schemas/any.json"}) {
    const auto text = text_of(name);
    kept[name] = text;
    files.write(name, text + "\n");
    EXPECT_NE(files.load()->mappings().front()->hash(), before) << name;
    files.write(name, text);
  }
  files.write("codelists/other.csv", text_of("codelists/other.csv") + "c,d,,,\n");
  const auto library = files.load();
  EXPECT_EQ(library->mappings().front()->hash(), before);
  const auto& of_it = library->mappings().front()->plan().files;
  EXPECT_EQ((std::map<std::string, std::string>(of_it.begin(), of_it.end())), kept);
}

}  // namespace
}  // namespace ketenpoort::mapping
