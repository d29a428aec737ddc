#include "gateway/exchange/delivery/dispatch.hpp"

#include <algorithm>
#include <utility>

#include "gateway/base/error_text.hpp"
#include "gateway/exchange/delivery/sending.hpp"
#include "gateway/exchange/facilities/ids.hpp"
#include "gateway/exchange/facilities/transfer_drafts.hpp"
#include "gateway/observability/log.hpp"

namespace ketenpoort::exchange {
namespace {

using ledger::History;
using policy::Decision;

bool says_the_same(const History::Transfer& one, const History::Transfer& other) {
  return one.recipient == other.recipient && one.purpose == other.purpose && one.message == other.message;
}

// A failed transfer cannot become refused (docs/ledger-format.md, states): what is no longer allowed is cancelled.
void fit_to_state(TransferState state, Decision& decision) {
  if (state == TransferState::failed && decision.outcome == Decision::Outcome::refuse)
    decision.outcome = Decision::Outcome::cancel;
}

}  // namespace

Dispatcher::Dispatcher(Facilities& facilities, unsigned workers)
    : facilities_(facilities), worker_count_(std::max(workers, 1U)) {
  use(*facilities.terms.get());
}

Lanes<Dispatcher::LaneName>::Plans Dispatcher::plan_lanes(const Terms& terms) {
  Lanes<LaneName>::Plans plans;
  for (const auto& [id, recipient] : terms.recipients) {
    const auto plan = [&](const std::string& channel) {
      plans[{id, channel}] = {recipient.concurrency, recipient.failures_to_open, recipient.pace,
                              recipient.find_partner(channel)};
    };
    for (const auto& [purpose, routes] : recipient.routes)
      for (const auto& route : routes)
        if (!route.is_fetched()) plan(route.channel);
    for (const auto& [body, channels] : recipient.body_channels)
      for (const auto& [message, channel] : channels) plan(channel);
  }
  return plans;
}

void Dispatcher::use(const Terms& terms) {
  lanes_.use(plan_lanes(terms));
  for (const auto& [id, figures] : watch_.figures())
    if (!terms.recipients.contains(id)) watch_.retire(id);
  for (const auto& [id, recipient] : terms.recipients) watch_.add(id);
}

Dispatcher::~Dispatcher() {
  stop(std::chrono::milliseconds{0});
}

Status Dispatcher::start() {
  const auto open = facilities_.sequencer.read([](const History& history) { return history.open_transfers(); });
  if (auto closed = close_open_permits(open); !closed) return closed;
  for (const auto& id : open) wake(id);
  for (unsigned i = 0; i < worker_count_; ++i) workers_.emplace_back([this] { work(); });
  return {};
}

void Dispatcher::stop(std::chrono::milliseconds drain) {
  stopping_ = true;
  agenda_.close();
  for (auto& worker : workers_) worker.join();
  workers_.clear();
  const auto deadline = std::chrono::steady_clock::now() + drain;
  while (under_way_ > 0 && std::chrono::steady_clock::now() < deadline)
    std::this_thread::sleep_for(std::chrono::milliseconds{10});
}

void Dispatcher::wake(const TransferId& id) {
  agenda_.add(id, Agenda::Moment{});
}

// Before those that come anew: they would take its place, and it would be decided on again for nothing.
void Dispatcher::call(const TransferId& id) {
  agenda_.add(id, Agenda::Moment::min());
}

void Dispatcher::wake_subject(const SubjectRef& subject) {
  const auto ids = facilities_.sequencer.read([&](const History& history) { return history.transfers_of(subject); });
  for (const auto& id : ids) wake(id);
}

void Dispatcher::wake_held_for(Reason reason) {
  const auto held = facilities_.sequencer.read([&](const History& history) {
    auto ids = history.open_transfers();
    std::erase_if(ids, [&](const TransferId& id) {
      const auto transfer = history.transfer(id);
      return transfer->state != TransferState::held ||
             std::ranges::find(transfer->reasons, reason) == transfer->reasons.end();
    });
    return ids;
  });
  for (const auto& id : held) wake(id);
}

void Dispatcher::wake_held() {
  for (const auto& id : facilities_.sequencer.read([](const History& history) { return history.open_transfers(); }))
    wake(id);
}

void Dispatcher::wake_for_mappings() {
  for (const auto reason : {Reason::mapping_failed, Reason::schema_invalid, Reason::identifier_missing})
    wake_held_for(reason);
}

std::vector<std::string> Dispatcher::recipients_not_answering() const {
  std::vector<std::string> out;
  const auto lanes = lanes_.get();
  for (const auto& [name, lane] : *lanes)
    if (lane->breaker_open() && (out.empty() || out.back() != name.first)) out.push_back(name.first);
  return out;
}

void Dispatcher::work() {
  while (const auto id = agenda_.take()) {
    if (!look_safely(*id)) pass_place_on(*id);
    agenda_.give_back(*id);
  }
}

// What nobody foresaw at one transfer, a vault that cannot be read say, ends neither the worker nor the gateway.
bool Dispatcher::look_safely(const TransferId& id) {
  try {
    return look_at(id);
  } catch (const std::exception&) {  // its text may hold anything
    log::error("transfer_not_considered", log::field("transfer", id), log::field("code", ErrorCode::internal));
    schedule(id, facilities_.clock.now() + after_own_error);
    return false;
  }
}

// A permit without an end: the process died while the message was on its way. It may have arrived, so it counts as a
// failed attempt and is decided again under the same idempotency key. What its recipient fetched is on lease for as
// long as if nothing had happened.
Status Dispatcher::close_open_permits(const std::vector<TransferId>& open) {
  for (const auto& id : open) {
    const auto transfer = facilities_.sequencer.read([&](const History& history) { return history.transfer(id); });
    if (!transfer || transfer->state != TransferState::permitted) continue;
    const auto mailbox = mailbox_for(*transfer);
    if (mailbox && transfer->changed + mailbox->lease > facilities_.now()) {
      restore_lease(*transfer, *mailbox);
      continue;
    }
    const auto closed = facilities_.sequencer.submit_and_wait([&](const History&, std::uint64_t, Timestamp now) {
      return Result<ledger::Transaction>(
          draft_interrupted(facilities_, *transfer, now, mailbox ? lease_expired : gateway_restarted));
    });
    if (!closed) return fail(closed.error());
  }
  return {};
}

// Not without the keys, whatever is still in memory: what was erased is gone.
Result<OpenRecordPtr> Dispatcher::find_record(const RecordId& record, const SubjectRef& subject) const {
  if (auto recent = facilities_.recent.find(record); recent && facilities_.vault.keys_of(subject)) return recent;
  auto text = facilities_.vault.find_record(record);
  if (!text) return fail(text.error());
  auto document = formats::parse_json(*text);
  if (!document) return fail(document.error());
  auto opened = open_record(facilities_.vault, std::move(*text), std::move(*document));
  facilities_.recent.put(record, subject, opened);
  return opened;
}

Result<Consideration> Dispatcher::consider_transfer(const Transfer& transfer, Timestamp now) const {
  const auto record = find_record(transfer.record, transfer.subject);
  if (!record) return fail(record.error());
  Case c{transfer.subject, transfer.referral, std::string(transfer.recipient), std::string(transfer.purpose),
         std::string(transfer.message)};
  const auto newest = facilities_.sequencer.read([&](const History& h) { return h.latest_record(transfer.subject); });
  const bool is_newest = !newest || newest->id == transfer.record;
  const auto later = is_newest ? Result<OpenRecordPtr>(nullptr) : find_record(newest->id, transfer.subject);
  if (!later) return fail(later.error());
  auto considered = consider(facilities_, **record, std::move(c), now, later->get());
  if (!considered) return considered;
  if (considered->renewed) considered->content = newest->id;
  if (newest) considered->newest = newest->id;
  return considered;
}

bool Dispatcher::look_at(const TransferId& id) {
  if (record_what_waits(id)) return true;
  const auto transfer = facilities_.sequencer.read([&](const History& history) { return history.transfer(id); });
  if (transfer && transfer->state == TransferState::permitted)
    if (mailbox_.leased_until(id, transfer->attempts)) {
      watch_lease(*transfer);
      return false;
    }
  const auto wish = who_wishes(id);
  const bool restarts = wish && transfer && transfer->state == TransferState::abandoned;
  if (!transfer || (!is_due(transfer->state) && !restarts)) {
    forget_wish(id);
    waits_.forget(id);
    if (transfer) mailbox_.remove(transfer->recipient, id);
    return false;
  }
  const auto now = facilities_.now();
  if (!wish && transfer->state == TransferState::failed && transfer->retry_at && *transfer->retry_at > now) {
    const auto end = waits_.end_of(id, transfer->attempts, *transfer->retry_at - now);
    if (end > Waits::Moment::clock::now()) {
      agenda_.add(id, end);
      return false;
    }
  }

  if (restarts && !check_restart(*transfer)) {  // it could a moment ago
    forget_wish(id);
    return false;
  }
  if (is_erased(transfer->subject)) {
    cancel_erased(*transfer);
    return false;
  }
  if (const auto rectified = restarts ? std::nullopt : rectified_since(id)) {
    cancel_rectified(*transfer, *rectified);
    return false;
  }
  auto considered = consider_transfer(*transfer, now);
  if (!considered) {
    log::error("transfer_not_considered", log::field("transfer", id), log::field("code", considered.error().code));
    // A record that a restore lost does not come back by being looked for; a newer one ends this transfer anyway.
    const bool is_lost = considered.error().code == ErrorCode::not_found;
    is_lost ? look_again_tomorrow(id) : schedule(id, now + after_own_error);
    return false;
  }
  auto sending = std::make_shared<Sending>(id, *transfer, std::move(*considered));
  sending->person = wish;
  decide(*transfer, *sending, now);
  const bool may_go = sending->considered.decision.outcome == Decision::Outcome::permit;
  if (!may_go) mailbox_.remove(transfer->recipient, id);
  if (!may_go || shrank(*transfer, sending->considered)) forget_wish(id);
  if (restarts && !who_wishes(id)) return false;  // the diagram of states leaves an abandoned one no other way
  if (may_go && older_is_under_way(*transfer)) return false;  // it wakes this one when its attempt ends
  if (may_go && !shrank(*transfer, sending->considered)) {
    const bool waits_for_fetch = sending->considered.route.is_fetched();
    if (!waits_for_fetch) mailbox_.remove(transfer->recipient, id);  // it may have waited there by other terms
    if (!waits_for_fetch && !is_paused(transfer->recipient)) {
      send(*transfer, sending);
      return true;
    }
    waits_for_fetch ? wait_for_fetch(*transfer) : forget_wish(id);  // a wish stands until it is fetched
    look_again_tomorrow(id);                                        // days pass while it waits
    return false;
  }
  may_go ? supersede(*transfer, sending) : record_decision(*transfer, sending);
  return false;
}

// Of one that has ended nobody knows any more whom it was for: every recipient's next one may look whether there is a
// place.
void Dispatcher::pass_place_on(const TransferId& id) {
  const auto transfer = facilities_.sequencer.read([&](const History& history) { return history.transfer(id); });
  const auto lanes = lanes_.get();
  for (const auto& [name, lane] : *lanes) {
    if (transfer && transfer->recipient != name.first) continue;
    if (const auto next = lane->call_next(id)) call(*next);
  }
}

// What is decided here beside policy's word.
void Dispatcher::decide(const Transfer& transfer, Sending& sending, Timestamp now) const {
  auto& decision = sending.considered.decision;
  if (held_too_long(transfer, now)) decision = give_up(decision, Reason::hold_expired);
  if (is_outdated(transfer)) decision = give_up(decision, Reason::superseded);
}

bool Dispatcher::held_too_long(const Transfer& transfer, Timestamp now) const {
  return transfer.state == TransferState::held && now - transfer.requested > facilities_.terms->longest_hold;
}

// A newer record asked for the same message while this one was on its way; had it waited, it would have been cancelled
// then. What it says must not arrive after what the newer one says.
bool Dispatcher::is_outdated(const Transfer& transfer) const {
  if (transfer.state != TransferState::failed && transfer.state != TransferState::abandoned) return false;
  const auto last = facilities_.sequencer.read([&](const History& history) {
    return history.last_requested(transfer.subject, transfer.recipient, transfer.purpose, transfer.message);
  });
  return last && *last > transfer.id;
}

// What an older record says is on its way: two at once could arrive in either order.
bool Dispatcher::older_is_under_way(const Transfer& transfer) const {
  return facilities_.sequencer.read([&](const History& history) {
    const auto ids = history.transfers_of(transfer.subject);
    return std::any_of(ids.begin(), ids.end(), [&](const TransferId& id) {
      const auto other = history.transfer(id);
      return other->state == TransferState::permitted && says_the_same(*other, transfer);
    });
  });
}

// An attempt ended: whoever waits to say the same may go now.
void Dispatcher::wake_newer(const Sending& sending) {
  const auto& c = sending.considered.the_case;
  const auto waiting = facilities_.sequencer.read(
      [&](const History& history) { return history.waiting_transfer(c.subject, c.recipient, c.purpose, c.message); });
  if (waiting && *waiting != sending.id) wake(*waiting);
}

// The message of the first permit says more than may be said now.
bool Dispatcher::shrank(const Transfer& transfer, const Consideration& considered) const {
  return transfer.attempts > 0 && !considered.decision.categories.includes(transfer.sent);
}

// By other terms it might be decided otherwise, or sent elsewhere.
Status Dispatcher::still_so(const History& history, const Sending& sending, Timestamp now) const {
  if (sending.considered.terms != facilities_.terms.get()) return fail(ErrorCode::changed, "the configuration changed");
  return exchange::still_so(history, sending, now);
}

void Dispatcher::record_decision(const Transfer& transfer, const SendingPtr& sending) {
  auto& decision = sending->considered.decision;
  fit_to_state(transfer.state, decision);
  if (transfer.state == TransferState::held && decision.outcome == Decision::Outcome::hold &&
      transfer.reasons == decision.reasons && transfer.held_until == decision.held_until)
    return look_again_tomorrow(transfer.id);  // nothing new to say
  facilities_.sequencer.submit(
      [this, sending](const History& history, std::uint64_t, Timestamp now) -> Result<ledger::Transaction> {
        if (auto same = still_so(history, *sending, now); !same) return fail(same.error());
        return draft_decision(facilities_, *sending);
      },
      [this, sending](const Result<ledger::Committed>& committed) {
        const auto& id = sending->id;
        if (committed) {
          log::info("transfer_decided", log::field("transfer", id),
                    log::field("outcome", sending->considered.decision.outcome),
                    log::field("reason", sending->considered.decision.reasons.front()));
          if (sending->considered.decision.outcome == Decision::Outcome::hold) look_again_tomorrow(id);
        } else if (committed.error().code == ErrorCode::changed) {
          wake(id);
        } else {
          log::error("decision_not_recorded", log::field("transfer", id), log::field("code", committed.error().code));
          schedule(id, facilities_.clock.now() + after_own_error);
        }
      });
}

// Less may be sent now: this transfer ends, a new one says what may still be said.
void Dispatcher::supersede(const Transfer&, const SendingPtr& sending) {
  const auto next = std::make_shared<TransferId>();
  facilities_.sequencer.submit(
      [this, sending, next](const History& history, std::uint64_t, Timestamp now) -> Result<ledger::Transaction> {
        if (auto same = still_so(history, *sending, now); !same) return fail(same.error());
        *next = new_id_after(history.last_ids().transfer, now);
        return draft_superseding(facilities_, *sending, *next);
      },
      [this, sending, next](const Result<ledger::Committed>& committed) {
        if (committed) return wake(*next);
        if (committed.error().code == ErrorCode::changed) return wake(sending->id);
        schedule(sending->id, facilities_.clock.now() + after_own_error);
      });
}

bool Dispatcher::is_erased(const SubjectRef& subject) const {
  return facilities_.sequencer.read([&](const History& history) { return history.is_erased(subject); });
}

// It was on its way when its subject was erased, and failed: there is nothing left to decide on, or to send.
void Dispatcher::cancel_erased(const Transfer& transfer) {
  facilities_.sequencer.submit(
      [this, id = transfer.id](const History& history, std::uint64_t, Timestamp) -> Result<ledger::Transaction> {
        const auto now = history.transfer(id);  // it may have been cancelled meanwhile, and forgotten
        if (!now || !is_due(now->state)) return fail(ErrorCode::changed, "the transfer moved on");
        return draft_end_of_erased(facilities_, *now, history.size());
      },
      [this, id = transfer.id](const Result<ledger::Committed>& committed) {
        if (!committed && committed.error().code != ErrorCode::changed)
          schedule(id, facilities_.clock.now() + after_own_error);
      });
}

std::optional<ledger::Seq> Dispatcher::rectified_since(const TransferId& id) const {
  return facilities_.sequencer.read([&](const History& history) { return history.rectified_since(id); });
}

// It was on its way when a person said that it is wrong, and did not arrive for certain: it is not sent again. What
// waited then was stopped at once (exchange/rights/rectify); this is stopped in the name of the same person.
void Dispatcher::cancel_rectified(const Transfer& transfer, ledger::Seq rectified) {
  const auto bytes = facilities_.sequencer.entry_bytes(rectified);
  const auto said = bytes ? ledger::decode_entry(*bytes) : fail(bytes.error());
  if (!said) return schedule(transfer.id, facilities_.clock.now() + after_own_error);
  ledger::EntryDraft like;
  const auto& who = said->actor;
  like.actor = {std::string(who.type), std::string(who.org), std::string(who.role), std::string(who.op)};
  like.subject = transfer.subject;
  like.activity = facilities_.terms->activity_for(transfer.purpose);
  like.trace = new_uuid_v4();
  facilities_.sequencer.submit(
      [like, rectified, id = transfer.id](const History& history, std::uint64_t,
                                          Timestamp) -> Result<ledger::Transaction> {
        const auto now = history.transfer(id);
        if (!now || !is_due(now->state)) return fail(ErrorCode::changed, "the transfer moved on");
        ledger::Transaction transaction;
        transaction.entries.push_back(
            draft_stopped(like, id, Reason::cancelled_by_operator, rectified, history.size()));
        return transaction;
      },
      [this, id = transfer.id](const Result<ledger::Committed>& committed) {
        if (!committed && committed.error().code != ErrorCode::changed)
          schedule(id, facilities_.clock.now() + after_own_error);
      });
}

void Dispatcher::schedule(const TransferId& id, Timestamp when) {
  const auto now = facilities_.clock.now();
  agenda_.add(id, std::chrono::steady_clock::now() + std::max(when - now, std::chrono::milliseconds{0}));
}

// Dates pass at midnight in Belgium: cards become valid or lapse, waiting times end, people come of age.
void Dispatcher::look_again_tomorrow(const TransferId& id) {
  schedule(id, start_of_day_in_brussels(add_days(date_in_brussels(facilities_.clock.now()), 1)));
}

}  // namespace ketenpoort::exchange
