#include "gateway/reporting/suppression.hpp"

#include <algorithm>
#include <deque>
#include <limits>
#include <numeric>
#include <optional>

namespace ketenpoort::reporting {
namespace {

// How far apart the least and the greatest value must be that a hidden number may have.
constexpr std::uint64_t least_width = smallest_shown - 1;

bool is_small(std::uint64_t count) {
  return count > 0 && count < smallest_shown;
}

constexpr std::uint64_t no_limit = std::numeric_limits<std::uint64_t>::max();

// The table as a circulation: from the grand total to the rows, along the cells to the columns, and back. That the
// flow is kept at each node are exactly the sums anybody can do; what is shown cannot change, what is hidden can, down
// to one, and up to what its month gives away. So a hidden number may grow by what can flow back around it, and shrink
// likewise (Ford and Fulkerson).
class Audit {
 public:
  struct Edge {
    std::size_t from = 0;
    std::size_t to = 0;
    std::uint64_t flow = 0;
    std::size_t place = 0;  // of the cell or total
    enum class What { cell, row_total, column_total, total } what = What::cell;
    std::uint64_t least = 1;
    std::uint64_t most = no_limit;
  };

  Audit(const CountTable& table, const Hidden& hidden) : nodes_(table.rows + table.columns + 2) {
    const auto row_hub = table.rows + table.columns;
    const auto column_hub = row_hub + 1;
    for (std::size_t row = 0; row < table.rows; ++row) {
      if (hidden.row_totals[row]) add({row_hub, row, table.row_total(row), row, Edge::What::row_total});
      for (std::size_t column = 0; column < table.columns; ++column)
        if (const auto place = row * table.columns + column; hidden.cells[place])
          add({row, table.rows + column, table.counts[place], place, Edge::What::cell, 1,
               hidden.column_totals[column] ? smallest_shown - 1 : no_limit});
    }
    for (std::size_t column = 0; column < table.columns; ++column) {
      if (!hidden.column_totals[column]) continue;
      // Only a month that has nothing but small numbers, and hardly more than one each, hides its total (below):
      // whoever sees that knows it.
      const auto cells = count_cells(table, column);
      add({table.rows + column, column_hub, table.column_total(column), column, Edge::What::column_total, cells,
           cells + least_width - 1});
    }
    if (hidden.total) add({column_hub, row_hub, table.total(), 0, Edge::What::total});
  }

  // One whose values lie too close together.
  [[nodiscard]] std::optional<Edge> find_narrow() const {
    for (std::size_t edge = 0; edge < edges_.size(); ++edge)
      if (width(edge) < wanted_width(edges_[edge])) return edges_[edge];
    return std::nullopt;
  }

 private:
  using Flows = std::vector<std::uint64_t>;

  void add(const Edge& edge) {
    if (edge.flow == 0) return;  // a total of nothing has no cells either
    nodes_[edge.from].push_back(edges_.size());
    nodes_[edge.to].push_back(edges_.size());
    edges_.push_back(edge);
  }

  // Of what a month gives away by itself, all values are to stay possible.
  static std::uint64_t wanted_width(const Edge& edge) { return std::min(least_width, edge.most - edge.least); }

  [[nodiscard]] std::uint64_t width(std::size_t edge) const {
    const auto& e = edges_[edge];
    const auto wanted = wanted_width(e);
    const auto up = most(edge, e.to, e.from, std::min(wanted, e.most - e.flow));
    return up + most(edge, e.from, e.to, std::min(wanted - up, e.flow - e.least));
  }

  // How much can flow from one node to another without using this edge; no more than `wanted` is looked for.
  [[nodiscard]] std::uint64_t most(std::size_t without, std::size_t from, std::size_t to, std::uint64_t wanted) const {
    Flows flows(edges_.size());
    for (std::size_t i = 0; i < edges_.size(); ++i) flows[i] = edges_[i].flow;
    std::uint64_t found = 0;
    while (found < wanted) {
      const auto pushed = push(flows, without, from, to, wanted - found);
      if (pushed == 0) break;
      found += pushed;
    }
    return found;
  }

  std::uint64_t push(Flows& flows, std::size_t without, std::size_t from, std::size_t to, std::uint64_t wanted) const {
    constexpr auto nowhere = std::numeric_limits<std::size_t>::max();
    std::vector<std::size_t> reached_by(nodes_.size(), nowhere);
    std::deque<std::size_t> next{from};
    while (!next.empty() && reached_by[to] == nowhere) {
      const auto node = next.front();
      next.pop_front();
      for (const auto edge : nodes_[node]) {
        const bool forward = edges_[edge].from == node;
        const auto other = forward ? edges_[edge].to : edges_[edge].from;
        if (edge == without || other == from || reached_by[other] != nowhere || room(edge, forward, flows) == 0)
          continue;
        reached_by[other] = edge;
        next.push_back(other);
      }
    }
    if (reached_by[to] == nowhere) return 0;
    auto amount = wanted;
    walk_back(reached_by, from, to,
              [&](std::size_t edge, bool forward) { amount = std::min(amount, room(edge, forward, flows)); });
    walk_back(reached_by, from, to, [&](std::size_t edge, bool forward) {
      flows[edge] = forward ? flows[edge] + amount : flows[edge] - amount;
    });
    return amount;
  }

