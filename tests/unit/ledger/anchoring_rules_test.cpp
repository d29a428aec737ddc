// What the log may say of its keys and anchors, and that nothing is permitted while nobody has confirmed it in time.
#include <gtest/gtest.h>

#include <algorithm>

#include "gateway/ledger/checkpoint/cosignature.hpp"
#include "gateway/ledger/history/key_history.hpp"
#include "tests/support/ledger_folder.hpp"
#include "tests/support/log_story.hpp"

namespace ketenpoort::ledger::test {
namespace {

using std::chrono::seconds;

constexpr Seq configured = 1;  // config.activated of the story

std::string refused(const Story& story, Seq seq) {
  History history;
  const auto done = story.log.replay(history);
  EXPECT_FALSE(done) << "it was passed";
  EXPECT_EQ(history.size(), seq);
  return done ? "" : done.error().message;
}

// The story up to its first permit, with anchoring in force; the permit comes `later` than the rest.
Story anchored_story(std::uint32_t quorum, seconds later) {
  auto story = Story::whole();
  story.log.edit<ConfigActivated>(configured, [&](ConfigActivated& b) { b.anchoring = Anchoring{10, quorum}; });
  story.log.lines.resize(story.permitted + 1);
  story.log.lines.back().time += later;
  return story;
}

// Puts an entry where the permit stands, and the permit after it, a second later.
template <class Body>
void confirm(Story& story, const Body& body) {
  auto permit = story.log.lines.back();
  story.log.lines.pop_back();
  const auto time = permit.time - seconds{1};
  const auto seq = story.log.add(body);
  story.log.lines[seq].time = time;
  permit.seq = seq + 1;
  permit.id = numbered_id(seq + 2, 7);
  story.log.lines.push_back(std::move(permit));
}

Anchored stamp_by(std::string tsa, std::uint64_t size = 1) {
  Anchored body;
  body.size = size;
  body.token = "AAAA";
  body.tsa = std::move(tsa);
  return body;
}

Cosigned cosigned_by(std::string_view witness) {
  Cosigned body;
  body.size = 1;
  body.signatures = {WitnessSigner::generate(witness)->cosign("body\n", {})};
  return body;
}

bool passes(const Story& story) {
  History history;
  const auto done = story.log.replay(history);
  EXPECT_TRUE(done) << done.error().message;
  return done.has_value();
}

TEST(AnchoringRules, permit_while_the_log_is_not_stale) {
  EXPECT_TRUE(passes(anchored_story(1, seconds{9})));
}

TEST(AnchoringRules, nothing_is_permitted_on_a_stale_log) {
  const auto story = anchored_story(1, seconds{11});
  const auto why = refused(story, story.permitted);
  EXPECT_NE(why.find("invariant 3"), std::string::npos) << why;
  EXPECT_NE(why.find("too old"), std::string::npos) << why;
}

TEST(AnchoringRules, an_anchor_makes_it_fresh_again) {
  auto story = anchored_story(1, seconds{3600});
  confirm(story, stamp_by("tsa"));
  EXPECT_TRUE(passes(story));
}

TEST(AnchoringRules, one_anchor_is_no_quorum_of_two) {
  auto story = anchored_story(2, seconds{3600});
  confirm(story, stamp_by("tsa"));
  refused(story, story.permitted + 1);
  confirm(story, stamp_by("tsa"));
  refused(story, story.permitted + 2);
  confirm(story, cosigned_by("witness.example"));
  EXPECT_TRUE(passes(story));
}

TEST(AnchoringRules, anchors_speak_of_an_earlier_size) {
  for (const bool stamped : {true, false}) {
    auto story = Story::whole();
    story.log.lines.resize(3);
    auto cosigned = cosigned_by("witness.example");
    cosigned.size = 4;
    const auto seq = stamped ? story.log.add(stamp_by("tsa", 4)) : story.log.add(cosigned);
    const auto why = refused(story, seq);
    EXPECT_NE(why.find("invariant 1"), std::string::npos) << why;
  }
}

TEST(AnchoringRules, the_quorum_th_newest_word_is_what_counts) {
  auto story = anchored_story(2, seconds{3600});
  confirm(story, stamp_by("tsa"));
  confirm(story, cosigned_by("witness.example"));
  History history;
  ASSERT_TRUE(story.log.replay(history));
  const auto& lines = story.log.lines;
  EXPECT_EQ(history.anchors_confirmed_at(), std::min(lines[lines.size() - 2].time, lines[lines.size() - 3].time));
}

TEST(KeyRules, a_rotation_must_hold_for_its_place) {
  auto story = Story::whole();
  story.log.lines.resize(3);
  auto good = story;
  good.log.add(make_rotation(3, test_key(7), test_key(8)));
  History history;
  ASSERT_TRUE(good.log.replay(history));
  EXPECT_EQ(history.keys().current().text(), test_key(8).verifier().text());
  story.log.add(make_rotation(4, test_key(7), test_key(8)));
  EXPECT_NE(refused(story, 3).find("keys: "), std::string::npos);
}

// A refused group leaves nothing behind.
TEST(KeyRules, what_is_taken_back_is_gone) {
  auto story = Story::whole();
  story.log.lines.resize(3);
  History history;
  ASSERT_TRUE(story.log.replay(history));
  story.log.add(make_rotation(3, test_key(7), test_key(8)));
  story.log.add(stamp_by("tsa"));
  {
    const History::Group group(history);
    for (const Seq seq : {3U, 4U}) {
      const auto bytes = story.log.lines[seq].encode();
      ASSERT_TRUE(history.apply(*decode_entry(bytes)));
    }
    EXPECT_EQ(history.keys().periods().size(), 2U);
  }
  EXPECT_EQ(history.size(), 3U);
  EXPECT_EQ(history.keys().periods().size(), 1U);
}

}  // namespace
}  // namespace ketenpoort::ledger::test
