#include "gateway/cli/backup_command.hpp"

#include <fmt/format.h>
#include <unistd.h>

#include <CLI/CLI.hpp>
#include <cstdio>
#include <memory>
#include <string>
#include <vector>

#include "gateway/base/files.hpp"
#include "gateway/cli/configuration.hpp"
#include "gateway/formats/json.hpp"
#include "gateway/ledger/checkpoint/note.hpp"
#include "gateway/storage/backup/backup.hpp"
#include "gateway/storage/backup/backup_folder.hpp"

namespace ketenpoort::cli {
namespace {

namespace fs = std::filesystem;

struct Options {
  std::string folder;
  std::string config;
  std::string key;
  bool verify = false;
  bool json = false;
  std::vector<std::string> checkpoints;
  std::string newer_ledger;
  std::string software;
};

// One line that is written over on a terminal; nothing elsewhere, the result says it all.
storage::BackupProgress show_progress() {
  if (::isatty(STDERR_FILENO) == 0) return [](std::string_view, std::uint64_t, std::uint64_t) {};
  return [](std::string_view what, std::uint64_t done, std::uint64_t total) {
    fmt::print(stderr, "\r\033[K{} {}%", what, total == 0 ? 100 : done * 100 / total);
    std::fflush(stderr);
  };
}

void end_progress() {
  if (::isatty(STDERR_FILENO) != 0) fmt::print(stderr, "\r\033[K");
}

Result<ledger::VerifierKey> find_key(const Options& options, const config::Settings& settings) {
  if (!options.key.empty()) {
    auto key = ledger::VerifierKey::parse(options.key);
    if (!key) return fail(ErrorCode::invalid_input, "--key: " + key.error().message);
    return key;
  }
  const auto text = read_file(settings.ledger.signing_key);
  if (!text) return fail(text.error());
  const auto key = ledger::SigningKey::parse(*text);
  if (!key) return fail(key.error());
  return key->verifier();
}

int report_key(const Error& error) {
  return error.code == ErrorCode::invalid_input ? report_wrong_use(error.message) : report(error);
}

std::uint64_t bytes_of(const storage::Manifest& manifest) {
  std::uint64_t bytes = 0;
  for (const auto& file : manifest.files) bytes += file.size;
  return bytes;
}

template <class Id>
void write_ids(formats::JsonWriter& json, std::string_view name, const std::vector<Id>& ids) {
  json.key(name).begin_array();
  for (const auto& id : ids) json.value(id.text());
  json.end_array();
}

// A person must act on each of them, so each is named; they are told once.
void tell_lost(const storage::LostPayloads& lost) {
  if (lost.empty()) return;
  fmt::print(stderr,
             "the log goes on after the backup, and what it says of then has no content any more: {} records, which "
             "their senders must send again, {} outcomes, which the partners must report again, and the messages of {} "
             "transfers, which cannot be sent again or shown\n",
             lost.records.size(), lost.outcomes.size(), lost.transfers.size());
  for (const auto& id : lost.records) fmt::print(stderr, "record {}\n", id.text());
  for (const auto& id : lost.outcomes) fmt::print(stderr, "outcome {}\n", id.text());
  for (const auto& id : lost.transfers) fmt::print(stderr, "transfer {}\n", id.text());
}

void tell(const Options& options, std::string_view what, const storage::Manifest& manifest, std::uint64_t entries,
          const storage::LostPayloads& lost = {}) {
  end_progress();
  tell_lost(lost);
  if (!options.json) {
    fmt::print("{}: {} entries ({} published), {} files, {:.1f} MB, made {}\n", what, entries, manifest.published,
               manifest.files.size(), static_cast<double>(bytes_of(manifest)) / 1e6, to_rfc3339(manifest.made));
    return;
  }
  std::string text;
  formats::JsonWriter json(text);
  json.begin_object()
      .member("folder", options.folder)
      .member("origin", manifest.origin)
      .member("entries", entries)
      .member("published", manifest.published)
      .member("vaultBatch", manifest.vault_batch)
      .member("files", manifest.files.size())
      .member("bytes", bytes_of(manifest))
      .member("made", to_rfc3339(manifest.made));
  write_ids(json, "lostRecords", lost.records);
  write_ids(json, "lostOutcomes", lost.outcomes);
  write_ids(json, "lostTransfers", lost.transfers);
  json.end_object();
  fmt::print("{}\n", text);
}

int refuse(const Error& error) {
  end_progress();
  const auto code = report(error);
  return error.code == ErrorCode::crypto ? does_not_hold : code;  // signed by another key, or by nobody
}

int back_up(const Options& options) {
  const auto configuration = load_configuration(options.config);
  if (!configuration) return report(configuration.error());
  const auto key = find_key(options, configuration->settings);
  if (!key) return report_key(key.error());
  const auto progress = show_progress();
  if (!options.verify) {
    const auto made =
        storage::make_backup(configuration->settings.state, options.folder, options.software, Clock().now(), progress);
    if (!made) return refuse(made.error());
  }
  // A backup that was never read is a hope.
  const auto check = storage::check_backup(options.folder, *key, {}, progress);
  // Not for a wrong key or a disk that did not answer: what was copied may be good.
  if (!check && !options.verify && check.error().code == ErrorCode::malformed) storage::discard_backup(options.folder);
  if (!check) return refuse(check.error());
  tell(options, options.verify ? "the backup is whole" : "backed up and read again", check->manifest,
       check->manifest.entries);
  return done;
}

// A file, or every file of a folder: what partners and witnesses kept.
Result<std::vector<storage::KeptCheckpoint>> read_checkpoints(const std::vector<std::string>& given) {
  std::vector<storage::KeptCheckpoint> notes;
  const auto add = [&](const fs::path& file) -> Status {
    auto note = read_file(file, 1U << 16);
    if (!note) return fail(note.error());
    notes.push_back({std::move(*note), file.string()});
    return {};
  };
  for (const fs::path path : given) {
    std::error_code fault;
    if (!fs::is_directory(path, fault)) {
      if (auto added = add(path); !added) return fail(added.error());
      continue;
    }
    for (const auto& one : fs::directory_iterator(path, fault))
      if (one.is_regular_file())
        if (auto added = add(one.path()); !added) return fail(added.error());
  }
  return notes;
}

int restore(const Options& options) {
  const auto configuration = load_configuration(options.config);
  if (!configuration) return report(configuration.error());
  const auto& settings = configuration->settings;
  const auto key = find_key(options, settings);
  if (!key) return report_key(key.error());
  const auto master = storage::load_master_key(settings.master_key);
  if (!master) return report(master.error());
  auto notes = read_checkpoints(options.checkpoints);
  if (!notes) return report(notes.error());
  storage::RestoreWishes wishes{settings.state, *key, *master, std::move(*notes), {}};
  if (!options.newer_ledger.empty()) wishes.newer_ledger = options.newer_ledger;
  const auto restored = storage::restore_backup(options.folder, wishes, show_progress());
  if (!restored) return refuse(restored.error());
  tell(options, "restored to " + settings.state.string(), restored->manifest, restored->entries, restored->lost);
  if (options.checkpoints.empty())
    fmt::print(stderr,
               "no checkpoint from elsewhere was given: whether entries made after the backup are lost could not be "
               "told. Compare with what partners and witnesses hold\n");
  return done;
}

}  // namespace

void add_backup(CLI::App& app, Action& chosen, std::string_view software) {
  const auto options = std::make_shared<Options>();
  options->software = software;
  const auto add_common = [&](CLI::App& command) {
    command.add_option("--config", options->config, "gateway.yaml, which names the state folder and the keys")
        ->required()
        ->type_name("FILE");
    command.add_option("--key", options->key, "verifier key of the log (default: that of the signing key)")
        ->type_name("VKEY");
    command.add_flag("--json", options->json, "one JSON document on stdout");
  };

  auto* backup = app.add_subcommand("backup", "copy the state while the gateway runs; the master key is not in it");
  backup->add_option("DIR", options->folder, "empty, or not there yet")->required();
  add_common(*backup);
  backup->add_flag("--verify", options->verify, "make none: check the one that is there");
  backup->footer(
      "Examples:\n"
      "  ketenpoort backup /mnt/backup/2026-11-24 --config /etc/ketenpoort/gateway.yaml\n"
      "  ketenpoort backup /mnt/backup/2026-11-24 --config /etc/ketenpoort/gateway.yaml --verify");
  backup->callback([&chosen, options] { chosen = [options] { return back_up(*options); }; });

  auto* back = app.add_subcommand("restore", "bring a backup back into an empty state folder");
  back->add_option("DIR", options->folder, "the backup")->required();
  add_common(*back);
  back->add_option("--checkpoint", options->checkpoints,
                   "a checkpoint of the log that somebody else kept, or a folder of them: the log is not restored "
                   "shorter than any of them")
      ->type_name("FILE|DIR");
  back->add_option("--ledger", options->newer_ledger,
                   "a newer ledger folder that survived: what it says was erased since is erased again")
      ->type_name("DIR");
  back->footer(
      "Example:\n"
      "  ketenpoort restore /mnt/backup/2026-11-24 --config /etc/ketenpoort/gateway.yaml --checkpoint "
      "from-vdab.txt");
  back->callback([&chosen, options] { chosen = [options] { return restore(*options); }; });
}

}  // namespace ketenpoort::cli
