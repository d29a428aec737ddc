// Files that do not load: the head of a mapping, what it names, fragments, code lists, versions, YAML's surprises.
#include "tests/unit/mapping/wrong_mapping.hpp"

namespace ketenpoort::mapping {
namespace {

const std::string one_field = "  a: { from: name, data: skills }";

std::string replaced(std::string text, const std::string& find, const std::string& with) {
  const auto at = text.find(find);
  EXPECT_NE(at, std::string::npos) << find;
  return at == std::string::npos ? text : text.replace(at, find.size(), with);
}

TEST(WrongFile, head_without_a_key) {
  WrongMapping files;
  const auto right = whole_mapping(one_field);
  for (const char* key : {"mapping", "version", "effective", "source", "target", "recipient", "purposes", "fields"}) {
    const auto at = right.find(std::string(key) + ":");
    const auto end = key == std::string("fields") ? right.size() : right.find('\n', at) + 1;
    auto text = right;
    text.erase(at, end - at);
    text.insert(0, "¦");
    files.expect("m.yaml", {text, std::string(key) + " is missing"});
  }
}

TEST(WrongFile, head_with_a_misspelt_key) {
  WrongMapping files;
  const auto right = whole_mapping(one_field, any_target, "defaults: { missing: omit }\nuse: {}\n");
  for (const char* key :
       {"mapping", "version", "effective", "source", "target", "recipient", "purposes", "defaults", "fields"}) {
    const std::string name(key);
    const auto wrong = name + "x";
    const auto text = name == "mapping" ? replaced(right, name + ":", "¦" + wrong + ":")
                                        : replaced(right, "\n" + name + ":", "\n¦" + wrong + ":");
    files.expect("m.yaml", {text, fmt::format("unknown key {} in a mapping (did you mean {}?)", wrong, name)});
  }
}

TEST(WrongFile, head_with_a_wrong_value) {
  WrongMapping files;
  const std::vector<std::pair<std::string, Wrong>> cases = {
      {"version: 1.0.0", {"version: ¦1.0", "version must be major.minor.patch"}},
      {"version: 1.0.0", {"version: ¦1.0.0.0", "version must be major.minor.patch"}},
      {"version: 1.0.0", {"version: ¦v1.0.0", "version must be major.minor.patch"}},
      {"version: 1.0.0", {"version: ¦1..0", "version must be major.minor.patch"}},
      {"version: 1.0.0", {"version: ¦01.0.0", "version must be major.minor.patch"}},
      {"version: 1.0.0", {"version: ¦''", "version is empty"}},
      {"mapping: m", {"mapping: ¦''", "mapping is empty"}},
      {"mapping: m", {"mapping: ¦../x", "mapping is a name of at most 100 small letters, digits and dashes"}},
      {"mapping: m", {"mapping: ¦M m", "mapping is a name of at most 100 small letters"}},
      {"version: 1.0.0", {"version: ¦[1, 0, 0]", "version takes one text"}},
      {"mapping: m", {"mapping: ¦[m]", "mapping takes one text"}},
      {"{ from: 2026-01-01 }", {"{ from: ¦2026-02-30 }", "from must be a day, yyyy-mm-dd"}},
      {"{ from: 2026-01-01 }", {"{ from: ¦01/01/2026 }", "from must be a day, yyyy-mm-dd"}},
      {"{ from: 2026-01-01 }", {"¦{ until: 2026-12-31 }", "from is missing in effective"}},
      {"{ from: 2026-01-01 }", {"{ from: 2026-01-01, until: ¦soon }", "until must be a day, yyyy-mm-dd"}},
      {"{ from: 2026-01-01 }", {"¦{ from: 2026-01-01, until: 2025-12-31 }", "until lies before from"}},
      {"{ from: 2026-01-01 }",
       {"{ from: 2026-01-01, ¦untill: 2026-12-31 }", "unknown key untill in effective (did you mean until?)"}},
      {"source: { format: json, schema: schemas/source.json }",
       {"source: { format: json, ¦shema: schemas/source.json }", "unknown key shema in source (did you mean schema?)"}},
      {"source: { format: json, schema: schemas/source.json }",
       {"source: ¦{ schema: schemas/source.json }", "format is missing in source"}},
      {"source: { format: json, schema: schemas/source.json }",
       {"source: ¦{ format: json }", "schema is missing in source"}},
      {"source: { format: json, schema: schemas/source.json }",
       {"source: { format: ¦jsn, schema: schemas/source.json }", "the format of a source is"}},
      {"source: { format: json, schema: schemas/source.json }", {"source: ¦json", "source must be a map"}},
      {"source: { format: json, schema: schemas/source.json }",
       {"source: ¦{ format: json, schema: schemas/nothing.json }", "schemas/nothing.json"}},
      {"source: { format: json, schema: schemas/source.json }",
       {"source: ¦{ format: json, schema: ../source.json }", "must be a path beneath the folder of mappings"}},
      {"source: { format: json, schema: schemas/source.json }",
       {"source: ¦{ format: json, schema: /etc/passwd }", "must be a path beneath the folder of mappings"}},
      {"target: { format: json", {"target: { format: ¦yaml", "the format of a target is"}},
      {"target: { format: json", {"target: { ¦root: x, format: json", "root belongs to XML; this target is json"}},
      {"target: { format: json",
       {"target: { ¦namespaces: { a: b }, format: json", "namespaces belongs to XML; this target is json"}},
      {"target: { format: json",
       {"target: { namespaces: ¦foo, format: json", "namespaces takes a map from prefix to URI"}},
      {"target: { format: json",
       {"target: { ¦synonyms: { a: [b] }, format: json", "synonyms belongs to a source: a target has its own"}},
      {"source: { format: json, schema: schemas/source.json }",
       {"source: { format: json, schema: schemas/source.json, ¦synonyms: {} }",
        "synonyms belongs to XML; this source is json"}},
      {"source: { format: json, schema: schemas/source.json }",
       {"source: { format: xml, schema: schemas/source.json, synonyms: ¦a }",
        "synonyms takes a map from prefix to a list of URIs"}},
      {"source: { format: json, schema: schemas/source.json }",
       {"source: { format: xml, schema: schemas/source.json, synonyms: { ¦p: [a] } }",
        "p is no prefix of namespaces; add it there first"}},
      {"source: { format: json, schema: schemas/source.json }",
       {"source: { format: xml, schema: schemas/source.json, namespaces: { p: a }, synonyms: { p: ¦b } }",
        "a prefix of synonyms takes a list of URIs"}},
      {"source: { format: json, schema: schemas/source.json }",
       {"source: { format: xml, schema: schemas/source.json, namespaces: { p: a }, synonyms: { p: [¦a] } }",
        "a synonym is another URI than the namespace itself"}},
      {"source: { format: json, schema: schemas/source.json }",
       {"source: { format: xml, schema: schemas/source.json, namespaces: { p: a }, synonyms: { p: [b, ¦b] } }",
        "this synonym stands there twice"}},
      {"schema: schemas/any.json", {"schema: schemas/ani.json", "(did you mean any.json?)"}},
      {"purposes: [work-guidance]",
       {"purposes: [work-guidance, ¦work-guidance]", "the purpose work-guidance stands twice"}},
      {"recipient: vdab", {"recipient: ¦[vdab]", "recipient takes one text"}},
      {"purposes: [work-guidance]", {"purposes: ¦work-guidance", "purposes takes a list"}},
      {"purposes: [work-guidance]", {"purposes: ¦[]", "name at least one purpose"}},
      {"fields:", {"¦fields: {}\nfieldz:", "unknown key fieldz"}},
      {"fields:\n" + one_field, {"fields: ¦[]", "fields must be a map"}},
      {"fields:\n" + one_field, {"fields: ¦{}", "there are no fields"}},
      {"fields:", {"defaults: { ¦mising: omit }\nfields:", "unknown key mising in defaults (did you mean missing?)"}},
      {"fields:", {"defaults: ¦omit\nfields:", "defaults takes a map"}},
      {"fields:", {"defaults: ¦[omit]\nfields:", "defaults takes a map"}},
      {"fields:", {"defaults: { missing: ¦ommit }\nfields:", "(did you mean omit?)"}},
      {"fields:", {"defaults: { missing: ¦skip }\nfields:", "a policy is omit, reject or { value: text }"}},
      {"fields:", {"defaults: { error: ¦skip }\nfields:", "a policy is omit, reject or { value: text }"}},
      {"fields:", {"defaults: { unmapped: ¦skip }\nfields:", "a policy is omit, reject or { value: text }"}},
      {"fields:", {"defaults: { text: ¦trim }\nfields:", "text takes a list of trim and nfc"}},
      {"fields:", {"defaults: { text: [trim, ¦upper] }\nfields:", "text takes trim and nfc only"}},
      {"fields:", {"use: ¦[a]\nfields:", "use takes a map from name to file"}},
      {"fields:", {"use: { f: ¦[a] }\nfields:", "use takes one text"}},
      {"fields:", {"use: { f: ¦fragments/none.yaml }\nfields:", "fragments/none.yaml"}},
      {"fields:", {"use: { f: ¦../f.yaml }\nfields:", "must be a path beneath the folder of mappings"}},
      {"fields:", {"ignore: ¦[a]\nfields:", "ignore takes a map from path to reason"}},
      {"fields:", {"ignore: { nick: ¦'' }\nfields:", "say why the field is not passed on"}},
      {"fields:", {"ignore: { ¦nik: unused }\nfields:", "there is no field nik in the source (did you mean nick?)"}},
      {"fields:", {"ignore: { ¦name: unused }\nfields:", "name is ignored, but name is used"}},
      {"fields:", {"ignore: { ¦'jobs[*].title': unused }\nfields:", "is not a path"}},
      {"fields:", {"ignore: { ¦'a..b': unused }\nfields:", "is not a path"}},
      {"fields:", {"ignore: { ¦'jobs[].titel': unused }\nfields:", "did you mean jobs[].title?"}},
  };
  for (const auto& [find, wrong] : cases) {
    auto text = replaced(whole_mapping(one_field), find, wrong.text);
    if (wrong.said == "unknown key fieldz") text = replaced(replaced(text, "¦", ""), "fieldz:", "¦fieldz:");
    files.expect("m.yaml", {text, wrong.said});
  }
}

TEST(WrongFile, field_of_the_source_that_nobody_uses) {
  MappingFiles files;
  files.write("m.yaml", whole_mapping(one_field, any_target, "ignore: { tags: unused }\n"));
  const auto library = files.load();
  ASSERT_FALSE(library.has_value());
  std::string all;
  for (const auto& issue : library.error().issues) all += issue.where + ": " + issue.detail + "\n";
  for (const char* field : {"nick", "ssin", "age", "yes", "day", "sex", "phone", "moment", "jobs[].title",
                            "jobs[].level", "jobs[].current", "jobs[].skills[].label", "referral.id"})
    EXPECT_NE(
        all.find(fmt::format("m.yaml:8:1: {} is neither used nor ignored; map it, or put it under ignore:", field)),
        std::string::npos)
        << field << "\n"
        << all;
  EXPECT_EQ(all.find("derived"), std::string::npos) << "nothing can be concluded from a record without a procedure\n"
                                                    << all;
}

TEST(WrongFile, what_is_concluded_from_a_procedure_and_nobody_uses) {
  MappingFiles files;
  files.write("schemas/source.json", R"({"type":"object","properties":{"name":{"type":"string"},
      "procedure":{"type":"object","properties":{"status":{"type":"string"}}}}})");
  files.write("m.yaml", whole_mapping(one_field));
  const auto library = files.load();
  ASSERT_FALSE(library.has_value());
  std::string all;
  for (const auto& issue : library.error().issues) all += issue.detail + "\n";
  for (const char* field : {"derived.age", "derived.minor", "derived.labourAccess.since", "procedure.status"})
    EXPECT_NE(all.find(fmt::format("{} is neither used nor ignored", field)), std::string::npos) << all;
}

