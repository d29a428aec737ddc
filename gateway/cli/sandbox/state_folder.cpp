#include "gateway/cli/sandbox/state_folder.hpp"

#include <fmt/format.h>

#include <cerrno>
#include <cstdlib>
#include <utility>

#include "gateway/base/files.hpp"

namespace ketenpoort::cli {

namespace fs = std::filesystem;

Result<StateFolder> StateFolder::open(const std::string& given, std::string_view use) {
  if (!given.empty()) return StateFolder(given, false);
  auto pattern = (fs::temp_directory_path() / fmt::format("ketenpoort-{}-XXXXXX", use)).string();
  if (::mkdtemp(pattern.data()) == nullptr) return fail(io_error("cannot make", pattern, errno));
  return StateFolder(pattern, true);
}

StateFolder::StateFolder(StateFolder&& other) noexcept
    : path_(std::move(other.path_)), temporary_(std::exchange(other.temporary_, false)) {}

StateFolder::~StateFolder() {
  std::error_code ignored;
  if (temporary_) fs::remove_all(path_, ignored);
}

}  // namespace ketenpoort::cli
