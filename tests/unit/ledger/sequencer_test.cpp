#include "gateway/ledger/writer/sequencer.hpp"

#include <gtest/gtest.h>

#include <atomic>
#include <fstream>
#include <future>
#include <set>
#include <thread>

#include "tests/unit/ledger/failing_file_system.hpp"
#include "tests/unit/ledger/log_fixture.hpp"

namespace ketenpoort::ledger {
namespace {

namespace fs = std::filesystem;

using Sequencing = LogFixture;

TEST_F(Sequencing, opens_a_fresh_log_with_its_key) {
  const auto sequencer = open();
  EXPECT_EQ(sequencer->size(), 1U);
  const auto bytes = *sequencer->entry_bytes(0);
  const auto entry = *decode_entry(bytes);
  EXPECT_EQ(entry.kind, "ledger.opened");
  EXPECT_EQ(entry.body.find("vkey").text(), log_key().verifier().text());
  EXPECT_EQ(entry.body.find("origin").text(), "example.be/ketenpoort/test");
  EXPECT_EQ(entry.node, "node-1");
}

TEST_F(Sequencing, gives_entries_their_place_and_keeps_them) {
  {
    const auto sequencer = open();
    for (std::uint64_t i = 1; i <= 50; ++i) {
      const auto committed = sequencer->submit_and_wait(writes(numbered_entry(i)));
      ASSERT_TRUE(committed) << committed.error().message;
      EXPECT_EQ(committed->first_seq, i);
      ASSERT_EQ(committed->ids.size(), 1U);
    }
    EXPECT_EQ(sequencer->size(), 51U);
  }
  const auto entries = checked_entries();
  ASSERT_EQ(entries.size(), 51U);
  const auto sequencer = open();
  EXPECT_EQ(sequencer->size(), 51U);
  EXPECT_EQ(*sequencer->entry_bytes(17), entries[17]);
  EXPECT_EQ(decode_entry(entries[17])->body.find("rows").integer(), 17);
  EXPECT_EQ(sequencer->entry_bytes(51).error().code, ErrorCode::not_found);
  EXPECT_EQ(sequencer->submit_and_wait(writes(numbered_entry(51)))->first_seq, 51U);
}

// The index is such a one: what it was told of it may be asked for at once.
TEST_F(Sequencing, lets_whoever_hears_of_an_entry_read_it) {
  std::atomic<Sequencer*> log{nullptr};
  std::vector<std::string> heard;
  std::vector<std::string> read;
  auto with = options();
  with.publish_every = std::chrono::hours{1};
  with.on_entries = [&](std::uint64_t first, std::uint32_t count, std::string_view records) {
    for (std::uint32_t i = 0; log != nullptr && i < count; ++i) {
      heard.emplace_back(take_record(records).value());
      read.push_back(log.load()->entry_bytes(first + i).value_or("(not found)"));
    }
  };
  const auto sequencer = open(std::move(with));
  log = sequencer.get();
  for (std::uint64_t i = 1; i <= 5; ++i) ASSERT_TRUE(sequencer->submit_and_wait(writes(numbered_entry(i))));
  EXPECT_EQ(heard.size(), 5U);
  EXPECT_EQ(read, heard);
}

TEST_F(Sequencing, keeps_every_entry_of_many_threads_in_one_order) {
  constexpr int threads = 8;
  constexpr int each = 200;
  auto sequencer = open();
  std::vector<std::vector<std::uint64_t>> seqs(threads);
  {
    std::vector<std::jthread> writers;
    for (int t = 0; t < threads; ++t)
      writers.emplace_back([&, t] {
        for (int i = 0; i < each; ++i)
          seqs[static_cast<std::size_t>(t)].push_back(sequencer->submit_and_wait(writes(numbered_entry(1)))->first_seq);
      });
  }
  std::set<std::uint64_t> all;
  for (const auto& own : seqs) {
    EXPECT_TRUE(std::is_sorted(own.begin(), own.end()));
    all.insert(own.begin(), own.end());
  }
  EXPECT_EQ(all.size(), static_cast<std::size_t>(threads * each));
  sequencer->stop();
  EXPECT_EQ(checked_entries().size(), static_cast<std::size_t>(threads * each) + 1);
}

TEST_F(Sequencing, lets_entries_of_one_transaction_refer_to_one_another) {
  const auto sequencer = open();
  const auto committed =
      sequencer->submit_and_wait([](const History& history, std::uint64_t first, Timestamp) -> Result<Transaction> {
        EXPECT_EQ(history.size(), first);
        auto second = numbered_entry(2);
        second.refs = {first};
        return Transaction{{numbered_entry(1), second}, {}};
      });
  ASSERT_TRUE(committed) << committed.error().message;
  EXPECT_LT(committed->ids[0], committed->ids[1]);
  const auto bytes = *sequencer->entry_bytes(committed->first_seq + 1);
  EXPECT_EQ(decode_entry(bytes)->refs, std::vector{committed->first_seq});
}

TEST_F(Sequencing, writes_a_transaction_wholly_or_not_at_all) {
  const auto sequencer = open();
  auto breaks_a_rule = numbered_entry(2);
  breaks_a_rule.refs = {1'000};  // not before it
  const auto refused = sequencer->submit_and_wait([&](const History&, std::uint64_t, Timestamp) -> Result<Transaction> {
    return Transaction{{numbered_entry(1), breaks_a_rule}, {{1, "change"}}};
  });
  EXPECT_FALSE(refused);
  EXPECT_EQ(sequencer->size(), 1U);
  EXPECT_EQ(sequencer->read([](const History& history) { return history.size(); }), 1U);
  EXPECT_TRUE(sink_.changes().empty());
  EXPECT_EQ(sequencer->submit_and_wait(writes(numbered_entry(1)))->first_seq, 1U);
}

TEST_F(Sequencing, hands_back_the_error_of_what_cannot_be_prepared_or_encoded) {
  const auto sequencer = open();
  const auto changed = sequencer->submit_and_wait([](const History&, std::uint64_t, Timestamp) -> Result<Transaction> {
    return fail(ErrorCode::changed, "decide again");
  });
  EXPECT_EQ(changed.error().code, ErrorCode::changed);
  const auto thrown = sequencer->submit_and_wait(
      [](const History&, std::uint64_t, Timestamp) -> Result<Transaction> { throw std::runtime_error("secret"); });
  EXPECT_EQ(thrown.error().code, ErrorCode::internal);
  EXPECT_EQ(thrown.error().message.find("secret"), std::string::npos);
  EXPECT_EQ(sequencer->submit_and_wait(writes(numbered_entry(1, 65'535))).error().code, ErrorCode::too_large);
  auto not_canonical = numbered_entry(1);
  not_canonical.body = R"({"b":1,"a":2})";
  EXPECT_EQ(sequencer->submit_and_wait(writes(not_canonical)).error().code, ErrorCode::malformed);
  EXPECT_EQ(sequencer->size(), 1U);
}

TEST_F(Sequencing, gives_the_vault_its_changes_in_order_and_again_after_a_crash) {
  {
    const auto sequencer = open();
    for (std::uint64_t i = 1; i <= 5; ++i)
      ASSERT_TRUE(sequencer->submit_and_wait(writes(numbered_entry(i), {{1, "change " + std::to_string(i)}})));
    ASSERT_TRUE(sequencer->submit_and_wait([](const History&, std::uint64_t, Timestamp) -> Result<Transaction> {
      return Transaction{{}, {{2, "without entries"}}};
    }));
  }
  const std::vector<std::string> expected = {"change 1", "change 2", "change 3",
                                             "change 4", "change 5", "without entries"};
  EXPECT_EQ(sink_.changes(), expected);
  MemorySink behind;
  EXPECT_TRUE(Sequencer::open(options(), behind));
  EXPECT_EQ(behind.changes(), expected);
  EXPECT_TRUE(open());
  EXPECT_EQ(sink_.changes(), expected);  // it has them all: none came again
}

std::ptrdiff_t files_in(const fs::path& folder) {
  return std::distance(fs::directory_iterator(folder), fs::directory_iterator());
}

TEST_F(Sequencing, keeps_the_journal_until_the_vault_has_it) {
  sink_.forget();
  auto with = options();
  with.journal_part_bytes = 64U << 10;
  auto sequencer = open(with);
  for (std::uint64_t i = 1; i <= 20; ++i)
    ASSERT_TRUE(sequencer->submit_and_wait(writes(numbered_entry(i), {{1, std::string(40U << 10, 'x')}})));
  sequencer->stop();
  EXPECT_TRUE(fs::exists(state_ / "journal/00000001.wal"));
  EXPECT_EQ(files_in(state_ / "journal"), 10);
}

TEST_F(Sequencing, uses_the_journal_again_once_it_is_published_and_applied) {
  auto with = options();
  with.journal_part_bytes = 64U << 10;
  auto sequencer = open(with);
  for (std::uint64_t i = 1; i <= 40; ++i) {
    ASSERT_TRUE(sequencer->submit_and_wait(writes(numbered_entry(i), {{1, std::string(40U << 10, 'x')}})));
    sequencer->wait_until_published(i + 1);
  }
  sequencer.reset();
  EXPECT_FALSE(fs::exists(state_ / "journal/00000001.wal"));
  EXPECT_LE(files_in(state_ / "journal"), 4);
  EXPECT_EQ(open()->size(), 41U);
}

TEST_F(Sequencing, holds_the_time_when_the_clock_jumps_back_and_notes_it_once) {
  std::atomic<std::int64_t> clock{1'790'000'000'000};
  auto with = options();
  with.now = [&] { return Timestamp(std::chrono::milliseconds(clock.load())); };
  auto sequencer = open(with);
  const auto before = sequencer->submit_and_wait(writes(numbered_entry(1)))->time;
  clock -= 60'000;
  EXPECT_EQ(sequencer->submit_and_wait(writes(numbered_entry(2)))->time, before);
  EXPECT_EQ(sequencer->submit_and_wait(writes(numbered_entry(3)))->time, before);
  clock += 61'000;
  EXPECT_EQ(sequencer->submit_and_wait(writes(numbered_entry(4)))->time, before + std::chrono::milliseconds(1'000));
  sequencer->stop();
  std::vector<std::string> kinds;
  for (const auto& bytes : checked_entries()) {
    const auto entry = *decode_entry(bytes);
    kinds.emplace_back(entry.kind);
    if (entry.kind == "ledger.clock-anomaly") EXPECT_EQ(entry.body.find("behindMs").integer(), 60'000);
  }
  EXPECT_EQ(kinds, (std::vector<std::string>{"ledger.opened", "audit.queried", "ledger.clock-anomaly", "audit.queried",
                                             "audit.queried", "audit.queried"}));
}

TEST_F(Sequencing, proves_what_is_published) {
  const auto sequencer = open();
  for (std::uint64_t i = 1; i <= 300; ++i)
    sequencer->submit(writes(numbered_entry(i)), [](const Result<Committed>&) {});
  sequencer->submit_and_wait(writes(numbered_entry(301)));
  sequencer->wait_until_published(302);
  EXPECT_EQ(sequencer->published_size(), 302U);
  for (const std::uint64_t seq : {0UL, 1UL, 255UL, 256UL, 301UL}) {
    const auto proof = sequencer->prove(seq);
    ASSERT_TRUE(proof) << proof.error().message;
    EXPECT_TRUE(verify_tlog_proof(*proof, *sequencer->entry_bytes(seq), log_key().verifier().text()));
    EXPECT_EQ(*read_entry(state_ / "ledger", seq), proof->extra);
  }
  EXPECT_EQ(sequencer->prove(302).error().code, ErrorCode::not_found);
  EXPECT_EQ(read_entry(state_ / "ledger", 302).error().code, ErrorCode::not_found);
}

TEST_F(Sequencing, publishes_nothing_but_signed_files) {
  auto sequencer = open();
  for (std::uint64_t i = 1; i <= 600; ++i)
    sequencer->submit(writes(numbered_entry(i)), [](const Result<Committed>&) {});
  sequencer->submit_and_wait(writes(numbered_entry(601)));
  sequencer->stop();
  std::set<std::string> files;
  for (const auto& entry : fs::recursive_directory_iterator(state_ / "ledger"))
    if (entry.is_regular_file()) files.insert(fs::relative(entry.path(), state_ / "ledger").string());
  EXPECT_TRUE(files.erase("checkpoint"));
  EXPECT_TRUE(files.erase("segments/00000000000000000000"));
  for (const auto* tile : {"tile/0/000", "tile/0/001", "tile/0/002.p/90", "tile/1/000.p/2"})
    EXPECT_TRUE(files.erase(tile)) << tile;
  for (const auto& file : files)
    EXPECT_TRUE(file.starts_with("tile/0/002.p/") || file.starts_with("tile/1/000.p/")) << file;
}

TEST_F(Sequencing, refuses_more_than_may_wait) {
  auto with = options();
  with.max_queued = 4;
  const auto sequencer = open(with);
  std::promise<void> go;
  auto gate = go.get_future().share();
  std::promise<void> running;
  std::atomic<int> refused{0};
  std::atomic<int> written{0};
  const auto count = [&](const Result<Committed>& committed) {
    if (committed)
      ++written;
    else if (committed.error().code == ErrorCode::unavailable)
      ++refused;
  };
  sequencer->submit(
      [&](const History&, std::uint64_t, Timestamp) -> Result<Transaction> {
        running.set_value();
        gate.wait();
        return Transaction{{numbered_entry(1)}, {}};
      },
      count);
  running.get_future().wait();
  for (std::uint64_t i = 0; i < 10; ++i) sequencer->submit(writes(numbered_entry(i)), count);
  EXPECT_EQ(refused, 6);
  go.set_value();
  sequencer->stop();
  EXPECT_EQ(written, 5);
  sequencer->submit(writes(numbered_entry(1)), count);
  EXPECT_EQ(refused, 7);
}

TEST_F(Sequencing, holds_its_state_folder_alone) {
  const auto sequencer = open();
  MemorySink other;
  const auto second = Sequencer::open(options(), other);
  ASSERT_FALSE(second);
  EXPECT_EQ(second.error().code, ErrorCode::conflict);
  EXPECT_NE(second.error().message.find(std::to_string(::getpid())), std::string::npos) << second.error().message;
}

TEST_F(Sequencing, does_not_start_on_another_key_or_a_changed_log) {
  {
    const auto sequencer = open();
    for (std::uint64_t i = 1; i <= 20; ++i) ASSERT_TRUE(sequencer->submit_and_wait(writes(numbered_entry(i))));
  }
  auto with = options();
  with.key = *SigningKey::generate("example.be/ketenpoort/test");
  EXPECT_FALSE(Sequencer::open(with, sink_));

  const auto segment = state_ / "ledger/segments/00000000000000000000";
  const auto good = *read_file(segment);
  const auto refuses = [&](const std::string& content, std::string_view sentence) {
    ASSERT_TRUE(replace_file(segment, content));
    const auto opened = Sequencer::open(options(), sink_);
    ASSERT_FALSE(opened);
    EXPECT_NE(opened.error().message.find(sentence), std::string::npos) << opened.error().message;
    ASSERT_TRUE(replace_file(segment, good));
  };
  auto changed = good;
  changed[changed.find("\"rows\":7") + 7] = '8';
  refuses(changed, "do not have the root that the checkpoint signs");
  refuses(good.substr(0, good.size() - 1), "is cut off");
  refuses(good.substr(0, good.rfind("{\"actor\"") - 2), "before entry 20, and its checkpoint signs 21");
  EXPECT_TRUE(Sequencer::open(options(), sink_));
}

TEST_F(Sequencing, notes_a_torn_batch_it_cut) {
  { const auto sequencer = open(); }
  {
    std::fstream wal(state_ / "journal/00000001.wal", std::ios::in | std::ios::out | std::ios::binary);
    const auto content = *read_file(state_ / "journal/00000001.wal");
    wal.seekp(static_cast<std::streamoff>(content.find_last_not_of('\0') + 1));
    wal << std::string(77, 'x');
  }
  auto sequencer = open();
  EXPECT_EQ(sequencer->size(), 2U);
  const auto bytes = *sequencer->entry_bytes(1);
  EXPECT_EQ(decode_entry(bytes)->kind, "ledger.recovered");
  EXPECT_EQ(decode_entry(bytes)->body.json(), R"({"cutBytes":77})");
}

TEST_F(Sequencing, publishes_again_what_a_crash_left_unsigned) {
  {
    auto with = options();
    with.publish_every = std::chrono::hours(1);  // the first entry is published at once, the rest not before the end
    const auto plan = std::make_shared<FailurePlan>();
    with.files = std::make_shared<FailingFileSystem>(plan);
    with.on_fatal = [](const Error&) {};
    const auto sequencer = open(with);
    sequencer->wait_until_published(1);
    for (std::uint64_t i = 1; i <= 400; ++i)
      sequencer->submit(writes(numbered_entry(i)), [](const Result<Committed>&) {});
    ASSERT_TRUE(sequencer->submit_and_wait(writes(numbered_entry(401))));
    plan->operations_left = 12;  // somewhere between the segments and the checkpoint
  }
  EXPECT_LT(read_checkpoint(state_ / "ledger", log_key().verifier())->size, 402U);
  open()->stop();
  EXPECT_EQ(checked_entries().size(), 402U);
}

TEST_F(Sequencing, publishes_before_its_time_when_much_waits) {
  auto with = options();
  with.publish_every = std::chrono::hours(1);  // the first entry is published at once, the rest not before the end
  const auto sequencer = open(with);
  sequencer->wait_until_published(1);
  constexpr std::size_t large = 60'000;
  constexpr std::uint64_t some = 100;
  for (std::uint64_t i = 1; i <= some; ++i) ASSERT_TRUE(sequencer->submit_and_wait(writes(numbered_entry(i, large))));
  EXPECT_EQ(sequencer->published_size(), 1U);
  for (std::uint64_t i = 1; i <= 2 * some; ++i)
    ASSERT_TRUE(sequencer->submit_and_wait(writes(numbered_entry(some + i, large))));
  for (int i = 0; i < 2'000 && sequencer->published_size() == 1; ++i)
    std::this_thread::sleep_for(std::chrono::milliseconds{10});
  EXPECT_GT(sequencer->published_size(), some);
}

TEST_F(Sequencing, answers_unavailable_while_the_disk_is_full_and_goes_on_after) {
  const auto plan = std::make_shared<FailurePlan>();
  auto with = options();
  with.files = std::make_shared<FailingFileSystem>(plan);
  std::atomic<int> problems{0};
  with.on_problem = [&](const Error&) { ++problems; };
  with.on_fatal = [](const Error& error) { ADD_FAILURE() << error.message; };
  auto sequencer = open(with);
  sequencer->wait_until_published(1);
  EXPECT_FALSE(sequencer->lacks_room());
  plan->full = true;
  // The journal has no room ahead for this, so it must grow.
  const auto refused = sequencer->submit_and_wait(writes(numbered_entry(1), {{1, std::string(1U << 20, 'x')}}));
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, ErrorCode::unavailable);
  EXPECT_TRUE(sequencer->lacks_room()) << "who runs it must hear of it";
  EXPECT_EQ(sequencer->size(), 1U);
  EXPECT_EQ(sequencer->read([](const History& history) { return history.size(); }), 1U);
  EXPECT_TRUE(sink_.changes().empty());
  plan->full = false;
  EXPECT_TRUE(sequencer->submit_and_wait(writes(numbered_entry(1), {{1, std::string(1U << 20, 'x')}})));
  sequencer->wait_until_published(2);
  sequencer->stop();
  EXPECT_EQ(checked_entries().size(), 2U);
}

TEST_F(Sequencing, publishes_late_when_the_disk_was_full) {
  for (const auto* folder : {"segments", "tmp"}) {
    std::filesystem::remove_all(state_);
    sink_.clear();
    const auto plan = std::make_shared<FailurePlan>();
    plan->full_folder = folder;
    auto with = options();
    with.files = std::make_shared<FailingFileSystem>(plan);
    std::promise<void> problem;
    std::atomic<bool> told{false};
    with.on_problem = [&](const Error& error) {
      EXPECT_EQ(error.code, ErrorCode::unavailable);
      if (!told.exchange(true)) problem.set_value();
    };
    with.on_fatal = [](const Error& error) { ADD_FAILURE() << error.message; };
    auto sequencer = open(with);
    sequencer->wait_until_published(1);
    plan->full = true;
    for (std::uint64_t i = 1; i <= 300; ++i)
      sequencer->submit(writes(numbered_entry(i)), [](const Result<Committed>&) {});
    ASSERT_TRUE(sequencer->submit_and_wait(writes(numbered_entry(301))));
    problem.get_future().wait();
    EXPECT_EQ(sequencer->published_size(), 1U);
    EXPECT_TRUE(sequencer->lacks_room());
    plan->full = false;
    sequencer->wait_until_published(302);
    EXPECT_FALSE(sequencer->lacks_room());
    sequencer->stop();
    EXPECT_EQ(checked_entries().size(), 302U);
  }
}

// Who waits for a checkpoint waits for room, but not when the gateway is told to end.
TEST_F(Sequencing, a_stop_keeps_nobody_waiting_for_room) {
  const auto plan = std::make_shared<FailurePlan>();
  plan->full_folder = "segments";
  auto with = options();
  with.files = std::make_shared<FailingFileSystem>(plan);
  with.on_problem = [](const Error&) {};
  auto sequencer = open(with);
  EXPECT_TRUE(sequencer->wait_until_published(1));
  plan->full = true;
  ASSERT_TRUE(sequencer->submit_and_wait(writes(numbered_entry(1))));
  auto waiting = std::async(std::launch::async, [&] { return sequencer->wait_until_published(2); });
  EXPECT_EQ(waiting.wait_for(std::chrono::milliseconds{300}), std::future_status::timeout);
  sequencer->wait_no_longer_for_room();
  EXPECT_FALSE(waiting.get());
  plan->full = false;
  sequencer->stop();
  EXPECT_EQ(checked_entries().size(), 2U);
}

// Fails at operation 0, 1, 2 ... of a run until none is reached; after each the log must open and hold all that was
// acknowledged.
TEST_F(Sequencing, loses_nothing_acknowledged_whichever_operation_fails) {
  int failures = 0;
  for (long operation = 0;; operation += operation < 50 ? 1 : 9) {
    fs::remove_all(state_);
    sink_.clear();
    const auto plan = std::make_shared<FailurePlan>();
    plan->operations_left = operation;
    auto with = options();
    with.files = std::make_shared<FailingFileSystem>(plan);
    std::atomic<bool> fatal{false};
    with.on_fatal = [&](const Error&) { fatal = true; };
    std::vector<std::uint64_t> acknowledged;
    {
      auto opened = Sequencer::open(with, sink_);
      for (std::uint64_t i = 1; opened && i <= 30; ++i) {
        const auto committed = (*opened)->submit_and_wait(writes(numbered_entry(i), {{1, std::to_string(i)}}));
        if (committed) acknowledged.push_back(i);
        if (i % 10 == 0 && committed) (*opened)->wait_until_published(committed->first_seq + 1);
      }
    }
    const bool struck = plan->operations_left == 0;
    auto again = Sequencer::open(options(), sink_);
    ASSERT_TRUE(again) << "after operation " << operation << ": " << again.error().message;
    (*again)->stop();
    std::vector<std::uint64_t> kept;
    for (const auto& bytes : checked_entries()) {
      const auto entry = *decode_entry(bytes);
      if (entry.kind == "audit.queried") kept.push_back(static_cast<std::uint64_t>(entry.body.find("rows").integer()));
    }
    EXPECT_TRUE(std::includes(kept.begin(), kept.end(), acknowledged.begin(), acknowledged.end()))
        << "operation " << operation;
    EXPECT_EQ(sink_.changes().size(), kept.size()) << "operation " << operation;
    if (!struck) break;
    ++failures;
  }
  EXPECT_GT(failures, 40);
}

}  // namespace
}  // namespace ketenpoort::ledger
