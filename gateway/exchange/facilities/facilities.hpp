// What the use cases work with, wired once by the application.
#pragma once

#include <chrono>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "gateway/base/in_use.hpp"
#include "gateway/base/time.hpp"
#include "gateway/domain/partner_terms.hpp"
#include "gateway/domain/purpose.hpp"
#include "gateway/exchange/facilities/ids.hpp"
#include "gateway/exchange/facilities/kept_mappings.hpp"
#include "gateway/exchange/facilities/message_formats.hpp"
#include "gateway/exchange/facilities/pace.hpp"
#include "gateway/exchange/facilities/partner.hpp"
#include "gateway/exchange/facilities/pending.hpp"
#include "gateway/exchange/facilities/ports.hpp"
#include "gateway/exchange/facilities/recall_channel.hpp"
#include "gateway/exchange/facilities/recent_records.hpp"
#include "gateway/ledger/writer/sequencer.hpp"

namespace ketenpoort::exchange {

// One message that a purpose means for a recipient, and the mapping that makes it.
struct Route {
  std::string message;  // "vdab-profile"
  std::string mapping;  // "resident-to-vdab-profile"
  bool needs_ssin = false;
  std::string channel{};  // by name in Recipient::channels; empty: the recipient's own

  [[nodiscard]] bool is_fetched() const { return channel == mailbox_channel; }
};

// Of messages that their recipient fetches.
struct MailboxPlan {
  std::chrono::milliseconds lease{std::chrono::minutes{15}};
  std::chrono::milliseconds overdue_after{std::chrono::hours{48}};
};

struct RetryPlan {
  std::chrono::milliseconds first{std::chrono::seconds{5}};
  double factor = 2.0;
  std::chrono::milliseconds longest{std::chrono::minutes{15}};
  unsigned attempts = 150;  // then abandoned
};

struct Recipient {
  std::string id;                                                 // "vdab"
  std::map<std::string, std::vector<Route>, std::less<>> routes;  // by purpose
  std::vector<std::string> outcomes;                              // mappings that read what it reports back
  std::shared_ptr<Partner> partner;                               // null: not built, everything for it is refused
  std::map<std::string, std::shared_ptr<Partner>, std::less<>> channels;  // beside it, by name
  // Legal person -> message, or none for all that would go to the recipient's own address -> the channel that reaches
  // it.
  std::map<std::string, std::map<std::string, std::string, std::less<>>, std::less<>> body_channels;
  std::size_t concurrency = 4;
  unsigned failures_to_open = 5;  // in a row: then the circuit breaker holds attempts back
  RetryPlan retry;
  std::shared_ptr<Pace> pace{};  // of all calls to it; null: as they come
  MailboxPlan mailbox{};
  std::shared_ptr<RecallChannel> recalls;  // null: it is told when it asks (GET /notifications)

  // The channel by which a route's messages reach a legal person.
  [[nodiscard]] const std::string& channel_to(std::string_view body, const Route& route) const {
    const auto it = body_channels.find(body);
    if (it == body_channels.end()) return route.channel;
    auto channel = it->second.find(route.message);
    if (channel == it->second.end() && route.channel.empty()) channel = it->second.find("");
    return channel == it->second.end() ? route.channel : channel->second;
  }
  // Who takes the messages of a route's channel; null when nobody does.
  [[nodiscard]] Partner* find_partner(std::string_view channel) const {
    if (channel.empty()) return partner.get();
    const auto it = channels.find(channel);
    return it == channels.end() ? nullptr : it->second.get();
  }
  // Whether messages of a route's channel go anywhere.
  [[nodiscard]] bool takes(std::string_view channel) const {
    return channel == mailbox_channel || find_partner(channel) != nullptr;
  }
};

// A data category in the words of config/categories.yaml.
struct CategoryWords {
  std::map<std::string, std::string> labels;  // by language: nl, fr, de, en
  std::string dpv;                            // term of the Data Privacy Vocabulary: "pd:Identifying"
};

// Settings the use cases depend on.
struct Terms {
  std::string organisation;  // KBO number of the controller that runs the gateway
  bool allow_mock_ssin = false;
  std::chrono::days longest_hold{365};
  std::chrono::days proposal_life{7};  // what takes two persons waits so long for the second
  std::map<std::string, Recipient, std::less<>> recipients;
  std::vector<Notice> notices;
  std::map<Category, CategoryWords> categories;
  std::map<std::string, std::string, std::less<>> purpose_recipients;  // purpose -> the recipient it is served by
  std::map<std::string, std::string, std::less<>> activities;  // purpose -> id@version in the register (art. 30)

  [[nodiscard]] const Recipient* find_recipient(std::string_view id) const {
    const auto it = recipients.find(id);
    return it == recipients.end() ? nullptr : &it->second;
  }
  // The processing activity that serves a purpose; for a purpose nobody knows, any: receiving is part of each. Empty
  // when the register is.
  [[nodiscard]] std::string_view activity_for(std::string_view purpose) const {
    if (activities.empty()) return {};
    const auto it = activities.find(purpose);
    return it == activities.end() ? activities.begin()->second : it->second;
  }
  // The messages a referral means; one of the recipient's own kind when the pair is not configured, so that the refusal
  // has a name.
  [[nodiscard]] std::vector<Route> routes(std::string_view recipient, std::string_view purpose) const;
  // The plan of a message that its recipient fetches; null for one that is pushed.
  [[nodiscard]] const MailboxPlan* mailbox_for(std::string_view recipient, std::string_view purpose,
                                               std::string_view message) const;
};

struct Facilities {
  ledger::Sequencer& sequencer;
  const Vault& vault;
  FormatsInUse formats;
  KeptMappings kept_mappings;
  Clock clock;
  InUse<Terms> terms;
  Pending pending;  // what has been prepared and is not durable yet
  // When a transfer ended that the history has forgotten; nothing when that cannot be told now. May wait for a disk.
  std::function<std::optional<Timestamp>(const TransferId&)> ended_at{};
  // What such a transfer was, likewise.
  struct PastTransfer {
    SubjectRef subject{};
    std::string recipient, purpose, message;
  };
  std::function<std::optional<PastTransfer>(const TransferId&)> past_transfer{};
  RecentRecords recent{};    // what came moments ago, opened
  mutable ArrivalIds ids{};  // of what comes now

  // The moment as the log will date it: never before its last entry, should the machine's clock be set back. What is
  // decided on an earlier day than the log writes would be made again, and again.
  [[nodiscard]] Timestamp now() const;
};

// Who asked for something, for the ledger's actor and trace.
struct Caller {
  std::string client;
  std::string organisation;  // KBO number
  std::string role;          // "source-system", "consent-recorder"
  Uuid trace;

  [[nodiscard]] ledger::Actor actor() const { return {"system", organisation, role, {}}; }
  // For what a person decides, not a system that passes records on.
  [[nodiscard]] ledger::Actor person() const { return {"operator", organisation, role, {}}; }
};

}  // namespace ketenpoort::exchange
