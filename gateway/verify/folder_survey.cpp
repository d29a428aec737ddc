#include "gateway/verify/folder_survey.hpp"

#include <algorithm>
#include <charconv>
#include <optional>
#include <system_error>

#include "gateway/ledger/tree/segments.hpp"
#include "gateway/ledger/tree/tiles.hpp"

namespace ketenpoort::verify {
namespace {

namespace fs = std::filesystem;

std::optional<std::uint64_t> parse_number(std::string_view text) {
  std::uint64_t number = 0;
  const auto [end, fault] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (fault != std::errc{} || end != text.data() + text.size()) return std::nullopt;
  return number;
}

std::vector<std::string> split_path(const std::string& path) {
  std::vector<std::string> parts;
  for (const auto& part : fs::path(path)) parts.push_back(part.string());
  return parts;
}

constexpr unsigned highest_level = 7;
// In a path: tile, level, and groups of three digits, five at most (parse_tile_path).
constexpr std::size_t place_of_last_group = 6;

// A folder that a tile may stand in, whether or not one does: tile, tile/0, tile/0/x001, tile/0/x001/234.p.
bool is_tile_folder(const std::string& path) {
  const auto parts = split_path(path);
  for (std::size_t i = 1; i < parts.size(); ++i) {
    const bool last = i + 1 == parts.size();
    std::string_view part = parts[i];
    if (i == 1) {
      if (part.size() != 1 || part[0] < '0' || part[0] > '7') return false;
      continue;
    }
    const bool is_group = part.size() == 4 && part.starts_with('x') && i < place_of_last_group;
    const bool is_partial = part.size() == 5 && part.ends_with(".p") && last && i <= place_of_last_group;
    part = is_group ? part.substr(1) : part.substr(0, 3);
    if ((!is_group && !is_partial) || part.find_first_not_of("0123456789") != std::string_view::npos) return false;
  }
  return true;
}

tl::unexpected<Flaw> stray(const std::string& path) {
  return flawed(path, "files", "does not belong in a ledger folder");
}

Checked<void> survey_tile(const std::string& path, Survey& survey) {
  const auto name = ledger::parse_tile_path(path);
  if (!name || !name->level || *name->level > highest_level) return stray(path);
  auto& extent = survey.tiles[*name->level];
  const auto hashes = name->index * ledger::tile_width + name->width;
  if (hashes > extent.hashes) extent = {hashes, path};
  return {};
}

// Calls `look` with the path, relative to the ledger folder, of everything beneath one of its folders.
template <class Look>
Checked<void> walk(const fs::path& ledger, const std::string& folder, Look look) {
  std::error_code fault;
  fs::recursive_directory_iterator at(ledger / folder, fault);
  if (fault == std::errc::no_such_file_or_directory) return {};  // an empty log may lack it
  for (; !fault && at != fs::recursive_directory_iterator(); at.increment(fault)) {
    const auto path = at->path().lexically_relative(ledger).string();
    if (auto seen = look(*at, path); !seen) return seen;
  }
  // A folder of outgrown partial tiles may go while we look: the gateway runs on.
  if (fault && fault != std::errc::no_such_file_or_directory)
    return unreadable(folder, "cannot be listed: " + fault.message());
  return {};
}

Checked<void> survey_segments(const fs::path& ledger, Survey& survey) {
  std::map<std::string, std::uint64_t> sizes;
  auto walked = walk(ledger, "segments", [&](const fs::directory_entry& at, const std::string& path) -> Checked<void> {
    if (at.is_symlink() || !at.is_regular_file()) return stray(path);
    sizes[path] = at.file_size();
    return {};
  });
  if (!walked) return walked;
  for (const auto& [path, size] : sizes) {
    const auto first = parse_number(std::string_view(path).substr(path.rfind('/') + 1));
    if (!first || ledger::segment_path(*first) != path) return stray(path);
  }
  for (const auto& [path, size] : sizes) {
    const auto expected = ledger::segment_path(survey.segment_sizes.size() * ledger::segment_entries);
    if (path != expected) return flawed(expected, "segments", "is missing");
    survey.segment_sizes.push_back(size);
  }
  return {};
}

}  // namespace

Checked<Survey> survey_folder(const fs::path& ledger) {
  std::error_code fault;
  for (fs::directory_iterator at(ledger, fault), end; !fault && at != end; at.increment(fault)) {
    const auto name = at->path().filename().string();
    const bool is_folder = !at->is_symlink() && at->is_directory();
    const bool is_checkpoint = name == "checkpoint" || name == "checkpoint.cosigned";
    if (is_checkpoint && at->is_regular_file() && !at->is_symlink()) continue;
    if ((name != "tile" && name != "segments") || !is_folder) return stray(name);
  }
  if (fault) return unreadable(ledger.string(), "cannot be listed: " + fault.message());
  Survey survey;
  auto tiles = walk(ledger, "tile", [&](const fs::directory_entry& at, const std::string& path) -> Checked<void> {
    if (at.is_symlink()) return stray(path);
    if (at.is_directory()) return is_tile_folder(path) ? Checked<void>{} : stray(path);
    if (!at.is_regular_file()) return stray(path);
    return survey_tile(path, survey);
  });
  if (!tiles) return tl::make_unexpected(tiles.error());
  if (auto segments = survey_segments(ledger, survey); !segments) return tl::make_unexpected(segments.error());
  return survey;
}

}  // namespace ketenpoort::verify
