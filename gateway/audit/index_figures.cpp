// Questions about many transfers at once: what was not permitted and why, and what happened when.
#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "gateway/audit/index_reader.hpp"
#include "gateway/audit/packing.hpp"

namespace ketenpoort::audit {
namespace {

using ledger::Seq;

constexpr std::array<std::string_view, 6> counted_kinds = {"transfer.requested", "transfer.delivered",
                                                           "transfer.held",      "transfer.refused",
                                                           "transfer.cancelled", "outcome.received"};

template <class Each>
Status each_row(Statement& statement, Each each) {
  while (true) {
    const auto row = statement.step();
    if (!row) return fail(row.error());
    if (!*row) return {};
    each(statement);
  }
}

void bind_all(Statement& statement, const std::vector<std::int64_t>& values) {
  for (std::size_t i = 0; i < values.size(); ++i) statement.bind(static_cast<int>(i) + 1, values[i]);
}

}  // namespace

Result<IndexReader::Filter> IndexReader::filter(const DecisionQuery& query) {
  const auto whole = size();
  if (!whole) return fail(whole.error());
  const auto low = query.from ? first_at(*query.from, *whole) : Result<Seq>(0);
  const auto end = query.until ? first_at(*query.until, *whole) : Result<Seq>(*whole);
  if (!low) return fail(low.error());
  if (!end) return fail(end.error());
  Filter out;
  out.values = {static_cast<std::int64_t>(query.after ? std::max(*low, *query.after + 1) : *low),
                static_cast<std::int64_t>(*end)};
  out.where = "WHERE d.seq >= ?1 AND d.seq < ?2";
  for (const auto& [column, text] :
       {std::pair<std::string_view, std::string_view>{"kind", query.kind}, {"recipient", query.recipient}}) {
    if (text.empty()) continue;
    const auto number = number_of_name(text);
    if (!number) return fail(number.error());
    if (!*number) out.nothing = true;
    out.values.push_back(number->value_or(-1));
    out.where += fmt::format(" AND d.{} = ?{}", column, out.values.size());
  }
  // A reason is a word of the closed list: letters and hyphens.
  if (query.reason)
    out.where += fmt::format(" AND d.reasons IN (SELECT number FROM name WHERE ' ' || text || ' ' LIKE '% {} %')",
                             to_text(*query.reason));
  return out;
}

Result<std::vector<DecisionRow>> IndexReader::decisions(const DecisionQuery& query) {
  const auto which = filter(query);
  if (!which) return fail(which.error());
  std::vector<DecisionRow> out;
  if (which->nothing) return out;
  auto statement = database_.prepare(
      fmt::format("SELECT d.seq, e.place, n.text FROM decision d CROSS JOIN entry e ON e.seq = d.seq CROSS JOIN name n "
                  "ON n.number = d.recipient {} ORDER BY d.seq LIMIT {}",
                  which->where, query.limit));
  if (!statement) return fail(std::move(statement.error()));
  bind_all(*statement, which->values);
  auto read = each_row(*statement, [&](const Statement& row) {
    out.push_back(
        {{static_cast<Seq>(row.integer(0)), static_cast<std::uint64_t>(row.integer(1))}, std::string(row.text(2))});
  });
  if (!read) return fail(std::move(read.error()));
  return out;
}

Result<std::vector<DecisionCount>> IndexReader::count_decisions(const DecisionQuery& query) {
  auto all = query;
  all.after.reset();
  const auto which = filter(all);
  if (!which) return fail(which.error());
  std::vector<DecisionCount> out;
  if (which->nothing) return out;
  auto statement = database_.prepare(fmt::format(
      "SELECT k.text, r.text, c.times FROM (SELECT d.kind, d.reasons, count(*) AS times FROM decision d {} GROUP BY "
      "d.kind, d.reasons) c CROSS JOIN name k ON k.number = c.kind CROSS JOIN name r ON r.number = c.reasons ORDER BY "
      "k.text, r.text",
      which->where));
  if (!statement) return fail(std::move(statement.error()));
  bind_all(*statement, which->values);
  auto read = each_row(*statement, [&](const Statement& row) {
    out.push_back({std::string(row.text(0)), unpack_reasons(row.text(1)), static_cast<std::uint64_t>(row.integer(2))});
  });
  if (!read) return fail(std::move(read.error()));
  return out;
}

Status IndexReader::each_event(Timestamp from, Timestamp until,
                               const std::function<void(const TransferEvent&)>& visit) {
  const auto whole = size();
  if (!whole) return fail(whole.error());
  const auto low = first_at(from, *whole);
  const auto end = low ? first_at(until, *whole) : low;
  if (!end) return fail(end.error());
  std::string kinds;
  for (const auto kind : counted_kinds) {
    const auto number = number_of_name(kind);
    if (!number) return fail(number.error());
    if (*number) kinds += fmt::format("{}{}", kinds.empty() ? "" : ",", **number);
  }
  if (kinds.empty()) return {};
  auto statement = database_.prepare(fmt::format(
      "SELECT e.time, e.kind, coalesce(o.status, -1), coalesce(o.sort, -1), t.recipient, r.centre, t.subject FROM "
      "entry e CROSS JOIN transfer t ON t.number = e.transfer CROSS JOIN record r ON r.number = t.record LEFT JOIN "
      "outcome o ON o.seq = e.seq WHERE e.seq >= ?1 AND e.seq < ?2 AND e.kind IN ({})",
      kinds));
  if (!statement) return fail(std::move(statement.error()));
  statement->bind(1, static_cast<std::int64_t>(*low)).bind(2, static_cast<std::int64_t>(*end));
  return each_row(*statement, [&](const Statement& row) {
    visit({Timestamp{std::chrono::milliseconds{row.integer(0)}}, row.integer(1), row.integer(2), row.integer(3),
           row.integer(4), row.integer(5), row.integer(6)});
  });
}

Result<std::string> IndexReader::name(std::int64_t number) {
  auto query = database_.prepare("SELECT text FROM name WHERE number = ?1");
  if (!query) return fail(std::move(query.error()));
  const auto row = query->bind(1, number).step();
  if (!row) return fail(row.error());
  return *row ? std::string(query->text(0)) : std::string();
}

}  // namespace ketenpoort::audit
