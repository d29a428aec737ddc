// What kind of data a line says it is, against what it reads and what decides whether it is there.
#include "gateway/mapping/plan/plan.hpp"
#include "tests/unit/mapping/mapping_files.hpp"
#include "tests/unit/mapping/wrong_mapping.hpp"

namespace ketenpoort::mapping {
namespace {

const std::string table = R"(categories:
  identity-core: [name.family, 'name.given[]', 'lists[].name']
  contact: [contact.phone, contact.email]
  residence: [town]
  health-restrictions: ['health.limits[]']
  languages: ['languages[].code', 'languages[].native']
  wishes: ['languages[].wanted']
  referral: ['referrals[].id', 'referrals[].reason']
message: [id, 'referrals[].recipient']
coarser:
  town: { town-to-office: none }
)";

class Categories : public testing::Test {
 protected:
  Categories() {
    files_.write("schemas/person.schema.json",
                 R"({"type":"object","additionalProperties":false,"required":["id"],"properties":{
      "id":{"type":"string"},"town":{"type":"string"},
      "name":{"type":"object","additionalProperties":false,"properties":{"family":{"type":"string"},
        "given":{"type":"array","items":{"type":"string"}}}},
      "contact":{"type":"object","additionalProperties":false,"properties":{"phone":{"type":"string"},"email":{"type":"string"}}},
      "health":{"type":"object","additionalProperties":false,"properties":{"limits":{"type":"array","items":{"type":"string"}}}},
      "lists":{"type":"array","items":{"type":"object","additionalProperties":false,"properties":{"name":{"type":"string"}}}},
      "languages":{"type":"array","items":{"type":"object","additionalProperties":false,"properties":{
        "code":{"type":"string"},"native":{"type":"boolean"},"wanted":{"type":"boolean"}}}},
      "referrals":{"type":"array","items":{"type":"object","additionalProperties":false,"properties":{
        "id":{"type":"string"},"reason":{"type":"string"},"recipient":{"type":"string"}}}}}})");
    files_.write("schemas/person.categories.yaml", table);
    for (const auto* list : {"town-to-office", "town-to-region"}) {
      files_.write("codelists/" + std::string(list) + ".csv", "source,target,label,from,to\n11002,X,,,\n");
      files_.write("codelists/" + std::string(list) + ".meta.yaml", "version: 1.0.0\nlicence: EUPL-1.2\n");
    }
    files_.write("fragments/name.yaml",
                 "fragment: name\nversion: 1.0.0\nfields:\n  n: { from: name.family, data: identity-core }\n");
  }

  static std::string whole(const std::string& fields, const std::string& head = "recipient: vdab\npurposes: [p]\n",
                           const std::string& schema = "schemas/person.schema.json") {
    return "mapping: m\nversion: 1.0.0\neffective: { from: 2026-01-01 }\nsource: { format: json, schema: " + schema +
           " }\ntarget: { format: json, schema: schemas/any.json }\nuse: { name: fragments/name.yaml }\n" + head +
           "fields:\n" + fields + "\n";
  }
  std::string said(const std::string& fields, const std::string& head = "recipient: vdab\npurposes: [p]\n") {
    files_.write("m.yaml", whole(fields, head));
    return files_.complaints();
  }
  void refuses(const std::string& fields, const std::string& why) {
    EXPECT_NE(said(fields).find(why), std::string::npos) << fields << "\n" << said(fields);
  }

  MappingFiles files_;
};

TEST_F(Categories, what_a_line_says_of_the_field_it_reads_must_be_so) {
  EXPECT_EQ(said("  a: { from: name.family, data: identity-core }"), "");
  EXPECT_EQ(said("  a: { from: id, data: none }\n  b: { from: id, data: contact }"), "");
  refuses("  a: { from: 'health.limits[0]', data: none }",
          "m.yaml:10:40: the line says data: none, but it reads health.limits[], which is health-restrictions; write "
          "data: health-restrictions");
  refuses("  a: { from: 'health.limits[0]', data: contact }", "the line says data: contact, but it reads");
  refuses("  a: { from: health.limits, do: [count], data: none }", "it reads health.limits,");
  refuses("  a: { join: [contact.phone, name.family], data: contact }", "it reads name.family, which is identity-core");
  refuses("  a: { for_each: name.given, fields: { '#text': { from: '@', data: contact } } }",
          "it reads name.given[], which is identity-core");
  refuses("  a: { from: referral.reason, data: none }", "it reads referral.reason, which is referral");
  EXPECT_EQ(said("  a: { from: referral.recipient, data: none }"), "");
  refuses("  a: { from: derived.labourAccess.since, data: none }", "which is labour-access");
  refuses("  a: { from: derived.minor, do: [boolean], data: status }", "which is identity-core");
  EXPECT_EQ(said("  a: { from: transfer.id, data: none }"), "");
}

