// Fixed-width files as mainframes write them: a header line, detail lines, a trailer with a count and a checksum.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "gateway/base/result.hpp"
#include "gateway/formats/code_page.hpp"

namespace ketenpoort::formats {

struct FixedField {
  std::string name;
  std::size_t from = 1;  // first position of the line, from 1; a position is one byte of the code page
  std::size_t length = 1;
};

struct FixedLine {
  std::string mark;  // what the line begins with: "00", "20", "99"
  std::vector<FixedField> fields;
};

struct FixedLayout {
  CodePage code_page = CodePage::cp850;
  std::size_t line_length = 0;
  std::size_t shortest_line = 0;  // a shorter one is as if blanks stood behind it; 0: all are of the one length
  FixedLine header, detail, trailer;
  std::string count;     // field of the trailer: how many detail lines there are
  std::string checksum;  // field of the trailer: the sum of all bytes of the detail lines, modulo 10^its length
};

struct FixedLimits {
  std::size_t bytes = std::size_t{64} << 20;
  std::size_t rows = 100'000;
};

struct FixedCell {
  std::string name;
  std::string text;  // UTF-8, without the blanks around it
};

struct FixedRow {
  std::size_t line = 0;          // from 1
  std::vector<FixedCell> cells;  // those that hold something
};

struct FixedFile {
  std::vector<FixedCell> header;
  std::vector<FixedRow> rows;
};

// Reads a whole file or refuses it whole, with where = "line:position": a line of another length or mark, lines out of
// order, a count or checksum that does not agree, a byte that the code page does not know, a control character. Lines
// end with LF or CR LF.
Result<FixedFile> parse_fixed_width(std::string_view bytes, const FixedLayout& layout, const FixedLimits& limits = {});

// The checksum of one detail line; the trailer holds the sum of all.
std::uint64_t fixed_width_checksum(std::string_view line);

}  // namespace ketenpoort::formats
