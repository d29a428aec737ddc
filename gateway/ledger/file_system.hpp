// The few file operations that durability rests on, behind an interface so that tests can make each of them fail.
//
// Errors: ErrorCode::unavailable when the disk or the quota is full, ErrorCode::io otherwise; both name the file.
#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <string>
#include <string_view>

#include "gateway/base/result.hpp"

namespace ketenpoort::ledger {

class File {
 public:
  virtual ~File() = default;
  virtual Status write(std::uint64_t offset, std::string_view bytes) = 0;  // all of it
  virtual Status resize(std::uint64_t size) = 0;
  virtual Status
  sync() = 0;  // fdatasync. Never to be retried: what failed to reach the disk may be gone from memory too
};

class FileSystem {
 public:
  virtual ~FileSystem() = default;
  virtual Result<std::unique_ptr<File>> open(const std::filesystem::path& file) = 0;  // makes it if it is not there
  virtual Status rename(const std::filesystem::path& from, const std::filesystem::path& to) = 0;
  virtual Status remove(const std::filesystem::path& path) = 0;  // a file, or a folder with all in it; fine if absent
  virtual Status make_folders(const std::filesystem::path& folder) = 0;
  virtual Status sync_folder(const std::filesystem::path& folder) = 0;
};

std::shared_ptr<FileSystem> real_file_system();

}  // namespace ketenpoort::ledger
