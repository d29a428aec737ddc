// A call whose answer is kept under its idempotency key: the same body under it gets that answer again, another body a
// conflict. Two calls that claim the same are answered one after the other.
#pragma once

#include <optional>
#include <span>
#include <string_view>
#include <vector>

#include "gateway/exchange/facilities/facilities.hpp"
#include "gateway/exchange/facilities/replies.hpp"

namespace ketenpoort::exchange {

class RepeatableCall {
 public:
  // So often whoever meets another's claim comes again; then something is wrong, and the caller is told.
  static constexpr int most_attempts = 50;

  // `answer`: its status, and its body as far as it is known yet. Without a key the call stands for itself: nothing is
  // looked for, nothing is kept.
  RepeatableCall(Facilities& facilities, std::string_view route, std::string_view client, std::string_view key,
                 std::string_view body, PastReply answer);

  PastReply answer;

  // On the sequencer's turn, before all else. ErrorCode::conflict: there is an answer, which end() gives. `changed`:
  // another call under this key holds it until its batch is durable.
  [[nodiscard]] Status begin();

  // Likewise: the marks of what the call is about. ErrorCode::changed: another call holds one of them.
  [[nodiscard]] Status claim(std::span<const Digest> marks);
  [[nodiscard]] Status claim(const Digest& mark) { return claim(std::span(&mark, 1)); }

  // What keeps the answer: stands in the batch of what it answers.
  void keep_answer(std::vector<ledger::VaultChange>& changes, Timestamp now) const;

  // The batch is durable, or there is none: what to answer. Nothing: what was claimed or looked at has changed, and the
  // call is to be made again.
  [[nodiscard]] std::optional<Result<PastReply>> end(const Result<ledger::Committed>& committed);

  [[nodiscard]] bool has_key() const { return key_.has_value(); }

 private:
  Facilities& facilities_;
  std::optional<Digest> key_;
  std::optional<PastReply> past_;
  std::vector<Digest> claimed_;
  int attempts_ = 0;
};

}  // namespace ketenpoort::exchange
