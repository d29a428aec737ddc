// What a recipient is told, made of the log alone: the same bytes at every attempt, after a restart and after the
// subject's erasure. It names our transfers and the recipient's own references, never a person.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "gateway/base/result.hpp"
#include "gateway/base/time.hpp"
#include "gateway/domain/category.hpp"
#include "gateway/domain/transfer.hpp"

namespace ketenpoort::exchange {

// The id of a notification: a UUID of version 8 (RFC 9562) that holds the log's origin and the entry's place in it. So
// it needs no table, and a restart tells the recipient under the same key.
Uuid notification_id(std::string_view origin, std::uint64_t seq);
std::optional<std::uint64_t> notification_seq(std::string_view origin, const Uuid& id);  // none: not of this log

struct RecallMessage {
  Uuid id;
  std::string recipient;
  std::string cause;  // WITHDRAWAL RECTIFICATION ERASURE RESTRICTION STAY_ENDED IDENTITY_CHANGED
  Timestamp notified_at{};
  Date deadline{};
  CategorySet categories;  // concerned, of what was sent
  struct Concerned {
    TransferId id;
    std::string purpose;
    std::string message;
    std::string reference;  // the recipient's own, if it had given one by then

    bool operator==(const Concerned&) const = default;
  };
  std::vector<Concerned> transfers;  // that it has, or may have, in the order of their requests
};

// From the entries about a subject up to its recipient.notified, which is the last. ErrorCode::internal when that is
// not what they are.
Result<RecallMessage> compose_recall(std::string_view origin, std::span<const std::string> entries);

std::string to_json(const RecallMessage& message);

}  // namespace ketenpoort::exchange
