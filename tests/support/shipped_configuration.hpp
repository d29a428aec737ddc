// The repository's own config/ and mappings/*.yaml in a temporary folder, in environment test, with empty key files in
// the places it names: what a test loads to see what is shipped, and may change.
#pragma once

#include <gtest/gtest.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <string>
#include <string_view>

#include "gateway/base/files.hpp"

namespace ketenpoort::test {

inline void write_file(const std::filesystem::path& file, std::string_view text) {
  std::filesystem::create_directories(file.parent_path());
  std::ofstream(file, std::ios::binary) << text;
}

inline void replace_in_file(const std::filesystem::path& file, std::string_view what, std::string_view with) {
  auto text = read_file(file).value();
  const auto at = text.find(what);
  ASSERT_NE(at, std::string::npos) << what << " in " << file;
  text.replace(at, what.size(), with);
  write_file(file, text);
}

// Programs of tests run in the repository's root.
class ShippedConfiguration {
 public:
  ShippedConfiguration() {
    std::string name = (std::filesystem::temp_directory_path() / "ketenpoort-config-XXXXXX").string();
    folder_ = ::mkdtemp(name.data());
    std::filesystem::copy("config", folder_ / "config", std::filesystem::copy_options::recursive);
    std::filesystem::copy("mappings", folder_ / "mappings");  // the mappings themselves, without what lies in folders
    for (const auto* file : {"server.pem", "server.key", "client-authorities.pem", "tokens.jwks.json", "master.key",
                             "ledger.key", "outbound.key", "policy-owner-dpo.pem", "partner-authorities.pem",
                             "outbound-client.pem", "outbound-client.key", "vdab-oauth.key"})
      write_file(folder_ / "config/keys" / file, "");
    replace_in_file(gateway_yaml(), "environment: production", "environment: test");
  }
  ShippedConfiguration(const ShippedConfiguration&) = delete;
  ShippedConfiguration& operator=(const ShippedConfiguration&) = delete;
  ~ShippedConfiguration() { std::filesystem::remove_all(folder_); }

  [[nodiscard]] const std::filesystem::path& folder() const { return folder_; }
  [[nodiscard]] std::filesystem::path gateway_yaml() const { return folder_ / "config/gateway.yaml"; }

 private:
  std::filesystem::path folder_;
};

}  // namespace ketenpoort::test
