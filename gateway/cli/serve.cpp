#include "gateway/cli/serve.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <chrono>
#include <iterator>
#include <memory>
#include <string_view>
#include <vector>

#include "gateway/base/url.hpp"
#include "gateway/cli/certificate_check.hpp"
#include "gateway/cli/channel_check.hpp"
#include "gateway/cli/client_check.hpp"
#include "gateway/cli/configuration.hpp"
#include "gateway/cli/ground_check.hpp"
#include "gateway/cli/key_check.hpp"
#include "gateway/cli/reach.hpp"
#include "gateway/exchange/reading/convert_record.hpp"
#include "gateway/formats/json.hpp"
#include "gateway/ledger/checkpoint/cosignature.hpp"
#include "gateway/ledger/checkpoint/timestamp.hpp"
#include "gateway/ledger/published/witness.hpp"
#include "gateway/mapping/library.hpp"
#include "gateway/mapping/plan/plan.hpp"
#include "gateway/net/base_url.hpp"
#include "gateway/storage/files/drop_files.hpp"

namespace ketenpoort::cli {
namespace {

struct Options {
  std::string config;
  std::string config_dir;
  std::string mappings;
  bool json = false;
  bool reach = false;
};

std::shared_ptr<Options> add_options(CLI::App& command) {
  auto options = std::make_shared<Options>();
  command.add_option("--config", options->config, "gateway.yaml")->required();
  command.add_option("--config-dir", options->config_dir, "other folder for policy files");
  command.add_option("--mappings", options->mappings, "other folder for mappings");
  return options;
}

Result<config::Configuration> load(const Options& options) {
  config::Overrides overrides;
  if (!options.config_dir.empty()) overrides.config_dir = options.config_dir;
  if (!options.mappings.empty()) overrides.mappings_dir = options.mappings;
  return load_configuration(options.config, overrides);
}

Result<mapping::Library> load_mappings(const config::Configuration& configuration) {
  mapping::LoadOptions options;
  for (const auto& purpose : configuration.purposes)
    options.purposes[purpose.id] = {purpose.required, purpose.optional};
  return mapping::Library::load(configuration.settings.mappings, options);
}

// Whether a mapping is made for what a partner's file uses it for; all its versions are.
class MappingsInUse {
 public:
  MappingsInUse(const config::Partner& partner, const mapping::Library& mappings, std::vector<Issue>& issues)
      : partner_(partner), mappings_(mappings), issues_(issues) {}

  void look_at(const std::string& purpose, const config::Message& message) {
    for (const auto& one : mappings_.mappings()) {
      if (one->name() != message.mapping) continue;
      const auto& purposes = one->purposes();
      if (one->plan().definition.inbound)
        return complain("sends {} with {}, which reads what comes in", message.id, message.mapping);
      if (one->recipient() != partner_.recipient)
        return complain("sends {} with {}, whose recipient is `{}`", message.id, message.mapping, one->recipient());
      if (std::ranges::find(purposes, purpose) == purposes.end())
        return complain("sends {} for {} with {}, whose purposes are {}", message.id, purpose, message.mapping,
                        fmt::join(purposes, ", "));
    }
  }
  void look_at_reader(const std::string& name) {
    for (const auto& one : mappings_.mappings())
      if (one->name() == name && one->plan().definition.target.schema != exchange::outcome_schema)
        return complain("reads outcomes with {}, which makes none", name);
  }

 private:
  template <class... Parts>
  void complain(fmt::format_string<Parts...> text, Parts&&... parts) {
    issues_.push_back({ErrorCode::config, "partners/" + partner_.id + ".yaml",
                       fmt::format(text, std::forward<Parts>(parts)...) + ": name another mapping"});
  }

