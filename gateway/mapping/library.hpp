// A folder of mapping files, loaded: every mapping, all versions side by side.
#pragma once

#include <filesystem>
#include <memory>
#include <string_view>
#include <vector>

#include "gateway/mapping/plan/load_options.hpp"
#include "gateway/mapping/translate/mapping.hpp"

namespace ketenpoort::mapping {

// Every mapping of a folder, all versions.
class Library {
 public:
  // Reads <dir>/*.yaml with everything they name. One mistake anywhere and nothing is loaded: ErrorCode::config, every
  // mistake as an issue with where = "file:line:column".
  static Result<Library> load(const std::filesystem::path& dir, const LoadOptions& options = {});

  // The same for one mapping file, wherever it stands; what it names is looked for beneath `dir`.
  static Result<Library> load_file(const std::filesystem::path& dir, const std::filesystem::path& file,
                                   const LoadOptions& options = {});

  // The version in force on that day; null when there is none.
  [[nodiscard]] const Mapping* find(std::string_view name, Date on) const;
  [[nodiscard]] const Mapping* find_version(std::string_view name, std::string_view version) const;
  [[nodiscard]] const std::vector<std::unique_ptr<const Mapping>>& mappings() const { return mappings_; }
  [[nodiscard]] const std::vector<Issue>& warnings() const { return warnings_; }

 private:
  Library(std::vector<std::unique_ptr<Plan>> plans, std::vector<Issue> warnings);
  std::vector<std::unique_ptr<const Mapping>> mappings_;
  std::vector<Issue> warnings_;
};

}  // namespace ketenpoort::mapping
