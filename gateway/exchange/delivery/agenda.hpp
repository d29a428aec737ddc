// What is due when: a set of transfers, each with the earliest moment somebody wants it looked at.
#pragma once

#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <map>
#include <mutex>
#include <optional>
#include <unordered_map>
#include <unordered_set>

#include "gateway/domain/transfer.hpp"

namespace ketenpoort::exchange {

class Agenda {
 public:
  using Moment = std::chrono::steady_clock::time_point;

  // Due at `when` at the latest; an earlier wish stands.
  void add(const TransferId& id, Moment when);

  // Waits for one that is due and that nobody holds; nothing once closed. Whoever takes one must give it back.
  std::optional<TransferId> take();

  // Held no longer. Wishes made meanwhile count.
  void give_back(const TransferId& id);

  void close();

  // For tests that wait until nothing happens any more: whether nothing is due and nobody holds anything, and how often
  // something was taken.
  struct Activity {
    bool idle = false;
    std::uint64_t taken = 0;
  };
  [[nodiscard]] Activity activity() const;

 private:
  mutable std::mutex mutex_;
  std::condition_variable changed_;
  std::multimap<Moment, TransferId> by_moment_;
  std::unordered_map<TransferId, std::multimap<Moment, TransferId>::iterator, UuidHash> entries_;
  std::unordered_set<TransferId, UuidHash> taken_;
  std::unordered_map<TransferId, Moment, UuidHash> wishes_;  // for what is taken
  bool closed_ = false;
  std::uint64_t count_ = 0;  // of those taken
};

}  // namespace ketenpoort::exchange
