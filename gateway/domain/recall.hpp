// Telling a recipient that data it has may no longer be used as before, as data: adapters make calls of it and judge
// what comes back.
#pragma once

#include <algorithm>
#include <array>
#include <chrono>
#include <optional>
#include <string>
#include <string_view>

#include "gateway/base/uuid.hpp"

namespace ketenpoort {

// One call; every attempt has the same id and body.
struct RecallDelivery {
  Uuid id;           // of the notification: its idempotency key
  std::string body;  // JSON: neither a name nor a number
  Uuid trace;
};

// What a recipient says it did.
struct RecallReply {
  std::string reply;                    // ERASED STOPPED KEPT
  std::optional<std::string> ground{};  // of what it kept, GDPR art. 17(3): art17-3-a to art17-3-e

  bool operator==(const RecallReply&) const = default;
};

// The reply is one of the three, and a ground stands exactly where something is kept.
inline bool is_proper(const RecallReply& reply) {
  constexpr std::array<std::string_view, 5> grounds = {"art17-3-a", "art17-3-b", "art17-3-c", "art17-3-d", "art17-3-e"};
  if (reply.reply != "KEPT") return (reply.reply == "ERASED" || reply.reply == "STOPPED") && !reply.ground;
  return reply.ground && std::ranges::find(grounds, *reply.ground) != grounds.end();
}

// What its answer to the call means.
struct RecallVerdict {
  enum class Kind {
    taken,  // 2xx: it knows; what it did stands in `reply`, or comes later
    retry,  // it cannot take it now: again with the same key
    reject  // it will never take it like this: a person must look
  } kind = Kind::retry;
  std::optional<RecallReply> reply{};
  bool reply_unclear = false;   // it said something that is no reply
  std::string failure_class{};  // "http-503", for operators; no partner text
  std::optional<std::chrono::seconds> retry_after{};
};

}  // namespace ketenpoort
