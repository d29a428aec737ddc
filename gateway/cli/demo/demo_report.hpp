// The demo's report, for the head of an IT department and a data protection officer who meet Ketenpoort for the first
// time. Everything said is derived from what was sent, what the gateway answered and what the partners received.
#pragma once

#include <span>
#include <string>

#include "gateway/cli/demo/demo_results.hpp"
#include "gateway/cli/terminal.hpp"

namespace ketenpoort::cli {

std::string title(const Terminal& terminal, std::string_view text);

// How many arrived, wait, were refused; who waits or was refused, and why.
std::string report_outcomes(const Terminal& terminal, const DemoStory& story);

// One record, and what VDAB's and AgII's simulators received of it. `received` as read_received gives it.
Result<std::string> report_translations(const Terminal& terminal, const DemoStory& story,
                                        const std::vector<ReceivedMessage>& received);

// Which fields of one arrived transfer stayed behind: `view` is the gateway's answer about it.
std::string report_left_out(const Terminal& terminal, const DemoStory& story, const DemoTransfer& transfer,
                            formats::JsonView view);

// What the gateway answers about one transfer that did not go, and what that means.
std::string report_decision(const Terminal& terminal, const DemoStory& story, const DemoTransfer& transfer,
                            formats::JsonView view);

std::string report_withdrawal(const Terminal& terminal, const DemoStory& story, const DemoWithdrawal& withdrawal);
std::string report_ledger(const Terminal& terminal, const LedgerCheck& check);
std::string report_expectations(const Terminal& terminal, std::span<const Expectation> expectations);

// Addresses, credentials and folders, with a call to try.
std::string report_places(const Terminal& terminal, const SandboxFacts& facts);

}  // namespace ketenpoort::cli
