// What a decision uses of a resident record, and nothing else: no name, no number, no contact. These facts are sealed
// in the ledger entry of the decision, so that a verifier with the keys can take it again.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "gateway/base/result.hpp"
#include "gateway/base/time.hpp"
#include "gateway/domain/script.hpp"
#include "gateway/formats/json.hpp"

namespace ketenpoort::policy {

// Where no rule says otherwise, facts are acted on for so many days.
constexpr int default_facts_max_age_days = 7;

// Why a stay ended: it goes on in another centre.
constexpr std::string_view ended_by_move = "MOVED";

// A residence document. A missing date leaves that end open (an annex 26 has no end).
struct Document {
  std::string type;  // AI_MODEL_A, CARD_A, ...
  std::optional<Date> valid_from;
  std::optional<Date> valid_until;  // the last day
  std::string labour_market;        // UNLIMITED, LIMITED, NO; empty when the document does not say

  [[nodiscard]] bool is_valid_on(Date day) const {
    return (!valid_from || *valid_from <= day) && (!valid_until || day <= *valid_until);
  }
};

struct Representative {
  std::string kind;  // VOOGD, OUDER, BEWINDVOERDER
  std::optional<Date> valid_from;
  std::optional<Date> valid_until;  // the last day
};

// Codes are those of the resident record.
struct Facts {
  std::string centre;               // source.centre.code
  std::string centre_municipality;  // NIS code; empty when unknown
  std::string region;               // VLA, BRU, WAL; empty when unknown
  bool has_ssin = false;

  std::optional<IncompleteDate> birth;
  bool age_assessment_pending = false;
  std::optional<Representative> representative;

  std::optional<Date> stay_until;
  std::string stay_end_reason;  // empty while the stay lasts

  Date as_of{};  // when the procedure was last checked
  std::string profile;
  std::string track;  // empty counts as ORDINARY
  std::string status;
  std::optional<Date> lodged_on;
  std::optional<Date> status_granted_on;
  std::optional<Date> refusal_notified_on;  // CGRS decision with outcome REFUSED
  std::vector<Document> documents;

  std::string handover_municipality;  // NIS code the resident chose; empty for none

  // ISO 639-3, that the resident is spoken with in: the preferred one first, then those a screening calls so.
  std::vector<std::string> languages{};

  std::optional<Literacy> literacy;  // nothing while no screening looked at it

  // The first day on which the stay is over, where it has one: the day it ended on. Who moved stays with another
  // centre, which says so itself; when it has not for as long as facts are acted on, nobody answers for that stay any
  // more.
  [[nodiscard]] std::optional<Date> first_day_without_stay() const {
    if (!stay_until || stay_end_reason != ended_by_move) return stay_until;
    return add_days(*stay_until, default_facts_max_age_days + 1);
  }
  [[nodiscard]] bool stay_ended(Date on) const {
    if (const auto first = first_day_without_stay()) return *first <= on;
    return !stay_end_reason.empty() && stay_end_reason != ended_by_move;
  }
  // Whoever may still be under eighteen counts as a minor: an incomplete date means the latest day it may be, an
  // unknown one any day, and an age assessment under way has the benefit of the doubt (programme law of 24 December
  // 2002, art. 7).
  [[nodiscard]] bool is_minor(Date on) const;
};

// From a resident record that passed its schema. ErrorCode::schema_violation with the path where a fact that decisions
// need is missing or no date; the record's values are never repeated.
Result<Facts> read_facts(formats::JsonView record);

// RFC 8785 canonical JSON and back: decode(encode(f)) says what f says.
std::string encode(const Facts& facts);
Result<Facts> decode_facts(std::string_view canonical);

}  // namespace ketenpoort::policy
