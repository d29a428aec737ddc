// What does not load, and that the complaint names the place and the way out.
#include "tests/unit/mapping/mapping_files.hpp"

namespace ketenpoort::mapping {
namespace {

std::string complaints(std::string_view fields, std::string_view more = "",
                       std::string_view target = "{ format: json, schema: schemas/any.json }") {
  MappingFiles files;
  files.write("schemas/strict.json", R"({"type":"object","additionalProperties":false,"required":["must"],"properties":{
      "must":{"type":"string"},"count":{"type":"integer"},"flag":{"type":"boolean"},"kind":{"type":"string","enum":["A","B"]},
      "list":{"type":"array","items":{"type":"object","additionalProperties":false,"properties":{"t":{"type":"string"}}}},
      "part":{"type":"object","additionalProperties":false,"properties":{"x":{"type":"string"}}}}})");
  files.lines(fields, more, target);
  return files.complaints();
}
constexpr std::string_view strict = "{ format: json, schema: schemas/strict.json }";

struct Wrong {
  std::string fields;
  std::string said;
};

TEST(Lint, names_what_stands_there_and_what_was_meant) {
  const std::vector<Wrong> cases = {
      {"  a: { form: name, data: skills }", "unknown key form (did you mean from?)"},
      {"  a: { data: skills }", "does not say where its value comes from"},
      {"  a: { from: name, value: x, data: skills }", "both say where the value comes from"},
      {"  a: { from: nam, data: skills }", "there is no nam in the record (did you mean name?)"},
      {"  a: { from: 'jobs.title', data: skills }", "jobs is an array; use for_each or pick"},
      {"  a: { from: jobs, data: skills }", "use for_each, pick or do: [count]"},
      {"  a: { from: 'name[0]', data: skills }", "name is no array"},
      {"  a: { from: 'a..b', data: skills }", "is not a path"},
      {"  a: { from: 'jobs[*].title', data: skills }", "is not a path"},
      {"  a: { from: name }", "does not say what kind of data it is"},
      {"  a: { value: x, when: 'exists name' }", "does not say what kind of data it is"},
      {"  a: { from: name, data: skils }", "unknown data category skils (did you mean skills?)"},
      {"  a: { from: name, do: [trimm], data: skills }", "unknown step trimm (did you mean trim?)"},
      {"  a: { from: name, do: [{ truncate: x }], data: skills }", "truncate: it takes a whole number"},
      {"  a: { from: name, do: [{ pad: { to: 5 } }], data: skills }", "pad: it takes { to, with, side }"},
      {"  a: { from: age, do: [trim], data: skills }", "trim takes text or a date or a moment, but gets a number"},
      {"  a: { from: name, do: [integer, upper], data: skills }", "upper takes"},
      {"  a: { from: tags, do: [trim], data: skills }", "use for_each, pick or count"},
      {"  a: { from: sex, codes: sexx, data: skills }", "there is no code list sexx in codelists/ (did you mean sex?)"},
      {"  a: { from: name, when: 'name ~ x', data: skills }", "is no comparison"},
      {"  a: { from: name, when: 'name', data: skills }", "this is no comparison"},
      {"  a: { from: name, when: 'sex = 7', data: skills }", "sex never has the value 7"},
      {"  a: { from: name, when: 'yes = 1', data: skills }", "yes is true or false, never 1"},
      {"  a: { from: name, when: 'jobs = 1', data: skills }", "holds no single value to compare"},
      {"  a: { from: name, when: 'day before soon', data: skills }", "take a day (yyyy-mm-dd) or today"},
      {"  a: { from: name, when: 'name matches (', data: skills }", "the pattern holds"},
      {"  a: { from: name, when: { some: [] }, data: skills }",
       "write one comparison, { all: [...] } or { any: [...] }"},
      {"  a: { from: name, missing: ignore, data: skills }", "a policy is omit, reject or { value: text }"},
      {"  a: { from: name, required: true, missing: omit, data: skills }", "contradict each other"},
      {"  a: { from: name, literal: nl, as: '@id', data: skills }", "contradict each other"},
      {"  a: { value: x, codes: sex }", "codes means nothing here"},
      {"  a: { from: name, get: x, data: skills }", "get means nothing here"},
      {"  a: { pick: jobs, data: skills }", "pick needs get"},
      {"  a: { pick: jobs, take: biggest, get: title, data: skills }", "take is first, last, max(field) or min(field)"},
      {"  a: { for_each: jobs }", "for_each needs fields"},
      {"  a: { for_each: name, fields: { b: { from: '@', data: skills } } }", "name is no array"},
      {"  a: { choose: [ { value: x }, { when: 'exists name', value: y } ], data: skills }",
       "only the last branch may have no `when`"},
      {"  a: { choose: [ { when: 'exists name', value: x, data: skills } ], data: skills }",
       "belongs to the whole line"},
      {"  a: { include: nothing }", "there is no fragment nothing"},
      {"  a: { ref: '_:nobody' }\n  b: { from: name, data: skills }", "no node has this \"@id\""},
      {"  a: { from: name, data: skills }\n  a/b: { from: nick, data: skills }", "is written in line"},
      {"  a/b: { from: name, data: skills }\n  a: { from: nick, data: skills }", "is written twice"},
      {"  a: { from: name, data: skills }\n  a: { from: nick, data: skills }", "second time"},
      {"  a//b: { from: name, data: skills }", "empty level"},
      {"  a: { from: 'referrals[0].id', data: skills }", "read `referral`, the one that is being sent"},
      {"  a: ~", "a value is missing here"},
      {"  a: &x { from: name, data: skills }", "anchor"},
      {"  a: !t { from: name, data: skills }", "tag"},
      {"  a: { <<: x, from: name, data: skills }", "merge keys"},
      {"  a: { now: yes }\n  b: { from: name, data: skills }", "write true"},
      {"  a: { from: name, mask: all4, data: skills }", "mask is last4 or all"},
      {"  a: [", ": "},
  };
  for (const auto& wrong : cases) {
    const auto said = complaints(wrong.fields);
    EXPECT_NE(said.find(wrong.said), std::string::npos) << wrong.fields << "\n-> " << said;
    EXPECT_NE(said.find("m.yaml:"), std::string::npos) << said;
  }
}

