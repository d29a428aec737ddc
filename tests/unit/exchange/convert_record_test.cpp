#include "gateway/exchange/reading/convert_record.hpp"

#include <gtest/gtest.h>

#include <algorithm>

#include "tests/unit/exchange/small_mappings.hpp"

namespace ketenpoort::exchange {
namespace {

class Conversion : public FormatsFixture {
 protected:
  void SetUp() override {
    files_.write("schemas/rows.yaml",
                 "layout: rows\nversion: 1.0.0\nformat: csv\nseparator: \";\"\nencodings: [utf-8]\ncolumns:\n"
                 "  NAME: { required: true }\n  SEX: { allowed: [M, V] }\n");
    files_.write("codelists/letter.csv", "source,target,label,from,to\nM,1,Man,,\nV,2,Woman,,\n");
    files_.write("codelists/letter.meta.yaml", "title: Letter\nversion: 1.0.0\nlicence: EUPL-1.2\n");
    mapping("rows-to-resident");
    FormatsFixture::SetUp();
  }

  void mapping(const std::string& name) const {
    files_.write(name + ".yaml", "mapping: " + name +
                                     "\nversion: 1.0.0\neffective: { from: 2020-01-01 }\n"
                                     "direction: in\nsource: { format: csv, schema: schemas/rows.yaml }\n"
                                     "target: { format: json, schema: schemas/resident-1.schema.json }\nfields:\n"
                                     "  name: { from: NAME, required: true, data: identity-core }\n"
                                     "  sex: { from: SEX, do: [ { codes: letter }, integer ], data: identity-more }\n");
  }
  void load() { facilities_->formats.put(load_formats(files_.folder(), {}).value()); }

