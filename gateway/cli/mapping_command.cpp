#include "gateway/cli/mapping_command.hpp"

#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <memory>

#include "gateway/cli/mapping_files.hpp"
#include "gateway/cli/mapping_output.hpp"
#include "gateway/formats/json.hpp"
#include "gateway/mapping/examples.hpp"

namespace ketenpoort::cli {
namespace {

struct Options {
  MappingFolders folders;
  std::vector<std::string> names;
  std::string record;
  std::string on;
  bool json = false;
};

bool is_wanted(const Options& options, const mapping::Mapping& m) {
  return options.names.empty() ||
         std::find(options.names.begin(), options.names.end(), m.name()) != options.names.end();
}

// The names given that are no mapping's; 0 when all are.
int check_names(const Options& options, const mapping::Library& library) {
  for (const auto& name : options.names) {
    const bool known = std::any_of(library.mappings().begin(), library.mappings().end(),
                                   [&](const auto& m) { return m->name() == name; });
    if (!known) return report_wrong_use(fmt::format("there is no mapping {}", name));
  }
  return done;
}

void write_issues(formats::JsonWriter& writer, std::string_view name, const std::vector<Issue>& issues) {
  writer.key(name).begin_array();
  for (const auto& issue : issues)
    writer.begin_object().member("where", issue.where).member("detail", issue.detail).end_object();
  writer.end_array();
}

int lint(const Options& options) {
  const auto files = load_mapping_files(options.folders);
  if (options.json) {
    std::string out;
    formats::JsonWriter writer(out);
    writer.begin_object().member("ok", files.has_value());
    write_issues(writer, "errors", files ? std::vector<Issue>{} : files.error().issues);
    write_issues(writer, "warnings", files ? files->library.warnings() : std::vector<Issue>{});
    writer.end_object();
    fmt::print("{}\n", out);
    return files ? done : does_not_hold;
  }
  if (!files) return report(files.error());
  if (const int wrong = check_names(options, files->library); wrong != done) return wrong;
  for (const auto& warning : files->library.warnings())
    fmt::print(stderr, "{}: warning: {}\n", warning.where, warning.detail);
  for (const auto& m : files->library.mappings())
    if (is_wanted(options, *m)) fmt::print("{} {}: ok\n", m->name(), m->version());
  return done;
}

int test(const Options& options) {
  const auto files = load_mapping_files(options.folders);
  if (!files) return report(files.error());
  if (const int wrong = check_names(options, files->library); wrong != done) return wrong;
  std::size_t passed = 0;
  std::vector<mapping::ExampleResult> failed;
  for (const auto& m : files->library.mappings()) {
    if (!is_wanted(options, *m)) continue;
    for (auto& result : mapping::run_examples(*m, options.folders.mappings)) {
      if (result.passed)
        ++passed;
      else
        failed.push_back(std::move(result));
    }
  }
  if (options.json) {
    std::string out;
    formats::JsonWriter writer(out);
    writer.begin_object().member("passed", passed).key("failed").begin_array();
    for (const auto& f : failed)
      writer.begin_object()
          .member("mapping", f.mapping)
          .member("example", f.name)
          .member("difference", f.difference)
          .end_object();
    writer.end_array().end_object();
    fmt::print("{}\n", out);
  } else {
    for (const auto& f : failed) fmt::print(stderr, "{}/{}: {}\n", f.mapping, f.name, f.difference);
    fmt::print("{} examples pass, {} fail\n", passed, failed.size());
  }
  return failed.empty() && passed > 0 ? done : does_not_hold;
}

int explain(const Options& options) {
  const auto on = options.on.empty() ? std::optional(date_in_brussels(Clock{}.now())) : parse_date(options.on);
  if (!on) return report_wrong_use("--at takes a day, yyyy-mm-dd");
  auto files = load_mapping_files(options.folders);
  if (!files) return report(files.error());
  const auto found = find_mapping(files->library, options.names.front(), *on);
  if (!found) return report_wrong_use(found.error().message);
  DryRun run;
  if (auto ready = prepare_dry_run(*files, **found, options.record, *on, {}, run); !ready) return report(ready.error());
  const auto lines = (*found)->explain(run.record, run.context);
  if (!lines) return report_refusal(lines.error());
  print_explanation(*lines, options.json);
  return done;
}

}  // namespace

void add_mapping(CLI::App& app, Action& chosen) {
  auto* command = app.add_subcommand("mapping", "Check and try out mappings");
  command->require_subcommand(1);
  auto options = std::make_shared<Options>();
  const auto add = [&](const char* name, const char* what, const char* example, int (*run)(const Options&)) {
    auto* sub = command->add_subcommand(name, what);
    sub->footer(fmt::format("Example:\n  ketenpoort mapping {}", example));
    sub->add_flag("--json", options->json, "one JSON document on stdout");
    add_folder_options(*sub, options->folders);
    sub->callback([options, &chosen, run] { chosen = [options, run] { return run(*options); }; });
    return sub;
  };
  add("lint", "Read every mapping with everything it names; say everything that is wrong", "lint --mappings mappings",
      lint)
      ->add_option("name", options->names, "only these mappings (default: all)");
  add("test", "Run the examples beside the mappings", "test resident-to-vdab-profile", test)
      ->add_option("name", options->names, "only these mappings (default: all)");
  auto* explain_command =
      add("explain", "Per target field: source, line, steps, code list, masked value, or why it is absent",
          "explain resident-to-vdab-profile record.json", explain);
  explain_command->add_option("name", options->names, "the mapping")->required()->expected(1);
  explain_command->add_option("record", options->record, "the record; - for standard input")->required();
  explain_command->add_option("--at", options->on, "the day it is done on (default: today)");
}

}  // namespace ketenpoort::cli
