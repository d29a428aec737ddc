#include "gateway/cli/send/send_syntax.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <fstream>
#include <optional>
#include <string_view>
#include <utility>

#include "gateway/base/files.hpp"
#include "gateway/cli/send/send_row.hpp"
#include "gateway/formats/json.hpp"

namespace ketenpoort::cli {
namespace {

namespace fs = std::filesystem;

constexpr std::string_view byte_order_mark = "\xEF\xBB\xBF";
constexpr std::string_view blank = " \t\r\n";

constexpr std::array words = {std::pair<std::string_view, FileSyntax>{"ndjson", FileSyntax::rows},
                              std::pair<std::string_view, FileSyntax>{"json", FileSyntax::document},
                              std::pair<std::string_view, FileSyntax>{"xml", FileSyntax::xml},
                              std::pair<std::string_view, FileSyntax>{"csv", FileSyntax::csv},
                              std::pair<std::string_view, FileSyntax>{"fixed", FileSyntax::fixed}};

constexpr std::array extensions = {std::pair<std::string_view, FileSyntax>{".csv", FileSyntax::csv},
                                   std::pair<std::string_view, FileSyntax>{".txt", FileSyntax::fixed},
                                   std::pair<std::string_view, FileSyntax>{".dat", FileSyntax::fixed},
                                   std::pair<std::string_view, FileSyntax>{".fixed", FileSyntax::fixed},
                                   std::pair<std::string_view, FileSyntax>{".ndjson", FileSyntax::rows},
                                   std::pair<std::string_view, FileSyntax>{".jsonl", FileSyntax::rows},
                                   std::pair<std::string_view, FileSyntax>{".json", FileSyntax::rows},
                                   std::pair<std::string_view, FileSyntax>{".xml", FileSyntax::xml}};

template <class Table>
std::optional<FileSyntax> look_up(const Table& table, std::string_view name) {
  const auto at = std::ranges::find(table, name, &Table::value_type::first);
  return at == table.end() ? std::nullopt : std::optional(at->second);
}

// The beginning of the file, one byte more than a document may have.
Result<std::string> read_beginning(const fs::path& file) {
  std::ifstream stream(file, std::ios::binary);
  if (!stream) return fail(io_error("cannot open", file, errno));
  std::string text(largest_row + 1, '\0');
  stream.read(text.data(), static_cast<std::streamsize>(text.size()));
  text.resize(static_cast<std::size_t>(stream.gcount()));
  return text;
}

// A document over several lines: its first line alone is no JSON, and no later line begins another.
bool is_one_document(std::string_view text, bool called_json) {
  if (text.size() > largest_row) return false;
  const auto first = text.substr(0, text.find('\n'));
  if (formats::parse_json(first)) return false;
  if (formats::parse_json(text)) return true;
  return called_json && text.find("\n{") == std::string_view::npos;
}

// Its byte order mark, and the first character in two bytes.
bool is_xml_in_utf_16(std::string_view text) {
  using namespace std::string_view_literals;
  return text.starts_with("\xFF\xFE<\0"sv) || text.starts_with("\xFE\xFF\0<"sv);
}

}  // namespace

Result<FileSyntax> find_syntax(const fs::path& file, const SyntaxOptions& options) {
  if (const auto said = look_up(words, options.in)) return *said;
  auto read = read_beginning(file);
  if (!read) return fail(std::move(read.error()));
  std::string_view text = *read;
  if (text.starts_with(byte_order_mark)) text.remove_prefix(byte_order_mark.size());
  const auto begin = text.find_first_not_of(blank);
  auto extension = file.extension().string();
  std::ranges::transform(extension, extension.begin(), [](char c) { return c >= 'A' && c <= 'Z' ? c + 32 : c; });
  // No rows are no mistake; a file that lacks its header, or its document, is one, which the gateway tells.
  if (begin == std::string_view::npos) return look_up(extensions, extension).value_or(FileSyntax::rows);
  text.remove_prefix(begin);
  if (text.front() == '<' || is_xml_in_utf_16(text)) return FileSyntax::xml;
  if (text.front() == '{') return is_one_document(text, extension == ".json") ? FileSyntax::document : FileSyntax::rows;
  if (const auto called = look_up(extensions, extension)) return *called;
  return fail(ErrorCode::invalid_input,
              fmt::format("{}: neither its name nor its beginning tells in which syntax it is; say --in ndjson, json, "
                          "xml, csv or fixed",
                          file.string()));
}

std::string content_type_of(FileSyntax syntax, const SyntaxOptions& options) {
  const std::string_view type = syntax == FileSyntax::xml     ? "application/xml"
                                : syntax == FileSyntax::csv   ? "text/csv"
                                : syntax == FileSyntax::fixed ? "application/vnd.ketenpoort.fixed-width"
                                                              : "application/json";
  std::string out(type);
  if (!options.mapping.empty()) out += "; mapping=" + options.mapping;
  const bool is_ours = syntax == FileSyntax::rows || syntax == FileSyntax::document;
  if (!options.charset.empty() && !is_ours) out += "; charset=" + options.charset;
  return out;
}

}  // namespace ketenpoort::cli
