// The typed log: one JSON object a line on standard output. A field is an id, a number, a duration, a flag or a text
// fixed at compile time; a std::string does not compile, so no name, national number or payload can be logged by
// mistake.
#pragma once

#include <chrono>
#include <concepts>
#include <cstdint>
#include <initializer_list>
#include <iosfwd>
#include <optional>
#include <string>
#include <string_view>
#include <type_traits>
#include <variant>

#include "gateway/base/uuid.hpp"

namespace ketenpoort::log {

// A text that stands in the program itself.
class Label {
 public:
  template <std::size_t n>
  consteval Label(const char (&literal)[n]) : text_(literal, n - 1) {}  // NOLINT(google-explicit-constructor)
  [[nodiscard]] constexpr std::string_view text() const { return text_; }
  constexpr auto operator<=>(const Label&) const = default;

 private:
  std::string_view text_;
};

// A short name out of our own configuration (a partner, a client, a mapping): a letter, then letters, digits, '-', '_'
// or '.', 64 at most. Anything a sender or partner wrote at run time is not one.
class ConfiguredName {
 public:
  static std::optional<ConfiguredName> parse(std::string_view text);
  [[nodiscard]] std::string_view text() const { return text_; }

 private:
  explicit ConfiguredName(std::string_view text) : text_(text) {}
  std::string text_;
};

using Value = std::variant<std::int64_t, std::uint64_t, bool, Uuid, std::string_view, std::chrono::microseconds>;

struct Field {
  Label name;
  Value value;  // a view only ever of a Label, an enumerator's text or a ConfiguredName that outlives the call
};

// An enumeration whose enumerators have fixed texts: to_text(value), found beside the enumeration.
template <class T>
concept NamedEnum = std::is_enum_v<T> && requires(T value) {
  { to_text(value) } -> std::same_as<std::string_view>;
};

inline Field field(Label name, const Uuid& value) {
  return {name, value};
}
inline Field field(Label name, Label value) {
  return {name, value.text()};
}
inline Field field(Label name, const ConfiguredName& value) {
  return {name, value.text()};
}
template <NamedEnum T>
Field field(Label name, T value) {
  return {name, to_text(value)};
}
template <std::same_as<bool> T>
Field field(Label name, T value) {
  return {name, value};
}
template <std::signed_integral T>
  requires(!std::same_as<T, char>)
Field field(Label name, T value) {
  return {name, static_cast<std::int64_t>(value)};
}
template <std::unsigned_integral T>
  requires(!std::same_as<T, bool> && !std::same_as<T, char>)
Field field(Label name, T value) {
  return {name, static_cast<std::uint64_t>(value)};
}
// Written as a whole number of microseconds under "<name>_us".
template <class Rep, class Period>
Field field(Label name, std::chrono::duration<Rep, Period> value) {
  return {name, std::chrono::duration_cast<std::chrono::microseconds>(value)};
}

enum class Level { debug, info, warning, error, off };

enum class Destination { standard_output, standard_error };

// Before the first line; the default is info on standard output. Lines are written whole, from any thread, and flushed
// at once.
void configure(Level least, Destination destination);
// Writes to `stream` instead, which must outlive every later line (tests).
void configure(Level least, std::ostream& stream);

// {"time":...,"level":...,"event":<event>,<fields>}
void write(Level level, Label event, std::initializer_list<Field> fields);

template <std::same_as<Field>... Fields>
void debug(Label event, const Fields&... fields) {
  write(Level::debug, event, {fields...});
}
template <std::same_as<Field>... Fields>
void info(Label event, const Fields&... fields) {
  write(Level::info, event, {fields...});
}
template <std::same_as<Field>... Fields>
void warning(Label event, const Fields&... fields) {
  write(Level::warning, event, {fields...});
}
template <std::same_as<Field>... Fields>
void error(Label event, const Fields&... fields) {
  write(Level::error, event, {fields...});
}

}  // namespace ketenpoort::log
