// Where batches lie until their last row is taken (implemented in storage): the body, sealed, and the task beside it.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "gateway/exchange/intake/batch_task.hpp"

namespace ketenpoort::exchange {

// A body on its way in. Destroyed before keep(), nothing of it is left.
class BatchIntake {
 public:
  virtual ~BatchIntake() = default;
  // ErrorCode::unavailable when the disk is full.
  virtual Status append(std::string_view piece) = 0;
  virtual Status finish() = 0;  // all is on the disk; after a crash it is gone all the same
  virtual Status keep() = 0;    // from now on it survives a crash
};

// A body that was kept, from its beginning.
class BatchBody {
 public:
  virtual ~BatchBody() = default;
  // An empty piece at the end. ErrorCode::crypto when it is not what was written: cut off, changed, another batch's.
  virtual Result<std::string> next() = 0;
};

class BatchStore {
 public:
  virtual ~BatchStore() = default;
  virtual Result<std::unique_ptr<BatchIntake>> begin(const Uuid& id) = 0;
  virtual Result<std::unique_ptr<BatchBody>> open(const Uuid& id) = 0;  // ErrorCode::not_found
  virtual Status save(const BatchTask& task) = 0;                       // durable when it returns
  virtual Result<BatchTask> read(const Uuid& id) = 0;
  virtual Result<std::vector<BatchTask>> load() = 0;  // removes bodies without a task
  virtual Status drop_body(const Uuid& id) = 0;       // out of reach for good
  virtual Status empty_body(const Uuid& id) = 0;      // out of reach, and its room given back; that it was kept shows
  [[nodiscard]] virtual Result<std::uint64_t> free_bytes() const = 0;
  virtual Status forget(const Uuid& id) = 0;  // task and body
};

}  // namespace ketenpoort::exchange
