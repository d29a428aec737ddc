#include "gateway/ledger/files/file_system.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <sys/uio.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstdio>
#include <system_error>

#include "gateway/base/files.hpp"

namespace ketenpoort::ledger {
namespace {

namespace fs = std::filesystem;

constexpr std::size_t most_vectors = 512;  // in one call; Linux takes 1,024

// What passes when somebody makes room, so that it is worth trying again.
bool is_shortage(int error_number) {
  return error_number == ENOSPC || error_number == EDQUOT || error_number == EMFILE || error_number == ENFILE ||
         error_number == ENOMEM;
}

tl::unexpected<Error> disk_error(std::string_view what, const fs::path& file, int error_number) {
  auto error = io_error(what, file, error_number);
  if (is_shortage(error_number)) error.code = ErrorCode::unavailable;
  return fail(std::move(error));
}

class RealFile : public File {
 public:
  RealFile(int fd, fs::path path) : fd_(fd), path_(std::move(path)) {}
  RealFile(const RealFile&) = delete;
  RealFile& operator=(const RealFile&) = delete;
  ~RealFile() override { ::close(fd_); }

  [[nodiscard]] Result<std::size_t> read(std::uint64_t offset, std::span<char> into) const override {
    std::size_t done = 0;
    while (done < into.size()) {
      const auto got = ::pread(fd_, into.data() + done, into.size() - done, static_cast<off_t>(offset + done));
      if (got < 0 && errno == EINTR) continue;
      if (got < 0) return disk_error("cannot read", path_, errno);
      if (got == 0) break;
      done += static_cast<std::size_t>(got);
    }
    return done;
  }

  Status write(std::uint64_t offset, std::string_view bytes) override {
    while (!bytes.empty()) {
      const auto written = ::pwrite(fd_, bytes.data(), bytes.size(), static_cast<off_t>(offset));
      if (written < 0 && errno == EINTR) continue;
      if (written < 0) return disk_error("cannot write", path_, errno);
      bytes.remove_prefix(static_cast<std::size_t>(written));
      offset += static_cast<std::uint64_t>(written);
    }
    return {};
  }

  Status write_pieces(std::uint64_t offset, std::span<const std::string_view> pieces) override {
    std::array<::iovec, most_vectors> vectors;
    while (!pieces.empty()) {
      const auto count = std::min(pieces.size(), vectors.size());
      for (std::size_t i = 0; i < count; ++i) vectors[i] = {const_cast<char*>(pieces[i].data()), pieces[i].size()};
      const auto written = ::pwritev(fd_, vectors.data(), static_cast<int>(count), static_cast<off_t>(offset));
      if (written < 0 && errno == EINTR) continue;
      if (written < 0) return disk_error("cannot write", path_, errno);
      offset += static_cast<std::uint64_t>(written);
      auto left = static_cast<std::size_t>(written);
      for (; !pieces.empty() && left >= pieces.front().size(); pieces = pieces.subspan(1))
        left -= pieces.front().size();
      if (left == 0) continue;
      // The disk took a part of a piece.
      const auto rest = pieces.front().substr(left);
      if (auto done = write(offset, rest); !done) return done;
      offset += rest.size();
      pieces = pieces.subspan(1);
    }
    return {};
  }

  Status resize(std::uint64_t size) override {
    if (::ftruncate(fd_, static_cast<off_t>(size)) != 0) return disk_error("cannot resize", path_, errno);
    return {};
  }

  Status sync() override {
    if (::fdatasync(fd_) != 0) return disk_error("cannot sync", path_, errno);
    return {};
  }

 private:
  int fd_;
  fs::path path_;
};

class RealFileSystem : public FileSystem {
 public:
  Result<std::unique_ptr<File>> open(const fs::path& file) override {
    const int fd = ::open(file.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0640);
    if (fd < 0) return disk_error("cannot open", file, errno);
    return std::make_unique<RealFile>(fd, file);
  }

