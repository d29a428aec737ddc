#include "gateway/formats/xml_encoding.hpp"

#include <fmt/format.h>
#include <utf8proc.h>

#include <algorithm>
#include <array>
#include <cstdint>
#include <optional>
#include <utility>

#include "gateway/base/ascii.hpp"
#include "gateway/formats/code_page.hpp"
#include "gateway/formats/json_events.hpp"

namespace ketenpoort::formats {
namespace {

constexpr std::string_view utf_8_mark = "\xEF\xBB\xBF";
constexpr std::string_view little_mark = "\xFF\xFE";
constexpr std::string_view big_mark = "\xFE\xFF";
constexpr std::string_view taken = "utf-8, iso-8859-1, iso-8859-15, windows-1252 and utf-16";
constexpr std::string_view space = " \t\r\n";

enum class Encoding : std::uint8_t { utf_8, windows_1252, iso_8859_15, utf_16, utf_16_little, utf_16_big };

std::string_view to_text(Encoding encoding) {
  constexpr std::array names = {"UTF-8",   "Windows-1252 (or ISO-8859-1)", "ISO-8859-15", "UTF-16", "UTF-16LE",
                                "UTF-16BE"};
  return names.at(static_cast<std::size_t>(encoding));
}

bool is_utf_16(Encoding encoding) {
  return encoding >= Encoding::utf_16;
}

std::optional<Encoding> find_encoding(std::string_view name) {
  const auto small = to_lower(name);
  if (small == "utf-16") return Encoding::utf_16;
  if (small == "utf-16le") return Encoding::utf_16_little;
  if (small == "utf-16be") return Encoding::utf_16_big;
  const auto page = find_charset(small);
  if (!page) return std::nullopt;
  if (*page == CodePage::utf_8) return Encoding::utf_8;
  if (*page == CodePage::windows_1252) return Encoding::windows_1252;
  if (*page == CodePage::iso_8859_15) return Encoding::iso_8859_15;
  return std::nullopt;
}

// UTF-16 without saying which end comes first goes with either.
bool agree(Encoding a, Encoding b) {
  return a == b || (is_utf_16(a) && is_utf_16(b) && (a == Encoding::utf_16 || b == Encoding::utf_16));
}

tl::unexpected<Error> refuse(std::string_view where, const std::string& what) {
  return fail(ErrorCode::malformed, fmt::format("not acceptable XML: {} (at {})", what, where),
              {{ErrorCode::malformed, std::string(where), what}});
}

std::optional<Encoding> by_mark(std::string_view document) {
  if (document.starts_with(utf_8_mark)) return Encoding::utf_8;
  if (document.starts_with(little_mark)) return Encoding::utf_16_little;
  if (document.starts_with(big_mark)) return Encoding::utf_16_big;
  return std::nullopt;
}

// Where in a text that begins with an XML declaration the name of its encoding stands.
std::optional<std::pair<std::size_t, std::size_t>> find_declared(std::string_view text) {
  constexpr std::string_view begin = "<?xml";
  constexpr std::string_view word = "encoding";
  if (!text.starts_with(begin) || text.size() == begin.size() ||
      space.find(text[begin.size()]) == std::string_view::npos)
    return std::nullopt;
  const auto declaration = text.substr(0, text.find("?>"));
  auto at = declaration.find(word);
  if (at == std::string_view::npos || space.find(declaration[at - 1]) == std::string_view::npos) return std::nullopt;
  at = declaration.find_first_not_of(space, at + word.size());
  if (at == std::string_view::npos || declaration[at] != '=') return std::nullopt;
  at = declaration.find_first_not_of(space, at + 1);
  if (at == std::string_view::npos || (declaration[at] != '"' && declaration[at] != '\'')) return std::nullopt;
  const auto end = declaration.find(declaration[at], at + 1);
  if (end == std::string_view::npos) return std::nullopt;
  return std::pair(at + 1, end - at - 1);
}

// The text with "UTF-8" declared; what is shorter than the old name is made up for behind the quotation mark.
std::string declare_utf_8(std::string text) {
  const auto declared = find_declared(text);
  if (!declared) return text;
  constexpr std::string_view name = "UTF-8";
  const auto [at, size] = *declared;
  const auto quote = text[at + size];
  std::string instead = std::string(name) + quote;
  if (size > name.size()) instead.append(size - name.size(), ' ');
  text.replace(at, size + 1, instead);
  return text;
}

class Utf16Reader {
 public:
  Utf16Reader(std::string_view bytes, bool big) : bytes_(bytes), big_(big) {}

