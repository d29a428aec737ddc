// The shipped mappings: they load, and their examples come out as written.
#include <gtest/gtest.h>

#include <filesystem>

#include "gateway/mapping/examples.hpp"
#include "gateway/mapping/library.hpp"
#include "gateway/mapping/plan/plan.hpp"
#include "tests/support/scratch_folder.hpp"
#include "tests/unit/mapping/shipped_purposes.hpp"

namespace ketenpoort::mapping {
namespace {

// Asking libxml2 about every message costs more than making it.
TEST(ShippedMappings, xml_messages_can_be_proven) {
  const auto library = Library::load("mappings", shipped_purposes());
  ASSERT_TRUE(library.has_value());
  std::size_t to_xml = 0;
  for (const auto& mapping : library->mappings()) {
    if (!mapping->plan().target_xsd) continue;
    ++to_xml;
    EXPECT_FALSE(mapping->plan().xsd_unprovable) << mapping->name();
  }
  EXPECT_GE(to_xml, 3U);
}

TEST(ShippedMappings, load_without_a_mistake) {
  const auto library = Library::load("mappings", shipped_purposes());
  if (!library)
    for (const auto& issue : library.error().issues) ADD_FAILURE() << issue.where << ": " << issue.detail;
  ASSERT_TRUE(library.has_value());
  EXPECT_GE(library->mappings().size(), 3U);
}

TEST(ShippedMappings, every_example_comes_out_as_written) {
  const auto library = Library::load("mappings", shipped_purposes());
  ASSERT_TRUE(library.has_value());
  for (const auto& mapping : library->mappings()) {
    const auto results = run_examples(*mapping, "mappings");
    EXPECT_FALSE(results.empty()) << mapping->name();
    for (const auto& result : results)
      EXPECT_TRUE(result.passed) << result.mapping << "/" << result.name << ": " << result.difference;
  }
}

// The benchmark's own mapping reads the shipped schemas, so a field that is new there needs its place in it.
TEST(MeasuredMapping, loads_beside_the_shipped_schemas) {
  const test::ScratchFolder folder;
  for (const auto* part : {"schemas", "codelists"})
    std::filesystem::copy(std::filesystem::path("mappings") / part, folder.path() / part,
                          std::filesystem::copy_options::recursive);
  std::filesystem::copy("tests/bench/translation/candidate-to-dossier.yaml", folder.path());
  const auto library = Library::load(folder.path());
  std::string mistakes;
  if (!library)
    for (const auto& issue : library.error().issues) mistakes += issue.where + ": " + issue.detail + '\n';
  EXPECT_TRUE(library) << mistakes;
}

}  // namespace
}  // namespace ketenpoort::mapping
