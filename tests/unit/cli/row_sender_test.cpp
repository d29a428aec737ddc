#include "gateway/cli/send/row_sender.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <thread>

namespace ketenpoort::cli {
namespace {

using net::CallResult;
using std::chrono::milliseconds;

CallResult status(int code) {
  return Answer{.status = code, .headers = {}, .body = "{}"};
}
CallResult no_answer(CallFailure::Kind kind) {
  return tl::make_unexpected(CallFailure{.kind = kind, .may_have_arrived = false, .detail = "no connection"});
}

// A gateway that answers when the test says so, or by a rule.
class RowSenderTest : public testing::Test {
 protected:
  RowSender make(RowSenderOptions options, std::function<CallResult(const Call&)> rule = nullptr) {
    rule_ = std::move(rule);
    return RowSender(
        [this](Call call, net::OnAnswer on_answer) {
          sent_.push_back(call.body);
          if (rule_) return on_answer(rule_(call));
          waiting_.emplace_back(call.body, std::move(on_answer));
        },
        options,
        {.on_answer =
             [this](const Row& row, const RowAnswer& answer) {
               (answer.meaning == RowAnswer::Meaning::accepted ? accepted_ : rejected_).push_back(row.text);
             },
         .on_trouble = [this](const std::string&) { ++troubles_; },
         .is_interrupted = [this] { return interrupted_; }});
  }
  static Row row(std::string text, std::vector<std::string> persons = {}) {
    return {.line = 1, .kind = RowKind::record, .text = std::move(text), .persons = std::move(persons)};
  }
  Status send(RowSender& sender, const std::string& text, std::vector<std::string> persons = {}) {
    return sender.send(row(text, std::move(persons)),
                       {.method = "POST", .path = "/records", .headers = {}, .body = text});
  }

  std::function<CallResult(const Call&)> rule_;
  std::vector<std::string> sent_;
  std::vector<std::pair<std::string, net::OnAnswer>> waiting_;
  std::vector<std::string> accepted_, rejected_;
  int troubles_ = 0;
  bool interrupted_ = false;
};

TEST_F(RowSenderTest, sends_several_at_a_time_and_no_more) {
  auto sender = make({.parallel = 2});
  ASSERT_TRUE(send(sender, "a"));
  ASSERT_TRUE(send(sender, "b"));
  EXPECT_EQ(sent_.size(), 2U);
  waiting_[0].second(status(202));
  ASSERT_TRUE(send(sender, "c"));
  EXPECT_EQ(accepted_, std::vector<std::string>{"a"});
  waiting_[1].second(status(202));
  waiting_[2].second(status(400));
  ASSERT_TRUE(sender.finish());
  EXPECT_EQ(accepted_, (std::vector<std::string>{"a", "b"}));
  EXPECT_EQ(rejected_, std::vector<std::string>{"c"});
}

TEST_F(RowSenderTest, keeps_the_rows_of_one_person_in_order) {
  auto sender = make({.parallel = 8});
  ASSERT_TRUE(send(sender, "first", {"fedasilNumber:F1", "ssin:1"}));
  std::thread gateway([this] {
    std::this_thread::sleep_for(milliseconds{50});
    waiting_[0].second(status(202));
  });
  ASSERT_TRUE(send(sender, "second", {"ssin:1"}));
  gateway.join();
  EXPECT_EQ(accepted_, std::vector<std::string>{"first"});
  waiting_[1].second(status(202));
  ASSERT_TRUE(sender.finish());
}

TEST_F(RowSenderTest, tries_again_until_the_gateway_is_there) {
  int calls = 0;
  auto sender = make({.parallel = 1}, [&calls](const Call&) {
    ++calls;
    if (calls == 1) return no_answer(CallFailure::Kind::connect);
    return status(calls == 2 ? 503 : 202);
  });
  ASSERT_TRUE(send(sender, "a"));
  ASSERT_TRUE(sender.finish());
  EXPECT_EQ(calls, 3);
  EXPECT_EQ(troubles_, 1);
  EXPECT_EQ(accepted_.size(), 1U);
}

TEST_F(RowSenderTest, gives_up_when_nothing_is_taken_for_too_long) {
  auto sender = make({.parallel = 1, .give_up = milliseconds{300}}, [](const Call&) { return status(503); });
  ASSERT_TRUE(send(sender, "a"));
  const auto finished = sender.finish();
  ASSERT_FALSE(finished);
  EXPECT_EQ(finished.error().code, ErrorCode::unavailable);
  EXPECT_GE(sent_.size(), 2U);
  EXPECT_TRUE(rejected_.empty());
}

TEST_F(RowSenderTest, stops_at_once_when_nothing_will_ever_be_taken) {
  auto sender = make({.parallel = 1}, [](const Call&) { return status(401); });
  ASSERT_TRUE(send(sender, "a"));
  EXPECT_EQ(sender.finish().error().code, ErrorCode::forbidden);
  EXPECT_EQ(sent_.size(), 1U);
}

TEST_F(RowSenderTest, a_certificate_that_never_fitted_ends_it_and_a_handshake_cut_short_later_does_not) {
  auto untrusted = make({.parallel = 1}, [](const Call&) { return no_answer(CallFailure::Kind::tls); });
  ASSERT_TRUE(send(untrusted, "a"));
  EXPECT_EQ(untrusted.finish().error().code, ErrorCode::forbidden);

  int calls = 0;
  auto restarted = make({.parallel = 1}, [&calls](const Call&) {
    return ++calls == 2 ? no_answer(CallFailure::Kind::tls) : status(202);
  });
  ASSERT_TRUE(send(restarted, "a"));
  ASSERT_TRUE(send(restarted, "b"));
  ASSERT_TRUE(restarted.finish());
  EXPECT_EQ(calls, 3);
}

TEST_F(RowSenderTest, an_interruption_ends_the_waiting) {
  auto sender = make({.parallel = 1});
  ASSERT_TRUE(send(sender, "a"));
  interrupted_ = true;
  EXPECT_EQ(sender.finish().error().code, ErrorCode::unavailable);
}

TEST_F(RowSenderTest, answers_that_come_after_it_is_gone_do_no_harm) {
  {
    auto sender = make({.parallel = 1});
    ASSERT_TRUE(send(sender, "a"));
  }
  waiting_[0].second(status(202));
  EXPECT_TRUE(accepted_.empty());
}

}  // namespace
}  // namespace ketenpoort::cli
