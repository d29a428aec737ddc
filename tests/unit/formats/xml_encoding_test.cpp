#include "gateway/formats/xml_encoding.hpp"

#include <gtest/gtest.h>

#include <string>
#include <utility>
#include <vector>

#include "gateway/formats/xml.hpp"

namespace ketenpoort::formats {
namespace {

using namespace std::string_literals;

std::string declared(const std::string& encoding, const std::string& text) {
  return "<?xml version='1.0' encoding='" + encoding + "'?>\n<a>" + text + "</a>";
}

// ASCII text in two bytes a character; \xE9 is é there too.
std::string in_utf_16(const std::string& text, bool big, bool with_mark = true) {
  std::string out = !with_mark ? "" : big ? "\xFE\xFF" : "\xFF\xFE";
  for (const char c : text) {
    if (big) out += '\0';
    out += c;
    if (!big) out += '\0';
  }
  return out;
}

// The text of the root element; or why there is none.
std::string read(const std::string& document, std::string_view charset = {}) {
  const auto text = xml_in_utf8(document, charset);
  if (!text) return text.error().message;
  pugi::xml_document tree;
  const auto parsed = parse_xml(*text, tree);
  return parsed ? tree.document_element().text().get() : parsed.error().message;
}

TEST(XmlEncoding, is_as_declared) {
  EXPECT_EQ(read("<a>é</a>"), "é");
  EXPECT_EQ(read(declared("utf-8", "é")), "é");
  EXPECT_EQ(read(declared("ISO-8859-1", "\xE9")), "é");
  EXPECT_EQ(read(declared("iso-8859-15", "\xA4 \xE9")), "€ é");
  EXPECT_EQ(read(declared("Windows-1252", "\x80 \xE9")), "€ é");
  EXPECT_EQ(read(declared("US-ASCII", "e")), "e");
}

TEST(XmlEncoding, is_as_the_byte_order_mark_says) {
  EXPECT_EQ(read("\xEF\xBB\xBF<a>é</a>"), "é");
  for (const bool big : {true, false}) {
    EXPECT_EQ(read(in_utf_16("<a>\xE9</a>", big)), "é");
    EXPECT_EQ(read(in_utf_16(declared("UTF-16", "\xE9"), big)), "é");
    EXPECT_EQ(read(in_utf_16(declared(big ? "UTF-16BE" : "UTF-16LE", "\xE9"), big), "utf-16"), "é");
  }
  EXPECT_EQ(read("\xFE\xFF\0<\0a\0>\xD8\x3D\xDE\0\0<\0/\0a\0>"s), "😀") << "a pair";
}

TEST(XmlEncoding, is_as_the_charset_says) {
  EXPECT_EQ(read("<a>\xE9</a>", "iso-8859-1"), "é");
  EXPECT_EQ(read("<a>\xA4</a>", "ISO-8859-15"), "€");
  EXPECT_EQ(read(declared("ISO-8859-1", "\xE9"), "windows-1252"), "é") << "which reads the same";
  EXPECT_EQ(read(in_utf_16("<a>\xE9</a>", true, false), "utf-16be"), "é") << "the order of the bytes is said";
  EXPECT_EQ(read("<a>é</a>", "UTF-8"), "é");
}

TEST(XmlEncoding, refuses_contradictions) {
  const std::vector<std::pair<std::string, std::string>> cases = {{declared("ISO-8859-1", "\xE9"), "utf-8"},
                                                                  {declared("utf-8", "e"), "iso-8859-15"},
                                                                  {declared("UTF-16", "e"), ""},
                                                                  {"\xEF\xBB\xBF" + declared("ISO-8859-1", "e"), ""},
                                                                  {in_utf_16(declared("utf-8", "e"), true), ""},
                                                                  {in_utf_16(declared("UTF-16LE", "e"), true), ""},
                                                                  {in_utf_16("<a/>", false), "utf-8"},
                                                                  {in_utf_16("<a/>", false), "utf-16be"}};
  for (const auto& [document, charset] : cases) {
    const auto text = xml_in_utf8(document, charset);
    ASSERT_FALSE(text) << document << " " << charset;
    EXPECT_EQ(text.error().code, ErrorCode::malformed);
    EXPECT_NE(text.error().message.find("says"), std::string::npos) << text.error().message;
  }
}

TEST(XmlEncoding, refuses_what_it_does_not_know) {
  EXPECT_EQ(xml_in_utf8("<a/>", "cp850").error().code, ErrorCode::not_found);
  EXPECT_EQ(xml_in_utf8("<a/>", "koi8-r").error().code, ErrorCode::not_found);
  EXPECT_EQ(xml_in_utf8(declared("koi8-r", "x")).error().issues.at(0).where, "1:31");
  EXPECT_EQ(xml_in_utf8(declared("windows-1252", "\n x\x81")).error().issues.at(0).where, "3:3");
  EXPECT_EQ(xml_in_utf8(declared("", "x")).error().code, ErrorCode::malformed);
  for (const auto& half : {"\xFE\xFF\0<\0"s, "\xFE\xFF\xD8\x3D\0<"s, "\xFE\xFF\xDE\0\0<"s, "\xFE\xFF\xD8\x3D"s})
    EXPECT_EQ(xml_in_utf8(half).error().code, ErrorCode::malformed);
  EXPECT_NE(read(in_utf_16("<a/>", true, false)).find("byte order mark"), std::string::npos);
  EXPECT_NE(read("<a>\xE9</a>").find("not UTF-8"), std::string::npos) << "nobody said otherwise";
  EXPECT_NE(read(declared("US-ASCII", "\xE9")).find("not UTF-8"), std::string::npos);
}

TEST(XmlEncoding, hides_no_declaration_of_entities) {
  const std::string doctype = "<!DOCTYPE a [<!ENTITY e SYSTEM 'file:///etc/passwd'>]><a>&e;</a>";
  EXPECT_NE(read(doctype).find("DOCTYPE"), std::string::npos);
  for (const bool big : {true, false}) EXPECT_NE(read(in_utf_16(doctype, big)).find("DOCTYPE"), std::string::npos);
  EXPECT_NE(read("<?xml version='1.0' encoding='ISO-8859-15'?>" + doctype).find("DOCTYPE"), std::string::npos);
  EXPECT_NE(read(in_utf_16("<a>&e;</a>", true)).find("reference"), std::string::npos);
}

TEST(XmlEncoding, moves_no_line_and_no_column) {
  const auto document = declared("ISO-8859-15", "x") + "\n";
  const auto text = xml_in_utf8(document).value();
  EXPECT_EQ(text.size(), document.size());
  EXPECT_EQ(text.find("<a>"), document.find("<a>"));
  EXPECT_NE(text.find("encoding='UTF-8'"), std::string::npos);
}

TEST(XmlEncoding, of_any_beginning_is_refused_with_a_reason_or_read_once_and_for_all) {
  for (const auto* odd :
       {"", "<", "<?xml", "<?xml ", "<?xml encoding", "<?xml encoding=", "<?xml encoding='", "<?xmlencoding='x'",
        "<?xml version='1.0' encoding ?>", "\xFF\xFE", "\xFE", "\xEF\xBB", "<?xml version=\"encoding='x'\"?>"})
    for (const auto* charset : {"", "utf-8", "utf-16", "iso-8859-1"}) {
      const auto text = xml_in_utf8(odd, charset);
      if (!text) {
        EXPECT_FALSE(text.error().message.empty()) << odd;
        continue;
      }
      EXPECT_EQ(xml_in_utf8(*text).value_or("refused"), *text) << odd << ' ' << charset;
    }
}

}  // namespace
}  // namespace ketenpoort::formats
