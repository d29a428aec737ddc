#include "gateway/cli/ledger/ledger_source.hpp"

#include <fmt/format.h>

#include <CLI/CLI.hpp>

#include "gateway/cli/configuration.hpp"
#include "gateway/ledger/entry/entry.hpp"
#include "gateway/ledger/published/prove.hpp"

namespace ketenpoort::cli {
namespace {

namespace fs = std::filesystem;

Result<fs::path> find_folder(const LedgerOptions& options) {
  if (!options.ledger.empty()) return fs::path(options.ledger);
  if (options.config.empty() && options.sandbox.empty())
    return fail(ErrorCode::invalid_input,
                "say where the ledger is: --config gateway.yaml, --ledger DIR or --sandbox STATE");
  const auto file = options.config.empty() ? fs::path(options.sandbox) / "gateway.yaml" : fs::path(options.config);
  const auto configuration = load_configuration(file.string());
  if (!configuration) return fail(configuration.error());
  return configuration->settings.state / "ledger";
}

Result<ledger::VerifierKey> find_key(const std::string& given, const fs::path& folder) {
  if (!given.empty()) {
    auto key = ledger::VerifierKey::parse(given);
    if (!key) return fail(ErrorCode::invalid_input, "--key: " + key.error().message);
    return ledger::find_checkpoint_key(folder, *key);
  }
  const auto bytes = ledger::read_entry(folder, 0);
  if (!bytes && bytes.error().code == ErrorCode::not_found)
    return fail(ErrorCode::io, fmt::format("{} holds no ledger: there is no first entry in segments/. Name the folder "
                                           "with --ledger, or the gateway's configuration with --config",
                                           folder.string()));
  if (!bytes) return fail(bytes.error());
  return ledger::find_checkpoint_key(folder);
}

}  // namespace

void add_ledger_options(CLI::App& command, LedgerOptions& options) {
  auto* config = command.add_option("--config", options.config, "gateway.yaml, which names the state folder");
  auto* ledger = command.add_option("--ledger", options.ledger, "the ledger folder itself");
  auto* sandbox = command.add_option("--sandbox", options.sandbox, "the state folder of a sandbox");
  ledger->excludes(config)->excludes(sandbox);
  sandbox->excludes(config);
  command.add_option("--key", options.key,
                     "verifier key to check against, any the log was signed with (default: the log's own word)");
}

Result<LedgerSource> find_ledger(const LedgerOptions& options) {
  auto folder = find_folder(options);
  if (!folder) return fail(folder.error());
  auto key = find_key(options.key, *folder);
  if (!key) return fail(key.error());
  return LedgerSource{std::move(*folder), std::move(*key)};
}

int report_ledger_error(const Error& error) {
  const auto code = report(error);
  switch (error.code) {
    case ErrorCode::invalid_input:
    case ErrorCode::not_found:
      return wrong_use;
    case ErrorCode::crypto:
      return does_not_hold;
    case ErrorCode::config:
    case ErrorCode::conflict:  // the state folder is in use
      return environment;
    default:
      return code;
  }
}

}  // namespace ketenpoort::cli
