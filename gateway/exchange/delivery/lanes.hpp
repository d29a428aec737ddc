// The lanes there are, by name: an immutable map, swapped when the terms change. A lane that stays keeps what it knows
// (who is under way in it, who waits, its breaker); one that goes lives on until the last that is under way in it has
// ended.
#pragma once

#include <map>
#include <memory>

#include "gateway/base/in_use.hpp"
#include "gateway/exchange/delivery/lane.hpp"

namespace ketenpoort::exchange {

template <class Name>
class Lanes {
 public:
  using Map = std::map<Name, std::shared_ptr<Lane>, std::less<>>;
  using Plans = std::map<Name, Lane::Plan, std::less<>>;

  Lanes() = default;
  explicit Lanes(const Plans& plans) { use(plans); }

  // As they are now, for a look at all of them.
  [[nodiscard]] std::shared_ptr<const Map> get() const { return lanes_.get(); }
  [[nodiscard]] std::shared_ptr<Lane> find(const auto& name) const {
    const auto lanes = lanes_.get();
    const auto found = lanes->find(name);
    return found == lanes->end() ? nullptr : found->second;
  }
  // One caller at a time. Whoever waits in a lane that goes is not called any more: all that is open is to be looked at
  // again afterwards.
  void use(const Plans& plans) {
    const auto before = lanes_.get();
    auto next = std::make_shared<Map>();
    for (const auto& [name, plan] : plans) {
      const auto found = before->find(name);
      if (found != before->end()) found->second->change(plan);
      next->emplace(name, found != before->end() ? found->second : std::make_shared<Lane>(plan));
    }
    lanes_.put(std::move(next));
  }

 private:
  InUse<Map> lanes_;
};

}  // namespace ketenpoort::exchange
