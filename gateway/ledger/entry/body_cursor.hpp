// Reads what the writers of this program write, straight from its bytes: canonical JSON whose strings are ASCII without
// escapes, its keys compared with those expected instead of taken apart. That covers nearly every entry of a log.
//
// A cursor accepts nothing that Document and BodyReader refuse, and reads the same from it; what it does not accept is
// theirs to read, or to refuse with a reason. Internal to gateway/ledger.
#pragma once

#include <limits>

#include "gateway/ledger/entry/body_codec.hpp"
#include "gateway/ledger/entry/scan.hpp"

namespace ketenpoort::ledger {

// The first fault sticks.
class BodyCursor : public ClosedKeys<BodyCursor> {
 public:
  // At the '{' of an object; what follows it may follow in the text.
  explicit BodyCursor(std::string_view text) : at_(text.data()), end_(text.data() + text.size()) {}

  [[nodiscard]] bool good() const { return good_; }
  void refuse(std::string_view, std::string_view) { good_ = false; }

  [[gnu::always_inline]] bool next_is(std::string_view name) const {
    return static_cast<std::size_t>(end_ - at_) >= name.size() + 4 && at_[0] == separator_ && at_[1] == '"' &&
           std::memcmp(at_ + 2, name.data(), name.size()) == 0 && at_[name.size() + 2] == '"' &&
           at_[name.size() + 3] == ':';
  }
  // Behind the key and at its value, if it comes next.
  [[gnu::always_inline]] bool take_key(std::string_view name) {
    if (!good_ || !next_is(name)) return false;
    at_ += name.size() + 4;
    separator_ = ',';
    return true;
  }
  template <class T>
  [[gnu::always_inline]] void key(std::string_view name, T& out) {
    if constexpr (is_optional<T>) {
      if (take_key(name)) good_ = take(out.emplace());
    } else {
      good_ = take_key(name) && take(out);
    }
  }
  // Behind the '}' of the object; false on any fault.
  bool finish() {
    if (separator_ == '{') good_ = good_ && take_char('{');
    return good_ = good_ && take_char('}');
  }
  void skip_to(const BodyCursor& other) { at_ = other.at_; }  // which went on in the same text
  [[nodiscard]] std::string_view rest() const { return {at_, static_cast<std::size_t>(end_ - at_)}; }

  // One value. False where it is of another type, or not in the form described above.
  bool take(std::string_view& out) {
    if (at_ == end_ || *at_ != '"') return false;
    const char* begin = at_ + 1;
    const auto length = plain_length<Plain::ascii>(begin, static_cast<std::size_t>(end_ - begin));
    if (begin + length == end_ || begin[length] != '"') return false;
    out = {begin, length};
    at_ = begin + length + 1;
    return true;
  }
  bool take(std::string& out) {
    std::string_view text;
    if (!take(text)) return false;
    out = text;
    return true;
  }
  bool take(std::uint64_t& out);
  bool take(std::uint32_t& out) { return take_below(out); }
  bool take(int& out) { return take_below(out); }
  bool take(bool& out);
  bool take(CategorySet& out);
  bool take(LeftOut& out);
  template <class T>
  bool take(std::vector<T>& out);
  template <class T>
  bool take(T& out);  // a string with a form of its own, or an object with keys of its own

 private:
  bool take_char(char c) {
    if (at_ == end_ || *at_ != c) return false;
    ++at_;
    return true;
  }
  template <class T>
  bool take_below(T& out) {
    std::uint64_t number = 0;
    if (!take(number) || number > static_cast<std::uint64_t>(std::numeric_limits<T>::max())) return false;
    out = static_cast<T>(number);
    return true;
  }

  const char* at_;
  const char* end_;
  char separator_ = '{';  // before the next key
  bool good_ = true;
};

template <class T>
bool BodyCursor::take(std::vector<T>& out) {
  out.clear();
  if (!take_char('[')) return false;
  if (take_char(']')) return true;
  do {
    if (!take(out.emplace_back())) return false;
  } while (take_char(','));
  return take_char(']');
}

template <class T>
bool BodyCursor::take(T& out) {
  if constexpr (requires { parse_text(std::string_view(), out); }) {
    std::string_view text;
    return take(text) && parse_text(text, out);
  } else {
    BodyCursor inner(rest());
    describe(inner, out);
    if (!inner.finish()) return false;
    skip_to(inner);
    return true;
  }
}

// The body of its type, with all its keys; bodies.cpp.
template <class Body>
bool take_body(BodyCursor& cursor, Body& body);

}  // namespace ketenpoort::ledger
