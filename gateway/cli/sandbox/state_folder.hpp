// Where a sandbox or a demo keeps everything: a folder of our own making goes with us, a given one stays.
#pragma once

#include <filesystem>
#include <string>
#include <string_view>

#include "gateway/base/result.hpp"

namespace ketenpoort::cli {

class StateFolder {
 public:
  // `given` as it is, or, when empty, a new temporary folder "ketenpoort-<use>-XXXXXX". ErrorCode::io.
  static Result<StateFolder> open(const std::string& given, std::string_view use);
  StateFolder(StateFolder&& other) noexcept;
  StateFolder& operator=(StateFolder&&) = delete;
  ~StateFolder();

  [[nodiscard]] const std::filesystem::path& path() const { return path_; }
  [[nodiscard]] bool is_temporary() const { return temporary_; }

 private:
  StateFolder(std::filesystem::path path, bool temporary) : path_(std::move(path)), temporary_(temporary) {}
  std::filesystem::path path_;
  bool temporary_;
};

}  // namespace ketenpoort::cli
