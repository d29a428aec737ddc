// POST /records/query: the records of one person that an organisation sent itself. The number stands in the body, and
// that it was asked in the log (audit.queried).
#include <algorithm>
#include <iterator>
#include <utility>

#include "gateway/api/http/page.hpp"
#include "gateway/api/http/problem.hpp"
#include "gateway/api/http/query.hpp"
#include "gateway/api/routes/audit_note.hpp"
#include "gateway/api/routes/person_query.hpp"
#include "gateway/api/routes/rights_call.hpp"
#include "gateway/ledger/entry/entry.hpp"

namespace ketenpoort::api {
namespace {

using formats::JsonWriter;

// The purpose of the look-up, for audit.queried.
constexpr std::string_view looked_up = "records-query";

struct Page {
  ledger::Seq after = 0;
  bool from_start = true;
  std::uint64_t size = default_page;
};

Result<Page> read_page(const Query& query) {
  Page page;
  if (const auto it = query.find("after"); it != query.end()) {
    const auto place = read_place(it->second);
    if (!place) return fail(place.error());
    page.after = *place;
    page.from_start = false;
  }
  const auto size = find_page_size(query);
  if (!size) return fail(size.error());
  page.size = *size;
  return page;
}

struct Found {
  audit::RecordRow row;
  Timestamp received{};
};

// When a record came: its entry says so.
Result<Found> look_at(const ApiDependencies& dependencies, const audit::RecordRow& row) {
  const auto bytes = dependencies.facilities.sequencer.entry_bytes(row.seq);
  if (!bytes) return fail(bytes.error());
  const auto entry = ledger::decode_entry(*bytes);
  if (!entry) return fail(entry.error());
  return Found{row, entry->time};
}

// That clients of this organisation sent, whatever organisation they wrote into them.
Result<std::vector<audit::RecordRow>> records_of(const ApiDependencies& dependencies,
                                                 const std::vector<SubjectRef>& person, std::string_view organisation) {
  std::vector<audit::RecordRow> rows;
  for (const auto& one : person) {
    const auto dossier = dependencies.index.use([&](audit::IndexReader& reader) { return reader.dossier(one); });
    if (!dossier) return fail(dossier.error());
    std::ranges::copy_if(dossier->records, std::back_inserter(rows),
                         [&](const audit::RecordRow& row) { return row.organisation == organisation; });
  }
  std::ranges::sort(rows, {}, &audit::RecordRow::seq);
  return rows;
}

void query(const ApiDependencies& dependencies, const Call& call) {
  const auto given = parse_query(call.request.query, {"after", "pageSize"});
  if (!given) return call.refuse(given.error(), InputPart::query);
  const auto page = read_page(*given);
  if (!page) return call.refuse(page.error(), InputPart::query);
  const auto body = read_rights_body(call.request.body, {"subject"});
  if (!body) return call.refuse(body.error());
  const auto asked = body->root().find("subject");
  if (auto fits = check_asked_subject(asked); !fits) return call.refuse(fits.error());
  if (auto ready = wait_for_index(dependencies); !ready) return call.refuse(ready.error());
  const auto who = find_asked_person(dependencies.facilities, asked);
  if (!who) return refuse_look_up(dependencies.facilities, call, who.error(), looked_up, "source-system");
  const auto rows = records_of(dependencies, who->person, call.identity.organisation);
  if (!rows) return call.refuse(rows.error());
  std::vector<Found> found;
  for (const auto& row : *rows) {
    if (!page->from_start && row.seq <= page->after) continue;
    if (found.size() > page->size) break;
    auto one = look_at(dependencies, row);
    if (!one) return call.refuse(one.error());
    found.push_back(std::move(*one));
  }
  const auto shown = std::min<std::uint64_t>(found.size(), page->size);
  std::string json;
  JsonWriter writer(json);
  writer.begin_object()
      .member("self", call.base + "/records/query" + (call.request.query.empty() ? "" : "?" + call.request.query))
      .key("items")
      .begin_array();
  for (std::uint64_t i = 0; i < shown; ++i) {
    const auto id = found[i].row.id.text();
    writer.begin_object()
        .member("href", call.base + "/records/" + id)
        .member("id", id)
        .member("subject", ledger::to_text(found[i].row.subject))
        .member("centre", found[i].row.centre)
        .member("receivedAt", to_rfc3339(found[i].received))
        .member("ledger", found[i].row.seq)
        .end_object();
  }
  writer.end_array();
  if (found.size() > shown)
    writer.member("next", call.base + "/records/query?after=" + std::to_string(found[shown - 1].row.seq) +
                              "&pageSize=" + std::to_string(page->size));
  writer.end_object();
  auto notes = draft_look_up(dependencies.facilities, call, *who, looked_up, "source-system", [&](const auto& one) {
    return static_cast<std::uint64_t>(std::count_if(found.begin(), found.begin() + static_cast<std::ptrdiff_t>(shown),
                                                    [&](const Found& record) { return record.row.subject == one; }));
  });
  note_and_then(dependencies.facilities, call, std::move(notes), [json = std::move(json)](const Call& c) {
    c.answer(200, json, {{"cache-control", "no-store"}});
  });
}

}  // namespace

void add_record_query_routes(const ApiDependencies& dependencies, std::vector<Route>& routes) {
  routes.push_back({.method = "POST",
                    .path = "/records/query",
                    .access = Access::scope,
                    .scope = "records",
                    .run = on_workers(dependencies, query),
                    .takes_query = true});
}

}  // namespace ketenpoort::api
