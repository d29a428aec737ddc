// How each recipient fares: what an operator counts, and a line in the log when it stops answering or refuses one
// message after the other, and when that is over.
#pragma once

#include <chrono>
#include <cstdint>
#include <map>
#include <mutex>
#include <optional>
#include <string>

#include "gateway/domain/call.hpp"
#include "gateway/observability/log.hpp"

namespace ketenpoort::exchange {

struct RecipientFigures {
  std::uint64_t attempts = 0;
  std::uint64_t delivered = 0;               // of them, acknowledged or not
  std::uint64_t failed = 0;                  // of them; most are tried again
  std::uint64_t given_up = 0;                // transfers that wait for a person since
  std::chrono::milliseconds last_answer{0};  // how long the last call took, to its answer or to giving up on it
  std::string last_failure{};                // its class ("http-503"), empty: none yet
  bool answers = true;                       // the breaker of none of its channels is open
  bool refuses = false;                      // the last ones, one after the other
};

class RecipientWatch {
 public:
  static constexpr unsigned refusals_to_tell = 5;

  // Before anything is noted; a name that no log may carry is counted all the same.
  void add(const std::string& recipient);
  // It is configured no more: what it was counted for stays, what it is like troubles nobody.
  void retire(const std::string& recipient);

  void note(const std::string& recipient, const Verdict& verdict, bool given_up, std::chrono::milliseconds took);
  void note_breaker(const std::string& recipient, bool is_open);

  [[nodiscard]] std::map<std::string, RecipientFigures> figures() const;

 private:
  struct Row {
    RecipientFigures figures;
    unsigned refused_in_a_row = 0;
    std::optional<log::ConfiguredName> name;
  };
  mutable std::mutex mutex_;
  std::map<std::string, Row> rows_;
};

}  // namespace ketenpoort::exchange
