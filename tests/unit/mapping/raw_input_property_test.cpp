// What must hold whatever comes in as CSV, fixed width or XML: seen on the examples of the shipped mappings and on
// damage to them.
#include <gtest/gtest.h>

#include <filesystem>
#include <random>

#include "gateway/base/files.hpp"
#include "gateway/formats/json_schema.hpp"
#include "gateway/formats/xml.hpp"
#include "gateway/formats/xml_envelope.hpp"
#include "gateway/mapping/library.hpp"
#include "gateway/mapping/plan/plan.hpp"

namespace ketenpoort::mapping {
namespace {

struct RawInput {
  const Mapping* mapping;
  std::string bytes;
};

class RawInputs : public testing::Test {
 protected:
  void SetUp() override {
    auto loaded = Library::load("mappings");
    ASSERT_TRUE(loaded.has_value());
    library = std::make_unique<Library>(std::move(*loaded));
    for (const auto& m : library->mappings()) {
      if (m->source_format() == "json") continue;
      for (const auto& entry : std::filesystem::directory_iterator("mappings/examples/" + m->name()))
        if (entry.path().string().find(".in.") != std::string::npos)
          inputs.push_back({m.get(), *read_file(entry.path())});
    }
    ASSERT_GE(inputs.size(), 15U);
  }

  // As it must for being translated without being taken apart first.
  static bool comes_bare(const RawInput& input) {
    const auto bare = formats::take_out_document(input.bytes, input.mapping->plan().definition.source.synonyms);
    return bare && *bare == input.bytes;
  }

  // How many records an input gives; each that is translated is what its target says.
  std::size_t translate(const RawInput& input) {
    const auto records = input.mapping->records(input.bytes);
    if (!records) return 0;
    Context context;
    context.now = *parse_rfc3339("2026-11-24T12:00:00+01:00");
    context.allowed = input.mapping->categories();
    context.allow_mock_ssin = true;
    for (const auto& record : *records) {
      context.transfer = record.id;
      if (!record.issues.empty()) continue;
      const auto got = input.mapping->translate(record.json, context);
      if (input.mapping->source_format() == "xml" && comes_bare(input)) {
        const auto direct = input.mapping->translate(input.bytes, context);
        EXPECT_EQ(direct.has_value(), got.has_value());
        if (direct && got) EXPECT_EQ(direct->bytes, got->bytes);
      }
      if (!got) continue;
      const auto document = formats::parse_json(got->bytes);
      EXPECT_TRUE(document.has_value()) << got->bytes;
      if (!document) continue;
      for (const auto& issue : input.mapping->plan().target_schema->check(document->root()))
        ADD_FAILURE() << input.mapping->name() << " " << record.where << ": " << issue.where << ": " << issue.detail;
    }
    return records->size();
  }

  std::unique_ptr<Library> library;
  std::vector<RawInput> inputs;
};

TEST_F(RawInputs, become_records_that_their_targets_schema_allows) {
  std::size_t records = 0;
  for (const auto& input : inputs) records += translate(input);
  EXPECT_GE(records, 40U);
}

TEST_F(RawInputs, damaged_are_refused_or_translated_never_worse) {
  std::mt19937 random(20261124);
  std::size_t records = 0;
  for (const auto& input : inputs)
    for (int round = 0; round < 60; ++round) {
      auto damaged = input;
      for (unsigned times = 1 + random() % 3; times > 0 && !damaged.bytes.empty(); --times) {
        const auto at = random() % damaged.bytes.size();
        switch (random() % 4) {
          case 0:
            damaged.bytes[at] = static_cast<char>(random() % 256);
            break;
          case 1:
            damaged.bytes.erase(at, 1 + random() % 20);
            break;
          case 2:
            damaged.bytes.insert(at, damaged.bytes.substr(random() % damaged.bytes.size(), random() % 40));
            break;
          default:
            damaged.bytes.resize(at);
        }
      }
      records += translate(damaged);
    }
  EXPECT_GT(records, inputs.size()) << "what was damaged is not refused always";
}

TEST_F(RawInputs, that_are_not_well_formed_xml_are_never_translated) {
  std::mt19937 random(20261128);
  const std::string pieces[] = {"<",
                                ">",
                                "&",
                                "&amp;",
                                "&#0;",
                                "&#xFFFE;",
                                "]]>",
                                "<!--x-->",
                                "<!--",
                                "--",
                                "<![CDATA[y]]>",
                                "<?x?>",
                                "</a>",
                                "<a/>",
                                "\"",
                                "'",
                                "=",
                                " x=\"1\" x=\"2\"",
                                ":",
                                "\x01",
                                "\xC3",
                                "\xEF\xBF\xBF",
                                "<!DOCTYPE a>"};
  std::size_t refused = 0;
  std::size_t taken = 0;
  for (const auto& input : inputs) {
    if (input.mapping->source_format() != "xml") continue;
    for (int round = 0; round < 300; ++round) {
      auto damaged = input.bytes;
      const auto at = random() % damaged.size();
      if (random() % 3 == 0)
        damaged.erase(at, 1 + random() % 3);
      else
        damaged.insert(at, pieces[random() % std::size(pieces)]);
      Context context;
      context.now = *parse_rfc3339("2026-11-24T12:00:00+01:00");
      context.allowed = input.mapping->categories();
      context.allow_mock_ssin = true;
      pugi::xml_document document;
      const bool well_formed = formats::parse_xml(damaged, document).has_value();
      const auto got = input.mapping->translate(damaged, context);
      if (!well_formed) {
        EXPECT_FALSE(got.has_value()) << damaged;
        ++refused;
      }
      if (got) ++taken;
    }
  }
  EXPECT_GT(refused, 500U);
  EXPECT_GT(taken, 50U);
}

TEST_F(RawInputs, give_the_same_ids_whenever_they_come) {
  for (const auto& input : inputs) {
    const auto once = input.mapping->records(input.bytes);
    const auto again = input.mapping->records(input.bytes);
    if (!once) continue;
    for (std::size_t i = 0; i < once->size(); ++i) {
      EXPECT_EQ((*once)[i].id, (*again)[i].id);
      if (i > 0) EXPECT_NE((*once)[i].id, (*once)[i - 1].id);
    }
  }
}

}  // namespace
}  // namespace ketenpoort::mapping
