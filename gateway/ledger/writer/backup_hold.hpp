// While a backup reads a state folder, the journal keeps everything: what was published or applied between two of its
// steps must still be found. A lock on STATE/backup.lock, so it goes with the process that took it.
#pragma once

#include <filesystem>
#include <utility>

#include "gateway/base/result.hpp"

namespace ketenpoort::ledger {

class BackupHold {
 public:
  // Shared: backups do not keep one another out.
  static Result<BackupHold> take(const std::filesystem::path& state);
  // Whether some process holds one now.
  static bool is_taken(const std::filesystem::path& state);

  BackupHold(BackupHold&& other) noexcept : fd_(std::exchange(other.fd_, -1)) {}
  BackupHold& operator=(BackupHold&&) = delete;
  ~BackupHold();

 private:
  explicit BackupHold(int fd) : fd_(fd) {}
  int fd_;
};

}  // namespace ketenpoort::ledger
