// The demo's people: what is sent about them and what the gateway says becomes of it. All are made up (config/demo).
#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "gateway/base/result.hpp"
#include "gateway/base/time.hpp"
#include "gateway/cli/demo/demo_gateway.hpp"
#include "gateway/formats/json.hpp"

namespace ketenpoort::cli {

struct DemoResident {
  std::string number;  // Fedasil's
  std::string name;
  std::string body;                // the record as it is sent
  formats::JsonDocument document;  // the same, read
  std::string record;              // the gateway's id of it

  [[nodiscard]] std::string_view text(std::string_view object, std::string_view key) const;  // "procedure", "lodgedOn"
};

// One conversation about consent, which may hold several decisions.
struct DemoConversation {
  std::string number;
  std::string body;
};

struct DemoConsent {
  std::string id;
  std::string number;  // whose
  std::string purpose;
  std::string recipient;
  bool given = false;
  std::vector<std::string> categories;
};

struct DemoTransfer {
  std::string id;
  std::string number;  // about whom
  std::string recipient;
  std::string message;
  std::string purpose;
  std::string state;
  std::vector<std::string> reasons;
  std::optional<Date> held_until;

  [[nodiscard]] bool has_reason(std::string_view reason) const;
  [[nodiscard]] bool has_arrived() const;    // delivered or acknowledged
  [[nodiscard]] bool is_on_its_way() const;  // neither arrived nor waiting nor ended
};

struct DemoStory {
  std::vector<DemoConversation> conversations;
  std::vector<DemoResident> residents;
  std::vector<DemoConsent> consents;
  std::vector<DemoTransfer> transfers;

  [[nodiscard]] const DemoResident* resident(std::string_view number) const;
  [[nodiscard]] const DemoConsent* consent_for(const DemoTransfer& transfer) const;
  [[nodiscard]] const DemoTransfer* transfer(std::string_view id) const;
};

// Reads consents.ndjson and residents.ndjson.
Result<DemoStory> read_story(const std::filesystem::path& folder);

Status send_conversation(DemoGateway& gateway, DemoStory& story, const DemoConversation& conversation);
Status send_record(DemoGateway& gateway, DemoResident& resident);
// Asks how every transfer stands.
Status refresh(DemoGateway& gateway, DemoStory& story);

}  // namespace ketenpoort::cli
