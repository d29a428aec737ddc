// The register of processing activities (GDPR art. 30(1)): what config/activities.yaml says, with the purposes,
// agreements and mappings that are in force according to the log, so that it cannot say something else than what runs.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "gateway/config/settings.hpp"
#include "gateway/exchange/facilities/facilities.hpp"
#include "gateway/ledger/history/history.hpp"

namespace ketenpoort::reporting {

struct RegisteredRecipient {
  std::string recipient;
  std::vector<Agreement> agreements;               // in force on the day, for the purpose
  std::vector<ledger::MappingActivated> mappings;  // that make its messages for the purpose

  [[nodiscard]] CategorySet sendable() const;  // by these mappings
};

struct RegisteredPurposeLine {
  Purpose purpose;
  RegisteredRecipient recipient;

  // What goes: a mapping makes it, the purpose allows it, an agreement covers it.
  [[nodiscard]] CategorySet categories() const;
};

struct ActivityLine {
  config::Activity activity;
  std::vector<RegisteredPurposeLine> purposes;
};

struct ActivityRegister {
  Date on{};
  std::vector<ActivityLine> activities;
  std::vector<config::RetentionRule> retention;
  CategorySet special;  // GDPR art. 9
};

ActivityRegister make_register(const ledger::History& history, const config::Configuration& configuration, Date on);

std::string register_as_json(const ActivityRegister& lines, const exchange::Terms& terms, const std::string& self);
std::string register_as_csv(const ActivityRegister& lines);
std::string register_as_jsonld(const ActivityRegister& lines, const exchange::Terms& terms, const std::string& self);

}  // namespace ketenpoort::reporting