TEST(WrongFile, purposes_recipients_and_agreements) {
  WrongMapping files;
  LoadOptions options;
  options.purposes["work-guidance"] = {{Category::identity_core}, {Category::skills}, "vdab"};
  options.purposes["language-course"] = {{Category::identity_core}, {}, "agii"};
  options.agreements["vdab"] = {Category::identity_core};
  const auto right = whole_mapping("  a: { from: name, data: identity-core }");
  files.expect("m.yaml",
               {replaced(right, "[work-guidance]", "[¦work-guidanse]"),
                "there is no purpose work-guidanse in the configuration (did you mean work-guidance?)"},
               options);
  files.expect("m.yaml",
               {replaced(right, "[work-guidance]", "[work-guidance, ¦language-course]"),
                "the purpose language-course is for agii, but the recipient of the mapping is vdab"},
               options);
  files.expect("m.yaml",
               {replaced(right, "recipient: vdab", "recipient: ¦vdap"),
                "no purpose in the configuration has the recipient vdap (did you mean vdab?)"},
               options);
  files.expect("m.yaml",
               {replaced(right, "data: identity-core", "data: ¦wishes"),
                "wishes is never for any of the purposes of this mapping"},
               options);
}

TEST(WrongFile, category_that_no_agreement_covers_is_warned_of) {
  MappingFiles files;
  files.lines("  a: { from: name, data: identity-core }\n  b: { from: nick, data: skills }");
  LoadOptions options;
  options.agreements["vdab"] = {Category::identity_core};
  const auto library = files.loaded(options);
  ASSERT_TRUE(library);
  ASSERT_EQ(library->warnings().size(), 1U);
  EXPECT_TRUE(library->warnings()[0].where.ends_with("m.yaml:10:26")) << library->warnings()[0].where;
  EXPECT_EQ(library->warnings()[0].detail, "no agreement with vdab covers skills: the line is left out until one does");
}

