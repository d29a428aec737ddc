#include "gateway/mapping_review/comparison.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <array>
#include <utility>

#include "tests/unit/mapping/mapping_files.hpp"

namespace ketenpoort::mapping_review {
namespace {

using mapping::MappingFiles;

Comparison compared(std::string_view before, std::string_view after) {
  MappingFiles old_files;
  MappingFiles new_files;
  new_files.write("codelists/sex.csv",
                  "source,target,label,from,to\n0,U,Unknown,,\n1,M,Male,,\n2,V,Female,,\n9,N,None,,\n");
  old_files.lines(before);
  new_files.lines(after);
  const auto old_library = old_files.loaded();
  const auto new_library = new_files.loaded();
  if (!old_library || !new_library) return {};
  return compare(*old_library->mappings().front(), *new_library->mappings().front());
}

const CategoryChange* find(const Comparison& comparison, Category category) {
  const auto at = std::find_if(comparison.categories.begin(), comparison.categories.end(),
                               [&](const auto& c) { return c.category == category; });
  return at == comparison.categories.end() ? nullptr : &*at;
}

TEST(Comparison, of_a_mapping_with_itself_is_empty) {
  EXPECT_TRUE(compared("  a: { from: name, data: skills }", "  a: { from: name, data: skills }").same());
}

TEST(Comparison, tells_what_is_sent_more_and_less_per_category) {
  const auto result = compared("  a: { from: name, data: skills }\n  b: { from: nick, data: wishes }",
                               "  a: { from: name, data: skills }\n  c: { from: day, data: contact }");
  ASSERT_EQ(result.categories.size(), 2U);
  const auto* more = find(result, Category::contact);
  const auto* less = find(result, Category::wishes);
  ASSERT_TRUE(more != nullptr && less != nullptr);
  EXPECT_TRUE(more->is_new);
  EXPECT_EQ(more->fields.front().kind, FieldChange::Kind::added);
  EXPECT_TRUE(less->is_gone);
  EXPECT_EQ(less->fields.front().target, "b");
}

TEST(Comparison, tells_how_a_line_changed) {
  const auto result = compared("  a: { from: name, data: skills }\n  b: { from: nick, data: wishes }",
                               "  a: { from: nick, do: [upper], when: 'yes = true', data: wishes }");
  const auto* change = find(result, Category::wishes);
  ASSERT_TRUE(change != nullptr);
  ASSERT_EQ(change->fields.size(), 2U);
  EXPECT_EQ(change->fields[0].words,
            (std::vector<std::string>{"category: skills -> wishes", "source: name -> nick", "steps: none -> upper",
                                      "condition: none -> yes = true"}));
  const auto* gone = find(result, Category::skills);
  ASSERT_TRUE(gone != nullptr);
  EXPECT_TRUE(gone->is_gone);
}

// Each does something else with some record, though category, source, steps and condition are as they were.
TEST(Comparison, misses_no_way_in_which_a_line_does_something_else) {
  constexpr std::array<std::pair<std::string_view, std::string_view>, 11> lines{{
      {"{ value: YES }", "{ value: NO }"},
      {"{ from: nick, missing: { value: A }, data: skills }", "{ from: nick, missing: { value: B }, data: skills }"},
      {"{ from: sex, codes: sex, unmapped: { value: A }, data: skills }",
       "{ from: sex, codes: sex, unmapped: omit, data: skills }"},
      {"{ join: [name, nick], with: ' ', data: skills }", "{ join: [name, nick], with: '-', data: skills }"},
      {"{ from: 'tags[0]', data: skills }", "{ from: 'tags[1]', data: skills }"},
      {"{ pick: jobs, where: 'current = true', take: first, get: title, data: skills }",
       "{ pick: jobs, where: 'current = false', take: first, get: title, data: skills }"},
      {"{ pick: jobs, take: first, get: title, data: skills }", "{ pick: jobs, take: last, get: title, data: skills }"},
      {"{ choose: [ { when: 'yes = true', value: A }, { value: B } ], data: skills }",
       "{ choose: [ { when: 'yes = false', value: A }, { value: B } ], data: skills }"},
      {"{ choose: [ { when: 'yes = true', value: A }, { value: B } ], data: skills }",
       "{ choose: [ { when: 'yes = true', value: A }, { value: C } ], data: skills }"},
      {"{ choose: [ { when: 'yes = true', value: A }, { when: 'exists nick', value: B } ], data: skills }",
       "{ choose: [ { when: 'exists nick', value: B }, { when: 'yes = true', value: A } ], data: skills }"},
      {"{ from: day, do: [date], error: omit, data: skills }",
       "{ from: day, do: [date], error: reject, data: skills }"},
  }};
  const std::string other = "\n  b: { from: name, data: skills }";
  for (const auto& [before, after] : lines) {
    const auto line = [&](std::string_view text) { return "  a: " + std::string(text) + other; };
    EXPECT_FALSE(compared(line(before), line(after)).same()) << before << " and " << after;
    EXPECT_TRUE(compared(line(after), line(after)).same() || after.find("codes:") != std::string_view::npos) << after;
  }
}

TEST(Comparison, hides_no_second_change_behind_a_first) {
  const auto words = [](std::string_view before, std::string_view after) {
    const auto result = compared(before, after);
    std::string all;
    for (const auto& category : result.categories)
      for (const auto& field : category.fields)
        for (const auto& word : field.words) all += word + "; ";
    return all;
  };
  const auto policy = words("  a: { from: day, do: [date], error: omit, data: skills }",
                            "  a: { from: day, do: [date], error: reject, data: wishes }");
  EXPECT_NE(policy.find("error: omit"), std::string::npos) << policy;
  EXPECT_NE(policy.find("error: reject"), std::string::npos) << policy;
  const auto pick = words("  a: { pick: jobs, take: first, get: title, data: skills }",
                          "  a: { pick: jobs, take: last, get: title, do: [upper], data: skills }");
  EXPECT_NE(pick.find("jobs first"), std::string::npos) << pick;
  EXPECT_NE(pick.find("jobs last"), std::string::npos) << pick;
  const auto branch = words("  a: { choose: [ { from: day, do: [date], error: omit } ], data: skills }",
                            "  a: { choose: [ { from: day, do: [date], error: reject } ], data: skills }");
  EXPECT_NE(branch.find("how it is made"), std::string::npos) << branch;
}

// Where several arrays make one list, a line is compared with that of the same array.
TEST(Comparison, tells_sources_of_one_list_apart) {
  const auto list = [](std::initializer_list<std::string_view> sources) {
    std::string lines = "  l:\n    items:\n";
    for (const auto source : sources) lines += fmt::format("      - {{ {} }}\n", source);
    return lines;
  };
  const auto told = [](const Comparison& comparison) {
    std::string all;
    for (const auto& category : comparison.categories)
      for (const auto& field : category.fields)
        all += fmt::format("{} {} {};", static_cast<int>(field.kind), field.target, fmt::join(field.words, " "));
    return all;
  };
  constexpr std::string_view jobs = "for_each: jobs, fields: { t: { from: title, data: skills } }";
  constexpr std::string_view tags = "for_each: tags, fields: { t: { from: '@', data: skills } }";
  constexpr std::string_view upper = "for_each: jobs, fields: { t: { from: title, do: [upper], data: skills } }";
  constexpr auto added = static_cast<int>(FieldChange::Kind::added);
  constexpr auto changed = static_cast<int>(FieldChange::Kind::changed);
  constexpr auto removed = static_cast<int>(FieldChange::Kind::removed);
  EXPECT_EQ(told(compared(list({jobs}), list({tags, jobs}))), fmt::format("{} l/t ;", added));
  EXPECT_EQ(told(compared(list({tags, jobs}), list({jobs}))), fmt::format("{} l/t ;", removed));
  EXPECT_EQ(told(compared(list({tags, jobs}), list({tags, upper}))),
            fmt::format("{} l/t steps: none -> upper;", changed));
  EXPECT_EQ(told(compared(list({tags, jobs}), list({jobs, tags}))),
            fmt::format("{} l/t order: tags, jobs -> jobs, tags;", changed));
  EXPECT_EQ(told(compared(list({jobs}), list({tags}))),
            fmt::format("{} l/t source: jobs[].title -> tags[] once per element of: jobs -> tags;", changed));
}

TEST(Comparison, looks_into_code_lists) {
  const auto result =
      compared("  a: { from: sex, codes: sex, data: skills }", "  a: { from: sex, codes: sex, data: skills }");
  const auto* change = find(result, Category::skills);
  ASSERT_TRUE(change != nullptr);
  EXPECT_EQ(change->fields[0].words, (std::vector<std::string>{"code list sex: 2 says otherwise, + 9"}));
}

}  // namespace
}  // namespace ketenpoort::mapping_review
