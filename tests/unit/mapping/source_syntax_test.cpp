#include "gateway/mapping/source/source_syntax.hpp"

#include "tests/unit/mapping/mapping_files.hpp"

namespace ketenpoort::mapping {
namespace {

const std::string csv_layout =
    "layout: people\nversion: 1.0.0\nformat: csv\nseparator: \";\"\nencodings: [utf-8, windows-1252]\n"
    "columns:\n  NAME: { required: true }\n  SEX: { allowed: [M, F] }\n";
const std::string fixed_layout =
    "layout: night\nversion: 1.0.0\nformat: fixed\nencoding: cp850\nline: 20\n"
    "header:  { mark: \"00\", fields: { SENDER: { from: 3, length: 10, required: true } } }\n"
    "detail:  { mark: \"20\", fields: { NAME: { from: 3, length: 10, required: true }, SEX: { from: 13, length: 1 } } "
    "}\n"
    "trailer: { mark: \"99\", count: N, checksum: S, fields: { N: { from: 3, length: 6 }, S: { from: 9, length: 8 } } "
    "}\n";
const std::string people_xsd =
    R"(<xs:schema xmlns:xs="http://www.w3.org/2001/XMLSchema" targetNamespace="urn:p" elementFormDefault="qualified">
  <xs:element name="People"><xs:complexType><xs:sequence>
    <xs:element name="Leader"><xs:complexType><xs:simpleContent><xs:extension base="xs:string">
      <xs:attribute name="lang" type="xs:string"/></xs:extension></xs:simpleContent></xs:complexType></xs:element>
    <xs:element name="Person" minOccurs="0" maxOccurs="unbounded"><xs:complexType><xs:sequence>
      <xs:element name="Name" type="xs:string"/>
      <xs:element name="Tag" type="xs:string" minOccurs="0" maxOccurs="3"/></xs:sequence></xs:complexType></xs:element>
  </xs:sequence></xs:complexType></xs:element>
</xs:schema>)";

// A mapping of these lines from that source; what it makes of the input, or what is said.
class SourceFiles : public MappingFiles {
 public:
  SourceFiles(const std::string& format, const std::string& fields, const std::string& ignore = "") {
    write("schemas/people.yaml", csv_layout);
    write("schemas/night.yaml", fixed_layout);
    write("schemas/people.xsd", people_xsd);
    const std::string source = format == "csv"     ? "{ format: csv, schema: schemas/people.yaml }"
                               : format == "fixed" ? "{ format: fixed, schema: schemas/night.yaml }"
                                                   : "{ format: xml, schema: schemas/people.xsd, root: \"p:People\", "
                                                     "namespaces: { p: \"urn:p\" } }";
    write("m.yaml", "mapping: m\nversion: 1.0.0\neffective: { from: 2026-01-01 }\ndirection: in\nsource: " + source +
                        "\ntarget: { format: json, schema: schemas/any.json }\nfields:\n" + fields + "\n" + ignore);
  }

