// JSON case by case: what every reader must take, what none may, what readers differ on and we decide; and damaged
// documents held against the grammar of RFC 8259.
#include <gtest/gtest.h>

#include <array>
#include <cstdlib>
#include <filesystem>

#include "gateway/base/files.hpp"
#include "gateway/base/utf8.hpp"
#include "gateway/formats/json.hpp"
#include "tests/support/json_grammar.hpp"
#include "tests/support/mutation.hpp"

namespace ketenpoort::formats {
namespace {

using namespace std::string_view_literals;

struct Case {
  std::string_view why;
  std::string_view text;
};

constexpr std::array yes = {
    Case{"an empty array", "[]"},
    Case{"an empty object", "{}"},
    Case{"white space of all four kinds", " \t\r\n[ \t\r\n] \t\r\n"},
    Case{"a lonely string", "\"\""},
    Case{"a lonely number", "0"},
    Case{"a lonely negative number", "-1"},
    Case{"a lonely word", "null"},
    Case{"the words", "[true,false,null]"},
    Case{"minus zero", "[-0]"},
    Case{"a fraction", "[0.5]"},
    Case{"zeros at the end of a fraction", "[1.500]"},
    Case{"exponents", "[1e2,1E2,1e+2,1e-2,1.5e0,0e1,-0e-0]"},
    Case{"zeros at the beginning of an exponent", "[1e007]"},
    Case{"an exponent that comes to nothing in a double", "[1e-9999]"},
    Case{"a number longer than any double", "[123456789012345678901234567890.123456789012345678901234567890]"},
    Case{"an empty key", "{\"\":1}"},
    Case{"the two-letter escapes", R"(["\"\\\/\b\f\n\r\t"])"},
    Case{"an escape in a key", R"({"\u0061":1})"},
    Case{"hexadecimal digits in both cases", R"(["\u00e9\u00E9"])"},
    Case{"a surrogate pair", R"(["\uD83D\uDE00"])"},
    Case{"a character beyond the basic plane", "[\"\xF0\x9F\x98\x80\"]"},
    Case{"DEL", "[\"\x7F\"]"},
    Case{"a non-character", R"(["\uFFFF\uFDD0"])"},
    Case{"the line separators of JavaScript", "[\"\xE2\x80\xA8\xE2\x80\xA9\"]"},
    Case{"a backslash before what looks like an escape", R"(["\\u0000"])"},
    Case{"a comment within a string", "[\"/* */ // \"]"},
    Case{"one key in two objects", R"({"a":{"b":1},"c":{"b":2}})"},
    Case{"keys that differ in case", R"({"a":1,"A":2})"},
    Case{"an escaped solidus and a plain one", R"(["\/",  "/"])"},
};

constexpr std::array no = {
    Case{"nothing", ""},
    Case{"white space only", " "},
    Case{"a byte order mark only", "\xEF\xBB\xBF"},
    Case{"a comma too many in an array", "[1,]"},
    Case{"a comma too many in an object", "{\"a\":1,}"},
    Case{"two commas", "[1,,2]"},
    Case{"a comma first", "[,1]"},
    Case{"a comma alone", "[,]"},
    Case{"no comma", "[1 2]"},
    Case{"no comma between members", "{\"a\":1 \"b\":2}"},
    Case{"a colon in an array", "[\"a\":1]"},
    Case{"a comma for a colon", "{\"a\",1}"},
    Case{"two colons", "{\"a\"::1}"},
    Case{"a key without quotes", "{a:1}"},
    Case{"a key in single quotes", "{'a':1}"},
    Case{"a string in single quotes", "['a']"},
    Case{"a number as a key", "{1:1}"},
    Case{"a key without a value", "{\"a\"}"},
    Case{"a key with an empty value", "{\"a\":}"},
    Case{"an array that is not closed", "[1"},
    Case{"an object that is not closed", "{\"a\":1"},
    Case{"a string that is not closed", "[\"a"},
    Case{"a string that ends in a backslash", "[\"\\"},
    Case{"a closing quote that is escaped", "[\"a\\\"]"},
    Case{"closed by the other bracket", "[1}"},
    Case{"closed twice", "[1]]"},
    Case{"a second value", "1 2"},
    Case{"text behind the value", "{}x"},
    Case{"a second document", "{}{}"},
    Case{"a comma behind the value", "[],"},
    Case{"a comment", "[1]/* */"},
    Case{"a comment to the end of the line", "[1]// x"},
    Case{"a comment with #", "[1]# x"},
    Case{"a zero at the beginning", "[01]"},
    Case{"a zero at the beginning of a negative number", "[-01]"},
    Case{"two zeros", "[00]"},
    Case{"a plus sign", "[+1]"},
    Case{"a sign alone", "[-]"},
    Case{"two signs", "[--1]"},
    Case{"a sign and a space", "[- 1]"},
    Case{"a point first", "[.5]"},
    Case{"a point last", "[1.]"},
    Case{"a sign and a point", "[-.5]"},
    Case{"a point and an exponent", "[1.e1]"},
    Case{"two points", "[1.2.3]"},
    Case{"an exponent without digits", "[1e]"},
    Case{"an exponent with a sign only", "[1e+]"},
    Case{"an exponent with a fraction", "[1e1.5]"},
    Case{"an exponent alone", "[e1]"},
    Case{"hexadecimal", "[0x1]"},
    Case{"octal", "[0o7]"},
    Case{"digits with a separator", "[1_000]"},
    Case{"NaN", "[NaN]"},
    Case{"infinity", "[Infinity]"},
    Case{"negative infinity", "[-Infinity]"},
    Case{"a word in capitals", "[TRUE]"},
    Case{"half a word", "[tru]"},
    Case{"a word and a letter", "[truee]"},
    Case{"undefined", "[undefined]"},
    Case{"full-width digits", "[\xEF\xBC\x91]"},
    Case{"an unknown escape", R"(["\a"])"},
    Case{"an escaped single quote", R"(["\'"])"},
    Case{"a hexadecimal escape of two digits", R"(["\x41"])"},
    Case{"an octal escape", R"(["\041"])"},
    Case{"a \\u with three digits", R"(["\u041"])"},
    Case{"a \\u with a letter that is no digit", R"(["\u00g0"])"},
    Case{"a \\U in capitals", R"(["\U0041"])"},
    Case{"an escape outside a string", R"([\n])"},
    Case{"an escaped character for a bracket", R"(\u005B])"},
    Case{"a line feed in a string", "[\"\n\"]"},
    Case{"a tab in a string", "[\"\t\"]"},
    Case{"NUL in a string", "[\"\0\"]"sv},
    Case{"NUL behind the value", "[]\0"sv},
    Case{"NUL between values", "[1,\0 2]"sv},
    Case{"a control character between values", "[1,\x0B 2]"},
    Case{"a form feed as white space", "[\x0C]"},
    Case{"a non-breaking space as white space", "[\xC2\xA0]"},
    Case{"a word joiner as white space", "[\xE2\x81\xA0]"},
    Case{"a byte that is no UTF-8", "[\"\xFF\"]"},
    Case{"Latin-1", "[\"\xE9\"]"},
    Case{"an overlong form", "[\"\xC0\xAF\"]"},
    Case{"half a surrogate pair in UTF-8", "[\"\xED\xA0\x80\"]"},
    Case{"UTF-8 cut off by the quote", "[\"\xE2\x82\"]"},
    Case{"UTF-8 cut off by the end", "[\"\xE2"},
    Case{"beyond Unicode", "[\"\xF4\x90\x80\x80\"]"},
    Case{"UTF-16", "\xFF\xFE[\0]\0"sv},
    Case{"brackets within brackets, none closed", "[[[[[[[[[[[[[[[[["},
    Case{"an object in the place of a key", "{{}:1}"},
    Case{"a bracket alone", "]"},
    Case{"a quote alone", "\""},
    Case{"XML", "<a/>"},
    Case{"YAML", "a: 1"},
};

// What readers disagree about, so that a document of one is another of the next.
constexpr std::array decided_against = {
    Case{"a byte order mark", "\xEF\xBB\xBF{}"},
    Case{"one key twice", R"({"a":1,"a":2})"},
    Case{"one key twice with the same value", R"({"a":1,"a":1})"},
    Case{"one key twice, once escaped", R"({"a":1,"\u0061":2})"},
    Case{"an escaped NUL", R"(["\u0000"])"},
    Case{"an escaped NUL in a key", R"({"\u0000":1})"},
    Case{"a number that no double holds", "[1e9999]"},
    Case{"a negative one", "[-1e9999]"},
    Case{"an exponent longer than any integer", "[1e99999999999999999999]"},
    Case{"the first half of a pair", R"(["\uD83D"])"},
    Case{"the second half of a pair", R"(["\uDE00"])"},
    Case{"a pair the wrong way round", R"(["\uDE00\uD83D"])"},
    Case{"the first half twice", R"(["\uD83D\uD83D"])"},
    Case{"the first half and a letter", R"(["\uD83Dx"])"},
    Case{"the first half and another escape", R"(["\uD83D\n"])"},
};

bool we_take(std::string_view text) {
  return parse_json(text).has_value();
}

TEST(JsonCorpus, takes_what_every_reader_must) {
  for (const auto& [why, text] : yes) {
    EXPECT_TRUE(we_take(text)) << why;
    EXPECT_TRUE(test::JsonGrammar::takes(text)) << "the test's own grammar: " << why;
  }
}

TEST(JsonCorpus, refuses_what_none_may_take) {
  for (const auto& [why, text] : no) {
    EXPECT_FALSE(we_take(text)) << why;
    if (is_valid_utf8(text)) {
      EXPECT_FALSE(test::JsonGrammar::takes(text)) << "the test's own grammar: " << why;
    }
  }
}

TEST(JsonCorpus, refuses_what_readers_disagree_about) {
  for (const auto& [why, text] : decided_against) EXPECT_FALSE(we_take(text)) << why;
}

TEST(JsonCorpus, refuses_what_costs_too_much) {
  const auto nested = [](std::size_t depth) { return std::string(depth, '[') + std::string(depth, ']'); };
  EXPECT_TRUE(we_take(nested(128)));
  EXPECT_FALSE(we_take(nested(129)));
  EXPECT_FALSE(we_take(nested(100'000)));
  std::string objects;
  for (int i = 0; i < 50'000; ++i) objects += "{\"\":";
  EXPECT_FALSE(we_take(objects));
}

TEST(JsonCorpus, keeps_every_digit_and_every_character) {
  const auto document = parse_json(R"(["1e9999",1e-9999,123456789012345678901234567890,"\uD83D\uDE00\/\u00e9",-0])");
  ASSERT_TRUE(document.has_value());
  const auto root = document->root();
  EXPECT_EQ(root.at(1).as_number(), "1e-9999");
  EXPECT_EQ(root.at(2).as_number(), "123456789012345678901234567890");
  EXPECT_EQ(root.at(3).as_string(), "\xF0\x9F\x98\x80/\xC3\xA9");
  EXPECT_EQ(root.at(4).as_number(), "-0");
}

TEST(JsonCorpus, agrees_with_the_grammar_on_damaged_documents) {
  test::Mutator mutator(20261128,
                        {"[",  "]",    "{",     "}",       ",",  ":",  "\"",   "\\",   "\\u",     "\\n",
                         "0",  "1",    "-",     ".",       "e",  "+",  "true", "null", " ",       "\n",
                         "\t", "\x01", "\"a\"", "\"a\":1", "//", "[]", "{}",   "1.5",  "\\u0041", "\xC3\xA9"});
  constexpr int rounds = 400;
  int taken = 0;
  int refused = 0;
  for (const auto& [why, text] : yes)
    for (int i = 0; i < rounds; ++i) {
      const auto damaged = mutator.damage(text);
      const bool ours = we_take(damaged);
      const bool grammar = is_valid_utf8(damaged) && test::JsonGrammar::takes(damaged);
      ASSERT_TRUE(grammar || !ours) << "we take what is no JSON (" << why << "): " << damaged;
      if (grammar && !ours) {
        const auto error = parse_json(damaged).error().message;
        const bool on_purpose = error.find("too big") != std::string::npos ||
                                error.find("twice") != std::string::npos ||
                                error.find("surrogate") != std::string::npos || error.find("NUL") != std::string::npos;
        ASSERT_TRUE(on_purpose) << "we refuse JSON (" << why << "): " << damaged << ": " << error;
      }
      ++(ours ? taken : refused);
    }
  EXPECT_GT(taken, 1000) << "the damage leaves nothing to agree on";
  EXPECT_GT(refused, 1000) << "the damage does no harm";
}

// Every JSON file of the published suites is JSON.
TEST(JsonCorpus, takes_the_published_files) {
  const char* folder = std::getenv("KETENPOORT_VECTORS");
  if (folder == nullptr) GTEST_SKIP() << "KETENPOORT_VECTORS names no folder";
  int files = 0;
  for (const auto& entry : std::filesystem::recursive_directory_iterator(folder)) {
    if (entry.path().extension() != ".json") continue;
    const auto text = read_file(entry.path(), std::size_t{64} << 20);
    ASSERT_TRUE(text.has_value()) << entry.path();
    if (!is_valid_utf8(*text) || !test::JsonGrammar::takes(*text)) continue;
    const auto document = parse_json(*text, {.bytes = std::size_t{64} << 20, .depth = 512});
    ++files;
    if (document) continue;
    const auto& why = document.error().message;
    EXPECT_TRUE(why.find("surrogate") != std::string::npos || why.find("NUL") != std::string::npos ||
                why.find("twice") != std::string::npos)
        << entry.path() << ": " << why;
  }
  EXPECT_GT(files, 100);
}

}  // namespace
}  // namespace ketenpoort::formats
