#include "gateway/formats/code_page.hpp"

#include <utf8proc.h>

#include <algorithm>
#include <array>
#include <cstdint>

#include "gateway/base/ascii.hpp"
#include "gateway/base/utf8.hpp"

namespace ketenpoort::formats {
namespace {

constexpr std::size_t first_high = 0x80;  // below it every page is ASCII
using HighHalf = std::array<std::uint16_t, 128>;

// Code points of the bytes 0x80 to 0xFF, as Unicode's mapping tables give them; 0: no character.
constexpr HighHalf windows_1252 = {
    0x20AC, 0x0000, 0x201A, 0x0192, 0x201E, 0x2026, 0x2020, 0x2021, 0x02C6, 0x2030, 0x0160, 0x2039, 0x0152,
    0x0000, 0x017D, 0x0000, 0x0000, 0x2018, 0x2019, 0x201C, 0x201D, 0x2022, 0x2013, 0x2014, 0x02DC, 0x2122,
    0x0161, 0x203A, 0x0153, 0x0000, 0x017E, 0x0178, 0x00A0, 0x00A1, 0x00A2, 0x00A3, 0x00A4, 0x00A5, 0x00A6,
    0x00A7, 0x00A8, 0x00A9, 0x00AA, 0x00AB, 0x00AC, 0x00AD, 0x00AE, 0x00AF, 0x00B0, 0x00B1, 0x00B2, 0x00B3,
    0x00B4, 0x00B5, 0x00B6, 0x00B7, 0x00B8, 0x00B9, 0x00BA, 0x00BB, 0x00BC, 0x00BD, 0x00BE, 0x00BF, 0x00C0,
    0x00C1, 0x00C2, 0x00C3, 0x00C4, 0x00C5, 0x00C6, 0x00C7, 0x00C8, 0x00C9, 0x00CA, 0x00CB, 0x00CC, 0x00CD,
    0x00CE, 0x00CF, 0x00D0, 0x00D1, 0x00D2, 0x00D3, 0x00D4, 0x00D5, 0x00D6, 0x00D7, 0x00D8, 0x00D9, 0x00DA,
    0x00DB, 0x00DC, 0x00DD, 0x00DE, 0x00DF, 0x00E0, 0x00E1, 0x00E2, 0x00E3, 0x00E4, 0x00E5, 0x00E6, 0x00E7,
    0x00E8, 0x00E9, 0x00EA, 0x00EB, 0x00EC, 0x00ED, 0x00EE, 0x00EF, 0x00F0, 0x00F1, 0x00F2, 0x00F3, 0x00F4,
    0x00F5, 0x00F6, 0x00F7, 0x00F8, 0x00F9, 0x00FA, 0x00FB, 0x00FC, 0x00FD, 0x00FE, 0x00FF,
};
// ISO-8859-1 but for eight characters; 0x80 to 0x9F, which hold controls there, are none here.
constexpr HighHalf make_iso_8859_15() {
  HighHalf half{};
  for (std::size_t i = 0x20; i < half.size(); ++i) half[i] = static_cast<std::uint16_t>(first_high + i);
  constexpr std::array<std::pair<std::size_t, std::uint16_t>, 8> others = {{{0xA4, 0x20AC},
                                                                            {0xA6, 0x0160},
                                                                            {0xA8, 0x0161},
                                                                            {0xB4, 0x017D},
                                                                            {0xB8, 0x017E},
                                                                            {0xBC, 0x0152},
                                                                            {0xBD, 0x0153},
                                                                            {0xBE, 0x0178}}};
  for (const auto& [byte, point] : others) half[byte - first_high] = point;
  return half;
}
constexpr HighHalf iso_8859_15 = make_iso_8859_15();
constexpr HighHalf cp850 = {
    0x00C7, 0x00FC, 0x00E9, 0x00E2, 0x00E4, 0x00E0, 0x00E5, 0x00E7, 0x00EA, 0x00EB, 0x00E8, 0x00EF, 0x00EE,
    0x00EC, 0x00C4, 0x00C5, 0x00C9, 0x00E6, 0x00C6, 0x00F4, 0x00F6, 0x00F2, 0x00FB, 0x00F9, 0x00FF, 0x00D6,
    0x00DC, 0x00F8, 0x00A3, 0x00D8, 0x00D7, 0x0192, 0x00E1, 0x00ED, 0x00F3, 0x00FA, 0x00F1, 0x00D1, 0x00AA,
    0x00BA, 0x00BF, 0x00AE, 0x00AC, 0x00BD, 0x00BC, 0x00A1, 0x00AB, 0x00BB, 0x2591, 0x2592, 0x2593, 0x2502,
    0x2524, 0x00C1, 0x00C2, 0x00C0, 0x00A9, 0x2563, 0x2551, 0x2557, 0x255D, 0x00A2, 0x00A5, 0x2510, 0x2514,
    0x2534, 0x252C, 0x251C, 0x2500, 0x253C, 0x00E3, 0x00C3, 0x255A, 0x2554, 0x2569, 0x2566, 0x2560, 0x2550,
    0x256C, 0x00A4, 0x00F0, 0x00D0, 0x00CA, 0x00CB, 0x00C8, 0x0131, 0x00CD, 0x00CE, 0x00CF, 0x2518, 0x250C,
    0x2588, 0x2584, 0x00A6, 0x00CC, 0x2580, 0x00D3, 0x00DF, 0x00D4, 0x00D2, 0x00F5, 0x00D5, 0x00B5, 0x00FE,
    0x00DE, 0x00DA, 0x00DB, 0x00D9, 0x00FD, 0x00DD, 0x00AF, 0x00B4, 0x00AD, 0x00B1, 0x2017, 0x00BE, 0x00B6,
    0x00A7, 0x00F7, 0x00B8, 0x00B0, 0x00A8, 0x00B7, 0x00B9, 0x00B3, 0x00B2, 0x25A0, 0x00A0,
};

constexpr std::array names = {std::pair{CodePage::utf_8, std::string_view("utf-8")},
                              std::pair{CodePage::windows_1252, std::string_view("windows-1252")},
                              std::pair{CodePage::iso_8859_15, std::string_view("iso-8859-15")},
                              std::pair{CodePage::cp850, std::string_view("cp850")}};

using OtherName = std::pair<std::string_view, CodePage>;
constexpr std::array other_names = {OtherName{"utf8", CodePage::utf_8},
                                    OtherName{"us-ascii", CodePage::utf_8},
                                    OtherName{"cp1252", CodePage::windows_1252},
                                    OtherName{"iso-8859-1", CodePage::windows_1252},
                                    OtherName{"latin1", CodePage::windows_1252},
                                    OtherName{"latin9", CodePage::iso_8859_15},
                                    OtherName{"latin-9", CodePage::iso_8859_15},
                                    OtherName{"ibm850", CodePage::cp850},
                                    OtherName{"850", CodePage::cp850}};

const HighHalf& high_half(CodePage page) {
  if (page == CodePage::iso_8859_15) return iso_8859_15;
  return page == CodePage::cp850 ? cp850 : windows_1252;
}

void append_point(std::string& out, std::uint16_t point) {
  std::array<utf8proc_uint8_t, 4> bytes{};
  const auto size = utf8proc_encode_char(point, bytes.data());
  out.append(reinterpret_cast<const char*>(bytes.data()), static_cast<std::size_t>(size));
}

}  // namespace

std::string_view to_text(CodePage page) {
  return std::find_if(names.begin(), names.end(), [&](const auto& n) { return n.first == page; })->second;
}

std::optional<CodePage> parse_code_page(std::string_view text) {
  const auto* const at = std::find_if(names.begin(), names.end(), [&](const auto& n) { return n.second == text; });
  return at == names.end() ? std::nullopt : std::optional(at->first);
}

std::optional<CodePage> find_charset(std::string_view name) {
  const auto small = to_lower(name);
  if (const auto page = parse_code_page(small)) return page;
  const auto* const at = std::ranges::find(other_names, std::string_view(small), &OtherName::first);
  return at == other_names.end() ? std::nullopt : std::optional(at->second);
}

std::optional<std::string> to_utf8(std::string_view bytes, CodePage page) {
  if (page == CodePage::utf_8) return is_valid_utf8(bytes) ? std::optional(std::string(bytes)) : std::nullopt;
  const auto& high = high_half(page);
  std::string out;
  out.reserve(bytes.size());
  for (const char c : bytes) {
    const auto byte = static_cast<unsigned char>(c);
    if (byte < first_high) {
      out += c;
      continue;
    }
    const auto point = high[byte - first_high];
    if (point == 0) return std::nullopt;
    append_point(out, point);
  }
  return out;
}

std::optional<std::string> from_utf8(std::string_view text, CodePage page) {
  if (page == CodePage::utf_8) return std::string(text);
  const auto& high = high_half(page);
  std::string out;
  const auto* at = reinterpret_cast<const utf8proc_uint8_t*>(text.data());
  auto left = static_cast<utf8proc_ssize_t>(text.size());
  while (left > 0) {
    utf8proc_int32_t point = 0;
    const auto used = utf8proc_iterate(at, left, &point);
    if (used <= 0) return std::nullopt;
    at += used;
    left -= used;
    if (point < static_cast<utf8proc_int32_t>(first_high)) {
      out += static_cast<char>(point);
      continue;
    }
    const auto* const found = std::find(high.begin(), high.end(), point);
    if (found == high.end()) return std::nullopt;
    out += static_cast<char>(static_cast<std::size_t>(found - high.begin()) + first_high);
  }
  return out;
}

}  // namespace ketenpoort::formats
