#include "gateway/storage/backup/backup.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <set>

#include "gateway/base/files.hpp"
#include "gateway/ledger/checkpoint/checkpoint.hpp"
#include "gateway/ledger/checkpoint/note.hpp"
#include "gateway/ledger/history/key_history.hpp"
#include "gateway/ledger/tree/segments.hpp"
#include "gateway/ledger/tree/tree.hpp"
#include "gateway/ledger/writer/backup_hold.hpp"
#include "gateway/ledger/writer/journal.hpp"
#include "gateway/storage/backup/backup_files.hpp"
#include "gateway/storage/backup/backup_folder.hpp"
#include "gateway/storage/backup/manifest.hpp"
#include "gateway/storage/vault/vault.hpp"

namespace ketenpoort::storage {
namespace {

namespace fs = std::filesystem;

Status check_free(const fs::path& folder) {
  std::error_code fault;
  if (!fs::exists(folder, fault) || fs::is_empty(folder, fault)) return {};
  return fail(ErrorCode::conflict, folder.string() + " is not empty: choose a folder that is, or does not exist yet");
}

// Whoever loses the state folder must not lose the backup with it.
Status check_apart(const fs::path& folder, const fs::path& state) {
  std::error_code fault;
  const auto place = fs::weakly_canonical(fs::absolute(folder, fault), fault);
  const auto inside = fs::weakly_canonical(fs::absolute(state, fault), fault);
  const auto [rest, ignored] = std::mismatch(inside.begin(), inside.end(), place.begin(), place.end());
  if (rest != inside.end()) return {};
  return fail(ErrorCode::conflict, folder.string() + " lies in the state folder itself: choose a folder elsewhere");
}

Status make_private_folder(const fs::path& folder) {
  std::error_code fault;
  fs::create_directories(folder, fault);
  if (!fault) fs::permissions(folder, fs::perms::owner_all, fault);
  if (fault) return fail(io_error("cannot make", folder, fault.value()));
  return {};
}

// Without the key: the backup copies what is signed, and check_backup judges it.
Result<ledger::Checkpoint> read_published(const fs::path& ledger, std::string& note) {
  std::error_code fault;
  if (!fs::exists(ledger / "checkpoint", fault)) return ledger::Checkpoint{};
  auto text = read_file(ledger / "checkpoint", 1U << 16);
  if (!text) return fail(text.error());
  const auto end = text->find("\n\n");
  auto checkpoint = ledger::parse_checkpoint(std::string_view(*text).substr(0, end == std::string::npos ? 0 : end + 1));
  if (!checkpoint) return fail(checkpoint.error());
  note = std::move(*text);
  return checkpoint;
}

Status list_files(const fs::path& folder, std::vector<BackupFile>& files, const BackupProgress& progress) {
  std::set<std::string> paths;
  std::error_code fault;
  for (fs::recursive_directory_iterator at(folder, fault), end; !fault && at != end; at.increment(fault))
    if (at->is_regular_file()) paths.insert(fs::relative(at->path(), folder).string());
  if (fault) return fail(io_error("cannot list", folder, fault.value()));
  paths.erase(std::string(manifest_name));
  for (const auto& path : paths) {
    progress("checking", files.size(), paths.size());
    auto file = measure_file(folder, path);
    if (!file) return fail(file.error());
    files.push_back(std::move(*file));
  }
  return {};
}

Status copy_state(const fs::path& state, const fs::path& target, Manifest& manifest, const BackupProgress& progress) {
  const auto hold = ledger::BackupHold::take(state);
  if (!hold) return fail(hold.error());
  const auto batch = copy_vault(state / "vault.sqlite", target / "vault.sqlite", progress);
  if (!batch) return fail(batch.error());
  std::string note;
  const auto checkpoint = read_published(state / "ledger", note);
  if (!checkpoint) return fail(checkpoint.error());
  if (auto done = copy_ledger(state / "ledger", target / "ledger", checkpoint->size, note, progress); !done)
    return done;
  progress("journal", 0, 1);
  const auto journal = copy_journal(state / "journal", target / "journal", *batch, checkpoint->size);
  if (!journal) return fail(journal.error());
  manifest.origin = checkpoint->origin;
  manifest.published = checkpoint->size;
  manifest.entries = journal->entries;
  manifest.vault_batch = *batch;
  manifest.last_batch = journal->last_batch;
  std::error_code fault;
  for (const auto name : folders_as_they_stand)
    if (fs::exists(state / name, fault))
      if (auto copied = copy_folder(state / name, target / name); !copied) return copied;
  if (!fs::exists(state / "test-clock", fault)) return {};
  const auto clock = read_file(state / "test-clock");
  return clock ? write_whole_file(target / "test-clock", *clock) : fail(clock.error());
}

// All that a walk over the entries tells: the roots wanted, and where the log ends.
class Walk {
 public:
  Walk(const std::vector<std::uint64_t>& sizes, const BackupProgress& progress) : progress_(progress) {
    for (const auto size : sizes) roots_[size];
  }
  void add(std::string_view entry) {
    note();
    edge_.append(ledger::leaf_hash(as_bytes(entry)));
  }
  [[nodiscard]] std::uint64_t size() const { return edge_.size(); }
  [[nodiscard]] Digest root() const { return edge_.root(); }
  [[nodiscard]] std::vector<Digest> roots(const std::vector<std::uint64_t>& sizes) {
    note();
    std::vector<Digest> out;
    for (const auto size : sizes) out.push_back(roots_[size]);
    return out;
  }

