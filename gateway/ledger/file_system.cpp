#include "gateway/ledger/file_system.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <system_error>

#include "gateway/base/files.hpp"

namespace ketenpoort::ledger {
namespace {

namespace fs = std::filesystem;

tl::unexpected<Error> disk_error(std::string_view what, const fs::path& file, int error_number) {
  auto error = io_error(what, file, error_number);
  if (error_number == ENOSPC || error_number == EDQUOT) error.code = ErrorCode::unavailable;
  return fail(std::move(error));
}

class RealFile : public File {
 public:
  RealFile(int fd, fs::path path) : fd_(fd), path_(std::move(path)) {}
  RealFile(const RealFile&) = delete;
  RealFile& operator=(const RealFile&) = delete;
  ~RealFile() override { ::close(fd_); }

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

  Status rename(const fs::path& from, const fs::path& to) override {
    if (::rename(from.c_str(), to.c_str()) != 0) return disk_error("cannot replace", to, errno);
    return {};
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

std::shared_ptr<FileSystem> real_file_system() {
  return std::make_shared<RealFileSystem>();
}

}  // namespace ketenpoort::ledger
