#include "gateway/formats/csv.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <set>

#include "gateway/base/utf8.hpp"

namespace ketenpoort::formats {
namespace {

constexpr std::string_view byte_order_mark = "\xEF\xBB\xBF";

class Reader {
 public:
  Reader(std::string_view text, char separator, const CsvLimits& limits)
      : text_(text), separator_(separator), limits_(limits) {}

  Result<CsvTable> read() {
    if (text_.size() > limits_.bytes)
      return fail(ErrorCode::too_large, fmt::format("the file is longer than {} bytes", limits_.bytes));
    if (!is_valid_utf8(text_)) return fail(ErrorCode::malformed, "the file is not UTF-8");
    if (text_.starts_with(byte_order_mark)) text_.remove_prefix(byte_order_mark.size());
    while (at_ < text_.size() && error_.empty()) {
      CsvRow row;
      row.line = line_;
      read_row(row);
      if (error_.empty()) keep(std::move(row));
    }
    if (error_.empty() && table_.header.empty()) complain("the file is empty; its first line must name the columns");
    if (error_.empty()) return std::move(table_);
    return fail(too_large_ ? ErrorCode::too_large : ErrorCode::malformed, fmt::format("{}: {}", where_, error_),
                {{ErrorCode::malformed, where_, error_}});
  }

 private:
  void complain(std::string what) {
    if (!error_.empty()) return;
    where_ = fmt::format("{}:{}", line_, at_ - line_begin_ + 1);
    error_ = std::move(what);
  }

  void read_row(CsvRow& row) {
    while (error_.empty()) {
      row.cells.push_back(read_cell());
      if (row.cells.size() > limits_.columns) {
        too_large_ = true;
        return complain(fmt::format("more than {} columns", limits_.columns));
      }
      if (at_ < text_.size() && text_[at_] == separator_) {
        ++at_;
        continue;
      }
      return end_line();
    }
  }

  void end_line() {
    if (at_ == text_.size()) return;
    if (text_[at_] == '\r') ++at_;
    if (at_ == text_.size() || text_[at_] != '\n') return complain("a carriage return without a line feed");
    next_line();
  }

  void next_line() {
    ++at_;
    ++line_;
    line_begin_ = at_;
  }

  std::string read_cell() {
    std::string cell;
    const bool quoted = at_ < text_.size() && text_[at_] == '"';
    if (quoted)
      read_quoted(cell);
    else
      read_plain(cell);
    if (cell.size() > limits_.cell_bytes) {
      too_large_ = true;
      complain(fmt::format("a cell longer than {} bytes", limits_.cell_bytes));
    }
    return cell;
  }

  void read_plain(std::string& cell) {
    for (; at_ < text_.size(); ++at_) {
      const char c = text_[at_];
      if (c == separator_ || c == '\n' || c == '\r') return;
      if (c == '"') return complain("a quote within a cell that does not begin with one; quote the whole cell");
      if (is_control(c)) return complain("a control character");
      cell += c;
    }
  }

  void read_quoted(std::string& cell) {
    ++at_;
    while (at_ < text_.size()) {
      const char c = text_[at_];
      if (c == '"' && at_ + 1 < text_.size() && text_[at_ + 1] == '"') {
        cell += '"';
        at_ += 2;
      } else if (c == '"') {
        ++at_;
        const bool ends = at_ == text_.size() || text_[at_] == separator_ || text_[at_] == '\n' || text_[at_] == '\r';
        if (!ends) complain("text after a closing quote; double the quotes within a cell");
        return;
      } else if (is_control(c)) {
        return complain("a control character");
      } else {
        cell += c;
        if (c == '\n')
          next_line();
        else
          ++at_;
      }
    }
    complain("the file ends within a quoted cell");
  }

  static bool is_control(char c) {
    const auto byte = static_cast<unsigned char>(c);
    return (byte < 0x20 && c != '\t' && c != '\n' && c != '\r') || byte == 0x7F;
  }

  void keep(CsvRow row) {
    const bool empty = row.cells.size() == 1 && row.cells[0].empty();
    if (table_.header.empty()) return keep_header(std::move(row));
    if (empty && table_.header.size() > 1) {
      if (text_.find_first_not_of("\r\n", at_) == std::string_view::npos) {
        at_ = text_.size();
        return;
      }
      return complain_about(row, "an empty line between rows");
    }
    if (row.cells.size() != table_.header.size())
      return complain_about(
          row, fmt::format("{} cells, but the header names {} columns", row.cells.size(), table_.header.size()));
    if (table_.rows.size() == limits_.rows) {
      too_large_ = true;
      return complain_about(row, fmt::format("more than {} rows", limits_.rows));
    }
    table_.rows.push_back(std::move(row));
  }

  void keep_header(CsvRow row) {
    std::set<std::string_view> seen;
    for (const auto& name : row.cells) {
      if (name.find(byte_order_mark) != std::string::npos)
        return complain_about(row,
                              "a column name with a byte order mark in it; save the file with at most one, in front");
      if (name.empty()) return complain_about(row, "a column without a name");
      if (!seen.insert(name).second)
        return complain_about(row, "two columns of the same name; the first line names the columns");
    }
    table_.header = std::move(row.cells);
  }

  void complain_about(const CsvRow& row, std::string what) {
    if (!error_.empty()) return;
    where_ = fmt::format("{}:1", row.line);
    error_ = std::move(what);
  }

  std::string_view text_;
  char separator_;
  const CsvLimits& limits_;
  CsvTable table_;
  std::size_t at_ = 0;
  std::size_t line_ = 1;
  std::size_t line_begin_ = 0;
  std::string where_;
  std::string error_;
  bool too_large_ = false;
};

}  // namespace

Result<CsvTable> parse_csv(std::string_view text, char separator, const CsvLimits& limits) {
  return Reader(text, separator, limits).read();
}

void append_csv_cell(std::string& out, std::string_view text, char separator) {
  const bool quote = text.find_first_of("\"\r\n") != std::string_view::npos ||
                     text.find(separator) != std::string_view::npos || text.starts_with(' ') || text.ends_with(' ');
  if (!quote) {
    out += text;
    return;
  }
  out += '"';
  for (const char c : text) {
    if (c == '"') out += '"';
    out += c;
  }
  out += '"';
}

}  // namespace ketenpoort::formats
