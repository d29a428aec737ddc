#include "gateway/base/printable.hpp"

#include <fmt/format.h>
#include <utf8proc.h>

namespace ketenpoort {

std::string printable(std::string_view text) {
  const auto is_unfit = [](utf8proc_int32_t c) {
    const bool control = c < 0x20 || (c >= 0x7F && c < 0xA0) || c == 0x2028 || c == 0x2029;
    const bool turns =
        c == 0x061C || c == 0x200E || c == 0x200F || (c >= 0x202A && c <= 0x202E) || (c >= 0x2066 && c <= 0x2069);
    return control || turns;
  };
  std::string out;
  for (std::size_t at = 0; at < text.size();) {
    utf8proc_int32_t point = 0;
    const auto used = utf8proc_iterate(reinterpret_cast<const utf8proc_uint8_t*>(text.data()) + at,
                                       static_cast<utf8proc_ssize_t>(text.size() - at), &point);
    const auto size = used > 0 ? static_cast<std::size_t>(used) : 1;
    if (used <= 0)
      out += fmt::format("\\x{:02x}", static_cast<unsigned char>(text[at]));
    else if (is_unfit(point))
      out += fmt::format("\\u{:04x}", point);
    else
      out += text.substr(at, size);
    at += size;
  }
  return out;
}

}  // namespace ketenpoort
