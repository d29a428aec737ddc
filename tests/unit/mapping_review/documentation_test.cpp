#include "gateway/mapping_review/documentation.hpp"

#include <set>

#include "tests/unit/mapping/mapping_files.hpp"

namespace ketenpoort::mapping_review {
namespace {

using mapping::MappingFiles;

PolicyWords words() {
  Purpose purpose;
  purpose.id = "work-guidance";
  purpose.recipient = "vdab";
  purpose.basis_sender = "GDPR art. 6(1)(e); a law | of old";
  purpose.basis_recipient = "another law";
  purpose.required = {Category::identity_core};
  purpose.optional = {Category::skills};
  return {{{Category::identity_core, "Identity: name, numbers", "pd:Identifying", "P", false},
           {Category::health_restrictions, "Health", "pd:Health", "S1", true}},
          {purpose}};
}

std::unique_ptr<mapping::Library> library(MappingFiles& files) {
  files.lines(
      "  id: { from: ssin, do: [ssin], required: true, data: identity-core }\n"
      "  fixed: { value: always }\n"
      "  sex: { from: sex, codes: sex, when: \"yes = true\", data: health-restrictions }\n"
      "  skill: { from: name, do: [ { truncate: 8 } ], data: skills }\n"
      "  key: { from: transfer.id, data: none }");
  return files.loaded();
}

TEST(Documentation, lists_every_line_that_gives_a_value) {
  MappingFiles files;
  const auto lib = library(files);
  ASSERT_TRUE(lib);
  const auto fields = documented_fields(*lib->mappings().front());
  ASSERT_EQ(fields.size(), 4U) << "the bare constant is not listed";
  EXPECT_EQ(fields[0].target, "id");
  EXPECT_TRUE(fields[0].required);
  EXPECT_EQ(fields[1].condition, "yes = true");
  EXPECT_EQ(fields[1].code_list, "sex 1.0.0");
  EXPECT_EQ(fields[2].steps, "truncate 8");
  EXPECT_FALSE(fields[3].category.has_value());
}

TEST(Documentation, says_what_a_value_is_chosen_by) {
  MappingFiles files;
  files.lines(
      "  a: { choose: [ { when: 'yes = true', value: A }, { value: B } ], data: skills }\n"
      "  b: { pick: jobs, where: 'current = true', take: last, get: title, data: skills }");
  const auto lib = files.loaded();
  ASSERT_TRUE(lib);
  const auto fields = documented_fields(*lib->mappings().front());
  ASSERT_EQ(fields.size(), 2U);
  EXPECT_NE(fields[0].source.find("yes"), std::string::npos) << fields[0].source;
  EXPECT_NE(fields[0].made.find("choose [when yes = true: \"A\" | \"B\"]"), std::string::npos) << fields[0].made;
  EXPECT_NE(fields[1].source.find("jobs[].title"), std::string::npos) << fields[1].source;
  EXPECT_NE(fields[1].made.find("pick jobs where current = true last get title"), std::string::npos) << fields[1].made;
}

TEST(Documentation, markdown_names_basis_label_and_what_each_purpose_takes) {
  MappingFiles files;
  const auto lib = library(files);
  ASSERT_TRUE(lib);
  const auto text = document_as_markdown(*lib->mappings().front(), words());
  EXPECT_NE(text.find("| work-guidance | GDPR art. 6(1)(e); a law \\| of old | another law | required |"),
            std::string::npos)
      << text;
  EXPECT_NE(
      text.find("| id (required) | ssin | ssin |  | identity-core: Identity: name, numbers | pd:Identifying | P | "
                "required |"),
      std::string::npos)
      << text;
  EXPECT_NE(text.find("| health-restrictions: Health (special category) | pd:Health | S1 | never |"), std::string::npos)
      << text;
}

TEST(Documentation, csv_has_as_many_cells_in_every_row) {
  MappingFiles files;
  const auto lib = library(files);
  ASSERT_TRUE(lib);
  const auto text = document_as_csv(std::vector{lib->mappings().front().get()}, words());
  EXPECT_EQ(text.find("mapping,version,field,source,"), 0U);
  EXPECT_NE(
      text.find("m,1.0.0,id,ssin,ssin,,,true,identity-core,\"Identity: name, numbers\",pd:Identifying,P,false,vdab,"
                "work-guidance,required,GDPR art. 6(1)(e); a law | of old,another law\r\n"),
      std::string::npos)
      << text;
}

// Terms of the Data Privacy Vocabulary 2.3, looked up in its published lists.
TEST(Documentation, json_ld_uses_terms_that_exist) {
  MappingFiles files;
  const auto lib = library(files);
  ASSERT_TRUE(lib);
  const auto text = document_as_json_ld(std::vector{lib->mappings().front().get()}, words());
  const auto document = formats::parse_json(text);
  ASSERT_TRUE(document.has_value()) << text;
  const std::set<std::string> known = {"dpv:Process",         "dpv:Purpose",       "dpv:hasPurpose",
                                       "dpv:hasProcessing",   "dpv:Transmit",      "dpv:hasRecipient",
                                       "dpv:Recipient",       "dpv:hasLegalBasis", "dpv:LegalBasis",
                                       "dpv:hasPersonalData", "dpv:PersonalData",  "dpv:hasNecessity",
                                       "dpv:Required",        "dpv:Optional",      "eu-gdpr:A6-1-e",
                                       "pd:Identifying",      "pd:Health",         "dpv:SpecialCategoryPersonalData"};
  for (const char* prefix : {"\"dpv:", "\"eu-gdpr:", "\"pd:"})
    for (auto at = text.find(prefix); at != std::string::npos; at = text.find(prefix, at + 1)) {
      const auto term = text.substr(at + 1, text.find('"', at + 1) - at - 1);
      EXPECT_TRUE(known.contains(term)) << term;
    }
  const auto process = *document->root().find("@graph").elements().begin();
  EXPECT_EQ(process.find("@id").as_string(), "urn:ketenpoort:mapping:m:1.0.0:work-guidance");
  const auto data = process.find("dpv:hasPersonalData");
  EXPECT_EQ(data.size(), 2U) << "a category that is never for the purpose is not in its process";
}

}  // namespace
}  // namespace ketenpoort::mapping_review
