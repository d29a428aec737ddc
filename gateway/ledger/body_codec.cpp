#include "gateway/ledger/body_codec.hpp"

#include <algorithm>
#include <limits>

namespace ketenpoort::ledger {
namespace {

constexpr std::size_t longest_code = 64;

// Lower-case digits only: a digest has one encoding.
int hex_digit(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  return -1;
}

bool read_hex(std::string_view text, std::span<std::uint8_t> out) {
  if (text.size() != out.size() * 2) return false;
  for (std::size_t i = 0; i < out.size(); ++i) {
    const int high = hex_digit(text[2 * i]);
    const int low = hex_digit(text[2 * i + 1]);
    if (high < 0 || low < 0) return false;
    out[i] = static_cast<std::uint8_t>(high * 16 + low);
  }
  return true;
}

// The ids of a body are the hottest strings of a log, so they are read in place.
bool read_uuid(std::string_view text, Uuid& out) {
  if (text.size() != 36 || text[8] != '-' || text[13] != '-' || text[18] != '-' || text[23] != '-') return false;
  const std::span<std::uint8_t> bytes(out.bytes);
  return read_hex(text.substr(0, 8), bytes.subspan(0, 4)) && read_hex(text.substr(9, 4), bytes.subspan(4, 2)) &&
         read_hex(text.substr(14, 4), bytes.subspan(6, 2)) && read_hex(text.substr(19, 4), bytes.subspan(8, 2)) &&
         read_hex(text.substr(24), bytes.subspan(10));
}

template <class T>
bool read_integer(Value value, T& out) {
  if (!value.is(Value::Kind::integer) || value.integer() < 0) return false;
  if (static_cast<std::uint64_t>(value.integer()) > std::uint64_t{std::numeric_limits<T>::max()}) return false;
  out = static_cast<T>(value.integer());
  return true;
}

const Value nothing;

}  // namespace

bool is_code(std::string_view text) {
  constexpr std::string_view letters = "abcdefghijklmnopqrstuvwxyz";
  return !text.empty() && text.size() <= longest_code && letters.find(text.front()) != std::string_view::npos &&
         text.find_first_not_of("abcdefghijklmnopqrstuvwxyz0123456789-") == std::string_view::npos;
}

void BodyWriter::write(std::string_view name, const std::vector<LeftOut>& value) {
  std::vector<std::string> items;
  for (const auto& left : value)
    items.push_back(ObjectWriter().string("category", to_text(left.category)).string("reason", left.reason).take());
  out_.jsons(name, items);
}

BodyReader::BodyReader(Value object)
    : at_(object.is(Value::Kind::object) ? object.members().begin() : Iterator(nothing)),
      end_(object.is(Value::Kind::object) ? object.members().end() : Iterator(nothing)) {
  if (!object.is(Value::Kind::object)) fault_ = "is not an object";
}

bool BodyReader::next_is(std::string_view name) const {
  return at_ != end_ && (*at_).key.encoded() == name;
}

void BodyReader::refuse(std::string_view name, std::string_view what) {
  fault_.append("key '").append(name).append("' ").append(what);
}

void BodyReader::text_unless_empty(std::string_view name, std::string& out) {
  if (fault_.empty() && !next_is(name)) return out.clear();
  key(name, out);
  if (fault_.empty() && out.empty()) refuse(name, "is empty: it is left out then");
}

void BodyReader::name_of(std::string_view name, std::string& out, Names names) {
  key(name, out);
  if (fault_.empty() && std::ranges::find(names, out) == names.end()) refuse(name, "is not in its closed list");
}

void BodyReader::name_of(std::string_view name, std::optional<std::string>& out, Names names) {
  key(name, out);
  if (fault_.empty() && out && std::ranges::find(names, *out) == names.end()) refuse(name, "is not in its closed list");
}

void BodyReader::names_of(std::string_view name, std::vector<std::string>& out, Names names) {
  key(name, out);
  if (!fault_.empty()) return;
  for (std::size_t i = 0; i < out.size(); ++i) {
    if (std::ranges::find(names, out[i]) == names.end()) return refuse(name, "is not in its closed list");
    if (std::find(out.begin(), out.begin() + static_cast<std::ptrdiff_t>(i), out[i]) !=
        out.begin() + static_cast<std::ptrdiff_t>(i))
      return refuse(name, "names something twice");
  }
}

void BodyReader::code(std::string_view name, std::string& out) {
  key(name, out);
  if (fault_.empty() && !is_code(out)) refuse(name, "is not a code of small letters, digits and hyphens");
}

void BodyReader::codes(std::string_view name, std::vector<std::string>& out) {
  key(name, out);
  if (fault_.empty() && !std::ranges::all_of(out, is_code))
    refuse(name, "is not a list of codes of small letters, digits and hyphens");
}

void BodyReader::kbo(std::string_view name, std::string& out) {
  key(name, out);
  if (fault_.empty() && (out.size() != 10 || out.find_first_not_of("0123456789") != std::string::npos))
    refuse(name, "is not a KBO number of ten digits");
}

void BodyReader::between(std::string_view name, std::uint32_t& out, std::uint32_t least, std::uint32_t most) {
  key(name, out);
  if (fault_.empty() && (out < least || most < out)) refuse(name, "is out of its range");
}

Status BodyReader::finish() {
  if (fault_.empty() && at_ != end_) fault_ = "an unknown key, or one out of order";
  if (!fault_.empty()) return fail(ErrorCode::schema_violation, std::move(fault_));
  return {};
}

bool BodyReader::read(Value value, bool& out) {
  if (!value.is(Value::Kind::boolean)) return false;
  out = value.boolean();
  return true;
}

bool BodyReader::read(Value value, std::string& out) {
  if (!value.is(Value::Kind::string)) return false;
  out = value.text();
  return true;
}

bool BodyReader::read(Value value, std::uint64_t& out) {
  return read_integer(value, out);
}
bool BodyReader::read(Value value, std::uint32_t& out) {
  return read_integer(value, out);
}
bool BodyReader::read(Value value, int& out) {
  std::uint32_t number = 0;
  if (!read_integer(value, number) || number > static_cast<std::uint32_t>(std::numeric_limits<int>::max()))
    return false;
  out = static_cast<int>(number);
  return true;
}

bool BodyReader::read(Value value, Uuid& out) {
  return value.is(Value::Kind::string) && read_uuid(value.encoded(), out);
}
bool BodyReader::read(Value value, Digest& out) {
  return value.is(Value::Kind::string) && read_hex(value.encoded(), out);
}

bool BodyReader::read(Value value, std::array<std::uint8_t, 16>& out) {
  return value.is(Value::Kind::string) && read_hex(value.encoded(), out);
}

bool BodyReader::read(Value value, Date& out) {
  const auto date = value.is(Value::Kind::string) ? parse_date(value.encoded()) : std::nullopt;
  if (date) out = *date;
  return date.has_value();
}

bool BodyReader::read(Value value, Timestamp& out) {
  const auto time = value.is(Value::Kind::string) ? parse_rfc3339(value.encoded()) : std::nullopt;
  if (!time || to_rfc3339(*time) != value.encoded()) return false;
  out = *time;
  return true;
}

// In the order of the closed list and without repetition, so that a set has one encoding; the scan never goes back.
bool BodyReader::read(Value value, CategorySet& out) {
  if (!value.is(Value::Kind::array)) return false;
  out = {};
  std::size_t candidate = 0;
  for (const Value item : value.items()) {
    if (!item.is(Value::Kind::string)) return false;
    while (candidate < category_count && to_text(static_cast<Category>(candidate)) != item.encoded()) ++candidate;
    if (candidate == category_count) return false;
    out.insert(static_cast<Category>(candidate++));
  }
  return true;
}

bool BodyReader::read(Value value, Reason& out) {
  const auto reason = value.is(Value::Kind::string) ? parse_reason(value.encoded()) : std::nullopt;
  if (reason) out = *reason;
  return reason.has_value();
}

// The reason is a code of small letters and hyphens, never text.
bool BodyReader::read(Value value, LeftOut& out) {
  BodyReader inner(value);
  std::string category;
  inner.key("category", category);
  inner.key("reason", out.reason);
  const auto known = parse_category(category);
  if (known) out.category = *known;
  const bool is_code =
      !out.reason.empty() && out.reason.find_first_not_of("abcdefghijklmnopqrstuvwxyz-") == std::string::npos;
  return inner.finish().has_value() && known.has_value() && is_code;
}

}  // namespace ketenpoort::ledger
