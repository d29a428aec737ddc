#include "gateway/exchange/notices/notifier.hpp"

#include <algorithm>
#include <array>
#include <exception>
#include <utility>

#include "gateway/base/error_text.hpp"
#include "gateway/exchange/delivery/back_off.hpp"
#include "gateway/exchange/facilities/replies.hpp"
#include "gateway/ledger/entry/bodies.hpp"
#include "gateway/observability/log.hpp"

namespace ketenpoort::exchange {
namespace {

using ledger::History;
using ledger::Seq;
using ledger::Transaction;

constexpr Uuid look_for_new{};  // on the agenda: no notification has this id
constexpr std::chrono::milliseconds between_looks{50};
constexpr std::chrono::milliseconds while_under_way{100};
// A message that its recipient fetched is with it as soon as the answer has arrived there.
constexpr std::chrono::seconds time_to_fetch{30};
constexpr std::chrono::seconds after_own_error{5};
constexpr std::chrono::hours after_refusal{24};  // a person looks meanwhile
constexpr std::chrono::days mark_lifetime{400};
constexpr std::size_t at_once = 1000;
constexpr unsigned default_failures_to_open = 5;

constexpr std::array<std::string_view, 5> state_names = {"PENDING", "SENT", "FAILED", "OVERDUE", "CONFIRMED"};

const Error unknown{ErrorCode::not_found, "no notification has this id"};

Lanes<std::string>::Plans plan_lanes(const Terms& terms) {
  Lanes<std::string>::Plans plans;
  for (const auto& [id, recipient] : terms.recipients)
    if (recipient.recalls)
      plans[id] = {recipient.concurrency, default_failures_to_open, recipient.pace, recipient.recalls.get()};
  return plans;
}

}  // namespace

std::string_view to_text(NotificationState state) {
  return state_names[static_cast<std::size_t>(state)];
}

std::optional<NotificationState> parse_notification_state(std::string_view text) {
  const auto found = std::ranges::find(state_names, text);
  if (found == state_names.end()) return std::nullopt;
  return static_cast<NotificationState>(found - state_names.begin());
}

Notifier::Notifier(Facilities& facilities, EntriesOf entries_of)
    : facilities_(facilities),
      entries_of_(std::move(entries_of)),
      origin_(facilities.sequencer.read([](const History& history) { return history.opened()->origin; })),
      lanes_(plan_lanes(*facilities.terms.get())) {}

Notifier::~Notifier() {
  stop(std::chrono::milliseconds{0});
}

void Notifier::start() {
  agenda_.add(look_for_new, Moment{});
  worker_ = std::thread([this] { work(); });
}

void Notifier::use(const Terms& terms) {
  const auto before = lanes_.get();
  lanes_.use(plan_lanes(terms));
  const auto now = lanes_.get();
  const std::lock_guard lock(mutex_);
  for (const auto& [seq, open] : open_)
    if (!open.sent && now->contains(open.recipient) && !before->contains(open.recipient))
      schedule(seq, std::chrono::milliseconds{0});
}

std::map<std::string, std::size_t> Notifier::untold() const {
  const auto lanes = lanes_.get();
  std::map<std::string, std::size_t> out;
  const std::lock_guard lock(mutex_);
  for (const auto& [seq, open] : open_)
    if (!open.sent && lanes->contains(open.recipient)) ++out[open.recipient];
  return out;
}

void Notifier::stop(std::chrono::milliseconds drain) {
  stopping_ = true;
  agenda_.close();
  if (worker_.joinable()) worker_.join();
  const auto deadline = std::chrono::steady_clock::now() + drain;
  while (under_way_ > 0 && std::chrono::steady_clock::now() < deadline)
    std::this_thread::sleep_for(std::chrono::milliseconds{10});
}

void Notifier::work() {
  while (const auto id = agenda_.take()) {
    const bool is_look_for_new = *id == look_for_new;
    bool looked = false;
    try {
      if (is_look_for_new)
        discover();
      else if (const auto seq = notification_seq(origin_, *id))
        if (!look_at(*seq)) pass_place_on(*id);
      looked = true;
    } catch (const std::exception&) {  // the vault cannot be read, say
      log::error("recalls_not_looked_at");
    }
    if (is_look_for_new || !looked)
      agenda_.add(*id, std::chrono::steady_clock::now() + (looked ? between_looks : after_own_error));
    agenda_.give_back(*id);
  }
}

// Only what is durable: nobody is told of what a power cut may still undo.
void Notifier::discover() {
  while (!stopping_) {
    const auto durable = facilities_.sequencer.size();
    const auto found =
        facilities_.sequencer.read([&](const History& history) { return history.notifications(next_, {}, at_once); });
    for (const auto& notification : found) {
      if (notification.seq >= durable) return;
      if (notification.confirmed == 0) add(notification);
      next_ = notification.seq + 1;
    }
    if (found.size() < at_once) return;
  }
}

void Notifier::add(const Notification& notification) {
  const auto seq = notification.seq;
  {
    const std::lock_guard lock(mutex_);
    open_[seq] = {.subject = notification.subject,
                  .recipient = std::string(notification.recipient),
                  .deadline = notification.deadline,
                  .last_failure = {}};
  }
  // Only now: what was answered or read since is not missed.
  const bool answered =
      facilities_.sequencer.read([&](const History& history) { return history.notification(seq)->confirmed != 0; });
  if (answered) return settle(seq);
  if (was_sent(notification.recipient, seq))
    change(seq, [](Open& o) { o.sent = true; });
  else if (lanes_.find(notification.recipient))
    schedule(seq, std::chrono::milliseconds{0});
}

// False: it did not go to its recipient's lane.
bool Notifier::look_at(Seq seq) {
  const auto open = find_open(seq);
  if (!open || open->sent || open->under_way || stopping_) return false;
  const auto way = find_way(open->recipient);
  if (!way) return false;
  if (must_wait(*open, seq)) {
    schedule(seq, while_under_way);
    return false;
  }
  const auto entrance = way->lane->enter(id_of(seq));
  if (entrance.entered) call(*way, seq);
  if (entrance.try_again) agenda_.add(id_of(seq), *entrance.try_again);
  if (entrance.next) agenda_.add(entrance.next->first, entrance.next->second);
  return true;
}

// One that was called and does not go must not keep those behind it waiting.
void Notifier::pass_place_on(const Uuid& absent) {
  const auto lanes = lanes_.get();
  for (const auto& [recipient, lane] : *lanes)
    if (const auto next = lane->call_next(absent)) agenda_.add(*next, Moment{});
}

// A message to this recipient was on its way when the cause came, and still is.
bool Notifier::must_wait(const Open& open, Seq seq) const {
  const auto now = facilities_.now();
  const auto terms = facilities_.terms.get();
  return facilities_.sequencer.read([&](const History& history) {
    const auto ids = history.transfers_of(open.subject);
    return std::ranges::any_of(ids, [&](const TransferId& id) {
      const auto transfer = history.transfer(id);
      if (transfer->state != TransferState::permitted || transfer->recipient != open.recipient ||
          transfer->seqs.back() > seq)
        return false;
      const bool fetched = terms->mailbox_for(transfer->recipient, transfer->purpose, transfer->message);
      return !fetched || now - transfer->changed < time_to_fetch;
    });
  });
}

// Where the terms were just swapped and the lanes are about to be, it is looked at again when both are.
std::optional<Notifier::Way> Notifier::find_way(std::string_view recipient) const {
  Way way{std::string(recipient), facilities_.terms.get(), nullptr, lanes_.find(recipient)};
  way.recipient = way.terms->find_recipient(recipient);
  if (!way.lane || way.recipient == nullptr || !way.recipient->recalls) return std::nullopt;
  return way;
}

void Notifier::call(const Way& way, Seq seq) {
  const auto notification = find(id_of(seq));
  const auto composed = notification ? message(*notification) : fail(notification.error());
  if (!composed) {
    leave(way, true);
    log::warning("recall_not_made", log::field("notification", id_of(seq)), log::field("code", composed.error().code));
    return schedule(seq, after_own_error);
  }
  change(seq, [](Open& o) {
    o.under_way = true;
    ++o.attempts;
  });
  ++under_way_;
  RecallDelivery delivery{composed->id, to_json(*composed), new_uuid_v4()};
  way.recipient->recalls->tell(std::move(delivery), [this, seq, way](const RecallResult& result) {
    leave(way, result.verdict.kind != RecallVerdict::Kind::retry);
    judge(way, seq, result);
    --under_way_;
  });
}

void Notifier::judge(const Way& way, Seq seq, const RecallResult& result) {
  const auto& verdict = result.verdict;
  change(seq, [](Open& o) { o.under_way = false; });
  log::info("recall_attempted", log::field("notification", id_of(seq)), log::field("status", result.status),
            log::field("answered", verdict.reply.has_value()));
  if (verdict.kind != RecallVerdict::Kind::taken) return failed(way.recipient->retry, seq, result);
  if (verdict.reply_unclear) log::warning("recall_reply_not_understood", log::field("notification", id_of(seq)));
  if (!verdict.reply) return mark_sent(way.id, seq);
  const ledger::Actor actor{"system", facilities_.terms->organisation, "gateway", {}};
  confirm(seq, *verdict.reply, actor, new_uuid_v4(), [this, seq](const Status& done) {
    // Asked again, it says the same again.
    if (!done && done.error().code != ErrorCode::conflict) schedule(seq, after_own_error);
  });
}

void Notifier::failed(const RetryPlan& plan, Seq seq, const RecallResult& result) {
  const auto open = find_open(seq);
  if (!open) return;
  const bool refused = result.verdict.kind == RecallVerdict::Kind::reject;
  change(seq, [&](Open& o) {
    o.failed = refused;
    o.last_failure = result.verdict.failure_class;
  });
  if (refused) {
    log::error("recall_refused", log::field("notification", id_of(seq)), log::field("status", result.status));
    return schedule(seq, after_refusal);
  }
  const auto wait = back_off(plan, open->attempts);
  const auto asked = result.verdict.retry_after;
  schedule(seq, asked ? std::max<std::chrono::milliseconds>(*asked, plan.first) : wait);
}

// That it was told stands in no entry: a row of the vault, so that a restart does not tell it again.
void Notifier::mark_sent(std::string_view recipient, Seq seq) {
  const auto mark = mark_of(recipient, seq);
  ++under_way_;
  facilities_.sequencer.submit(
      [this, mark](const History&, std::uint64_t, Timestamp now) -> Result<Transaction> {
        Transaction transaction;
        transaction.changes.push_back(facilities_.vault.add_reply(mark, {mark, 200, "sent"}, now + mark_lifetime));
        return transaction;
      },
      [this, seq](const Result<ledger::Committed>& committed) {
        if (committed)
          change(seq, [](Open& o) {
            o.sent = true;
            o.failed = false;
            o.last_failure.clear();
          });
        else
          schedule(seq, after_own_error);
        --under_way_;
      });
}

Digest Notifier::mark_of(std::string_view recipient, Seq seq) const {
  return make_reply_key("recalls", recipient, id_of(seq).text());
}

// Where the vault cannot tell, it was not: told again under the same key, the recipient hears nothing new.
bool Notifier::was_sent(std::string_view recipient, Seq seq) const {
  try {
    return facilities_.vault.find_reply(mark_of(recipient, seq)).has_value();
  } catch (const std::exception&) {
    log::warning("recall_mark_unreadable", log::field("notification", id_of(seq)));
    return false;
  }
}

void Notifier::confirm(Seq seq, const RecallReply& reply, const ledger::Actor& actor, const Uuid& trace,
                       std::function<void(Status)> done) {
  ++under_way_;
  facilities_.sequencer.submit(
      [seq, reply, actor, trace](const History& history, std::uint64_t, Timestamp) -> Result<Transaction> {
        const auto notification = history.notification(seq);
        if (!notification) return fail(unknown);
        Transaction transaction;
        if (notification->confirmed != 0) {
          if (notification->reply == reply.reply && notification->ground == reply.ground.value_or(""))
            return transaction;
          return fail(ErrorCode::conflict, "it was answered otherwise before; what was answered stands");
        }
        ledger::EntryDraft draft;
        draft.kind = ledger::RecipientConfirmed::kind;
        draft.actor = actor;
        draft.subject = notification->subject;
        draft.trace = trace;
        draft.refs = {seq};
        draft.body = ledger::encode_body(ledger::RecipientConfirmed{reply.ground, seq, reply.reply});
        transaction.entries.push_back(std::move(draft));
        return transaction;
      },
      [this, seq, done = std::move(done)](const Result<ledger::Committed>& committed) {
        if (committed) settle(seq);
        done(committed ? Status{} : Status(fail(committed.error())));
        --under_way_;
      });
}

void Notifier::note_read(const std::vector<Notification>& read) {
  for (const auto& one : read)
    if (one.confirmed == 0 && !lanes_.find(one.recipient) && !was_sent(one.recipient, one.seq))
      mark_sent(one.recipient, one.seq);
}

Status Notifier::retry(Seq seq) {
  const auto open = find_open(seq);
  if (!open) return fail(ErrorCode::conflict, "it is answered");
  if (!lanes_.find(open->recipient))
    return fail(ErrorCode::conflict, "the recipient takes no calls: it reads its notifications itself");
  change(seq, [](Open& o) { o.sent = o.failed = false; });
  schedule(seq, std::chrono::milliseconds{0});
  return {};
}

Result<Notifier::Notification> Notifier::find(const Uuid& id) const {
  const auto seq = notification_seq(origin_, id);
  if (!seq) return fail(unknown);
  const auto found = list(*seq, {}, 1);
  if (found.empty() || found.front().seq != *seq) return fail(unknown);
  return found.front();
}

std::vector<Notifier::Notification> Notifier::list(Seq from, std::string_view recipient, std::size_t most) const {
  const auto durable = facilities_.sequencer.size();
  auto found =
      facilities_.sequencer.read([&](const History& history) { return history.notifications(from, recipient, most); });
  std::erase_if(found, [&](const Notification& one) { return one.seq >= durable; });
  for (auto& one : found)
    if (one.confirmed >= durable) {
      one.confirmed = 0;
      one.reply = one.ground = {};
    }
  return found;
}

Result<RecallMessage> Notifier::message(const Notification& notification) const {
  const auto entries = entries_of_(notification.subject, notification.seq);
  if (!entries) return fail(entries.error());
  return compose_recall(origin_, *entries);
}

Notifier::Standing Notifier::standing(const Notification& notification) const {
  Standing out;
  if (notification.confirmed != 0) out.state = NotificationState::confirmed;
  const auto open = find_open(notification.seq);
  if (open) {
    out.attempts = open->attempts;
    out.last_failure = open->last_failure;
  }
  if (notification.confirmed != 0) return out;
  if (notification.deadline < today())
    out.state = NotificationState::overdue;
  else if (open && open->failed)
    out.state = NotificationState::failed;
  else if (open && open->sent)
    out.state = NotificationState::sent;
  return out;
}

Notifier::Figures Notifier::figures() const {
  Figures out;
  const auto day = today();
  const std::lock_guard lock(mutex_);
  out.unanswered = open_.size();
  for (const auto& [seq, open] : open_) {
    if (open.failed) ++out.failed;
    if (open.deadline < day) ++out.overdue;
  }
  return out;
}

void Notifier::leave(const Way& way, bool answered) {
  for (const auto& id : way.lane->leave(answered)) agenda_.add(id, Moment{});
}

std::optional<Notifier::Open> Notifier::find_open(Seq seq) const {
  const std::lock_guard lock(mutex_);
  const auto found = open_.find(seq);
  return found == open_.end() ? std::nullopt : std::optional(found->second);
}

void Notifier::change(Seq seq, const std::function<void(Open&)>& how) {
  const std::lock_guard lock(mutex_);
  if (const auto found = open_.find(seq); found != open_.end()) how(found->second);
}

void Notifier::settle(Seq seq) {
  const std::lock_guard lock(mutex_);
  open_.erase(seq);
}

void Notifier::schedule(Seq seq, std::chrono::milliseconds wait) {
  agenda_.add(id_of(seq), std::chrono::steady_clock::now() + wait);
}

}  // namespace ketenpoort::exchange
