#include "gateway/cli/command.hpp"

#include <fmt/format.h>

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

void report_unknown_command(const CLI::App& app, const std::string& given) {
  const auto known = app.get_subcommands([](const CLI::App*) { return true; });
  std::vector<std::string> owned;
  for (const auto* one : known) owned.push_back(one->get_name());
  const std::vector<std::string_view> names(owned.begin(), owned.end());
  std::string list;
  for (const auto name : names) list += (list.empty() ? "" : ", ") + std::string(name);
  report_wrong_use(fmt::format("{} has no command {}{}; there are {}", app.get_name(), given,
                               formats::did_you_mean(given, names), list));
}

}  // namespace

int report_parse_error(const CLI::App& app, const CLI::ParseError& error) {
  const auto& last = deepest(app);
  if (last.get_require_subcommand_min() > 0 && last.get_subcommands().empty())
    for (const auto& rest : app.remaining(true))
      if (!rest.starts_with('-')) return report_unknown_command(last, rest), wrong_use;
  if (app.exit(error) == 0) return done;
  report_if_json({ErrorCode::invalid_input, error.what()});
  return wrong_use;
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