TEST(WrongFile, fragments) {
  const auto said = [](const std::string& fragment, const std::string& words,
                       const std::string& line = "  a: { include: f }") {
    WrongMapping files;
    files.write("m.yaml", whole_mapping(line, any_target, "use: { f: fragments/f.yaml }\n"));
    files.expect("fragments/f.yaml", {fragment, words});
  };
  said("¦[x]", "a fragment must be a map");
  said("¦version: 1.0.0\nfields: { t: { from: name, data: skills } }", "fragment is missing");
  said("¦fragment: f\nfields: { t: { from: name, data: skills } }", "version is missing");
  said("fragment: f\nversion: ¦1\nfields: { t: { from: name, data: skills } }", "version must be major.minor.patch");
  said("¦fragment: f\nversion: 1.0.0", "fields is missing");
  said("fragment: f\nversion: 1.0.0\n¦feilds: {}", "unknown key feilds in a fragment (did you mean fields?)");
  said("fragment: f\nversion: 1.0.0\nfields: { t: { from: ¦nam, data: skills } }", "did you mean name?");
  said("fragment: f\nversion: 1.0.0\nfields: { t: { from: name, data: ¦skils } }", "did you mean skills?");
  said("fragment: f\nversion: 1.0.0\nfields: { t: { from: name, do: [¦trimm], data: skills } }", "did you mean trim?");
  said("fragment: f\nversion: 1.0.0\nfields: { t: { include: ¦f } }", "fragments are one level deep");
  said("fragment: f\nversion: 1.0.0\nfields: { t: { from: ¦titel, data: skills } }", "did you mean title?",
       "  a: { for_each: jobs, fields: { x: { include: f, at: '@' } } }");
  said("fragment: f\nversion: 1.0.0\nfields:\n  t: { from: name, data: skills }\n   ¦u: [", "end of map not found");
  said("fragment: ¦F f\nversion: 1.0.0\nfields: { t: { from: name, data: skills } }", "fragment is a name");
}

