#include "gateway/cli/command.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <cstdio>
#include <string>
#include <string_view>
#include <vector>

#include "gateway/formats/json.hpp"
#include "gateway/formats/suggest.hpp"

namespace ketenpoort::cli {

namespace {

bool in_json = false;

int exit_code_of(const Error& error) {
  switch (error.code) {
    case ErrorCode::io:
    case ErrorCode::unavailable:
    case ErrorCode::crypto:
      return environment;
    default:
      return does_not_hold;
  }
}

// Of "ketenpoort mapping lnit": mapping.
const CLI::App& deepest(const CLI::App& app) {
  const auto chosen = app.get_subcommands();
  return chosen.empty() ? app : deepest(*chosen.front());
}

std::vector<std::string> commands_of(const CLI::App& app) {
  std::vector<std::string> names;
  for (const auto* one : app.get_subcommands([](const CLI::App*) { return true; })) names.push_back(one->get_name());
  return names;
}

std::string names_of_commands(const CLI::App& app) {
  return fmt::format("{}", fmt::join(commands_of(app), ", "));
}

void report_unknown_command(const CLI::App& app, const std::string& given) {
  const auto owned = commands_of(app);
  const std::vector<std::string_view> names(owned.begin(), owned.end());
  report_wrong_use(fmt::format("{} has no command {}{}; there are {}", app.get_name(), given,
                               formats::did_you_mean(given, names), names_of_commands(app)));
}

// "ketenpoort mapping lint"
std::string path_of(const CLI::App& app) {
  const auto chosen = app.get_subcommands();
  return app.get_name() + (chosen.empty() ? "" : " " + path_of(*chosen.front()));
}

bool needs_a_command(const CLI::App& app) {
  return app.get_require_subcommand_min() > 0 && app.get_subcommands().empty();
}

std::string tell_unknown_option(const CLI::App& app, const std::string& given) {
  std::vector<std::string> owned;
  for (const auto* option : app.get_options())
    if (const auto name = option->get_name(); name.starts_with("--")) owned.push_back(name);
  const std::vector<std::string_view> names(owned.begin(), owned.end());
  const auto name = given.substr(0, given.find('='));
  return fmt::format("there is no option {}{}", name, formats::did_you_mean(name, names));
}

// A number that was put where anybody can see it is not repeated.
std::string tell_argument_too_many(const std::string& given) {
  constexpr int fewest_digits_of_a_person = 6;
  if (std::ranges::count_if(given, [](char c) { return c >= '0' && c <= '9'; }) >= fewest_digits_of_a_person)
    return "an argument too many, with a number in it: a person's number never stands on the command line";
  return "an argument too many: " + given;
}

// CLI11's words, but for those that leave open what would have been right.
std::string tell(const CLI::App& app, const CLI::App& last, const CLI::ParseError& error) {
  const auto rest = app.remaining(true);
  if (!rest.empty() && rest.front().starts_with("--")) return tell_unknown_option(last, rest.front());
  const bool is_extra = error.get_exit_code() == static_cast<int>(CLI::ExitCodes::ExtrasError);
  if (!rest.empty() && is_extra) return tell_argument_too_many(rest.front());
  if (needs_a_command(last)) return fmt::format("A subcommand is required: one of {}", names_of_commands(last));
  std::string text = error.what();
  constexpr std::string_view not_converted = "Could not convert: ";
  if (const auto stands = text.find(" = "); text.starts_with(not_converted) && stands != std::string::npos)
    return fmt::format("{} stands as {}, must be a number in its range",
                       text.substr(not_converted.size(), stands - not_converted.size()), text.substr(stands + 3));
  return text;
}

}  // namespace

int report_parse_error(const CLI::App& app, const CLI::ParseError& error) {
  if (error.get_exit_code() == 0) return app.exit(error);  // --help, --version
  const auto& last = deepest(app);
  if (needs_a_command(last))
    for (const auto& rest : app.remaining(true))
      if (!rest.starts_with('-')) return report_unknown_command(last, rest), wrong_use;
  const auto code = report_wrong_use(tell(app, last, error));
  fmt::print(stderr, "`{} --help` says more\n", path_of(app));
  return code;
}

void tell_errors_in_json(bool yes) {
  in_json = yes;
}

bool asks_for_json(int argc, const char* const* argv) {
  return std::any_of(argv, argv + argc, [](std::string_view word) { return word == "--json"; });
}

void report_if_json(const Error& error) {
  if (in_json) report_as_json(error);
}

int report_wrong_use(const std::string& what) {
  report({ErrorCode::invalid_input, what});
  return wrong_use;
}

int report_as_json(const Error& error) {
  std::string json;
  formats::JsonWriter writer(json);
  writer.begin_object().member("ok", false).member("detail", error.message).key("errors").begin_array();
  for (const auto& issue : error.issues) {
    writer.begin_object();
    if (!issue.where.empty()) writer.member("where", issue.where);
    writer.member("detail", issue.detail).end_object();
  }
  writer.end_array().end_object();
  fmt::print("{}\n", json);
  return exit_code_of(error);
}

int report(const Error& error) {
  for (const auto& issue : error.issues) fmt::print(stderr, "{}: error: {}\n", issue.where, issue.detail);
  if (error.issues.empty())
    fmt::print(stderr, "error: {}\n", error.message);
  else
    fmt::print(stderr, "{} problem{}: {}\n", error.issues.size(), error.issues.size() == 1 ? "" : "s", error.message);
  report_if_json(error);
  return exit_code_of(error);
}

}  // namespace ketenpoort::cli