  [[nodiscard]] std::uint64_t room(std::size_t edge, bool forward, const Flows& flows) const {
    return forward ? edges_[edge].most - flows[edge] : flows[edge] - edges_[edge].least;
  }

  static std::uint64_t count_cells(const CountTable& table, std::size_t column) {
    std::uint64_t out = 0;
    for (std::size_t row = 0; row < table.rows; ++row) out += table.at(row, column) > 0 ? 1 : 0;
    return out;
  }

  template <class Visit>
  void walk_back(const std::vector<std::size_t>& reached_by, std::size_t from, std::size_t node, Visit visit) const {
    while (node != from) {
      const auto edge = reached_by[node];
      const bool forward = edges_[edge].to == node;
      visit(edge, forward);
      node = forward ? edges_[edge].from : edges_[edge].to;
    }
  }

  std::vector<Edge> edges_;
  std::vector<std::vector<std::size_t>> nodes_;
};

// One month: its small cells, and as many others, the smallest first, as it takes that none can be worked out from the
// month's total; when there are no others, the total. So a month without a total has one small cell, or several whose
// sum is less than `least_width` above their number.
void hide_in_column(const CountTable& table, std::size_t column, Hidden& hidden) {
  std::vector<std::size_t> shown;
  std::uint64_t sum = 0;
  std::uint64_t count = 0;
  const auto hide = [&](std::size_t row) {
    hidden.cells[row * table.columns + column] = true;
    sum += table.at(row, column);
    ++count;
  };
  for (std::size_t row = 0; row < table.rows; ++row)
    if (is_small(table.at(row, column)))
      hide(row);
    else if (table.at(row, column) > 0)
      shown.push_back(row);
  std::ranges::stable_sort(shown, {}, [&](std::size_t row) { return table.at(row, column); });
  auto next = shown.begin();
  while (count > 0 && (count < 2 || sum - count < least_width)) {
    if (next == shown.end()) {
      hidden.column_totals[column] = true;
      return;
    }
    hide(*next++);
  }
}

bool has_hidden_cell(const CountTable& table, const Hidden& hidden, std::size_t row) {
  for (std::size_t column = 0; column < table.columns; ++column)
    if (hidden.cells[row * table.columns + column]) return true;
  return false;
}

// The smallest total still shown of a row with something hidden: any other is the sum of what is shown anyway.
std::optional<std::size_t> smallest_shown_row(const CountTable& table, const Hidden& hidden,
                                              std::optional<std::size_t> preferred) {
  if (preferred && !hidden.row_totals[*preferred]) return preferred;
  std::optional<std::size_t> out;
  for (std::size_t row = 0; row < table.rows; ++row)
    if (!hidden.row_totals[row] && has_hidden_cell(table, hidden, row) &&
        (!out || table.row_total(row) < table.row_total(*out)))
      out = row;
  return out;
}

// Totals over months go until nothing follows from those that are left. Cells stay as they are: they were shown before.
void hide_totals(const CountTable& table, Hidden& hidden) {
  for (std::size_t row = 0; row < table.rows; ++row) hidden.row_totals[row] = is_small(table.row_total(row));
  hidden.total = is_small(table.total());
  while (const auto narrow = Audit(table, hidden).find_narrow()) {
    const bool is_column = narrow->what == Audit::Edge::What::column_total;
    if (is_column && !hidden.total) {
      hidden.total = true;
      continue;
    }
    const auto preferred = narrow->what == Audit::Edge::What::cell ? std::optional(narrow->place / table.columns)
                                                                   : std::optional<std::size_t>();
    if (const auto row = smallest_shown_row(table, hidden, preferred))
      hidden.row_totals[*row] = true;
    else if (!hidden.total)
      hidden.total = true;
    else
      return;  // nothing over months is shown any more, and each month stands for itself
  }
}

}  // namespace

std::uint64_t CountTable::row_total(std::size_t row) const {
  const auto begin = counts.begin() + static_cast<std::ptrdiff_t>(row * columns);
  return std::accumulate(begin, begin + static_cast<std::ptrdiff_t>(columns), std::uint64_t{0});
}

std::uint64_t CountTable::column_total(std::size_t column) const {
  std::uint64_t sum = 0;
  for (std::size_t row = 0; row < rows; ++row) sum += at(row, column);
  return sum;
}

std::uint64_t CountTable::total() const {
  return std::accumulate(counts.begin(), counts.end(), std::uint64_t{0});
}

Hidden suppress(const CountTable& table, bool with_row_totals) {
  Hidden hidden{std::vector<bool>(table.counts.size()), std::vector<bool>(table.rows, !with_row_totals),
                std::vector<bool>(table.columns), !with_row_totals};
  for (std::size_t column = 0; column < table.columns; ++column) hide_in_column(table, column, hidden);
  if (with_row_totals) hide_totals(table, hidden);
  return hidden;
}

}  // namespace ketenpoort::reporting
