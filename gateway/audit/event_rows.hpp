// What the index knows that a sender of records should hear: entries about its residents, and dates that passed.
#pragma once

#include <chrono>
#include <cstdint>
#include <limits>
#include <optional>
#include <string>
#include <vector>

#include "gateway/audit/rows.hpp"

namespace ketenpoort::audit {

// What an event is about. Empty or absent where it is about a person's consent, not one transfer.
struct EventMatter {
  std::optional<TransferId> transfer;
  std::optional<RecordId> record;  // that asked for the transfer, else the newest of theirs that who asks had sent
  std::string recipient;
  std::string purpose;
  std::string message;
};

struct EntryEvent {
  EntryPlace place;
  Timestamp time{};
  std::string kind;
  EventMatter matter;
};

// Where a row of the tables of dates stands: both numbers never decrease along its table.
struct DatePlace {
  std::int64_t time = 0;     // milliseconds since 1970
  std::int64_t number = -1;  // of the transfer
  auto operator<=>(const DatePlace&) const = default;
};
// A number that no transfer has, and that can be written as one more.
constexpr auto behind_all_transfers = std::numeric_limits<std::int64_t>::max() - 1;

struct DateEvent {
  DatePlace place;
  Timestamp time{};  // when it fell due
  EventMatter matter;
  std::optional<Date> held_until;
};

struct EntryEventQuery {
  std::string organisation;  // that sent the records
  ledger::Seq from = 0;      // the first entry to look at
  std::size_t limit = 100;
};

struct EntryEvents {
  std::vector<EntryEvent> events;
  ledger::Seq next = 0;  // the first entry not looked at
};

struct DateEventQuery {
  std::string organisation;
  DatePlace after;
  Timestamp until{};  // what fell due by then
  std::size_t limit = 100;
};

}  // namespace ketenpoort::audit