TEST(WrongFile, code_lists) {
  const auto said = [](const std::string& csv, const std::string& words,
                       const std::string& meta = "version: 1.0.0\nlicence: x\n",
                       const std::string& file = "codelists/c.csv") {
    WrongMapping files;
    files.write("m.yaml", whole_mapping("  a: { from: name, codes: c, data: skills }"));
    if (file == "codelists/c.csv") {
      files.write("codelists/c.meta.yaml", meta);
      files.expect(file, {csv, words});
    } else {
      files.write("codelists/c.csv", csv);
      files.expect(file, {meta, words});
    }
  };
  const std::string head = "source,target,label,from,to\n";
  said("¦source,target\na,b\n", "the first line must be source,target,label,from,to");
  said("¦", "the file is empty");
  said(head + "¦a,b\n", "a line must have 5 fields");
  said(head + "a,b,,,\n¦c,d,,,,\n", "a line must have 5 fields");
  said(head + "¦a,\"b,,,\n", "a line must have 5 fields");
  said(head + "¦a,x\"y\",,,\n", "a line must have 5 fields");
  said(head + "¦,b,,,\n", "the source code is empty");
  said(head + "¦a,\u00A0b,,,\n", "has white space around it");
  said(head + "¦a ,b,,,\n", "the code a  has white space around it; take it away");
  said(head + "¦e\u0301,b,,,\n", "is not in Unicode's normal form C");
  said(head + "¦a,b,,2026-13-01,\n", "from and to must be days");
  said(head + "¦a,b,,,31/12/2026\n", "from and to must be days");
  said(head + "a,b,,,\n¦a,c,,,\n", "a stands twice with overlapping validity");
  said(head + "a,b,,,2026-06-30\n¦a,c,,2026-06-30,\n", "a stands twice with overlapping validity");
  said(head + "¦a,b,,2026-07-01,2026-06-30\n", "a ends (2026-06-30) before it begins (2026-07-01)");
  said(head + "a,b,,,\n", "version must be major.minor.patch", "version: ¦abc\nlicence: x\n", "codelists/c.meta.yaml");
  said(head + "a,b,,,\n", "licence is empty", "version: 1.0.0\nlicence: ¦''\n", "codelists/c.meta.yaml");
  said(head + "a,b,,,\n", "licence takes one text", "version: 1.0.0\nlicence: ¦[x]\n", "codelists/c.meta.yaml");
  said(head + "a,b,,,\n", "licence is missing", "¦version: 1.0.0\n", "codelists/c.meta.yaml");
  said(head + "a,b,,,\n", "version is missing", "¦licence: x\n", "codelists/c.meta.yaml");
  said(head + "a,b,,,\n", "unknown key lisence (did you mean licence?)", "version: 1.0.0\nlicence: x\n¦lisence: y\n",
       "codelists/c.meta.yaml");
}

