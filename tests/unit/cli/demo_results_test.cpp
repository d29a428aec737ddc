#include "gateway/cli/demo/demo_results.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <functional>

namespace ketenpoort::cli {
namespace {

DemoTransfer transfer(std::string id, std::string recipient, std::string state, std::string reason = {}) {
  DemoTransfer transfer;
  transfer.id = std::move(id);
  transfer.number = "F1";
  transfer.recipient = std::move(recipient);
  transfer.state = std::move(state);
  if (!reason.empty()) transfer.reasons.push_back(std::move(reason));
  return transfer;
}

// A demo in which everything is as it should be.
DemoResults good_results() {
  DemoResults results;
  auto document = formats::parse_json(R"({"procedure":{"lodgedOn":"2026-09-10"}})");
  results.story.residents.push_back({"F1", "Ek", {}, std::move(*document), {}});
  results.story.transfers = {transfer("v", "vdab", "acknowledged"),
                             transfer("a", "agii", "acknowledged"),
                             transfer("m", "municipality", "delivered"),
                             transfer("early", "vdab", "held", "too-early"),
                             transfer("card", "vdab", "held", "card-not-renewed"),
                             transfer("number", "agii", "held", "identifier-missing"),
                             transfer("stale", "vdab", "held", "procedure-stale"),
                             transfer("target", "vdab", "refused", "not-in-target-group"),
                             transfer("no", "vdab", "refused", "consent-refused"),
                             transfer("minor", "vdab", "refused", "minor"),
                             transfer("stopped", "vdab", "cancelled", "consent-withdrawn")};
  results.story.transfers[3].held_until = parse_date("2027-01-10");
  results.received = {{"vdab", "v", true, {}}, {"agii", "a", true, {}}, {"municipality", "m", true, {}}};
  results.recalls = {{"vdab", "notification", true, {}}};
  results.withdrawn_waiting = {{}, transfer("stopped", "vdab", "held", "too-early"), {"stopped"}, {}};
  results.withdrawn_delivered = {{}, transfer("v", "vdab", "acknowledged"), {}, {"vdab"}};
  results.withdrawn_delivered->consent.recipient = "vdab";
  results.ledger = {true, true, {}};
  return results;
}

std::vector<std::string> disappointments(const DemoResults& results) {
  std::vector<std::string> failed;
  for (const auto& expectation : check_expectations(results))
    if (!expectation.holds) failed.push_back(expectation.what);
  return failed;
}

TEST(Expectations, hold_when_everything_is_as_it_should_be) {
  EXPECT_EQ(disappointments(good_results()), std::vector<std::string>{});
}

TEST(Expectations, fail_when_any_one_kind_of_transfer_is_missing) {
  const auto count = good_results().story.transfers.size();
  for (std::size_t i = 0; i < count; ++i) {
    auto results = good_results();
    const auto missing = results.story.transfers[i].id;
    results.story.transfers.erase(results.story.transfers.begin() + static_cast<std::ptrdiff_t>(i));
    EXPECT_FALSE(disappointments(results).empty()) << missing;
  }
}

struct Spoilt {
  const char* expectation;
  std::function<void(DemoResults&)> spoil;
};

TEST(Expectations, name_what_is_not_so) {
  const std::vector<Spoilt> cases = {
      {"a transfer that is too early is held until the date the law gives",
       [](DemoResults& r) { r.story.transfers[3].held_until = parse_date("2027-01-11"); }},
      {"withdrawing a consent cancelled the transfer that waited for its day",
       [](DemoResults& r) { r.withdrawn_waiting->stopped.clear(); }},
      {"withdrawing a consent after delivery names the recipient to notify",
       [](DemoResults& r) { r.withdrawn_delivered->to_notify = {"agii"}; }},
      {"the recipient that has the data was told of the withdrawal",
       [](DemoResults& r) { r.recalls[0].partner = "agii"; }},
      {"the recipient that has the data was told of the withdrawal",
       [](DemoResults& r) { r.recalls[0].accepted = false; }},
      {"partners received nothing but what was allowed, and took it",
       [](DemoResults& r) {
         r.received.push_back({"vdab", "no", true, {}});
       }},
      {"partners received nothing but what was allowed, and took it",
       [](DemoResults& r) { r.received[0].accepted = false; }},
      {"everything that arrived was received exactly once",
       [](DemoResults& r) { r.received.push_back(r.received[0]); }},
      {"everything that arrived was received exactly once", [](DemoResults& r) { r.received.pop_back(); }},
      {"nothing is left on its way",
       [](DemoResults& r) { r.story.transfers.push_back(transfer("x", "vdab", "permitted")); }},
      {"the ledger verifies", [](DemoResults& r) { r.ledger.holds = false; }},
      {"the ledger tells of every transfer what the gateway tells",
       [](DemoResults& r) { r.ledger.is_complete = false; }},
  };
  for (const auto& [expectation, spoil] : cases) {
    auto results = good_results();
    spoil(results);
    const auto failed = disappointments(results);
    EXPECT_TRUE(std::ranges::find(failed, expectation) != failed.end()) << expectation;
  }
}

}  // namespace
}  // namespace ketenpoort::cli
