// What must hold before mappings may take the place of others, beyond what loading them checks: their examples, and
// that what runs can go on with them.
#pragma once

#include <filesystem>
#include <vector>

#include "gateway/exchange/facilities/facilities.hpp"

namespace ketenpoort::exchange {

// Every reason why `next`, read from `folder`, may not take the place of `running`: where = "file:line:column". Runs
// every example, which takes a moment.
std::vector<Issue> find_faults(const MessageFormats& next, const MessageFormats& running, const Terms& terms,
                               const std::filesystem::path& folder, Date today);

}  // namespace ketenpoort::exchange
