// The file operations that the ledger and its durability rest on, behind an interface so that tests can make each of
// them fail, and cut the power after any of them.
//
// Errors name the file. ErrorCode::unavailable: for now, because the disk, the quota or the table of open files is
// full; ErrorCode::not_found: opened for reading and not there; ErrorCode::io otherwise.
#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "gateway/base/result.hpp"

namespace ketenpoort::ledger {

class File {
 public:
  virtual ~File() = default;
  // How many bytes were read: fewer than asked for only where the file ends.
  [[nodiscard]] virtual Result<std::size_t> read(std::uint64_t offset, std::span<char> into) const = 0;
  virtual Status write(std::uint64_t offset, std::string_view bytes) = 0;  // all of it
  // The pieces, one behind the other; joins them first where there is no better way.
  virtual Status write_pieces(std::uint64_t offset, std::span<const std::string_view> pieces);
  virtual Status resize(std::uint64_t size) = 0;
  virtual Status
  sync() = 0;  // fdatasync. Never to be retried: what failed to reach the disk may be gone from memory too
};

class FileSystem {
 public:
  virtual ~FileSystem() = default;
  virtual Result<std::unique_ptr<File>> open(const std::filesystem::path& file) = 0;  // makes it if it is not there
  [[nodiscard]] virtual Result<std::unique_ptr<File>> open_for_reading(const std::filesystem::path& file) const = 0;
  [[nodiscard]] virtual Result<std::optional<std::uint64_t>> size(
      const std::filesystem::path& file) const = 0;  // nothing when it is not there
  [[nodiscard]] virtual Result<std::vector<std::string>> list(
      const std::filesystem::path& folder) const = 0;  // names, sorted; none when it is not there
  virtual Status rename(const std::filesystem::path& from, const std::filesystem::path& to) = 0;
  // Renames over what stands at `to`. True: that stands at `from` now; false, as of file systems that cannot: it is
  // gone.
  virtual Result<bool> exchange(const std::filesystem::path& from, const std::filesystem::path& to);
  // Whether somebody has linked the file under another name too: what is written into it would change there.
  [[nodiscard]] virtual bool has_other_names(const std::filesystem::path& file) const;
  virtual Status remove(const std::filesystem::path& path) = 0;  // a file, or a folder with all in it; fine if absent
  virtual Status make_folders(const std::filesystem::path& folder) = 0;
  virtual Status sync_folder(const std::filesystem::path& folder) = 0;
};

std::shared_ptr<FileSystem> real_file_system();

// A file whole; ErrorCode::too_large beyond `limit` bytes.
Result<std::string> read_whole(const FileSystem& files, const std::filesystem::path& file, std::size_t limit);

}  // namespace ketenpoort::ledger
