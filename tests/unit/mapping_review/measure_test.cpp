#include "gateway/mapping_review/measure.hpp"

#include "tests/unit/mapping/mapping_files.hpp"

namespace ketenpoort::mapping_review {
namespace {

TEST(Measure, takes_the_examples_that_give_a_message) {
  mapping::MappingFiles files;
  files.lines("  a: { from: name, required: true, data: skills }");
  const auto library = files.loaded();
  ASSERT_TRUE(library);
  const auto& mapping = *library->mappings().front();
  EXPECT_FALSE(measure(mapping, files.folder.path(), std::chrono::milliseconds(1)).has_value());
  files.write("examples/m/01-x.in.json", R"({"at":"2026-06-01","purpose":"work-guidance","record":{"name":"x"}})");
  files.write("examples/m/02-refused.in.json",
              R"({"at":"2026-06-01","purpose":"work-guidance","record":{"nick":"x"}})");
  const auto measured = measure(mapping, files.folder.path(), std::chrono::milliseconds(1));
  ASSERT_TRUE(measured.has_value());
  EXPECT_EQ(measured->records, 1U);
  EXPECT_GT(measured->microseconds, 0);
  ASSERT_TRUE(measured->parse.has_value());
  EXPECT_GT(*measured->parse, 0);
}

}  // namespace
}  // namespace ketenpoort::mapping_review
