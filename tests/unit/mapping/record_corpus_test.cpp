// The reader of records, which looks only at what a mapping reads, takes and refuses what the reader of whole documents
// does: case by case, in a place that the mapping reads and in one that it does not, and on damaged records.
#include <gtest/gtest.h>

#include "gateway/base/utf8.hpp"
#include "tests/support/json_cases.hpp"
#include "tests/support/json_grammar.hpp"
#include "tests/support/mutation.hpp"
#include "tests/unit/mapping/mapping_files.hpp"

namespace ketenpoort::mapping {
namespace {

class RecordCorpus : public testing::Test {
 protected:
  RecordCorpus() {
    files_.write("schemas/source.json",
                 R"({"type":"object","properties":{"name":{"type":"string"},"read":{"type":"object",
      "properties":{"x":{"type":"string"}}},"list":{"type":"array","items":{"type":"object","properties":{"y":{"type":"string"}}}}}})");
    files_.lines(
        "  a: { from: name, data: skills }\n  b: { from: read.x, data: skills }\n"
        "  c: { for_each: list, fields: { d: { from: y, data: skills } } }");
    library_ = files_.loaded();
  }

  // What becomes of the record; "refused" when it cannot be read.
  std::string translate(const std::string& record) {
    Context context;
    context.allowed = CategorySet::all();
    context.purpose = "work-guidance";
    const auto result = library_->mappings().front()->translate(record, context);
    return result ? result->bytes : "refused";
  }

  MappingFiles files_;
  std::unique_ptr<Library> library_;
};

TEST_F(RecordCorpus, what_every_reader_takes_is_taken_where_nobody_looks) {
  ASSERT_TRUE(library_);
  for (const auto& [why, text] : test::json_everybody_takes) {
    EXPECT_EQ(translate(R"({"name":"n","unread":)" + std::string(text) + "}"), R"({"a":"n"})") << why;
    EXPECT_EQ(translate(R"({"unread":[)" + std::string(text) + R"(],"name":"n"})"), R"({"a":"n"})") << why;
  }
}

TEST_F(RecordCorpus, what_no_reader_takes_is_refused_wherever_it_stands) {
  ASSERT_TRUE(library_);
  for (const auto& [why, text] : test::json_nobody_takes)
    for (const char* place : {"unread", "name", "read", "list"})
      EXPECT_EQ(translate(R"({"name":"n",")" + std::string(place) + "\":" + std::string(text) + "}"), "refused")
          << why << " at " << place;
  for (const auto& [why, text] : test::json_nobody_takes) EXPECT_EQ(translate(std::string(text)), "refused") << why;
}

TEST_F(RecordCorpus, halves_of_pairs_and_NUL_are_refused_wherever_they_stand) {
  ASSERT_TRUE(library_);
  for (const char* text : {R"("\u0000")", R"("\uD83D")", R"("\uDE00")", R"("\uD83D\u0041")", R"({"\u0000":1})"})
    for (const char* place : {"unread", "name"})
      EXPECT_EQ(translate(std::string(R"({"x":1,")") + place + "\":" + text + "}"), "refused") << text;
}

TEST_F(RecordCorpus, agrees_with_the_grammar_on_damaged_records) {
  ASSERT_TRUE(library_);
  const std::string record =
      R"({"name":"n\u00e9","unread":[1.5e3,{"a":[true,null]}],"read":{"x":"y","z":-0},"list":[{"y":"1"},{"w":{}}]})";
  ASSERT_NE(translate(record), "refused");
  test::Mutator mutator(
      20261128, {"[", "]",    "{",    "}", ",",  ":",    "\"",    "\\",      "\\u", "0",       "-",        ".",
                 "e", "true", "null", " ", "\n", "\x01", "\"a\"", "\"a\":1", "//",  "\\u0041", "\xC3\xA9", "\xFF"});
  int taken = 0;
  int refused = 0;
  for (int i = 0; i < 20'000; ++i) {
    const auto damaged = mutator.damage(record);
    const bool grammar = is_valid_utf8(damaged) && test::JsonGrammar::takes(damaged);
    const bool ours = translate(damaged) != "refused";
    ASSERT_TRUE(grammar || !ours) << "translated, but no JSON: " << damaged;
    ++(ours ? taken : refused);
  }
  EXPECT_GT(taken, 1000) << "the damage leaves nothing to translate";
  EXPECT_GT(refused, 1000) << "the damage does no harm";
}

}  // namespace
}  // namespace ketenpoort::mapping
