#include "gateway/exchange/facilities/repeatable_call.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "gateway/base/error_text.hpp"
#include "tests/unit/exchange/reply_vault.hpp"
#include "tests/unit/exchange/story_ledger.hpp"

namespace ketenpoort::exchange {
namespace {

using testing::IsEmpty;
using testing::SizeIs;

const Timestamp now = parse_rfc3339("2026-11-24T12:00:00+01:00").value();
const Result<ledger::Committed> durable = ledger::Committed{};

Result<ledger::Committed> failed(const Status& why) {
  return fail(why.error());
}

class Repeatable : public testing::Test {
 protected:
  Repeatable() {
    log.story.open();
    facilities = &log.open("2026-11-24T12:00:00+01:00");
  }

  RepeatableCall call(std::string_view key, std::string_view body, std::string_view client = "centre") {
    return {*facilities, "consents", client, key, body, {.status = 201}};
  }

  // Its turn, and its batch.
  std::string answer(RepeatableCall call, const std::string& with) {
    if (const auto begun = call.begin(); !begun) {
      const auto past = call.end(failed(begun));
      if (!past) return "again";
      return *past ? (*past)->body : std::string(to_text(past->error().code));
    }
    call.answer.body = with;
    std::vector<ledger::VaultChange> changes;
    call.keep_answer(changes, now);
    kept += changes.size();
    const auto given = call.end(durable).value();
    EXPECT_EQ(given->status, 201);
    return given->body;
  }

  std::size_t kept = 0;
  ReplyVault vault;
  test::StoryLedger log{vault};
  Facilities* facilities = nullptr;
};

TEST_F(Repeatable, gets_the_same_answer_under_its_key) {
  EXPECT_EQ(answer(call("k", "body"), "first"), "first");
  EXPECT_EQ(answer(call("k", "body"), "second"), "first");
  EXPECT_EQ(answer(call("k", "another body"), "second"), "conflict");
  EXPECT_EQ(answer(call("k", "body", "another client"), "second"), "second");
  EXPECT_EQ(answer(call("another key", "body"), "third"), "third");
  EXPECT_EQ(kept, 3U);
}

TEST_F(Repeatable, stands_for_itself_without_a_key) {
  EXPECT_EQ(answer(call("", "body"), "first"), "first");
  EXPECT_EQ(answer(call("", "body"), "second"), "second");
  EXPECT_EQ(kept, 0U);
}

TEST_F(Repeatable, comes_again_while_another_is_answered) {
  auto first = call("k", "body");
  auto second = call("k", "body");
  ASSERT_TRUE(first.begin());
  const auto met = second.begin();
  ASSERT_FALSE(met);
  EXPECT_EQ(met.error().code, ErrorCode::changed);
  EXPECT_FALSE(second.end(failed(met)));
  std::vector<ledger::VaultChange> changes;
  first.answer.body = "first";
  first.keep_answer(changes, now);
  EXPECT_THAT(changes, SizeIs(1));
  EXPECT_EQ(first.end(durable).value()->body, "first");
  const auto told = second.begin();
  ASSERT_FALSE(told);
  EXPECT_EQ(second.end(failed(told)).value()->body, "first");
}

TEST_F(Repeatable, gives_back_what_it_claimed_however_it_ends) {
  const std::vector marks{sha256(as_bytes("a number")), sha256(as_bytes("another"))};
  auto first = call("k", "body");
  ASSERT_TRUE(first.begin());
  ASSERT_TRUE(first.claim({marks[0]}));
  ASSERT_TRUE(first.claim({marks[1]}));
  auto second = call("another key", "body");
  ASSERT_TRUE(second.begin());
  EXPECT_FALSE(second.claim(marks)) << "one of them is held";
  EXPECT_FALSE(first.end(fail(ErrorCode::changed, "the person is another's now")));
  EXPECT_TRUE(second.claim(marks));
  const auto refused = second.end(fail(ErrorCode::gone, "erased")).value();
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, ErrorCode::gone);
  ASSERT_TRUE(first.begin()) << "nothing was answered";
  EXPECT_TRUE(first.claim(marks));
}

TEST_F(Repeatable, does_not_come_again_for_ever) {
  auto one = call("k", "body");
  const Result<ledger::Committed> changed = fail(ErrorCode::changed, "somebody else introduced this person");
  for (int i = 1; i < RepeatableCall::most_attempts; ++i) ASSERT_FALSE(one.end(changed)) << i;
  const auto last = one.end(changed);
  ASSERT_TRUE(last);
  EXPECT_EQ(last->error().code, ErrorCode::changed);
}

}  // namespace
}  // namespace ketenpoort::exchange
