// What the operating system says of this process, under the names that Prometheus' own clients use.
#pragma once

#include <chrono>

#include "gateway/observability/metrics.hpp"

namespace ketenpoort::metrics {

// process_resident_memory_bytes, process_open_fds, process_max_fds, process_start_time_seconds, as they were so long
// ago at most: counting files takes longer than all else that is rendered. What the system does not tell is left out.
void observe_process(Registry& registry, std::chrono::milliseconds age = std::chrono::seconds{1});

}  // namespace ketenpoort::metrics
