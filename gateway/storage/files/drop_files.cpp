#include "gateway/storage/files/drop_files.hpp"

#include <dirent.h>
#include <fcntl.h>
#include <fmt/format.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstdio>
#include <system_error>

#include "gateway/base/groups.hpp"

namespace ketenpoort::storage {
namespace {

using exchange::DropFile;
using exchange::DropPlace;

constexpr std::size_t piece_bytes = 64U << 10;
constexpr std::int64_t second = 1'000'000'000;
constexpr std::array<const char*, 3> own_folders = {"taken", "done", "failed"};
constexpr const char* results_folder = "results";

// No names: what a legacy system calls its files may say about whom they are.
tl::unexpected<Error> trouble(std::string_view what, int number) {
  if (number == ENOSPC || number == EDQUOT)
    return fail(ErrorCode::unavailable, "there is no room on the disk of the drop folder");
  return fail(ErrorCode::io, fmt::format("{}: {}", what, std::generic_category().message(number)));
}

Status fail_of_readers() {
  return fail(ErrorCode::io,
              "the gateway's user is not in the group that may read results (resultGroup): put it there (usermod -aG), "
              "and start the gateway again");
}

std::int64_t nanoseconds(const timespec& time) {
  return static_cast<std::int64_t>(time.tv_sec) * second + time.tv_nsec;
}

DropFile describe(std::string name, const struct stat& seen) {
  DropFile file;
  file.name = std::move(name);
  file.kind = S_ISREG(seen.st_mode)   ? DropFile::Kind::regular
              : S_ISDIR(seen.st_mode) ? DropFile::Kind::folder
              : S_ISLNK(seen.st_mode) ? DropFile::Kind::link
                                      : DropFile::Kind::other;
  file.links = seen.st_nlink;
  file.bytes = static_cast<std::uint64_t>(seen.st_size);
  file.node = seen.st_ino;
  file.written = nanoseconds(seen.st_mtim);
  file.moved = nanoseconds(seen.st_ctim);  // the kernel's; the content's time is what the sender says
  return file;
}

// A file descriptor that is closed when it goes.
class Descriptor {
 public:
  explicit Descriptor(int fd) : fd_(fd) {}
  ~Descriptor() {
    if (fd_ >= 0) ::close(fd_);
  }
  Descriptor(const Descriptor&) = delete;
  Descriptor& operator=(const Descriptor&) = delete;
  [[nodiscard]] int get() const { return fd_; }
  [[nodiscard]] bool is_open() const { return fd_ >= 0; }

 private:
  int fd_;
};

Status write_all(int fd, std::string_view bytes) {
  while (!bytes.empty()) {
    const auto written = ::write(fd, bytes.data(), bytes.size());
    if (written < 0 && errno == EINTR) continue;
    if (written < 0) return trouble("cannot write what became of a file", errno);
    bytes.remove_prefix(static_cast<std::size_t>(written));
  }
  return {};
}

}  // namespace

DropFiles::Folder::~Folder() {
  if (fd_ >= 0) ::close(fd_);
}

// Whoever may write to the folder may drop files for the client it stands for, so that must not be everybody.
Result<DropFiles::Folder> DropFiles::open_incoming(const std::filesystem::path& folder) {
  Folder opened(::open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC));
  if (opened.fd() < 0) return trouble("the drop folder cannot be opened", errno);
  struct stat seen {};
  if (::fstat(opened.fd(), &seen) != 0) return trouble("the drop folder cannot be looked at", errno);
  if ((seen.st_mode & S_IWOTH) != 0)
    return fail(ErrorCode::io, "everybody may write to the drop folder: take that right away (chmod o-w)");
  if (::faccessat(opened.fd(), ".", R_OK | W_OK | X_OK, AT_EACCESS) != 0)
    return trouble("the gateway's user must be able to read and write the drop folder", errno);
  return opened;
}

Result<DropFiles::Folder> DropFiles::make_own(const char* name, std::uint64_t device) const {
  if (::mkdirat(incoming_.fd(), name, S_IRWXU) != 0 && errno != EEXIST)
    return trouble(fmt::format("cannot make the folder {} in the drop folder", name), errno);
  Folder opened(::openat(incoming_.fd(), name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC));
  if (opened.fd() < 0) return trouble(fmt::format("{} in the drop folder is no folder of ours", name), errno);
  struct stat seen {};
  if (::fstat(opened.fd(), &seen) != 0) return trouble(fmt::format("{} cannot be looked at", name), errno);
  if (seen.st_uid != ::geteuid())
    return fail(ErrorCode::io, fmt::format("{} in the drop folder must belong to the gateway's user", name));
  if (seen.st_dev != device)
    return fail(ErrorCode::io,
                fmt::format("{} lies on another file system than the drop folder: files cannot be moved there", name));
  return opened;
}

