#include "gateway/cli/mapping/mapping_files.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <deque>
#include <iostream>
#include <iterator>

#include "gateway/base/files.hpp"
#include "gateway/cli/shipped.hpp"
#include "gateway/config/sections.hpp"
#include "gateway/formats/json.hpp"
#include "gateway/formats/json_place.hpp"
#include "gateway/formats/json_schema.hpp"
#include "gateway/formats/suggest.hpp"

namespace ketenpoort::cli {
namespace {

namespace fs = std::filesystem;

// Reads the policy files that bear on mappings, without the rest of a gateway's configuration.
class PolicyReader {
 public:
  explicit PolicyReader(fs::path folder) : folder_(std::move(folder)) {}

  void read() {
    for (const auto& path : files_in("rules"))
      if (const auto* file = open(path))
        for (auto& rule : config::read_rules({*file, file->root, problems}, so_far))
          so_far.rules.push_back({std::move(rule), file->text});
    if (const auto* file = open(folder_ / "categories.yaml"))
      so_far.categories = config::read_categories({*file, file->root, problems});
    if (const auto* file = open(folder_ / "purposes.yaml"))
      so_far.purposes = config::read_purposes({*file, file->root, problems}, so_far);
    for (const auto& path : files_in("agreements"))
      if (const auto* file = open(path))
        so_far.agreements.push_back({config::read_agreement({*file, file->root, problems}, so_far), {}, {}});
  }

  config::Configuration so_far;
  config::Problems problems;

 private:
  [[nodiscard]] std::vector<fs::path> files_in(const char* name) const {
    std::vector<fs::path> files;
    std::error_code failed;
    for (const auto& entry : fs::directory_iterator(folder_ / name, failed))
      if (entry.path().extension() == ".yaml") files.push_back(entry.path());
    std::sort(files.begin(), files.end());
    return files;
  }

  const config::SourceFile* open(const fs::path& path) {
    auto text = read_file(path);
    if (!text) {
      problems.add({ErrorCode::io, path.string() + ":1:1", text.error().message});
      return nullptr;
    }
    auto root = formats::parse_yaml(*text);
    if (!root) {
      for (const auto& issue : root.error().issues)
        problems.add({issue.code, path.string() + ":" + issue.where, issue.detail});
      return nullptr;
    }
    return &files_.emplace_back(config::SourceFile{path, std::move(*text), std::move(*root), false});
  }

