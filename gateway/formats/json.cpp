#include "gateway/formats/json.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <cstring>

#include "gateway/base/utf8.hpp"
#include "gateway/formats/json_events.hpp"

namespace ketenpoort::formats {
namespace {

bool is_hex_digit(char c) {
  return (c >= '0' && c <= '9') || ((c | 0x20) >= 'a' && (c | 0x20) <= 'f');
}

// The code unit of the \uXXXX at `at` (which points at the backslash), or -1.
int escaped_unit(std::string_view text, std::size_t at) {
  if (at + 6 > text.size() || text[at + 1] != 'u') return -1;
  int unit = 0;
  for (std::size_t i = at + 2; i < at + 6; ++i) {
    if (!is_hex_digit(text[i])) return -1;
    const int digit = text[i] <= '9' ? text[i] - '0' : (text[i] | 0x20) - 'a' + 10;
    unit = unit * 16 + digit;
  }
  return unit;
}

bool is_high_surrogate(int unit) {
  return unit >= 0xD800 && unit <= 0xDBFF;
}
bool is_low_surrogate(int unit) {
  return unit >= 0xDC00 && unit <= 0xDFFF;
}

}  // namespace

namespace {

constexpr std::uint64_t repeat(unsigned char byte) {
  return 0x0101010101010101ULL * byte;
}

// Not zero when some byte of the word is zero (and perhaps when none is, right above one that is: callers look closer
// anyway).
constexpr std::uint64_t zero_bytes(std::uint64_t word) {
  return (word - repeat(1)) & ~word & repeat(0x80);
}

// True when the text is ASCII without NUL and without a backslash, as most records are: nothing further to check.
bool is_plain(std::string_view text) {
  std::size_t i = 0;
  for (; i + 16 <= text.size(); i += 16) {
    std::uint64_t a = 0;
    std::uint64_t b = 0;
    std::memcpy(&a, text.data() + i, 8);
    std::memcpy(&b, text.data() + i + 8, 8);
    const auto special = zero_bytes(a) | zero_bytes(b) | zero_bytes(a ^ repeat('\\')) | zero_bytes(b ^ repeat('\\'));
    if ((special | ((a | b) & repeat(0x80))) != 0) return false;
  }
  for (; i < text.size(); ++i)
    if (text[i] == '\\' || text[i] == '\0' || static_cast<unsigned char>(text[i]) >= 0x80) return false;
  return true;
}

// What no text may hold to be surely printable, escapes apart: a delete character, and what U+FFFE and U+FFFF begin
// with. Raw control characters are the reader's to refuse.
bool is_surely_printable(std::string_view text) {
  return text.find('\x7F') == text.npos && text.find('\xEF') == text.npos;
}

// The same of the escape at `at`, whose code unit this is, or -1 for one of two letters.
bool is_surely_printable(std::string_view text, std::size_t at, int unit) {
  if (unit >= 0) return (unit >= 0x20 && unit != 0x7F && unit < 0xFFFE) || unit == '\t' || unit == '\n' || unit == '\r';
  return at + 1 < text.size() && text[at + 1] != 'b' && text[at + 1] != 'f';
}

// RapidJSON takes a line break or a tab as it is within a string for a wrong escape.
const char* why_not(std::string_view text, const rapidjson::ParseResult& result) {
  const auto at = result.Offset();
  const bool is_control = at < text.size() && static_cast<unsigned char>(text[at]) < 0x20;
  if (is_control && result.Code() == rapidjson::kParseErrorStringEscapeInvalid)
    return "a control character within a string; write it with a backslash, as in \\n, \\t or \\u0001";
  return rapidjson::GetParseError_En(result.Code());
}

}  // namespace

TextFault check_json_text(std::string_view text) {
  bool printable = is_surely_printable(text);
  if (is_plain(text)) return {nullptr, 0, printable};
  if (const auto* nul = static_cast<const char*>(std::memchr(text.data(), 0, text.size())); nul != nullptr)
    return {"a NUL byte", static_cast<std::size_t>(nul - text.data()), false};
  if (const auto bad = find_invalid_utf8(text); bad != text.size()) return {"text that is not UTF-8", bad, false};
  if (text.starts_with("\xEF\xBB\xBF")) return {"a byte order mark", 0, false};
  auto at = text.find('\\');
  for (; at != std::string_view::npos; at = text.find('\\', at)) {
    const int unit = escaped_unit(text, at);
    printable = printable && is_surely_printable(text, at, unit);
    if (unit == 0) return {"an escaped NUL character", at, false};
    if (is_low_surrogate(unit)) return {"half a surrogate pair", at, false};
    if (is_high_surrogate(unit)) {
      if (at + 6 >= text.size() || text[at + 6] != '\\' || !is_low_surrogate(escaped_unit(text, at + 6)))
        return {"half a surrogate pair", at, false};
      at += 6;
    }
    at += 2;  // past the backslash and what it escapes; a backslash outside a string is the reader's to refuse
    if (at > text.size()) break;
  }
  return {nullptr, 0, printable};
}

std::string line_and_column(std::string_view text, std::size_t offset) {
  const auto before = text.substr(0, std::min(offset, text.size()));
  const auto line = std::count(before.begin(), before.end(), '\n') + 1;
  const auto last = before.rfind('\n');
  const auto column = last == std::string_view::npos ? before.size() + 1 : before.size() - last;
  return fmt::format("{}:{}", line, column);
}

std::string_view to_text(JsonKind kind) {
  switch (kind) {
    case JsonKind::absent:
      return "nothing";
    case JsonKind::null:
      return "null";
    case JsonKind::boolean:
      return "true or false";
    case JsonKind::number:
      return "a number";
    case JsonKind::string:
      return "a string";
    case JsonKind::array:
      return "an array";
    case JsonKind::object:
      return "an object";
  }
  return "";
}

// Turns the reader's events into nodes.
class TreeBuilder {
 public:
  TreeBuilder(JsonDocument& document, const JsonLimits& limits) : nodes_(document.nodes_), limits_(limits) {
    constexpr std::size_t usual_depth = 16;
    open_.reserve(usual_depth);
  }

