// How the commands about mappings say what they found.
#pragma once

#include <string>
#include <vector>

#include "gateway/cli/command.hpp"
#include "gateway/mapping/translate/mapping.hpp"

namespace ketenpoort::cli {

int report_wrong_use(const std::string& what);        // exit code 2
int report_refusal(const mapping::Refusal& refusal);  // exit code 1
void print_explanation(const std::vector<mapping::ExplainLine>& lines, bool json);

}  // namespace ketenpoort::cli
