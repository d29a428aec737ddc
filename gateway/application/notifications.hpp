// What telling recipients needs of the index, and what is measured of it.
#pragma once

#include "gateway/audit/index.hpp"
#include "gateway/exchange/notices/notifier.hpp"
#include "gateway/observability/metrics.hpp"

namespace ketenpoort {

// Reads the entries about a subject where the index says they are.
exchange::Notifier::EntriesOf read_entries_with(audit::Index& index);

void observe_notifications(metrics::Registry& registry, const exchange::Notifier& notifier);

}  // namespace ketenpoort
