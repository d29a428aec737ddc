#include "gateway/domain/category.hpp"

#include <array>

namespace ketenpoort {
namespace {

constexpr std::array<std::string_view, category_count> names_of_categories = {
    "identity-core", "identity-more",    "original-script",     "contact",   "residence",    "labour-access",
    "status",        "procedure-detail", "household",           "childcare", "civil-status", "languages",
    "schooling",     "education",        "work-experience",     "skills",    "wishes",       "availability",
    "referral",      "case-note",        "health-restrictions", "outcome"};

}  // namespace

std::string_view to_text(Category category) {
  return names_of_categories[static_cast<std::size_t>(category)];
}

std::optional<Category> parse_category(std::string_view text) {
  for (std::size_t i = 0; i < category_count; ++i)
    if (names_of_categories[i] == text) return static_cast<Category>(i);
  return std::nullopt;
}

std::vector<Category> CategorySet::list() const {
  std::vector<Category> out;
  for (std::size_t i = 0; i < category_count; ++i)
    if (bits_.test(i)) out.push_back(static_cast<Category>(i));
  return out;
}

std::vector<std::string> CategorySet::names() const {
  std::vector<std::string> out;
  for (const auto c : list()) out.emplace_back(to_text(c));
  return out;
}

CategorySet CategorySet::all() {
  return CategorySet(std::bitset<category_count>().set());
}

}  // namespace ketenpoort
