// GET /partners, POST /partners/{id}/pause, POST /partners/{id}/resume: what goes to whom, for whoever runs the
// gateway. Counts and configured names, no person.
#include <algorithm>
#include <map>
#include <memory>
#include <optional>
#include <utility>

#include "gateway/api/api.hpp"
#include "gateway/api/http/problem.hpp"
#include "gateway/api/http/unknown_input.hpp"
#include "gateway/exchange/delivery/pause_partner.hpp"
#include "gateway/formats/json.hpp"

namespace ketenpoort::api {
namespace {

using exchange::Dispatcher;
using formats::JsonKind;
using formats::JsonWriter;
using ledger::History;

constexpr std::string_view default_reason = "unspecified";
constexpr std::size_t longest_reason = 64;
constexpr std::size_t chunk = 1000;  // looked at under one lock

const Error unknown_partner{ErrorCode::not_found, "no partner has this id; GET /partners lists them"};

using Counts = std::map<TransferState, std::uint64_t>;

// Of what is open, by recipient.
std::map<std::string, Counts, std::less<>> count_open(const ledger::Sequencer& sequencer) {
  std::map<std::string, Counts, std::less<>> out;
  const auto open = sequencer.read([](const History& history) { return history.open_transfers(); });
  for (std::size_t from = 0; from < open.size(); from += chunk)
    sequencer.read([&](const History& history) {
      for (auto i = from; i < std::min(open.size(), from + chunk); ++i)
        if (const auto transfer = history.transfer(open[i])) ++out[std::string(transfer->recipient)][transfer->state];
      return 0;
    });
  return out;
}

void write_pause(JsonWriter& writer, const exchange::Facilities& facilities, std::string_view recipient) {
  const auto paused = facilities.sequencer.read([&](const History& history) { return history.paused_by(recipient); });
  writer.member("state", paused ? "PAUSED" : "ACTIVE");
  const auto bytes = paused ? facilities.sequencer.entry_bytes(*paused) : fail(unknown_partner);
  const auto entry = bytes ? ledger::decode_entry(*bytes) : fail(bytes.error());
  if (entry)
    writer.member("pausedSince", to_rfc3339(entry->time)).member("pauseReason", entry->body.find("reason").text());
}

bool has_mailbox(const config::Partner& partner) {
  return std::ranges::any_of(partner.messages, [](const auto& of_purpose) {
    return std::ranges::any_of(of_purpose.second,
                               [](const auto& message) { return message.channel == mailbox_channel; });
  });
}

void write_mailbox(JsonWriter& writer, Dispatcher& dispatcher, const std::string& recipient) {
  const auto figures = dispatcher.mailbox_figures(recipient);
  writer.key("mailbox")
      .begin_object()
      .member("waiting", figures.waiting)
      .member("leased", figures.leased)
      .member("overdue", figures.overdue);
  if (figures.oldest) writer.member("oldestSince", to_rfc3339(*figures.oldest));
  writer.end_object();
}

void write_channels(JsonWriter& writer, const Dispatcher& dispatcher, const config::Partner& partner) {
  writer.key("channels").begin_array();
  for (const auto& lane : dispatcher.lanes_to(partner.recipient)) {
    const auto channel = partner.channels.find(lane.channel);
    writer.begin_object();
    if (!lane.channel.empty()) writer.member("name", lane.channel);
    writer.member("adapter", channel == partner.channels.end() ? partner.channel.adapter : channel->second.adapter)
        .member("answering", !lane.figures.breaker_open)
        .member("underWay", lane.figures.running)
        .member("waiting", lane.figures.waiting)
        .end_object();
  }
  writer.end_array();
}

void write_partner(JsonWriter& writer, const ApiDependencies& dependencies, const config::Partner& partner,
                   const Counts& open) {
  writer.begin_object().member("id", partner.id).member("recipient", partner.recipient);
  write_pause(writer, dependencies.facilities, partner.recipient);
  write_channels(writer, dependencies.dispatcher, partner);
  if (has_mailbox(partner)) write_mailbox(writer, dependencies.dispatcher, partner.recipient);
  writer.key("transfers").begin_object();
  for (const auto state :
       {TransferState::requested, TransferState::held, TransferState::permitted, TransferState::failed}) {
    const auto found = open.find(state);
    writer.member(to_text(state), found == open.end() ? std::uint64_t{0} : found->second);
  }
  writer.end_object().end_object();
}

void list(const ApiDependencies& dependencies, const Call& call) {
  const auto open = count_open(dependencies.facilities.sequencer);
  std::string json;
  JsonWriter writer(json);
  writer.begin_object().member("self", call.base + "/partners").key("items").begin_array();
  const auto configuration = dependencies.configuration->get();
  for (const auto& partner : configuration->partners) {
    const auto found = open.find(partner.recipient);
    write_partner(writer, dependencies, partner, found == open.end() ? Counts{} : found->second);
  }
  writer.end_array().end_object();
  call.answer(200, std::move(json), {{"Cache-Control", "no-store"}});
}

// Keeps the configuration it stands in.
std::shared_ptr<const config::Partner> find_partner(const ApiDependencies& dependencies, std::string_view id) {
  auto configuration = dependencies.configuration->get();
  const auto found = std::ranges::find(configuration->partners, id, &config::Partner::id);
  if (found == configuration->partners.end()) return nullptr;
  return {std::move(configuration), &*found};
}

bool is_code(std::string_view text) {
  const auto small = [](char c) { return c >= 'a' && c <= 'z'; };
  return !text.empty() && text.size() <= longest_reason && small(text.front()) &&
         std::ranges::all_of(text, [&](char c) { return small(c) || (c >= '0' && c <= '9') || c == '-'; });
}

// {reason?} for a pause, nothing for its end.
Result<std::string> read_reason(std::string_view text, bool pause) {
  const auto refuse = [](std::string where, std::string detail) {
    return fail(ErrorCode::schema_violation, "the call is wrong",
                {{ErrorCode::schema_violation, std::move(where), std::move(detail)}});
  };
  const auto body = formats::parse_json(text.empty() ? "{}" : text);
  if (!body) return fail(body.error());
  if (!body->root().is(JsonKind::object)) return refuse("$", "an object, or no body");
  std::string reason{default_reason};
  for (const auto& [key, value] : body->root().members()) {
    if (!pause) return refuse_property(key, {});
    if (key != "reason") return refuse_property(key, {"reason"});
    reason = std::string(value.as_string().value_or(""));
    if (!is_code(reason))
      return refuse("reason", "a code of small letters, digits and hyphens, a letter first: maintenance");
  }
  return reason;
}

void answer_state(const ApiDependencies& dependencies, const Call& call, const config::Partner& partner) {
  std::string json;
  JsonWriter writer(json);
  writer.begin_object().member("id", partner.id).member("recipient", partner.recipient);
  write_pause(writer, dependencies.facilities, partner.recipient);
  writer.end_object();
  call.answer(200, std::move(json));
}

void change(const ApiDependencies& dependencies, const Call& call, bool pause) {
  const auto partner = find_partner(dependencies, call.parts.front());
  if (partner == nullptr) return call.refuse(unknown_partner, InputPart::path);
  auto reason = read_reason(call.request.body, pause);
  if (!reason) return call.refuse(reason.error());
  const auto shared = std::make_shared<Call>(call);
  const auto done = [dependencies, shared, partner, pause](const Status& written) {
    if (!written) return shared->refuse(written.error());
    run_on_workers(dependencies.workers, *shared, [dependencies, partner, pause](const Call& c) {
      if (!pause) dependencies.dispatcher.wake_recipient(partner->recipient);
      answer_state(dependencies, c, *partner);
    });
  };
  const auto caller = caller_of(call, "operator");
  if (pause) return exchange::pause_partner(dependencies.facilities, caller, partner->recipient, *reason, done);
  exchange::resume_partner(dependencies.facilities, caller, partner->recipient, done);
}

}  // namespace

void add_partner_routes(const ApiDependencies& dependencies, std::vector<Route>& routes) {
  routes.push_back({"GET", "/partners", Access::scope, "operator", on_workers(dependencies, list)});
  routes.push_back({"POST", "/partners/{partner}/pause", Access::scope, "operator",
                    on_workers(dependencies, [](const ApiDependencies& d, const Call& c) { change(d, c, true); })});
  routes.push_back({"POST", "/partners/{partner}/resume", Access::scope, "operator",
                    on_workers(dependencies, [](const ApiDependencies& d, const Call& c) { change(d, c, false); })});
}

}  // namespace ketenpoort::api