TEST(Lint, looks_at_the_target) {
  const std::vector<Wrong> cases = {
      {"  count: { from: age, do: [integer], data: skills }", "the target schema requires must, but no line writes it"},
      {"  must: { from: name, data: skills }\n  kount: { from: age, do: [integer], data: skills }",
       "no kount there (did you mean count?)"},
      {"  must: { from: name, data: skills }\n  count: { from: age, data: skills }", "add do: [integer]"},
      {"  must: { from: name, data: skills }\n  flag: { from: yes, data: skills }", "add do: [boolean]"},
      {"  must: { from: age, do: [integer], data: skills }", "end with a step that makes text"},
      {"  must: { from: name, data: skills }\n  kind: { value: C }", "the constant does not fit the target"},
      {"  must: { from: name, data: skills }\n  kind: { from: sex, codes: sex, data: skills }",
       "no code of the list sex fits the target"},
      {"  must: { from: name, data: skills }\n  kind: { from: nick, missing: { value: Z }, data: skills }",
       "the value of a policy does not fit"},
      {"  must: { from: name, data: skills }\n  list: { from: nick, data: skills }", "list is an array in the target"},
      {"  must: { from: name, data: skills }\n  part: { for_each: jobs, fields: { x: { from: title, data: skills } } }",
       "part is no array in the target"},
      {"  must: { from: name, data: skills }\n  list/t: { from: nick, data: skills }",
       "list is no object in the target"},
  };
  for (const auto& wrong : cases) {
    const auto said = complaints(wrong.fields, "", strict);
    EXPECT_NE(said.find(wrong.said), std::string::npos) << wrong.fields << "\n-> " << said;
  }
}

TEST(Lint, code_list_must_hold_every_value_of_the_source) {
  MappingFiles files;
  files.write("codelists/half.csv", "source,target,label,from,to\n0,U,,,\n");
  files.write("codelists/half.meta.yaml", "version: 1.0.0\nlicence: EUPL-1.2\n");
  files.lines("  a: { from: sex, codes: half, data: skills }");
  EXPECT_NE(files.complaints().find("the code list half lacks 1, 2 of the source"), std::string::npos);
  files.lines("  a: { from: sex, codes: half, unmapped: omit, data: skills }");
  EXPECT_EQ(files.complaints(), "");
}

