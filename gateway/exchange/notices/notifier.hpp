// Use case: recipients are told. Every recipient.notified without an answer is a call to make, found from the log: what
// a crash interrupted is made again, under the same idempotency key and with the same bytes. An answer is written down
// as recipient.confirmed, whether it comes with the call or later.
//
// A call waits until what was on its way to the recipient when the cause came has ended there: a recall must not arrive
// before the message it is about.
#pragma once

#include <atomic>
#include <chrono>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <thread>
#include <vector>

#include "gateway/exchange/delivery/agenda.hpp"
#include "gateway/exchange/delivery/lanes.hpp"
#include "gateway/exchange/facilities/facilities.hpp"
#include "gateway/exchange/notices/recall_message.hpp"
#include "gateway/ledger/history/history.hpp"

namespace ketenpoort::exchange {

// How it stands with one notification. Only answers stand in the log, the rest is known while the gateway runs (of what
// was sent, also after).
enum class NotificationState { pending, sent, failed, overdue, confirmed };
std::string_view to_text(NotificationState state);  // PENDING SENT FAILED OVERDUE CONFIRMED
std::optional<NotificationState> parse_notification_state(std::string_view text);

class Notifier {
 public:
  using Notification = ledger::History::Notification;
  // The entries about a subject up to and including the one at `last`. ErrorCode::unavailable: not now.
  using EntriesOf = std::function<Result<std::vector<std::string>>(const SubjectRef& subject, ledger::Seq last)>;

  Notifier(Facilities& facilities, EntriesOf entries_of);
  ~Notifier();
  Notifier(const Notifier&) = delete;
  Notifier& operator=(const Notifier&) = delete;

  void start();
  // The terms were swapped, for these (Dispatcher::use): calls under way end by those that they began with; who may be
  // called from now on is.
  void use(const Terms& terms);
  // Recipients that are still to be called, with how often.
  [[nodiscard]] std::map<std::string, std::size_t> untold() const;
  // Makes no new call; waits, at most `drain`, for those under way and for what is being written of them.
  void stop(std::chrono::milliseconds drain);

  [[nodiscard]] Uuid id_of(ledger::Seq seq) const { return notification_id(origin_, seq); }
  // What is durable of them: an answer that is not yet is none. ErrorCode::not_found: no notification has this id.
  [[nodiscard]] Result<Notification> find(const Uuid& id) const;
  [[nodiscard]] std::vector<Notification> list(ledger::Seq from, std::string_view recipient, std::size_t most) const;
  [[nodiscard]] Result<RecallMessage> message(const Notification& notification) const;

  struct Standing {
    NotificationState state = NotificationState::pending;
    unsigned attempts = 0;     // since the start
    std::string last_failure;  // of the last attempt, if it failed: "http-422", "timeout"
  };
  [[nodiscard]] Standing standing(const Notification& notification) const;

  struct Figures {
    std::uint64_t unanswered = 0, overdue = 0, failed = 0;
  };
  [[nodiscard]] Figures figures() const;

  // A recipient answers, later than with the call. The same answer again changes nothing; ErrorCode::conflict:
  // another stands.
  void confirm(ledger::Seq seq, const RecallReply& reply, const ledger::Actor& actor, const Uuid& trace,
               std::function<void(Status)> done);
  // A recipient that takes no calls has read it.
  void note_read(const std::vector<Notification>& read);
  // A person wants it told again now. ErrorCode::conflict: it is answered, or the recipient takes no calls.
  Status retry(ledger::Seq seq);

 private:
  using Moment = Agenda::Moment;
  struct Open {
    SubjectRef subject{};
    std::string recipient;
    Date deadline{};
    bool sent = false;
    bool failed = false;
    bool under_way = false;
    unsigned attempts = 0;
    std::string last_failure;
  };

  void work();
  void discover();
  void add(const Notification& notification);
  bool look_at(ledger::Seq seq);
  void pass_place_on(const Uuid& absent);
  [[nodiscard]] bool must_wait(const Open& open, ledger::Seq seq) const;
  // A recipient that is called, by the terms it is called by, and its place in the lane.
  struct Way {
    std::string id;  // its own
    std::shared_ptr<const Terms> terms;
    const Recipient* recipient = nullptr;
    std::shared_ptr<Lane> lane;
  };
  [[nodiscard]] std::optional<Way> find_way(std::string_view recipient) const;
  void call(const Way& way, ledger::Seq seq);
  void judge(const Way& way, ledger::Seq seq, const RecallResult& result);
  void failed(const RetryPlan& plan, ledger::Seq seq, const RecallResult& result);
  void mark_sent(std::string_view recipient, ledger::Seq seq);
  [[nodiscard]] bool was_sent(std::string_view recipient, ledger::Seq seq) const;
  [[nodiscard]] Digest mark_of(std::string_view recipient, ledger::Seq seq) const;
  void leave(const Way& way, bool answered);
  [[nodiscard]] std::optional<Open> find_open(ledger::Seq seq) const;
  void change(ledger::Seq seq, const std::function<void(Open&)>& how);
  void settle(ledger::Seq seq);
  void schedule(ledger::Seq seq, std::chrono::milliseconds wait);
  [[nodiscard]] Date today() const { return date_in_brussels(facilities_.clock.now()); }

  Facilities& facilities_;
  EntriesOf entries_of_;
  std::string origin_;
  Agenda agenda_;
  Lanes<std::string> lanes_;
  std::thread worker_;
  ledger::Seq next_ = 0;  // the first entry not looked at; of the worker
  mutable std::mutex mutex_;
  std::map<ledger::Seq, Open> open_;  // without an answer
  std::atomic<std::size_t> under_way_{0};
  std::atomic<bool> stopping_{false};
};

}  // namespace ketenpoort::exchange
