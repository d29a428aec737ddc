// What an operator sees of partners: who is paused, and what waits to be fetched.
#pragma once

#include <string>
#include <vector>
#include "gateway/exchange/delivery/dispatch.hpp"
#include "gateway/observability/metrics.hpp"

namespace ketenpoort {

struct PartnerFigures {
  std::vector<std::string> paused;       // recipients
  std::vector<std::string> unfetched;    // recipients whose mailbox is overdue
  exchange::Mailbox::Figures mailboxes;  // all together
};
PartnerFigures count_partners(const exchange::Facilities& facilities, exchange::Dispatcher& dispatcher);

void observe_partners(metrics::Registry& registry, const exchange::Facilities& facilities,
                      exchange::Dispatcher& dispatcher);

}  // namespace ketenpoort
