// Comma-separated values (RFC 4180), also with semicolons, read strictly: a file that could be read two ways is
// refused.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "gateway/base/result.hpp"

namespace ketenpoort::formats {

struct CsvLimits {
  std::size_t bytes = std::size_t{64} << 20;
  std::size_t rows = 100'000;
  std::size_t columns = 500;
  std::size_t cell_bytes = std::size_t{64} << 10;
};

struct CsvRow {
  std::size_t line = 0;  // on which it begins, from 1
  std::vector<std::string> cells;
};

struct CsvTable {
  std::vector<std::string> header;
  std::vector<CsvRow> rows;
};

// Reads `text`, which is valid UTF-8, with or without a byte order mark; lines end with LF or CR LF. Quoted cells may
// hold the separator, line breaks and doubled quotes. Refused, with where = "line:column": a quote within an unquoted
// cell or text after a closing quote, an unclosed quote, a row with more or fewer cells than the header, an empty or
// repeated column name, a control character, a lone CR, more than the limits. Empty lines at the end of the file are
// none.
Result<CsvTable> parse_csv(std::string_view text, char separator, const CsvLimits& limits = {});

// One cell, quoted where it must be.
void append_csv_cell(std::string& out, std::string_view text, char separator);

}  // namespace ketenpoort::formats
