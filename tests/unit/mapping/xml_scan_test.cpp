// XML read by its marks: what a mapping reads of a document must not depend on where in the document it stands.
#include <gtest/gtest.h>

#include <algorithm>

#include "gateway/mapping/source/xml_marks.hpp"
#include "gateway/mapping/source/xml_pieces.hpp"
#include "tests/unit/mapping/mapping_files.hpp"

namespace ketenpoort::mapping {
namespace {

std::string with_zeros(const std::string& text) {
  return text + std::string(2 * XmlMarks::group, '\0');
}

bool is_marked(char c) {
  return c == '&' || c == '<' || c == '>' || static_cast<unsigned char>(c) < 0x20;
}

TEST(XmlMarks, are_where_text_cannot_stand_as_it_is_and_at_the_end) {
  for (std::size_t size = 0; size < 200; ++size) {
    std::string text;
    for (std::size_t i = 0; i < size; ++i) text += i % 7 == 3 ? '<' : i % 31 == 0 ? '\n' : 'a';
    auto padded = with_zeros(text);
    XmlMarks marks;
    EXPECT_EQ(marks.mark(padded.data(), size), size == 0 ? 0 : size == 1 ? '\n' : 'a');
    for (std::size_t from = 0; from <= size; ++from) {
      XmlMarks::Cursor cursor(marks, padded.data() + from);
      const char* mark = nullptr;
      for (std::size_t i = from; i < size; ++i) {
        if (!is_marked(text[i])) continue;
        mark = cursor.take();
        ASSERT_EQ(mark - padded.data(), static_cast<std::ptrdiff_t>(i));
      }
      ASSERT_EQ(cursor.take(), padded.data() + size);
    }
  }
}

TEST(XmlPieces, usual_names_are_ascii_without_a_colon) {
  for (const std::string good :
       {"a", "A1", "_x", "a-b.c_d", "Z", "a_name_that_is_longer_than_a_block", "sixteen-letters."})
    EXPECT_TRUE(is_usual_xml_name(good)) << good;
  for (unsigned byte = 0; byte < 256; ++byte)
    for (std::size_t size = 1; size < 40; ++size)
      for (const auto place : {std::size_t{0}, size / 2, size - 1}) {
        std::string name(size, 'n');
        name[place] = static_cast<char>(byte);
        ASSERT_EQ(is_readable_usual_xml_name((name + std::string(16, 'x')).data(), size), is_usual_xml_name(name))
            << name;
      }
  EXPECT_FALSE(is_usual_xml_name(""));
  for (const std::string bad : {"1a", "-a", ".a", "a:b", ":a", "a b", "a/", "\xC3\xA9"})
    EXPECT_FALSE(is_usual_xml_name(bad)) << bad;
}

TEST(XmlPieces, white_space_of_any_length) {
  for (std::size_t size = 0; size < 40; ++size) {
    std::string space;
    for (std::size_t i = 0; i < size; ++i) space += " \t\r\n"[i % 4];
    const auto text = space + "x" + std::string(16, '\0');
    EXPECT_TRUE(is_all_xml_space(text.data(), text.data() + size));
    EXPECT_FALSE(is_all_xml_space(text.data(), text.data() + size + 1));
  }
}

class XmlScanned : public testing::Test {
 protected:
  void SetUp() override {
    files.write(
        "schemas/people.xsd",
        R"(<xs:schema xmlns:xs="http://www.w3.org/2001/XMLSchema" targetNamespace="urn:p" elementFormDefault="qualified">
  <xs:element name="People"><xs:complexType><xs:sequence>
    <xs:element name="Leader" minOccurs="0"><xs:complexType><xs:simpleContent><xs:extension base="xs:string">
      <xs:attribute name="lang" type="xs:string"/></xs:extension></xs:simpleContent></xs:complexType></xs:element>
    <xs:element name="PersonWithALongName" minOccurs="0" maxOccurs="unbounded"><xs:complexType><xs:sequence>
      <xs:element name="Name" type="xs:string"/>
      <xs:element name="Tag" type="xs:string" minOccurs="0" maxOccurs="3"/></xs:sequence></xs:complexType></xs:element>
  </xs:sequence></xs:complexType></xs:element>
</xs:schema>)");
    files.write("m.yaml", R"(mapping: m
version: 1.0.0
effective: { from: 2026-01-01 }
direction: in
source: { format: xml, schema: schemas/people.xsd, root: "p:People", namespaces: { p: "urn:p" } }
target: { format: json, schema: schemas/any.json }
fields:
  leader: { from: p:Leader/#text, data: identity-core }
  lang: { from: p:Leader/@lang, data: contact }
  all:
    for_each: p:PersonWithALongName
    fields:
      n: { from: p:Name, data: identity-core }
      t: { for_each: p:Tag, fields: { '#text': { from: '@', data: skills } } }
)");
    auto loaded = files.load();
    ASSERT_TRUE(loaded.has_value());
    library = std::make_unique<Library>(std::move(*loaded));
  }

  std::string translate(const std::string& document) {
    Context context;
    context.now = *parse_rfc3339("2026-11-24T12:00:00+01:00");
    context.allowed = CategorySet::all();
    context.purpose = "work-guidance";
    const auto got = library->mappings().front()->translate(document, context);
    return got ? got->bytes : "refused";
  }

  MappingFiles files;
  std::unique_ptr<Library> library;
};

std::string replaced(std::string text, const std::string& what, const std::string& with) {
  for (auto at = text.find(what); at != std::string::npos; at = text.find(what, at + with.size()))
    text.replace(at, what.size(), with);
  return text;
}

const std::string document =
    "<p:People xmlns:p='urn:p'>\n <p:Leader lang='nl'>L</p:Leader>\n\t<p:PersonWithALongName><p:Name>A</p:Name>"
    "<p:Unknown><p:Name>not</p:Name><p:x/></p:Unknown><p:Tag>1</p:Tag>\r\n<p:Tag>2</p:Tag></p:PersonWithALongName>"
    "<p:PersonWithALongName><p:Name>B &amp; C</p:Name><p:Tag></p:Tag></p:PersonWithALongName></p:People>";
const std::string record = R"({"leader":"L","lang":"nl","all":[{"n":"A","t":["1","2"]},{"n":"B & C"}]})";

TEST_F(XmlScanned, reads_the_same_wherever_it_stands) {
  for (std::size_t shift = 0; shift < 2 * XmlMarks::group; ++shift) {
    EXPECT_EQ(translate("<!--" + std::string(shift, 'x') + "-->" + document), record) << shift;
    EXPECT_EQ(translate(replaced(document, "<p:Tag>1", std::string(shift, ' ') + "<p:Tag>1")), record) << shift;
    EXPECT_EQ(translate(replaced(document, ">1<", ">" + std::string(shift, 'x') + "1<")),
              replaced(record, "\"1\"", "\"" + std::string(shift, 'x') + "1\""))
        << shift;
    EXPECT_EQ(translate(replaced(document, "Unknown", "Unknown" + std::string(shift, 'x'))), record) << shift;
  }
}

TEST_F(XmlScanned, reads_the_same_whatever_the_prefix) {
  for (std::size_t size = 1; size < 20; ++size) {
    const auto with_prefix = replaced(document, "p:", std::string(size, 'q') + ":");
    EXPECT_EQ(translate(replaced(with_prefix, "xmlns:p=", "xmlns:" + std::string(size, 'q') + "=")), record) << size;
  }
  EXPECT_EQ(translate(replaced(replaced(document, "xmlns:p", "xmlns"), "p:", "")), record);
}

TEST_F(XmlScanned, declarations_hold_within_their_element) {
  EXPECT_EQ(translate("<p:People xmlns:p='urn:p'><p:PersonWithALongName xmlns:q='urn:q'><q:Name>not</q:Name>"
                      "<p:Name>A</p:Name></p:PersonWithALongName><p:Leader>L</p:Leader></p:People>"),
            R"({"leader":"L","all":[{"n":"A"}]})");
  EXPECT_EQ(translate("<p:People xmlns:p='urn:p'><p:x xmlns:p='urn:q'><p:Leader>not</p:Leader></p:x>"
                      "<p:Leader>L</p:Leader></p:People>"),
            R"({"leader":"L"})");
  EXPECT_EQ(translate("<p:People xmlns:p='urn:p'><p:x xmlns:q='urn:q'/><q:y>z</q:y></p:People>"), "refused");
}

TEST_F(XmlScanned, refuses_every_document_that_breaks_off) {
  for (std::size_t size = 0; size < document.size(); ++size)
    EXPECT_EQ(translate(document.substr(0, size)), "refused") << size;
}

TEST_F(XmlScanned, refuses_tags_that_are_none) {
  const std::pair<std::string, std::string> changes[] = {
      {"</p:Name>", "</p:Nam>"},  {"</p:Name>", "</p:Names>"}, {"</p:Name>", "</Name>"},
      {"</p:Name>", "</q:Name>"}, {"<p:Tag>1", "<p:>1"},       {"<p:Tag>1", "<p:1>1"},
      {"<p:Tag>1", "<p:T:a>1"},   {"<p:Tag>1", "<p: Tag>1"},   {"<p:Unknown>", "<p:U%n>"},
      {">1<", ">]]><"},           {">1<", ">\x01<"},           {">1<", ">1&<"},
      {">1<", ">1<!-- -- --><"}};
  for (const auto& [what, with] : changes) {
    const auto changed = replaced(document, what, with);
    ASSERT_NE(changed, document) << what;
    EXPECT_EQ(translate(changed), "refused") << changed;
  }
}

TEST_F(XmlScanned, white_space_in_end_tags_and_bracketed_text_is_well_formed) {
  EXPECT_EQ(translate(replaced(document, "</p:Name>", "</p:Name \n>")), record);
  EXPECT_EQ(translate(replaced(document, ">1<", "><![CDATA[1]]><")), record);
  EXPECT_EQ(translate(replaced(document, ">1<", ">1<!-- > --><")), record);
  EXPECT_EQ(translate(replaced(document, ">1<", ">a > b<")), replaced(record, "\"1\"", "\"a > b\""));
}

}  // namespace
}  // namespace ketenpoort::mapping
