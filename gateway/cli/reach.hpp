// Whether those that the gateway calls can be reached from here, with the certificates and keys that the configuration
// names: asked before the first message, and when one does not arrive.
#pragma once

#include <string>
#include <vector>

#include "gateway/config/settings.hpp"

namespace ketenpoort::cli {

struct Reached {
  std::string where;  // "partner vdab, channel profile", "client fedasil, webhook"
  std::string url;    // asked without its path
  bool ok = false;
  std::string detail;  // what answered, or why nothing did and what to look at
};

// One after the other: addresses of partners, authorization servers (a token is asked for, and dropped), who gives the
// keys of tokens, who confirms the ledger, webhooks. Of an address only GET / is asked, which hands nothing over;
// whatever status answers, it was reached.
std::vector<Reached> reach_all(const config::Configuration& configuration);

}  // namespace ketenpoort::cli