TEST_F(Categories, so_must_what_it_is_chosen_by) {
  refuses("  a: { choose: [ { when: 'exists health.limits', value: YES }, { from: contact.phone } ], data: contact }",
          "a condition on it tells of health.limits, which is health-restrictions");
  refuses("  a: { pick: languages, where: 'wanted = true', get: code, data: languages }",
          "a condition on it tells of languages[].wanted, which is wishes");
  refuses("  a: { pick: languages, take: max(wanted), get: code, data: languages }",
          "tells of languages[].wanted, which is wishes");
  EXPECT_EQ(said("  a: { pick: languages, where: 'native = true', get: code, data: languages }"), "");
}

TEST_F(Categories, so_must_what_decides_whether_it_is_there) {
  refuses("  a: { from: contact.phone, when: 'exists name.family', data: contact }",
          "a condition on it tells of name.family, which is identity-core");
  refuses("  a: { value: YES, when: 'exists health', data: none }", "which is health-restrictions");
  refuses("  a: { from: contact.phone, when: { any: [ 'exists contact.email', 'town = x' ] }, data: contact }",
          "tells of town, which is residence");
  refuses("  a: { when: 'exists health', fields: { b: { from: id, data: none }, c: { value: YES } } }",
          "tells of health, which is health-restrictions");
  refuses("  a: { when: 'exists town', fields: { b: { fields: { c: { from: id, data: none } } } } }",
          "tells of town, which is residence");
  refuses("  a: { when: 'exists town', include: name }", "tells of town, which is residence");
  refuses("  a: { items: [ { when: 'exists town', fields: { c: { from: id, data: none } } } ] }", "tells of town");
  refuses("  a: { for_each: languages, where: 'wanted = true', fields: { b: { from: code, data: languages } } }",
          "tells of languages[].wanted, which is wishes");
  refuses("  a: { for_each: health.limits, fields: { b: { from: $.id, data: none } } }",
          "it stands once per element of health.limits, which is health-restrictions");
  EXPECT_EQ(said("  a: { when: 'exists town', fields: { b: { from: town, data: residence }, c: { value: YES } } }"),
            "");
  EXPECT_EQ(said("  a: { from: contact.phone, when: 'exists contact', data: contact }"), "");
  EXPECT_EQ(said("  a: { from: contact.phone, when: 'referral.recipient = vdab', data: contact }"), "");
}

TEST_F(Categories, what_reads_nothing_may_tell_by_being_there) {
  refuses("  a: { now: true, when: 'exists town' }", "does not say what kind of data it is");
  refuses("  a: { new_id: true, when: 'exists town' }", "does not say what kind of data it is");
  refuses("  a: { now: true, when: 'exists town', data: none }", "tells of town, which is residence");
  refuses("  a: { when: 'exists town', fields: { b: { new_id: true }, c: { from: town, data: residence } } }",
          "the line says no data:, but a condition on it tells of town");
  refuses(
      "  p: { fields: { '@id': { value: '_:p' }, b: { from: town, data: residence } } }\n"
      "  a: { ref: '_:p', when: 'exists health' }",
      "a reference has no category, but a condition on health decides");
  refuses("  a: { known_id: person, data: none }", "the partner's id of the person identifies");
  EXPECT_EQ(said("  a: { now: true, when: 'exists town', data: residence }\n  b: { now: true }"), "");
}

TEST_F(Categories, of_a_field_may_be_coarser_behind_a_code_list) {
  EXPECT_EQ(said("  a: { from: town, codes: town-to-office, unmapped: omit, data: none }"), "");
  refuses("  a: { from: town, codes: town-to-region, unmapped: omit, data: none }",
          "it reads town, which is residence");
  refuses("  a: { from: town, data: none }", "it reads town, which is residence");
  refuses("  a: { from: id, when: 'town = 11002', data: none }", "tells of town, which is residence");
}