  bool Null() { return add(JsonKind::null, nullptr, 0); }
  bool Bool(bool yes) { return yes ? add(JsonKind::boolean, "true", 4) : add(JsonKind::boolean, "false", 5); }
  bool Int(int) { return false; }  // numbers come as text only
  bool Uint(unsigned) { return false; }
  bool Int64(std::int64_t) { return false; }
  bool Uint64(std::uint64_t) { return false; }
  bool Double(double) { return false; }
  bool RawNumber(const char* end, unsigned size, bool) { return add(JsonKind::number, end - size, size); }
  bool String(const char* text, unsigned size, bool) { return add(JsonKind::string, text, size); }
  bool Key(const char* text, unsigned size, bool) {
    key_ = {text, size};
    key_tag_ = tag_of_readable(text, size);
    auto& object = open_.back();
    const auto bit = std::uint64_t{1} << (key_tag_ % 64);
    object.again |= object.seen & bit;
    object.seen |= bit;
    return true;
  }
  bool StartObject() { return open(JsonKind::object); }
  bool EndObject(unsigned) {
    if (open_.back().again != 0 && may_have_duplicates() && !no_duplicates()) return false;
    return close();
  }
  bool StartArray() { return open(JsonKind::array); }
  bool EndArray(unsigned) { return close(); }

  const char* complaint = nullptr;
  std::uint32_t complained_of = 0;  // node

 private:
  struct Open {
    std::uint32_t node = 0;
    std::uint64_t seen = 0;   // a bit for each key, which other keys may share
    std::uint64_t again = 0;  // the bits that came more than once
  };

  bool refuse(const char* what, std::uint32_t node) {
    complaint = what;
    complained_of = node;
    return false;
  }

  bool add(JsonKind kind, const char* text, std::uint32_t size) {
    const auto index = static_cast<std::uint32_t>(nodes_.size());
    if (index >= limits_.nodes) return refuse("too many values", index - 1);
    std::uint32_t parent = 0;
    if (!open_.empty()) {
      parent = open_.back().node;
      ++nodes_.data()[parent].size;
    }
    auto& node = nodes_.emplace_back();
    node.key = key_.data();
    node.text = text;
    node.key_size = static_cast<std::uint32_t>(key_.size());
    node.key_tag = key_tag_;
    node.size = size;
    node.next = index + 1;
    node.parent = parent;
    node.kind = kind;
    key_ = {};
    key_tag_ = 0;
    return true;
  }

  bool open(JsonKind kind) {
    if (!add(kind, nullptr, 0)) return false;
    auto& opened = open_.emplace_back();
    opened.node = static_cast<std::uint32_t>(nodes_.size() - 1);
    return open_.size() <= limits_.depth || refuse("nested too deeply", opened.node);
  }

