// CSV: what is accepted has as many cells in each row as in the header, and what is written of it reads back the same.
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

#include "gateway/formats/csv.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace ketenpoort::formats;
  if (size == 0) return 0;
  const char separator = data[0] % 2 == 0 ? ';' : ',';
  const auto table = parse_csv({reinterpret_cast<const char*>(data) + 1, size - 1}, separator);
  if (!table) return 0;
  std::string written;
  const auto write = [&](const std::vector<std::string>& cells) {
    for (std::size_t i = 0; i < cells.size(); ++i) {
      if (i > 0) written += separator;
      append_csv_cell(written, cells[i], separator);
    }
    written += "\r\n";
  };
  write(table->header);
  for (const auto& row : table->rows) {
    if (row.cells.size() != table->header.size()) std::abort();
    write(row.cells);
  }
  const bool ends_empty = table->header.size() == 1 && !table->rows.empty() && table->rows.back().cells[0].empty();
  const auto again = parse_csv(written, separator);
  if (!again || again->header != table->header || (!ends_empty && again->rows.size() != table->rows.size()))
    std::abort();
  for (std::size_t i = 0; i < again->rows.size(); ++i)
    if (again->rows[i].cells != table->rows[i].cells) std::abort();
  return 0;
}
