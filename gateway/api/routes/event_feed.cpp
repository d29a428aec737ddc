#include "gateway/api/routes/event_feed.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <limits>

#include "gateway/api/http/query.hpp"
#include "gateway/api/routes/event_json.hpp"
#include "gateway/ledger/history/history.hpp"

namespace ketenpoort::api {
namespace {

using audit::DatePlace;
using ledger::Seq;

constexpr int most_parts = 50;  // of the log, in one go
constexpr auto last_number = std::numeric_limits<std::int64_t>::max();
constexpr std::size_t version_of_entries = 7;
constexpr std::size_t version_of_dates = 8;

std::int64_t milliseconds(Timestamp time) {
  return static_cast<std::int64_t>(time.time_since_epoch().count());
}

}  // namespace

std::string to_text(const FeedPlace& place) {
  // Numbers of transfers begin at 0, and before the first there is none: one more than each.
  return fmt::format("{}-{}-{}-{}-{}", place.entry, place.recheck.time, place.recheck.number + 1, place.answer.time,
                     place.answer.number + 1);
}

std::optional<FeedPlace> parse_feed_place(std::string_view text) {
  std::array<std::uint64_t, 5> numbers{};
  for (std::size_t i = 0; i < numbers.size(); ++i) {
    const auto end = text.find('-');
    if ((end == std::string_view::npos) != (i + 1 == numbers.size())) return std::nullopt;
    const auto number = parse_number(text.substr(0, end));
    if (!number || *number > static_cast<std::uint64_t>(last_number)) return std::nullopt;
    numbers[i] = *number;
    if (end != std::string_view::npos) text.remove_prefix(end + 1);
  }
  const auto place = [&](std::size_t at) {
    return DatePlace{static_cast<std::int64_t>(numbers[at]), static_cast<std::int64_t>(numbers[at + 1]) - 1};
  };
  return FeedPlace{numbers[0], place(1), place(3)};
}

// What the streams have, side by side, before it is cut to a page.
struct EventFeed::Merged {
  struct One {
    Timestamp time{};
    int stream = 0;  // at the same time: a recheck, then an answer, then entries
    audit::EntryEvent entry;
    audit::DateEvent date;
  };
  std::vector<One> all;
  Seq looked_at = 0;                                       // entries before this one hold nothing more to tell
  std::optional<DatePlace> rechecks_until, answers_until;  // nor do dates up to there, once all that was found is told
};

std::string EventFeed::source() const {
  return facilities_.sequencer.read([](const ledger::History& history) {
    return "https://" + (history.opened() == nullptr ? std::string() : history.opened()->origin);
  });
}

Result<ledger::Entry> EventFeed::entry_at(Seq seq) const {
  const auto place = index_.use([&](audit::IndexReader& reader) { return reader.place_of(seq); });
  if (!place) return fail(place.error());
  if (!*place) return fail(ErrorCode::internal, fmt::format("entry {} is not in the index", seq));
  const auto bytes = index_.bytes(**place);
  if (!bytes) return fail(bytes.error());
  return ledger::decode_entry(*bytes);
}

Status EventFeed::add_entries(const std::string& organisation, FeedPlace place, std::size_t limit,
                              Merged& merged) const {
  const auto end = index_.size();
  std::size_t found = 0;
  merged.looked_at = place.entry;
  for (int part_number = 0; part_number < most_parts && merged.looked_at < end && found < limit; ++part_number) {
    auto part = index_.use([&](audit::IndexReader& reader) {
      return reader.entry_events({organisation, merged.looked_at, limit - found});
    });
    if (!part) return fail(part.error());
    found += part->events.size();
    merged.looked_at = part->next;
    for (auto& event : part->events) merged.all.push_back({event.time, 2, std::move(event), {}});
  }
  return {};
}

Status EventFeed::add_dates(const std::string& organisation, const FeedPlace& place, std::size_t limit,
                            std::chrono::days patience, Merged& merged) const {
  const auto now = facilities_.clock.now();
  const auto add = [&](Result<std::vector<audit::DateEvent>> events, int stream,
                       std::optional<DatePlace>& until) -> Status {
    if (!events) return fail(events.error());
    if (events->size() == limit) until.reset();  // there may be more
    for (auto& event : *events) merged.all.push_back({event.time, stream, {}, std::move(event)});
    return {};
  };
  return index_.use([&](audit::IndexReader& reader) -> Status {
    const auto rechecks = reader.settled_dates(now);
    if (!rechecks) return fail(rechecks.error());
    merged.rechecks_until = *rechecks;
    // Counted from the last entry, not from now: a place that stands still shows that nothing happened.
    if (*rechecks)
      merged.answers_until =
          DatePlace{std::max<std::int64_t>((*rechecks)->time - std::chrono::milliseconds(patience).count(), 0),
                    audit::behind_all_transfers};
    auto done = add(reader.rechecks_due({organisation, place.recheck, now, limit}), 0, merged.rechecks_until);
    if (!done) return done;
    return add(reader.answers_overdue({organisation, place.answer, now, limit}, patience), 1, merged.answers_until);
  });
}

Result<FeedPage> EventFeed::read(const std::string& organisation, const FeedPlace& after, std::size_t limit) const {
  const auto size = facilities_.sequencer.read([](const ledger::History& history) { return history.size(); });
  if (auto ready = index_.wait_for(size); !ready) return fail(ready.error());
  const auto patience = this->patience();
  Merged merged;
  if (auto added = add_entries(organisation, after, limit, merged); !added) return fail(added.error());
  if (auto added = add_dates(organisation, after, limit, patience, merged); !added) return fail(added.error());
  std::ranges::stable_sort(merged.all, {}, [](const auto& one) { return std::pair(one.time, one.stream); });

  FeedPage page;
  page.next = after;
  const auto from = source();
  const auto count = std::min(limit, merged.all.size());
  std::array<bool, 3> whole{true, true, true};  // of each stream: nothing that was found had to wait
  for (std::size_t i = 0; i < merged.all.size(); ++i) {
    const auto& one = merged.all[i];
    if (i >= count) {
      whole.at(static_cast<std::size_t>(one.stream)) = false;
      continue;
    }
    if (one.stream == 0) {
      page.next.recheck = one.date.place;
      page.events.push_back(
          {make_event_id(DateSort::recheck_due, one.date.place), one.time, render_recheck_due(from, one.date)});
    } else if (one.stream == 1) {
      page.next.answer = one.date.place;
      page.events.push_back({make_event_id(DateSort::answer_overdue, one.date.place), one.time,
                             render_answer_overdue(from, one.date, patience)});
    } else {
      const auto bytes = index_.bytes(one.entry.place);
      if (!bytes) return fail(bytes.error());
      const auto entry = ledger::decode_entry(*bytes);
      if (!entry) return fail(entry.error());
      page.next.entry = one.entry.place.seq + 1;
      page.events.push_back({entry->id, one.time, render_entry_event(from, one.entry, *entry)});
    }
  }
  // A feed with nothing to tell moves on too, so that the next look is not at all of the past.
  if (whole[0] && merged.rechecks_until) page.next.recheck = std::max(page.next.recheck, *merged.rechecks_until);
  if (whole[1] && merged.answers_until) page.next.answer = std::max(page.next.answer, *merged.answers_until);
  if (whole[2]) page.next.entry = merged.looked_at;
  page.more = page.next.entry < index_.size();
  return page;
}

// Ids of entries increase along the log, so one is found by halving.
Result<std::optional<FeedPlace>> EventFeed::find_entry(const Uuid& event) const {
  Seq low = 0;
  Seq end = index_.size();
  while (low < end) {
    const Seq middle = low + (end - low) / 2;
    const auto entry = entry_at(middle);
    if (!entry) return fail(entry.error());
    if (entry->id == event) {
      const auto time = milliseconds(entry->time);
      const auto waited = std::chrono::milliseconds(patience()).count();
      return FeedPlace{middle + 1,
                       {time, audit::behind_all_transfers},
                       {std::max<std::int64_t>(time - waited, 0), audit::behind_all_transfers}};
    }
    entry->id < event ? low = middle + 1 : end = middle;
  }
  return std::optional<FeedPlace>();
}

Result<std::optional<FeedPlace>> EventFeed::find_place_behind(const Uuid& event) const {
  const auto size = facilities_.sequencer.read([](const ledger::History& history) { return history.size(); });
  if (auto ready = index_.wait_for(size); !ready) return fail(ready.error());
  if (version_of(event) == version_of_entries) return find_entry(event);
  const auto date = version_of(event) == version_of_dates ? read_event_id(event) : std::nullopt;
  if (!date) return std::optional<FeedPlace>();
  const auto waited = std::chrono::milliseconds(patience()).count();
  const bool recheck = date->sort == DateSort::recheck_due;
  const auto due = recheck ? date->place.time : date->place.time + waited;
  const auto entry = index_.use(
      [&](audit::IndexReader& reader) { return reader.first_entry_at(Timestamp{std::chrono::milliseconds{due}}); });
  if (!entry) return fail(entry.error());
  FeedPlace place;
  place.entry = *entry;
  place.recheck = recheck ? date->place : DatePlace{due, audit::behind_all_transfers};
  place.answer = recheck ? DatePlace{std::max<std::int64_t>(due - waited, 0), -1} : date->place;
  return place;
}

FeedPlace EventFeed::end() const {
  const auto now = facilities_.clock.now();
  const auto size = facilities_.sequencer.read([](const ledger::History& history) { return history.size(); });
  return {size, {milliseconds(now), -1}, {milliseconds(now - patience()), -1}};
}

}  // namespace ketenpoort::api
