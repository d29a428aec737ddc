#include "gateway/application/partner_figures.hpp"

#include <algorithm>

#include "gateway/ledger/history/history.hpp"

namespace ketenpoort {
namespace {

bool fetches(const exchange::Recipient& recipient) {
  return std::ranges::any_of(recipient.routes, [](const auto& of_purpose) {
    return std::ranges::any_of(of_purpose.second, &exchange::Route::is_fetched);
  });
}

bool is_paused(const exchange::Facilities& facilities, std::string_view recipient) {
  return facilities.sequencer.read([&](const ledger::History& history) { return history.is_paused(recipient); });
}

void show_partner(metrics::Registry& registry, const exchange::Facilities& facilities, exchange::Dispatcher& dispatcher,
                  const exchange::Recipient& recipient, const metrics::ConfiguredName& name) {
  const metrics::Tags tags{{"recipient", name}};
  const auto show = [&](log::Label gauge, log::Label help, auto value) {
    registry.show(gauge, help, tags, static_cast<std::int64_t>(value));
  };
  show("ketenpoort_partner_paused", "1 while messages to this recipient are paused",
       is_paused(facilities, recipient.id) ? 1 : 0);
  if (!fetches(recipient)) return;
  const auto figures = dispatcher.mailbox_figures(recipient.id);
  show("ketenpoort_mailbox_waiting", "Messages that this recipient could fetch", figures.waiting);
  show("ketenpoort_mailbox_leased", "Messages that this recipient fetched and has not acknowledged", figures.leased);
  show("ketenpoort_mailbox_overdue", "Messages that wait for this recipient for longer than overdueAfter",
       figures.overdue);
}

}  // namespace

PartnerFigures count_partners(const exchange::Facilities& facilities, exchange::Dispatcher& dispatcher) {
  PartnerFigures out;
  const auto terms = facilities.terms.get();
  for (const auto& [id, recipient] : terms->recipients) {
    if (is_paused(facilities, id)) out.paused.push_back(id);
    if (!fetches(recipient)) continue;
    const auto figures = dispatcher.mailbox_figures(id);
    out.mailboxes.waiting += figures.waiting;
    out.mailboxes.leased += figures.leased;
    out.mailboxes.overdue += figures.overdue;
    if (figures.overdue > 0) out.unfetched.push_back(id);
  }
  return out;
}

void observe_partners(metrics::Registry& registry, const exchange::Facilities& facilities,
                      exchange::Dispatcher& dispatcher) {
  registry.before_render([&registry, &facilities, &dispatcher] {
    const auto terms = facilities.terms.get();
    for (const auto& [id, recipient] : terms->recipients)
      if (const auto name = metrics::ConfiguredName::parse(id))
        show_partner(registry, facilities, dispatcher, recipient, *name);
  });
}

}  // namespace ketenpoort
