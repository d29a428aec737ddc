// The index beside a running log: it follows, catches up, and is made anew from the segments.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <thread>

#include "gateway/audit/index.hpp"
#include "gateway/ledger/checkpoint/checkpoint.hpp"
#include "gateway/ledger/published/prove.hpp"
#include "gateway/ledger/writer/sequencer.hpp"
#include "tests/support/log_story.hpp"
#include "tests/support/scratch_folder.hpp"

namespace ketenpoort::audit {
namespace {

using ledger::test::Story;

class NoVault : public ledger::Sink {
 public:
  void on_durable(std::uint64_t, std::span<const ledger::VaultChange>) override {}
  [[nodiscard]] std::uint64_t applied_through() const override { return 0; }
};

ledger::SigningKey key_of(std::uint8_t byte) {
  std::array<std::uint8_t, 32> seed{};
  seed.fill(byte);
  return *ledger::SigningKey::from_seed("example.org/log", seed);
}

// A log with an index beside it.
struct Running {
  NoVault vault;
  std::unique_ptr<Index> index;
  std::unique_ptr<ledger::Sequencer> log;

  explicit Running(const std::filesystem::path& state, bool feed = true, std::uint8_t key = 7) {
    index = Index::open({state / "index.sqlite", state / "ledger"}).value();
    ledger::SequencerOptions options{
        .state = state, .node = "node-1", .org = "", .software = "test", .key = key_of(key)};
    options.publish_every = std::chrono::milliseconds(10);
    // The day that the story's decisions are for.
    options.now = [] { return parse_rfc3339("2026-11-24T12:00:00.000Z").value(); };
    if (feed)
      options.on_entries = [this](std::uint64_t first, std::uint32_t count, std::string_view records) {
        index->offer(first, count, records);
      };
    auto opened = ledger::Sequencer::open(std::move(options), vault);
    if (!opened) throw std::runtime_error(opened.error().message);
    log = std::move(*opened);
    if (auto started = index->start(*log); !started) throw std::runtime_error(started.error().message);
  }
  ~Running() {
    log->stop();
    index->stop();
  }

