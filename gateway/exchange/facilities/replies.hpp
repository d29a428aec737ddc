// Idempotency: the same key with the same body gives the same answer, with another body a conflict.
#pragma once

#include <chrono>
#include <string_view>

#include "gateway/exchange/facilities/ports.hpp"

namespace ketenpoort::exchange {

constexpr std::chrono::days reply_lifetime{30};

// Scoped to route and client. The client's own key is hashed: it may carry anything.
Digest make_reply_key(std::string_view route, std::string_view client, std::string_view key);

// The past answer, or ErrorCode::conflict when it was given for another body.
Result<PastReply> repeat_reply(const PastReply& past, const Digest& body_digest);

}  // namespace ketenpoort::exchange
