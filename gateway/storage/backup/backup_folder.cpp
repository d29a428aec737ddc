#include "gateway/storage/backup/backup_folder.hpp"

#include <fcntl.h>
#include <sys/file.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <utility>
#include <vector>

#include "gateway/base/files.hpp"
#include "gateway/storage/backup/manifest.hpp"

namespace ketenpoort::storage {
namespace {

namespace fs = std::filesystem;

constexpr std::string_view unfinished_name = ".ketenpoort-unfinished";

std::vector<fs::path> list(const fs::path& folder) {
  std::vector<fs::path> out;
  std::error_code fault;
  for (fs::directory_iterator at(folder, fault), end; !fault && at != end; at.increment(fault)) out.push_back(*at);
  return out;
}

// What a backup that was broken off may have left. Anything else in the target is somebody else's.
bool is_of_backup(const fs::path& path) {
  const auto name = path.filename().string();
  return name == unfinished_name || name == "ledger" || name == "journal" || name == "test-clock" ||
         name.starts_with("vault.sqlite") ||
         std::ranges::find(folders_as_they_stand, name) != folders_as_they_stand.end();
}

bool is_free(const fs::path& target) {
  const auto content = list(target);
  std::error_code fault;
  return content.empty() || (fs::exists(target / unfinished_name, fault) && std::ranges::all_of(content, is_of_backup));
}

void remove_content(const fs::path& folder) {
  std::error_code fault;
  fs::remove(folder / manifest_name, fault);  // first: half a backup is none
  for (const auto& path : list(folder)) fs::remove_all(path, fault);
}

Status make_private(const fs::path& folder) {
  std::error_code fault;
  fs::create_directories(folder, fault);
  if (!fault) fs::permissions(folder, fs::perms::owner_all, fault);
  if (fault) return fail(io_error("cannot make", folder, fault.value()));
  return {};
}

}  // namespace

BackupFolder::BackupFolder(fs::path target, bool is_new, int lock)
    : target_(std::move(target)), unfinished_(target_ / unfinished_name), is_new_(is_new), lock_(lock) {}

BackupFolder::BackupFolder(BackupFolder&& other) noexcept
    : target_(std::move(other.target_)),
      unfinished_(std::move(other.unfinished_)),
      is_new_(other.is_new_),
      lock_(std::exchange(other.lock_, -1)),
      finished_(other.finished_) {}

BackupFolder::~BackupFolder() {
  if (lock_ < 0) return;
  std::error_code fault;
  if (!finished_) remove_content(target_);
  if (!finished_ && is_new_) fs::remove(target_, fault);
  ::close(lock_);
}

Result<BackupFolder> BackupFolder::begin(const fs::path& target) {
  std::error_code fault;
  const bool is_new = !fs::exists(target, fault);
  const auto not_free = [&] {
    return fail(ErrorCode::conflict, target.string() + " is not empty: choose a folder that is, or does not exist yet");
  };
  if (!is_new && (!fs::is_directory(target, fault) || !is_free(target))) return not_free();
  if (auto made = make_private(target); !made) return fail(made.error());
  const int lock = ::open(target.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (lock < 0) return fail(io_error("cannot open", target, errno));
  if (::flock(lock, LOCK_EX | LOCK_NB) != 0) {
    ::close(lock);
    return fail(ErrorCode::conflict, "another backup is being made in " + target.string());
  }
  if (!is_free(target)) {  // another finished while this one came to the lock
    ::close(lock);
    return not_free();
  }
  BackupFolder folder(target, is_new, lock);
  remove_content(target);
  if (auto made = make_private(folder.unfinished_); !made) return fail(made.error());
  return folder;
}

Status BackupFolder::finish(std::string_view manifest) {
  std::error_code fault;
  for (const auto& path : list(unfinished_)) {
    fs::rename(path, target_ / path.filename(), fault);
    if (fault) return fail(io_error("cannot put in place", target_ / path.filename(), fault.value()));
  }
  if (auto synced = sync_folder(target_); !synced) return synced;
  if (auto written = replace_file(target_ / manifest_name, manifest); !written) return written;
  finished_ = true;
  fs::remove(unfinished_, fault);  // empty; should it stay, it is no file
  return {};
}

void discard_backup(const fs::path& target) {
  remove_content(target);
}

}  // namespace ketenpoort::storage
