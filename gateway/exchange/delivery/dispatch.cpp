#include "gateway/exchange/delivery/dispatch.hpp"

#include <algorithm>
#include <utility>

#include "gateway/exchange/delivery/back_off.hpp"
#include "gateway/exchange/delivery/message_file.hpp"
#include "gateway/exchange/delivery/partner_answer.hpp"
#include "gateway/exchange/delivery/sending.hpp"
#include "gateway/exchange/facilities/ids.hpp"
#include "gateway/observability/log.hpp"

namespace ketenpoort::exchange {
namespace {

using ledger::History;
using policy::Decision;

// After an error of ours (storage, an invariant): not at once again.
constexpr std::chrono::seconds after_own_error{30};
constexpr std::chrono::seconds before_recording_again{1};

// Of an attempt whose result the ledger refused.
constexpr std::string_view not_recordable = "result-not-recordable";

DeliveryResult unknown_result() {
  DeliveryResult result;
  result.verdict = {.kind = Verdict::Kind::retry, .failure_class = std::string(not_recordable)};
  return result;
}

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
    if (!look_at(*id)) pass_place_on(*id);
    agenda_.give_back(*id);
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
    if (const auto until = mailbox_.leased_until(id, transfer->attempts)) {
      watch_lease(*transfer, *until);
      return false;
    }
  const auto wish = who_wishes(id);
  const bool restarts = wish && transfer && transfer->state == TransferState::abandoned;
  if (!transfer || (!is_due(transfer->state) && !restarts)) {
    forget_wish(id);
    if (transfer) mailbox_.remove(transfer->recipient, id);
    return false;
  }
  const auto now = facilities_.now();
  if (!wish && transfer->state == TransferState::failed && transfer->retry_at && *transfer->retry_at > now) {
    schedule(id, *transfer->retry_at);
    return false;
  }

  if (restarts && !check_restart(*transfer)) {  // it could a moment ago
    forget_wish(id);
    return false;
  }
  if (is_erased(transfer->subject)) {
    cancel_erased(*transfer);
    return false;
  }
  auto considered = consider_transfer(*transfer, now);
  if (!considered) {
    log::error("transfer_not_considered", log::field("transfer", id),
               log::field("code", static_cast<int>(considered.error().code)));
    schedule(id, now + after_own_error);
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
          log::error("decision_not_recorded", log::field("transfer", id),
                     log::field("code", static_cast<int>(committed.error().code)));
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
        const auto now = history.transfer(id);
        if (!is_due(now->state)) return fail(ErrorCode::changed, "the transfer moved on");
        return draft_end_of_erased(facilities_, *now, history.size());
      },
      [this, id = transfer.id](const Result<ledger::Committed>& committed) {
        if (!committed && committed.error().code != ErrorCode::changed)
          schedule(id, facilities_.clock.now() + after_own_error);
      });
}

void Dispatcher::send(const Transfer& transfer, const SendingPtr& sending) {
  sending->lane = lanes_.find(lane_of(*sending));
  if (!sending->lane) return;  // policy refuses what is not built; it went this moment, and all is looked at again
  const auto entrance = sending->lane->enter(sending->id);
  if (entrance.next) agenda_.add(entrance.next->first, entrance.next->second);
  if (!entrance.entered) {
    if (entrance.try_again) agenda_.add(sending->id, *entrance.try_again);
    return;
  }
  if (auto made = make_message(transfer, *sending); !made) {
    give_place_back(*sending);
    if (made.error().code == ErrorCode::io || made.error().code == ErrorCode::unavailable)
      return schedule(sending->id, facilities_.clock.now() + after_own_error);  // the vault cannot be read just now
    if (transfer.state == TransferState::abandoned) return forget_wish(sending->id);
    return record_decision(transfer, sending);  // make_message turned the decision into the refusal
  }
  ++under_way_;
  facilities_.sequencer.submit([this, sending](const History& history, std::uint64_t,
                                               Timestamp now) { return draft_permit(history, *sending, now); },
                               [this, sending](const Result<ledger::Committed>& committed) {
                                 if (committed) forget_wish(sending->id);
                                 if (committed && in_flight_.begin(sending->id)) return deliver(sending);
                                 give_place_back(*sending);
                                 --under_way_;
                                 // Called off before the first byte: the cancellation stands in the log, or follows.
                                 if (committed) return wake_newer(*sending);
                                 if (committed.error().code == ErrorCode::changed) return wake(sending->id);
                                 log::error("permit_not_recorded", log::field("transfer", sending->id),
                                            log::field("code", static_cast<int>(committed.error().code)));
                                 schedule(sending->id, facilities_.clock.now() + after_own_error);
                               });
}

