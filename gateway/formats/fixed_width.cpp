#include "gateway/formats/fixed_width.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>

#include "gateway/base/trim.hpp"
#include "gateway/base/utf8.hpp"

namespace ketenpoort::formats {
namespace {

// U+2500 to U+25A0: what a file in Windows-1252 that is taken for one in code page 850 is full of.
bool draws_lines(std::string_view utf8) {
  for (std::size_t at = utf8.find('\xE2'); at != std::string_view::npos; at = utf8.find('\xE2', at + 1))
    if (at + 1 < utf8.size() && utf8[at + 1] >= '\x94' && utf8[at + 1] <= '\x96') return true;
  return false;
}

std::uint64_t power_of_ten(std::size_t digits) {
  std::uint64_t power = 1;
  for (std::size_t i = 0; i < digits && i < 18; ++i) power *= 10;
  return power;
}

class Reader {
 public:
  Reader(std::string_view bytes, const FixedLayout& layout, const FixedLimits& limits)
      : bytes_(bytes), layout_(layout), limits_(limits) {}

  Result<FixedFile> read() {
    if (bytes_.size() > limits_.bytes)
      return fail(ErrorCode::too_large, fmt::format("the file is longer than {} bytes", limits_.bytes));
    while (!bytes_.empty() && error_.empty()) take_line();
    if (error_.empty() && number_ == 0) {
      number_ = 1;
      complain(1, fmt::format("the file is empty; its first line must be the header, which begins with {}",
                              layout_.header.mark));
    }
    if (error_.empty() && !ended_) complain(1, "the file ends without its trailer");
    if (error_.empty()) return std::move(file_);
    return fail(too_large_ ? ErrorCode::too_large : ErrorCode::malformed, fmt::format("{}: {}", where_, error_),
                {{ErrorCode::malformed, where_, error_}});
  }

 private:
  void complain(std::size_t position, std::string what) {
    if (!error_.empty()) return;
    where_ = fmt::format("{}:{}", number_, position);
    error_ = std::move(what);
  }

  void take_line() {
    const auto end = bytes_.find('\n');
    auto line = bytes_.substr(0, end);
    bytes_.remove_prefix(end == std::string_view::npos ? bytes_.size() : end + 1);
    if (line.ends_with('\r')) line.remove_suffix(1);
    ++number_;
    if (ended_) return complain(1, "a line after the trailer");
    if (line.size() > layout_.line_length || line.size() < shortest())
      return complain(line.size() + 1, fmt::format("the line has {} positions, not {}", line.size(), lengths()));
    const auto* const control = std::find_if(line.begin(), line.end(), [](char c) {
      return static_cast<unsigned char>(c) < 0x20 || static_cast<unsigned char>(c) == 0x7F;
    });
    if (control != line.end())
      return complain(static_cast<std::size_t>(control - line.begin()) + 1, "a control character");
    read_line(line);
  }

  [[nodiscard]] std::size_t shortest() const {
    return layout_.shortest_line == 0 ? layout_.line_length : layout_.shortest_line;
  }
  [[nodiscard]] std::string lengths() const {
    if (shortest() == layout_.line_length) return fmt::format("{}", layout_.line_length);
    return fmt::format("{} to {}", shortest(), layout_.line_length);
  }

  void read_line(std::string_view line) {
    if (number_ == 1) {
      if (!line.starts_with(layout_.header.mark))
        return complain(1, fmt::format("the first line must be the header, which begins with {}", layout_.header.mark));
      file_.header = cells(line, layout_.header);
    } else if (line.starts_with(layout_.trailer.mark)) {
      check_trailer(line);
      ended_ = true;
    } else if (line.starts_with(layout_.detail.mark)) {
      if (file_.rows.size() == limits_.rows) {
        too_large_ = true;
        return complain(1, fmt::format("more than {} detail lines", limits_.rows));
      }
      sum_ += fixed_width_checksum(line);
      file_.rows.push_back({number_, cells(line, layout_.detail)});
    } else {
      complain(1, fmt::format("the line begins with neither {} (detail) nor {} (trailer)", layout_.detail.mark,
                              layout_.trailer.mark));
    }
  }

  static std::string_view raw(std::string_view line, const FixedField& field) {
    return field.from > line.size() ? std::string_view() : line.substr(field.from - 1, field.length);
  }

  std::vector<FixedCell> cells(std::string_view line, const FixedLine& layout) {
    std::vector<FixedCell> result;
    for (const auto& field : layout.fields) {
      const auto text = trim(raw(line, field), is_blank);
      if (text.empty()) continue;
      auto utf8 = to_utf8(text, layout_.code_page);
      if (!utf8) {
        complain(field.from,
                 fmt::format("{} holds a byte that {} does not know", field.name, to_text(layout_.code_page)));
        return result;
      }
      if (layout_.code_page == CodePage::cp850 && draws_lines(*utf8)) {
        complain(field.from, fmt::format("{} holds a line-drawing character, which is no text: is the file in another "
                                         "code page? Then say so, as in charset=windows-1252",
                                         field.name));
        return result;
      }
      if (!trim_white_space(*utf8).empty()) result.push_back({field.name, std::move(*utf8)});
    }
    return result;
  }

  void check_trailer(std::string_view line) {
    check_number(line, layout_.count, file_.rows.size(), "the number of detail lines");
    const auto* const field = find(layout_.checksum);
    if (field != nullptr) check_number(line, layout_.checksum, sum_ % power_of_ten(field->length), "the checksum");
  }

  [[nodiscard]] const FixedField* find(const std::string& name) const {
    const auto& fields = layout_.trailer.fields;
    const auto at = std::find_if(fields.begin(), fields.end(), [&](const auto& f) { return f.name == name; });
    return at == fields.end() ? nullptr : &*at;
  }

  void check_number(std::string_view line, const std::string& name, std::uint64_t expected, const char* what) {
    const auto* const field = find(name);
    if (field == nullptr) return;
    const auto text = trim(raw(line, *field), is_blank);
    std::uint64_t number = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
    if (text.empty() || error != std::errc{} || end != text.data() + text.size())
      complain(field->from, fmt::format("{} must be a number", name));
    else if (number != expected)
      complain(field->from, fmt::format("{} is {}, but {} is {}", name, number, what, expected));
  }

  std::string_view bytes_;
  const FixedLayout& layout_;
  const FixedLimits& limits_;
  FixedFile file_;
  std::size_t number_ = 0;
  std::uint64_t sum_ = 0;
  bool ended_ = false;
  bool too_large_ = false;
  std::string where_;
  std::string error_;
};

}  // namespace

std::uint64_t fixed_width_checksum(std::string_view line) {
  std::uint64_t sum = 0;
  for (const char c : line) sum += static_cast<unsigned char>(c);
  return sum;
}

Result<FixedFile> parse_fixed_width(std::string_view bytes, const FixedLayout& layout, const FixedLimits& limits) {
  return Reader(bytes, layout, limits).read();
}

}  // namespace ketenpoort::formats
