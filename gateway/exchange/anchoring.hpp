// Use case: others confirm the log. So often a checkpoint goes to a time-stamping authority (RFC 3161) and to witnesses
// (C2SP tlog-witness), and what they say goes into the log. Policy holds transfers when that is too long ago.
#pragma once

#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <functional>
#include <mutex>
#include <optional>
#include <string>
#include <thread>
#include <vector>

#include "gateway/base/result.hpp"
#include "gateway/domain/call.hpp"
#include "gateway/exchange/facilities/facilities.hpp"
#include "gateway/ledger/checkpoint/checkpoint.hpp"
#include "gateway/ledger/checkpoint/cosignature.hpp"
#include "gateway/ledger/checkpoint/timestamp.hpp"
#include "gateway/observability/log.hpp"

namespace ketenpoort::exchange {

// One call to whoever anchors, and its answer. Blocks.
using Ask = std::function<Result<Answer>(Call)>;

struct StampingAuthority {
  log::ConfiguredName name;  // also in the entries
  std::string path;          // of its URL
  ledger::TimestampRoots roots;
  Ask ask;
};

struct WitnessContact {
  log::ConfiguredName name;
  ledger::WitnessKey key;
  Ask ask;                      // its submission prefix is the base URL
  std::uint64_t seen = 0;       // the size it remembers of us, as far as we know
  ledger::CosignTime newest{};  // of its words that we have; under the mutex
};

struct AnchoringPlan {
  std::chrono::milliseconds interval{std::chrono::hours{1}};
  std::chrono::milliseconds retry{std::chrono::minutes{1}};  // after a round in which somebody did not answer
  std::vector<StampingAuthority> authorities;
  std::vector<WitnessContact> witnesses;
};

class Anchoring {
 public:
  // `on_confirmed` runs on the anchoring thread after each anchoring entry: what was held for the want of it may go.
  Anchoring(Facilities& facilities, AnchoringPlan plan, std::function<void()> on_confirmed);
  ~Anchoring();  // stop()
  Anchoring(const Anchoring&) = delete;
  Anchoring& operator=(const Anchoring&) = delete;

  void start();
  void stop();  // waits for the call under way

  // Cosignatures by our witnesses of a published checkpoint of ours, brought by a caller: checked, written down and
  // published. Blocks until a checkpoint covers the entry; its seq. ErrorCode::malformed, not_found for another log's
  // checkpoint, forbidden for a signature that does not hold or none of ours, conflict for a tree the log never had
  // and for a word that is no news, invalid_input for one that was signed in what is the future here.
  Result<std::uint64_t> accept_cosignatures(std::string_view note, const ledger::Actor& actor);

  // Asks everybody once. Whether all answered well.
  bool run_round();

  struct Figures {
    std::uint64_t stamps = 0;
    std::uint64_t cosignatures = 0;
    std::uint64_t failures = 0;
  };
  [[nodiscard]] Figures figures() const;

  // Which way the log's anchoring stands at this moment; no value where none is in force.
  [[nodiscard]] std::optional<Timestamp> confirmed_at() const;
  [[nodiscard]] bool is_stale() const;

 private:
  void run();
  bool run_safely();
  void report(const log::ConfiguredName& anchor, const Error& error);
  Status stamp(const StampingAuthority& authority);
  bool gather_cosignatures();
  Result<std::string> cosign(WitnessContact& witness, const std::string& note, const ledger::Checkpoint& checkpoint);
  Result<std::string> judge(WitnessContact& witness, const Answer& answer, const ledger::Checkpoint& checkpoint);
  Result<std::uint64_t> record_cosignatures(const ledger::Checkpoint& checkpoint, std::vector<std::string> lines,
                                            const ledger::Actor& actor);
  Result<std::uint64_t> record(std::string_view kind, std::string body, const ledger::Actor& actor);
  void note_word(WitnessContact& witness, ledger::CosignTime said);
  // A witness's word that is being written down, and the newest before it.
  struct News {
    WitnessContact* witness = nullptr;
    ledger::CosignTime said, before;
  };
  Result<News> take_news(WitnessContact& witness, ledger::CosignTime said);
  void give_back(const std::vector<News>& taken);
  [[nodiscard]] Status check_had(const ledger::Checkpoint& older) const;
  [[nodiscard]] bool is_stopping() const;
  [[nodiscard]] ledger::Actor own_actor() const;

  Facilities& facilities_;
  AnchoringPlan plan_;
  std::function<void()> on_confirmed_;

  std::mutex recording_;  // one anchoring entry at a time, each under a checkpoint of its own
  std::uint64_t cosigned_size_ = 0;

  mutable std::mutex mutex_;
  std::condition_variable stopped_;
  bool stopping_ = false;
  Figures figures_;
  std::thread thread_;
};

}  // namespace ketenpoort::exchange
