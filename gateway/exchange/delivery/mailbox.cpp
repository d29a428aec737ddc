#include "gateway/exchange/delivery/mailbox.hpp"

#include <algorithm>

namespace ketenpoort::exchange {

namespace {
constexpr std::size_t looked_at_once = 500;
}

void Mailbox::put(std::string_view recipient, const TransferId& id, Timestamp since) {
  const std::lock_guard lock(mutex_);
  auto found = waiting_.find(recipient);
  if (found == waiting_.end())
    found = waiting_.emplace(std::string(recipient), std::map<TransferId, Timestamp>{}).first;
  found->second.try_emplace(id, since);
}

void Mailbox::remove(std::string_view recipient, const TransferId& id) {
  const std::lock_guard lock(mutex_);
  if (const auto found = waiting_.find(recipient); found != waiting_.end()) found->second.erase(id);
}

std::optional<Timestamp> Mailbox::waits_since(std::string_view recipient, const TransferId& id) const {
  const std::lock_guard lock(mutex_);
  const auto box = waiting_.find(recipient);
  if (box == waiting_.end()) return std::nullopt;
  const auto found = box->second.find(id);
  return found == box->second.end() ? std::nullopt : std::optional(found->second);
}

std::vector<Mailbox::Item> Mailbox::list(std::string_view recipient, const TransferId& after, std::size_t most) const {
  const std::lock_guard lock(mutex_);
  std::vector<Item> out;
  const auto box = waiting_.find(recipient);
  if (box == waiting_.end()) return out;
  for (auto at = box->second.upper_bound(after); at != box->second.end() && out.size() < most; ++at)
    out.push_back({at->first, at->second});
  return out;
}

void Mailbox::lease(std::string_view recipient, const TransferId& id, std::uint32_t attempt, Timestamp until,
                    std::chrono::milliseconds left) {
  const std::lock_guard lock(mutex_);
  if (const auto found = waiting_.find(recipient); found != waiting_.end()) found->second.erase(id);
  leases_[id] = {std::string(recipient), attempt, until, std::chrono::steady_clock::now() + left};
}

std::optional<Timestamp> Mailbox::leased_until(const TransferId& id, std::uint32_t attempt) const {
  const std::lock_guard lock(mutex_);
  const auto found = leases_.find(id);
  if (found == leases_.end() || found->second.attempt != attempt) return std::nullopt;
  return found->second.until;
}

std::chrono::milliseconds Mailbox::lease_left(const TransferId& id, std::uint32_t attempt, Timestamp now) const {
  const std::lock_guard lock(mutex_);
  const auto found = leases_.find(id);
  if (found == leases_.end() || found->second.attempt != attempt) return {};
  const auto& lease = found->second;
  const auto measured = std::chrono::ceil<std::chrono::milliseconds>(lease.end - std::chrono::steady_clock::now());
  return std::clamp<std::chrono::milliseconds>(measured, std::chrono::milliseconds{0},
                                               std::max(lease.until - now, std::chrono::milliseconds{0}));
}

void Mailbox::end_lease(const TransferId& id, std::uint32_t attempt) {
  const std::lock_guard lock(mutex_);
  const auto found = leases_.find(id);
  if (found != leases_.end() && found->second.attempt == attempt) leases_.erase(found);
}

Mailbox::Figures Mailbox::figures(std::string_view recipient, Timestamp overdue_before) const {
  const std::lock_guard lock(mutex_);
  Figures out;
  if (const auto box = waiting_.find(recipient); box != waiting_.end()) {
    out.waiting = box->second.size();
    for (const auto& [id, since] : box->second) {
      if (since < overdue_before) ++out.overdue;
      if (!out.oldest || since < *out.oldest) out.oldest = since;
    }
  }
  out.leased = static_cast<std::size_t>(
      std::ranges::count_if(leases_, [&](const auto& lease) { return lease.second.recipient == recipient; }));
  return out;
}

void Mailbox::prune(std::string_view recipient,
                    const std::function<std::vector<bool>(const std::vector<Item>&)>& waits) {
  for (TransferId after{};;) {
    const auto some = list(recipient, after, looked_at_once);
    if (some.empty()) return;
    const auto still = waits(some);
    for (std::size_t i = 0; i < some.size(); ++i)
      if (!still[i]) remove(recipient, some[i].id);
    after = some.back().id;
  }
}

}  // namespace ketenpoort::exchange
