#include "gateway/formats/pattern.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <bitset>
#include <map>
#include <memory>
#include <optional>
#include <unordered_set>

#include "gateway/base/ascii.hpp"

namespace ketenpoort::formats {
namespace {

constexpr std::size_t most_states = 20'000;  // of the deterministic automaton, far beyond any sane pattern
constexpr unsigned most_repeats = 1000;
constexpr std::size_t deepest = 40;

using ByteSet = std::bitset<256>;

ByteSet range(unsigned from, unsigned to) {
  ByteSet set;
  for (unsigned b = from; b <= to; ++b) set.set(b);
  return set;
}

// An automaton with empty moves: a state either reads one byte of a set and goes on, or branches.
struct Nfa {
  struct State {
    ByteSet bytes;
    int next = -1;
    int branch[2] = {-1, -1};
  };
  std::vector<State> states;

  int reads(const ByteSet& bytes, int next) {
    states.push_back({bytes, next, {-1, -1}});
    return static_cast<int>(states.size()) - 1;
  }
  int branches(int a, int b) {
    states.push_back({{}, -1, {a, b}});
    return static_cast<int>(states.size()) - 1;
  }
};

// The syntax tree. A character class is ASCII bytes plus, perhaps, every character beyond ASCII.
struct Expression {
  enum class Kind { nothing, byte, any_beyond_ascii, sequence, choice, repeat } kind = Kind::nothing;
  ByteSet bytes;
  std::vector<Expression> parts;
  unsigned least = 0;
  std::optional<unsigned> most;
};

Expression one_of(const ByteSet& bytes) {
  Expression e;
  e.kind = Expression::Kind::byte;
  e.bytes = bytes;
  return e;
}

Expression character(const ByteSet& ascii, bool beyond) {
  if (!beyond) return one_of(ascii);
  Expression e;
  e.kind = Expression::Kind::choice;
  e.parts.push_back(one_of(ascii));
  Expression rest;
  rest.kind = Expression::Kind::any_beyond_ascii;
  e.parts.push_back(rest);
  return e;
}

struct Refused {
  std::string why;
};

class Parser {
 public:
  explicit Parser(std::string_view source) : left_(source) {}

  Expression parse() {
    if (take('^')) starts_anchored = true;
    if (!left_.empty() && left_.back() == '$' && !(left_.size() > 1 && left_[left_.size() - 2] == '\\')) {
      ends_anchored = true;
      left_.remove_suffix(1);
    }
    auto e = choice(0);
    if (!left_.empty()) throw Refused{"an unmatched )"};
    if ((starts_anchored || ends_anchored) && e.kind == Expression::Kind::choice && has_open_choice_)
      throw Refused{"^ or $ beside a top-level |: put the alternatives in ( )"};
    return e;
  }

  bool starts_anchored = false;
  bool ends_anchored = false;

 private:
  bool take(char c) {
    if (left_.empty() || left_.front() != c) return false;
    left_.remove_prefix(1);
    return true;
  }
  char next() {
    if (left_.empty()) throw Refused{"an end within [ ] or behind \\"};
    const char c = left_.front();
    left_.remove_prefix(1);
    return c;
  }

  Expression choice(std::size_t depth) {
    if (depth > deepest) throw Refused{"( ) nested too deeply"};
    Expression e;
    e.kind = Expression::Kind::choice;
    e.parts.push_back(sequence(depth));
    while (take('|')) {
      if (depth == 0) has_open_choice_ = true;
      e.parts.push_back(sequence(depth));
    }
    return e.parts.size() == 1 ? Expression(std::move(e.parts.front())) : e;
  }

  Expression sequence(std::size_t depth) {
    Expression e;
    e.kind = Expression::Kind::sequence;
    while (!left_.empty() && left_.front() != '|' && left_.front() != ')') e.parts.push_back(repeated(atom(depth)));
    return e;
  }

