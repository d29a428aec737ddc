#include "gateway/mapping/source/source_reader.hpp"

#include <algorithm>
#include <bit>
#include <cstring>

#include "gateway/base/ascii.hpp"
#include "gateway/base/byte_block.hpp"
#include "gateway/base/utf8.hpp"
#include "gateway/formats/json.hpp"
#include "gateway/formats/json_events.hpp"

namespace ketenpoort::mapping {
namespace {

constexpr unsigned deepest = 128;
// RapidJSON refuses numbers beyond a double's range, so does the rest of the gateway.
constexpr std::ptrdiff_t surely_in_range = 300;

char* skip_space(char* at) {
  if (static_cast<unsigned char>(*at) > ' ') [[likely]]
    return at;
  while (*at == ' ' || *at == '\n' || *at == '\r' || *at == '\t') ++at;
  return at;
}

int hex_value(char c) {
  if (is_digit(c)) return c - '0';
  const char letter = static_cast<char>(c | 0x20);
  return letter >= 'a' && letter <= 'f' ? letter - 'a' + 10 : -1;
}

// The code unit of the four digits at `at`, or -1.
int code_unit(const char* at) {
  int unit = 0;
  for (int i = 0; i < 4; ++i) {
    const int digit = hex_value(at[i]);
    if (digit < 0) return -1;
    unit = unit * 16 + digit;
  }
  return unit;
}

char* put_utf8(char* out, std::uint32_t c) {
  const auto put = [&](std::uint32_t byte) { *out++ = static_cast<char>(byte); };
  if (c < 0x80) {
    put(c);
  } else if (c < 0x800) {
    put(0xC0 | (c >> 6));
    put(0x80 | (c & 0x3F));
  } else if (c < 0x10000) {
    put(0xE0 | (c >> 12));
    put(0x80 | ((c >> 6) & 0x3F));
    put(0x80 | (c & 0x3F));
  } else {
    put(0xF0 | (c >> 18));
    put(0x80 | ((c >> 12) & 0x3F));
    put(0x80 | ((c >> 6) & 0x3F));
    put(0x80 | (c & 0x3F));
  }
  return out;
}

// Replaces the \u escape whose digits begin at `at` by its character at `out`; null when it is none, NUL or half a
// surrogate pair.
char* unescape_unit(char*& at, char* out) {
  const int unit = code_unit(at);
  if (unit <= 0 || (unit >= 0xDC00 && unit <= 0xDFFF)) return nullptr;
  at += 4;
  if (unit < 0xD800 || unit > 0xDBFF) return put_utf8(out, static_cast<std::uint32_t>(unit));
  if (at[0] != '\\' || at[1] != 'u') return nullptr;
  const int low = code_unit(at + 2);
  if (low < 0xDC00 || low > 0xDFFF) return nullptr;
  at += 6;
  return put_utf8(
      out, 0x10000U + ((static_cast<std::uint32_t>(unit) & 0x3FFU) << 10) + (static_cast<std::uint32_t>(low) & 0x3FFU));
}

}  // namespace

// Walks over the buffer once. Every function takes where it stands and gives where it ended, null when it is no JSON.
class JsonScan {
 public:
  JsonScan(const SourcePlan& plan, SourceReader& reader, std::size_t select)
      : plan_(plan), nodes_(plan.nodes_.data()), reader_(reader), select_(select) {}

  bool scan(char* begin, const char* end) {
    char* at = value(skip_space(begin), nodes_, 0, 0);
    return at != nullptr && skip_space(at) == end;
  }

  const char* complaint = nullptr;

 private:
  using Node = SourcePlan::Node;
  struct Text {
    const char* data;
    std::uint32_t size;
    bool plain;
  };

  char* refuse(const char* what) {
    complaint = what;
    return nullptr;
  }

  [[gnu::always_inline]] void keep(const Node* node, std::uint32_t row, ValueKind kind, const Text& text) {
    if (node == nullptr || node->slot == SourcePlan::none) return;
    auto& slot = reader_.slots_.data()[row + static_cast<std::uint32_t>(node->slot)];
    slot.data = text.data;
    slot.size = text.size;
    slot.kind = kind;
    slot.nfc = text.plain;
    slot.plain = text.plain;
  }

  // `node`: what is read of the value that begins here, into the row; null: nothing.
  [[gnu::always_inline]] char* value(char* at, const Node* node, std::uint32_t row, unsigned depth) {
    if (*at != '"') return other_value(at, node, row, depth);
    Text text;
    at = string(at + 1, text);
    if (at != nullptr) keep(node, row, ValueKind::string, text);
    return at;
  }

