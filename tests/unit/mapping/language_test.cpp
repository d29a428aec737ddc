// Parts of the language beyond the plain line: what a partner knew before, other ways of writing, constants of other
// types, code lists backwards, elements within elements, versions by day.
#include <fmt/format.h>

#include "gateway/mapping/examples.hpp"
#include "gateway/mapping/plan/plan.hpp"
#include "tests/unit/mapping/mapping_files.hpp"

namespace ketenpoort::mapping {
namespace {

std::string run(std::string_view fields, std::string_view record) {
  MappingFiles files;
  files.lines(fields);
  return files.translate(record);
}

Context context() {
  Context c;
  c.now = *parse_rfc3339("2026-11-24T12:00:00+01:00");
  c.allowed = CategorySet::all();
  c.purpose = "work-guidance";
  return c;
}

TEST(KnownId, is_what_the_partner_gave_before_and_absent_the_first_time) {
  MappingFiles files;
  files.lines(
      "  person: { known_id: person, data: identity-core }\n  transfer: { known_id: transfer, data: none }\n"
      "  a: { from: name, data: skills }");
  const auto library = files.loaded();
  ASSERT_TRUE(library);
  const auto& mapping = *library->mappings().front();
  auto c = context();
  EXPECT_EQ(mapping.translate(R"({"name":"x"})", c)->bytes, R"({"a":"x"})");
  c.known_person_id = "P-17";
  c.known_transfer_id = "T-9";
  EXPECT_EQ(mapping.translate(R"({"name":"x"})", c)->bytes, R"({"person":"P-17","transfer":"T-9","a":"x"})");
  c.allowed.erase(Category::identity_core);
  const auto limited = mapping.translate(R"({"name":"x"})", c);
  EXPECT_EQ(limited->bytes, R"({"transfer":"T-9","a":"x"})");
  ASSERT_EQ(limited->left_out.size(), 1U) << "there was something to say";
  EXPECT_EQ(limited->left_out[0].field, "person");
}

TEST(Dates, are_read_in_the_order_that_the_line_says) {
  const auto line = [](const char* format) {
    return fmt::format("  a: {{ from: day, do: [ {{ date: {} }} ], data: skills }}", format);
  };
  EXPECT_EQ(run(line("dd/mm/yyyy"), R"({"day":"03/12/1991"})"), R"({"a":"1991-12-03"})");
  EXPECT_EQ(run(line("yyyymmdd"), R"({"day":"19911203"})"), R"({"a":"1991-12-03"})");
  EXPECT_EQ(run(line("dd.mm.yyyy"), R"({"day":"00.05.1990"})"), R"({"a":"1990-05-00"})")
      << "an unknown day stays unknown";
  EXPECT_EQ(run(line("yyyymmdd"), R"({"day":"19900000"})"), R"({"a":"1990-00-00"})");
  EXPECT_EQ(run(line("yyyymmdd") + "\n  b: { from: name, data: skills }", R"({"day":"00000000","name":"x"})"),
            R"({"b":"x"})")
      << "what fills a day that is not there";
  EXPECT_EQ(run(line("yyyymmdd"), R"({"day":"00000531"})"), "mapping-failed day");
  for (const char* wrong : {"1991-12-03", "19911203"})
    EXPECT_EQ(run(line(wrong[4] == '-' ? "yyyymmdd" : "dd.mm.yyyy"), fmt::format(R"({{"day":"{}"}})", wrong)),
              "mapping-failed day")
        << "an ISO day, or one of another format";
  EXPECT_EQ(run(line("dd/mm/yyyy"), R"({"day":"1991-12-03"})"), "mapping-failed day");
  for (const char* wrong : {"12/31/1991", "31/02/1991", "3/12/1991", "03-12-1991", "03/12/91", "aa/bb/cccc"})
    EXPECT_EQ(run(line("dd/mm/yyyy"), fmt::format(R"({{"day":"{}"}})", wrong)), "mapping-failed day") << wrong;
}

TEST(Dates, come_from_year_month_and_day_as_far_as_they_are_known) {
  const std::string line = "  a: { join: [name, nick, day], with: '-', do: [ { date: parts } ], data: skills }";
  EXPECT_EQ(run(line, R"({"name":"1990","nick":"5","day":"3"})"), R"({"a":"1990-05-03"})");
  EXPECT_EQ(run(line, R"({"name":"1990","nick":"12"})"), R"({"a":"1990-12-00"})");
  EXPECT_EQ(run(line, R"({"name":"1990"})"), R"({"a":"1990-00-00"})");
  for (const char* wrong : {R"({"name":"90"})", R"({"name":"1990","nick":"13"})", R"({"name":"1990","nick":"May"})",
                            R"({"name":"1990-1-1-1"})", R"({"name":"1990","nick":"02","day":"30"})"})
    EXPECT_EQ(run(line, wrong).find("mapping-failed"), 0U) << wrong;
}

TEST(Booleans, are_read_in_the_words_that_the_line_says) {
  const std::string line = "  a: { from: name, do: [ { boolean: { true: J, false: N } } ], data: skills }";
  EXPECT_EQ(run(line, R"({"name":"J"})"), R"({"a":true})");
  EXPECT_EQ(run(line, R"({"name":"N"})"), R"({"a":false})");
  EXPECT_EQ(run(line, R"({"name":"true"})"), "mapping-failed name");
}

TEST(CodeLists, work_backwards_when_they_are_one_to_one) {
  const std::string line = "  a: { from: name, do: [ { codes: { list: sex, backwards: true } } ], data: skills }";
  EXPECT_EQ(run(line, R"({"name":"F"})"), R"({"a":"2"})");
  EXPECT_EQ(run(line, R"({"name":"2"})"), "mapping-failed name");
}

TEST(CodeLists, follow_the_day_both_ways) {
  MappingFiles files;
  files.write("codelists/c.csv",
              "source,target,label,from,to\na,new,,2026-07-01,\nb,old,,2026-07-01,\na,old,,,2026-06-30\n");
  files.write("codelists/c.meta.yaml", "version: 1.0.0\nlicence: EUPL-1.2\n");
  files.lines(
      "  a: { from: name, codes: c, data: skills }\n"
      "  b: { from: nick, do: [ { codes: { list: c, backwards: true } } ], data: skills }");
  const auto library = files.loaded();
  ASSERT_TRUE(library);
  auto c = context();
  EXPECT_EQ(library->mappings().front()->translate(R"({"name":"a","nick":"old"})", c)->bytes, R"({"a":"new","b":"b"})");
  c.now = *parse_rfc3339("2026-03-01T12:00:00+01:00");
  EXPECT_EQ(library->mappings().front()->translate(R"({"name":"a","nick":"old"})", c)->bytes, R"({"a":"old","b":"a"})");
  c.now = *parse_rfc3339("2026-06-30T23:59:59+02:00");
  EXPECT_EQ(library->mappings().front()->translate(R"({"name":"a","nick":"old"})", c)->bytes, R"({"a":"old","b":"a"})")
      << "the last day counts";
  c.now = *parse_rfc3339("2026-07-01T00:00:00+02:00");
  EXPECT_EQ(library->mappings().front()->translate(R"({"name":"a","nick":"old"})", c)->bytes, R"({"a":"new","b":"b"})")
      << "the first day counts";
}

TEST(CodeLists, have_no_target_for_a_code_whose_target_is_empty) {
  MappingFiles files;
  files.write("codelists/c.csv", "source,target,label,from,to\na,,,,\nb,B,,,\n");
  files.write("codelists/c.meta.yaml", "version: 1.0.0\nlicence: EUPL-1.2\n");
  files.lines(
      "  a: { from: name, codes: c, unmapped: omit, data: skills }\n  b: { from: nick, codes: c, data: skills }");
  Translation out;
  EXPECT_EQ(files.translate(R"({"name":"a","nick":"b"})", CategorySet::all(), &out), R"({"b":"B"})");
  ASSERT_EQ(out.findings.size(), 1U);
  EXPECT_EQ(out.findings[0].code, "code-unknown");
}

TEST(Steps, stand_in_the_order_of_do_and_the_key_codes_comes_last) {
  EXPECT_EQ(run("  a: { from: name, do: [ { codes: { list: sex, backwards: true } }, integer ], data: skills }",
                R"({"name":"F"})"),
            R"({"a":2})");
  EXPECT_EQ(run("  a: { from: name, codes: sex, do: [ { substring: { from: 0, length: 1 } } ], data: skills }",
                R"({"name":"2x"})"),
            R"({"a":"F"})");
}

TEST(StepPolicies, come_before_that_of_the_line) {
  const std::string line =
      "  a: { from: name, do: [ { latin: true, error: omit }, { split: { on: '-', take: 1 }, error: { value: whole } "
      "}, "
      "{ substring: { from: 1, length: 9 } } ], error: reject, data: skills }\n  b: { from: nick, data: skills }";
  EXPECT_EQ(run(line, R"({"name":"ab-cd","nick":"x"})"), R"({"a":"d","b":"x"})");
  EXPECT_EQ(run(line, R"({"name":"\u0645-cd","nick":"x"})"), R"({"b":"x"})") << "the first step's own policy";
  EXPECT_EQ(run(line, R"({"name":"abcd","nick":"x"})"), R"({"a":"whole","b":"x"})") << "no step works on its value";
  EXPECT_EQ(run(line, R"({"name":"ab-c","nick":"x"})"), "mapping-failed name") << "the line's, for a step without one";
}

TEST(StepPolicies, leave_a_finding_for_what_is_left_out) {
  MappingFiles files;
  files.lines(
      "  a: { from: name, do: [ { latin: true, error: omit } ], data: skills }\n"
      "  b: { from: nick, do: [ { codes: sex, unmapped: omit } ], data: skills }\n  c: { from: day, data: skills }");
  Translation out;
  EXPECT_EQ(files.translate(R"({"name":"\u0645","nick":"7","day":"x"})", CategorySet::all(), &out), R"({"c":"x"})");
  ASSERT_EQ(out.findings.size(), 2U);
  EXPECT_EQ(out.findings[0].code, "value-unusable");
  EXPECT_EQ(out.findings[0].field, "name");
  EXPECT_EQ(out.findings[1].code, "code-unknown");
  EXPECT_EQ(out.findings[1].field, "nick");
}

TEST(StepPolicies, are_counted_by_coverage_and_shown_by_explain) {
  MappingFiles files;
  files.lines("  a: { from: name, do: [ trim, { latin: true, error: omit } ], data: skills }");
  const auto library = files.loaded();
  ASSERT_TRUE(library);
  std::string points;
  for (const auto& point : library->mappings().front()->plan().points) points += point.what + "\n";
  EXPECT_NE(points.find("error: omit"), std::string::npos) << points;
  const auto explained = library->mappings().front()->explain(R"({"name":"x"})", context());
  ASSERT_TRUE(explained.has_value());
  EXPECT_EQ(explained->front().steps, "trim, latin (error: omit)");
}

TEST(StepPolicies, of_a_code_list_let_its_source_have_more_codes) {
  MappingFiles files;
  files.write("codelists/few.csv", "source,target,label,from,to\n0,U,,,\n");
  files.write("codelists/few.meta.yaml", "version: 1.0.0\nlicence: EUPL-1.2\n");
  files.lines("  a: { from: sex, do: [ { codes: few, unmapped: { value: other } } ], data: skills }");
  EXPECT_EQ(files.translate(R"({"sex":2})"), R"({"a":"other"})");
  EXPECT_EQ(files.translate(R"({"sex":0})"), R"({"a":"U"})");
}

TEST(Steps, count_characters_and_not_bytes) {
  const auto line = [](const char* step) {
    return fmt::format("  a: {{ from: name, do: [ {} ], data: skills }}", step);
  };
  EXPECT_EQ(run(line("{ pad: { to: 4, with: '.' } }"), R"({"name":"é"})"), R"({"a":"...é"})");
  EXPECT_EQ(run(line("{ pad: { to: 4, with: '.', side: right } }"), R"({"name":"éé"})"), R"({"a":"éé.."})");
  EXPECT_EQ(run(line("{ pad: { to: 2, with: '.' } }"), R"({"name":"éé"})"), R"({"a":"éé"})");
  EXPECT_EQ(run(line("{ mask: last4 }"), R"({"name":"aéaaa"})"), R"({"a":"*éaaa"})");
  EXPECT_EQ(run(line("{ mask: last4 }"), R"({"name":"éééé"})"), R"({"a":"****"})") << "too short to show any of it";
  EXPECT_EQ(run(line("{ truncate: 2 }"), R"({"name":"ééé"})"), R"({"a":"éé"})");
}

TEST(Truncate, keeps_a_letter_with_its_marks_or_drops_both) {
  const std::string line = "  a: { from: name, do: [ { truncate: 2 } ], data: skills }";
  EXPECT_EQ(run(line, R"({"name":"ax\u0323\u0304b"})"), R"({"a":"a"})");
  EXPECT_EQ(run(line, R"({"name":"x\u0323b"})"), "{\"a\":\"x\xCC\xA3\"}");
}

TEST(When, takes_quoted_names_and_lists_with_commas) {
  MappingFiles files;
  files.write("schemas/source.json", R"({"type":"object","additionalProperties":false,"properties":{
      "odd name":{"type":"string"},"name":{"type":"string"},"referrals":{"type":"array","items":{"type":"object"}}}})");
  files.lines(
      "  a: { from: name, when: \"['odd name'] = x y\", data: skills }\n"
      "  b: { from: name, when: \"['odd name'] in ['p, q', 'rock and roll', r, \\\"s\\\"]\", data: skills }");
  EXPECT_EQ(files.translate(R"({"name":"n","odd name":"x y"})"), R"({"a":"n"})");
  EXPECT_EQ(files.translate(R"({"name":"n","odd name":"p, q"})"), R"({"b":"n"})");
  EXPECT_EQ(files.translate(R"({"name":"n","odd name":"r"})"), R"({"b":"n"})");
  EXPECT_EQ(files.translate(R"({"name":"n","odd name":"s"})"), R"({"b":"n"})");
  EXPECT_EQ(files.translate(R"({"name":"n","odd name":"p"})"), "nothing-to-send ");
}