// A code that has ended is no code for a mapping that begins later; one that ends before the mapping does is warned of.
TEST(WrongFile, codes_that_do_not_hold_while_the_mapping_does) {
  const auto warnings = [](MappingFiles& files) {
    std::string all;
    if (const auto library = files.loaded())
      for (const auto& issue : library->warnings()) all += issue.detail + "\n";
    return all;
  };
  const std::string head = "source,target,label,from,to\n0,U,,,\n2,F,,,\n";
  MappingFiles files;
  files.lines("  a: { from: sex, codes: sex, data: skills }", "defaults: { unmapped: reject }\n");
  files.write("codelists/sex.csv", head + "1,M,,,2020-12-31\n");
  EXPECT_NE(files.complaints().find("the code list sex lacks 1 of the source on 2026-01-01"), std::string::npos)
      << files.complaints();
  files.write("codelists/sex.csv", head + "1,M,,,2026-06-30\n1,N,,2026-08-01,\n");
  const auto gap = warnings(files);
  EXPECT_NE(gap.find("1 has no target from 2026-07-01 to 2026-07-31"), std::string::npos) << gap;
  EXPECT_NE(gap.find("the code list sex has 1 no more on 2026-07-01, while the mapping is in force"), std::string::npos)
      << gap;
  files.write("codelists/sex.csv", head + "1,M,,2020-01-01,2026-06-30\n1,N,,2026-07-01,\n");
  EXPECT_EQ(warnings(files), "");
}