  bool close() {
    nodes_.data()[open_.back().node].next = static_cast<std::uint32_t>(nodes_.size());
    open_.pop_back();
    return true;
  }

  // Equal keys have equal tags, which are soon compared.
  [[nodiscard]] bool may_have_duplicates() const {
    constexpr std::size_t few = 64;
    std::array<std::uint32_t, few> tags{};
    std::size_t count = 0;
    for (auto i = open_.back().node + 1; i < nodes_.size(); i = nodes_.data()[i].next) {
      if (count == few) return true;
      tags[count++] = nodes_.data()[i].key_tag;
    }
    unsigned equal = 0;
    for (std::size_t i = 1; i < count; ++i)
      for (std::size_t j = 0; j < i; ++j) equal |= static_cast<unsigned>(tags[i] == tags[j]);
    return equal != 0;
  }

  bool no_duplicates() {
    constexpr std::size_t few = 16;  // up to here comparing all pairs is quicker than sorting
    keys_.clear();
    for (auto i = open_.back().node + 1; i < nodes_.size(); i = nodes_[i].next) keys_.push_back(i);
    if (keys_.size() > few) return no_duplicates_among_many();
    for (std::size_t i = 1; i < keys_.size(); ++i)
      for (std::size_t j = 0; j < i; ++j)
        if (key_of(keys_[i]) == key_of(keys_[j])) return refuse(duplicate, keys_[i]);
    return true;
  }

  bool no_duplicates_among_many() {
    const auto by_key = [this](auto a, auto b) { return key_of(a) < key_of(b); };
    std::stable_sort(keys_.begin(), keys_.end(), by_key);
    const auto twin =
        std::adjacent_find(keys_.begin(), keys_.end(), [this](auto a, auto b) { return key_of(a) == key_of(b); });
    return twin == keys_.end() || refuse(duplicate, *(twin + 1));
  }

  [[nodiscard]] std::string_view key_of(std::uint32_t node) const { return {nodes_[node].key, nodes_[node].key_size}; }

  static constexpr const char* duplicate = "the same key stands twice in one object; keep one";

