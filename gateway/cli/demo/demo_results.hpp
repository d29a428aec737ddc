// What the demo saw, and whether it is what must be seen.
#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "gateway/base/result.hpp"
#include "gateway/cli/demo/demo_gateway.hpp"
#include "gateway/cli/demo/demo_story.hpp"

namespace ketenpoort::cli {

// What a partner's simulator kept: a transfer, or in a folder of its own a recall.
struct ReceivedMessage {
  std::string partner;
  std::string transfer;  // its idempotency key; a recall's is its notification
  bool accepted = false;
  std::filesystem::path body;
};
enum class MessageSort : unsigned char { transfer, recall };
Result<std::vector<ReceivedMessage>> read_received(const SandboxFacts& facts, MessageSort sort = MessageSort::transfer);

// A consent taken back, and what the gateway answered.
struct DemoWithdrawal {
  DemoConsent consent;
  DemoTransfer before;  // the transfer it was about, as it stood
  std::vector<std::string> stopped;
  std::vector<std::string> to_notify;
};

struct LedgerCheck {
  bool holds = false;
  bool is_complete = false;  // it counts the transfers that the gateway lists, as they stand
  std::string text;          // what ketenpoort-verify said
};

struct DemoResults {
  DemoStory story;  // as everything stands at the end
  std::vector<ReceivedMessage> received;
  std::vector<ReceivedMessage> recalls;  // recipients told to stop, or to erase
  std::optional<DemoWithdrawal> withdrawn_waiting;
  std::optional<DemoWithdrawal> withdrawn_delivered;
  LedgerCheck ledger;
};

struct Expectation {
  std::string what;
  bool holds = false;
};
// The whole list, in the order of the story.
std::vector<Expectation> check_expectations(const DemoResults& results);

}  // namespace ketenpoort::cli
