// The feed over a log that runs, with nobody's vault.
#include "gateway/api/routes/event_feed.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <array>

#include "gateway/ledger/writer/sequencer.hpp"
#include "tests/support/log_story.hpp"
#include "tests/support/scratch_folder.hpp"
#include "tests/unit/exchange/no_vault.hpp"

namespace ketenpoort::api {
namespace {

using ledger::test::day;
using ledger::test::Story;

constexpr std::chrono::days patience{30};
const std::string ours = "0123456749";

class NothingKept : public ledger::Sink {
 public:
  void on_durable(std::uint64_t, std::span<const ledger::VaultChange>) override {}
  [[nodiscard]] std::uint64_t applied_through() const override { return 0; }
};

class EventFeedTest : public testing::Test {
 protected:
  EventFeedTest() {
    story_.open();
    story_.requested = story_.request(story_.main_tx);
    index_ = audit::Index::open({folder_.path() / "index.sqlite", folder_.path() / "ledger"}).value();
    std::array<std::uint8_t, 32> seed{};
    seed.fill(7);
    ledger::SequencerOptions options{.state = folder_.path(),
                                     .node = "node-1",
                                     .org = "",
                                     .software = "test",
                                     .key = *ledger::SigningKey::from_seed("example.org/log", seed)};
    options.publish_every = std::chrono::milliseconds(10);
    options.now = [this] { return now_; };
    options.on_entries = [this](std::uint64_t first, std::uint32_t count, std::string_view records) {
      index_->offer(first, count, records);
    };
    log_ = ledger::Sequencer::open(std::move(options), sink_).value();
    EXPECT_TRUE(index_->start(*log_));
    for (std::size_t i = 1; i < story_.log.lines.size(); ++i) write(story_.log.lines[i].draft);
    facilities_.reset(new exchange::Facilities{*log_,
                                               vault_,
                                               exchange::FormatsInUse(nullptr),
                                               exchange::KeptMappings(folder_.path() / "mappings"),
                                               Clock{},
                                               {},
                                               {}});
    feed_ = std::make_unique<EventFeed>(*facilities_, *index_, patience);
    set_now("2026-11-24T12:00:00.000Z");
  }
  ~EventFeedTest() override {
    log_->stop();
    index_->stop();
  }

  void write(const ledger::EntryDraft& draft) const {
    const auto written =
        log_->submit_and_wait([&](const ledger::History&, std::uint64_t, Timestamp) -> Result<ledger::Transaction> {
          return ledger::Transaction{{draft}, {}};
        });
    ASSERT_TRUE(written) << written.error().message;
  }
  void hold(std::optional<Date> until) const {
    ledger::TransferHeld body;
    body.decided_for = date_in_brussels(now_);
    body.held_until = until;
    body.reasons = {Reason::too_early};
    ledger::EntryDraft draft;
    draft.kind = std::string(ledger::TransferHeld::kind);
    draft.actor = {"system", ours, "gateway", ""};
    draft.subject = story_.subject;
    draft.tx = story_.main_tx;
    draft.body = ledger::encode_body(body);
    write(draft);
  }
  void set_now(std::string_view time) {
    now_ = parse_rfc3339(time).value();
    facilities_->clock = Clock(now_ - Clock().now());
  }
  // Reads on, and says how many of the events were rechecks.
  std::size_t read_on(std::size_t limit = 100) {
    const auto page = feed_->read(ours, place_, limit);
    EXPECT_TRUE(page) << page.error().message;
    place_ = page->next;
    return static_cast<std::size_t>(std::ranges::count_if(
        page->events, [](const FeedEvent& event) { return event.json.find("recheck") != std::string::npos; }));
  }

  test::ScratchFolder folder_;
  Timestamp now_ = parse_rfc3339("2026-11-24T12:00:00.000Z").value();
  Story story_;
  NothingKept sink_;
  exchange::NoVault vault_;
  std::unique_ptr<audit::Index> index_;
  std::unique_ptr<ledger::Sequencer> log_;
  std::unique_ptr<exchange::Facilities> facilities_;
  std::unique_ptr<EventFeed> feed_;
  FeedPlace place_;
};

TEST_F(EventFeedTest, with_nothing_to_tell_moves_on_and_misses_nothing) {
  EXPECT_EQ(read_on(), 0U);
  const auto first = place_;
  EXPECT_EQ(first.recheck.time, now_.time_since_epoch().count() - 1) << "up to the last entry, less the millisecond";
  EXPECT_EQ(first.answer.time, (now_ - patience).time_since_epoch().count() - 1);
  hold(day(2026, 12, 16));  // in the very millisecond that the feed has come to
  EXPECT_EQ(read_on(), 0U);
  const auto idle = place_;
  set_now("2026-12-08T22:59:59.000Z");
  EXPECT_EQ(read_on(), 0U);
  EXPECT_EQ(place_, idle) << "nothing was written down since";
  set_now("2026-12-08T23:00:00.500Z");
  EXPECT_EQ(read_on(), 1U);
  EXPECT_EQ(read_on(), 0U);
  hold(day(2027, 1, 20));
  EXPECT_EQ(read_on(), 0U);
  EXPECT_EQ(place_.recheck.time, now_.time_since_epoch().count() - 1);
  set_now("2027-01-12T23:00:00.000Z");
  EXPECT_EQ(read_on(), 1U);
  EXPECT_EQ(parse_feed_place(to_text(place_)), place_);
}

// Holds are told at the time they were made: of the two events the page has room for the hold.
TEST_F(EventFeedTest, moves_on_no_further_than_a_full_page_tells) {
  hold(day(2026, 12, 16));
  set_now("2026-12-10T12:00:00.000Z");
  hold(day(2027, 1, 20));
  EXPECT_EQ(read_on(1), 0U);
  EXPECT_EQ(place_.recheck, audit::DatePlace{});
  EXPECT_EQ(read_on(1), 1U);
  EXPECT_EQ(read_on(1), 0U);
  EXPECT_EQ(read_on(1), 0U);
}

}  // namespace
}  // namespace ketenpoort::api
