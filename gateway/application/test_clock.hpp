// The clock of a test environment: offset so that it starts at a given moment and runs on, the same over restarts.
#pragma once

#include <filesystem>
#include <optional>

#include "gateway/base/result.hpp"
#include "gateway/base/time.hpp"

namespace ketenpoort {

// Without `now`: the real clock. The offset is kept in STATE/test-clock beside the `now` it was made for.
Result<Clock> open_clock(const std::filesystem::path& state, const std::optional<Timestamp>& now);

}  // namespace ketenpoort