  fs::path folder_;
  std::deque<config::SourceFile> files_;  // sections point into them
};

const Rule* rule_in_force(const std::vector<Rule>& rules, std::string_view algorithm, Date on) {
  for (const auto& rule : rules)
    if (rule.algorithm == algorithm && rule.valid_from <= on && (!rule.valid_until || on <= *rule.valid_until))
      return &rule;
  return nullptr;
}

// A folder that is not there is the environment's fault, not a mistake in a mapping.
Status find_folder(const fs::path& folder, std::string_view option) {
  std::error_code failed;
  if (fs::is_directory(folder, failed)) return {};
  return fail(ErrorCode::io, fmt::format("there is no folder {}; name another with {}", folder.string(), option));
}

}  // namespace

void add_folder_options(CLI::App& command, MappingFolders& folders) {
  folders.mappings = shipped_folder("mappings").string();
  folders.config = shipped_folder("config").string();
  command.add_option("--mappings", folders.mappings, "folder of mappings")->capture_default_str();
  command.add_option("--config-dir", folders.config, "folder with purposes.yaml and rules/")->capture_default_str();
}

Result<MappingFiles> load_mapping_files(const MappingFolders& folders) {
  if (auto found = find_folder(folders.config, "--config-dir"); !found) return fail(found.error());
  if (auto found = find_folder(folders.mappings, "--mappings"); !found) return fail(found.error());
  PolicyReader policy(folders.config);
  policy.read();
  if (!policy.problems.empty())
    return fail(ErrorCode::config, "the policy files are not as they should be", policy.problems.take());
  mapping::LoadOptions options;
  for (const auto& purpose : policy.so_far.purposes)
    options.purposes[purpose.id] = {purpose.required, purpose.optional, purpose.recipient};
  for (const auto& stated : policy.so_far.agreements) {
    const auto& agreement = stated.agreement;
    if (agreement.direction != "out") continue;
    auto& agreed = options.agreements[agreement.recipient];
    agreed = agreed | agreement.categories;
  }
  auto library = mapping::Library::load(folders.mappings, options);
  if (!library) return fail(std::move(library.error()));
  MappingFiles files{std::move(*library),
                     {},
                     std::move(policy.so_far.purposes),
                     std::move(policy.so_far.categories),
                     std::move(options)};
  for (auto& stated : policy.so_far.rules) files.rules.push_back(std::move(stated.rule));
  return files;
}

Result<std::string> read_input(const std::string& file) {
  if (file != "-") return read_file(file);
  std::string text(std::istreambuf_iterator<char>(std::cin), {});
  return text;
}

namespace {

// " from 2026-01-01", " from 2026-01-01 until 2026-12-31"
std::string validity_of(const mapping::Mapping& mapping) {
  const auto until = mapping.effective_until();
  return fmt::format(" from {}{}", to_iso(mapping.effective_from()), until ? " until " + to_iso(*until) : "");
}

}  // namespace

Result<const mapping::Mapping*> find_mapping(const mapping::Library& library, const std::string& name, Date on) {
  if (const auto at = name.find('@'); at != std::string::npos) {
    if (const auto* found = library.find_version(name.substr(0, at), name.substr(at + 1))) return found;
  } else if (const auto* found = library.find(name, on)) {
    return found;
  }
  const auto bare = name.substr(0, name.find('@'));
  std::vector<std::string_view> names;
  std::string versions;
  std::string all;
  for (const auto& m : library.mappings()) {
    names.push_back(m->name());
    all += (all.empty() ? "" : ", ") + m->name() + "@" + m->version();
    if (m->name() == bare) versions += (versions.empty() ? "" : ", ") + m->version() + validity_of(*m);
  }
  if (!versions.empty())
    return fail(ErrorCode::not_found, fmt::format("{} is not there as asked ({}): there {} {}", bare,
                                                  name == bare ? "on " + to_iso(on) : name.substr(bare.size()),
                                                  versions.find(", ") == std::string::npos ? "is" : "are", versions));
  return fail(ErrorCode::not_found,
              fmt::format("there is no mapping {}{}; there are {}", name, formats::did_you_mean(bare, names), all));
}

Status check_purpose(const mapping::Mapping& mapping, const std::string& purpose) {
  const auto& purposes = mapping.purposes();
  if (purpose.empty() || std::ranges::find(purposes, purpose) != purposes.end()) return {};
  const std::vector<std::string_view> names(purposes.begin(), purposes.end());
  return fail(ErrorCode::invalid_input,
              fmt::format("{} is not sent for {}{}; its purposes are {}", mapping.name(), purpose,
                          formats::did_you_mean(purpose, names), fmt::join(purposes, ", ")));
}

namespace {

// To whom the record's referrals go; empty when it has none.
std::string recipients_of(const formats::JsonDocument& record) {
  std::vector<std::string> names;
  for (const auto referral : record.root().find("referrals").elements()) {
    auto name = std::string(referral.find("recipient").as_string().value_or(""));
    if (std::ranges::find(names, name) == names.end()) names.push_back(std::move(name));
  }
  return fmt::format("{}", fmt::join(names, ", "));
}

}  // namespace

std::string name_input(const std::string& file) {
  return file == "-" ? "standard input" : file;
}

namespace {

// "3:24" and "line 3, NAAM" begin with a place in the file, "resident.sex" is a path in what was read from it.
void put_in_file(const std::string& file, std::string_view json, Issue& issue) {
  std::string_view path = issue.where;
  if (path.starts_with("line ")) path.remove_prefix(5);
  std::string at(path.substr(0, std::min(path.find_first_not_of("0123456789:"), path.size())));
  path.remove_prefix(at.size());
  if (path.starts_with(", ")) path.remove_prefix(2);
  if (at.empty() && !json.empty()) at = formats::json_place(json, path);
  if (!path.empty() && path != "$") issue.detail = fmt::format("{}: {}", path, issue.detail);
  issue.where = at.empty() ? file : fmt::format("{}:{}", file, at);
}

}  // namespace

Error in_file(const std::string& file, Error error, std::string_view json) {
  for (auto& issue : error.issues) put_in_file(name_input(file), json, issue);
  return error;
}

Status prepare_dry_run(const MappingFiles& files, const mapping::Mapping& mapping, const std::string& file, Date on,
                       const std::string& purpose, DryRun& run) {
  auto text = read_input(file);
  if (!text) return fail(std::move(text.error()));
  run.record = std::move(*text);
  const auto document = formats::parse_json(run.record);
  if (!document) return fail(in_file(file, document.error(), run.record));
  if (const auto* schema = mapping.source_schema()) {
    if (auto issues = schema->check(document->root()); !issues.empty())
      return fail(in_file(
          file, {ErrorCode::schema_violation, "the record is not as its schema says", std::move(issues)}, run.record));
  }
  std::size_t index = 0;
  bool referred = false;
  run.purpose = purpose;
  for (const auto referral : document->root().find("referrals").elements()) {
    const auto for_it = referral.find("recipient").as_string() == mapping.recipient();
    const auto its_purpose = std::string(referral.find("purpose").as_string().value_or(""));
    if (for_it && (run.purpose.empty() || run.purpose == its_purpose)) {
      run.context.referral_index = index;
      run.purpose = its_purpose;
      referred = true;
      break;
    }
    ++index;
  }
  if (const auto others = recipients_of(*document); !referred && !others.empty())
    return fail(ErrorCode::invalid_input,
                fmt::format("the record has no referral to {}{}{}; its referrals go to {}", mapping.recipient(),
                            purpose.empty() ? "" : " for ", purpose, others));
  if (run.purpose.empty() && !mapping.purposes().empty()) run.purpose = mapping.purposes().front();
  // A record of another sort than a resident's, as its schema allows, has no facts to conclude from.
  if (document->root().find("procedure")) {
    auto facts = policy::read_facts(document->root());
    if (!facts) return fail(std::move(facts.error()));
    run.derived = policy::derive(*facts, rule_in_force(files.rules, "labour-market-access", on), on);
  }
  auto& context = run.context;
  context.now = start_of_day_in_brussels(on) + std::chrono::hours{12};
  context.purpose = run.purpose;
  context.allowed = mapping.categories();
  context.allow_mock_ssin = true;
  context.derived.age = run.derived.age;
  context.derived.minor = run.derived.minor;
  if (run.derived.labour_access) {
    context.derived.labour_access_since = run.derived.labour_access->since;
    context.derived.labour_access_basis = policy::to_text(run.derived.labour_access->basis);
  }
  return {};
}

}  // namespace ketenpoort::cli
