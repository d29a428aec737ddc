// How a subcommand joins the command line: it registers its options and, when it was chosen, leaves what to run.
#pragma once

#include <functional>
#include <string>
#include <string_view>

#include "gateway/base/result.hpp"

namespace CLI {
class App;
class ParseError;
}  // namespace CLI

namespace ketenpoort::cli {

// Exit codes, the same for every command.
enum ExitCode : int {
  done = 0,
  does_not_hold = 1,  // the thing checked is not so
  wrong_use = 2,
  environment = 3,  // file, port, permission, connection
};

using Action = std::function<int()>;

// One per file: void add_<command>(CLI::App& app, Action& chosen). The callback of the subcommand sets `chosen`.

// Whoever asked for --json gets errors on stdout too, whatever command it was. Set by main, before anything runs.
void tell_errors_in_json(bool yes);
bool asks_for_json(int argc, const char* const* argv);

// Writes an error and its issues to stderr, "file:line:column: error: what, where, how to fix" where there is a place,
// and, where that was asked for, as report_as_json does. Gives the exit code for it.
int report(const Error& error);
int report_wrong_use(const std::string& what);  // exit code 2

// On stdout as one JSON document, {ok: false, detail, errors: [{where?, detail}]}; nothing on stderr.
int report_as_json(const Error& error);
// The same where it was asked for, and else nothing.
void report_if_json(const Error& error);

// What could not be parsed, a command that does not exist named with those that do; also prints --help and --version.
int report_parse_error(const CLI::App& app, const CLI::ParseError& error);

}  // namespace ketenpoort::cli
