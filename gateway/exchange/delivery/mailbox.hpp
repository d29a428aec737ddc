// What waits for recipients that fetch, in memory and bounded by what is open: the log's transfer states say what there
// is, and a restart reads it from there. An item waits until it is fetched; a fetched one is on lease until it is
// acknowledged or the lease ends. Safe for concurrent use; decides nothing.
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <map>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "gateway/base/time.hpp"
#include "gateway/domain/transfer.hpp"

namespace ketenpoort::exchange {

class Mailbox {
 public:
  struct Item {
    TransferId id;
    Timestamp since{};  // could be fetched from then on
  };

  // It may be fetched. One that waits already waits since it came.
  void put(std::string_view recipient, const TransferId& id, Timestamp since);
  // It may not, or not any more.
  void remove(std::string_view recipient, const TransferId& id);
  [[nodiscard]] std::optional<Timestamp> waits_since(std::string_view recipient, const TransferId& id) const;
  // In the order of ids, after `after`.
  [[nodiscard]] std::vector<Item> list(std::string_view recipient, const TransferId& after, std::size_t most) const;

  // Fetched: it waits no more, and until then nobody else's it is. A lease is of one attempt: the next permit may stand
  // in the log before it is known here that the lease ended. It ends `left` from now in any case: the log's time stands
  // still while the machine's clock lies behind it.
  void lease(std::string_view recipient, const TransferId& id, std::uint32_t attempt, Timestamp until,
             std::chrono::milliseconds left);
  [[nodiscard]] std::optional<Timestamp> leased_until(const TransferId& id, std::uint32_t attempt) const;
  // How much of it is left at this moment of the log; nothing more: zero.
  [[nodiscard]] std::chrono::milliseconds lease_left(const TransferId& id, std::uint32_t attempt, Timestamp now) const;
  void end_lease(const TransferId& id, std::uint32_t attempt);

  struct Figures {
    std::size_t waiting = 0, leased = 0, overdue = 0;
    std::optional<Timestamp> oldest;  // since when the one waits that waits longest
  };
  // Overdue: waits since before that.
  [[nodiscard]] Figures figures(std::string_view recipient, Timestamp overdue_before) const;
  // Forgets those that wait and of which `waits` says no; a few hundred at a time.
  void prune(std::string_view recipient, const std::function<std::vector<bool>(const std::vector<Item>&)>& waits);

 private:
  struct Lease {
    std::string recipient;
    std::uint32_t attempt = 0;
    Timestamp until{};
    std::chrono::steady_clock::time_point end{};
  };
  mutable std::mutex mutex_;
  std::map<std::string, std::map<TransferId, Timestamp>, std::less<>> waiting_;
  std::unordered_map<TransferId, Lease, UuidHash> leases_;
};

}  // namespace ketenpoort::exchange
