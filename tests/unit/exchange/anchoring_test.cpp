// Others confirm the log: what each of them may answer, and what comes of it.
#include "gateway/exchange/anchoring.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <atomic>
#include <future>
#include <thread>

#include "tests/support/anchored_log.hpp"

namespace ketenpoort::exchange {
namespace {

using namespace std::chrono_literals;
using ledger::Anchored;
using ledger::Cosigned;
using test::AnchoredLog;
using testing::HasSubstr;

class AnchoringTest : public testing::Test {
 protected:
  // Whoever answers all that is asked in this way.
  static Ask always(Answer answer) {
    return [answer = std::move(answer)](const Call&) -> Result<Answer> { return answer; };
  }
  static Ask never() {
    return [](const Call&) -> Result<Answer> { return fail(ErrorCode::unavailable, "nobody is there"); };
  }

  AnchoredLog log_;
};

TEST_F(AnchoringTest, what_all_say_stands_in_one_entry_of_each_kind) {
  auto& anchoring = log_.start({log_.authority("tsa")}, {log_.witness("w1"), log_.witness("w2")});
  EXPECT_TRUE(anchoring.run_round());
  const auto stamps = log_.bodies<Anchored>();
  ASSERT_EQ(stamps.size(), 1U);
  EXPECT_EQ(stamps.front().second.tsa, "tsa");
  const auto cosigned = log_.bodies<Cosigned>();
  ASSERT_EQ(cosigned.size(), 1U);
  EXPECT_EQ(cosigned.front().second.signatures.size(), 2U);
  EXPECT_EQ(anchoring.figures().stamps, 1U);
  EXPECT_EQ(anchoring.figures().cosignatures, 2U);
  EXPECT_EQ(anchoring.figures().failures, 0U);
  EXPECT_EQ(log_.confirmations, 2U);
  const auto note = log_.sequencer().cosigned_checkpoint();
  ASSERT_TRUE(note);
  EXPECT_THAT(*note, HasSubstr("\n" + std::to_string(cosigned.front().second.size) + "\n"));
  EXPECT_THAT(*note, HasSubstr("w1"));
  EXPECT_THAT(*note, HasSubstr("w2"));
}

TEST_F(AnchoringTest, no_two_entries_stand_under_one_checkpoint) {
  auto& anchoring = log_.start({log_.authority("a"), log_.authority("b"), log_.authority("c")}, {log_.witness("w1")});
  for (int round = 0; round < 3; ++round) ASSERT_TRUE(anchoring.run_round());
  std::vector<std::pair<ledger::Seq, std::uint64_t>> places;  // of the entry, and the size it speaks of
  for (const auto& [seq, body] : log_.bodies<Anchored>()) places.emplace_back(seq, body.size);
  for (const auto& [seq, body] : log_.bodies<Cosigned>()) places.emplace_back(seq, body.size);
  std::ranges::sort(places);
  ASSERT_EQ(places.size(), 12U);
  for (std::size_t i = 1; i < places.size(); ++i)
    EXPECT_GT(places[i].second, places[i - 1].first) << "a checkpoint that covers the one before";
}

TEST_F(AnchoringTest, a_time_stamp_that_does_not_hold_is_not_written_down) {
  const auto another_root = std::make_shared<ledger::test::TimeStamping>();
  auto stranger = log_.authority("stranger");
  stranger.roots = ledger::TimestampRoots::from_pem(another_root->roots()).value();
  auto replayer = log_.authority("replayer");
  replayer.ask = [ask = replayer.ask,
                  first = std::make_shared<std::optional<Answer>>()](const Call& call) -> Result<Answer> {
    if (!*first) *first = ask(call).value();
    return **first;
  };
  ASSERT_TRUE(log_.start({replayer}, {}).run_round()) << "the first answer is good";
  const auto plan = [&](std::string_view name, Ask ask) {
    auto authority = log_.authority(name);
    authority.ask = std::move(ask);
    return authority;
  };
  const std::vector<std::pair<StampingAuthority, std::string>> wrong = {
      {plan("away", never()), "nobody"},
      {plan("error", always({503, {}, "no"})), "an error"},
      {plan("empty", always({200, {}, ""})), "nothing"},
      {plan("garbage", always({200, {}, std::string(500, '\x30')})), "garbage"},
      {stranger, "somebody else's certificate"},
      {replayer, "an old answer again"},
      {log_.authority("ahead", 6min), "a clock that is ahead"}};
  for (const auto& [authority, what] : wrong) {
    auto& anchoring = log_.start({authority}, {});
    EXPECT_FALSE(anchoring.run_round()) << what;
    EXPECT_EQ(anchoring.figures().failures, 1U) << what;
    EXPECT_EQ(log_.bodies<Anchored>().size(), 1U) << what;
  }
  EXPECT_TRUE(log_.start({log_.authority("a-little-ahead", 4min)}, {}).run_round());
}

TEST_F(AnchoringTest, a_witness_that_does_not_cosign_is_not_written_down) {
  const auto other = std::make_shared<test::LocalWitness>("w9", log_.key());
  const std::string size_type(ledger::tlog_size_type);
  std::map<std::string, Ask> wrong = {
      {"nobody", never()},
      {"an error", always({500, {}, ""})},
      {"nothing", always({200, {}, ""})},
      {"no signature", always({200, {}, "what?\n"})},
      {"forbidden", always({403, {}, "no"})},
      {"unknown", always({404, {}, "no"})},
      {"inconsistent", always({422, {}, "no"})},
      {"a fork of this size", always({409, {{"content-type", "text/plain"}}, "no"})},
      {"a size that is none", always({409, {{"content-type", size_type}}, "many\n"})},
      {"a larger tree", always({409, {{"content-type", size_type}}, "1000000\n"})},
      {"another witness", [other](const Call& call) { return other->answer(call); }},
  };
  wrong["ever another size"] = [at = std::make_shared<int>(0), size_type](const Call&) -> Result<Answer> {
    return Answer{409, {{"content-type", size_type}}, (*at)++ % 2 == 0 ? "1\n" : "2\n"};
  };
  log_.grow(5);
  for (const auto& [what, ask] : wrong) {
    auto witness = log_.witness("w1");
    witness.ask = ask;
    auto& anchoring = log_.start({}, {witness});
    EXPECT_FALSE(anchoring.run_round()) << what;
    EXPECT_EQ(anchoring.figures().failures, 1U) << what;
  }
  auto ahead = log_.witness("w1", 6min);
  EXPECT_FALSE(log_.start({}, {ahead}).run_round());
  EXPECT_TRUE(log_.bodies<Cosigned>().empty());
  EXPECT_EQ(log_.confirmations, 0U);
  EXPECT_FALSE(log_.sequencer().cosigned_checkpoint());
}

TEST_F(AnchoringTest, a_witness_that_remembers_another_size_is_asked_again_from_there) {
  const auto witness = log_.witness("w1");
  ASSERT_TRUE(log_.start({}, {witness}).run_round());
  log_.grow(10);
  auto forgotten = witness;  // we: as after a restart
  forgotten.seen = 0;
  auto asked = std::make_shared<int>(0);
  forgotten.ask = [asked, ask = witness.ask](const Call& call) {
    ++*asked;
    return ask(call);
  };
  EXPECT_TRUE(log_.start({}, {forgotten}).run_round());
  EXPECT_EQ(*asked, 2);
  EXPECT_EQ(log_.bodies<Cosigned>().size(), 2U);
}

TEST_F(AnchoringTest, one_that_is_away_does_not_keep_the_others_word_out) {
  auto away = log_.witness("w2");
  away.ask = never();
  auto no_stamp = log_.authority("tsa");
  no_stamp.ask = never();
  auto& anchoring = log_.start({no_stamp, log_.authority("tsa-2")}, {away, log_.witness("w1"), log_.witness("w3")});
  EXPECT_FALSE(anchoring.run_round());
  EXPECT_EQ(anchoring.figures().failures, 2U);
  EXPECT_EQ(log_.bodies<Anchored>().size(), 1U);
  ASSERT_EQ(log_.bodies<Cosigned>().size(), 1U);
  EXPECT_EQ(log_.bodies<Cosigned>().front().second.signatures.size(), 2U);
}

TEST_F(AnchoringTest, goes_stale_when_fewer_than_the_quorum_have_spoken_for_too_long) {
  log_.activate({.max_age_seconds = 3600, .quorum = 2});
  const auto tsa = log_.authority("tsa");
  const auto w1 = log_.witness("w1");
  const auto w2 = log_.witness("w2");
  EXPECT_FALSE(log_.start({}, {}).is_stale()) << "anchoring has just begun";
  log_.turn_clock(2h);
  EXPECT_TRUE(log_.start({}, {}).is_stale());
  ASSERT_TRUE(log_.start({tsa}, {}).run_round());
  EXPECT_TRUE(log_.start({}, {}).is_stale()) << "one is no quorum of two";
  ASSERT_TRUE(log_.start({tsa}, {}).run_round());
  EXPECT_TRUE(log_.start({}, {}).is_stale()) << "nor is the same one twice";
  ASSERT_TRUE(log_.start({}, {w1}).run_round());
  EXPECT_FALSE(log_.start({}, {}).is_stale());
  log_.turn_clock(30min);
  ASSERT_TRUE(log_.start({}, {w1, w2}).run_round());
  log_.turn_clock(45min);  // the authority's word is 75 minutes old, the witnesses' 45
  EXPECT_FALSE(log_.start({}, {}).is_stale());
  log_.turn_clock(16min);
  EXPECT_TRUE(log_.start({}, {}).is_stale());
  EXPECT_TRUE(log_.start({}, {}).confirmed_at());
}

TEST_F(AnchoringTest, without_anchors_in_force_nothing_is_stale) {
  log_.turn_clock(24h * 365);
  EXPECT_FALSE(log_.start({}, {}).is_stale());
  EXPECT_FALSE(log_.start({}, {}).confirmed_at());
}

TEST_F(AnchoringTest, asks_again_soon_after_a_failure_and_at_leisure_after_a_success) {
  auto calls = std::make_shared<std::atomic<int>>(0);
  auto failing = log_.witness("w1");
  failing.ask = [calls](const Call&) -> Result<Answer> {
    ++*calls;
    return fail(ErrorCode::unavailable, "nobody is there");
  };
  const auto reaches = [&](int wanted) {
    for (int i = 0; i < 2000 && *calls < wanted; ++i) std::this_thread::sleep_for(5ms);
    return *calls >= wanted;
  };
  auto& retrying = log_.start({}, {failing}, 24h, 1ms);
  retrying.start();
  EXPECT_TRUE(reaches(5)) << "by the retry alone";
  retrying.stop();

  auto good = log_.witness("w1");
  good.ask = [calls, ask = good.ask](const Call& call) {
    ++*calls;
    return ask(call);
  };
  *calls = 0;
  auto& leisurely = log_.start({}, {good}, 24h, 1ms);
  leisurely.start();
  EXPECT_TRUE(reaches(1));
  std::this_thread::sleep_for(100ms);
  leisurely.stop();  // at once, though the next round is a day away
  EXPECT_EQ(log_.bodies<Cosigned>().size(), 1U);

  *calls = 0;
  auto& impatient = log_.start({}, {failing}, 1ms, 24h);
  impatient.start();
  EXPECT_TRUE(reaches(3)) << "a retry is never later than the next round";
  impatient.stop();
}

class BroughtWord : public AnchoringTest {
 protected:
  BroughtWord() {
    log_.grow(5);
    log_.start({}, {w1_, w2_});
  }
  ErrorCode refusal(const std::string& note) {
    const auto taken = log_.anchoring().accept_cosignatures(note, actor_);
    EXPECT_FALSE(taken) << "it was taken";
    return taken ? ErrorCode::internal : taken.error().code;
  }
  std::string note() { return log_.sequencer().checkpoint(); }
  std::string word(const std::string& note, const std::string& name, std::chrono::seconds off = 0s) {
    return log_.local(name).cosign(note, off);
  }

