// GET /received, GET /received/{id}: the transfers that reached a partner, for its own records and for disputes. It
// sees neither what was not sent to it (that would tell that somebody was referred, or refused) nor what is another's.
#include <algorithm>
#include <optional>

#include "gateway/api/api.hpp"
#include "gateway/api/http/page.hpp"
#include "gateway/api/http/problem.hpp"
#include "gateway/api/http/query.hpp"
#include "gateway/formats/json.hpp"
#include "gateway/ledger/entry/entry.hpp"

namespace ketenpoort::api {
namespace {

using formats::JsonWriter;

const Error nothing_received{ErrorCode::not_found, "nothing that you received has this id"};

struct Page {
  std::optional<TransferId> after;
  std::size_t size = default_page;
};

Result<Page> read_page(const Query& query) {
  Page page;
  if (const auto it = query.find("after"); it != query.end()) {
    page.after = parse_uuid(it->second);
    if (!page.after) return refuse_parameter("after", "take it from `next` of the page before");
  }
  const auto size = find_page_size(query);
  if (!size) return fail(size.error());
  page.size = *size;
  return page;
}

bool has_arrived(const audit::TransferRow& row) {
  return row.state == TransferState::delivered || row.state == TransferState::acknowledged;
}

bool is_partner(const Call& call) {
  if (call.identity.recipient) return true;
  call.reply(access_reply({AccessFault::missing_permission, "this client is no partner: it has no recipient"},
                          call.request.trace));
  return false;
}

// What reached this partner; another's is as unknown as one that never was.
Result<std::optional<audit::TransferRow>> find_one(const ApiDependencies& dependencies, const Call& call,
                                                   const TransferId& id) {
  auto row = dependencies.index.use([&](audit::IndexReader& reader) { return reader.transfer(id); });
  if (row && *row && ((*row)->recipient != *call.identity.recipient || !has_arrived(**row)))
    return std::optional<audit::TransferRow>();
  return row;
}

// One more than the page, where there are more. Pages go on behind an id that the partner has: numbers of transfers
// would tell how many there are of others, and what was not sent.
Result<std::vector<audit::TransferRow>> find_received(const ApiDependencies& dependencies, const Call& call,
                                                      const Page& page) {
  audit::TransferQuery wanted{.state = {}, .recipient = *call.identity.recipient, .limit = page.size + 1};
  wanted.arrived = true;
  if (page.after) {
    const auto last = find_one(dependencies, call, *page.after);
    if (!last) return fail(last.error());
    if (!*last) return refuse_parameter("after", "take it from `next` of the page before");
    wanted.from = (*last)->number + 1;
  }
  return dependencies.index.use([&](audit::IndexReader& reader) { return reader.transfers(wanted); });
}

void write_item(JsonWriter& writer, const std::string& base, const audit::TransferRow& row) {
  writer.member("id", row.id.text())
      .member("message", row.message)
      .member("purpose", row.purpose)
      .member("state", to_text(row.state))
      .member("changedAt", to_rfc3339(row.changed));
  if (!row.reference.empty()) writer.member("reference", row.reference);
  writer.member("href", base + "/received/" + row.id.text());
}

void list(const ApiDependencies& dependencies, const Call& call) {
  if (!is_partner(call)) return;
  const auto query = parse_query(call.request.query, {"after", "pageSize"});
  if (!query) return call.refuse(query.error(), InputPart::query);
  const auto page = read_page(*query);
  if (!page) return call.refuse(page.error(), InputPart::query);
  if (auto ready = wait_for_index(dependencies); !ready) return call.refuse(ready.error());
  auto found = find_received(dependencies, call, *page);
  if (!found) return call.refuse(found.error(), InputPart::query);
  const bool has_more = found->size() > page->size;
  if (has_more) found->pop_back();
  std::string json;
  JsonWriter writer(json);
  writer.begin_object()
      .member("self", call.base + "/received" + (call.request.query.empty() ? "" : "?" + call.request.query))
      .key("items")
      .begin_array();
  for (const auto& row : *found) {
    writer.begin_object();
    write_item(writer, call.base, row);
    writer.end_object();
  }
  writer.end_array();
  if (has_more) writer.member("next", next_page_url(call.base + "/received", found->back().id.text(), *query));
  writer.end_object();
  call.answer(200, std::move(json), {{"Cache-Control", "no-store"}});
}

void show(const ApiDependencies& dependencies, const Call& call) {
  if (!is_partner(call)) return;
  const auto id = parse_uuid(call.parts.front());
  if (!id) return call.refuse(nothing_received, InputPart::path);
  if (auto ready = wait_for_index(dependencies); !ready) return call.refuse(ready.error());
  const auto row = find_one(dependencies, call, *id);
  if (!row) return call.refuse(row.error());
  if (!*row) return call.refuse(nothing_received, InputPart::path);
  std::string json;
  JsonWriter writer(json);
  writer.begin_object().member("self", call.base + "/received/" + id->text());
  write_item(writer, call.base, **row);
  writer.member("mapping", (*row)->mapping + '@' + (*row)->mapping_version).key("categories").begin_array();
  for (const auto category : (*row)->sent.list()) writer.value(to_text(category));
  writer.end_array().end_object();
  call.answer(200, std::move(json), {{"Cache-Control", "no-store"}});
}

}  // namespace

void add_received_routes(const ApiDependencies& dependencies, std::vector<Route>& routes) {
  routes.push_back({"GET", "/received", Access::scope, "partner", on_workers(dependencies, list), true});
  routes.push_back({"GET", "/received/{id}", Access::scope, "partner", on_workers(dependencies, show)});
}

}  // namespace ketenpoort::api