  const config::Partner& partner_;
  const mapping::Library& mappings_;
  std::vector<Issue>& issues_;
};

std::vector<Issue> find_unfit_mappings(const config::Configuration& configuration, const mapping::Library& mappings) {
  std::vector<Issue> issues;
  for (const auto& partner : configuration.partners) {
    MappingsInUse used(partner, mappings, issues);
    for (const auto& [purpose, messages] : partner.messages)
      for (const auto& message : messages) used.look_at(purpose, message);
    for (const auto& name : partner.outcomes) used.look_at_reader(name);
  }
  return issues;
}

// Keys and certificates of those who confirm the log.
std::vector<Issue> find_bad_anchors(const config::Configuration& configuration) {
  std::vector<Issue> issues;
  const auto& ledger = configuration.settings.ledger;
  const auto complain = [&](const std::string& where, const Error& error) {
    issues.push_back({ErrorCode::config, where, error.message});
  };
  if (ledger.anchors) {
    for (const auto& authority : ledger.anchors->timestamps) {
      if (const auto url = net::parse_base_url(split_url(authority.url).base); !url)
        complain("ledger.anchors, " + authority.name, url.error());
      if (const auto roots = ledger::TimestampRoots::load(authority.authorities); !roots)
        complain("ledger.anchors, " + authority.name, roots.error());
    }
    for (const auto& witness : ledger.anchors->witnesses) {
      if (const auto url = net::parse_base_url(witness.url); !url)
        complain("ledger.anchors, " + witness.name, url.error());
      if (const auto key = ledger::WitnessKey::parse(witness.vkey); !key)
        complain("ledger.anchors, " + witness.name, key.error());
    }
  }
  if (ledger.witness)
    if (const auto logs = ledger::read_witnessed_logs(ledger.witness->logs); !logs)
      complain("ledger.witness", logs.error());
  return issues;
}

std::vector<Issue> find_bad_drop_folders(const config::Configuration& configuration, const mapping::Library& library) {
  std::vector<Issue> issues;
  for (const auto& folder : configuration.settings.drop_folders) {
    const auto where = "dropFolders, " + folder.name;
    if (auto usable = storage::DropFiles::check(folder.folder, folder.result_group); !usable)
      issues.push_back({ErrorCode::config, where, folder.folder.string() + ": " + usable.error().message});
    for (const auto& files : folder.files) {
      if (files.format == "json" || files.format == "ndjson") continue;
      const auto chosen = exchange::choose_mapping(library, {files.format, exchange::record_schema, files.mapping},
                                                   date_in_brussels(Clock().now()));
      if (!chosen) issues.push_back({ErrorCode::config, where + ", " + files.pattern, chosen.error().message});
    }
  }
  return issues;
}

// All that is wrong, at once; the first kind says what follows from it.
class Mistakes {
 public:
  void add(std::string_view what_follows, std::vector<Issue> found) {
    if (issues_.empty()) what_follows_ = what_follows;
    std::ranges::move(found, std::back_inserter(issues_));
  }
  Status tell() && {
    if (issues_.empty()) return {};
    return fail(ErrorCode::config, std::string(what_follows_), std::move(issues_));
  }

