// Data categories: what a field is, in the terms a data protection officer works with. The names are those of
// config/categories.yaml; the closed list here is what mappings, consents and agreements may name.
#pragma once

#include <bitset>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace ketenpoort {

enum class Category : unsigned char {
  identity_core,
  identity_more,
  original_script,
  contact,
  residence,
  labour_access,
  status,
  procedure_detail,
  household,
  childcare,
  civil_status,
  languages,
  schooling,
  education,
  work_experience,
  skills,
  wishes,
  availability,
  referral,
  case_note,
  health_restrictions,
  outcome,  // what a recipient reports back (purpose follow-up)
};
constexpr std::size_t category_count = 22;

std::string_view to_text(Category category);  // "identity-core"
std::optional<Category> parse_category(std::string_view text);

// A set of categories; iterates and prints in the order above.
class CategorySet {
 public:
  CategorySet() = default;
  CategorySet(std::initializer_list<Category> categories) {
    for (const auto c : categories) insert(c);
  }
  void insert(Category c) { bits_.set(static_cast<std::size_t>(c)); }
  void erase(Category c) { bits_.reset(static_cast<std::size_t>(c)); }
  [[nodiscard]] bool contains(Category c) const { return bits_.test(static_cast<std::size_t>(c)); }
  [[nodiscard]] bool includes(const CategorySet& other) const { return (other.bits_ & ~bits_).none(); }
  [[nodiscard]] bool empty() const { return bits_.none(); }
  [[nodiscard]] std::size_t size() const { return bits_.count(); }
  [[nodiscard]] CategorySet operator&(const CategorySet& other) const { return CategorySet(bits_ & other.bits_); }
  [[nodiscard]] CategorySet operator|(const CategorySet& other) const { return CategorySet(bits_ | other.bits_); }
  [[nodiscard]] CategorySet without(const CategorySet& other) const { return CategorySet(bits_ & ~other.bits_); }
  bool operator==(const CategorySet&) const = default;
  [[nodiscard]] std::vector<Category> list() const;
  [[nodiscard]] std::vector<std::string> names() const;
  static CategorySet all();

 private:
  explicit CategorySet(std::bitset<category_count> bits) : bits_(bits) {}
  std::bitset<category_count> bits_;
};

}  // namespace ketenpoort
