#include "gateway/cli/ledger_command.hpp"

#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <cstdint>
#include <cstdio>
#include <filesystem>
#include <limits>
#include <memory>
#include <string>

#include "gateway/base/files.hpp"
#include "gateway/config/load.hpp"
#include "gateway/ledger/entry.hpp"
#include "gateway/ledger/prove.hpp"
#include "gateway/ledger/segments.hpp"

namespace ketenpoort::cli {
namespace {

constexpr std::uint64_t to_the_end = std::numeric_limits<std::uint64_t>::max();

struct Options {
  std::string config;
  std::string ledger;
  std::string key;
  std::uint64_t seq = 0;
  std::string entry_file;
  std::uint64_t from = 0;
  std::uint64_t to = to_the_end;
};

void add_source(CLI::App& command, Options& options) {
  auto* config = command.add_option("--config", options.config, "gateway.yaml, which names the state folder");
  auto* ledger = command.add_option("--ledger", options.ledger, "the ledger folder itself");
  ledger->excludes(config);
  command.add_option("--key", options.key,
                     "verifier key to check against (default: the one the log's first entry names)");
}

Result<std::filesystem::path> find_ledger(const Options& options) {
  if (!options.ledger.empty()) return std::filesystem::path(options.ledger);
  if (options.config.empty()) return fail(ErrorCode::config, "say where the ledger is: --config FILE or --ledger DIR");
  const auto configuration = config::load(options.config, {});
  if (!configuration) return fail(configuration.error());
  return configuration->settings.state / "ledger";
}

Result<ledger::VerifierKey> find_key(const Options& options, const std::filesystem::path& folder) {
  if (!options.key.empty()) return ledger::VerifierKey::parse(options.key);
  const auto bytes = ledger::read_entry(folder, 0);
  if (!bytes) return fail(bytes.error());
  const auto entry = ledger::decode_entry(*bytes);
  if (!entry) return fail(entry.error());
  const auto vkey = entry->body.find("vkey");
  if (!vkey.is(ledger::Value::Kind::string))
    return fail(ErrorCode::malformed, "the log's first entry names no key: give --key");
  return ledger::VerifierKey::parse(vkey.text());
}

Status write_out(std::string_view text) {
  if (std::fwrite(text.data(), 1, text.size(), stdout) != text.size())
    return fail(ErrorCode::io, "cannot write to stdout");
  return {};
}

Status prove(const Options& options) {
  const auto folder = find_ledger(options);
  if (!folder) return fail(folder.error());
  const auto key = find_key(options, *folder);
  if (!key) return fail(key.error());
  const auto entry = ledger::read_entry(*folder, options.seq);
  if (!entry) return fail(entry.error());
  const auto proof = ledger::prove_entry(*folder, *key, options.seq, *entry);
  if (!proof) return fail(proof.error());
  // An auditor must not be handed what does not hold.
  if (const auto holds = ledger::verify_tlog_proof(*proof, *entry, key->text()); !holds) return fail(holds.error());
  if (!options.entry_file.empty())
    if (auto written = replace_file(options.entry_file, *entry); !written) return written;
  return write_out(ledger::format_tlog_proof(*proof));
}

Status write_entries(const std::filesystem::path& folder, std::uint64_t from, std::uint64_t end) {
  ledger::SegmentReader reader(folder, from - from % ledger::segment_entries);
  while (reader.next_seq() < end) {
    const bool wanted = reader.next_seq() >= from;
    const auto entry = reader.next();
    if (!entry) return fail(entry.error());
    if (!*entry)
      return fail(ErrorCode::malformed,
                  fmt::format("{} ends before entry {}", reader.file().string(), reader.next_seq()));
    if (!wanted) continue;
    if (auto written = write_out(**entry); !written) return written;
    if (auto written = write_out("\n"); !written) return written;
  }
  return {};
}

Status export_log(const Options& options) {
  const auto folder = find_ledger(options);
  if (!folder) return fail(folder.error());
  const auto key = find_key(options, *folder);
  if (!key) return fail(key.error());
  std::string note;
  const auto checkpoint = ledger::read_checkpoint(*folder, *key, &note);
  if (!checkpoint) return fail(checkpoint.error());
  const auto last = options.to == to_the_end ? checkpoint->size - 1 : options.to;
  if (checkpoint->size == 0 || last >= checkpoint->size || options.from > last)
    return fail(ErrorCode::invalid_input, fmt::format("the log has entries 0 to {}: choose --from and --to among them",
                                                      static_cast<std::int64_t>(checkpoint->size) - 1));
  if (auto written = write_entries(*folder, options.from, last + 1); !written) return written;
  return write_out(ledger::ObjectWriter().string("checkpoint", note).take() + "\n");
}

int finish(const Status& outcome) {
  if (!outcome) return report(outcome.error());
  return std::fflush(stdout) == 0 ? done : environment;
}

}  // namespace

void add_ledger(CLI::App& app, Action& chosen) {
  auto* ledger = app.add_subcommand("ledger", "prove an entry or export the consent ledger");
  ledger->require_subcommand(1);
  const auto options = std::make_shared<Options>();

  auto* prove_command = ledger->add_subcommand("prove", "write the proof that an entry stands in the signed log");
  add_source(*prove_command, *options);
  prove_command->add_option("SEQ", options->seq, "position of the entry")->required();
  prove_command->add_option("--entry", options->entry_file, "write the entry's bytes to this file as well");
  prove_command->callback([&chosen, options] { chosen = [options] { return finish(prove(*options)); }; });

  auto* export_command =
      ledger->add_subcommand("export", "write entries as NDJSON, and the checkpoint that covers them as the last line");
  add_source(*export_command, *options);
  export_command->add_option("--from", options->from, "first position");
  export_command->add_option("--to", options->to, "last position");
  export_command->callback([&chosen, options] { chosen = [options] { return finish(export_log(*options)); }; });
}

}  // namespace ketenpoort::cli
