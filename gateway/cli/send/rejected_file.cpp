#include "gateway/cli/send/rejected_file.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <vector>

#include "gateway/base/time.hpp"
#include "gateway/cli/shipped.hpp"
#include "gateway/exchange/intake/batch_rows.hpp"
#include "gateway/exchange/reading/convert_record.hpp"
#include "gateway/formats/fixed_width.hpp"
#include "gateway/mapping/library.hpp"
#include "gateway/mapping/plan/plan.hpp"

namespace ketenpoort::cli {
namespace {

using exchange::BatchRow;

// As the gateway cuts them.
std::vector<BatchRow> rows_of(std::string_view file, bool is_fixed) {
  exchange::RowCutter cutter(is_fixed ? std::nullopt : std::optional(find_separator(file)));
  cutter.add(file);
  cutter.end();
  std::vector<BatchRow> rows;
  while (auto row = cutter.next()) rows.push_back(std::move(*row));
  return rows;
}

std::string_view line_end_of(std::string_view file) {
  const auto end = file.find('\n');
  return end != std::string_view::npos && end > 0 && file[end - 1] == '\r' ? "\r\n" : "\n";
}

void put_number(std::string& line, const formats::FixedLine& layout, const std::string& name, std::uint64_t number) {
  const auto field = std::ranges::find(layout.fields, name, &formats::FixedField::name);
  if (field == layout.fields.end()) return;
  auto digits = fmt::format("{:0{}}", number, field->length);
  digits.erase(0, digits.size() - field->length);  // a checksum is modulo what its field can hold
  if (line.size() < field->from - 1 + field->length) line.resize(field->from - 1 + field->length, ' ');
  line.replace(field->from - 1, field->length, digits);
}

std::string make_trailer(std::string line, const mapping::Layout& layout, const std::vector<std::string>& rows) {
  std::uint64_t sum = 0;
  for (const auto& row : rows) sum += formats::fixed_width_checksum(row);
  put_number(line, layout.fixed.trailer, layout.fixed.count, rows.size());
  put_number(line, layout.fixed.trailer, layout.fixed.checksum, sum);
  return line;
}

}  // namespace

char find_separator(std::string_view file) {
  const auto header = file.substr(0, file.find('\n'));
  return std::ranges::count(header, ',') > std::ranges::count(header, ';') ? ',' : ';';
}

Result<mapping::Layout> find_fixed_layout(const std::string& mapping) {
  auto library = mapping::Library::load(shipped_folder("mappings"));
  if (!library) return fail(std::move(library.error()));
  const exchange::WantedMapping wanted{"fixed", exchange::record_schema, mapping};
  const auto today =
      date_in_brussels(std::chrono::time_point_cast<Timestamp::duration>(std::chrono::system_clock::now()));
  const auto chosen = exchange::choose_mapping(*library, wanted, today);
  if (!chosen) return fail(chosen.error());
  return *(*chosen)->plan().source_layout;
}

Status check_before(std::string_view file, bool is_fixed, std::string_view before) {
  if (before.empty()) return {};
  const auto ours = rows_of(file, is_fixed);
  const auto theirs = rows_of(before, is_fixed);
  const bool same_header = !ours.empty() && !theirs.empty() && ours.front().bytes == theirs.front().bytes;
  if (same_header && (!is_fixed || theirs.size() > 1)) return {};
  return fail(
      ErrorCode::invalid_input,
      "it holds rows of another kind of file, or under another header; name another file for the rejected rows");
}

Result<std::string> make_rejected_file(std::string_view file, const std::set<std::uint64_t>& lines,
                                       const mapping::Layout* layout, std::string_view before) {
  const bool is_fixed = layout != nullptr;
  if (auto fits = check_before(file, is_fixed, before); !fits) return fail(std::move(fits.error()));
  const auto ours = rows_of(file, is_fixed);
  if (ours.size() < (is_fixed ? 2U : 1U)) return fail(ErrorCode::invalid_input, "the file has no rows");
  const auto theirs = rows_of(before, is_fixed);
  std::vector<std::string> rows;
  const std::size_t behind = is_fixed ? 1 : 0;  // the trailer is no row
  for (std::size_t i = 1; i + behind < theirs.size(); ++i) rows.push_back(theirs[i].bytes);
  for (std::size_t i = 1; i + behind < ours.size(); ++i)
    if (lines.contains(ours[i].line) && !ours[i].too_long) rows.push_back(ours[i].bytes);
  const auto end = line_end_of(file);
  std::string out = ours.front().bytes;
  out += end;
  for (const auto& row : rows) out.append(row).append(end);
  if (is_fixed) out.append(make_trailer(ours.back().bytes, *layout, rows)).append(end);
  return out;
}

}  // namespace ketenpoort::cli
