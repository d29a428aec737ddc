#include "gateway/application/notifications.hpp"

#include <limits>

namespace ketenpoort {

exchange::Notifier::EntriesOf read_entries_with(audit::Index& index) {
  return [&index](const SubjectRef& subject, ledger::Seq last) -> Result<std::vector<std::string>> {
    if (auto ready = index.wait_for(last + 1); !ready) return fail(ready.error());
    audit::EntryQuery query;
    query.subject = subject;
    query.limit = std::numeric_limits<std::int32_t>::max();
    const auto places = index.use([&](audit::IndexReader& reader) { return reader.entries(query); });
    if (!places) return fail(places.error());
    std::vector<std::string> entries;
    for (const auto& place : *places) {
      if (place.seq > last) break;
      auto bytes = index.bytes(place);
      if (!bytes) return fail(bytes.error());
      entries.push_back(std::move(*bytes));
    }
    return entries;
  };
}

void observe_notifications(metrics::Registry& registry, const exchange::Notifier& notifier) {
  auto& unanswered = registry.gauge("ketenpoort_notifications_unanswered",
                                    "Recipients told, or to be told, that have not said what they did");
  auto& overdue = registry.gauge("ketenpoort_notifications_overdue",
                                 "Recipients told that have not said what they did, past their deadline");
  auto& failed =
      registry.gauge("ketenpoort_notifications_failed", "Recipients to be told that refused the call: look at it");
  registry.before_render([&notifier, &unanswered, &overdue, &failed] {
    const auto figures = notifier.figures();
    unanswered.set(static_cast<std::int64_t>(figures.unanswered));
    overdue.set(static_cast<std::int64_t>(figures.overdue));
    failed.set(static_cast<std::int64_t>(figures.failed));
  });
}

}  // namespace ketenpoort
