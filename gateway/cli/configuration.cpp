#include "gateway/cli/configuration.hpp"

#include "gateway/base/files.hpp"

namespace ketenpoort::cli {

Result<config::Configuration> load_configuration(const std::string& file, const config::Overrides& overrides) {
  if (auto there = read_file(file); !there) return fail(std::move(there.error()));
  return config::load(file, overrides);
}

}  // namespace ketenpoort::cli
