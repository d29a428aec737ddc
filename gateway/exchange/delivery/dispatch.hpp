// Use case: transfers go out. Every transfer that is due is decided afresh on the log as it is now; a permit is durable
// before the first byte leaves; what came of it is written down; what failed comes again. There is no queue beside the
// ledger: the transfers' states are the queue, and a restart reads it from there.
#pragma once

#include <atomic>
#include <chrono>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <thread>
#include <unordered_map>
#include <utility>
#include <vector>

#include "gateway/exchange/delivery/agenda.hpp"
#include "gateway/exchange/delivery/consider.hpp"
#include "gateway/exchange/delivery/in_flight.hpp"
#include "gateway/exchange/delivery/lanes.hpp"
#include "gateway/exchange/delivery/mailbox.hpp"
#include "gateway/exchange/delivery/recipient_watch.hpp"
#include "gateway/exchange/delivery/waits.hpp"
#include "gateway/exchange/facilities/facilities.hpp"
#include "gateway/exchange/facilities/sealing.hpp"
#include "gateway/ledger/entry/bodies.hpp"
#include "gateway/ledger/history/history.hpp"

namespace ketenpoort::exchange {

class Dispatcher {
 public:
  struct Sending;  // sending.hpp
  using Transfer = ledger::History::Transfer;

  Dispatcher(Facilities& facilities, unsigned workers);
  ~Dispatcher();
  Dispatcher(const Dispatcher&) = delete;
  Dispatcher& operator=(const Dispatcher&) = delete;

  // Closes the permits a crash left open, puts all that is open on the agenda and starts the workers.
  Status start();
  // The terms were swapped, for these: lanes are opened, changed and closed; what is under way ends by those that it
  // began with. Quick, reads nothing of the log. `wake_held` afterwards, for what waited in a lane that went.
  void use(const Terms& terms);
  // Starts nothing new; waits for deliveries under way, at most `drain`.
  void stop(std::chrono::milliseconds drain);

  void wake(const TransferId& id);                  // look at it now
  void wake_subject(const SubjectRef& subject);     // what decisions about it rest on changed
  void wake_held_for(Reason reason);                // what was missing has come
  void wake_held();                                 // what every decision rests on changed
  void wake_for_mappings();                         // others may make what these could not
  void wake_recipient(std::string_view recipient);  // it takes messages again

  // A person wants it tried now: what waits is looked at, what was abandoned gets one more attempt, whose permit names
  // `person`. ErrorCode::not_found: it has ended. ErrorCode::conflict: its recipient has it, it is on its way, or it
  // may not go now; the issues say why.
  Status retry(const TransferId& id, const ledger::Actor& person);
  // One of many: also ErrorCode::conflict where it would be held, refused or cancelled, or its recipient is paused.
  Status replay(const TransferId& id, const ledger::Actor& person);
  // What replay() would answer, without effect.
  [[nodiscard]] Status check_replay(const TransferId& id) const;
  [[nodiscard]] InFlight& in_flight() { return in_flight_; }

  // ---- messages that their recipient fetches (dispatch_mailbox.cpp, ADR 13) ----

  struct MailboxItem {
    TransferId id;
    std::string purpose, message;
    Timestamp since{};           // could be fetched from then on
    std::uint32_t attempts = 0;  // how often it was fetched before
  };
  // What a recipient could fetch now, in the order of ids.
  [[nodiscard]] std::vector<MailboxItem> list_mailbox(std::string_view recipient, const TransferId& after,
                                                      std::size_t most);
  struct Fetched {
    std::string content_type, message;
    std::uint32_t attempt = 1;
    Timestamp leased_until{};
    Uuid trace;
  };
  // Decides on the log as it is now; on a yes the permit is durable before the message is given out. While its lease
  // runs the same message is given out again under the same permit, as long as it might be sent now.
  // ErrorCode::changed: ask again at once. `not_found`: nothing of this recipient's. `gone`: it does not wait any more.
  // `conflict`: it may not be fetched now. `unavailable`: the recipient is paused. May wait for a disk.
  void fetch(const TransferId& id, std::string_view recipient, std::function<void(Result<Fetched>)> done);
  struct Acknowledgement {
    TransferId id;
    std::string recipient;
    std::string reference;  // the recipient's own; may be empty
    std::string body;       // as it came
  };
  // The recipient has it: ends the lease. Errors as for fetch; the same acknowledgement again is none.
  void acknowledge(Acknowledgement acknowledgement, std::function<void(Status)> done);
  struct MailboxStanding {
    Timestamp since{};  // could be fetched from then on; fetched then, when on lease
    std::optional<Timestamp> leased_until;
    bool overdue = false;
  };
  [[nodiscard]] std::optional<MailboxStanding> mailbox_standing(const Transfer& transfer) const;
  [[nodiscard]] Mailbox::Figures mailbox_figures(std::string_view recipient);

  struct LaneStanding {
    std::string channel;  // empty: the recipient's own
    Lane::Figures figures;
  };
  [[nodiscard]] std::vector<LaneStanding> lanes_to(std::string_view recipient) const;

  [[nodiscard]] std::vector<std::string> recipients_not_answering() const;
  [[nodiscard]] const RecipientWatch& recipients() const { return watch_; }
  [[nodiscard]] std::size_t deliveries_under_way() const { return under_way_; }
  [[nodiscard]] Agenda::Activity activity() const { return agenda_.activity(); }

