#include "gateway/cli/configuration.hpp"

#include <fmt/format.h>

#include <filesystem>

#include "gateway/base/files.hpp"

namespace ketenpoort::cli {
namespace {

Status check_folder(const std::optional<std::filesystem::path>& folder, std::string_view option) {
  std::error_code ignored;
  if (!folder || std::filesystem::is_directory(*folder, ignored)) return {};
  return fail(ErrorCode::io, fmt::format("there is no folder {}; name another with {}", folder->string(), option));
}

}  // namespace

Result<config::Configuration> load_configuration(const std::string& file, const config::Overrides& overrides) {
  if (file.empty()) return fail(ErrorCode::io, "--config names no file: give the path of gateway.yaml");
  if (auto there = read_file(file); !there) return fail(std::move(there.error()));
  if (auto there = check_folder(overrides.config_dir, "--config-dir"); !there) return fail(std::move(there.error()));
  if (auto there = check_folder(overrides.mappings_dir, "--mappings"); !there) return fail(std::move(there.error()));
  return config::load(file, overrides);
}

}  // namespace ketenpoort::cli
