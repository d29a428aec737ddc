// The mapping's own reading of JSON, held against RapidJSON's behind the checks that RapidJSON lacks.
#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>
#include <random>

#include "gateway/base/files.hpp"
#include "gateway/formats/json.hpp"
#include "gateway/formats/json_events.hpp"
#include "gateway/mapping/source/source_reader.hpp"

namespace ketenpoort::mapping {
namespace {

// Lets everything through that is not nested too deeply.
struct Depth : rapidjson::BaseReaderHandler<rapidjson::UTF8<>, Depth> {
  int depth = 0;
  bool down() { return ++depth <= 128; }
  bool up() {
    --depth;
    return true;
  }
  bool StartObject() { return down(); }
  bool StartArray() { return down(); }
  bool EndObject(unsigned) { return up(); }
  bool EndArray(unsigned) { return up(); }
};

bool is_json(const std::string& text) {
  if (formats::check_json_text(text).what != nullptr) return false;
  std::string buffer = text + '\0';
  rapidjson::Reader reader;
  Depth handler;
  return !formats::parse_in_situ(reader, buffer.data(), handler).IsError();
}

// Reads a, b.c, rows[].d with their own slots.
class Reading {
 public:
  Reading() {
    const int root = plan.root();
    a = static_cast<std::uint32_t>(plan.slot_of(plan.member(root, "a")));
    const int b = plan.member(root, "b");
    c = static_cast<std::uint32_t>(plan.slot_of(plan.member(b, "a longer key with a tail")));
    const int array = plan.member(root, "rows");
    scope = static_cast<std::uint32_t>(plan.rows_of(array));
    rows = static_cast<std::uint32_t>(plan.slot_of(array));
    d = static_cast<std::uint32_t>(plan.slot_of(plan.member(plan.element_of(array), "d")));
    plan.seal();
  }

  std::string read(const std::string& text) {
    const auto* complaint = reader.read(plan, text, 0);
    return complaint == nullptr ? std::string{} : complaint;
  }
  static std::string text_of(const Slot& slot) { return {slot.data, slot.size}; }
  [[nodiscard]] std::string text(std::uint32_t slot) const { return text_of(reader.root()[slot]); }
  [[nodiscard]] const Slot& slot(std::uint32_t number) const { return reader.root()[number]; }

