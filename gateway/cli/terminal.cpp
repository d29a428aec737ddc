#include "gateway/cli/terminal.hpp"

#include <sys/ioctl.h>
#include <unistd.h>

#include <algorithm>
#include <cstdlib>

namespace ketenpoort::cli {
namespace {

constexpr std::size_t narrowest = 60;
constexpr std::size_t widest = 120;  // longer lines are hard to read

std::string_view escape_of(Colour colour) {
  switch (colour) {
    case Colour::plain:
      return "";
    case Colour::bold:
      return "\x1b[1m";
    case Colour::dim:
      return "\x1b[2m";
    case Colour::green:
      return "\x1b[32m";
    case Colour::yellow:
      return "\x1b[33m";
    case Colour::red:
      return "\x1b[31m";
    case Colour::magenta:
      return "\x1b[35m";
    case Colour::cyan:
      return "\x1b[36m";
  }
  return "";
}

bool continues_character(char c) {
  return (static_cast<unsigned char>(c) & 0xC0U) == 0x80U;
}

std::string_view take_word(std::string_view& text) {
  const auto start = std::min(text.find_first_not_of(' '), text.size());
  const auto end = std::min(text.find(' ', start), text.size());
  const auto word = text.substr(start, end - start);
  text.remove_prefix(end);
  return word;
}

}  // namespace

Terminal Terminal::of_stdout() {
  Terminal terminal;
  terminal.is_terminal_ = ::isatty(STDOUT_FILENO) == 1;
  if (!terminal.is_terminal_) return terminal;
  const char* no_color = std::getenv("NO_COLOR");
  terminal.has_colours_ = no_color == nullptr || *no_color == '\0';
  winsize size{};
  if (::ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_col > 0) {
    terminal.columns_ = std::clamp<std::size_t>(size.ws_col, narrowest, widest);
    terminal.rows_ = size.ws_row;
  }
  return terminal;
}

std::string Terminal::paint(Colour colour, std::string_view text) const {
  if (!has_colours_ || colour == Colour::plain) return std::string(text);
  return std::string(escape_of(colour)).append(text).append("\x1b[0m");
}

std::string Terminal::paragraph(std::string_view first, std::string_view text) const {
  const auto indent = width_of(first);
  std::string out(first);
  std::size_t column = indent;
  for (auto word = take_word(text); !word.empty(); word = take_word(text)) {
    if (column > indent && column + 1 + width_of(word) > columns_) {
      out.append("\n").append(indent, ' ');
      column = indent;
    }
    if (column > indent) {
      out += ' ';
      ++column;
    }
    out += word;
    column += width_of(word);
  }
  return out += '\n';
}

std::size_t width_of(std::string_view utf8) {
  return static_cast<std::size_t>(std::ranges::count_if(utf8, [](char c) { return !continues_character(c); }));
}

std::string cut(std::string_view utf8, std::size_t width) {
  if (width_of(utf8) <= width || width == 0) return std::string(utf8.substr(0, width == 0 ? 0 : utf8.size()));
  std::size_t end = 0;
  for (std::size_t taken = 0; taken + 1 < width; ++taken) do
      ++end;
    while (end < utf8.size() && continues_character(utf8[end]));
  return std::string(utf8.substr(0, end)) + "…";
}

std::string pad(std::string_view utf8, std::size_t width) {
  const auto has = width_of(utf8);
  return std::string(utf8).append(has < width ? width - has : 0, ' ');
}

}  // namespace ketenpoort::cli
