#include "gateway/mapping/translate/source_places.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>

#include "gateway/formats/json.hpp"
#include "gateway/mapping/plan/plan.hpp"
#include "gateway/mapping/translate/mapping.hpp"

namespace ketenpoort::mapping {
namespace {

constexpr char mark = '\x1F';
constexpr std::size_t most_message_bytes = std::size_t{8} << 20;
constexpr std::size_t most_sources = 6;  // of one field

void collect(formats::JsonView value, const SourceNotes& notes,
             std::vector<std::pair<std::string, std::string>>& fields) {
  for (const auto member : value.members()) collect(member.value, notes, fields);
  for (const auto element : value.elements()) collect(element, notes, fields);
  const auto text = value.as_string();
  const auto number = text ? SourceNotes::read_mark(*text) : std::nullopt;
  if (number && *number < notes.sources.size() && !notes.sources[*number].empty())
    fields.emplace_back(value.where(), notes.sources[*number]);
}

bool lies_at_or_below(std::string_view field, std::string_view above) {
  return field.starts_with(above) &&
         (field.size() == above.size() || field[above.size()] == '.' || field[above.size()] == '[');
}

std::string_view parent_of(std::string_view field) {
  const auto at = field.find_last_of(".[");
  return at == std::string_view::npos ? std::string_view() : field.substr(0, at);
}

std::vector<std::uint32_t> numbers_in(std::string_view path) {
  std::vector<std::uint32_t> numbers;
  for (auto at = path.find('['); at != std::string_view::npos; at = path.find('[', at + 1)) {
    std::uint32_t number = 0;
    if (std::from_chars(path.data() + at + 1, path.data() + path.size(), number).ec == std::errc{})
      numbers.push_back(number);
  }
  return numbers;
}

void add_once(std::vector<std::string>& list, std::string text) {
  if (list.size() < most_sources && !text.empty() && std::ranges::find(list, text) == list.end())
    list.push_back(std::move(text));
}

bool is_read(const LinePlan& line) {
  const auto origin = line.value.origin;
  return origin == Line::Origin::from || origin == Line::Origin::join || origin == Line::Origin::pick ||
         origin == Line::Origin::choose;
}

}  // namespace

std::string SourceNotes::mark_of(std::size_t n) {
  return mark + std::to_string(n);
}

std::optional<std::size_t> SourceNotes::read_mark(std::string_view text) {
  if (text.size() < 2 || text.front() != mark) return std::nullopt;
  std::size_t n = 0;
  const auto [end, error] = std::from_chars(text.data() + 1, text.data() + text.size(), n);
  return error == std::errc{} && end == text.data() + text.size() ? std::optional(n) : std::nullopt;
}

std::string with_rows(std::string_view path, const std::vector<std::uint32_t>& numbers) {
  std::string out;
  std::size_t used = 0;
  for (std::size_t at = 0; at < path.size(); ++at) {
    out += path[at];
    if (path[at] == '[' && at + 1 < path.size() && path[at + 1] == ']' && used < numbers.size())
      out += std::to_string(numbers[used++]);
  }
  return out;
}

std::string plain_field(std::string_view field) {
  std::string out;
  bool within_brackets = false;
  for (const char c : field) {
    if (c == '[') within_brackets = true;
    if (!within_brackets) out += c == '/' ? '.' : c;
    if (c == ']') within_brackets = false;
  }
  constexpr std::string_view text_of_row = ".#text";
  if (out.ends_with(text_of_row)) out.resize(out.size() - text_of_row.size());
  return out;
}

SourcePlaces::SourcePlaces(const Plan& plan, SourceNotes notes, const Translation& noted) : plan_(plan) {
  read(notes, noted.bytes);
  for (const auto& finding : noted.findings) found_at_.push_back(finding.field);
}

SourcePlaces::SourcePlaces(const Plan& plan, SourceNotes notes, const Refusal& refusal,
                           const std::vector<Finding>& findings)
    : plan_(plan) {
  for (const auto& finding : findings) found_at_.push_back(finding.field);
  if (!notes.refused_at.empty())
    refused_at_.push_back(std::move(notes.refused_at));
  else
    refused_at_ = find(refusal.field);
  if (refused_at_.empty() && !refusal.field.empty()) refused_at_.push_back(refusal.field);
}

void SourcePlaces::read(const SourceNotes& notes, const std::string& message) {
  const auto document = formats::parse_json(message, {.bytes = most_message_bytes});
  if (document) collect(document->root(), notes, fields_);
}

std::vector<std::string> SourcePlaces::find(std::string_view field) const {
  if (field.empty() || field == "$") return {};
  auto found = find_written(field);
  return found.empty() ? find_planned(field) : found;
}

std::vector<std::string> SourcePlaces::find_written(std::string_view field) const {
  std::vector<std::string> found;
  for (const auto& [at, source] : fields_)
    if (lies_at_or_below(at, field)) add_once(found, source);
  return found;
}

// What is not there: the lines that would have written it, in the row that stands beside.
std::vector<std::string> SourcePlaces::find_planned(std::string_view field) const {
  std::vector<std::uint32_t> rows;
  for (auto above = parent_of(field); !above.empty() && rows.empty(); above = parent_of(above))
    if (const auto beside = find_written(above); !beside.empty()) rows = numbers_in(beside.front());
  const auto wanted = plain_field(field);
  std::vector<std::string> found;
  for (const auto& line : plan_.lines)
    if (is_read(line) && lies_at_or_below(plain_field(line.target), wanted))
      add_once(found, with_rows(line.value.source, rows));
  return found;
}

}  // namespace ketenpoort::mapping