  std::string translate(const std::string& input) {
    const auto library = load();
    if (!library) {
      std::string all;
      for (const auto& issue : library.error().issues) all += issue.where + ": " + issue.detail + "\n";
      return all;
    }
    const auto& mapping = *library->mappings().front();
    const auto records = mapping.records(input);
    if (!records) return records.error().message;
    Context context;
    context.now = *parse_rfc3339("2026-11-24T12:00:00+01:00");
    context.allowed = mapping.categories();
    std::string all;
    for (const auto& record : *records) {
      context.transfer = record.id;
      if (!record.issues.empty()) {
        all += record.where + " " + record.issues[0].where + "\n";
        continue;
      }
      const auto got = mapping.translate(record.json, context);
      all += (got ? got->bytes : std::string(to_text(got.error().reason)) + " " + got.error().field) + "\n";
      if (mapping.source_format() != "xml") continue;
      const auto direct = mapping.translate(input, context);
      EXPECT_EQ(direct ? direct->bytes : direct.error().detail, got ? got->bytes : got.error().detail) << input;
    }
    return all;
  }
};

TEST(CsvSource, gives_a_record_for_each_row) {
  SourceFiles files("csv",
                    "  n: { from: NAME, do: [upper], data: identity-core }\n  s: { from: SEX, data: identity-more }");
  EXPECT_EQ(files.translate("NAME;SEX\r\nann;F\r\nbob;\r\n"), "{\"n\":\"ANN\",\"s\":\"F\"}\n{\"n\":\"BOB\"}\n");
  EXPECT_EQ(files.translate("SEX;NAME\nF;zo\xEB\n"), "{\"n\":\"ZOË\",\"s\":\"F\"}\n")
      << "Windows-1252, columns in another order";
  EXPECT_EQ(files.translate("NAME;SEX\nann;X\n;F\n"), "line 2 SEX\nline 3 NAME\n") << "each row is checked by itself";
  EXPECT_EQ(files.translate("NAME;SEXE\nann;F\n"), "1:1: the layout people knows no column SEXE (did you mean SEX?)");
  EXPECT_EQ(files.translate("SEX\nF\n"), "1:1: the column NAME is missing");
  EXPECT_EQ(files.translate("NAME;SEX\n\x81;F\n"), "the file is in none of the encodings that its layout names");
}

TEST(CsvSource, is_in_what_its_byte_order_mark_says) {
  const auto read = [](const char* encodings, const std::string& input) {
    SourceFiles files("csv", "  n: { from: NAME, data: identity-core }\n  s: { from: SEX, data: identity-more }");
    auto layout = csv_layout;
    const std::string_view shipped = "[utf-8, windows-1252]";
    files.write("schemas/people.yaml", layout.replace(layout.find(shipped), shipped.size(), encodings));
    return files.translate(input);
  };
  const std::string mark = "\xEF\xBB\xBF";
  EXPECT_EQ(read("[utf-8, windows-1252]", mark + "NAME;SEX\nzo\xC3\xAB;F\n"), "{\"n\":\"zo\xC3\xAB\",\"s\":\"F\"}\n");
  EXPECT_NE(read("[windows-1252]", mark + "NAME;SEX\nann;F\n").find("byte order mark"), std::string::npos);
  EXPECT_NE(read("[utf-8, windows-1252]", mark + "NAME;SEX\nzo\xEB;F\n").find("2:3"), std::string::npos);
  for (const std::string wide : {"\xFF\xFE", "\xFE\xFF"})
    EXPECT_NE(read("[windows-1252]", wide + "NAME;SEX\nann;F\n").find("UTF-16"), std::string::npos);
}

TEST(CsvSource, layout_is_part_of_what_the_mapping_is) {
  SourceFiles files("csv", "  n: { from: NAME, data: identity-core }\n  s: { from: SEX, data: identity-more }");
  const auto before = files.load()->mappings().front()->hash();
  files.write("schemas/people.yaml", csv_layout + "# x\n");
  EXPECT_NE(files.load()->mappings().front()->hash(), before);
}

TEST(Source, is_of_the_form_that_its_schema_describes) {
  const auto said = [](const std::string& format, std::string_view from, std::string_view to) {
    SourceFiles files(format, "  n: { from: NAME, data: identity-core }");
    std::ifstream in(files.folder.path() / "m.yaml");
    std::string text(std::istreambuf_iterator<char>(in), {});
    files.write("m.yaml", text.replace(text.find(from), from.size(), to));
    return files.complaints();
  };
  EXPECT_NE(said("xml", "\"p:People\"", "\"p:Peple\"").find("no root element Peple (did you mean People?)"),
            std::string::npos);
  EXPECT_NE(said("xml", "\"urn:p\"", "\"urn:q\"").find("must be bound to the schema's namespace urn:p"),
            std::string::npos);
  EXPECT_NE(said("xml", "{ p: \"urn:p\" }", "{ q: \"urn:p\" }").find("must be bound to the schema's namespace urn:p"),
            std::string::npos);
  EXPECT_NE(said("csv", "people.yaml", "night.yaml").find("is no layout of a csv file"), std::string::npos);
  EXPECT_NE(said("fixed", "night.yaml", "people.yaml").find("is no layout of a fixed file"), std::string::npos);
}

TEST(CsvSource, cell_of_blanks_is_an_empty_one) {
  SourceFiles files("csv",
                    "  n: { from: NAME, do: [upper], data: identity-core }\n  s: { from: SEX, data: identity-more }");
  EXPECT_EQ(files.translate("NAME;SEX\nann; \nbob;\"\t \"\ncem;\u00A0\n"),
            "{\"n\":\"ANN\"}\n{\"n\":\"BOB\"}\n{\"n\":\"CEM\"}\n");
  EXPECT_EQ(files.translate("NAME;SEX\n  ;F\n"), "line 2 NAME\n");
}

TEST(CsvSource, names_a_column_that_is_missing_or_mistyped) {
  SourceFiles files("csv",
                    "  n: { from: NAME, do: [upper], data: identity-core }\n  s: { from: SEX, data: identity-more }");
  const auto library = files.load();
  ASSERT_TRUE(library);
  const auto places = [&](std::string_view input) {
    const auto records = library->mappings().front()->records(input);
    std::string all;
    for (const auto& issue : records.error().issues) all += issue.where + "|";
    return all;
  };
  EXPECT_EQ(places("SEX\nF\n"), "line 1, NAME|");
  EXPECT_EQ(places("NAME;SEXE\nann;F\n"), "line 1, SEXE|");
  EXPECT_EQ(places("Haddad;F\nbob;M\n"), "1:1|1:1|line 1, NAME|") << "what may be somebody's data has no name";
}

// What stands there is somebody's data then: a name may be near to a column's, and a remark long enough to anything.
TEST(CsvSource, repeats_nothing_of_a_first_line_that_is_no_header) {
  SourceFiles files("csv",
                    "  n: { from: NAME, do: [upper], data: identity-core }\n  s: { from: SEX, data: identity-more }");
  EXPECT_EQ(files.translate("Nane;F\nbob;M\n"),
            "1:1: cell 1 of the first line names no column of the layout people; the first line names the columns");
  EXPECT_EQ(files.translate("NAME;" + std::string(400, 'x') + "\nbob;M\n"),
            "1:1: cell 2 of the first line names no column of the layout people; the first line names the columns");
  EXPECT_EQ(files.translate("name;sex\nann;F\n"), "1:1: the layout people knows no column name (did you mean NAME?)")
      << "a header all the same";
}

TEST(FixedSource, gives_a_record_for_each_detail_line_with_the_header) {
  SourceFiles files("fixed",
                    "  n: { from: NAME, data: identity-core }\n  f: { from: header.SENDER, data: none }\n"
                    "  s: { from: SEX, data: identity-more }");
  const auto pad = [](std::string text) {
    text.resize(20, ' ');
    return text;
  };
  const auto detail = pad("20Jos\x82");
  const auto sum = formats::fixed_width_checksum(detail);
  const auto text = pad("00FEDASIL") + "\n" + detail + "\n" + pad(fmt::format("99{:06}{:08}", 1, sum)) + "\n";
  EXPECT_EQ(files.translate(text), "{\"n\":\"José\",\"f\":\"FEDASIL\"}\n");
  EXPECT_NE(
      files.translate(pad("00FEDASIL") + "\n" + pad(fmt::format("99{:06}{:08}", 1, 0)) + "\n").find("N is 1, but"),
      std::string::npos);
}

TEST(XmlSource, is_read_by_element_attribute_and_text) {
  SourceFiles files(
      "xml",
      "  leader: { from: p:Leader/#text, data: identity-core }\n  lang: { from: p:Leader/@lang, data: contact }\n"
      "  second: { from: 'p:Person[1]/p:Name', data: identity-core }\n"
      "  tagged: { pick: p:Person, where: 'exists p:Tag', get: p:Name, data: identity-core }\n"
      "  all: { for_each: p:Person, fields: { n: { from: p:Name, data: identity-core },\n"
      "    l: { from: /p:Leader/#text, data: identity-core },\n"
      "    t: { for_each: p:Tag, fields: { '#text': { from: '@', data: skills } } } } }");
  EXPECT_EQ(
      files.translate(
          "<q:People xmlns:q='urn:p'><q:Leader lang='nl'>Zo&#xEB;</q:Leader><q:Person><q:Name>A</q:Name>"
          "</q:Person><q:Person><q:Name>B</q:Name><q:Tag>x</q:Tag><q:Tag>y &amp; z</q:Tag></q:Person></q:People>"),
      "{\"leader\":\"Zoë\",\"lang\":\"nl\",\"second\":\"B\",\"tagged\":\"B\",\"all\":[{\"n\":\"A\",\"l\":\"Zoë\"},"
      "{\"n\":\"B\",\"l\":\"Zoë\",\"t\":[\"x\",\"y & z\"]}]}\n");
  EXPECT_EQ(files.translate("<People xmlns='urn:p'><Leader>L</Leader></People>"), "{\"leader\":\"L\"}\n");
  EXPECT_NE(files.translate("<People><Leader>L</Leader></People>").find("the schema"), std::string::npos)
      << "another namespace";
  EXPECT_NE(files.translate("<People xmlns='urn:p'/>").find("an element is missing"), std::string::npos);
  EXPECT_NE(files.translate("<People").find(""), std::string::npos);
  EXPECT_NE(files.translate("<!DOCTYPE x><People xmlns='urn:p'><Leader>L</Leader></People>").find("DOCTYPE"),
            std::string::npos);
}

TEST(XmlSource, reads_the_same_from_the_document_itself) {
  SourceFiles files(
      "xml",
      "  leader: { from: p:Leader/#text, data: identity-core }\n  lang: { from: p:Leader/@lang, data: contact }\n"
      "  all: { for_each: p:Person, fields: { n: { from: p:Name, data: identity-core },\n"
      "    t: { for_each: p:Tag, fields: { '#text': { from: '@', data: skills } } } } }");
  const auto people = [](const std::string& leader, const std::string& rest = "") {
    return "<p:People xmlns:p='urn:p'>" + leader + rest + "</p:People>";
  };
  const std::pair<std::string, std::string> cases[] = {
      {people("<p:Leader>a&lt;b&#x20AC;&#65;</p:Leader>"), R"({"leader":"a<b€A"})"},
      {people("<p:Leader>one<!-- not -->two<![CDATA[<&>]]></p:Leader>"), R"({"leader":"onetwo<&>"})"},
      {people("<p:Leader>  <!-- c --> x\r\ny\rz </p:Leader>"), R"({"leader":" x\ny\nz "})"},
      {people("<p:Leader lang=' n\tl&#10;'> </p:Leader>"), R"({"leader":" ","lang":" n l\n"})"},
      {people("<p:Leader lang=\"\"\n/>"), ""},
      {"\xEF\xBB\xBF<?xml version='1.0' encoding='utf-8' standalone='yes'?>\n<!-- x -->" +
           people("<p:Leader>L</p:Leader>") + "<!-- y -->\n",
       R"({"leader":"L"})"},
      {people("<p:Leader>L</p:Leader>",
              "<q:Person xmlns:q='urn:p'><q:Name>A</q:Name><q:Tag>1</q:Tag><q:Tag>2</q:Tag></q:Person>"
              "<Person xmlns='urn:p'><Name>B</Name></Person>"),
       R"({"leader":"L","all":[{"n":"A","t":["1","2"]},{"n":"B"}]})"},
  };
  for (const auto& [document, json] : cases) {
    const auto made = files.translate(document);  // which compares it with the document's own translation
    if (!json.empty()) EXPECT_EQ(made, json + "\n");
  }
}

TEST(XmlSource, document_is_refused_in_the_words_of_the_reader) {
  SourceFiles files("xml",
                    "  leader: { from: p:Leader/#text, data: identity-core }\n"
                    "  all: { for_each: p:Person, fields: { n: { from: p:Name, data: identity-core } } }",
                    "ignore:\n  p:Leader/@lang: not read\n  p:Person[]/p:Tag: not read\n");
  const auto library = files.load();
  ASSERT_TRUE(library.has_value());
  Context context;
  context.allowed = CategorySet::all();
  const auto refusal = [&](const std::string& document) {
    const auto got = library->mappings().front()->translate(document, context);
    return got ? "translated: " + got->bytes : got.error().detail;
  };
  EXPECT_NE(refusal("<!DOCTYPE x><People xmlns='urn:p'><Leader>L</Leader></People>").find("DOCTYPE"),
            std::string::npos);
  EXPECT_NE(refusal("<People xmlns='urn:p'><Leader>&x;</Leader></People>").find("not one of XML's own"),
            std::string::npos);
  EXPECT_NE(refusal("<People xmlns='urn:p'><Leader a='1' a='2'>L</Leader></People>").find("stands twice"),
            std::string::npos);
  EXPECT_NE(refusal("<q:People><Leader>L</Leader></q:People>").find("not declared"), std::string::npos);
  EXPECT_NE(refusal("<People xmlns='urn:other'><Leader>L</Leader></People>").find("root"), std::string::npos);
  EXPECT_NE(refusal("<Persons xmlns='urn:p'><Leader>L</Leader></Persons>").find("root"), std::string::npos);
  const auto nested = [](int depth) {
    std::string text;
    for (int i = 0; i < depth; ++i) text += "<x>";
    for (int i = 0; i < depth; ++i) text += "</x>";
    return "<People xmlns='urn:p'><Leader>L</Leader>" + text + "</People>";
  };
  EXPECT_EQ(refusal(nested(127)), "translated: {\"leader\":\"L\"}");
  EXPECT_NE(refusal(nested(128)).find("too deeply"), std::string::npos);
  const auto wide = [](int attributes) {
    std::string text = "<People xmlns='urn:p'><Leader";
    for (int i = 0; i < attributes; ++i) text += " a" + std::to_string(i) + "=''";
    return text + ">L</Leader></People>";
  };
  EXPECT_EQ(refusal(wide(256)), "translated: {\"leader\":\"L\"}");
  EXPECT_NE(refusal(wide(257)).find("more than 256 attributes on one element (at 1:"), std::string::npos);
  const auto declaring = [](int levels) {
    std::string text;
    for (int i = 0; i < levels; ++i) text += "<x xmlns:n" + std::to_string(i) + "='urn:n'>";
    for (int i = 0; i < levels; ++i) text += "</x>";
    return "<People xmlns='urn:p'><Leader>L</Leader>" + text + text + "</People>";
  };
  EXPECT_EQ(refusal(declaring(63)), "translated: {\"leader\":\"L\"}");
  EXPECT_NE(refusal(declaring(64)).find("more than 64 namespace declarations in force (at 1:"), std::string::npos);
  EXPECT_NE(
      refusal("<People xmlns='urn:p'><Leader>" + std::string(1 << 20, 'x') + "</Leader></People>").find("at most"),
      std::string::npos);
}

TEST(XmlSource, paths_are_checked_against_the_schema) {
  const auto said = [](const std::string& path) {
    SourceFiles files("xml", "  a: { from: " + path + ", data: skills }");
    return files.translate("");
  };
  EXPECT_NE(said("p:Lider/#text").find("there is no p:Lider in the record (did you mean p:Leader?)"),
            std::string::npos);
  EXPECT_NE(said("p:Leader/@land").find("there is no @land in p:Leader (did you mean @lang?)"), std::string::npos);
  EXPECT_NE(said("p:Person/p:Name").find("p:Person is an array"), std::string::npos);
  EXPECT_NE(said("a.b").find("the source is XML; write a path as p:a/p:b/@c"), std::string::npos);
  EXPECT_NE(said("p:Leader/").find("is not a path"), std::string::npos);
  EXPECT_NE(said("p:Leader/@lang/x").find("an attribute is the end of a path"), std::string::npos);
  EXPECT_NE(said("'#text/a'").find("#text is the end of a path"), std::string::npos);
  MappingFiles json;
  json.lines("  a: { from: name/first, data: skills }");
  EXPECT_NE(json.complaints().find("name/first is a path into XML, but the source is json"), std::string::npos);
}

TEST(XmlSource, unused_elements_must_be_ignored_with_a_reason) {
  SourceFiles files("xml", "  leader: { from: p:Leader/#text, data: identity-core }",
                    "ignore: { p:Leader/@lang: not needed, 'p:Person[]/p:Tag': not needed }\n");
  EXPECT_NE(files.translate("").find("p:Person[]/p:Name is neither used nor ignored"), std::string::npos);
}

TEST(Inbound, mapping_that_names_a_recipient_is_refused) {
  SourceFiles files("csv", "  n: { from: NAME, data: identity-core }\n  s: { from: SEX, data: identity-more }",
                    "recipient: vdab\n");
  EXPECT_NE(files.translate("").find("recipient belongs to what goes out; this mapping says direction: in"),
            std::string::npos);
}

TEST(Inbound, mapping_has_neither_recipient_nor_purposes) {
  SourceFiles files("csv", "  n: { from: NAME, data: identity-core }\n  s: { from: SEX, data: identity-more }");
  const auto library = files.load();
  ASSERT_TRUE(library.has_value());
  EXPECT_TRUE(library->mappings().front()->purposes().empty());
  EXPECT_TRUE(library->mappings().front()->recipient().empty());
}

TEST(Layout, is_read_strictly) {
  const auto said = [](std::string text, const std::string& find, const std::string& with) {
    text.replace(text.find(find), find.size(), with);
    Complaints complaints;
    const auto root = read_yaml(text, "l.yaml", complaints);
    if (root) (void)read_layout(*root, complaints);
    std::string all;
    for (const auto& issue : complaints.errors) all += issue.where + ": " + issue.detail + "\n";
    return all;
  };
  EXPECT_EQ(said(csv_layout, "layout", "layout"), "");
  EXPECT_EQ(said(fixed_layout, "layout", "layout"), "");
  EXPECT_EQ(said(csv_layout, "format: csv", "format: tsv"), "l.yaml:3:9: the format of a layout is csv or fixed\n");
  EXPECT_EQ(said(csv_layout, "\";\"", "\"|\""), "l.yaml:4:12: separator is \";\" or \",\"\n");
  EXPECT_NE(said(csv_layout, "windows-1252", "windows1252").find("(did you mean windows-1252?)"), std::string::npos);
  EXPECT_NE(said(csv_layout, "required", "requird").find("unknown key requird (did you mean required?)"),
            std::string::npos);
  EXPECT_NE(said(csv_layout, "true", "yes").find("required is true or false"), std::string::npos);
  EXPECT_NE(said(csv_layout, "columns", "colums").find("columns is missing"), std::string::npos);
  EXPECT_NE(said(fixed_layout, "from: 13", "from: 12").find("SEX and NAME overlap"), std::string::npos);
  EXPECT_NE(said(fixed_layout, "from: 13", "from: 21").find("from takes a whole number from 1 to 20"),
            std::string::npos);
  EXPECT_NE(said(fixed_layout, "length: 1 }", "length: 9 }").find("SEX ends after the line, which has 20 positions"),
            std::string::npos);
  EXPECT_NE(said(fixed_layout, "count: N", "count: M").find("M is no field of the trailer"), std::string::npos);
  EXPECT_NE(said(fixed_layout, "line: 20", "line: long").find("line takes a whole number"), std::string::npos);
  EXPECT_NE(said(fixed_layout, "cp850", "ebcdic").find("ebcdic is no encoding"), std::string::npos);
}

}  // namespace
}  // namespace ketenpoort::mapping
