#include "gateway/ledger/entry/body_codec.hpp"

#include <limits>

#include "gateway/ledger/entry/scan.hpp"

namespace ketenpoort::ledger {
namespace {

constexpr std::size_t longest_code = 64;
constexpr std::string_view small_letters = "abcdefghijklmnopqrstuvwxyz";

template <class T>
bool read_integer(Value value, T& out) {
  if (!value.is(Value::Kind::integer) || value.integer() < 0) return false;
  if (static_cast<std::uint64_t>(value.integer()) > std::uint64_t{std::numeric_limits<T>::max()}) return false;
  out = static_cast<T>(value.integer());
  return true;
}

const Value nothing;

}  // namespace

// The ids of a body are the hottest strings of a log, so they are read in place.
bool parse_text(std::string_view encoded, Uuid& out) {
  return read_uuid(encoded, out);
}
bool parse_text(std::string_view encoded, Digest& out) {
  return read_hex(encoded, out);
}
bool parse_text(std::string_view encoded, std::array<std::uint8_t, 16>& out) {
  return read_hex(encoded, out);
}

bool parse_text(std::string_view encoded, Date& out) {
  const auto date = parse_date(encoded);
  if (date) out = *date;
  return date.has_value();
}

bool parse_text(std::string_view encoded, Timestamp& out) {
  const auto time = parse_rfc3339(encoded);
  if (!time || to_rfc3339(*time) != encoded) return false;
  out = *time;
  return true;
}

bool parse_text(std::string_view encoded, Reason& out) {
  const auto reason = parse_reason(encoded);
  if (reason) out = *reason;
  return reason.has_value();
}

// Codes are short words of a closed vocabulary that the format does not close: never text that could name somebody.
bool is_code(std::string_view text) {
  return !text.empty() && text.size() <= longest_code && small_letters.find(text.front()) != std::string_view::npos &&
         text.find_first_not_of("abcdefghijklmnopqrstuvwxyz0123456789-") == std::string_view::npos;
}

bool is_reason(std::string_view text) {
  return !text.empty() && text.find_first_not_of("abcdefghijklmnopqrstuvwxyz-") == std::string_view::npos;
}

bool is_kbo(std::string_view text) {
  return text.size() == 10 && text.find_first_not_of("0123456789") == std::string_view::npos;
}

void BodyWriter::append(std::string& out, const LeftOut& value) {
  ObjectWriter writer(out);
  append_plain(writer.value_of("category"), to_text(value.category));
  writer.string("reason", value.reason).close();
}

void BodyWriter::append(std::string& out, const CategorySet& value) {
  append_list(out, value.list(), [](std::string& to, Category category) { append_plain(to, to_text(category)); });
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

bool BodyReader::read(Value value, LeftOut& out) {
  BodyReader inner(value);
  std::string category;
  inner.key("category", category);
  inner.key("reason", out.reason);
  const auto known = parse_category(category);
  if (known) out.category = *known;
  return inner.finish().has_value() && known.has_value() && is_reason(out.reason);
}

}  // namespace ketenpoort::ledger