TEST(WrongFile, mapping_that_would_not_be_read) {
  WrongMapping files;
  files.write("m.yaml", whole_mapping(one_field));
  files.expect("other.yml", {"¦mapping: x\n", "only files that end in .yaml are read"});
}

TEST(WrongFile, layouts) {
  const auto csv = [](const std::string& find, const std::string& with, const std::string& words) {
    WrongMapping files;
    files.write("m.yaml", replaced(replaced(whole_mapping("  a: { from: A, data: skills }"), "json", "csv"),
                                   "schemas/source.json", "schemas/l.yaml"));
    files.expect(
        "schemas/l.yaml",
        {replaced("layout: l\nversion: 1.0.0\nformat: csv\nseparator: \";\"\nencodings: [utf-8, windows-1252]\n"
                  "columns: { A: { allowed: [M] } }\n",
                  find, with),
         words});
  };
  csv("1.0.0", "¦abc", "version must be major.minor.patch");
  csv("[M]", "¦M", "allowed takes a list of values");
  csv("[M]", "¦{ a: b }", "allowed takes a list of values");
  csv("[M]", "¦[]", "the list is empty; name the values");
  csv("[M]", "[¦[M]]", "a value is one text");
  csv("[utf-8, windows-1252]", "¦[]", "the list is empty; name at least one encoding");
  csv("[utf-8, windows-1252]", "[windows-1252, ¦utf-8]", "utf-8 is as good as never tried behind windows-1252");
  const auto fixed = [](const std::string& find, const std::string& with, const std::string& words) {
    WrongMapping files;
    files.write("m.yaml", replaced(replaced(whole_mapping("  a: { from: A, data: skills }"), "json", "fixed"),
                                   "schemas/source.json", "schemas/l.yaml"));
    files.expect(
        "schemas/l.yaml",
        {replaced("layout: l\nversion: 1.0.0\nformat: fixed\nencoding: cp850\nline: 20\n"
                  "header: { mark: \"00\", fields: { S: { from: 3, length: 5 } } }\n"
                  "detail: { mark: \"20\", fields: { A: { from: 3, length: 5 } } }\n"
                  "trailer: { mark: \"99\", count: N, checksum: C, fields: { N: { from: 3, length: 5 }, C: { from: "
                  "8, length: 5 } } }\n",
                  find, with),
         words});
  };
  fixed("S: { from: 3", "S: ¦{ from: 2", "S lies over the mark, which takes the first 2 positions");
  fixed("encoding: cp850", "encoding: cp850\n¦encodings: [cp850]",
        "encoding and encodings both say how the file is written");
  fixed("encoding: cp850", "encodings: ¦[]", "the list is empty; name at least one encoding");
  fixed("line: 20\n", "line: 20\nshortest: ¦21\n", "shortest takes a whole number from 1 to 20");
  fixed("\"00\"", "¦\"\"", "the mark is empty");
  fixed("\"20\"", "¦\"00\"", "a line of the detail cannot be told from one of the header");
  fixed("\"99\"", "¦\"2\"", "a line of the trailer cannot be told from one of the detail");
  fixed("\"99\"", "¦\"" + std::string(21, '9') + "\"", "the mark is longer than the line, which has 20 positions");
}

