// How bodies become canonical JSON and back: one list of keys per kind (bodies.cpp), visited by a writer, by a strict
// reader of documents, or by one of bytes (body_cursor.hpp). Internal to gateway/ledger.
#pragma once

#include <algorithm>
#include <concepts>
#include <span>

#include "gateway/ledger/entry/bodies.hpp"

namespace ketenpoort::ledger {

// A closed list of names, as the format states it.
using Names = std::span<const std::string_view>;

template <class T>
inline constexpr bool is_optional = false;
template <class T>
inline constexpr bool is_optional<std::optional<T>> = true;
template <class T>
inline constexpr bool is_vector = false;
template <class T>
inline constexpr bool is_vector<std::vector<T>> = true;

// Writes the keys it is shown, which must come in ascending order.
class BodyWriter {
 public:
  explicit BodyWriter(std::string& into) : out_(into) {}  // close() when all keys are written
  void close() { out_.close(); }
  template <class T>
  void key(std::string_view name, const T& value);
  void text_unless_empty(std::string_view name, const std::string& value) { out_.string_unless_empty(name, value); }
  void unless_true(std::string_view name, const bool& value) {
    if (!value) key(name, value);
  }
  template <class T>
  void list_unless_empty(std::string_view name, const std::vector<T>& value) {
    if (!value.empty()) key(name, value);
  }
  template <class T>
  void name_of(std::string_view name, const T& value, Names) {
    key(name, value);
  }
  void names_of(std::string_view name, const std::vector<std::string>& value, Names) { key(name, value); }
  void code(std::string_view name, const std::string& value) { key(name, value); }
  void codes(std::string_view name, const std::vector<std::string>& value) { key(name, value); }
  void kbo(std::string_view name, const std::string& value) { key(name, value); }
  void between(std::string_view name, std::uint32_t value, std::uint32_t, std::uint32_t) { key(name, value); }

 private:
  template <class T>
  static void append(std::string& out, const T& value);
  static void append(std::string& out, const LeftOut& value);
  static void append(std::string& out, const CategorySet& value);

  ObjectWriter out_;
};

// A string of the document, as it stands there, in the form its type has. False for any other text.
bool parse_text(std::string_view encoded, Uuid& out);
bool parse_text(std::string_view encoded, Digest& out);
bool parse_text(std::string_view encoded, std::array<std::uint8_t, 16>& out);
bool parse_text(std::string_view encoded, Date& out);
bool parse_text(std::string_view encoded, Timestamp& out);
bool parse_text(std::string_view encoded, Reason& out);

bool is_reason(std::string_view text);  // small letters and hyphens
bool is_kbo(std::string_view text);     // ten digits

// What is asked of values beyond their type. A Reader has key(), next_is(), good() and refuse().
template <class Reader>
class ClosedKeys {
 public:
  void text_unless_empty(std::string_view name, std::string& out) {
    if (self().good() && !self().next_is(name)) return out.clear();
    self().key(name, out);
    if (self().good() && out.empty()) self().refuse(name, "is empty: it is left out then");
  }
  void unless_true(std::string_view name, bool& out) {
    std::optional<bool> stated;
    self().key(name, stated);
    if (self().good() && stated == true) self().refuse(name, "is true: it is left out then");
    out = !stated;
  }
  template <class T>
  void list_unless_empty(std::string_view name, std::vector<T>& out) {
    if (self().good() && !self().next_is(name)) return out.clear();
    self().key(name, out);
    if (self().good() && out.empty()) self().refuse(name, "is empty: it is left out then");
  }
  void name_of(std::string_view name, std::string& out, Names names) {
    self().key(name, out);
    if (self().good() && !lists(names, out)) self().refuse(name, "is not in its closed list");
  }
  void name_of(std::string_view name, std::optional<std::string>& out, Names names) {
    self().key(name, out);
    if (self().good() && out && !lists(names, *out)) self().refuse(name, "is not in its closed list");
  }
  // Each once.
  void names_of(std::string_view name, std::vector<std::string>& out, Names names) {
    self().key(name, out);
    if (!self().good()) return;
    for (auto at = out.begin(); at != out.end(); ++at) {
      if (!lists(names, *at)) return self().refuse(name, "is not in its closed list");
      if (std::find(out.begin(), at, *at) != at) return self().refuse(name, "names something twice");
    }
  }
  void code(std::string_view name, std::string& out) {
    self().key(name, out);
    if (self().good() && !is_code(out)) self().refuse(name, "is not a code of small letters, digits and hyphens");
  }
  void codes(std::string_view name, std::vector<std::string>& out) {
    self().key(name, out);
    if (self().good() && !std::ranges::all_of(out, is_code))
      self().refuse(name, "is not a list of codes of small letters, digits and hyphens");
  }
  void kbo(std::string_view name, std::string& out) {
    self().key(name, out);
    if (self().good() && !is_kbo(out)) self().refuse(name, "is not a KBO number of ten digits");
  }
  void between(std::string_view name, std::uint32_t& out, std::uint32_t least, std::uint32_t most) {
    self().key(name, out);
    if (self().good() && (out < least || most < out)) self().refuse(name, "is out of its range");
  }

