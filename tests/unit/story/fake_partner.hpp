// A recipient whose answers the test chooses.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <mutex>
#include <set>
#include <string>
#include <type_traits>
#include <utility>
#include <vector>

#include "gateway/exchange/facilities/partner.hpp"
#include "tests/unit/story/model.hpp"

namespace ketenpoort::story {

inline exchange::DeliveryResult answer_of(Manner manner, const TransferId& transfer) {
  using Kind = Verdict::Kind;
  switch (manner) {
    case Manner::refers:
      return {{Kind::acknowledged, "ref-" + transfer.text(), {}, {}}, true, 201, "{}"};
    case Manner::takes:
      return {{Kind::delivered, {}, {}, {}}, true, 202, ""};
    case Manner::unreachable:
      return {{Kind::retry, {}, "connect", {}}, false, 0, ""};
    case Manner::times_out:
      return {{Kind::retry, {}, "timeout", {}}, true, 0, ""};
    default:
      return {{Kind::reject, {}, "http-422", {}}, false, 422, ""};
  }
}

class FakePartner final : public exchange::Partner {
 public:
  void deliver(Delivery delivery, std::function<void(exchange::DeliveryResult)> done) override {
    const auto id = delivery.transfer;
    Manner manner{};
    {
      const std::lock_guard lock(mutex_);
      auto& sent = sent_[id];
      sent.insert(std::move(delivery.payload));
      ++brought_[id];
      manner = manner_;
      if (manner == Manner::silent) waiting_.emplace_back(id, std::move(done));
    }
    if (manner == Manner::silent) return;
    done(answer_of(manner, id));
    const std::lock_guard lock(mutex_);
    ++answered_;
  }

  void behave(Manner manner) {
    const std::lock_guard lock(mutex_);
    manner_ = manner;
  }
  void answer(Manner manner) {
    answer([manner](const TransferId& id) { return answer_of(manner, id); });
  }
  template <class Answer>
  void answer(const Answer& make)
    requires std::is_invocable_v<Answer, const TransferId&>
  {
    std::vector<Waiting> waiting;
    {
      const std::lock_guard lock(mutex_);
      waiting.swap(waiting_);
    }
    for (auto& [id, done] : waiting) done(make(id));
    const std::lock_guard lock(mutex_);
    answered_ += waiting.size();
  }
  // Nobody is there to hear the answers any more.
  void forget_waiting() {
    const std::lock_guard lock(mutex_);
    waiting_.clear();
  }

  [[nodiscard]] std::size_t waiting() const {
    const std::lock_guard lock(mutex_);
    return waiting_.size();
  }
  [[nodiscard]] std::uint64_t answered() const {
    const std::lock_guard lock(mutex_);
    return answered_;
  }
  // How often each transfer was brought.
  [[nodiscard]] std::map<TransferId, unsigned> brought() const {
    const std::lock_guard lock(mutex_);
    return brought_;
  }
  // Transfers of which two attempts differed.
  [[nodiscard]] std::size_t told_two_stories() const {
    const std::lock_guard lock(mutex_);
    std::size_t count = 0;
    for (const auto& [id, payloads] : sent_) count += payloads.size() > 1 ? 1U : 0U;
    return count;
  }

 private:
  using Waiting = std::pair<TransferId, std::function<void(exchange::DeliveryResult)>>;
  mutable std::mutex mutex_;
  Manner manner_ = Manner::refers;
  std::vector<Waiting> waiting_;
  std::map<TransferId, std::set<std::string>> sent_;
  std::map<TransferId, unsigned> brought_;
  std::uint64_t answered_ = 0;
};

}  // namespace ketenpoort::story