  [[nodiscard]] std::string converted(std::string_view bytes, std::string_view name = {}) const {
    const auto record = convert_record(*facilities_, "csv", name, bytes);
    if (record) return record->json;
    std::string out = record.error().message;
    for (const auto& issue : record.error().issues) out += "\n" + issue.where + ": " + issue.detail;
    return out;
  }
};

TEST_F(Conversion, makes_one_row_a_record) {
  EXPECT_EQ(converted("NAME;SEX\nAnn;V\n"), R"({"name":"Ann","sex":2})");
}

TEST_F(Conversion, takes_one_record_no_less_no_more) {
  EXPECT_NE(converted("NAME;SEX\nAnn;V\nBo;M\n").find("holds 2 records"), std::string::npos);
  EXPECT_NE(converted("NAME;SEX\nAnn;Q\nBo;M\n").find("holds 2 records"), std::string::npos)
      << "before it looks at one";
  EXPECT_NE(converted("NAME;SEX\n").find("holds 0 records"), std::string::npos);
}

TEST_F(Conversion, says_line_and_column_and_no_value) {
  EXPECT_NE(converted("NAME;SEX\nSecr\"et;V\n").find("\nline 2, column 5: "), std::string::npos);
  EXPECT_NE(converted("NAME;SEX\nSecret;Q\n").find("\nline 2, SEX: "), std::string::npos);
  for (const auto* wrong : {"NAME;SEX\nSecr\"et;V\n", "NAME;SEX\nSecret;Q\n", "Secret;V\n", "NAME;SEX\nx;Secret\n"})
    EXPECT_EQ(converted(wrong).find("Secr"), std::string::npos) << converted(wrong);
}

TEST_F(Conversion, in_a_syntax_that_nothing_reads_says_which_are_read) {
  const auto record = convert_record(*facilities_, "fixed", {}, "00");
  ASSERT_FALSE(record);
  EXPECT_EQ(record.error().code, ErrorCode::not_found);
  EXPECT_EQ(record.error().message, "no mapping reads what comes in this syntax; what is read here is csv");
}

TEST_F(Conversion, of_several_that_read_xml_takes_the_one_that_reads_its_root) {
  for (const std::string name : {"one", "other"}) {
    files_.write("schemas/" + name + ".xsd",
                 "<xs:schema xmlns:xs='http://www.w3.org/2001/XMLSchema'><xs:element name='" + name +
                     "'><xs:complexType><xs:sequence><xs:element name='NAME' type='xs:string'/></xs:sequence>"
                     "</xs:complexType></xs:element></xs:schema>");
    files_.write(name + ".yaml", "mapping: " + name +
                                     "\nversion: 1.0.0\neffective: { from: 2020-01-01 }\ndirection: in\n"
                                     "source: { format: xml, schema: schemas/" +
                                     name + ".xsd, root: " + name +
                                     " }\ntarget: { format: json, schema: schemas/resident-1.schema.json }\nfields:\n"
                                     "  name: { from: NAME, required: true, data: identity-core }\n");
  }
  load();
  const auto read = [this](std::string_view document) { return convert_record(*facilities_, "xml", {}, document); };
  const auto other = read("<other><NAME>Ann</NAME></other>");
  ASSERT_TRUE(other) << other.error().message;
  EXPECT_EQ(other->json, R"({"name":"Ann"})");
  const auto unknown = read("<Envelope><other><NAME>Ann</NAME></other></Envelope>");
  ASSERT_FALSE(unknown);
  EXPECT_EQ(unknown.error().code, ErrorCode::not_found);
  EXPECT_EQ(unknown.error().message,
            "no mapping reads a document with this root element; there is one (one), other (other)");
  const auto declared = read("<!DOCTYPE other><other><NAME>Ann</NAME></other>");
  ASSERT_FALSE(declared);
  EXPECT_NE(declared.error().message.find("DOCTYPE"), std::string::npos) << declared.error().message;
  // No mapping's name would help.
  for (const auto* nothing : {"", "   ", "NAME;Ann", "<!-- never closed", "<<no", "<a='b'"}) {
    const auto refused = read(nothing);
    ASSERT_FALSE(refused) << nothing;
    EXPECT_NE(refused.error().code, ErrorCode::not_found) << nothing << ": " << refused.error().message;
  }
}

TEST_F(Conversion, of_several_mappings_wants_to_be_told_which) {
  mapping("others-to-resident");
  load();
  const auto said = converted("NAME;SEX\nAnn;V\n");
  EXPECT_NE(said.find("others-to-resident, rows-to-resident"), std::string::npos) << said;
  EXPECT_EQ(converted("NAME;SEX\nAnn;V\n", "others-to-resident"), R"({"name":"Ann","sex":2})");
  EXPECT_NE(converted("NAME;SEX\nAnn;V\n", "third").find("no mapping of that name"), std::string::npos);
}

TEST_F(Conversion, is_by_mappings_that_stand_in_the_ledger_and_are_kept) {
  files_.write("schemas/outcome-1.schema.json",
               R"({"type":"object","additionalProperties":false,"properties":{"outcomes":{"type":"string"}}})");
  for (const auto* name : {"rows-to-outcome", "unused-to-outcome"})
    files_.write(std::string(name) + ".yaml",
                 "mapping: " + std::string(name) +
                     "\nversion: 1.0.0\neffective: { from: 2020-01-01 }\ndirection: in\n"
                     "source: { format: csv, schema: schemas/rows.yaml }\n"
                     "target: { format: json, schema: schemas/outcome-1.schema.json }\nfields:\n"
                     "  outcomes: { from: NAME, required: true, data: outcome }\nignore:\n  SEX: not needed here\n");
  facilities_->terms.change([](Terms& terms) { terms.recipients["vdab"].outcomes = {"rows-to-outcome"}; });
  load();
  const auto formats = facilities_->formats.get();
  for (int times = 0; times < 2; ++times) ASSERT_TRUE(activate_mappings(*facilities_, *formats));
  std::vector<std::string> activated;
  for (std::uint64_t seq = 0; seq < sequencer_->size(); ++seq) {
    const auto bytes = sequencer_->entry_bytes(seq).value();
    const auto entry = ledger::decode_entry(bytes).value();
    if (entry.kind != ledger::MappingActivated::kind) continue;
    const auto body = ledger::decode_body<ledger::MappingActivated>(entry.body).value();
    activated.push_back(body.mapping + " " + body.message + " " + body.recipient);
    EXPECT_TRUE(facilities_->kept_mappings.find(body.mapping, body.version, body.hash)) << body.mapping;
  }
  std::ranges::sort(activated);
  EXPECT_EQ(activated, (std::vector<std::string>{"m vdab-profile vdab", "rows-to-outcome outcome-1 fedasil",
                                                 "rows-to-resident resident-1 fedasil"}));
}

TEST_F(Conversion, finds_no_mapping_for_another_target_or_outside_those_named) {
  EXPECT_FALSE(convert_input(*facilities_, {"csv", "schemas/target.json", {}, {}}, "NAME;SEX\nAnn;V\n"));
  EXPECT_FALSE(convert_input(*facilities_, {"csv", "schemas/resident-1.schema.json", {}, {"m"}}, "NAME\nAnn\n"));
  const auto two = convert_input(*facilities_, {"csv", "schemas/resident-1.schema.json", {}, {"rows-to-resident"}},
                                 "NAME;SEX\nAnn;V\nBo;M\n");
  ASSERT_TRUE(two) << two.error().message;
  ASSERT_EQ(two->size(), 2U);
  EXPECT_EQ((*two)[1].where, "line 3");
}

}  // namespace
}  // namespace ketenpoort::exchange