// Ours alone: what lies there are copies of personal data.
Result<DropFiles::Folder> DropFiles::open_own(const char* name, std::uint64_t device) const {
  auto opened = make_own(name, device);
  if (!opened) return opened;
  struct stat seen {};
  if (::fstat(opened->fd(), &seen) != 0) return trouble(fmt::format("{} cannot be looked at", name), errno);
  if ((seen.st_mode & (S_IRWXG | S_IRWXO)) != 0 && ::fchmod(opened->fd(), S_IRWXU) != 0)
    return trouble(fmt::format("{} in the drop folder must be for its owner only (chmod 700)", name), errno);
  return opened;
}

// Apart from what was taken, so that whoever reads results reads nothing else.
Result<DropFiles::Folder> DropFiles::open_results(std::uint64_t device) const {
  auto opened = make_own(results_folder, device);
  if (!opened) return opened;
  if (auto done = let_read(opened->fd(), S_IRWXU | S_IRGRP | S_IXGRP); !done) return fail(std::move(done.error()));
  return opened;
}

Status DropFiles::let_read(int file, mode_t mode) const {
  struct stat seen {};
  if (::fstat(file, &seen) != 0) return trouble("a result cannot be looked at", errno);
  if (seen.st_gid != *readers_ && ::fchown(file, static_cast<uid_t>(-1), *readers_) != 0)
    return errno == EPERM ? fail_of_readers() : trouble("a result cannot be given to its readers", errno);
  constexpr mode_t of_readers = S_IRWXU | S_IRWXG | S_IRWXO;
  if ((seen.st_mode & of_readers) != mode && ::fchmod(file, mode) != 0)
    return trouble("a result cannot be given to its readers", errno);
  return {};
}

// Ours for as long as it is held, so that no other gateway takes the same files. What is within is locked, not the
// folder that others write to: they could keep us from it. A file system that cannot lock is none the worse for it.
Status DropFiles::hold_taken(Folder opened) {
  struct stat held {};
  struct stat seen {};
  if (taken_.fd() >= 0 && ::fstat(taken_.fd(), &held) == 0 && ::fstat(opened.fd(), &seen) == 0 &&
      held.st_dev == seen.st_dev && held.st_ino == seen.st_ino)
    return {};
  if (::flock(opened.fd(), LOCK_EX | LOCK_NB) != 0 && errno == EWOULDBLOCK)
    return fail(ErrorCode::io, "another gateway takes from the drop folder: give each a folder of its own");
  taken_ = std::move(opened);
  return {};
}

Status DropFiles::open() {
  auto incoming = open_incoming(folder_);
  if (!incoming) return fail(std::move(incoming.error()));
  incoming_ = std::move(*incoming);
  struct stat seen {};
  if (::fstat(incoming_.fd(), &seen) != 0) return trouble("the drop folder cannot be looked at", errno);
  std::array<Folder, own_folders.size()> opened;
  for (std::size_t i = 0; i < opened.size(); ++i) {
    auto own = open_own(own_folders.at(i), seen.st_dev);
    if (!own) return fail(std::move(own.error()));
    opened.at(i) = std::move(*own);
  }
  if (auto held = hold_taken(std::move(opened[0])); !held) return held;
  done_ = std::move(opened[1]);
  failed_ = std::move(opened[2]);
  if (!readers_) return {};
  auto results = open_results(seen.st_dev);
  if (!results) return fail(std::move(results.error()));
  results_ = std::move(*results);
  return {};
}

Status DropFiles::check(const std::filesystem::path& folder, std::optional<gid_t> readers) {
  const auto opened = open_incoming(folder);
  if (!opened) return fail(opened.error());
  if (readers && !may_give_to_group(*readers)) return fail_of_readers();
  for (const auto* name : {own_folders[0], own_folders[1], own_folders[2], results_folder}) {
    if (name == results_folder && !readers) continue;
    struct stat seen {};
    if (::fstatat(opened->fd(), name, &seen, AT_SYMLINK_NOFOLLOW) != 0) {
      if (errno == ENOENT) continue;  // it will be made
      return trouble(fmt::format("{} cannot be looked at", name), errno);
    }
    if (!S_ISDIR(seen.st_mode))
      return fail(ErrorCode::io, fmt::format("{} in the drop folder is no folder: take it away", name));
  }
  return {};
}

int DropFiles::fd(DropPlace place) const {
  switch (place) {
    case DropPlace::incoming:
      return incoming_.fd();
    case DropPlace::taken:
      return taken_.fd();
    case DropPlace::done:
      return done_.fd();
    case DropPlace::failed:
      return failed_.fd();
    case DropPlace::results:
      break;
  }
  return results_.fd();
}

