// The way to one recipient: how many deliveries may run at once and begin in a second, and a circuit breaker that holds
// attempts back while the recipient does not answer. What is held back writes nothing to the ledger.
#pragma once

#include <algorithm>
#include <chrono>
#include <deque>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <unordered_map>
#include <unordered_set>
#include <utility>
#include <vector>

#include "gateway/domain/transfer.hpp"
#include "gateway/exchange/facilities/pace.hpp"

namespace ketenpoort::exchange {

class Lane {
 public:
  using Moment = std::chrono::steady_clock::time_point;
  using Now = std::function<Moment()>;

  struct Plan {
    std::size_t concurrency = 1;
    unsigned failures_to_open = 5;     // in a row
    std::shared_ptr<Pace> pace{};      // may be shared with other lanes to the same recipient; null: as they come
    const void* connection = nullptr;  // by which it goes: only whether it is another one counts
  };
  explicit Lane(const Plan& plan, Now now = std::chrono::steady_clock::now)
      : Lane(plan.concurrency, plan.failures_to_open, plan.pace, std::move(now)) {
    connection_ = plan.connection;
  }
  explicit Lane(std::size_t concurrency, unsigned failures_to_open = 5, std::shared_ptr<Pace> pace = nullptr,
                Now now = std::chrono::steady_clock::now)
      : now_(std::move(now)),
        concurrency_(std::max<std::size_t>(concurrency, 1)),
        failures_to_open_(failures_to_open),
        pace_(std::move(pace)) {}

  // From here on; who is under way keeps its place, and the breaker stays as it is. By another connection the recipient
  // may answer at once: the next one tries.
  void change(const Plan& plan) {
    const std::lock_guard lock(mutex_);
    concurrency_ = std::max<std::size_t>(plan.concurrency, 1);
    failures_to_open_ = plan.failures_to_open;
    pace_ = plan.pace;
    if (!pace_) called_for_ = {};
    if (plan.connection != connection_) open_until_ = {};
    connection_ = plan.connection;
  }

  // True: a place was taken, leave() or give_back() must follow. False: the transfer waits here and is called later, or
  // it is to come back at `try_again`: when the breaker is open, when all places are kept for others, and one of those
  // that the pace holds back. `next` may come then.
  struct Entrance {
    bool entered = false;
    std::optional<Moment> try_again{};
    std::optional<std::pair<TransferId, Moment>> next{};
  };
  [[nodiscard]] Entrance enter(const TransferId& id) {
    const std::lock_guard lock(mutex_);
    const auto now = now_();
    expected_.erase(id);
    if (is_open() && now < open_until_) return {.try_again = open_until_};
    if (taken(now) >= places()) {
      wait(id);
      // Nobody is there who would call it when he leaves, only some who may not come.
      return running_ > 0 ? Entrance{} : Entrance{.try_again = now + place_is_kept};
    }
    if (const auto wait = pace_ ? pace_->take(now) : std::nullopt) return hold_back(id, now, *wait);
    ++running_;
    Entrance entrance{.entered = true};
    if (id == called_) called_for_ = {};
    if (pace_ && !somebody_was_called(now) && running_ < places() && !waiting_.empty())
      entrance.next = {call(take_first(), pace_->next_token(now)), called_for_};
    return entrance;
  }

  // Returns who may come now.
  [[nodiscard]] std::vector<TransferId> leave(bool recipient_answered) {
    const std::lock_guard lock(mutex_);
    failures_ = recipient_answered ? 0 : failures_ + 1;
    if (is_open()) open_until_ = now_() + pause();
    return free_place();
  }

  // In place of leave(), by one of which nothing was sent: that says nothing of the recipient. Who may come now.
  [[nodiscard]] std::vector<TransferId> give_back() {
    const std::lock_guard lock(mutex_);
    return free_place();
  }

