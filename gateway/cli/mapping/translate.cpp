#include "gateway/cli/mapping/translate.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <CLI/CLI.hpp>
#include <memory>

#include "gateway/cli/mapping/mapping_files.hpp"
#include "gateway/cli/mapping/mapping_output.hpp"
#include "gateway/formats/json.hpp"
#include "gateway/formats/suggest.hpp"
#include "gateway/mapping/plan/plan.hpp"

namespace ketenpoort::cli {
namespace {

struct Options {
  MappingFolders folders;
  std::string mapping;
  std::string file = "-";
  std::string format;  // empty: the mapping's
  std::vector<std::string> categories;
  bool limited = false;  // --categories was given, perhaps empty
  std::string on;
  std::string purpose;
  bool explain = false;
  bool json = false;
};

std::string as_json(const mapping::Mapping& mapping, const mapping::Translation& translation) {
  std::string out;
  formats::JsonWriter writer(out);
  writer.begin_object().member("mapping", mapping.name()).member("version", mapping.version());
  writer.member("contentType", translation.content_type).member("message", translation.bytes);
  writer.key("categoriesSent").begin_array();
  for (const auto& name : translation.sent.names()) writer.value(name);
  writer.end_array().key("leftOut").begin_array();
  for (const auto& field : translation.left_out)
    writer.begin_object()
        .member("field", field.field)
        .member("category", to_text(field.category))
        .member("reason", field.reason)
        .end_object();
  writer.end_array().key("findings").begin_array();
  for (const auto& finding : translation.findings)
    writer.begin_object()
        .member("code", finding.code)
        .member("field", finding.field)
        .member("detail", finding.detail)
        .end_object();
  writer.end_array().end_object();
  return out;
}

std::string nearest_category(std::string_view name) {
  std::vector<std::string_view> names;
  for (std::size_t i = 0; i < category_count; ++i) names.push_back(to_text(static_cast<Category>(i)));
  return formats::did_you_mean(name, names);
}

// Of one of several only what is wrong with it is said, not how much it is.
void report_record(const std::string& file, const mapping::InputRecord& record, std::string_view json) {
  Error error{ErrorCode::schema_violation, "the record is not as its layout or schema says", record.issues};
  for (auto& issue : error.issues)
    if (!record.where.empty()) issue.where = record.where + ", " + issue.where;
  error = in_file(file, std::move(error), json);
  for (const auto& issue : error.issues) fmt::print(stderr, "{}: error: {}\n", issue.where, issue.detail);
  report_if_json(error);
}

// "residents.csv:3"; a file of one record has no such lines.
std::string place_of(const std::string& file, const mapping::InputRecord& record) {
  const auto line = record.where.find_first_of("0123456789");
  return name_input(file) + (line == std::string::npos ? "" : ":" + record.where.substr(line));
}

// Whatever comes in: one message a line for each of its records, what is wrong with a record on stderr; with --json one
// document a line for each, also for one that is wrong.
int translate_input(const Options& options, const mapping::Mapping& mapping, Date on) {
  const auto bytes = read_input(options.file);
  if (!bytes) return report(bytes.error());
  const auto json = mapping.source_format() == "json" ? std::string_view(*bytes) : std::string_view();
  const auto records = mapping.records(*bytes);
  if (!records) return report(in_file(options.file, records.error(), json));
  mapping::Context context;
  context.now = start_of_day_in_brussels(on) + std::chrono::hours{12};
  context.allowed = mapping.categories();
  context.allow_mock_ssin = true;
  if (!mapping.purposes().empty()) context.purpose = mapping.purposes().front();
  bool all = true;
  for (const auto& record : *records) {
    const auto place = place_of(options.file, record);
    if (!record.issues.empty()) {
      report_record(options.file, record, json);
      all = false;
      continue;
    }
    context.transfer = record.id;
    if (options.explain) {
      const auto lines = mapping.explain(record.json, context);
      all = all && lines.has_value();
      if (lines)
        print_explanation(*lines, options.json);
      else
        report_refusal(lines.error(), place);
      continue;
    }
    const auto translation = mapping.translate(record.json, context);
    if (!translation) {
      report_refusal(translation.error(), place);
      all = false;
      continue;
    }
    fmt::print("{}\n", options.json ? as_json(mapping, *translation) : translation->bytes);
    for (const auto& finding : translation->findings)
      fmt::print(stderr, "{}: finding: {}: {} ({})\n", place, finding.field, finding.detail, finding.code);
  }
  return all ? done : does_not_hold;
}

// A day, or a moment on it.
std::optional<Date> parse_day(const std::string& text) {
  if (text.empty()) return date_in_brussels(Clock{}.now());
  if (const auto moment = parse_rfc3339(text)) return date_in_brussels(*moment);
  return parse_date(text);
}

int translate(const Options& options) {
  const auto on = parse_day(options.on);
  if (!on) return report_wrong_use("--at takes a day, yyyy-mm-dd, or a moment, 2026-05-01T23:30:00+02:00");
  auto files = load_mapping_files(options.folders);
  if (!files) return report(files.error());
  const auto mapping = find_mapping(files->library, options.mapping, *on);
  if (!mapping) return report_wrong_use(mapping.error().message);
  const auto& syntax = (*mapping)->source_format();
  if (!options.format.empty() && options.format != syntax)
    return report_wrong_use(fmt::format("{} reads {}, not {}", (*mapping)->name(), syntax, options.format));
  if ((*mapping)->plan().definition.inbound || syntax != "json") {
    if (options.limited || !options.purpose.empty())
      return report_wrong_use(fmt::format(
          "{} reads what comes in: --categories and --purpose belong to mappings that send", (*mapping)->name()));
    return translate_input(options, **mapping, *on);
  }
  if (auto known = check_purpose(**mapping, options.purpose); !known) return report_wrong_use(known.error().message);
  DryRun run;
  if (auto ready = prepare_dry_run(*files, **mapping, options.file, *on, options.purpose, run); !ready)
    return report(ready.error());
  if (options.limited) {
    run.context.allowed = {};
    for (const auto& name : options.categories) {
      if (name.empty()) continue;  // --categories "": none
      const auto category = parse_category(name);
      if (!category)
        return report_wrong_use(fmt::format("there is no data category {}{}; {} can send {}", name,
                                            nearest_category(name), (*mapping)->name(),
                                            fmt::join((*mapping)->categories().names(), ", ")));
      run.context.allowed.insert(*category);
    }
  }
  if (options.explain) {
    const auto lines = (*mapping)->explain(run.record, run.context);
    if (!lines) return report_refusal(lines.error(), name_input(options.file));
    print_explanation(*lines, options.json);
    return done;
  }
  const auto translation = (*mapping)->translate(run.record, run.context);
  if (!translation) return report_refusal(translation.error(), name_input(options.file));
  // CSV ends with a line end of its own, behind which nothing may stand.
  const auto out = options.json ? as_json(**mapping, *translation) : translation->bytes;
  fmt::print("{}{}", out, out.ends_with('\n') ? "" : "\n");
  for (const auto& field : translation->left_out)
    fmt::print(stderr, "left out: {} ({}, {})\n", field.field, to_text(field.category), field.reason);
  for (const auto& finding : translation->findings)
    fmt::print(stderr, "finding: {}: {} ({})\n", finding.field, finding.detail, finding.code);
  return done;
}

}  // namespace

void add_translate(CLI::App& app, Action& chosen) {
  auto* command = app.add_subcommand(
      "translate", "Translate one record with a mapping and print the message; nothing is sent or kept");
  command->footer(
      "Examples:\n"
      "  ketenpoort translate resident-to-vdab-profile record.json\n"
      "  ketenpoort translate legacy-csv-to-resident residents.csv > records.ndjson\n"
      "  ketenpoort translate resident-to-agii-dossier - --categories identity-core,contact,languages < record.json\n"
      "  ketenpoort translate resident-to-vdab-profile record.json --at 2027-01-15 --explain");
  auto options = std::make_shared<Options>();
  command->add_option("mapping", options->mapping, "name of the mapping")->required();
  command->add_option("file", options->file, "the record; - for standard input")->capture_default_str();
  command->add_option("--in", options->format, "syntax of what comes in (default: what the mapping reads)")
      ->check(CLI::IsMember({"json", "xml", "csv", "fixed"}));
  command
      ->add_option("--categories", options->categories,
                   "data categories that are allowed (default: all the mapping can send)")
      ->delimiter(',')
      ->each([options](const std::string&) { options->limited = true; });
  command->add_option("--at", options->on, "the day it is done on (default: today)");
  command->add_option("--purpose", options->purpose,
                      "purpose (default: that of the referral to the mapping's recipient)");
  command->add_flag("--explain", options->explain,
                    "instead of the message, where each field comes from or why it is absent");
  command->add_flag("--json", options->json, "one JSON document on stdout, of several records one a line");
  add_folder_options(*command, options->folders);
  command->callback([options, &chosen] { chosen = [options] { return translate(*options); }; });
}

}  // namespace ketenpoort::cli
