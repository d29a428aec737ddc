// Where a backup grows: in a folder of its own within the target, so that nothing looks like a backup before it is one,
// and nothing is left of one that fails.
#pragma once

#include <array>
#include <filesystem>
#include <string_view>

#include "gateway/base/result.hpp"

namespace ketenpoort::storage {

// Of a state folder, copied as they stand: what was activated, how far who listens is, what partners offer.
inline constexpr std::array<std::string_view, 3> folders_as_they_stand = {"mappings", "webhooks", "activities"};

class BackupFolder {
 public:
  // `target` must not exist or be empty; what a backup that was broken off left there goes. ErrorCode::conflict.
  static Result<BackupFolder> begin(const std::filesystem::path& target);
  BackupFolder(BackupFolder&& other) noexcept;
  BackupFolder(const BackupFolder&) = delete;
  BackupFolder& operator=(const BackupFolder&) = delete;
  BackupFolder& operator=(BackupFolder&&) = delete;
  ~BackupFolder();  // unfinished: the target is as it was before

  [[nodiscard]] const std::filesystem::path& files() const { return unfinished_; }
  // Puts the files in place, and last the manifest, by which it is a backup.
  Status finish(std::string_view manifest);

 private:
  BackupFolder(std::filesystem::path target, bool is_new, int lock);

  std::filesystem::path target_;
  std::filesystem::path unfinished_;
  bool is_new_;
  int lock_;  // on the target: no other backup is made there meanwhile; -1: moved from
  bool finished_ = false;
};

// Of a backup that turned out not to be what was copied: its folder is empty again.
void discard_backup(const std::filesystem::path& target);

}  // namespace ketenpoort::storage
