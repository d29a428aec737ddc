// POST /breaches: a personal data breach is written down; POST /breaches/{id}: a later version says all of it anew. GET
// /breaches, GET /breaches/{id}: what is known of each now, and whether the authority and the data subjects were told.
#include <algorithm>
#include <memory>
#include <optional>
#include <utility>

#include "gateway/api/api.hpp"
#include "gateway/api/http/page.hpp"
#include "gateway/api/http/problem.hpp"
#include "gateway/api/http/query.hpp"
#include "gateway/api/routes/audit_note.hpp"
#include "gateway/api/routes/breach_body.hpp"
#include "gateway/exchange/rights/record_breach.hpp"
#include "gateway/policy/breach_terms.hpp"
#include "gateway/reporting/breaches.hpp"

namespace ketenpoort::api {
namespace {

using formats::JsonWriter;
using policy::Told;
using reporting::Breach;

const Error unknown_breach{ErrorCode::not_found, "no breach has this id"};

// All there are: a controller has few.
Result<std::vector<Breach>> read_all(const ApiDependencies& dependencies) {
  if (auto ready = wait_for_index(dependencies); !ready) return fail(ready.error());
  return reporting::read_breaches(dependencies.index);
}

Result<Breach> find(const ApiDependencies& dependencies, std::string_view text) {
  const auto id = parse_uuid(text);
  if (!id) return fail(unknown_breach);
  auto all = read_all(dependencies);
  if (!all) return fail(all.error());
  for (auto& breach : *all)
    if (breach.newest.breach == *id) return std::move(breach);
  return fail(unknown_breach);
}

// ---- recording ----

std::string href_of(const std::string& base, const Uuid& id) {
  return base + "/breaches/" + id.text();
}

std::string render_recorded(const std::string& base, const exchange::RecordedBreach& recorded) {
  const auto& breach = recorded.breach;
  std::string json;
  JsonWriter writer(json);
  writer.begin_object().member("self", href_of(base, breach.breach)).member("id", breach.breach.text());
  if (const auto before = policy::tell_authority_before(breach))
    writer.member("tellAuthorityBefore", to_rfc3339(*before));
  writer.member("authority", to_text(policy::authority_told(breach, recorded.at)))
      .member("dataSubjects", to_text(policy::subjects_told(breach)))
      .member("ledger", recorded.seq)
      .end_object();
  return json;
}

// Of an answer that was given before too, where the breach is stands in it alone.
void answer_recorded(const Call& call, exchange::PastReply reply) {
  const auto document = formats::parse_json(reply.body);
  const auto self = document ? document->root().find("self").as_string() : std::nullopt;
  Headers headers;
  if (self && reply.status == 201) headers.emplace_back("Location", *self);
  call.answer(reply.status, std::move(reply.body), std::move(headers));
}

void record(const ApiDependencies& dependencies, const Call& call, const std::optional<Uuid>& known) {
  auto& facilities = dependencies.facilities;
  const auto body = formats::parse_json(call.request.body);
  if (!body) return call.refuse(body.error());
  auto breach = read_breach(body->root(), date_in_brussels(facilities.clock.now()));
  if (!breach) return call.refuse(breach.error());
  const exchange::BreachWish wish{std::move(*breach), known, std::string(call.request.header("idempotency-key")),
                                  call.request.body};
  auto shared = std::make_shared<Call>(call);
  exchange::record_breach(
      facilities, caller_of(call, "rights-officer"), wish,
      [base = shared->base](const exchange::RecordedBreach& recorded) { return render_recorded(base, recorded); },
      [shared](Result<exchange::PastReply> reply) {
        if (!reply) return shared->refuse(reply.error());
        answer_recorded(*shared, std::move(*reply));
      });
}

void record_new(const ApiDependencies& dependencies, const Call& call) {
  record(dependencies, call, std::nullopt);
}

void record_version(const ApiDependencies& dependencies, const Call& call) {
  const auto known = find(dependencies, call.parts.front());
  if (!known) return call.refuse(known.error(), InputPart::path);
  record(dependencies, call, known->newest.breach);
}

// ---- reading ----

struct Filter {
  std::optional<Told> authority;
  std::uint64_t from = 0;
  std::uint64_t page_size = default_page;

