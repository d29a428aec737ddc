#include "gateway/ledger/entry/canonical.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cassert>
#include <charconv>
#include <cmath>
#include <stdexcept>

#include "gateway/base/append.hpp"
#include "gateway/base/utf8.hpp"
#include "gateway/formats/json.hpp"
#include "gateway/ledger/entry/scan.hpp"

namespace ketenpoort::ledger {
namespace {

constexpr int deepest = 32;

bool is_plain_ascii(std::string_view text) {
  return plain_length<Plain::ascii>(text.data(), text.size()) == text.size();
}

// ECMA-262 Number::toString, which RFC 8785 section 3.2.2.3 prescribes: the shortest digits that read back the same,
// written plainly from 1e-6 up to 1e21 and with an exponent outside.
void append_number(std::string& out, double value) {
  if (value == 0) {
    out += '0';  // minus zero too
    return;
  }
  if (value < 0) out += '-';
  std::array<char, 32> buffer;
  const auto end =
      std::to_chars(buffer.data(), buffer.data() + buffer.size(), std::fabs(value), std::chars_format::scientific).ptr;
  const std::string_view shortest(buffer.data(), static_cast<std::size_t>(end - buffer.data()));
  const auto e = shortest.find('e');
  std::string digits;
  std::copy_if(shortest.begin(), shortest.begin() + static_cast<std::ptrdiff_t>(e), std::back_inserter(digits),
               [](char c) { return c != '.'; });
  int exponent = 0;
  const auto* from = shortest.data() + e + (shortest[e + 1] == '+' ? 2 : 1);
  std::from_chars(from, shortest.data() + shortest.size(), exponent);

  const int count = static_cast<int>(digits.size());
  const int point = exponent + 1;  // how many digits stand before the decimal point
  if (point > 21 || point < -5) {
    out += digits[0];
    if (count > 1) out.append(".").append(digits, 1);
    out += fmt::format("e{:+}", exponent);
  } else if (point <= 0) {
    out.append("0.").append(static_cast<std::size_t>(-point), '0').append(digits);
  } else if (count <= point) {
    out.append(digits).append(static_cast<std::size_t>(point - count), '0');
  } else {
    out.append(digits, 0, static_cast<std::size_t>(point)).append(".").append(digits, static_cast<std::size_t>(point));
  }
}

Status append_value(std::string& out, const formats::JsonView& value);

Status append_number_text(std::string& out, const formats::JsonView& value) {
  const auto text = *value.as_number();
  double number = 0;
  const auto [ptr, fault] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (fault == std::errc::result_out_of_range && std::fabs(number) < 1) {
    number = 0;  // too small for a double reads as zero, as in ECMAScript
  } else if (fault != std::errc{} || ptr != text.data() + text.size()) {
    return fail(ErrorCode::malformed, "a number is beyond the range of a double",
                {{ErrorCode::malformed, value.where(), "number out of range"}});
  }
  append_number(out, number);
  return {};
}

Status append_object(std::string& out, const formats::JsonView& object) {
  std::vector<formats::JsonMembers::Member> members;
  for (const auto member : object.members()) members.push_back(member);
  std::sort(members.begin(), members.end(), [](const auto& a, const auto& b) { return key_less(a.key, b.key); });
  out += '{';
  for (const auto& member : members) {
    if (out.back() != '{') out += ',';
    append_canonical_string(out, member.key);
    out += ':';
    if (auto done = append_value(out, member.value); !done) return done;
  }
  out += '}';
  return {};
}

Status append_array(std::string& out, const formats::JsonView& array) {
  out += '[';
  bool first = true;
  for (const auto element : array.elements()) {
    if (!first) out += ',';
    first = false;
    if (auto done = append_value(out, element); !done) return done;
  }
  out += ']';
  return {};
}

Status append_value(std::string& out, const formats::JsonView& value) {
  using formats::JsonKind;
  switch (value.kind()) {
    case JsonKind::object:
      return append_object(out, value);
    case JsonKind::array:
      return append_array(out, value);
    case JsonKind::number:
      return append_number_text(out, value);
    case JsonKind::string:
      append_canonical_string(out, *value.as_string());
      return {};
    case JsonKind::boolean:
      out += *value.as_bool() ? "true" : "false";
      return {};
    case JsonKind::null:
    case JsonKind::absent:
      out += "null";
      return {};
  }
  return {};
}

// No early exit: the compiler turns this into a few vector instructions, and nearly every entry is ASCII.
bool is_ascii(std::string_view text) {
  unsigned char bits = 0;
  for (const char c : text) bits = static_cast<unsigned char>(bits | static_cast<unsigned char>(c));
  return bits < 0x80;
}

}  // namespace

bool key_less(std::string_view a, std::string_view b) {
  const auto [at, other] = std::mismatch(a.begin(), a.end(), b.begin(), b.end());
  if (other == b.end()) return false;
  if (at == a.end()) return true;
  const auto left = static_cast<unsigned char>(*at);
  const auto right = static_cast<unsigned char>(*other);
  // A lead byte from 0xF0 on is a surrogate pair in UTF-16 (0xD800...), which sorts before U+E000..U+FFFF (lead 0xEE,
  // 0xEF).
  const bool left_high = left >= 0xEE;
  const bool right_high = right >= 0xEE;
  if (left_high && right_high && (left >= 0xF0) != (right >= 0xF0)) return left >= 0xF0;
  return left < right;
}

void append_canonical_string(std::string& out, std::string_view text) {
  out += '"';
  formats::append_escaped(out, text);
  out += '"';
}

void append_text(std::string& out, std::string_view text) {
  if (is_plain_ascii(text)) return append_plain(out, text);
  if (is_surely_nfc(text)) return append_canonical_string(out, text);
  const auto composed = to_nfc(text);
  if (!composed) throw std::invalid_argument("text for the ledger is not UTF-8");
  append_canonical_string(out, *composed);
}

void append_integer(std::string& out, std::int64_t value) {
  if (value > largest_integer || value < -largest_integer)
    throw std::out_of_range("an integer for the ledger is beyond 2^53 - 1");
  const fmt::format_int text(value);
  out.append(text.data(), text.size());
}

void append_plain(std::string& out, std::string_view text) {
  const auto at = out.size();
  out.resize(at + text.size() + 2);
  out[at] = '"';
  std::copy(text.begin(), text.end(), out.begin() + static_cast<std::ptrdiff_t>(at) + 1);
  out.back() = '"';
}

void append_hex_string(std::string& out, ByteView bytes) {
  out += '"';
  append_hex(out, bytes);
  out += '"';
}

void append_uuid_string(std::string& out, const Uuid& id) {
  out += '"';
  append_uuid(out, id);
  out += '"';
}

void append_time(std::string& out, Timestamp time) {
  out += '"';
  append_rfc3339(out, time);
  out += '"';
}

void append_date(std::string& out, Date date) {
  out += '"';
  append_iso(out, date);
  out += '"';
}

std::string& ObjectWriter::value_of(std::string_view key) {
#ifndef NDEBUG
  assert((is_empty_ || key_less(last_key_, key)) && "keys of a canonical object come in ascending order");
  last_key_ = key;
#endif
  if (!is_empty_) out_ += ',';
  is_empty_ = false;
  if (is_plain_ascii(key))
    append_plain(out_, key);
  else
    append_canonical_string(out_, key);
  out_ += ':';
  return out_;
}

ObjectWriter& ObjectWriter::string(std::string_view key, std::string_view value) {
  append_text(value_of(key), value);
  return *this;
}

ObjectWriter& ObjectWriter::string_unless_empty(std::string_view key, std::string_view value) {
  return value.empty() ? *this : string(key, value);
}

ObjectWriter& ObjectWriter::integer(std::string_view key, std::int64_t value) {
  append_integer(value_of(key), value);
  return *this;
}

ObjectWriter& ObjectWriter::boolean(std::string_view key, bool value) {
  return json(key, value ? "true" : "false");
}
ObjectWriter& ObjectWriter::null(std::string_view key) {
  return json(key, "null");
}

ObjectWriter& ObjectWriter::json(std::string_view key, std::string_view canonical) {
  value_of(key) += canonical;
  return *this;
}

ObjectWriter& ObjectWriter::strings(std::string_view key, std::span<const std::string> values) {
  append_list(value_of(key), values, append_text);
  return *this;
}

ObjectWriter& ObjectWriter::integers(std::string_view key, std::span<const std::uint64_t> values) {
  append_list(value_of(key), values,
              [](std::string& out, std::uint64_t value) { append_integer(out, static_cast<std::int64_t>(value)); });
  return *this;
}

std::string ObjectWriter::take() {
  close();
  return std::move(own_);
}

Result<std::string> canonicalise(std::string_view json) {
  const auto document = formats::parse_json(json, {.bytes = std::size_t{64} << 20, .depth = 128, .nodes = 1U << 24});
  if (!document) return fail(document.error());
  std::string out;
  out.reserve(json.size());
  if (auto done = append_value(out, document->root()); !done) return fail(done.error());
  return out;
}

bool is_canonical(std::string_view json) {
  const auto canonical = canonicalise(json);
  return canonical && *canonical == json;
}

std::string Value::text() const {
  const auto from = encoded();
  std::string out;
  out.reserve(from.size());
  for (std::size_t i = 0; i < from.size(); ++i) {
    if (from[i] != '\\') {
      out += from[i];
      continue;
    }
    switch (const char c = from[++i]) {
      case 'b':
        out += '\b';
        break;
      case 't':
        out += '\t';
        break;
      case 'n':
        out += '\n';
        break;
      case 'f':
        out += '\f';
        break;
      case 'r':
        out += '\r';
        break;
      case 'u': {
        int code = 0;
        std::from_chars(from.data() + i + 1, from.data() + i + 5, code, 16);
        out += static_cast<char>(code);
        i += 4;
        break;
      }
      default:
        out += c;
    }
  }
  return out;
}

Value Value::find(std::string_view key) const {
  if (!is(Kind::object)) return {};
  for (const auto [name, value] : members())
    if (name.encoded() == key) return value;
  return {};
}

// Reads one document into the flat list of nodes. Every function leaves `at_` behind what it read.
class Document::Scanner {
 public:
  Scanner(std::string_view text, std::vector<Value::Node>& nodes) : text_(text), nodes_(nodes) {}

