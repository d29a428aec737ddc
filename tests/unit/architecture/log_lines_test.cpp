// A line of the log that asks something of a person says in docs/operations.md what.
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <iterator>
#include <regex>
#include <set>
#include <string>

namespace {

std::string content_of(const std::filesystem::path& file) {
  std::ifstream stream(file);
  return {std::istreambuf_iterator<char>(stream), {}};
}

std::set<std::string> warnings_and_errors_of(const std::filesystem::path& folder) {
  static const std::regex line(R"(log::(?:warning|error)\(\s*\"([a-z_]+)\")");
  std::set<std::string> events;
  for (const auto& file : std::filesystem::recursive_directory_iterator(folder)) {
    if (file.path().extension() != ".cpp") continue;
    const auto text = content_of(file.path());
    for (std::sregex_iterator at(text.begin(), text.end(), line), end; at != end; ++at) events.insert((*at)[1]);
  }
  return events;
}

TEST(LogLines, that_warn_stand_in_the_handbook) {
  const auto events = warnings_and_errors_of("gateway");
  EXPECT_GT(events.size(), 40U);
  const auto handbook = content_of("docs/operations.md");
  for (const auto& event : events)
    EXPECT_NE(handbook.find('`' + event + '`'), std::string::npos) << event << " is not in docs/operations.md";
}

}  // namespace
