#include "gateway/ledger/entry/canonical.hpp"

#include <gtest/gtest.h>

#include <cctype>
#include <filesystem>
#include <random>

#include "gateway/base/bytes.hpp"
#include "gateway/base/files.hpp"
#include "gateway/base/utf8.hpp"

namespace ketenpoort::ledger {
namespace {

// The digits of a hex dump.
std::string hex_in(const std::filesystem::path& file) {
  const auto dump = *read_file(file);
  std::string hex;
  for (const char c : dump)
    if (std::isxdigit(static_cast<unsigned char>(c)) != 0) hex += c;
  return hex;
}

TEST(Canonicalise, sorts_keys_by_utf16_code_units) {
  // U+1F600 is the surrogate pair D83D DE00 and sorts before U+FB33, though its UTF-8 bytes sort after.
  EXPECT_EQ(*canonicalise("{\"\xEF\xAC\xB3\":1,\"\xF0\x9F\x98\x80\":2,\"b\":3,\"a\":4,\"\":5}"),
            "{\"\":5,\"a\":4,\"b\":3,\"\xF0\x9F\x98\x80\":2,\"\xEF\xAC\xB3\":1}");
}

TEST(Canonicalise, prints_numbers_as_ecmascript_does) {
  const auto number = [](std::string text) { return *canonicalise(text); };
  EXPECT_EQ(number("-0"), "0");
  EXPECT_EQ(number("4.50"), "4.5");
  EXPECT_EQ(number("2e-3"), "0.002");
  EXPECT_EQ(number("1E30"), "1e+30");
  EXPECT_EQ(number("333333333.33333329"), "333333333.3333333");
  EXPECT_EQ(number("0.000000000000000000000000001"), "1e-27");
  EXPECT_EQ(number("0.000001"), "0.000001");
  EXPECT_EQ(number("0.0000001"), "1e-7");
  EXPECT_EQ(number("999999999999999900000"), "999999999999999900000");
  EXPECT_EQ(number("1e21"), "1e+21");
  EXPECT_EQ(number("1.7976931348623157e308"), "1.7976931348623157e+308");
  EXPECT_EQ(number("5e-324"), "5e-324");
  EXPECT_EQ(number("1e-400"), "0");
  EXPECT_EQ(number("-12"), "-12");
}

TEST(Canonicalise, refuses_numbers_no_double_holds) {
  EXPECT_EQ(canonicalise("[1e400]").error().code, ErrorCode::malformed);
}

TEST(Canonicalise, escapes_only_what_must_be_escaped) {
  EXPECT_EQ(*canonicalise(R"(["\u20ac$\u000F\u000aA'\u0042\u0022\u005c\\\"\/"])"),
            "[\"\xE2\x82\xAC$\\u000f\\nA'B\\\"\\\\\\\\\\\"/\"]");
}

TEST(IsCanonical, is_true_of_one_form_only) {
  EXPECT_TRUE(is_canonical(R"({"a":[1,2.5,"x"],"b":null})"));
  EXPECT_FALSE(is_canonical(R"({"b":null,"a":1})"));
  EXPECT_FALSE(is_canonical(R"({"a": 1})"));
  EXPECT_FALSE(is_canonical(R"({"a":1.0})"));
  EXPECT_FALSE(is_canonical(R"(["\u0041"])"));
}

TEST(Canonicalise, agrees_with_the_published_vectors) {
  const char* vectors = std::getenv("KETENPOORT_VECTORS");
  if (vectors == nullptr) GTEST_SKIP() << "KETENPOORT_VECTORS names no folder";
  int seen = 0;
  const auto folder = std::filesystem::path(vectors) / "jcs" / "testdata";
  for (const auto& file : std::filesystem::directory_iterator(folder / "input")) {
    const auto expected = *read_file(folder / "output" / file.path().filename());
    EXPECT_EQ(*canonicalise(*read_file(file.path())), expected) << file.path();
    EXPECT_TRUE(is_canonical(expected)) << file.path();
    EXPECT_EQ(to_hex(as_bytes(expected)), hex_in(folder / "outhex" / file.path().stem().concat(".txt"))) << file.path();
    ++seen;
  }
  EXPECT_GE(seen, 6);
}

TEST(ObjectWriter, writes_what_the_reader_reads) {
  const std::vector<std::string> names = {"x", "y\n"};
  const std::vector<std::uint64_t> positions = {3, 5};
  const auto text = ObjectWriter()
                        .boolean("b", true)
                        .integers("i", positions)
                        .json("j", "{}")
                        .null("n")
                        .string("s", "say \"hi\"")
                        .string_unless_empty("t", "")
                        .strings("u", names)
                        .integer("z", -7)
                        .take();
  EXPECT_EQ(text, R"({"b":true,"i":[3,5],"j":{},"n":null,"s":"say \"hi\"","u":["x","y\n"],"z":-7})");
  Document document;
  ASSERT_TRUE(document.read(text));
  const auto root = document.root();
  EXPECT_EQ(root.size(), 7U);
  EXPECT_TRUE(root.find("b").boolean());
  EXPECT_EQ(root.find("s").text(), "say \"hi\"");
  EXPECT_EQ(root.find("z").integer(), -7);
  std::vector<std::int64_t> read;
  for (const auto item : root.find("i").items()) read.push_back(item.integer());
  EXPECT_EQ(read, (std::vector<std::int64_t>{3, 5}));
  EXPECT_FALSE(root.find("absent"));
  EXPECT_EQ(root.find("u").json(), R"(["x","y\n"])");
}

TEST(ObjectWriter, appends_to_a_text_and_goes_into_it) {
  std::string text = "before ";
  ObjectWriter writer(text);
  ObjectWriter(writer.value_of("a")).string("\xC3\xA9", "long enough to be scanned by sixteen: \xC3\xA9").close();
  append_list(writer.value_of("b"), std::vector<int>{}, [](std::string& out, int) { out += '1'; });
  append_date(writer.value_of("d"), *parse_date("0033-04-03"));
  append_hex_string(writer.value_of("h"), std::array<std::uint8_t, 3>{0x00, 0xAB, 0xFF});
  append_time(writer.value_of("t"), *parse_rfc3339("2026-11-24T11:00:00.007Z"));
  append_uuid_string(writer.value_of("u"), *parse_uuid("018F0000-0000-7000-8000-0123456789AB"));
  writer.close();
  EXPECT_EQ(text,
            "before {\"a\":{\"\xC3\xA9\":\"long enough to be scanned by sixteen: \xC3\xA9\"},\"b\":[],"
            "\"d\":\"0033-04-03\",\"h\":\"00abff\",\"t\":\"2026-11-24T11:00:00.007Z\","
            "\"u\":\"018f0000-0000-7000-8000-0123456789ab\"}");
  EXPECT_THROW(append_integer(text, largest_integer + 1), std::out_of_range);
  EXPECT_THROW(append_integer(text, -largest_integer - 1), std::out_of_range);
  EXPECT_THROW(append_text(text, "\xCC"), std::invalid_argument);
}

// Whatever is written reads back as the same.
TEST(ObjectWriter, agrees_with_the_reader_on_any_text) {
  std::mt19937 random(20261129);
  const std::vector<std::string> pieces = {
      "a",         "0123456789abcdef", "\"",           "\\", "\x01", "\n", "\x7F", "\xC3\xA9",
      "e\xCC\x81", "\xF0\x9F\x8F\xA0", "\xE2\x80\x94", " ",  "/"};
  for (int round = 0; round < 5000; ++round) {
    std::string text;
    for (auto count = random() % 12; count > 0; --count) text += pieces[random() % pieces.size()];
    const auto json = ObjectWriter().string("k", text).take();
    Document document;
    ASSERT_TRUE(document.read(json)) << json;
    EXPECT_EQ(document.root().find("k").text(), *to_nfc(text)) << json;
    EXPECT_TRUE(is_canonical(json)) << json;
  }
}

TEST(ObjectWriter, composes_text_into_nfc) {
  EXPECT_EQ(ObjectWriter().string("k", "e\xCC\x81").take(), "{\"k\":\"\xC3\xA9\"}");  // e + combining acute -> é
}

TEST(Document, survives_being_moved) {
  const std::string text = R"({"a":[1,{"b":"c"}]})";
  Document first;
  ASSERT_TRUE(first.read(text));
  const auto value = first.root().find("a");
  const Document second = std::move(first);
  EXPECT_EQ(value.json(), R"([1,{"b":"c"}])");
  EXPECT_EQ(second.root().json(), text);
}

TEST(Document, reads_text_back_with_every_escape) {
  const std::string all = std::string("\b\t\n\f\r\"\\/") + '\x01' + '\x1f' + "\xC3\xA9";
  const auto text = ObjectWriter().string("k", all).take();
  Document document;
  ASSERT_TRUE(document.read(text));
  EXPECT_EQ(document.root().find("k").text(), all);
}

class RefusedDocument : public testing::TestWithParam<const char*> {};

TEST_P(RefusedDocument, is_refused) {
  Document document;
  EXPECT_EQ(document.read(GetParam()).error().code, ErrorCode::malformed) << GetParam();
}

INSTANTIATE_TEST_SUITE_P(Document, RefusedDocument,
                         testing::Values("", " {}", "{} ", "{}{}", "{\"a\": 1}", "{\"a\":1,}", "[1,]", "[,1]",
                                         "{\"b\":1,\"a\":2}", "{\"a\":1,\"a\":2}", "{a:1}", "{\"a\"1}", "[1.5]",
                                         "[1e3]", "[1.0]", "[-0]", "[01]", "[+1]", "[-]", "[9007199254740992]",
                                         "[99999999999999999999999]", "[\"\\/\"]", "[\"\\u0041\"]", "[\"\\u001F\"]",
                                         "[\"\\u000a\"]", "[\"\\u0008\"]", "[\"\\u0000\"]", "[\"\\x\"]", "[\"\\",
                                         "[\"\\u00", "[\"a\nb\"]", "[\"abc", "[tru]", "[nul", "[\"\xFF\"]",
                                         "[\"\xC3\"]", "[\"e\xCC\x81\"]", "[\"\xED\xA0\x80\"]",
                                         "{\"\xEF\xAC\xB3\":1,\"\xF0\x9F\x98\x80\":2}"));

TEST(Document, refuses_what_is_nested_beyond_32_levels) {
  Document document;
  EXPECT_TRUE(document.read(std::string(32, '[') + std::string(32, ']')));
  EXPECT_FALSE(document.read(std::string(34, '[') + std::string(34, ']')));
  EXPECT_FALSE(document.read(std::string(100'000, '[')));
}

}  // namespace
}  // namespace ketenpoort::ledger
