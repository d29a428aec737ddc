#include "gateway/cli/ledger/reproduce_command.hpp"

#include <fmt/format.h>
#include <unistd.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <cstdio>
#include <memory>
#include <string>

#include "gateway/base/files.hpp"
#include "gateway/cli/configuration.hpp"
#include "gateway/exchange/rights/reproduce.hpp"
#include "gateway/formats/json.hpp"
#include "gateway/ledger/history/history.hpp"
#include "gateway/ledger/published/prove.hpp"
#include "gateway/ledger/tree/segments.hpp"
#include "gateway/storage/vault/vault_view.hpp"

namespace ketenpoort::cli {
namespace {

using exchange::Finding;

struct Options {
  std::string transfer;
  std::string config;
  std::string mappings;
  bool json = false;
};

Result<mapping::Library> load_mappings(const config::Configuration& configuration) {
  mapping::LoadOptions options;
  for (const auto& purpose : configuration.purposes)
    options.purposes[purpose.id] = {purpose.required, purpose.optional};
  return mapping::Library::load(configuration.settings.mappings, options);
}

// A test environment has its own clock: the log tells how far it got.
exchange::KeepingTerms keeping_terms(const config::Configuration& configuration, const ledger::History& history) {
  exchange::KeepingTerms terms;
  for (const auto& rule : configuration.retention) {
    if (rule.data == "record") terms.record = rule.keep;
    if (rule.data == "payload") terms.payload = rule.keep;
  }
  const auto& test = configuration.settings.test;
  const auto now = test && test->now ? history.last_time() : std::max(history.last_time(), Clock().now());
  terms.today = date_in_brussels(now);
  return terms;
}

void show_progress(std::uint64_t seq) {
  if (seq % 65'536 != 0 || ::isatty(STDERR_FILENO) == 0) return;
  fmt::print(stderr, "\r\033[K{} entries", seq);
  std::fflush(stderr);
}

// The whole log once, from its beginning: a decision is taken again on the history as it was.
Status replay(const std::filesystem::path& ledger, exchange::Reproducer& reproducer, ledger::History& history) {
  ledger::SegmentReader reader(ledger);
  ledger::Entry entry;
  while (true) {
    show_progress(reader.next_seq());
    const auto bytes = reader.next();
    if (!bytes) return fail(bytes.error());
    if (!*bytes) break;
    if (auto decoded = ledger::decode_entry(**bytes, entry); !decoded) return decoded;
    reproducer.look_at(entry, history);
    if (auto applied = history.apply(entry); !applied) return applied;
  }
  if (::isatty(STDERR_FILENO) != 0) fmt::print(stderr, "\r\033[K");
  const auto seq = reproducer.record_seq();
  if (!seq) return {};
  const auto bytes = ledger::read_entry(ledger, *seq);
  if (!bytes) return fail(bytes.error());
  const auto received = ledger::decode_entry(*bytes);
  if (!received) return fail(received.error());
  reproducer.look_at_record(*received);
  return {};
}

std::string_view verdict_text(Finding finding) {
  switch (finding) {
    case Finding::matches:
      return "reproduced: everything is as the ledger says";
    case Finding::differs:
      return "NOT reproduced: something is not as the ledger says";
    case Finding::expired:
      return "the payload has expired: what is left is as the ledger says";
    case Finding::missing:
      break;
  }
  return "could not be shown in full";
}

void print_json(const exchange::Reproduction& reproduction) {
  std::string json;
  formats::JsonWriter writer(json);
  writer.begin_object()
      .member("transfer", reproduction.transfer.text())
      .member("state", reproduction.state)
      .member("verdict", to_text(reproduction.verdict()))
      .key("steps")
      .begin_array();
  for (const auto& step : reproduction.steps) {
    writer.begin_object()
        .member("seq", step.seq)
        .member("kind", step.kind)
        .member("what", step.what)
        .member("finding", to_text(step.finding));
    if (!step.note.empty()) writer.member("note", step.note);
    writer.end_object();
  }
  writer.end_array().end_object();
  fmt::print("{}\n", json);
}

void print_text(const exchange::Reproduction& reproduction) {
  fmt::print("transfer {} ({})\n", reproduction.transfer.text(), reproduction.state);
  for (const auto& step : reproduction.steps) {
    fmt::print("{:>8}  {:<22} {:<44} {}\n", step.seq, step.kind, step.what, to_text(step.finding));
    if (!step.note.empty()) fmt::print("          {}\n", step.note);
  }
  fmt::print("{}\n", verdict_text(reproduction.verdict()));
}

int reproduce(const Options& options) {
  const auto transfer = parse_uuid(options.transfer);
  if (!transfer) return report_wrong_use(options.transfer + " is no transfer id (a UUID)");
  config::Overrides overrides;
  if (!options.mappings.empty()) overrides.mappings_dir = options.mappings;
  const auto configuration = load_configuration(options.config, overrides);
  if (!configuration) return report(configuration.error());
  const auto& settings = configuration->settings;
  const auto master = storage::load_master_key(settings.master_key);
  if (!master) return report(master.error());
  const auto vault = storage::VaultView::open(settings.state / "vault.sqlite", *master);
  if (!vault) return report(vault.error());
  if (const auto erased = (*vault)->check_erasures(); !erased) return report(erased.error());
  // A folder that somebody is in the midst of changing is no reason: what was activated is kept beside the ledger.
  const auto library = load_mappings(*configuration);
  exchange::Reproducer reproducer(*transfer, **vault, library ? &*library : nullptr,
                                  exchange::KeptMappings(settings.state / "mappings"),
                                  settings.test && settings.test->allow_mock_ssin);
  ledger::History history;
  if (const auto replayed = replay(settings.state / "ledger", reproducer, history); !replayed)
    return report(replayed.error());
  if (!reproducer.found())
    return report({ErrorCode::not_found,
                   fmt::format("the published log has no transfer {}; one of the last second is published shortly",
                               options.transfer)});
  const auto reproduction = reproducer.finish(history, keeping_terms(*configuration, history));
  options.json ? print_json(reproduction) : print_text(reproduction);
  const auto verdict = reproduction.verdict();
  return verdict == Finding::matches || verdict == Finding::expired ? done : does_not_hold;
}

}  // namespace

void add_reproduce(CLI::App& app, Action& chosen) {
  const auto options = std::make_shared<Options>();
  auto* command = app.get_subcommand("ledger")->add_subcommand(
      "reproduce",
      "run the recorded mapping on the stored record and take every decision again; shows no personal data");
  command->add_option("TX", options->transfer, "id of the transfer")->required();
  command
      ->add_option("--config", options->config, "gateway.yaml, which names the state, the master key and the mappings")
      ->required()
      ->type_name("FILE");
  command->add_option("--mappings", options->mappings, "other folder for mappings, with the version recorded")
      ->type_name("DIR");
  command->add_flag("--json", options->json, "one JSON document on stdout");
  command->footer(
      "Exit code 0: reproduced, or expired and nothing contradicts. 1: something differs or is missing.\n"
      "Example:\n"
      "  ketenpoort ledger reproduce 0193... --config /etc/ketenpoort/gateway.yaml");
  command->callback([&chosen, options] { chosen = [options] { return reproduce(*options); }; });
}

}  // namespace ketenpoort::cli
