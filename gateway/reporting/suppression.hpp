// Small counts tell about persons: a cell under five is not shown, nor what it could be worked out from.
//
// A table counts persons by centre (rows) and month (columns). What is shown of a month depends on that month alone, so
// that it stays what it was when later months come. The totals over months are shown for a year that is over, and only
// as far as nothing follows from them.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

namespace ketenpoort::reporting {

constexpr std::uint64_t smallest_shown = 5;

struct CountTable {
  std::size_t rows = 0;
  std::size_t columns = 0;
  std::vector<std::uint64_t> counts;  // row after row

  [[nodiscard]] std::uint64_t at(std::size_t row, std::size_t column) const { return counts[row * columns + column]; }
  [[nodiscard]] std::uint64_t row_total(std::size_t row) const;
  [[nodiscard]] std::uint64_t column_total(std::size_t column) const;
  [[nodiscard]] std::uint64_t total() const;
};

// What is not shown. Zeros are: that something never happened is no small number of persons.
struct Hidden {
  std::vector<bool> cells;  // row after row
  std::vector<bool> row_totals;
  std::vector<bool> column_totals;
  bool total = false;
};

// Whoever knows everything shown, and that what is hidden is at least one, is left with at least five values for each
// hidden number. Of a month whose total is hidden too everybody knows that it has small numbers only: there each may
// still be all from one to four, whatever is shown of the year.
Hidden suppress(const CountTable& table, bool with_row_totals);

}  // namespace ketenpoort::reporting
