#include "gateway/mapping_review/outputs.hpp"

#include "gateway/mapping_review/lint.hpp"
#include "tests/unit/mapping/mapping_files.hpp"

namespace ketenpoort::mapping_review {
namespace {

using mapping::MappingFiles;

class Outputs : public testing::Test {
 protected:
  void SetUp() override {
    files.lines("  a: { from: name, do: [upper], data: skills }");
    ASSERT_TRUE(files.loaded());
    files.write("examples/m/01-x.in.json", R"({"at":"2026-06-01","purpose":"work-guidance","record":{"name":"x"}})");
    files.write("examples/m/01-x.out.json", R"({"a":"X"})");
    ASSERT_TRUE(record_outputs(*files.load()->mappings().front(), files.folder.path()).has_value());
  }

  void change(const std::string& find, const std::string& with) {
    std::ifstream in(files.folder.path() / "m.yaml");
    std::string text(std::istreambuf_iterator<char>(in), {});
    text.replace(text.find(find), find.size(), with);
    files.write("m.yaml", text);
  }

  OutputCheck check() {
    const auto library = files.load();
    EXPECT_TRUE(library.has_value());
    return library ? check_outputs(*library, files.folder.path()) : OutputCheck{};
  }

  MappingFiles files;
};

TEST_F(Outputs, that_are_the_same_are_no_matter) {
  EXPECT_TRUE(check().errors.empty());
  EXPECT_TRUE(check().warnings.empty());
  change("[upper]", "[trim, upper]");
  EXPECT_TRUE(check().errors.empty()) << "another mapping, the same output";
}

TEST_F(Outputs, that_changed_without_a_new_version_are_an_error) {
  change("[upper]", "[lower]");
  const auto result = check();
  ASSERT_EQ(result.errors.size(), 1U);
  EXPECT_TRUE(result.errors[0].where.ends_with("examples/m/outputs-1.0.0.txt:1:1")) << result.errors[0].where;
  EXPECT_NE(result.errors[0].detail.find("the output of 01-x changed, but m is still version 1.0.0"),
            std::string::npos);
  const auto library = files.load();
  EXPECT_FALSE(record_outputs(*library->mappings().front(), files.folder.path()).has_value()) << "nor recorded over";
  EXPECT_EQ(lint_examples(*library, files.folder.path()).errors.size(), 1U);
}

TEST_F(Outputs, of_a_new_version_are_recorded_beside_those_of_the_old) {
  change("[upper]", "[lower]");
  change("version: 1.0.0", "version: 1.1.0");
  ASSERT_EQ(check().errors.size(), 1U);
  EXPECT_NE(check().errors[0].detail.find("the example fails: "), std::string::npos) << check().errors[0].detail;
  files.write("examples/m/01-x.out.json", R"({"a":"x"})");
  EXPECT_TRUE(check().errors.empty());
  EXPECT_EQ(check().warnings.size(), 1U);
  ASSERT_TRUE(record_outputs(*files.load()->mappings().front(), files.folder.path()).has_value());
  EXPECT_TRUE(check().warnings.empty());
  EXPECT_TRUE(std::filesystem::exists(files.folder.path() / "examples/m/outputs-1.0.0.txt"));
}

TEST_F(Outputs, of_an_example_with_another_input_are_not_compared) {
  files.write("examples/m/01-x.in.json", R"({"at":"2026-06-01","purpose":"work-guidance","record":{"name":"y"}})");
  files.write("examples/m/01-x.out.json", R"({"a":"Y"})");
  EXPECT_TRUE(check().errors.empty());
  EXPECT_EQ(check().warnings.size(), 1U);
}

TEST_F(Outputs, file_that_is_damaged_is_said_so) {
  files.write("examples/m/outputs-1.0.0.txt", "not a digest\n");
  ASSERT_EQ(check().errors.size(), 1U);
  EXPECT_NE(check().errors[0].detail.find("a line must be two SHA-256 digests"), std::string::npos);
}

}  // namespace
}  // namespace ketenpoort::mapping_review