  Result<std::string> read() {
    out_.reserve(bytes_.size());
    while (at_ + 1 < bytes_.size()) {
      auto point = static_cast<std::int32_t>(take());
      if (point >= 0xDC00 && point <= 0xDFFF) return odd("half of a pair of UTF-16");
      if (point >= 0xD800 && point <= 0xDBFF) {
        const auto low = at_ + 1 < bytes_.size() ? static_cast<std::int32_t>(take()) : 0;
        if (low < 0xDC00 || low > 0xDFFF) return odd("half of a pair of UTF-16");
        point = 0x10000 + ((point - 0xD800) << 10) + (low - 0xDC00);
      }
      std::array<utf8proc_uint8_t, 4> encoded{};
      const auto size = utf8proc_encode_char(point, encoded.data());
      out_.append(reinterpret_cast<const char*>(encoded.data()), static_cast<std::size_t>(size));
    }
    if (at_ != bytes_.size()) return odd("half a character of UTF-16");
    return std::move(out_);
  }

 private:
  std::uint32_t take() {
    const auto first = static_cast<unsigned char>(bytes_[at_]);
    const auto second = static_cast<unsigned char>(bytes_[at_ + 1]);
    at_ += 2;
    return big_ ? static_cast<std::uint32_t>(first << 8 | second) : static_cast<std::uint32_t>(second << 8 | first);
  }
  tl::unexpected<Error> odd(const char* what) const { return refuse(line_and_column(out_, out_.size()), what); }

  std::string_view bytes_;
  bool big_;
  std::size_t at_ = 0;
  std::string out_;
};

Result<std::string> decode(std::string_view bytes, Encoding encoding) {
  if (is_utf_16(encoding)) return Utf16Reader(bytes, encoding == Encoding::utf_16_big).read();
  if (encoding == Encoding::utf_8) return std::string(bytes);  // whoever reads it says where it is none
  const auto page = encoding == Encoding::iso_8859_15 ? CodePage::iso_8859_15 : CodePage::windows_1252;
  if (auto text = to_utf8(bytes, page)) return std::move(*text);
  const auto is_unknown = [&](char c) { return !to_utf8(std::string_view(&c, 1), page); };
  const auto bad = static_cast<std::size_t>(std::ranges::find_if(bytes, is_unknown) - bytes.begin());
  return refuse(line_and_column(bytes, bad), fmt::format("a byte that {} does not know", to_text(encoding)));
}

struct Said {
  std::string_view by;
  Encoding encoding;
};

tl::unexpected<Error> contradiction(const Said& one, const Said& other) {
  return refuse("1:1", fmt::format("{} says {}, but {} says {}; send it as they both say", one.by,
                                   to_text(one.encoding), other.by, to_text(other.encoding)));
}

}  // namespace

Status check_xml_charset(std::string_view charset) {
  if (charset.empty() || find_encoding(charset)) return {};
  return fail(ErrorCode::not_found, fmt::format("no XML is taken in the charset that is said; it may be {}", taken));
}

Result<std::string> xml_in_utf8(std::string_view document, std::string_view charset) {
  std::optional<Said> said;
  if (const auto mark = by_mark(document)) said = Said{"the byte order mark", *mark};
  if (!charset.empty()) {
    if (auto known = check_xml_charset(charset); !known) return fail(std::move(known.error()));
    const Said by_charset{"the charset", *find_encoding(charset)};
    if (said && !agree(said->encoding, by_charset.encoding)) return contradiction(*said, by_charset);
    if (!said) said = by_charset;
  }
  const bool has_two_byte_units = document.size() > 1 && (document[0] == '\0' || document[1] == '\0');
  if ((said && said->encoding == Encoding::utf_16) || (!said && has_two_byte_units))
    return refuse("1:1", "UTF-16 without a byte order mark; put it in front, or send UTF-8");
  // In all others a declaration reads as in ASCII.
  auto bytes = document;
  if (by_mark(document)) bytes.remove_prefix(is_utf_16(said->encoding) ? little_mark.size() : utf_8_mark.size());
  std::string text(bytes);
  if (said) {
    auto decoded = decode(bytes, said->encoding);
    if (!decoded) return decoded;
    text = std::move(*decoded);
  }
  const auto declared = find_declared(text);
  if (declared) {
    const auto name = std::string_view(text).substr(declared->first, declared->second);
    const auto known = find_encoding(name);
    if (!known)
      return refuse(line_and_column(text, declared->first),
                    fmt::format("a declared encoding that is not taken; it may be {}", taken));
    const Said by_document{"its declaration", *known};
    if (said && !agree(said->encoding, *known)) return contradiction(*said, by_document);
    if (!said && is_utf_16(*known)) return contradiction({"the text itself", Encoding::utf_8}, by_document);
    if (!said && *known != Encoding::utf_8) {
      auto decoded = decode(bytes, *known);
      if (!decoded) return decoded;
      text = std::move(*decoded);
    }
  }
  return declare_utf_8(std::move(text));
}

}  // namespace ketenpoort::formats
