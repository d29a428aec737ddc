// Purposes and the ground under them, as policy files state them and the ledger repeats them.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "gateway/base/time.hpp"
#include "gateway/domain/category.hpp"

namespace ketenpoort {

// One purpose with its category table (required, optional; never = in neither set).
struct Purpose {
  std::string id;            // "work-guidance"
  std::string recipient;     // "vdab"
  std::string basis_sender;  // "GDPR art. 6(1)(e); ..."
  std::string basis_recipient;
  bool consent_required = true;
  bool minors_allowed = false;
  CategorySet required;
  CategorySet optional;
  std::string rule;  // id of the dated rule that must hold on the day (config/rules), empty for none
  Date valid_from{};
  std::optional<Date> valid_until{};

  [[nodiscard]] CategorySet allowed() const { return required | optional; }
};

// The ground between two parties (GDPR art. 6(3); Belgian law of 30 July 2018 art. 20; Flemish e-government decree art. 8).
struct Agreement {
  std::string id;
  std::string type;            // art20-protocol, art8-protocol, isc-deliberation, rr-authorisation, art26, art28, law
  std::string direction;       // "out" (Fedasil to the recipient) or "back"
  std::string controller;      // KBO number of the sender
  std::string recipient;       // the id records use: "vdab"
  std::string recipient_body;  // KBO number of the legal person the recipient id resolves to
  std::vector<std::string> purposes;
  CategorySet categories;
  std::vector<std::string> centres;  // codes; empty: every centre of the controller
  std::vector<std::string> regions;  // VLA, BRU, WAL: where the recipient is competent
  Date valid_from{};
  std::optional<Date> valid_until{};
  bool sample = false;  // shipped as an example; never signed by anyone
};

// A dated rule of law, as data: which algorithm, with which figures, in force when.
struct Rule {
  std::string id;         // "labour-market-access"
  std::string version;    // "1.0.0"
  std::string algorithm;  // labour-market-access | civic-integration-target-group | status-granted
  int waiting_months = 0;
  std::vector<std::string> statuses;  // procedure statuses that give access by themselves
  std::vector<std::string> documents; // document types that count
  int facts_max_age_days = 7;
  std::string source;  // the article of law it states
  Date valid_from{};
  std::optional<Date> valid_until{};
};

}  // namespace ketenpoort
