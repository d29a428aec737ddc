// GET /audit/entries: what stands in the log, by kind, time and recipient. Every look stands in the log too.
#include <algorithm>
#include <memory>
#include <optional>
#include <utility>

#include "gateway/api/api.hpp"
#include "gateway/api/http/page.hpp"
#include "gateway/api/http/problem.hpp"
#include "gateway/api/http/query.hpp"
#include "gateway/api/routes/audit_note.hpp"
#include "gateway/api/routes/recipient_check.hpp"
#include "gateway/ledger/entry/kinds.hpp"

namespace ketenpoort::api {
namespace {

using audit::EntryQuery;
using formats::JsonWriter;

Result<EntryQuery> read_query(const Query& given) {
  EntryQuery out;
  out.limit = default_page;
  for (const auto& [name, value] : given) {
    if (name == "kind") {
      if (!ledger::parse_kind(value)) return refuse_parameter(name, "no entry is of such a kind");
      out.kind = value;
    } else if (auto read = read_log_parameter(name, value, out); !read) {
      return fail(std::move(read.error()));
    }
  }
  return out;
}

struct Page {
  std::string json;
  std::uint64_t rows = 0;
};

Result<Page> make_page(const ApiDependencies& dependencies, const Call& call, const Query& given, EntryQuery query) {
  const auto wanted = query.limit++;  // one more tells whether there is a next page
  const auto places = dependencies.index.use([&](audit::IndexReader& reader) { return reader.entries(query); });
  if (!places) return fail(places.error());
  Page page;
  page.rows = std::min(places->size(), wanted);
  JsonWriter writer(page.json);
  writer.begin_object()
      .member("self", call.base + "/audit/entries" + (call.request.query.empty() ? "" : "?" + call.request.query))
      .key("items")
      .begin_array();
  for (std::uint64_t i = 0; i < page.rows; ++i) {
    const auto bytes = dependencies.index.bytes((*places)[i]);
    if (!bytes) return fail(bytes.error());
    writer.raw_value(*bytes);
  }
  writer.end_array();
  if (places->size() > wanted)
    writer.member("next",
                  next_page_url(call.base + "/audit/entries", std::to_string((*places)[wanted - 1].seq), given));
  writer.end_object();
  return page;
}

// The answer goes out once the log says that it was asked for.
void list_entries(const ApiDependencies& dependencies, const Call& call) {
  const auto given = parse_query(call.request.query, {"kind", "from", "to", "recipient", "after", "pageSize"});
  if (!given) return call.refuse(given.error(), InputPart::query);
  const auto query = read_query(*given);
  if (!query) return call.refuse(query.error(), InputPart::query);
  if (auto ready = wait_for_index(dependencies); !ready) return call.refuse(ready.error());
  if (auto known = check_recipient(dependencies, query->recipient); !known)
    return call.refuse(known.error(), InputPart::query);
  auto page = make_page(dependencies, call, *given, *query);
  if (!page) return call.refuse(page.error());
  const auto json = std::make_shared<std::string>(std::move(page->json));
  note_and_then(dependencies.facilities, call, draft_queried(call, *given, page->rows), [json](const Call& c) {
    c.answer(200, std::move(*json), {{"Cache-Control", "no-store"}});
  });
}

}  // namespace

void add_audit_routes(const ApiDependencies& dependencies, std::vector<Route>& routes) {
  routes.push_back({"GET", "/audit/entries", Access::scope, "audit", on_workers(dependencies, list_entries), true});
}

}  // namespace ketenpoort::api
