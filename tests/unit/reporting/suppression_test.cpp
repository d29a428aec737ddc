// Somebody who has only what is published, and tries every table that fits it, learns no hidden number.
#include <gtest/gtest.h>

#include <cstdlib>
#include <functional>
#include <random>
#include <set>
#include <string>

#include "gateway/reporting/suppression.hpp"

namespace ketenpoort::reporting {
namespace {

// Every table with the zeros and the shown numbers as they are and hidden cells of 1 to `most` whose shown totals are
// right: what each hidden number may be. A month of which nothing is shown, not even the total, has small numbers only,
// as few that their sum would tell: whoever looks knows that too. Shares nothing with how the gateway decides.
class Snoop {
 public:
  Snoop(const CountTable& table, const Hidden& hidden, std::uint64_t most) : t_(table), h_(hidden), most_(most) {
    guess_.counts = table.counts;
    guess_.rows = table.rows;
    guess_.columns = table.columns;
    cells_.resize(table.counts.size());
    rows_.resize(table.rows);
    columns_.resize(table.columns);
    fill(0);
  }

  std::vector<std::set<std::uint64_t>> cells_, rows_, columns_;
  std::set<std::uint64_t> total_;
  std::uint64_t fitting_ = 0;

 private:
  void fill(std::size_t place) {
    if (place == t_.counts.size()) return take();
    const auto row = place / t_.columns;
    const auto column = place % t_.columns;
    const auto go_on = [&] {
      if (column + 1 == t_.columns && !h_.row_totals[row] && guess_.row_total(row) != t_.row_total(row)) return;
      if (row + 1 == t_.rows && !fits_month(column)) return;
      fill(place + 1);
    };
    if (!h_.cells[place]) return go_on();
    for (std::uint64_t value = 1; value <= (h_.column_totals[column] ? smallest_shown - 1 : most_); ++value) {
      guess_.counts[place] = value;
      go_on();
    }
    guess_.counts[place] = t_.counts[place];
  }

  [[nodiscard]] bool fits_month(std::size_t column) const {
    const auto sum = guess_.column_total(column);
    if (!h_.column_totals[column]) return sum == t_.column_total(column);
    std::uint64_t cells = 0;
    for (std::size_t row = 0; row < t_.rows; ++row) cells += guess_.at(row, column) > 0 ? 1 : 0;
    return sum < cells + 4;
  }

  void take() {
    if (!h_.total && guess_.total() != t_.total()) return;
    ++fitting_;
    for (std::size_t i = 0; i < cells_.size(); ++i) cells_[i].insert(guess_.counts[i]);
    for (std::size_t i = 0; i < rows_.size(); ++i) rows_[i].insert(guess_.row_total(i));
    for (std::size_t i = 0; i < columns_.size(); ++i) columns_[i].insert(guess_.column_total(i));
    total_.insert(guess_.total());
  }

