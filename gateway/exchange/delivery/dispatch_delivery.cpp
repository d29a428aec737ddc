// From a permit to what came of it: its message made, its permit written down, the call, its result written down.
#include <algorithm>
#include <utility>

#include "gateway/base/error_text.hpp"
#include "gateway/exchange/delivery/back_off.hpp"
#include "gateway/exchange/delivery/dispatch.hpp"
#include "gateway/exchange/delivery/message_file.hpp"
#include "gateway/exchange/delivery/partner_answer.hpp"
#include "gateway/exchange/delivery/sending.hpp"
#include "gateway/observability/log.hpp"

namespace ketenpoort::exchange {
namespace {

using ledger::History;

constexpr std::chrono::seconds before_recording_again{1};

// Of an attempt whose result the ledger refused.
constexpr std::string_view not_recordable = "result-not-recordable";

DeliveryResult unknown_result() {
  DeliveryResult result;
  result.verdict = {.kind = Verdict::Kind::retry, .failure_class = std::string(not_recordable)};
  return result;
}

}  // namespace

void Dispatcher::send(const Transfer& transfer, const SendingPtr& sending) {
  sending->lane = lanes_.find(lane_of(*sending));
  if (!sending->lane) return;  // policy refuses what is not built; it went this moment, and all is looked at again
  const auto entrance = sending->lane->enter(sending->id);
  if (entrance.next) agenda_.add(entrance.next->first, entrance.next->second);
  pass_place_on(*sending);
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
                                 if (committed) {
                                   wake_newer(*sending);
                                   return end_if_not_called_off(sending->id, sending->attempt);
                                 }
                                 if (committed.error().code == ErrorCode::changed) return wake(sending->id);
                                 log::error("permit_not_recorded", log::field("transfer", sending->id),
                                            log::field("code", committed.error().code));
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
          return record_later(sending->id, [this, sending, result] { record_result(sending, result); });
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
  const auto why = log::ConfiguredName::parse(result.verdict.failure_class);
  log::info("transfer_attempted", log::field("transfer", sending->id), log::field("attempt", sending->attempt),
            log::field("status", result.status),
            log::field("acknowledged", result.verdict.kind == Verdict::Kind::acknowledged),
            why ? log::field("class", *why) : log::field("class", log::Label("none")));
  if (result.verdict.kind == Verdict::Kind::retry)
    agenda_.add(sending->id, waits_.end_of(sending->id, sending->attempt, wait));
  else
    waits_.forget(sending->id);
}

// The disk is full or the queue is: what came of an attempt is kept until it can be written. Its place in the lane
// stays taken, where it has one.
void Dispatcher::record_later(const TransferId& id, std::function<void()> record) {
  {
    const std::lock_guard lock(unrecorded_mutex_);
    unrecorded_[id] = std::move(record);
  }
  agenda_.add(id, std::chrono::steady_clock::now() + before_recording_again);
}

// Called off before its first byte, the cancellation stands in the log by now. Where there was no room to write that
// down, nobody is about to send the message: the permit ends, and all is decided again.
void Dispatcher::end_if_not_called_off(const TransferId& id, std::uint32_t attempt) {
  facilities_.sequencer.submit(
      [this, id, attempt](const History& history, std::uint64_t, Timestamp now) -> Result<ledger::Transaction> {
        const auto still = history.transfer(id);
        if (!still || still->state != TransferState::permitted || still->attempts != attempt)
          return fail(ErrorCode::changed, "it was called off");
        return draft_interrupted(facilities_, *still, now, call_off_failed);
      },
      [this, id, attempt](const Result<ledger::Committed>& committed) {
        if (committed) return wake(id);
        if (committed.error().code != ErrorCode::changed && !stopping_)
          record_later(id, [this, id, attempt] { end_if_not_called_off(id, attempt); });
      });
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

// It may have been called to another lane than it goes by now.
void Dispatcher::pass_place_on(const Sending& sending) {
  const auto lanes = lanes_.get();
  for (const auto& [name, lane] : *lanes) {
    if (name.first != sending.considered.the_case.recipient || lane == sending.lane) continue;
    if (const auto next = lane->call_next(sending.id)) call(*next);
  }
}

void Dispatcher::give_place_back(const Sending& sending) {
  for (const auto& id : sending.lane->give_back()) call(id);
}

void Dispatcher::watch(const Sending& sending, const DeliveryResult& result) {
  const auto& recipient = sending.considered.the_case.recipient;
  const auto kind = result.verdict.kind;
  const auto most_attempts = sending.considered.terms->find_recipient(recipient)->retry.attempts;
  const auto lanes = lanes_.get();
  watch_.note(recipient, result.verdict,
              kind == Verdict::Kind::reject || (kind == Verdict::Kind::retry && sending.attempt >= most_attempts),
              std::chrono::duration_cast<std::chrono::milliseconds>(std::chrono::steady_clock::now() - sending.left));
  watch_.note_breaker(recipient, std::ranges::any_of(*lanes, [&](const auto& lane) {
                        return lane.first.first == recipient && lane.second->breaker_open();
                      }));
}

}  // namespace ketenpoort::exchange