  std::vector<JsonDocument::Node>& nodes_;
  const JsonLimits& limits_;
  std::vector<Open> open_;
  std::vector<std::uint32_t> keys_;
  std::string_view key_;
  std::uint32_t key_tag_ = 0;
};

Result<JsonDocument> parse_json(std::string_view text, const JsonLimits& limits) {
  if (text.size() > limits.bytes)
    return fail(ErrorCode::too_large, fmt::format("JSON of {} bytes; at most {} are taken", text.size(), limits.bytes));
  const auto fault = check_json_text(text);
  if (fault.what != nullptr) {
    const auto where = line_and_column(text, fault.offset);
    return fail(ErrorCode::malformed, fmt::format("not acceptable JSON: {} at {}", fault.what, where),
                {{ErrorCode::malformed, where, fmt::format("{}; send UTF-8 text without it", fault.what)}});
  }
  constexpr std::size_t usual_bytes_per_value = 16;
  JsonDocument document;
  document.surely_printable_ = fault.surely_printable;
  document.nodes_.reserve(text.size() / usual_bytes_per_value + 1);
  document.buffer_ = std::make_unique_for_overwrite<char[]>(text.size() + json_padding);
  std::memcpy(document.buffer_.get(), text.data(), text.size());
  std::memset(document.buffer_.get() + text.size(), 0, json_padding);
  TreeBuilder builder(document, limits);
  JsonStream stream(document.buffer_.get());
  rapidjson::Reader reader;
  const auto result = reader.Parse<json_flags>(stream, builder);
  if (builder.complaint != nullptr) {
    const auto where = JsonView(&document, builder.complained_of).where();
    return fail(ErrorCode::malformed, fmt::format("not acceptable JSON: {}: {}", where, builder.complaint),
                {{ErrorCode::malformed, where, builder.complaint}});
  }
  if (result.IsError()) {
    const auto where = line_and_column(text, result.Offset());
    const auto* const why = why_not(text, result);
    return fail(ErrorCode::malformed, fmt::format("not JSON: {} (at {})", why, where),
                {{ErrorCode::malformed, where, why}});
  }
  return document;
}

JsonView JsonView::at(std::size_t index) const {
  for (const auto child : elements())
    if (index-- == 0) return child;
  return {};
}

std::optional<std::int64_t> JsonView::as_int() const {
  const auto text = as_number();
  if (!text) return std::nullopt;
  std::int64_t number = 0;
  const auto [end, error] = std::from_chars(text->data(), text->data() + text->size(), number);
  if (error != std::errc{} || end != text->data() + text->size()) return std::nullopt;
  return number;
}

std::string JsonView::where() const {
  if (document_ == nullptr || index_ == 0) return "$";
  const auto& nodes = document_->nodes_;
  std::string path;
  for (auto i = index_; i != 0; i = nodes[i].parent) {
    const auto parent = nodes[i].parent;
    std::string step(JsonView(document_, i).key());
    if (nodes[parent].kind == JsonKind::array) {
      std::size_t position = 0;
      for (auto sibling = parent + 1; sibling != i; sibling = nodes[sibling].next) ++position;
      step = fmt::format("[{}]", position);
    }
    if (!path.empty() && path.front() != '[') step += '.';
    path.insert(0, step);
  }
  return path;
}

namespace {

// How many bytes from the start need no escape, eight at a time and then one by one.
std::size_t plain_length(std::string_view text) {
  std::size_t i = 0;
  for (; i + 8 <= text.size(); i += 8) {
    std::uint64_t word = 0;
    std::memcpy(&word, text.data() + i, 8);
    const auto control = (word - repeat(0x20)) & ~word & repeat(0x80);
    if ((control | zero_bytes(word ^ repeat('"')) | zero_bytes(word ^ repeat('\\'))) != 0) break;
  }
  while (i < text.size() && static_cast<unsigned char>(text[i]) >= 0x20 && text[i] != '"' && text[i] != '\\') ++i;
  return i;
}

}  // namespace

void append_escaped(std::string& out, std::string_view text) {
  static constexpr char hex[] = "0123456789abcdef";
  while (true) {
    const auto plain = plain_length(text);
    out.append(text.data(), plain);
    if (plain == text.size()) return;
    const auto c = static_cast<unsigned char>(text[plain]);
    text.remove_prefix(plain + 1);
    out += '\\';
    switch (c) {
      case '"':
        out += '"';
        break;
      case '\\':
        out += '\\';
        break;
      case '\b':
        out += 'b';
        break;
      case '\f':
        out += 'f';
        break;
      case '\n':
        out += 'n';
        break;
      case '\r':
        out += 'r';
        break;
      case '\t':
        out += 't';
        break;
      default:
        out += "u00";
        out += hex[c >> 4];
        out += hex[c & 15];
    }
  }
}

void JsonWriter::separate() {
  if (out_.size() == start_) return;
  const char last = out_.back();
  if (last != '{' && last != '[' && last != ':') out_ += ',';
}

JsonWriter& JsonWriter::begin_object() {
  separate();
  out_ += '{';
  return *this;
}

JsonWriter& JsonWriter::end_object() {
  out_ += '}';
  return *this;
}

JsonWriter& JsonWriter::begin_array() {
  separate();
  out_ += '[';
  return *this;
}

JsonWriter& JsonWriter::end_array() {
  out_ += ']';
  return *this;
}

JsonWriter& JsonWriter::key(std::string_view name) {
  value(name);
  out_ += ':';
  return *this;
}

JsonWriter& JsonWriter::value(std::string_view text) {
  separate();
  out_ += '"';
  append_escaped(out_, text);
  out_ += '"';
  return *this;
}

JsonWriter& JsonWriter::value(bool yes) {
  return raw_value(yes ? "true" : "false");
}

JsonWriter& JsonWriter::value(double number) {
  return raw_value(fmt::format("{}", number));
}

JsonWriter& JsonWriter::number_value(std::int64_t number) {
  return raw_value(fmt::format_int(number).c_str());
}

JsonWriter& JsonWriter::number_value(std::uint64_t number) {
  return raw_value(fmt::format_int(number).c_str());
}

JsonWriter& JsonWriter::raw_value(std::string_view json) {
  separate();
  out_ += json;
  return *this;
}

JsonWriter& JsonWriter::value(const JsonView& view) {
  switch (view.kind()) {
    case JsonKind::string:
      return value(*view.as_string());
    case JsonKind::number:
      return raw_value(*view.as_number());
    case JsonKind::boolean:
      return value(*view.as_bool());
    case JsonKind::array:
      begin_array();
      for (const auto child : view.elements()) value(child);
      return end_array();
    case JsonKind::object:
      begin_object();
      for (const auto child : view.members()) member(child.key, child.value);
      return end_object();
    case JsonKind::absent:
    case JsonKind::null:
      break;
  }
  return raw_value("null");
}

}  // namespace ketenpoort::formats