  [[nodiscard]] Result<std::unique_ptr<File>> open_for_reading(const fs::path& file) const override {
    const int fd = ::open(file.c_str(), O_RDONLY | O_CLOEXEC);
    if (fd >= 0) return std::make_unique<RealFile>(fd, file);
    auto error = disk_error("cannot open", file, errno);
    if (errno == ENOENT) error.value().code = ErrorCode::not_found;
    return error;
  }

  [[nodiscard]] Result<std::optional<std::uint64_t>> size(const fs::path& file) const override {
    struct stat info {};
    if (::stat(file.c_str(), &info) == 0) return static_cast<std::uint64_t>(info.st_size);
    if (errno == ENOENT) return std::nullopt;
    return disk_error("cannot look at", file, errno);
  }

  [[nodiscard]] Result<std::vector<std::string>> list(const fs::path& folder) const override {
    std::vector<std::string> names;
    std::error_code fault;
    for (fs::directory_iterator at(folder, fault), end; !fault && at != end; at.increment(fault))
      names.push_back(at->path().filename().string());
    if (fault && fault != std::errc::no_such_file_or_directory) return disk_error("cannot list", folder, fault.value());
    std::sort(names.begin(), names.end());
    return names;
  }

  Status rename(const fs::path& from, const fs::path& to) override {
    if (::rename(from.c_str(), to.c_str()) != 0) return disk_error("cannot replace", to, errno);
    return {};
  }

  Result<bool> exchange(const fs::path& from, const fs::path& to) override {
    if (::renameat2(AT_FDCWD, from.c_str(), AT_FDCWD, to.c_str(), RENAME_EXCHANGE) == 0) return true;
    return FileSystem::exchange(from, to);
  }

  [[nodiscard]] bool has_other_names(const fs::path& file) const override {
    std::error_code fault;
    const auto names = fs::hard_link_count(file, fault);
    return !fault && names > 1;
  }

  Status remove(const fs::path& path) override {
    std::error_code fault;
    fs::remove_all(path, fault);
    if (fault) return disk_error("cannot remove", path, fault.value());
    return {};
  }

  Status make_folders(const fs::path& folder) override {
    std::error_code fault;
    fs::create_directories(folder, fault);
    if (fault) return disk_error("cannot make folder", folder, fault.value());
    return {};
  }

  Status sync_folder(const fs::path& folder) override { return ketenpoort::sync_folder(folder); }
};

}  // namespace

Status File::write_pieces(std::uint64_t offset, std::span<const std::string_view> pieces) {
  std::string joined;
  for (const auto piece : pieces) joined += piece;
  return write(offset, joined);
}

Result<bool> FileSystem::exchange(const fs::path& from, const fs::path& to) {
  if (auto done = rename(from, to); !done) return fail(done.error());
  return false;
}

bool FileSystem::has_other_names(const fs::path& /*file*/) const {
  return false;
}

std::shared_ptr<FileSystem> real_file_system() {
  return std::make_shared<RealFileSystem>();
}

Result<std::string> read_whole(const FileSystem& files, const fs::path& file, std::size_t limit) {
  const auto opened = files.open_for_reading(file);
  if (!opened) return fail(opened.error());
  constexpr std::size_t step = 1U << 20;
  const auto size = files.size(file);
  if (!size) return fail(size.error());
  std::string content;
  // A long file that grew step by step would be copied many times over.
  content.reserve(static_cast<std::size_t>(std::min<std::uint64_t>(size->value_or(0), limit)) + step);
  while (true) {
    const auto had = content.size();
    content.resize(had + step);
    const auto got = (*opened)->read(had, std::span(content).subspan(had));
    if (!got) return fail(got.error());
    content.resize(had + *got);
    if (content.size() > limit)
      return fail(ErrorCode::too_large, fmt::format("{} is larger than the limit of {} bytes", file.string(), limit));
    if (*got < step) return content;
  }
}

}  // namespace ketenpoort::ledger
