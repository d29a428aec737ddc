#include "gateway/mapping/steps/code_list.hpp"

#include <algorithm>
#include <array>
#include <tuple>

#include "gateway/base/utf8.hpp"
#include "gateway/formats/suggest.hpp"
#include "gateway/mapping/notation/version.hpp"
#include "gateway/mapping/notation/yaml.hpp"

namespace ketenpoort::mapping {
namespace {

constexpr std::size_t most_bytes = std::size_t{8} << 20;
constexpr std::string_view header = "source,target,label,from,to";
constexpr std::size_t columns = 5;

// One record of RFC 4180 off the front of `text`; false when a quote is wrong. A quoted field may hold commas and
// doubled quotes, not line breaks: one code is one line, so that a diff of the list can be read.
bool take_row(std::string_view line, std::vector<std::string>& fields) {
  fields.clear();
  std::size_t i = 0;
  while (true) {
    std::string field;
    if (i < line.size() && line[i] == '"') {
      for (++i;; ++i) {
        if (i >= line.size()) return false;
        if (line[i] != '"')
          field += line[i];
        else if (i + 1 < line.size() && line[i + 1] == '"')
          field += line[i++];
        else
          break;
      }
      ++i;
      if (i < line.size() && line[i] != ',') return false;
    } else {
      while (i < line.size() && line[i] != ',') {
        if (line[i] == '"') return false;
        field += line[i++];
      }
    }
    fields.push_back(std::move(field));
    if (i >= line.size()) return true;
    ++i;
  }
}

// What nobody sees in a code, and no value that is compared with it has: "a, b" has a blank in its second field.
std::string_view what_hides_in(std::string_view code) {
  if (trim_white_space(code).size() != code.size()) return "has white space around it; take it away";
  if (const auto composed = to_nfc(code); composed && *composed != code)
    return "is not in Unicode's normal form C, in which values are compared; write it so";
  return {};
}

bool overlap(const CodeList::Entry& a, const CodeList::Entry& b) {
  const bool a_ends_before_b = a.to && b.from && *a.to < *b.from;
  const bool b_ends_before_a = b.to && a.from && *b.to < *a.from;
  return !a_ends_before_b && !b_ends_before_a;
}

std::optional<Date> read_day(const std::string& text, const Position& at, Complaints& complaints) {
  if (text.empty()) return std::nullopt;
  const auto date = parse_date(text);
  if (!date) complaints.error(at, "from and to must be days (yyyy-mm-dd) or empty");
  return date;
}

}  // namespace

std::optional<CodeList> CodeList::read(std::string_view name, std::string_view text, std::string_view file,
                                       std::string_view meta, std::string_view meta_file, Complaints& complaints) {
  CodeList list;
  list.name_ = std::string(name);
  if (text.size() > most_bytes || !is_valid_utf8(text)) {
    complaints.error({file, 1, 1}, "a code list must be UTF-8 text of at most 8 MiB");
    return std::nullopt;
  }
  int line_number = 0;
  std::vector<std::string> fields;
  while (!text.empty()) {
    const auto end = text.find('\n');
    auto line = text.substr(0, end);
    text.remove_prefix(end == std::string_view::npos ? text.size() : end + 1);
    if (line.ends_with('\r')) line.remove_suffix(1);
    const Position at{file, ++line_number, 1};
    if (line_number == 1) {
      if (line.starts_with("\xEF\xBB\xBF")) line.remove_prefix(3);  // spreadsheets put a byte order mark there
      if (line != header) complaints.error(at, fmt::format("the first line must be {}, with commas between", header));
      continue;
    }
    if (line.empty()) continue;
    if (!take_row(line, fields) || fields.size() != columns) {
      complaints.error(at,
                       fmt::format("a line must have {} fields ({}); quote those that hold a comma", columns, header));
      continue;
    }
    if (fields[0].empty()) complaints.error(at, "the source code is empty");
    for (const auto* code : {&fields[0], &fields[1]})
      if (const auto what = what_hides_in(*code); !what.empty())
        complaints.error(at, fmt::format("the code {} {}", *code, what));
    const auto from = read_day(fields[3], at, complaints);
    const auto to = read_day(fields[4], at, complaints);
    if (from && to && *to < *from)
      complaints.error(
          at, fmt::format("{} ends ({}) before it begins ({}); change from or to", fields[0], fields[4], fields[3]));
    list.entries_.push_back({fields[0], fields[1], fields[2], from, to, line_number});
  }
  if (line_number == 0)
    complaints.error({file, 1, 1}, fmt::format("the file is empty; the first line must be {}", header));
  std::stable_sort(list.entries_.begin(), list.entries_.end(), [](const auto& a, const auto& b) {
    return std::tie(a.source, a.from) < std::tie(b.source, b.from);  // without a beginning: first
  });
  for (std::uint32_t i = 0; i < list.entries_.size(); ++i) {
    if (!list.entries_[i].target.empty()) list.by_target_[list.entries_[i].target].push_back(i);
    if (i > 0) list.warn_of_gap(list.entries_[i - 1], list.entries_[i], file, complaints);
    auto& [first, count] = list.index_.try_emplace(list.entries_[i].source, i, 0U).first->second;
    for (std::uint32_t j = first; j < i; ++j)
      if (overlap(list.entries_[j], list.entries_[i]))
        complaints.error({file, list.entries_[i].line, 1},
                         fmt::format("{} stands twice with overlapping validity; end one before the other begins",
                                     list.entries_[i].source));
    ++count;
  }
  const auto root = read_yaml(meta, meta_file, complaints);
  if (!root) return std::nullopt;
  static const std::array<std::string_view, 5> known = {"title", "version", "licence", "source", "unmapped"};
  for (const auto& entry : root->entries)
    if (std::find(known.begin(), known.end(), entry.key) == known.end())
      complaints.error(entry.key_at,
                       fmt::format("unknown key {}{}; known are title, version, licence, source, unmapped", entry.key,
                                   formats::did_you_mean(entry.key, {known.begin(), known.end()})));
  for (const auto* needed : {"version", "licence"})
    if (root->find(needed) == nullptr) complaints.error(root->at, fmt::format("{} is missing", needed));
  for (const auto& entry : root->entries)
    if (entry.value.kind != YamlNode::Kind::scalar)
      complaints.error(entry.value.at, fmt::format("{} takes one text", entry.key));
    else if (entry.value.text.empty())
      complaints.error(entry.value.at, fmt::format("{} is empty; say it, or remove the line", entry.key));
  if (const auto* version = root->find("version")) {
    list.version_ = version->value.text;
    if (!list.version_.empty() && !is_version(list.version_)) complaints.error(version->value.at, version_wanted);
  }
  return list;
}

// Between two versions of one code.
void CodeList::warn_of_gap(const Entry& before, const Entry& after, std::string_view file, Complaints& complaints) {
  if (before.source != after.source || !before.to || !after.from || *after.from <= add_days(*before.to, 1)) return;
  complaints.warning({file, after.line, 1},
                     fmt::format("{} has no target from {} to {}; let one version begin the day "
                                 "after the other ends, if that is not meant",
                                 after.source, to_iso(add_days(*before.to, 1)), to_iso(add_days(*after.from, -1))));
}

const std::string* CodeList::find_source(std::string_view target, Date on) const {
  const auto at = by_target_.find(target);
  if (at == by_target_.end()) return nullptr;
  for (const auto i : at->second) {
    const auto& entry = entries_[i];
    if ((!entry.from || *entry.from <= on) && (!entry.to || on <= *entry.to)) return &entry.source;
  }
  return nullptr;
}

std::string CodeList::ambiguity() const {
  for (const auto& entry : entries_) {
    if (entry.target.empty()) continue;
    for (const auto i : by_target_.find(entry.target)->second) {
      const auto& other = entries_[i];
      if (other.source != entry.source && overlap(entry, other))
        return fmt::format("{} stands for {} and {}", entry.target, entry.source, other.source);
    }
  }
  return {};
}

std::optional<Date> CodeList::first_day_without(std::string_view code, bool backwards, Date from,
                                                std::optional<Date> until) const {
  auto day = from;
  for (bool moved = true; moved;) {
    moved = false;
    for (const auto& entry : entries_) {
      if ((backwards ? entry.target : entry.source) != code || entry.target.empty()) continue;
      const bool holds = (!entry.from || *entry.from <= day) && (!entry.to || day <= *entry.to);
      if (!holds) continue;
      if (!entry.to) return std::nullopt;
      day = add_days(*entry.to, 1);
      moved = true;
    }
  }
  return until && *until < day ? std::nullopt : std::optional(day);
}

const std::string* CodeList::find(std::string_view source, Date on) const {
  const auto at = index_.find(source);
  if (at == index_.end()) return nullptr;
  const auto [first, count] = at->second;
  for (std::uint32_t i = first; i < first + count; ++i) {
    const auto& entry = entries_[i];
    if ((!entry.from || *entry.from <= on) && (!entry.to || on <= *entry.to)) return &entry.target;
  }
  return nullptr;
}

}  // namespace ketenpoort::mapping
