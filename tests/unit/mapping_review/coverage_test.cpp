#include "gateway/mapping_review/coverage.hpp"

#include <algorithm>

#include "gateway/mapping/examples.hpp"
#include "tests/unit/mapping/mapping_files.hpp"

namespace ketenpoort::mapping_review {
namespace {

using mapping::MappingFiles;

// The coverage of the one mapping `m` after these records, each an example of its own (what comes out does not matter).
MappingCoverage coverage_of(MappingFiles& files, const std::vector<std::string>& records) {
  const auto library = files.loaded();
  if (!library) return {};
  int number = 0;
  for (const auto& record : records)
    files.write(fmt::format("examples/m/{:02}-x.in.json", ++number),
                R"({"at":"2026-11-24","purpose":"work-guidance","record":)" + record + "}");
  return measure_coverage(*library, files.folder.path()).front();
}

bool lacks(const MappingCoverage& coverage, std::string_view kind, std::string_view where, std::string_view what) {
  return std::any_of(coverage.uncovered.begin(), coverage.uncovered.end(),
                     [&](const auto& u) { return u.kind == kind && u.where.ends_with(where) && u.what == what; });
}

TEST(Coverage, counts_lines_that_were_in_a_message) {
  MappingFiles files;
  files.lines("  a: { from: name, data: skills }\n  b: { from: nick, data: skills }\n  c: { value: always }");
  const auto coverage = coverage_of(files, {R"({"name":"Amina"})"});
  EXPECT_EQ(coverage.lines.covered, 1U);
  EXPECT_EQ(coverage.lines.all, 2U) << "a bare constant is not counted";
  EXPECT_TRUE(lacks(coverage, "line", "m.yaml:10:6", "b"));
  EXPECT_FALSE(coverage.whole());
}

TEST(Coverage, counts_both_outcomes_of_a_condition) {
  MappingFiles files;
  files.lines("  a: { from: name, when: 'yes = true', data: skills }");
  EXPECT_TRUE(
      lacks(coverage_of(files, {R"({"name":"Amina","yes":true})"}), "branch", "m.yaml:9:26", "when does not hold"));
  const auto both = coverage_of(files, {R"({"name":"Amina","yes":true})", R"({"name":"Amina"})"});
  EXPECT_EQ(both.branches.covered, 2U);
  EXPECT_TRUE(both.whole());
}

TEST(Coverage, counts_every_branch_and_that_none_holds) {
  MappingFiles files;
  files.lines(
      "  a: { choose: [ { when: 'age < 18', value: young }, { when: 'age < 65', from: name } ], data: skills }");
  const auto one = coverage_of(files, {R"({"name":"Amina","age":20})"});
  EXPECT_EQ(one.branches.all, 3U);
  EXPECT_TRUE(lacks(one, "branch", "m.yaml:9:18", "choose: branch 1"));
  EXPECT_TRUE(lacks(one, "branch", "m.yaml:9:6", "choose: no branch"));
  EXPECT_TRUE(
      coverage_of(files, {R"({"name":"Amina","age":20})", R"({"age":3})", R"({"age":70,"name":"Amina"})"}).whole());
}

TEST(Coverage, counts_the_policies_a_line_states) {
  MappingFiles files;
  files.lines(
      "  a: { from: day, do: [date], missing: { value: none }, error: omit, data: skills }\n"
      "  b: { from: sex, codes: sex, unmapped: { value: X }, data: skills }");
  const auto coverage = coverage_of(files, {R"({"day":"2026-01-01","sex":1})"});
  EXPECT_TRUE(lacks(coverage, "branch", "m.yaml:9:40", "missing: value"));
  EXPECT_TRUE(lacks(coverage, "branch", "m.yaml:9:64", "error: omit"));
  EXPECT_TRUE(lacks(coverage, "branch", "m.yaml:10:41", "unmapped: value"));
  const auto more =
      coverage_of(files, {R"({"day":"2026-01-01","sex":1})", R"({"day":"tomorrow","sex":9})", R"({"sex":1})"});
  EXPECT_TRUE(more.branches.whole());
}

TEST(Coverage, counts_the_rows_of_code_lists) {
  MappingFiles files;
  files.lines("  a: { from: sex, codes: sex, data: skills }");
  const auto coverage = coverage_of(files, {R"({"sex":1})", R"({"sex":2})"});
  EXPECT_EQ(coverage.codes.covered, 2U);
  EXPECT_EQ(coverage.codes.all, 3U);
  EXPECT_TRUE(lacks(coverage, "code", "codelists/sex.csv:2", "sex: 0"));
}

TEST(Coverage, tells_fragments_apart_by_where_they_are_included) {
  MappingFiles files;
  files.write("fragments/f.yaml", "fragment: f\nversion: 1.0.0\nfields:\n  t: { from: title, data: skills }\n");
  files.lines(
      "  a: { for_each: jobs, where: 'current = true', fields: { x: { include: f, at: '@' } } }\n"
      "  b: { for_each: jobs, fields: { y: { include: f, at: '@' } } }",
      "use: { f: fragments/f.yaml }\n");
  const auto coverage = coverage_of(files, {R"({"jobs":[{"title":"cook","current":false}]})"});
  EXPECT_EQ(coverage.lines.all, 2U);
  EXPECT_EQ(coverage.lines.covered, 1U);
  EXPECT_TRUE(lacks(coverage, "branch", "m.yaml:10:31", "where holds"));
}

TEST(Coverage, examples_with_a_table_run_once_per_row) {
  MappingFiles files;
  files.lines("  a: { from: name, do: [upper], data: skills }");
  const auto library = files.loaded();
  ASSERT_TRUE(library);
  files.write(
      "examples/m/01-each.in.json",
      R"({"at":"2026-11-24","purpose":"work-guidance","each":{"ann":"ANN","\"q\"":"\"Q\""},"record":{"name":"{each}"}})");
  files.write("examples/m/01-each.out.json", R"({"a":"{each}"})");
  auto results = run_examples(*library->mappings().front(), files.folder.path());
  ASSERT_EQ(results.size(), 1U);
  EXPECT_TRUE(results[0].passed) << results[0].difference;
  files.write(
      "examples/m/01-each.in.json",
      R"({"at":"2026-11-24","purpose":"work-guidance","each":{"ann":"ANN","bo":"Bo"},"record":{"name":"{each}"}})");
  results = run_examples(*library->mappings().front(), files.folder.path());
  EXPECT_EQ(results[0].difference.find("each bo: "), 0U) << results[0].difference;
}

TEST(Coverage, of_the_shipped_mappings_is_whole) {
  const auto library = mapping::Library::load("mappings");
  ASSERT_TRUE(library.has_value());
  for (const auto& coverage : measure_coverage(*library, "mappings"))
    for (const auto& u : coverage.uncovered)
      ADD_FAILURE() << coverage.mapping << ": " << u.where << ": " << u.kind << " " << u.what;
}

}  // namespace
}  // namespace ketenpoort::mapping_review
