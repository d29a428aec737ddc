// Use case: the configuration changes while the gateway runs. Looked at on the log as it is, written down as activated,
// and swapped in whole between two entries: what was decided by the terms before is not written down after it, but
// decided again.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "gateway/exchange/facilities/facilities.hpp"
#include "gateway/exchange/terms/activate.hpp"

namespace ketenpoort::exchange {

struct NextTerms {
  std::shared_ptr<const Terms> terms;
  std::shared_ptr<const MessageFormats> formats;
  PolicySet policy;
  // Recipients that are still to be told of withdrawals and the like by a call, and of how many.
  std::map<std::string, std::size_t> untold{};
};

// What would have nowhere to go by the next terms, though it has by those that run: messages that wait or are under
// way, and notices. An issue for each recipient and message.
std::vector<Issue> find_stranded(const ledger::History& history, const Terms& running, const NextTerms& next);

// ErrorCode::config: something would be stranded, and nothing has changed. `on_swapped` runs between two entries: it
// must be quick and read nothing of the log. Blocks until the swap is done.
Status change_terms(Facilities& facilities, const NextTerms& next, const std::function<void()>& on_swapped);

}  // namespace ketenpoort::exchange
