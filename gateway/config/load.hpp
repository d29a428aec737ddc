// Reads the configuration whole or not at all.
#pragma once

#include <filesystem>
#include <optional>

#include "gateway/base/result.hpp"
#include "gateway/config/settings.hpp"

namespace ketenpoort::config {

// Command-line options that point at other folders.
struct Overrides {
  std::optional<std::filesystem::path> config_dir;
  std::optional<std::filesystem::path> mappings_dir;
};

// Fails with ErrorCode::config and every problem found in every file: Issue::where is "file:line:column", the detail
// says what stood there, what was expected and how to fix it (a secret's value is never repeated).
Result<Configuration> load(const std::filesystem::path& gateway_yaml, const Overrides& overrides = {});

// Purposes and rules that a language has no words for: a person would read their ids. For `ketenpoort check`; it is no
// reason not to start.
std::vector<Issue> find_missing_texts(const Configuration& configuration);

// Purposes that a language of residents says in English. `ketenpoort check` warns.
std::vector<Issue> find_borrowed_texts(const Configuration& configuration);

}  // namespace ketenpoort::config
