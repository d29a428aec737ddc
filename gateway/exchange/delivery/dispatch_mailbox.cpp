// Dispatcher, the part for recipients that fetch (docs/decisions/0013-mailbox-leases.md). A message that may go waits
// here without an entry until its recipient asks for it; only then is there a permit, and the lease is that permit
// standing open: acknowledged it becomes delivered, run out it becomes failed, as an attempt that may have arrived.
#include <algorithm>

#include "gateway/exchange/delivery/dispatch.hpp"
#include "gateway/exchange/delivery/message_file.hpp"
#include "gateway/exchange/delivery/partner_answer.hpp"
#include "gateway/exchange/delivery/sending.hpp"
#include "gateway/observability/log.hpp"

namespace ketenpoort::exchange {

using ledger::History;
using ledger::Transaction;
using policy::Decision;

namespace {

constexpr std::chrono::seconds before_ending_again{1};

const Error nothing_there{ErrorCode::not_found, "nothing in this mailbox has this id"};
const Error waits_no_more{ErrorCode::gone,
                          "this message is not to be had any more: take the next one from GET /mailbox, and look at "
                          "GET /notifications"};
const Error not_now{ErrorCode::conflict, "this message may not be fetched now; it stands in GET /mailbox when it may"};
const Error is_stopped{ErrorCode::unavailable, "messages to this recipient are paused"};
const Error cannot_be_read{ErrorCode::unavailable, "this message cannot be looked at just now"};
const Error look_again{ErrorCode::changed, "what was decided changed meanwhile"};

// What of a message that may not go its recipient is told: not why, which may say more of the person than it may know.
Error turned_down(const Decision& decision) {
  return decision.outcome == Decision::Outcome::hold ? not_now : waits_no_more;
}

// Gone is gone; a disk that cannot be read, or a vault that is busy, leaves a lease as it is.
bool is_gone(const Error& error) {
  return error.code == ErrorCode::not_found || error.code == ErrorCode::gone;
}

}  // namespace

std::optional<MailboxPlan> Dispatcher::mailbox_for(const Transfer& transfer) const {
  const auto terms = facilities_.terms.get();
  const auto* plan = terms->mailbox_for(transfer.recipient, transfer.purpose, transfer.message);
  if (plan != nullptr) return *plan;
  // It was fetched before the configuration said that such messages are pushed: its lease runs to its end.
  if (transfer.state == TransferState::permitted && mailbox_.leased_until(transfer.id, transfer.attempts))
    return MailboxPlan{};
  return std::nullopt;
}

bool Dispatcher::is_paused(std::string_view recipient) const {
  return facilities_.sequencer.read([&](const History& history) { return history.is_paused(recipient); });
}

// ---- waiting ----

void Dispatcher::wait_for_fetch(const Transfer& transfer) {
  // What was held waits from now on; of what nobody fetched before a restart, the log knows since when.
  const bool was_held = transfer.state == TransferState::held || transfer.state == TransferState::abandoned;
  mailbox_.put(transfer.recipient, transfer.id, was_held ? facilities_.now() : transfer.changed);
}

// It stands where it stood when it was put there; what a newer record or a withdrawal took away since is not shown.
bool Dispatcher::may_be_fetched(const History& history, const TransferId& id) const {
  const auto transfer = history.transfer(id);
  return transfer && (is_due(transfer->state) || transfer->state == TransferState::abandoned);
}

std::vector<Dispatcher::MailboxItem> Dispatcher::list_mailbox(std::string_view recipient, const TransferId& after,
                                                              std::size_t most) {
  std::vector<MailboxItem> out;
  for (TransferId from = after; out.size() < most;) {
    const auto some = mailbox_.list(recipient, from, most - out.size());
    if (some.empty()) return out;
    from = some.back().id;
    std::vector<TransferId> ended;
    facilities_.sequencer.read([&](const History& history) {
      for (const auto& item : some) {
        if (!may_be_fetched(history, item.id)) {
          ended.push_back(item.id);
          continue;
        }
        const auto transfer = history.transfer(item.id);
        out.push_back(
            {item.id, std::string(transfer->purpose), std::string(transfer->message), item.since, transfer->attempts});
      }
      return 0;
    });
    for (const auto& id : ended) mailbox_.remove(recipient, id);
  }
  return out;
}

Mailbox::Figures Dispatcher::mailbox_figures(std::string_view recipient) {
  mailbox_.prune(recipient, [this](const std::vector<Mailbox::Item>& items) {
    return facilities_.sequencer.read([&](const History& history) {
      std::vector<bool> waits;
      for (const auto& item : items) waits.push_back(may_be_fetched(history, item.id));
      return waits;
    });
  });
  const auto terms = facilities_.terms.get();
  const auto* known = terms->find_recipient(recipient);
  const auto patience = known == nullptr ? MailboxPlan{}.overdue_after : known->mailbox.overdue_after;
  return mailbox_.figures(recipient, facilities_.now() - patience);
}

std::optional<Dispatcher::MailboxStanding> Dispatcher::mailbox_standing(const Transfer& transfer) const {
  const auto plan = mailbox_for(transfer);
  if (!plan) return std::nullopt;
  if (transfer.state == TransferState::permitted) {
    if (const auto until = mailbox_.leased_until(transfer.id, transfer.attempts))
      return MailboxStanding{transfer.changed, until, false};
    return std::nullopt;
  }
  const auto since = mailbox_.waits_since(transfer.recipient, transfer.id);
  if (!since) return std::nullopt;
  return MailboxStanding{*since, std::nullopt, *since < facilities_.now() - plan->overdue_after};
}

std::vector<Dispatcher::LaneStanding> Dispatcher::lanes_to(std::string_view recipient) const {
  std::vector<LaneStanding> out;
  const auto lanes = lanes_.get();
  for (const auto& [name, lane] : *lanes)
    if (name.first == recipient) out.push_back({name.second, lane->figures()});
  return out;
}

void Dispatcher::wake_recipient(std::string_view recipient) {
  const auto ids = facilities_.sequencer.read([&](const History& history) {
    auto open = history.open_transfers();
    std::erase_if(open, [&](const TransferId& id) { return history.transfer(id)->recipient != recipient; });
    return open;
  });
  for (const auto& id : ids) wake(id);
}

// ---- leases ----

// The log says when it was fetched, so a restart neither shortens nor lengthens it. Its first byte may be out: a
// withdrawal must hear of it.
void Dispatcher::restore_lease(const Transfer& transfer, const MailboxPlan& plan) {
  (void)in_flight_.begin(transfer.id);
  const auto until = transfer.changed + plan.lease;
  mailbox_.lease(transfer.recipient, transfer.id, transfer.attempts, until, until - facilities_.now());
}

void Dispatcher::watch_lease(const Transfer& transfer) {
  const auto left = mailbox_.lease_left(transfer.id, transfer.attempts, facilities_.now());
  if (left.count() > 0) return agenda_.add(transfer.id, Agenda::Moment::clock::now() + left);
  end_lease(transfer, lease_expired);
}

// Whoever comes first in the log, this or an acknowledgement, is right.
void Dispatcher::end_lease(const Transfer& transfer, std::string_view failure_class) {
  facilities_.sequencer.submit(
      [this, id = transfer.id, attempt = transfer.attempts, failure_class](const History& history, std::uint64_t,
                                                                           Timestamp now) -> Result<Transaction> {
        const auto still = history.transfer(id);
        if (!still || still->state != TransferState::permitted || still->attempts != attempt) return fail(look_again);
        return draft_interrupted(facilities_, *still, now, failure_class);
      },
      [this, id = transfer.id, attempt = transfer.attempts,
       subject = transfer.subject](const Result<ledger::Committed>& committed) {
        if (committed) {
          log::info("lease_ended", log::field("transfer", id));
          release_lease(id, attempt, subject);
        } else if (committed.error().code != ErrorCode::changed) {
          agenda_.add(id, std::chrono::steady_clock::now() + before_ending_again);
        }
      });
}

// Whoever waits to say the same may go now; so may this one again, should it have failed.
void Dispatcher::release_lease(const TransferId& id, std::uint32_t attempt, const SubjectRef& subject) {
  mailbox_.end_lease(id, attempt);
  in_flight_.end(id);
  wake_subject(subject);
}

// ---- fetching ----

// The answer goes out once the log says why: what is written comes before what is written after it.
void Dispatcher::after_what_was_submitted(std::function<void()> then) {
  facilities_.sequencer.submit(
      [](const History&, std::uint64_t, Timestamp) { return Result<Transaction>(Transaction{}); },
      [then = std::move(then)](const Result<ledger::Committed>&) { then(); });
}

void Dispatcher::fetch(const TransferId& id, std::string_view recipient, std::function<void(Result<Fetched>)> done) {
  const auto transfer = facilities_.sequencer.read([&](const History& history) { return history.transfer(id); });
  const auto plan = transfer ? mailbox_for(*transfer) : std::nullopt;
  if (!plan || transfer->recipient != recipient) return done(fail(nothing_there));
  if (is_paused(recipient)) return done(fail(is_stopped));
  if (transfer->state == TransferState::permitted) return give_out_again(*transfer, std::move(done));
  // A person wanted one that was given up, from before it was fetched, tried again.
  const bool restarts = transfer->state == TransferState::abandoned && mailbox_.waits_since(recipient, id);
  if (!is_due(transfer->state) && !restarts) return done(fail(waits_no_more));
  if (is_erased(transfer->subject)) {
    if (!restarts) cancel_erased(*transfer);
    return after_what_was_submitted([done = std::move(done)] { done(fail(waits_no_more)); });
  }
  if (const auto rectified = rectified_since(id)) {
    if (!restarts) cancel_rectified(*transfer, *rectified);
    return after_what_was_submitted([done = std::move(done)] { done(fail(waits_no_more)); });
  }
  const auto now = facilities_.now();
  auto considered = consider_transfer(*transfer, now);
  if (!considered) return done(fail(cannot_be_read));
  auto sending = std::make_shared<Sending>(id, *transfer, std::move(*considered));
  sending->person = who_wishes(id);
  decide(*transfer, *sending, now);
  const auto& decision = sending->considered.decision;
  if (decision.outcome != Decision::Outcome::permit) return turn_down(*transfer, sending, std::move(done));
  if (older_is_under_way(*transfer)) return done(fail(not_now));
  if (shrank(*transfer, sending->considered)) {
    forget_wish(id);
    if (restarts) return done(fail(waits_no_more));
    supersede(*transfer, sending);
    return after_what_was_submitted([done = std::move(done)] { done(fail(waits_no_more)); });
  }
  give_out(*transfer, sending, *plan, std::move(done));
}

void Dispatcher::turn_down(const Transfer& transfer, const SendingPtr& sending,
                           std::function<void(Result<Fetched>)> done) {
  mailbox_.remove(transfer.recipient, transfer.id);
  forget_wish(transfer.id);
  const auto answer = turned_down(sending->considered.decision);
  if (transfer.state != TransferState::abandoned) record_decision(transfer, sending);
  after_what_was_submitted([done = std::move(done), answer] { done(fail(answer)); });
}

void Dispatcher::give_out(const Transfer& transfer, const SendingPtr& sending, const MailboxPlan& plan,
                          std::function<void(Result<Fetched>)> done) {
  if (auto made = make_message(transfer, *sending); !made) {
    if (made.error().code == ErrorCode::io || made.error().code == ErrorCode::unavailable)
      return done(fail(ErrorCode::unavailable, "this message cannot be made just now"));
    return turn_down(transfer, sending, std::move(done));  // make_message turned the decision into the refusal
  }
  ++under_way_;
  auto until = std::make_shared<Timestamp>();
  facilities_.sequencer.submit(
      [this, sending, until, lease = plan.lease](const History& history, std::uint64_t, Timestamp now) {
        *until = now + lease;
        return draft_permit(history, *sending, now);
      },
      [this, sending, until, lease = plan.lease, subject = transfer.subject,
       done = std::move(done)](const Result<ledger::Committed>& committed) {
        --under_way_;
        const auto& c = sending->considered.the_case;
        if (!committed) {
          wake(sending->id);  // it waits as before
          const bool again = committed.error().code == ErrorCode::changed;
          return done(fail(again ? look_again : Error{ErrorCode::unavailable, "the permit could not be written"}));
        }
        forget_wish(sending->id);
        if (!in_flight_.begin(sending->id)) {  // called off before the first byte
          mailbox_.remove(c.recipient, sending->id);
          end_if_not_called_off(sending->id, sending->attempt);
          wake_subject(subject);
          return done(fail(waits_no_more));
        }
        mailbox_.lease(c.recipient, sending->id, sending->attempt, *until, lease);
        agenda_.add(sending->id, Agenda::Moment::clock::now() + lease);
        log::info("message_fetched", log::field("transfer", sending->id), log::field("attempt", sending->attempt));
        done(Fetched{sending->content_type, take_message(std::move(sending->packed)), sending->attempt, *until,
                     sending->trace});
      });
}

// The connection may have been torn: the same bytes under the same permit. Not after a withdrawal, a restriction, an
// erasure or a rectification: then the lease ends, and what follows is decided.
void Dispatcher::give_out_again(const Transfer& transfer, std::function<void(Result<Fetched>)> done) {
  const auto until = mailbox_.leased_until(transfer.id, transfer.attempts);
  if (!until)  // it is being given out at this moment
    return after_what_was_submitted([done = std::move(done)] { done(fail(look_again)); });
  const auto now = facilities_.now();
  const bool expired = mailbox_.lease_left(transfer.id, transfer.attempts, now).count() == 0;
  const auto considered = expired || is_erased(transfer.subject) || rectified_since(transfer.id)
                              ? Result<Consideration>(fail(ErrorCode::gone, "not to be had"))
                              : consider_transfer(transfer, now);
  const bool allowed =
      considered && considered->decision.outcome == Decision::Outcome::permit && !shrank(transfer, *considered);
  if (!considered && !is_gone(considered.error())) return done(fail(cannot_be_read));
  const auto kept = allowed ? facilities_.vault.find_payload(transfer.id) : fail(waits_no_more);
  if (kept)
    return done(Fetched{kept->content_type, std::string(unpack_message(kept->bytes).message), transfer.attempts, *until,
                        new_uuid_v4()});
  if (allowed && !is_gone(kept.error())) return done(fail(cannot_be_read));
  end_lease(transfer, expired ? lease_expired : lease_ended);
  after_what_was_submitted([done = std::move(done), expired] { done(fail(expired ? look_again : waits_no_more)); });
}

// ---- acknowledging ----

// The key is in the permit's sealed part: an acknowledgement may come after a restart.
Result<Commitment> Dispatcher::commitment_of(const Transfer& transfer) const {
  const auto bytes = facilities_.sequencer.entry_bytes(transfer.seqs.back());
  const auto entry = bytes ? ledger::decode_entry(*bytes) : fail(bytes.error());
  if (!entry) return fail(entry.error());
  const auto keys = facilities_.vault.keys_of(transfer.subject);
  if (!keys) return fail(keys.error());
  const auto text = open_part(keys->proof, *entry);
  const auto premises = text ? policy::decode_premises(*text) : fail(text.error());
  if (!premises) return fail(premises.error());
  if (!premises->commit_key) return fail(ErrorCode::internal, "the permit has no key for its commitments");
  return Commitment{*premises->commit_key};
}

void Dispatcher::acknowledge(Acknowledgement acknowledgement, std::function<void(Status)> done) {
  const auto& id = acknowledgement.id;
  const auto transfer = facilities_.sequencer.read([&](const History& history) { return history.transfer(id); });
  if (!transfer || !mailbox_for(*transfer) || transfer->recipient != acknowledgement.recipient)
    return done(fail(nothing_there));
  if (transfer->state == TransferState::acknowledged) {
    if (transfer->reference == acknowledgement.reference) return done({});
    return done(fail(ErrorCode::conflict, "it was acknowledged with another reference"));
  }
  if (is_final(transfer->state))
    return done(fail(ErrorCode::gone, "it was called off; what to do with data you have stands in GET /notifications"));
  // Permitted and not on lease is what is being pushed, as it was configured when it left: its answer counts.
  if (transfer->state != TransferState::permitted || !mailbox_.leased_until(id, transfer->attempts))
    return done(fail(ErrorCode::conflict,
                     "it is not on lease: not fetched yet, or fetched and not acknowledged in time. Fetch it (the same "
                     "bytes come, under the same id), then acknowledge it"));
  const auto commitment = commitment_of(*transfer);
  const auto kept = facilities_.vault.find_payload(id);
  for (const auto* error : {commitment ? nullptr : &commitment.error(), kept ? nullptr : &kept.error()})
    if (error != nullptr)
      return done(
          fail(is_gone(*error) ? Error{ErrorCode::gone, "what was kept of this message is gone"} : cannot_be_read));
  const auto message = commitment->of(unpack_message(kept->bytes).message);
  const auto answer = commitment->of(acknowledgement.body);
  auto sealed = seal_answer(facilities_.vault, transfer->subject, id,
                            {.attempt = transfer->attempts, .content = acknowledgement.body});
  facilities_.sequencer.submit(
      [this, attempt = transfer->attempts, message, answer, said = acknowledgement, sealed = std::move(sealed)](
          const History& history, std::uint64_t, Timestamp) -> Result<Transaction> {
        const auto still = history.transfer(said.id);
        if (!still || still->state != TransferState::permitted || still->attempts != attempt) return fail(look_again);
        auto transaction = draft_fetched(facilities_, *still, message, answer, said.reference);
        keep_answer(facilities_.vault, history, still->subject, sealed, transaction);
        return transaction;
      },
      [this, id, attempt = transfer->attempts, subject = transfer->subject,
       done = std::move(done)](const Result<ledger::Committed>& committed) {
        if (!committed) return done(fail(committed.error()));
        release_lease(id, attempt, subject);
        log::info("message_acknowledged", log::field("transfer", id));
        done({});
      });
}

}  // namespace ketenpoort::exchange
