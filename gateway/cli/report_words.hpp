// The reports for supervisors in words of the gateway's four languages: headings, and codes of the ledger in their
// columns. Files for programs (CSV, JSON) keep names and codes.
#pragma once

#include <string>
#include <string_view>

#include "gateway/cli/report_rows.hpp"
#include "gateway/reporting/language.hpp"

namespace ketenpoort::cli {

// The heading of a column, or the key itself where it has no words.
std::string_view heading_of(std::string_view key, reporting::Language language);

Rows in_words(Rows rows, reporting::Language language);

// What the text of an access report says beside its data.
enum class SubjectWord : unsigned char {
  subject,
  recipients,
  transfers,
  consents,
  notifications,
  requests,
  perhaps,
  withdrawn,
  by,
  values,
  no_values,
  given,
  refused,
  count
};
std::string_view say(SubjectWord word, reporting::Language language);

}  // namespace ketenpoort::cli
