// Clients that could call, and would find nothing.
#pragma once

#include <vector>

#include "gateway/base/result.hpp"
#include "gateway/config/settings.hpp"

namespace ketenpoort::cli {

// Partners' clients for a recipient that no partner's file has. Not always a mistake: one whose file was taken away may
// still have to say what it did with data it has.
std::vector<Issue> find_clients_without_partner(const config::Configuration& configuration);

}  // namespace ketenpoort::cli
