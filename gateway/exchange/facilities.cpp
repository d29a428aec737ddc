#include "gateway/exchange/facilities.hpp"

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

}  // namespace ketenpoort::exchange