 private:
  std::string_view what_follows_;
  std::vector<Issue> issues_;
};

struct Checked {
  config::Configuration configuration;
  mapping::Library mappings;
};

Result<Checked> check_all(const Options& options) {
  auto configuration = load(options);
  if (!configuration) return fail(std::move(configuration.error()));
  auto mappings = load_mappings(*configuration);
  if (!mappings) return fail(std::move(mappings.error()));
  Mistakes mistakes;
  mistakes.add("the configuration does not fit together", find_unfit_mappings(*configuration, *mappings));
  mistakes.add("the texts do not speak of all that is configured", config::find_missing_texts(*configuration));
  mistakes.add("keys and certificates cannot be used so", find_bad_keys(*configuration));
  mistakes.add("partners cannot be called so", find_bad_channels(*configuration));
  mistakes.add("the ledger cannot be confirmed by others so", find_bad_anchors(*configuration));
  mistakes.add("nothing can be taken from a drop folder so", find_bad_drop_folders(*configuration, *mappings));
  if (auto none = std::move(mistakes).tell(); !none) return fail(std::move(none.error()));
  return Checked{std::move(*configuration), std::move(*mappings)};
}

Date today(const config::Settings& settings) {
  if (settings.test && settings.test->now) return date_in_brussels(*settings.test->now);
  return date_in_brussels(Clock().now());
}

std::vector<Issue> find_warnings(const Checked& checked) {
  const auto& configuration = checked.configuration;
  auto warnings = checked.mappings.warnings();
  const auto add = [&](std::vector<Issue> found) { std::ranges::move(found, std::back_inserter(warnings)); };
  add(config::find_borrowed_texts(configuration));
  add(find_ending_certificates(configuration,
                               std::chrono::floor<std::chrono::seconds>(std::chrono::system_clock::now())));
  add(find_misplaced_keys(configuration.settings));
  add(find_clients_without_partner(configuration));
  add(find_shared_recipients(configuration));
  add(find_missing_ground(configuration, checked.mappings, today(configuration.settings)));
  return warnings;
}

bool all_answer(const std::vector<Reached>& reached) {
  return std::ranges::all_of(reached, &Reached::ok);
}

void write_reached(formats::JsonWriter& writer, const std::vector<Reached>& all) {
  writer.key("reached").begin_array();
  for (const auto& one : all)
    writer.begin_object()
        .member("where", one.where)
        .member("url", one.url)
        .member("ok", one.ok)
        .member("detail", one.detail)
        .end_object();
  writer.end_array();
  if (all_answer(all)) return;
  writer.member("detail", "not all that is called could be reached").key("errors").begin_array();
  for (const auto& one : all)
    if (!one.ok) writer.begin_object().member("where", one.where).member("detail", one.detail).end_object();
  writer.end_array();
}

// `reached`: null when nobody was to be called.
std::string as_json(const Checked& checked, std::size_t warnings, const std::vector<Reached>* reached) {
  std::string json;
  formats::JsonWriter writer(json);
  writer.begin_object()
      .member("ok", reached == nullptr || all_answer(*reached))
      .member("environment", checked.configuration.settings.environment)
      .member("partners", checked.configuration.partners.size())
      .member("agreements", checked.configuration.agreements.size())
      .member("mappings", checked.mappings.mappings().size())
      .member("warnings", warnings);
  if (reached != nullptr) write_reached(writer, *reached);
  writer.end_object();
  return json;
}

int check(const Options& options) {
  const auto checked = check_all(options);
  if (!checked) return report(checked.error());
  const auto warnings = find_warnings(*checked);
  for (const auto& warning : warnings) fmt::print(stderr, "{}: warning: {}\n", warning.where, warning.detail);
  const auto& configuration = checked->configuration;
  const auto reached = options.reach ? reach_all(configuration) : std::vector<Reached>{};
  const auto exit_code = all_answer(reached) ? done : environment;
  if (options.json) {
    fmt::print("{}\n", as_json(*checked, warnings.size(), options.reach ? &reached : nullptr));
    return exit_code;
  }
  fmt::print("{}: ok (environment {}, {} partners, {} agreements, {} purposes, {} mappings)\n", options.config,
             configuration.settings.environment, configuration.partners.size(), configuration.agreements.size(),
             configuration.purposes.size(), checked->mappings.mappings().size());
  for (const auto& one : reached)
    fmt::print(one.ok ? stdout : stderr, "{}: {}{} {}\n", one.where, one.ok ? "" : "error: ", one.url, one.detail);
  return exit_code;
}

}  // namespace

void add_serve(CLI::App& app, Action& chosen, RunGateway run) {
  auto* command = app.add_subcommand(
      "serve", "Run the gateway until SIGTERM; SIGHUP reads the configuration, certificates, keys and mappings again");
  command->footer("Example:\n  ketenpoort serve --config /etc/ketenpoort/gateway.yaml");
  auto options = add_options(*command);
  command->callback([options, &chosen, run = std::move(run)] {
    chosen = [options, run] {
      const auto configuration = load(*options);
      if (!configuration) return report(configuration.error());
      return run(*configuration, [options] { return load(*options); });
    };
  });
}

void add_check(CLI::App& app, Action& chosen) {
  auto* command =
      app.add_subcommand("check", "Check the configuration, policy files and mappings; say everything that is wrong");
  command->footer("Example:\n  ketenpoort check --config config/gateway.yaml --json");
  auto options = add_options(*command);
  command->add_flag("--reach", options->reach,
                    "then call partners, authorization servers, webhooks and anchors, without handing anything over");
  command->add_flag("--json", options->json, "one JSON document on stdout");
  command->callback([options, &chosen] { chosen = [options] { return check(*options); }; });
}

}  // namespace ketenpoort::cli
