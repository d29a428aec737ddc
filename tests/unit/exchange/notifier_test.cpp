// Recipients are told: once each, under one key, until they answer.
#include "gateway/exchange/notices/notifier.hpp"

#include <gtest/gtest.h>

#include <atomic>
#include <condition_variable>
#include <deque>
#include <future>
#include <stdexcept>
#include <thread>
#include <utility>

#include "gateway/ledger/entry/bodies.hpp"
#include "tests/support/log_story.hpp"
#include "tests/support/scratch_folder.hpp"
#include "tests/unit/exchange/no_vault.hpp"

namespace ketenpoort::exchange {
namespace {

using namespace std::chrono_literals;
using Kind = RecallVerdict::Kind;
using ledger::Seq;
using ledger::test::day;
using ledger::test::digest_of;
using ledger::test::Story;

constexpr std::chrono::seconds patience{20};
constexpr std::string_view story_time = "2026-11-24T11:00:00.000Z";

class RememberingVault final : public NoVault {
 public:
  std::optional<PastReply> find_reply(const Digest& key) const override {
    if (damaged) throw std::runtime_error("a row was changed");
    const std::lock_guard lock(mutex_);
    if (std::exchange(next_read_fails, false)) throw std::runtime_error("disk I/O error");
    const auto found = replies_.find(key);
    return found == replies_.end() ? std::nullopt : std::optional(found->second);
  }
  ledger::VaultChange add_reply(const Digest& key, const PastReply& reply, Timestamp) const override {
    const std::lock_guard lock(mutex_);
    replies_[key] = reply;
    return {1, "reply"};
  }

  std::atomic<bool> damaged{false};
  mutable bool next_read_fails = false;  // set before anybody reads

 private:
  mutable std::mutex mutex_;
  mutable std::map<Digest, PastReply> replies_;
};

class IdleSink final : public ledger::Sink {
 public:
  void on_durable(std::uint64_t batch, std::span<const ledger::VaultChange>) override { applied_ = batch; }
  [[nodiscard]] std::uint64_t applied_through() const override { return applied_; }

 private:
  std::atomic<std::uint64_t> applied_{0};
};

// A recipient that answers as it was told to, the last answer again and again.
class Told final : public RecallChannel {
 public:
  void tell(RecallDelivery delivery, std::function<void(RecallResult)> done) override {
    RecallResult result;
    {
      const std::lock_guard lock(mutex_);
      calls_.push_back(std::move(delivery));
      result = answers.front();
      if (answers.size() > 1) answers.pop_front();
      changed_.notify_all();
    }
    done(result);
  }
  bool wait_for(std::size_t calls) {
    std::unique_lock lock(mutex_);
    return changed_.wait_for(lock, patience, [&] { return calls_.size() >= calls; });
  }
  std::vector<RecallDelivery> calls() {
    const std::lock_guard lock(mutex_);
    return calls_;
  }
  void answer(std::deque<RecallResult> now) {
    const std::lock_guard lock(mutex_);
    answers = std::move(now);
  }

  std::deque<RecallResult> answers = {RecallResult{{.kind = Kind::taken}, 200}};

 private:
  std::mutex mutex_;
  std::condition_variable changed_;
  std::vector<RecallDelivery> calls_;
};

RecallResult taken(std::optional<RecallReply> reply = {}) {
  return {{.kind = Kind::taken, .reply = std::move(reply)}, 200};
}
RecallResult not_now() {
  return {{.kind = Kind::retry, .failure_class = "http-503"}, 503};
}
RecallResult never() {
  return {{.kind = Kind::reject, .failure_class = "http-404"}, 404};
}

class NotifierTest : public testing::Test {
 protected:
  NotifierTest() {
    story_.open();
    story_.give_consent();
    story_.request(story_.main_tx);
    story_.permit(story_.main_tx, 1);
  }
  ~NotifierTest() override {
    end();
    if (sequencer_) sequencer_->stop();
  }
  void end() {
    if (notifier_) notifier_->stop(patience);
    notifier_.reset();
  }

  void deliver() {
    story_.log.add(ledger::TransferDelivered{1, digest_of(6), 201}, {}, story_.subject, story_.main_tx);
  }
  Seq withdraw() {
    story_.withdraw();
    return story_.log.add(ledger::RecipientNotified{"WITHDRAWAL", "vdab", day(2026, 12, 8), story_.main_tx},
                          {story_.withdrawn}, story_.subject);
  }

