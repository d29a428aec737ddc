// Lines whose target the partner's schema does not allow, JSON and XML.
#include "tests/unit/mapping/wrong_mapping.hpp"

namespace ketenpoort::mapping {
namespace {

const std::string must = "  must: { from: name, required: true, data: skills }\n";
const std::string number = "  Number: { from: name, required: true, data: skills }\n";

void expect_json(const std::vector<Wrong>& cases) {
  WrongMapping files;
  for (const auto& wrong : cases) files.expect_fields({must + wrong.text, wrong.said}, strict_target);
}

// Draft-04 takes what a schema is silent about; a typo is a typo all the same, unless the schema says it takes
// anything.
TEST(WrongTarget, in_a_schema_that_is_silent_about_other_members) {
  WrongMapping files;
  const auto target = [](const char* name) { return fmt::format("{{ format: json, schema: schemas/{}.json }}", name); };
  const std::string properties = R"({"type": "object", "properties": {"Name": {"type": "string"}})";
  files.write("schemas/silent.json", properties + "}");
  files.write("schemas/open.json", properties + R"(, "additionalProperties": true})");
  const std::string line = "  ¦Nme: { from: name, data: skills }";
  files.expect_fields({line, "the target schema has no Nme there (did you mean Name?)"}, target("silent"));
  files.lines("  Nme: { from: name, data: skills }", "", target("open"));
  EXPECT_EQ(files.complaints(), "");
}

TEST(WrongTarget, in_json) {
  expect_json({
      {"  ¦kount: { from: age, do: [integer], data: skills }",
       "the target schema has no kount there (did you mean count?)"},
      {"  ¦nowhere: { from: name, data: skills }", "the target schema has no nowhere there"},
      {"  ¦part/z: { from: name, data: skills }\n  part/x: { from: nick, data: skills }",
       "the target schema has no z there"},
      {"  list: { for_each: jobs, fields: { t: { from: title, data: skills }, ¦m: { from: level, do: [integer], data: "
       "skills } } }",
       "the target schema has no m there"},
      {"  count: ¦{ from: age, data: skills }", "the target takes another type than a string; add do: [integer]"},
      {"  price: ¦{ from: age, data: skills }", "add do: [integer] or do: [decimal]"},
      {"  flag: ¦{ from: yes, data: skills }", "add do: [boolean]"},
      {"  flag: ¦{ from: age, do: [integer], data: skills }", "add do: [boolean]"},
      {"  kind: ¦{ from: age, do: [integer], data: skills }", "end with a step that makes text"},
      {"  kind: { value: ¦CHILD }", "the constant does not fit the target"},
      {"  short: { value: ¦longer }", "the constant does not fit the target"},
      {"  form: { value: ¦abc }", "the constant does not fit the target"},
      {"  count: { value: ¦twelve }", "the constant does not fit the target"},
      {"  flag: { value: ¦yes }", "the constant does not fit the target"},
      {"  kind: { choose: [ { when: 'yes = true', value: ¦BOY } ], data: skills }",
       "the constant does not fit the target"},
      {"  kind: { from: sex, codes: ¦sex, data: skills }", "no code of the list sex fits the target"},
      {"  kind: { from: nick, missing: ¦{ value: none }, data: skills }",
       "the value of a policy does not fit the target"},
      {"  kind: { from: nick, error: ¦{ value: none }, data: skills }",
       "the value of a policy does not fit the target"},
      {"  kind: { from: sex, codes: kinds, unmapped: ¦{ value: none }, data: skills }",
       "the value of a policy does not fit the target"},
      {"  list: ¦{ from: nick, data: skills }", "list is an array in the target; give it for_each or items"},
      {"  part: ¦{ from: nick, data: skills }", "part is an object in the target; give it fields"},
      {"  part: ¦{ for_each: jobs, fields: { x: { from: title, data: skills } } }", "part is no array in the target"},
      {"  part: ¦{ items: [ { value: x } ] }", "part is no array in the target"},
      {"  list: ¦{ fields: { t: { from: nick, data: skills } } }", "list is no object in the target"},
      {"  ¦list/t: { from: nick, data: skills }", "list is no object in the target"},
      {"  kind: ¦{ fields: { t: { from: nick, data: skills } } }", "kind is no object in the target"},
      {"  part: ¦{ fields: { y: { from: nick, data: skills } } }",
       "the target schema requires part/x, but no line writes it"},
      {"  list: ¦{ for_each: jobs, fields: { n: { from: level, do: [integer], data: skills } } }",
       "the target schema requires list/t, but no line writes it"},
      {"  words: ¦{ items: [ { value: a }, { value: b }, { value: c } ] }",
       "words may have at most 2 elements, but 3 constants are written"},
  });
}

TEST(WrongTarget, what_xml_cannot_carry) {
  WrongMapping files;
  files.expect_fields({number + "  Note: { value: ¦\"\\x01\" }", "control character, which XML cannot carry"},
                      xml_target);
  const auto target = [](const std::string& more) {
    return "{ format: xml, schema: schemas/form.xsd, root: \"f:Form\", namespaces: { f: \"urn:form\", " + more + " } }";
  };
  files.expect_fields({number, "a b is no prefix that XML takes"}, target("\"a b\": \"urn:x\""));
  files.expect_fields({number, "1 is no prefix that XML takes"}, target("1: \"urn:x\""));
  files.expect_fields({number, "xmlns is no prefix that XML takes"}, target("xmlns: \"urn:x\""));
  files.expect_fields({number, "the prefix g must be bound to the URI of a namespace"}, target("g: \"\""));
}

TEST(WrongTarget, required_without_a_line) {
  WrongMapping files;
  files.expect_fields({"  kind: { from: sex, codes: kinds, unmapped: omit, data: skills }",
                       "the target schema requires must, but no line writes it"},
                      strict_target);
}

TEST(WrongTarget, in_xml) {
  WrongMapping files;
  const std::vector<Wrong> cases = {
      {"  ¦Nummer: { from: nick, data: skills }", "the target schema has no Nummer there (did you mean Number?)"},
      {"  ¦Other: { from: nick, data: skills }", "the target schema has no Other there"},
      {"  Job: ¦{ from: nick, data: skills }", "Job holds elements, not text"},
      {"  Kind: ¦{ value: X }", "X is not a value the schema allows"},
      {"  Kind: { from: nick, missing: ¦{ value: X }, data: skills }", "X is not a value the schema allows"},
      {"  Kind: { from: nick, error: ¦{ value: m }, data: skills }",
       "m is not a value the schema allows (did you mean M?)"},
      {"  Kind: { from: sex, codes: ¦sex, data: skills }", "codes of the list sex that Kind does not take: U"},
      {"  Kind: { from: sex, codes: many, unmapped: ¦{ value: U }, data: skills }",
       "U is not a value the schema allows"},
      {"  Note: { from: nick, data: skills }\n  ¦Note/@land: { value: nl }",
       "has no such attribute (did you mean @lang?)"},
      {"  Note: { from: nick, data: skills }\n  Note/@lang: ¦{ for_each: jobs, fields: { t: { from: title, data: "
       "skills } } }",
       "an attribute takes one value"},
      {"  Note/#text: ¦{ for_each: jobs, fields: { t: { from: title, data: skills } } }", "#text takes one value"},
      {"  Job: ¦{ fields: { Title: { from: nick, data: skills } } }",
       "the target schema requires Job/@level, but no line writes it"},
      {"  Job: ¦{ fields: { '@level': { from: nick, data: skills } } }",
       "the target schema requires Job/Title, but no line writes it"},
      {"  Kind: ¦{ for_each: jobs, fields: { '#text': { from: title, data: skills } } }",
       "Kind may stand only once in the target; use pick"},
      {"  Note: ¦{ from: nick, literal: nl, data: skills }", "literal and as belong to JSON-LD targets"},
      {"  Note: ¦{ from: nick, as: '@id', data: skills }", "literal and as belong to JSON-LD targets"},
      {"  Note: ¦{ ref: '_:x' }", "ref belongs to JSON-LD"},
  };
  for (const auto& wrong : cases) files.expect_fields({number + wrong.text, wrong.said}, xml_target);
  files.expect_fields(
      {"  Note: { from: nick, data: skills }", "the target schema requires Number, but no line writes it"}, xml_target);
  const std::string fields = number;
  files.expect_fields({fields, "the schema has no root element Formm (did you mean Form?)"},
                      "{ format: xml, schema: schemas/form.xsd, root: \"f:Formm\", namespaces: { f: \"urn:form\" } }");
  files.expect_fields({fields, "must be bound to the schema's namespace urn:form"},
                      "{ format: xml, schema: schemas/form.xsd, root: \"f:Form\", namespaces: { f: \"urn:other\" } }");
  files.expect_fields({fields, "must be bound to the schema's namespace urn:form"},
                      "{ format: xml, schema: schemas/form.xsd, root: Form }");
  files.expect_fields({fields, "root is missing"}, "{ format: xml, schema: schemas/form.xsd }");
}

// Warnings do not stop a mapping; they say what will stop its messages.
TEST(WrongTarget, required_field_that_may_find_nothing_is_warned_of) {
  const auto warnings = [](const std::string& fields, const std::string& target) {
    WrongMapping files;
    files.lines(fields, "", target);
    const auto library = files.loaded();
    std::string all;
    if (library)
      for (const auto& issue : library->warnings())
        all += issue.where.substr(issue.where.find("m.yaml")) + ": " + issue.detail + "\n";
    return all;
  };
  const auto said =
      warnings("  must: { from: name, data: skills }\n  short: { from: nick, data: skills }", strict_target);
  EXPECT_EQ(said.find("m.yaml:9:9: the target schema requires must, but name may be absent in the record"), 0U) << said;
  const auto alone = warnings("  must: { from: name, data: skills }", strict_target);
  EXPECT_NE(alone.find("the target schema requires must, but name may be absent"), std::string::npos) << alone;
  const auto deeper = warnings("  must: { value: x }\n  part/x: { from: name, data: skills }", strict_target);
  EXPECT_EQ(deeper, "") << "part is optional, and there exactly when x is";
  EXPECT_EQ(warnings("  must: { from: name, required: true, data: skills }\n  short: { from: nick, data: skills }",
                     strict_target),
            "");
  EXPECT_EQ(
      warnings("  must: { from: name, missing: { value: none }, data: skills }\n  short: { from: nick, data: skills }",
               strict_target),
      "");
  EXPECT_EQ(warnings("  must: { from: transfer.id, data: none }\n  short: { from: nick, data: skills }", strict_target),
            "")
      << "the transfer has its id";
  const auto unsure = warnings(
      "  must: { from: transfer.id, when: 'exists name', data: skills }\n  short: { from: nick, data: skills }",
      strict_target);
  EXPECT_NE(unsure.find("its `when` may not hold"), std::string::npos) << unsure;
  const auto xml = warnings("  Number: { from: name, data: skills }\n  Note: { from: nick, data: skills }", xml_target);
  EXPECT_NE(xml.find("the target schema requires Number, but name may be absent"), std::string::npos) << xml;
}

}  // namespace
}  // namespace ketenpoort::mapping
