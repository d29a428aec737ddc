// A file of rows: looked at once for what identifies it, then read line by line. Files may be larger than memory.
#pragma once

#include <cstddef>
#include <filesystem>
#include <fstream>
#include <optional>
#include <string>
#include <utility>

#include "gateway/base/digest.hpp"
#include "gateway/base/result.hpp"

namespace ketenpoort::cli {

struct FileFacts {
  Digest sha256{};
  std::size_t rows = 0;  // lines that are not blank
};

Result<FileFacts> look_at_file(const std::filesystem::path& file);

// Gives the lines that are not blank, with their numbers from 1. A byte order mark and line ends are left out.
class RowReader {
 public:
  static Result<RowReader> open(const std::filesystem::path& file);

  // Nothing at the end; ErrorCode::io when the file cannot be read on.
  Result<std::optional<std::pair<std::size_t, std::string>>> next();

 private:
  RowReader(std::filesystem::path file, std::ifstream stream) : file_(std::move(file)), stream_(std::move(stream)) {}

  std::filesystem::path file_;
  std::ifstream stream_;
  std::size_t line_ = 0;
};

}  // namespace ketenpoort::cli