TEST_F(Categories, are_not_asked_of_what_comes_in) {
  EXPECT_EQ(said("  a: { from: town, when: 'exists health', data: none }", "direction: in\n"), "");
}

TEST_F(Categories, table_must_be_whole_and_name_what_there_is) {
  const auto wrong = [&](const std::string& find, const std::string& with, const std::string& why) {
    auto text = table;
    const auto at = text.find(find);
    ASSERT_NE(at, std::string::npos) << find;
    text.replace(at, find.size(), with);
    files_.write("schemas/person.categories.yaml", text);
    refuses("  a: { from: id, data: none }", why);
  };
  wrong("[town]", "[toun]", "person.categories.yaml:4:15: the schema has no field toun (did you mean town?)");
  wrong(", contact.email]", "]", "person.categories.yaml:1:1: contact.email has no category");
  wrong("[town]", "[town, id]", "id stands twice");
  wrong("  wishes:", "  wishs:", "person.categories.yaml:7:3: unknown data category wishs (did you mean wishes?)");
  wrong("message:", "messages:", "unknown key messages (did you mean message?)");
  wrong("[town]", "town", "here stands a list of fields");
  wrong("  town:", "  towns:", "the schema has no field towns");
  wrong("office: none", "office: non", "unknown data category non");
}

// Whoever takes the table away must not get a lint that asks nothing.
TEST_F(Categories, of_the_resident_record_must_be_known) {
  files_.write("schemas/resident-9.schema.json", R"({"type":"object","properties":{"id":{"type":"string"}}})");
  files_.write("m.yaml", whole("  a: { from: id, data: none }\nignore: { derived: x }",
                               "recipient: vdab\npurposes: [p]\n", "schemas/resident-9.schema.json"));
  EXPECT_NE(files_.complaints().find("resident-9.categories.yaml"), std::string::npos);
  LoadOptions options;
  options.kept = true;
  EXPECT_TRUE(files_.load(options)) << "what was linted and kept is loaded as it was";
}

// Where there is no table nobody knows what a field is, but a condition on it tells of it.
TEST(CategoriesWithoutATable, are_asked_of_what_a_condition_shows) {
  WrongMapping files;
  files.expect_fields({"  p: { when: 'exists nick', fields: { a: { value: YES }, b: ¦{ from: name, data: none } } }",
                       "a condition on nick decides whether this line is there"});
  files.expect_fields({"  p: { when: 'exists nick', fields: { a: ¦{ now: true }, b: { from: name, data: skills } } }",
                       "a condition on nick decides whether this line is there"});
  files.expect_fields({"  a: ¦{ value: x, when: 'exists nick', data: none }", "a condition on nick decides"});
  files.write("m.yaml", whole_mapping("  p: { when: 'exists nick', fields: { a: { value: YES }, b: { from: name, data: "
                                      "skills } } }\n  q: { from: name, when: 'exists transfer.id', data: none }"));
  EXPECT_EQ(files.complaints(), "");
}

// What a consent does not cover must not show by anything else being there.
TEST(CategoriesShipped, every_field_of_the_record_has_one_or_is_the_messages) {
  const auto library = Library::load("mappings");
  ASSERT_TRUE(library.has_value());
  std::size_t outbound = 0;
  for (const auto& mapping : library->mappings()) {
    const auto& plan = mapping->plan();
    const bool reads_records = plan.definition.source.schema.find("resident-1") != std::string::npos;
    EXPECT_EQ(plan.field_categories.has_value(), reads_records) << mapping->name();
    if (!reads_records) continue;
    ++outbound;
    const auto of = [&](const char* path) { return plan.field_categories->of({path}).names(); };
    EXPECT_EQ(of("screening.health"), std::vector<std::string>{"health-restrictions"});
    EXPECT_EQ(of("resident.civilStatus"), std::vector<std::string>{"civil-status"});
    EXPECT_EQ(of("referral.caseNote"), std::vector<std::string>{"case-note"});
    EXPECT_EQ(of("messageId"), std::vector<std::string>{});
    EXPECT_GT(of("resident").size(), 5U);
  }
  EXPECT_GE(outbound, 5U);
}

}  // namespace
}  // namespace ketenpoort::mapping
