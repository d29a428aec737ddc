// A message that counts as proven is not shown to libxml2: so what libxml2 would refuse must never be proven.
#include "gateway/mapping/plan/plan.hpp"
#include "tests/unit/mapping/mapping_files.hpp"

namespace ketenpoort::mapping {
namespace {

// What a record becomes under a schema of these parts, or "schema-invalid ".
class Case {
 public:
  Case(const std::string& parts, const std::string& fields, const std::string& attributes = "",
       const std::string& target = "root: A") {
    files_.write("schemas/t.xsd", R"(<xs:schema xmlns:xs="http://www.w3.org/2001/XMLSchema" )" + attributes + ">" +
                                      parts + "</xs:schema>");
    files_.lines(fields, "", "{ format: xml, schema: schemas/t.xsd, " + target + " }");
  }
  std::string translate(const std::string& record) {
    const auto made = files_.translate(record);
    const auto end = made.find("?>\n");
    return end == std::string::npos ? made : made.substr(end + 3);
  }
  std::string complaints() { return files_.complaints(); }
  bool can_be_proven() { return !files_.loaded()->mappings().front()->plan().xsd_unprovable; }

 private:
  MappingFiles files_;
};

std::string root_of(const std::string& children, const std::string& rest = "") {
  return R"(<xs:element name="A"><xs:complexType><xs:sequence>)" + children + "</xs:sequence></xs:complexType>" + rest +
         "</xs:element>";
}
std::string attribute_of_root(const std::string& attributes) {
  return R"(<xs:element name="A"><xs:complexType><xs:attribute name="k" )" + attributes +
         "/></xs:complexType></xs:element>";
}

const std::string plain_b = R"(<xs:element name="B" type="xs:string"/>)";
const std::string write_b = "  B: { from: name, required: true, data: skills }";
const std::string write_k = "  '@k': { from: name, required: true, data: skills }";
const std::string write_tags = "  B: { for_each: tags, fields: { '#text': { from: '@', data: skills } } }";
const std::string invalid = "schema-invalid ";

TEST(XsdProof, is_given_for_what_is_understood) {
  Case plain(root_of(plain_b), write_b);
  EXPECT_TRUE(plain.can_be_proven());
  EXPECT_EQ(plain.translate(R"({"name":"x"})"), "<A><B>x</B></A>");
  Case attribute(attribute_of_root(R"(type="xs:string")"), write_k);
  EXPECT_TRUE(attribute.can_be_proven());
}

TEST(XsdProof, is_not_given_where_a_value_is_fixed) {
  Case element(root_of(R"(<xs:element name="B" type="xs:string" fixed="x"/>)"), write_b);
  EXPECT_EQ(element.translate(R"({"name":"x"})"), "<A><B>x</B></A>");
  EXPECT_EQ(element.translate(R"({"name":"y"})"), invalid);
  Case attribute(attribute_of_root(R"(type="xs:string" fixed="x")"), write_k);
  EXPECT_EQ(attribute.translate(R"({"name":"y"})"), invalid);
}

TEST(XsdProof, is_not_given_where_values_must_differ) {
  Case files(root_of(R"(<xs:element name="B" type="xs:string" maxOccurs="unbounded"/>)",
                     R"(<xs:unique name="U"><xs:selector xpath="B"/><xs:field xpath="."/></xs:unique>)"),
             write_tags);
  EXPECT_EQ(files.translate(R"({"tags":["x","y"]})"), "<A><B>x</B><B>y</B></A>");
  EXPECT_EQ(files.translate(R"({"tags":["x","x"]})"), invalid);
}

TEST(XsdProof, is_not_given_for_what_must_not_be_written) {
  Case prohibited(attribute_of_root(R"(type="xs:string" use="prohibited")"), write_k);
  EXPECT_EQ(prohibited.translate(R"({"name":"x"})"), invalid);
  Case abstract(R"(<xs:element name="A" abstract="true"><xs:complexType><xs:sequence>)" + plain_b +
                    "</xs:sequence></xs:complexType></xs:element>",
                write_b);
  EXPECT_EQ(abstract.translate(R"({"name":"x"})"), invalid);
  Case never(root_of(R"(<xs:element name="B" type="xs:string" minOccurs="0" maxOccurs="0"/>)"), write_b);
  EXPECT_NE(never.complaints().find("the target schema has no B there"), std::string::npos);
}

TEST(XsdProof, is_not_given_where_elements_must_stand_again) {
  Case twice(R"(<xs:element name="A"><xs:complexType><xs:sequence minOccurs="2" maxOccurs="2">)" + plain_b +
                 "</xs:sequence></xs:complexType></xs:element>",
             write_b);
  EXPECT_EQ(twice.translate(R"({"name":"x"})"), invalid);
  Case later(root_of(plain_b + R"(<xs:element name="C" type="xs:string"/>)" + plain_b),
             write_b + "\n  C: { from: nick, required: true, data: skills }");
  EXPECT_EQ(later.translate(R"({"name":"x","nick":"y"})"), invalid);
}

// An element for which only attributes are written has an empty text.
TEST(XsdProof, covers_the_empty_text) {
  const auto with_text = [](const std::string& base, const std::string& use = "") {
    return R"(<xs:simpleType name="Two"><xs:restriction base="xs:string"><xs:minLength value="2"/></xs:restriction>)"
           R"(</xs:simpleType><xs:complexType name="T"><xs:simpleContent><xs:extension base=")" +
           base + R"("><xs:attribute name="k" type="xs:string" )" + use +
           "/></xs:extension></xs:simpleContent></xs:complexType>" + root_of(R"(<xs:element name="B" type="T"/>)");
  };
  const std::string write_attribute = "  B/@k: { from: name, required: true, data: skills }";
  Case any(with_text("xs:string"), write_attribute);
  EXPECT_TRUE(any.can_be_proven());
  EXPECT_EQ(any.translate(R"({"name":"x"})"), R"(<A><B k="x"></B></A>)");
  EXPECT_EQ(Case(with_text("Two"), write_attribute).translate(R"({"name":"x"})"), invalid);
  EXPECT_EQ(Case(with_text("xs:date"), write_attribute).translate(R"({"name":"x"})"), invalid);
  EXPECT_NE(Case(with_text("xs:string", R"(use="required")"), write_b).complaints().find("requires B/@k"),
            std::string::npos)
      << "text alone lacks the attribute";
}

