// The one of several immutable values that counts now: what a reload swaps. Whoever works on something takes it once
// and keeps it to its end, however often it is swapped meanwhile.
#pragma once

#include <memory>
#include <mutex>
#include <utility>

namespace ketenpoort {

// Thread-safe.
template <class T>
class InUse {
 public:
  InUse() : value_(std::make_shared<const T>()) {}
  InUse(T value) : value_(std::make_shared<const T>(std::move(value))) {}  // NOLINT(google-explicit-constructor)
  explicit InUse(std::shared_ptr<const T> value) : value_(std::move(value)) {}

  [[nodiscard]] std::shared_ptr<const T> get() const {
    const std::lock_guard lock(mutex_);
    return value_;
  }
  // For one look. It lives to the end of the full expression: neither a pointer nor a view into it may outlive that.
  [[nodiscard]] std::shared_ptr<const T> operator->() const { return get(); }

  void put(std::shared_ptr<const T> value) {
    const std::lock_guard lock(mutex_);
    value_.swap(value);  // the old one is let go of outside, by whoever used it last
  }
  // Puts a copy that `how` has changed. One caller at a time.
  void change(const auto& how) {
    auto next = std::make_shared<T>(*get());
    how(*next);
    put(std::move(next));
  }

 private:
  mutable std::mutex mutex_;
  std::shared_ptr<const T> value_;
};

}  // namespace ketenpoort
