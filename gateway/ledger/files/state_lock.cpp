#include "gateway/ledger/files/state_lock.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/file.h>
#include <unistd.h>

#include <cerrno>
#include <system_error>

#include "gateway/base/files.hpp"

namespace ketenpoort::ledger {

namespace fs = std::filesystem;

Result<StateLock> StateLock::take(const fs::path& state) {
  std::error_code fault;
  if (fs::create_directories(state, fault))
    if (auto done = sync_folder(fs::absolute(state).parent_path()); !done) return fail(done.error());
  if (fault) return fail(io_error("cannot make folder", state, fault.value()));
  const auto path = state / "lock";
  const int fd = ::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0640);
  if (fd < 0) return fail(io_error("cannot open", path, errno));
  StateLock lock(fd);
  if (::flock(fd, LOCK_EX | LOCK_NB) != 0) {
    const auto holder = read_file(path, 64).value_or("");
    return fail(ErrorCode::conflict, fmt::format("{} is in use by process {}: stop that one first", state.string(),
                                                 holder.substr(0, holder.find('\n'))));
  }
  const auto pid = fmt::format("{}\n", ::getpid());
  if (::ftruncate(fd, 0) != 0 || ::pwrite(fd, pid.data(), pid.size(), 0) < 0)
    return fail(io_error("cannot write", path, errno));
  return lock;
}

StateLock::~StateLock() {
  if (fd_ >= 0) ::close(fd_);
}

}  // namespace ketenpoort::ledger
