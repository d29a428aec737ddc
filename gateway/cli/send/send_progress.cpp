#include "gateway/cli/send/send_progress.hpp"

#include <fmt/format.h>

#include <charconv>
#include <iterator>

#include "gateway/base/files.hpp"
#include "gateway/formats/json.hpp"

namespace ketenpoort::cli {
namespace {

namespace fs = std::filesystem;

fs::path path_beside(const fs::path& file) {
  auto path = file;
  path += ".ketenpoort-progress";
  return path;
}

// Takes a number off the front.
std::optional<std::size_t> take_number(std::string_view& text) {
  std::size_t number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc()) return std::nullopt;
  text.remove_prefix(static_cast<std::size_t>(end - text.data()));
  return number;
}

bool take(std::string_view& text, char wanted) {
  if (text.empty() || text.front() != wanted) return false;
  text.remove_prefix(1);
  return true;
}

}  // namespace

std::optional<LineSet> LineSet::parse(std::string_view text) {
  LineSet set;
  std::size_t previous = 0;
  while (!text.empty()) {
    if (previous != 0 && !take(text, ',')) return std::nullopt;
    const auto first = take_number(text);
    const auto last = take(text, '-') ? take_number(text) : first;
    if (!first || !last || *first <= previous || *last < *first) return std::nullopt;
    set.ranges_.emplace(*first, *last);
    set.size_ += *last - *first + 1;
    previous = *last + 1;  // what touches would have been one range
  }
  return set;
}

std::string LineSet::text() const {
  std::string out;
  for (const auto& [first, last] : ranges_) {
    if (!out.empty()) out += ',';
    out += first == last ? fmt::format("{}", first) : fmt::format("{}-{}", first, last);
  }
  return out;
}

void LineSet::add(std::size_t line) {
  if (contains(line)) return;
  ++size_;
  const auto after = ranges_.upper_bound(line);
  const bool joins_after = after != ranges_.end() && after->first == line + 1;
  const std::size_t last = joins_after ? after->second : line;
  if (after != ranges_.begin() && std::prev(after)->second + 1 == line)
    std::prev(after)->second = last;
  else
    ranges_.emplace_hint(after, line, last);
  if (joins_after) ranges_.erase(after);
}

bool LineSet::contains(std::size_t line) const {
  const auto after = ranges_.upper_bound(line);
  return after != ranges_.begin() && std::prev(after)->second >= line;
}

SendProgress SendProgress::fresh(const fs::path& file, const Digest& content, std::string gateway) {
  return {path_beside(file), content, std::move(gateway)};
}

SendProgress SendProgress::open(const fs::path& file, const Digest& content, std::string gateway) {
  auto progress = fresh(file, content, std::move(gateway));
  const auto text = read_file(progress.path_);
  if (!text) return progress;
  const auto json = formats::parse_json(*text);
  if (!json) return progress;
  const auto root = json->root();
  const bool is_ours =
      root.find("sha256").as_string() == to_hex(content) && root.find("gateway").as_string() == progress.gateway_;
  if (!is_ours) return progress;
  if (auto done = LineSet::parse(root.find("done").as_string().value_or(""))) progress.done_ = std::move(*done);
  return progress;
}

Status SendProgress::save() const {
  std::string text;
  formats::JsonWriter(text)
      .begin_object()
      .member("sha256", to_hex(content_))
      .member("gateway", gateway_)
      .member("done", done_.text())
      .end_object();
  return replace_file(path_, text + "\n");
}

void SendProgress::remove() const {
  std::error_code ignored;
  fs::remove(path_, ignored);
}

}  // namespace ketenpoort::cli
