#include "gateway/exchange/facilities/facilities.hpp"

#include <algorithm>

#include "gateway/ledger/history/history.hpp"

namespace ketenpoort::exchange {

std::vector<Route> Terms::routes(std::string_view recipient, std::string_view purpose) const {
  const Recipient* known = find_recipient(recipient);
  if (known != nullptr) {
    const auto it = known->routes.find(purpose);
    if (it != known->routes.end() && !it->second.empty()) return it->second;
  }
  const std::string_view message = recipient == "vdab"   ? "vdab-profile"
                                   : recipient == "agii" ? "agii-dossier"
                                                         : "municipality-profile";
  return {Route{std::string(message), {}, false}};
}

const MailboxPlan* Terms::mailbox_for(std::string_view recipient, std::string_view purpose,
                                      std::string_view message) const {
  const Recipient* known = find_recipient(recipient);
  if (known == nullptr) return nullptr;
  const auto routes = known->routes.find(purpose);
  if (routes == known->routes.end()) return nullptr;
  const auto route = std::ranges::find(routes->second, message, &Route::message);
  return route != routes->second.end() && route->is_fetched() ? &known->mailbox : nullptr;
}

Timestamp Facilities::now() const {
  const auto last = sequencer.read([](const ledger::History& history) { return history.last_time(); });
  return std::max(clock.now(), last);
}

}  // namespace ketenpoort::exchange