TEST(Policies, of_nobody_are_warned_of) {
  MappingFiles files;
  const std::string fields =
      "  a: { from: name, do: [ trim, latin ], data: skills }\n  b: { from: nick, codes: sex, data: skills }";
  const auto warnings = [&](const std::string& defaults) {
    files.lines(fields, defaults);
    std::string all;
    const auto library = files.loaded();
    for (const auto& warning : library->warnings()) all += warning.detail + "\n";
    return all;
  };
  const auto none = warnings("");
  EXPECT_NE(none.find("latin can fail and nothing says what then"), std::string::npos) << none;
  EXPECT_NE(none.find("codes can fail and nothing says what then"), std::string::npos) << none;
  const auto said = warnings("defaults: { error: reject, unmapped: omit }\n");
  EXPECT_EQ(said.find("nothing says"), std::string::npos) << said;
}

// What the schema demands is there though only a default or a moment stands in it; what it does not demand is not.
TEST(Defaults, alone_keep_a_container_that_the_schema_demands) {
  for (const bool demanded : {true, false}) {
    MappingFiles files;
    files.write("schemas/typed.json",
                std::string(R"({"type":"object","required":["a")") + (demanded ? R"(,"part","when")" : "") +
                    R"(],"properties":{"a":{"type":"string"},"part":{"type":"object","required":["x"],"properties":{
                    "x":{"type":"string"},"y":{"type":"string"}}},"when":{"type":"object","properties":{"at":{"type":"string"}}}}})");
    files.lines(
        "  a: { from: name, required: true, data: skills }\n"
        "  part/x: { from: nick, missing: { value: none }, data: skills }\n  part/y: { from: day, data: skills }\n"
        "  when/at: { now: true }",
        "", "{ format: json, schema: schemas/typed.json }");
    const std::string alone = demanded ? R"(,"part":{"x":"none"},"when":{"at":"2026-11-24T11:00:00.000Z"}})" : "}";
    EXPECT_EQ(files.translate(R"({"name":"n"})"), R"({"a":"n")" + alone);
    const auto with_more = files.translate(R"({"name":"n","day":"d"})");
    EXPECT_EQ(with_more.find(R"({"a":"n","part":{"x":"none","y":"d"})"), 0U) << with_more;
    EXPECT_EQ(files.translate("{}"), "mapping-failed a");
  }
}

