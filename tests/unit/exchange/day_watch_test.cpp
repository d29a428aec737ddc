#include "gateway/exchange/retention/day_watch.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>
#include <future>
#include <stdexcept>

#include "gateway/base/files.hpp"
#include "tests/unit/exchange/no_vault.hpp"
#include "tests/unit/exchange/story_ledger.hpp"

namespace ketenpoort::exchange {
namespace {

using namespace std::chrono_literals;
using ledger::test::digest_of;
using testing::ElementsAre;
using testing::IsEmpty;

class RecordVault final : public NoVault {
 public:
  Result<std::string> find_record(const RecordId&) const override {
    return std::string(R"({"source":{"centre":{"code":"C01"}},"resident":{"stay":{"until":"2026-11-28"}},)"
                       R"("procedure":{"asOf":"2026-11-23","profile":"APPLICANT","status":"LODGED"}})");
  }
};

class Stock final : public VaultStock {
 public:
  Status each_holding(const std::function<void(const Holding&)>& visit) const override {
    for (const auto& subject : subjects) {
      Holding holding;
      holding.subject = subject;
      holding.records.push_back({});
      visit(holding);
    }
    if (between) between();
    const int pass = ++passes;
    return pass <= failing ? Status(fail(ErrorCode::io, "a disk error")) : Status{};
  }
  std::uint64_t subject_count() const override { return subjects.size(); }
  std::uint64_t bytes_on_disk() const override { return 0; }
  ledger::VaultChange note_stay_end(const SubjectRef&, Date) const override { return {}; }
  Status settle() override { return {}; }

  std::vector<SubjectRef> subjects;
  std::function<void()> between;
  int failing = 0;
  mutable std::atomic<int> passes{0};
};

// Somebody whose profile VDAB has and whose record said that the stay ends on 28 November.
class DayWatching : public testing::Test {
 protected:
  DayWatching() {
    story.open();
    story.give_consent();
    story.request(story.main_tx);
    story.permit(story.main_tx, 1);
    story.log.add(ledger::TransferDelivered{1, digest_of(6), 201}, {}, story.subject, story.main_tx);
    stock.subjects = {story.subject};
    std::filesystem::create_directories(file.parent_path());
  }

  std::unique_ptr<DayWatch> watch(Facilities& facilities) {
    return std::make_unique<DayWatch>(facilities, stock, DayWatchOptions{file, [] {}, 2ms});
  }
  // A watch that has looked at the clock often enough to go wrong.
  void watch_a_while(Facilities& facilities) {
    const auto one = watch(facilities);
    one->start();
    std::this_thread::sleep_for(150ms);
    one->stop();
  }
  std::vector<SubjectRef> told() const {
    std::vector<SubjectRef> out;
    for (const auto& entry : log.written()) {
      EXPECT_EQ(entry.kind, ledger::RecipientNotified::kind);
      out.push_back(entry.subject);
    }
    return out;
  }

  RecordVault vault;
  test::StoryLedger log{vault};
  ledger::test::Story& story = log.story;
  Stock stock;
  std::filesystem::path file = log.folder.path() / "watch" / "last-day";
};

TEST_F(DayWatching, tells_once_though_the_day_cannot_be_noted) {
  std::filesystem::remove(file.parent_path());
  auto& facilities = log.open("2026-11-29T12:00:00Z");
  watch_a_while(facilities);
  EXPECT_THAT(told(), ElementsAre(story.subject));
  EXPECT_EQ(stock.passes, 1);
  watch_a_while(facilities);  // a restart, which finds no day noted
  EXPECT_THAT(told(), ElementsAre(story.subject));
  EXPECT_EQ(stock.passes, 2);
}

TEST_F(DayWatching, goes_on_after_a_pass_that_failed) {
  stock.failing = 2;
  watch_a_while(log.open("2026-11-29T12:00:00Z"));
  EXPECT_EQ(stock.passes, 3);
  EXPECT_THAT(told(), ElementsAre(story.subject));
  EXPECT_EQ(read_file(file).value(), "2026-11-29\n");
}

TEST_F(DayWatching, goes_on_after_what_nobody_foresaw) {
  int passes = 0;
  stock.between = [&] {
    if (++passes <= 2) throw std::runtime_error("the vault cannot be read");
  };
  watch_a_while(log.open("2026-11-29T12:00:00Z"));
  EXPECT_EQ(passes, 3);
  EXPECT_THAT(told(), ElementsAre(story.subject));
  EXPECT_EQ(read_file(file).value(), "2026-11-29\n");
}

TEST_F(DayWatching, comes_back_from_a_day_that_is_to_come) {
  std::ofstream(file) << "2031-01-01\n";
  watch_a_while(log.open("2026-11-27T12:00:00Z"));
  EXPECT_EQ(read_file(file).value(), "2026-11-27\n");
  EXPECT_THAT(told(), IsEmpty());
}

TEST_F(DayWatching, tells_nobody_once_it_is_to_stop) {
  auto& facilities = log.open("2026-11-29T12:00:00Z");
  const auto one = watch(facilities);
  std::promise<void> started;
  std::future<void> stopped;
  stock.between = [&] {
    started.get_future().wait();  // nobody stops what is still being started
    stopped = std::async(std::launch::async, [&] { one->stop(); });
    std::this_thread::sleep_for(300ms);
  };
  one->start();
  started.set_value();
  const auto deadline = std::chrono::steady_clock::now() + 20s;
  while (stock.passes == 0 && std::chrono::steady_clock::now() < deadline) std::this_thread::sleep_for(1ms);
  ASSERT_EQ(stock.passes, 1);
  stopped.get();
  EXPECT_THAT(told(), IsEmpty());
  EXPECT_FALSE(std::filesystem::exists(file)) << "the next start goes through the day again";
}

TEST_F(DayWatching, tells_those_of_every_subject_that_is_the_same_person_once) {
  test::pass_number(story.log, 1, story.subject, story.other);
  const RecordId newer = ledger::test::numbered_id(101);
  auto body = story.record_body();
  body.record = newer;
  story.log.add(body, {}, story.other);
  stock.subjects = {story.subject, story.other};
  watch_a_while(log.open("2026-11-29T12:00:00Z"));
  ASSERT_THAT(told(), ElementsAre(story.subject));
  EXPECT_EQ(log.written().front().refs, std::vector<std::uint64_t>{story.log.lines.size() - 1}) << "the newest record";
}

}  // namespace
}  // namespace ketenpoort::exchange