// With what its permit needs, sealed before the sequencer's turn. What cannot be sealed waits: its keys are just being
// destroyed.
Status Dispatcher::make_message(const Transfer& transfer, Sending& sending) const {
  if (auto written = write_message(transfer, sending); !written) return written;
  if (auto sealed = seal_permit(facilities_, sending); !sealed)
    return fail(ErrorCode::unavailable, std::move(sealed.error().message));
  return {};
}

// The message is made once, at the first permit; every later attempt sends the same bytes.
Status Dispatcher::write_message(const Transfer& transfer, Sending& sending) const {
  if (transfer.attempts > 0) {
    auto kept = facilities_.vault.find_payload(transfer.id);
    if (!kept) {
      refuse_message(sending, Reason::mapping_failed);
      return fail(kept.error());
    }
    const auto key = find_commit_key(kept->bytes);
    if (!key) {
      refuse_message(sending, Reason::mapping_failed);
      return fail(ErrorCode::internal, "the message is kept without the key of its commitment");
    }
    sending.commitment.key = *key;
    sending.content_type = kept->content_type;
    sending.packed = std::move(kept->bytes);
    sending.sent = transfer.sent;
    sending.left_out = transfer.left_out;
    sending.activated = transfer.mapping_seq;
    return {};
  }
  const auto mapping = find_mapping(facilities_, sending.considered.route, sending.considered.on);
  if (mapping == nullptr) return fail(ErrorCode::unavailable, "the mapping went while the transfer was decided");
  sending.translated_at = facilities_.clock.now();
  const auto context = translation_context(facilities_, sending.considered, transfer.id, sending.translated_at,
                                           sending.considered.decision.categories);
  auto translated = mapping->translate(sending.considered.record, context);
  if (!translated) {
    log::warning("translation_refused", log::field("transfer", transfer.id),
                 log::field("reason", translated.error().reason));
    refuse_message(sending, translated.error().reason);
    return fail(ErrorCode::invalid_input, translated.error().detail);
  }
  sending.content_type = translated->content_type;
  sending.packed = pack_message(*translated, sending.commitment.key);
  sending.sent = translated->sent;
  sending.left_out = summarise(translated->left_out);
  sending.mapping = mapping;
  sending.is_first = true;
  return {};
}

Result<ledger::Transaction> Dispatcher::draft_permit(const History& history, Sending& sending, Timestamp now) const {
  if (auto same = still_so(history, sending, now); !same) return fail(same.error());
  if (history.is_paused(sending.considered.the_case.recipient))
    return fail(ErrorCode::changed, "its recipient was paused");
  return exchange::draft_permit(facilities_, history, sending);
}

void Dispatcher::deliver(const SendingPtr& sending) {
  const auto* recipient = sending->considered.terms->find_recipient(sending->considered.the_case.recipient);
  Delivery delivery;
  delivery.transfer = sending->id;
  sending->left = std::chrono::steady_clock::now();
  delivery.message = sending->considered.the_case.message;
  delivery.content_type = sending->content_type;
  delivery.payload = take_message(std::move(sending->packed));  // a later attempt reads it from the vault
  delivery.trace = sending->trace;
  recipient->find_partner(sending->considered.route.channel)
      ->deliver(std::move(delivery), [this, sending](const DeliveryResult& result) { record_result(sending, result); });
}

