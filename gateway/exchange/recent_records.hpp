// Records that came moments ago, as trees. Every transfer of a record is looked at soon after it came, some more than
// once, and opening and parsing the record again would be most of the work of a look. Few, and for moments only: what
// is not here is in the vault.
#pragma once

#include <chrono>
#include <deque>
#include <memory>
#include <mutex>
#include <string>
#include <unordered_map>
#include <utility>
#include <vector>

#include "gateway/base/result.hpp"
#include "gateway/base/uuid.hpp"
#include "gateway/domain/transfer.hpp"
#include "gateway/exchange/ports.hpp"
#include "gateway/formats/json.hpp"
#include "gateway/policy/facts.hpp"

namespace ketenpoort::exchange {

struct OpenRecord {
  std::string text;
  formats::JsonDocument document;
  Result<policy::Facts> facts;
  std::vector<IdentifierMark> numbers;  // the marks that a person is known by

  [[nodiscard]] formats::JsonView root() const { return document.root(); }
};
using OpenRecordPtr = std::shared_ptr<const OpenRecord>;

OpenRecordPtr open_record(const Vault& vault, std::string text, formats::JsonDocument document);

class RecentRecords {
 public:
  using Clock = std::chrono::steady_clock;

  // `most` bytes of text; the trees take a few times as much.
  explicit RecentRecords(std::size_t most = 4U << 20, Clock::duration longest = std::chrono::seconds{30})
      : most_(most), longest_(longest) {}

  void put(const RecordId& id, OpenRecordPtr record) {
    const std::lock_guard lock(mutex_);
    const auto now = Clock::now();
    forget_old(now);
    const auto size = record->text.size();
    if (!records_.try_emplace(id, std::move(record)).second) return;
    order_.emplace_back(now, id);
    bytes_ += size;
    while (bytes_ > most_) forget_first();
  }

  // Whoever asks has made sure that the subject's keys are not destroyed: what is here knows nothing of erasures.
  [[nodiscard]] OpenRecordPtr find(const RecordId& id) {
    const std::lock_guard lock(mutex_);
    forget_old(Clock::now());
    const auto it = records_.find(id);
    return it == records_.end() ? nullptr : it->second;
  }

 private:
  void forget_old(Clock::time_point now) {
    while (!order_.empty() && now - order_.front().first > longest_) forget_first();
  }
  void forget_first() {
    const auto first = records_.find(order_.front().second);
    bytes_ -= first->second->text.size();
    records_.erase(first);
    order_.pop_front();
  }

  const std::size_t most_;
  const Clock::duration longest_;
  std::mutex mutex_;  // guards what follows
  std::unordered_map<RecordId, OpenRecordPtr, UuidHash> records_;
  std::deque<std::pair<Clock::time_point, RecordId>> order_;
  std::size_t bytes_ = 0;
};

}  // namespace ketenpoort::exchange
