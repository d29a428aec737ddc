// Purposes and the ground under them, as policy files state them and the ledger repeats them.
#pragma once

#include <algorithm>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "gateway/base/digest.hpp"
#include "gateway/base/time.hpp"
#include "gateway/domain/category.hpp"

namespace ketenpoort {

// A legal person behind a recipient, and where it acts.
struct RecipientBody {
  std::string body;                         // KBO number
  std::vector<std::string> regions;         // VLA, BRU, WAL
  std::vector<std::string> municipalities;  // NIS codes; empty: all of its regions, but for those another body names
  // ISO 639-3; of who is spoken with in one of these, before a body of the same place that names none. Empty: of all.
  std::vector<std::string> languages{};
  bool operator==(const RecipientBody&) const = default;
};

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
  std::optional<Date> valid_until{};  // the last day
  // The legal persons the recipient resolves to, by place; empty: whichever an agreement names.
  std::vector<RecipientBody> bodies{};

  [[nodiscard]] CategorySet allowed() const { return required | optional; }
};

// A party to an agreement. Bodies and offices only: never a person's name.
struct Party {
  std::string body;  // KBO number
  std::string dpo;   // contact of its data protection officer as an office: "dpo@example.be"
  std::string name;  // of the legal person
  std::string role;  // controller, joint-controller, processor, recipient
  bool operator==(const Party&) const = default;
};

// What a party's data protection officer said of an agreement (law of 30 July 2018 art. 20 section 2; decree of 18 July
// 2008 art. 8).
struct Advice {
  std::string party;    // KBO number of the party whose officer it is
  std::string outcome;  // positive, positive-with-remarks, negative
  Date date{};
  Digest sha256{};  // of the advice
  bool operator==(const Advice&) const = default;
};

// The ground between two parties (GDPR art. 6(3); Belgian law of 30 July 2018 art. 20; Flemish e-government decree art.
// 8). The texts are what those articles ask a protocol to state.
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
  std::vector<std::string>
      municipalities;  // NIS codes; empty: all of its regions. One that names a municipality goes first there
  Date valid_from{};
  std::optional<Date> valid_until{};  // the last day
  bool sample = false;                // shipped as an example; never signed by anyone

  std::vector<Party> parties;
  std::string basis;                    // legal basis of the passing on
  std::vector<std::string> recipients;  // categories of recipients inside and behind the receiving party
  std::string format;                   // of the data
  std::string channel;                  // how they are communicated
  std::string periodicity;
  std::vector<std::string> measures;  // proportionality, protection by design and by default, security
  std::string rights;                 // how data subjects exercise their rights, and legal limits to them
  std::string retention;              // how long the receiving party keeps the data
  std::string sanctions;              // when the agreement is not kept to
  std::string publication_url;
  Digest document{};  // SHA-256 of the agreement itself
  std::vector<Advice> advices;
};

// A dated rule of law, as data: which algorithm, with which figures, in force when. policy/legal_dates.hpp states the
// algorithms.
struct Rule {
  std::string id;                     // "labour-market-access"
  std::string version;                // "1.0.0"
  std::string algorithm;              // labour-market-access | civic-integration-target-group | status-granted
  std::optional<int> waiting_months;  // after the application was lodged; absent: time alone never gives access
  std::vector<std::string> statuses;  // procedure statuses that give access by themselves
  std::vector<std::string> excluded_statuses;  // ... and that never do, whatever the time
  std::vector<std::string> excluded_tracks;    // procedure tracks to which time gives nothing
  std::vector<std::string> documents;          // document types of which one must be valid on the day
  int facts_max_age_days = 7;
  std::string source;  // the article of law it states
  Date valid_from{};
  std::optional<Date> valid_until{};  // the last day
};

// What a resident was told before being asked; a consent names it.
struct Notice {
  std::string id;                                                  // "chain-cooperation"
  std::string version;                                             // "1.0"
  bool any_language = false;                                       // every ISO 639-3 language is accepted
  std::vector<std::string> languages;                              // ISO 639-3, unless any_language
  std::string sha256;                                              // lower-case hex of the text
  std::map<std::string, std::string, std::less<>> translations{};  // the same of its text in a language

  // Of what was shown, or put into words by an interpreter.
  [[nodiscard]] const std::string& sha256_in(std::string_view language) const {
    const auto it = translations.find(language);
    return it == translations.end() ? sha256 : it->second;
  }

  [[nodiscard]] bool speaks(std::string_view language) const {
    if (!any_language) return std::find(languages.begin(), languages.end(), language) != languages.end();
    return language.size() == 3 &&
           std::all_of(language.begin(), language.end(), [](char c) { return c >= 'a' && c <= 'z'; });
  }
};

}  // namespace ketenpoort
