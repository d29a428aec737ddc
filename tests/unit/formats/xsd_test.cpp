#include "gateway/formats/xsd.hpp"

#include <gtest/gtest.h>

namespace ketenpoort::formats {
namespace {

XsdSchema schema_of(const std::string& type) {
  const auto text = R"(<xs:schema xmlns:xs="http://www.w3.org/2001/XMLSchema"><xs:element name="A" type="T"/>)" + type +
                    R"(<xs:simpleType name="Word"><xs:restriction base="xs:string"><xs:minLength value="2"/>)"
                    R"(</xs:restriction></xs:simpleType></xs:schema>)";
  auto schema = XsdSchema::parse(text, "test.xsd");
  EXPECT_TRUE(schema.has_value()) << type;
  return std::move(schema.value());
}

std::string restriction(const std::string& base, const std::string& facets) {
  return R"(<xs:simpleType name="T"><xs:restriction base=")" + base + "\">" + facets +
         "</xs:restriction></xs:simpleType>";
}

// What is surely fitting here must be valid for libxml2; and what is plainly valid should be found so.
TEST(XsdText, knows_what_libxml2_finds_valid) {
  const std::string types[] = {
      restriction("xs:string", ""),
      restriction("xs:string", R"(<xs:enumeration value="ab"/><xs:enumeration value="2020-02-29"/>)"),
      restriction("xs:string", R"(<xs:minLength value="2"/><xs:maxLength value="4"/>)"),
      restriction("xs:string", R"(<xs:pattern value="[0-9]{2,4}|[A-Z]+"/>)"),
      restriction("xs:string", R"(<xs:pattern value="[^@]+@[^@]+\.[^@]+"/>)"),
      restriction("Word", R"(<xs:maxLength value="3"/>)"),
      restriction("xs:boolean", ""),
      restriction("xs:nonNegativeInteger", ""),
      restriction("xs:date", ""),
      restriction("xs:date", R"(<xs:pattern value="[0-9]{4}-[0-9]{2}-[0-9]{2}"/><xs:minInclusive value="1900-01-01"/>)"
                             R"(<xs:maxInclusive value="2099-12-31"/>)"),
  };
  const std::string texts[] = {"",
                               "a",
                               "ab",
                               "abc",
                               "abcd",
                               "abcde",
                               "AB",
                               "12",
                               "012",
                               "12345",
                               "a@b.c",
                               "a@b",
                               "true",
                               "0",
                               "1",
                               "yes",
                               "\u00e9\u00e9\u00e9",
                               " ab ",
                               " 1 ",
                               "+5",
                               "-0",
                               "2020-02-29",
                               "2021-02-29",
                               "1899-12-31",
                               "2100-01-01",
                               "2020-01-01Z",
                               "12:00",
                               "0000-01-01",
                               "99999-01-01"};
  std::size_t fitting = 0;
  for (const auto& type : types) {
    const auto schema = schema_of(type);
    const auto* root = schema.root("A");
    ASSERT_NE(root, nullptr);
    ASSERT_NE(root->type->text, nullptr) << type;
    for (const auto& text : texts) {
      const bool valid = schema.check("<A>" + text + "</A>").empty();
      const bool fits = root->type->text->surely_fits(text);
      EXPECT_TRUE(valid || !fits) << type << " " << text;
      const bool stripped = text.find(' ') != std::string::npos || text.find('Z') != std::string::npos ||
                            text[0] == '+' || text[0] == '-' || text.size() > 10;
      if (!stripped) EXPECT_EQ(fits, valid) << type << " " << text;
      if (fits) ++fitting;
    }
  }
  EXPECT_GT(fitting, 40U);
}

TEST(XsdText, is_not_there_for_what_is_not_understood) {
  const std::string types[] = {
      restriction("xs:token", ""),
      restriction("xs:string", R"(<xs:whiteSpace value="collapse"/>)"),
      restriction("xs:string", R"(<xs:pattern value="a.c"/>)"),
      restriction("xs:string", R"(<xs:pattern value="^a$"/>)"),
      restriction("xs:string", R"(<xs:pattern value="\d+"/>)"),
      restriction("xs:string", R"(<xs:pattern value="a"/><xs:pattern value="b"/>)"),
      restriction("xs:nonNegativeInteger", R"(<xs:maxInclusive value="7"/>)"),
      restriction("xs:nonNegativeInteger", R"(<xs:minExclusive value="7"/>)"),
      restriction("xs:nonNegativeInteger", R"(<xs:totalDigits value="2"/>)"),
      restriction("xs:date", R"(<xs:maxExclusive value="2020-01-01"/>)"),
      restriction("xs:date", R"(<xs:minInclusive value="2020-01-01Z"/>)"),
      restriction("xs:string", R"(<xs:length value="2"/>)"),
      restriction("xs:string", R"(<xs:pattern value="[a-z-[aeiou]]+"/>)"),
      restriction("xs:decimal", ""),
      restriction("xs:decimal", R"(<xs:fractionDigits value="2"/>)"),
      R"(<xs:simpleType name="T"><xs:union memberTypes="xs:string xs:date"/></xs:simpleType>)",
      R"(<xs:simpleType name="T"><xs:restriction><xs:simpleType><xs:list itemType="xs:date"/></xs:simpleType>)"
      R"(<xs:maxLength value="2"/></xs:restriction></xs:simpleType>)",
      R"(<xs:simpleType name="T"><xs:list itemType="xs:string"/></xs:simpleType>)",
  };
  for (const auto& type : types) EXPECT_EQ(schema_of(type).root("A")->type->text, nullptr) << type;
}

Result<XsdSchema> schema_with(const std::string& parts, const std::string& attributes = "") {
  return XsdSchema::parse(
      R"(<xs:schema xmlns:xs="http://www.w3.org/2001/XMLSchema" )" + attributes + ">" + parts + "</xs:schema>",
      "t.xsd");
}

std::string root_of(const std::string& children, const std::string& rest = "") {
  return R"(<xs:element name="A"><xs:complexType><xs:sequence>)" + children + "</xs:sequence></xs:complexType>" + rest +
         "</xs:element>";
}

TEST(XsdSchema, is_understood_when_its_structure_and_texts_say_all) {
  const auto parts =
      root_of(R"(<xs:element name="B" minOccurs="0" maxOccurs="unbounded" type="T"/>)") +
      R"(<xs:complexType name="T"><xs:annotation><xs:appinfo><else any="thing"/></xs:appinfo></xs:annotation>)"
      R"(<xs:simpleContent><xs:extension base="S"><xs:attribute name="c" type="xs:date" use="required"/></xs:extension>)"
      R"(</xs:simpleContent></xs:complexType><xs:simpleType name="S"><xs:restriction base="xs:string">)"
      R"(<xs:pattern value="[a-z]+"/></xs:restriction></xs:simpleType>)";
  const auto plain = schema_with(parts);
  ASSERT_TRUE(plain.has_value()) << plain.error().message;
  EXPECT_TRUE(plain->is_understood());
  EXPECT_TRUE(schema_with(parts, R"(version="1" attributeFormDefault="unqualified" xmlns:u="urn:u")")->is_understood());
  EXPECT_FALSE(schema_with(parts, R"(attributeFormDefault="qualified")")->is_understood());
  EXPECT_FALSE(schema_with(parts, R"(xmlns:s="http://www.w3.org/2001/XMLSchema")")->is_understood());
}

TEST(XsdSchema, is_not_understood_where_only_libxml2_knows_the_rule) {
  const std::string b = R"(<xs:element name="B" type="xs:string"/>)";
  const std::string text_with_attribute =
      R"(<xs:complexType name="T"><xs:simpleContent><xs:extension base="xs:string">)"
      R"(<xs:attribute name="c" type="xs:string" use="required"/></xs:extension></xs:simpleContent></xs:complexType>)";
  const std::string schemas[] = {
      root_of(R"(<xs:element name="B" type="xs:string" fixed="x"/>)"),
      root_of(R"(<xs:element name="B" type="xs:string" nillable="true"/>)"),
      root_of(b, R"(<xs:unique name="U"><xs:selector xpath="B"/><xs:field xpath="."/></xs:unique>)"),
      root_of(b, R"(<xs:key name="K"><xs:selector xpath="B"/><xs:field xpath="."/></xs:key>)"
                 R"(<xs:keyref name="R" refer="K"><xs:selector xpath="B"/><xs:field xpath="."/></xs:keyref>)"),
      root_of(b + R"(<xs:element name="C" type="xs:string"/>)" + b),
      R"(<xs:element name="A" abstract="true" type="xs:string"/>)",
      R"(<xs:element name="A" type="xs:string"/><xs:element name="B" type="xs:string" substitutionGroup="A"/>)",
      R"(<xs:element name="A" type="xs:string" block="substitution"/>)",
      R"(<xs:element name="A"><xs:complexType mixed="true"><xs:sequence>)" + b +
          "</xs:sequence></xs:complexType></xs:element>",
      R"(<xs:element name="A"><xs:complexType><xs:sequence minOccurs="2" maxOccurs="2">)" + b +
          "</xs:sequence></xs:complexType></xs:element>",
      R"(<xs:element name="A"><xs:complexType><xs:attribute name="c" type="xs:string" use="prohibited"/>)"
      R"(</xs:complexType></xs:element>)",
      R"(<xs:element name="A"><xs:complexType><xs:attribute name="c" type="xs:string" fixed="x"/>)"
      R"(</xs:complexType></xs:element>)",
      R"(<xs:element name="A"><xs:complexType><xs:attribute name="c" type="xs:string" form="qualified"/>)"
      R"(</xs:complexType></xs:element>)",
      text_with_attribute + R"(<xs:element name="A"><xs:complexType><xs:simpleContent><xs:extension base="T"/>)"
                            R"(</xs:simpleContent></xs:complexType></xs:element>)",
  };
  for (const auto& parts : schemas) {
    const auto schema = schema_with(parts);
    ASSERT_TRUE(schema.has_value()) << schema.error().message << "\n" << parts;
    EXPECT_FALSE(schema->is_understood()) << parts;
  }
}

TEST(XsdSchema, does_not_load_where_the_structure_itself_is_not_known) {
  const std::string b = R"(<xs:element name="B" type="xs:string"/>)";
  const std::string schemas[] = {
      root_of(b + R"(<xs:any minOccurs="0" processContents="lax"/>)"),
      root_of(R"(<xs:choice>)" + b + "</xs:choice>"),
      R"(<xs:element name="A"><xs:complexType><xs:sequence>)" + b +
          "</xs:sequence><xs:anyAttribute/></xs:complexType></xs:element>",
      R"(<xs:element name="A"><xs:complexType><xs:sequence>)" + b +
          R"(</xs:sequence><xs:assert test="B"/></xs:complexType></xs:element>)",
      R"(<xs:attribute name="c" type="xs:string"/><xs:element name="A"><xs:complexType><xs:attribute ref="c"/>)"
      R"(</xs:complexType></xs:element>)",
      R"(<xs:redefine schemaLocation="other.xsd"/>)" + root_of(b),
  };
  for (const auto& parts : schemas) EXPECT_FALSE(schema_with(parts).has_value()) << parts;
}

TEST(XsdSchema, fault_has_its_line_and_column) {
  const auto schema = XsdSchema::parse(
      "<xs:schema xmlns:xs='http://www.w3.org/2001/XMLSchema'>\n<xs:include/>\n"
      "<xs:element name='A'><xs:complexType>\n <xs:choice/></xs:complexType></xs:element>"
      "</xs:schema>",
      "s.xsd");
  ASSERT_FALSE(schema.has_value());
  std::string all;
  for (const auto& issue : schema.error().issues) all += issue.where + " " + issue.detail + "\n";
  EXPECT_NE(all.find("s.xsd:2:2 xs:include: import, include and redefine"), std::string::npos) << all;
  EXPECT_NE(all.find("s.xsd:4:3 xs:choice: this part of XML Schema is not supported"), std::string::npos) << all;
  EXPECT_EQ(XsdSchema::parse("<a>\n<b></a>", "s.xsd").error().issues.at(0).where.substr(0, 8), "s.xsd:2:");
}

TEST(XsdSchema, fault_of_an_attribute_names_it) {
  const auto schema = schema_with(
      R"(<xs:element name="R"><xs:complexType><xs:attribute name="k" type="xs:date" use="required"/></xs:complexType></xs:element>)");
  ASSERT_TRUE(schema.has_value());
  EXPECT_EQ(schema->check("<R k='2026-01-01'/>"), "");
  const auto said = schema->check("<R k='Amina'/>");
  EXPECT_EQ(said.substr(0, 6), "R/@k: ") << said;
  EXPECT_EQ(said.find("Amina"), std::string::npos);
  EXPECT_EQ(schema->check("<R/>").substr(0, 3), "R: ");
}

TEST(XsdElement, form_counts_and_what_may_never_stand_is_not_there) {
  const auto schema = schema_with(root_of(R"(<xs:element name="B" type="xs:string" form="qualified"/>)"
                                          R"(<xs:element name="C" type="xs:string"/>)"
                                          R"(<xs:element name="D" type="xs:string" minOccurs="0" maxOccurs="0"/>)"),
                                  R"(targetNamespace="urn:a")");
  ASSERT_TRUE(schema.has_value());
  const auto& type = *schema->root("A")->type;
  EXPECT_TRUE(type.find("B")->qualified);
  EXPECT_FALSE(type.find("C")->qualified);
  EXPECT_EQ(type.find("D"), nullptr);
}

TEST(XsdElement, says_how_often_it_may_stand) {
  const auto schema = XsdSchema::parse(
      R"(<xs:schema xmlns:xs="http://www.w3.org/2001/XMLSchema"><xs:element name="A"><xs:complexType><xs:sequence>
           <xs:element name="B" minOccurs="2" maxOccurs="5" type="xs:string"/>
           <xs:element name="C" minOccurs="0" maxOccurs="unbounded" type="xs:string"/>
           <xs:element name="D" type="xs:string"/></xs:sequence><xs:attribute name="e" type="xs:boolean" use="required"/>
         </xs:complexType></xs:element></xs:schema>)",
      "test.xsd");
  ASSERT_TRUE(schema.has_value());
  const auto& type = *schema->root("A")->type;
  EXPECT_EQ(type.children[0].least, 2U);
  EXPECT_EQ(type.children[0].most, 5U);
  EXPECT_EQ(type.children[1].least, 0U);
  EXPECT_EQ(type.children[1].most, SIZE_MAX);
  EXPECT_EQ(type.children[2].least, 1U);
  EXPECT_EQ(type.children[2].most, 1U);
  ASSERT_NE(type.attributes[0].type, nullptr);
  EXPECT_EQ(type.attributes[0].type->text->kind, XsdText::Kind::boolean);
}

}  // namespace
}  // namespace ketenpoort::formats
