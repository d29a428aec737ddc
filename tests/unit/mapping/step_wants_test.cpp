#include <gtest/gtest.h>

#include "gateway/mapping/steps/steps.hpp"

namespace ketenpoort::mapping {
namespace {

std::string wanted(std::string_view name, StepArguments arguments = {}) {
  const auto* kind = find_step(name);
  if (kind->check != nullptr) EXPECT_EQ(kind->check(arguments), "");
  return describe_wanted(*kind, arguments);
}

TEST(StepWants, a_day_is_asked_for_as_the_mapping_reads_it) {
  EXPECT_EQ(wanted("date", {.words = {"dd/mm/yyyy"}, .named = {}}),
            "a day that exists, written dd/mm/yyyy, with 00 for an unknown month or day");
  EXPECT_EQ(wanted("date"), "a day that exists, as 2026-03-01, with 00 for an unknown month or day");
  EXPECT_EQ(wanted("date", {.words = {"complete"}, .named = {}}), "a day that exists, as 2026-03-01");
}

TEST(StepWants, words_of_its_own_are_named) {
  EXPECT_EQ(wanted("boolean", {.words = {}, .named = {{"true", "J"}, {"false", "N"}}}), "J or N");
  EXPECT_EQ(wanted("boolean"), "true or false");
  EXPECT_EQ(wanted("at_most", {.words = {"50"}, .named = {}}), "at most 50 characters");
}

// Whoever has to mend a record is told what to write, for every step that a value can fail at.
TEST(StepWants, every_step_that_a_text_can_fail_at_says_what_it_takes) {
  for (const auto& kind : all_steps()) {
    const bool has_own_remark = kind.name == "split" || kind.name == "substring" || kind.name == "count";
    if (kind.fails != StepFailure::error || has_own_remark) continue;
    EXPECT_NE(describe_wanted(kind, {}), "") << kind.name;
  }
}

}  // namespace
}  // namespace ketenpoort::mapping
