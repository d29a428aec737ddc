#include "gateway/mapping/path.hpp"

#include <fmt/format.h>

namespace ketenpoort::mapping {
namespace {

constexpr std::size_t longest = 500;

bool begins_name(char c) {
  const auto u = static_cast<unsigned char>(c);
  return (u | 0x20) - 'a' < 26U || u == '_' || u >= 0x80;
}
bool continues_name(char c) {
  return begins_name(c) || (c >= '0' && c <= '9');
}

class Reader {
 public:
  Reader(std::string_view text, bool allow_every) : left_(text), allow_every_(allow_every) {}

  // The reason it cannot be read; empty when it can.
  std::string read(Path& path) { return is_xml() ? read_xml(path) : read_json(path); }

 private:
  // A quoted name may hold anything, so it is none of XML's.
  [[nodiscard]] bool is_xml() const {
    if (left_.find_first_of("'\"") != std::string_view::npos) return false;
    return left_.find_first_of("/:") != std::string_view::npos || left_ == "#text" ||
           (left_.size() > 1 && left_[0] == '@' && begins_name(left_[1]));
  }

  std::string read_xml(Path& path) {
    path.xml = true;
    path.absolute = take('/');
    while (true) {
      if (const auto why = xml_step(path); !why.empty()) return why;
      if (left_.empty()) return {};
      if (!take('/')) return fmt::format("'{}' cannot stand there", left_.front());
    }
  }

  std::string xml_step(Path& path) {
    if (left_.starts_with("#text")) {
      left_.remove_prefix(5);
      path.steps.push_back({"#text", std::nullopt, false});
      return left_.empty() ? std::string{} : std::string("#text is the end of a path");
    }
    std::string key;
    const bool attribute = take('@');
    if (attribute) key = "@";
    for (int part = 0;; ++part) {
      if (left_.empty() || !begins_name(left_.front())) return "an element or attribute must begin with a letter or _";
      while (!left_.empty() && (continues_name(left_.front()) || left_.front() == '-')) {
        key += left_.front();
        left_.remove_prefix(1);
      }
      if (part == 1 || !take(':')) break;
      key += ':';
    }
    path.steps.push_back({std::move(key), std::nullopt, false});
    if (attribute) return left_.empty() ? std::string{} : std::string("an attribute is the end of a path");
    return take('[') ? bracket(path) : std::string{};
  }

  std::string read_json(Path& path) {
    if (left_ == "@") return {};
    if (take('$')) {
      path.absolute = true;
      if (left_.empty()) return {};
    } else if (!left_.empty() && left_.front() != '[') {
      if (const auto why = name(path); !why.empty()) return why;
    }
    if (path.steps.empty() && left_.empty() && !path.absolute) return "it is empty";
    while (!left_.empty()) {
      const auto why = take('.')   ? name(path)
                       : take('[') ? bracket(path)
                                   : fmt::format("'{}' cannot stand there", left_.front());
      if (!why.empty()) return why;
    }
    return {};
  }

  bool take(char c) {
    if (left_.empty() || left_.front() != c) return false;
    left_.remove_prefix(1);
    return true;
  }

  std::string name(Path& path) {
    if (left_.empty() || !begins_name(left_.front()))
      return "a name must begin with a letter or _; write other names as ['name']";
    std::size_t size = 1;
    while (size < left_.size() && continues_name(left_[size])) ++size;
    path.steps.push_back({std::string(left_.substr(0, size)), std::nullopt, false});
    left_.remove_prefix(size);
    return {};
  }

  std::string bracket(Path& path) {
    if (take(']')) {
      if (!allow_every_) return "[] stands for every element, which one value cannot be; use for_each or pick";
      path.steps.push_back({{}, std::nullopt, true});
      return {};
    }
    if (!left_.empty() && (left_.front() == '\'' || left_.front() == '"')) return quoted(path);
    return index(path);
  }

  std::string quoted(Path& path) {
    const char quote = left_.front();
    left_.remove_prefix(1);
    std::string key;
    while (!left_.empty() && left_.front() != quote) {
      if (take('\\') && (left_.empty() || (left_.front() != quote && left_.front() != '\\')))
        return "only the quote and \\ may be escaped in ['...']";
      key += left_.front();
      left_.remove_prefix(1);
    }
    if (!take(quote) || !take(']')) return "['...'] is not closed";
    path.steps.push_back({std::move(key), std::nullopt, false});
    return {};
  }

  std::string index(Path& path) {
    const bool negative = take('-');
    int value = 0;
    std::size_t digits = 0;
    while (!left_.empty() && left_.front() >= '0' && left_.front() <= '9' && digits < 7) {
      if (digits == 1 && value == 0) return "an index must not begin with 0";
      value = value * 10 + (left_.front() - '0');
      left_.remove_prefix(1);
      ++digits;
    }
    if (digits == 0 || !take(']'))
      return "[ ] takes an index or a quoted name (filters and slices give more than one value)";
    if (negative && value == 0) return "-0 is not an index";
    path.steps.push_back({{}, negative ? -value : value, false});
    return {};
  }

  std::string_view left_;
  bool allow_every_;
};

}  // namespace

Result<Path> parse_path(std::string_view text, bool allow_every) {
  Path path;
  path.text = std::string(text);
  if (text.size() > longest) return fail(ErrorCode::config, "the path is too long");
  if (const auto why = Reader(text, allow_every).read(path); !why.empty())
    return fail(ErrorCode::config, fmt::format("{} is not a path: {}", text.empty() ? "\"\"" : text, why));
  return path;
}

}  // namespace ketenpoort::mapping
