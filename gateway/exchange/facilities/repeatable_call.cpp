#include "gateway/exchange/facilities/repeatable_call.hpp"

#include <utility>

namespace ketenpoort::exchange {

RepeatableCall::RepeatableCall(Facilities& facilities, std::string_view route, std::string_view client,
                               std::string_view key, std::string_view body, PastReply first_answer)
    : answer(std::move(first_answer)), facilities_(facilities) {
  if (key.empty()) return;
  key_ = make_reply_key(route, client, key);
  answer.body_digest = facilities_.vault.mark(IdentifierKind::request_body, body);
}

Status RepeatableCall::begin() {
  if (!key_) return {};
  past_ = facilities_.vault.find_reply(*key_);
  if (past_) return fail(ErrorCode::conflict, "answered before");
  return claim(*key_);
}

Status RepeatableCall::claim(std::span<const Digest> marks) {
  if (!facilities_.pending.claim(marks))
    return fail(ErrorCode::changed, "another call about the same is being answered; send this one again");
  claimed_.insert(claimed_.end(), marks.begin(), marks.end());
  return {};
}

void RepeatableCall::keep_answer(std::vector<ledger::VaultChange>& changes, Timestamp now) const {
  if (key_) changes.push_back(facilities_.vault.add_reply(*key_, answer, now + reply_lifetime));
}

std::optional<Result<PastReply>> RepeatableCall::end(const Result<ledger::Committed>& committed) {
  facilities_.pending.release(std::exchange(claimed_, {}));
  if (committed) return std::move(answer);
  if (past_) return repeat_reply(*past_, answer.body_digest);
  if (committed.error().code == ErrorCode::changed && ++attempts_ < most_attempts) return std::nullopt;
  return fail(committed.error());
}

}  // namespace ketenpoort::exchange