  WitnessContact w1_ = log_.witness("w1");
  WitnessContact w2_ = log_.witness("w2");
  ledger::Actor actor_{"system", "0123456749", "witness", {}};
};

TEST_F(BroughtWord, is_written_down_and_published) {
  const auto brought = note() + word(note(), "w1") + word(note(), "w2");
  const auto seq = log_.anchoring().accept_cosignatures(brought, actor_);
  ASSERT_TRUE(seq) << seq.error().message;
  const auto cosigned = log_.bodies<Cosigned>();
  ASSERT_EQ(cosigned.size(), 1U);
  EXPECT_EQ(cosigned.front().first, *seq);
  EXPECT_EQ(cosigned.front().second.signatures.size(), 2U);
  EXPECT_EQ(*log_.sequencer().cosigned_checkpoint(), brought);
  EXPECT_EQ(log_.confirmations, 1U);
}

TEST_F(BroughtWord, of_others_or_on_something_else_is_refused) {
  const auto here = note();
  EXPECT_EQ(refusal(""), ErrorCode::malformed);
  EXPECT_EQ(refusal("nothing"), ErrorCode::malformed);
  EXPECT_EQ(refusal(here), ErrorCode::forbidden) << "nobody but the log has signed";
  EXPECT_EQ(refusal(here + log_.stranger().cosign(here)), ErrorCode::forbidden);
  auto elsewhere = here;
  elsewhere.replace(0, elsewhere.find('\n'), "elsewhere.example");
  EXPECT_EQ(refusal(elsewhere + word(here, "w1")), ErrorCode::not_found);
  const auto forged = ledger::sign_checkpoint({log_.key().verifier().name(), 3, Digest{}}, log_.another_key()).value();
  EXPECT_EQ(refusal(forged + word(forged, "w1")), ErrorCode::forbidden);
  auto changed = here + word(here, "w1");
  auto& digit = changed[changed.size() - 10];  // of the signature in base64
  digit = digit == 'A' ? 'B' : 'A';
  EXPECT_EQ(refusal(changed), ErrorCode::forbidden);
  EXPECT_TRUE(log_.bodies<Cosigned>().empty());
}

TEST_F(BroughtWord, on_a_tree_the_log_never_had_is_refused) {
  const auto never = ledger::sign_checkpoint({log_.key().verifier().name(), 3, Digest{}}, log_.key()).value();
  EXPECT_EQ(refusal(never + word(never, "w1")), ErrorCode::conflict);
  const auto future = ledger::sign_checkpoint({log_.key().verifier().name(), 1'000, Digest{}}, log_.key()).value();
  EXPECT_EQ(refusal(future + word(future, "w1")), ErrorCode::conflict);
}

TEST_F(BroughtWord, from_the_future_or_long_ago_is_refused) {
  log_.activate({.max_age_seconds = 3600, .quorum = 1});
  const auto here = note();
  EXPECT_EQ(refusal(here + word(here, "w1", 6min)), ErrorCode::invalid_input);
  EXPECT_EQ(refusal(here + word(here, "w1", -2h)), ErrorCode::conflict);
  EXPECT_TRUE(log_.anchoring().accept_cosignatures(here + word(here, "w1", -30min), actor_));
}

TEST_F(BroughtWord, confirms_once) {
  const auto here = note();
  const auto brought = here + word(here, "w1");
  ASSERT_TRUE(log_.anchoring().accept_cosignatures(brought, actor_));
  EXPECT_EQ(refusal(brought), ErrorCode::conflict);
  EXPECT_EQ(refusal(here + word(here, "w1", -60s)), ErrorCode::conflict) << "older than what is known";
  ASSERT_TRUE(log_.anchoring().accept_cosignatures(brought + word(here, "w2"), actor_)) << "one of the two is news";
  EXPECT_EQ(log_.bodies<Cosigned>().back().second.signatures.size(), 1U);
}

TEST_F(BroughtWord, that_could_not_be_written_down_is_news_the_next_time) {
  std::promise<void> go_on;
  const auto refuse = [](const ledger::History&, std::uint64_t, Timestamp) -> Result<ledger::Transaction> {
    return fail(ErrorCode::invalid_input, "nothing is written");
  };
  log_.sequencer().submit(
      [&go_on, refuse](const ledger::History& history, std::uint64_t seq, Timestamp now) {
        go_on.get_future().wait();
        return refuse(history, seq, now);
      },
      [](const Result<ledger::Committed>&) {});
  std::atomic<bool> full{false};
  for (int times = 0; times < 3;) {
    log_.sequencer().submit(refuse, [&full](const Result<ledger::Committed>& done) {
      if (!done && done.error().code == ErrorCode::unavailable) full = true;
    });
    if (!full.exchange(false)) continue;
    ++times;
    std::this_thread::sleep_for(10ms);  // should what waits be taken out once more
  }
  const auto here = note();
  const auto brought = here + word(here, "w1");
  const auto refused = log_.anchoring().accept_cosignatures(brought, actor_);
  go_on.set_value();
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, ErrorCode::unavailable);
  EXPECT_TRUE(log_.bodies<Cosigned>().empty());
  for (int i = 0; i < 1000 && !log_.anchoring().accept_cosignatures(brought, actor_); ++i)
    std::this_thread::sleep_for(5ms);  // until the queue is worked off
  EXPECT_EQ(log_.bodies<Cosigned>().size(), 1U);
  EXPECT_EQ(refusal(brought), ErrorCode::conflict);
}

TEST_F(BroughtWord, on_an_older_checkpoint_leaves_the_newer_one_published) {
  const auto older = note();
  log_.grow(5);
  const auto newer = note();
  ASSERT_NE(older, newer);
  ASSERT_TRUE(log_.anchoring().accept_cosignatures(newer + word(newer, "w1"), actor_));
  ASSERT_TRUE(log_.anchoring().accept_cosignatures(older + word(older, "w2"), actor_));
  EXPECT_THAT(*log_.sequencer().cosigned_checkpoint(), HasSubstr(newer));
  log_.start({}, {w1_, w2_});  // as after a restart
  ASSERT_TRUE(log_.anchoring().accept_cosignatures(older + word(older, "w2", 1s), actor_));
  EXPECT_THAT(*log_.sequencer().cosigned_checkpoint(), HasSubstr(newer));
}

}  // namespace
}  // namespace ketenpoort::exchange
