// Who answers, who refuses, and when an operator hears of it.
#include "gateway/exchange/delivery/recipient_watch.hpp"

#include <gtest/gtest.h>

#include <sstream>

namespace ketenpoort::exchange {
namespace {

using Kind = Verdict::Kind;

class Watch : public ::testing::Test {
 protected:
  Watch() {
    watch.add("vdab");
    watch.add("agii");
  }
  void note(Kind kind, unsigned times, bool given_up = false) {
    const bool arrived = kind == Kind::acknowledged || kind == Kind::delivered;
    const Verdict verdict{.kind = kind,
                          .failure_class = arrived               ? ""
                                           : kind == Kind::retry ? "token-http-503"
                                                                 : "http-422"};
    for (unsigned i = 0; i < times; ++i) watch.note("vdab", verdict, given_up, std::chrono::milliseconds{i});
  }
  [[nodiscard]] RecipientFigures vdab() const { return watch.figures().at("vdab"); }
  RecipientWatch watch;
};

TEST_F(Watch, counts_each_recipient_by_itself) {
  note(Kind::acknowledged, 3);
  note(Kind::delivered, 1);
  note(Kind::retry, 2);
  note(Kind::reject, 1, true);
  EXPECT_EQ(vdab().attempts, 7U);
  EXPECT_EQ(vdab().delivered, 4U);
  EXPECT_EQ(vdab().failed, 3U);
  EXPECT_EQ(vdab().given_up, 1U);
  note(Kind::retry, 8);
  EXPECT_EQ(vdab().last_answer, std::chrono::milliseconds{7});
  EXPECT_EQ(watch.figures().at("agii").attempts, 0U);
}

TEST_F(Watch, refusing_is_told_when_it_goes_on_and_over_with_the_first_that_is_taken) {
  note(Kind::reject, RecipientWatch::refusals_to_tell - 1, true);
  EXPECT_FALSE(vdab().refuses) << "some messages are wrong";
  note(Kind::retry, 3);
  EXPECT_FALSE(vdab().refuses);
  note(Kind::reject, 1, true);
  EXPECT_TRUE(vdab().refuses);
  note(Kind::retry, 1);
  EXPECT_TRUE(vdab().refuses) << "no answer is no better answer";
  note(Kind::delivered, 1);
  EXPECT_FALSE(vdab().refuses);
  note(Kind::reject, 1, true);
  EXPECT_FALSE(vdab().refuses) << "it counts from the beginning";
}

TEST_F(Watch, answering_is_what_the_breaker_says) {
  EXPECT_TRUE(vdab().answers);
  watch.note_breaker("vdab", true);
  EXPECT_FALSE(vdab().answers);
  EXPECT_TRUE(watch.figures().at("agii").answers);
  watch.note_breaker("vdab", false);
  EXPECT_TRUE(vdab().answers);
}

TEST_F(Watch, the_class_of_the_last_failure_says_who_it_is_that_does_not_answer) {
  std::ostringstream lines;
  log::configure(log::Level::info, lines);
  EXPECT_EQ(vdab().last_failure, "");
  note(Kind::reject, 1);
  note(Kind::retry, 1);
  watch.note_breaker("vdab", true);
  EXPECT_EQ(vdab().last_failure, "token-http-503");
  EXPECT_NE(lines.str().find(R"("recipient_does_not_answer","recipient":"vdab","class":"token-http-503")"),
            std::string::npos)
      << lines.str();
  note(Kind::delivered, 1);
  EXPECT_EQ(vdab().last_failure, "token-http-503") << "what was last stays to be seen";
  log::configure(log::Level::info, log::Destination::standard_output);
}

}  // namespace
}  // namespace ketenpoort::exchange
