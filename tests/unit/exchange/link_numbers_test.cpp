#include "gateway/exchange/rights/link_numbers.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <future>
#include <memory>

#include "tests/unit/exchange/no_vault.hpp"
#include "tests/unit/exchange/story_ledger.hpp"

namespace ketenpoort::exchange {
namespace {

std::string mark_of(char digit) {
  return std::string(64, digit);
}

std::string details(std::string_view second_kind, std::string_view second_mark) {
  return R"({"numbers":[{"kind":"ssin","mark":")" + mark_of('a') + R"("},{"kind":")" + std::string(second_kind) +
         R"(","mark":")" + std::string(second_mark) + R"("}]})";
}

TEST(ProposedNumbers, are_read_whole_or_not_at_all) {
  EXPECT_EQ(read_proposed_numbers(details("fedasil-number", mark_of('b'))).size(), 2U);
  for (const auto& broken : {details("passport", mark_of('b')), details("ssin", "abcd"), details("ssin", "x"),
                             std::string("{"), std::string("{}"), std::string()})
    EXPECT_TRUE(read_proposed_numbers(broken).empty()) << broken;
}

// What stands in the vault was changed by somebody, or by a disk.
class BrokenDecision : public NoVault {
 public:
  std::optional<PendingDecision> find_decision(const SubjectRef& subject) const override {
    std::string json;
    formats::JsonWriter(json)
        .begin_object()
        .member("kind", "unlink")
        .member("askedBy", "rights")
        .member("askedAt", "2026-11-29T11:00:00Z")
        .member("details", details("ssin", "x"))
        .end_object();
    return PendingDecision{.id = Uuid{}, .subject = subject, .json = json};
  }
};

TEST(LinkNumbers, approves_nothing_that_it_cannot_read) {
  BrokenDecision vault;
  test::StoryLedger log{vault};
  log.story.open();
  log.story.give_consent();
  auto& facilities = log.open("2026-11-29T12:00:00Z");
  InFlight in_flight;
  RightsCall call{{"rights-second", "0860737913", "rights-officer", new_uuid_v4()}, log.story.subject, {}};
  const auto done = std::make_shared<std::promise<Result<NumbersChanged>>>();
  approve_numbers(
      facilities, in_flight, call, NumberChange::unlink, {}, {},
      [done](Result<NumbersChanged> changed) { done->set_value(std::move(changed)); }, [](const SubjectRef&) {});
  const auto changed = done->get_future().get();
  ASSERT_FALSE(changed);
  EXPECT_EQ(changed.error().code, ErrorCode::conflict);
  EXPECT_TRUE(log.written().empty());
}

}  // namespace
}  // namespace ketenpoort::exchange