  char* other_value(char* at, const Node* node, std::uint32_t row, unsigned depth) {
    switch (*at) {
      case '{':
        if (depth == deepest) return refuse("the record is nested too deeply");
        return node != nullptr ? object(at + 1, *node, row, depth + 1) : skip_object(at + 1, depth + 1);
      case '[':
        if (depth == deepest) return refuse("the record is nested too deeply");
        return node != nullptr ? array(at + 1, *node, row, depth + 1) : skip_array(at + 1, depth + 1);
      case 't':
        return word(at, "true", node, row, ValueKind::boolean);
      case 'f':
        return word(at, "false", node, row, ValueKind::boolean);
      case 'n':
        return word(at, "null", nullptr, row, ValueKind::absent);
      default:
        return number(at, node, row);
    }
  }

  char* word(char* at, std::string_view text, const Node* node, std::uint32_t row, ValueKind kind) {
    if (std::memcmp(at, text.data(), text.size()) != 0) return nullptr;
    keep(node, row, kind, {at, static_cast<std::uint32_t>(text.size()), true});
    return at + text.size();
  }

  // `at` is behind the opening quotation mark.
  [[gnu::always_inline]] static char* string(char* at, Text& out) {
    char* const begin = at;
    unsigned high = 0;
    while (true) {
      const ByteBlock block(at);
      const auto specials = block.json_specials();
      if (specials != 0) {
        high |= block.high() & ((specials & (0U - specials)) - 1);
        at += std::countr_zero(specials);
        break;
      }
      high |= block.high();
      at += ByteBlock::size;
    }
    out = {begin, static_cast<std::uint32_t>(at - begin), true};
    if (*at == '"' && high == 0) return at + 1;
    return unusual_string(begin, at, out);
  }

  // With escapes, which are replaced where they stand, or beyond ASCII. `at`: the first byte that is not plain.
  static char* unusual_string(char* begin, char* at, Text& out) {
    char* end = at;
    const bool escapes = *at != '"';
    while (*at != '"') {
      if (static_cast<unsigned char>(*at) < 0x20) return nullptr;
      if (*at != '\\') {
        *end++ = *at++;
        continue;
      }
      static constexpr std::string_view letters = "\"\\/bfnrtu";
      static constexpr std::string_view meant = "\"\\/\b\f\n\r\t";
      const auto which = at[1] == '\0' ? std::string_view::npos : letters.find(at[1]);
      if (which == std::string_view::npos) return nullptr;
      at += 2;
      if (which < meant.size())
        *end++ = meant[which];
      else if (end = unescape_unit(at, end); end == nullptr)
        return nullptr;
    }
    out = {begin, static_cast<std::uint32_t>(end - begin), false};
    if (!is_valid_utf8({out.data, out.size})) return nullptr;
    out.plain = !escapes && is_surely_nfc({out.data, out.size});
    return at + 1;
  }

  char* number(char* at, const Node* node, std::uint32_t row) {
    const char* const begin = at;
    if (*at == '-') ++at;
    if (*at == '0')
      ++at;
    else if (!is_digit(*at))
      return nullptr;
    else
      while (is_digit(*at)) ++at;
    if (*at == '.') {
      if (!is_digit(*++at)) return nullptr;
      while (is_digit(*at)) ++at;
    }
    const bool exponent = (*at | 0x20) == 'e';
    if (exponent) {
      ++at;
      if (*at == '+' || *at == '-') ++at;
      if (!is_digit(*at)) return nullptr;
      while (is_digit(*at)) ++at;
    }
    const auto size = static_cast<std::uint32_t>(at - begin);
    if ((exponent || at - begin > surely_in_range) && !formats::parse_json({begin, size})) return nullptr;
    keep(node, row, ValueKind::number, {begin, size, true});
    return at;
  }

  // Behind a member or element: where the next one begins, or null with `at` behind the end of the container.
  [[gnu::always_inline]] static char* next(char*& at, char end) {
    at = skip_space(at);
    if (*at == ',') return skip_space(at + 1);
    if (*at == end)
      ++at;
    else
      at = nullptr;
    return nullptr;
  }

  [[gnu::always_inline]] static char* colon(char* at) {
    if (at == nullptr) return nullptr;
    at = skip_space(at);
    return *at == ':' ? skip_space(at + 1) : nullptr;
  }

