// JSON case by case: what every reader must take, what none may, what readers differ on and we decide; and damaged
// documents held against the grammar of RFC 8259.
#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>

#include "gateway/base/files.hpp"
#include "gateway/base/utf8.hpp"
#include "gateway/formats/json.hpp"
#include "tests/support/json_cases.hpp"
#include "tests/support/json_grammar.hpp"
#include "tests/support/mutation.hpp"

namespace ketenpoort::formats {
namespace {

bool we_take(std::string_view text) {
  return parse_json(text).has_value();
}

TEST(JsonCorpus, takes_what_every_reader_must) {
  for (const auto& [why, text] : test::json_everybody_takes) {
    EXPECT_TRUE(we_take(text)) << why;
    EXPECT_TRUE(test::JsonGrammar::takes(text)) << "the test's own grammar: " << why;
  }
}

TEST(JsonCorpus, refuses_what_none_may_take) {
  for (const auto& [why, text] : test::json_nobody_takes) {
    EXPECT_FALSE(we_take(text)) << why;
    if (is_valid_utf8(text)) {
      EXPECT_FALSE(test::JsonGrammar::takes(text)) << "the test's own grammar: " << why;
    }
  }
}

TEST(JsonCorpus, refuses_what_readers_disagree_about) {
  for (const auto& [why, text] : test::json_we_refuse) EXPECT_FALSE(we_take(text)) << why;
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
  for (const auto& [why, text] : test::json_everybody_takes)
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

// Every JSON file of the published suites is JSON, but for those that are there because they are none.
TEST(JsonCorpus, takes_the_published_files) {
  const char* folder = std::getenv("KETENPOORT_VECTORS");
  if (folder == nullptr) GTEST_SKIP() << "KETENPOORT_VECTORS names no folder";
  int files = 0;
  for (const auto& entry : std::filesystem::recursive_directory_iterator(folder)) {
    if (entry.path().extension() != ".json") continue;
    const auto text = read_file(entry.path(), std::size_t{64} << 20);
    ASSERT_TRUE(text.has_value()) << entry.path();
    const bool is_json = is_valid_utf8(*text) && test::JsonGrammar::takes(*text);
    if (!is_json) EXPECT_FALSE(parse_json(*text, {.bytes = std::size_t{64} << 20, .depth = 512})) << entry.path();
    if (!is_json) continue;
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