Result<std::vector<DropFile>> DropFiles::list(DropPlace place) const {
  // Opened anew: a position in a folder belongs to whoever opened it.
  const int again = ::openat(fd(place), ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (again < 0) return trouble("the drop folder cannot be listed", errno);
  DIR* stream = ::fdopendir(again);
  if (stream == nullptr) {
    const int number = errno;
    ::close(again);
    return trouble("the drop folder cannot be listed", number);
  }
  std::vector<DropFile> files;
  errno = 0;
  while (const dirent* entry = ::readdir(stream)) {
    std::string name = entry->d_name;
    if (name == "." || name == "..") continue;
    struct stat seen {};
    if (::fstatat(fd(place), name.c_str(), &seen, AT_SYMLINK_NOFOLLOW) == 0)
      files.push_back(describe(std::move(name), seen));
    errno = 0;
  }
  const int number = errno;
  ::closedir(stream);
  if (number != 0) return trouble("the drop folder cannot be listed", number);
  return files;
}

Result<DropFile> DropFiles::look_at(DropPlace place, const std::string& name) const {
  struct stat seen {};
  if (::fstatat(fd(place), name.c_str(), &seen, AT_SYMLINK_NOFOLLOW) == 0) return describe(name, seen);
  if (errno == ENOENT) return fail(ErrorCode::not_found, "there is no such file");
  return trouble("a file in the drop folder cannot be looked at", errno);
}

Status DropFiles::move(DropPlace from, const std::string& name, DropPlace to, const std::string& new_name) {
  int moved = ::renameat2(fd(from), name.c_str(), fd(to), new_name.c_str(), RENAME_NOREPLACE);
  if (moved != 0 && errno == EINVAL) {  // a file system that cannot; nobody but us writes to our folders
    if (look_at(to, new_name)) return fail(ErrorCode::conflict, "there is a file of that name");
    moved = ::renameat(fd(from), name.c_str(), fd(to), new_name.c_str());
  }
  if (moved != 0 && errno == EEXIST) return fail(ErrorCode::conflict, "there is a file of that name");
  if (moved != 0 && errno == ENOENT) return fail(ErrorCode::not_found, "there is no such file");
  if (moved != 0) return trouble("a file in the drop folder cannot be moved", errno);
  for (const auto place : {from, to})
    if (::fsync(fd(place)) != 0) return trouble("the drop folder cannot be synced", errno);
  return {};
}

Status DropFiles::read(const std::string& taken, const std::function<Status(std::string_view)>& use) const {
  // Not to wait for a pipe's other end, nor to follow a link.
  const Descriptor file(::openat(fd(DropPlace::taken), taken.c_str(), O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC));
  if (!file.is_open()) {
    if (errno == EACCES || errno == EPERM)
      return fail(ErrorCode::invalid_input,
                  "the gateway's user may not read the file; give it the right to, and drop the file again");
    if (errno == ELOOP) return fail(ErrorCode::invalid_input, "this is a link; drop the file itself");
    return trouble("a file that was taken cannot be opened", errno);
  }
  struct stat seen {};
  if (::fstat(file.get(), &seen) != 0) return trouble("a file that was taken cannot be looked at", errno);
  if (!S_ISREG(seen.st_mode) || seen.st_nlink != 1)
    return fail(ErrorCode::invalid_input, "this is a link or no file at all; drop a file of its own");
  if (seen.st_uid == ::geteuid()) (void)::fchmod(file.get(), S_IRUSR | S_IWUSR);
  std::string piece(piece_bytes, '\0');
  while (true) {
    const auto got = ::read(file.get(), piece.data(), piece.size());
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) return trouble("a file that was taken cannot be read", errno);
    if (got == 0) return {};
    if (auto used = use(std::string_view(piece).substr(0, static_cast<std::size_t>(got))); !used) return used;
  }
}

Status DropFiles::write(DropPlace place, const std::string& name, std::string_view content) {
  const auto temporary = ".new";  // one at a time
  Status written;
  {
    const Descriptor file(
        ::openat(fd(place), temporary, O_WRONLY | O_CREAT | O_TRUNC | O_NOFOLLOW | O_CLOEXEC, S_IRUSR | S_IWUSR));
    if (!file.is_open()) return trouble("cannot write what became of a file", errno);
    written = write_all(file.get(), content);
    if (written && place == DropPlace::results && readers_) written = let_read(file.get(), S_IRUSR | S_IWUSR | S_IRGRP);
    if (written && ::fsync(file.get()) != 0) written = trouble("cannot write what became of a file", errno);
  }
  if (!written) {
    (void)::unlinkat(fd(place), temporary, 0);
    return written;
  }
  if (::renameat(fd(place), temporary, fd(place), name.c_str()) != 0 || ::fsync(fd(place)) != 0)
    return trouble("cannot write what became of a file", errno);
  return {};
}

Status DropFiles::remove(DropPlace place, const std::string& name) {
  if (::unlinkat(fd(place), name.c_str(), 0) != 0 && errno != ENOENT)
    return trouble("an old file in the drop folder cannot be removed", errno);
  return ::fsync(fd(place)) == 0 ? Status{} : trouble("the drop folder cannot be synced", errno);
}

}  // namespace ketenpoort::storage