 private:
  using SendingPtr = std::shared_ptr<Sending>;

  // After an error of ours (storage, an invariant): not at once again.
  static constexpr std::chrono::seconds after_own_error{30};

  void work();
  bool look_at(const TransferId& id);  // false: it did not go to its recipient's lane
  bool look_safely(const TransferId& id);
  void call(const TransferId& id);  // to its lane, where there is a place now
  void pass_place_on(const TransferId& id);
  Result<OpenRecordPtr> find_record(const RecordId& record, const SubjectRef& subject) const;
  Result<Consideration> consider_transfer(const Transfer& transfer, Timestamp now) const;
  [[nodiscard]] Status check_retry(const TransferId& id) const;
  [[nodiscard]] Status check_restart(const Transfer& transfer) const;
  void wish(const TransferId& id, const ledger::Actor& person);
  [[nodiscard]] std::optional<ledger::Actor> who_wishes(const TransferId& id) const;
  void forget_wish(const TransferId& id);
  [[nodiscard]] bool held_too_long(const Transfer& transfer, Timestamp now) const;
  [[nodiscard]] bool is_outdated(const Transfer& transfer) const;
  [[nodiscard]] bool older_is_under_way(const Transfer& transfer) const;
  void wake_newer(const Sending& sending);
  [[nodiscard]] bool shrank(const Transfer& transfer, const Consideration& considered) const;

  void record_decision(const Transfer& transfer, const SendingPtr& sending);
  void supersede(const Transfer& transfer, const SendingPtr& sending);
  [[nodiscard]] bool is_erased(const SubjectRef& subject) const;
  void cancel_erased(const Transfer& transfer);
  // The subject.rectified that says that what it is made of was wrong.
  [[nodiscard]] std::optional<ledger::Seq> rectified_since(const TransferId& id) const;
  void cancel_rectified(const Transfer& transfer, ledger::Seq rectified);
  void send(const Transfer& transfer, const SendingPtr& sending);
  Status make_message(const Transfer& transfer, Sending& sending) const;
  Status write_message(const Transfer& transfer, Sending& sending) const;
  Result<ledger::Transaction> draft_permit(const ledger::History& history, Sending& sending, Timestamp now) const;
  void deliver(const SendingPtr& sending);
  void finish_delivery(const SendingPtr& sending, const DeliveryResult& result, std::chrono::milliseconds wait,
                       bool recorded);
  void record_later(const TransferId& id, std::function<void()> record);
  void end_if_not_called_off(const TransferId& id, std::uint32_t attempt);
  bool record_what_waits(const TransferId& id);
  void record_result(const SendingPtr& sending, const DeliveryResult& result);
  [[nodiscard]] Status still_so(const ledger::History& history, const Sending& sending, Timestamp now) const;
  void leave_lane(const Sending& sending, bool answered);
  void pass_place_on(const Sending& sending);
  void give_place_back(const Sending& sending);  // nothing was sent
  void watch(const Sending& sending, const DeliveryResult& result);
  Status close_open_permits(const std::vector<TransferId>& open);

  [[nodiscard]] std::optional<MailboxPlan> mailbox_for(const Transfer& transfer) const;
  [[nodiscard]] bool is_paused(std::string_view recipient) const;
  [[nodiscard]] bool may_be_fetched(const ledger::History& history, const TransferId& id) const;
  void decide(const Transfer& transfer, Sending& sending, Timestamp now) const;
  void wait_for_fetch(const Transfer& transfer);
  void restore_lease(const Transfer& transfer, const MailboxPlan& plan);
  void watch_lease(const Transfer& transfer);
  void end_lease(const Transfer& transfer, std::string_view failure_class);
  void release_lease(const TransferId& id, std::uint32_t attempt, const SubjectRef& subject);
  void after_what_was_submitted(std::function<void()> then);
  void give_out(const Transfer& transfer, const SendingPtr& sending, const MailboxPlan& plan,
                std::function<void(Result<Fetched>)> done);
  void give_out_again(const Transfer& transfer, std::function<void(Result<Fetched>)> done);
  void turn_down(const Transfer& transfer, const SendingPtr& sending, std::function<void(Result<Fetched>)> done);
  [[nodiscard]] Result<Commitment> commitment_of(const Transfer& transfer) const;

  void schedule(const TransferId& id, Timestamp when);
  void look_again_tomorrow(const TransferId& id);

  Facilities& facilities_;
  Agenda agenda_;
  InFlight in_flight_;
  Mailbox mailbox_;
  Waits waits_;
  // Of each recipient's channels one: what does not answer on one holds nothing back on another.
  using LaneName = std::pair<std::string, std::string>;  // recipient, channel
  static Lanes<LaneName>::Plans plan_lanes(const Terms& terms);
  static LaneName lane_of(const Sending& sending);
  Lanes<LaneName> lanes_;
  RecipientWatch watch_;
  unsigned worker_count_;
  std::vector<std::thread> workers_;
  std::mutex unrecorded_mutex_;
  std::unordered_map<TransferId, std::function<void()>, UuidHash> unrecorded_;
  mutable std::mutex wishes_mutex_;
  std::unordered_map<TransferId, ledger::Actor, UuidHash> wishes_;  // to be tried now, and by whom
  std::atomic<std::size_t> under_way_{0};
  std::atomic<bool> stopping_{false};
};

}  // namespace ketenpoort::exchange