void Dispatcher::record_result(const SendingPtr& sending, const DeliveryResult& result) {
  const auto& plan = sending->considered.terms->find_recipient(sending->considered.the_case.recipient)->retry;
  const auto wait = result.verdict.retry_after
                        ? std::max<std::chrono::milliseconds>(*result.verdict.retry_after, plan.first)
                        : back_off(plan, sending->attempt);
  const auto& subject = sending->considered.the_case.subject;
  auto kept = result.verdict.kind == Verdict::Kind::retry
                  ? std::nullopt
                  : seal_answer(facilities_.vault, subject, sending->id,
                                {.attempt = sending->attempt, .status = result.status, .content = result.answer});
  facilities_.sequencer.submit(
      [this, sending, result, wait, attempts = plan.attempts, kept = std::move(kept)](const History& history,
                                                                                      std::uint64_t, Timestamp now) {
        auto transaction = draft_result(facilities_, *sending, result, now + wait, attempts);
        keep_answer(facilities_.vault, history, sending->considered.the_case.subject, kept, transaction);
        return Result<ledger::Transaction>(std::move(transaction));
      },
      [this, sending, result, wait](const Result<ledger::Committed>& committed) {
        if (!committed && committed.error().code == ErrorCode::unavailable && !stopping_)
          return record_later(sending, result);
        // What the ledger takes for impossible must not leave the permit open: nobody knows whether it arrived.
        if (!committed && result.verdict.failure_class != not_recordable)
          return record_result(sending, unknown_result());
        finish_delivery(sending, result, wait, static_cast<bool>(committed));
      });
}

void Dispatcher::finish_delivery(const SendingPtr& sending, const DeliveryResult& result,
                                 std::chrono::milliseconds wait, bool recorded) {
  if (recorded) in_flight_.end(sending->id);  // else a withdrawal must go on hearing that it may have left
  leave_lane(*sending, result.verdict.kind != Verdict::Kind::retry);
  watch(*sending, result);
  --under_way_;
  if (!recorded) {
    // The permit stays open in the log; a restart closes it as a failed attempt. Nothing is sent under it again.
    log::error("result_not_recorded", log::field("transfer", sending->id));
    return;
  }
  wake_newer(*sending);
  log::info("transfer_attempted", log::field("transfer", sending->id), log::field("attempt", sending->attempt),
            log::field("status", result.status),
            log::field("acknowledged", result.verdict.kind == Verdict::Kind::acknowledged));
  if (result.verdict.kind == Verdict::Kind::retry) schedule(sending->id, facilities_.clock.now() + wait);
}

// The disk is full or the queue is: what came of a delivery is kept until it can be written. Its place in the lane
// stays taken.
void Dispatcher::record_later(const SendingPtr& sending, const DeliveryResult& result) {
  {
    const std::lock_guard lock(unrecorded_mutex_);
    unrecorded_[sending->id] = [this, sending, result] { record_result(sending, result); };
  }
  agenda_.add(sending->id, std::chrono::steady_clock::now() + before_recording_again);
}

bool Dispatcher::record_what_waits(const TransferId& id) {
  std::function<void()> record;
  {
    const std::lock_guard lock(unrecorded_mutex_);
    const auto it = unrecorded_.find(id);
    if (it == unrecorded_.end()) return false;
    record = std::move(it->second);
    unrecorded_.erase(it);
  }
  record();
  return true;
}

Dispatcher::LaneName Dispatcher::lane_of(const Sending& sending) {
  return {sending.considered.the_case.recipient, sending.considered.route.channel};
}

void Dispatcher::leave_lane(const Sending& sending, bool answered) {
  for (const auto& id : sending.lane->leave(answered)) call(id);
}

void Dispatcher::give_place_back(const Sending& sending) {
  for (const auto& id : sending.lane->give_back()) call(id);
}

void Dispatcher::watch(const Sending& sending, const DeliveryResult& result) {
  const auto& recipient = sending.considered.the_case.recipient;
  const auto kind = result.verdict.kind;
  const auto most_attempts = sending.considered.terms->find_recipient(recipient)->retry.attempts;
  const auto lanes = lanes_.get();
  watch_.note(recipient, kind,
              kind == Verdict::Kind::reject || (kind == Verdict::Kind::retry && sending.attempt >= most_attempts),
              std::chrono::duration_cast<std::chrono::milliseconds>(std::chrono::steady_clock::now() - sending.left));
  watch_.note_breaker(recipient, std::ranges::any_of(*lanes, [&](const auto& lane) {
                        return lane.first.first == recipient && lane.second->breaker_open();
                      }));
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
