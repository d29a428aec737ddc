// One line of a table for spreadsheets (RFC 4180), which must not take a cell for a formula.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace ketenpoort::reporting {

inline void append_csv_line(std::string& out, const std::vector<std::string>& cells) {
  bool first = true;
  for (const auto& cell : cells) {
    if (!first) out += ',';
    first = false;
    const bool looks_like_formula =
        !cell.empty() && std::string_view("=+-@\t\r").find(cell[0]) != std::string_view::npos;
    if (!looks_like_formula && cell.find_first_of(",\"\r\n") == std::string::npos) {
      out += cell;
      continue;
    }
    out += '"';
    if (looks_like_formula) out += '\'';
    for (const char c : cell) out.append(c == '"' ? 2 : 1, c);
    out += '"';
  }
  out += "\r\n";
}

}  // namespace ketenpoort::reporting
