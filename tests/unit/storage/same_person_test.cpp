// What reaches everybody who is one person, by what was decided about their numbers.
#include <gmock/gmock.h>

#include "gateway/exchange/consent/record_consent.hpp"
#include "gateway/exchange/rights/open_request.hpp"
#include "tests/unit/exchange/small_mappings.hpp"
#include "tests/unit/storage/number_links.hpp"

namespace ketenpoort::storage {
namespace {

using testing::UnorderedElementsAre;

class SamePerson : public NumberLinks {
 protected:
  SamePerson() {
    facilities->formats.put(exchange::load_formats(mappings.folder(), {}).value());
    facilities->terms.change([](exchange::Terms& terms) {
      terms.notices = {{"chain-cooperation", "1.0", true, {}, std::string(64, '0')}};
      terms.purpose_recipients = {{"work-guidance", "vdab"}};
    });
  }

  // Anna, who goes on as the double: all numbers of the double are hers.
  void link() {
    anna = receive({fedasil("F01")});
    twin = receive({ssin("S1")});
    state_consent(twin, much);
    ASSERT_TRUE(change(anna, NumberChange::link, {ssin("S1")}));
    ASSERT_EQ(allowed(twin), much);
  }

  void say(const std::string& decision, const std::string& categories) {
    const auto body =
        R"({"subject":{"fedasilNumber":"F01"},"consents":[{"purpose":"work-guidance","recipient":"vdab","decision":")" +
        decision + R"(","categories":)" + categories +
        R"(}],"notice":{"id":"chain-cooperation","version":"1.0","language":"ara"},"explained":{"how":"HEARD"},)"
        R"("expressed":{"how":"PAPER","on":")" +
        to_iso(date_in_brussels(facilities->clock.now())) + R"("},"recordedBy":"op"})";
    const auto recorded = wait_for<exchange::PastReply>([&](auto done) {
      exchange::record_consent(
          *facilities, in_flight, {caller("recorder"), {}, body}, [](const auto&) { return std::string("{}"); }, done,
          wake());
    });
    ASSERT_TRUE(recorded) << recorded.error().message
                          << (recorded.error().issues.empty() ? "" : recorded.error().issues.front().detail);
    come_to_rest();
  }
  std::function<void(const SubjectRef&)> wake() {
    return [this](const SubjectRef& subject) { woken.push_back(subject); };
  }

  exchange::SmallMappings mappings;
  SubjectRef anna{}, twin{};
  std::vector<SubjectRef> woken;
};

TEST_F(SamePerson, a_no_reaches_them_all) {
  link();
  const auto before = state->sequencer->size();
  say("REFUSED", "[]");
  EXPECT_TRUE(allowed(twin).empty());
  EXPECT_TRUE(allowed(anna).empty());
  EXPECT_EQ(kinds_since(before), "consent.refused consent.withdrawn");
  EXPECT_THAT(woken, UnorderedElementsAre(anna, twin));
  expect_sound();
}

TEST_F(SamePerson, less_than_before_narrows_them_all_and_more_widens_nobody_else) {
  link();
  say("GIVEN", R"(["identity-core","contact"])");
  EXPECT_EQ(allowed(anna), little);
  EXPECT_EQ(allowed(twin), little);
  say("GIVEN", R"(["identity-core","contact","wishes"])");
  EXPECT_EQ(allowed(anna), much);
  EXPECT_EQ(allowed(twin), little);
  expect_sound();
}

TEST_F(SamePerson, a_restriction_and_its_end_wake_them_all) {
  link();
  ASSERT_TRUE(wait_for<exchange::RightsOutcome>([&](auto done) {
    exchange::restrict_subject(*facilities, in_flight, call(anna), "legal-claims", done, wake());
  }));
  come_to_rest();
  EXPECT_THAT(std::exchange(woken, {}), UnorderedElementsAre(anna, twin));
  ASSERT_TRUE(wait_for<exchange::RightsOutcome>(
      [&](auto done) { exchange::unrestrict_subject(*facilities, call(twin), done, wake()); }));
  come_to_rest();
  EXPECT_THAT(std::exchange(woken, {}), UnorderedElementsAre(anna, twin));
  ASSERT_TRUE(wait_for<exchange::RightsOutcome>(
      [&](auto done) { exchange::unrestrict_subject(*facilities, call(twin), done, wake()); }));
  come_to_rest();
  EXPECT_TRUE(woken.empty()) << "nothing changed";
  expect_sound();
}

TEST_F(SamePerson, a_restriction_is_exercised_by_the_request_of_whoever_asked) {
  link();
  const auto identifiers = formats::parse_json(R"({"fedasilNumber":"F01"})").value();
  Uuid request{};
  ASSERT_TRUE(wait_for<exchange::PastReply>([&](auto done) {
    exchange::open_request(
        *facilities, in_flight, caller("first"), identifiers.root(),
        {.article = 18, .received = date_in_brussels(facilities->clock.now())},
        [&](const exchange::OpenedRequest& opened) {
          request = opened.id;
          return std::string("{}");
        },
        done, wake());
  }));
  auto asked = call(anna);
  asked.request = request;
  const auto before = state->sequencer->size();
  ASSERT_TRUE(wait_for<exchange::RightsOutcome>(
      [&](auto done) { exchange::restrict_subject(*facilities, in_flight, asked, "legal-claims", done, wake()); }));
  ASSERT_TRUE(wait_for<exchange::RightsOutcome>(
      [&](auto done) { exchange::unrestrict_subject(*facilities, asked, done, wake()); }));
  for (auto seq = before; seq < state->sequencer->size(); ++seq) {
    const auto bytes = state->sequencer->entry_bytes(seq).value();
    const auto entry = ledger::decode_entry(bytes);
    ASSERT_TRUE(entry);
    EXPECT_EQ(entry->body.find("request").is(ledger::Value::Kind::string), entry->subject == anna) << entry->kind;
  }
  expect_sound();
}

TEST_F(SamePerson, an_immigration_office_number_alone_identifies_nobody) {
  link();
  const auto ask = [&](std::string_view subject) {
    const auto identifiers = formats::parse_json(subject).value();
    return wait_for<exchange::PastReply>([&](auto done) {
      exchange::open_request(
          *facilities, in_flight, caller("first"), identifiers.root(),
          {.article = 15, .received = date_in_brussels(facilities->clock.now())},
          [](const auto&) { return std::string("{}"); }, done, wake());
    });
  };
  EXPECT_TRUE(ask(R"({"ssin":"S1"})"));
  EXPECT_EQ(ask(R"({"ssin":"S9"})").error().code, ErrorCode::not_found);
  const auto refused = ask(R"({"immigrationOfficeNumber":"5123456"})");
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, ErrorCode::invalid_input);
  EXPECT_EQ(refused.error().issues.front().detail, exchange::identifies_nobody);
}

}  // namespace
}  // namespace ketenpoort::storage
