// POST /transfers/replay: many transfers tried again at once, by filter, a page at a time; with `preview` only what
// would happen. Never to a recipient that has the message.
#include <algorithm>
#include <utility>

#include "gateway/api/api.hpp"
#include "gateway/api/http/page.hpp"
#include "gateway/api/http/problem.hpp"
#include "gateway/api/http/unknown_input.hpp"
#include "gateway/api/routes/own_records.hpp"
#include "gateway/api/routes/transfer_item.hpp"
#include "gateway/formats/json.hpp"

namespace ketenpoort::api {
namespace {

using formats::JsonKind;
using formats::JsonView;
using formats::JsonWriter;

constexpr std::int64_t largest_page = 500;

struct Replay {
  audit::TransferQuery query{.state = TransferState::abandoned, .limit = largest_page};
  bool preview = false;
};

tl::unexpected<Error> refuse(std::string where, std::string detail) {
  return fail(ErrorCode::schema_violation, "the call is wrong",
              {{ErrorCode::schema_violation, std::move(where), std::move(detail)}});
}

Status read_filter(JsonView filter, const exchange::Terms& terms, audit::TransferQuery& query) {
  if (!filter.is(JsonKind::object)) return refuse("filter", "an object with state, recipient or both");
  for (const auto& [key, value] : filter.members()) {
    const auto text = std::string(value.as_string().value_or(""));
    if (key == "state") {
      query.state = parse_transfer_state(text);
      const bool waits = query.state && (*query.state == TransferState::abandoned ||
                                         *query.state == TransferState::failed || *query.state == TransferState::held);
      if (!waits) return refuse("filter.state", "one of abandoned, failed, held: the others need no second try");
    } else if (key == "recipient") {
      if (terms.find_recipient(text) == nullptr) return refuse("filter.recipient", "no such recipient is configured");
      query.recipient = text;
    } else {
      return refuse_property(key, {"state", "recipient"}, "filter");
    }
  }
  return {};
}

Result<Replay> read_replay(JsonView body, const exchange::Terms& terms) {
  Replay out;
  if (!body.is(JsonKind::object) || !body.find("filter")) return refuse("filter", "is missing; {} means all abandoned");
  for (const auto& [key, value] : body.members()) {
    if (key == "filter") {
      if (auto done = read_filter(value, terms, out.query); !done) return fail(done.error());
    } else if (key == "preview") {
      if (!value.is(JsonKind::boolean)) return refuse("preview", "true or false");
      out.preview = value.as_bool().value_or(false);
    } else if (key == "after") {
      constexpr std::int64_t greatest = (std::int64_t{1} << 53) - 1;
      const auto number = value.as_int().value_or(-1);
      if (number < 0 || number > greatest) return refuse("after", "take it from `next` of the page before");
      out.query.from = static_cast<std::uint64_t>(number) + 1;
    } else if (key == "pageSize") {
      const auto number = value.as_int().value_or(0);
      if (number < 1 || number > largest_page) return refuse("pageSize", "a number from 1 to 500");
      out.query.limit = static_cast<std::size_t>(number);
    } else {
      return refuse_property(key, {"filter", "preview", "after", "pageSize"});
    }
  }
  return out;
}

void write_outcome(JsonWriter& writer, const Status& may) {
  writer.member("retried", may.has_value());
  if (may) return;
  writer.member("why", may.error().message).key("reasons").begin_array();
  for (const auto& issue : may.error().issues) writer.value(issue.where);
  writer.end_array();
}

void replay(const ApiDependencies& dependencies, const Call& call) {
  const auto body = formats::parse_json(call.request.body);
  if (!body) return call.refuse(body.error());
  auto wanted = read_replay(body->root(), *dependencies.facilities.terms.get());
  if (!wanted) return call.refuse(wanted.error());
  if (auto ready = wait_for_index(dependencies); !ready) return call.refuse(ready.error());
  wanted->query.organisation = sees_transfers_of(call.identity);
  const auto page = wanted->query.limit++;
  const auto found =
      dependencies.index.use([&](audit::IndexReader& reader) { return reader.transfers(wanted->query); });
  if (!found) return call.refuse(found.error());
  const auto person = caller_of(call, "operator").person();
  auto& dispatcher = dependencies.dispatcher;
  std::string json;
  JsonWriter writer(json);
  writer.begin_object().member("preview", wanted->preview).key("items").begin_array();
  const auto count = std::min(found->size(), page);
  for (std::size_t i = 0; i < count; ++i) {
    const auto& transfer = (*found)[i];
    writer.begin_object().key("transfer");
    write_transfer_item(writer, call.base, transfer.view());
    write_outcome(writer,
                  wanted->preview ? dispatcher.check_replay(transfer.id) : dispatcher.replay(transfer.id, person));
    writer.end_object();
  }
  writer.end_array();
  if (found->size() > page) writer.member("next", (*found)[page - 1].number);
  writer.end_object();
  call.answer(200, std::move(json));
}

}  // namespace

void add_replay_routes(const ApiDependencies& dependencies, std::vector<Route>& routes) {
  routes.push_back({"POST", "/transfers/replay", Access::scope, "transfers", on_workers(dependencies, replay)});
}

}  // namespace ketenpoort::api
