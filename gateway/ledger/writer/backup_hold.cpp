#include "gateway/ledger/writer/backup_hold.hpp"

#include <fcntl.h>
#include <sys/file.h>
#include <unistd.h>

#include <cerrno>

#include "gateway/base/files.hpp"

namespace ketenpoort::ledger {

Result<BackupHold> BackupHold::take(const std::filesystem::path& state) {
  const auto file = state / "backup.lock";
  const int fd = ::open(file.c_str(), O_RDONLY | O_CREAT | O_CLOEXEC, 0640);
  if (fd < 0) return fail(io_error("cannot open", file, errno));
  BackupHold hold(fd);
  if (::flock(fd, LOCK_SH) != 0) return fail(io_error("cannot lock", file, errno));
  return hold;
}

bool BackupHold::is_taken(const std::filesystem::path& state) {
  const int fd = ::open((state / "backup.lock").c_str(), O_RDONLY | O_CLOEXEC);
  if (fd < 0) return errno != ENOENT;  // nobody ever took one; else who cannot tell keeps what a backup may need
  const bool free = ::flock(fd, LOCK_EX | LOCK_NB) == 0;
  ::close(fd);
  return !free;
}

BackupHold::~BackupHold() {
  if (fd_ >= 0) ::close(fd_);
}

}  // namespace ketenpoort::ledger
