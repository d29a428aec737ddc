// Belgian identifiers. Rules: Crossroads Bank for Social Security (SSIN), Crossroads Bank for Enterprises (KBO).
#pragma once

#include <optional>
#include <string_view>

#include "gateway/base/time.hpp"

namespace ketenpoort {

enum class SsinKind {
  national_register,
  bis,
  mock
};  // mock: month + 60, used by test systems so that no test number is a person

enum class SsinFault { not_eleven_digits, wrong_check_digits, impossible_date, mock_not_allowed };

struct Ssin {
  SsinKind kind = SsinKind::national_register;
  IncompleteDate birth;  // as far as the number tells
};

// 11 digits YYMMDD SSS CC; CC = 97 - (first nine digits mod 97), with a 2 before the nine digits for births from 2000
// on. Month + 20 or + 40 marks a BIS number; + 60 a mock number, accepted only where `allow_mock` (test environments).
struct SsinCheck {
  std::optional<Ssin> ssin;
  std::optional<SsinFault> fault;
};
SsinCheck check_ssin(std::string_view text, bool allow_mock, Date today);
std::string_view to_text(SsinFault fault);  // a sentence without the number

// Whether one stands in a text, "91.63.14-002.87" as people write it too: digits with single separators between them.
// The day only decides which century a number may be of: a late one recognises most.
bool holds_ssin(std::string_view text, Date today);

// 10 digits, the last two 97 - (first eight mod 97).
bool is_kbo_number(std::string_view text);

}  // namespace ketenpoort
