// One event as CloudEvents 1.0 JSON. References and codes only: never a name, a number or a value of a record.
#pragma once

#include <chrono>
#include <string>
#include <string_view>

#include "gateway/audit/event_rows.hpp"
#include "gateway/ledger/entry/entry.hpp"

namespace ketenpoort::api {

// What every type begins with, a name in reverse as CloudEvents asks for.
constexpr std::string_view event_types = "example.ketenpoort.";

// Ids of events that no entry tells: version 8, made of the place of their row, so that they are always the same.
enum class DateSort : unsigned char { recheck_due = 1, answer_overdue = 2 };
Uuid make_event_id(DateSort sort, const audit::DatePlace& place);
struct DateEventId {
  DateSort sort{};
  audit::DatePlace place;
};
std::optional<DateEventId> read_event_id(const Uuid& id);

std::string render_entry_event(std::string_view source, const audit::EntryEvent& event, const ledger::Entry& entry);
std::string render_recheck_due(std::string_view source, const audit::DateEvent& event);
std::string render_answer_overdue(std::string_view source, const audit::DateEvent& event, std::chrono::days patience);

}  // namespace ketenpoort::api
