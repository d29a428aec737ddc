// RFC 8259 word for word, to hold our reader against: does a text follow the grammar? Nothing is read from it.
#pragma once

#include <string_view>

namespace ketenpoort::test {

class JsonGrammar {
 public:
  static bool takes(std::string_view text) {
    JsonGrammar grammar(text);
    grammar.white_space();
    if (!grammar.value(0)) return false;
    grammar.white_space();
    return grammar.left_.empty();
  }

 private:
  explicit JsonGrammar(std::string_view text) : left_(text) {}

  bool take(char c) {
    if (left_.empty() || left_.front() != c) return false;
    left_.remove_prefix(1);
    return true;
  }
  bool take(std::string_view word) {
    if (!left_.starts_with(word)) return false;
    left_.remove_prefix(word.size());
    return true;
  }
  void white_space() {
    while (take(' ') || take('\t') || take('\n') || take('\r')) {
    }
  }

  bool value(int depth) {
    if (depth > 1000 || left_.empty()) return false;
    if (left_.front() == '{') return members(depth);
    if (left_.front() == '[') return elements(depth);
    if (left_.front() == '"') return string();
    return take("true") || take("false") || take("null") || number();
  }

  bool members(int depth) {
    take('{');
    white_space();
    if (take('}')) return true;
    do {
      white_space();
      if (!string()) return false;
      white_space();
      if (!take(':')) return false;
      white_space();
      if (!value(depth + 1)) return false;
      white_space();
    } while (take(','));
    return take('}');
  }

  bool elements(int depth) {
    take('[');
    white_space();
    if (take(']')) return true;
    do {
      white_space();
      if (!value(depth + 1)) return false;
      white_space();
    } while (take(','));
    return take(']');
  }

  bool string() {
    if (!take('"')) return false;
    while (!left_.empty() && left_.front() != '"') {
      if (static_cast<unsigned char>(left_.front()) < 0x20) return false;
      if (!take('\\')) {
        left_.remove_prefix(1);
        continue;
      }
      if (take('u')) {
        for (int i = 0; i < 4; ++i)
          if (!one_of("0123456789abcdefABCDEF")) return false;
      } else if (!one_of("\"\\/bfnrt")) {
        return false;
      }
    }
    return take('"');
  }

  bool one_of(std::string_view set) {
    if (left_.empty() || set.find(left_.front()) == std::string_view::npos) return false;
    left_.remove_prefix(1);
    return true;
  }
  bool digits() {
    if (!one_of("0123456789")) return false;
    while (one_of("0123456789")) {
    }
    return true;
  }
  bool number() {
    take('-');
    if (!take('0') && !digits()) return false;
    if (take('.') && !digits()) return false;
    if (!take('e') && !take('E')) return true;
    if (!take('+')) take('-');
    return digits();
  }

  std::string_view left_;
};

}  // namespace ketenpoort::test
