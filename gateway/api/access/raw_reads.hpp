// Who reads entries as they stand in the log, one by one or by the bundle, is noted in it once an hour. Were each of
// these reads noted, a monitor would make the log grow by following it, and never reach its end.
#pragma once

#include <chrono>
#include <map>
#include <mutex>
#include <string>

#include "gateway/base/time.hpp"

namespace ketenpoort::api {

class RawReads {
 public:
  static constexpr std::chrono::hours one_note_covers{1};

  // Whether a durable note of this reader is recent enough for another read. From any thread.
  [[nodiscard]] bool is_noted(const std::string& client, Timestamp now) const {
    const std::lock_guard lock(mutex_);
    const auto found = noted_.find(client);
    return found != noted_.end() && found->second <= now && now - found->second < one_note_covers;
  }

  void noted(const std::string& client, Timestamp now) {
    const std::lock_guard lock(mutex_);
    noted_[client] = now;
  }

 private:
  mutable std::mutex mutex_;
  std::map<std::string, Timestamp> noted_;  // as many as there are clients
};

}  // namespace ketenpoort::api
