// `dropFolders` of gateway.yaml.
#include <fmt/format.h>

#include <algorithm>
#include <filesystem>
#include <set>

#include "gateway/base/groups.hpp"
#include "gateway/config/sections.hpp"
#include "gateway/formats/code_page.hpp"
#include "gateway/formats/xml_encoding.hpp"

namespace ketenpoort::config {
namespace {

namespace fs = std::filesystem;
using std::chrono::milliseconds;

// As names of metrics' tags and log lines are.
bool is_plain_name(std::string_view name) {
  const auto is_plain = [](char c) { return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-'; };
  return !name.empty() && name.size() <= 64 && name[0] >= 'a' && name[0] <= 'z' && std::ranges::all_of(name, is_plain);
}

DropFolderSettings::Files read_files(Section files) {
  DropFolderSettings::Files read;
  read.pattern = files.text("pattern");
  if (read.pattern.find('/') != std::string::npos)
    files.complain("pattern", "`pattern` is of a file's name, as in \"*.csv\": no folders");
  read.format = files.one_of("format", {"json", "ndjson", "xml", "csv", "fixed"});
  read.mapping = files.text("mapping", Need::optional);
  read.encoding = files.text("encoding", Need::optional);
  const bool is_ours = read.format == "json" || read.format == "ndjson";
  if (!read.encoding.empty() && is_ours) files.complain("encoding", "JSON comes in UTF-8 only: take it away");
  const bool is_xml = read.format == "xml";
  const bool is_known =
      is_xml ? formats::check_xml_charset(read.encoding).has_value() : formats::find_charset(read.encoding).has_value();
  if (!read.encoding.empty() && !is_known)
    files.complain("encoding", is_xml ? "`encoding` must be utf-8, windows-1252, iso-8859-15 or utf-16"
                                      : "`encoding` must be utf-8, windows-1252, iso-8859-15 or cp850");
  if (is_ours && !read.mapping.empty()) files.complain("mapping", "records in JSON need no mapping: take it away");
  return read;
}

std::chrono::seconds read_keep(Section& folder, std::string_view key, std::chrono::seconds fallback) {
  return std::chrono::duration_cast<std::chrono::seconds>(folder.duration(key, fallback));
}

DropFolderSettings read_drop_folder(Section folder) {
  DropFolderSettings read;
  read.name = folder.text("name");
  if (!read.name.empty() && !is_plain_name(read.name))
    folder.complain("name", "`name` must be a small letter, then small letters, digits or '-', 64 at most");
  read.folder = folder.path("folder");
  read.client = folder.text("client");
  for (auto& files : folder.sections("files")) read.files.push_back(read_files(std::move(files)));
  if (read.files.empty()) folder.complain("files", "`files` must say how which files are read: pattern and format");
  read.poll = folder.duration("poll", read.poll);
  if (read.poll < milliseconds{100} || read.poll > std::chrono::hours{1})
    folder.complain("poll", "`poll` must be from 100ms to 1h");
  read.settle = folder.duration("settle", read.settle);
  if (read.settle > std::chrono::hours{24}) folder.complain("settle", "`settle` must be at most 24h");
  read.keep = read_keep(folder, "keep", read.keep);
  read.keep_failed = read_keep(folder, "keepFailed", read.keep_failed);
  if (read.keep_failed < std::chrono::days{1})
    folder.complain("keepFailed", "`keepFailed` must be at least 1d: somebody has to look at what failed");
  if (const auto group = folder.text("resultGroup", Need::optional); !group.empty()) {
    read.result_group = find_group(group);
    if (!read.result_group)
      folder.complain("resultGroup",
                      fmt::format("`resultGroup`: this machine has no group {}; name one that the user of the writing "
                                  "system is in, or make it (groupadd)",
                                  group));
  }
  return read;
}

// The same for one folder however it is written, and whichever links lead to it; also for one that is not there yet.
fs::path make_plain(const fs::path& folder) {
  std::error_code error;
  auto plain = fs::weakly_canonical(fs::absolute(folder, error), error);
  if (error) plain = folder.lexically_normal();
  return plain.has_filename() ? plain : plain.parent_path();
}

bool is_within(const fs::path& inner, const fs::path& outer) {
  return std::ranges::mismatch(outer, inner).in1 == outer.end();
}

// Where files of two meet, one takes the other's.
void check_place(Section& gateway, const DropFolderSettings& one, const std::vector<DropFolderSettings>& others,
                 const fs::path& state) {
  if (one.folder.empty()) return;
  const auto place = make_plain(one.folder);
  const auto meets = [&](const fs::path& other) { return is_within(place, other) || is_within(other, place); };
  for (const auto& other : others) {
    if (other.folder.empty()) continue;
    const auto taken = make_plain(other.folder);
    if (taken == place)
      gateway.complain("dropFolders", fmt::format("`{}` watches a folder that `{}` watches too: give each its own",
                                                  one.name, other.name));
    else if (meets(taken))
      gateway.complain(
          "dropFolders",
          fmt::format("the folders of `{}` and `{}` lie one within the other: put them apart", one.name, other.name));
  }
  if (!state.empty() && meets(make_plain(state)))
    gateway.complain("dropFolders",
                     fmt::format("the folder of `{}` and `state` lie one within the other: put them apart", one.name));
}

}  // namespace

std::vector<DropFolderSettings> read_drop_folders(Section& gateway, const fs::path& state) {
  std::vector<DropFolderSettings> read;
  std::set<std::string> names;
  if (!gateway.has("dropFolders")) return read;
  for (auto& section : gateway.sections("dropFolders")) {
    auto one = read_drop_folder(std::move(section));
    if (!names.insert(one.name).second)
      gateway.complain("dropFolders",
                       fmt::format("two drop folders are called `{}`: give each its own name", one.name));
    check_place(gateway, one, read, state);
    read.push_back(std::move(one));
  }
  return read;
}

}  // namespace ketenpoort::config
