// What `do:` can do to a value. A new step is one function in steps.cpp with its line in the table there, and its
// tests.
#pragma once

#include <map>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "gateway/base/time.hpp"
#include "gateway/mapping/steps/code_list.hpp"
#include "gateway/mapping/steps/value.hpp"

namespace ketenpoort::mapping {

struct StepContext {
  TextArena& arena;
  Date today;
  bool allow_mock_ssin = false;
};

// A step's arguments, read once: `{ truncate: 48 }` has one word, `{ pad: { to: 5, with: "0" } }` named ones.
struct StepArguments {
  std::vector<std::string> words;
  std::map<std::string, std::string, std::less<>> named;
  long number = 0;  // set by steps that take one
  const CodeList* codes = nullptr;
};

enum class StepOutcome {
  done,
  failed,   // the value cannot be what the step makes: the policy `error`, of the step or its line, says what then
  cut,      // done, but something was lost: leaves a finding
  unknown,  // a code that is not in the list: the policy `unmapped`, of the step or its line, says what then
};

// Which policy a step may need.
enum class StepFailure { never, error, unmapped };

// What flows between steps; a step takes some of these and makes one.
enum StepType : unsigned {
  type_text = 1,
  type_date = 2,
  type_datetime = 4,
  type_number = 8,
  type_boolean = 16,
  type_list = 32
};

struct StepKind {
  std::string_view name;
  std::string_view doc;
  unsigned takes = 0;
  StepType makes = type_text;
  // Changes the text; of what kind it is then follows from `makes`, behind the last step.
  StepOutcome (*run)(Value&, const StepArguments&, StepContext&) = nullptr;
  std::string (*check)(StepArguments&) = nullptr;  // reads the arguments; what is wrong with them, or ""
  StepFailure fails = StepFailure::error;
  bool takes_absent = false;  // runs on an absent value too (default)
};

// What the step takes, for who has to mend a record: "a day written dd/mm/yyyy". Empty where there is nothing to say.
std::string describe_wanted(const StepKind& kind, const StepArguments& arguments);

const StepKind* find_step(std::string_view name);
std::span<const StepKind> all_steps();

}  // namespace ketenpoort::mapping
