#include "gateway/mapping/steps/step_arguments.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>

namespace ketenpoort::mapping {
namespace {

std::string read_number(std::string_view text, long least, long& number) {
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  constexpr long most = 1'000'000;
  if (error != std::errc{} || end != text.data() + text.size() || number < least || number > most)
    return fmt::format("it takes a whole number from {} to {}", least, most);
  return {};
}

}  // namespace

std::string no_arguments(StepArguments& a) {
  return a.words.empty() && a.named.empty() ? std::string{} : std::string("it takes no argument");
}

std::string one_count(StepArguments& a) {
  if (a.words.size() != 1 || !a.named.empty()) return "it takes one number behind its name, like 48";
  return read_number(a.words[0], 1, a.number);
}

std::string one_shift(StepArguments& a) {
  if (a.words.size() != 1 || !a.named.empty()) return "it takes one number behind its name, like 4";
  return read_number(a.words[0], -1'000'000, a.number);
}

std::string one_word(StepArguments& a) {
  return a.words.size() == 1 && a.named.empty() ? std::string{}
                                                : std::string("it takes one text, like { prefix: \"+\" }");
}

// Exactly the named arguments, the optional ones with their default; `counts` must be numbers.
std::string named_arguments(StepArguments& a, std::initializer_list<std::string_view> needed,
                            std::initializer_list<std::pair<std::string_view, std::string_view>> optional,
                            std::initializer_list<std::string_view> counts) {
  std::string list;
  for (const auto name : needed) list += fmt::format("{}{}", list.empty() ? "" : ", ", name);
  for (const auto& [name, value] : optional) list += fmt::format("{}{}", list.empty() ? "" : ", ", name);
  const auto wrong = fmt::format("it takes {{ {} }}", list);
  if (!a.words.empty()) return wrong;
  for (const auto& [name, value] : a.named) {
    const bool known = std::find(needed.begin(), needed.end(), name) != needed.end() ||
                       std::any_of(optional.begin(), optional.end(), [&](const auto& o) { return o.first == name; });
    if (!known) return wrong;
  }
  for (const auto name : needed)
    if (a.named.find(name) == a.named.end()) return wrong;
  for (const auto& [name, value] : optional) a.named.try_emplace(std::string(name), value);
  for (const auto name : counts) {
    long number = 0;
    if (auto why = read_number(a.named.find(name)->second, 0, number); !why.empty())
      return fmt::format("{}: {}", name, why);
  }
  return {};
}

long count_of(const StepArguments& a, std::string_view name) {
  long number = 0;
  const auto& text = a.named.find(name)->second;
  std::from_chars(text.data(), text.data() + text.size(), number);
  return number;
}

}  // namespace ketenpoort::mapping
