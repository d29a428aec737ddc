// The shipped policy in a log of its own, and decisions in the words of the expectations.
#pragma once

#include <fmt/format.h>
#include <fmt/ranges.h>
#include <gtest/gtest.h>

#include <map>
#include <string>
#include <vector>

#include "gateway/config/load.hpp"
#include "gateway/ledger/history/history.hpp"
#include "gateway/policy/decide.hpp"
#include "tests/support/log_story.hpp"
#include "tests/support/shipped_configuration.hpp"

namespace ketenpoort::policy::test {

inline const config::Configuration& shipped() {
  static const auto configuration = [] {
    const ketenpoort::test::ShippedConfiguration files;
    auto loaded = config::load(files.gateway_yaml());
    EXPECT_TRUE(loaded) << loaded.error().issues.front().where << " " << loaded.error().issues.front().detail;
    return std::move(*loaded);
  }();
  return configuration;
}

// A log in which the shipped policy is registered and one subject consented to everything every purpose allows, until a
// day, alone or through a representative.
inline ledger::History history_of(const SubjectRef& subject, bool by_representative, Date until) {
  ledger::test::Log log;
  log.add(ledger::LedgerOpened{"example.org/log", "ketenpoort 0.1.0",
                               "example.org/log+5e2cef00+AepKbGPinFIKvvVQexMuxfmVR3auvr57kkIe6mkURtIs"});
  for (const auto& [rule, text] : shipped().rules) log.add(ledger::RuleRegistered{rule, text});
  for (const auto& purpose : shipped().purposes) log.add(ledger::PurposeRegistered{purpose});
  for (const auto& stated : shipped().agreements)
    log.add(ledger::AgreementRegistered{stated.agreement, {stated.sha256, stated.signer}});
  std::uint64_t number = 1;
  for (const auto& purpose : shipped().purposes) {
    ledger::ConsentGiven consent;
    consent.consent = ledger::test::numbered_id(++number);
    consent.conversation = ledger::test::numbered_id(1);
    consent.purpose = purpose.id;
    consent.recipient = purpose.recipient;
    consent.categories = purpose.allowed();
    consent.notice = {"chain-cooperation", "1.0", "ara", {}};
    consent.explained = {"HEARD", "PHONE", "SOCIAL"};
    consent.expressed = {"PAPER", add_days(until, -60)};
    consent.valid_until = until;
    if (by_representative) consent.representative = Digest{};
    ledger::EntryDraft draft;
    draft.kind = std::string(ledger::ConsentGiven::kind);
    draft.subject = subject;
    draft.body = ledger::encode_body(consent);
    // Given within the twelve months before its last day.
    const auto said = start_of_day_in_brussels(add_days(until, -60));
    log.add(std::move(draft), std::max(said - log.lines.back().time, std::chrono::milliseconds{5}));
  }
  ledger::History history;
  const auto replayed = log.replay(history);
  EXPECT_TRUE(replayed) << replayed.error().message;
  return history;
}

// "held too-early procedure-stale until 2026-12-16", in the words of the expectations.
inline std::string describe(std::string_view state, const std::vector<std::string>& reasons, std::string_view until) {
  return fmt::format("{} {}{}{}", state, fmt::join(reasons, " "), until.empty() ? "" : " until ", until);
}

inline std::string describe(const Decision& decision) {
  static const std::map<Decision::Outcome, std::string_view> states{{Decision::Outcome::permit, "free"},
                                                                    {Decision::Outcome::hold, "held"},
                                                                    {Decision::Outcome::refuse, "refused"},
                                                                    {Decision::Outcome::cancel, "cancelled"}};
  std::vector<std::string> reasons;
  for (const auto reason : decision.reasons) reasons.emplace_back(to_text(reason));
  return describe(states.at(decision.outcome), reasons, decision.held_until ? to_iso(*decision.held_until) : "");
}

}  // namespace ketenpoort::policy::test
