#include "gateway/mapping/definition/condition.hpp"

#include <algorithm>
#include <array>
#include <charconv>

#include "gateway/base/ascii.hpp"
#include "gateway/base/time.hpp"
#include "gateway/base/trim.hpp"
#include "gateway/formats/suggest.hpp"

namespace ketenpoort::mapping {
namespace {

using Kind = Condition::Kind;

struct Operator {
  std::string_view word;
  Kind kind;
};
constexpr std::array operators = {Operator{"=", Kind::equal},     Operator{"!=", Kind::not_equal},
                                  Operator{"<", Kind::less},      Operator{"<=", Kind::less_or_equal},
                                  Operator{"in", Kind::in},       Operator{"before", Kind::before},
                                  Operator{"after", Kind::after}, Operator{"matches", Kind::matches}};

bool is_quoted(std::string_view text) {
  return text.size() >= 2 && (text.front() == '\'' || text.front() == '"') && text.back() == text.front();
}

// Quoted stretches are blanked out: what stands in them joins nothing.
std::string without_quoted(std::string_view text) {
  std::string out(text);
  char quote = '\0';
  for (auto& c : out) {
    const bool is_mark = quote == '\0' ? c == '\'' || c == '"' : c == quote;
    if (is_mark) quote = quote == '\0' ? c : '\0';
    if (quote != '\0' || is_mark) c = '_';
  }
  return out;
}

std::string unquote(std::string_view text) {
  text = trim(text, is_blank);
  if (is_quoted(text)) text = text.substr(1, text.size() - 2);
  return std::string(text);
}

std::string_view take_word(std::string_view& text) {
  text = trim(text, is_blank);
  const auto word = text.substr(0, text.find(' '));
  text = trim(text.substr(word.size()), is_blank);
  return word;
}

// A path may hold spaces between quotes and brackets only.
std::string_view take_path(std::string_view& text) {
  text = trim(text, is_blank);
  char quote = 0;
  int brackets = 0;
  std::size_t end = 0;
  for (; end < text.size(); ++end) {
    const char c = text[end];
    if (quote != 0) {
      if (c == '\\')
        ++end;
      else if (c == quote)
        quote = 0;
      continue;
    }
    if (c == ' ' && brackets == 0) break;
    if (brackets > 0 && (c == '\'' || c == '"')) quote = c;
    brackets += c == '[' ? 1 : c == ']' && brackets > 0 ? -1 : 0;
  }
  const auto path = text.substr(0, std::min(end, text.size()));
  text = trim(text.substr(path.size()), is_blank);
  return path;
}

// One of a list; quotes may hold a comma.
std::string take_element(std::string_view& rest) {
  rest = trim(rest, is_blank);
  std::size_t end = rest.find(',');
  if (!rest.empty() && (rest.front() == '\'' || rest.front() == '"')) {
    const auto closing = rest.find(rest.front(), 1);
    if (closing != std::string_view::npos) end = rest.find(',', closing);
  }
  auto element = unquote(rest.substr(0, end));
  rest = end == std::string_view::npos ? std::string_view{} : rest.substr(end + 1);
  return element;
}

bool read_path_of(Condition& c, std::string_view text, Complaints& complaints) {
  auto path = parse_path(text);
  if (!path) {
    complaints.error(c.at, path.error().message);
    return false;
  }
  c.path = std::move(*path);
  return true;
}

// "x and b = y": a second comparison that would silently be part of the text compared with.
bool holds_another(std::string_view text) {
  constexpr std::array joints = {std::string_view(" and "), std::string_view(" or "), std::string_view(" && "),
                                 std::string_view(" || ")};
  const auto plain = without_quoted(text);
  return std::ranges::any_of(joints, [&](auto joint) { return plain.find(joint) != std::string::npos; });
}

bool read_operands(Condition& c, std::string_view rest, Complaints& complaints) {
  if (rest.empty() || rest == "[]") {
    complaints.error(c.at, "the comparison has no right side; write it after the operator ('' for an empty text)");
    return false;
  }
  if (c.kind != Kind::matches && holds_another(rest)) {
    complaints.error(c.at,
                     "one comparison at a time: list several under `all:` or `any:`; put a text that holds this word "
                     "between quotes");
    return false;
  }
  if (c.kind == Kind::in) {
    if (rest.starts_with('[') && rest.ends_with(']')) rest = rest.substr(1, rest.size() - 2);
    while (!rest.empty()) c.operands.push_back(take_element(rest));
  } else {
    c.operands.push_back(unquote(rest));
  }
  if ((c.kind == Kind::before || c.kind == Kind::after) && !parse_date(c.operands[0]) && c.operands[0] != "today") {
    complaints.error(c.at, "before and after take a day (yyyy-mm-dd) or today");
    return false;
  }
  if (c.kind != Kind::matches) return true;
  auto pattern = formats::Pattern::compile(c.operands[0]);
  if (!pattern) {
    complaints.error(c.at, pattern.error().message);
    return false;
  }
  c.pattern = std::make_shared<const formats::Pattern>(std::move(*pattern));
  return true;
}

std::optional<Condition> read_comparison(const YamlNode& node, Complaints& complaints) {
  Condition c;
  c.at = node.at;
  auto rest = trim(node.text, is_blank);
  if (rest.starts_with("exists ") || rest.starts_with("not exists ")) {
    c.kind = take_word(rest) == "not" ? Kind::not_exists : Kind::exists;
    if (c.kind == Kind::not_exists) take_word(rest);
    return read_path_of(c, rest, complaints) ? std::optional(std::move(c)) : std::nullopt;
  }
  const auto path = take_path(rest);
  const auto word = take_word(rest);
  const auto* const found =
      std::find_if(operators.begin(), operators.end(), [&](const auto& o) { return o.word == word; });
  if (found == operators.end()) {
    std::vector<std::string_view> words;
    for (const auto& o : operators) words.push_back(o.word);
    complaints.error(
        node.at, fmt::format("{} is no comparison{}; write `path operator value` with one of = != < <= in before after "
                             "matches, or `exists path`",
                             word.empty() ? "this" : word, formats::did_you_mean(word, words)));
    return std::nullopt;
  }
  c.kind = found->kind;
  const bool good = read_path_of(c, path, complaints);
  return read_operands(c, rest, complaints) && good ? std::optional(std::move(c)) : std::nullopt;
}

// Not what from_chars takes for numbers beside: "inf" and "nan", which begin a family name as well.
std::optional<double> as_number(std::string_view text) {
  const auto digits = text.substr(text.starts_with('-') ? 1 : 0);
  if (digits.empty() || !is_digit(digits.front())) return std::nullopt;
  double number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  return error == std::errc{} && end == text.data() + text.size() ? std::optional(number) : std::nullopt;
}

// Whole numbers are compared digit by digit: a double keeps some sixteen of them, and identifiers have more.
std::optional<int> compare_whole(std::string_view a, std::string_view b) {
  const bool is_a_negative = a.starts_with('-');
  const bool is_b_negative = b.starts_with('-');
  for (auto* text : {&a, &b}) {
    if (text->starts_with('-')) text->remove_prefix(1);
    if (text->empty() || !std::all_of(text->begin(), text->end(), is_digit)) return std::nullopt;
    text->remove_prefix(std::min(text->find_first_not_of('0'), text->size()));
  }
  if (a.empty() && b.empty()) return 0;
  if (is_a_negative != is_b_negative) return is_a_negative ? -1 : 1;
  const int order = a.size() != b.size() ? (a.size() < b.size() ? -1 : 1) : a.compare(b);
  return is_a_negative ? -order : order;
}

}  // namespace

std::optional<Condition> read_condition(const YamlNode& node, Complaints& complaints) {
  if (node.kind == YamlNode::Kind::scalar) return read_comparison(node, complaints);
  const bool is_list = node.kind == YamlNode::Kind::map && node.entries.size() == 1 &&
                       (node.entries[0].key == "all" || node.entries[0].key == "any") &&
                       node.entries[0].value.kind == YamlNode::Kind::sequence && !node.entries[0].value.items.empty();
  if (!is_list) {
    complaints.error(node.at, "write one comparison, { all: [...] } or { any: [...] }");
    return std::nullopt;
  }
  Condition c;
  c.at = node.at;
  c.kind = node.entries[0].key == "all" ? Kind::all : Kind::any;
  bool good = true;
  for (const auto& item : node.entries[0].value.items) {
    auto part = read_condition(item, complaints);
    good = good && part.has_value();
    if (part) c.parts.push_back(std::move(*part));
  }
  return good ? std::optional(std::move(c)) : std::nullopt;
}

std::string to_text(const Condition& condition) {
  if (condition.kind == Kind::all || condition.kind == Kind::any) {
    std::string text;
    for (const auto& part : condition.parts) {
      if (!text.empty()) text += condition.kind == Kind::all ? " and " : " or ";
      text += to_text(part);
    }
    return condition.parts.size() == 1 ? text : "(" + text + ")";
  }
  if (condition.kind == Kind::exists) return "exists " + condition.path.text;
  if (condition.kind == Kind::not_exists) return "not exists " + condition.path.text;
  const auto* const found =
      std::find_if(operators.begin(), operators.end(), [&](const auto& o) { return o.kind == condition.kind; });
  std::string operands;
  for (const auto& operand : condition.operands) operands += (operands.empty() ? "" : ", ") + operand;
  if (condition.kind == Kind::in) operands = "[" + operands + "]";
  return fmt::format("{} {} {}", condition.path.text, found->word, operands);
}

int compare_values(std::string_view a, std::string_view b) {
  if (const auto order = compare_whole(a, b)) return *order;
  const auto x = as_number(a);
  const auto y = as_number(b);
  if (x && y) return *x < *y ? -1 : *x > *y ? 1 : 0;
  const int order = a.compare(b);
  return order < 0 ? -1 : order > 0 ? 1 : 0;
}

}  // namespace ketenpoort::mapping
