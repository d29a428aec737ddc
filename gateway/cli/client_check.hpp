// Partners' clients that would find nothing, or more than is theirs.
#pragma once

#include <vector>

#include "gateway/base/result.hpp"
#include "gateway/config/settings.hpp"

namespace ketenpoort::cli {

// Partners' clients for a recipient that no partner's file has. Not always a mistake: one whose file was taken away may
// still have to say what it did with data it has.
std::vector<Issue> find_clients_without_partner(const config::Configuration& configuration);

// Clients of different organisations for one recipient: each reads all that goes there, whatever body it is for.
std::vector<Issue> find_shared_recipients(const config::Configuration& configuration);

}  // namespace ketenpoort::cli