TEST(NewId, is_there_where_the_target_requires_it) {
  MappingFiles files;
  files.write("schemas/typed.json", R"({"type":"object","required":["id","at","a"],"properties":{"id":{"type":"string"},
    "at":{"type":"string"},"a":{"type":"string"}}})");
  files.lines("  id: { new_id: true }\n  at: { now: true }\n  a: { from: name, required: true, data: skills }", "",
              "{ format: json, schema: schemas/typed.json }");
  Translation out;
  EXPECT_EQ(files.translate(R"({"name":"x"})", CategorySet::all(), &out).find(R"({"id":")"), 0U);
  EXPECT_NE(out.bytes.find(R"("a":"x"})"), std::string::npos);
}

TEST(Now, needs_no_step) {
  MappingFiles files;
  files.lines("  at: { now: true }\n  a: { from: name, data: skills }", "",
              "{ format: json, schema: schemas/typed.json }");
  files.write("schemas/typed.json", R"({"type":"object","properties":{"at":{"type":"string"},"a":{"type":"string"}}})");
  EXPECT_EQ(files.translate(R"({"name":"x"})"), R"({"at":"2026-11-24T11:00:00.000Z","a":"x"})");
}

TEST(Constants, are_numbers_and_truths_where_the_target_takes_no_text) {
  MappingFiles files;
  files.write("schemas/typed.json", R"({"type":"object","properties":{"n":{"type":"integer"},"t":{"type":"boolean"},
    "s":{"type":"string"},"c":{"type":"boolean"},"a":{"type":"string"}}})");
  files.lines(
      "  n: { value: 12 }\n  t: { value: true }\n  s: { value: true }\n"
      "  c: { choose: [ { when: 'yes = true', value: false } ], data: skills }\n  a: { from: name, data: skills }",
      "", "{ format: json, schema: schemas/typed.json }");
  EXPECT_EQ(files.translate(R"({"name":"x","yes":true})"), R"({"n":12,"t":true,"s":"true","c":false,"a":"x"})");
}

