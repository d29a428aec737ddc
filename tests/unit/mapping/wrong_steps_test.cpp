// Steps that do not load: misspelt, with wrong arguments, given what they cannot take.
#include "gateway/mapping/steps/steps.hpp"

#include "tests/unit/mapping/wrong_mapping.hpp"

namespace ketenpoort::mapping {
namespace {

TEST(WrongStep, misspelt) {
  WrongMapping files;
  for (const auto& kind : all_steps()) {
    auto wrong = std::string(kind.name) + "x";
    if (wrong.size() < 5) wrong = std::string(kind.name).insert(1, 1, kind.name[1]);
    files.expect_fields({fmt::format("  a: {{ from: name, do: [¦{}], data: skills }}", wrong),
                         fmt::format("unknown step {} (did you mean {}?)", wrong, kind.name)});
  }
  files.expect_fields({"  a: { from: name, do: [trim, ¦translate], data: skills }", "unknown step translate"});
}

TEST(WrongStep, arguments) {
  WrongMapping files;
  const std::vector<Wrong> steps = {
      {"¦trim: 3", "trim: it takes no argument"},
      {"¦nfc: x", "nfc: it takes no argument"},
      {"¦upper: { to: 3 }", "upper: it takes no argument"},
      {"¦lower: x", "lower: it takes no argument"},
      {"¦title: x", "title: it takes no argument"},
      {"¦latin: x", "latin: it takes no argument"},
      {"¦truncate: many", "truncate: it takes a whole number from 1 to 1000000"},
      {"¦truncate: 0", "truncate: it takes a whole number from 1 to 1000000"},
      {"¦truncate: -4", "truncate: it takes a whole number from 1 to 1000000"},
      {"¦truncate: 4.5", "truncate: it takes a whole number from 1 to 1000000"},
      {"¦truncate: 99999999", "truncate: it takes a whole number from 1 to 1000000"},
      {"¦truncate: [4, 5]", "truncate: it takes one number"},
      {"¦truncate: { to: 4 }", "truncate: it takes one number"},
      {"¦pad: 4", "pad: it takes { to, with, side }"},
      {"¦pad: { to: 4 }", "pad: it takes { to, with, side }"},
      {"¦pad: { with: x }", "pad: it takes { to, with, side }"},
      {"¦pad: { to: 4, with: x, side: left, colour: red }", "pad: it takes { to, with, side }"},
      {"¦pad: { to: four, with: x }", "pad: to: it takes a whole number"},
      {"¦pad: { to: 4, with: xy }", "with: takes one character"},
      {"¦pad: { to: 4, with: x, side: middle }", "side: takes left or right"},
      {"¦replace: x", "replace: it takes { find, with }"},
      {"¦replace: { find: x }", "replace: it takes { find, with }"},
      {"¦replace: { find: '', with: x }", "find: must not be empty"},
      {"¦split: ','", "split: it takes { on, take }"},
      {"¦split: { on: ',' }", "split: it takes { on, take }"},
      {"¦split: { on: ',', take: first }", "split: take: it takes a whole number"},
      {"¦split: { on: '', take: 0 }", "on: must not be empty"},
      {"¦substring: 3", "substring: it takes { from, length }"},
      {"¦substring: { from: 0 }", "substring: it takes { from, length }"},
      {"¦substring: { from: x, length: 2 }", "substring: from: it takes a whole number"},
      {"¦mask: last3", "mask: it takes last4"},
      {"¦mask: [last4, last4]", "mask: it takes last4"},
      {"¦date: week", "date: it takes nothing, complete, parts, year, month, day, or how the day is written"},
      {"¦date: dd/mm/yy", "how the day is written"},
      {"¦date: dd/mm/yyyy/dd", "how the day is written"},
      {"¦date: mm/yyyy", "how the day is written"},
      {"¦date: [year, month]", "date: it takes nothing, complete"},
      {"¦date: { format: dd/mm/yyyy }", "date: it takes nothing, complete"},
      {"¦datetime: x", "datetime: it takes no argument"},
      {"¦local_date: x", "local_date: it takes no argument"},
      {"¦local_time: x", "local_time: it takes no argument"},
      {"¦age_on: yesterday", "age_on: it takes today or a day"},
      {"¦age_on: 2026-02-30", "age_on: it takes today or a day"},
      {"¦age_on: [today, today]", "age_on: it takes today or a day"},
      {"¦add_months: four", "add_months: it takes a whole number"},
      {"¦add_months: { by: 4 }", "add_months: it takes one number"},
      {"¦add_days: 1.5", "add_days: it takes a whole number"},
      {"¦ssin: x", "ssin: it takes no argument"},
      {"¦phone_e164: BE", "phone_e164: it takes no argument"},
      {"¦boolean: yes", "boolean: it takes { true, false }"},
      {"¦boolean: { true: J }", "boolean: it takes { true, false }"},
      {"¦boolean: { true: J, false: J }", "boolean: true and false must be two different words"},
      {"¦boolean: { true: J, false: N, unknown: X }", "boolean: it takes { true, false }"},
      {"¦integer: 3", "integer: it takes no argument"},
      {"¦decimal: 2", "decimal: it takes no argument"},
      {"¦count: x", "count: it takes no argument"},
      {"¦prefix: [a, b]", "prefix: it takes one text"},
      {"¦prefix: { text: a }", "prefix: it takes one text"},
      {"¦suffix: [a, b]", "suffix: it takes one text"},
      {"¦default: [a, b]", "default: it takes one text"},
      {"¦codes: [sex, sex]", "codes: it takes a code list"},
      {"¦codes: { list: sex, direction: back }", "codes: it takes a code list"},
      {"¦codes: { list: sex, backwards: yes }", "codes: it takes a code list"},
      {"¦codes: { backwards: true }", "codes: it takes a code list"},
      {"¦codes: sexx", "there is no code list sexx in codelists/ (did you mean sex?)"},
      {"¦codes: { list: many, backwards: true }", "cannot be used backwards: M stands for 1 and 2"},
  };
  for (const auto& step : steps)
    files.expect_fields({fmt::format("  a: {{ from: name, do: [{{ {} }}], data: skills }}", step.text), step.said});
  for (const char* lonely : {"truncate", "pad", "replace", "split", "substring", "mask", "add_months", "add_days",
                             "prefix", "suffix", "default", "codes"})
    files.expect_fields(
        {fmt::format("  a: {{ from: name, do: [¦{}], data: skills }}", lonely), fmt::format("{}: it takes", lonely)});
}

TEST(WrongStep, policies) {
  WrongMapping files;
  const std::vector<Wrong> steps = {
      {"trim: true, ¦error: omit", "trim cannot fail; remove error"},
      {"truncate: 3, ¦error: omit", "truncate cannot fail; remove error"},
      {"default: x, ¦error: omit", "default cannot fail; remove error"},
      {"mask: last4, ¦unmapped: omit", "mask cannot fail; remove unmapped"},
      {"latin: true, ¦unmapped: omit", "the policy of latin is error, not unmapped"},
      {"date: complete, ¦unmapped: reject", "the policy of date is error, not unmapped"},
      {"codes: sex, ¦error: omit", "the policy of codes is unmapped, not error"},
      {"latin: true, error: ¦never", "a policy is omit, reject or { value: text }"},
      {"latin: true, error: ¦{ text: x }", "a policy is omit, reject or { value: text }"},
      {"codes: sex, unmapped: ¦[omit]", "a policy is omit, reject or { value: text }"},
  };
  for (const auto& step : steps)
    files.expect_fields({fmt::format("  a: {{ from: name, do: [{{ {} }}], data: skills }}", step.text), step.said});
  files.expect_fields({"  a: { from: name, do: [¦{ error: omit }], data: skills }", "a step is a name, or one name"});
  files.expect_fields(
      {"  a: { from: name, do: [¦{ latin: true, trim: true }], data: skills }", "a step is a name, or one name"});
  files.expect_fields({"  short: { from: name, do: [{ latin: true, error: ¦{ value: long } }], data: skills }\n"
                       "  must: { from: nick, required: true, data: skills }",
                       "the value of a policy does not fit the target"},
                      strict_target);
  files.expect_fields({"  a: { from: name, do: [trim], error: ¦omit, data: skills }", "no step of this line can fail"});
  files.expect_fields({"  a: { from: name, do: [{ latin: true, error: omit }], error: ¦reject, data: skills }",
                       "no step of this line can fail without a policy of its own; remove error"});
  files.expect_fields({"  a: { from: name, unmapped: ¦omit, data: skills }", "this line looks up no code"});
}

// What a step makes, as a chain that is given to the next.
struct Made {
  std::string chain, in_words;
  unsigned type;
};
const std::vector<Made> made = {
    {"from: name, do: [trim", "text", type_text},
    {"from: day, do: [date", "a date", type_date},
    {"from: moment, do: [datetime", "a moment", type_datetime},
    {"from: name, do: [integer", "a number", type_number},
    {"from: name, do: [boolean", "true or false", type_boolean},
};

std::string with_arguments(std::string_view step) {
  static const std::map<std::string_view, std::string> texts = {{"truncate", "{ truncate: 3 }"},
                                                                {"at_most", "{ at_most: 3 }"},
                                                                {"pad", "{ pad: { to: 3, with: x } }"},
                                                                {"replace", "{ replace: { find: a, with: b } }"},
                                                                {"split", "{ split: { on: a, take: 0 } }"},
                                                                {"substring", "{ substring: { from: 0, length: 1 } }"},
                                                                {"mask", "{ mask: last4 }"},
                                                                {"add_months", "{ add_months: 1 }"},
                                                                {"add_days", "{ add_days: 1 }"},
                                                                {"prefix", "{ prefix: x }"},
                                                                {"suffix", "{ suffix: x }"},
                                                                {"default", "{ default: x }"},
                                                                {"codes", "{ codes: sex }"}};
  const auto found = texts.find(step);
  return found == texts.end() ? std::string(step) : found->second;
}

TEST(WrongStep, that_does_not_chain) {
  WrongMapping files;
  int cases = 0;
  for (const auto& kind : all_steps())
    for (const auto& before : made) {
      if ((kind.takes & before.type) != 0) continue;
      auto step = with_arguments(kind.name);
      step.insert(step.starts_with("{ ") ? 2 : 0, "¦");
      files.expect_fields({fmt::format("  a: {{ {}, {}], data: skills }}", before.chain, step),
                           fmt::format(", but gets {}", before.in_words)});
      ++cases;
    }
  EXPECT_GT(cases, 30);
}

TEST(WrongStep, that_cannot_take_what_the_source_holds) {
  WrongMapping files;
  for (const auto& kind : all_steps()) {
    auto step = with_arguments(kind.name);
    step.insert(step.starts_with("{ ") ? 2 : 0, "¦");
    if ((kind.takes & type_list) == 0)
      files.expect_fields({fmt::format("  a: {{ from: tags, do: [{}], data: skills }}", step),
                           "but gets an array; use for_each, pick or count"});
    if ((kind.takes & type_number) == 0)
      files.expect_fields({fmt::format("  a: {{ from: age, do: [{}], data: skills }}", step), "but gets a number"});
    if ((kind.takes & type_boolean) == 0)
      files.expect_fields(
          {fmt::format("  a: {{ from: yes, do: [{}], data: skills }}", step), "but gets true or false"});
  }
  files.expect_fields({"  a: ¦{ from: tags, data: skills }", "tags is an array; use for_each, pick or do: [count]"});
  files.expect_fields({"  a: ¦{ from: jobs, data: skills }", "jobs is an array"});
}

TEST(WrongStep, code_list_that_lacks_a_value_of_the_source) {
  WrongMapping files;
  files.expect_fields({"  a: { from: sex, codes: ¦kinds, data: skills }", "the code list kinds lacks 0 of the source"});
  files.expect_fields({"  a: { from: sex, codes: ¦{ list: sex, backwards: true }, data: skills }",
                       "the code list sex lacks 0, 1, 2 of the source"});
}

}  // namespace
}  // namespace ketenpoort::mapping
