// The arrows of docs/architecture.md, checked on the #include lines: headers link nothing, so the linker cannot tell.
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <map>
#include <set>
#include <string>
#include <vector>

namespace {

using Allowed = std::map<std::string, std::set<std::string>>;

// A folder may include itself and these.
const Allowed allowed = {
    {"base", {}},
    {"domain", {"base"}},
    {"observability", {"base"}},
    {"formats", {"base"}},
    {"config", {"base", "domain", "formats"}},
    {"mapping", {"base", "domain", "formats"}},
    {"mapping_review", {"base", "domain", "formats", "mapping"}},
    {"ledger", {"base", "domain", "formats"}},
    {"policy", {"base", "domain", "formats", "ledger"}},
    {"exchange", {"base", "domain", "formats", "ledger", "mapping", "mapping_review", "policy", "observability"}},
    {"storage", {"base", "domain", "formats", "ledger", "exchange", "observability"}},
    {"audit", {"base", "domain", "ledger", "storage"}},
    {"reporting", {"base", "domain", "formats", "ledger", "policy", "exchange", "audit", "config"}},
    {"api",
     {"base", "domain", "formats", "ledger", "mapping", "policy", "exchange", "audit", "config", "observability",
      "reporting"}},
    {"net", {"base", "domain", "formats", "api", "observability"}},
    {"verify", {"base", "domain", "formats", "ledger", "policy"}},
    {"adapters", {"base", "domain", "formats", "net", "api"}},  // net and api: the simulators' server
};

std::string folder_of(const std::string& path) {
  if (path.starts_with("adapters/")) return "adapters";
  const std::string prefix = "gateway/";
  if (!path.starts_with(prefix)) return {};
  const auto end = path.find('/', prefix.size());
  return end == std::string::npos ? std::string() : path.substr(prefix.size(), end - prefix.size());
}

std::vector<std::string> includes_of(const std::filesystem::path& file) {
  std::vector<std::string> paths;
  std::ifstream stream(file);
  for (std::string line; std::getline(stream, line);) {
    const std::string start = "#include \"";
    if (line.starts_with(start))
      paths.push_back(line.substr(start.size(), line.find('"', start.size()) - start.size()));
  }
  return paths;
}

std::set<std::string> included_folders(const std::filesystem::path& file) {
  std::set<std::string> folders;
  for (const auto& path : includes_of(file)) folders.insert(folder_of(path));
  return folders;
}

bool is_source(const std::filesystem::path& path) {
  return path.extension() == ".cpp" || path.extension() == ".hpp";
}

// Which folders' files each folder's files include, as whole paths.
Allowed included_by_folder(const std::string& root) {
  Allowed out;
  for (const auto& entry : std::filesystem::recursive_directory_iterator(root)) {
    if (!is_source(entry.path())) continue;
    auto& to = out[entry.path().parent_path().generic_string()];
    for (const auto& path : includes_of(entry.path()))
      if (path.starts_with(root + "/")) to.insert(std::filesystem::path(path).parent_path().generic_string());
  }
  return out;
}

// Everything that can be come to from there, without there itself unless a way leads back.
std::set<std::string> reached_from(const Allowed& arrows, const std::string& start) {
  std::set<std::string> seen;
  std::vector<std::string> open = {start};
  while (!open.empty()) {
    const auto from = open.back();
    open.pop_back();
    const auto at = arrows.find(from);
    if (at == arrows.end()) continue;
    for (const auto& to : at->second)
      if (to != from && seen.insert(to).second) open.push_back(to);
  }
  return seen;
}

TEST(Includes, point_one_way) {
  int checked = 0;
  for (const char* root : {"gateway", "adapters"}) {
    for (const auto& entry : std::filesystem::recursive_directory_iterator(root)) {
      if (!is_source(entry.path())) continue;
      const auto from = folder_of(entry.path().generic_string());
      const auto rule = allowed.find(from);
      if (rule == allowed.end()) continue;  // main, application and cli may include everything
      ++checked;
      for (const auto& to : included_folders(entry.path())) {
        if (to.empty() || to == from) continue;
        EXPECT_TRUE(rule->second.contains(to))
            << entry.path() << " includes " << to << "/, which " << from << "/ may not";
      }
    }
  }
  EXPECT_GT(checked, 50);
}

TEST(Includes, go_in_no_circle_between_folders_of_folders) {
  const auto arrows = included_by_folder("gateway");
  EXPECT_GT(arrows.size(), 30U);
  for (const auto& [folder, to] : arrows)
    EXPECT_FALSE(reached_from(arrows, folder).contains(folder)) << folder << " includes itself by way of others";
}

TEST(Includes, beast_and_asio_stay_in_net) {
  for (const auto& entry : std::filesystem::recursive_directory_iterator("gateway")) {
    if (!entry.is_regular_file() || folder_of(entry.path().generic_string()) == "net") continue;
    std::ifstream stream(entry.path());
    for (std::string line; std::getline(stream, line);)
      EXPECT_FALSE(line.starts_with("#include <boost/asio") || line.starts_with("#include <boost/beast"))
          << entry.path();
  }
}

}  // namespace
