#include "gateway/formats/xml.hpp"

#include <gtest/gtest.h>

#include "gateway/formats/xsd.hpp"

namespace ketenpoort::formats {
namespace {

bool accepts(std::string_view text) {
  pugi::xml_document document;
  return parse_xml(text, document).has_value();
}

TEST(ParseXml, well_formed_documents_are_taken) {
  for (const auto* text :
       {"<a/>", "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<a b='1' c=\"&lt;&#x41;\">t<!-- c --><![CDATA[<]]></a>\n",
        "<p:a xmlns:p='urn:x' p:b='1'><p:c/></p:a>", "\xEF\xBB\xBF<a>\xC3\xA9</a>", "<a xml:lang='nl'/>",
        "<a>]] ></a>"})
    EXPECT_TRUE(accepts(text)) << text;
}

TEST(ParseXml, what_pugixml_lets_through_is_refused) {
  const std::string nul_reference = "<a>&#0;</a>";
  for (const std::string text : {"<a b='1' b='2'/>",
                                 "<a/><b/>",
                                 "text<a/>",
                                 "<a/>text",
                                 "<p:a/>",
                                 "<a p:b='1'/>",
                                 "<a>\x01</a>",
                                 "<a>\xFF</a>",
                                 "<a>&undefined;</a>",
                                 "<a>&#xFFFE;</a>",
                                 "<a>&#xD800;</a>",
                                 "<a>]]></a>",
                                 "<!DOCTYPE a><a/>",
                                 "<!DOCTYPE a [<!ENTITY x 'y'>]><a>&x;</a>",
                                 "<a><b></a></b>",
                                 "<a>",
                                 "</a>",
                                 "",
                                 "   ",
                                 "<a b=1/>",
                                 "<a b/>",
                                 "<a b='<'/>",
                                 "<a b='1'c='2'/>",
                                 "<a>&amp</a>",
                                 "<a>& </a>",
                                 "<1/>",
                                 "< a/>",
                                 "<a/ >",
                                 "<!-- -- --><a/>",
                                 "<a><!-- --->",
                                 "<?php x?><a/>",
                                 " <?xml version=\"1.0\"?><a/>",
                                 "<?xml version=\"1.1\"?><a/>",
                                 "<?xml version=\"1.0\" encoding=\"ISO-8859-1\"?><a/>",
                                 "<a>\xEF\xBF\xBE</a>",
                                 "<a:b:c xmlns:a='u'/>",
                                 "<:a/>",
                                 "<![CDATA[x]]><a/>"})
    EXPECT_FALSE(accepts(text)) << text;
  EXPECT_FALSE(accepts(nul_reference));
  EXPECT_FALSE(accepts(std::string_view("<a>\0</a>", 8)));
}

TEST(ParseXml, depth_and_size_are_limited) {
  std::string deep;
  for (int i = 0; i < 129; ++i) deep += "<a>";
  for (int i = 0; i < 129; ++i) deep += "</a>";
  EXPECT_FALSE(accepts(deep));
  pugi::xml_document document;
  EXPECT_EQ(parse_xml("<abc/>", document, {.bytes = 3}).error().code, ErrorCode::too_large);
}

std::string declarations(std::size_t first, std::size_t count) {
  std::string text;
  for (auto i = first; i < first + count; ++i) text += " xmlns:n" + std::to_string(i) + "='u'";
  return text;
}

std::string refusal(std::string_view text) {
  pugi::xml_document document;
  const auto parsed = parse_xml(text, document);
  return parsed ? "" : parsed.error().message;
}

TEST(ParseXml, attributes_of_an_element_are_limited) {
  std::string attributes;
  for (int i = 0; i < 256; ++i) attributes += " a" + std::to_string(i) + "=''";
  EXPECT_TRUE(accepts("<r><a" + attributes + "/><a" + attributes + "></a></r>"));
  const auto said =
      "not acceptable XML: more than 256 attributes on one element (at 2:" + std::to_string(attributes.size() + 4) +
      ")";
  EXPECT_EQ(refusal("<r>\n<a" + attributes + " b=''/></r>"), said);
  EXPECT_EQ(refusal("<r>\n<a" + attributes + " b=''></a></r>"), said);
}

TEST(ParseXml, namespace_declarations_in_force_are_limited) {
  EXPECT_TRUE(accepts("<r" + declarations(0, 64) + "><n0:a n63:b=''/></r>"));
  EXPECT_EQ(refusal("<r xmlns='u'" + declarations(0, 64) + "/>")
                .find("not acceptable XML: more than 64 namespace declarations in force (at 1:"),
            0U);
  const auto nested = [](std::size_t levels) {  // two more on each level
    std::string text;
    for (std::size_t i = 0; i < levels; ++i) text += "<a" + declarations(2 * i, 2) + ">";
    for (std::size_t i = 0; i < levels; ++i) text += "</a>";
    return text;
  };
  EXPECT_TRUE(accepts(nested(32)));
  EXPECT_NE(refusal(nested(33)), "");
  std::string siblings;  // which go out of force where the element ends
  for (int i = 0; i < 200; ++i) siblings += "<a" + declarations(0, 32) + "/><a" + declarations(0, 32) + "></a>";
  EXPECT_TRUE(accepts("<r" + declarations(32, 32) + ">" + siblings + "</r>"));
  EXPECT_FALSE(accepts("<r" + declarations(32, 33) + ">" + siblings + "</r>"));
}

TEST(ParseXml, error_has_its_place) {
  pugi::xml_document document;
  const auto result = parse_xml("<a>\n  <b c='1'>&nbsp;</b>\n</a>", document);
  ASSERT_FALSE(result.has_value());
  EXPECT_EQ(result.error().issues.at(0).where, "2:12");
}

TEST(ParseXml, fault_of_a_name_has_the_place_of_its_element) {
  EXPECT_EQ(refusal("<r>\n <a>\n  <p:b/></a></r>"), "not acceptable XML: the prefix of p:b is not declared (at 3:3)");
  std::string nested;
  for (int i = 0; i < 130; ++i) nested += "<a>\n";
  for (int i = 0; i < 130; ++i) nested += "</a>";
  EXPECT_EQ(refusal(nested), "not acceptable XML: elements nested too deeply, more than 128 levels (at 129:1)");
}

TEST(XmlText, escapes_survive_a_reader) {
  std::string out = "<a b=\"";
  append_xml_attribute(out, "<\"&\t\n\r>");
  out += "\">";
  append_xml_text(out, "<]]>&\r");
  out += "</a>";
  pugi::xml_document document;
  ASSERT_TRUE(parse_xml(out, document).has_value()) << out;
  EXPECT_STREQ(document.child("a").attribute("b").value(), "<\"&\t\n\r>");
  EXPECT_STREQ(document.child("a").text().get(), "<]]>&\r");
}

constexpr std::string_view schema_text =
    R"(<xs:schema xmlns:xs="http://www.w3.org/2001/XMLSchema" xmlns="urn:t" targetNamespace="urn:t"
    elementFormDefault="qualified"><xs:element name="Root" type="R"/><xs:complexType name="R"><xs:sequence>
    <xs:element name="One" type="Code"/><xs:element name="Two" type="xs:date" minOccurs="0" maxOccurs="unbounded"/></xs:sequence></xs:complexType>
    <xs:simpleType name="Code"><xs:restriction base="xs:string"><xs:enumeration value="A"/></xs:restriction></xs:simpleType></xs:schema>)";

TEST(XsdSchema, tells_order_and_names) {
  const auto schema = XsdSchema::parse(schema_text, "t.xsd");
  ASSERT_TRUE(schema.has_value()) << schema.error().message;
  const auto* root = schema->root("Root");
  ASSERT_NE(root, nullptr);
  ASSERT_EQ(root->type->children.size(), 2U);
  EXPECT_EQ(root->type->position("Two"), 1U);
  EXPECT_TRUE(root->type->children[0].required);
  EXPECT_TRUE(root->type->children[0].qualified);
  EXPECT_TRUE(root->type->children[1].repeats);
  EXPECT_EQ(root->type->children[0].type->allowed, std::vector<std::string>{"A"});
}

TEST(XsdSchema, checks_documents_without_repeating_their_values) {
  const auto schema = XsdSchema::parse(schema_text, "t.xsd");
  ASSERT_TRUE(schema.has_value());
  EXPECT_EQ(schema->check("<Root xmlns='urn:t'><One>A</One><Two>2026-01-01</Two></Root>"), "");
  EXPECT_EQ(schema->check("<Root xmlns='urn:t'><One>secret</One></Root>"),
            "One: the value is not in the list the schema allows");
  EXPECT_NE(schema->check("<Root xmlns='urn:t'><Two>2026-01-01</Two><One>A</One></Root>"), "");
  EXPECT_NE(schema->check("<Root xmlns='urn:t'>"), "");
  EXPECT_NE(schema->check("<!DOCTYPE Root SYSTEM 'file:///etc/passwd'><Root xmlns='urn:t'><One>A</One></Root>"), "");
}

TEST(XsdSchema, what_it_cannot_order_or_fetch_does_not_load) {
  const auto wrap = [](std::string_view inner) {
    return "<xs:schema xmlns:xs=\"http://www.w3.org/2001/XMLSchema\">" + std::string(inner) + "</xs:schema>";
  };
  for (const auto* inner : {"<xs:import namespace='urn:x' schemaLocation='http://example.org/x.xsd'/>",
                            "<xs:include schemaLocation='x.xsd'/>", "<xs:element name='a' type='missing'/>",
                            "<xs:element name='a'><xs:complexType><xs:choice/></xs:complexType></xs:element>",
                            "<xs:element name='a' type='b'/><xs:complexType name='b'><xs:sequence><xs:element name='c' "
                            "type='b'/></xs:sequence></xs:complexType>"})
    EXPECT_FALSE(XsdSchema::parse(wrap(inner), "t.xsd").has_value()) << inner;
  EXPECT_FALSE(XsdSchema::parse("<a/>", "t.xsd").has_value());
}

}  // namespace
}  // namespace ketenpoort::formats