  const CountTable& t_;
  const Hidden& h_;
  std::uint64_t most_;
  CountTable guess_;
};

std::string print(const CountTable& table, const Hidden& hidden) {
  std::string out;
  for (std::size_t row = 0; row < table.rows; ++row) {
    for (std::size_t column = 0; column < table.columns; ++column)
      out += std::to_string(table.at(row, column)) + (hidden.cells[row * table.columns + column] ? "* " : " ");
    out += "= " + std::to_string(table.row_total(row)) + (hidden.row_totals[row] ? "*\n" : "\n");
  }
  for (std::size_t column = 0; column < table.columns; ++column)
    out += std::to_string(table.column_total(column)) + (hidden.column_totals[column] ? "* " : " ");
  return out + "= " + std::to_string(table.total()) + (hidden.total ? "*" : "");
}

CountTable table_of(std::size_t rows, std::size_t columns, std::vector<std::uint64_t> counts) {
  return {rows, columns, std::move(counts)};
}

void expect_nothing_follows(const CountTable& table, bool with_row_totals) {
  const auto hidden = suppress(table, with_row_totals);
  SCOPED_TRACE(print(table, hidden));
  const auto is_small = [](std::uint64_t count) { return count > 0 && count < smallest_shown; };
  for (std::size_t i = 0; i < table.counts.size(); ++i)
    if (is_small(table.counts[i])) EXPECT_TRUE(hidden.cells[i]) << "cell " << i;
  for (std::size_t i = 0; i < table.columns; ++i)
    if (is_small(table.column_total(i))) EXPECT_TRUE(hidden.column_totals[i]) << "month " << i;
  for (std::size_t i = 0; i < table.rows; ++i)
    if (is_small(table.row_total(i))) EXPECT_TRUE(hidden.row_totals[i]) << "centre " << i;
  if (is_small(table.total())) EXPECT_TRUE(hidden.total);

  const Snoop snoop(table, hidden, 16);
  ASSERT_GT(snoop.fitting_, 0U);
  for (std::size_t i = 0; i < table.counts.size(); ++i)
    if (hidden.cells[i])
      EXPECT_GE(snoop.cells_[i].size(), hidden.column_totals[i % table.columns] ? 4U : 5U) << "cell " << i;
  for (std::size_t i = 0; i < table.columns; ++i)
    if (hidden.column_totals[i] && table.column_total(i) > 0) EXPECT_GE(snoop.columns_[i].size(), 4U) << "month " << i;
  for (std::size_t i = 0; i < table.rows; ++i)
    if (hidden.row_totals[i] && table.row_total(i) > 0 && with_row_totals)
      EXPECT_GE(snoop.rows_[i].size(), 4U) << "centre " << i;  // where all but such a month is shown
}

TEST(Suppression, leaves_large_counts_alone) {
  const auto hidden = suppress(table_of(2, 2, {5, 0, 12, 7}), true);
  EXPECT_EQ(hidden.cells, std::vector<bool>(4));
  EXPECT_EQ(hidden.row_totals, std::vector<bool>(2));
  EXPECT_EQ(hidden.column_totals, std::vector<bool>(2));
  EXPECT_FALSE(hidden.total);
}

TEST(Suppression, hides_a_second_cell_so_that_the_total_does_not_tell_the_first) {
  const auto hidden = suppress(table_of(3, 1, {3, 20, 6}), false);
  EXPECT_EQ(hidden.cells, (std::vector<bool>{true, false, true}));
  EXPECT_FALSE(hidden.column_totals[0]);
}

TEST(Suppression, of_two_ones_a_total_of_two_would_tell_both) {
  const auto hidden = suppress(table_of(2, 1, {1, 1}), false);
  EXPECT_EQ(hidden.cells, (std::vector<bool>{true, true}));
  EXPECT_TRUE(hidden.column_totals[0]);
  const auto with_third = suppress(table_of(3, 1, {1, 1, 9}), false);
  EXPECT_EQ(with_third.cells, (std::vector<bool>{true, true, true}));
  EXPECT_FALSE(with_third.column_totals[0]);
}

TEST(Suppression, of_a_month_does_not_change_when_others_come) {
  const auto alone = suppress(table_of(3, 1, {3, 20, 6}), false);
  for (const bool over : {false, true}) {
    const auto later = suppress(table_of(3, 3, {3, 9, 1, 20, 9, 1, 6, 9, 30}), over);
    for (std::size_t row = 0; row < 3; ++row) EXPECT_EQ(later.cells[row * 3], alone.cells[row]) << over;
    EXPECT_EQ(later.column_totals[0], alone.column_totals[0]);
  }
}

TEST(Suppression, of_a_year_hides_totals_that_would_tell) {
  // Row 0 has one hidden cell: its total would tell it.
  const auto hidden = suppress(table_of(2, 2, {3, 20, 30, 40}), true);
  EXPECT_EQ(hidden.cells, (std::vector<bool>{true, false, true, false}));
  EXPECT_TRUE(hidden.row_totals[0]);
  EXPECT_TRUE(hidden.row_totals[1]);  // else the grand total tells the first
  EXPECT_FALSE(hidden.column_totals[0]);
}

// A month of which nothing is shown says itself that it is under five: two of four have a sum that only they have.
TEST(Suppression, of_a_year_does_not_tell_months_of_which_nothing_is_shown) {
  const auto fours = suppress(table_of(1, 2, {4, 4}), true);
  EXPECT_TRUE(fours.row_totals[0]);
  EXPECT_TRUE(fours.total);
  const auto between = suppress(table_of(1, 3, {2, 3, 2}), true);  // each of the three may be all from one to four
  EXPECT_FALSE(between.row_totals[0]);
  expect_nothing_follows(table_of(1, 2, {4, 4}), true);
  expect_nothing_follows(table_of(1, 3, {4, 3, 4}), true);
  expect_nothing_follows(table_of(2, 2, {4, 9, 0, 8}), true);
}

TEST(Suppression, keeps_small_numbers_from_whoever_does_every_sum) {
  const auto* rounds_text = std::getenv("KETENPOORT_ROUNDS");
  const int rounds = rounds_text == nullptr ? 1500 : std::atoi(rounds_text);
  std::mt19937 random(20261128);
  for (int round = 0; round < rounds; ++round) {
    const std::size_t rows = 1 + random() % 3;
    const std::size_t columns = 1 + random() % 2;
    std::vector<std::uint64_t> counts(rows * columns);
    for (auto& count : counts) {
      const auto sort = random() % 10;
      count = sort < 3 ? 0 : sort < 7 ? 1 + random() % 4 : 5 + random() % 5;
    }
    expect_nothing_follows(table_of(rows, columns, counts), round % 2 == 0);
    if (testing::Test::HasFailure()) FAIL() << "round " << round;
  }
}

// Too large to try every table: what follows from sums alone is found by elimination.
TEST(Suppression, leaves_no_sum_in_a_large_table_from_which_a_hidden_number_follows) {
  std::mt19937 random(7);
  for (int round = 0; round < 40; ++round) {
    CountTable table{8, 12, {}};
    for (std::size_t i = 0; i < 96; ++i) table.counts.push_back(random() % 3 == 0 ? 0 : random() % 14);
    const auto hidden = suppress(table, true);
    // Unknowns: cells, then totals of rows and columns, then the total. One equation a row, one a column, two for the
    // total.
    const std::size_t unknowns = 96 + 8 + 12 + 1;
    std::vector<std::vector<double>> sums;
    const auto equation = [&](std::size_t total, const std::vector<std::size_t>& parts) {
      std::vector<double> out(unknowns);
      const auto is_hidden = [&](std::size_t i) {
        if (i < 96) return bool(hidden.cells[i]) && table.counts[i] > 0;
        if (i < 104) return bool(hidden.row_totals[i - 96]);
        return i < 116 ? bool(hidden.column_totals[i - 104]) : hidden.total;
      };
      if (is_hidden(total)) out[total] = -1;
      for (const auto part : parts)
        if (is_hidden(part)) out[part] = 1;
      sums.push_back(out);
    };
    std::vector<std::size_t> all_rows;
    std::vector<std::size_t> all_columns;
    for (std::size_t row = 0; row < 8; ++row) {
      std::vector<std::size_t> parts;
      for (std::size_t column = 0; column < 12; ++column) parts.push_back(row * 12 + column);
      equation(96 + row, parts);
      all_rows.push_back(96 + row);
    }
    for (std::size_t column = 0; column < 12; ++column) {
      std::vector<std::size_t> parts;
      for (std::size_t row = 0; row < 8; ++row) parts.push_back(row * 12 + column);
      equation(104 + column, parts);
      all_columns.push_back(104 + column);
    }
    equation(116, all_rows);
    equation(116, all_columns);
    std::size_t rank = 0;
    for (std::size_t column = 0; column < unknowns && rank < sums.size(); ++column) {
      std::size_t pivot = rank;
      while (pivot < sums.size() && std::abs(sums[pivot][column]) < 1e-9) ++pivot;
      if (pivot == sums.size()) continue;
      std::swap(sums[rank], sums[pivot]);
      const double by = sums[rank][column];
      for (auto& value : sums[rank]) value /= by;
      for (std::size_t other = 0; other < sums.size(); ++other) {
        const double times = sums[other][column];
        if (other == rank || std::abs(times) < 1e-9) continue;
        for (std::size_t i = 0; i < unknowns; ++i) sums[other][i] -= times * sums[rank][i];
      }
      ++rank;
    }
    for (std::size_t row = 0; row < rank; ++row) {
      int left = 0;
      for (const double value : sums[row]) left += std::abs(value) > 1e-9 ? 1 : 0;
      EXPECT_GT(left, 1) << "round " << round << ": a hidden number stands alone";
    }
  }
}

}  // namespace
}  // namespace ketenpoort::reporting