  Expression repeated(Expression inner) {
    if (left_.empty()) return inner;
    Expression e;
    e.kind = Expression::Kind::repeat;
    if (take('?')) {
      e.most = 1;
    } else if (take('+')) {
      e.least = 1;
    } else if (take('{')) {
      e.least = number();
      if (!take(','))
        e.most = e.least;
      else if (left_.empty() || left_.front() != '}')
        e.most = number();
      if (!take('}')) throw Refused{"{ without }"};
      if (e.most && *e.most < e.least) throw Refused{"a {n,m} whose m is less than n"};
    } else if (!take('*')) {
      return inner;
    }
    if (!left_.empty() && (left_.front() == '?' || left_.front() == '+' || left_.front() == '*'))
      throw Refused{"a lazy, possessive or double repeat"};
    e.parts.push_back(std::move(inner));
    return e;
  }

  unsigned number() {
    unsigned n = 0;
    if (left_.empty() || left_.front() < '0' || left_.front() > '9') throw Refused{"a { without a number"};
    while (!left_.empty() && left_.front() >= '0' && left_.front() <= '9') {
      n = n * 10 + static_cast<unsigned>(next() - '0');
      if (n > most_repeats) throw Refused{fmt::format("a repeat beyond {}", most_repeats)};
    }
    return n;
  }

  Expression atom(std::size_t depth) {
    const char c = next();
    switch (c) {
      case '(': {
        if (take('?') && !(take(':'))) throw Refused{"(? with anything but (?:"};
        auto inner = choice(depth + 1);
        if (!take(')')) throw Refused{"( without )"};
        return inner;
      }
      case '[':
        return bracket();
      case '.':
        return character(range(0, 127).reset('\n'), true);
      case '^':
      case '$':
        throw Refused{"^ or $ in the middle"};
      case '*':
      case '+':
      case '?':
      case '{':
        throw Refused{"a repeat of nothing"};
      case '\\': {
        bool beyond = false;
        const auto set = escape(beyond);
        return character(set, beyond);
      }
      default:
        return one_of(ByteSet{}.set(static_cast<unsigned char>(c)));
    }
  }

  ByteSet escape(bool& beyond) {
    const char c = next();
    const auto digits = range('0', '9');
    const auto word = range('a', 'z') | range('A', 'Z') | digits | ByteSet{}.set('_');
    const auto space = range('\t', '\r') | ByteSet{}.set(' ');
    const auto ascii = range(0, 127);
    beyond = c == 'D' || c == 'W' || c == 'S';
    switch (c) {
      case 'd':
        return digits;
      case 'D':
        return ascii & ~digits;
      case 'w':
        return word;
      case 'W':
        return ascii & ~word;
      case 's':
        return space;
      case 'S':
        return ascii & ~space;
      case 'n':
        return ByteSet{}.set('\n');
      case 't':
        return ByteSet{}.set('\t');
      case 'r':
        return ByteSet{}.set('\r');
      default:
        break;
    }
    if (word[static_cast<unsigned char>(c)] || static_cast<unsigned char>(c) > 127)
      throw Refused{fmt::format("the escape \\{}", c)};
    return ByteSet{}.set(static_cast<unsigned char>(c));
  }

  unsigned char ascii_or_refuse(char c) {
    if (static_cast<unsigned char>(c) > 127) throw Refused{"a character beyond ASCII in [ ]"};
    return static_cast<unsigned char>(c);
  }

  Expression bracket() {
    const bool negated = take('^');
    ByteSet set;
    bool beyond = false;
    bool first = true;
    while (first || left_.empty() || left_.front() != ']') {
      first = false;
      const char c = next();
      if (c == '\\') {
        bool escaped_beyond = false;
        set |= escape(escaped_beyond);
        beyond = beyond || escaped_beyond;
        continue;
      }
      if (c == '[' && left_.starts_with(':') && left_.find(":]") != std::string_view::npos)
        throw Refused{"a class like [:alpha:]"};  // elsewhere; here it would be its letters
      const auto from = ascii_or_refuse(c);
      if (left_.size() >= 2 && left_.front() == '-' && left_[1] != ']') {
        next();
        char end = next();
        if (end == '\\') {
          end = next();
          if (is_letter_or_digit(end)) throw Refused{"a range to a letter behind \\ in [ ]"};
        }
        const auto to = ascii_or_refuse(end);
        if (to < from) throw Refused{"a range that runs backwards in [ ]"};
        set |= range(from, to);
      } else {
        set.set(from);
      }
    }
    next();
    if (negated) return character(range(0, 127) & ~set, !beyond);
    return character(set, beyond);
  }

