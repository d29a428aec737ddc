#include "gateway/mapping/notation/path.hpp"

#include <fmt/format.h>
#include <utf8proc.h>

#include <algorithm>
#include <charconv>
#include <limits>

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
      spaces();
      const auto why = left_.empty() ? std::string("white space cannot end it")
                       : take('.')   ? name(path)
                       : take('[')   ? bracket(path)
                                     : fmt::format("'{}' cannot stand there", left_.front());
      if (!why.empty()) return why;
    }
    return {};
  }

  // RFC 9535 allows white space before a dot or bracket and inside brackets, nowhere else.
  void spaces() { left_.remove_prefix(std::min(left_.find_first_not_of(" \t\r\n"), left_.size())); }

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
    spaces();
    const bool is_name = !left_.empty() && (left_.front() == '\'' || left_.front() == '"');
    if (const auto why = is_name ? quoted(path) : index(path); !why.empty()) return why;
    spaces();
    if (take(']')) return {};
    return is_name ? "['...'] is not closed"
                   : "[ ] takes an index or a quoted name (filters and slices give more than one value)";
  }

  std::string quoted(Path& path) {
    const char quote = left_.front();
    left_.remove_prefix(1);
    std::string key;
    while (!left_.empty() && left_.front() != quote) {
      if (static_cast<unsigned char>(left_.front()) < 0x20) return "a control character in ['...'] must be escaped";
      if (take('\\')) {
        if (const auto why = escape(quote, key); !why.empty()) return why;
        continue;
      }
      key += left_.front();
      left_.remove_prefix(1);
    }
    if (!take(quote)) return "['...'] is not closed";
    path.steps.push_back({std::move(key), std::nullopt, false});
    return {};
  }

  std::string escape(char quote, std::string& key) {
    static constexpr std::string_view letters = "bfnrt/\\";
    static constexpr std::string_view meanings = "\b\f\n\r\t/\\";
    const char c = left_.empty() ? '\0' : left_.front();
    if (take('u')) return unicode_escape(key);
    const auto known = letters.find(c);
    if (c != quote && (c == '\0' || known == std::string_view::npos))
      return "in ['...'] the quote, \\ and the escapes of JSON may follow a backslash";
    key += c == quote ? quote : meanings[known];
    left_.remove_prefix(1);
    return {};
  }

  // \uXXXX, two of them for what lies beyond the basic plane.
  std::string unicode_escape(std::string& key) {
    auto point = hex_digits();
    if (point >= 0xD800 && point <= 0xDBFF && left_.starts_with("\\u")) {
      left_.remove_prefix(2);
      const auto low = hex_digits();
      point = low >= 0xDC00 && low <= 0xDFFF ? 0x10000 + ((point - 0xD800) << 10) + (low - 0xDC00) : -1;
    }
    if (point < 0 || (point >= 0xD800 && point <= 0xDFFF))
      return "\\u takes four hexadecimal digits, surrogates in pairs";
    utf8proc_uint8_t bytes[4];
    const auto size = utf8proc_encode_char(point, bytes);
    key.append(reinterpret_cast<const char*>(bytes), static_cast<std::size_t>(size));
    return {};
  }

  std::int32_t hex_digits() {
    std::int32_t value = -1;
    if (left_.size() < 4) return -1;
    const auto [end, error] = std::from_chars(left_.data(), left_.data() + 4, value, 16);
    if (error != std::errc{} || end != left_.data() + 4 || left_.front() == '-') return -1;
    left_.remove_prefix(4);
    return value;
  }

  std::string index(Path& path) {
    constexpr std::int64_t furthest = (std::int64_t{1} << 53) - 1;  // what every JSON reader can count exactly
    constexpr std::size_t most_digits = 16;
    const bool negative = take('-');
    const auto digits = std::min(left_.find_first_not_of("0123456789"), left_.size());
    if (digits == 0) return "[ ] takes an index or a quoted name (filters and slices give more than one value)";
    if (digits > 1 && left_.front() == '0') return "an index must not begin with 0";
    std::int64_t value = furthest + 1;
    if (digits <= most_digits) std::from_chars(left_.data(), left_.data() + digits, value);
    if (value > furthest) return "the index is too large";
    if (negative && value == 0) return "-0 is not an index";
    left_.remove_prefix(digits);
    // No array has so many elements, so far away is as good as further.
    const auto index = static_cast<int>(std::min<std::int64_t>(value, std::numeric_limits<int>::max()));
    path.steps.push_back({{}, negative ? -index : index, false});
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
