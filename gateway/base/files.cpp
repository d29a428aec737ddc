#include "gateway/base/files.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <system_error>
#include <vector>

namespace ketenpoort {
namespace {

class Descriptor {
 public:
  explicit Descriptor(int fd) : fd_(fd) {}
  Descriptor(const Descriptor&) = delete;
  Descriptor& operator=(const Descriptor&) = delete;
  ~Descriptor() {
    if (fd_ >= 0) ::close(fd_);
  }
  [[nodiscard]] int get() const { return fd_; }

 private:
  int fd_;
};

// False with errno.
bool write_all(int fd, std::string_view content) {
  while (!content.empty()) {
    const auto written = ::write(fd, content.data(), content.size());
    if (written < 0 && errno == EINTR) continue;
    if (written < 0) return false;
    content.remove_prefix(static_cast<std::size_t>(written));
  }
  return true;
}

}  // namespace

Error io_error(std::string_view what, const std::filesystem::path& file, int error_number) {
  return Error{ErrorCode::io,
               fmt::format("{} {}: {}", what, file.string(), std::generic_category().message(error_number))};
}

Result<std::string> read_file(const std::filesystem::path& file, std::size_t limit) {
  const Descriptor fd(::open(file.c_str(), O_RDONLY | O_CLOEXEC));
  if (fd.get() < 0) return fail(io_error("cannot open", file, errno));
  struct stat info {};
  if (::fstat(fd.get(), &info) != 0) return fail(io_error("cannot read", file, errno));
  std::string content;
  if (info.st_size > 0) content.reserve(static_cast<std::size_t>(info.st_size));
  char buffer[65536];
  while (true) {
    const auto got = ::read(fd.get(), buffer, sizeof buffer);
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) return fail(io_error("cannot read", file, errno));
    if (got == 0) return content;
    if (content.size() + static_cast<std::size_t>(got) > limit)
      return fail(ErrorCode::too_large, fmt::format("{} is larger than the limit of {} bytes", file.string(), limit));
    content.append(buffer, static_cast<std::size_t>(got));
  }
}

Status sync_folder(const std::filesystem::path& folder) {
  const Descriptor fd(::open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (fd.get() < 0) return fail(io_error("cannot open folder", folder, errno));
  if (::fsync(fd.get()) != 0) return fail(io_error("cannot sync folder", folder, errno));
  return {};
}

Status replace_file(const std::filesystem::path& file, std::string_view content, bool secret) {
  auto temporary = file;
  temporary += ".new";
  // What cannot be put in place may be secret: nothing of it is left.
  const auto give_up = [&](std::string_view what, const std::filesystem::path& where) -> Status {
    const int reason = errno;
    ::unlink(temporary.c_str());
    return fail(io_error(what, where, reason));
  };
  {
    const Descriptor fd(::open(temporary.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, secret ? 0600 : 0644));
    if (fd.get() < 0) return fail(io_error("cannot write", file, errno));
    if (secret && ::fchmod(fd.get(), 0600) != 0) return give_up("cannot keep to its owner", file);
    if (!write_all(fd.get(), content)) return give_up("cannot write", file);
    if (::fsync(fd.get()) != 0) return give_up("cannot sync", file);
  }
  if (::rename(temporary.c_str(), file.c_str()) != 0) return give_up("cannot replace", file);
  return sync_folder(file.has_parent_path() ? file.parent_path() : ".");
}

Status make_private_file(const std::filesystem::path& file) {
  const int fd = ::open(file.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600);
  if (fd < 0) return fail(io_error("cannot open", file, errno));
  ::close(fd);
  return sync_folder(file.has_parent_path() ? file.parent_path() : ".");
}

Status sync_tree(const std::filesystem::path& folder) {
  namespace fs = std::filesystem;
  std::vector<fs::path> paths{folder};
  std::error_code fault;
  for (fs::recursive_directory_iterator at(folder, fault), end; !fault && at != end; at.increment(fault))
    paths.push_back(at->path());
  if (fault) return fail(io_error("cannot list", folder, fault.value()));
  for (const auto& path : paths) {
    const Descriptor opened(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
    if (opened.get() < 0) return fail(io_error("cannot open", path, errno));
    if (::fsync(opened.get()) != 0) return fail(io_error("cannot sync", path, errno));
  }
  return {};
}

}  // namespace ketenpoort
