// Paths are RFC 9535 singular queries without `$.`: our own cases, and the published suite where KETENPOORT_VECTORS
// names it.
#include <gtest/gtest.h>

#include <array>
#include <cstdlib>
#include <filesystem>

#include "gateway/base/files.hpp"
#include "gateway/formats/json.hpp"
#include "gateway/mapping/notation/path.hpp"
#include "tests/unit/mapping/mapping_files.hpp"

namespace ketenpoort::mapping {
namespace {

using formats::JsonKind;
using formats::JsonView;

// What a path leads to in a document, as the RFC says; absent when there is nothing.
JsonView follow(const Path& path, JsonView at) {
  for (const auto& step : path.steps) {
    if (!step.index) {
      at = at.is(JsonKind::object) ? at.find(step.key) : JsonView();
      continue;
    }
    if (!at.is(JsonKind::array)) return {};
    const auto size = static_cast<std::int64_t>(at.size());
    const auto index = *step.index < 0 ? size + *step.index : *step.index;
    at = index < 0 || index >= size ? JsonView() : at.at(static_cast<std::size_t>(index));
  }
  return at;
}

std::string text_of(JsonView view) {
  if (!view) return "nothing";
  std::string text;
  formats::JsonWriter(text).value(view);
  return text;
}

struct Case {
  std::string_view why;
  std::string_view path;
  std::string_view found;
};

constexpr std::string_view document = R"({"a":{"b":[10,20,{"c":"deep"}],"odd name":1,"":2,"it's":3,"say \"so\"":4},
  "_x1":5,"été":6,"\u0001":7,"a/b":8,"\\":9,"list":[[1,2],[3]],"true":11,"😀":12,"null":null,"\t":13,"a.b":14,"0":15})";

constexpr std::array good = {
    Case{"a name", "_x1", "5"},
    Case{"a name within", "a.b", R"([10,20,{"c":"deep"}])"},
    Case{"a name beyond ASCII", "\xC3\xA9t\xC3\xA9", "6"},
    Case{"a name that is a word elsewhere", "true", "11"},
    Case{"null is there", "null", "null"},
    Case{"nothing there", "b", "nothing"},
    Case{"nothing there, further in", "a.x.y.z", "nothing"},
    Case{"a name in an array", "a.b.c", "nothing"},
    Case{"an index", "a.b[0]", "10"},
    Case{"the last index", "a.b[-1].c", "\"deep\""},
    Case{"an index from the end", "a.b[-3]", "10"},
    Case{"beyond the end", "a.b[3]", "nothing"},
    Case{"before the beginning", "a.b[-4]", "nothing"},
    Case{"an index in an object", "a[0]", "nothing"},
    Case{"the furthest index", "a.b[9007199254740991]", "nothing"},
    Case{"the furthest index the other way", "a.b[-9007199254740991]", "nothing"},
    Case{"an index in an index", "list[1][0]", "3"},
    Case{"single quotes", "['_x1']", "5"},
    Case{"double quotes", "[\"_x1\"]", "5"},
    Case{"a name with a space", "a['odd name']", "1"},
    Case{"an empty name", "a['']", "2"},
    Case{"a single quote escaped", R"(a['it\'s'])", "3"},
    Case{"a single quote in double quotes", R"(a["it's"])", "3"},
    Case{"double quotes escaped", R"(a["say \"so\""])", "4"},
    Case{"double quotes in single quotes", R"(a['say "so"'])", "4"},
    Case{"an escaped control character", R"(['\u0001'])", "7"},
    Case{"a solidus", "['a/b']", "8"},
    Case{"an escaped solidus", R"(['a\/b'])", "8"},
    Case{"an escaped backslash", R"(['\\'])", "9"},
    Case{"an escaped tab", R"(["\t"])", "13"},
    Case{"a dot in a name", "['a.b']", "14"},
    Case{"a digit as a name", "['0']", "15"},
    Case{"a character beyond the basic plane", "['\xF0\x9F\x98\x80']", "12"},
    Case{"the same as a pair", R"(['\uD83D\uDE00'])", "12"},
    Case{"the same in small letters", R"(["\ud83d\ude00"])", "12"},
    Case{"white space before a dot", "a .b[0]", "10"},
    Case{"white space before a bracket", "a.b [0]", "10"},
    Case{"white space within brackets", "a.b[ 0\t]", "10"},
    Case{"white space beside quotes", "a[ 'odd name' ]", "1"},
    Case{"from the root", "$.a.b[1]", "20"},
    Case{"from the root with a bracket", "$['a'].b[1]", "20"},
};

struct Bad {
  std::string_view why;
  std::string_view path;
};

