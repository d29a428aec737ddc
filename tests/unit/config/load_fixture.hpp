// The shipped configuration in a folder of its own, to change one thing in it and see what loading says.
#pragma once

#include <gmock/gmock.h>

#include <string>
#include <string_view>
#include <vector>

#include "gateway/config/load.hpp"
#include "tests/support/shipped_configuration.hpp"

namespace ketenpoort::config::test {

class Load : public ::testing::Test {
 protected:
  [[nodiscard]] std::filesystem::path gateway() const { return shipped_.gateway_yaml(); }
  [[nodiscard]] std::vector<Issue> problems(const Overrides& overrides = {}) const {
    const auto loaded = load(gateway(), overrides);
    EXPECT_FALSE(loaded.has_value());
    return loaded ? std::vector<Issue>{} : loaded.error().issues;
  }
  // The one problem of a configuration in which one thing was changed.
  Issue problem_after(const std::string& file, std::string_view what, std::string_view with) {
    ketenpoort::test::replace_in_file(folder() / "config" / file, what, with);
    const auto found = problems();
    EXPECT_THAT(found, ::testing::SizeIs(1));
    for (const auto& issue : found) EXPECT_EQ(issue.code, ErrorCode::config) << issue.where << " " << issue.detail;
    return found.empty() ? Issue{} : found.front();
  }
  [[nodiscard]] const std::filesystem::path& folder() const { return shipped_.folder(); }

 private:
  ketenpoort::test::ShippedConfiguration shipped_;
};

}  // namespace ketenpoort::config::test
