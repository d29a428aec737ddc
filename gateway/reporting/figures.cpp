#include "gateway/reporting/figures.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <map>
#include <tuple>

#include "gateway/formats/json.hpp"
#include "gateway/reporting/csv_line.hpp"
#include "gateway/reporting/suppression.hpp"

namespace ketenpoort::reporting {
namespace {

constexpr std::size_t months = 12;
constexpr std::int64_t no_centre = -1;
constexpr std::size_t tidy_at = std::size_t{1} << 22;  // events kept before those of the same person are made one

// What one table is about: recipient, outcome, kind, reason.
using Subject = std::tuple<std::string, std::string, std::string, std::string>;
using Cells = std::map<std::string, std::array<std::uint64_t, months>>;  // by centre
using Tables = std::map<Subject, Cells>;

Date first_of(std::chrono::year year, std::size_t month) {
  return year / std::chrono::month(static_cast<unsigned>(month) + 1) / 1;
}

// The day after the first so many months.
Date end_of(std::chrono::year year, std::size_t count) {
  return count == months ? first_of(year + std::chrono::years{1}, 0) : first_of(year, count);
}

std::string outcome_of(std::string_view kind) {
  constexpr std::string_view requested = "transfer.requested";
  if (kind == requested) return "REFERRED";
  std::string out(kind.substr(kind.find('.') + 1));
  std::ranges::transform(out, out.begin(), [](char c) { return static_cast<char>(c - 'a' + 'A'); });
  return out;
}

// Persons in cells: each event is one number of 64 bits, so that a year of millions fits into memory.
class PersonCounter {
 public:
  // Of the first so many months of the year.
  PersonCounter(audit::IndexReader& reader, std::chrono::year year, std::size_t month_count)
      : reader_(reader), year_(year), months_(month_count) {}

  Status read() {
    const auto from = start_of_day_in_brussels(first_of(year_, 0));
    const auto until = start_of_day_in_brussels(end_of(year_, months_));
    return reader_.each_event(from, until, [this](const audit::TransferEvent& event) { add(event); });
  }

  Status count_into(Tables& out) {
    tidy();
    std::vector<Subject> subjects(tables_.size());
    std::vector<std::string> centres(centres_.size());
    for (const auto& [key, place] : tables_)
      if (auto named = name_table(key, subjects[place]); !named) return named;
    for (const auto& [number, place] : centres_) {
      auto name = reader_.name(number);
      if (!name) return fail(std::move(name.error()));
      centres[place] = std::move(*name);
    }
    for (const auto event : events_) {
      const auto table = event >> 52;
      const auto month = event >> 48 & 0xF;
      const auto centre = event >> 32 & 0xFFFF;
      ++out[subjects[table]][centres[centre]][month];
    }
    return {};
  }

 private:
  using Key = std::tuple<std::int64_t, std::int64_t, std::int64_t, std::int64_t>;

  void add(const audit::TransferEvent& event) {
    const auto table = tables_.try_emplace({event.kind, event.status, event.sort, event.recipient}, tables_.size());
    const bool is_one_too_many = centres_.size() == 0xFFFF && !centres_.contains(event.centre);
    const auto centre = centres_.try_emplace(is_one_too_many ? no_centre : event.centre, centres_.size());
    const auto month = static_cast<unsigned>(date_in_brussels(event.time).month()) - 1;
    events_.push_back(table.first->second << 52 | std::uint64_t{month} << 48 | centre.first->second << 32 |
                      (static_cast<std::uint64_t>(event.subject) & 0xFFFFFFFF));
    if (events_.size() >= next_tidy_) tidy();
  }

  void tidy() {
    std::ranges::sort(events_);
    const auto same = std::ranges::unique(events_);
    events_.erase(same.begin(), same.end());
    next_tidy_ = events_.size() + tidy_at;
  }

  Status name_table(const Key& key, Subject& out) {
    const auto [kind, status, sort, recipient] = key;
    Status fault;
    const auto name = [&](std::int64_t number) {
      auto text = reader_.name(number);
      if (!text) fault = fail(text.error());
      return text.value_or("");
    };
    const bool came_back = status >= 0;
    out = {name(recipient), came_back ? name(status) : outcome_of(name(kind)), came_back ? name(sort) : "", ""};
    return fault;
  }