TEST(Lint, code_lists_are_read_strictly) {
  const auto said = [](std::string_view csv, std::string_view meta = "version: 1.0.0\nlicence: EUPL-1.2\n") {
    MappingFiles files;
    files.write("codelists/c.csv", csv);
    files.write("codelists/c.meta.yaml", meta);
    files.lines("  a: { from: name, codes: c, data: skills }");
    return files.complaints();
  };
  EXPECT_NE(said("source,target\na,b\n").find("the first line must be source,target,label,from,to"), std::string::npos);
  EXPECT_NE(said("source,target,label,from,to\na,b\n").find("c.csv:2:1"), std::string::npos);
  EXPECT_NE(said("source,target,label,from,to\na,b,\"x,,\n").find("5 fields"), std::string::npos);
  EXPECT_NE(said("source,target,label,from,to\na,b,,,\na,c,,,\n").find("a stands twice"), std::string::npos);
  EXPECT_NE(said("source,target,label,from,to\na,b,,2026-13-01,\n").find("must be days"), std::string::npos);
  EXPECT_NE(said("source,target,label,from,to\na,b,,,\n", "version: 1.0.0\n").find("licence is missing"),
            std::string::npos);
  EXPECT_EQ(said("source,target,label,from,to\r\na,\"b, \"\"c\"\"\",,,2026-01-01\r\na,d,,2026-01-02,\r\n"), "");
  EXPECT_EQ(said("\xEF\xBB\xBFsource,target,label,from,to\r\na,b,,,\r\n"), "") << "as a spreadsheet saves it";
  EXPECT_NE(said("source;target;label;from;to\na;b;;;\n").find("with commas between"), std::string::npos);
}

TEST(Lint, every_field_is_used_or_ignored_and_not_both) {
  MappingFiles files;
  files.lines("  a: { from: name, data: skills }");
  const auto library = files.load();
  ASSERT_FALSE(library.has_value());
  bool said = false;
  for (const auto& issue : library.error().issues)
    said = said || issue.detail.find("jobs[].skills[].label is neither used nor ignored") == 0;
  EXPECT_TRUE(said);
  files.lines("  a: { from: name, data: skills }", "ignore: { name: because, nam: because, jobs: '' }\n");
  const auto all = files.complaints();
  EXPECT_NE(all.find("name is ignored, but name is used"), std::string::npos) << all;
  EXPECT_NE(all.find("there is no field nam in the source (did you mean name?)"), std::string::npos) << all;
  EXPECT_NE(all.find("say why the field is not passed on"), std::string::npos) << all;
}

TEST(Lint, head_of_the_file_is_checked) {
  const std::vector<Wrong> cases = {
      {"version: 1.0\n", "version must be major.minor.patch"},
      {"", "version is missing"},
  };
  for (const auto& wrong : cases) {
    MappingFiles files;
    files.write("m.yaml", "mapping: m\n" + wrong.fields + "colour: red\nfields:\n  a: { from: name, data: skills }\n");
    const auto said = files.complaints();
    EXPECT_NE(said.find(wrong.said), std::string::npos) << said;
    for (const auto* also : {"unknown key colour", "effective is missing", "source is missing", "target is missing",
                             "recipient is missing", "purposes is missing"})
      EXPECT_NE(said.find(also), std::string::npos) << also << " not in " << said;
  }
}

TEST(Lint, files_outside_the_folder_are_not_read) {
  MappingFiles files;
  files.lines("  a: { include: x }", "use: { x: ../secret.yaml }\n", "{ format: json, schema: /etc/passwd }");
  const auto said = files.complaints();
  EXPECT_NE(said.find("../secret.yaml must be a path beneath the folder"), std::string::npos) << said;
  EXPECT_NE(said.find("/etc/passwd must be a path beneath the folder"), std::string::npos) << said;
}

TEST(Lint, validity_of_versions_must_not_overlap) {
  MappingFiles files;
  files.lines("  a: { from: name, data: skills }");
  const auto loaded = files.loaded();
  std::ifstream in(files.folder.path() / "m.yaml");
  const std::string text(std::istreambuf_iterator<char>(in), {});
  files.write("m2.yaml", text);
  const auto said = files.complaints();
  EXPECT_NE(said.find("are in force on the same day"), std::string::npos) << said;
  EXPECT_NE(said.find("give one another version"), std::string::npos) << said;
}

TEST(Lint, fragments_are_one_level_deep) {
  MappingFiles files;
  files.write("fragments/a.yaml", "fragment: a\nversion: 1.0.0\nfields:\n  x: { include: a }\n");
  files.lines("  p: { include: a }", "use: { a: fragments/a.yaml }\n");
  EXPECT_NE(files.complaints().find("fragments are one level deep"), std::string::npos);
}

TEST(Lint, missing_folder_is_said) {
  const auto library = Library::load("no/such/folder");
  ASSERT_FALSE(library.has_value());
  EXPECT_EQ(library.error().code, ErrorCode::config);
}

}  // namespace
}  // namespace ketenpoort::mapping