  std::string_view left_;
  bool has_open_choice_ = false;
};

// Builds from the end: returns the state at which `e` starts when `then` follows it.
int build(Nfa& nfa, const Expression& e, int then) {
  if (nfa.states.size() > most_states) throw Refused{"more than can be followed"};
  switch (e.kind) {
    case Expression::Kind::nothing:
      return then;
    case Expression::Kind::byte:
      return nfa.reads(e.bytes, then);
    case Expression::Kind::any_beyond_ascii: {  // the well-formed sequences of UTF-8; validity is the caller's promise
      const int last = nfa.reads(range(0x80, 0xBF), then);
      const int third = nfa.reads(range(0x80, 0xBF), last);
      const int second = nfa.reads(range(0x80, 0xBF), third);
      const int two = nfa.reads(range(0xC2, 0xDF), last);
      const int three = nfa.reads(range(0xE0, 0xEF), third);
      const int four = nfa.reads(range(0xF0, 0xF4), second);
      return nfa.branches(two, nfa.branches(three, four));
    }
    case Expression::Kind::sequence:
      for (auto part = e.parts.rbegin(); part != e.parts.rend(); ++part) then = build(nfa, *part, then);
      return then;
    case Expression::Kind::choice: {
      int start = build(nfa, e.parts.back(), then);
      for (auto part = e.parts.rbegin() + 1; part != e.parts.rend(); ++part)
        start = nfa.branches(build(nfa, *part, then), start);
      return start;
    }
    case Expression::Kind::repeat: {
      int start = then;
      if (e.most) {
        for (unsigned i = e.least; i < *e.most; ++i) start = nfa.branches(build(nfa, e.parts[0], start), then);
      } else {
        const int loop = nfa.branches(-1, then);
        const int body = build(nfa, e.parts[0], loop);
        nfa.states[static_cast<std::size_t>(loop)].branch[0] = body;
        start = loop;
      }
      for (unsigned i = 0; i < e.least; ++i) start = build(nfa, e.parts[0], start);
      return start;
    }
  }
  return then;
}

using States = std::vector<int>;  // sorted

// What can be reached without reading. -1 stands for the end.
States closure(const Nfa& nfa, States open) {
  States reached;
  std::vector<bool> seen(nfa.states.size() + 1);
  while (!open.empty()) {
    const int s = open.back();
    open.pop_back();
    if (seen[static_cast<std::size_t>(s + 1)]) continue;
    seen[static_cast<std::size_t>(s + 1)] = true;
    const bool branches = s >= 0 && nfa.states[static_cast<std::size_t>(s)].next == -1 &&
                          nfa.states[static_cast<std::size_t>(s)].bytes.none();
    if (!branches) {
      reached.push_back(s);
      continue;
    }
    for (const int b : nfa.states[static_cast<std::size_t>(s)].branch) open.push_back(b);
  }
  std::sort(reached.begin(), reached.end());
  return reached;
}

// Tells apart the bytes that some state tells apart.
std::size_t classify(const Nfa& nfa, std::array<std::uint8_t, 256>& class_of) {
  std::size_t classes = 1;
  std::unordered_set<ByteSet> seen;
  for (const auto& state : nfa.states) {
    if (state.bytes.none() || !seen.insert(state.bytes).second) continue;
    std::map<std::pair<std::uint8_t, bool>, std::uint8_t> numbers;
    for (unsigned byte = 0; byte < 256; ++byte)
      class_of[byte] = numbers.emplace(std::pair(class_of[byte], state.bytes[byte]), numbers.size()).first->second;
    classes = numbers.size();
  }
  return classes;
}

}  // namespace

Result<Pattern> Pattern::compile(std::string_view source, bool anchored) {
  try {
    Parser parser(source);
    const auto expression = parser.parse();
    Nfa nfa;
    const int end = nfa.branches(-1, -1);  // leads to the accepting -1
    int start = build(nfa, expression, end);
    if (!anchored && !parser.starts_anchored) {
      const int loop = nfa.branches(start, -1);
      nfa.states[static_cast<std::size_t>(loop)].branch[1] = nfa.reads(range(0, 255), loop);
      start = loop;
    }
    Pattern pattern;
    pattern.open_end_ = !anchored && !parser.ends_anchored;
    pattern.classes_ = static_cast<std::uint32_t>(classify(nfa, pattern.class_of_));
    std::array<unsigned, 256> one_of{};  // each class
    for (unsigned byte = 0; byte < 256; ++byte) one_of[pattern.class_of_[byte]] = byte;
    const std::size_t width = pattern.classes_ + 1;
    std::map<States, std::size_t> numbers;
    std::vector<States> todo{{}, closure(nfa, {start})};
    numbers.emplace(todo[0], 0);
    numbers.emplace(todo[1], 1);
    for (std::size_t i = 0; i < todo.size(); ++i) {
      const States current = todo[i];
      pattern.rows_.resize((i + 1) * width, dead);
      pattern.rows_.back() = !current.empty() && current.front() == -1 ? 1 : 0;
      for (std::size_t c = 0; c < pattern.classes_; ++c) {
        States moved;
        for (const int s : current) {
          if (s < 0) continue;
          const auto& state = nfa.states[static_cast<std::size_t>(s)];
          if (state.bytes[one_of[c]]) moved.push_back(state.next);
        }
        if (moved.empty()) continue;
        auto reached = closure(nfa, std::move(moved));
        const auto [at, is_new] = numbers.emplace(reached, todo.size());
        if (is_new) todo.push_back(std::move(reached));
        if (todo.size() > most_states) throw Refused{"more than can be followed"};
        pattern.rows_[i * width + c] = static_cast<State>(at->second * width);
      }
    }
    if (!pattern.open_end_) pattern.find_fixed();
    return pattern;
  } catch (const Refused& refused) {
    return fail(ErrorCode::config, fmt::format("the pattern holds {}, which is not supported here", refused.why));
  }
}

// Each state has one state behind it at most, and the text may end in the last one alone.
void Pattern::find_fixed() {
  constexpr std::uint32_t most_classes = 32;
  constexpr std::size_t longest = 256;
  if (classes_ > most_classes) return;
  std::vector<std::uint32_t> places;
  for (State state = classes_ + 1; rows_[state + classes_] == 0;) {
    State next = dead;
    std::uint32_t classes = 0;
    for (std::uint32_t c = 0; c < classes_; ++c) {
      const State reached = rows_[state + c];
      if (reached == dead) continue;
      if (next != dead && reached != next) return;
      next = reached;
      classes |= 1U << c;
    }
    if (next == dead || places.size() == longest) return;
    places.push_back(classes);
    state = next;
    const bool is_last = rows_[state + classes_] != 0;
    const auto* const row = rows_.data() + state;
    if (is_last && std::any_of(row, row + classes_, [](State s) { return s != dead; })) return;
  }
  fixed_ = std::move(places);
}

bool Pattern::matches_fixed(std::string_view text) const {
  if (text.size() != fixed_.size()) return false;
  const auto* place = fixed_.data();
  return std::all_of(text.begin(), text.end(),
                     [&](char c) { return ((*place++ >> class_of_[static_cast<unsigned char>(c)]) & 1U) != 0; });
}

bool Pattern::matches(std::string_view text) const {
  if (!fixed_.empty()) return matches_fixed(text);
  State state = classes_ + 1;
  const auto* const rows = rows_.data();
  const auto* const may_end = rows + classes_;
  const auto* const class_of = class_of_.data();
  for (const char c : text) {
    if (open_end_ && may_end[state] != 0) return true;
    state = rows[state + class_of[static_cast<unsigned char>(c)]];
    if (state == dead) return false;
  }
  return may_end[state] != 0;
}

}  // namespace ketenpoort::formats