  // Every entry of the segments up to `size`.
  Status over_segments(const fs::path& ledger, std::uint64_t size) {
    ledger::SegmentReader reader(ledger);
    while (reader.next_seq() < size) {
      if (reader.next_seq() % 65'536 == 0) progress_("checking", reader.next_seq(), size);
      const auto entry = reader.next();
      if (!entry) return fail(entry.error());
      if (!*entry)
        return fail(ErrorCode::malformed,
                    fmt::format("{} ends before entry {}", reader.file().string(), reader.next_seq()));
      add(**entry);
    }
    return {};
  }

  // The entries of the journal that go on where this is.
  Status over_journal(const fs::path& folder) {
    std::error_code fault;
    if (!fs::exists(folder, fault) || fs::is_empty(folder, fault)) return {};
    const auto opened =
        ledger::Journal::open(folder, ledger::real_file_system(), {0, 0}, [&](const ledger::JournalBatch& batch) {
          std::string_view records = batch.records;
          auto seq = batch.first_seq;
          if (seq > size())
            return Status(fail(ErrorCode::malformed,
                               fmt::format("{}: entries {} to {} are missing", folder.string(), size(), seq - 1)));
          while (const auto entry = ledger::take_record(records))
            if (seq++ == size()) add(*entry);
          return Status{};
        });
    if (!opened) return fail(opened.error());
    if ((*opened)->cut_bytes() == 0) return {};
    return fail(ErrorCode::malformed, folder.string() + " ends in half a batch");
  }

 private:
  void note() {
    if (const auto at = roots_.find(edge_.size()); at != roots_.end()) at->second = edge_.root();
  }

  const BackupProgress& progress_;
  ledger::TreeEdge edge_;
  std::map<std::uint64_t, Digest> roots_;
};

Status check_files(const fs::path& backup, const Manifest& manifest, const BackupProgress& progress) {
  std::vector<BackupFile> found;
  if (auto listed = list_files(backup, found, progress); !listed) return listed;
  std::map<std::string, const BackupFile*> by_path;
  for (const auto& file : found) by_path.emplace(file.path, &file);
  for (const auto& wanted : manifest.files) {
    const auto at = by_path.find(wanted.path);
    if (at == by_path.end())
      return fail(ErrorCode::malformed, fmt::format("{} is missing", (backup / wanted.path).string()));
    if (at->second->size != wanted.size || at->second->sha256 != wanted.sha256)
      return fail(ErrorCode::malformed, fmt::format("{} is not what was backed up", (backup / wanted.path).string()));
    by_path.erase(at);
  }
  if (by_path.empty()) return {};
  return fail(ErrorCode::malformed,
              fmt::format("{} was not there when the backup was made", (backup / by_path.begin()->first).string()));
}

struct Known {
  ledger::Checkpoint checkpoint;
  std::string_view note;
};

// The keys of a log, from its own entries: believed when the key that is trusted is one of them.
Result<ledger::KeyHistory> trusted_keys(const fs::path& ledger, std::uint64_t size, const ledger::VerifierKey& key) {
  auto keys = ledger::read_key_history(ledger, size);
  if (!keys) return keys;
  if (!keys->holds(key.text()))
    return fail(ErrorCode::crypto,
                fmt::format("the first {} entries of {} were never signed by the key given. Where the "
                            "key was rotated since, give one of before with --key",
                            size, ledger.string()));
  return keys;
}

// The checkpoint of a ledger folder, opened with the key that signs at its size.
Result<ledger::Checkpoint> read_trusted(const fs::path& ledger, const ledger::VerifierKey& key, std::string& note) {
  auto text = read_file(ledger / "checkpoint", 1U << 16);
  if (!text) return fail(text.error());
  const auto parts = ledger::split_note(*text);
  if (!parts) return fail(parts.error());
  const auto said = ledger::parse_checkpoint(parts->text);
  if (!said) return said;
  const auto keys = trusted_keys(ledger, said->size, key);
  if (!keys) return fail(keys.error());
  note = std::move(*text);
  return ledger::open_checkpoint(note, *keys);
}

// `ledger`: the folder whose entries tell the log's keys.
Result<std::vector<Known>> read_known(const RestoreWishes& wishes, const fs::path& ledger) {
  std::vector<Known> out;
  if (wishes.checkpoints.empty()) return out;
  std::string own;
  const auto last = read_trusted(ledger, wishes.key, own);
  const auto keys =
      last ? trusted_keys(ledger, last->size, wishes.key) : Result<ledger::KeyHistory>(fail(last.error()));
  for (const auto& [note, where] : wishes.checkpoints) {
    // A log that was never published tells no keys.
    auto checkpoint = keys ? ledger::open_checkpoint(note, *keys) : ledger::open_checkpoint(note, wishes.key);
    if (!checkpoint)
      return fail(ErrorCode::invalid_input,
                  fmt::format("{}: {}. It is no checkpoint of this log, or its key took over where {} has ended: then "
                              "take a newer backup, or give the newer ledger folder",
                              where, checkpoint.error().message, ledger.string()));
    out.push_back({std::move(*checkpoint), note});
  }
  return out;
}

Status compare(const std::vector<Known>& known, const std::vector<Digest>& roots, std::uint64_t entries) {
  for (std::size_t i = 0; i < known.size(); ++i) {
    const auto& checkpoint = known[i].checkpoint;
    if (checkpoint.size > entries)
      return fail(
          ErrorCode::conflict,
          fmt::format("the log had {} entries when somebody else took note of it, and this would bring back {}: "
                      "restoring it would forget {}. Take a newer backup, or give the newer ledger folder",
                      checkpoint.size, entries, checkpoint.size - entries));
    if (checkpoint.size > 0 && roots[i] != checkpoint.root)
      return fail(ErrorCode::conflict,
                  fmt::format("the first {} entries are not those that the checkpoint given was signed over: this is "
                              "another history",
                              checkpoint.size));
  }
  return {};
}

// A ledger folder that goes on where the backup ends: its signed checkpoint, and the backup's entries before it.
Result<ledger::Checkpoint> check_newer(const fs::path& newer, const BackupCheck& backup, const Digest& backup_root,
                                       const RestoreWishes& wishes, const std::vector<Known>& known, std::string& note,
                                       const BackupProgress& progress) {
  auto checkpoint = read_trusted(newer, wishes.key, note);
  if (!checkpoint) return fail(checkpoint.error());
  const auto entries = backup.manifest.entries;
  if (checkpoint->size < entries)
    return fail(ErrorCode::conflict, fmt::format("{} has {} entries and the backup {}: it is not newer", newer.string(),
                                                 checkpoint->size, entries));
  std::vector<std::uint64_t> sizes{entries};
  for (const auto& one : known) sizes.push_back(one.checkpoint.size);
  Walk walk(sizes, progress);
  if (auto done = walk.over_segments(newer, checkpoint->size); !done) return fail(done.error());
  if (walk.root() != checkpoint->root)
    return fail(ErrorCode::malformed, newer.string() + ": its entries do not have the root that its checkpoint signs");
  auto roots = walk.roots(sizes);
  if (entries > 0 && roots.front() != backup_root)
    return fail(ErrorCode::conflict, newer.string() + " is another history than the backup's");
  roots.erase(roots.begin());
  if (auto fits = compare(known, roots, checkpoint->size); !fits) return fail(fits.error());
  return checkpoint;
}

// The journal's changes go into the vault, and the journal goes: what it says of entries the newer ledger has.
Status fold_journal(const fs::path& state, const SecretKey& master) {
  auto vault = SqliteVault::open(state / "vault.sqlite", master);
  if (!vault) return fail(vault.error());
  std::error_code fault;
  if (fs::exists(state / "journal", fault) && !fs::is_empty(state / "journal", fault)) {
    const auto opened = ledger::Journal::open(state / "journal", ledger::real_file_system(), {0, 0},
                                              [&](const ledger::JournalBatch& batch) -> Status {
                                                (*vault)->on_durable(batch.number, batch.changes);
                                                return {};
                                              });
    if (!opened) return fail(opened.error());
  }
  if (auto flushed = (*vault)->flush(); !flushed) return flushed;
  vault->reset();
  fs::remove_all(state / "journal", fault);
  if (fault) return fail(io_error("cannot remove", state / "journal", fault.value()));
  return {};
}

Status copy_back(const fs::path& backup, const fs::path& state, const Manifest& manifest,
                 const BackupProgress& progress) {
  std::uint64_t done = 0;
  for (const auto& file : manifest.files) {
    progress("copying", done++, manifest.files.size());
    std::error_code fault;
    fs::create_directories((state / file.path).parent_path(), fault);
    if (!fault) fs::copy_file(backup / file.path, state / file.path, fault);
    if (fault) return fail(io_error("cannot copy", backup / file.path, fault.value()));
  }
  return {};
}

}  // namespace

Result<Manifest> make_backup(const fs::path& state, const fs::path& target, std::string_view software, Timestamp now,
                             const BackupProgress& progress) {
  if (auto apart = check_apart(target, state); !apart) return fail(apart.error());
  auto folder = BackupFolder::begin(target);
  if (!folder) return fail(folder.error());
  const auto& files = folder->files();
  Manifest manifest{.software = std::string(software), .made = now, .origin = {}, .files = {}};
  if (auto copied = copy_state(state, files, manifest, progress); !copied) return fail(copied.error());
  if (auto listed = list_files(files, manifest.files, progress); !listed) return fail(listed.error());
  if (auto synced = sync_tree(files); !synced) return fail(synced.error());
  if (auto done = folder->finish(format_manifest(manifest)); !done) return fail(done.error());
  return manifest;
}

Result<BackupCheck> check_backup(const fs::path& backup, const ledger::VerifierKey& key,
                                 const std::vector<std::uint64_t>& sizes, const BackupProgress& progress) {
  const auto text = read_file(backup / manifest_name, std::size_t{256} << 20);
  if (!text) return fail(ErrorCode::io, text.error().message + ": without its manifest this is no backup");
  auto manifest = parse_manifest(*text);
  if (!manifest) return fail(manifest.error());
  if (auto same = check_files(backup, *manifest, progress); !same) return fail(same.error());
  BackupCheck out{std::move(*manifest), {}, {}};
  Walk walk(sizes, progress);
  if (out.manifest.published > 0) {
    const auto checkpoint = read_trusted(backup / "ledger", key, out.checkpoint);
    if (!checkpoint) return fail(checkpoint.error());
    if (auto done = walk.over_segments(backup / "ledger", checkpoint->size); !done) return fail(done.error());
    if (walk.root() != checkpoint->root)
      return fail(ErrorCode::malformed,
                  (backup / "ledger").string() + ": the entries do not have the root that the checkpoint signs");
  }
  if (auto done = walk.over_journal(backup / "journal"); !done) return fail(done.error());
  if (walk.size() != out.manifest.entries)
    return fail(ErrorCode::malformed,
                fmt::format("the backup has {} entries and its manifest says {}", walk.size(), out.manifest.entries));
  out.roots = walk.roots(sizes);
  return out;
}

Result<Restored> restore_backup(const fs::path& backup, const RestoreWishes& wishes, const BackupProgress& progress) {
  if (auto is_free = check_free(wishes.state); !is_free) return fail(is_free.error());
  const auto known = read_known(wishes, wishes.newer_ledger ? *wishes.newer_ledger : backup / "ledger");
  if (!known) return fail(known.error());
  const auto text = read_file(backup / manifest_name, std::size_t{256} << 20);
  const auto listed = text ? parse_manifest(*text) : Result<Manifest>(fail(text.error()));
  if (!listed) return fail(listed.error());
  std::vector<std::uint64_t> sizes{listed->entries};
  for (const auto& one : *known) sizes.push_back(one.checkpoint.size);
  auto check = check_backup(backup, wishes.key, sizes, progress);
  if (!check) return fail(check.error());
  const auto root = check->roots.front();
  check->roots.erase(check->roots.begin());

  std::string newer_note;
  LostPayloads lost;
  std::uint64_t entries = check->manifest.entries;
  if (wishes.newer_ledger) {
    const auto newer = check_newer(*wishes.newer_ledger, *check, root, wishes, *known, newer_note, progress);
    if (!newer) return fail(newer.error());
    auto found = find_lost_payloads(*wishes.newer_ledger, entries, newer->size);
    if (!found) return fail(found.error());
    lost = std::move(*found);
    entries = newer->size;
  } else if (auto fits = compare(*known, check->roots, entries); !fits) {
    return fail(fits.error());
  }

  // Beside it first: a restore that is interrupted leaves no state that looks whole.
  auto unfinished = wishes.state;
  unfinished += ".restoring";
  std::error_code fault;
  fs::remove_all(unfinished, fault);
  if (auto made = make_private_folder(unfinished); !made) return fail(made.error());
  if (auto copied = copy_back(backup, unfinished, check->manifest, progress); !copied) return fail(copied.error());
  if (wishes.newer_ledger) {
    if (auto folded = fold_journal(unfinished, wishes.master); !folded) return fail(folded.error());
    fs::remove_all(unfinished / "ledger", fault);
    if (auto copied = copy_ledger(*wishes.newer_ledger, unfinished / "ledger", entries, newer_note, progress); !copied)
      return fail(copied.error());
  }
  if (auto synced = sync_tree(unfinished); !synced) return fail(synced.error());
  fs::remove(wishes.state, fault);  // an empty folder may stand there
  fs::rename(unfinished, wishes.state, fault);
  if (fault) return fail(io_error("cannot put in place", wishes.state, fault.value()));
  const auto parent = fs::absolute(wishes.state).parent_path();
  if (auto synced = sync_folder(parent); !synced) return fail(synced.error());
  return Restored{std::move(check->manifest), entries, std::move(lost)};
}

}  // namespace ketenpoort::storage