  Status read() {
    const bool whole = value(0) && (at_ == text_.size() || stop("something follows the document"));
    return whole ? Status{} : fault();
  }

 private:
  [[nodiscard]] char peek() const { return at_ < text_.size() ? text_[at_] : '\0'; }
  bool take(char c) {
    if (peek() != c || at_ >= text_.size()) return false;
    ++at_;
    return true;
  }
  bool stop(const char* what) {
    if (what_ == nullptr) what_ = what;
    return false;
  }
  [[nodiscard]] Status fault() const {
    return fail(ErrorCode::malformed, fmt::format("not a canonical document at byte {}: {}", at_, what_));
  }

  std::uint32_t open(Value::Kind kind) {
    nodes_.push_back({.begin = static_cast<std::uint32_t>(at_), .kind = kind});
    return static_cast<std::uint32_t>(nodes_.size() - 1);
  }
  bool close(std::uint32_t node) {
    nodes_[node].length = static_cast<std::uint32_t>(at_ - nodes_[node].begin);
    nodes_[node].next = static_cast<std::uint32_t>(nodes_.size());
    return true;
  }

  bool value(int depth) {
    if (depth > deepest) return stop("nested too deeply");
    switch (peek()) {
      case '{':
        return object(depth);
      case '[':
        return array(depth);
      case '"':
        return string();
      case 't':
        return word("true", Value::Kind::boolean, 1);
      case 'f':
        return word("false", Value::Kind::boolean, 0);
      case 'n':
        return word("null", Value::Kind::null, 0);
      default:
        return integer();
    }
  }

