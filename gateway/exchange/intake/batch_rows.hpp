// The rows of a batch, cut from a stream: lines of NDJSON, rows of CSV (which may span lines), lines of a fixed-width
// file. Pure; one row is in memory.
#pragma once

#include <cstdint>
#include <deque>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "gateway/base/result.hpp"
#include "gateway/mapping/definition/layout.hpp"
#include "gateway/mapping/source/source_syntax.hpp"

namespace ketenpoort::exchange {

struct BatchRow {
  std::uint64_t line = 0;  // on which it begins, from 1
  std::string bytes{};     // without its line end
  bool too_long = false;   // then `bytes` is empty
};

constexpr std::size_t largest_row = std::size_t{1} << 20;  // as large as a record may be on its own

// Blank lines are no rows.
class RowCutter {
 public:
  // With a separator a row ends outside quotes (RFC 4180).
  explicit RowCutter(std::optional<char> csv_separator = std::nullopt) : separator_(csv_separator) {}
  // One row, whatever lines it has.
  static RowCutter whole() {
    RowCutter cutter;
    cutter.whole_ = true;
    return cutter;
  }

  void add(std::string_view piece);
  void end();  // what has no line end is a row all the same
  std::optional<BatchRow> next();

  // After end(): the line on which the row begins whose quote is never closed.
  [[nodiscard]] std::optional<std::uint64_t> unclosed_quote() const { return unclosed_; }

 private:
  enum class Place : unsigned char { cell_begin, plain, quoted, after_quote };
  void add_csv(std::string_view piece);
  void append(std::string_view bytes);
  void finish_row();

  std::optional<char> separator_;
  bool whole_ = false;
  std::deque<BatchRow> ready_;
  BatchRow row_{.line = 1};
  std::uint64_t line_ = 1;
  Place place_ = Place::cell_begin;
  std::optional<std::uint64_t> unclosed_;
};

// What a legacy file says besides its rows, learned from all of them before one is taken: the header, the encoding, the
// trailer's count and checksum. A file that fails here is refused whole; afterwards each row stands for itself.
class LegacyFile {
 public:
  explicit LegacyFile(const mapping::Layout& layout);

  void look_at(const BatchRow& row);  // every row, in order
  Status conclude(std::optional<std::uint64_t> unclosed_quote);

  // Whether the n-th row (from 0) is one of records: not the header, not the trailer.
  [[nodiscard]] bool is_record(std::uint64_t n) const { return n > 0 && (!is_fixed() || n + 1 < rows_); }
  // One row, as if it were alone in the file: header and trailer around it.
  [[nodiscard]] std::string alone(const BatchRow& row) const;
  [[nodiscard]] Result<mapping::SourceRecord> read(const BatchRow& row) const;

 private:
  [[nodiscard]] bool is_fixed() const { return layout_.kind == mapping::Layout::Kind::fixed; }
  [[nodiscard]] Result<std::vector<mapping::SourceRecord>> parse(std::string_view file) const;
  [[nodiscard]] Error in_file(Error error, const BatchRow& row) const;
  [[nodiscard]] Status check_trailer() const;
  [[nodiscard]] Status check_number(const std::string& name, std::uint64_t found, std::string_view what) const;

  mapping::Layout
      layout_;  // takes one row alone: of the encodings those that fit the whole file, no count, no checksum
  std::string count_;
  std::string checksum_;
  std::string header_;
  std::string last_;  // in the end the trailer
  std::uint64_t last_line_ = 0;
  std::uint64_t rows_ = 0;
  std::uint64_t sum_ = 0;  // of the lines between header and trailer
  std::optional<std::uint64_t> too_long_;
  bool is_marked_ = false;  // with the byte order mark of UTF-8
};

}  // namespace ketenpoort::exchange