  SourcePlan plan;
  SourceReader reader;
  std::uint32_t a = 0, c = 0, d = 0, rows = 0, scope = 0;
};

TEST(JsonScan, reads_values_of_every_kind) {
  Reading r;
  ASSERT_EQ(r.read(R"( {"x":[{},[1]],"a" : "text" ,"b":{"a longer key with a tail":-1.50e+2,"no":null}})"), "");
  EXPECT_EQ(r.text(r.a), "text");
  EXPECT_EQ(r.slot(r.a).kind, ValueKind::string);
  EXPECT_TRUE(r.slot(r.a).plain);
  EXPECT_EQ(r.text(r.c), "-1.50e+2");
  EXPECT_EQ(r.slot(r.c).kind, ValueKind::number);
  ASSERT_EQ(r.read(R"({"a":true,"b":null})"), "");
  EXPECT_EQ(r.text(r.a), "true");
  EXPECT_EQ(r.slot(r.a).kind, ValueKind::boolean);
  EXPECT_EQ(r.slot(r.c).kind, ValueKind::absent);
  ASSERT_EQ(r.read(R"({"a":{"y":1}})"), "");
  EXPECT_EQ(r.slot(r.a).kind, ValueKind::object);
}

TEST(JsonScan, reads_rows_in_order_whatever_they_are) {
  Reading r;
  ASSERT_EQ(r.read(R"({"rows":[{"d":"one"},null,{"e":2},{"d":"three"}]})"), "");
  const auto& rows = r.slot(r.rows);
  ASSERT_EQ(rows.kind, ValueKind::array);
  ASSERT_EQ(rows.size, 4U);
  EXPECT_EQ(Reading::text_of(r.reader.row(r.scope, rows.first)[r.d]), "one");
  EXPECT_EQ(r.reader.row(r.scope, rows.first + 1)[r.d].kind, ValueKind::absent);
  EXPECT_EQ(r.reader.row(r.scope, rows.first + 2)[r.d].kind, ValueKind::absent);
  EXPECT_EQ(Reading::text_of(r.reader.row(r.scope, rows.first + 3)[r.d]), "three");
}

TEST(JsonScan, replaces_escapes) {
  Reading r;
  ASSERT_EQ(r.read(R"({"\u0061":"\"\\\/\b\f\n\r\tA\u00e9\u20AC\ud83d\ude00."})"), "");
  EXPECT_EQ(r.text(r.a), "\"\\/\b\f\n\r\tA\xC3\xA9\xE2\x82\xAC\xF0\x9F\x98\x80.");
  EXPECT_FALSE(r.slot(r.a).plain);
}

TEST(JsonScan, knows_which_texts_need_no_further_look) {
  Reading r;
  ASSERT_EQ(r.read("{\"a\":\"caf\xC3\xA9\"}"), "");
  EXPECT_TRUE(r.slot(r.a).plain);
  ASSERT_EQ(r.read("{\"a\":\"cafe\xCC\x81\"}"), "");  // a combining accent
  EXPECT_FALSE(r.slot(r.a).plain);
  EXPECT_FALSE(r.slot(r.a).nfc);
}

TEST(JsonScan, says_what_is_wrong) {
  Reading r;
  EXPECT_EQ(r.read(R"({"a":1,"a":2})"), "the same key stands twice in one object");
  EXPECT_EQ(r.read(R"({"a":1,"\u0061":2})"), "the same key stands twice in one object");
  EXPECT_EQ(r.read(std::string(129, '[') + std::string(129, ']')), "the record is nested too deeply");
  EXPECT_EQ(r.read("{\"z\":" + std::string(128, '[') + std::string(128, ']') + "}"), "the record is nested too deeply");
  EXPECT_EQ(r.read(std::string(128, '[') + std::string(128, ']')), "");
  EXPECT_EQ(r.read("{\"a\":1}" + std::string(1, '\0')), "a NUL byte");
  EXPECT_EQ(r.read("{\"a\":\"\xC3\"}"), "text that is not UTF-8");
  EXPECT_EQ(r.read(R"({"a":"\u0000"})"), "an escaped NUL character");
  EXPECT_EQ(r.read(R"({"a":"\ud800"})"), "half a surrogate pair");
  EXPECT_EQ(r.read(R"({"a":"\udc00"})"), "half a surrogate pair");
  EXPECT_EQ(r.read("{"), "the record is not JSON");
}

TEST(JsonScan, takes_what_rapidjson_takes) {
  Reading r;
  std::vector<std::string> texts = {"",
                                    " ",
                                    "\t\n\r 1 ",
                                    "0",
                                    "-0",
                                    "-",
                                    "01",
                                    "1.",
                                    ".5",
                                    "1.5",
                                    "1e5",
                                    "1E+05",
                                    "1e",
                                    "1e+",
                                    "1e999",
                                    "-1e-999",
                                    "1.2.3",
                                    "+1",
                                    "true",
                                    "tru",
                                    "truee",
                                    "null",
                                    "nulll",
                                    "false",
                                    "\"\"",
                                    "\"",
                                    "\"a",
                                    "\"\\",
                                    "\"\\x\"",
                                    "\"\\u12\"",
                                    "\"\\u12G4\"",
                                    "\"\t\"",
                                    "\"\x7F\"",
                                    "[]",
                                    "[",
                                    "]",
                                    "[,]",
                                    "[1,]",
                                    "[1 2]",
                                    "[1,2]",
                                    "[[],[[]]]",
                                    "{}",
                                    "{",
                                    "{,}",
                                    R"({"a"})",
                                    R"({"a":})",
                                    R"({"a":1,})",
                                    R"({a:1})",
                                    R"({"a":1 "b":2})",
                                    R"({"a":1}})",
                                    R"({"a":1}x)",
                                    "[1}",
                                    "{1]",
                                    "\xEF\xBB\xBF{}",
                                    "\xC2\xA0{}",
                                    "// x",
                                    "[NaN]",
                                    "[Infinity]",
                                    "['a']",
                                    "{\"a\":\"\xED\xA0\x80\"}",
                                    "\"sixteen bytes..\"",
                                    "\"sixteen bytes...\"",
                                    "\"fifteen bytes.\"",
                                    "[1\f]",
                                    std::string(400, '9'),
                                    "1" + std::string(300, '0'),
                                    "1" + std::string(310, '0'),
                                    "0." + std::string(400, '1')};
  for (std::size_t i = 0; i < 40; ++i) texts.push_back('"' + std::string(i, 'a') + "\\n" + std::string(i, 'b') + '"');
  for (const auto& text : texts) EXPECT_EQ(r.read(text).empty(), is_json(text)) << text;
}

// What a slot holds, and what the tree has at the same place.
void compare(const Slot& slot, formats::JsonView view) {
  if (view.is(formats::JsonKind::string)) EXPECT_EQ(Reading::text_of(slot), *view.as_string());
  if (view.is(formats::JsonKind::number)) EXPECT_EQ(Reading::text_of(slot), *view.as_number());
  if (!view || view.is(formats::JsonKind::null)) EXPECT_EQ(slot.kind, ValueKind::absent);
  if (view.is(formats::JsonKind::array)) EXPECT_EQ(slot.size, view.size());
}

TEST(JsonScan, takes_what_rapidjson_takes_of_damaged_records) {
  std::mt19937 random(20261128);
  const std::string pieces[] = {"\"", "\\",      "{",        "}",    "[",   "]",    ",", ":",
                                " ",  "\\u00e9", "\xC3\xA9", "\xC3", "1e9", "null", "\n"};
  std::size_t taken = 0;
  std::size_t refused = 0;
  Reading r;
  for (const auto& entry : std::filesystem::recursive_directory_iterator("mappings/examples")) {
    if (!entry.path().string().ends_with(".in.json")) continue;
    auto text = *read_file(entry.path());
    text = R"({"a":"x","rows":[{"d":1},{"d":"\t"}],"whole":)" + text + R"(,"b":{"a longer key with a tail":[1,2]}})";
    for (int round = 0; round < 60; ++round) {
      auto damaged = text;
      const auto at = random() % damaged.size();
      switch (random() % 4) {
        case 0:
          damaged[at] = static_cast<char>(random() % 256);
          break;
        case 1:
          damaged.erase(at, 1 + random() % 3);
          break;
        case 2:
          damaged.insert(at, pieces[random() % std::size(pieces)]);
          break;
        default:
          damaged.resize(at);
      }
      const auto complaint = r.read(damaged);
      if (complaint == "the same key stands twice in one object") continue;
      ASSERT_EQ(complaint.empty(), is_json(damaged)) << complaint << "\n" << damaged;
      ++(complaint.empty() ? taken : refused);
      const auto document = formats::parse_json(damaged);
      if (!complaint.empty() || !document) continue;
      compare(r.slot(r.a), document->root().find("a"));
      compare(r.slot(r.c), document->root().find("b").find("a longer key with a tail"));
      compare(r.slot(r.rows), document->root().find("rows"));
    }
  }
  EXPECT_GT(taken, 500U);
  EXPECT_GT(refused, 500U);
}

}  // namespace
}  // namespace ketenpoort::mapping
