// What a schema cannot say about a resident record: check digits, dates in order, one referral per recipient and
// purpose.
#pragma once

#include <string>
#include <vector>

#include "gateway/base/result.hpp"
#include "gateway/base/time.hpp"
#include "gateway/formats/json.hpp"

namespace ketenpoort::exchange {

// A data oddity that does not make a message wrong.
struct RecordFinding {
  std::string code;   // "birth-date-unlike-ssin", "name-will-be-cut"
  std::string field;  // path into the record
  std::string detail;
};

struct RecordCheck {
  std::vector<Issue> issues;  // the record is refused
  std::vector<RecordFinding> findings;
};

// For a record that passed its schema.
RecordCheck check_record(formats::JsonView record, bool allow_mock_ssin, Date today);

}  // namespace ketenpoort::exchange
