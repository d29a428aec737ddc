// One wrong mapping and what must be said about it. The mark ¦ in a text stands just before the place that the
// complaint must name.
#pragma once

#include <fmt/format.h>

#include <string>
#include <string_view>
#include <vector>

#include "tests/unit/mapping/mapping_files.hpp"

namespace ketenpoort::mapping {

struct Wrong {
  std::string text;  // of the part that the test writes
  std::string said;  // in the complaint; never empty: any would do
};

struct MarkedText {
  std::string text;
  int line = 0;  // 0: no mark
  int column = 0;
};

inline MarkedText unmarked(std::string text) {
  constexpr std::string_view mark = "¦";
  MarkedText result;
  const auto at = text.find(mark);
  if (at != std::string::npos) {
    result.line = 1;
    result.column = 1;
    for (const char c : std::string_view(text).substr(0, at)) {
      ++result.column;
      if (c != '\n') continue;
      ++result.line;
      result.column = 1;
    }
    text.erase(at, mark.size());
  }
  result.text = std::move(text);
  return result;
}

inline const std::string any_target = "{ format: json, schema: schemas/any.json }";
inline const std::string strict_target = "{ format: json, schema: schemas/strict.json }";
inline const std::string xml_target =
    "{ format: xml, schema: schemas/form.xsd, root: \"f:Form\", namespaces: { f: \"urn:form\" } }";

// Everything around the fields, right.
inline std::string whole_mapping(const std::string& fields, const std::string& target = any_target,
                                 const std::string& more = "") {
  return "mapping: m\nversion: 1.0.0\neffective: { from: 2026-01-01 }\n"
         "source: { format: json, schema: schemas/source.json }\ntarget: " +
         target + "\nrecipient: vdab\npurposes: [work-guidance]\n" + more + "fields:\n" + fields + "\n";
}

class WrongMapping : public MappingFiles {
 public:
  WrongMapping() {
    write("schemas/strict.json",
          R"({"type":"object","additionalProperties":false,"required":["must"],"properties":{
      "must":{"type":"string"},"count":{"type":"integer"},"price":{"type":"number"},"flag":{"type":"boolean"},
      "kind":{"type":"string","enum":["MAN","WOMAN"]},"short":{"type":"string","maxLength":3},"form":{"type":"string","pattern":"^[0-9]+$"},
      "list":{"type":"array","items":{"type":"object","additionalProperties":false,"required":["t"],"properties":{
        "t":{"type":"string"},"n":{"type":"integer"}}}},
      "words":{"type":"array","minItems":1,"maxItems":2,"items":{"type":"string"}},
      "part":{"type":"object","additionalProperties":false,"required":["x"],"properties":{"x":{"type":"string"},"y":{"type":"string"}}}}})");
    write("schemas/form.xsd",
          R"(<xs:schema xmlns:xs="http://www.w3.org/2001/XMLSchema" xmlns:f="urn:form" targetNamespace="urn:form">
  <xs:simpleType name="Kind"><xs:restriction base="xs:string"><xs:enumeration value="M"/><xs:enumeration value="F"/></xs:restriction></xs:simpleType>
  <xs:element name="Form"><xs:complexType><xs:sequence>
    <xs:element name="Number" type="xs:string"/>
    <xs:element name="Kind" type="f:Kind" minOccurs="0"/>
    <xs:element name="Job" minOccurs="0" maxOccurs="unbounded"><xs:complexType><xs:sequence>
      <xs:element name="Title" type="xs:string"/></xs:sequence><xs:attribute name="level" type="xs:string" use="required"/></xs:complexType></xs:element>
    <xs:element name="Note" minOccurs="0"><xs:complexType><xs:simpleContent><xs:extension base="xs:string">
      <xs:attribute name="lang" type="xs:string"/></xs:extension></xs:simpleContent></xs:complexType></xs:element>
  </xs:sequence></xs:complexType></xs:element>
</xs:schema>)");
    write("codelists/kinds.csv", "source,target,label,from,to\n0,,,,\n1,MAN,,,\n2,WOMAN,,,\n");
    write("codelists/kinds.meta.yaml", "version: 1.0.0\nlicence: EUPL-1.2\n");
    write("codelists/many.csv", "source,target,label,from,to\n0,U,,,\n1,M,,,\n2,M,,,\n");
    write("codelists/many.meta.yaml", "version: 1.0.0\nlicence: EUPL-1.2\n");
    write("fragments/good.yaml", "fragment: good\nversion: 1.0.0\nfields:\n  t: { from: title, data: skills }\n");
  }

  // Writes the file and asserts the complaint, with its place when the text has a mark.
  void expect(const std::string& file, const Wrong& wrong, const LoadOptions& options = {}) {
    EXPECT_NE(wrong.said, "") << wrong.text;
    auto marked = unmarked(wrong.text);
    write(file, marked.text);
    const auto library = load(options);
    std::string all;
    bool found = false;
    if (!library)
      for (const auto& issue : library.error().issues) {
        if (issue.detail.find("neither used nor ignored") == std::string::npos)
          all += issue.where + ": " + issue.detail + "\n";
        const bool placed =
            marked.line == 0 || issue.where.ends_with(fmt::format("{}:{}:{}", file, marked.line, marked.column));
        found = found || (placed && issue.detail.find(wrong.said) != std::string::npos);
      }
    EXPECT_TRUE(found) << wrong.text << "\n  expected: " << file << ":" << marked.line << ":" << marked.column << ": "
                       << wrong.said << "\n  got:\n"
                       << all;
  }

  // A wrong `fields` part.
  void expect_fields(const Wrong& wrong, const std::string& target = any_target, const std::string& more = "",
                     const LoadOptions& options = {}) {
    expect("m.yaml", {whole_mapping(wrong.text, target, more), wrong.said}, options);
  }
};

}  // namespace ketenpoort::mapping
