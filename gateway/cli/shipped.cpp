#include "gateway/cli/shipped.hpp"

namespace ketenpoort::cli {
namespace {

namespace fs = std::filesystem;

fs::path program_folder() {
  std::error_code error;
  return fs::read_symlink("/proc/self/exe", error).parent_path();
}

}  // namespace

fs::path shipped_folder(std::string_view name) {
  auto installed = program_folder() / "../share/ketenpoort" / name;
  std::error_code error;
  if (fs::is_directory(installed, error)) return installed.lexically_normal();
  return fs::path(KETENPOORT_SOURCE_DIR) / name;
}

fs::path sibling_program(std::string_view name) {
  return program_folder() / name;
}

}  // namespace ketenpoort::cli
