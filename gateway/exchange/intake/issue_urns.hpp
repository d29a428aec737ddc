// What names the problems of rows: Belgif's where it has one, ours elsewhere.
#pragma once

#include <string_view>

namespace ketenpoort::exchange {

constexpr std::string_view belgif_issue_urn = "urn:problem-type:belgif:input-validation:";
constexpr std::string_view own_issue_urn = "urn:problem-type:ketenpoort:";

}  // namespace ketenpoort::exchange
