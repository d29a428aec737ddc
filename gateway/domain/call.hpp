// One HTTP exchange with a partner, as data: adapters make calls and judge answers, net/client carries them.
#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "gateway/base/time.hpp"
#include "gateway/domain/transfer.hpp"

namespace ketenpoort {

using Headers = std::vector<std::pair<std::string, std::string>>;

struct Call {
  std::string method = "POST";
  std::string path;  // beneath the partner's base URL, beginning with '/'; never carries personal data
  Headers headers;   // without Host, Content-Length, Connection
  std::string body;
};

struct Answer {
  int status = 0;
  Headers headers;  // names in lower case
  std::string body;
};

// No answer came. `may_have_arrived`: at least one byte of the request had been handed to the connection, so the
// partner may have the message; the next attempt repeats the same idempotency key.
struct CallFailure {
  enum class Kind { resolve, connect, tls, write, read, timeout, too_large, protocol } kind = Kind::connect;
  bool may_have_arrived = false;
  std::string detail;  // for operators; never content of a message
};

// What an adapter hands over for one attempt.
struct Delivery {
  TransferId transfer;
  std::string message;       // "vdab-profile"
  std::string content_type;  // of the payload
  std::string payload;       // the mapping's output; the same bytes at every attempt
  Uuid trace;
  Timestamp at{};  // when the call is made, by the real clock: for protocols that sign it
};

// What a partner's answer means.
struct Verdict {
  enum class Kind {
    acknowledged,  // 2xx with the partner's own reference
    delivered,     // 2xx, the reference comes later
    retry,         // the partner cannot take it now: try again with the same key
    reject,        // the partner will never take this: a person must look
  } kind = Kind::retry;
  std::string partner_reference{};  // acknowledged only
  std::string failure_class{};      // "http-503", "answer-unreadable": for the ledger and operators, no partner text
  std::optional<std::chrono::seconds> retry_after{};  // what the partner asked for
  std::vector<unsigned> notes{};  // published codes of what a partner said beside taking it (0: another); for operators
};

}  // namespace ketenpoort
