// Rows are the same however the file is cut into pieces; a CSV file that the CSV reader takes has the rows it says,
// each readable alone.
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "gateway/exchange/intake/batch_rows.hpp"
#include "gateway/formats/csv.hpp"

namespace {

using ketenpoort::exchange::RowCutter;
using Rows = std::vector<std::pair<std::uint64_t, std::string>>;

void require(bool holds) {
  if (!holds) std::abort();
}

Rows cut(std::string_view bytes, std::optional<char> separator, std::size_t step) {
  RowCutter cutter(separator);
  for (std::size_t at = 0; at < bytes.size(); at += step) cutter.add(bytes.substr(at, step));
  cutter.end();
  Rows rows;
  while (auto row = cutter.next()) rows.emplace_back(row->line, std::move(row->bytes));
  return rows;
}

void compare_with_reader(std::string_view bytes, Rows rows) {
  const auto table = ketenpoort::formats::parse_csv(bytes, ';');
  if (!table || table->header.size() < 2) return;
  // One empty cell is an empty line to the reader, and to the cutter a row with cells missing.
  while (rows.size() > table->rows.size() + 1 && rows.back().second == "\"\"") rows.pop_back();
  std::vector<std::pair<std::uint64_t, std::vector<std::string>>> expected;
  for (const auto& row : table->rows) expected.emplace_back(row.line, row.cells);
  require(rows.size() == expected.size() + 1);
  for (std::size_t i = 0; i < expected.size(); ++i) {
    require(rows[i + 1].first == expected[i].first);
    const auto alone = ketenpoort::formats::parse_csv(rows[0].second + "\n" + rows[i + 1].second + "\n", ';');
    require(alone && alone->rows.size() == 1 && alone->rows[0].cells == expected[i].second);
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view bytes(reinterpret_cast<const char*>(data), size);
  for (const std::optional<char> separator : {std::optional<char>(), std::optional(';')}) {
    const auto whole = cut(bytes, separator, size + 1);
    require(whole == cut(bytes, separator, 1));
    require(whole == cut(bytes, separator, 7));
    if (separator) compare_with_reader(bytes, whole);
  }
  return 0;
}
