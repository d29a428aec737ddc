// GET /events: what became of the records the caller's organisation sent, oldest first.
#include "gateway/api/api.hpp"
#include "gateway/api/http/page.hpp"
#include "gateway/api/http/problem.hpp"
#include "gateway/api/http/query.hpp"
#include "gateway/api/routes/event_feed.hpp"

namespace ketenpoort::api {
namespace {

using formats::JsonWriter;

Result<FeedPlace> read_after(const EventFeed& feed, const std::string& text) {
  if (const auto place = parse_feed_place(text)) {
    if (place->entry <= feed.end().entry) return *place;
    // It would skip in silence what happens until the log has caught up.
    return refuse_parameter(
        "after",
        "it lies behind the end of the ledger, which was restored from a backup since: name the id of an event that "
        "you have, or leave it out to begin anew");
  }
  if (const auto event = parse_uuid(text)) {
    const auto place = feed.find_place_behind(*event);
    if (!place) return fail(place.error());
    if (*place) return **place;
  }
  return refuse_parameter("after", "take it from `next` of the page before, or name the id of the last event you have");
}

void list_events(const ApiDependencies& dependencies, const Call& call) {
  const auto query = parse_query(call.request.query, {"after", "pageSize"});
  if (!query) return call.refuse(query.error(), InputPart::query);
  const auto size = find_page_size(*query);
  if (!size) return call.refuse(size.error(), InputPart::query);
  FeedPlace after;
  if (const auto it = query->find("after"); it != query->end()) {
    const auto read = read_after(*dependencies.events, it->second);
    if (!read) return call.refuse(read.error(), InputPart::query);
    after = *read;
  }
  const auto page = dependencies.events->read(call.identity.organisation, after, *size);
  if (!page) return call.refuse(page.error());
  std::string json;
  JsonWriter writer(json);
  writer.begin_object()
      .member("self", call.base + "/events" + (call.request.query.empty() ? "" : "?" + call.request.query))
      .key("items")
      .begin_array();
  for (const auto& event : page->events) writer.raw_value(event.json);
  writer.end_array();
  // After the last event there is a next page too, empty until something happens: who comes back asks for that one.
  if (!page->events.empty() || page->more) {
    auto url = call.base + "/events?after=" + to_text(page->next);
    if (const auto it = query->find("pageSize"); it != query->end()) url += "&pageSize=" + it->second;
    writer.member("next", url);
  }
  writer.end_object();
  call.answer(200, std::move(json), {{"Cache-Control", "no-store"}});
}

}  // namespace

void add_event_routes(const ApiDependencies& dependencies, std::vector<Route>& routes) {
  routes.push_back({"GET", "/events", Access::scope, "transfers", on_workers(dependencies, list_events), true});
}

}  // namespace ketenpoort::api
