// How the commands about mappings say what they found.
#pragma once

#include <string>
#include <vector>

#include "gateway/cli/command.hpp"
#include "gateway/mapping/translate/mapping.hpp"

namespace ketenpoort::cli {

// Exit code 1. `place`: the record's file, and the line of one among several.
int report_refusal(const mapping::Refusal& refusal, const std::string& place);
void print_explanation(const std::vector<mapping::ExplainLine>& lines, bool json);

}  // namespace ketenpoort::cli
