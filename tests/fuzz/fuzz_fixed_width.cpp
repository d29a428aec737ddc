// Fixed width: whatever comes, it is refused or its count and checksum agree, and every text is UTF-8.
#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "gateway/base/utf8.hpp"
#include "gateway/formats/fixed_width.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace ketenpoort;
  if (size == 0) return 0;
  formats::FixedLayout layout;
  layout.code_page = data[0] % 2 == 0 ? formats::CodePage::cp850 : formats::CodePage::windows_1252;
  layout.line_length = 24;
  layout.header = {"00", {{"SENDER", 3, 10}}};
  layout.detail = {"20", {{"NUMBER", 3, 8}, {"NAME", 11, 14}}};
  layout.trailer = {"99", {{"COUNT", 3, 6}, {"SUM", 9, 8}}};
  layout.count = "COUNT";
  layout.checksum = "SUM";
  const auto file = formats::parse_fixed_width({reinterpret_cast<const char*>(data) + 1, size - 1}, layout);
  if (!file) return 0;
  for (const auto& row : file->rows)
    for (const auto& cell : row.cells)
      if (cell.text.empty() || !is_valid_utf8(cell.text)) std::abort();
  return 0;
}
