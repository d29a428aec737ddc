// How a simulator fails, when it is told to.
#pragma once

#include <cstdint>
#include <mutex>
#include <random>
#include <string_view>

#include "gateway/base/result.hpp"

namespace ketenpoort::simulator {

enum class Mode : unsigned char {
  ok,
  slow,     // answers late
  flaky,    // about a third each: 503; kept but the connection closed instead of an answer; ok
  down,     // 503 to everything, nothing kept
  reject,   // refuses everything
  garbage,  // keeps, then answers 200 with bytes that mean nothing
};
Result<Mode> parse_mode(std::string_view text);  // ErrorCode::not_found with the known names
std::string_view to_text(Mode mode);

// Flaky is not down: after so many failures comes an answer. Enough to open a circuit breaker, and soon over.
constexpr unsigned most_failures_in_a_row = 8;

// What becomes of the next message: a seed gives the same fates everywhere. Thread-safe.
enum class Fate : unsigned char { answer, unavailable, torn };
class Dice {
 public:
  Dice(Mode mode, std::uint32_t seed) : mode_(mode), dice_(seed) {}
  Fate draw();

 private:
  const Mode mode_;
  std::mutex mutex_;
  std::mt19937 dice_;  // the standard fixes its sequence
  unsigned failures_in_a_row_ = 0;
};

}  // namespace ketenpoort::simulator