// Whoever prints a complaint prints what stands in the file: it must not write lines of its own, or colour them.
TEST(WrongFile, names_that_would_write_on_a_terminal) {
  MappingFiles files;
  files.lines(
      "  \"a\\nm.yaml:1:1: error: fake\": { form: x }\n  \"\\e[31mred\": { from: name, data: skills }\n"
      "  b: { from: \"$['\xE2\x80\xAEx']\", data: \"\\e[2Jx\" }");
  const auto library = files.load();
  ASSERT_FALSE(library.has_value());
  bool escaped = false;
  for (const auto& issue : library.error().issues) {
    for (const auto& text : {issue.where, issue.detail}) {
      EXPECT_EQ(text.find('\n'), std::string::npos) << text;
      EXPECT_EQ(text.find('\x1B'), std::string::npos) << text;
      EXPECT_EQ(text.find("\xE2\x80\xAE"), std::string::npos) << text;
    }
    escaped = escaped || issue.detail.find("\\u001b[2Jx") != std::string::npos;
  }
  EXPECT_TRUE(escaped);
  EXPECT_NE(files.complaints().find("the target path holds a control character"), std::string::npos);
}

// The fault is the schema's, so the place is too.
TEST(WrongFile, schema_that_cannot_be_used) {
  WrongMapping files;
  files.write("m.yaml", whole_mapping(one_field));
  files.expect("schemas/any.json", {"{\n  ¦\"const\": 1\n}", "the keyword const is not enforced here"});
  files.expect("schemas/any.json", {"{\n  \"type\" ¦\"object\"}", "Missing a colon after a name"});
  files.write("m.yaml", whole_mapping("  Number: { from: name, data: skills }", xml_target));
  files.expect("schemas/form.xsd", {"<xs:schema xmlns:xs='http://www.w3.org/2001/XMLSchema'>\n<¦xs:include "
                                    "schemaLocation='x'/></xs:schema>",
                                    "import, include and redefine are not supported"});
}

TEST(WrongFile, versions_side_by_side) {
  WrongMapping files;
  const auto right = whole_mapping(one_field);
  files.write("m1.yaml", replaced(right, "{ from: 2026-01-01 }", "{ from: 2025-01-01, until: 2025-12-31 }"));
  files.expect("m2.yaml", {replaced(right, "version: 1.0.0", "version: ¦1.0.0"), "version 1.0.0 of m is in"});
  files.expect("m2.yaml", {replaced(replaced(right, "1.0.0", "1.1.0"), "effective: { from: 2026-01-01 }",
                                    "¦effective: { from: 2025-06-01 }"),
                           "are in force on the same day; end one"});
}

TEST(WrongFile, yaml_with_surprises) {
  WrongMapping files;
  const std::vector<Wrong> cases = {
      {"  a: ¦&x { from: name, data: skills }", "anchor"},
      {"  a: ¦!t { from: name, data: skills }", "tag"},
      {"  a: { ¦<<: x, from: name, data: skills }", "merge keys"},
      {"  a: ¦~", "a value is missing here"},
      {"  a: ¦null", "a value is missing here"},
      {"  a: { from: name, data: skills }\n  ¦a: { from: nick, data: skills }", "second time"},
      {"  a: { from: name, data: skills, ¦data: skills }", "second time"},
      {"  a: { from: name, data: ¦}", "a value is missing here"},
  };
  for (const auto& wrong : cases) files.expect_fields(wrong);
  files.expect("m.yaml", {whole_mapping("  a: [") + "¦", "] was to close the [ of 9:6 before this"});
  files.expect("m.yaml",
               {whole_mapping(one_field) + "¦---\nsecond: document\n", "a second document begins: keep one per file"});
  files.expect("m.yaml", {"¦- a\n- list\n", "a mapping file must be a map"});
  files.expect("m.yaml", {"¦", "a mapping file must be a map"});
  files.expect("m.yaml", {"¦mapping: \xFF\n", "the file is not UTF-8 text: save it as UTF-8"});
}

}  // namespace
}  // namespace ketenpoort::mapping
