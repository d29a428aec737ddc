// The token that one channel's calls carry: asked for once however many calls wait, kept, renewed before it expires,
// dropped when the partner refuses it.
#pragma once

#include <chrono>
#include <functional>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "adapters/oauth/token_call.hpp"

namespace ketenpoort::adapters {

class TokenSource {
 public:
  using Result = tl::expected<std::string, TokenFailure>;
  using Done = std::function<void(Result)>;
  // Carries a call to the authorization server; calls back once, from any thread, perhaps before it returns.
  using Carry = std::function<void(Call, std::function<void(tl::expected<Answer, TokenFailure>)>)>;
  // For a token's life: a steady clock, since a system's may be set.
  using Now = std::function<std::chrono::steady_clock::time_point()>;

  TokenSource(TokenClient client, AssertionKey key, Carry carry, Now now = &std::chrono::steady_clock::now);

  // `done` is called once: at once with the token that is held, else when one has come or could not be had. Never under
  // a lock. The source must outlive what is under way.
  void get(Done done);

  // The partner refused this token: it is not given again. Another one that came meanwhile stays.
  void drop(std::string_view refused);

 private:
  using TimePoint = std::chrono::steady_clock::time_point;
  struct Held {
    std::string value;
    TimePoint renew_from;
    TimePoint good_until;
  };

  void fetch();
  void take(tl::expected<Answer, TokenFailure> answer);
  Result keep(const tl::expected<Answer, TokenFailure>& answer);

  const TokenClient client_;
  const AssertionKey key_;
  const Carry carry_;
  const Now now_;

  std::mutex mutex_;  // guards what follows
  std::optional<Held> held_;
  std::vector<Done> waiting_;
  bool fetching_ = false;
  TimePoint asked_at_{};
  TimePoint not_before_{};  // a renewal that failed is not tried again at once while the old token is good
};

}  // namespace ketenpoort::adapters
