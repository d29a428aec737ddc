// A simulated partner: takes a message, checks it as strictly as the partner would, keeps it, and answers well or
// badly.
#pragma once

#include <chrono>
#include <filesystem>
#include <memory>
#include <mutex>
#include <optional>
#include <random>
#include <string_view>

#include "adapters/http_signature.hpp"
#include "adapters/simulator/inbox.hpp"
#include "adapters/simulator/partner_profile.hpp"
#include "gateway/api/http.hpp"

namespace ketenpoort::simulator {

enum class Mode : unsigned char {
  ok,
  slow,     // answers late
  flaky,    // about a third each: 503; kept but the connection closed instead of an answer; ok
  down,     // 503 to everything, nothing kept
  reject,   // 422 to everything, kept as refused
  garbage,  // keeps, then answers 200 with bytes that mean nothing
};
Result<Mode> parse_mode(std::string_view text);  // ErrorCode::not_found with the known names
std::string_view to_text(Mode mode);

struct SimulatorOptions {
  const PartnerProfile* partner = nullptr;
  Mode mode = Mode::ok;
  std::filesystem::path received;
  Keeping keeping = Keeping::files;
  std::optional<adapters::VerifyingKey> gateway_key{};
  bool certificate_required = false;
  std::chrono::milliseconds slow{2000};
  std::uint32_t seed = 1;  // of the flaky mode's dice
};

// Where recalls go, which are no business messages: beside what is received.
std::filesystem::path recalls_beside(const std::filesystem::path& received);

// Flaky is not down: after so many failures comes an answer. Enough to open a circuit breaker, and soon over.
constexpr unsigned most_failures_in_a_row = 8;

struct Reaction {
  std::optional<api::Reply> reply;  // none: close the connection without a word
  std::chrono::milliseconds delay{0};
};

// Thread-safe; writes files, so not for an I/O thread.
class Simulator {
 public:
  static Result<std::unique_ptr<Simulator>> open(SimulatorOptions options);

  Reaction take(const api::Request& request);

 private:
  enum class Fate { answer, unavailable, torn };

  Simulator(SimulatorOptions options, std::unique_ptr<Inbox> inbox);
  Fate draw_fate();
  Inbox* inbox_for(const api::Request& request);  // null: it cannot be written
  struct Refusal {
    int status;
    std::string reason;
  };
  std::optional<Refusal> find_refusal(const api::Request& request, Inbox& inbox, Timestamp now);
  [[nodiscard]] api::Reply answer(const api::Request& request, const std::optional<Refusal>& refusal) const;

  SimulatorOptions options_;
  std::unique_ptr<Inbox> inbox_;
  std::mutex recalls_mutex_;
  std::unique_ptr<Inbox> recalls_;  // once there is one
  std::mutex dice_mutex_;
  std::mt19937 dice_;  // the standard fixes its sequence: a seed gives the same fates everywhere
  unsigned failures_in_a_row_ = 0;
};

}  // namespace ketenpoort::simulator