  bool object(int depth) {
    const auto node = open(Value::Kind::object);
    ++at_;
    std::string_view last;
    if (take('}')) return close(node);
    do {
      const auto begin = nodes_.size();
      if (peek() != '"') return stop("a key is expected");
      if (!string()) return false;
      const std::string_view name(text_.data() + nodes_[begin].begin + 1, nodes_[begin].length - 2U);
      if (nodes_[node].size > 0 && !precedes(last, name)) return stop("keys are not in ascending order");
      last = name;
      if (!take(':')) return stop("':' is expected");
      if (!value(depth + 1)) return false;
      ++nodes_[node].size;
    } while (take(','));
    return take('}') ? close(node) : stop("',' or '}' is expected");
  }

  // Escapes change the order of keys; they are so rare that such keys are unescaped first.
  static bool precedes(std::string_view a, std::string_view b) {
    if (a.find('\\') == std::string_view::npos && b.find('\\') == std::string_view::npos) return key_less(a, b);
    return key_less(unescaped(a), unescaped(b));
  }
  static std::string unescaped(std::string_view encoded) {
    const std::string quoted = '"' + std::string(encoded) + '"';
    const Value::Node node{.length = static_cast<std::uint32_t>(quoted.size()), .kind = Value::Kind::string};
    return Value(&node, quoted.data(), 0).text();
  }