  [[nodiscard]] bool takes(Told told) const { return !authority || *authority == told; }
};

Result<Filter> read_filter(const Query& query) {
  Filter filter;
  if (const auto it = query.find("authority"); it != query.end()) {
    filter.authority = policy::parse_told(it->second);
    if (!filter.authority) return refuse_parameter("authority", "NOT_REQUIRED, PENDING, OVERDUE, TOLD or TOLD_LATE");
  }
  const auto from = find_first_place(query);
  if (!from) return fail(from.error());
  const auto size = find_page_size(query);
  if (!size) return fail(size.error());
  filter.from = *from;
  filter.page_size = *size;
  return filter;
}

// An auditor's look goes out once the log says that it was asked for.
void answer_read(const ApiDependencies& dependencies, const Call& call, const Query& query, std::string json,
                 std::uint64_t rows) {
  const auto shared = std::make_shared<std::string>(std::move(json));
  const auto answer = [shared](const Call& c) { c.answer(200, std::move(*shared), {{"Cache-Control", "no-store"}}); };
  if (!call.identity.may("audit")) return answer(call);
  note_and_then(dependencies.facilities, call, draft_queried(call, query, rows), answer);
}

void list(const ApiDependencies& dependencies, const Call& call) {
  const auto query = parse_query(call.request.query, {"authority", "after", "pageSize"});
  if (!query) return call.refuse(query.error(), InputPart::query);
  const auto filter = read_filter(*query);
  if (!filter) return call.refuse(filter.error(), InputPart::query);
  const auto all = read_all(dependencies);
  if (!all) return call.refuse(all.error());
  const auto now = dependencies.facilities.clock.now();
  std::string json;
  JsonWriter writer(json);
  writer.begin_object()
      .member("self", call.base + "/breaches" + (call.request.query.empty() ? "" : "?" + call.request.query))
      .key("items")
      .begin_array();
  std::uint64_t written = 0;
  std::uint64_t last = 0;
  bool more = false;
  for (auto i = filter->from; i < all->size() && !more; ++i) {
    const auto& breach = (*all)[i];
    if (!filter->takes(policy::authority_told(breach.newest, now))) continue;
    more = written == filter->page_size;
    if (more) break;
    writer.raw_value(reporting::breach_as_json(breach, call.base, now));
    last = i;
    ++written;
  }
  writer.end_array();
  if (more) writer.member("next", next_page_url(call.base + "/breaches", std::to_string(last), *query));
  writer.end_object();
  answer_read(dependencies, call, *query, std::move(json), written);
}

void show(const ApiDependencies& dependencies, const Call& call) {
  const auto breach = find(dependencies, call.parts.front());
  if (!breach) return call.refuse(breach.error(), InputPart::path);
  answer_read(dependencies, call, {{"breach", breach->newest.breach.text()}},
              reporting::breach_as_json(*breach, call.base, dependencies.facilities.clock.now()), 1);
}

}  // namespace

void add_breach_routes(const ApiDependencies& dependencies, std::vector<Route>& routes) {
  routes.push_back({"POST", "/breaches", Access::scope, "rights", on_workers(dependencies, record_new)});
  routes.push_back({"POST", "/breaches/{id}", Access::scope, "rights", on_workers(dependencies, record_version)});
  routes.push_back({"GET", "/breaches", Access::scope, "rights", on_workers(dependencies, list), true, "audit"});
  routes.push_back({"GET", "/breaches/{id}", Access::scope, "rights", on_workers(dependencies, show), false, "audit"});
}

}  // namespace ketenpoort::api
