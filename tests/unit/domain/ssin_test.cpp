#include "gateway/domain/ssin.hpp"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <string>

namespace ketenpoort {
namespace {

const Date today = parse_date("2026-11-24").value();

// A number for a test: month + 60, so it cannot belong to anyone.
std::string mock_ssin(unsigned year, unsigned month, unsigned day, unsigned serial) {
  const auto nine = fmt::format("{:02}{:02}{:02}{:03}", year % 100, month + 60, day, serial);
  const auto base = std::stoull(year >= 2000 ? "2" + nine : nine);
  return nine + fmt::format("{:02}", 97 - base % 97);
}

TEST(CheckSsin, reads_the_century_from_the_check_digits) {
  EXPECT_EQ(check_ssin(mock_ssin(1981, 10, 2, 408), true, today).ssin.value().birth.year, 1981);
  EXPECT_EQ(check_ssin(mock_ssin(2005, 1, 31, 17), true, today).ssin.value().birth.year, 2005);
}

TEST(CheckSsin, refuses_each_single_wrong_digit) {
  const auto good = mock_ssin(1981, 10, 2, 408);
  int refused = 0;
  for (std::size_t i = 0; i < good.size(); ++i) {
    auto bad = good;
    bad[i] = bad[i] == '9' ? '0' : static_cast<char>(bad[i] + 1);
    if (!check_ssin(bad, true, today).ssin) ++refused;
  }
  EXPECT_EQ(refused, 11);
}

TEST(CheckSsin, allows_mock_numbers_only_when_asked) {
  const auto mock = mock_ssin(1990, 5, 5, 100);
  EXPECT_EQ(check_ssin(mock, false, today).fault, SsinFault::mock_not_allowed);
  EXPECT_EQ(check_ssin(mock, true, today).ssin.value().kind, SsinKind::mock);
}

TEST(CheckSsin, accepts_unknown_days_and_months_but_no_day_that_never_was) {
  EXPECT_TRUE(check_ssin(mock_ssin(1990, 5, 0, 100), true, today).ssin);
  EXPECT_TRUE(check_ssin(mock_ssin(1990, 0, 0, 100), true, today).ssin);
  EXPECT_EQ(check_ssin(mock_ssin(1990, 2, 30, 100), true, today).fault, SsinFault::impossible_date);
  EXPECT_EQ(check_ssin(mock_ssin(2026, 12, 1, 100), true, today).fault, SsinFault::impossible_date);
}

TEST(KboNumber, checks_its_last_two_digits) {
  EXPECT_TRUE(is_kbo_number("0543307391"));  // AgII
  EXPECT_TRUE(is_kbo_number("0887010362"));  // VDAB
  EXPECT_FALSE(is_kbo_number("0543307392"));
  EXPECT_FALSE(is_kbo_number("543307391"));
}

}  // namespace
}  // namespace ketenpoort