constexpr std::array bad = {
    Bad{"nothing", ""},
    Bad{"white space", " "},
    Bad{"white space first", " a"},
    Bad{"white space last", "a "},
    Bad{"a dot alone", "."},
    Bad{"a dot first", ".a"},
    Bad{"a dot last", "a."},
    Bad{"white space after a dot", "a. b"},
    Bad{"every descendant", "a..b"},
    Bad{"every descendant in brackets", "a..[0]"},
    Bad{"every child", "a.*"},
    Bad{"every element", "a[*]"},
    Bad{"every element, written as nothing", "a[]"},
    Bad{"two indices", "a[0,1]"},
    Bad{"two names", "a['b','c']"},
    Bad{"a slice", "a[0:1]"},
    Bad{"a slice of all", "a[:]"},
    Bad{"a filter", "a[?@.b]"},
    Bad{"a filter with a comparison", "a[?@.b=='c']"},
    Bad{"a function", "length(a)"},
    Bad{"a name without quotes", "a[b]"},
    Bad{"an index that begins with 0", "a[01]"},
    Bad{"an index of -0", "a[-0]"},
    Bad{"an index of --1", "a[--1]"},
    Bad{"an index of +1", "a[+1]"},
    Bad{"an index with a point", "a[1.0]"},
    Bad{"an index with an exponent", "a[1e1]"},
    Bad{"an index that no reader counts", "a[9007199254740992]"},
    Bad{"an index that no reader counts, the other way", "a[-9007199254740992]"},
    Bad{"an index that overflows", "a[99999999999999999999999]"},
    Bad{"a space within an index", "a[- 1]"},
    Bad{"a bracket that is not closed", "a[0"},
    Bad{"a bracket alone", "a["},
    Bad{"a closing bracket", "a]"},
    Bad{"a quote that is not closed", "a['b"},
    Bad{"a quote closed by the other", "a['b\"]"},
    Bad{"a quote closed, a bracket not", "a['b'"},
    Bad{"text behind a quote", "a['b'c]"},
    Bad{"a quote escaped that needs none", R"(a["\'"])"},
    Bad{"the other quote escaped", R"(a['\"'])"},
    Bad{"an unknown escape", R"(a['\x'])"},
    Bad{"an escape cut off", R"(a['\u00'])"},
    Bad{"an escape with a letter that is no digit", R"(a['\u00g0'])"},
    Bad{"an escape with a sign", R"(a['\u-041'])"},
    Bad{"half a pair", R"(a['\uD83D'])"},
    Bad{"the other half of a pair", R"(a['\uDE00'])"},
    Bad{"half a pair and another escape", R"(a['\uD83D\u0041'])"},
    Bad{"a control character in quotes", "a['\x01']"},
    Bad{"a line end in quotes", "a['\n']"},
    Bad{"a name that begins with a digit", "1a"},
    Bad{"a dash in a name", "a-b"},
    Bad{"two names without a dot", "a b"},
    Bad{"a bracket and a name without a dot", "['a']b"},
    Bad{"the root and a name without a dot", "$a"},
    Bad{"the root in the middle", "a.$"},
    Bad{"a current element in the middle", "a.@"},
};

TEST(PathCorpus, leads_where_the_rfc_says) {
  const auto parsed = formats::parse_json(document);
  ASSERT_TRUE(parsed.has_value());
  for (const auto& [why, text, found] : good) {
    const auto path = parse_path(text);
    ASSERT_TRUE(path.has_value()) << why << ": " << path.error().message;
    EXPECT_FALSE(path->xml) << why;
    EXPECT_EQ(text_of(follow(*path, parsed->root())), found) << why << ": " << text;
  }
}

// What the engine finds in {"d": document} at a path there: "nothing", "no value" where an array or object stands, else
// the text. Null is nothing to it.
std::string found_by_engine(const std::string& path, JsonView whole) {
  MappingFiles files;
  files.write("schemas/source.json", R"({"type":"object"})");
  std::string quoted;
  for (const char c : path) quoted.append(c == '\'' ? 2 : 1, c);
  files.lines("  a: { from: '" + quoted + "', data: skills }\nignore: { derived: x }", "");
  const auto library = files.load();
  if (!library) return "does not load: " + library.error().issues.at(0).detail;
  Context context;
  context.allowed = CategorySet::all();
  context.purpose = "work-guidance";
  const auto made = library->mappings().front()->translate("{\"d\":" + text_of(whole) + "}", context);
  if (!made) return made.error().reason == Reason::nothing_to_send ? "nothing" : "no value";
  const auto message = formats::parse_json(made->bytes);
  return std::string(message->root().find("a").as_string().value_or("no text"));
}

// The same of what the path leads to; what has no text is left out of a message.
std::string text_in_message(JsonView found) {
  if (found.is(JsonKind::object) || found.is(JsonKind::array)) return "no value";
  if (!found || found.is(JsonKind::null)) return "nothing";
  if (const auto text = found.as_string()) return text->empty() ? "nothing" : std::string(*text);
  return text_of(found);
}

// "a.b" and "$.a.b" of a document, of the object that holds it.
std::string path_within(std::string_view path) {
  if (path.starts_with('$')) return "d" + std::string(path.substr(1));
  return path.starts_with('[') ? "d" + std::string(path) : "d." + std::string(path);
}

TEST(PathCorpus, leads_the_engine_where_the_rfc_says) {
  const auto parsed = formats::parse_json(document);
  ASSERT_TRUE(parsed.has_value());
  int texts = 0;
  for (const auto& [why, text, found] : good) {
    const auto expected = text_in_message(follow(*parse_path(text), parsed->root()));
    EXPECT_EQ(found_by_engine(path_within(text), parsed->root()), expected) << why << ": " << text;
    if (expected != "nothing" && expected != "no value") ++texts;
  }
  EXPECT_GT(texts, 25);
}

TEST(PathCorpus, refuses_what_is_no_singular_query) {
  for (const auto& [why, text] : bad) EXPECT_FALSE(parse_path(text).has_value()) << why << ": " << text;
}

// Whether every segment is one name or one index: what a path of ours can say.
bool is_singular(const JsonView& test) {
  const auto selector = std::string(*test.find("selector").as_string());
  if (selector.find_first_of("*?") != std::string::npos || selector.find("..") != std::string::npos) return false;
  std::string outside;  // of quotes
  char quote = 0;
  for (std::size_t i = 0; i < selector.size(); ++i) {
    if (quote != 0 && selector[i] == '\\')
      ++i;
    else if (quote != 0)
      quote = selector[i] == quote ? '\0' : quote;
    else if (selector[i] == '\'' || selector[i] == '"')
      quote = selector[i];
    else
      outside += selector[i];
  }
  return outside.find_first_of(",:") == std::string::npos;
}

TEST(PathCorpus, agrees_with_the_published_suite) {
  const char* folder = std::getenv("KETENPOORT_VECTORS");
  if (folder == nullptr) GTEST_SKIP() << "KETENPOORT_VECTORS names no folder";
  auto text = read_file(std::filesystem::path(folder) / "jsonpath-rfc9535" / "cts.json", std::size_t{16} << 20);
  ASSERT_TRUE(text.has_value());
  // Our reader takes no NUL, not even escaped: another control character stands in for it.
  for (auto at = text->find("\\u0000"); at != std::string::npos; at = text->find("\\u0000")) (*text)[at + 5] = '1';
  const auto suite = formats::parse_json(*text, {.bytes = std::size_t{16} << 20});
  ASSERT_TRUE(suite.has_value()) << suite.error().message;
  int invalid = 0;
  int singular = 0;
  int plural = 0;
  for (const auto test : suite->root().find("tests").elements()) {
    const std::string name(*test.find("name").as_string());
    const std::string selector(*test.find("selector").as_string());
    // Ours are written without `$.`; with it they begin at the record's root.
    std::vector<std::string> ways{selector};
    if (selector.starts_with("$.") && !selector.starts_with("$..")) ways.push_back(selector.substr(2));
    if (selector.starts_with("$[")) ways.push_back(selector.substr(1));
    const bool is_invalid = test.find("invalid_selector").as_bool().value_or(false);
    const bool is_ours = !is_invalid && is_singular(test);
    ++(is_invalid ? invalid : is_ours ? singular : plural);
    for (const auto& way : ways) {
      const auto path = parse_path(way);
      ASSERT_EQ(path.has_value() && !path->xml, is_ours) << name << ": " << way;
      if (!is_ours) continue;
      const auto found = follow(*path, test.find("document"));
      const auto result = test.find("result");
      const auto expected = result.size() == 0 ? std::string("nothing") : text_of(result.at(0));
      EXPECT_EQ(text_of(found), expected) << name << ": " << way;
    }
    if (is_ours)
      EXPECT_EQ(found_by_engine(path_within(selector), test.find("document")),
                text_in_message(test.find("result").at(0)))
          << name << ": " << selector;
  }
  EXPECT_GT(invalid, 200);
  EXPECT_GT(singular, 70);
  EXPECT_GT(plural, 200);
}

}  // namespace
}  // namespace ketenpoort::mapping
