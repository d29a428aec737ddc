// What standard output is and how text is laid out on it.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace ketenpoort::cli {

enum class Colour { plain, bold, dim, green, yellow, red, magenta, cyan };

class Terminal {
 public:
  // Colours only on a terminal and when NO_COLOR is unset (no-color.org). Elsewhere 100 columns.
  static Terminal of_stdout();

  [[nodiscard]] bool is_terminal() const { return is_terminal_; }
  [[nodiscard]] std::size_t columns() const { return columns_; }
  [[nodiscard]] std::size_t rows() const { return rows_; }  // 0: unknown

  [[nodiscard]] std::string paint(Colour colour, std::string_view text) const;

  // Words on lines of at most columns(), the first after `first`, the others after as many blanks.
  [[nodiscard]] std::string paragraph(std::string_view first, std::string_view text) const;

 private:
  bool is_terminal_ = false;
  bool has_colours_ = false;
  std::size_t columns_ = 100;
  std::size_t rows_ = 0;
};

// Code points: what Latin text takes on a terminal.
std::size_t width_of(std::string_view utf8);
// At most `width` code points, the last a "…" when something had to go.
std::string cut(std::string_view utf8, std::size_t width);
// Blanks behind it up to `width`.
std::string pad(std::string_view utf8, std::size_t width);

}  // namespace ketenpoort::cli