  audit::IndexReader& reader_;
  std::chrono::year year_;
  std::size_t months_;
  std::map<Key, std::uint64_t> tables_;
  std::map<std::int64_t, std::uint64_t> centres_;
  std::vector<std::uint64_t> events_;
  std::size_t next_tidy_ = tidy_at;
};

void add_figures(std::vector<Figure>& out, const Subject& about, const Cells& cells, const FigureQuery& query) {
  CountTable table{cells.size(), months, {}};
  for (const auto& [centre, counts] : cells) table.counts.insert(table.counts.end(), counts.begin(), counts.end());
  const bool is_over = query.year < query.today.year();
  const auto hidden = suppress(table, is_over);
  const auto add = [&](const std::string& centre, std::optional<std::size_t> month, std::uint64_t count, bool hide) {
    if (count == 0) return;
    const auto& [recipient, outcome, kind, reason] = about;
    out.push_back({recipient, outcome, kind, reason, centre,
                   month ? std::optional(first_of(query.year, *month)) : std::nullopt,
                   hide ? std::nullopt : std::optional(count), centre.empty() || !month});
  };
  std::size_t row = 0;
  for (const auto& [centre, counts] : cells) {
    // A record without a centre's code counts in the totals; it has no cell of its own to name.
    const std::string name = centre.empty() ? "unknown" : centre;
    for (std::size_t month = 0; month < months; ++month)
      add(name, month, counts[month], hidden.cells[row * months + month]);
    if (is_over) add(name, std::nullopt, table.row_total(row), hidden.row_totals[row]);
    ++row;
  }
  for (std::size_t month = 0; month < months; ++month)
    add({}, month, table.column_total(month), hidden.column_totals[month]);
  if (is_over) add({}, std::nullopt, table.total(), hidden.total);
}

std::string month_text(const Figure& figure) {
  return figure.month ? to_iso(*figure.month).substr(0, 7) : std::string();
}

}  // namespace

std::size_t months_shown(const FigureQuery& query) {
  if (query.year < query.today.year()) return months;
  if (query.year > query.today.year()) return 0;
  return static_cast<unsigned>(query.today.month()) - (query.running_month ? 0U : 1U);
}

Result<std::vector<Figure>> make_figures(audit::IndexReader& reader, const exchange::Vault& vault,
                                         const FigureQuery& query) {
  Tables tables;
  const auto shown = months_shown(query);
  if (shown == 0) return std::vector<Figure>();
  PersonCounter counter(reader, query.year, shown);
  if (auto read = counter.read(); !read) return fail(read.error());
  if (auto counted = counter.count_into(tables); !counted) return fail(counted.error());
  const auto kept = vault.counted_outcomes(first_of(query.year, 0), end_of(query.year, shown));
  if (!kept) return fail(kept.error());
  for (const auto& one : *kept)
    ++tables[{one.recipient, one.status, one.kind, one.reason}][one.centre]
            [static_cast<unsigned>(one.month.month()) - 1];
  std::vector<Figure> out;
  for (const auto& [about, cells] : tables)
    if (query.recipient.empty() || std::get<0>(about) == query.recipient) add_figures(out, about, cells, query);
  return out;
}

std::string figures_as_json(const std::vector<Figure>& figures, const FigureQuery& query, const std::string& self) {
  std::string json;
  formats::JsonWriter writer(json);
  writer.begin_object()
      .member("self", self)
      .member("year", fmt::format("{:04}", static_cast<int>(query.year)))
      .member("threshold", smallest_shown);
  const auto shown = months_shown(query);
  if (shown > 0) writer.member("until", to_iso(first_of(query.year, shown - 1)).substr(0, 7));
  if (query.running_month && query.year == query.today.year())
    writer.member("provisional", to_iso(query.today).substr(0, 7));
  writer.key("items").begin_array();
  for (const auto& figure : figures) {
    writer.begin_object().member("recipient", figure.recipient).member("outcome", figure.outcome);
    if (!figure.kind.empty()) writer.member("kind", figure.kind);
    if (!figure.reason.empty()) writer.member("reason", figure.reason);
    if (!figure.centre.empty()) writer.member("centre", figure.centre);
    if (figure.month) writer.member("month", month_text(figure));
    if (figure.is_total) writer.member("total", true);
    if (figure.count)
      writer.member("count", *figure.count);
    else
      writer.member("suppressed", true);
    writer.end_object();
  }
  writer.end_array().end_object();
  return json;
}

std::string figures_as_csv(const std::vector<Figure>& figures) {
  std::string out;
  append_csv_line(out, {"recipient", "outcome", "kind", "reason", "centre", "month", "total", "count", "suppressed"});
  for (const auto& figure : figures)
    append_csv_line(out, {figure.recipient, figure.outcome, figure.kind, figure.reason, figure.centre,
                          month_text(figure), figure.is_total ? "yes" : "no",
                          figure.count ? std::to_string(*figure.count) : "", figure.count ? "no" : "yes"});
  return out;
}

}  // namespace ketenpoort::reporting
