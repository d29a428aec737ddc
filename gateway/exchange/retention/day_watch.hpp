// What a new day brings without anybody's doing: stays end on a day that their record named beforehand, and those who
// have data of the resident are told (STAY_ENDED). And a clock that was set: what waits for a date is looked at again,
// since it was counted on by the old one.
#pragma once

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <filesystem>
#include <functional>
#include <mutex>
#include <optional>
#include <set>
#include <thread>

#include "gateway/exchange/facilities/facilities.hpp"
#include "gateway/exchange/retention/retention.hpp"
#include "gateway/policy/facts.hpp"

namespace ketenpoort::exchange {

struct DayWatchOptions {
  std::filesystem::path file;     // STATE/last-day: the day whose stays have been told
  std::function<void()> on_jump;  // the clock was set
  std::chrono::milliseconds pause{std::chrono::seconds{10}};
};

class DayWatch {
 public:
  DayWatch(Facilities& facilities, const VaultStock& stock, DayWatchOptions options);
  ~DayWatch();
  DayWatch(const DayWatch&) = delete;
  DayWatch& operator=(const DayWatch&) = delete;

  void start();
  void stop();

 private:
  void run();
  void look_at_clock();
  void look_at_day();
  void note_told(Date today);
  Status tell_ended(Date after, Date today);
  Status tell(const SubjectRef& subject, const RecordId& newest);
  [[nodiscard]] std::optional<RecordId> find_ended(const SubjectRef& subject, Date after, Date today) const;

  Facilities& facilities_;
  const VaultStock& stock_;
  DayWatchOptions options_;
  std::optional<Date> told_;     // up to and with this day
  std::set<RecordId> told_now_;  // whose end was told in a pass that did not come to its end
  std::chrono::steady_clock::time_point steady_;
  Timestamp seen_{};
  std::mutex mutex_;
  std::condition_variable wake_;
  std::atomic<bool> stopping_ = false;
  std::thread thread_;
};

// Whose stay, still to last when the record came, ended after one day and by another.
bool ends_between(const policy::Facts& facts, Date came, Date after, Date today);

}  // namespace ketenpoort::exchange
