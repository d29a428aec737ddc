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
#include "gateway/exchange/facilities/ports.hpp"
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

  void put(const RecordId& id, const SubjectRef& subject, OpenRecordPtr record) {
    const std::lock_guard lock(mutex_);
    const auto now = Clock::now();
    forget_old(now);
    const auto size = record->text.size();
    if (!records_.try_emplace(id, std::move(record)).second) return;
    order_.push_back({now, id, subject});
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

  // Their subject was erased.
  void forget(const SubjectRef& subject) {
    const std::lock_guard lock(mutex_);
    std::erase_if(order_, [&](const Place& place) {
      if (place.subject != subject) return false;
      drop(place.record);
      return true;
    });
  }

  // Now and then, also when nobody asks for any.
  void forget_old() {
    const std::lock_guard lock(mutex_);
    forget_old(Clock::now());
  }

  [[nodiscard]] std::size_t bytes() const {
    const std::lock_guard lock(mutex_);
    return bytes_;
  }

 private:
  struct Place {
    Clock::time_point since;
    RecordId record;
    SubjectRef subject;
  };
  void forget_old(Clock::time_point now) {
    while (!order_.empty() && now - order_.front().since > longest_) forget_first();
  }
  void forget_first() {
    drop(order_.front().record);
    order_.pop_front();
  }
  void drop(const RecordId& id) {
    const auto found = records_.find(id);
    bytes_ -= found->second->text.size();
    records_.erase(found);
  }

  const std::size_t most_;
  const Clock::duration longest_;
  mutable std::mutex mutex_;  // guards what follows
  std::unordered_map<RecordId, OpenRecordPtr, UuidHash> records_;
  std::deque<Place> order_;
  std::size_t bytes_ = 0;
};

}  // namespace ketenpoort::exchange
