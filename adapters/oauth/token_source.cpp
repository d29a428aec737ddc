#include "adapters/oauth/token_source.hpp"

#include <algorithm>
#include <utility>

namespace ketenpoort::adapters {
namespace {

using std::chrono::milliseconds;

constexpr milliseconds renewal_pause{2000};
// A call takes its time to the partner: a token in its last moments is not sent any more.
constexpr milliseconds longest_margin{10'000};
constexpr int renewed_after_percent = 75;

}  // namespace

TokenSource::TokenSource(TokenClient client, AssertionKey key, Carry carry, Now now)
    : client_(std::move(client)), key_(std::move(key)), carry_(std::move(carry)), now_(std::move(now)) {}

void TokenSource::get(Done done) {
  std::optional<std::string> token;
  bool must_fetch = false;
  {
    const std::lock_guard lock(mutex_);
    const auto now = now_();
    if (held_ && now >= held_->good_until) held_.reset();
    if (held_) token = held_->value;
    if (!token) waiting_.push_back(std::move(done));
    must_fetch = !fetching_ && (!held_ || (now >= held_->renew_from && now >= not_before_));
    if (must_fetch) {
      fetching_ = true;
      asked_at_ = now;
    }
  }
  if (must_fetch) fetch();
  if (token) done(std::move(*token));
}

void TokenSource::drop(std::string_view refused) {
  const std::lock_guard lock(mutex_);
  if (held_ && held_->value == refused) held_.reset();
}

void TokenSource::fetch() {
  auto call = ask_for_token(client_, key_, Clock().now());
  if (!call) return take(tl::make_unexpected(TokenFailure{"token-not-signed"}));
  carry_(std::move(*call), [this](tl::expected<Answer, TokenFailure> answer) { take(std::move(answer)); });
}

void TokenSource::take(tl::expected<Answer, TokenFailure> answer) {
  std::vector<Done> waited;
  std::optional<Result> result;
  {
    const std::lock_guard lock(mutex_);
    fetching_ = false;
    result = keep(answer);
    waited.swap(waiting_);
  }
  for (auto& done : waited) done(*result);
}

TokenSource::Result TokenSource::keep(const tl::expected<Answer, TokenFailure>& answer) {
  const auto token = answer.and_then(read_token);
  if (!token) {
    not_before_ = now_() + renewal_pause;
    return tl::make_unexpected(token.error());
  }
  // Counted from when it was asked for: it may have been issued then.
  const milliseconds life = token->lifetime;
  held_ = Held{.value = token->value,
               .renew_from = asked_at_ + life * renewed_after_percent / 100,
               .good_until = asked_at_ + life - std::min(longest_margin, life / 10)};
  return token->value;
}

}  // namespace ketenpoort::adapters
