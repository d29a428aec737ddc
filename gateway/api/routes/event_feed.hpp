// What happened to the records an organisation sent, as CloudEvents 1.0: read from the index of the log, so that an
// event has the same id and the same place whenever it is asked for, and nothing more has to be kept.
//
// Three streams are merged by time: entries of the log, rechecks that fell due, answers that are overdue. A place in
// the feed is a place in each of them, so that no event is passed over, however late its stream comes to tell it.
#pragma once

#include <atomic>
#include <chrono>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "gateway/audit/index.hpp"
#include "gateway/exchange/facilities/facilities.hpp"

namespace ketenpoort::api {

struct FeedPlace {
  ledger::Seq entry = 0;       // the first one not told
  audit::DatePlace recheck{};  // the last one told
  audit::DatePlace answer{};
  bool operator==(const FeedPlace&) const = default;
};
std::string to_text(const FeedPlace& place);
std::optional<FeedPlace> parse_feed_place(std::string_view text);

struct FeedEvent {
  Uuid id;
  Timestamp time{};
  std::string json;  // a CloudEvent
};

struct FeedPage {
  std::vector<FeedEvent> events;
  FeedPlace next;     // behind them
  bool more = false;  // there was too much of others' to look through in one go
};

class EventFeed {
 public:
  // `patience`: how long a recipient may take for its first report on a referral.
  EventFeed(exchange::Facilities& facilities, audit::Index& index, std::chrono::days patience)
      : facilities_(facilities), index_(index), patience_(patience.count()) {}

  // From the next look on: what a shorter one makes due is told then, what was told is not told again.
  void use(std::chrono::days patience) { patience_ = patience.count(); }

  // The first `limit` events behind a place, of records that clients of this organisation sent. Waits for the index:
  // ErrorCode::unavailable when that takes too long.
  [[nodiscard]] Result<FeedPage> read(const std::string& organisation, const FeedPlace& after, std::size_t limit) const;

  // The place behind an event, by its id; nothing when there is no such event.
  [[nodiscard]] Result<std::optional<FeedPlace>> find_place_behind(const Uuid& event) const;

  // Behind all there is now.
  [[nodiscard]] FeedPlace end() const;

 private:
  struct Merged;
  [[nodiscard]] Status add_entries(const std::string& organisation, FeedPlace place, std::size_t limit,
                                   Merged& merged) const;
  [[nodiscard]] Status add_dates(const std::string& organisation, const FeedPlace& place, std::size_t limit,
                                 std::chrono::days patience, Merged& merged) const;
  [[nodiscard]] Result<std::optional<FeedPlace>> find_entry(const Uuid& event) const;
  [[nodiscard]] Result<ledger::Entry> entry_at(ledger::Seq seq) const;
  [[nodiscard]] std::string source() const;
  [[nodiscard]] std::chrono::days patience() const { return std::chrono::days{patience_.load()}; }

  exchange::Facilities& facilities_;
  audit::Index& index_;
  std::atomic<std::chrono::days::rep> patience_;
};

}  // namespace ketenpoort::api
