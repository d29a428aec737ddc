// The files that TLS and tokens need, found wrong before the gateway starts or reloads.
#pragma once

#include <chrono>
#include <vector>

#include "gateway/base/result.hpp"
#include "gateway/config/settings.hpp"

namespace ketenpoort::cli {

// Certificates that are none or have another key, authorities, revocation lists, token keys.
std::vector<Issue> find_bad_files(const config::Configuration& configuration);

// Certificates of ours that have run out by `now`, or do within a month. They are no reason not to start.
std::vector<Issue> find_ending_certificates(const config::Configuration& configuration, std::chrono::sys_seconds now);

}  // namespace ketenpoort::cli
