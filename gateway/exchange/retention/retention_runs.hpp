// Retention as a task: started, looked at while it runs, one at a time. What became of the last runs is kept until the
// gateway ends; the log has it for ever.
#pragma once

#include <map>
#include <mutex>
#include <optional>
#include <string>
#include <thread>

#include "gateway/exchange/retention/retention.hpp"

namespace ketenpoort::exchange {

class RetentionRuns {
 public:
  enum class State { running, done, failed };
  struct Run {
    Uuid id{};
    bool dry_run = false;
    State state = State::running;
    std::uint64_t completed = 0;  // subjects
    std::uint64_t total = 0;
    RetentionReport report;  // when done
    std::string problem;     // when failed
  };

  RetentionRuns(Facilities& facilities, VaultStock& stock, RetentionTerms terms)
      : facilities_(facilities), stock_(stock), terms_(terms) {}
  ~RetentionRuns();  // ends the one under way where it is
  RetentionRuns(const RetentionRuns&) = delete;
  RetentionRuns& operator=(const RetentionRuns&) = delete;

  // For runs that start from now on.
  void use(const RetentionTerms& terms);
  // ErrorCode::conflict while another one runs.
  Result<Run> start(bool dry_run);
  [[nodiscard]] std::optional<Run> find(const Uuid& id) const;

 private:
  void run(const Uuid& id, bool dry_run, const RetentionTerms& terms);
  Result<RetentionReport> apply(const Uuid& id, bool dry_run, const RetentionTerms& terms);

  Facilities& facilities_;
  VaultStock& stock_;
  mutable std::mutex mutex_;
  RetentionTerms terms_;
  std::map<Uuid, Run> runs_;
  bool running_ = false;
  bool stopping_ = false;
  std::thread thread_;
};

}  // namespace ketenpoort::exchange
