// A receipt of one consent: what the data subject agreed to or refused, and what became of it since. It names no
// person: the subject is its random reference, and what identifies interpreters, guardians or whoever recorded it stays
// sealed.
#pragma once

#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "gateway/audit/rows.hpp"
#include "gateway/domain/purpose.hpp"
#include "gateway/domain/texts.hpp"
#include "gateway/exchange/facilities/facilities.hpp"
#include "gateway/ledger/entry/bodies.hpp"

namespace ketenpoort::api {

// What the log says of one consent, and the ground it stands on today.
struct Receipt {
  struct Stated {
    ledger::ConsentStatement statement;
    Timestamp at{};
    bool given = false;
  };
  struct Withdrawn {
    CategorySet categories;
    Timestamp at{};
  };
  struct Body {
    std::string number;  // KBO
    std::string name;    // empty: no agreement says
    bool operator==(const Body&) const = default;
  };

  audit::ConsentRow row;
  Stated stated;
  std::vector<Withdrawn> withdrawals;
  std::optional<Purpose> purpose;
  std::vector<Agreement> agreements;

  // Whom it may go to: the bodies that the agreements name. Which one depends on where the resident stays.
  [[nodiscard]] std::vector<Body> bodies() const;
};

// GIVEN, REFUSED, WITHDRAWN, EXPIRED or SUPERSEDED, on a day.
std::string_view state_of(const audit::ConsentRow& consent, Date today);

// JSON-LD after ISO/IEC TS 27560, in terms of the Data Privacy Vocabulary 2.3.
std::string render_json_ld(const exchange::Terms& terms, const Receipt& receipt, const std::string& base, Date today);

// A page that stands alone: no script, no picture, nothing fetched. `asked` is the language it should have been in
// (ISO 639-3 or BCP 47) where there are no words in it; the page says so.
struct Page {
  std::string html;
  std::string security_policy;  // Content-Security-Policy: allows the page's own style and nothing else
};
Page render_page(const LanguageTexts& words, std::string_view asked, const exchange::Terms& terms,
                 const Receipt& receipt, Date today);

}  // namespace ketenpoort::api
