// Preloaded into a gateway (LD_PRELOAD), makes the disk under one folder fail while the test wants it.
//
// KETENPOORT_FAILING_FOLDER: what to fail. KETENPOORT_FAILING_SWITCH: a file whose first byte says how, read anew at
// every call: 'f' full (what would make a file longer or new fails with ENOSPC), 's' syncs fail with EIO, anything
// else: all is well.
#include <dlfcn.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdarg>
#include <cstdlib>
#include <cstring>
#include <string>

namespace {

template <class Function>
Function* next(const char* name) {
  return reinterpret_cast<Function*>(::dlsym(RTLD_NEXT, name));
}

char mode() {
  const char* file = std::getenv("KETENPOORT_FAILING_SWITCH");
  if (file == nullptr) return ' ';
  static auto* const real_open = next<int(const char*, int, ...)>("open");
  const int fd = real_open(file, O_RDONLY | O_CLOEXEC);
  if (fd < 0) return ' ';
  char byte = ' ';
  if (::read(fd, &byte, 1) != 1) byte = ' ';
  ::close(fd);
  return byte;
}

bool concerns(const char* path) {
  const char* folder = std::getenv("KETENPOORT_FAILING_FOLDER");
  return folder != nullptr && std::strncmp(path, folder, std::strlen(folder)) == 0;
}

bool concerns(int fd) {
  char path[4096];
  const auto length = ::readlink(("/proc/self/fd/" + std::to_string(fd)).c_str(), path, sizeof path - 1);
  if (length <= 0) return false;
  path[length] = '\0';
  return concerns(path);
}

// Whether a write that ends there is to fail.
bool is_full(int fd, off_t end) {
  if (mode() != 'f' || !concerns(fd)) return false;
  struct stat info {};
  return ::fstat(fd, &info) == 0 && end > info.st_size;
}

ssize_t no_room() {
  errno = ENOSPC;
  return -1;
}

int failed_sync(int fd, const char* name) {
  if (mode() != 's' || !concerns(fd)) return next<int(int)>(name)(fd);
  errno = EIO;
  return -1;
}

int guarded_open(const char* name, const char* path, int flags, mode_t permissions) {
  if ((flags & O_CREAT) != 0 && mode() == 'f' && concerns(path) && ::access(path, F_OK) != 0)
    return static_cast<int>(no_room());
  return next<int(const char*, int, ...)>(name)(path, flags, permissions);
}

}  // namespace

extern "C" {

ssize_t pwrite(int fd, const void* bytes, size_t size, off_t at) {
  if (is_full(fd, at + static_cast<off_t>(size))) return no_room();
  return next<ssize_t(int, const void*, size_t, off_t)>("pwrite")(fd, bytes, size, at);
}

ssize_t pwrite64(int fd, const void* bytes, size_t size, off64_t at) {
  if (is_full(fd, at + static_cast<off_t>(size))) return no_room();
  return next<ssize_t(int, const void*, size_t, off64_t)>("pwrite64")(fd, bytes, size, at);
}

int fdatasync(int fd) {
  return failed_sync(fd, "fdatasync");
}

int fsync(int fd) {
  return failed_sync(fd, "fsync");
}

int open(const char* path, int flags, ...) {
  va_list rest;
  va_start(rest, flags);
  const auto permissions = static_cast<mode_t>(va_arg(rest, unsigned));
  va_end(rest);
  return guarded_open("open", path, flags, permissions);
}

int open64(const char* path, int flags, ...) {
  va_list rest;
  va_start(rest, flags);
  const auto permissions = static_cast<mode_t>(va_arg(rest, unsigned));
  va_end(rest);
  return guarded_open("open64", path, flags, permissions);
}
}
