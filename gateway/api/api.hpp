// The HTTP interface (Belgif REST): every route, each one use case.
#pragma once

#include <filesystem>
#include <functional>
#include <memory>
#include <vector>

#include "gateway/api/http/workers.hpp"
#include "gateway/api/router.hpp"
#include "gateway/audit/index.hpp"
#include "gateway/base/in_use.hpp"
#include "gateway/config/reload_board.hpp"
#include "gateway/config/settings.hpp"
#include "gateway/domain/texts.hpp"
#include "gateway/exchange/anchoring.hpp"
#include "gateway/exchange/delivery/dispatch.hpp"
#include "gateway/exchange/facilities/facilities.hpp"
#include "gateway/exchange/facilities/unknown_codes.hpp"
#include "gateway/exchange/intake/batches.hpp"
#include "gateway/exchange/notices/notifier.hpp"
#include "gateway/exchange/outcomes/activity_board.hpp"
#include "gateway/exchange/retention/retention_runs.hpp"
#include "gateway/exchange/terms/formats_reload.hpp"
#include "gateway/ledger/published/witness.hpp"
#include "gateway/observability/health.hpp"

namespace ketenpoort::api {

constexpr std::string_view base_path = "/ketenpoort/v1";

class EventFeed;

struct ApiDependencies {
  exchange::Facilities& facilities;
  exchange::Dispatcher& dispatcher;
  audit::Index& index;
  Workers& workers;
  Workers& exports;  // one thread: an export of years of log keeps nothing else waiting
  HealthBoard& health;
  std::function<void()> look_at_health;  // brings the board up to date, before every answer
  std::function<void()> on_erased;       // keys were destroyed: every copy must go
  exchange::RetentionRuns& retention;
  exchange::FormatsReload& reload;
  exchange::Notifier& notifier;
  std::filesystem::path schemas;                                // the folder with the JSON Schemas of what comes in
  exchange::Anchoring* anchoring = nullptr;                     // null: nobody confirms the log
  ledger::Witness* witness = nullptr;                           // null: we witness no other log
  const EventFeed* events = nullptr;                            // never null where the routes are made
  const InUse<config::Configuration>* configuration = nullptr;  // never null: what counts now
  const config::ReloadBoard* reloads = nullptr;                 // never null where the routes are made
  exchange::Batches* batches = nullptr;                         // null: only where no batch is sent
  exchange::ActivityBoard* activities = nullptr;                // likewise
  exchange::UnknownCodes* unknown_codes = nullptr;              // never null where the routes are made
};

// Every route of the gateway, in the order of docs: records, batches, consents, transfers, requests, breaches,
// subjects, retention, ledger, health, documentation. docs/openapi.yaml says the same to people.
std::vector<Route> make_routes(ApiDependencies dependencies);

// One file each:
void add_record_routes(const ApiDependencies& dependencies, std::vector<Route>& routes);
void add_batch_routes(const ApiDependencies& dependencies, std::vector<Route>& routes);
void add_consent_routes(const ApiDependencies& dependencies, std::vector<Route>& routes);
void add_consent_query_routes(const ApiDependencies& dependencies, std::vector<Route>& routes);
void add_transfer_routes(const ApiDependencies& dependencies, std::vector<Route>& routes);
void add_referral_status_routes(const ApiDependencies& dependencies, std::vector<Route>& routes);
void add_receipt_routes(const ApiDependencies& dependencies, std::vector<Route>& routes);
void add_replay_routes(const ApiDependencies& dependencies, std::vector<Route>& routes);
void add_ledger_routes(const ApiDependencies& dependencies, std::vector<Route>& routes);
void add_request_routes(const ApiDependencies& dependencies, std::vector<Route>& routes);
void add_breach_routes(const ApiDependencies& dependencies, std::vector<Route>& routes);
void add_subject_routes(const ApiDependencies& dependencies, std::vector<Route>& routes);
void add_number_routes(const ApiDependencies& dependencies, std::vector<Route>& routes);
void add_rectify_routes(const ApiDependencies& dependencies, std::vector<Route>& routes);
void add_view_routes(const ApiDependencies& dependencies, std::vector<Route>& routes);
void add_record_query_routes(const ApiDependencies& dependencies, std::vector<Route>& routes);
void add_retention_routes(const ApiDependencies& dependencies, std::vector<Route>& routes);
void add_witness_routes(const ledger::Sequencer& sequencer, Workers& workers, exchange::Anchoring* anchoring,
                        ledger::Witness* witness, std::vector<Route>& routes);
void add_mapping_routes(const ApiDependencies& dependencies, std::vector<Route>& routes);
void add_configuration_routes(const ApiDependencies& dependencies, std::vector<Route>& routes);
void add_outcome_routes(exchange::Facilities& facilities, exchange::UnknownCodes& unknown_codes, Workers& workers,
                        std::vector<Route>& routes);
void add_activity_routes(const ApiDependencies& dependencies, std::vector<Route>& routes);
void add_subject_report_routes(const ApiDependencies& dependencies, std::vector<Route>& routes);
void add_oversight_routes(const ApiDependencies& dependencies, std::vector<Route>& routes);
void add_notification_routes(const ApiDependencies& dependencies, std::vector<Route>& routes);
void add_mailbox_routes(const ApiDependencies& dependencies, std::vector<Route>& routes);
void add_received_routes(const ApiDependencies& dependencies, std::vector<Route>& routes);
void add_partner_routes(const ApiDependencies& dependencies, std::vector<Route>& routes);
void add_audit_routes(const ApiDependencies& dependencies, std::vector<Route>& routes);
void add_export_routes(const ApiDependencies& dependencies, std::vector<Route>& routes);
void add_event_routes(const ApiDependencies& dependencies, std::vector<Route>& routes);
void add_documentation_routes(const ApiDependencies& dependencies, std::vector<Route>& routes);

// Waits until the index has every entry that is applied now: a caller finds what it wrote itself.
// ErrorCode::unavailable while it is being made anew.
Status wait_for_index(const ApiDependencies& dependencies);

// Of a call that takes nothing: no body, or {}.
Status check_empty(const Call& call);

// The caller as the ledger names it; `role` is what it does in this call.
exchange::Caller caller_of(const Call& call, std::string_view role);

// Runs `job` on the workers; answers 503 when they are full.
void run_on_workers(Workers& workers, Call call, std::function<void(const Call&)> job);

// The same as what a route runs.
using WorkerJob = std::function<void(const ApiDependencies&, const Call&)>;
std::function<void(Call)> on_workers(const ApiDependencies& dependencies, WorkerJob job);

}  // namespace ketenpoort::api