TEST(XsdProof, is_not_given_for_attributes_of_a_base_type) {
  Case files(
      R"(<xs:complexType name="S"><xs:simpleContent><xs:extension base="xs:string"><xs:attribute name="k")"
      R"( type="xs:string" use="required"/></xs:extension></xs:simpleContent></xs:complexType>)"
      R"(<xs:complexType name="T"><xs:simpleContent><xs:extension base="S"/></xs:simpleContent></xs:complexType>)" +
          root_of(R"(<xs:element name="B" type="T"/>)"),
      write_b);
  EXPECT_EQ(files.translate(R"({"name":"x"})"), invalid);
}

TEST(XsdProof, is_not_given_for_patterns_that_read_otherwise) {
  Case files(R"(<xs:simpleType name="T"><xs:restriction base="xs:string"><xs:pattern value="[a-z-[aeiou]]+"/>)"
             R"(</xs:restriction></xs:simpleType>)" +
                 root_of(R"(<xs:element name="B" type="T"/>)"),
             write_b);
  EXPECT_EQ(files.translate(R"({"name":"b"})"), "<A><B>b</B></A>");
  EXPECT_EQ(files.translate(R"({"name":"a]"})"), invalid);
}

TEST(XsdProof, is_not_given_for_types_under_an_unusual_prefix) {
  Case files(R"(<xs:simpleType name="date"><xs:restriction base="xs:string"/></xs:simpleType>)" +
                 root_of(R"(<xs:element name="B" type="s:date"/>)"),
             write_b, R"(xmlns:s="http://www.w3.org/2001/XMLSchema")");
  EXPECT_EQ(files.translate(R"({"name":"x"})"), invalid);
}

TEST(XsdProof, is_not_given_where_names_land_in_another_namespace) {
  const std::string own = R"(targetNamespace="urn:a")";
  Case by_default(root_of(plain_b), write_b, own, "root: A, namespaces: { \"\": \"urn:a\" }");
  EXPECT_EQ(by_default.translate(R"({"name":"x"})"), invalid) << "B is in no namespace";
  Case prefixed(root_of(plain_b), write_b, own, "root: \"t:A\", namespaces: { t: \"urn:a\" }");
  EXPECT_TRUE(prefixed.can_be_proven());
  EXPECT_EQ(prefixed.translate(R"({"name":"x"})"), R"(<t:A xmlns:t="urn:a"><B>x</B></t:A>)");
  Case formed(root_of(R"(<xs:element name="B" type="xs:string" form="qualified"/>)"), write_b, own,
              "root: \"t:A\", namespaces: { t: \"urn:a\" }");
  EXPECT_EQ(formed.translate(R"({"name":"x"})"), R"(<t:A xmlns:t="urn:a"><t:B>x</t:B></t:A>)");
  Case unasked(root_of(plain_b), write_b, "", "root: \"t:A\", namespaces: { t: \"urn:a\" }");
  EXPECT_EQ(unasked.translate(R"({"name":"x"})"), invalid) << "the schema has no namespace";
  Case attribute(attribute_of_root(R"(type="xs:string")"), write_k, own + R"( attributeFormDefault="qualified")",
                 "root: \"t:A\", namespaces: { t: \"urn:a\" }");
  EXPECT_EQ(attribute.translate(R"({"name":"x"})"), invalid);
}

}  // namespace
}  // namespace ketenpoort::mapping
