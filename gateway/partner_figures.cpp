#include "gateway/partner_figures.hpp"

#include <algorithm>

#include "gateway/ledger/history.hpp"

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

// One recipient's gauges; those of a mailbox stay null where there is none.
struct Gauges {
  std::string recipient;
  metrics::Gauge* paused = nullptr;
  metrics::Gauge* waiting = nullptr;
  metrics::Gauge* leased = nullptr;
  metrics::Gauge* overdue = nullptr;
};

Gauges make_gauges(metrics::Registry& registry, const exchange::Recipient& recipient,
                   const metrics::ConfiguredName& name) {
  const metrics::Tags tags{{"recipient", name}};
  Gauges out{recipient.id};
  out.paused = &registry.gauge("ketenpoort_partner_paused", "1 while messages to this recipient are paused", tags);
  if (!fetches(recipient)) return out;
  out.waiting = &registry.gauge("ketenpoort_mailbox_waiting", "Messages that this recipient could fetch", tags);
  out.leased = &registry.gauge("ketenpoort_mailbox_leased", "Fetched, and not acknowledged yet", tags);
  out.overdue = &registry.gauge("ketenpoort_mailbox_overdue", "Waiting for longer than its overdueAfter", tags);
  return out;
}

void set_gauges(const Gauges& gauges, const exchange::Facilities& facilities, exchange::Dispatcher& dispatcher) {
  gauges.paused->set(is_paused(facilities, gauges.recipient) ? 1 : 0);
  if (gauges.waiting == nullptr) return;
  const auto figures = dispatcher.mailbox_figures(gauges.recipient);
  gauges.waiting->set(static_cast<std::int64_t>(figures.waiting));
  gauges.leased->set(static_cast<std::int64_t>(figures.leased));
  gauges.overdue->set(static_cast<std::int64_t>(figures.overdue));
}

}  // namespace

PartnerFigures count_partners(const exchange::Facilities& facilities, exchange::Dispatcher& dispatcher) {
  PartnerFigures out;
  for (const auto& [id, recipient] : facilities.terms.recipients) {
    if (is_paused(facilities, id)) ++out.paused;
    if (!fetches(recipient)) continue;
    const auto figures = dispatcher.mailbox_figures(id);
    out.mailboxes.waiting += figures.waiting;
    out.mailboxes.leased += figures.leased;
    out.mailboxes.overdue += figures.overdue;
  }
  return out;
}

void observe_partners(metrics::Registry& registry, const exchange::Facilities& facilities,
                      exchange::Dispatcher& dispatcher) {
  std::vector<Gauges> all;
  for (const auto& [id, recipient] : facilities.terms.recipients)
    if (const auto name = metrics::ConfiguredName::parse(id)) all.push_back(make_gauges(registry, recipient, *name));
  registry.before_render([all = std::move(all), &facilities, &dispatcher] {
    for (const auto& gauges : all) set_gauges(gauges, facilities, dispatcher);
  });
}

}  // namespace ketenpoort
