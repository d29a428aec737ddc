// GET /audit/register, GET /audit/refusals, GET /figures: what runs, what was not permitted and why, and how many.
#include <algorithm>
#include <array>
#include <map>
#include <memory>
#include <span>
#include <utility>

#include "gateway/api/api.hpp"
#include "gateway/api/http/page.hpp"
#include "gateway/api/http/problem.hpp"
#include "gateway/api/http/query.hpp"
#include "gateway/api/http/representation.hpp"
#include "gateway/api/routes/audit_note.hpp"
#include "gateway/api/routes/recipient_check.hpp"
#include "gateway/formats/json.hpp"
#include "gateway/reporting/figures.hpp"
#include "gateway/reporting/register.hpp"

namespace ketenpoort::api {
namespace {

using formats::JsonWriter;

constexpr std::array register_forms = {as_json, as_csv, as_jsonld};
constexpr std::array refusal_forms = {as_json};
constexpr std::array figure_forms = {as_json, as_csv};

std::string self_of(const Call& call, std::string_view path) {
  return call.base + std::string(path) + (call.request.query.empty() ? "" : "?" + call.request.query);
}

Reply reply_with(const Representation& form, std::string body) {
  Reply reply;
  reply.content_type = form.name == as_csv.name ? "text/csv; charset=utf-8" : std::string(form.media_type);
  reply.body = std::move(body);
  reply.headers = {{"Cache-Control", "no-store"}, {"Vary", "Accept"}};
  return reply;
}

void note_and_reply(const ApiDependencies& dependencies, const Call& call, const Query& query, std::uint64_t rows,
                    Reply reply) {
  auto shared = std::make_shared<Reply>(std::move(reply));
  note_and_then(dependencies.facilities, call, draft_queried(call, query, rows),
                [shared](const Call& c) { c.reply(std::move(*shared)); });
}

// ---- the register ----

void show_register(const ApiDependencies& dependencies, const Call& call) {
  const auto query = parse_query(call.request.query, {"format"});
  if (!query) return call.refuse(query.error(), InputPart::query);
  const auto form = choose_representation(*query, Accept(call.request), register_forms);
  if (!form) return call.refuse(form.error(), InputPart::query);
  const auto& facilities = dependencies.facilities;
  const auto today = date_in_brussels(facilities.clock.now());
  const auto configuration = dependencies.configuration->get();
  const auto lines = facilities.sequencer.read(
      [&](const ledger::History& history) { return reporting::make_register(history, *configuration, today); });
  const auto self = self_of(call, "/audit/register");
  std::string body = form->name == as_csv.name ? reporting::register_as_csv(lines)
                     : form->name == as_jsonld.name
                         ? reporting::register_as_jsonld(lines, *facilities.terms.get(), self)
                         : reporting::register_as_json(lines, *facilities.terms.get(), self);
  note_and_reply(dependencies, call, *query, lines.activities.size(), reply_with(*form, std::move(body)));
}

// ---- refusals ----

std::string kind_of_state(std::string_view state) {
  constexpr std::array<std::string_view, 3> states = {"held", "refused", "cancelled"};
  return std::ranges::find(states, state) == states.end() ? std::string() : "transfer." + std::string(state);
}

Status read_parameter(const std::string& name, const std::string& value, audit::DecisionQuery& out) {
  if (name == "state") {
    out.kind = kind_of_state(value);
    if (out.kind.empty()) return refuse_parameter(name, "held, refused or cancelled");
  } else if (name == "reason") {
    out.reason = parse_reason(value);
    if (!out.reason) return refuse_parameter(name, "no such reason code");
  } else {
    return read_log_parameter(name, value, out);
  }
  return {};
}

void write_reasons(JsonWriter& writer, const std::vector<Reason>& reasons) {
  writer.key("reasons").begin_array();
  for (const auto reason : reasons) writer.value(to_text(reason));
  writer.end_array();
}

Status write_decision(JsonWriter& writer, const ApiDependencies& dependencies, const Call& call,
                      const audit::DecisionRow& row) {
  const auto bytes = dependencies.index.bytes(row.place);
  if (!bytes) return fail(bytes.error());
  const auto entry = ledger::decode_entry(*bytes);
  if (!entry) return fail(entry.error());
  writer.begin_object()
      .member("ledger", entry->seq)
      .member("at", to_rfc3339(entry->time))
      .member("transfer", entry->tx->text())
      .member("href", call.base + "/transfers/" + entry->tx->text())
      .member("ref", ledger::to_text(*entry->subject))
      .member("recipient", row.recipient)
      .member("state", entry->kind.substr(entry->kind.find('.') + 1));
  std::vector<Reason> reasons;
  for (const auto item : entry->body.find("reasons").items())
    if (const auto reason = parse_reason(item.text())) reasons.push_back(*reason);
  write_reasons(writer, reasons);
  for (const auto* key : {"heldUntil", "decidedFor"})
    if (const auto day = entry->body.find(key); day.is(ledger::Value::Kind::string)) writer.member(key, day.text());
  writer.end_object();
  return {};
}

// Over all pages: each reason counts once for each decision that names it.
void write_counts(JsonWriter& writer, const std::vector<audit::DecisionCount>& counts) {
  std::map<std::string_view, std::map<std::string_view, std::uint64_t>> by_state;
  std::map<std::string_view, std::uint64_t> by_reason;
  std::uint64_t total = 0;
  for (const auto& count : counts) {
    const auto state = std::string_view(count.kind).substr(count.kind.find('.') + 1);
    total += count.count;
    for (const auto reason : count.reasons) {
      by_state[state][to_text(reason)] += count.count;
      by_reason[to_text(reason)] += count.count;
    }
  }
  writer.member("total", total).key("counts").begin_object();
  for (const auto& [reason, count] : by_reason) writer.member(reason, count);
  writer.end_object().key("countsByState").begin_object();
  for (const auto& [state, reasons] : by_state) {
    writer.key(state).begin_object();
    for (const auto& [reason, count] : reasons) writer.member(reason, count);
    writer.end_object();
  }
  writer.end_object();
}

struct RefusalPage {
  std::string json;
  std::uint64_t rows = 0;
};

Result<RefusalPage> make_refusals(const ApiDependencies& dependencies, const Call& call, const Query& given,
                                  audit::DecisionQuery query) {
  const auto wanted = query.limit++;  // one more tells whether there is a next page
  const auto rows = dependencies.index.use([&](audit::IndexReader& reader) { return reader.decisions(query); });
  if (!rows) return fail(rows.error());
  const auto counts = dependencies.index.use([&](audit::IndexReader& reader) { return reader.count_decisions(query); });
  if (!counts) return fail(counts.error());
  RefusalPage page;
  page.rows = std::min(rows->size(), wanted);
  JsonWriter writer(page.json);
  writer.begin_object().member("self", self_of(call, "/audit/refusals")).key("items").begin_array();
  for (std::uint64_t i = 0; i < page.rows; ++i)
    if (auto written = write_decision(writer, dependencies, call, (*rows)[i]); !written) return fail(written.error());
  writer.end_array();
  write_counts(writer, *counts);
  if (rows->size() > wanted)
    writer.member("next",
                  next_page_url(call.base + "/audit/refusals", std::to_string((*rows)[wanted - 1].place.seq), given));
  writer.end_object();
  return page;
}

void list_refusals(const ApiDependencies& dependencies, const Call& call) {
  const auto given =
      parse_query(call.request.query, {"from", "to", "recipient", "reason", "state", "after", "pageSize"});
  if (!given) return call.refuse(given.error(), InputPart::query);
  audit::DecisionQuery query;
  query.limit = default_page;
  for (const auto& [name, value] : *given)
    if (auto read = read_parameter(name, value, query); !read) return call.refuse(read.error(), InputPart::query);
  if (auto ready = wait_for_index(dependencies); !ready) return call.refuse(ready.error());
  if (auto known = check_recipient(dependencies, query.recipient); !known)
    return call.refuse(known.error(), InputPart::query);
  auto page = make_refusals(dependencies, call, *given, query);
  if (!page) return call.refuse(page.error());
  note_and_reply(dependencies, call, *given, page->rows, reply_with(as_json, std::move(page->json)));
}

// ---- figures ----

Result<reporting::FigureQuery> read_figure_query(const Query& given, const Call& call, Date today) {
  reporting::FigureQuery out;
  out.today = today;
  out.year = today.year();
  if (const auto year = given.find("year"); year != given.end()) {
    const auto number = parse_number(year->second);
    constexpr std::uint64_t first = 2000;
    if (!number || *number < first || *number > static_cast<unsigned>(static_cast<int>(today.year())))
      return refuse_parameter("year", "a year up to this one, as 2026");
    out.year = std::chrono::year(static_cast<int>(*number));
  }
  if (const auto recipient = given.find("recipient"); recipient != given.end()) {
    if (recipient->second.empty()) return refuse_parameter("recipient", "name a recipient, or leave it out");
    out.recipient = recipient->second;
  }
  if (call.identity.may("audit")) return out;
  if (!out.recipient.empty() && out.recipient != *call.identity.recipient)
    return refuse_parameter("recipient", "a partner sees its own figures: leave it out");
  out.recipient = *call.identity.recipient;
  return out;
}

void show_figures(const ApiDependencies& dependencies, const Call& call) {
  if (!call.identity.may("audit") && !call.identity.recipient)
    return call.reply(access_reply({AccessFault::missing_permission, "this client is no partner: it has no recipient"},
                                   call.request.trace));
  const auto given = parse_query(call.request.query, {"year", "recipient", "format"});
  if (!given) return call.refuse(given.error(), InputPart::query);
  const auto form = choose_representation(*given, Accept(call.request), figure_forms);
  if (!form) return call.refuse(form.error(), InputPart::query);
  const auto& facilities = dependencies.facilities;
  auto query = read_figure_query(*given, call, date_in_brussels(facilities.clock.now()));
  if (!query) return call.refuse(query.error(), InputPart::query);
  const auto configuration = dependencies.configuration->get();
  const auto& test = configuration->settings.test;
  query->running_month = test && test->running_figures;
  if (auto ready = wait_for_index(dependencies); !ready) return call.refuse(ready.error());
  if (auto known = check_recipient(dependencies, query->recipient); !known)
    return call.refuse(known.error(), InputPart::query);
  const auto figures = dependencies.index.use(
      [&](audit::IndexReader& reader) { return reporting::make_figures(reader, facilities.vault, *query); });
  if (!figures) return call.refuse(figures.error());
  auto reply = reply_with(*form, form->name == as_csv.name
                                     ? reporting::figures_as_csv(*figures)
                                     : reporting::figures_as_json(*figures, *query, self_of(call, "/figures")));
  if (!call.identity.may("audit")) return call.reply(std::move(reply));
  note_and_reply(dependencies, call, *given, figures->size(), std::move(reply));
}

}  // namespace

void add_oversight_routes(const ApiDependencies& dependencies, std::vector<Route>& routes) {
  const auto add = [&](std::string_view path, Workers& workers, void (*run)(const ApiDependencies&, const Call&),
                       std::string_view scope, std::span<const Representation> forms, std::string_view or_scope = {}) {
    std::vector<std::string_view> produces;
    for (const auto& form : forms) produces.push_back(form.media_type);
    routes.push_back({.method = "GET",
                      .path = path,
                      .scope = scope,
                      .run =
                          [dependencies, &workers, run](Call call) {
                            run_on_workers(workers, std::move(call),
                                           [dependencies, run](const Call& c) { run(dependencies, c); });
                          },
                      .takes_query = true,
                      .or_scope = or_scope,
                      .produces = std::move(produces)});
  };
  add("/audit/register", dependencies.workers, show_register, "audit", register_forms);
  add("/audit/refusals", dependencies.workers, list_refusals, "audit", refusal_forms);
  // Looks at a whole year of the log, so it takes its turn with the exports.
  add("/figures", dependencies.exports, show_figures, "partner", figure_forms, "audit");
}

}  // namespace ketenpoort::api
