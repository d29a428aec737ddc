#include "gateway/domain/partner_terms.hpp"

#include <gtest/gtest.h>

#include <string>

namespace ketenpoort {
namespace {

TEST(PartnerReference, is_a_short_word_and_no_number_of_a_person) {
  // Long references often hold eleven digits that could be a number by chance: only digits alone count as one.
  for (const auto* good : {"a", "VDAB-2026:0001", "ABC_9.z", "12345678901", "77701800015x", "AGII-77701800015-a"})
    EXPECT_TRUE(is_partner_reference(good)) << good;
  EXPECT_TRUE(is_partner_reference(std::string(64, 'a')));
  for (const auto* bad : {"", "a b", "a\nb", "é", "a/b", "77701800015", "77.70.18-000.15"})  // of the mock register
    EXPECT_FALSE(is_partner_reference(bad)) << bad;
  EXPECT_FALSE(is_partner_reference(std::string(65, 'a')));
}

}  // namespace
}  // namespace ketenpoort