  // Into the log, from where the last call ended.
  void write() {
    if (!sequencer_) open();
    ledger::Transaction transaction;
    for (; written_ < story_.log.lines.size(); ++written_)
      transaction.entries.push_back(story_.log.lines[written_].draft);
    const auto done = sequencer_->submit_and_wait(
        [&](const ledger::History&, std::uint64_t, Timestamp) -> Result<ledger::Transaction> { return transaction; });
    ASSERT_TRUE(done) << done.error().message;
  }

  void open() {
    std::array<std::uint8_t, 32> seed{};
    seed.fill(7);
    ledger::SequencerOptions options{.state = folder_.path() / "state",
                                     .node = "node-1",
                                     .org = "",
                                     .software = "ketenpoort test",
                                     .key = ledger::SigningKey::from_seed("example.org/log", seed).value()};
    options.now = [] { return parse_rfc3339(story_time).value(); };
    sequencer_ = std::move(ledger::Sequencer::open(std::move(options), sink_).value());
    facilities_ = std::unique_ptr<Facilities>(new Facilities{
        *sequencer_, vault_, FormatsInUse(nullptr), KeptMappings(folder_.path() / "mappings"), at(story_time), {}, {}});
    facilities_->terms.change([this](Terms& terms) {
      auto& recipient = terms.recipients["vdab"];
      recipient.id = "vdab";
      recipient.retry = {5ms, 1.5, 20ms, 3};
      recipient.recalls = channel_;
    });
  }
  static Clock at(std::string_view time) {
    return Clock(std::chrono::duration_cast<std::chrono::milliseconds>(parse_rfc3339(time).value() - Clock().now()));
  }

  Notifier& start() {
    end();
    notifier_ = std::make_unique<Notifier>(*facilities_, [this](const SubjectRef& subject, Seq last) {
      std::vector<std::string> entries;
      for (Seq seq = 0; seq <= last; ++seq) {
        auto bytes = sequencer_->entry_bytes(seq).value();
        if (ledger::decode_entry(bytes)->subject == subject) entries.push_back(std::move(bytes));
      }
      return Result<std::vector<std::string>>(std::move(entries));
    });
    notifier_->start();
    return *notifier_;
  }

  Notifier::Notification notification(Seq seq) const { return notifier_->find(notifier_->id_of(seq)).value(); }
  NotificationState state(Seq seq) const { return notifier_->standing(notification(seq)).state; }
  bool becomes(Seq seq, NotificationState wanted) const {
    const auto deadline = std::chrono::steady_clock::now() + patience;
    while (std::chrono::steady_clock::now() < deadline) {
      if (state(seq) == wanted) return true;
      std::this_thread::sleep_for(2ms);
    }
    return false;
  }
  Status confirm(Seq seq, RecallReply reply) {
    const auto said = std::make_shared<std::promise<Status>>();
    notifier_->confirm(seq, reply, {"system", "0887010362", "partner", {}}, new_uuid_v4(),
                       [said](Status done) { said->set_value(std::move(done)); });
    return said->get_future().get();
  }
  // Once so many are without an answer.
  bool unanswered(std::uint64_t wanted) const {
    const auto deadline = std::chrono::steady_clock::now() + patience;
    while (std::chrono::steady_clock::now() < deadline) {
      if (notifier_->figures().unanswered == wanted) return true;
      std::this_thread::sleep_for(2ms);
    }
    return false;
  }
  std::uint64_t size() const { return sequencer_->size(); }

