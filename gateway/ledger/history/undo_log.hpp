// How to take back what was done, step by step: small functions in one piece of memory that is used again, because
// every transaction of the ledger notes a dozen of them and hardly one is ever run. Internal to gateway/ledger.
#pragma once

#include <array>
#include <cstddef>
#include <memory_resource>
#include <new>
#include <type_traits>
#include <utility>

namespace ketenpoort::ledger {

class UndoLog {
 public:
  UndoLog() = default;
  ~UndoLog() { forget(); }
  UndoLog(const UndoLog&) = delete;
  UndoLog& operator=(const UndoLog&) = delete;

  [[nodiscard]] bool is_open() const { return open_; }
  void open() { open_ = true; }

  template <class Undo>
  void add(Undo undo) {
    struct Noted : Step {
      explicit Noted(Undo&& given) : undo(std::move(given)) {}
      Undo undo;
    };
    auto* step = new (memory_.allocate(sizeof(Noted), alignof(Noted))) Noted(std::move(undo));
    step->run = [](Step& of) { static_cast<Noted&>(of).undo(); };
    if constexpr (!std::is_trivially_destructible_v<Noted>)
      step->destroy = [](Step& of) { static_cast<Noted&>(of).~Noted(); };
    step->before = std::exchange(last_, step);
  }

  // Runs them, the newest first, and closes.
  void take_back() {
    for (auto* step = last_; step != nullptr; step = step->before) step->run(*step);
    forget();
  }
  void forget() {
    for (auto* step = std::exchange(last_, nullptr); step != nullptr;) {
      auto* before = step->before;
      if (step->destroy != nullptr) step->destroy(*step);
      step = before;
    }
    memory_.release();
    open_ = false;
  }

 private:
  struct Step {
    void (*run)(Step&) = nullptr;
    void (*destroy)(Step&) = nullptr;
    Step* before = nullptr;
  };

  alignas(std::max_align_t) std::array<std::byte, 8192> first_;  // enough for most
  std::pmr::monotonic_buffer_resource memory_{first_.data(), first_.size()};
  Step* last_ = nullptr;
  bool open_ = false;
};

}  // namespace ketenpoort::ledger
