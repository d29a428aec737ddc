// Answers of the audit calls as rows, for tables on a terminal and for CSV.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "gateway/formats/json.hpp"
#include "gateway/reporting/language.hpp"

namespace ketenpoort::cli {

struct Rows {
  std::vector<std::string> header;
  std::vector<std::vector<std::string>> lines;
};

// With a language the data categories are in its words.
Rows recipient_rows(formats::JsonView answer, std::optional<reporting::Language> language = {});
Rows register_rows(formats::JsonView answer, std::optional<reporting::Language> language = {});
Rows figure_rows(formats::JsonView answer);
Rows refusal_rows(formats::JsonView items);
// Of an access report: each sending of each transfer, or the transfer alone where nothing was sent.
Rows sending_rows(formats::JsonView report);

std::string print_table(const Rows& rows);   // columns side by side
std::string print_blocks(const Rows& rows);  // one line for each value: for rows that are wide
std::string print_csv(const Rows& rows);

// The access report in a page of text: who received what, what did not go and why.
std::string print_subject(formats::JsonView report, reporting::Language language = reporting::Language::en);

}  // namespace ketenpoort::cli
