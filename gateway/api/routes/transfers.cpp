// GET /transfers, GET /transfers/{id}, POST /transfers/{id}/cancel, POST /transfers/{id}/retry.
#include <algorithm>
#include <memory>
#include <optional>
#include <utility>

#include "gateway/api/api.hpp"
#include "gateway/api/http/languages.hpp"
#include "gateway/api/http/page.hpp"
#include "gateway/api/http/problem.hpp"
#include "gateway/api/http/query.hpp"
#include "gateway/api/routes/own_records.hpp"
#include "gateway/api/routes/transfer_item.hpp"
#include "gateway/exchange/delivery/cancel_transfer.hpp"
#include "gateway/exchange/delivery/message_file.hpp"
#include "gateway/ledger/history/history.hpp"

namespace ketenpoort::api {
namespace {

using formats::JsonView;
using formats::JsonWriter;
using ledger::History;

struct Filter {
  std::optional<TransferState> state;
  std::string recipient;
  bool overdue = false;
  std::uint64_t from = 0;  // number of the first transfer to look at
  std::uint64_t page_size = default_page;
};

Result<Filter> read_filter(const Query& query) {
  Filter filter;
  if (const auto it = query.find("state"); it != query.end()) {
    filter.state = parse_transfer_state(it->second);
    if (!filter.state)
      return refuse_parameter(
          "state", "one of requested, held, permitted, refused, delivered, acknowledged, failed, abandoned, cancelled");
  }
  if (const auto it = query.find("recipient"); it != query.end()) {
    if (it->second.empty()) return refuse_parameter("recipient", "name a recipient, or leave it out");
    filter.recipient = it->second;
  }
  if (const auto it = query.find("overdue"); it != query.end()) {
    if (it->second != "true") return refuse_parameter("overdue", "true, or leave it out");
    filter.overdue = true;
  }
  const auto from = find_first_place(query);
  if (!from) return fail(from.error());
  const auto size = find_page_size(query);
  if (!size) return fail(size.error());
  filter.from = *from;
  filter.page_size = *size;
  return filter;
}

// A record may refer somebody to who is not connected, or not any more: those transfers can be looked up too. Any other
// name is mistyped.
Status check_recipient(const ApiDependencies& dependencies, const Call& call, const std::string& recipient) {
  if (recipient.empty() || dependencies.facilities.terms->find_recipient(recipient) != nullptr) return {};
  audit::TransferQuery any;
  any.recipient = recipient;
  any.organisation = sees_transfers_of(call.identity);
  any.limit = 1;
  const auto found = dependencies.index.use([&](audit::IndexReader& reader) { return reader.transfers(any); });
  if (!found) return fail(found.error());
  if (!found->empty()) return {};
  return refuse_parameter("recipient", "no such recipient is configured, and no record refers to one");
}

void list(const ApiDependencies& dependencies, const Call& call) {
  const auto query = parse_query(call.request.query, {"state", "recipient", "overdue", "after", "pageSize"});
  if (!query) return call.refuse(query.error(), InputPart::query);
  const auto filter = read_filter(*query);
  if (!filter) return call.refuse(filter.error(), InputPart::query);
  if (auto ready = wait_for_index(dependencies); !ready) return call.refuse(ready.error());
  if (auto known = check_recipient(dependencies, call, filter->recipient); !known)
    return call.refuse(known.error(), InputPart::query);
  audit::TransferQuery wanted{filter->state, filter->recipient, filter->from, filter->page_size + 1};
  wanted.organisation = sees_transfers_of(call.identity);
  if (filter->overdue)
    wanted.unanswered_since =
        dependencies.facilities.clock.now() - dependencies.configuration->get()->settings.overdue_after;
  const auto found = dependencies.index.use([&](audit::IndexReader& reader) { return reader.transfers(wanted); });
  if (!found) return call.refuse(found.error());
  std::string json;
  JsonWriter writer(json);
  writer.begin_object()
      .member("self", call.base + "/transfers" + (call.request.query.empty() ? "" : "?" + call.request.query))
      .key("items")
      .begin_array();
  const auto page = std::min<std::size_t>(found->size(), filter->page_size);
  for (std::size_t i = 0; i < page; ++i) {
    const auto transfer = (*found)[i].view();
    write_transfer_item(writer, call.base, transfer, dependencies.dispatcher.mailbox_standing(transfer));
  }
  writer.end_array();
  if (found->size() > page)
    writer.member("next", next_page_url(call.base + "/transfers", std::to_string((*found)[page - 1].number), *query));
  writer.end_object();
  call.answer(200, std::move(json));
}

// The projection has what is open; what has ended stands in the index, which `kept` then holds for the views.
Result<std::optional<History::Transfer>> find_transfer(const ApiDependencies& dependencies, const TransferId& id,
                                                       std::optional<audit::TransferRow>& kept) {
  auto open = dependencies.facilities.sequencer.read([&](const History& history) { return history.transfer(id); });
  if (open) return open;
  if (auto ready = wait_for_index(dependencies); !ready) return fail(ready.error());
  auto row = dependencies.index.use([&](audit::IndexReader& reader) { return reader.transfer(id); });
  if (!row) return fail(row.error());
  kept = std::move(*row);
  return kept ? std::optional(kept->view()) : std::nullopt;
}

// The same, where the caller sees it.
Result<std::optional<History::Transfer>> find_seen(const ApiDependencies& dependencies, const Call& call,
                                                   const TransferId& id, std::optional<audit::TransferRow>& kept) {
  auto found = find_transfer(dependencies, id, kept);
  if (!found || !*found) return found;
  const auto seen = sees_transfer(dependencies, call, **found);
  if (!seen) return fail(seen.error());
  return *seen ? std::move(found) : std::optional<History::Transfer>();
}

// The sender's own id of the referral stands in the record only: it may say who somebody is.
std::string referral_id(const exchange::Facilities& facilities, const History::Transfer& transfer) {
  const auto record = facilities.vault.find_record(transfer.record);
  if (!record) return {};  // expired or erased
  const auto document = formats::parse_json(*record);
  if (!document) return {};
  return std::string(document->root().find("referrals").at(transfer.referral).find("id").as_string().value_or(""));
}

// "http-422", "timeout": why the last attempt failed, for whoever must act on it.
std::string last_failure(const exchange::Facilities& facilities, const History::Transfer& transfer) {
  if (transfer.state != TransferState::failed && transfer.state != TransferState::abandoned) return {};
  const auto bytes = facilities.sequencer.entry_bytes(transfer.seqs.back());
  const auto entry = bytes ? ledger::decode_entry(*bytes) : fail(bytes.error());
  if (!entry) return {};
  return entry->body.find("class").text();
}

void write_remarks(JsonWriter& writer, const exchange::Facilities& facilities, const TransferId& id) {
  const auto payload = facilities.vault.find_payload(id);
  const auto remarks =
      payload ? formats::parse_json(exchange::unpack_message(payload->bytes).remarks) : formats::parse_json("{}");
  for (const std::string_view key : {"leftOut", "findings"}) {
    const JsonView list_view = remarks ? remarks->root().find(key) : JsonView{};
    if (list_view)
      writer.member(key, list_view);
    else
      writer.key(key).begin_array().end_array();
  }
}

// What the vault has of an outcome beyond the ledger; nothing once it expired or was erased.
void write_outcome_content(JsonWriter& writer, const exchange::Facilities& facilities, std::string_view outcome) {
  const auto id = parse_uuid(outcome);
  const auto kept = id ? facilities.vault.find_record(*id) : fail(ErrorCode::not_found, "no outcome");
  const auto document = kept ? formats::parse_json(*kept) : fail(kept.error());
  if (!document) return;
  for (const std::string_view key : {"recipient", "reason", "appointment", "nextStep"})
    if (const auto value = document->root().find(key)) writer.member(key, value);
}

void write_received(JsonWriter& writer, const exchange::Facilities& facilities, const ledger::Entry& entry) {
  writer.begin_object().member("id", entry.body.find("outcome").text()).member("state", "RECEIVED");
  for (const auto* key : {"status", "kind", "on"})
    if (const auto value = entry.body.find(key); value.is(ledger::Value::Kind::string))
      writer.member(key, value.text());
  write_outcome_content(writer, facilities, entry.body.find("outcome").text());
  writer.end_object();
}

// That something may not come by name says what it was: work, a test, a stop. So the sender is told of a rejection only
// what else stands against it, and of one that has nothing else not even that it came.
void write_rejected(JsonWriter& writer, const ledger::Entry& entry) {
  std::vector<std::string> told;
  if (const auto reasons = entry.body.find("reasons"); reasons.is(ledger::Value::Kind::array))
    for (const auto reason : reasons.items())
      if (reason.text() != to_text(Reason::category_not_covered)) told.push_back(reason.text());
  if (told.empty()) return;
  writer.begin_object().member("id", entry.body.find("outcome").text()).member("state", "REJECTED");
  writer.key("reasons").begin_array();
  for (const auto& reason : told) writer.value(reason);
  writer.end_array().end_object();
}

Status write_outcome(JsonWriter& writer, const ApiDependencies& dependencies, ledger::Seq seq) {
  const auto bytes = dependencies.facilities.sequencer.entry_bytes(seq);
  const auto entry = bytes ? ledger::decode_entry(*bytes) : fail(bytes.error());
  if (!entry) return fail(entry.error());
  if (entry->kind == ledger::OutcomeReceived::kind)
    write_received(writer, dependencies.facilities, *entry);
  else
    write_rejected(writer, *entry);
  return {};
}

// The transfer, and the other messages that its referral became: what is reported about one stands under the one that
// the log keeps.
Result<std::vector<TransferId>> find_messages(const ApiDependencies& dependencies, const History::Transfer& transfer) {
  std::vector<TransferId> out{transfer.id};
  const auto rows =
      dependencies.index.use([&](audit::IndexReader& reader) { return reader.transfers_of_record(transfer.record); });
  if (!rows) return fail(rows.error());
  for (const auto& row : *rows)
    if (row.id != transfer.id && row.recipient == transfer.recipient && row.purpose == transfer.purpose &&
        row.referral == transfer.referral)
      out.push_back(row.id);
  return out;
}

// What the recipient reported back, as far as its sender may know (docs/operations.md, "Outcomes").
Status write_outcomes(JsonWriter& writer, const ApiDependencies& dependencies, const History::Transfer& transfer) {
  writer.key("outcomes").begin_array();
  if (transfer.attempts == 0) {
    writer.end_array();
    return {};
  }
  if (auto ready = wait_for_index(dependencies); !ready) return ready;
  const auto messages = find_messages(dependencies, transfer);
  if (!messages) return fail(messages.error());
  for (const auto* kind : {"outcome.received", "outcome.rejected"}) {
    std::vector<ledger::Seq> seqs;
    for (const auto& message : *messages) {
      audit::EntryQuery query;
      query.kind = kind;
      query.transfer = message;
      const auto places = dependencies.index.use([&](audit::IndexReader& reader) { return reader.entries(query); });
      if (!places) return fail(places.error());
      for (const auto& place : *places) seqs.push_back(place.seq);
    }
    std::ranges::sort(seqs);
    for (const auto seq : seqs)
      if (auto written = write_outcome(writer, dependencies, seq); !written) return written;
  }
  writer.end_array();
  return {};
}

// The rule that the purpose asks for today: what a reason means may depend on it.
std::string rule_of(const ApiDependencies& dependencies, const History::Transfer& transfer) {
  const auto today = date_in_brussels(dependencies.facilities.clock.now());
  return dependencies.facilities.sequencer.read([&](const History& history) {
    const auto* purpose = history.find_purpose(transfer.purpose, transfer.recipient, today);
    return purpose == nullptr ? std::string() : purpose->value.rule;
  });
}

void show(const ApiDependencies& dependencies, const Call& call) {
  const auto& facilities = dependencies.facilities;
  const auto id = parse_uuid(call.parts.front());
  std::optional<audit::TransferRow> kept;
  const auto found =
      id ? find_seen(dependencies, call, *id, kept) : Result<std::optional<History::Transfer>>(std::nullopt);
  if (!found) return call.refuse(found.error());
  const auto& transfer = *found;
  if (!transfer) return call.refuse({ErrorCode::not_found, "no transfer has this id"}, InputPart::path);
  std::string json;
  JsonWriter writer(json);
  writer.begin_object()
      .member("self", call.base + "/transfers/" + id->text())
      .member("id", id->text())
      .member("record", transfer->record.text());
  if (const auto referral = referral_id(facilities, *transfer); !referral.empty()) writer.member("referral", referral);
  writer.member("recipient", transfer->recipient)
      .member("message", transfer->message)
      .member("purpose", transfer->purpose)
      .member("state", to_text(transfer->state))
      .key("reasons")
      .begin_array();
  for (const auto reason : transfer->reasons) writer.value(to_text(reason));
  writer.end_array();
  const auto running = dependencies.configuration->get();
  const auto* words = words_for(running->texts, call.request);
  if (words != nullptr)
    write_explanations(writer,
                       explain(*words, transfer->reasons, rule_of(dependencies, *transfer), transfer->held_until));
  if (transfer->held_until) writer.member("heldUntil", to_iso(*transfer->held_until));
  write_mailbox_standing(writer, dependencies.dispatcher.mailbox_standing(*transfer));
  writer.member("attempts", transfer->attempts).key("categoriesSent").begin_array();
  for (const auto category : transfer->sent.list()) writer.value(to_text(category));
  writer.end_array();
  if (!transfer->mapping.empty())
    writer.member("mapping", std::string(transfer->mapping) + '@' + std::string(transfer->mapping_version));
  if (!transfer->reference.empty()) writer.member("reference", transfer->reference);
  if (const auto failure = last_failure(facilities, *transfer); !failure.empty()) writer.member("failure", failure);
  write_remarks(writer, facilities, *id);
  if (auto written = write_outcomes(writer, dependencies, *transfer); !written) return call.refuse(written.error());
  writer.key("ledger").begin_array();
  for (const auto seq : transfer->seqs) writer.value(seq);
  writer.end_array().end_object();
  call.answer(200, std::move(json), words == nullptr ? Headers{} : language_headers(*words));
}

const Error unknown_transfer{ErrorCode::not_found, "no transfer has this id"};

// What the projection let go has ended; the index knows how.
Error why_not(const ApiDependencies& dependencies, const TransferId& id, const Error& error) {
  if (error.code != ErrorCode::not_found) return error;
  std::optional<audit::TransferRow> kept;
  const auto found = find_transfer(dependencies, id, kept);
  if (!found) return found.error();
  if (!*found) return unknown_transfer;
  return {ErrorCode::conflict, "the transfer has ended: it is " + std::string(to_text((*found)->state))};
}

// Nobody calls off, or has tried again, what is another organisation's.
Status check_seen(const ApiDependencies& dependencies, const Call& call, const TransferId& id) {
  std::optional<audit::TransferRow> kept;
  const auto found = find_seen(dependencies, call, id, kept);
  if (!found) return fail(found.error());
  return *found ? Status() : Status(fail(unknown_transfer));
}

void answer_state(const Call& call, int status, const TransferId& id, std::string_view state) {
  std::string json;
  JsonWriter(json)
      .begin_object()
      .member("href", call.base + "/transfers/" + id.text())
      .member("id", id.text())
      .member("state", state)
      .end_object();
  call.answer(status, std::move(json));
}

void cancel(const ApiDependencies& dependencies, const Call& call) {
  const auto id = parse_uuid(call.parts.front());
  if (!id) return call.refuse(unknown_transfer, InputPart::path);
  if (auto empty = check_empty(call); !empty) return call.refuse(empty.error());
  if (auto seen = check_seen(dependencies, call, *id); !seen) return call.refuse(seen.error(), InputPart::path);
  const auto shared = std::make_shared<Call>(call);
  exchange::cancel_transfer(dependencies.facilities, dependencies.dispatcher.in_flight(), caller_of(call, "operator"),
                            *id, [dependencies, shared, id = *id](const Status& cancelled) {
                              if (cancelled) return answer_state(*shared, 200, id, to_text(TransferState::cancelled));
                              run_on_workers(dependencies.workers, *shared,
                                             [dependencies, id, error = cancelled.error()](const Call& c) {
                                               c.refuse(why_not(dependencies, id, error), InputPart::path);
                                             });
                            });
}

void retry(const ApiDependencies& dependencies, const Call& call) {
  const auto id = parse_uuid(call.parts.front());
  if (!id) return call.refuse(unknown_transfer, InputPart::path);
  if (auto empty = check_empty(call); !empty) return call.refuse(empty.error());
  if (auto seen = check_seen(dependencies, call, *id); !seen) return call.refuse(seen.error(), InputPart::path);
  if (auto done = dependencies.dispatcher.retry(*id, caller_of(call, "operator").person()); !done)
    return call.refuse(why_not(dependencies, *id, done.error()), InputPart::path);
  const auto now =
      dependencies.facilities.sequencer.read([&](const History& history) { return history.transfer(*id); });
  answer_state(call, 202, *id, to_text(now ? now->state : TransferState::permitted));
}

}  // namespace

void add_transfer_routes(const ApiDependencies& dependencies, std::vector<Route>& routes) {
  routes.push_back({"GET", "/transfers", Access::scope, "transfers", on_workers(dependencies, list), true});
  routes.push_back({"GET", "/transfers/{id}", Access::scope, "transfers", on_workers(dependencies, show)});
  routes.push_back({"POST", "/transfers/{id}/cancel", Access::scope, "transfers", on_workers(dependencies, cancel)});
  routes.push_back({"POST", "/transfers/{id}/retry", Access::scope, "transfers", on_workers(dependencies, retry)});
}

}  // namespace ketenpoort::api