TEST(ForEach, goes_into_elements_of_elements) {
  EXPECT_EQ(run("  jobs: { for_each: jobs, where: 'exists skills', fields: { t: { from: title, data: skills },\n"
                "    s: { for_each: skills, fields: { l: { from: label, data: skills }, n: { from: $.name, data: "
                "skills } } } } }",
                R"({"name":"x","jobs":[{"title":"cook","skills":[{"label":"a"},{"label":"b"}]},{"title":"none"}]})"),
            R"({"jobs":[{"t":"cook","s":[{"l":"a","n":"x"},{"l":"b","n":"x"}]}]})");
}

TEST(Pick, takes_by_condition_order_or_size) {
  const std::string jobs =
      R"({"jobs":[{"title":"b","level":9,"current":false},{"title":"a","level":10,"current":true},{"title":"c","level":2}]})";
  const auto pick = [&](const char* how) {
    return run(fmt::format("  a: {{ pick: jobs, {}, data: skills }}", how), jobs);
  };
  EXPECT_EQ(pick("get: title"), R"({"a":"b"})");
  EXPECT_EQ(pick("take: last, get: title"), R"({"a":"c"})");
  EXPECT_EQ(pick("take: max(level), get: title"), R"({"a":"a"})") << "10 is more than 9, as numbers are";
  EXPECT_EQ(pick("take: min(level), get: title"), R"({"a":"c"})");
  EXPECT_EQ(pick("take: max(title), get: level"), R"({"a":"2"})");
  EXPECT_EQ(pick("where: 'current = true', get: title"), R"({"a":"a"})");
  EXPECT_EQ(pick("where: 'level = 77', get: title"), "nothing-to-send ");
}

