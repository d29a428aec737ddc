// One process holds a state folder.
#pragma once

#include <filesystem>
#include <utility>

#include "gateway/base/result.hpp"

namespace ketenpoort::ledger {

class StateLock {
 public:
  // ErrorCode::conflict, naming the process that holds it.
  static Result<StateLock> take(const std::filesystem::path& state);
  StateLock(StateLock&& other) noexcept : fd_(std::exchange(other.fd_, -1)) {}
  StateLock& operator=(StateLock&&) = delete;
  ~StateLock();

 private:
  explicit StateLock(int fd) : fd_(fd) {}
  int fd_;
};

}  // namespace ketenpoort::ledger
