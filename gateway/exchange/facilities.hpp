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

#include "gateway/base/time.hpp"
#include "gateway/domain/purpose.hpp"
#include "gateway/exchange/ids.hpp"
#include "gateway/exchange/kept_mappings.hpp"
#include "gateway/exchange/message_formats.hpp"
#include "gateway/exchange/partner.hpp"
#include "gateway/exchange/pending.hpp"
#include "gateway/exchange/ports.hpp"
#include "gateway/exchange/recall_channel.hpp"
#include "gateway/exchange/recent_records.hpp"
#include "gateway/ledger/sequencer.hpp"

namespace ketenpoort::exchange {

// One message that a purpose means for a recipient, and the mapping that makes it.
struct Route {
  std::string message;  // "vdab-profile"
  std::string mapping;  // "resident-to-vdab-profile"
  bool needs_ssin = false;
  std::string channel{};  // by name in Recipient::channels; empty: the recipient's own
};

struct RetryPlan {
  std::chrono::milliseconds first{std::chrono::seconds{5}};
  double factor = 2.0;
  std::chrono::milliseconds longest{std::chrono::minutes{15}};
  unsigned attempts = 12;  // then abandoned
};

struct Recipient {
  std::string id;                                                 // "vdab"
  std::map<std::string, std::vector<Route>, std::less<>> routes;  // by purpose
  std::vector<std::string> outcomes;                              // mappings that read what it reports back
  std::shared_ptr<Partner> partner;                               // null: not built, everything for it is refused
  std::map<std::string, std::shared_ptr<Partner>, std::less<>> channels;  // beside it, by name
  std::size_t concurrency = 4;
  unsigned failures_to_open = 5;  // in a row: then the circuit breaker holds attempts back
  RetryPlan retry;
  std::shared_ptr<RecallChannel> recalls;  // null: it is told when it asks (GET /notifications)

  // Who takes the messages of a route's channel; null when nobody does.
  [[nodiscard]] Partner* find_partner(std::string_view channel) const {
    if (channel.empty()) return partner.get();
    const auto it = channels.find(channel);
    return it == channels.end() ? nullptr : it->second.get();
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
};

struct Facilities {
  ledger::Sequencer& sequencer;
  const Vault& vault;
  FormatsInUse formats;
  KeptMappings kept_mappings;
  Clock clock;
  Terms terms;
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
