#include "gateway/formats/json_place.hpp"

#include <algorithm>
#include <charconv>
#include <optional>

#include "gateway/formats/json_events.hpp"

namespace ketenpoort::formats {
namespace {

// Walks over text that is known to be JSON.
class Walk {
 public:
  explicit Walk(std::string_view text) : text_(text) { space(); }

  [[nodiscard]] std::size_t at() const { return at_; }
  [[nodiscard]] bool ended() const { return at_ >= text_.size(); }

  // Into the object or array that stands here; false: it is none, or an empty one.
  bool enter(char bracket) {
    if (ended() || text_[at_] != bracket) return false;
    step();
    return !ended() && text_[at_] != '}' && text_[at_] != ']';
  }
  // A property's name as it is written, without its quotes; afterwards its value stands here.
  std::string_view name() {
    const auto from = at_ + 1;
    value();
    const auto written = at_ > from ? text_.substr(from, at_ - from - 1) : std::string_view();
    space();
    step();  // the colon
    return written;
  }
  // Over a value and on to the next one of the same object or array; false: there is none.
  bool next() {
    value();
    space();
    if (ended() || text_[at_] != ',') return false;
    step();
    return true;
  }

 private:
  void space() { at_ = std::min(text_.find_first_not_of(" \t\r\n", at_), text_.size()); }
  void step() {
    at_ = std::min(at_ + 1, text_.size());
    space();
  }
  void string() {
    for (++at_; !ended() && text_[at_] != '"'; ++at_)
      if (text_[at_] == '\\') ++at_;
    at_ = std::min(at_ + 1, text_.size());
  }
  void value() {
    std::size_t depth = 0;
    do {
      if (ended()) return;
      const auto c = text_[at_];
      if (c == '"') {
        string();
        continue;
      }
      if (c == '{' || c == '[') ++depth;
      if (c == '}' || c == ']') --depth;
      at_ =
          depth > 0 || c == '}' || c == ']' ? at_ + 1 : std::min(text_.find_first_of(",]} \t\r\n", at_), text_.size());
    } while (depth > 0);
  }

  std::string_view text_;
  std::size_t at_ = 0;
};

// The first step of a path, which loses it: "birth" of "birth.date", "[0]" of "[0].reason".
std::string_view take_step(std::string_view& path) {
  const auto end = std::min(path.find_first_of(".[", 1), path.size());
  const auto step = path.substr(0, end);
  path.remove_prefix(end);
  if (path.starts_with('.')) path.remove_prefix(1);
  return step;
}

// Where the property's name begins; the walk goes on at its value.
std::optional<std::size_t> enter_property(Walk& walk, std::string_view name) {
  if (!walk.enter('{')) return std::nullopt;
  do {
    const auto at = walk.at();
    if (walk.name() == name) return at;
  } while (walk.next());
  return std::nullopt;
}

std::optional<std::size_t> enter_element(Walk& walk, std::string_view index) {
  std::size_t count = 0;
  const auto [end, fault] = std::from_chars(index.data() + 1, index.data() + index.size(), count);
  if (fault != std::errc{} || !walk.enter('[')) return std::nullopt;
  for (; count > 0; --count)
    if (!walk.next()) return std::nullopt;
  return walk.at();
}

}  // namespace

std::string json_place(std::string_view text, std::string_view path) {
  Walk walk(text);
  auto place = walk.at();
  while (!path.empty() && path != "$") {
    const auto step = take_step(path);
    const auto found = step.starts_with('[') ? enter_element(walk, step) : enter_property(walk, step);
    if (!found) break;
    place = *found;
  }
  return line_and_column(text, place);
}

}  // namespace ketenpoort::formats
