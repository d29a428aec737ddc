// ketenpoort-verify: checks a ledger, or one entry with its proof, with nothing but the log's public key.
#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <array>
#include <cstdio>
#include <filesystem>
#include <string_view>
#include <thread>

#include "gateway/base/files.hpp"
#include "gateway/verify/export_check.hpp"
#include "gateway/verify/log_check.hpp"
#include "gateway/verify/progress.hpp"
#include "gateway/verify/proof_check.hpp"
#include "gateway/verify/report.hpp"

namespace ketenpoort::verify {
namespace {

enum ExitCode : int { holds = 0, does_not_hold = 1, wrong_use = 2, wrong_environment = 3 };

struct Options {
  std::string path;
  std::vector<std::string> keys;
  std::string older_checkpoint;
  std::string authorities;
  std::vector<std::string> witnesses;
  std::string proof;
  std::string entry;
  unsigned threads = std::max(1U, std::thread::hardware_concurrency());
  bool json = false;
};

struct Keys {
  std::vector<ledger::VerifierKey> log;
  AnchorKeys anchors;
};

bool in_json = false;  // set before anything can go wrong

// Nothing is said about the ledger.
int wrong(ExitCode code, const std::string& message) {
  fmt::print(stderr, "ketenpoort-verify: error: {}\n", message);
  const auto* const rule = code == wrong_use ? "use" : "read";
  if (in_json) fmt::print("{}", to_json(Flaw{"command line", rule, message, true, {}, {}}));
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

// What `ketenpoort ledger export --tiles` writes: bundles where a ledger folder has segments.
bool is_static_site(const std::filesystem::path& folder) {
  std::error_code fault;
  return std::filesystem::exists(folder / "tile/entries", fault) &&
         !std::filesystem::exists(folder / "segments", fault);
}

bool holds_ledger(const std::filesystem::path& folder) {
  std::error_code fault;
  return std::ranges::any_of(std::array{"checkpoint", "segments", "tile"},
                             [&](const char* name) { return std::filesystem::exists(folder / name, fault); });
}

// A state folder, a backup: whoever names one has not had a ledger looked at that does not hold. A folder of which
// nothing is left is none of these: a ledger that was wiped out does not hold.
bool is_around_ledger(const std::filesystem::path& folder) {
  return !holds_ledger(folder) && holds_ledger(folder / "ledger");
}

int verify_log(const Options& options, Keys keys) {
  LogCheck check{.ledger = options.path, .keys = std::move(keys.log), .anchors = std::move(keys.anchors)};
  check.threads = options.threads;
  std::error_code fault;
  const bool is_folder = std::filesystem::is_directory(options.path, fault);
  if (!is_folder && !std::filesystem::is_regular_file(options.path, fault))
    return wrong(wrong_environment, options.path + " is neither a ledger folder nor an export");
  if (is_folder && is_around_ledger(options.path))
    return wrong(wrong_use,
                 fmt::format("{0} is no ledger, and nothing was checked: name the ledger folder in it, {0}/ledger",
                             options.path));
  if (is_static_site(options.path))
    return wrong(wrong_use,
                 options.path +
                     " is laid out for C2SP monitors (ledger export --tiles), and nothing of it was "
                     "checked: name the ledger folder, or what `ketenpoort ledger export --out FILE` writes");
  if (!options.older_checkpoint.empty()) {
    auto older = read_file(options.older_checkpoint);
    if (!older) return wrong(wrong_environment, older.error().message);
    check.older_checkpoint = std::move(*older);
  }
  const auto result = [&] {
    Progress progress;
    check.on_progress = [&](std::uint64_t done, std::uint64_t total) { progress.show(done, total); };
    return is_folder ? check_log(check) : check_export(check);
  }();
  return tell(result, options.json);
}

int verify_proof(const Options& options, const Keys& keys) {
  const auto proof = read_file(options.proof);
  if (!proof) return wrong(wrong_environment, proof.error().message);
  const auto entry = read_file(options.entry);
  if (!entry) return wrong(wrong_environment, entry.error().message);
  return tell(check_proof(*proof, *entry, keys.log, keys.anchors.witnesses), options.json);
}

int verify(const Options& options) {
  Keys keys;
  for (const auto& text : options.keys) {
    auto key = ledger::VerifierKey::parse(text);
    if (!key) return wrong(wrong_use, "--key: " + key.error().message);
    keys.log.push_back(std::move(*key));
  }
  for (const auto& text : options.witnesses) {
    auto key = ledger::WitnessKey::parse(text);
    if (!key) return wrong(wrong_use, "--witness: " + key.error().message);
    keys.anchors.witnesses.push_back(std::move(*key));
  }
  if (!options.authorities.empty()) {
    auto roots = ledger::TimestampRoots::load(options.authorities);
    if (!roots) return wrong(wrong_environment, roots.error().message);
    keys.anchors.authorities = std::move(*roots);
  }
  return options.proof.empty() ? verify_log(options, std::move(keys)) : verify_proof(options, keys);
}

int run(int argc, char** argv) {
  in_json = std::any_of(argv, argv + argc, [](std::string_view word) { return word == "--json"; });
  CLI::App app("Checks a consent ledger: every byte, the tree, the signatures, and every rule a gateway must keep.");
  app.footer(
      "Examples:\n"
      "  ketenpoort-verify STATE/ledger --key \"$(cat log.vkey)\"\n"
      "  ketenpoort-verify ledger.export --key VKEY --json\n"
      "  ketenpoort-verify STATE/ledger --key VKEY --checkpoint kept-last-year.checkpoint\n"
      "  ketenpoort-verify STATE/ledger --key VKEY --witness WITNESS-VKEY --tsa-ca authorities.pem\n"
      "  ketenpoort-verify --proof 17.tlog-proof --entry 17.json --key VKEY\n"
      "Exit codes: 0 it holds, 1 it does not, 2 wrong use, 3 a file could not be read");
  Options options;
  auto* path =
      app.add_option("path", options.path, "the ledger folder, of a running or a stopped gateway, or an export");
  app.add_option("--key", options.keys, "a public key of the log, name+hash+key: any it had; may be repeated")
      ->required()
      ->allow_extra_args(false);
  auto* older =
      app.add_option("--checkpoint", options.older_checkpoint, "a checkpoint of this log that was kept elsewhere");
  auto* authorities = app.add_option("--tsa-ca", options.authorities,
                                     "PEM certificates under which the time stamps in the log must have been made");
  app.add_option("--witness", options.witnesses, "a witness's public key; it must have cosigned; may be repeated")
      ->allow_extra_args(false);
  auto* proof = app.add_option("--proof", options.proof, "a .tlog-proof of one entry");
  proof->excludes(path)->excludes(older)->excludes(authorities);
  auto* entry = app.add_option("--entry", options.entry, "the bytes of that entry")->needs(proof);
  proof->needs(entry);
  app.add_option("--threads", options.threads, "how many hash and decode (default: one per core); 1: no others at all")
      ->check(CLI::Range(1U, 256U));
  app.add_flag("--json", options.json, "one JSON document on standard output");
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    if (app.exit(error) == 0) return holds;
    if (in_json) fmt::print("{}", to_json(Flaw{"command line", "use", error.what(), true, {}, {}}));
    return wrong_use;
  }
  if (options.path.empty() && options.proof.empty())
    return wrong(wrong_use, "name a ledger folder or an export, or --proof and --entry");
  return verify(options);
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