  bool array(int depth) {
    const auto node = open(Value::Kind::array);
    ++at_;
    if (take(']')) return close(node);
    do {
      if (!value(depth + 1)) return false;
      ++nodes_[node].size;
    } while (take(','));
    return take(']') ? close(node) : stop("',' or ']' is expected");
  }

  bool string() {
    const auto node = open(Value::Kind::string);
    ++at_;
    while (true) {
      at_ += plain_length<Plain::utf8>(text_.data() + at_, text_.size() - at_);
      if (take('"')) return close(node);
      if (peek() != '\\') return stop("a string has no end or holds a control character");
      if (!escape()) return stop("an escape is not the one RFC 8785 prescribes");
    }
  }

  bool escape() {
    constexpr std::string_view shorthands = "\"\\btnfr";
    if (at_ + 1 >= text_.size()) return false;
    const char c = text_[at_ + 1];
    if (shorthands.find(c) != std::string_view::npos) {
      at_ += 2;
      return true;
    }
    // \u00xx for the other control characters, in lower case; NUL is no character of ours.
    const auto hex = text_.substr(at_, 6);
    if (hex.size() != 6 || hex.substr(0, 4) != "\\u00" || (hex[4] != '0' && hex[4] != '1')) return false;
    const bool digit = hex[5] >= '0' && hex[5] <= '9';
    const bool letter = hex[5] >= 'a' && hex[5] <= 'f';
    const std::string_view shorter = "089acd";  // NUL, and those with a two-letter form
    if ((!digit && !letter) || (hex[4] == '0' && hex[5] != 'b' && shorter.find(hex[5]) != std::string_view::npos))
      return false;
    at_ += 6;
    return true;
  }

  bool word(std::string_view word, Value::Kind kind, std::int64_t meaning) {
    if (text_.substr(at_, word.size()) != word) return stop("a value is expected");
    const auto node = open(kind);
    nodes_[node].integer = meaning;
    at_ += word.size();
    return close(node);
  }

  bool integer() {
    const auto node = open(Value::Kind::integer);
    const bool negative = take('-');
    const auto first = at_;
    std::int64_t value = 0;
    while (at_ - first < 17 && peek() >= '0' && peek() <= '9') value = value * 10 + (text_[at_++] - '0');
    if (at_ == first) return stop("a value is expected");
    if (text_[first] == '0' && (at_ - first > 1 || negative))
      return stop("an integer has a leading zero or is minus zero");
    if (value > largest_integer) return stop("an integer is beyond 2^53 - 1");
    const char c = peek();
    if (c == '.' || c == 'e' || c == 'E') return stop("a number is not an integer");
    nodes_[node].integer = negative ? -value : value;
    return close(node);
  }

  std::string_view text_;
  std::vector<Value::Node>& nodes_;
  std::size_t at_ = 0;
  const char* what_ = nullptr;
};

Status Document::read(std::string_view text) {
  nodes_.clear();
  text_ = text;
  if (text.size() >= (std::size_t{1} << 31))
    return fail(ErrorCode::too_large, "a ledger document is larger than 2 GiB");
  const bool ascii = is_ascii(text);
  if (!ascii && !is_valid_utf8(text)) return fail(ErrorCode::malformed, "not a canonical document: it is not UTF-8");
  if (auto done = Scanner(text, nodes_).read(); !done) return done;
  // Of the whole text at once: no structural character composes with what follows it.
  if (ascii || is_surely_nfc(text)) return {};
  const auto composed = to_nfc(text);
  if (!composed || *composed != text)
    return fail(ErrorCode::malformed, "not a canonical document: text is not in Unicode NFC");
  return {};
}

}  // namespace ketenpoort::ledger
