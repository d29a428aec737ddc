#include "gateway/cli/mapping/mapping_command.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <memory>

#include "gateway/cli/mapping/mapping_comparison.hpp"
#include "gateway/cli/mapping/mapping_coverage.hpp"
#include "gateway/cli/mapping/mapping_documentation.hpp"
#include "gateway/cli/mapping/mapping_options.hpp"
#include "gateway/cli/mapping/mapping_output.hpp"
#include "gateway/formats/json.hpp"
#include "gateway/formats/suggest.hpp"
#include "gateway/mapping/examples.hpp"
#include "gateway/mapping_review/lint.hpp"
#include "gateway/mapping_review/measure.hpp"
#include "gateway/mapping_review/outputs.hpp"

namespace ketenpoort::cli {
namespace {

using Options = MappingOptions;

void write_issues(formats::JsonWriter& writer, std::string_view name, const std::vector<Issue>& issues) {
  writer.key(name).begin_array();
  for (const auto& issue : issues)
    writer.begin_object().member("where", issue.where).member("detail", issue.detail).end_object();
  writer.end_array();
}

int lint(const Options& options) {
  const auto files = load_mapping_files(options.folders);
  if (!files && files.error().code == ErrorCode::io) return report(files.error());
  mapping_review::LintResult result;
  if (files)
    result = mapping_review::lint_examples(files->library, options.folders.mappings);
  else
    result.errors = files.error().issues;
  if (files)
    if (const int wrong = check_names(options, files->library); wrong != done) return wrong;
  const bool ok = files.has_value() && result.errors.empty();
  if (options.json) {
    std::string out;
    formats::JsonWriter writer(out);
    writer.begin_object().member("ok", ok);
    write_issues(writer, "errors", result.errors);
    write_issues(writer, "warnings", result.warnings);
    writer.end_object();
    fmt::print("{}\n", out);
    return ok ? done : does_not_hold;
  }
  if (!files) return report(files.error());
  for (const auto& error : result.errors) fmt::print(stderr, "{}: error: {}\n", error.where, error.detail);
  for (const auto& warning : result.warnings) fmt::print(stderr, "{}: warning: {}\n", warning.where, warning.detail);
  if (!ok) return does_not_hold;
  for (const auto& m : files->library.mappings())
    if (options.wants(*m)) fmt::print("{} {}: ok\n", m->name(), m->version());
  return done;
}

Status record(const Options& options, const MappingFiles& files) {
  for (const auto& m : files.library.mappings()) {
    if (!options.wants(*m)) continue;
    if (auto recorded = mapping_review::record_outputs(*m, options.folders.mappings); !recorded)
      return fail(recorded.error());
  }
  return {};
}

int test(const Options& options) {
  const auto files = load_mapping_files(options.folders);
  if (!files) return report(files.error());
  if (const int wrong = check_names(options, files->library); wrong != done) return wrong;
  std::size_t passed = 0;
  std::vector<mapping::ExampleResult> failed;
  for (const auto& m : files->library.mappings()) {
    if (!options.wants(*m)) continue;
    for (auto& result :
         mapping::run_examples(*m, options.folders.mappings, {.footprint = nullptr, .write_missing = options.write})) {
      if (result.passed)
        ++passed;
      else
        failed.push_back(std::move(result));
    }
  }
  if (options.record_outputs && failed.empty() && passed > 0)
    if (auto recorded = record(options, *files); !recorded) return report(recorded.error());
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
  if (failed.empty() && passed == 0)
    fmt::print(stderr,
               "there is no example to run: put one for a day that the mapping is in force on under {}/examples/NAME\n",
               options.folders.mappings);
  return failed.empty() && passed > 0 ? done : does_not_hold;
}

int bench(const Options& options) {
  const auto files = load_mapping_files(options.folders);
  if (!files) return report(files.error());
  if (const int wrong = check_names(options, files->library); wrong != done) return wrong;
  std::string out;
  formats::JsonWriter writer(out);
  writer.begin_array();
  if (!options.json)
    fmt::print("{:40} {:>8} {:>9} {:>10} {:>10} {:>7}\n", "mapping", "records", "bytes", "us/record", "us/parse",
               "ratio");
  for (const auto& m : files->library.mappings()) {
    if (!options.wants(*m)) continue;
    const auto time = std::chrono::milliseconds(static_cast<long>(options.seconds * 1000));
    const auto measured = mapping_review::measure(*m, options.folders.mappings, time);
    if (!measured) return report_wrong_use(fmt::format("{} has no example to translate", m->name()));
    const auto name = measured->mapping + " " + measured->version;
    if (options.json) {
      writer.begin_object().member("mapping", measured->mapping).member("version", measured->version);
      writer.member("records", measured->records).member("bytesIn", measured->bytes_in);
      writer.member("microseconds", measured->microseconds).member("parseMicroseconds", measured->parse).end_object();
    } else if (measured->parse) {
      fmt::print("{:40} {:>8} {:>9.0f} {:>10.2f} {:>10.2f} {:>7.2f}\n", name, measured->records, measured->bytes_in,
                 measured->microseconds, *measured->parse, measured->microseconds / *measured->parse);
    } else {
      fmt::print("{:40} {:>8} {:>9.0f} {:>10.2f}\n", name, measured->records, measured->bytes_in,
                 measured->microseconds);
    }
  }
  writer.end_array();
  if (options.json) fmt::print("{}\n", out);
  return done;
}

int explain(const Options& options) {
  const auto on = options.on.empty() ? std::optional(date_in_brussels(Clock{}.now())) : parse_date(options.on);
  if (!on) return report_wrong_use("--at takes a day, yyyy-mm-dd");
  auto files = load_mapping_files(options.folders);
  if (!files) return report(files.error());
  const auto found = find_mapping(files->library, options.mapping, *on);
  if (!found) return report_wrong_use(found.error().message);
  if ((*found)->source_format() != "json")
    return report_wrong_use(fmt::format("{} reads {}: use `ketenpoort translate {} FILE --explain`", options.mapping,
                                        (*found)->source_format(), options.mapping));
  DryRun run;
  if (auto ready = prepare_dry_run(*files, **found, options.record, *on, {}, run); !ready) return report(ready.error());
  const auto lines = (*found)->explain(run.record, run.context);
  if (!lines) return report_refusal(lines.error(), name_input(options.record));
  print_explanation(*lines, options.json);
  return done;
}

}  // namespace

bool MappingOptions::wants(const mapping::Mapping& m) const {
  return names.empty() || std::find(names.begin(), names.end(), m.name()) != names.end();
}

int check_names(const MappingOptions& options, const mapping::Library& library) {
  std::vector<std::string_view> known;
  for (const auto& m : library.mappings()) known.push_back(m->name());
  for (const auto& name : options.names)
    if (std::find(known.begin(), known.end(), name) == known.end())
      return report_wrong_use(fmt::format("there is no mapping {}{}; there are {}", name,
                                          formats::did_you_mean(name, known), fmt::join(known, ", ")));
  return done;
}

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
  auto* test_command = add("test", "Run the examples beside the mappings", "test resident-to-vdab-profile", test);
  test_command->add_option("name", options->names, "only these mappings (default: all)");
  test_command->add_flag(
      "--write", options->write,
      "give an example that has no expected output the one that comes out; read it before you keep it");
  test_command->add_flag(
      "--record", options->record_outputs,
      "when all pass, record what they came to: the version is final, another output needs another version");
  add("coverage", "How much of the mappings their examples come by: lines, branches, codes",
      "coverage resident-to-agii-dossier", mapping_coverage)
      ->add_option("name", options->names, "only these mappings (default: all)");
  auto* bench_command = add("bench", "How long translating the examples takes here, beside parsing the same bytes",
                            "bench resident-to-vdab-profile --seconds 2", bench);
  bench_command->add_option("name", options->names, "only these mappings (default: all)");
  bench_command->add_option("--seconds", options->seconds, "for each mapping")
      ->check(CLI::Range(0.1, 60.0))
      ->capture_default_str();
  auto* doc_command = add("doc", "The table for a protocol: field, source, data category, legal basis, recipient",
                          "doc resident-to-agii-dossier --format csv", mapping_doc);
  doc_command->add_option("name", options->names, "only these mappings (default: all)");
  doc_command->add_option("--format", options->format, "md, csv or jsonld")
      ->check(CLI::IsMember({"md", "csv", "jsonld"}))
      ->capture_default_str();
  doc_command->add_option("--language", options->language, "of the categories' labels")
      ->check(CLI::IsMember({"nl", "fr", "de", "en"}))
      ->capture_default_str();
  add("diff", "What the second mapping sends more or less than the first, per data category",
      "diff resident-to-agii-dossier@1.2.0 new-dossier.yaml", mapping_diff)
      ->add_option("mapping", options->names, "two of: a name, name@version, a mapping file")
      ->required()
      ->expected(2);
  auto* explain_command =
      add("explain", "Per target field: source, line, steps, code list, masked value, or why it is absent",
          "explain resident-to-vdab-profile record.json", explain);
  explain_command->add_option("name", options->mapping, "the mapping, or name@version")->required();
  explain_command->add_option("record", options->record, "the record; - for standard input")->required();
  explain_command->add_option("--at", options->on, "the day it is done on (default: today)");
}

}  // namespace ketenpoort::cli
