// A legacy file in the charset that is said: a batch takes it row by row, a single call as a whole. What the whole file
// is read as, its rows are read as too, and no row is taken that the whole file would not give. Every record is
// translated, and what comes out is a resident record.
#include <algorithm>
#include <array>
#include <cstdint>
#include <cstdlib>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "gateway/base/utf8.hpp"
#include "gateway/exchange/intake/batch_rows.hpp"
#include "gateway/formats/json.hpp"
#include "gateway/mapping/library.hpp"
#include "gateway/mapping/plan/plan.hpp"
#include "gateway/mapping/source/source_syntax.hpp"
#include "gateway/mapping/translate/mapping.hpp"

namespace {

using namespace ketenpoort;
using mapping::Layout;
using mapping::SourceRecord;
using Records = std::vector<SourceRecord>;

void require(bool holds) {
  if (!holds) std::abort();
}

constexpr std::array<std::string_view, 8> charsets = {"",       "utf-8",       "windows-1252", "CP850",
                                                      "latin1", "iso-8859-15", "us-ascii",     "\xE9"};

constexpr std::string_view small_csv =
    "layout: small-csv\nversion: 1.0.0\nformat: csv\nseparator: \";\"\nencodings: [utf-8, windows-1252]\n"
    "columns: { A: { required: true }, B: { required: true }, C: { allowed: [x] } }\n";
constexpr std::string_view small_fixed =
    "layout: small-fixed\nversion: 1.0.0\nformat: fixed\nencodings: [cp850, windows-1252]\nline: 24\nshortest: 8\n"
    "header: { mark: \"0\", fields: { S: { from: 2, length: 4 } } }\n"
    "detail: { mark: \"2\", fields: { A: { from: 2, length: 3, required: true }, B: { from: 9, length: 14 } } }\n"
    "trailer: { mark: \"9\", count: N, checksum: SUM, fields: { N: { from: 2, length: 3 }, SUM: { from: 5, length: 5 } "
    "} "
    "}\n";

Layout small_layout(std::string_view text) {
  mapping::Complaints complaints;
  const auto root = mapping::read_yaml(text, "layout", complaints);
  require(root.has_value());
  auto layout = mapping::read_layout(*root, complaints);
  require(layout.has_value());
  return *layout;
}

Result<Records> read_whole(std::string_view bytes, const Layout& layout) {
  return layout.kind == Layout::Kind::csv ? mapping::read_csv_records(bytes, layout)
                                          : mapping::read_fixed_records(bytes, layout);
}

std::vector<exchange::BatchRow> cut(std::string_view bytes, const Layout& layout, std::optional<std::uint64_t>& quote) {
  exchange::RowCutter cutter(layout.kind == Layout::Kind::csv ? std::optional(layout.separator) : std::nullopt);
  const auto half = bytes.size() / 2;
  cutter.add(bytes.substr(0, half));
  cutter.add(bytes.substr(half));
  cutter.end();
  quote = cutter.unclosed_quote();
  std::vector<exchange::BatchRow> rows;
  while (auto row = cutter.next()) rows.push_back(std::move(*row));
  return rows;
}

// As a batch does it: nothing when the file, or one of its rows, is refused.
std::optional<Records> read_by_rows(std::string_view bytes, const Layout& layout) {
  exchange::LegacyFile file(layout);
  std::optional<std::uint64_t> quote;
  const auto rows = cut(bytes, layout, quote);
  for (const auto& row : rows) file.look_at(row);
  if (!file.conclude(quote)) return std::nullopt;
  Records records;
  for (std::uint64_t n = 0; n < rows.size(); ++n) {
    if (!file.is_record(n)) continue;
    auto record = file.read(rows[n]);
    if (!record) return std::nullopt;
    records.push_back(std::move(*record));
  }
  return records;
}

// A batch leaves out blank lines and a carriage return too many before a line's end; the whole file must have neither.
bool is_read_more_strictly_as_a_whole(std::string_view bytes) {
  bool blank = true;
  for (const char c : bytes) {
    if (c == '\r') return true;
    if (c == '\n' && blank) return true;
    blank = c == '\n' || (blank && (c == ' ' || c == '\t'));
  }
  return blank && !bytes.empty() && bytes.back() != '\n';
}

// One empty cell behind the rows is an empty line to the whole file, and to a batch a row with cells missing.
bool ends_with_an_empty_cell(std::string_view bytes) {
  const auto last = bytes.find_last_not_of("\r\n");
  return last != std::string_view::npos && bytes.substr(0, last + 1).ends_with("\n\"\"");
}

void compare(std::string_view bytes, const Layout& layout) {
  const auto whole = read_whole(bytes, layout);
  const auto by_rows = read_by_rows(bytes, layout);
  if (!whole) return require(!by_rows || is_read_more_strictly_as_a_whole(bytes));
  if (!by_rows && ends_with_an_empty_cell(bytes)) return;
  require(by_rows.has_value() && by_rows->size() == whole->size());
  for (std::size_t i = 0; i < whole->size(); ++i) {
    require((*whole)[i].json == (*by_rows)[i].json);
    require(is_valid_utf8((*whole)[i].json) && formats::parse_json((*whole)[i].json).has_value());
  }
}

void translate(std::string_view bytes, const mapping::Mapping& mapping, std::string_view charset) {
  const auto records = mapping.records(bytes, charset);
  if (!records) return;
  mapping::Context context;
  context.now = Timestamp{std::chrono::hours{24 * 20'000}};
  context.allowed = mapping.categories();
  context.allow_mock_ssin = true;
  for (const auto& record : *records) {
    if (!record.issues.empty()) continue;
    context.transfer = record.id;
    const auto made = mapping.translate(record.json, context);
    if (made) require(formats::parse_json(made->bytes).has_value());
  }
}

// What a page holds comes back byte for byte.
void go_both_ways(std::string_view bytes) {
  for (const auto page : {formats::CodePage::utf_8, formats::CodePage::windows_1252, formats::CodePage::cp850}) {
    const auto text = formats::to_utf8(bytes, page);
    if (!text) continue;
    require(is_valid_utf8(*text));
    require(formats::from_utf8(*text, page) == bytes);
  }
}

std::vector<const mapping::Mapping*> legacy_mappings() {
  static const auto library = mapping::Library::load("mappings");
  require(library.has_value());
  std::vector<const mapping::Mapping*> found;
  for (const auto& mapping : library->mappings())
    if (mapping->plan().source_layout) found.push_back(mapping.get());
  require(!found.empty());
  return found;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  static const auto shipped = legacy_mappings();
  static const std::array own = {small_layout(small_csv), small_layout(small_fixed)};
  if (size == 0) return 0;
  // The first byte: in the lower three bits the charset, above them which layout.
  const auto charset = charsets[data[0] % charsets.size()];
  const auto which = (data[0] / charsets.size()) % (own.size() + shipped.size());
  const std::string_view bytes(reinterpret_cast<const char*>(data) + 1, size - 1);
  const bool is_own = which < own.size();
  const auto& said = is_own ? own[which] : *shipped[which - own.size()]->plan().source_layout;
  if (const auto layout = mapping::in_charset(said, charset)) compare(bytes, *layout);
  if (!is_own) translate(bytes, *shipped[which - own.size()], charset);
  go_both_ways(bytes);
  return 0;
}
