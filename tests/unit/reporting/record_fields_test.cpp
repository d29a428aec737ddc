// The copy for the data subject sorts fields by the category that mappings give them: one table, told twice, must
// agree.
#include <gtest/gtest.h>

#include <regex>
#include <set>

#include "gateway/base/files.hpp"
#include "gateway/formats/json.hpp"
#include "gateway/mapping/plan/plan.hpp"
#include "gateway/mapping_review/documentation.hpp"
#include "gateway/reporting/subject_report.hpp"

namespace ketenpoort::reporting {
namespace {

// "referral" is the one of referrals[] that is sent; lists are told apart by nothing.
std::string path_in_record(std::string source) {
  source = std::regex_replace(source, std::regex("\\[[^\\]]*\\]"), "");
  return source.starts_with("referral.") ? "referrals." + source.substr(9) : source;
}

TEST(RecordFields, have_the_category_that_shipped_mappings_give_them) {
  const auto library = mapping::Library::load("mappings");
  ASSERT_TRUE(library);
  int compared = 0;
  for (const auto& mapping : library->mappings()) {
    if (!std::string_view(mapping->name()).starts_with("resident-to-")) continue;
    for (const auto& field : mapping_review::documented_fields(*mapping)) {
      const auto path = path_in_record(field.source);
      const bool is_one = path.find(',') == std::string::npos && path.find('.') != std::string::npos;
      if (!field.category || !is_one || path.starts_with("derived.")) continue;
      const auto category = category_of_field(path);
      ASSERT_TRUE(category) << field.at << ": " << path;
      EXPECT_EQ(to_text(*category), to_text(*field.category)) << field.at << ": " << path;
      ++compared;
    }
  }
  EXPECT_GT(compared, 50);
}

// The table that the lint holds mappings to (schemas/resident-1.categories.yaml) says the same of every field.
TEST(RecordFields, have_the_category_that_the_lint_asks_for) {
  const auto library = mapping::Library::load("mappings");
  ASSERT_TRUE(library);
  const auto* mapping = library->find_version("resident-to-vdab-profile", "1.0.0");
  ASSERT_NE(mapping, nullptr);
  int compared = 0;
  for (const auto& [field, category] : mapping->plan().field_categories->fields()) {
    const auto path = path_in_record(field);
    if (!category || path.starts_with("derived.")) continue;
    const auto own = category_of_field(path);
    ASSERT_TRUE(own) << path;
    EXPECT_EQ(to_text(*own), to_text(*category)) << path;
    ++compared;
  }
  EXPECT_GT(compared, 100);
}

void collect_without_category(formats::JsonView value, const std::string& path, std::set<std::string>& out) {
  for (const auto [key, member] : value.members())
    collect_without_category(member, path.empty() ? std::string(key) : path + '.' + std::string(key), out);
  for (const auto element : value.elements()) collect_without_category(element, path, out);
  const bool is_leaf = !value.is(formats::JsonKind::object) && !value.is(formats::JsonKind::array);
  if (is_leaf && !category_of_field(path)) out.insert(path);
}

TEST(RecordFields, without_a_category_describe_the_submission) {
  const auto text = read_file("config/demo/residents.ndjson").value();
  std::set<std::string> without;
  std::size_t begin = 0;
  int records = 0;
  while (begin < text.size()) {
    const auto end = std::min(text.find('\n', begin), text.size());
    if (end > begin) {
      const auto record = formats::parse_json(std::string_view(text).substr(begin, end - begin));
      ASSERT_TRUE(record);
      collect_without_category(record->root(), {}, without);
      ++records;
    }
    begin = end + 1;
  }
  EXPECT_GT(records, 5);
  for (const auto& path : without)
    EXPECT_TRUE(path == "messageId" || path == "sentAt" || path == "recordVersion" || path == "source.system" ||
                path == "source.organisation")
        << path;
}

}  // namespace
}  // namespace ketenpoort::reporting
