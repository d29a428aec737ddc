#include "gateway/cli/demo/demo_results.hpp"

#include <algorithm>

#include "gateway/base/files.hpp"
#include "gateway/cli/demo/demo_words.hpp"

namespace ketenpoort::cli {
namespace {

namespace fs = std::filesystem;

// The shipped rule's waiting time (config/rules/labour-market-access.yaml), stated again so that an answer with another
// date is noticed.
constexpr int waiting_months = 4;

Result<ReceivedMessage> read_message(const std::string& partner, const fs::path& description) {
  const auto text = read_file(description);
  if (!text) return fail(text.error());
  const auto document = formats::parse_json(*text);
  if (!document) return fail(ErrorCode::malformed, description.string() + " is not a description of a message");
  const auto root = document->root();
  auto body = description;
  body.replace_extension(".body");
  return ReceivedMessage{partner, std::string(root.find("headers").find("idempotency-key").as_string().value_or("")),
                         root.find("verdict").as_string() == "ok", std::move(body)};
}

bool any(const DemoStory& story, auto condition) {
  return std::ranges::any_of(story.transfers, condition);
}

bool has_arrived_at(const DemoStory& story, std::string_view recipient) {
  return any(story, [&](const DemoTransfer& t) { return t.recipient == recipient && t.has_arrived(); });
}

bool stands(const DemoStory& story, std::string_view state, std::string_view reason) {
  return any(story, [&](const DemoTransfer& t) { return t.state == state && t.has_reason(reason); });
}

bool has_the_right_date(const DemoStory& story, const DemoTransfer& transfer) {
  const auto* resident = story.resident(transfer.number);
  const auto lodged = resident == nullptr ? std::nullopt : parse_date(resident->text("procedure", "lodgedOn"));
  return lodged && transfer.held_until == add_months(*lodged, waiting_months);
}

bool too_early_with_dates(const DemoStory& story) {
  const auto is_early = [](const DemoTransfer& t) { return t.state == "held" && t.has_reason("too-early"); };
  return any(story, is_early) && std::ranges::all_of(story.transfers, [&](const DemoTransfer& t) {
           return !is_early(t) || has_the_right_date(story, t);
         });
}

bool was_stopped(const DemoResults& results) {
  const auto& withdrawal = results.withdrawn_waiting;
  if (!withdrawal) return false;
  const auto* after = results.story.transfer(withdrawal->before.id);
  return std::ranges::find(withdrawal->stopped, withdrawal->before.id) != withdrawal->stopped.end() &&
         after != nullptr && after->state == "cancelled" && after->has_reason("consent-withdrawn");
}

bool must_be_told(const DemoResults& results) {
  const auto& withdrawal = results.withdrawn_delivered;
  return withdrawal &&
         std::ranges::find(withdrawal->to_notify, withdrawal->consent.recipient) != withdrawal->to_notify.end();
}

bool was_told(const DemoResults& results) {
  const auto& withdrawal = results.withdrawn_delivered;
  return withdrawal && std::ranges::any_of(results.recalls, [&](const ReceivedMessage& recall) {
           return recall.partner == withdrawal->consent.recipient && recall.accepted;
         });
}

bool all_received_were_allowed(const DemoResults& results) {
  return std::ranges::all_of(results.received, [&](const ReceivedMessage& message) {
    const auto* transfer = results.story.transfer(message.transfer);
    return message.accepted && transfer != nullptr && transfer->has_arrived() && transfer->recipient == message.partner;
  });
}

bool all_arrived_were_received_once(const DemoResults& results) {
  return std::ranges::all_of(results.story.transfers, [&](const DemoTransfer& transfer) {
    return std::ranges::count(results.received, transfer.id, &ReceivedMessage::transfer) ==
           (transfer.has_arrived() ? 1 : 0);
  });
}

}  // namespace

Result<std::vector<ReceivedMessage>> read_received(const SandboxFacts& facts, MessageSort sort) {
  std::vector<ReceivedMessage> messages;
  for (const auto& [partner, received] : facts.received) {
    const auto folder = sort == MessageSort::recall ? fs::path(received.string() + "-recalls") : received;
    std::error_code error;
    if (sort == MessageSort::recall && !fs::exists(folder, error)) continue;  // no recall came
    for (const auto& entry : fs::directory_iterator(folder, error)) {
      if (entry.path().extension() != ".json") continue;
      auto message = read_message(partner, entry.path());
      if (!message) return fail(std::move(message.error()));
      messages.push_back(std::move(*message));
    }
    if (error) return fail(io_error("cannot read", folder, error.value()));
  }
  return messages;
}

std::vector<Expectation> check_expectations(const DemoResults& results) {
  const auto& story = results.story;
  return {
      {"something arrived at VDAB", has_arrived_at(story, "vdab")},
      {"something arrived at AgII", has_arrived_at(story, "agii")},
      {"something arrived at the municipality", has_arrived_at(story, "municipality")},
      {"a transfer that is too early is held until the date the law gives", too_early_with_dates(story)},
      {"a transfer with a card that was not renewed is held", stands(story, "held", "card-not-renewed")},
      {"a transfer without the number it needs is held", stands(story, "held", "identifier-missing")},
      {"a transfer on facts that are too old is held", stands(story, "held", "procedure-stale")},
      {"a resident outside the target group is refused", stands(story, "refused", "not-in-target-group")},
      {"a resident who said no is refused", stands(story, "refused", "consent-refused")},
      {"a minor is refused where minors are not admitted", stands(story, "refused", "minor")},
      {"withdrawing a consent cancelled the transfer that waited for its day", was_stopped(results)},
      {"withdrawing a consent after delivery names the recipient to notify", must_be_told(results)},
      {"the recipient that has the data was told of the withdrawal", was_told(results)},
      {"partners received nothing but what was allowed, and took it", all_received_were_allowed(results)},
      {"everything that arrived was received exactly once", all_arrived_were_received_once(results)},
      {"nothing is left on its way", !any(story, [](const DemoTransfer& t) { return t.is_on_its_way(); })},
      {"the ledger verifies", results.ledger.holds},
      {"the ledger tells of every transfer what the gateway tells", results.ledger.is_complete},
  };
}

}  // namespace ketenpoort::cli