  ketenpoort::test::ScratchFolder folder_;
  Story story_;
  std::size_t written_ = 1;  // the log writes its first entry itself
  IdleSink sink_;
  RememberingVault vault_;
  std::shared_ptr<Told> channel_ = std::make_shared<Told>();
  std::unique_ptr<ledger::Sequencer> sequencer_;
  std::unique_ptr<Facilities> facilities_;
  std::unique_ptr<Notifier> notifier_;
};

TEST_F(NotifierTest, tells_the_recipient_and_writes_down_what_it_answers) {
  channel_->answer({taken(RecallReply{"KEPT", "art17-3-b"})});
  deliver();
  const auto told = withdraw();
  write();
  start();
  ASSERT_TRUE(becomes(told, NotificationState::confirmed));
  ASSERT_EQ(channel_->calls().size(), 1U);
  const auto call = channel_->calls().front();
  EXPECT_EQ(call.id, notification_id("example.org/log", told));
  EXPECT_EQ(call.body, to_json(notifier_->message(notification(told)).value()));
  const auto bytes = sequencer_->entry_bytes(notification(told).confirmed);
  ASSERT_TRUE(bytes);
  EXPECT_EQ(ledger::decode_entry(*bytes)->kind, ledger::RecipientConfirmed::kind);
  EXPECT_EQ(notification(told).ground, "art17-3-b");
  EXPECT_TRUE(unanswered(0));
}

// It ended the gateway.
TEST_F(NotifierTest, tells_the_recipient_later_when_the_vault_cannot_be_read_just_now) {
  channel_->answer({taken(RecallReply{"KEPT", "art17-3-b"})});
  deliver();
  const auto told = withdraw();
  write();
  vault_.next_read_fails = true;
  start();
  EXPECT_TRUE(becomes(told, NotificationState::confirmed));
  EXPECT_EQ(channel_->calls().size(), 1U);
}

TEST_F(NotifierTest, hears_of_what_is_written_while_it_runs) {
  channel_->answer({taken(RecallReply{"STOPPED", {}})});
  deliver();
  write();
  start();
  const auto told = withdraw();
  write();
  EXPECT_TRUE(becomes(told, NotificationState::confirmed));
}

TEST_F(NotifierTest, tries_again_with_the_same_key_and_bytes_until_it_is_taken) {
  channel_->answer({not_now(), not_now(), not_now(), not_now(), not_now(), taken(RecallReply{"ERASED", {}})});
  deliver();
  const auto told = withdraw();
  write();
  start();
  ASSERT_TRUE(becomes(told, NotificationState::confirmed)) << "more often than a transfer is tried: a duty stays one";
  const auto calls = channel_->calls();
  ASSERT_EQ(calls.size(), 6U);
  for (const auto& call : calls) {
    EXPECT_EQ(call.id, calls.front().id);
    EXPECT_EQ(call.body, calls.front().body);
  }
  EXPECT_NE(calls[0].trace, calls[1].trace);
}

TEST_F(NotifierTest, a_start_that_cannot_read_whether_it_told_tells_again_under_the_same_key) {
  deliver();
  const auto told = withdraw();
  write();
  start();
  ASSERT_TRUE(becomes(told, NotificationState::sent));
  vault_.damaged = true;
  start();
  ASSERT_TRUE(channel_->wait_for(2));
  const auto calls = channel_->calls();
  EXPECT_EQ(calls[1].id, calls[0].id);
  EXPECT_EQ(calls[1].body, calls[0].body);
}

TEST_F(NotifierTest, a_restart_tells_again_what_was_not_taken_under_the_same_key) {
  channel_->answer({not_now()});
  deliver();
  const auto told = withdraw();
  write();
  start();
  ASSERT_TRUE(channel_->wait_for(1));
  end();
  const auto before = channel_->calls();
  channel_->answer({taken(RecallReply{"STOPPED", {}})});
  start();
  ASSERT_TRUE(becomes(told, NotificationState::confirmed));
  EXPECT_EQ(channel_->calls().back().id, before.front().id);
  EXPECT_EQ(channel_->calls().back().body, before.front().body);
}

TEST_F(NotifierTest, what_was_taken_without_a_reply_is_not_told_again_after_a_restart) {
  channel_->answer({taken()});
  deliver();
  const auto told = withdraw();
  write();
  start();
  ASSERT_TRUE(becomes(told, NotificationState::sent));
  const auto before = size();
  start();
  ASSERT_TRUE(becomes(told, NotificationState::sent));
  std::this_thread::sleep_for(150ms);
  EXPECT_EQ(channel_->calls().size(), 1U);
  EXPECT_EQ(size(), before) << "that it was told is no entry of its own";
  EXPECT_TRUE(unanswered(1));
  ASSERT_TRUE(confirm(told, {"STOPPED", {}}));
  EXPECT_EQ(state(told), NotificationState::confirmed);
  EXPECT_TRUE(unanswered(0));
}

TEST_F(NotifierTest, a_refusal_waits_for_a_person) {
  channel_->answer({never()});
  deliver();
  const auto told = withdraw();
  write();
  start();
  ASSERT_TRUE(becomes(told, NotificationState::failed));
  EXPECT_EQ(notifier_->standing(notification(told)).last_failure, "http-404");
  EXPECT_EQ(notifier_->figures().failed, 1U);
  std::this_thread::sleep_for(100ms);
  EXPECT_EQ(channel_->calls().size(), 1U);
  channel_->answer({taken(RecallReply{"STOPPED", {}})});
  ASSERT_TRUE(notifier_->retry(told));
  EXPECT_TRUE(becomes(told, NotificationState::confirmed));
  EXPECT_EQ(notifier_->figures().failed, 0U);
  EXPECT_EQ(notifier_->retry(told).error().code, ErrorCode::conflict) << "it is answered";
}

TEST_F(NotifierTest, nothing_is_recalled_before_the_message_it_is_about_has_ended) {
  channel_->answer({taken(RecallReply{"STOPPED", {}})});
  const auto told = withdraw();
  write();
  start();
  std::this_thread::sleep_for(400ms);
  EXPECT_TRUE(channel_->calls().empty());
  EXPECT_EQ(state(told), NotificationState::pending);
  deliver();
  write();
  EXPECT_TRUE(becomes(told, NotificationState::confirmed));
}

// No data go to it, and what it must be told of those it has is a duty with a deadline.
TEST_F(NotifierTest, a_paused_recipient_is_told_all_the_same) {
  channel_->answer({taken(RecallReply{"STOPPED", {}})});
  deliver();
  story_.log.add(ledger::PartnerPaused{"maintenance", "vdab"});
  const auto told = withdraw();
  write();
  start();
  EXPECT_TRUE(becomes(told, NotificationState::confirmed));
}

TEST_F(NotifierTest, what_was_fetched_a_while_ago_keeps_no_recall_waiting) {
  channel_->answer({taken(RecallReply{"STOPPED", {}})});
  const auto told = withdraw();
  write();
  facilities_->terms.change([](Terms& terms) {
    terms.recipients["vdab"].routes["work-guidance"] = {{"vdab-profile", "any", false, "mailbox"}};
  });
  start();
  std::this_thread::sleep_for(300ms);
  EXPECT_TRUE(channel_->calls().empty()) << "the answer may not have arrived yet";
  end();
  facilities_->clock = at("2026-11-24T12:00:00Z");
  start();
  EXPECT_TRUE(becomes(told, NotificationState::confirmed));
}

TEST_F(NotifierTest, without_an_answer_by_the_deadline_it_is_overdue_and_an_answer_is_still_taken) {
  channel_->answer({taken()});
  deliver();
  const auto told = withdraw();
  write();
  facilities_->clock = at("2026-12-08T22:59:00Z");  // the last minute of the last day in Belgium
  start();
  ASSERT_TRUE(becomes(told, NotificationState::sent));
  end();
  facilities_->clock = at("2026-12-08T23:01:00Z");
  start();
  ASSERT_TRUE(becomes(told, NotificationState::overdue));
  ASSERT_TRUE(unanswered(1)) << "the notifier has looked";
  EXPECT_EQ(notifier_->figures().overdue, 1U);
  ASSERT_TRUE(confirm(told, {"ERASED", {}}));
  EXPECT_EQ(state(told), NotificationState::confirmed);
  EXPECT_EQ(notifier_->figures().overdue, 0U);
}

TEST_F(NotifierTest, the_same_answer_again_changes_nothing_and_another_is_refused) {
  channel_->answer({taken()});
  deliver();
  const auto told = withdraw();
  write();
  start();
  ASSERT_TRUE(confirm(told, {"KEPT", "art17-3-b"}));
  const auto before = size();
  EXPECT_TRUE(confirm(told, {"KEPT", "art17-3-b"}));
  EXPECT_EQ(size(), before);
  EXPECT_EQ(confirm(told, {"KEPT", "art17-3-e"}).error().code, ErrorCode::conflict);
  EXPECT_EQ(confirm(told, {"ERASED", {}}).error().code, ErrorCode::conflict);
  EXPECT_EQ(size(), before);
  EXPECT_EQ(confirm(told - 1, {"ERASED", {}}).error().code, ErrorCode::not_found);
}

TEST_F(NotifierTest, a_recipient_that_takes_no_calls_is_told_when_it_reads) {
  deliver();
  const auto told = withdraw();
  write();
  facilities_->terms.change([](Terms& terms) { terms.recipients["vdab"].recalls.reset(); });
  start();
  std::this_thread::sleep_for(150ms);
  ASSERT_EQ(state(told), NotificationState::pending);
  EXPECT_TRUE(channel_->calls().empty());
  EXPECT_EQ(notifier_->retry(told).error().code, ErrorCode::conflict);
  notifier_->note_read({notification(told)});
  EXPECT_TRUE(becomes(told, NotificationState::sent));
  start();
  EXPECT_TRUE(becomes(told, NotificationState::sent)) << "also after a restart";
}

TEST_F(NotifierTest, knows_only_ids_of_notifications) {
  deliver();
  const auto told = withdraw();
  write();
  start();
  EXPECT_TRUE(notifier_->find(notifier_->id_of(told)));
  EXPECT_EQ(notifier_->find(notifier_->id_of(told - 1)).error().code, ErrorCode::not_found);
  EXPECT_EQ(notifier_->find(notifier_->id_of(told + 1000)).error().code, ErrorCode::not_found);
  EXPECT_EQ(notifier_->find(new_uuid_v4()).error().code, ErrorCode::not_found);
  channel_->answer({taken()});
}

}  // namespace
}  // namespace ketenpoort::exchange