TEST(Policies, every_omit_leaves_a_finding) {
  MappingFiles files;
  files.lines(
      "  a: { from: day, do: [date], error: omit, data: skills }\n"
      "  b: { from: sex, codes: sex, unmapped: omit, data: skills }\n  c: { from: name, data: skills }");
  Translation out;
  EXPECT_EQ(files.translate(R"({"day":"soon","sex":7,"name":"x"})", CategorySet::all(), &out), R"({"c":"x"})");
  ASSERT_EQ(out.findings.size(), 2U);
  EXPECT_EQ(out.findings[0].code, "value-unusable");
  EXPECT_EQ(out.findings[0].field, "day");
  EXPECT_EQ(out.findings[1].code, "code-unknown");
  EXPECT_EQ(out.findings[1].field, "sex");
}

TEST(Examples, are_run_by_the_version_of_their_day) {
  MappingFiles files;
  files.lines("  a: { from: name, data: skills }");
  ASSERT_TRUE(files.loaded());
  std::ifstream in(files.folder.path() / "m.yaml");
  const std::string text(std::istreambuf_iterator<char>(in), {});
  auto older = text;
  older.replace(older.find("version: 1.0.0"), 14, "version: 0.9.0");
  older.replace(older.find("from: 2026-01-01"), 16, "from: 2025-01-01, until: 2025-12-31");
  older.replace(older.find("  a:"), 4, "  b:");
  files.write("old.yaml", older);
  files.write("examples/m/01-new.in.json", R"({"at":"2026-06-01","purpose":"work-guidance","record":{"name":"x"}})");
  files.write("examples/m/01-new.out.json", R"({"a":"x"})");
  files.write("examples/m/02-old.in.json", R"({"at":"2025-06-01","purpose":"work-guidance","record":{"name":"x"}})");
  files.write("examples/m/02-old.out.json", R"({"b":"x"})");
  const auto library = files.load();
  ASSERT_TRUE(library.has_value());
  for (const auto& m : library->mappings()) {
    const auto results = run_examples(*m, files.folder.path());
    ASSERT_EQ(results.size(), 1U) << m->version();
    EXPECT_TRUE(results[0].passed) << results[0].difference;
  }
}