  // The story's entries from 1 on: the log has opened itself.
  void tell(const Story& story, std::size_t from, std::size_t to) const {
    for (std::size_t i = from; i < to; ++i) {
      const auto written =
          log->submit_and_wait([&](const ledger::History&, std::uint64_t, Timestamp) -> Result<ledger::Transaction> {
            return ledger::Transaction{{story.log.lines[i].draft}, {}};
          });
      ASSERT_TRUE(written) << written.error().message;
    }
  }
  void tell(const Story& story) const { tell(story, 1, story.log.lines.size()); }
};

std::vector<std::string> rows_of(const std::filesystem::path& file) {
  auto database = open_index_for_reading(file).value();
  std::vector<std::string> out;
  for (const std::string table : {"name", "subject", "entry", "record", "consent", "transfer"}) {
    auto rows = database.prepare("SELECT * FROM " + table + " ORDER BY 1").value();
    while (rows.step().value()) {
      std::string line = table;
      for (int i = 0; i < 20; ++i) line += '|' + to_hex(rows.blob(i));
      out.push_back(std::move(line));
    }
  }
  return out;
}

class IndexBesideALog : public testing::Test {
 protected:
  test::ScratchFolder folder_;
  std::filesystem::path state_ = folder_.path() / "state";
  std::filesystem::path file_ = state_ / "index.sqlite";
  Story story_ = Story::whole();
};

TEST_F(IndexBesideALog, has_what_was_written_before_it_is_asked_for) {
  std::filesystem::create_directories(state_);
  const Running running(state_);
  for (std::size_t i = 1; i < story_.log.lines.size(); ++i) {
    running.tell(story_, i, i + 1);
    ASSERT_TRUE(running.index->wait_for(i + 1));
    const auto places = running.index->use([&](IndexReader& reader) { return reader.entries({.limit = 1000}); });
    ASSERT_TRUE(places);
    ASSERT_EQ(places->size(), i + 1);
    const auto bytes = running.index->bytes(places->back());  // published or not
    ASSERT_TRUE(bytes);
    ASSERT_EQ(ledger::decode_entry(*bytes)->seq, i);
  }
  EXPECT_EQ(running.index->entries_behind(), 0U);
  EXPECT_EQ(running.index->behind().count(), 0);
}

// As a scrape of the metrics does while the gateway stops: it kept the gateway from ending.
TEST_F(IndexBesideALog, answers_that_it_is_closed_when_it_is_asked_after_its_end) {
  std::filesystem::create_directories(state_);
  const Running running(state_);
  const auto ask = [](IndexReader& reader) { return reader.count_unanswered({}); };
  ASSERT_TRUE(running.index->use(ask));
  running.index->stop();
  const auto after = running.index->use(ask);
  ASSERT_FALSE(after);
  EXPECT_EQ(after.error().code, ErrorCode::unavailable);
}

TEST_F(IndexBesideALog, is_made_anew_with_the_same_rows_when_it_was_deleted) {
  std::filesystem::create_directories(state_);
  {
    const Running running(state_);
    running.tell(story_);
    ASSERT_TRUE(running.index->wait_for(running.log->size()));
  }
  const auto incremental = rows_of(file_);
  ASSERT_GT(incremental.size(), story_.log.lines.size());
  ASSERT_TRUE(remove_index(file_));
  {
    const Running running(state_);
    ASSERT_TRUE(running.index->wait_for(running.log->size()));
  }
  EXPECT_EQ(rows_of(file_), incremental);
  const auto checkpoint = ledger::read_checkpoint(state_ / "ledger", key_of(7).verifier());
  ASSERT_TRUE(checkpoint);
  std::uint64_t told = 0;
  ASSERT_TRUE(
      rebuild_index(file_, state_ / "ledger", checkpoint->size, [&](std::uint64_t entries) { told = entries; }));
  EXPECT_EQ(told, checkpoint->size);
  EXPECT_EQ(rows_of(file_), incremental);
}

TEST_F(IndexBesideALog, goes_on_where_it_was) {
  std::filesystem::create_directories(state_);
  for (std::size_t i = 1; i < story_.log.lines.size(); i += 5) {
    const Running running(state_);
    running.tell(story_, i, std::min(i + 5, story_.log.lines.size()));
    ASSERT_TRUE(running.index->wait_for(running.log->size()));
  }
  const auto in_pieces = rows_of(file_);
  ASSERT_TRUE(remove_index(file_));
  const Running running(state_);
  ASSERT_TRUE(running.index->wait_for(running.log->size()));
  EXPECT_EQ(rows_of(file_), in_pieces);
}

TEST_F(IndexBesideALog, reads_from_the_segments_what_it_was_not_offered) {
  std::filesystem::create_directories(state_);
  {
    const Running running(state_, false);
    running.tell(story_);
  }
  const Running running(state_);
  ASSERT_TRUE(running.index->wait_for(running.log->size()));
  EXPECT_EQ(running.index->size(), story_.log.lines.size());
}

TEST_F(IndexBesideALog, of_another_log_is_made_anew) {
  std::filesystem::create_directories(state_);
  {
    const Running running(state_);
    running.tell(story_);
    ASSERT_TRUE(running.index->wait_for(running.log->size()));
  }
  const auto kept = folder_.path() / "kept.sqlite";
  std::filesystem::copy_file(file_, kept);
  std::filesystem::remove_all(state_);
  std::filesystem::create_directories(state_);
  std::filesystem::copy_file(kept, file_);
  const Running running(state_, true, 8);
  running.tell(story_, 1, 4);
  ASSERT_TRUE(running.index->wait_for(running.log->size()));
  EXPECT_EQ(running.index->size(), 4U);
}

TEST_F(IndexBesideALog, says_how_far_it_is_while_it_cannot_answer) {
  std::filesystem::create_directories(state_);
  const Running running(state_);
  const auto waited = running.index->wait_for(1'000'000, std::chrono::milliseconds(20));
  ASSERT_FALSE(waited);
  EXPECT_EQ(waited.error().code, ErrorCode::unavailable);
  EXPECT_THAT(waited.error().message, testing::HasSubstr("of 1000000 entries"));
}

}  // namespace
}  // namespace ketenpoort::audit
