// ketenpoort-verify: checks a ledger, or one entry with its proof, with nothing but the log's public key.
#include <fmt/format.h>
#include <unistd.h>

#include <CLI/CLI.hpp>
#include <cstdio>
#include <filesystem>

#include "gateway/base/files.hpp"
#include "gateway/verify/log_check.hpp"
#include "gateway/verify/proof_check.hpp"
#include "gateway/verify/report.hpp"

namespace ketenpoort::verify {
namespace {

enum ExitCode : int { holds = 0, does_not_hold = 1, wrong_use = 2, wrong_environment = 3 };

struct Options {
  std::string path;
  std::string key;
  std::string older_checkpoint;
  std::string proof;
  std::string entry;
  bool json = false;
};

int wrong(ExitCode code, const std::string& message) {
  fmt::print(stderr, "ketenpoort-verify: error: {}\n", message);
  return code;
}

template <class T>
int tell(const Checked<T>& result, bool json) {
  if (json)
    fmt::print("{}", result ? to_json(*result) : to_json(result.error()));
  else
    fmt::print(result ? stdout : stderr, "{}", result ? describe(*result) : describe(result.error()));
  if (result) return holds;
  return result.error().environment ? wrong_environment : does_not_hold;
}

// A bar on a terminal, nothing elsewhere.
void show_progress(std::uint64_t done, std::uint64_t total) {
  constexpr std::uint64_t width = 40;
  const auto filled = total == 0 ? width : std::min(width, done * width / total);
  fmt::print(stderr, "\r[{:=<{}}{:<{}}] {} of {} entries", "", filled, "", width - filled, done, total);
}

int verify_log(const Options& options, const ledger::VerifierKey& key) {
  LogCheck check{options.path, key};
  if (!std::filesystem::is_directory(options.path)) return wrong(wrong_environment, options.path + " is not a folder");
  if (!options.older_checkpoint.empty()) {
    auto older = read_file(options.older_checkpoint);
    if (!older) return wrong(wrong_environment, older.error().message);
    check.older_checkpoint = std::move(*older);
  }
  const bool on_terminal = isatty(STDERR_FILENO) == 1 && !options.json;
  if (on_terminal) check.on_progress = show_progress;
  const auto result = check_log(check);
  if (on_terminal) fmt::print(stderr, "\r{:<80}\r", "");
  return tell(result, options.json);
}

int verify_proof(const Options& options, const ledger::VerifierKey& key) {
  const auto proof = read_file(options.proof);
  if (!proof) return wrong(wrong_environment, proof.error().message);
  const auto entry = read_file(options.entry);
  if (!entry) return wrong(wrong_environment, entry.error().message);
  return tell(check_proof(*proof, *entry, key), options.json);
}

int run(int argc, char** argv) {
  CLI::App app("Checks a consent ledger: every byte, the tree, the signature, and every rule a gateway must keep.");
  app.footer(
      "Examples:\n"
      "  ketenpoort-verify STATE/ledger --key \"$(cat log.vkey)\"\n"
      "  ketenpoort-verify STATE/ledger --key VKEY --checkpoint kept-last-year.checkpoint\n"
      "  ketenpoort-verify --proof 17.tlog-proof --entry 17.json --key VKEY\n"
      "Exit codes: 0 it holds, 1 it does not, 2 wrong use, 3 a file could not be read");
  Options options;
  auto* path = app.add_option("path", options.path, "the ledger folder, of a running or a stopped gateway");
  app.add_option("--key", options.key, "the log's public key, name+hash+key")->required();
  auto* older =
      app.add_option("--checkpoint", options.older_checkpoint, "a checkpoint of this log kept elsewhere before");
  auto* proof = app.add_option("--proof", options.proof, "a .tlog-proof of one entry")->excludes(path)->excludes(older);
  auto* entry = app.add_option("--entry", options.entry, "the bytes of that entry")->needs(proof);
  proof->needs(entry);
  app.add_flag("--json", options.json, "one JSON document on standard output");
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    return app.exit(error) == 0 ? holds : wrong_use;
  }
  if (options.path.empty() && options.proof.empty())
    return wrong(wrong_use, "name a ledger folder, or --proof and --entry");
  const auto key = ledger::VerifierKey::parse(options.key);
  if (!key) return wrong(wrong_use, "--key: " + key.error().message);
  return options.proof.empty() ? verify_log(options, *key) : verify_proof(options, *key);
}

}  // namespace
}  // namespace ketenpoort::verify

int main(int argc, char** argv) {
  try {
    return ketenpoort::verify::run(argc, argv);
  } catch (const std::exception& failure) {
    fmt::print(stderr, "ketenpoort-verify: error: {}\n", failure.what());
    return 3;
  }
}