TEST(CsvTarget, writes_no_cell_that_a_spreadsheet_would_run) {
  MappingFiles files;
  files.write(
      "schemas/out.yaml",
      "layout: out\nversion: 1.0.0\nformat: csv\nseparator: \";\"\nencodings: [utf-8]\ncolumns: { NAME: {} }\n");
  files.lines("  NAME: { from: name, data: skills }", "", "{ format: csv, schema: schemas/out.yaml }");
  const auto cell = [&](const std::string& name) {
    const auto written = files.translate(R"({"name":")" + name + R"("})");
    return written.substr(6, written.size() - 8);
  };
  EXPECT_EQ(cell("=1+1"), "'=1+1");
  EXPECT_EQ(cell("@SUM(A1)"), "'@SUM(A1)");
  EXPECT_EQ(cell("-2+3"), "'-2+3");
  EXPECT_EQ(cell("+"), "'+");
  EXPECT_EQ(cell("=a;b"), "\"'=a;b\"");
  EXPECT_EQ(cell("+32470000101"), "+32470000101");
  EXPECT_EQ(cell("-1.5"), "-1.5");
  EXPECT_EQ(cell("a=b"), "a=b");
  EXPECT_EQ(files.translate(R"({"name":"a\u0001b"})"), "mapping-failed NAME");
}

TEST(CsvTarget, writes_the_columns_of_the_layout_in_its_order) {
  MappingFiles files;
  files.write("schemas/out.yaml",
              "layout: out\nversion: 1.0.0\nformat: csv\nseparator: \";\"\nencodings: [utf-8]\n"
              "columns: { NAME: { required: true }, NICK: {}, SEX: { allowed: [U, M, F] } }\n");
  files.lines("  SEX: { from: sex, codes: sex, data: skills }\n  NAME: { from: name, required: true, data: skills }",
              "", "{ format: csv, schema: schemas/out.yaml }");
  Translation out;
  EXPECT_EQ(files.translate(R"({"name":"a;b \"c\"","sex":1})", CategorySet::all(), &out),
            "NAME;NICK;SEX\r\n\"a;b \"\"c\"\"\";;M\r\n");
  EXPECT_EQ(out.content_type, "text/csv");
  files.lines("  NAME: { from: name, required: true, data: skills }\n  NIK: { from: nick, data: skills }", "",
              "{ format: csv, schema: schemas/out.yaml }");
  EXPECT_NE(files.complaints().find("the target schema has no NIK there (did you mean NICK?)"), std::string::npos);
}

}  // namespace
}  // namespace ketenpoort::mapping