  char* object(char* at, const Node& node, std::uint32_t row, unsigned depth) {
    Text none_yet{nullptr, 0, false};
    keep(&node, row, ValueKind::object, none_yet);
    at = skip_space(at);
    if (*at == '}') return at + 1;
    std::uint64_t seen = 0;
    std::uint32_t members = 0;
    for (char* member = at; member != nullptr; member = next(at, '}'), ++members) {
      if (*member != '"') return nullptr;
      Text text;
      at = colon(string(member + 1, text));
      if (at == nullptr) return nullptr;
      const auto* key = SourcePlan::find(node.members, text.data, text.size);
      if (key != nullptr) {
        if ((seen & key->bit) != 0) return refuse("the same key stands twice in one object");
        seen |= key->bit;
      }
      at = value(at, key == nullptr ? nullptr : &nodes_[key->node], row, depth);
      if (at == nullptr) return nullptr;
    }
    if (node.slot != SourcePlan::none)
      reader_.slots_.data()[row + static_cast<std::uint32_t>(node.slot)].size = members;
    return at;
  }

  char* array(char* at, const Node& node, std::uint32_t row, unsigned depth) {
    keep(&node, row, ValueKind::array, {nullptr, 0, false});
    if (node.slot != SourcePlan::none && node.rows != SourcePlan::none)
      reader_.slots_.data()[row + static_cast<std::uint32_t>(node.slot)].first =
          reader_.rows_[static_cast<std::size_t>(node.rows)].size();
    at = skip_space(at);
    if (*at == ']') return at + 1;
    std::uint32_t elements = 0;
    for (char* element = at; element != nullptr; element = next(at, ']'), ++elements) {
      at = this->element(element, node, row, depth, elements);
      if (at == nullptr) return nullptr;
    }
    if (node.slot != SourcePlan::none)
      reader_.slots_.data()[row + static_cast<std::uint32_t>(node.slot)].size = elements;
    return at;
  }

  char* element(char* at, const Node& array, std::uint32_t row, unsigned depth, std::uint32_t index) {
    if (array.selected != SourcePlan::none && index == select_) return value(at, &nodes_[array.selected], row, depth);
    if (array.rows == SourcePlan::none) return value(at, nullptr, 0, depth);
    const auto scope = static_cast<std::size_t>(array.rows);
    return value(at, &nodes_[array.element], reader_.new_row(scope, plan_.row_sizes_[scope]), depth);
  }

  char* skip_object(char* at, unsigned depth) {
    at = skip_space(at);
    if (*at == '}') return at + 1;
    for (char* member = at; member != nullptr; member = next(at, '}')) {
      if (*member != '"') return nullptr;
      Text text;
      at = colon(string(member + 1, text));
      if (at == nullptr) return nullptr;
      at = value(at, nullptr, 0, depth);
      if (at == nullptr) return nullptr;
    }
    return at;
  }

  char* skip_array(char* at, unsigned depth) {
    at = skip_space(at);
    if (*at == ']') return at + 1;
    for (char* element = at; element != nullptr; element = next(at, ']')) {
      at = value(element, nullptr, 0, depth);
      if (at == nullptr) return nullptr;
    }
    return at;
  }

  const SourcePlan& plan_;
  const Node* nodes_;  // the plan's, without the bounds' checks of a vector
  SourceReader& reader_;
  std::size_t select_;
};

void SourceReader::take(std::string_view text) {
  // Zeros, so that looking ahead stays inside and ends there.
  constexpr std::size_t padding = XmlMarks::group + 2 * ByteBlock::size;
  if (buffer_.size() < text.size() + padding) buffer_.resize(text.size() + padding);
  std::memcpy(buffer_.data(), text.data(), text.size());
  std::memset(buffer_.data() + text.size(), 0, padding);
}

void SourceReader::clear(const SourcePlan& plan) {
  used_ = 0;
  if (rows_.size() < plan.scopes()) rows_.resize(plan.scopes());
  for (auto& rows : rows_) rows.clear();
  new_row(0, plan.row_sizes_[0]);
}

const char* SourceReader::read(const SourcePlan& plan, std::string_view text, std::size_t select) {
  take(text);
  clear(plan);
  JsonScan scan(plan, *this, select);
  if (scan.scan(buffer_.data(), buffer_.data() + text.size())) return nullptr;
  if (const auto fault = formats::check_json_text(text); fault.what != nullptr) return fault.what;
  return scan.complaint != nullptr ? scan.complaint : "the record is not JSON";
}

}  // namespace ketenpoort::mapping
