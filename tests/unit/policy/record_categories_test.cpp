#include "gateway/policy/record_categories.hpp"

#include <gtest/gtest.h>

namespace ketenpoort::policy {
namespace {

TEST(CategoriesOf, a_property_are_its_own_and_those_of_what_it_is_part_of) {
  EXPECT_EQ(categories_of("resident.name.family"), (CategorySet{Category::identity_core}));
  EXPECT_EQ(categories_of("resident.contact.phone"), (CategorySet{Category::contact}));
  EXPECT_EQ(categories_of("screening.work.title"), (CategorySet{Category::work_experience}));
  EXPECT_EQ(categories_of("referrals.caseNote"), (CategorySet{Category::case_note}));
  EXPECT_EQ(categories_of("referrals.appointment.start"), (CategorySet{Category::referral}));
}

TEST(CategoriesOf, an_object_are_those_of_all_that_is_in_it) {
  EXPECT_EQ(categories_of("resident.name"), (CategorySet{Category::identity_core, Category::original_script}));
  EXPECT_EQ(categories_of("resident.household"), (CategorySet{Category::household, Category::childcare}));
}

TEST(CategoriesOf, what_policy_concludes_from_are_of_the_conclusion_too) {
  EXPECT_TRUE(categories_of("procedure.lodgedOn")->contains(Category::labour_access));
}

TEST(CategoriesOf, what_is_no_property_are_none) {
  for (const auto* none : {"", "resident.nam", "resident.names", "resident.name.familyx", "outcome", "."})
    EXPECT_FALSE(categories_of(none)) << none;
}

}  // namespace
}  // namespace ketenpoort::policy