 private:
  static bool lists(Names names, std::string_view text) { return std::ranges::find(names, text) != names.end(); }
  Reader& self() { return static_cast<Reader&>(*this); }
};

// Reads the keys it is shown from an object whose keys stand in ascending order. The first fault sticks.
class BodyReader : public ClosedKeys<BodyReader> {
 public:
  explicit BodyReader(Value object);

  template <class T>
  void key(std::string_view name, T& out);
  [[nodiscard]] bool next_is(std::string_view name) const;
  [[nodiscard]] bool good() const { return fault_.empty(); }
  void refuse(std::string_view name, std::string_view what);
  Status finish();  // fails on a fault, or on a key nobody asked for

 private:
  using Iterator = Value::Members::Iterator;

  bool read(Value value, bool& out);
  bool read(Value value, std::string& out);
  bool read(Value value, std::uint64_t& out);
  bool read(Value value, std::uint32_t& out);
  bool read(Value value, int& out);
  bool read(Value value, CategorySet& out);
  bool read(Value value, LeftOut& out);
  template <class T>
  bool read(Value value, std::vector<T>& out);
  template <class T>
  bool read(Value value, T& out);  // a string with a form of its own, or an object with keys of its own

  Iterator at_;
  Iterator end_;
  std::string fault_;
};

template <class T>
void BodyWriter::key(std::string_view name, const T& value) {
  if constexpr (is_optional<T>) {
    if (value) key(name, *value);
  } else if constexpr (std::same_as<T, bool>) {
    out_.boolean(name, value);
  } else {
    append(out_.value_of(name), value);
  }
}

template <class T>
void BodyWriter::append(std::string& out, const T& value) {
  if constexpr (std::same_as<T, std::string>) {
    append_text(out, value);
  } else if constexpr (std::integral<T>) {
    append_integer(out, static_cast<std::int64_t>(value));
  } else if constexpr (std::same_as<T, Uuid>) {
    append_uuid_string(out, value);
  } else if constexpr (std::same_as<T, Digest> || std::same_as<T, std::array<std::uint8_t, 16>>) {
    append_hex_string(out, value);
  } else if constexpr (std::same_as<T, Date>) {
    append_date(out, value);
  } else if constexpr (std::same_as<T, Timestamp>) {
    append_time(out, value);
  } else if constexpr (std::same_as<T, Reason>) {
    append_plain(out, to_text(value));
  } else if constexpr (is_vector<T>) {
    append_list(out, value, [](std::string& to, const auto& item) { append(to, item); });
  } else {
    BodyWriter inner(out);
    describe(inner, value);
    inner.close();
  }
}

template <class T>
void BodyReader::key(std::string_view name, T& out) {
  if (!fault_.empty()) return;
  if (!next_is(name)) {
    if constexpr (!is_optional<T>) refuse(name, "is missing");
    return;
  }
  const Value value = (*at_).value;
  ++at_;
  if constexpr (is_optional<T>) {
    if (!read(value, out.emplace())) refuse(name, "has the wrong type or value");
  } else {
    if (!read(value, out)) refuse(name, "has the wrong type or value");
  }
}

template <class T>
bool BodyReader::read(Value value, std::vector<T>& out) {
  if (!value.is(Value::Kind::array)) return false;
  out.resize(value.size());
  std::size_t i = 0;
  for (const Value item : value.items())
    if (!read(item, out[i++])) return false;
  return true;
}

template <class T>
bool BodyReader::read(Value value, T& out) {
  if constexpr (requires { parse_text(std::string_view(), out); }) {
    return value.is(Value::Kind::string) && parse_text(value.encoded(), out);
  } else {
    BodyReader inner(value);
    describe(inner, out);
    return inner.finish().has_value();
  }
}

}  // namespace ketenpoort::ledger