  // For one that was called and does not enter (withdrawn meanwhile, held, looked at twice): who may come in its place.
  // Without this the place stays empty and whoever waits behind it is never called.
  [[nodiscard]] std::optional<TransferId> call_next(const TransferId& absent = {}) {
    const std::lock_guard lock(mutex_);
    const auto now = now_();
    if (absent == called_) called_for_ = {};
    expected_.erase(absent);
    if (waiting_.empty() || taken(now) >= places() || somebody_was_called(now)) return std::nullopt;
    return expect(take_first(), now);
  }

  [[nodiscard]] bool breaker_open() const {
    const std::lock_guard lock(mutex_);
    return is_open();
  }

  struct Figures {
    std::size_t running = 0;
    std::size_t waiting = 0;  // for a place, or for the pace
    bool breaker_open = false;
  };
  [[nodiscard]] Figures figures() const {
    const std::lock_guard lock(mutex_);
    return {running_, waiting_.size(), is_open()};
  }

 private:
  // One of those that came too early is called for the next token and calls the one behind it when it enters: a crowd
  // that all came back at once would be decided on again for nothing.
  Entrance hold_back(const TransferId& id, Moment now, Moment token) {
    if (now >= called_for_ || id == called_) {
      (void)call(id, token);
      return {.try_again = token};
    }
    wait(id);
    return {};
  }
  // One that is looked at again while it waits, as all are at a reload, keeps its place and gets no second.
  void wait(const TransferId& id) {
    if (is_waiting_.insert(id).second) waiting_.push_back(id);
  }
  TransferId call(const TransferId& id, Moment token) {
    called_ = id;
    called_for_ = token;
    return id;
  }
  std::vector<TransferId> free_place() {
    --running_;
    const auto now = now_();
    std::vector<TransferId> next;
    if (somebody_was_called(now)) return next;
    // One more than there are places when the breaker is open, so that somebody comes to probe; where there is a pace,
    // whoever enters calls the next.
    const std::size_t places_free = is_open() || pace_ ? 1 : places() - std::min(places(), taken(now));
    while (next.size() < places_free && !waiting_.empty()) next.push_back(expect(take_first(), now));
    return next;
  }
  [[nodiscard]] bool somebody_was_called(Moment now) const { return pace_ && now < called_for_; }
  // Its place is kept for whoever was called, or two would be called for it and one decided on for nothing. Not for
  // ever: one that went another way meanwhile does not come. (Where there is a pace, one is called for each token.)
  TransferId expect(const TransferId& id, Moment now) {
    if (!pace_) expected_.insert_or_assign(id, now + place_is_kept);
    return id;
  }
  [[nodiscard]] std::size_t taken(Moment now) {
    if (now >= looked_for_late_) {
      std::erase_if(expected_, [now](const auto& one) { return now >= one.second; });
      looked_for_late_ = now + place_is_kept;
    }
    return running_ + expected_.size();
  }
  TransferId take_first() {
    const TransferId first = waiting_.front();
    waiting_.pop_front();
    is_waiting_.erase(first);
    return first;
  }
  [[nodiscard]] bool is_open() const { return failures_ >= failures_to_open_; }
  [[nodiscard]] std::size_t places() const { return is_open() ? 1 : concurrency_; }  // one probe at a time
  [[nodiscard]] std::chrono::milliseconds pause() const {
    const auto doublings = std::min(failures_ - failures_to_open_, 6U);
    return std::chrono::milliseconds{500} * (1U << doublings);  // half a second to half a minute
  }

  static constexpr std::chrono::seconds place_is_kept{1};

  Now now_;
  mutable std::mutex mutex_;
  std::size_t concurrency_;
  unsigned failures_to_open_;
  std::shared_ptr<Pace> pace_;
  const void* connection_ = nullptr;
  std::size_t running_ = 0;
  unsigned failures_ = 0;
  Moment open_until_{};
  TransferId called_{};  // who was called, and for which token
  Moment called_for_{};
  std::unordered_map<TransferId, Moment, UuidHash> expected_;  // called to a place, and until when it is kept
  Moment looked_for_late_{};
  std::deque<TransferId> waiting_;
  std::unordered_set<TransferId, UuidHash> is_waiting_;
};

}  // namespace ketenpoort::exchange
