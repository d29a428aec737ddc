// What others say of the log: time stamps (ledger.anchored) and witnesses' cosignatures (ledger.cosigned). Only these,
// or a checkpoint kept elsewhere, show that a log was rewritten by somebody who has its key.
#pragma once

#include <cstdint>
#include <optional>
#include <set>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "gateway/base/time.hpp"
#include "gateway/ledger/checkpoint/cosignature.hpp"
#include "gateway/ledger/checkpoint/timestamp.hpp"
#include "gateway/ledger/entry/bodies.hpp"
#include "gateway/verify/flaw.hpp"
#include "gateway/verify/root_history.hpp"

namespace ketenpoort::verify {

// What the verifier was given to check them with.
struct AnchorKeys {
  std::vector<ledger::WitnessKey> witnesses{};
  std::optional<ledger::TimestampRoots> authorities{};
};

// What one witness, or the authorities together, vouch for: the log up to `size` as it was at `time`.
struct Voucher {
  std::string name;
  std::uint64_t count = 0;
  std::uint64_t size = 0;
  Timestamp time{};
  Timestamp first{};  // the earliest: what stands before it was covered no sooner
};

struct AnchorReport {
  std::uint64_t anchored = 0;  // entries of the kind
  std::uint64_t cosigned = 0;
  std::vector<Voucher> witnesses;  // one per key given
  std::optional<Voucher> authorities;
};

class AnchorCheck {
 public:
  explicit AnchorCheck(const AnchorKeys& keys);

  // An entry's claim that a checkpoint of the log had this root, and whoever vouched for it. `at`: the entry's time.
  Checked<void> check(std::uint64_t seq, Timestamp at, const ledger::Anchored& body, const std::string& origin,
                      const RootHistory& roots);
  Checked<void> check(std::uint64_t seq, Timestamp at, const ledger::Cosigned& body, const std::string& origin,
                      const RootHistory& roots);
  // Cosignatures that stand on a checkpoint itself.
  Checked<void> check_checkpoint(const std::string& where, std::string_view body, std::string_view lines,
                                 std::uint64_t size);

  // Remembers the cosignatures of a checkpoint of this size, so that it can be told which of some lines are in the log.
  void watch(std::uint64_t size) { watched_ = size; }
  [[nodiscard]] bool has_seen(const std::string& line) const { return lines_.contains(line); }

  // Whoever was named must have vouched for something.
  [[nodiscard]] Checked<AnchorReport> finish() const;

 private:
  Checked<void> check_root(std::uint64_t seq, std::uint64_t size, const Digest& root, const RootHistory& roots) const;
  Checked<void> count_cosignatures(const std::string& where, std::string_view body, std::string_view lines,
                                   std::uint64_t size);

  const AnchorKeys& keys_;
  AnchorReport report_;
  std::optional<std::uint64_t> watched_;
  std::set<std::string> lines_;  // of the watched size
};

}  // namespace ketenpoort::verify
