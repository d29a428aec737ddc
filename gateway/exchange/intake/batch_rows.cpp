#include "gateway/exchange/intake/batch_rows.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>

#include "gateway/base/trim.hpp"
#include "gateway/formats/fixed_width.hpp"

namespace ketenpoort::exchange {
namespace {

constexpr std::string_view blank = " \t\r\n";

tl::unexpected<Error> refuse_file(std::uint64_t line, std::string what) {
  auto where = fmt::format("line {}", line);
  return fail(ErrorCode::malformed, fmt::format("{}: {}", where, what), {{ErrorCode::malformed, where, what}});
}

std::uint64_t modulo_of(std::size_t digits) {
  std::uint64_t power = 1;
  for (std::size_t i = 0; i < digits && i < 18; ++i) power *= 10;
  return power;
}

const formats::FixedField* find_field(const formats::FixedLine& line, const std::string& name) {
  const auto at = std::ranges::find(line.fields, name, &formats::FixedField::name);
  return at == line.fields.end() ? nullptr : &*at;
}

}  // namespace

void RowCutter::add(std::string_view piece) {
  if (whole_) return append(piece);
  if (separator_) return add_csv(piece);
  while (!piece.empty()) {
    const auto end = piece.find('\n');
    append(piece.substr(0, end));
    if (end == std::string_view::npos) return;
    piece.remove_prefix(end + 1);
    ++line_;
    finish_row();
  }
}

void RowCutter::add_csv(std::string_view piece) {
  std::size_t begin = 0;
  for (std::size_t at = 0; at < piece.size(); ++at) {
    const char c = piece[at];
    if (c == '\n') ++line_;
    if (place_ == Place::quoted) {
      if (c == '"') place_ = Place::after_quote;
      continue;
    }
    if (c == '\n') {
      append(piece.substr(begin, at - begin));
      begin = at + 1;
      finish_row();
    } else if (c == *separator_) {
      place_ = Place::cell_begin;
    } else if (c == '"' && place_ != Place::plain) {
      place_ = Place::quoted;  // a doubled quote comes back here by way of after_quote
    } else if (!(place_ == Place::cell_begin && line_ == 1 && row_.line == 1 &&
                 static_cast<unsigned char>(c) >= 0x80)) {
      place_ = Place::plain;  // a byte order mark before the first cell is not part of it
    }
  }
  append(piece.substr(begin));
}

void RowCutter::append(std::string_view bytes) {
  if (row_.too_long || bytes.empty()) return;
  if (row_.bytes.size() + bytes.size() > largest_row) {
    row_.too_long = true;
    row_.bytes = std::string();
    return;
  }
  row_.bytes += bytes;
}

void RowCutter::finish_row() {
  if (!whole_ && row_.bytes.ends_with('\r')) row_.bytes.pop_back();
  if (row_.too_long || row_.bytes.find_first_not_of(blank) != std::string::npos) ready_.push_back(std::move(row_));
  row_ = BatchRow{.line = line_, .bytes = {}};
  place_ = Place::cell_begin;
}

void RowCutter::end() {
  if (place_ == Place::quoted) unclosed_ = row_.line;
  finish_row();
}

std::optional<BatchRow> RowCutter::next() {
  if (ready_.empty()) return std::nullopt;
  auto row = std::move(ready_.front());
  ready_.pop_front();
  return row;
}

LegacyFile::LegacyFile(const mapping::Layout& layout)
    : layout_(layout), count_(layout.fixed.count), checksum_(layout.fixed.checksum) {
  layout_.fixed.count.clear();
  layout_.fixed.checksum.clear();
}

void LegacyFile::look_at(const BatchRow& row) {
  if (row.too_long && !too_long_) too_long_ = row.line;
  // A byte order mark says in which encoding the file is; a row that is in another is wrong by itself.
  if (rows_ == 0) is_marked_ = row.bytes.starts_with("\xEF\xBB\xBF");
  if (!is_fixed() && !is_marked_)
    std::erase_if(layout_.encodings, [&](auto page) { return !formats::to_utf8(row.bytes, page); });
  if (rows_ == 0)
    header_ = row.bytes;
  else if (rows_ > 1 && is_fixed())
    sum_ += formats::fixed_width_checksum(last_);
  last_ = row.bytes;
  last_line_ = row.line;
  ++rows_;
}

Status LegacyFile::conclude(std::optional<std::uint64_t> unclosed_quote) {
  if (rows_ == 0) return refuse_file(1, "the file is empty");
  if (unclosed_quote) return refuse_file(*unclosed_quote, "a quote in the row that begins here is never closed");
  if (!is_fixed() && layout_.encodings.empty())
    return fail(ErrorCode::malformed, "the file is in none of the encodings that its layout names");
  if (is_fixed() && rows_ < 2 && header_.find('\r') != std::string::npos)
    return refuse_file(1, "the lines end with a carriage return alone; end them with a line feed, or with both");
  if (is_fixed() && rows_ < 2) return refuse_file(1, "the file must have a header and a trailer");
  if (is_fixed() && too_long_) return refuse_file(*too_long_, "the line is too long");
  if (const auto frame = parse(is_fixed() ? header_ + "\n" + last_ + "\n" : header_ + "\n"); !frame) {
    auto error = frame.error();
    for (auto& issue : error.issues)
      if (issue.where.starts_with("2:")) issue.where = fmt::format("{}:{}", last_line_, issue.where.substr(2));
    return fail(std::move(error));
  }
  return is_fixed() ? check_trailer() : Status{};
}

Status LegacyFile::check_trailer() const {
  if (auto right = check_number(count_, rows_ - 2, "there are"); !right) return right;
  const auto* field = find_field(layout_.fixed.trailer, checksum_);
  if (field == nullptr) return {};
  return check_number(checksum_, sum_ % modulo_of(field->length), "the checksum of the detail lines is");
}

Status LegacyFile::check_number(const std::string& name, std::uint64_t found, std::string_view what) const {
  const auto* field = find_field(layout_.fixed.trailer, name);
  if (field == nullptr) return {};
  const bool is_short = field->from > last_.size();  // a line may end before it
  const auto text =
      is_short ? std::string_view() : trim(std::string_view(last_).substr(field->from - 1, field->length), is_blank);
  std::uint64_t number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (text.empty() || error != std::errc{} || end != text.data() + text.size())
    return refuse_file(last_line_, fmt::format("{} must be a number", name));
  if (number != found)
    return refuse_file(
        last_line_, fmt::format("{} is {}, but {} {}; the file is not as it was written", name, number, what, found));
  return {};
}

Result<std::vector<mapping::SourceRecord>> LegacyFile::parse(std::string_view file) const {
  return is_fixed() ? mapping::read_fixed_records(file, layout_) : mapping::read_csv_records(file, layout_);
}

std::string LegacyFile::alone(const BatchRow& row) const {
  auto file = header_ + "\n" + row.bytes + "\n";
  if (is_fixed()) file += last_ + "\n";
  return file;
}

// Lines of a row that spans several are those of the file, not of the row on its own below its header.
Error LegacyFile::in_file(Error error, const BatchRow& row) const {
  const auto header_lines = static_cast<std::uint64_t>(std::ranges::count(header_, '\n')) + 1;
  for (auto& issue : error.issues) {
    std::uint64_t line = 0;
    const auto* const end = issue.where.data() + issue.where.size();
    const auto [colon, fault] = std::from_chars(issue.where.data(), end, line);
    if (fault != std::errc{} || colon == end || *colon != ':' || line <= header_lines) continue;
    const std::string column(colon + 1, end);
    const auto within = line - header_lines - 1;
    issue.where = within == 0 ? "column " + column : fmt::format("line {}, column {}", row.line + within, column);
  }
  const auto more = static_cast<std::uint64_t>(std::ranges::count(row.bytes, '\n'));
  if (more > 0)  // a quote too many takes the rows behind it along
    for (auto& issue : error.issues)
      issue.detail += fmt::format("; by its quotes the row goes on to line {}", row.line + more);
  return error;
}

Result<mapping::SourceRecord> LegacyFile::read(const BatchRow& row) const {
  if (row.too_long) return fail(ErrorCode::too_large, fmt::format("the row is longer than {} bytes", largest_row));
  auto records = parse(alone(row));
  if (!records) return fail(in_file(std::move(records.error()), row));
  if (records->size() != 1) return fail(ErrorCode::malformed, "the row is not one record");
  return std::move(records->front());
}

}  // namespace ketenpoort::exchange
