#include "adapters/outgoing_call.hpp"

#include <gtest/gtest.h>

#include <stdexcept>

namespace ketenpoort::adapters {
namespace {

struct Adapter final : PartnerAdapter {
  explicit Adapter(std::optional<ErrorCode> error) : error_(error) {}
  [[nodiscard]] Call to_call(const Delivery&) const override { throw std::runtime_error("a name"); }
  [[nodiscard]] Result<Call> make_call(const Delivery& delivery) const override {
    if (error_) return fail(*error_, "no");
    return to_call(delivery);
  }
  [[nodiscard]] Verdict judge(const Answer&) const override { return {}; }

 private:
  std::optional<ErrorCode> error_;
};

TEST(OutgoingCall, gives_up_only_a_message_that_does_not_fit) {
  for (const auto code : {ErrorCode::malformed, ErrorCode::crypto, ErrorCode::io, ErrorCode::internal}) {
    const auto call = make_safely(Adapter(code), {});
    ASSERT_FALSE(call);
    const auto verdict = judge_unmade(call.error());
    EXPECT_EQ(verdict.kind == Verdict::Kind::reject, code == ErrorCode::malformed);
    EXPECT_EQ(verdict.kind == Verdict::Kind::retry, code != ErrorCode::malformed);
    EXPECT_EQ(verdict.failure_class, code == ErrorCode::malformed ? "message-does-not-fit" : "message-not-made");
  }
}

TEST(OutgoingCall, takes_an_exception_for_an_error_that_may_pass) {
  const auto call = make_safely(Adapter(std::nullopt), {});
  ASSERT_FALSE(call);
  EXPECT_EQ(call.error().message.find("a name"), std::string::npos) << "what was being made is not told";
  EXPECT_EQ(judge_unmade(call.error()).kind, Verdict::Kind::retry);
}

}  // namespace
}  // namespace ketenpoort::adapters
